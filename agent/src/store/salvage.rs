//! Carries over into a new database what a damaged one still tells: names, checkpoints, the log
//! since the older of them, the ledger.
//!
//! Each table is read from its newest row down until something cannot be read, then from its oldest
//! row up. What has a checksum is checked; what SQLite's types or references refuse is left behind.

use super::fault::Salvaged;
use super::hardware;
use super::migrate;
use super::open;
use super::pack::{self, Key};
use super::registers::{self, INCIDENT, REPAIR};
use super::report::{self, POSTING, ROOM_SLOT};
use super::rows::checkpoint_crc;
use super::rules;
use crate::limits;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Transaction, params_from_iter};
use std::path::Path;

/// Reads what can be read of `old` into the empty database `new`. Never fails: a new database
/// without its past is better than none.
pub(super) fn carry_over(old: &Path, new: &mut Connection) -> Salvaged {
    let mut salvaged = Salvaged::default();
    let Ok(old) = open::connect_reader(old) else { return salvaged };
    salvaged.complete = true;
    if copy_all(&old, new, &mut salvaged).is_err() {
        // The transaction was rolled back: nothing was carried over.
        salvaged = Salvaged::default();
    }
    salvaged
}

fn copy_all(
    old: &Connection,
    new: &mut Connection,
    salvaged: &mut Salvaged,
) -> rusqlite::Result<()> {
    let transaction = new.transaction()?;
    let sql = "SELECT value FROM meta WHERE key = 'incarnation'";
    if let Ok(incarnation) = old.query_row(sql, (), |row| row.get::<_, String>(0)) {
        let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES ('predecessor', ?1)";
        transaction.execute(sql, (incarnation,))?;
    }
    // The first shape had no snapshots, and no table of what is copied only from later ones.
    let version = migrate::version(old).unwrap_or_default();
    let first = version == 1;
    let mut copy = |table: &str, columns: &str, above: i64, good: fn(&Row<'_>) -> bool| {
        if first && ADDED.contains(&table) {
            return Ok(0);
        }
        let select =
            if first { columns.replace(SNAPSHOT, "NULL, NULL") } else { columns.to_owned() };
        let mut copy = Copy { old, new: &transaction, table, columns, select, good, rows: 0 };
        salvaged.complete &= copy.run(above)?;
        Ok::<u64, rusqlite::Error>(copy.rows)
    };
    for names in ["node", "shape", "meter", "room"] {
        copy(names, "id, name", 0, any)?;
    }
    let checkpoints = copy("checkpoint", "id, log_id, at_ms, state, crc", 0, good_checkpoint)?;
    let sql = "SELECT coalesce(min(log_id), 0) FROM \
               (SELECT log_id FROM checkpoint ORDER BY id DESC LIMIT ?1)";
    let kept = (limits::CHECKPOINTS_KEPT,);
    let seen: i64 = transaction.query_row(sql, kept, |row| row.get(0))?;
    // From older ones no log leads on.
    transaction.execute("DELETE FROM checkpoint WHERE log_id < ?1", (seen,))?;
    let log = copy("log", "id, at_ms, kind, node, boot, seq, body", seen, good_log_row)?;
    if version >= CONFIGURATIONS_SINCE {
        copy("configuration", "id, log_id, at_ms, text, rules, campus_crc, crc", 0, any)?;
    }
    if version >= RULES_SINCE {
        copy("rules_version", rules::VERSION, 0, rules::good_version)?;
        copy("rules_change", rules::CHANGE, 0, rules::good_change)?;
    }
    if version >= OUTBOX_SINCE {
        copy("measure", "id, slot_ms, room, meter, illuminance_lx, co2_ppm, peak_w", 0, any)?;
    }
    if version >= HARDWARE_SINCE {
        copy("hardware", hardware::HARDWARE, 0, hardware::good)?;
    }
    let postings = copy("posting", POSTING, 0, good_posting)?;
    let incidents = copy("incident", INCIDENT, 0, good_incident)?;
    let repairs = copy("repair", REPAIR, 0, good_repair)?;
    let room_slots = copy("room_slot", ROOM_SLOT, 0, good_room)?;
    let changes = copy("change", "id, at_ms, room, zone, from_pct, to_pct, verdict", 0, any)?;
    let losses = copy("loss", "id, at_ms, node, boot, from_seq, to_seq, cause", 0, any)?;
    transaction.commit()?;
    let others = incidents + repairs + room_slots + changes + losses;
    *salvaged = Salvaged { log, checkpoints, postings, others, ..*salvaged };
    Ok(())
}

/// Tables that the second shape added.
const ADDED: [&str; 4] = ["room", "incident", "repair", "room_slot"];
/// The shape that added `configuration`.
const CONFIGURATIONS_SINCE: i64 = 3;
/// The shape that added versions of rules.
const RULES_SINCE: i64 = 4;
/// The shape that added what summaries are made of.
const OUTBOX_SINCE: i64 = 5;
/// The shape that added hardware of nodes.
const HARDWARE_SINCE: i64 = 8;
/// Columns that the second shape added to `posting`.
const SNAPSHOT: &str = "read_ms, read_wh";

/// One table on its way.
struct Copy<'a> {
    old: &'a Connection,
    new: &'a Transaction<'a>,
    table: &'a str,
    columns: &'a str,
    /// The same as the old database has them.
    select: String,
    good: fn(&Row<'_>) -> bool,
    rows: u64,
}

impl Copy<'_> {
    /// Copies rows with an id above `above`; says whether all could be read and were good.
    fn run(&mut self, above: i64) -> rusqlite::Result<bool> {
        let Err(lowest) = self.pass("DESC", above, i64::MAX)? else { return Ok(true) };
        // The way down was cut; the way up shows what lies below the cut.
        let _cut_again = self.pass("ASC", above, lowest)?;
        Ok(false)
    }

    /// `Ok` when it came to its end, else the last id that could be read.
    fn pass(&mut self, order: &str, above: i64, below: i64) -> rusqlite::Result<Result<(), i64>> {
        let (table, columns) = (self.table, self.columns);
        let marks = vec!["?"; columns.split(',').count()].join(", ");
        let insert = format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})");
        let mut insert = self.new.prepare(&insert)?;
        let select = format!(
            "SELECT {} FROM {table} WHERE id > ?1 AND id < ?2 ORDER BY id {order}",
            self.select
        );
        let Ok(mut select) = self.old.prepare(&select) else { return Ok(Err(below)) };
        let width = select.column_count();
        let Ok(mut rows) = select.query((above, below)) else { return Ok(Err(below)) };
        let (mut last, mut all_good) = (below, true);
        while self.rows < limits::SALVAGE_ROWS_MAX {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(if all_good { Ok(()) } else { Err(above + 1) }),
                Err(_) => return Ok(Err(last)),
            };
            let values: Result<Vec<Value>, _> = (0..width).map(|at| row.get(at)).collect();
            let inserted = match values {
                Ok(values) if (self.good)(row) => insert.execute(params_from_iter(values)),
                _ => Ok(0),
            };
            last = row.get(0).unwrap_or(last);
            match inserted {
                Ok(1) => self.rows += 1,
                // Refused by a type or a reference: the row is damaged, the next may be good.
                Ok(_) => all_good = false,
                Err(error) if is_refused(&error) => all_good = false,
                Err(error) => return Err(error),
            }
        }
        Ok(Ok(()))
    }
}

fn any(_: &Row<'_>) -> bool {
    true
}

fn good_checkpoint(row: &Row<'_>) -> bool {
    let good = || {
        let state = row.get_ref(3).ok()?.as_blob().ok()?;
        let crc = checkpoint_crc(row.get(1).ok()?, row.get(2).ok()?, state);
        Some(row.get::<_, u32>(4).ok()? == crc)
    };
    good().unwrap_or(false)
}

fn good_posting(row: &Row<'_>) -> bool {
    report::good_posting(row, "").is_ok_and(|posting| posting.is_some())
}

fn good_incident(row: &Row<'_>) -> bool {
    registers::good_incident(row, "").is_ok_and(|incident| incident.is_some())
}

fn good_repair(row: &Row<'_>) -> bool {
    registers::good_repair(row, "").is_ok_and(|repair| repair.is_some())
}

fn good_room(row: &Row<'_>) -> bool {
    report::good_room(row).is_ok_and(|slot| slot.is_some())
}

fn good_log_row(row: &Row<'_>) -> bool {
    let good = || {
        let key = Key {
            at_ms: row.get(1).ok()?,
            kind: row.get(2).ok()?,
            node: row.get(3).ok()?,
            boot: row.get(4).ok()?,
            seq: row.get(5).ok()?,
        };
        pack::open(&key, row.get_ref(6).ok()?.as_blob().ok()?).ok()
    };
    good().is_some()
}

fn is_refused(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::ConstraintViolation))
}
