//! What tells this board from every other: an address for its network, a text for its USB port, a seed.

use core::fmt::Write;
use embassy_rp::clocks::RoscRng;
use embassy_rp::otp;
use heapless::String;

/// The number that the factory burnt into the processor. A board on which it cannot be read takes
/// a fixed one: alone on its network it works, and two of them are seen in the switch at once.
pub fn chip() -> u64 {
    otp::get_chipid().unwrap_or(0x00C0_FFEE)
}

/// A locally administered address (IEEE 802, bit 1 of the first byte), since the board comes without one.
pub fn mac(chip: u64) -> [u8; 6] {
    // All of the number takes part: its halves alone are not promised to differ between boards.
    let [_, _, a, b, c, d, e, f] = mixed(chip).to_be_bytes();
    [a & 0xFC | 0x02, b, c, d, e, f]
}

/// What the USB port is called by.
pub fn serial(chip: u64) -> String<16> {
    let mut text = String::new();
    // 16 digits fit into 16 bytes.
    let _ = write!(text, "{chip:016x}");
    text
}

/// Different at every start, so that the broker does not take a new connection for the old one.
/// The ring oscillator's bit is biased and slow to change: 512 of them are mixed into 64.
pub fn seed(chip: u64) -> u64 {
    (0..8).fold(chip, |seed, _| mixed(seed ^ RoscRng.next_u64()))
}

/// Spreads every bit over all (splitmix64, Steele and others 2014).
fn mixed(number: u64) -> u64 {
    let z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
