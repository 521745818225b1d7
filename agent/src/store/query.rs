//! What people ask: short read-only questions, on connections of their own, from any thread.
//! What they ask about meters and rooms is in `registers` and `report`.
//!
//! Every method waits for the disk: async code calls it through `spawn_blocking`.

use super::open;
use super::rows::{Change, LossRecord, Unclaimed};
use super::{Fault, QueryError};
use crate::limits;
use rusqlite::{Connection, OptionalExtension, Row};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

pub use super::report::PeriodEnergy;

/// Asks the database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reader(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// Rises when the database was set aside: older connections look at the old file.
    generation: AtomicU64,
    idle: Mutex<Vec<(u64, Connection)>>,
}

/// How much there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Where.
    pub path: PathBuf,
    /// Size of the file and its write-ahead log together, in bytes.
    pub bytes: u64,
    /// Rows of the log.
    pub log_rows: u64,
    /// When the oldest row of the log was kept, ms UTC; absent while there is none.
    pub oldest_ms: Option<i64>,
    /// Postings.
    pub postings: u64,
    /// Incidents.
    pub incidents: u64,
    /// Decisions of people about meters.
    pub repairs: u64,
    /// Slots of rooms.
    pub room_slots: u64,
    /// Changes.
    pub changes: u64,
    /// Loss records.
    pub losses: u64,
}

impl Reader {
    pub(super) fn new(path: PathBuf) -> Self {
        let generation = AtomicU64::new(0);
        Self(Arc::new(Shared { path, generation, idle: Mutex::default() }))
    }

    /// The latest changes of a room up to a moment, or of all, newest first, at most `limit`.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn changes(
        &self,
        room: &str,
        upto_ms: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Change>, QueryError> {
        let sql = "SELECT at_ms, zone, from_pct, to_pct, verdict FROM change WHERE room = ?1 \
                   AND at_ms <= ?2 ORDER BY id DESC LIMIT ?3";
        let upto = upto_ms.unwrap_or(i64::MAX);
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows =
                statement.query_map((room, upto, limit.min(limits::QUERY_ROWS_MAX)), |row| {
                    Ok(Change {
                        at_ms: row.get(0)?,
                        room: room.to_owned(),
                        zone: row.get(1)?,
                        from_pct: row.get(2)?,
                        to_pct: row.get(3)?,
                        verdict: row.get(4)?,
                    })
                })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Tells `each` all changes of a time, both ends included, in the order in which they were decided.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn each_change(
        &self,
        from_ms: i64,
        to_ms: i64,
        mut each: impl FnMut(Change),
    ) -> Result<(), QueryError> {
        let sql = "SELECT at_ms, room, zone, from_pct, to_pct, verdict FROM change \
                   WHERE at_ms >= ?1 AND at_ms <= ?2 ORDER BY id";
        self.unhurried(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query((from_ms, to_ms))?;
            while let Some(row) = rows.next()? {
                each(Change {
                    at_ms: row.get(0)?,
                    room: row.get(1)?,
                    zone: row.get(2)?,
                    from_pct: row.get(3)?,
                    to_pct: row.get(4)?,
                    verdict: row.get(5)?,
                });
            }
            Ok(())
        })
    }

    /// The latest loss records of a node, newest first, at most `limit`.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn losses(&self, node: &str, limit: u32) -> Result<Vec<LossRecord>, QueryError> {
        let sql = "SELECT at_ms, boot, from_seq, to_seq, cause FROM loss \
                   WHERE node = (SELECT id FROM node WHERE name = ?1) ORDER BY id DESC LIMIT ?2";
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map((node, limit.min(limits::QUERY_ROWS_MAX)), |row| {
                Ok(LossRecord {
                    at_ms: row.get(0)?,
                    node: node.to_owned(),
                    boot: row.get(1)?,
                    from_seq: row.get(2)?,
                    to_seq: row.get(3)?,
                    cause: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Nodes that no configuration knows, last heard first.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn unclaimed(&self) -> Result<Vec<Unclaimed>, QueryError> {
        let sql = "SELECT name, first_ms, last_ms, frames, board, firmware, last_frame \
                   FROM unclaimed ORDER BY last_ms DESC, name";
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map((), |row| {
                Ok(Unclaimed {
                    name: row.get(0)?,
                    first_ms: row.get(1)?,
                    last_ms: row.get(2)?,
                    frames: row.get::<_, i64>(3)?.unsigned_abs(),
                    board: row.get(4)?,
                    firmware: row.get(5)?,
                    last_frame: row.get(6)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How much there is.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn stats(&self) -> Result<Stats, QueryError> {
        self.ask(|connection| {
            let (log_rows, oldest_ms) = span(connection, "log", true)?;
            Ok(Stats {
                path: self.0.path.clone(),
                bytes: size(&self.0.path) + size(&open::beside(&self.0.path, "-wal")),
                log_rows,
                oldest_ms,
                postings: span(connection, "posting", false)?.0,
                incidents: span(connection, "incident", false)?.0,
                repairs: span(connection, "repair", false)?.0,
                room_slots: span(connection, "room_slot", false)?.0,
                changes: span(connection, "change", false)?.0,
                losses: span(connection, "loss", false)?.0,
            })
        })
    }

    /// Connections opened so far look at a file that was set aside.
    pub(super) fn begin_anew(&self) {
        self.0.generation.fetch_add(1, Ordering::Release);
        self.idle().clear();
    }

    /// Asks a question that is interrupted when it takes too long.
    pub(super) fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        self.within(Some(limits::STORE_QUERY_TIME), question)
    }

    /// Asks a question that may take its time: at start nobody writes yet.
    pub(super) fn unhurried<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        self.within(None, question)
    }

    fn within<T>(
        &self,
        time: Option<Duration>,
        question: impl FnOnce(&Connection) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        let generation = self.0.generation.load(Ordering::Acquire);
        let reused = self.idle().pop().filter(|(of, _)| *of == generation);
        let mut connection = match reused {
            Some((_, connection)) => connection,
            None => open::connect_reader(&self.0.path)?,
        };
        let end = time.map(|time| Instant::now() + time);
        // Asked every 4,096 steps of SQLite's machine: well below a millisecond.
        let late = move || end.is_some_and(|end| Instant::now() >= end);
        connection.progress_handler(4_096, Some(late))?;
        let answer = question(&connection);
        let broken =
            matches!(&answer, Err(QueryError::Sql(error)) if Fault::of(error) != Fault::Other);
        if !broken {
            let mut idle = self.idle();
            if idle.len() < limits::STORE_READERS_MAX {
                idle.push((generation, connection));
            }
        }
        answer
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(u64, Connection)>> {
        // A panic elsewhere leaves the list as good as it was.
        self.0.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The random name of this copy of the database.
pub(super) fn incarnation(connection: &Connection) -> rusqlite::Result<String> {
    let sql = "SELECT value FROM meta WHERE key = 'incarnation'";
    connection.query_row(sql, (), |row| row.get(0))
}

/// Rows between the oldest and the newest id, and when the oldest was kept: ids have no gaps, and
/// counting would read everything.
fn span(connection: &Connection, table: &str, timed: bool) -> rusqlite::Result<(u64, Option<i64>)> {
    let at = if timed { "at_ms" } else { "NULL" };
    let sql = format!(
        "SELECT (SELECT max(id) FROM {table}) - id + 1, {at} FROM {table} ORDER BY id LIMIT 1"
    );
    let both = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?));
    let found = connection.prepare_cached(&sql)?.query_row((), both).optional()?;
    Ok(found.unwrap_or_default())
}

/// Size of a file in bytes; 0 when there is none.
fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |is| is.len())
}
