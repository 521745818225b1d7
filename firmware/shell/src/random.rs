//! Random numbers that nobody can guess who does not know the seed: HMAC_DRBG with SHA-256 (NIST SP 800-90A, 10.1.2).
//!
//! Keys of TLS come from it, so a board seeds it with [`SEED_BYTES`] bytes of its hardware source, and mixes the count of
//! its starts in. Where there is no such source (the emulated board, which a test seeds), numbers still differ from
//! start to start: the same TCP ports and sequence numbers after a restart would meet a connection that the broker
//! still holds.

use hmac::{Hmac, Mac};
use rand_core::{CryptoRng, Error, RngCore};
use sha2::Sha256;

/// A good seed, bytes: 256 bits and half as many for the nonce (SP 800-90A, 8.6.7).
pub const SEED_BYTES: usize = 48;

const BLOCK_BYTES: usize = 32;

/// The generator. There are no copies of one: two would say the same, and one of them may say it to others.
pub struct Random {
    key: [u8; BLOCK_BYTES],
    value: [u8; BLOCK_BYTES],
}

impl Random {
    /// From a seed.
    pub fn new(seed: &[u8]) -> Self {
        let mut random = Self { key: [0; BLOCK_BYTES], value: [1; BLOCK_BYTES] };
        random.mix(seed);
        random
    }

    /// Mixes in whatever differs; what is known to others does no harm.
    pub fn mix(&mut self, more: &[u8]) {
        for round in 0..if more.is_empty() { 1 } else { 2 } {
            self.key = hmac(&self.key, &[&self.value, &[round], more]);
            self.value = hmac(&self.key, &[&self.value]);
        }
    }

    /// Another one, which nobody can guess from what this one says, nor the other way round.
    pub fn apart(&mut self) -> Self {
        let mut seed = [0; SEED_BYTES];
        self.fill_bytes(&mut seed);
        Self::new(&seed)
    }

    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "it never ends, so an iterator says less")]
    pub fn next(&mut self) -> u64 {
        self.next_u64()
    }

    /// Between half of `ms` and the whole of it.
    pub fn around(&mut self, ms: u64) -> u64 {
        ms / 2 + self.next() % (ms / 2 + 1)
    }
}

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        for part in out.chunks_mut(BLOCK_BYTES) {
            self.value = hmac(&self.key, &[&self.value]);
            part.copy_from_slice(&self.value[..part.len()]);
        }
        // Whoever reads this memory later cannot tell what was given out before.
        self.mix(&[]);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Random {}

impl core::fmt::Debug for Random {
    /// Without its state.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Random")
    }
}

fn hmac(key: &[u8; BLOCK_BYTES], parts: &[&[u8]]) -> [u8; BLOCK_BYTES] {
    // A key of HMAC may have any length, so this one is good.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return *key };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// A number in place of another, so that all of its bits depend on all of the other's: SplitMix64 (Steele, Lea, Flood:
/// Fast Splittable Pseudorandom Number Generators, 2014). Everybody can compute it.
pub const fn spread(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST CAVP, drbgvectors_no_reseed, HMAC_DRBG.rsp, SHA-256 without prediction resistance, no additional input, no
    /// personalization, COUNT = 0: entropy and nonce, what the second call for 128 bytes gives.
    #[test]
    fn it_gives_what_the_standards_test_vectors_say() {
        let hex = |text: &str| -> Vec<u8> {
            let pairs = text.as_bytes().chunks(2);
            pairs
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect()
        };
        let entropy = hex("ca851911349384bffe89de1cbdc46e6831e44d34a4fb935ee285dd14b71a7488");
        let nonce = hex("659ba96c601dc69fc902940805ec0ca8");
        let mut random = Random::new(&[entropy, nonce].concat());
        let mut bytes = [0; 128];
        random.fill_bytes(&mut bytes);
        random.fill_bytes(&mut bytes);
        let wanted = hex("e528e9abf2dece54d47c7e75e5fe302149f817ea9fb4bee6f4199697d04d5b89\
             d54fbb978a15b5c443c9ec21036d2460b6f73ebad0dc2aba6e624abf07745bc1\
             07694bb7547bb0995f70de25d6b29e2d3011bb19d27676c07162c8b5ccde0668\
             961df86803482cb37ed6d5c0bb8d50cf1f50d476aa0458bdaba806f48be9dcb8");
        assert_eq!(bytes[..], wanted);
    }

    #[test]
    fn one_more_start_changes_everything() {
        let seed = |boot: u64| {
            let mut random = Random::new(&0x5254_0012_3456_u64.to_le_bytes());
            random.mix(&boot.to_le_bytes());
            random.next()
        };
        let mut all: Vec<u64> = (1..1000).map(seed).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 999);
        assert_eq!(seed(7), seed(7), "nothing but the seed decides");
    }

    #[test]
    fn what_was_given_out_is_not_in_what_is_left() {
        let mut random = Random::new(b"seed");
        let mut bytes = [0; BLOCK_BYTES];
        random.fill_bytes(&mut bytes);
        assert!(random.value != bytes && random.key != bytes);
        assert_eq!(format!("{random:?}"), "Random");
    }

    #[test]
    fn one_apart_says_something_else() {
        let (mut random, mut same) = (Random::new(b"seed"), Random::new(b"seed"));
        let mut apart = random.apart();
        assert_eq!(apart.next(), same.apart().next(), "nothing but the seed decides");
        assert!((0..100).all(|_| random.next() != apart.next()));
    }

    #[test]
    fn waits_are_spread_within_their_bounds() {
        let mut random = Random::new(b"seed");
        let waits: Vec<u64> = (0..100).map(|_| random.around(1000)).collect();
        assert!(waits.iter().all(|ms| (500..=1000).contains(ms)));
        assert!(waits.iter().min().unwrap() < &600 && waits.iter().max().unwrap() > &900);
        assert_eq!(random.around(0), 0);
    }
}
