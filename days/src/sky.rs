//! Daylight in the room: a real sky, or one that is made for a question.

use simulator::daylight::{Place, Side, sky};

/// What the windows give.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sky {
    /// Sun and clouds over Shanghai.
    Real {
        /// Of the clouds.
        seed: u64,
        /// Where the windows look.
        side: Side,
        /// Share of the sky's light that arrives.
        factor: f64,
    },
    /// The same all day, lx.
    Steady(u32),
    /// From one level to another, lx, and steady before and after.
    Ramp {
        /// Before, lx.
        from_lx: u32,
        /// After, lx.
        to_lx: u32,
        /// When it begins, ms UTC.
        at: i64,
        /// How long it takes, ms.
        ms: i64,
    },
}

const SHANGHAI: Place = Place { latitude: 31.2, longitude: 121.5 };

impl Sky {
    /// At the room's sensor, lx.
    pub fn lx(&self, t: i64) -> f64 {
        match *self {
            Self::Real { seed, side, factor } => sky(SHANGHAI, seed, t).inside_lx(side, factor),
            Self::Steady(lx) => f64::from(lx),
            Self::Ramp { from_lx, to_lx, at, ms } => {
                let done = ((t - at) as f64 / ms as f64).clamp(0.0, 1.0);
                f64::from(from_lx) + (f64::from(to_lx) - f64::from(from_lx)) * done
            }
        }
    }
}
