//! The agent's clock: the machine's, or a campus's that runs faster than real time.
//!
//! The only place besides timers that asks what time it is; everything else is told.
//!
//! Terms: *count* = what the machine counts by itself, whatever its clock is set to; it stands still while the
//! machine sleeps.

use controller::{LEAP_MS_MIN, Timestamp};
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What time it is on the campus.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's own clock, with whatever steps it makes.
    System,
    /// A simulated campus: `origin` at `started`, and `speed` times as fast from there.
    Scaled {
        /// Real moment of the origin.
        started: Instant,
        /// Campus time at the origin.
        origin: Timestamp,
        /// Campus seconds per real second, above 0.
        speed: f64,
    },
}

impl Clock {
    /// The clock of a simulated campus: `origin_ms` (UTC) at `started`, `speed` times as fast.
    pub const fn scaled(started: Instant, origin_ms: i64, speed: f64) -> Self {
        Self::Scaled { started, origin: Timestamp(origin_ms), speed }
    }

    /// Now, on the campus.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp(since_epoch_ms()),
            Self::Scaled { started, origin, speed } => {
                let campus_ms = started.elapsed().as_secs_f64() * 1000.0 * speed;
                Timestamp(origin.0.saturating_add(campus_ms as i64))
            }
        }
    }

    /// How long to sleep until a moment of the campus; zero when it has passed.
    pub fn until(&self, moment: Timestamp) -> Duration {
        let campus_ms = moment.0.saturating_sub(self.now().0).max(0);
        Duration::from_secs_f64(campus_ms as f64 / 1000.0 / self.speed())
    }

    /// What the machine has counted by now, ms from some begin: with what a clock says it makes a [`Pace`]. That
    /// of a simulated campus is its clock, which nobody sets.
    pub fn count_ms(&self, now: Timestamp) -> i64 {
        match self {
            Self::System => i64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(i64::MAX),
            Self::Scaled { .. } => now.0,
        }
    }

    /// Campus seconds per real second.
    pub fn speed(&self) -> f64 {
        match self {
            Self::System => 1.0,
            Self::Scaled { speed, .. } => *speed,
        }
    }
}

/// When the program first asked for a count.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Clock and count of the last look at both: a clock that goes further ahead than the machine counts was set, or
/// the machine has slept. Nobody listened in the time between, however short it was.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    clock: Timestamp,
    count_ms: i64,
}

impl Pace {
    /// With a first look.
    pub const fn new(clock: Timestamp, count_ms: i64) -> Self {
        Self { clock, count_ms }
    }

    /// By how much the clock has leapt ahead since the last look, ms; `None` for what a clock may do by itself, and
    /// for one that was set back, which the controller sees by itself.
    pub const fn leap_ms(&mut self, clock: Timestamp, count_ms: i64) -> Option<i64> {
        let went_ms = clock.0.saturating_sub(self.clock.0);
        let leap_ms = went_ms.saturating_sub(count_ms.saturating_sub(self.count_ms));
        *self = Self { clock, count_ms };
        if leap_ms > LEAP_MS_MIN { Some(leap_ms) } else { None }
    }
}

/// The machine's clock in ms UTC; negative before 1970.
fn since_epoch_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at clock and count, in s; what each finds, in s.
    fn check(looks: &[(i64, i64)], leaps: &[Option<i64>]) {
        let mut pace = Pace::new(Timestamp(0), 0);
        let found = looks.iter().map(|(clock_s, count_s)| {
            pace.leap_ms(Timestamp(clock_s * 1000), count_s * 1000).map(|ms| ms / 1000)
        });
        assert_eq!(found.collect::<Vec<_>>(), leaps, "{looks:?}");
    }

    #[test]
    fn a_clock_that_goes_as_the_machine_counts_does_not_leap() {
        // However long between two looks, and slewed by half a second in every thousand.
        check(&[(1, 1), (3_601, 3_601), (90_000, 90_000)], &[None; 3]);
        check(
            &[(20_010, 20_000), (40_020, 40_000), (60_030, 60_000), (80_040, 80_000)],
            &[None; 4],
        );
    }

    #[test]
    fn a_clock_that_is_set_ahead_leaps_once() {
        check(&[(10, 10), (3_620, 20), (3_630, 30)], &[None, Some(3_600), None]);
    }

    #[test]
    fn a_machine_that_slept_leaps_by_the_time_of_its_sleep() {
        check(&[(10, 10), (28_811, 11), (28_812, 12)], &[None, Some(28_800), None]);
    }

    #[test]
    fn half_a_minute_is_no_leap() {
        check(&[(40, 10), (71, 10), (72, 11)], &[None, Some(31), None]);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_leap_but_coming_back_it_does() {
        check(&[(100, 100), (-500, 110), (-490, 120), (140, 130)], &[None, None, None, Some(620)]);
    }

    #[test]
    fn the_ends_of_time_do_no_harm() {
        let mut pace = Pace::new(Timestamp(i64::MIN), i64::MAX);
        assert_eq!(pace.leap_ms(Timestamp(i64::MAX), i64::MIN), Some(i64::MAX));
        assert_eq!(pace.leap_ms(Timestamp(i64::MIN), i64::MAX), None);
    }

    #[test]
    fn a_simulated_campus_never_leaps() {
        let fast = Clock::scaled(Instant::now(), 1_000_000, 86_400.0);
        let mut pace = Pace::new(Timestamp(0), 0);
        let now = fast.now();
        assert_eq!(pace.leap_ms(now, fast.count_ms(now)), None);
        let (system, now) = (Clock::System, Clock::System.now());
        let mut pace = Pace::new(now, system.count_ms(now));
        let now = system.now();
        assert_eq!(pace.leap_ms(now, system.count_ms(now)), None);
    }
}
