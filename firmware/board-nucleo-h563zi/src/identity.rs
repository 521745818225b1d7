//! What tells this board from every other: an address for its network and random numbers.

use embassy_stm32::peripherals::RNG;
use embassy_stm32::rng::Rng;
use embassy_stm32::uid;
use shell::random::{Random, SEED_BYTES, spread};

/// A locally administered address (IEEE 802, bit 1 of the first byte): the one on the board's sticker is
/// not readable. Lot, wafer and position on it make up the number of the chip; all of it takes part.
pub fn mac() -> [u8; 6] {
    let number = uid::uid();
    let (words, _) = number.as_chunks();
    let mix = |mixed, word: &[u8; 4]| spread(mixed ^ u64::from(u32::from_le_bytes(*word)));
    let [_, _, a, b, c, d, e, f] = spread(words.iter().fold(0, mix)).to_be_bytes();
    [a & 0xFC | 0x02, b, c, d, e, f]
}

/// Keys of TLS come from it, and whatever has to differ from start to start. The source is the chip's, with health
/// tests of its own (RM0481, "True random number generator").
pub fn random(rng: &mut Rng<'static, RNG>) -> Random {
    let mut seed = [0; SEED_BYTES];
    rng.fill_bytes(&mut seed);
    Random::new(&seed)
}
