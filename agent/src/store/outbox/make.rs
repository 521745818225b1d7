//! Kept rows into summaries, slot by slot, when a slot is over and late frames have had their time.

use super::put::{New, Put};
use super::{Terms, body, class_of, kind, life, lost, mark, shed};
use crate::limits;
use crate::store::names::Names;
use crate::store::rows::LossRecord;
use crate::store::{QueryError, report};
use batch::{Body, Loss, Stream};
use controller::summary::{DayFold, RoomTime, Scope, SlotFacts, StreamKind, Values};
use controller::{Quality, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

/// Makes summaries between two commits.
pub(in crate::store) struct Maker {
    terms: Option<Terms>,
    /// Nothing is due before, ms UTC: until then nobody looks.
    shed_at: Option<Instant>,
    /// When the witness was last brought up to date.
    witness_at: Option<Instant>,
}

/// What was made between two commits.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::store) struct Made {
    /// The last number, when there is more than before.
    pub last: Option<i64>,
    /// There was no time for all of it.
    pub is_more_due: bool,
}

/// Numbers of names to positions in the scope.
struct Places {
    meters: BTreeMap<u32, usize>,
    rooms: BTreeMap<u32, usize>,
}

impl Maker {
    pub fn new() -> Self {
        Self { terms: None, shed_at: None, witness_at: None }
    }

    /// Which streams there are from now on.
    pub fn learn(&mut self, terms: &Terms) {
        self.terms = Some(terms.clone());
    }

    /// Makes what is due, for a bounded time.
    pub fn tend(
        &mut self,
        connection: &mut Connection,
        names: &Names,
        path: &Path,
        now_ms: i64,
    ) -> rusqlite::Result<Made> {
        let Some(terms) = self.terms.clone() else { return Ok(Made::default()) };
        let began = Instant::now();
        let (mut last, mut is_all) = (lost::tell(connection, &terms, now_ms)?, false);
        while !is_all && began.elapsed() < limits::OUTBOX_TIME {
            match make_next(connection, &terms, names, now_ms)? {
                Some(made) => last = made.or(last),
                None => is_all = true,
            }
        }
        if self.shed_at.is_none_or(|at| at.elapsed() >= limits::OUTBOX_SHED_EVERY) {
            last = shed::make_room(connection, &terms, now_ms)?.or(last);
            self.shed_at = Some(Instant::now());
        }
        let is_old = |at: Instant| at.elapsed() >= limits::OUTBOX_WITNESS_EVERY;
        if last.is_some() || self.witness_at.is_none_or(is_old) {
            life::witness(connection, path, Some(&terms.hubs))?;
            self.witness_at = Some(Instant::now());
        }
        Ok(Made { last, is_more_due: !is_all })
    }
}

/// The next slot that is due, or the next day. `None` when there is none; else the last number, if any
/// row was put.
fn make_next(
    connection: &mut Connection,
    terms: &Terms,
    names: &Names,
    now_ms: i64,
) -> rusqlite::Result<Option<Option<i64>>> {
    let settled_ms = now_ms.saturating_sub(terms.grace_ms);
    let slot = due_slot(connection, settled_ms, terms.scope.slot_ms)?;
    let day = match slot {
        Some(_) => None,
        None => due_day(connection, &terms.scope, settled_ms)?,
    };
    if slot.is_none() && day.is_none() {
        return Ok(None);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut put = Put::begin(&transaction, terms, now_ms)?;
    let places = Places::of(&terms.scope, names);
    let mut make =
        Make { transaction: &transaction, terms, places: &places, put: &mut put, rows: 0 };
    match (slot, day) {
        (Some(slot_ms), _) => make.slot(slot_ms, now_ms)?,
        (None, Some(day_ms)) => make.day(day_ms)?,
        (None, None) => {}
    }
    let rows = make.rows;
    let last = put.end()?;
    transaction.commit()?;
    Ok(Some((rows > 0).then_some(last)))
}

/// The oldest slot that is over and has settled.
fn due_slot(
    connection: &Connection,
    settled_ms: i64,
    slot_ms: i64,
) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT slot_ms FROM touched WHERE slot_ms <= ?1 GROUP BY slot_ms \
               HAVING max(since_ms) <= ?2 ORDER BY slot_ms LIMIT 1";
    let over_ms = settled_ms.saturating_sub(slot_ms);
    connection.prepare_cached(sql)?.query_row((over_ms, settled_ms), |row| row.get(0)).optional()
}

/// The oldest day that is over, has settled, and of which no slot waits.
fn due_day(
    connection: &Connection,
    scope: &Scope,
    settled_ms: i64,
) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT day_ms FROM touched_day WHERE since_ms <= ?1 ORDER BY day_ms";
    let mut statement = connection.prepare_cached(sql)?;
    let mut days = statement.query((settled_ms,))?;
    while let Some(row) = days.next()? {
        let day_ms: i64 = row.get(0)?;
        let (_, end) = scope.day_of(Timestamp(day_ms));
        if end.0 > settled_ms {
            return Ok(None); // those that follow end later
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM touched WHERE slot_ms >= ?1 AND slot_ms < ?2)";
        let waits: bool =
            connection.prepare_cached(sql)?.query_row((day_ms, end.0), |row| row.get(0))?;
        if !waits {
            return Ok(Some(day_ms));
        }
    }
    Ok(None)
}

/// One slot or day in the making.
struct Make<'a, 'b> {
    transaction: &'a Transaction<'a>,
    terms: &'a Terms,
    places: &'a Places,
    put: &'b mut Put<'a>,
    rows: u64,
}

impl Make<'_, '_> {
    fn slot(&mut self, slot_ms: i64, now_ms: i64) -> rusqlite::Result<()> {
        let scope = self.terms.scope.clone();
        let streams = self.touched_streams(slot_ms)?;
        let delete = "DELETE FROM touched WHERE slot_ms = ?1";
        self.transaction.prepare_cached(delete)?.execute((slot_ms,))?;
        match self.facts((slot_ms, slot_ms + scope.slot_ms))? {
            Some(facts) => {
                let facts = facts.get(&slot_ms).cloned().unwrap_or_else(|| scope.blank());
                let span_s = u32::try_from(scope.slot_ms / 1000).unwrap_or(u32::MAX);
                for stream in streams {
                    let values = scope.quarter(stream, &facts);
                    let kind = match scope.streams[stream].kind {
                        StreamKind::Room => kind::ROOM,
                        StreamKind::Building | StreamKind::Meter => kind::OTHER,
                    };
                    self.summary(kind, stream, slot_ms, span_s, &values)?;
                }
            }
            None => self.damaged(slot_ms, slot_ms + scope.slot_ms)?,
        }
        let (day, _) = scope.day_of(Timestamp(slot_ms));
        let sql = "INSERT OR REPLACE INTO touched_day (day_ms, since_ms) VALUES (?1, ?2)";
        self.transaction.prepare_cached(sql)?.execute((day.0, now_ms)).map(drop)
    }

    fn day(&mut self, day_ms: i64) -> rusqlite::Result<()> {
        let scope = self.terms.scope.clone();
        let bounds = scope.day_of(Timestamp(day_ms));
        let delete = "DELETE FROM touched_day WHERE day_ms = ?1";
        self.transaction.prepare_cached(delete)?.execute((day_ms,))?;
        let Some(slots) = self.facts((bounds.0.0, bounds.1.0))? else {
            return self.damaged(bounds.0.0, bounds.1.0);
        };
        let expected = scope.slots_within(bounds);
        let span_s = u32::try_from((bounds.1.0 - bounds.0.0) / 1000).unwrap_or(u32::MAX);
        for stream in 0..scope.streams.len() {
            let mut fold = DayFold::default();
            slots.values().for_each(|facts| fold.add(&scope.quarter(stream, facts)));
            self.summary(kind::DAY, stream, day_ms, span_s, &fold.finish(expected))?;
        }
        Ok(())
    }

    /// Puts a summary, unless the last one of its slot says the same.
    fn summary(
        &mut self,
        kind: u8,
        stream: usize,
        slot_ms: i64,
        span_s: u32,
        values: &Values,
    ) -> rusqlite::Result<()> {
        // A name that no hub could take was refused by the configuration.
        let Ok(stream) = Stream::new(&self.terms.scope.streams[stream].name) else { return Ok(()) };
        let said = travelling(values);
        let said = if kind == kind::DAY { Body::Day(said) } else { Body::Quarter(said) };
        let last = last_of(self.transaction, kind, stream.as_str(), slot_ms)?;
        let same = last.as_ref().is_some_and(|(_, stored)| {
            body::unpack(class_of(kind), stored)
                .is_ok_and(|before| before == (said.clone(), span_s))
        });
        if same {
            return Ok(());
        }
        let revision = match last {
            Some((revision, _)) => revision.saturating_add(1),
            None => shed::revision_after_gone(self.transaction, slot_ms)?,
        };
        self.rows += 1;
        self.put.row(New { kind, stream: &stream, slot_ms, span_s, revision, body: said })
    }

    /// Rows that cannot be read: nobody knows what the slot was like.
    fn damaged(&mut self, from_ms: i64, to_ms: i64) -> rusqlite::Result<()> {
        self.rows += 1;
        put_loss(self.transaction, self.put, "campus", "damaged_slots", 1, (from_ms, to_ms))
    }

    /// Streams to look at: all at the first time, then those that depend on what has changed.
    fn touched_streams(&self, slot_ms: i64) -> rusqlite::Result<BTreeSet<usize>> {
        let scope = &self.terms.scope;
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE slot_ms = ?1 AND kind IN (1, 2))";
        let made: bool =
            self.transaction.prepare_cached(sql)?.query_row((slot_ms,), |row| row.get(0))?;
        let all = || (0..scope.streams.len()).collect();
        if !made && !shed::is_gone(self.transaction, slot_ms)? {
            return Ok(all());
        }
        let mut streams = BTreeSet::new();
        let sql = "SELECT kind, number FROM touched WHERE slot_ms = ?1";
        let mut statement = self.transaction.prepare_cached(sql)?;
        let mut rows = statement.query((slot_ms,))?;
        while let Some(row) = rows.next()? {
            let (kind, number): (u8, u32) = (row.get(0)?, row.get(1)?);
            match kind {
                mark::METER => {
                    let at = self.places.meters.get(&number).copied();
                    streams.extend(at.into_iter().flat_map(|at| scope.of_meter(at)));
                }
                mark::ROOM => {
                    let at = self.places.rooms.get(&number).copied();
                    streams.extend(at.into_iter().flat_map(|at| scope.of_room(at)));
                }
                _ => return Ok(all()),
            }
        }
        Ok(streams)
    }

    /// What is kept of every slot of a time that has any row; `None` when a row is damaged.
    fn facts(&self, within: (i64, i64)) -> rusqlite::Result<Option<BTreeMap<i64, SlotFacts>>> {
        let scope = &self.terms.scope;
        let mut slots: BTreeMap<i64, SlotFacts> = BTreeMap::new();
        let start = |at_ms: i64| scope.slot(Timestamp(at_ms)).0;
        let energy = report::energy_rows(self.transaction, within, &|_| true, &mut |sum| {
            if let Some(meter) = self.places.meters.get(&sum.meter) {
                let quality = crate::recall::quality(sum.quality).unwrap_or(Quality::Incomplete);
                let facts = slots.entry(start(sum.slot_ms)).or_insert_with(|| scope.blank());
                facts.posting(*meter, sum.energy_wh, quality);
            }
        });
        let rooms = report::room_rows(self.transaction, within, &mut |sum| {
            if let Some(room) = self.places.rooms.get(&sum.room) {
                let [occupied_ms, _, lit_empty_ms, _, dark_ms, unknown_ms] = sum.times;
                let facts = slots.entry(start(sum.slot_ms)).or_insert_with(|| scope.blank());
                facts.room(*room, RoomTime { occupied_ms, lit_empty_ms, dark_ms, unknown_ms });
            }
        });
        for result in [energy, rooms] {
            match result {
                Ok(()) => {}
                Err(QueryError::Sql(error)) => return Err(error),
                Err(QueryError::Damaged { .. } | QueryError::TooLong) => return Ok(None),
            }
        }
        let sql = "SELECT slot_ms, room, meter, illuminance_lx, co2_ppm, peak_w FROM measure \
                   WHERE slot_ms >= ?1 AND slot_ms < ?2 ORDER BY id";
        let mut statement = self.transaction.prepare_cached(sql)?;
        let mut rows = statement.query(within)?;
        while let Some(row) = rows.next()? {
            let (room, meter): (Option<u32>, Option<u32>) = (row.get(1)?, row.get(2)?);
            let facts = slots.entry(start(row.get(0)?)).or_insert_with(|| scope.blank());
            let peak_w = row.get(5)?;
            if let Some(room) = room.and_then(|number| self.places.rooms.get(&number)) {
                facts.room_measured(*room, (row.get(3)?, row.get(4)?, peak_w));
            }
            if let Some(meter) = meter.and_then(|number| self.places.meters.get(&number)) {
                facts.meter_measured(*meter, peak_w);
            }
        }
        Ok(Some(slots))
    }
}

/// Loss records of nodes, in the transaction that keeps them.
pub(in crate::store) fn put_losses(
    transaction: &Transaction<'_>,
    terms: &Terms,
    losses: &[(u32, LossRecord)],
    now_ms: i64,
) -> rusqlite::Result<Option<i64>> {
    if losses.is_empty() {
        return Ok(None);
    }
    let mut put = Put::begin(transaction, terms, now_ms)?;
    for (_, loss) in losses {
        let count = u64::from(loss.to_seq.saturating_sub(loss.from_seq)) + 1;
        let stream = format!("node/{}", loss.node);
        let what = format!("frames_{}", loss.cause);
        put_loss(transaction, &mut put, &stream, &what, count, (loss.at_ms, loss.at_ms))?;
    }
    put.end().map(Some)
}

/// Puts a loss record; several of one moment are revisions of each other's number only.
pub(super) fn put_loss<'a>(
    transaction: &'a Transaction<'a>,
    put: &mut Put<'a>,
    stream: &str,
    what: &str,
    count: u64,
    (from_ms, to_ms): (i64, i64),
) -> rusqlite::Result<()> {
    let Ok(stream) = Stream::new(stream) else { return Ok(()) };
    let (from_ms, to_ms) = (from_ms.max(0), to_ms.max(from_ms).max(0));
    let last = last_of(transaction, kind::LOSS, stream.as_str(), from_ms)?;
    let revision = last.map_or(1, |(revision, _)| revision.saturating_add(1));
    let what = what.to_owned();
    let body = Body::Loss(Loss { what, count, from_ms, to_ms, more: BTreeMap::new() });
    put.row(New { kind: kind::LOSS, stream: &stream, slot_ms: from_ms, span_s: 0, revision, body })
}

/// The last revision of a slot, and what it says.
fn last_of(
    connection: &Connection,
    kind: u8,
    stream: &str,
    slot_ms: i64,
) -> rusqlite::Result<Option<(u32, Vec<u8>)>> {
    let sql = "SELECT revision, body FROM outbox WHERE slot_ms = ?1 \
               AND stream = (SELECT id FROM stream WHERE name = ?2) AND kind = ?3 \
               ORDER BY revision DESC LIMIT 1";
    let both = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    connection.prepare_cached(sql)?.query_row((slot_ms, stream, kind), both).optional()
}

/// Values as they may travel: within the range of their quantity.
fn travelling(values: &Values) -> batch::Values {
    let mut said = batch::Values {
        energy_wh: values.energy_wh,
        lighting_wh: values.lighting_wh,
        peak_w: values.peak_w,
        occupied_s: values.occupied_s,
        lit_empty_s: values.lit_empty_s,
        occupied_dark_s: values.occupied_dark_s,
        illuminance_lx: values.illuminance_lx,
        co2_ppm: values.co2_ppm,
        complete_permille: Some(values.complete_permille),
        estimated_permille: values.energy_wh.map(|_| values.estimated_permille),
        ..batch::Values::default()
    };
    for quantity in batch::row::QUANTITIES {
        let (low, high) = quantity.range;
        let place = (quantity.place)(&mut said);
        *place = place.map(|number| number.clamp(low, high));
    }
    said
}

impl Places {
    fn of(scope: &Scope, names: &Names) -> Self {
        let number = |of: &crate::store::names::Dictionary, all: &[String]| {
            let known = all.iter().enumerate();
            known.filter_map(|(at, name)| Some((of.number(name)?, at))).collect()
        };
        Self {
            meters: number(&names.meters, &scope.meters),
            rooms: number(&names.rooms, &scope.rooms),
        }
    }
}
