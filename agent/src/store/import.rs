//! A past from elsewhere: many rows at once, into a database that no agent has open.
//!
//! Rows go in as fast as SQLite takes them, without a sync per transaction: when the machine dies
//! before [`Import::finish`] has returned, begin again with a new database. The measurements fill
//! their year with it.

use super::daily::Daily;
use super::ledger::{Posting, RoomSlot};
use super::names::{Kind, Names};
use super::open::{self, Ready};
use super::{Limits, OpenError, book};
use crate::limits;
use rusqlite::Connection;
use std::path::Path;

/// Takes rows.
pub struct Import {
    ready: Ready,
    names: Names,
    posting: i64,
    room_slot: i64,
    rows: usize,
}

impl Import {
    /// Opens or creates the database.
    ///
    /// # Errors
    /// As [`super::open`].
    pub fn begin(path: &Path, limits: Limits, now_ms: i64) -> Result<Self, OpenError> {
        let ready = open::open(path, &limits, now_ms)?;
        let begin = |connection: &Connection| {
            let names = Names::load(connection)?;
            connection.pragma_update(None, "synchronous", "OFF")?;
            let next = |sql: &str| connection.query_row(sql, (), |row| row.get::<_, i64>(0));
            let posting = next("SELECT 1 + coalesce(max(id), 0) FROM posting")?;
            let room_slot = next("SELECT 1 + coalesce(max(id), 0) FROM room_slot")?;
            connection.execute_batch("BEGIN IMMEDIATE")?;
            Ok((names, posting, room_slot))
        };
        let failed = |error: rusqlite::Error| OpenError::Io(path.to_owned(), error.to_string());
        let (names, posting, room_slot) = begin(&ready.connection).map_err(failed)?;
        Ok(Self { ready, names, posting, room_slot, rows: 0 })
    }

    /// Adds a row of the ledger; a revision of 0 counts as the first.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn posting(&mut self, posting: &Posting) -> rusqlite::Result<()> {
        let meter = self.number(Kind::Meter, &posting.meter)?;
        let revision = posting.revision.max(1);
        book::write_posting(&self.ready.connection, self.posting, meter, posting, revision)?;
        self.posting += 1;
        self.count()
    }

    /// Adds a slot of a room.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn room_slot(&mut self, slot: &RoomSlot) -> rusqlite::Result<()> {
        let room = self.number(Kind::Room, &slot.room)?;
        book::write_room_slot(&self.ready.connection, self.room_slot, room, slot)?;
        self.room_slot += 1;
        self.count()
    }

    /// Packs the days that are over, syncs everything to the disk and closes the database.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn finish(mut self, now_ms: i64) -> rusqlite::Result<()> {
        let connection = &mut self.ready.connection;
        // Days may have been packed without the rows that came in.
        connection.execute_batch("DELETE FROM posting_day; DELETE FROM room_day; COMMIT")?;
        Daily::new().pack_all(connection, now_ms)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
    }

    fn number(&mut self, kind: Kind, name: &str) -> rusqlite::Result<u32> {
        let dictionary = self.names.of(kind);
        if let Some(number) = dictionary.number(name) {
            return Ok(number);
        }
        let number = dictionary.add(name);
        self.ready.connection.prepare_cached(kind.insert())?.execute((number, name))?;
        Ok(number)
    }

    /// A transaction now and then, so that the write-ahead log does not grow with the import.
    fn count(&mut self) -> rusqlite::Result<()> {
        self.rows += 1;
        if self.rows.is_multiple_of(50 * limits::BATCH_ROWS_MAX) {
            self.ready.connection.execute_batch("COMMIT; BEGIN IMMEDIATE")?;
        }
        Ok(())
    }
}
