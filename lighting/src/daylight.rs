//! Daylight from what a sensor sees: the light there less what the lamps add, and what the lamps add,
//! learnt from what their own movements change.
//!
//! Lamps that add another amount than one thinks look like daylight that comes and goes with them. Why the
//! loop cannot swing all the same: docs/adr/0023.
//!
//! | type | what it holds |
//! |---|---|
//! | [`Daylight`] | light without the lamps, smoothed against the sensor's noise |
//! | [`Effect`] | what lamps add, as a share of what was configured or calibrated |

/// Noise of a sensor and of a sky that counts as steady, ‰ of what is seen to either side: a VEML7700
/// scatters by 1 %, flicker and people who pass make it 2 %.
const NOISE_PM: u32 = 20;

/// … and at least, lx: resolution of cheap sensors.
const NOISE_LX_MIN: u32 = 1;

/// Looks over which noise is averaged: ±2 % become ±0.6 %.
const LOOKS_MAX: u8 = 8;

/// Looks over which it is judged how fast it gets darker.
const FALL_LOOKS: i32 = 8;

/// Fractions of a lux that are kept.
const FINE: u32 = 16;

/// Lamps add at least and at most so much of what was thought, ‰: new for old is 1.25 (GB 7793-2010,
/// maintenance factor 0.8); beyond a factor of four somebody has typed another number.
const EFFECT_PM: core::ops::RangeInclusive<u32> = 250..=4_000;

/// Samples after which an effect is known about as well as it ever will be.
pub const SAMPLES_KNOWN: u8 = 8;

/// The gain of the loop with lamps that are known, %: they may be wrong by a third then.
pub const KNOWN_GAIN_PCT: u8 = 75;

/// One sample moves what is known by this at most, ‰.
const STEP_PM_MAX: u32 = 100;

/// A reading of a steady light is off by this at most, lx.
pub const fn noise_lx(seen_lx: u32) -> u32 {
    let share = (seen_lx as u64 * NOISE_PM as u64 / 1000) as u32;
    if share < NOISE_LX_MIN { NOISE_LX_MIN } else { share }
}

/// Light without the lamps at one sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Daylight {
    /// In 16ths of a lux.
    fine: u32,
    /// Looks that it is the mean of, [`LOOKS_MAX`] at most.
    looks: u8,
    /// The last look lay above it by more than noise (1), below (-1), or neither.
    side: i8,
    /// The last look, and by how much it gets darker from look to look, in 16ths of a lux.
    last: u32,
    fall: i32,
    /// What the lamps added to it, lx.
    lamps_lx: u32,
}

impl Daylight {
    /// As first seen: `seen_lx` at the sensor, of which the lamps make `lamps_lx`.
    pub const fn new(seen_lx: u32, lamps_lx: u32) -> Self {
        let fine = seen_lx.saturating_sub(lamps_lx).saturating_mul(FINE);
        Self { fine, looks: 1, side: 0, last: fine, fall: 0, lamps_lx }
    }

    /// Takes another look.
    #[must_use]
    pub fn look(mut self, seen_lx: u32, lamps_lx: u32) -> Self {
        let now = Self::new(seen_lx, lamps_lx).fine;
        let off = now.abs_diff(self.fine);
        let noise = noise_lx(seen_lx).saturating_mul(FINE);
        // Differences of noise cancel out from look to look, those of dusk add up; one cloud is no dusk.
        let most = i64::from(noise) * 2;
        let drop = (i64::from(self.last) - i64::from(now)).clamp(-most, most) as i32;
        // What does not add up after a large movement may be the lamps.
        if self.lamps_lx.abs_diff(lamps_lx) <= 4 * noise_lx(seen_lx) {
            self.fall += (drop - self.fall) / FALL_LOOKS;
        }
        (self.last, self.lamps_lx) = (now, lamps_lx);
        let side = match now > self.fine {
            _ if off <= noise + noise / 2 => 0,
            true => 1,
            false => -1,
        };
        // More than noise can do, or twice on one side: the sky has changed.
        if off > 2 * noise || (side != 0 && side == self.side) {
            return Self { fine: now, looks: 1, side, ..self };
        }
        self.side = side;
        self.looks = (self.looks + 1).min(LOOKS_MAX);
        let part = off / u32::from(self.looks);
        self.fine = if now > self.fine { self.fine + part } else { self.fine - part };
        self
    }

    /// In lx, rounded.
    pub const fn lx(&self) -> u32 {
        (self.fine + FINE / 2) / FINE
    }

    /// What will be left of it when lamps that are told now have arrived and are looked at again, lx: at
    /// dusk less than now.
    pub const fn ahead_lx(&self) -> u32 {
        let lx = self.lx();
        if self.falls() { lx.saturating_sub(self.fall.unsigned_abs() * 3 / 2 / FINE) } else { lx }
    }

    /// Whether it gets darker, look by look: lamps that come down now would soon have to turn back.
    pub const fn falls(&self) -> bool {
        // Slower than that it is noise, and the band has room for it.
        self.fall > 0 && self.fall.unsigned_abs() * 2 >= noise_lx(self.lx()) * FINE
    }
}

/// What lamps add, as a share of what was configured or calibrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Effect {
    /// In ‰.
    pub share_pm: u16,
    /// From how many movements that is known, [`SAMPLES_KNOWN`] at most.
    pub samples: u8,
}

impl Default for Effect {
    fn default() -> Self {
        Self { share_pm: 1_000, samples: 0 }
    }
}

impl Effect {
    /// Measured by a person: nothing to add.
    pub const CALIBRATED: Self = Self { share_pm: 1_000, samples: SAMPLES_KNOWN };

    /// What lamps add at full, lx, of which that was configured.
    pub const fn of(self, configured_lx: u32) -> u32 {
        let lx = (configured_lx as u64 * self.share_pm as u64 + 500) / 1000;
        if lx > u32::MAX as u64 { u32::MAX } else { lx as u32 }
    }

    /// Whether any movement was seen.
    pub const fn is_known(self) -> bool {
        self.samples > 0
    }

    /// Lamps moved, and the sensor saw `seen_lx` of the `expected_lx` that should have changed, both in
    /// the direction of the movement. The first sample is believed, later ones ever less, none by more
    /// than a tenth.
    pub fn learn(&mut self, seen_lx: i64, expected_lx: i64) {
        if expected_lx <= 0 {
            return;
        }
        let here = i64::from(self.share_pm);
        let told = (seen_lx.max(0) * here / expected_lx).min(i64::from(u16::MAX));
        let weight = i64::from(self.samples.min(SAMPLES_KNOWN - 1)) + 1;
        let step = (told - here) / weight;
        let most = here * i64::from(STEP_PM_MAX) / 1000;
        let step = if self.samples == 0 { step } else { step.clamp(-most, most) };
        self.set(here + step);
        self.samples = self.samples.saturating_add(1).min(SAMPLES_KNOWN);
    }

    /// Lamps that should add `lamps_lx` cannot add more than all that is seen. Before anything is known
    /// that is as good as a sample; later a look lowers what is known by a tenth at most: somebody may have
    /// covered the sensor.
    pub fn bound(&mut self, seen_lx: u32, lamps_lx: u32) {
        let most_lx = seen_lx.saturating_add(noise_lx(seen_lx));
        if lamps_lx <= most_lx {
            return;
        }
        if self.samples == 0 {
            return self.learn(i64::from(most_lx), i64::from(lamps_lx));
        }
        let here = i64::from(self.share_pm);
        let most = here * i64::from(STEP_PM_MAX) / 1000;
        let over = here - here * i64::from(most_lx) / i64::from(lamps_lx);
        self.set(here - (over / 2).min(most));
    }

    fn set(&mut self, share_pm: i64) {
        let (least, most) = (i64::from(*EFFECT_PM.start()), i64::from(*EFFECT_PM.end()));
        // Between 250 and 4000.
        self.share_pm = share_pm.clamp(least, most) as u16;
    }
}

#[cfg(test)]
mod tests;
