//! Rows of a batch into their tables, each with an id that is known before.

use super::book;
use super::hardware;
use super::outbox::{mark, progress, resend};
use super::rows::{Batch, NewConfiguration, checkpoint_crc, configuration_crc};
use super::rules;
use crate::limits;
use rusqlite::{Connection, Transaction};

/// The next id of each table. Ids are given here and not by SQLite, so that after a fault it can be
/// told whether a batch is in the file or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NextIds {
    pub log: i64,
    pub posting: i64,
    pub incident: i64,
    pub repair: i64,
    pub room_slot: i64,
    pub measure: i64,
    pub change: i64,
    pub loss: i64,
    pub checkpoint: i64,
    pub configuration: i64,
    pub rules_change: i64,
    pub hardware: i64,
}

impl NextIds {
    /// What a database goes on with.
    pub fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let next = |sql: &str| connection.query_row(sql, (), |row| row.get::<_, i64>(0));
        Ok(Self {
            // All rows may have expired: a number that a checkpoint names is never used again.
            log: next(
                "SELECT 1 + max(coalesce((SELECT max(id) FROM log), 0), \
                 coalesce((SELECT max(log_id) FROM checkpoint), 0))",
            )?,
            posting: next("SELECT 1 + coalesce(max(id), 0) FROM posting")?,
            incident: next("SELECT 1 + coalesce(max(id), 0) FROM incident")?,
            repair: next("SELECT 1 + coalesce(max(id), 0) FROM repair")?,
            room_slot: next("SELECT 1 + coalesce(max(id), 0) FROM room_slot")?,
            measure: next("SELECT 1 + coalesce(max(id), 0) FROM measure")?,
            change: next("SELECT 1 + coalesce(max(id), 0) FROM change")?,
            loss: next("SELECT 1 + coalesce(max(id), 0) FROM loss")?,
            checkpoint: next("SELECT 1 + coalesce(max(id), 0) FROM checkpoint")?,
            configuration: next("SELECT 1 + coalesce(max(id), 0) FROM configuration")?,
            rules_change: next("SELECT 1 + coalesce(max(id), 0) FROM rules_change")?,
            hardware: next("SELECT 1 + coalesce(max(id), 0) FROM hardware")?,
        })
    }

    /// What comes after a batch.
    pub fn after(self, batch: &Batch) -> Self {
        Self {
            log: self.log + batch.log.len() as i64,
            posting: self.posting + batch.postings.len() as i64,
            incident: self.incident + batch.incidents.len() as i64,
            repair: self.repair + batch.repairs.len() as i64,
            room_slot: self.room_slot + batch.room_slots.len() as i64,
            measure: self.measure + batch.measures.len() as i64,
            change: self.change + batch.changes.len() as i64,
            loss: self.loss + batch.losses.len() as i64,
            checkpoint: self.checkpoint + i64::from(batch.checkpoint.is_some()),
            configuration: self.configuration + i64::from(batch.configuration.is_some()),
            rules_change: self.rules_change + batch.rules.len() as i64,
            hardware: self.hardware + batch.hardware.len() as i64,
        }
    }

    /// The larger of each.
    pub fn max(self, other: Self) -> Self {
        Self {
            log: self.log.max(other.log),
            posting: self.posting.max(other.posting),
            incident: self.incident.max(other.incident),
            repair: self.repair.max(other.repair),
            room_slot: self.room_slot.max(other.room_slot),
            measure: self.measure.max(other.measure),
            change: self.change.max(other.change),
            loss: self.loss.max(other.loss),
            checkpoint: self.checkpoint.max(other.checkpoint),
            configuration: self.configuration.max(other.configuration),
            rules_change: self.rules_change.max(other.rules_change),
            hardware: self.hardware.max(other.hardware),
        }
    }
}

/// Writes all rows of a batch.
pub(super) fn write(
    transaction: &Transaction<'_>,
    batch: &Batch,
    next: NextIds,
) -> rusqlite::Result<()> {
    for name in &batch.names {
        transaction
            .prepare_cached(name.kind.insert())?
            .execute((name.number, name.name.as_ref()))?;
    }
    if !batch.log.is_empty() {
        let sql = "INSERT INTO log (id, at_ms, kind, node, boot, seq, body) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let mut insert = transaction.prepare_cached(sql)?;
        for (id, row) in (next.log..).zip(&batch.log) {
            let body = &batch.bytes[row.body.clone()];
            let key = &row.key;
            insert.execute((id, key.at_ms, key.kind, key.node, key.boot, key.seq, body))?;
        }
    }
    book::write(transaction, batch, next)?;
    mark::write(transaction, batch, next.measure)?;
    for progress in &batch.progress {
        progress::write(transaction, progress)?;
    }
    for asked in &batch.asked {
        resend::ask(transaction, asked)?;
    }
    write_notes(transaction, batch, next)?;
    write_unclaimed(transaction, batch)?;
    write_milestones(transaction, batch, next)?;
    rules::write(transaction, batch, next)?;
    hardware::write(transaction, batch, next)
}

/// What a look into the past begins with.
fn write_milestones(
    transaction: &Transaction<'_>,
    batch: &Batch,
    next: NextIds,
) -> rusqlite::Result<()> {
    if let Some(checkpoint) = &batch.checkpoint {
        let log_id = next.log + checkpoint.after as i64 - 1;
        let crc = checkpoint_crc(log_id, checkpoint.at_ms, &checkpoint.state);
        let sql = "INSERT INTO checkpoint (id, log_id, at_ms, state, crc) \
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let row = (next.checkpoint, log_id, checkpoint.at_ms, &checkpoint.state, crc);
        transaction.prepare_cached(sql)?.execute(row)?;
        // The newest, for a start; and of each stretch of time the first, for looks into the past.
        let sql = "DELETE FROM checkpoint WHERE id <= ?1 AND id NOT IN \
                   (SELECT min(id) FROM checkpoint GROUP BY at_ms / ?2 ORDER BY 1 DESC LIMIT ?3)";
        let oldest = next.checkpoint - limits::CHECKPOINTS_KEPT;
        let kept = (oldest, limits::CHECKPOINT_PAST_MS, limits::CHECKPOINTS_PAST_MAX);
        transaction.prepare_cached(sql)?.execute(kept)?;
    }
    if let Some(configuration) = &batch.configuration {
        let log_id = next.log + configuration.after as i64;
        let NewConfiguration { at_ms, text, rules, campus_crc, .. } = configuration;
        let crc = configuration_crc(log_id, *at_ms, text, rules.as_deref());
        let sql = "INSERT INTO configuration (id, log_id, at_ms, text, rules, campus_crc, crc) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let row = (next.configuration, log_id, at_ms, text, rules, campus_crc, crc);
        transaction.prepare_cached(sql)?.execute(row)?;
        let oldest = next.configuration - limits::CONFIGURATIONS_MAX;
        transaction
            .prepare_cached("DELETE FROM configuration WHERE id <= ?1")?
            .execute((oldest,))?;
    }
    Ok(())
}

fn write_notes(
    transaction: &Transaction<'_>,
    batch: &Batch,
    next: NextIds,
) -> rusqlite::Result<()> {
    for (id, change) in (next.change..).zip(&batch.changes) {
        let c = change;
        let sql = "INSERT INTO change (id, at_ms, room, zone, from_pct, to_pct, verdict) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let row = (id, c.at_ms, &c.room, &c.zone, c.from_pct, c.to_pct, &c.verdict);
        transaction.prepare_cached(sql)?.execute(row)?;
    }
    for (id, (node, loss)) in (next.loss..).zip(&batch.losses) {
        let l = loss;
        let sql = "INSERT INTO loss (id, at_ms, node, boot, from_seq, to_seq, cause) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let row = (id, l.at_ms, node, l.boot, l.from_seq, l.to_seq, &l.cause);
        transaction.prepare_cached(sql)?.execute(row)?;
    }
    Ok(())
}

fn write_unclaimed(transaction: &Transaction<'_>, batch: &Batch) -> rusqlite::Result<()> {
    if batch.unclaimed.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO unclaimed (name, first_ms, last_ms, frames, board, firmware, last_frame) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (name) DO UPDATE SET \
               last_ms = excluded.last_ms, frames = frames + excluded.frames, \
               board = iif(excluded.board = '', board, excluded.board), \
               firmware = iif(excluded.firmware = '', firmware, excluded.firmware), \
               last_frame = iif(excluded.last_frame = '', last_frame, excluded.last_frame)";
    let mut insert = transaction.prepare_cached(sql)?;
    for u in batch.unclaimed.values() {
        let frames = i64::try_from(u.frames).unwrap_or(i64::MAX);
        let row = (&u.name, u.first_ms, u.last_ms, frames, &u.board, &u.firmware, &u.last_frame);
        insert.execute(row)?;
    }
    let sql = "DELETE FROM unclaimed WHERE name IN (SELECT name FROM unclaimed \
               ORDER BY last_ms DESC, name LIMIT -1 OFFSET ?1)";
    transaction.prepare_cached(sql)?.execute((limits::UNCLAIMED_MAX as i64,))?;
    Ok(())
}
