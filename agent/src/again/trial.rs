//! Other settings, tried on the log: every row is told to today's and to the candidate's, and what the
//! recorded agent decides on the way is compared with what it decided live.

use super::{Held, PastFault, Present, reconfigured, tell};
use crate::answers;
use crate::limits;
use crate::store::{Change, Entry, Reader};
use controller::trial::{RoomTrial, Trial};
use controller::{Action, Campus, Controller, Timestamp};
use std::ops::ControlFlow;

/// What a trial comes to.
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
    (since, until): (Timestamp, Timestamp),
) -> Result<Tried, PastFault> {
    let Some(start) = past.start_before(since.0)? else {
        return Err(PastFault::TooEarly(past.past_from()?));
    };
    let after = start.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.log_id);
    let held = Held::read(past, present, after)?;
    let from = Timestamp(start.from_ms);
    let begin = |campus: &Campus| {
        let begun = match &start.checkpoint {
            Some(kept) => Controller::restore(campus.clone(), from, &kept.state),
            None => Controller::new(campus.clone(), from).map_err(controller::SaveFault::Campus),
        };
        begun.map_err(|fault| PastFault::Unreadable(fault.to_string()))
    };
    let mut by = held.first();
    let by_today = held.is_today();
    let today = if by_today { None } else { Some(begin(present.campus)?) };
    let recorded = begin(held.campus(by))?;
    let mut trial = Trial::new(recorded, today, begin(candidate)?, (since, until));
    let (mut again, mut rows, mut too_much) = (Sum::default(), 0, false);
    let replayed = past.replay_some(
        after,
        |_| true,
        |logged| {
            too_much = rows >= limits::TRIAL_ROWS_MAX;
            if logged.at_ms > until.0 || too_much {
                return ControlFlow::Break(());
            }
            if let Some(next) = held.turns(by, logged.id) {
                by = next;
                trial.reconfigure(|controller| reconfigured(controller, held.campus(by)));
            }
            match &logged.entry {
                Entry::Frame { node, frame } => trial.frame(node, frame, Timestamp(logged.at_ms)),
                _ => trial.tell(|controller, actions| tell(controller, &logged, actions)),
            }
            again.add_decided(&mut trial, since);
            rows += 1;
            ControlFlow::Continue(())
        },
    )?;
    if too_much {
        return Err(PastFault::TooMuch(limits::TRIAL_ROWS_MAX));
    }
    let (rooms, last) = trial.finish();
    let mut live = Sum::default();
    // What time alone decided after the last row is not in the database for certain.
    past.each_change(since.0, last.0, |change| live.add(&change))?;
    let same = live == again;
    let (recorded, again) = (live.changes, again.changes);
    Ok(Tried { rooms, rows, damaged: replayed.damaged, by_today, recorded, again, same })
}

/// Changes, added up so that two rows of them can be compared.
#[derive(Default, PartialEq)]
struct Sum {
    changes: u64,
    crc: u32,
}

impl Sum {
    fn add_decided(&mut self, trial: &mut Trial, since: Timestamp) {
        let (controller, decided) = trial.decided();
        for action in decided {
            let Action::Changed { at, room, zone, from_pct, verdict } = action else { continue };
            if at >= since {
                let change = answers::change(controller, room, zone, from_pct, &verdict, at);
                self.add(&change);
            }
        }
    }

    fn add(&mut self, change: &Change) {
        let Change { at_ms, room, zone, from_pct, to_pct, verdict } = change;
        let line = format!("{} {at_ms} {room} {zone} {from_pct} {to_pct} {verdict}", self.crc);
        self.crc = crc32fast::hash(line.as_bytes());
        self.changes += 1;
    }
}
