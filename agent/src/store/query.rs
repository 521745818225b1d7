//! What people ask: short read-only questions, on connections of their own, from any thread.
//!
//! Every method waits for the disk: async code calls it through `spawn_blocking`.

use super::names::Names;
use super::open;
use super::rows::{Change, LossRecord, Posting, Unclaimed};
use super::{Fault, QueryError};
use crate::limits;
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

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

/// Energy of a meter in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodEnergy {
    /// `node/channel`.
    pub meter: String,
    /// Start of the period, ms UTC.
    pub start_ms: i64,
    /// Sum of its postings, Wh.
    pub energy_wh: i64,
    /// The worst quality among them.
    pub quality: u8,
    /// The highest revision among them.
    pub revision: u32,
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

    /// Energy per meter and period. `bounds` are the starts of the periods and the end of the last,
    /// in order, ms UTC: local days of 23 or 25 hours are the caller's to know. `meters` limits the
    /// answer; all meters when absent. Periods without a posting have no row.
    ///
    /// # Errors
    /// [`QueryError::TooLong`] asks for a shorter time.
    pub fn energy(
        &self,
        bounds: &[i64],
        meters: Option<&[String]>,
    ) -> Result<Vec<PeriodEnergy>, QueryError> {
        let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else {
            return Ok(Vec::new());
        };
        self.ask(|connection| {
            let numbers = Meters::read(connection, meters)?;
            let mut sums: BTreeMap<(i64, u32), (i64, u8, u32)> = BTreeMap::new();
            let sql = format!(
                "SELECT {POSTING} FROM posting INDEXED BY posting_by_slot \
                 WHERE slot_ms >= ?1 AND slot_ms < ?2"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query((first, last))?;
            while let Some(row) = rows.next()? {
                let meter: u32 = row.get(1)?;
                let slot_ms: i64 = row.get(2)?;
                let period = bounds.partition_point(|start| *start <= slot_ms);
                if !numbers.wanted(meter) || period == 0 {
                    continue;
                }
                let posting = believed(row, "")?;
                let sum = sums.entry((bounds[period - 1], meter)).or_default();
                sum.0 = sum.0.saturating_add(posting.energy_wh);
                sum.1 = sum.1.max(posting.quality);
                sum.2 = sum.2.max(posting.revision);
            }
            let named = sums.into_iter().filter_map(|((start_ms, meter), sum)| {
                let (energy_wh, quality, revision) = sum;
                let meter = numbers.name(meter)?.to_owned();
                Some(PeriodEnergy { meter, start_ms, energy_wh, quality, revision })
            });
            Ok(named.collect())
        })
    }

    /// Postings of a meter from `from_ms` to before `to_ms`, in the order they were made; at most
    /// [`limits::QUERY_ROWS_MAX`].
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn postings(
        &self,
        meter: &str,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<Posting>, QueryError> {
        let sql = format!(
            "SELECT {POSTING} FROM posting WHERE meter = (SELECT id FROM meter WHERE name = ?1) \
             AND slot_ms >= ?2 AND slot_ms < ?3 ORDER BY id LIMIT ?4"
        );
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query((meter, from_ms, to_ms, limits::QUERY_ROWS_MAX))?;
            let mut postings = Vec::new();
            while let Some(row) = rows.next()? {
                postings.push(believed(row, meter)?);
            }
            Ok(postings)
        })
    }

    /// The latest changes of a room, newest first, at most `limit`.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn changes(&self, room: &str, limit: u32) -> Result<Vec<Change>, QueryError> {
        let sql = "SELECT at_ms, zone, from_pct, to_pct, verdict FROM change WHERE room = ?1 \
                   ORDER BY id DESC LIMIT ?2";
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map((room, limit.min(limits::QUERY_ROWS_MAX)), |row| {
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
    fn ask<T>(
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

/// The columns that [`good_posting`] reads.
const POSTING: &str = "id, meter, slot_ms, energy_wh, quality, cause, register_wh, revision, crc";

/// A posting of `meter`, if its checksum is right. A wrong sum of energy is worse than none.
pub(super) fn good_posting(row: &Row<'_>, meter: &str) -> rusqlite::Result<Option<Posting>> {
    let posting = Posting {
        meter: meter.to_owned(),
        slot_ms: row.get(2)?,
        energy_wh: row.get(3)?,
        quality: row.get(4)?,
        cause: row.get(5)?,
        register_wh: row.get(6)?,
        revision: row.get(7)?,
    };
    let crc = posting.crc(row.get(1)?);
    Ok(if row.get::<_, u32>(8)? == crc { Some(posting) } else { None })
}

/// [`good_posting`] for questions.
fn believed(row: &Row<'_>, meter: &str) -> Result<Posting, QueryError> {
    match good_posting(row, meter)? {
        Some(posting) => Ok(posting),
        None => Err(QueryError::Damaged { table: "posting", id: row.get(0)? }),
    }
}

/// Which meters are asked for.
struct Meters {
    names: Names,
    wanted: Option<Vec<u32>>,
}

impl Meters {
    fn read(connection: &Connection, wanted: Option<&[String]>) -> rusqlite::Result<Self> {
        let names = Names::load(connection)?;
        let number = |name: &String| names.meters.number(name);
        let wanted = wanted.map(|wanted| {
            let mut numbers: Vec<u32> = wanted.iter().filter_map(number).collect();
            numbers.sort_unstable();
            numbers
        });
        Ok(Self { names, wanted })
    }

    fn wanted(&self, meter: u32) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.binary_search(&meter).is_ok())
    }

    fn name(&self, meter: u32) -> Option<&str> {
        self.names.meters.name(meter)
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
