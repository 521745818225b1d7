//! Light to control voltage: what a gear makes of its volts, as a table.

/// Points of light (1/100 %) and control voltage (mV), both rising; straight between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Curve(&'static [(u16, u16)]);

/// 1–10 V as most gears have it: 10 % of light at 1 V, in proportion up to 10 V. IEC 60929, annex E,
/// fixes the ends of the voltage; the light at 1 V is the gear's own, 10 % unless it says less.
pub const LINEAR_1_10_V: Curve = Curve(&[(1_000, 1_000), (10_000, 10_000)]);

/// 0–10 V gears that dim to 1 % and are dark below 1 V (ANSI C137.1: full at 9 V, lowest at 1 V).
pub const LINEAR_0_10_V: Curve = Curve(&[(100, 1_000), (10_000, 9_000)]);

/// Pulse width on an LED driver without a threshold: light in proportion to duty.
pub const PULSE_WIDTH: Curve = Curve(&[(100, 100), (10_000, 10_000)]);

/// Why a table is no curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadCurve {
    /// Fewer than two points.
    TooShort,
    /// Light or voltage does not rise from one to the next.
    NotRising,
    /// It does not end at 100 %.
    NotFull,
}

impl Curve {
    /// A gear's own curve.
    ///
    /// # Errors
    /// See [`BadCurve`].
    pub const fn new(points: &'static [(u16, u16)]) -> Result<Self, BadCurve> {
        if points.len() < 2 {
            return Err(BadCurve::TooShort);
        }
        let mut at = 1;
        while at < points.len() {
            if points[at].0 <= points[at - 1].0 || points[at].1 <= points[at - 1].1 {
                return Err(BadCurve::NotRising);
            }
            at += 1;
        }
        if points[points.len() - 1].0 != 10_000 {
            return Err(BadCurve::NotFull);
        }
        Ok(Self(points))
    }

    /// Volts for `light_e2` (1/100 %), mV; the lowest below the first point.
    pub fn millivolts(&self, light_e2: u16) -> u16 {
        let mut below = (self.lowest_e2(), self.lowest_mv());
        for above in self.0 {
            if light_e2 <= above.0 {
                return between(below, *above, light_e2);
            }
            below = *above;
        }
        below.1
    }

    /// The lowest light, 1/100 %.
    pub fn lowest_e2(&self) -> u16 {
        self.0.first().map_or(0, |point| point.0)
    }

    /// Its voltage, mV.
    pub fn lowest_mv(&self) -> u16 {
        self.0.first().map_or(0, |point| point.1)
    }
}

fn between(below: (u16, u16), above: (u16, u16), light_e2: u16) -> u16 {
    let (x, span) = (light_e2.saturating_sub(below.0), above.0.saturating_sub(below.0));
    if span == 0 {
        return above.1;
    }
    let rise = u32::from(above.1.saturating_sub(below.1)) * u32::from(x);
    below.1 + ((rise + u32::from(span) / 2) / u32::from(span)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_points_it_is_straight_and_below_the_first_the_lowest() {
        assert_eq!(LINEAR_1_10_V.millivolts(0), 1_000);
        assert_eq!(LINEAR_1_10_V.millivolts(1_000), 1_000);
        assert_eq!(LINEAR_1_10_V.millivolts(5_500), 5_500);
        assert_eq!(LINEAR_1_10_V.millivolts(10_000), 10_000);
        assert_eq!(LINEAR_1_10_V.millivolts(u16::MAX), 10_000);
        assert_eq!(LINEAR_0_10_V.millivolts(5_050), 5_000);
    }

    #[test]
    fn a_table_that_falls_or_stops_early_is_refused() {
        assert_eq!(Curve::new(&[(0, 0)]), Err(BadCurve::TooShort));
        assert_eq!(Curve::new(&[(0, 0), (0, 10), (10_000, 20)]), Err(BadCurve::NotRising));
        assert_eq!(Curve::new(&[(0, 10), (10_000, 10)]), Err(BadCurve::NotRising));
        assert_eq!(Curve::new(&[(0, 0), (9_999, 10)]), Err(BadCurve::NotFull));
        for curve in [LINEAR_0_10_V, LINEAR_1_10_V, PULSE_WIDTH] {
            assert_eq!(Curve::new(curve.0), Ok(curve));
        }
    }

    #[test]
    fn more_light_never_takes_less_voltage() {
        for curve in [LINEAR_0_10_V, LINEAR_1_10_V, PULSE_WIDTH] {
            let volts: Vec<u16> = (0..=10_000).map(|light| curve.millivolts(light)).collect();
            assert!(volts.is_sorted());
        }
    }
}
