//! Registers to postings, to the watt-hour.
//!
//! Between two readings that are believed the difference is spread over slots in proportion to time,
//! in whole watt-hours whose sum is exactly the difference. What a register cannot have done is held
//! in *doubt* until it is taken back or persists; a register that turns out to stand elsewhere closes
//! its *segment*: nothing negative, nothing invented. Two sums hold at any moment:
//!
//! - posted + open = Σ over segments (last − first);
//! - of a slot: energy = register at its end − register at the end of the one before − Σ jumps of the
//!   incidents in it.
//!
//! | module | what it does |
//! |---|---|
//! | `account` | takes readings of one meter; what it holds in doubt is decided in `doubt`, time in `clock`, slots in `slots` |
//! | `person` | what a person says about a meter: replaced, believe, repaired |
//! | [`repair`] | what is to be posted so that closed slots become what they should have been |
//! | [`audit`] | proves the sums from rows and incidents alone |
//! | [`flat`] | registers that stand still although energy flows |

use crate::{MeterIx, Timestamp};
use serde::{Deserialize, Serialize};

mod account;
pub mod audit;
mod clock;
mod doubt;
pub mod flat;
mod person;
pub mod repair;
mod slots;

pub(crate) use account::{Account, Terms};

/// Length of a slot unless configured otherwise, ms. Every time zone in use today is a multiple of it
/// away from UTC, so that local days are whole slots.
pub const SLOT_MS: i64 = 900_000;

/// Energy of a meter in one complete slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Whose.
    pub meter: MeterIx,
    /// Start of the slot.
    pub slot: Timestamp,
    /// Energy, Wh; negative only in a row that corrects an earlier one.
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
    /// The last reading that was believed up to the end of the slot: when, and what it said, Wh.
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

    /// Why the postings of slots that it reaches look as they do.
    pub const fn cause(self) -> Cause {
        match self {
            Self::Opening => Cause::Opening,
            Self::Rollover => Cause::Rollover,
            Self::Reset => Cause::Reset,
            Self::Replaced | Self::Declared => Cause::Replaced,
            Self::Glitch => Cause::Glitch,
            Self::Frozen => Cause::Frozen,
            Self::Ratio => Cause::Ratio,
            Self::Clock => Cause::Clock,
            Self::Doubt => Cause::Normal,
        }
    }

    /// Whether it is what a doubt turns out to have been.
    pub const fn ends_doubt(self) -> bool {
        matches!(self, Self::Glitch | Self::Reset | Self::Replaced | Self::Declared | Self::Frozen)
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

/// The slot that holds a moment.
pub(crate) const fn slot_of(at: Timestamp, slot_ms: i64) -> Timestamp {
    Timestamp(at.0.div_euclid(slot_ms) * slot_ms)
}

/// The part of `difference` that falls into the first `part` of `whole` ms; all of it from `whole` on.
pub(crate) fn share(difference: i64, part: i64, whole: i64) -> i64 {
    if part >= whole {
        return difference;
    }
    match difference.checked_mul(part) {
        Some(product) => product / whole,
        // 9e12 Wh times a year in ms is above 63 bits.
        None => (i128::from(difference) * i128::from(part) / i128::from(whole)) as i64,
    }
}

#[cfg(test)]
mod tests;
