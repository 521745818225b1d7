//! When a room is used: by quarter hours of school days and of others.
//!
//! Written as 96 characters a day, one per quarter hour from midnight: `0` used less than a tenth of the
//! time, `9` more than nine tenths, `-` not known.

use super::{Evidence, OccupancySettings, Vote};
use lighting::Period;
use std::fmt;
use std::str::FromStr;

/// Quarter hours of a day.
pub const QUARTERS: usize = 96;

/// How often a room was used, by quarter hour: tenths 0 to 9, or [`UNKNOWN`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Day(pub [u8; QUARTERS]);

/// A quarter hour of which nothing is known.
pub const UNKNOWN: u8 = 10;

/// When a room is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Habit {
    /// On school days and make-up days.
    pub school: Day,
    /// On other days.
    pub free: Day,
}

impl Default for Day {
    fn default() -> Self {
        Self([UNKNOWN; QUARTERS])
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut mark = |tenth: &u8| match *tenth {
            0..=9 => write!(f, "{tenth}"),
            _ => f.write_str("-"),
        };
        self.0.iter().try_for_each(&mut mark)
    }
}

/// Not 96 characters of `0` to `9` and `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDay;

impl fmt::Display for BadDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {QUARTERS} characters of 0 to 9 and -")
    }
}

impl std::error::Error for BadDay {}

impl FromStr for Day {
    type Err = BadDay;

    fn from_str(text: &str) -> Result<Self, BadDay> {
        let mut day = Self::default();
        if text.len() != QUARTERS {
            return Err(BadDay);
        }
        for (tenth, mark) in day.0.iter_mut().zip(text.bytes()) {
            *tenth = match mark {
                b'0'..=b'9' => mark - b'0',
                b'-' => UNKNOWN,
                _ => return Err(BadDay),
            };
        }
        Ok(day)
    }
}

impl Day {
    /// Weight of the middle of each tenth, held to 7 to 1: a habit is no proof.
    const WEIGHT: [i32; 10] = [-2_000, -1_735, -1_099, -619, -201, 201, 619, 1_099, 1_735, 2_000];

    fn vote(&self, quarter: usize) -> Option<Vote> {
        let tenth = *self.0.get(quarter)?;
        let weight = *Self::WEIGHT.get(usize::from(tenth))?;
        Some(Vote { by: Evidence::Habit { used_pct: tenth * 10 + 5 }, weight })
    }
}

impl OccupancySettings {
    /// What custom says: the room's habit where it is known, else the period; a lesson is news that no habit
    /// outvotes.
    pub(crate) fn custom(&self, period: Period, school: bool, quarter: usize) -> Vote {
        let weight = self.kind.weight(period);
        let by_period = Vote { by: Evidence::Timetable { period }, weight };
        let day = self.habit.as_ref().map(|habit| if school { &habit.school } else { &habit.free });
        let by_habit = day.and_then(|day| day.vote(quarter));
        match by_habit {
            Some(habit) if !period.needs_light() || habit.weight > weight => habit,
            _ => by_period,
        }
    }
}
