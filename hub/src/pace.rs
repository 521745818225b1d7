//! How much of a receiver one campus may take: batches per minute, and batches in work at once.
//!
//! Per receiver and in memory: a district with three receivers allows three times as much.

use crate::limits::IN_WORK_PER_CAMPUS_MAX;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The paces of all campuses. It never holds more than there are campuses with a key.
pub struct Pace {
    per_minute: u32,
    campuses: Mutex<HashMap<String, Bucket>>,
}

struct Bucket {
    /// Thousandths of a batch.
    milli: u64,
    filled: Instant,
    in_work: u32,
}

/// Leave to work on one batch; given back when dropped.
pub struct Leave<'p> {
    pace: &'p Pace,
    campus: String,
}

impl Pace {
    /// So many batches a minute for each campus; a minute's worth may come at once.
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute, campuses: Mutex::new(HashMap::new()) }
    }

    /// Asks for leave; `Err` says after which time to ask again.
    ///
    /// # Errors
    /// The campus has too many batches in work, or has sent too many.
    pub fn enter(&self, campus: &str, now: Instant) -> Result<Leave<'_>, Duration> {
        let full = u64::from(self.per_minute) * 1000;
        let mut campuses = self.lock();
        let bucket = campuses.entry(campus.to_owned()).or_insert(Bucket {
            milli: full,
            filled: now,
            in_work: 0,
        });
        let past_ms = now.saturating_duration_since(bucket.filled).as_millis();
        let past_ms = u64::try_from(past_ms).unwrap_or(u64::MAX).min(60_000);
        let more = past_ms * u64::from(self.per_minute) / 60;
        if more > 0 {
            bucket.milli = (bucket.milli + more).min(full);
            bucket.filled = now;
        }
        if bucket.in_work >= IN_WORK_PER_CAMPUS_MAX {
            return Err(Duration::from_secs(1));
        }
        let Some(rest) = bucket.milli.checked_sub(1000) else {
            return Err(Duration::from_secs(u64::from(60 / self.per_minute.max(1)).max(1)));
        };
        bucket.milli = rest;
        bucket.in_work += 1;
        Ok(Leave { pace: self, campus: campus.to_owned() })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Bucket>> {
        // Nothing panics while it is held; if it did, counters are still counters.
        self.campuses.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if let Some(bucket) = self.pace.lock().get_mut(&self.campus) {
            bucket.in_work = bucket.in_work.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_campus_cannot_take_the_place_of_another() {
        let pace = Pace::new(60);
        let now = Instant::now();
        let first = pace.enter("a", now);
        let second = pace.enter("a", now);
        assert!(first.is_ok() && second.is_ok());
        assert!(pace.enter("a", now).is_err(), "two in work are the most");
        assert!(pace.enter("b", now).is_ok());
        drop(first);
        assert!(pace.enter("a", now).is_ok());
    }

    #[test]
    fn a_minute_holds_as_many_as_configured() {
        let pace = Pace::new(60);
        let now = Instant::now();
        let taken = (0..100).filter(|_| pace.enter("a", now).is_ok()).count();
        assert_eq!(taken, 60);
        let later = now + Duration::from_millis(2_500);
        let taken = (0..100).filter(|_| pace.enter("a", later).is_ok()).count();
        assert_eq!(taken, 2);
        let taken =
            (0..100).filter(|_| pace.enter("a", now + Duration::from_secs(900)).is_ok()).count();
        assert_eq!(taken, 60);
    }
}
