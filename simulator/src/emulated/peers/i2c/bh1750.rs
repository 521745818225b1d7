//! BH1750FVI, a light sensor (ROHM, Technical Note 11046EDT01, 2011.11).

use super::Part;
use crate::emulated::surroundings::Seen;

/// ADDR pin low (page 10).
pub const ADDRESS: u8 = 0x23;

/// Counts per lux at the default measurement time (page 11: divide by 1.2).
const COUNTS_PER_LX: f64 = 1.2;
/// The default of the measurement time register (page 5).
const TIME_DEFAULT: u8 = 69;

/// The part.
pub struct Bh1750 {
    powered: bool,
    measuring: Option<Mode>,
    /// When the measurement under way ends, ms.
    done_ms: u64,
    time: u8,
    counts: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Mode {
    once: bool,
    /// Half a lux per count: twice the counts.
    fine: bool,
    /// Typical time at the default register, ms (page 2).
    takes_ms: u64,
}

impl Default for Bh1750 {
    fn default() -> Self {
        Self { powered: false, measuring: None, done_ms: 0, time: TIME_DEFAULT, counts: 0 }
    }
}

impl Bh1750 {
    fn start(&mut self, command: u8, now_ms: u64) {
        let mode = Mode {
            once: command & 0xf0 == 0x20,
            fine: command & 0x0f == 0x01,
            takes_ms: if command & 0x0f == 0x03 { 16 } else { 120 },
        };
        self.powered = true;
        self.measuring = Some(mode);
        self.done_ms = now_ms + self.takes_ms(mode);
    }

    fn takes_ms(&self, mode: Mode) -> u64 {
        mode.takes_ms * u64::from(self.time) / u64::from(TIME_DEFAULT)
    }

    /// A measurement that has ended fills the register; a single one powers the part down.
    fn pass(&mut self, now_ms: u64, seen: &Seen) {
        let Some(mode) = self.measuring.filter(|_| now_ms >= self.done_ms) else { return };
        let times = f64::from(self.time) / f64::from(TIME_DEFAULT);
        let counts =
            seen.illuminance_lx * COUNTS_PER_LX * times * if mode.fine { 2.0 } else { 1.0 };
        self.counts = counts.round().clamp(0.0, f64::from(u16::MAX)) as u16;
        if mode.once {
            (self.powered, self.measuring) = (false, None);
        } else {
            self.done_ms = now_ms + self.takes_ms(mode);
        }
    }
}

impl Part for Bh1750 {
    fn write(&mut self, bytes: &[u8], now_ms: u64, seen: &Seen) -> bool {
        self.pass(now_ms, seen);
        for &command in bytes {
            // The instruction set of page 5.
            match command {
                0x00 => (self.powered, self.measuring) = (false, None),
                0x01 => self.powered = true,
                // Reset clears the register, and is not accepted in power down.
                0x07 if self.powered => self.counts = 0,
                0x10 | 0x11 | 0x13 | 0x20 | 0x21 | 0x23 => self.start(command, now_ms),
                0x40..=0x47 => self.time = self.time & 0x1f | (command & 0x07) << 5,
                0x60..=0x7f => self.time = self.time & 0xe0 | command & 0x1f,
                _ => {}
            }
        }
        true
    }

    fn read(&mut self, len: usize, now_ms: u64, seen: &Seen) -> Option<Vec<u8>> {
        self.pass(now_ms, seen);
        Some(self.counts.to_be_bytes().into_iter().cycle().take(len).collect())
    }
}
