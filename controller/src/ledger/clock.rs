//! Where in time a reading belongs, whatever the clock says.
//!
//! A clock that was never set (before 2020) dates nothing: what flows is held in the open slot until
//! the first reading with a date. A clock that was set back is given an hour to come forward again;
//! until then what flows belongs to the open slot. If it stays back, it was ahead before: the open
//! slot is closed and slots are counted from the new time on, the repeated ones with further rows.

use super::account::{Account, Open, Terms};
use super::{Cause, IncidentKind, Quality, slot_of};
use crate::Timestamp;
use crate::action::Action;
use crate::limits::{CLOCK_FLOOR, CLOCK_HOLD_MS, REWIND_MS_MIN, UNKNOWN_MS};

/// Time that passed since the reading before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// At most so much, ms.
    pub ms: i64,
    /// Whether the clock ran on undisturbed.
    pub is_known: bool,
}

pub(super) fn is_dated(at: Timestamp) -> bool {
    at >= CLOCK_FLOOR
}

impl Account {
    pub(super) fn is_dated(&self) -> bool {
        is_dated(self.last_read)
    }

    /// Time since the reading before, by its clock; a clock that was set measures nothing.
    pub(super) fn step(&self, stamp: Timestamp) -> Step {
        let ms = stamp.0.saturating_sub(self.stamp().0);
        if ms >= 0 && is_dated(stamp) == is_dated(self.stamp()) {
            Step { ms, is_known: true }
        } else {
            Step { ms: UNKNOWN_MS, is_known: false }
        }
    }

    /// When a reading counts: never before the good point.
    pub(super) fn place_in_time(
        &mut self,
        stamp: Timestamp,
        terms: &Terms,
        out: &mut Vec<Action>,
    ) -> Timestamp {
        let latest = self.doubt().map_or(self.last_read, |doubt| doubt.last().at);
        if stamp < latest {
            self.odd();
        }
        let dates = !self.is_dated() && is_dated(stamp);
        let last_read = self.last_read;
        let Some(odd) = self.known_odd() else {
            if dates {
                self.date(stamp, terms, out);
            }
            return stamp;
        };
        if dates {
            self.date(stamp, terms, out);
            return stamp;
        }
        if stamp >= latest {
            if odd.behind.take().is_some() {
                self.open.cause = self.open.cause.max(Cause::Clock);
                self.say(IncidentKind::Clock, (last_read, stamp), self.last_wh, 0, terms, out);
            }
            return stamp;
        }
        if last_read.0 - terms.now.0 <= REWIND_MS_MIN {
            // Only this reading is old, or a node's clock: the agent's own is as it was.
            return latest;
        }
        let behind = odd.behind.map_or(stamp, |first| first.min(stamp));
        odd.behind = Some(behind);
        let stays = stamp.0 - behind.0 >= CLOCK_HOLD_MS;
        if stays && is_dated(stamp) {
            self.set_back(stamp, terms, out);
            return stamp;
        }
        latest
    }

    /// The first reading with a date: everything so far belongs to its slot.
    fn date(&mut self, stamp: Timestamp, terms: &Terms, out: &mut Vec<Action>) {
        let cause = self.open.cause.max(Cause::Clock);
        self.open = Open { slot: slot_of(stamp, terms.slot_ms), cause, ..self.open };
        let from = self.last_read;
        self.move_to(stamp);
        self.say_opening(terms, out);
        self.say(IncidentKind::Clock, (from, stamp), self.last_wh, 0, terms, out);
    }

    /// The clock was ahead before, and is right now.
    fn set_back(&mut self, stamp: Timestamp, terms: &Terms, out: &mut Vec<Action>) {
        let (from, read) = (self.last_read, (self.last_read, self.last_wh));
        self.open.cause = self.open.cause.max(Cause::Clock);
        self.open.quality = self.open.quality.max(Quality::EstimatedShape);
        let end = self.open_end(terms);
        self.close(self.last_wh, slot_of(stamp, terms.slot_ms), read, terms, out);
        let odd = self.odd();
        odd.posted_to = odd.posted_to.max(Some(end));
        self.open.cause = Cause::Clock;
        self.move_to(stamp);
        self.say(IncidentKind::Clock, (from, stamp), self.last_wh, 0, terms, out);
    }

    fn move_to(&mut self, stamp: Timestamp) {
        self.last_read = stamp;
        self.changed = stamp;
        let Some(odd) = self.known_odd() else { return };
        odd.behind = None;
        if let Some(doubt) = &mut odd.doubt {
            doubt.move_to(stamp);
        }
    }
}
