//! Whether somebody is in a room, by everything that is measured there but its lamps and their light.
//!
//! Each kind of evidence is a *vote* with a *weight*, in thousandths of a natural log-odds: +1000 makes it
//! 2.7 times as likely that somebody is there. Votes add up, so every sum can be explained by its parts.
//!
//! | vote | comes from | what it may do to lamps |
//! |---|---|---|
//! | motion | movement and presence sensors | everything: it alone occupies a room that has such a sensor |
//! | air | CO₂ above the room's own rest, its slopes over 10 and 30 min ([`air`]) | lengthen a hold to 20 min, keep it from being shortened; occupies a room without a motion sensor |
//! | custom | the room's own habit ([`habit`]), else the period of the timetable | weigh with the air; never lights a lamp, never keeps one lit alone |
//!
//! How long a room counts as not yet empty after the last movement is the *hold*: as configured, half of it but 5 min at least where
//! movement shows that they left or only passed ([`stir`]) and CO₂ is measured, 20 min where the air says that
//! somebody sits still. [`learn`] finds a room's own numbers in its recorded past.

pub(crate) mod air;
pub mod habit;
pub mod learn;
mod settings;
pub(crate) mod stir;
#[cfg(test)]
mod tests;

pub use air::Breath;
pub use habit::Habit;
pub use settings::{OccupancySettings, RoomKind};

use crate::Timestamp;
use lighting::settings::{HOLD_MS_MAX, HOLD_MS_MIN, short_hold_ms};
use lighting::{Occupancy, Period};
use stir::Stir;

/// Weight of a sensor that sees somebody: above all others together.
const SEEN_WEIGHT: i32 = 6_000;

/// Weight from which on the air and custom together lengthen a hold: as good as three to one.
const LIKELY_WEIGHT: i32 = 1_000;

/// How likely it is that somebody is there, and by which votes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// All weights together.
    pub weight: i32,
    /// The same as a chance, %: 1 to 99.
    pub chance_pct: u8,
    /// In a fixed order: motion, air, custom.
    pub votes: Vec<Vote>,
    /// How long the room counts as not yet empty after the last movement.
    pub hold_ms: u32,
    /// Why so long.
    pub hold: Hold,
}

/// One kind of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    /// What was noticed.
    pub by: Evidence,
    /// For somebody, or against.
    pub weight: i32,
}

/// What was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A sensor sees somebody.
    Seen,
    /// Nobody was seen for so long.
    Quiet {
        /// ms.
        for_ms: u64,
    },
    /// CO₂.
    Air(Breath),
    /// How often the room was used at this time of day.
    Habit {
        /// In %; in the middle of a tenth.
        used_pct: u8,
    },
    /// What the timetable says.
    Timetable {
        /// The period.
        period: Period,
    },
}

impl Evidence {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Quiet { .. } => "quiet",
            Self::Air(_) => "air",
            Self::Habit { .. } => "habit",
            Self::Timetable { .. } => "timetable",
        }
    }
}

/// Why a hold is as long as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hold {
    /// As configured.
    #[default]
    Usual,
    /// All motion sensors saw somebody within the last moment before it became quiet: they walked out.
    Left,
    /// Hardly any movement before it became quiet, and the air is as if nobody was there: they passed.
    Passed,
    /// The air says that somebody is still there.
    Air,
}

impl Hold {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Left => "left",
            Self::Passed => "passed",
            Self::Air => "air",
        }
    }
}

/// What is known beside movement when a room is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub settings: &'a OccupancySettings,
    /// The strongest vote of the air, of sensors that speak.
    pub air: Option<Breath>,
    /// Until when that vote counts.
    pub air_until: Option<Timestamp>,
    /// When the air last said that somebody was there; before the first word, when that was.
    pub breathed: Option<Timestamp>,
    pub custom: Vote,
    /// When custom may be another one.
    pub custom_until: Option<Timestamp>,
    /// The hold as configured, ms.
    pub hold_ms: u32,
    pub period: Period,
    pub stale_ms: u32,
}

impl Around<'_> {
    /// The weight of the air and custom together.
    fn weight(&self) -> i32 {
        self.air.map_or(0, |air| air.weight) + self.custom.weight
    }

    /// A hold may be shortened or lengthened.
    pub fn adapts(&self) -> bool {
        self.settings.adapts && self.air.is_some()
    }

    fn air_says_somebody(&self) -> bool {
        self.air.is_some_and(|air| air.weight > 0)
    }

    /// How long a room counts as not yet empty that has been quiet since `last`.
    pub fn hold(&self, stir: &Stir, last: Timestamp) -> (u32, Hold) {
        let usual = (self.hold_ms, Hold::Usual);
        // Without CO₂ nobody would notice who sits still: then the configured hold is all there is.
        if !self.adapts() {
            return usual;
        }
        let short_ms = short_hold_ms(self.hold_ms);
        let may_shorten = !self.period.needs_light();
        if may_shorten && stir.left(last, self.settings, self.stale_ms) {
            return (short_ms, Hold::Left);
        }
        if may_shorten && !self.air_says_somebody() && !stir.sustained(last, self.settings) {
            return (short_ms, Hold::Passed);
        }
        if self.air_says_somebody() && self.weight() > LIKELY_WEIGHT {
            return (HOLD_MS_MAX, Hold::Air);
        }
        usual
    }

    /// Whether somebody is there where no sensor could see movement; and when that changes by itself.
    pub fn without_motion(&self, now: Timestamp) -> (Occupancy, Option<Timestamp>) {
        let (Some(air), Some(breathed)) = (self.air, self.breathed) else {
            return (Occupancy::Unknown, None);
        };
        // Custom alone lights nothing, but what it speaks against must be clear.
        if air.weight > 0 && self.weight() > 0 {
            return (Occupancy::Occupied, None);
        }
        let expected = self.custom.weight > 0;
        let hold_ms =
            if expected { HOLD_MS_MAX } else { self.hold_ms.clamp(HOLD_MS_MIN, HOLD_MS_MAX) };
        let empty_at = breathed.plus(i64::from(hold_ms));
        if now >= empty_at {
            (Occupancy::Vacant, None)
        } else {
            (Occupancy::VacantPending, Some(empty_at))
        }
    }

    /// Everything that votes, for people and reports.
    pub fn estimate(&self, motion: Motion, stir: &Stir, now: Timestamp) -> Estimate {
        let moved = match motion {
            Motion::Seen => Some(Vote { by: Evidence::Seen, weight: SEEN_WEIGHT }),
            Motion::Quiet { for_ms } => {
                Some(Vote { by: Evidence::Quiet { for_ms }, weight: quiet_weight(for_ms) })
            }
            Motion::Unknown | Motion::None => None,
        };
        let air = self.air.map(|air| Vote { by: Evidence::Air(air), weight: air.weight });
        let votes: Vec<Vote> = [moved, air, Some(self.custom)].into_iter().flatten().collect();
        let weight = votes.iter().map(|vote| vote.weight).sum();
        let (hold_ms, hold) = match motion {
            Motion::Quiet { for_ms } => {
                let ms = i64::try_from(for_ms).unwrap_or(i64::MAX);
                self.hold(stir, now.plus(ms.saturating_neg()))
            }
            _ => (self.hold_ms, Hold::Usual),
        };
        Estimate { weight, chance_pct: chance_pct(weight), votes, hold_ms, hold }
    }
}

/// What the motion sensors of a room say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Motion {
    /// There is none.
    None,
    /// There is one, and it is silent.
    Unknown,
    Seen,
    Quiet {
        for_ms: u64,
    },
}

/// Even after ten quiet minutes, and one to 55 at most: in UCI ROE nobody sat still for more than 8 min, and
/// what a sensor does not see, another vote may.
fn quiet_weight(for_ms: u64) -> i32 {
    let tenths_s = i64::try_from(for_ms / 100).unwrap_or(i64::MAX);
    (2_000 - tenths_s.saturating_mul(2_000) / 6_000).max(-4_000) as i32
}

/// A weight as a chance, %; straight lines between points of the logistic curve.
fn chance_pct(weight: i32) -> u8 {
    const CURVE: [(i32, i32); 8] = [
        (0, 50),
        (500, 62),
        (1_000, 73),
        (1_500, 82),
        (2_000, 88),
        (3_000, 95),
        (4_000, 98),
        (5_000, 99),
    ];
    let size = weight.saturating_abs().min(5_000);
    let above = CURVE.iter().position(|(at, _)| size <= *at).unwrap_or(CURVE.len() - 1);
    let pct = match above.checked_sub(1) {
        None => CURVE[0].1,
        Some(below) => {
            let ((from, low), (to, high)) = (CURVE[below], CURVE[above]);
            low + (high - low) * (size - from) / (to - from)
        }
    };
    // Within 1 to 99.
    (if weight < 0 { 100 - pct } else { pct }) as u8
}
