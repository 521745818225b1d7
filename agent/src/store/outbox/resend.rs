//! What a hub shall get once more because somebody asked: kept until it went, whatever restarts meanwhile.
//!
//! A request is rows of `resend`, one for each incarnation with summaries of that time. Once they are kept only
//! the forwarder of their hub changes them, by what is left.

use super::progress::{runs_of_text, runs_to_text};
use super::put::last_seq;
use super::read::{Lives, lives};
use crate::store::{QueryError, Reader};
use controller::outbox::{self, Run};
use rusqlite::Transaction;

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which hub shall get it.
    pub hub: String,
    /// Begin of the slots, ms UTC.
    pub from_ms: i64,
    /// End, not included.
    pub to_ms: i64,
    /// When it was asked for, ms UTC.
    pub at_ms: i64,
    /// Rows that say so now, by incarnation, as the hub counts.
    pub rows: Vec<(i64, Vec<Run>)>,
}

/// What of it has not gone yet, of one incarnation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resend {
    /// Never used again.
    pub id: i64,
    /// Number of the incarnation in `incarnation`.
    pub incarnation: i64,
    /// Begin of the slots, ms UTC.
    pub from_ms: i64,
    /// End, not included.
    pub to_ms: i64,
    /// When it was asked for, ms UTC.
    pub asked_ms: i64,
    /// Rows, as the hub counts.
    pub left: Vec<Run>,
}

/// Keeps a request. Rows that the hub had put aside are no longer shown so: it sees them again.
pub(in crate::store) fn ask(transaction: &Transaction<'_>, asked: &Asked) -> rusqlite::Result<()> {
    let Asked { hub, from_ms, to_ms, at_ms, rows } = asked;
    for (incarnation, runs) in rows {
        let sql = "INSERT OR IGNORE INTO resend (hub, incarnation, from_ms, to_ms, asked_ms, runs) \
                   SELECT ?1, id, ?3, ?4, ?5, ?6 FROM incarnation WHERE id = ?2";
        let row = (hub, incarnation, from_ms, to_ms, at_ms, runs_to_text(runs));
        transaction.prepare_cached(sql)?.execute(row)?;
    }
    let sql = "DELETE FROM hub_refused WHERE hub = ?1 AND EXISTS (SELECT 1 FROM outbox \
               WHERE seq = hub_refused.seq AND slot_ms >= ?2 AND slot_ms < ?3)";
    transaction.prepare_cached(sql)?.execute((hub, from_ms, to_ms)).map(drop)
}

/// So much is left of a request; nothing when all of it went.
pub(super) fn went(transaction: &Transaction<'_>, id: i64, left: &[Run]) -> rusqlite::Result<()> {
    if left.is_empty() {
        let sql = "DELETE FROM resend WHERE id = ?1";
        return transaction.prepare_cached(sql)?.execute((id,)).map(drop);
    }
    let sql = "UPDATE resend SET runs = ?2 WHERE id = ?1";
    transaction.prepare_cached(sql)?.execute((id, runs_to_text(left))).map(drop)
}

impl Reader {
    /// Summaries whose slot lies in a time: rows by incarnation, as a hub counts.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn outbox_of_time(
        &self,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<(i64, Vec<Run>)>, QueryError> {
        let sql = "SELECT seq FROM outbox INDEXED BY outbox_by_slot \
                   WHERE slot_ms >= ?1 AND slot_ms < ?2";
        self.unhurried(|connection| {
            let lives = lives(connection, last_seq(connection)?)?;
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map((from_ms, to_ms), |row| row.get(0))?;
            let seqs: Vec<i64> = rows.collect::<rusqlite::Result<_>>()?;
            let of = |life: Lives| {
                let of_it = seqs.iter().filter(|seq| (life.base + 1..=life.last).contains(seq));
                let number = |seq: &i64| seq.saturating_sub(life.base).unsigned_abs();
                let runs = of_it.map(number).map(|seq| Run { from: seq, to: seq });
                (life.id, outbox::joined(runs.collect()))
            };
            Ok(lives.into_iter().map(of).filter(|(_, runs)| !runs.is_empty()).collect())
        })
    }

    /// What a hub shall get once more, in the order in which it was asked for.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn resends(&self, hub: &str) -> Result<Vec<Resend>, QueryError> {
        let sql = "SELECT id, incarnation, from_ms, to_ms, asked_ms, runs FROM resend \
                   WHERE hub = ?1 ORDER BY id";
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map((hub,), |row| {
                let (from_ms, to_ms, asked_ms) = (row.get(2)?, row.get(3)?, row.get(4)?);
                let runs: String = row.get(5)?;
                // What cannot be read any more is asked for again by whoever misses it.
                let left = runs_of_text(&runs).unwrap_or_default();
                let (id, incarnation) = (row.get(0)?, row.get(1)?);
                Ok(Resend { id, incarnation, from_ms, to_ms, asked_ms, left })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}
