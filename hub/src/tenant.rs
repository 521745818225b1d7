//! Campuses and their keys.

use crate::Fault;
use batch::{Id, PublicKey};
use tokio_postgres::Client;

/// A campus, as people list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its identifier.
    pub campus: String,
    /// Its name for people.
    pub name: String,
    /// Its time zone.
    pub zone: String,
    /// Its keys that are good, `ed25519:…`.
    pub keys: Vec<String>,
    /// Up to which row of its newest incarnation everything is here.
    pub watermark: i64,
    /// When it was last heard, as text in UTC; empty when never.
    pub last_at: String,
}

/// A campus to add, or a key for one that is there.
#[derive(Clone, Debug)]
pub struct Add {
    /// Its identifier.
    pub campus: Id,
    /// Its name for people; the identifier when none is given.
    pub name: Option<String>,
    /// Its IANA time zone.
    pub zone: Option<String>,
    /// A key of it.
    pub key: PublicKey,
}

/// Adds a campus with its key, or another key to a campus.
///
/// # Errors
/// The time zone is unknown or missing, the key belongs to another campus, or PostgreSQL refuses.
pub async fn add(client: &mut Client, add: &Add) -> Result<(), Fault> {
    let failed = |error: tokio_postgres::Error| Fault::database("adding the campus", &error);
    if let Some(zone) = &add.zone {
        jiff::tz::TimeZone::get(zone).map_err(|_| {
            Fault::new(format!("no time zone `{zone}`"), "it is an IANA name, `Asia/Shanghai`")
        })?;
    }
    let transaction = client.transaction().await.map_err(failed)?;
    let campus = add.campus.as_str();
    let known = transaction
        .query_opt("select 1 from tenant where campus = $1 for update", &[&campus])
        .await
        .map_err(failed)?;
    match (&known, &add.zone) {
        (None, None) => {
            let hint = "add `--zone Asia/Shanghai`: days and months are those of the campus";
            return Err(Fault::new(format!("campus `{campus}` is new and has no time zone"), hint));
        }
        (None, Some(zone)) => {
            let name = add.name.as_deref().unwrap_or(campus);
            transaction
                .execute(
                    "insert into tenant (campus, name, zone) values ($1, $2, $3)",
                    &[&campus, &name, zone],
                )
                .await
                .map_err(failed)?;
        }
        (Some(_), zone) => {
            transaction
                .execute(
                    "update tenant set name = coalesce($2, name), zone = coalesce($3, zone) where campus = $1",
                    &[&campus, &add.name, zone],
                )
                .await
                .map_err(failed)?;
        }
    }
    let (id, public) = (add.key.id(), add.key.to_string());
    let owner = transaction
        .query_opt(
            "select campus from tenant_key where key_id = $1 and campus <> $2",
            &[&id, &campus],
        )
        .await
        .map_err(failed)?;
    if let Some(owner) = owner {
        let owner: String = owner.get(0);
        let what = format!("this key belongs to campus `{owner}`");
        return Err(Fault::new(what, "make another with `campus hub key FILE` at the new campus"));
    }
    transaction
        .execute(
            "insert into tenant_key (campus, key_id, public_key) values ($1, $2, $3) \
             on conflict (campus, key_id) do update set withdrawn_at = null",
            &[&campus, &id, &public],
        )
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

/// Takes nothing more that is signed with this key. What was taken stays.
///
/// # Errors
/// No campus has it, or PostgreSQL refuses.
pub async fn withdraw(client: &Client, key_id: &str) -> Result<(), Fault> {
    let sql =
        "update tenant_key set withdrawn_at = coalesce(withdrawn_at, now()) where key_id = $1";
    let count = client
        .execute(sql, &[&key_id])
        .await
        .map_err(|error| Fault::database("withdrawing the key", &error))?;
    match count {
        0 => Err(Fault::new(
            format!("no campus has a key `{key_id}`"),
            "`campus hub tenant list` shows every key",
        )),
        _ => Ok(()),
    }
}

/// Every campus.
///
/// # Errors
/// PostgreSQL refuses.
pub async fn list(client: &Client) -> Result<Vec<Tenant>, Fault> {
    let sql = "select t.campus, t.name, t.zone, \
        coalesce((select array_agg(k.public_key order by k.added_at) from tenant_key k \
                  where k.campus = t.campus and k.withdrawn_at is null), '{}'), \
        coalesce(i.watermark, 0), \
        coalesce(to_char(i.last_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), '') \
        from tenant t left join lateral (select * from incarnation i where i.campus = t.campus \
                                         order by i.ordinal desc limit 1) i on true \
        order by t.campus";
    let rows = client
        .query(sql, &[])
        .await
        .map_err(|error| Fault::database("listing campuses", &error))?;
    let tenant = |row: &tokio_postgres::Row| Tenant {
        campus: row.get(0),
        name: row.get(1),
        zone: row.get(2),
        keys: row.get(3),
        watermark: row.get(4),
        last_at: row.get(5),
    };
    Ok(rows.iter().map(tenant).collect())
}
