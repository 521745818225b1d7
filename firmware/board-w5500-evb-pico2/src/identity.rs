//! What tells this board from every other: an address for its network, a text for its USB port, a seed.

use core::fmt::Write;
use embassy_rp::clocks::RoscRng;
use embassy_rp::otp;
use heapless::String;
use shell::random::Random;

/// The number that the factory burnt into the processor. A board on which it cannot be read takes
/// a fixed one: alone on its network it works, and two of them are seen in the switch at once.
pub fn chip() -> u64 {
    otp::get_chipid().unwrap_or(0x00C0_FFEE)
}

/// A locally administered address (IEEE 802, bit 1 of the first byte), since the board comes without one.
pub fn mac(chip: u64) -> [u8; 6] {
    // Mixed, because no part of the number alone is promised to differ between boards.
    let [_, _, a, b, c, d, e, f] = Random::new(chip).next().to_be_bytes();
    [a & 0xFC | 0x02, b, c, d, e, f]
}

/// What the USB port is called by.
pub fn serial(chip: u64) -> String<16> {
    let mut text = String::new();
    // 16 digits fit into 16 bytes.
    let _ = write!(text, "{chip:016x}");
    text
}

/// Differs from board to board and from start to start, so that the broker does not take a new
/// connection for the old one. A bit of the ring oscillator is biased and slow to change (RP2350
/// datasheet, 8.3): 512 of them are mixed.
pub fn random(chip: u64) -> Random {
    let mut random = Random::new(chip);
    for _ in 0..8 {
        random.mix(RoscRng.next_u64());
    }
    random
}
