//! Which model a device is likely to be: what it answered under each profile, weighed.
//!
//! Weights are tenths of powers of ten (decibans): +10 makes a guess ten times likelier. The guesses
//! for one address compete with each other and with "something else", so that two profiles which read
//! the same get half each, and say so.

mod weigh;

#[cfg(test)]
mod tests;

use crate::decode::{NoValue, Reading};
use crate::measure::Measure;
use crate::profile::{Order, Place, Profile, Protocol};

/// One profile tried on one address.
#[derive(Clone, Debug)]
pub struct Trial<'p> {
    /// The profile; with another order, that of [`Profile::with_order`] or the original.
    pub profile: &'p Profile,
    /// Which device; guesses for the same address compete.
    pub address: String,
    /// The order of words, when it was not the profile's own.
    pub order: Option<Order>,
    /// What was read of [`wanted`].
    pub readings: Vec<(Measure, Result<Reading, Missing>)>,
}

/// Why a value was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No answer at all.
    Silent,
    /// The device said that it has no such register.
    Refused,
    /// It answered with something that is no value.
    NoValue(NoValue),
}

/// What a person sees on the device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nameplate {
    /// Maker and model, as far as they can be read.
    pub text: String,
    /// Energy on the display, Wh.
    pub shown_wh: Option<i64>,
    /// Nominal voltage, phase to neutral, V.
    pub nominal_v: Option<u32>,
}

/// How likely a trial hit the right profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// Index into the trials.
    pub trial: usize,
    /// 0 to 99: nothing that is read makes certain.
    pub confidence_pct: u8,
    /// Why, what weighs most first.
    pub reasons: Vec<Reason>,
}

/// Writes [`Reason`] with codes and weights from one table.
macro_rules! reasons {
    ($($variant:ident, $code:literal, $weight:literal, $says:literal;)*) => {
        /// What speaks for or against a guess.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason {
            $(#[doc = $says] $variant,)*
        }

        impl Reason {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Stable, because people's languages hang on it.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// How much it speaks for the guess, decibans; negative: against it.
            pub const fn weight(self) -> i32 {
                match self { $(Self::$variant => $weight,)* }
            }
        }
    };
}

// Judged, not measured: what reads a wrong register by chance seldom lies between 45 and 65 Hz or near
// the nominal voltage; an energy register may be anything; the display is nearly a proof.
reasons! {
    KwhMatches, "kwh_matches", 20, "The energy register says what the display says.";
    KwhDiffers, "kwh_differs", -25, "It says something else.";
    ModelMatches, "model_matches", 12, "The model stands on the nameplate.";
    ModelSimilar, "model_similar", 3, "Only a part of it does, or another profile's model fits better.";
    ModelDiffers, "model_differs", -8, "The nameplate names the model of another profile.";
    MakerMatches, "maker_matches", 3, "The maker stands on the nameplate.";
    FrequencyPlausible, "frequency_plausible", 8, "The frequency is that of a grid.";
    FrequencyImplausible, "frequency_implausible", -15, "It is not.";
    VoltagePlausible, "voltage_plausible", 8, "The voltage is that of a grid.";
    VoltageImplausible, "voltage_implausible", -15, "It is not, or not the nameplate's.";
    EnergyPlausible, "energy_plausible", 4, "The energy register has counted.";
    EnergyZero, "energy_zero", -4, "The energy register is at zero.";
    EnergyImplausible, "energy_implausible", -15, "It is negative, more than a town uses, or beyond the profile's bounds.";
    EnergyMissing, "energy_missing", -12, "The energy register is not there.";
    PowerFits, "power_fits", 8, "Power is voltage times current times power factor.";
    PowerImplausible, "power_implausible", -15, "Power is more than voltage times current.";
    CurrentImplausible, "current_implausible", -15, "More current than a school's cable carries.";
    FactorImplausible, "power_factor_implausible", -12, "A power factor beyond 1.";
    ProtocolMatches, "protocol_matches", 8, "Whole DL/T 645 answers came, with their sums.";
    RegistersMissing, "registers_missing", -5, "Some of its registers are not there.";
    MostMissing, "most_missing", -15, "Most of its registers are not there.";
    NoAnswer, "no_answer", -60, "Nothing was answered.";
    OtherOrder, "other_order", -6, "The order of words is not the model's.";
    Unverified, "unverified", -2, "The profile itself is second-hand.";
    Twin, "twin", 0, "Another profile fits as well: only the nameplate tells.";
}

/// Before anything was read: some sixty profiles and orders against "something else".
const PRIOR: i32 = -12;

/// Two guesses are twins when neither is twice as likely as the other: 3 decibans.
const TWIN: i32 = 3;

/// Every trial with its confidence, the likeliest first.
pub fn rank(trials: &[Trial<'_>], nameplate: &Nameplate) -> Vec<Guess> {
    let likeness = weigh::Likeness::of(trials, nameplate);
    let mut weighed: Vec<(i32, Vec<Reason>)> = Vec::with_capacity(trials.len());
    for trial in trials {
        let mut reasons = weigh::reasons(trial, nameplate);
        reasons.extend(likeness.reasons(trial.profile));
        let weight = PRIOR + reasons.iter().map(|reason| reason.weight()).sum::<i32>();
        weighed.push((weight, reasons));
    }
    let mut guesses: Vec<(i32, Guess)> = Vec::with_capacity(trials.len());
    for (index, trial) in trials.iter().enumerate() {
        let rivals = || {
            let others = trials.iter().zip(&weighed).enumerate();
            others.filter(move |(_, (other, _))| other.address == trial.address)
        };
        let (weight, mut reasons) = weighed[index].clone();
        let twin = rivals().any(|(_, (other, (rival, _)))| {
            other.profile.id != trial.profile.id && (rival - weight).abs() < TWIN && weight > PRIOR
        });
        if twin {
            reasons.push(Reason::Twin);
        }
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.weight().abs()));
        let all: f64 = rivals().map(|(_, (_, (rival, _)))| odds(*rival)).sum();
        let confidence = 100.0 * odds(weight) / (1.0 + all);
        // Rounded down: 0 to 99, as the denominator has one more.
        let confidence_pct = (confidence as u8).min(99);
        guesses.push((weight, Guess { trial: index, confidence_pct, reasons }));
    }
    guesses.sort_by_key(|(weight, guess)| {
        (std::cmp::Reverse((guess.confidence_pct, *weight)), guess.trial)
    });
    guesses.into_iter().map(|(_, guess)| guess).collect()
}

fn odds(decibans: i32) -> f64 {
    10f64.powf(f64::from(decibans) / 10.0)
}

/// What to read of a device to find out whether it is this model.
pub fn wanted(profile: &Profile) -> Vec<Measure> {
    use Measure::{
        CurrentL1, CurrentL2, CurrentL3, EnergyImport, EnergyTotal, Frequency, Power, PowerFactor,
        VoltageL1, VoltageL2, VoltageL3,
    };
    let usual = [
        Frequency,
        VoltageL1,
        VoltageL2,
        VoltageL3,
        CurrentL1,
        CurrentL2,
        CurrentL3,
        Power,
        PowerFactor,
        EnergyImport,
        EnergyTotal,
    ];
    let probes = profile.probes.iter().map(|probe| probe.measure);
    let mut wanted: Vec<Measure> = probes.chain(usual).collect();
    wanted.retain(|measure| profile.register(*measure).is_some());
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// Orders that are worth a try besides the profile's own: none when no value has two words.
pub fn other_orders(profile: &Profile) -> Vec<Order> {
    if profile.protocol != Protocol::Modbus {
        return Vec::new();
    }
    let own: Vec<Order> = profile
        .registers
        .iter()
        .filter_map(|register| match register.place {
            Place::Modbus { kind, order, .. } if kind.words() > 1 => Some(order),
            _ => None,
        })
        .collect();
    let other = |order: &Order| !own.is_empty() && !own.contains(order);
    Order::ALL.iter().copied().filter(other).collect()
}
