//! Which slots have changed: noted with the rows that change them.

use super::super::rows::Batch;
use rusqlite::{Connection, Transaction};
use std::collections::BTreeSet;

/// Everything of a slot; a meter; a room.
pub(super) const ALL: u8 = 0;
pub(super) const METER: u8 = 1;
pub(super) const ROOM: u8 = 2;

/// Keeps what sensors said, and marks the slots of all rows of a batch.
pub(in crate::store) fn write(
    transaction: &Transaction<'_>,
    batch: &Batch,
    first_measure: i64,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO measure (id, slot_ms, room, meter, illuminance_lx, co2_ppm, peak_w) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    for (id, (room, meter, measure)) in (first_measure..).zip(&batch.measures) {
        let super::Measure { slot_ms, illuminance_lx, co2_ppm, peak_w, .. } = measure;
        let row = (id, slot_ms, room, meter, illuminance_lx, co2_ppm, peak_w);
        transaction.prepare_cached(sql)?.execute(row)?;
    }
    if !batch.is_summed {
        return Ok(());
    }
    let since_ms = batch.now_ms.unwrap_or(0);
    let meters = batch.postings.iter().map(|(meter, row)| (row.slot_ms, METER, *meter));
    let rooms = batch.room_slots.iter().map(|(room, row)| (row.slot_ms, ROOM, *room));
    let measured = batch.measures.iter().filter_map(|(room, meter, row)| {
        let of = room.map(|room| (ROOM, room)).or(meter.map(|meter| (METER, meter)))?;
        Some((row.slot_ms, of.0, of.1))
    });
    let marks: BTreeSet<(i64, u8, u32)> = meters.chain(rooms).chain(measured).collect();
    for (slot_ms, kind, number) in marks {
        mark(transaction, (slot_ms, kind, number), since_ms)?;
    }
    for (from_ms, to_ms) in &batch.again {
        again(transaction, (*from_ms, *to_ms), since_ms)?;
    }
    Ok(())
}

/// The slot is to be looked at. A mark that is there moves, so that a slot settles before it is made.
fn mark(
    connection: &Connection,
    (slot_ms, kind, number): (i64, u8, u32),
    since_ms: i64,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO touched (slot_ms, kind, number, since_ms) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT DO UPDATE SET since_ms = max(since_ms, excluded.since_ms)";
    connection.prepare_cached(sql)?.execute((slot_ms, kind, number, since_ms)).map(drop)
}

/// All slots of a time of which rows are kept are to be looked at: a person asks for them again.
pub(super) fn again(
    connection: &Connection,
    (from, to): (i64, i64),
    since_ms: i64,
) -> rusqlite::Result<()> {
    for table in ["posting", "room_slot", "measure"] {
        let sql = format!(
            "INSERT OR IGNORE INTO touched (slot_ms, kind, number, since_ms) \
             SELECT DISTINCT slot_ms, {ALL}, 0, ?3 FROM {table} WHERE slot_ms >= ?1 AND slot_ms < ?2"
        );
        connection.prepare_cached(&sql)?.execute((from, to, since_ms))?;
    }
    Ok(())
}
