//! VEML7700, a light sensor (Vishay, document 84286, rev. 1.8; application note 84323).

use super::Part;
use crate::emulated::surroundings::Seen;

/// The only address (84286, "Slave address").
pub const ADDRESS: u8 = 0x10;

/// lx per count at gain 2 and 800 ms (84323, table "Resolution and maximum detection range").
const LX_PER_COUNT: f64 = 0.0042;
/// What register 7 of this address holds (84286, "ID").
const ID: u16 = 0xc481;
/// Above this, a low gain counts less than it should (84323, "Linearity").
const LINEAR_LX_MAX: f64 = 1_000.0;

/// The part.
pub struct Veml7700 {
    /// Registers 0 to 3: configuration, thresholds, power saving.
    registers: [u16; 4],
    pointer: u8,
    counts: u16,
    /// When the measurement under way ends, ms.
    done_ms: u64,
}

impl Default for Veml7700 {
    fn default() -> Self {
        // Shut down at power on (84286, table 1).
        Self { registers: [1, 0, 0, 0], pointer: 0, counts: 0, done_ms: 0 }
    }
}

impl Veml7700 {
    fn asleep(&self) -> bool {
        self.registers[0] & 1 == 1
    }

    fn integration_ms(&self) -> u64 {
        match self.registers[0] >> 6 & 0xf {
            0b1100 => 25,
            0b1000 => 50,
            0b0001 => 200,
            0b0010 => 400,
            0b0011 => 800,
            _ => 100,
        }
    }

    /// Gain, in eighths.
    fn gain_eighths(&self) -> f64 {
        match self.registers[0] >> 11 & 0b11 {
            0 => 8.0,
            1 => 16.0,
            2 => 1.0,
            _ => 2.0,
        }
    }

    fn pass(&mut self, now_ms: u64, seen: &Seen) {
        if self.asleep() || now_ms < self.done_ms {
            return;
        }
        let low_gain = self.gain_eighths() <= 2.0;
        let lx = if low_gain { uncorrected(seen.illuminance_lx) } else { seen.illuminance_lx };
        let per_count =
            LX_PER_COUNT * 16.0 / self.gain_eighths() * 800.0 / self.integration_ms() as f64;
        self.counts = (lx / per_count).round().clamp(0.0, f64::from(u16::MAX)) as u16;
        self.done_ms = now_ms + self.integration_ms();
    }
}

impl Part for Veml7700 {
    fn write(&mut self, bytes: &[u8], now_ms: u64, seen: &Seen) -> bool {
        self.pass(now_ms, seen);
        let Some(&pointer) = bytes.first() else { return true };
        self.pointer = pointer;
        if let [_, low, high] = *bytes
            && let Some(register) = self.registers.get_mut(usize::from(pointer))
        {
            *register = u16::from_le_bytes([low, high]);
            if pointer == 0 {
                self.done_ms = now_ms + self.integration_ms();
            }
        }
        true
    }

    fn read(&mut self, len: usize, now_ms: u64, seen: &Seen) -> Option<Vec<u8>> {
        self.pass(now_ms, seen);
        let value = match self.pointer {
            at @ 0..=3 => self.registers[usize::from(at)],
            // White light has its own sensitivity; nobody here reads it.
            4 | 5 => self.counts,
            7 => ID,
            _ => 0,
        };
        Some(value.to_le_bytes().into_iter().cycle().take(len).collect())
    }
}

/// What the part counts as, so that the correction of the application note gives `lx` again.
fn uncorrected(lx: f64) -> f64 {
    // 84323: y = 6.0135E-13 x⁴ − 9.3924E-09 x³ + 8.1488E-05 x² + 1.0023 x, which only grows.
    let corrected = |x: f64| (((6.0135e-13 * x - 9.3924e-9) * x + 8.1488e-5) * x + 1.0023) * x;
    if lx <= LINEAR_LX_MAX {
        return lx;
    }
    let (mut low, mut high) = (0.0, lx);
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if corrected(middle) < lx { low = middle } else { high = middle }
    }
    // Drivers correct from what was counted: a count below the limit is taken as it is.
    if low > LINEAR_LX_MAX { low } else { LINEAR_LX_MAX }
}
