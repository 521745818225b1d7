//! How long rooms stay lit after the last movement, where the staff want another time than configured.
//!
//! Occupancy is of a room, so a hold is too. Of two that mean a room the later one in the file counts, so
//! that `*` may stand above its exceptions.

use crate::fault::Span;
use crate::scope::{Scope, ZoneName};
use lighting::Settings;

/// Shortest and longest hold that rules may ask for, min: below 5 min somebody who sits still is left in the
/// dark (7 min had one false switch-off in 15.8 h of UCI ROE), and within 20 min of vacancy lamps are off
/// (ASHRAE 90.1-2016 9.4.1.1, IECC C405.2.1).
pub const HOLD_MIN: (i64, i64) = (5, 20);

/// A hold that was read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Identifier, one per rule or hold of a campus.
    pub id: String,
    /// In which rooms.
    pub scopes: Vec<Scope>,
    /// Usual, in breaks, and the least in exams and self-study, ms; `None` leaves what is configured.
    pub times: Times<Option<u32>>,
    /// Where its `id` stands.
    pub at: Span,
}

/// One time for each kind of period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times<T> {
    /// Usually.
    pub usual: T,
    /// In breaks.
    pub pause: T,
    /// In exams and self-study.
    pub still: T,
}

impl Times<u32> {
    /// What a zone is configured with, ms.
    pub const fn of(settings: &Settings) -> Self {
        Self {
            usual: settings.hold_ms,
            pause: settings.break_hold_ms,
            still: settings.still_hold_ms,
        }
    }

    /// Puts them where zones look. Answers whether that changes anything.
    pub fn put(self, settings: &mut Settings) -> bool {
        let changes = Self::of(settings) != self;
        settings.hold_ms = self.usual;
        settings.break_hold_ms = self.pause;
        settings.still_hold_ms = self.still;
        changes
    }
}

impl Times<Option<u32>> {
    /// The same, with those of `usual` where it says nothing.
    pub fn or(self, usual: Times<u32>) -> Times<u32> {
        Times {
            usual: self.usual.unwrap_or(usual.usual),
            pause: self.pause.unwrap_or(usual.pause),
            still: self.still.unwrap_or(usual.still),
        }
    }
}

impl Hold {
    /// Whether it means a room.
    pub fn matches(&self, place: &ZoneName) -> bool {
        self.scopes.iter().any(|scope| scope.matches(place))
    }

    /// Whether it says the same as another one, wherever both stand.
    pub fn says(&self, other: &Self) -> bool {
        let texts =
            |it: &Self| it.scopes.iter().map(|scope| scope.text.clone()).collect::<Vec<_>>();
        self.id == other.id && self.times == other.times && texts(self) == texts(other)
    }
}
