//! SHT40, temperature and humidity (Sensirion, SHT4x datasheet).

use super::{Part, word};
use crate::emulated::surroundings::Seen;

/// SHT40-AD1B (table "Product overview").
pub const ADDRESS: u8 = 0x44;

const SERIAL: [u16; 2] = [0x0fce, 0x4d05];

/// The part.
#[derive(Default)]
pub struct Sht40 {
    /// What the next read gives, and from when on, ms.
    waiting: Option<(u64, [u16; 2])>,
}

impl Part for Sht40 {
    fn write(&mut self, bytes: &[u8], now_ms: u64, seen: &Seen) -> bool {
        // "Conversion of signal output": T = −45 + 175 St / (2¹⁶ − 1); RH = −6 + 125 Srh / (2¹⁶ − 1).
        let ticks = |share: f64| (share * 65_535.0).round().clamp(0.0, 65_535.0) as u16;
        let measured =
            [ticks((seen.temperature_c + 45.0) / 175.0), ticks((seen.humidity_pct + 6.0) / 125.0)];
        // Typical times of the timing table, in whole ms, and the command overview.
        let (takes_ms, words) = match bytes {
            [0xfd] => (6, measured),
            [0xf6] => (3, measured),
            [0xe0] => (1, measured),
            [0x39 | 0x2f | 0x1e] => (1_000, measured),
            [0x32 | 0x24 | 0x15] => (100, measured),
            [0x89] => (0, SERIAL),
            [0x94] => {
                self.waiting = None;
                return true;
            }
            _ => return false,
        };
        self.waiting = Some((now_ms + takes_ms, words));
        true
    }

    /// Refused until the measurement has ended, and when nothing was asked for.
    fn read(&mut self, len: usize, now_ms: u64, _: &Seen) -> Option<Vec<u8>> {
        let (_, words) = self.waiting.take_if(|(from_ms, _)| now_ms >= *from_ms)?;
        let bytes = words.into_iter().flat_map(word).chain(std::iter::repeat(0xff));
        Some(bytes.take(len).collect())
    }
}
