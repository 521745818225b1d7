//! Campus time that runs faster than ours.

use std::time::{Duration, Instant};

/// Campus time as a function of real time. Copies agree, so agent and simulator share one.
#[derive(Clone, Copy, Debug)]
pub struct ScaledClock {
    /// The real moment of `origin_campus_ms`.
    pub origin_real: Instant,
    /// Campus time then, ms UTC.
    pub origin_campus_ms: i64,
    /// Campus milliseconds per real millisecond, above 0; 1 to 600 is sensible.
    pub speed: f64,
}

impl ScaledClock {
    /// A clock that starts now at `start_campus_ms` (ms UTC). A speed that is no positive number is 1.
    pub fn new(start_campus_ms: i64, speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        Self { origin_real: Instant::now(), origin_campus_ms: start_campus_ms, speed }
    }

    /// Campus time now, ms UTC.
    pub fn now_ms(&self) -> i64 {
        let gone = self.origin_real.elapsed().as_secs_f64() * 1000.0 * self.speed;
        self.origin_campus_ms + gone as i64
    }

    /// Real time left until a campus moment; zero when it has passed.
    pub fn real_until(&self, campus_ms: i64) -> Duration {
        self.real_at(campus_ms).saturating_duration_since(Instant::now())
    }

    /// The real moment of a campus moment; the origin for all before it.
    pub fn real_at(&self, campus_ms: i64) -> Instant {
        let ms = (campus_ms - self.origin_campus_ms).max(0) as f64 / self.speed;
        // A year from now is never, and keeps the sum within what an Instant can hold.
        let ms = ms.min(365.0 * 86_400_000.0);
        self.origin_real + Duration::from_secs_f64(ms / 1000.0)
    }
}
