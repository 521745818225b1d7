//! Fade times and fade rates: the sixteen steps gear knows (IEC 62386-102, tables "fade time" and "fade rate").

/// T = 0.5 · √(2ⁿ) s; 0 is at once, as long as nobody has set an extended fade time.
const FADE_TIME_MS: [u32; 16] = [
    0, 707, 1000, 1414, 2000, 2828, 4000, 5657, 8000, 11_314, 16_000, 22_627, 32_000, 45_255,
    64_000, 90_510,
];

/// 506 / √(2ⁿ) arc levels per second; there is no rate 0.
const FADE_RATE_MILLI_PER_S: [u32; 16] = [
    0, 357_796, 253_000, 178_898, 126_500, 89_449, 63_250, 44_725, 31_625, 22_362, 15_813, 11_181,
    7906, 5591, 3953, 2795,
];

/// One of the sixteen fade times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FadeTime(u8);

/// One of the fifteen fade rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FadeRate(u8);

impl FadeTime {
    /// At once: 0.
    pub const NONE: Self = Self(0);

    /// By its number, 0..=15.
    pub const fn new(number: u8) -> Option<Self> {
        if number < 16 { Some(Self(number)) } else { None }
    }

    /// The shortest that is not shorter than asked. 0 is at once; above 90.5 s it is 90.5 s.
    pub fn at_least(ms: u32) -> Self {
        let number = FADE_TIME_MS.iter().position(|&step_ms| step_ms >= ms);
        // At most 15, as the table has sixteen places.
        Self(number.unwrap_or(15) as u8)
    }

    /// Its number, 0..=15.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// How long it takes, in ms, to 1 ms.
    pub const fn ms(self) -> u32 {
        FADE_TIME_MS[self.0 as usize]
    }
}

impl FadeRate {
    /// What gear has from the factory: 45 levels per second.
    pub const FACTORY: Self = Self(7);

    /// By its number, 1..=15.
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number < 16 { Some(Self(number)) } else { None }
    }

    /// Its number, 1..=15.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Thousandths of an arc level per second.
    pub const fn milli_per_s(self) -> u32 {
        FADE_RATE_MILLI_PER_S[self.0 as usize]
    }

    /// Arc levels that one UP or DOWN moves: 200 ms of the rate, one at least.
    pub fn step(self) -> u8 {
        // At most 72: 358 per second for 0.2 s.
        ((self.milli_per_s() + 2500) / 5000).clamp(1, 254) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_rates_follow_their_formulas() {
        for n in 1..16u8 {
            let root = 2f64.powf(f64::from(n) / 2.0);
            let ms = f64::from(FadeTime::new(n).unwrap().ms());
            assert!((ms - 500.0 * root).abs() <= 0.5, "fade time {n}: {ms}");
            let rate = f64::from(FadeRate::new(n).unwrap().milli_per_s());
            assert!((rate - 506_000.0 / root).abs() <= 0.51, "fade rate {n}: {rate}");
        }
    }

    #[test]
    fn a_fade_is_never_shorter_than_asked_while_there_is_a_longer_one() {
        for (asked_ms, number) in
            [(0, 0), (1, 1), (707, 1), (708, 2), (2000, 4), (2001, 5), (90_510, 15), (u32::MAX, 15)]
        {
            assert_eq!(FadeTime::at_least(asked_ms).number(), number, "{asked_ms} ms");
        }
    }
}
