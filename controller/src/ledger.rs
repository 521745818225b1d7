//! Registers to postings, to the watt-hour.
//!
//! A meter is a channel of a node with a cumulative register. Between two readings the difference
//! is spread over quarter hours in proportion to time, in whole watt-hours whose sum is exactly the
//! difference. A register that falls back closes its *segment*: nothing negative, nothing invented.
//! At any moment: posted + open = Σ over segments (last − first).

use crate::limits::SPREAD_SLOTS_MAX;
use crate::{MeterIx, Timestamp};
use serde::{Deserialize, Serialize};

/// Length of a slot, ms. Every time zone in use today is a multiple of it away from UTC, so that
/// local days are whole slots.
pub const SLOT_MS: i64 = 900_000;

/// Energy of a meter in one complete quarter hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Whose.
    pub meter: MeterIx,
    /// Start of the quarter hour.
    pub slot: Timestamp,
    /// Energy, Wh; never negative.
    pub energy_wh: i64,
    /// How well the share of this slot is known; sums are always exact.
    pub quality: Quality,
    /// The most unusual thing that happened in it.
    pub cause: Cause,
    /// Register at its end, Wh: read, or between two readings in proportion to time.
    pub register_wh: i64,
    /// 1 for the first row of a slot; 0 for a further one, which gets the next number when it is kept.
    /// Rows of a slot add up; the register of the last one counts.
    pub revision: u32,
    /// The last reading that was believed before the end of the slot: when, and what it said, Wh.
    /// Together these are the snapshots of the register from which a repair derives anew.
    pub read_at: Timestamp,
    /// Its register, Wh.
    pub read_wh: i64,
}

/// What a meter said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reading {
    /// When it was measured.
    pub at: Timestamp,
    /// Cumulative register, Wh.
    pub register_wh: i64,
    /// Power at that moment, mW, where the meter says it.
    pub power_mw: Option<i64>,
    /// Product of current and voltage ratio that is in the register, in thousandths; 1,000 where
    /// there is none. Another ratio is another segment.
    pub ratio_milli: u64,
}

/// Something about a register that a person may want to look at. Kept for ever, never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Incident {
    /// Whose.
    pub meter: MeterIx,
    /// What.
    pub kind: IncidentKind,
    /// The last good reading before it, or the first reading for an opening.
    pub from: Timestamp,
    /// When it showed.
    pub at: Timestamp,
    /// Register before, Wh.
    pub before_wh: i64,
    /// Register after, Wh.
    pub after_wh: i64,
    /// How far the register moved at `at` without energy, Wh: `after - before` of a reset, minus the
    /// modulus of a rollover, 0 of a glitch. energy = register end - register start - Σ jumps.
    pub jump_wh: i64,
}

/// What happened to a register. Numbers are stored and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum IncidentKind {
    /// First reading ever.
    Opening = 1,
    /// It went through its end and began at 0 again.
    Rollover = 2,
    /// It fell back to about nothing and stayed: what flowed in between is not known.
    Reset = 3,
    /// It stands elsewhere and stays there: another meter, as far as we can see.
    Replaced = 4,
    /// A person said what the old meter showed last and the new one first.
    Declared = 5,
    /// It said something impossible and took it back.
    Glitch = 6,
    /// It stood still although energy flowed, and caught up.
    Frozen = 7,
    /// The ratio of its transformers was changed.
    Ratio = 8,
    /// The clock was set.
    Clock = 9,
    /// It says something that is not believed yet; withdrawn by what it turns out to be.
    Doubt = 10,
}

impl IncidentKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Opening,
        Self::Rollover,
        Self::Reset,
        Self::Replaced,
        Self::Declared,
        Self::Glitch,
        Self::Frozen,
        Self::Ratio,
        Self::Clock,
        Self::Doubt,
    ];

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Rollover => "rollover",
            Self::Reset => "reset",
            Self::Replaced => "replaced",
            Self::Declared => "declared",
            Self::Glitch => "glitch",
            Self::Frozen => "frozen",
            Self::Ratio => "ratio",
            Self::Clock => "clock",
            Self::Doubt => "doubt",
        }
    }

    /// Whether energy is missing until a person says what the registers were.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Reset | Self::Replaced | Self::Ratio)
    }
}

/// How well the energy of one slot is known; larger is worse.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[repr(u8)]
pub enum Quality {
    /// Readings at most a slot apart.
    #[default]
    Measured = 0,
    /// Readings further apart: only the sum over the gap is measured.
    EstimatedShape = 1,
    /// The register was reset or replaced in it: there may have been more.
    Incomplete = 2,
}

impl Quality {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::EstimatedShape => "estimated_shape",
            Self::Incomplete => "incomplete",
        }
    }
}

/// Why a posting looks as it does; larger is more unusual.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[repr(u8)]
pub enum Cause {
    /// Readings followed each other.
    #[default]
    Normal = 0,
    /// Readings were missing.
    Gap = 1,
    /// The meter was first read in this slot.
    Opening = 2,
    /// The register fell back in this slot: what was used since the reading before is not known.
    Reset = 3,
    /// The register went through its end.
    Rollover = 4,
    /// Another meter hangs there.
    Replaced = 5,
    /// Readings in it were impossible and are not believed.
    Glitch = 6,
    /// The clock was set.
    Clock = 7,
    /// The ratio of the transformers changed.
    Ratio = 8,
    /// The register stood still, and caught up later.
    Frozen = 9,
    /// A person has repaired it.
    Repaired = 10,
}

impl Cause {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Gap => "gap",
            Self::Opening => "opening",
            Self::Reset => "reset",
            Self::Rollover => "rollover",
            Self::Replaced => "replaced",
            Self::Glitch => "glitch",
            Self::Clock => "clock",
            Self::Ratio => "ratio",
            Self::Frozen => "frozen",
            Self::Repaired => "repaired",
        }
    }
}

/// The slot that is still filling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Open {
    pub slot: Timestamp,
    pub energy_wh: i64,
    pub quality: Quality,
    pub cause: Cause,
}

/// The account of one meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Register at the very first reading, Wh.
    pub first_wh: i64,
    /// Register at the latest reading, Wh, and when that was.
    pub last_wh: i64,
    pub last_read: Timestamp,
    pub resets: u32,
    /// Energy of closed slots, Wh.
    pub posted_wh: i64,
    pub open: Open,
    /// Energy since local midnight, Wh.
    pub today_wh: i64,
    /// First register of the running segment, and energy of the closed ones, Wh.
    segment_first_wh: i64,
    segments_wh: i64,
}

impl Account {
    /// The first reading ever opens the account.
    pub fn open(at: Timestamp, register_wh: i64) -> Self {
        let cause = Cause::Opening;
        Self {
            first_wh: register_wh,
            last_wh: register_wh,
            last_read: at,
            resets: 0,
            posted_wh: 0,
            open: Open { slot: slot_of(at), cause, ..Open::default() },
            today_wh: 0,
            segment_first_wh: register_wh,
            segments_wh: 0,
        }
    }

    /// What the registers say was used, segment by segment, Wh.
    pub fn register_difference_wh(&self) -> i64 {
        self.segments_wh + (self.last_wh - self.segment_first_wh)
    }

    /// The next reading in the order of the node. A time before the last one counts as that one: a
    /// clock that was set back moves no energy into slots that are closed.
    pub fn read(
        &mut self,
        at: Timestamp,
        register_wh: i64,
        day_start: Timestamp,
        post: &mut impl FnMut(Open, i64),
    ) {
        let at = at.max(self.last_read);
        if register_wh < self.last_wh {
            self.reset(at, register_wh, post);
        } else {
            self.spread(at, register_wh, day_start, post);
        }
        self.last_wh = register_wh;
        self.last_read = at;
    }

    fn reset(&mut self, at: Timestamp, register_wh: i64, post: &mut impl FnMut(Open, i64)) {
        self.resets = self.resets.saturating_add(1);
        self.segments_wh += self.last_wh - self.segment_first_wh;
        self.segment_first_wh = register_wh;
        self.open.cause = Cause::Reset;
        self.open.quality = Quality::EstimatedShape;
        if slot_of(at) > self.open.slot {
            self.close(self.last_wh, slot_of(at), post);
            self.open.cause = Cause::Reset;
            self.open.quality = Quality::EstimatedShape;
        }
    }

    fn spread(
        &mut self,
        at: Timestamp,
        register_wh: i64,
        day_start: Timestamp,
        post: &mut impl FnMut(Open, i64),
    ) {
        let difference = register_wh - self.last_wh;
        let gap = at.0 - self.last_read.0 > SLOT_MS;
        let earliest = Timestamp(slot_of(at).0 - SPREAD_SLOTS_MAX * SLOT_MS);
        if self.open.slot < earliest {
            self.close(self.last_wh, earliest, post);
        }
        let from = self.last_read.max(self.open.slot);
        let mut done = 0;
        loop {
            if gap && self.open.slot < at {
                self.open.quality = self.open.quality.max(Quality::EstimatedShape);
                self.open.cause = self.open.cause.max(Cause::Gap);
            }
            let end = Timestamp(self.open.slot.0 + SLOT_MS);
            let share = share(difference, end.0 - from.0, at.0 - from.0);
            self.open.energy_wh += share - done;
            if self.open.slot >= day_start {
                self.today_wh += share - done;
            }
            done = share;
            if end > at {
                return;
            }
            self.close(self.last_wh + done, end, post);
        }
    }

    fn close(&mut self, register_wh: i64, next: Timestamp, post: &mut impl FnMut(Open, i64)) {
        post(self.open, register_wh);
        self.posted_wh += self.open.energy_wh;
        self.open = Open { slot: next, ..Open::default() };
    }
}

/// The slot that holds a moment.
pub(crate) const fn slot_of(at: Timestamp) -> Timestamp {
    Timestamp(at.0.div_euclid(SLOT_MS) * SLOT_MS)
}

/// The part of `difference` that falls into the first `part` of `whole` ms; all of it from `whole` on.
fn share(difference: i64, part: i64, whole: i64) -> i64 {
    if part >= whole {
        return difference;
    }
    // 9e12 Wh times a year in ms is above 63 bits.
    (i128::from(difference) * i128::from(part) / i128::from(whole)) as i64
}

#[cfg(test)]
mod tests;
