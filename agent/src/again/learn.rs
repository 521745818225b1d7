//! Rooms' own numbers, learnt from the log: it is told again, and every room that is asked about is looked
//! at every minute.
//!
//! Where nodes hang is what it was then; which days are school days, and when lessons are, is what is known today.
//! Where somebody says what is true, that is learnt from, otherwise movement in hindsight.

use super::{Held, PastFault, Present, begin, reconfigured, tell};
use crate::limits;
use crate::store::Reader;
use controller::occupancy::learn::{Learnt, Sample, TooLittle, by_motion, learn};
use controller::{Campus, Controller, Input, OccupancySettings, RoomIx, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

const MINUTE_MS: i64 = 60_000;

/// Time after the last row for which a room is still looked at, ms; until the next row nothing is known.
const GAP_MS: i64 = 30 * MINUTE_MS;

/// A time of which somebody knows whether a room was occupied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Begin, ms UTC.
    pub from_ms: i64,
    /// End, ms UTC.
    pub until_ms: i64,
    /// Somebody was there.
    pub occupied: bool,
}

/// What is known of rooms, by `building/room`: in the order of time, without overlaps.
pub type Truth = BTreeMap<String, Vec<Known>>;

/// What was learnt.
#[derive(Debug, PartialEq)]
pub struct Lesson {
    /// Room by room, as asked for.
    pub rooms: Vec<RoomLesson>,
    /// Rows of the log that were told.
    pub rows: u64,
    /// Rows that could not be read.
    pub damaged: u64,
}

/// … of one room.
#[derive(Debug, PartialEq)]
pub struct RoomLesson {
    /// `building/room`.
    pub room: String,
    /// Somebody knows the truth; otherwise it is movement in hindsight.
    pub known: bool,
    /// What it decides by today.
    pub in_force: OccupancySettings,
    /// What came out.
    pub learnt: Result<Learnt, TooLittle>,
}

/// Learns the numbers of `rooms`, which today's configuration has, from the log of that time. Reads the disk: not
/// for async code.
///
/// # Errors
/// As [`PastFault`] says.
pub fn lesson(
    past: &Reader,
    present: Present<'_>,
    rooms: &[String],
    span: (Timestamp, Timestamp),
    truth: &Truth,
) -> Result<Lesson, PastFault> {
    let minutes = usize::try_from((span.1.0 - span.0.0) / MINUTE_MS).unwrap_or(0) + 1;
    lesson_in(past, present, rooms, span, truth, limits::LEARN_SAMPLES_MAX / minutes)
}

/// The same for so many rooms at once.
fn lesson_in(
    past: &Reader,
    present: Present<'_>,
    rooms: &[String],
    span: (Timestamp, Timestamp),
    truth: &Truth,
    at_once: usize,
) -> Result<Lesson, PastFault> {
    let mut lesson = Lesson { rooms: Vec::new(), rows: 0, damaged: 0 };
    for some in rooms.chunks(at_once.max(1)) {
        let mut watch = Watch::new(present.campus, some, span)?;
        let (rows, damaged) = watch.follow(past, present, lesson.rows)?;
        lesson.rows += rows;
        lesson.damaged = lesson.damaged.max(damaged);
        let seen = watch.rooms.iter().map(|room| room.lesson(present.campus, truth));
        lesson.rooms.extend(seen);
    }
    Ok(lesson)
}

/// Rooms that are looked at while the log is told.
struct Watch {
    rooms: Vec<Watched>,
    /// Knows today's calendar and timetable, and hears nothing.
    days: Controller,
    since: Timestamp,
    until: Timestamp,
    /// End of the minute that is looked at next.
    next: i64,
}

struct Watched {
    room: String,
    today: RoomIx,
    /// In the controller that is told.
    then: Option<RoomIx>,
    samples: Vec<Sample>,
}

impl Watch {
    fn new(
        today: &Campus,
        rooms: &[String],
        (since, until): (Timestamp, Timestamp),
    ) -> Result<Self, PastFault> {
        let days = Controller::new(unruled(today.clone()), since)
            .map_err(|fault| PastFault::Unreadable(fault.to_string()))?;
        let watched = rooms.iter().filter_map(|room| {
            let today = days.find_room(room)?;
            Some(Watched { room: room.clone(), today, then: None, samples: Vec::new() })
        });
        let rooms = watched.collect();
        Ok(Self { rooms, days, since, until, next: end_of_minute(since.0) })
    }

    /// Tells the log; how many rows that were, and how many could not be read. `before` were told already.
    fn follow(
        &mut self,
        past: &Reader,
        present: Present<'_>,
        before: u64,
    ) -> Result<(u64, u64), PastFault> {
        let Some(start) = past.start_before(self.since.0)? else {
            return Err(PastFault::TooEarly(past.past_from()?));
        };
        let after = start.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.log_id);
        let held = Held::read(past, present, after)?;
        let mut by = held.first();
        let mut controller = begin(&start, unruled(held.campus(by)))?;
        self.find(&controller);
        let nodes: BTreeSet<String> =
            self.rooms.iter().flat_map(|room| held.nodes_of(&room.room)).collect();
        let (mut rows, mut too_much, mut actions) = (0, false, Vec::new());
        let replayed = past.replay_some(
            after,
            |node| nodes.contains(node),
            |logged| {
                too_much = before + rows >= limits::TRIAL_ROWS_MAX;
                if too_much {
                    return ControlFlow::Break(());
                }
                rows += 1;
                // A row of later than now comes of a clock that was ahead, and right ones follow.
                self.look_until(&mut controller, logged.at_ms.min(self.until.0 + 1));
                if let Some(next) = held.turns(by, logged.id) {
                    by = next;
                    // Rules say nothing about who is there.
                    if held.live(by).is_none() {
                        controller = reconfigured(&controller, &unruled(held.campus(by)));
                        self.find(&controller);
                    }
                }
                tell(&mut controller, &logged, &mut actions);
                actions.clear();
                ControlFlow::Continue(())
            },
        )?;
        if too_much {
            return Err(PastFault::TooMuch(limits::TRIAL_ROWS_MAX));
        }
        self.look_until(&mut controller, self.until.0 + 1);
        Ok((rows, replayed.damaged))
    }

    fn find(&mut self, controller: &Controller) {
        for room in &mut self.rooms {
            room.then = controller.find_room(&room.room);
        }
    }

    /// Looks at the end of each minute before `at_ms`, the time of the next row.
    fn look_until(&mut self, controller: &mut Controller, at_ms: i64) {
        if at_ms + MINUTE_MS < self.next - MINUTE_MS {
            self.take_back(at_ms);
        }
        let mut out = Vec::new();
        let known_ms = self.next.saturating_add(GAP_MS);
        while self.next < at_ms {
            if self.next > known_ms {
                self.next = end_of_minute(at_ms - 1);
                return;
            }
            let at = Timestamp(self.next);
            controller.handle(Input::Tick, at, &mut out);
            self.days.handle(Input::Tick, at, &mut out);
            out.clear();
            for room in &mut self.rooms {
                let Some(then) = room.then else { continue };
                let Sample { period, school, quarter, .. } = self.days.sample(room.today, at);
                let seen = controller.sample(then, at);
                room.samples.push(Sample { period, school, quarter, ..seen });
            }
            self.next += MINUTE_MS;
        }
    }

    /// A clock was set back: what it showed ahead of its time was never so.
    fn take_back(&mut self, at_ms: i64) {
        for room in &mut self.rooms {
            let right = room.samples.partition_point(|sample| sample.at.0 <= at_ms);
            room.samples.truncate(right);
        }
        self.next = end_of_minute(at_ms.max(self.since.0));
    }
}

impl Watched {
    fn lesson(&self, today: &Campus, truth: &Truth) -> RoomLesson {
        let in_force = (*today.rooms[self.today.at()].occupancy).clone();
        let known = truth.get(&self.room);
        let labels = known.map_or_else(|| by_motion(&self.samples), |it| told(&self.samples, it));
        let learnt = learn(&self.samples, &labels, &in_force);
        RoomLesson { room: self.room.clone(), known: known.is_some(), in_force, learnt }
    }
}

/// What is known to be true of each minute: with somebody for a part of it, somebody was there.
fn told(samples: &[Sample], known: &[Known]) -> Vec<Option<bool>> {
    let label = |sample: &Sample| {
        let (from, until) = (sample.at.0 - MINUTE_MS, sample.at.0);
        let first = known.partition_point(|span| span.until_ms <= from);
        let mut within = known[first..].iter().take_while(|span| span.from_ms < until);
        if within.clone().any(|span| span.occupied) {
            return Some(true);
        }
        within.any(|span| span.from_ms <= from && until <= span.until_ms).then_some(false)
    };
    samples.iter().map(label).collect()
}

/// Rules of the staff move lamps, and lamps say nothing about people.
fn unruled(campus: Campus) -> Campus {
    Campus { rules: std::sync::Arc::default(), ..campus }
}

/// The first end of a minute after a moment.
const fn end_of_minute(ms: i64) -> i64 {
    (ms.div_euclid(MINUTE_MS) + 1) * MINUTE_MS
}

#[cfg(test)]
mod tests;
