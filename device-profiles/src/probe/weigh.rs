//! What speaks for and against one trial, each kind of fact once: three phases at 230 V are no three
//! proofs.

use super::{Missing, Nameplate, Reason, Trial};
use crate::decode::{NoValue, Reading};
use crate::measure::{Dimension, Measure};
use crate::profile::{Evidence, Profile, Protocol};

/// Largest register that is believed, Wh: 10^9 kWh, more than a town uses in a year.
const ENERGY_WH_MAX: f64 = 1e12;

/// Largest current that is believed, A.
const CURRENT_A_MAX: f64 = 10_000.0;

/// Voltages of low-voltage grids, phase to neutral, V, when nobody says the nominal one.
const VOLTAGE_V: (f64, f64) = (85.0, 300.0);

/// Deviation from the nominal voltage, parts of it (EN 50160: 10 %, and a meter's own error).
const VOLTAGE_OFF_MAX: f64 = 0.15;

/// Below it a phase is not connected, V.
const DEAD_V: f64 = 1.0;

/// Below it power says nothing, VA.
const LOAD_VA_MIN: f64 = 20.0;

/// Tolerance between power and voltage × current: they are not measured in the same instant.
const POWER_OFF_MAX: f64 = 0.15;

/// Smallest power factor of what a school usually runs, where the meter does not say it.
const FACTOR_USUAL_MIN: f64 = 0.5;

/// The display was read a moment ago, and rounds: Wh, or parts of the value.
const SHOWN_WH_OFF: f64 = 1_000.0;
const SHOWN_OFF: f64 = 0.002;

/// What a trial's own readings say.
pub fn reasons(trial: &Trial<'_>, nameplate: &Nameplate) -> Vec<Reason> {
    let seen = Seen { trial, nameplate };
    let mut reasons = Vec::new();
    let answered = trial.readings.iter().filter(|(_, reading)| answers(reading)).count();
    if answered == 0 {
        return vec![Reason::NoAnswer];
    }
    let missing = trial.readings.len() - answered;
    reasons.extend(match missing {
        0 => None,
        _ if missing * 2 > trial.readings.len() => Some(Reason::MostMissing),
        _ => Some(Reason::RegistersMissing),
    });
    reasons.extend(seen.frequency());
    reasons.extend(seen.voltage());
    reasons.extend(seen.current());
    reasons.extend(seen.factor());
    reasons.extend(seen.power());
    reasons.extend(seen.energy());
    reasons.extend(seen.shown());
    if trial.order.is_some() {
        reasons.push(Reason::OtherOrder);
    }
    if trial.profile.protocol == Protocol::Dlt645 {
        reasons.push(Reason::ProtocolMatches);
    }
    if trial.profile.evidence == Evidence::Unverified {
        reasons.push(Reason::Unverified);
    }
    reasons
}

const fn answers(reading: &Result<Reading, Missing>) -> bool {
    !matches!(reading, Err(Missing::Silent | Missing::Refused))
}

/// A trial as it is looked at.
struct Seen<'t, 'p> {
    trial: &'t Trial<'p>,
    nameplate: &'t Nameplate,
}

impl Seen<'_, '_> {
    fn value(&self, measure: Measure) -> Option<f64> {
        let (_, reading) = self.trial.readings.iter().find(|(of, _)| *of == measure)?;
        Some(reading.as_ref().ok()?.value.as_f64())
    }

    /// Every value of a dimension that was read.
    fn values(&self, dimension: Dimension) -> Vec<f64> {
        let of = self.trial.readings.iter().filter(|(of, _)| of.dimension() == dimension);
        of.filter_map(|(_, reading)| Some(reading.as_ref().ok()?.value.as_f64())).collect()
    }

    /// Whether bytes of that dimension were no number, or the profile's own bounds do not hold.
    fn is_off(&self, dimension: Dimension) -> bool {
        let rubbish = |(of, reading): &(Measure, Result<Reading, Missing>)| {
            let bad = [NoValue::NotANumber, NoValue::OutOfRange, NoValue::Digits];
            let is = |reason| matches!(reading, Err(Missing::NoValue(it)) if *it == reason);
            of.dimension() == dimension && bad.into_iter().any(is)
        };
        let probes = self.trial.profile.probes.iter();
        let outside = |measure: Measure, min: i64, max: i64| {
            let value = self.value(measure).map(|value| value * 1000.0);
            value.is_some_and(|milli| milli < min as f64 || milli > max as f64)
        };
        self.trial.readings.iter().any(rubbish)
            || probes
                .filter(|probe| probe.measure.dimension() == dimension)
                .any(|probe| outside(probe.measure, probe.min_milli, probe.max_milli))
    }

    fn frequency(&self) -> Option<Reason> {
        if self.is_off(Dimension::Frequency) {
            return Some(Reason::FrequencyImplausible);
        }
        let frequency = self.value(Measure::Frequency)?;
        let plausible = (45.0..=65.0).contains(&frequency);
        Some(if plausible { Reason::FrequencyPlausible } else { Reason::FrequencyImplausible })
    }

    fn voltage(&self) -> Option<Reason> {
        if self.is_off(Dimension::Voltage) {
            return Some(Reason::VoltageImplausible);
        }
        let phases = self.phases([Measure::VoltageL1, Measure::VoltageL2, Measure::VoltageL3]);
        if phases.is_empty() {
            return None;
        }
        let (min, max) = self.nameplate.nominal_v.map_or(VOLTAGE_V, |nominal| {
            let nominal = f64::from(nominal);
            (nominal * (1.0 - VOLTAGE_OFF_MAX), nominal * (1.0 + VOLTAGE_OFF_MAX))
        });
        // A phase may be unconnected, but not all of them: the meter lives on one.
        let live: Vec<f64> = phases.into_iter().filter(|volts| volts.abs() >= DEAD_V).collect();
        let plausible = !live.is_empty() && live.iter().all(|volts| (min..=max).contains(volts));
        Some(if plausible { Reason::VoltagePlausible } else { Reason::VoltageImplausible })
    }

    fn phases(&self, measures: [Measure; 3]) -> Vec<f64> {
        measures.into_iter().filter_map(|measure| self.value(measure)).collect()
    }

    fn current(&self) -> Option<Reason> {
        let off = self.is_off(Dimension::Current)
            || self.values(Dimension::Current).iter().any(|amps| amps.abs() > CURRENT_A_MAX);
        off.then_some(Reason::CurrentImplausible)
    }

    fn factor(&self) -> Option<Reason> {
        // A meter's rounding may say 1.001.
        let off = self.is_off(Dimension::Ratio)
            || self.values(Dimension::Ratio).iter().any(|factor| factor.abs() > 1.01);
        off.then_some(Reason::FactorImplausible)
    }

    fn power(&self) -> Option<Reason> {
        if self.is_off(Dimension::Power) {
            return Some(Reason::PowerImplausible);
        }
        let power = self.value(Measure::Power)?;
        let volts = [Measure::VoltageL1, Measure::VoltageL2, Measure::VoltageL3];
        let amps = [Measure::CurrentL1, Measure::CurrentL2, Measure::CurrentL3];
        let phases = volts.into_iter().zip(amps).take(usize::from(self.trial.profile.phases));
        let mut apparent = 0.0;
        for (volts, amps) in phases {
            apparent += (self.value(volts)? * self.value(amps)?).abs();
        }
        let slack = POWER_OFF_MAX * apparent + LOAD_VA_MIN;
        if power.abs() > apparent + slack {
            return Some(Reason::PowerImplausible);
        }
        let fits = match self.value(Measure::PowerFactor) {
            Some(factor) => {
                (power.abs() - apparent * factor.abs()).abs() <= POWER_OFF_MAX * apparent
            }
            None => power.abs() >= FACTOR_USUAL_MIN * apparent,
        };
        (fits && apparent > LOAD_VA_MIN && power != 0.0).then_some(Reason::PowerFits)
    }

    fn energy(&self) -> Option<Reason> {
        let accounts = [Measure::EnergyImport, Measure::EnergyTotal];
        let registers: Vec<f64> = accounts.into_iter().filter_map(|it| self.value(it)).collect();
        let beyond = |wh: &f64| *wh < 0.0 || *wh > ENERGY_WH_MAX;
        if registers.iter().any(beyond) || self.is_off(Dimension::Energy) {
            return Some(Reason::EnergyImplausible);
        }
        if !registers.is_empty() && registers.iter().all(|wh| *wh < 1.0) {
            return Some(Reason::EnergyZero);
        }
        let absent = |it: Measure| {
            let of = self.trial.readings.iter().find(|(of, _)| *of == it);
            of.is_some_and(|(_, reading)| !answers(reading))
        };
        match registers.is_empty() {
            false => Some(Reason::EnergyPlausible),
            true => accounts.into_iter().any(absent).then_some(Reason::EnergyMissing),
        }
    }

    /// The display against the registers: one of them has to be on it.
    fn shown(&self) -> Option<Reason> {
        let shown = self.nameplate.shown_wh? as f64;
        let registers = self.values(Dimension::Energy);
        if registers.is_empty() {
            return None;
        }
        let near = |wh: &f64| (wh - shown).abs() <= SHOWN_WH_OFF.max(shown.abs() * SHOWN_OFF);
        Some(if registers.iter().any(near) { Reason::KwhMatches } else { Reason::KwhDiffers })
    }
}

/// How well the nameplate's text fits each profile that was tried.
pub struct Likeness {
    text: String,
    /// Its words that could be a model: four letters or more, one of them a digit.
    words: Vec<String>,
    /// Letters of the longest model of any trial that stands in it.
    best: usize,
}

impl Likeness {
    pub fn of(trials: &[Trial<'_>], nameplate: &Nameplate) -> Self {
        let text = letters(&nameplate.text);
        let best = trials.iter().map(|trial| named(trial.profile, &text)).max().unwrap_or(0);
        let mut words: Vec<String> = nameplate.text.split_whitespace().map(letters).collect();
        words.retain(|word| word.len() >= 4 && word.contains(|it: char| it.is_ascii_digit()));
        Self { text, words, best }
    }

    pub fn reasons(&self, profile: &Profile) -> impl Iterator<Item = Reason> {
        // `DTSU666` on the nameplate of a `DTSU666-20`.
        let part = |model: &String| {
            let model = letters(model);
            self.words.iter().any(|word| model.contains(word.as_str()))
        };
        let model = match (self.best, named(profile, &self.text)) {
            (best, own) if own > 0 && own == best => Some(Reason::ModelMatches),
            (_, own) if own > 0 => Some(Reason::ModelSimilar),
            _ if profile.models.iter().any(part) => Some(Reason::ModelSimilar),
            (0, _) => None,
            _ => Some(Reason::ModelDiffers),
        };
        let maker = self.text.contains(&letters(&profile.maker));
        model.into_iter().chain(maker.then_some(Reason::MakerMatches))
    }
}

/// Letters of the longest model of a profile that stands in the text; 0 when none does.
fn named(profile: &Profile, text: &str) -> usize {
    let models = profile.models.iter().map(|model| letters(model));
    models.filter(|model| text.contains(model)).map(|model| model.len()).max().unwrap_or(0)
}

/// Only what counts when a person copies a nameplate: `SDM-120 ct` is `SDM120CT`.
fn letters(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}
