//! The shape of the database: a row of migrations, each a file, each applied once.
//!
//! `schema.sql` is what they add up to, for people to read; a test compares the two.

use rusqlite::{Connection, TransactionBehavior};
use std::path::{Path, PathBuf};

/// In order; the number of the last one is the version. Never edit one that was released: add one.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_first.sql"),
    include_str!("../../migrations/0002_meters.sql"),
    include_str!("../../migrations/0003_past.sql"),
    include_str!("../../migrations/0004_rules.sql"),
    include_str!("../../migrations/0005_outbox.sql"),
    include_str!("../../migrations/0006_resend.sql"),
    include_str!("../../migrations/0007_lost_outbox.sql"),
    include_str!("../../migrations/0008_hardware.sql"),
];

/// The version this program reads and writes: `PRAGMA user_version`.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// No later program is so many migrations ahead: a version beyond is a damaged one.
const AHEAD_MAX: i64 = 100;

/// What a migration met.
#[derive(Debug)]
pub(super) enum MigrateError {
    /// The database is of a later program.
    Newer(i64),
    /// No program ever wrote this version.
    Damaged(i64),
    /// SQLite refused; nothing was changed.
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for MigrateError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// Brings a database to [`VERSION`]; a database that held something is copied beside itself first.
/// Returns the copy's path, where one was made.
pub(super) fn migrate(
    connection: &mut Connection,
    path: &Path,
) -> Result<Option<PathBuf>, MigrateError> {
    apply(connection, path, MIGRATIONS)
}

/// [`migrate`] for a given row of migrations.
pub(super) fn apply(
    connection: &mut Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<Option<PathBuf>, MigrateError> {
    let found = version(connection)?;
    let wanted = migrations.len() as i64;
    let missing = usize::try_from(found).ok().and_then(|found| migrations.get(found..));
    let Some(missing) = missing else {
        let newer = (wanted..=wanted + AHEAD_MAX).contains(&found);
        return Err(if newer { MigrateError::Newer(found) } else { MigrateError::Damaged(found) });
    };
    if found == 0 && !is_empty(connection)? {
        return Err(MigrateError::Damaged(found));
    }
    if missing.is_empty() {
        return Ok(None);
    }
    let copy = if found > 0 { Some(copy_aside(connection, path, found)?) } else { None };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for sql in missing {
        transaction.execute_batch(sql)?;
    }
    transaction.pragma_update(None, "user_version", wanted)?;
    if found == 0 {
        // Names this copy of the database: a restored or cloned one gets another.
        transaction.execute(
            "INSERT INTO meta (key, value) VALUES ('incarnation', lower(hex(randomblob(16))))",
            (),
        )?;
    }
    transaction.commit()?;
    Ok(copy)
}

/// The version of a database; 0 for an empty one.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) = 0 FROM sqlite_schema";
    connection.query_row(sql, (), |row| row.get(0))
}

/// Copies the database to `….before-v<next>`; an older attempt's copy is replaced.
fn copy_aside(connection: &Connection, path: &Path, found: i64) -> rusqlite::Result<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-v{}", found + 1));
    let copy = PathBuf::from(name);
    // An older attempt that did not get to its end; there may be none.
    let _ = std::fs::remove_file(&copy);
    let target = copy.to_string_lossy().into_owned();
    connection.execute("VACUUM INTO ?1", (target,))?;
    Ok(copy)
}
