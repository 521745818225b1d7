//! What tells this board from every other: an address for its network, a text for its USB port, a seed.

use crate::Irqs;
use core::fmt::Write;
use embassy_rp::peripherals::TRNG;
use embassy_rp::trng::{Config, Trng};
use embassy_rp::{Peri, otp};
use heapless::String;
use shell::random::{Random, SEED_BYTES, spread};

/// The number that the factory burnt into the processor. A board on which it cannot be read takes
/// a fixed one: alone on its network it works, and two of them are seen in the switch at once.
pub fn chip() -> u64 {
    otp::get_chipid().unwrap_or(0x00C0_FFEE)
}

/// A locally administered address (IEEE 802, bit 1 of the first byte), since the board comes without one.
pub fn mac(chip: u64) -> [u8; 6] {
    // Mixed, because no part of the number alone is promised to differ between boards.
    let [_, _, a, b, c, d, e, f] = spread(chip).to_be_bytes();
    [a & 0xFC | 0x02, b, c, d, e, f]
}

/// What the USB port is called by.
pub fn serial(chip: u64) -> String<16> {
    let mut text = String::new();
    // 16 digits fit into 16 bytes.
    let _ = write!(text, "{chip:016x}");
    text
}

/// Keys of TLS come from it, and whatever has to differ from board to board and from start to start. The source is the
/// chip's, with health tests of its own (RP2350 datasheet, 12.12); one that never passes them is the watchdog's.
pub fn random(source: Peri<'static, TRNG>, chip: u64) -> Random {
    let mut seed = [0; SEED_BYTES];
    Trng::new(source, Irqs, Config::default()).blocking_fill_bytes(&mut seed);
    let mut random = Random::new(&seed);
    random.mix(&chip.to_le_bytes());
    random
}
