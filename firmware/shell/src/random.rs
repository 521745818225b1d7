//! Numbers that differ from start to start; not for secrets.
//!
//! The seed gives TCP its ports and sequence numbers: the same ones after a restart would meet a
//! connection that the broker still holds. It also spreads reconnects of many nodes in time.

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Mixes one more word of whatever differs into the seed.
    pub fn mix(&mut self, word: u64) {
        self.0 ^= word;
        self.0 = self.next();
    }

    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "it never ends, so an iterator says less")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between half of `ms` and the whole of it.
    pub fn around(&mut self, ms: u64) -> u64 {
        ms / 2 + self.next() % (ms / 2 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_start_changes_everything() {
        let seed = |boot: u64| {
            let mut random = Random::new(0x5254_0012_3456);
            random.mix(boot);
            random.next()
        };
        assert!((1..1000).all(|boot| seed(boot) as u16 != seed(boot + 1) as u16 || boot % 7 != 0));
        assert_ne!(seed(1), seed(2));
    }

    #[test]
    fn waits_are_spread_within_their_bounds() {
        let mut random = Random::new(1);
        let waits: Vec<u64> = (0..100).map(|_| random.around(1000)).collect();
        assert!(waits.iter().all(|ms| (500..=1000).contains(ms)));
        assert!(waits.iter().min().unwrap() < &600 && waits.iter().max().unwrap() > &900);
        assert_eq!(random.around(0), 0);
    }
}
