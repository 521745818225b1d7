//! The agent's clock: the machine's, or a campus's that runs faster than real time.
//!
//! The only place besides timers that asks what time it is; everything else is told.

use controller::Timestamp;
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

    /// Campus seconds per real second.
    pub fn speed(&self) -> f64 {
        match self {
            Self::System => 1.0,
            Self::Scaled { speed, .. } => *speed,
        }
    }
}

/// The machine's clock in ms UTC; negative before 1970.
fn since_epoch_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}
