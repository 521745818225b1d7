//! The ledger's rows into their tables: postings, incidents, decisions, slots of rooms.
//!
//! What only the database knows is added here: the revision of a posting, the incident that another
//! withdraws. Days that were packed and that a late row touches are dropped in the same transaction.

use super::day::{self, Packed};
use super::insert::NextIds;
use super::ledger::{NewIncident, Posting, RoomSlot, Withdraws, room_crc};
use super::rows::Batch;
use rusqlite::{Connection, OptionalExtension, Transaction};
use std::collections::BTreeSet;

/// Writes all rows of a batch that belong to the ledger.
pub(super) fn write(
    transaction: &Transaction<'_>,
    batch: &Batch,
    next: NextIds,
) -> rusqlite::Result<()> {
    for (id, (meter, posting)) in (next.posting..).zip(&batch.postings) {
        let revision = match posting.revision {
            0 => next_revision(transaction, *meter, posting.slot_ms)?,
            given => given,
        };
        write_posting(transaction, id, *meter, posting, revision)?;
    }
    write_repairs(transaction, batch, next)?;
    for (id, new) in (next.incident..).zip(&batch.incidents) {
        write_incident(transaction, id, new, next.repair)?;
    }
    for (id, (room, slot)) in (next.room_slot..).zip(&batch.room_slots) {
        write_room_slot(transaction, id, *room, slot)?;
    }
    drop_days(transaction, Packed::Postings, batch.postings.iter().map(|(_, p)| p.slot_ms))?;
    drop_days(transaction, Packed::Rooms, batch.room_slots.iter().map(|(_, s)| s.slot_ms))
}

/// One row of the ledger.
pub(super) fn write_posting(
    connection: &Connection,
    id: i64,
    meter: u32,
    posting: &Posting,
    revision: u32,
) -> rusqlite::Result<()> {
    let p = posting;
    let sql = "INSERT INTO posting (id, meter, slot_ms, energy_wh, quality, cause, register_wh, \
               revision, crc, read_ms, read_wh) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let crc = p.crc(meter, revision);
    let (read_ms, read_wh) = p.read.map(|read| (read.at_ms, read.register_wh)).unzip();
    let (slot_ms, energy_wh, register_wh) = (p.slot_ms, p.energy_wh, p.register_wh);
    let (quality, cause) = (p.quality, p.cause);
    connection.prepare_cached(sql)?.execute((
        id,
        meter,
        slot_ms,
        energy_wh,
        quality,
        cause,
        register_wh,
        revision,
        crc,
        read_ms,
        read_wh,
    ))?;
    Ok(())
}

/// One slot of a room.
pub(super) fn write_room_slot(
    connection: &Connection,
    id: i64,
    room: u32,
    slot: &RoomSlot,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO room_slot (id, room, slot_ms, occupied_ms, lit_ms, lit_empty_ms, \
               lit_hold_ms, dark_ms, unknown_ms, crc) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let [occupied, lit, empty, hold, dark, unknown] = slot.times();
    let crc = room_crc(room, slot.slot_ms, slot.times());
    let row = (id, room, slot.slot_ms, occupied, lit, empty, hold, dark, unknown, crc);
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// The number of the next row of a slot, those of this transaction counted.
fn next_revision(connection: &Connection, meter: u32, slot_ms: i64) -> rusqlite::Result<u32> {
    let sql = "SELECT coalesce(max(revision), 0) + 1 FROM posting INDEXED BY posting_by_slot \
               WHERE slot_ms = ?1 AND meter = ?2";
    connection.prepare_cached(sql)?.query_row((slot_ms, meter), |row| row.get(0))
}

fn write_repairs(connection: &Connection, batch: &Batch, next: NextIds) -> rusqlite::Result<()> {
    for (id, (meter, repair)) in (next.repair..).zip(&batch.repairs) {
        let r = repair;
        let sql = "INSERT INTO repair (id, at_ms, meter, from_ms, to_ms, judgement, by, why, \
                   before_wh, after_wh, crc) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        connection.prepare_cached(sql)?.execute((
            id,
            r.at_ms,
            meter,
            r.from_ms,
            r.to_ms,
            &r.judgement,
            &r.by,
            &r.why,
            r.before_wh,
            r.after_wh,
            r.crc(*meter),
        ))?;
    }
    Ok(())
}

/// `first_repair` is the id of the batch's first decision.
fn write_incident(
    connection: &Connection,
    id: i64,
    new: &NewIncident,
    first_repair: i64,
) -> rusqlite::Result<()> {
    let NewIncident { meter, incident, repair } = new;
    let withdraws = match incident.withdraws {
        Withdraws::Nothing => None,
        Withdraws::Id(id) => Some(id),
        Withdraws::LastOf(kind) => last_of(connection, *meter, kind)?,
    };
    let repair = repair.map(|at| first_repair + at as i64);
    let i = incident;
    let sql = "INSERT INTO incident (id, meter, kind, from_ms, at_ms, before_wh, after_wh, \
               jump_wh, withdraws, repair, crc) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    connection.prepare_cached(sql)?.execute((
        id,
        meter,
        i.kind,
        i.from_ms,
        i.at_ms,
        i.before_wh,
        i.after_wh,
        i.jump_wh,
        withdraws,
        repair,
        i.crc(*meter, withdraws, repair),
    ))?;
    Ok(())
}

/// The meter's latest incident of a kind, unless it is withdrawn.
fn last_of(connection: &Connection, meter: u32, kind: u8) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT id, EXISTS (SELECT 1 FROM incident WHERE withdraws = found.id) \
               FROM incident AS found WHERE meter = ?1 AND kind = ?2 ORDER BY id DESC LIMIT 1";
    let both = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, bool>(1)?));
    let found = connection.prepare_cached(sql)?.query_row((meter, kind), both).optional()?;
    Ok(found.filter(|(_, withdrawn)| !withdrawn).map(|(id, _)| id))
}

/// Days that were packed without these rows no longer tell the truth.
fn drop_days(
    connection: &Connection,
    packed: Packed,
    slots: impl Iterator<Item = i64>,
) -> rusqlite::Result<()> {
    let days: BTreeSet<i64> = slots.map(day::of).collect();
    for day in days {
        connection.prepare_cached(packed.delete())?.execute((day,))?;
    }
    Ok(())
}
