//! The schema, brought up to date under an advisory lock: many receivers may start at once.

use crate::Fault;
use tokio_postgres::Client;

/// Every migration, in order. Files are never edited once released; a change is a new file.
const MIGRATIONS: [(i32, &str); 4] = [
    (1, include_str!("../migrations/0001_rows.sql")),
    (2, include_str!("../migrations/0002_reports.sql")),
    (3, include_str!("../migrations/0003_day_sum.sql")),
    (4, include_str!("../migrations/0004_dropped.sql")),
];

/// "campus", in a place of its own among advisory locks.
const LOCK: i64 = 0x0063_616d_7075_7301;

/// Oldest server that knows multiranges: 14.
const SERVER_MIN: i32 = 140_000;

/// Applies what is missing.
///
/// # Errors
/// The server is too old, the schema is newer than this program, or PostgreSQL refuses.
pub async fn run(client: &mut Client) -> Result<(), Fault> {
    let failed = |error: tokio_postgres::Error| Fault::database("preparing the schema", &error);
    let number: String =
        client.query_one("show server_version_num", &[]).await.map_err(failed)?.get(0);
    if number.parse().is_ok_and(|number: i32| number < SERVER_MIN) {
        let what = format!("PostgreSQL {number} is too old");
        return Err(Fault::new(what, "version 14 or later is needed, for multiranges"));
    }
    let transaction = client.transaction().await.map_err(failed)?;
    transaction.execute("select pg_advisory_xact_lock($1)", &[&LOCK]).await.map_err(failed)?;
    transaction
        .batch_execute(
            "create table if not exists hub_schema \
             (version integer primary key, applied_at timestamptz not null default now())",
        )
        .await
        .map_err(failed)?;
    let at: i32 = transaction
        .query_one("select coalesce(max(version), 0) from hub_schema", &[])
        .await
        .map_err(failed)?
        .get(0);
    if at > MIGRATIONS[MIGRATIONS.len() - 1].0 {
        return Err(Fault::new(
            format!(
                "the schema of the database has version {at}, which is newer than this program"
            ),
            "run the newer `campus`; nothing was changed",
        ));
    }
    for (version, sql) in MIGRATIONS.iter().filter(|(version, _)| *version > at) {
        transaction.batch_execute(sql).await.map_err(failed)?;
        transaction
            .execute("insert into hub_schema (version) values ($1)", &[version])
            .await
            .map_err(failed)?;
        tracing::info!(version, "schema brought up to date");
    }
    transaction.commit().await.map_err(failed)
}
