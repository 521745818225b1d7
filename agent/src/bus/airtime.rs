//! How much of a bus is in use: measured over the last minute, and kept below a share.
//!
//! The share is kept by pacing, not by stopping: a bus that used up its minute in one burst would
//! be silent for the rest of it.

use super::breaker::Ms;
use crate::limits;

/// The buckets of one minute.
const BUCKETS: usize = 60;
/// One bucket, ms.
const BUCKET_MS: Ms = 1_000;

/// Use of one bus.
#[derive(Clone, Debug)]
pub struct Airtime {
    /// Share that reads may use, in percent.
    share_pct: u64,
    /// Busy ms of each of the last seconds, by second modulo 60.
    busy: [u32; BUCKETS],
    /// The second that was written last.
    second: Ms,
    /// When the bus was first looked at.
    since: Ms,
    /// What reads may still use just now, in hundredths of ms; below zero when it was overdrawn.
    purse: i64,
    filled: Ms,
}

impl Airtime {
    /// Nothing used; `share_pct` of 1 to 100 is for reads.
    pub fn new(share_pct: u8, now: Ms) -> Self {
        let share_pct = u64::from(share_pct.clamp(1, 100));
        let (second, purse) = (now / BUCKET_MS, purse_max());
        Self { share_pct, busy: [0; BUCKETS], second, since: now, purse, filled: now }
    }

    /// An exchange took `took` ms and has just ended. Reads pay for it, unless it is what they left.
    pub fn spent(&mut self, took: Ms, reads_pay: bool, now: Ms) {
        self.advance(now);
        if reads_pay {
            self.purse -= i64::try_from(took.saturating_mul(100)).unwrap_or(i64::MAX / 2);
        }
        // Backwards over the buckets that it lasted.
        let (mut end, mut left) = (now, took.min(BUCKETS as Ms * BUCKET_MS));
        while left > 0 {
            let part = left.min((end.wrapping_sub(1) % BUCKET_MS) + 1);
            let second = end.saturating_sub(1) / BUCKET_MS;
            self.busy[(second % BUCKETS as Ms) as usize] += part as u32;
            left -= part;
            if end <= part {
                break;
            }
            end -= part;
        }
    }

    /// Until when reads must wait: `now` or earlier when they may go on.
    pub fn free_at(&mut self, now: Ms) -> Ms {
        self.advance(now);
        match u64::try_from(-self.purse) {
            Ok(short) if short > 0 => now + short.div_ceil(self.share_pct),
            _ => now,
        }
    }

    /// Share of the last minute, or of the time since the start, that the bus was busy, in percent.
    pub fn use_pct(&mut self, now: Ms) -> u8 {
        self.advance(now);
        let window = (now - self.since).clamp(BUCKET_MS, BUCKETS as Ms * BUCKET_MS);
        let busy: u64 = self.busy.iter().map(|ms| u64::from(*ms)).sum();
        (busy * 100 / window).min(100) as u8
    }

    fn advance(&mut self, now: Ms) {
        let gain = (now - self.filled.min(now)).saturating_mul(self.share_pct);
        self.purse = self.purse.saturating_add_unsigned(gain).min(purse_max());
        self.filled = now;
        let second = now / BUCKET_MS;
        let passed = second.saturating_sub(self.second).min(BUCKETS as Ms);
        for ahead in 0..passed {
            self.busy[((second - ahead) % BUCKETS as Ms) as usize] = 0;
        }
        self.second = second;
    }
}

/// What may be saved up for a burst, in hundredths of ms.
const fn purse_max() -> i64 {
    limits::BUS_BURST.as_millis() as i64 * 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_that_never_stop_settle_at_the_share() {
        for share in [10, 50, 80, 100] {
            let mut airtime = Airtime::new(share, 0);
            let mut now = 0;
            while now < 300_000 {
                now = airtime.free_at(now).max(now) + 70;
                airtime.spent(70, true, now);
            }
            let used = airtime.use_pct(now);
            assert!(used.abs_diff(share) <= 2, "{used} % of {share} %");
        }
    }

    #[test]
    fn what_was_used_is_forgotten_after_a_minute() {
        let mut airtime = Airtime::new(80, 0);
        airtime.spent(30_000, true, 60_000);
        for (now, used) in [(60_000, 50), (89_999, 50), (105_000, 25), (121_000, 0)] {
            // One bucket of 60 is just being filled.
            assert!(airtime.use_pct(now).abs_diff(used) <= 2, "at {now} ms");
        }
    }

    #[test]
    fn an_exchange_longer_than_a_minute_fills_the_minute() {
        let mut airtime = Airtime::new(80, 0);
        airtime.spent(90_000, true, 90_000);
        assert!(airtime.use_pct(90_000) >= 98);
    }
}
