//! What forwarders and people ask of the outbox. Short questions, each with a limit: the writer is
//! never waited for, and never waits.

use super::progress::{self, RefusedRow};
use super::put::{crc, last_seq};
use super::{body, class_of, shed};
use crate::limits;
use crate::store::{QueryError, Reader};
use batch::{Hash, Incarnation, Row, Stream};
use controller::outbox::{Held, Run};
use rusqlite::{Connection, OptionalExtension};

/// A summary with its place in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its number, as the outbox counts.
    pub seq: i64,
    /// When it was made, ms UTC.
    pub at_ms: i64,
    /// What it says.
    pub row: Row,
    /// The hash before it in its chain.
    pub prev: Hash,
}

/// An incarnation, and which rows are of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lives {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Since when, ms UTC.
    pub since_ms: i64,
    /// Why it began: `first`, `restored`, …
    pub why: String,
    /// Who wanted it, and what for, where a person did.
    pub by: (String, String),
    /// Its rows come after this one …
    pub base: i64,
    /// … up to this one.
    pub last: i64,
}

impl Lives {
    /// Whether this is the same incarnation of the same database.
    pub fn is_same(&self, other: Option<&(Self, Vec<Run>)>) -> bool {
        other.is_some_and(|(other, _)| other.name == self.name)
    }

    /// The name as it travels; `None` when it is damaged.
    pub fn incarnation(&self) -> Option<Incarnation> {
        Incarnation::parse(&self.name)
    }
}

/// How the outbox is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxState {
    /// Every incarnation, oldest first; none while nothing was ever put.
    pub lives: Vec<Lives>,
    /// The last number that was given.
    pub last: i64,
    /// How much of what there is.
    pub held: Held,
}

/// The columns that [`good`] reads.
const COLUMNS: &str = "seq, at_ms, kind, stream, slot_ms, revision, body, prev, crc, \
                       (SELECT name FROM stream WHERE id = outbox.stream)";

impl Reader {
    /// How the outbox is.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn outbox(&self) -> Result<OutboxState, QueryError> {
        self.ask(|connection| {
            let last = last_seq(connection)?;
            let held = shed::held(connection)?;
            Ok(OutboxState { lives: lives(connection, last)?, last, held })
        })
    }

    /// Rows after `after`, at most `limit` and none above `upto`, as the outbox counts; and the last number
    /// that was looked at: what lies between and is not among the rows is gone. Rows whose checksum is
    /// wrong are left out, and counted.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn outbox_rows(
        &self,
        after: i64,
        upto: i64,
        limit: u64,
    ) -> Result<(Vec<OutboxRow>, u64), QueryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3"
        );
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut found = statement.query((after, upto, limit.min(limits::OUTBOX_READ_ROWS)))?;
            let (mut rows, mut damaged) = (Vec::new(), 0);
            while let Some(row) = found.next()? {
                match good(row)? {
                    Some(row) => rows.push(row),
                    None => damaged += 1,
                }
            }
            Ok((rows, damaged))
        })
    }

    /// The first number of a row that was made at `since_ms` or later; one above the last when there is
    /// none. Numbers rise with time, so that a few looks find it.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn outbox_since(&self, since_ms: i64) -> Result<i64, QueryError> {
        self.ask(|connection| {
            let (mut low, mut high) = (0, last_seq(connection)? + 1);
            let sql = "SELECT at_ms FROM outbox WHERE seq >= ?1 ORDER BY seq LIMIT 1";
            let mut at = connection.prepare_cached(sql)?;
            // Every row up to `low` is older, every row from `high` on is not.
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                let at_ms: Option<i64> = at.query_row((middle,), |row| row.get(0)).optional()?;
                match at_ms.is_none_or(|at_ms| at_ms >= since_ms) {
                    true => high = middle,
                    false => low = middle,
                }
            }
            Ok(high)
        })
    }

    /// What a hub has confirmed of an incarnation, as the hub counts.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn hub_had(&self, hub: &str, incarnation: i64) -> Result<Vec<Run>, QueryError> {
        self.ask(|connection| Ok(progress::had(connection, hub, incarnation)?))
    }

    /// Rows that a hub has put aside, the latest first.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn hub_refused(&self, hub: &str, limit: u32) -> Result<Vec<RefusedRow>, QueryError> {
        let sql = "SELECT seq, code, reason, at_ms FROM hub_refused WHERE hub = ?1 \
                   ORDER BY seq DESC LIMIT ?2";
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map((hub, limit.min(limits::QUERY_ROWS_MAX)), |row| {
                let (seq, code, reason, at_ms) =
                    (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                Ok(RefusedRow { seq, code, reason, at_ms })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Loss records of slots since then, the latest first.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn outbox_losses(&self, since_ms: i64, limit: u32) -> Result<Vec<Row>, QueryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox INDEXED BY outbox_by_slot \
             WHERE slot_ms >= ?1 AND kind = {} ORDER BY slot_ms DESC, seq DESC LIMIT ?2",
            super::kind::LOSS
        );
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query((since_ms, limit.min(limits::QUERY_ROWS_MAX)))?;
            let mut losses = Vec::new();
            while let Some(row) = rows.next()? {
                losses.extend(good(row)?.map(|row| row.row));
            }
            Ok(losses)
        })
    }

    /// When the first row from `seq` on was made, ms UTC.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn outbox_made(&self, seq: i64) -> Result<Option<i64>, QueryError> {
        let sql = "SELECT at_ms FROM outbox WHERE seq >= ?1 ORDER BY seq LIMIT 1";
        self.ask(|connection| {
            Ok(connection.prepare_cached(sql)?.query_row((seq,), |row| row.get(0)).optional()?)
        })
    }
}

pub(super) fn lives(connection: &Connection, last: i64) -> rusqlite::Result<Vec<Lives>> {
    let sql = "SELECT id, name, since_ms, why, base, \
               coalesce(lead(base) OVER (ORDER BY id), ?1), asked_by, asked_for \
               FROM incarnation ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map((last,), |row| {
        Ok(Lives {
            id: row.get(0)?,
            name: row.get(1)?,
            since_ms: row.get(2)?,
            why: row.get(3)?,
            by: (row.get(6)?, row.get(7)?),
            base: row.get(4)?,
            last: row.get(5)?,
        })
    })?;
    rows.collect()
}

/// A row, if its checksum is right.
fn good(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<OutboxRow>> {
    let (seq, at_ms, kind): (i64, i64, u8) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (stream, slot_ms, revision): (i64, i64, u32) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let stored = row.get_ref(6)?.as_blob()?;
    let Ok(prev) = row.get::<_, [u8; 32]>(7).map(Hash) else { return Ok(None) };
    if row.get::<_, u32>(8)? != crc(seq, (kind, stream), (slot_ms, revision), stored, &prev) {
        return Ok(None);
    }
    let name: String = row.get(9)?;
    let (Ok((body, span_s)), Ok(stream)) =
        (body::unpack(class_of(kind), stored), Stream::new(&name))
    else {
        return Ok(None);
    };
    Ok(Some(OutboxRow { seq, at_ms, row: Row { stream, slot_ms, span_s, revision, body }, prev }))
}
