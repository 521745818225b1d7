//! Arc levels and the light they make: the logarithmic curve of IEC 62386-102.
//!
//! Light in percent = 10^((n − 1) / (253 / 3) − 1) for the levels n = 1..=254. Half the light is level 229.

/// What a lamp is told: 0 off, 1..=254 light. 255 is not a level on the wire, and not one here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

/// Light of every level in thousandths of a percent; made while compiling.
static LIGHT_MILLI_PCT: [u32; 255] = curve();

impl Level {
    /// No light.
    pub const OFF: Self = Self(0);
    /// The lowest there is, 0.1 % of light. Most gear stops above it.
    pub const LOWEST: Self = Self(1);
    /// All light.
    pub const FULL: Self = Self(254);

    /// By arc level; `None` for 255, which means "no change" on the wire.
    pub const fn new(arc: u8) -> Option<Self> {
        if arc < 255 { Some(Self(arc)) } else { None }
    }

    /// The level whose light is nearest to so many percent: off for 0 and for nothing else, full above 100.
    pub fn from_pct(pct: u8) -> Self {
        Self::from_milli_pct(u32::from(pct) * 1000)
    }

    /// The level whose light is nearest to so many thousandths of a percent.
    pub fn from_milli_pct(milli_pct: u32) -> Self {
        if milli_pct == 0 {
            return Self::OFF;
        }
        let above = LIGHT_MILLI_PCT.partition_point(|&light| light < milli_pct);
        let nearest = match above {
            0 | 1 => 1,
            255 => 254,
            _ => {
                let up = LIGHT_MILLI_PCT[above] - milli_pct;
                let down = milli_pct - LIGHT_MILLI_PCT[above - 1];
                if up <= down { above } else { above - 1 }
            }
        };
        // 1..=254 by the arms above.
        Self(nearest as u8)
    }

    /// The arc level, 0..=254.
    pub const fn arc(self) -> u8 {
        self.0
    }

    /// Its light in thousandths of a percent, 0..=100 000.
    pub fn milli_pct(self) -> u32 {
        LIGHT_MILLI_PCT[usize::from(self.0)]
    }

    /// Its light in percent, rounded; 0 for off and for nothing else.
    pub fn pct(self) -> u8 {
        if self == Self::OFF {
            return 0;
        }
        // At most 100.
        ((self.milli_pct() + 500) / 1000).max(1) as u8
    }
}

/// The curve in integers: from 0.1 % upwards, each level 10^(3/253) times the one before.
const fn curve() -> [u32; 255] {
    /// Places after the binary point. The error of 253 roundings is far below a thousandth of a percent.
    const PLACES: u32 = 40;
    /// 10^(3/253) = 1.027 679 533 455 985 8…, times 2^40.
    const RATIO: u128 = 1_129_945_596_662;
    let mut light = [0; 255];
    // 0.1 % is 100 thousandths of a percent.
    let mut exact: u128 = 100 << PLACES;
    let mut arc = 1;
    while arc < 255 {
        light[arc] = ((exact + (1 << (PLACES - 1))) >> PLACES) as u32;
        exact = (exact * RATIO) >> PLACES;
        arc += 1;
    }
    light
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Equal to three significant digits: less than half a unit of the third.
    #[track_caller]
    fn check_three_digits(what: u8, is: f64, should: f64) {
        let unit = 10f64.powf(should.log10().floor() - 2.0);
        assert!((is - should).abs() <= unit * 0.5, "level {what}: {is} is not {should}");
    }

    #[test]
    fn every_level_follows_the_formula_to_three_digits() {
        for arc in 1..=254u8 {
            let should = 10f64.powf((f64::from(arc) - 1.0) / (253.0 / 3.0) - 1.0);
            let is = f64::from(Level(arc).milli_pct()) / 1000.0;
            check_three_digits(arc, is, should);
        }
        assert_eq!(Level::FULL.milli_pct(), 100_000);
        assert_eq!(Level::OFF.milli_pct(), 0);
    }

    #[test]
    fn the_published_table_comes_out() {
        // Light in percent at these levels: IEC 62386-102, table of the curve, as makers print it.
        let table = [
            (1, 0.100),
            (85, 0.991),
            (126, 3.035),
            (170, 10.09),
            (195, 19.97),
            (210, 30.08),
            (220, 39.52),
            (228, 49.17),
            (235, 59.53),
            (241, 70.12),
            (246, 80.38),
            (250, 89.65),
            (254, 100.0),
        ];
        for (arc, pct) in table {
            check_three_digits(arc, f64::from(Level(arc).milli_pct()) / 1000.0, pct);
        }
    }

    #[test]
    fn tens_of_percent_are_the_levels_of_a_makers_table() {
        // Levels for 10, 20, … 100 %, from a maker's handbook. It says 228 (49.17 %) for 50 %, where 229
        // (50.53 %) is nearer; the others are the nearest.
        let table = [170, 195, 210, 220, 228, 235, 241, 246, 250, 254];
        for (tens, arc) in (1u8..).zip(table) {
            let ours = Level::from_pct(tens * 10).arc();
            let nearest = if arc == 228 { 229 } else { arc };
            assert_eq!(ours, nearest, "{} %", tens * 10);
        }
    }

    #[test]
    fn percent_is_off_for_nought_only_and_back_is_the_same() {
        assert_eq!(Level::from_pct(0), Level::OFF);
        for pct in 1..=u8::MAX {
            let level = Level::from_pct(pct);
            assert_ne!(level, Level::OFF);
            assert!(level.pct().abs_diff(pct.min(100)) <= 1, "{pct} % came back as {level:?}");
            // Gateways that the agent dims itself go to the same level: device-profiles/src/dali.rs.
            let decades = f64::from(pct.min(100)).log10() + 1.0;
            assert_eq!(level.arc(), (1.0 + decades * 253.0 / 3.0).round() as u8, "{pct} %");
        }
        for arc in 0..=254 {
            assert_eq!(Level::from_milli_pct(Level(arc).milli_pct()), Level(arc));
        }
        assert_eq!(Level::from_milli_pct(1), Level::LOWEST);
        assert_eq!(Level::LOWEST.pct(), 1);
    }
}
