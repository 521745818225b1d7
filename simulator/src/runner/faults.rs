//! What goes wrong between a node and its broker, by chance that repeats.

use crate::seeded::Seeded;

/// Probabilities per frame, 0 to 1. Hellos and what comes down are left alone: their loss is what
/// cutting a connection is for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// The frame never leaves.
    pub lose: f64,
    /// The frame leaves twice.
    pub duplicate: f64,
    /// The frame leaves late, so that others overtake it.
    pub hold: f64,
    /// How late at most, in campus ms.
    pub hold_ms_max: u32,
}

impl Faults {
    /// When copies of a frame leave: delays in campus ms, none for a lost one.
    pub fn delays_ms(&self, chance: &mut Seeded) -> Vec<i64> {
        if chance.chance(self.lose) {
            return Vec::new();
        }
        let copies = 1 + usize::from(chance.chance(self.duplicate));
        let mut delay = || {
            let held = chance.chance(self.hold);
            if held { chance.between(0, i64::from(self.hold_ms_max)) } else { 0 }
        };
        (0..copies).map(|_| delay()).collect()
    }
}
