//! Packs the days of the ledger that are over, one at a time, between two batches.
//!
//! A packed day is derived: whoever adds a row to it drops it (`book`), and it is packed again here.

use super::QueryError;
use super::day::{self, Packed, RoomSum, SlotSum};
use super::report;
use super::rows::Batch;
use crate::limits;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use std::time::Instant;

/// Knows where to look next.
#[derive(Debug)]
pub(super) struct Daily {
    looked: Option<Instant>,
    /// Days before these are packed, or have nothing to pack; `posting`, then `room_slot`.
    next: [i64; 2],
}

impl Daily {
    pub fn new() -> Self {
        Self { looked: None, next: [i64::MIN; 2] }
    }

    /// These rows are new: their days may have to be packed again.
    pub fn touched(&mut self, batch: &Batch) {
        let postings = batch.postings.iter().map(|(_, posting)| day::of(posting.slot_ms));
        let rooms = batch.room_slots.iter().map(|(_, slot)| day::of(slot.slot_ms));
        let [next_posting, next_room] = &mut self.next;
        *next_posting = postings.fold(*next_posting, i64::min);
        *next_room = rooms.fold(*next_room, i64::min);
    }

    /// Packs a day, if it is time. Without a believable `now_ms` (0 or less) no day is over.
    pub fn pack_when_due(
        &mut self,
        connection: &mut Connection,
        now_ms: i64,
    ) -> rusqlite::Result<()> {
        if self.looked.is_some_and(|at| at.elapsed() < limits::PACK_EVERY) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        for packed in Packed::ALL {
            if self.pack(connection, packed, now_ms)? {
                break;
            }
        }
        Ok(())
    }

    /// Packs everything that is over.
    pub fn pack_all(&mut self, connection: &mut Connection, now_ms: i64) -> rusqlite::Result<()> {
        for packed in Packed::ALL {
            while self.pack(connection, packed, now_ms)? {}
        }
        Ok(())
    }

    /// Packs the next day of a table. Says whether there was one.
    fn pack(
        &mut self,
        connection: &mut Connection,
        packed: Packed,
        now_ms: i64,
    ) -> rusqlite::Result<bool> {
        let next = &mut self.next[packed as usize];
        while let Some(day) = first_from(connection, packed, *next)? {
            if now_ms < day::start_ms(day + 1).saturating_add(limits::PACK_AFTER_MS) {
                *next = day;
                return Ok(false);
            }
            *next = day + 1;
            if !is_packed(connection, packed, day)? && pack_day(connection, packed, day)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The first day from `day` on that has rows.
fn first_from(connection: &Connection, packed: Packed, day: i64) -> rusqlite::Result<Option<i64>> {
    let sql = format!("SELECT min(slot_ms) FROM {} WHERE slot_ms >= ?1", packed.rows());
    let first: Option<i64> =
        connection.prepare_cached(&sql)?.query_row((day::start_ms(day),), |row| row.get(0))?;
    Ok(first.map(day::of))
}

fn is_packed(connection: &Connection, packed: Packed, day: i64) -> rusqlite::Result<bool> {
    let sql = format!("SELECT 1 FROM {} WHERE day = ?1", packed.table());
    let found = connection.prepare_cached(&sql)?.query_row((day,), |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// Packs one day. `false`: a row of it is damaged, and whoever asks for the day shall hear of it.
fn pack_day(connection: &mut Connection, packed: Packed, day: i64) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let within = (day::start_ms(day), day::start_ms(day + 1));
    let body = match packed {
        Packed::Postings => {
            let mut sums: Vec<SlotSum> = Vec::new();
            let all = |_| true;
            report::energy_rows(&transaction, within, &all, &mut |sum| sums.push(sum)).map(|()| {
                sums.sort_unstable_by_key(|sum| (sum.meter, sum.slot_ms));
                day::pack_energy(day, &sums)
            })
        }
        Packed::Rooms => {
            let mut sums: Vec<RoomSum> = Vec::new();
            report::room_rows(&transaction, within, &mut |sum| sums.push(sum)).map(|()| {
                sums.sort_unstable_by_key(|sum| (sum.room, sum.slot_ms));
                day::pack_rooms(day, &sums)
            })
        }
    };
    let body = match body {
        Ok(body) => body,
        Err(QueryError::Sql(error)) => return Err(error),
        Err(QueryError::Damaged { .. } | QueryError::TooLong) => return Ok(false),
    };
    let sql = format!("INSERT OR REPLACE INTO {} (day, body) VALUES (?1, ?2)", packed.table());
    transaction.prepare_cached(&sql)?.execute((day, body))?;
    transaction.commit()?;
    Ok(true)
}
