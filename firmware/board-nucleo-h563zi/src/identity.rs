//! What tells this board from every other: an address for its network and random numbers.

use embassy_stm32::peripherals::RNG;
use embassy_stm32::rng::Rng;
use embassy_stm32::uid;
use shell::random::Random;

/// A locally administered address (IEEE 802, bit 1 of the first byte): the one on the board's sticker is
/// not readable. Lot, wafer and position on it make up the number of the chip; all of it takes part.
pub fn mac() -> [u8; 6] {
    let mut mixed = Random::new(0);
    let number = uid::uid();
    let (words, _) = number.as_chunks();
    for word in words {
        mixed.mix(u64::from(u32::from_le_bytes(*word)));
    }
    let [_, _, a, b, c, d, e, f] = mixed.next().to_be_bytes();
    [a & 0xFC | 0x02, b, c, d, e, f]
}

/// Differs from start to start, so that the broker does not take a new connection for the old one.
pub fn random(rng: &mut Rng<'static, RNG>) -> Random {
    Random::new(rng.next_u64())
}
