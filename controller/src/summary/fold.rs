//! Slots of a stream to its local day.

use super::{Values, permille};

/// A day in the making: slot after slot, in any order.
#[derive(Clone, Copy, Debug, Default)]
pub struct DayFold {
    sums: Values,
    light: (i64, i64),
    air: (i64, i64),
    complete: i64,
    estimated_rows: i64,
    rows: i64,
}

impl DayFold {
    /// One more slot.
    pub fn add(&mut self, slot: &Values) {
        let sums = &mut self.sums;
        for (sum, part) in [
            (&mut sums.energy_wh, slot.energy_wh),
            (&mut sums.lighting_wh, slot.lighting_wh),
            (&mut sums.occupied_s, slot.occupied_s),
            (&mut sums.lit_empty_s, slot.lit_empty_s),
            (&mut sums.occupied_dark_s, slot.occupied_dark_s),
        ] {
            *sum = match (*sum, part) {
                (Some(a), Some(b)) => Some(a.saturating_add(b)),
                (a, b) => a.or(b),
            };
        }
        sums.peak_w = sums.peak_w.max(slot.peak_w);
        sums.estimated_wh = sums.estimated_wh.saturating_add(slot.estimated_wh);
        sums.gross_wh = sums.gross_wh.saturating_add(slot.gross_wh);
        for (mean, value) in [(&mut self.light, slot.illuminance_lx), (&mut self.air, slot.co2_ppm)]
        {
            if let Some(value) = value {
                *mean = (mean.0.saturating_add(value), mean.1 + 1);
            }
        }
        self.complete += slot.complete_permille;
        if slot.energy_wh.is_some() {
            self.rows += 1;
            self.estimated_rows += i64::from(slot.estimated_permille > 0);
        }
    }

    /// The day, of which so many slots were expected.
    pub fn finish(self, slots: i64) -> Values {
        let mean =
            |(sum, count): (i64, i64)| (count > 0).then(|| (sum + count / 2).div_euclid(count));
        let by_rows = permille(self.estimated_rows, self.rows, 0);
        let Values { estimated_wh, gross_wh, .. } = self.sums;
        Values {
            illuminance_lx: mean(self.light),
            co2_ppm: mean(self.air),
            complete_permille: permille(self.complete, slots.saturating_mul(1000), 0),
            estimated_permille: permille(estimated_wh, gross_wh, by_rows),
            ..self.sums
        }
    }
}
