//! SCD41, a CO₂ sensor (Sensirion, SCD4x datasheet): command by command.

use super::{Part, crc8, word};
use crate::emulated::surroundings::Seen;

/// The only address ("Interface specifications").
pub const ADDRESS: u8 = 0x62;

/// Signal update intervals, ms (`start_periodic_measurement`, and its low-power sister).
const PERIOD_MS: u64 = 5_000;
const LOW_POWER_PERIOD_MS: u64 = 30_000;

const SERIAL: [u16; 3] = [0xf896, 0x9f07, 0x3bbe];
/// What the datasheet gives as default of each setting.
const SETTINGS: Settings = Settings {
    offset: 1_498,
    altitude_m: 0,
    pressure: 1_013,
    calibrates: 1,
    target_ppm: 400,
    first_h: 44,
    later_h: 156,
};

/// The part.
pub struct Scd41 {
    measuring: Measuring,
    /// Set aside from its EEPROM at the start, and by `reinit`.
    settings: Settings,
    kept: Settings,
    /// Deaf until then, ms.
    busy_ms: u64,
    measured: Option<[u16; 3]>,
    answer: Option<Vec<u16>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Measuring {
    Asleep,
    Idle,
    /// The next measurement ends at `next_ms`.
    Every {
        period_ms: u64,
        next_ms: u64,
    },
    Once {
        done_ms: u64,
        with_co2: bool,
    },
}

#[derive(Clone, Copy)]
struct Settings {
    offset: u16,
    altitude_m: u16,
    pressure: u16,
    calibrates: u16,
    target_ppm: u16,
    first_h: u16,
    later_h: u16,
}

impl Default for Scd41 {
    fn default() -> Self {
        Self {
            measuring: Measuring::Idle,
            settings: SETTINGS,
            kept: SETTINGS,
            busy_ms: 0,
            measured: None,
            answer: None,
        }
    }
}

impl Scd41 {
    fn pass(&mut self, now_ms: u64, seen: &Seen) {
        match &mut self.measuring {
            Measuring::Every { period_ms, next_ms } if now_ms >= *next_ms => {
                *next_ms += (now_ms - *next_ms) / *period_ms * *period_ms + *period_ms;
                self.measured = Some(ticks(seen, true));
            }
            Measuring::Once { done_ms, with_co2 } if now_ms >= *done_ms => {
                self.measured = Some(ticks(seen, *with_co2));
                self.measuring = Measuring::Idle;
            }
            _ => {}
        }
    }

    /// Commands without an argument, as the command overview lists them; `None` refuses.
    fn command(&mut self, command: u16, now_ms: u64) -> Option<()> {
        let running = matches!(self.measuring, Measuring::Every { .. });
        match command {
            0xec05 => self.answer = self.measured.take().map(Vec::from),
            // `get_data_ready_status`: the lower eleven bits are 0 when there is nothing to read.
            0xe4b8 => self.say(if self.measured.is_some() { 0x8006 } else { 0x8000 }),
            0xe000 => self.say(self.settings.pressure),
            0x202f => self.say(0x1440),
            0x3f86 => {
                (self.measuring, self.measured) = (Measuring::Idle, None);
                self.busy_ms = now_ms + 500;
            }
            // While it measures periodically it takes nothing else.
            _ if running => return None,
            0x21b1 => self.every(PERIOD_MS, now_ms),
            0x21ac => self.every(LOW_POWER_PERIOD_MS, now_ms),
            0x219d => self.once(5_000, true, now_ms),
            0x2196 => self.once(50, false, now_ms),
            0x3682 => self.answer = Some(SERIAL.to_vec()),
            0x3639 => {
                self.say(0);
                self.busy_ms = now_ms + 10_000;
            }
            0x3615 => {
                self.kept = self.settings;
                self.busy_ms = now_ms + 800;
            }
            0x3632 => {
                (self.kept, self.settings) = (SETTINGS, SETTINGS);
                self.busy_ms = now_ms + 1_200;
            }
            0x3646 => {
                self.settings = self.kept;
                self.busy_ms = now_ms + 30;
            }
            0x36e0 => self.measuring = Measuring::Asleep,
            _ => {
                let setting = *self.setting(command, false)?;
                self.say(setting);
            }
        }
        Some(())
    }

    /// Where a command reads or sets; `None` for another command.
    fn setting(&mut self, command: u16, sets: bool) -> Option<&mut u16> {
        let settings = &mut self.settings;
        Some(match (sets, command) {
            (true, 0x241d) | (false, 0x2318) => &mut settings.offset,
            (true, 0x2427) | (false, 0x2322) => &mut settings.altitude_m,
            (true, 0xe000) => &mut settings.pressure,
            (true, 0x2416) | (false, 0x2313) => &mut settings.calibrates,
            (true, 0x243a) | (false, 0x233f) => &mut settings.target_ppm,
            (true, 0x2445) | (false, 0x2340) => &mut settings.first_h,
            (true, 0x244e) | (false, 0x234b) => &mut settings.later_h,
            _ => return None,
        })
    }

    fn say(&mut self, value: u16) {
        self.answer = Some(vec![value]);
    }

    fn every(&mut self, period_ms: u64, now_ms: u64) {
        self.measuring = Measuring::Every { period_ms, next_ms: now_ms + period_ms };
    }

    fn once(&mut self, takes_ms: u64, with_co2: bool, now_ms: u64) {
        self.measuring = Measuring::Once { done_ms: now_ms + takes_ms, with_co2 };
        self.busy_ms = now_ms + takes_ms;
    }
}

impl Part for Scd41 {
    fn write(&mut self, bytes: &[u8], now_ms: u64, seen: &Seen) -> bool {
        self.pass(now_ms, seen);
        self.answer = None;
        match *bytes {
            // `wake_up`: a sleeping part wakes up and does not acknowledge that.
            [0x36, 0xf6] if self.measuring == Measuring::Asleep => {
                self.measuring = Measuring::Idle;
                self.busy_ms = now_ms + 30;
                false
            }
            _ if self.measuring == Measuring::Asleep || now_ms < self.busy_ms => false,
            [high, low] => self.command(u16::from_be_bytes([high, low]), now_ms).is_some(),
            [high, low, a, b, crc] if crc == crc8(&[a, b]) => {
                let (command, value) =
                    (u16::from_be_bytes([high, low]), u16::from_be_bytes([a, b]));
                let running = matches!(self.measuring, Measuring::Every { .. });
                match command {
                    // Forced recalibration answers the correction, as an offset from 0x8000; here the air is as said.
                    0x362f if !running => {
                        self.say(0x8000);
                        self.busy_ms = now_ms + 400;
                        true
                    }
                    _ if command == 0xe000 || !running => {
                        self.setting(command, true).map(|setting| *setting = value).is_some()
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Refused when there is nothing to say (`read_measurement`) and while a command is at work.
    fn read(&mut self, len: usize, now_ms: u64, seen: &Seen) -> Option<Vec<u8>> {
        self.pass(now_ms, seen);
        let answer = self.answer.take_if(|_| now_ms >= self.busy_ms)?;
        let bytes = answer.into_iter().flat_map(word).chain(std::iter::repeat(0xff));
        Some(bytes.take(len).collect())
    }
}

/// `read_measurement`: CO₂ in ppm, T = −45 + 175 w / (2¹⁶ − 1), RH = 100 w / (2¹⁶ − 1).
fn ticks(seen: &Seen, with_co2: bool) -> [u16; 3] {
    let word = |value: f64| value.round().clamp(0.0, 65_535.0) as u16;
    [
        if with_co2 { word(seen.co2_ppm) } else { 0 },
        word((seen.temperature_c + 45.0) / 175.0 * 65_535.0),
        word(seen.humidity_pct / 100.0 * 65_535.0),
    ]
}
