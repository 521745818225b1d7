//! Whether somebody is there, from what movement and presence sensors say.
//!
//! | state | means |
//! |---|---|
//! | `occupied` | a sensor sees somebody now |
//! | `vacant_pending` | nobody seen, but not for long enough to be sure |
//! | `vacant` | nobody seen for the whole hold |
//! | `unknown` | no sensor has spoken for so long that nothing can be said |
//!
//! Lamps, and their light, are never an input: whoever switches lamps and believes their light
//! proves only that it has switched them.

use crate::Millis;
use crate::sabotage::{self, Sabotage};

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Occupancy {
    /// A sensor sees somebody now.
    Occupied,
    /// Nobody seen lately, but not for the whole hold.
    VacantPending,
    /// Nobody seen for the whole hold.
    Vacant,
    /// No sensor speaks.
    #[default]
    Unknown,
}

impl Occupancy {
    /// The name in topics and API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Occupied => "occupied",
            Self::VacantPending => "vacant_pending",
            Self::Vacant => "vacant",
            Self::Unknown => "unknown",
        }
    }

    /// Whether people must be assumed there: seen, or too recently seen to say they left.
    pub const fn may_be_occupied(self) -> bool {
        matches!(self, Self::Occupied | Self::VacantPending)
    }

    /// What two sensors say together: one that sees somebody is believed, one that is silent is not asked.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        if (self.strength()) >= other.strength() { self } else { other }
    }

    const fn strength(self) -> u8 {
        match self {
            Self::Occupied => 3,
            Self::VacantPending => 2,
            Self::Vacant => 1,
            Self::Unknown => 0,
        }
    }
}

/// What one node's movement and presence sensors have said so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Presence {
    /// When a sensor last said anything, and whether it saw somebody.
    heard: Option<(Millis, bool)>,
    /// Since when nobody has been seen. Starts at the first word, and again after a silence: what
    /// happened before is not known, so a restart or an outage can never look like an empty room.
    quiet_from: Millis,
}

impl Presence {
    /// Nothing heard yet.
    pub const fn new() -> Self {
        Self { heard: None, quiet_from: 0 }
    }

    /// A sensor spoke at `now`. What it said earlier than already known is ignored.
    ///
    /// `stale_ms` is the same as in [`Presence::state`].
    pub fn seen(&mut self, active: bool, stale_ms: u32, now: Millis) {
        match self.heard {
            Some((at, _)) if now < at => return,
            Some((at, _)) if !active && now - at < Millis::from(stale_ms) => {}
            _ => self.quiet_from = now,
        }
        self.heard = Some((now, active));
    }

    /// What can be said at `now`.
    ///
    /// `hold_ms`: how long the room stays `vacant_pending` after the last movement.
    /// `stale_ms`: how long a sensor may be silent before it is no longer believed.
    pub fn state(&self, hold_ms: u32, stale_ms: u32, now: Millis) -> Occupancy {
        match self.heard {
            None => Occupancy::Unknown,
            Some((at, _))
                if now >= at + Millis::from(stale_ms) && !sabotage::is(Sabotage::StaleIsFresh) =>
            {
                Occupancy::Unknown
            }
            Some((_, true)) => Occupancy::Occupied,
            Some(_) if now >= self.quiet_from + Millis::from(hold_ms) => Occupancy::Vacant,
            Some(_) => Occupancy::VacantPending,
        }
    }

    /// When [`Presence::state`] changes by itself, if it does: later than `now`.
    pub fn deadline(&self, hold_ms: u32, stale_ms: u32, now: Millis) -> Option<Millis> {
        let (at, active) = self.heard?;
        let stale_at = at + Millis::from(stale_ms);
        let vacant_at = self.quiet_from + Millis::from(hold_ms);
        let vacant_at = (!active && vacant_at > now && vacant_at < stale_at).then_some(vacant_at);
        vacant_at.or(Some(stale_at)).filter(|at| *at > now)
    }

    /// For how long nobody has been seen, in ms; 0 while somebody is, or before the first word.
    pub fn quiet_ms(&self, now: Millis) -> u64 {
        match self.heard {
            Some((_, false)) => now.saturating_sub(self.quiet_from),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests;
