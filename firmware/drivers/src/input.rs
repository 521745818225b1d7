//! Wall switch and motion: the level of a pin and the time in, a press or an edge out.
//!
//! Pure. Works from a poll of 20 ms, or from edge interrupts: then the board looks again at
//! `deadline`. Which lamps a press means, and for how long motion holds, is decided elsewhere.

use crate::limits::{
    MOTION_STABLE_MS, PIR_WARM_UP_MS_MAX, PIR_WARM_UP_MS_MIN, PRESS_STABLE_MS, RELEASE_STABLE_MS,
};
use wire::{NoReading, Sample, Value};

/// A level that counts only after it has held.
#[derive(Clone, Copy, Debug)]
pub struct Debounce {
    /// How long high has to hold, ms.
    rise_ms: u64,
    /// How long low has to hold, ms.
    fall_ms: u64,
    /// The level that counts; nothing before the first look.
    level: Option<bool>,
    /// Since when the pin says otherwise, ms.
    other_since: Option<u64>,
}

/// A change of the level that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Low to high.
    Rise,
    /// High to low.
    Fall,
}

impl Debounce {
    /// High counts after `rise_ms`, low after `fall_ms`; 0 counts at once.
    pub const fn new(rise_ms: u64, fall_ms: u64) -> Self {
        Self { rise_ms, fall_ms, level: None, other_since: None }
    }

    /// The pin is at `high` now. The first look gives no edge: what was before is not known.
    pub fn observe(&mut self, high: bool, now_ms: u64) -> Option<Edge> {
        let Some(level) = self.level else {
            self.level = Some(high);
            return None;
        };
        if high == level {
            self.other_since = None;
            return None;
        }
        let since = *self.other_since.get_or_insert(now_ms);
        let (hold_ms, edge) =
            if high { (self.rise_ms, Edge::Rise) } else { (self.fall_ms, Edge::Fall) };
        if now_ms.saturating_sub(since) < hold_ms {
            return None;
        }
        self.level = Some(high);
        self.other_since = None;
        Some(edge)
    }

    /// The level that counts, once there is one.
    pub const fn level(&self) -> Option<bool> {
        self.level
    }

    /// When to look again if no edge comes before, ms.
    pub fn deadline(&self) -> Option<u64> {
        let hold_ms = if self.level? { self.fall_ms } else { self.rise_ms };
        Some(self.other_since?.saturating_add(hold_ms))
    }
}

/// Somebody pressed a wall switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press;

/// A push button on the wall, or a contact of another system that closes for 30 ms or longer.
#[derive(Clone, Copy, Debug)]
pub struct Switch(Debounce);

impl Switch {
    /// For a poll of at most 20 ms: the first closed look counts, because a press of 30 ms may be
    /// seen only once. Bounce between two looks is not seen, and bounce across them is held off by
    /// the time that the contact has to be open.
    pub const fn polled() -> Self {
        Self(Debounce::new(0, RELEASE_STABLE_MS))
    }

    /// For edge interrupts: the contact has to stay closed for 10 ms, so that a spike on a long
    /// cable is no press.
    pub const fn on_edges() -> Self {
        Self(Debounce::new(PRESS_STABLE_MS, RELEASE_STABLE_MS))
    }

    /// The contact is `closed` now. A press counts when it begins; however long it is held, it is
    /// one. Held since before the first look, it is none.
    pub fn observe(&mut self, closed: bool, now_ms: u64) -> Option<Press> {
        (self.0.observe(closed, now_ms) == Some(Edge::Rise)).then_some(Press)
    }

    /// When to look again if no edge comes before, ms.
    pub fn deadline(&self) -> Option<u64> {
        self.0.deadline()
    }
}

/// A pyroelectric motion sensor with a logic output that is high while something moves.
#[derive(Clone, Copy, Debug)]
pub struct Pir {
    pin: Debounce,
    /// Until then it is not believed, ms.
    warm_ms: u64,
    /// Motion since the last [`Pir::take`].
    moved: bool,
    told: Option<Sample>,
}

impl Pir {
    /// Power came at `now_ms`; `warm_up_ms` is held within 30 to 60 s.
    pub fn new(now_ms: u64, warm_up_ms: u64) -> Self {
        let warm_up_ms = warm_up_ms.clamp(PIR_WARM_UP_MS_MIN, PIR_WARM_UP_MS_MAX);
        Self {
            pin: Debounce::new(MOTION_STABLE_MS, MOTION_STABLE_MS),
            warm_ms: now_ms.saturating_add(warm_up_ms),
            moved: false,
            told: None,
        }
    }

    /// The output is at `high` now: what is to be said when that is news. The first news is that it
    /// is off, the second comes with the end of the warm-up.
    pub fn observe(&mut self, high: bool, now_ms: u64) -> Option<Sample> {
        self.pin.observe(high, now_ms);
        self.moved |= now_ms >= self.warm_ms && self.pin.level() == Some(true);
        let sample = self.sample(now_ms);
        (self.told.replace(sample) != Some(sample)).then_some(sample)
    }

    /// What it says now: 1 while something moves, 0 while nothing does, off while it warms up.
    pub fn sample(&self, now_ms: u64) -> Sample {
        match self.pin.level() {
            Some(high) if now_ms >= self.warm_ms => motion(high),
            _ => Sample::No(NoReading::Off),
        }
    }

    /// Whether anything moved since this was asked last, for whoever asks seldom.
    pub fn take(&mut self, now_ms: u64) -> Sample {
        let moved = core::mem::take(&mut self.moved);
        match self.sample(now_ms) {
            Sample::Is(_) => motion(moved || self.pin.level() == Some(true)),
            none => none,
        }
    }

    /// When to look again if no edge comes before, ms.
    pub fn deadline(&self, now_ms: u64) -> Option<u64> {
        let warm_up = (now_ms < self.warm_ms).then_some(self.warm_ms);
        [self.pin.deadline(), warm_up].into_iter().flatten().min()
    }
}

fn motion(high: bool) -> Sample {
    Sample::Is(Value::from_whole(i64::from(high)))
}

#[cfg(test)]
mod tests;
