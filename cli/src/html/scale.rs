//! An axis with round ticks.

/// Ticks of an axis from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Distance of two ticks.
    pub step: f64,
    /// How many steps; the axis ends at `step * steps`.
    pub steps: usize,
}

impl Axis {
    /// The axis that reaches `most` in about four steps of 1, 2 or 5 times a power of ten.
    pub fn to(most: f64) -> Self {
        // Nothing measured still needs an axis.
        let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
        let rough = most / 4.0;
        let ten = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|round| round * ten)
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(10.0 * ten);
        // At most eight by the choice of the step.
        let steps = (most / step - 1e-9).ceil().max(1.0) as usize;
        Self { step, steps }
    }

    /// Where it ends.
    pub fn end(&self) -> f64 {
        self.step * self.steps as f64
    }

    /// Its ticks with their numbers.
    pub fn ticks(&self) -> impl Iterator<Item = (f64, String)> + '_ {
        // As many decimals as tell two ticks apart.
        let decimals = (-self.step.log10().floor()).max(0.0) as usize;
        (0..=self.steps).map(move |at| {
            let value = self.step * at as f64;
            (value, format!("{value:.decimals$}"))
        })
    }
}
