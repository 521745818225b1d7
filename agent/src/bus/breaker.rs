//! When a device that does not answer is asked again: closed → open → one try → closed or open.
//!
//! *Closed*: it is asked in its turn. *Open*: it is left alone for a pause that doubles. *Half open*:
//! it is asked once, and the answer decides. So a dead device costs a bounded slice of its bus.

use crate::limits;

/// Milliseconds since the bus was started; never the time of day.
pub type Ms = u64;

/// Whether a device is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// In its turn.
    #[default]
    Closed,
    /// Left alone.
    Open,
    /// Being asked once.
    HalfOpen,
}

impl State {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// The breaker of one device.
#[derive(Clone, Debug)]
pub struct Breaker {
    /// Makes its pauses differ from those of its neighbours.
    seed: u64,
    state: State,
    failures: u32,
    /// How often it has opened since it was closed.
    opened: u32,
    /// Not before.
    until: Ms,
}

impl Breaker {
    /// Closed. Devices with different seeds come back at different moments.
    pub const fn new(seed: u64) -> Self {
        Self { seed, state: State::Closed, failures: 0, opened: 0, until: 0 }
    }

    /// Where it stands.
    pub const fn state(&self) -> State {
        self.state
    }

    /// Failures in a row.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// The earliest moment to ask; 0 while closed.
    pub const fn not_before(&self) -> Ms {
        match self.state {
            State::Closed => 0,
            State::Open | State::HalfOpen => self.until,
        }
    }

    /// It is being asked.
    pub fn tried(&mut self) {
        if self.state == State::Open {
            self.state = State::HalfOpen;
        }
    }

    /// It answered.
    pub fn succeeded(&mut self) {
        *self = Self::new(self.seed);
    }

    /// It did not. True when that opened a closed breaker: the device counts as silent from here.
    pub fn failed(&mut self, now: Ms) -> bool {
        self.failures = self.failures.saturating_add(1);
        let was_closed = self.state == State::Closed;
        if was_closed && self.failures < limits::BUS_FAILURES_MAX {
            return false;
        }
        self.state = State::Open;
        self.until = now + self.pause_ms();
        self.opened = self.opened.saturating_add(1);
        was_closed
    }

    /// The line came back: what failed may have been the line, so one try is due at once.
    pub fn forgive(&mut self, now: Ms) {
        self.until = self.until.min(now);
    }

    /// Doubles from the shortest to the longest pause, and up to a quarter longer by the seed.
    fn pause_ms(&self) -> Ms {
        let longest = limits::BUS_PAUSE_MAX.as_millis() as Ms;
        let shortest = limits::BUS_PAUSE_MIN.as_millis() as Ms;
        let pause = shortest.checked_shl(self.opened.min(16)).unwrap_or(longest).min(longest);
        pause + mix(self.seed ^ (u64::from(self.opened) << 32)) % (pause / 4)
    }
}

/// Well-spread bits from a number (the finaliser of SplitMix64, Steele et al. 2014).
const fn mix(seed: u64) -> u64 {
    let x = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_at_the_third_failure_and_says_so_once() {
        let mut breaker = Breaker::new(1);
        assert_eq!([breaker.failed(0), breaker.failed(0), breaker.failed(0)], [false, false, true]);
        assert_eq!(breaker.state(), State::Open);
        breaker.tried();
        assert!(!breaker.failed(10_000), "it was silent before");
    }

    #[test]
    fn pauses_double_from_five_seconds_to_five_minutes_and_differ_by_seed() {
        let pauses = |seed| {
            let mut breaker = Breaker::new(seed);
            for _ in 0..2 {
                breaker.failed(0);
            }
            let mut now = 0;
            let mut pauses = Vec::new();
            for _ in 0..10 {
                breaker.failed(now);
                pauses.push(breaker.not_before() - now);
                now = breaker.not_before();
                breaker.tried();
            }
            pauses
        };
        let bases =
            [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000, 300_000];
        for (pause, base) in pauses(7).into_iter().zip(bases) {
            assert!((base..base + base / 4).contains(&pause), "{pause} for {base}");
        }
        assert_eq!(pauses(7), pauses(7), "the same seed gives the same pauses");
        assert_ne!(pauses(7), pauses(8));
    }

    #[test]
    fn one_answer_closes_it() {
        let mut breaker = Breaker::new(1);
        for _ in 0..5 {
            breaker.failed(0);
        }
        breaker.tried();
        assert_eq!(breaker.state(), State::HalfOpen);
        breaker.succeeded();
        assert_eq!(
            (breaker.state(), breaker.failures(), breaker.not_before()),
            (State::Closed, 0, 0)
        );
    }
}
