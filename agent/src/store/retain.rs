//! What expires: the log by age and by size, changes and loss records by age and count, the ledger by
//! count. Always from the oldest end, in bounded pieces between two batches.
//!
//! The log is never shortened beyond the older checkpoint: replay from it must stay possible.

use super::Limits;
use super::day::{self, Packed};
use crate::limits;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use std::time::Instant;

/// Knows when it is time to look.
pub(super) struct Retain {
    looked: Instant,
    rows_since: u64,
}

/// Rows that had to go before their time, by table.
type Shed = Vec<(&'static str, u64)>;

impl Retain {
    pub fn new() -> Self {
        Self { looked: Instant::now(), rows_since: 0 }
    }

    /// So many rows are new.
    pub fn count(&mut self, rows: u64) {
        self.rows_since = self.rows_since.saturating_add(rows);
    }

    pub fn is_due(&self) -> bool {
        self.rows_since >= limits::RETAIN_EVERY_ROWS
            || self.looked.elapsed() >= limits::RETAIN_EVERY
    }

    /// Deletes what has expired, a bounded piece of it. Without a believable `now_ms` (0 or less)
    /// nothing expires by age.
    pub fn sweep(
        &mut self,
        connection: &mut Connection,
        limits: &Limits,
        now_ms: i64,
    ) -> rusqlite::Result<Shed> {
        let piece = limits::RETAIN_CHUNK_ROWS + 2 * i64::try_from(self.rows_since).unwrap_or(0);
        self.looked = Instant::now();
        self.rows_since = 0;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut shed = Shed::new();
        if now_ms > 0 {
            let log_ms = now_ms.saturating_sub(limits.retain_log_ms);
            delete_aged(&transaction, "log", spare(&transaction)?, log_ms, piece)?;
            let change_ms = now_ms.saturating_sub(limits.retain_change_ms);
            delete_aged(&transaction, "change", i64::MAX, change_ms, piece)?;
            delete_aged(&transaction, "loss", i64::MAX, change_ms, piece)?;
        }
        if used_bytes(&transaction)? > limits.bytes_max {
            shed.push(("log", delete_oldest(&transaction, "log", spare(&transaction)?, piece)?));
        }
        let counted = [
            ("change", limits::CHANGE_ROWS_MAX),
            ("loss", limits::LOSS_ROWS_MAX),
            ("posting", limits.posting_rows_max),
            ("room_slot", limits.room_slot_rows_max),
            ("measure", limits::MEASURE_ROWS_MAX),
            ("incident", limits::INCIDENT_ROWS_MAX),
            ("repair", limits::REPAIR_RECORDS_MAX),
        ];
        for (table, rows_max) in counted {
            let newest = newest(&transaction, table)?;
            let rows = delete_oldest(&transaction, table, newest - rows_max, piece)?;
            shed.push((table, rows));
        }
        drop_milestones(&transaction)?;
        transaction.commit()?;
        shed.retain(|(_, rows)| *rows > 0);
        Ok(shed)
    }

    /// Makes room at once, whatever the age.
    pub fn shed_log(&mut self, connection: &mut Connection) -> rusqlite::Result<u64> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let upto = spare(&transaction)?;
        let rows = delete_oldest(&transaction, "log", upto, limits::RETAIN_CHUNK_ROWS)?;
        transaction.commit()?;
        Ok(rows)
    }
}

/// The last log row that no replay needs: what the older of two checkpoints has seen.
fn spare(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT iif(count(*) >= ?1, min(log_id), 0) FROM \
               (SELECT log_id FROM checkpoint ORDER BY id DESC LIMIT ?1)";
    connection.query_row(sql, (limits::CHECKPOINTS_KEPT,), |row| row.get(0))
}

/// Drops checkpoints and configurations from which no log leads on any more.
fn drop_milestones(connection: &Connection) -> rusqlite::Result<()> {
    let Some(oldest) = oldest(connection, "log")? else { return Ok(()) };
    let sql = "DELETE FROM checkpoint WHERE log_id < ?1 - 1 AND id NOT IN \
               (SELECT id FROM checkpoint ORDER BY id DESC LIMIT ?2)";
    connection.prepare_cached(sql)?.execute((oldest, limits::CHECKPOINTS_KEPT))?;
    let sql = "DELETE FROM configuration WHERE id < \
               (SELECT max(id) FROM configuration WHERE log_id <= ?1)";
    connection.prepare_cached(sql)?.execute((oldest,)).map(drop)
}

/// Pages in use, in bytes.
fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name: &str| {
        connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
    };
    let pages = pragma("page_count")?.saturating_sub(pragma("freelist_count")?);
    Ok(pages * pragma("page_size")?)
}

fn newest(connection: &Connection, table: &str) -> rusqlite::Result<i64> {
    let sql = format!("SELECT coalesce(max(id), 0) FROM {table}");
    connection.prepare_cached(&sql)?.query_row((), |row| row.get(0))
}

fn oldest(connection: &Connection, table: &str) -> rusqlite::Result<Option<i64>> {
    let sql = format!("SELECT min(id) FROM {table}");
    connection.prepare_cached(&sql)?.query_row((), |row| row.get(0))
}

/// Deletes up to `piece` of the oldest rows, none above `upto`.
fn delete_oldest(
    connection: &Connection,
    table: &str,
    upto: i64,
    piece: i64,
) -> rusqlite::Result<u64> {
    let Some(oldest) = oldest(connection, table)? else { return Ok(0) };
    let last = upto.min(oldest.saturating_add(piece - 1));
    if last < oldest {
        return Ok(0);
    }
    drop_days(connection, table, last)?;
    let sql = format!("DELETE FROM {table} WHERE id <= ?1");
    connection.prepare_cached(&sql)?.execute((last,)).map(|rows| rows as u64)
}

/// Drops the packed days of rows up to `last`: what is not in the rows is not in the sums either.
fn drop_days(connection: &Connection, table: &str, last: i64) -> rusqlite::Result<()> {
    let Some(packed) = Packed::ALL.into_iter().find(|packed| packed.rows() == table) else {
        return Ok(());
    };
    let sql = format!(
        "DELETE FROM {} WHERE day IN (SELECT slot_ms / ?1 FROM {table} WHERE id <= ?2)",
        packed.table()
    );
    connection.prepare_cached(&sql)?.execute((day::DAY_MS, last)).map(drop)
}

/// Deletes up to `piece` rows that are older than `before_ms`, none above `upto`.
///
/// Rows stand in the order in which they came, so the first young row ends the old ones; a row whose
/// clock was ahead holds up those behind it, until the size limit takes them.
fn delete_aged(
    connection: &Connection,
    table: &str,
    upto: i64,
    before_ms: i64,
    piece: i64,
) -> rusqlite::Result<u64> {
    let sql = format!("SELECT id FROM {table} WHERE at_ms >= ?1 AND id < ?2 ORDER BY id LIMIT 1");
    let Some(oldest) = oldest(connection, table)? else { return Ok(0) };
    let end = oldest.saturating_add(piece);
    let young: Option<i64> = connection
        .prepare_cached(&sql)?
        .query_row((before_ms, end), |row| row.get(0))
        .optional()?;
    delete_oldest(connection, table, upto.min(young.unwrap_or(end) - 1), piece)
}
