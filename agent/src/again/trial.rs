//! Other settings, tried on the log: every row is told to today's and to the candidate's, and what the
//! recorded agent decides on the way is compared with what it decided live.
//!
//! Rooms that share no node do not hear each other, so the log is told in [`parts`], each on a core of its own
//! and to worlds of its own: what a part decides about its rooms is what all of it together would.

use super::alike;
use super::parts::{self, Part};
use super::{Held, PastFault, Present, begin, reconfigured, tell};
use crate::answers;
use crate::limits;
use crate::store::{Change, Entry, Reader, Start};
use controller::trial::{RoomTrial, Trial};
use controller::{Action, Campus, Controller, Input, Timestamp};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// What a trial comes to.
#[derive(Debug, PartialEq)]
pub struct Tried {
    /// Room by room.
    pub rooms: Vec<RoomTrial>,
    /// Rows of the log that were told.
    pub rows: u64,
    /// Rows that could not be read.
    pub damaged: u64,
    /// Whether all of it was decided live by today's configuration.
    pub by_today: bool,
    /// Levels that changed, as they were decided live, and as told again.
    pub recorded: u64,
    /// …
    pub again: u64,
    /// Whether both are the same, byte for byte: moments, levels, winners, losers.
    pub same: bool,
}

/// Tries `candidate` on the log from `since` to `until`. Reads the disk: not for async code.
///
/// # Errors
/// As [`PastFault`] says.
pub fn trial(
    past: &Reader,
    present: Present<'_>,
    candidate: &Campus,
    span: (Timestamp, Timestamp),
) -> Result<Tried, PastFault> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    trial_in(past, present, candidate, span, cores.min(limits::TRIAL_PARTS_MAX))
}

/// The same in at most so many parts.
///
/// # Errors
/// As [`PastFault`] says.
pub fn trial_in(
    past: &Reader,
    present: Present<'_>,
    candidate: &Campus,
    span: (Timestamp, Timestamp),
    most: usize,
) -> Result<Tried, PastFault> {
    let differing = alike::differing(present.campus, candidate);
    trial_of(past, present, (candidate, &differing), span, most)
}

/// The same, where it is said in which rooms the candidate differs.
fn trial_of(
    past: &Reader,
    present: Present<'_>,
    (candidate, differing): (&Campus, &BTreeSet<String>),
    (since, until): (Timestamp, Timestamp),
    most: usize,
) -> Result<Tried, PastFault> {
    let Some(start) = past.start_before(since.0)? else {
        return Err(PastFault::TooEarly(past.past_from()?));
    };
    let after = start.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.log_id);
    let held = Held::read(past, present, after)?;
    let telling = Telling { past, present, candidate, span: (since, until), start, after, held };
    // A fire input speaks for rooms of others.
    let most = if past.ever_reported(wire::Quantity::Fire)? { 1 } else { most };
    let campuses = telling.held.campuses().chain([candidate]);
    let parts = parts::parts(campuses, differing, most);
    let told: Vec<Result<Tried, PastFault>> = std::thread::scope(|scope| {
        let telling = &telling;
        let (first, others) = parts.split_first().unzip();
        let others = others.unwrap_or_default();
        let others: Vec<_> =
            others.iter().map(|part| scope.spawn(move || telling.part(part))).collect();
        let first = first.map(|part| telling.part(part));
        let others = others.into_iter().map(|part| match part.join() {
            Ok(told) => told,
            // A fault of ours is one whichever thread it struck.
            Err(panic) => std::panic::resume_unwind(panic),
        });
        first.into_iter().chain(others).collect()
    });
    let mut told = told.into_iter();
    let Some(first) = told.next() else { return Err(PastFault::TooEarly(None)) };
    let mut tried = first?;
    for (part, more) in parts.iter().skip(1).zip(told) {
        let more = more?;
        tried.recorded += more.recorded;
        tried.again += more.again;
        tried.same &= more.same;
        for (room, own) in tried.rooms.iter_mut().zip(more.rooms) {
            if part.rooms.contains(&own.room) {
                *room = own;
            }
        }
    }
    Ok(tried)
}

/// What every part is told.
struct Telling<'a> {
    past: &'a Reader,
    present: Present<'a>,
    candidate: &'a Campus,
    span: (Timestamp, Timestamp),
    start: Start,
    after: i64,
    held: Held,
}

impl Telling<'_> {
    fn part(&self, part: &Part) -> Result<Tried, PastFault> {
        let (held, (since, until)) = (&self.held, self.span);
        let mut by = held.first();
        let by_today = held.is_today();
        let today = if by_today { None } else { Some(self.begin(self.present.campus)?) };
        let recorded = self.begin(&held.campus(by))?;
        let candidate = if part.alike { None } else { Some(self.begin(self.candidate)?) };
        let mut trial = Trial::new(recorded, today, candidate, (since, until));
        let (mut again, mut rows, mut too_much) = (Sum::default(), 0, false);
        let mut latest = since;
        let mut others = Others::default();
        let replayed = self.past.replay_some(
            self.after,
            |node| part.hears(node),
            |logged| {
                too_much = rows >= limits::TRIAL_ROWS_MAX;
                if logged.at_ms > until.0 || too_much {
                    return ControlFlow::Break(());
                }
                rows += 1;
                let at = Timestamp(logged.at_ms);
                latest = latest.max(at);
                let turns = held.turns(by, logged.id);
                if matches!(logged.entry, Entry::Other) && turns.is_none() {
                    others.hear(at, |at| pass(&mut trial, at));
                    return ControlFlow::Continue(());
                }
                let is_frame = matches!(logged.entry, Entry::Frame { .. }) && turns.is_none();
                others.tell(at, is_frame, |at| pass(&mut trial, at));
                if let Some(next) = turns {
                    by = next;
                    if let Some(rules) = held.live(by) {
                        // What was due before was decided by the rules of before.
                        pass(&mut trial, at);
                        again.add_decided(&mut trial, since, part);
                        trial.recorded_by(rules, at);
                    } else {
                        let campus = held.campus(by);
                        trial.reconfigure(|controller| reconfigured(controller, &campus));
                    }
                }
                match &logged.entry {
                    Entry::Frame { node, frame } => trial.frame(node, frame, at),
                    _ => trial.tell(|controller, actions| tell(controller, &logged, actions)),
                }
                again.add_decided(&mut trial, since, part);
                ControlFlow::Continue(())
            },
        )?;
        if too_much {
            return Err(PastFault::TooMuch(limits::TRIAL_ROWS_MAX));
        }
        if let Some(at) = others.waiting {
            pass(&mut trial, at);
        }
        again.add_decided(&mut trial, since, part);
        let rooms = trial.finish();
        let mut live = Sum::default();
        // What time alone decided after all rows is not in the database for certain. The last row need not be
        // the latest: a clock may have been set back.
        self.past.each_change(since.0, latest.0, |change| live.add(&change, part))?;
        let same = live == again;
        let (recorded, again) = (live.changes, again.changes);
        Ok(Tried { rooms, rows, damaged: replayed.damaged, by_today, recorded, again, same })
    }

    fn begin(&self, campus: &Campus) -> Result<Controller, PastFault> {
        begin(&self.start, campus.clone())
    }
}

/// Rows of nodes that a part does not hear: nothing but time. As long as that goes forward in small steps, the
/// next row that is heard tells as much.
#[derive(Default)]
struct Others {
    /// The time of the last row that was told.
    told: Option<Timestamp>,
    /// The latest of those that were not.
    waiting: Option<Timestamp>,
}

/// Time that is not told at once, ms: far below what counts as a clock that was set.
const WAITING_MS_MAX: i64 = 600_000;

impl Others {
    /// A row that is not heard; its time is told where it goes back, or jumps.
    fn hear(&mut self, at: Timestamp, mut pass: impl FnMut(Timestamp)) {
        let before = self.waiting.or(self.told);
        let forward = before.is_some_and(|before| at >= before);
        let soon = self.told.is_some_and(|told| at.0 - told.0 <= WAITING_MS_MAX);
        if forward && soon {
            self.waiting = Some(at);
            return;
        }
        self.waiting.take().into_iter().for_each(&mut pass);
        pass(at);
        self.told = Some(at);
    }

    /// A row that is heard. What waits comes before it; a frame soon after says as much.
    fn tell(&mut self, at: Timestamp, is_frame: bool, pass: impl FnMut(Timestamp)) {
        let says =
            |waiting: Timestamp| is_frame && waiting <= at && at.0 - waiting.0 <= WAITING_MS_MAX;
        self.waiting.take().filter(|waiting| !says(*waiting)).into_iter().for_each(pass);
        self.told = Some(at);
    }
}

fn pass(trial: &mut Trial, at: Timestamp) {
    trial.tell(|controller, out| controller.handle(Input::Tick, at, out));
}

/// Changes, added up so that two rows of them can be compared.
#[derive(Default, PartialEq)]
struct Sum {
    changes: u64,
    crc: u32,
}

impl Sum {
    fn add_decided(&mut self, trial: &mut Trial, since: Timestamp, part: &Part) {
        let (controller, decided) = trial.decided();
        for action in decided {
            let Action::Changed { at, room, zone, from_pct, verdict } = action else { continue };
            if at >= since {
                let change = answers::change(controller, room, zone, from_pct, &verdict, at);
                self.add(&change, part);
            }
        }
    }

    fn add(&mut self, change: &Change, part: &Part) {
        let Change { at_ms, room, zone, from_pct, to_pct, verdict } = change;
        if !part.rooms.contains(room) {
            return;
        }
        let line = format!("{} {at_ms} {room} {zone} {from_pct} {to_pct} {verdict}", self.crc);
        self.crc = crc32fast::hash(line.as_bytes());
        self.changes += 1;
    }
}

#[cfg(test)]
mod tests;
