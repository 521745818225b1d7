//! How good an answer was.

/// Answers and truths of one room, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Somebody was there, and it was said.
    pub hit: u64,
    /// Somebody was there, and it was not said.
    pub missed: u64,
    /// Nobody was there, and it was said.
    pub clear: u64,
    /// Nobody was there, and it was not said.
    pub false_alarm: u64,
}

impl Score {
    /// Counts answers beside truths.
    pub fn of(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut score = Self::default();
        for (said, is) in pairs {
            *match (said, is) {
                (true, true) => &mut score.hit,
                (false, true) => &mut score.missed,
                (false, false) => &mut score.clear,
                (true, false) => &mut score.false_alarm,
            } += 1;
        }
        score
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            hit: self.hit + other.hit,
            missed: self.missed + other.missed,
            clear: self.clear + other.clear,
            false_alarm: self.false_alarm + other.false_alarm,
        }
    }

    /// Share of occupied rows that were found.
    pub fn found(&self) -> f64 {
        share(self.hit, self.missed)
    }

    /// Share of empty rows that were found.
    pub fn cleared(&self) -> f64 {
        share(self.clear, self.false_alarm)
    }

    /// Mean of both: what guessing gets is 0.5, whatever the room is used for.
    pub fn balanced(&self) -> f64 {
        (self.found() + self.cleared()) / 2.0
    }

    /// Share of all rows that were right.
    pub fn accuracy(&self) -> f64 {
        share(self.hit + self.clear, self.missed + self.false_alarm)
    }
}

fn share(of: u64, others: u64) -> f64 {
    of as f64 / (of + others).max(1) as f64
}
