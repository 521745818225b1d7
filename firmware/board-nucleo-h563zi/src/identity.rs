//! What tells this board from every other: an address for its network and a seed.

use embassy_stm32::peripherals::RNG;
use embassy_stm32::rng::Rng;
use embassy_stm32::uid;

/// A locally administered address (IEEE 802, bit 1 of the first byte): the board's own sticker is not
/// readable. Lot, wafer and position on it make up the number of the chip; all of it takes part.
pub fn mac() -> [u8; 6] {
    let fold = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
    // FNV-1a (Fowler, Noll, Vo), 64 bits.
    let [_, _, a, b, c, d, e, f] = uid::uid().iter().fold(0xCBF2_9CE4_8422_2325, fold).to_be_bytes();
    [a & 0xFC | 0x02, b, c, d, e, f]
}

/// Different at every start, so that the broker does not take a new connection for the old one.
pub fn seed(rng: &mut Rng<'static, RNG>) -> u64 {
    rng.next_u64()
}
