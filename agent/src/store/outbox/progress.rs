//! What hubs have confirmed and refused, and what is to be done with the outbox.

use super::life::NewLife;
use super::put::last_seq;
use super::resend::{self, Asked};
use crate::limits;
use controller::outbox::{self, Run};
use rusqlite::{Connection, OptionalExtension, Transaction};

/// What a hub has confirmed of one incarnation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which hub, as it is configured.
    pub hub: String,
    /// Number of the incarnation in `incarnation`.
    pub incarnation: i64,
    /// As the hub counts.
    pub had: Vec<Run>,
    /// When it said so, ms UTC.
    pub at_ms: i64,
    /// Rows of this batch that it has put aside; numbers as the outbox counts.
    pub refused: Vec<RefusedRow>,
    /// What is left of what it shall get once more, by id, where that has changed.
    pub again: Vec<(i64, Vec<Run>)>,
}

/// A row that a hub has put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// Which, as the outbox counts.
    pub seq: i64,
    /// Why, for programs.
    pub code: String,
    /// Why, for people.
    pub reason: String,
    /// When, ms UTC.
    pub at_ms: i64,
}

/// What a person or a forwarder wants done with the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HubOrder {
    /// A hub has confirmed rows.
    Confirmed(Progress),
    /// Slots of this time, begin and end, are to be made again from what is kept.
    Again(i64, i64),
    /// A hub shall get what is summarised of a time once more.
    Resend(Asked),
    /// This database is a copy: a new incarnation begins.
    Copied {
        /// How that is known.
        why: String,
        /// Rows after this one, as the outbox counts, go into it; `None` takes only those to come.
        base: Option<i64>,
    },
    /// A new incarnation begins because a person wants one.
    Begin(NewLife),
}

/// Keeps what a hub said.
pub(in crate::store) fn write(
    transaction: &Transaction<'_>,
    progress: &Progress,
) -> rusqlite::Result<()> {
    let Progress { hub, incarnation, had, at_ms, refused, again } = progress;
    let sql = "INSERT OR REPLACE INTO hub (name, incarnation, had, at_ms) \
               SELECT ?1, id, ?3, ?4 FROM incarnation WHERE id = ?2";
    let row = (hub, incarnation, runs_to_text(had), at_ms);
    transaction.prepare_cached(sql)?.execute(row)?;
    for RefusedRow { seq, code, reason, at_ms } in refused {
        let sql = "INSERT OR REPLACE INTO hub_refused (hub, seq, code, reason, at_ms) \
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        transaction.prepare_cached(sql)?.execute((hub, seq, code, reason, at_ms))?;
    }
    for (id, left) in again {
        resend::went(transaction, *id, left)?;
    }
    if !refused.is_empty() {
        let sql = "DELETE FROM hub_refused WHERE hub = ?1 AND seq NOT IN \
                   (SELECT seq FROM hub_refused WHERE hub = ?1 ORDER BY seq DESC LIMIT ?2)";
        transaction.prepare_cached(sql)?.execute((hub, limits::HUB_REFUSED_MAX))?;
    }
    Ok(())
}

/// Every row up to this one, as the outbox counts, is at all of these hubs.
pub(super) fn everywhere(connection: &Connection, hubs: &[String]) -> rusqlite::Result<i64> {
    let mut lowest = if hubs.is_empty() { 0 } else { i64::MAX };
    for hub in hubs {
        lowest = lowest.min(upto(connection, hub)?);
    }
    Ok(lowest)
}

/// Every row up to this one is at the hub.
fn upto(connection: &Connection, hub: &str) -> rusqlite::Result<i64> {
    let last = last_seq(connection)?;
    let mut statement =
        connection.prepare_cached("SELECT id, base FROM incarnation ORDER BY id")?;
    let both = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    let lives: Vec<(i64, i64)> = statement.query_map((), both)?.collect::<rusqlite::Result<_>>()?;
    for (at, (id, base)) in lives.iter().enumerate() {
        let end = lives.get(at + 1).map_or(last, |next| next.1);
        let mark =
            i64::try_from(outbox::watermark(&had(connection, hub, *id)?)).unwrap_or(i64::MAX);
        if base.saturating_add(mark) < end {
            return Ok(base.saturating_add(mark));
        }
    }
    Ok(last)
}

/// What a hub has confirmed of an incarnation.
pub(super) fn had(connection: &Connection, hub: &str, life: i64) -> rusqlite::Result<Vec<Run>> {
    let sql = "SELECT had FROM hub WHERE name = ?1 AND incarnation = ?2";
    let text: Option<String> =
        connection.prepare_cached(sql)?.query_row((hub, life), |row| row.get(0)).optional()?;
    // What cannot be read any more is sent again, which changes nothing at the hub.
    Ok(text.as_deref().and_then(runs_of_text).unwrap_or_default())
}

/// `[[1,20],[31,40]]`
pub(super) fn runs_to_text(runs: &[Run]) -> String {
    let runs: Vec<(u64, u64)> = runs.iter().map(|run| (run.from, run.to)).collect();
    // Numbers only: this cannot fail.
    serde_json::to_string(&runs).unwrap_or_default()
}

pub(super) fn runs_of_text(text: &str) -> Option<Vec<Run>> {
    let runs: Vec<(u64, u64)> = serde_json::from_str(text).ok()?;
    Some(outbox::joined(runs.into_iter().map(|(from, to)| Run { from, to }).collect()))
}
