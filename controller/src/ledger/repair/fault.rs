//! Why a repair cannot be planned.

use crate::Timestamp;
use std::fmt;

/// Why a repair cannot be planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepairFault {
    /// The time holds no whole slot.
    Empty,
    /// It reaches into the slot that is still filling.
    OpenSlot {
        /// When that will be complete.
        closes: Timestamp,
    },
    /// Nothing is posted for that time.
    NothingKnown,
    /// There is no reading before it that was believed.
    NoReadingBefore,
    /// There is no reading after it that was believed.
    NoReadingAfter,
    /// The readings around it do not follow from each other.
    Implausible {
        /// Register before, Wh.
        before_wh: i64,
        /// Register after, Wh.
        after_wh: i64,
        /// The most that can have flowed, Wh.
        limit_wh: i64,
    },
    /// The old register is said to have shown less than what was read.
    OldBelow {
        /// What was read, Wh.
        seen_wh: i64,
    },
    /// The new register is said to have begun above what was read.
    NewAbove {
        /// What was read, Wh.
        seen_wh: i64,
    },
    /// More would have flowed than can.
    TooMuch {
        /// What would have flowed, Wh.
        energy_wh: i64,
        /// The most that can, Wh.
        limit_wh: i64,
    },
    /// A slot would have negative energy.
    Negative {
        /// Which.
        slot: Timestamp,
    },
    /// Numerator and denominator must be 1 to 1,000,000.
    BadFactor,
    /// The meter was first read, or the clock was set back, in that time.
    Broken {
        /// When.
        at: Timestamp,
    },
}

impl fmt::Display for RepairFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("this time holds no whole slot"),
            Self::OpenSlot { .. } => {
                f.write_str("the slot is still filling; repair it when it is complete")
            }
            Self::NothingKnown => f.write_str("nothing is posted for this time"),
            Self::NoReadingBefore => f.write_str("there is no good reading before this time"),
            Self::NoReadingAfter => f.write_str("there is no good reading after this time"),
            Self::Implausible { before_wh, after_wh, limit_wh } => write!(
                f,
                "the register cannot have gone from {before_wh} to {after_wh} Wh: at most {limit_wh} Wh can have \
                 flowed; was the meter replaced?"
            ),
            Self::OldBelow { seen_wh } => {
                write!(f, "the old register already showed {seen_wh} Wh before")
            }
            Self::NewAbove { seen_wh } => {
                write!(f, "the new register showed only {seen_wh} Wh thereafter")
            }
            Self::TooMuch { energy_wh, limit_wh } => {
                write!(f, "{energy_wh} Wh would have flowed, and at most {limit_wh} Wh can")
            }
            Self::Negative { .. } => f.write_str("a slot would have negative energy"),
            Self::BadFactor => f.write_str("a factor is made of two numbers from 1 to 1000000"),
            Self::Broken { .. } => {
                f.write_str("the meter was first read, or the clock was set back, in this time")
            }
        }
    }
}

impl std::error::Error for RepairFault {}
