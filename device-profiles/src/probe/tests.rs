//! Simulated devices: each speaks the map of one profile, and all profiles are tried on it.

use super::{Guess, Missing, Nameplate, Reason, Trial, other_orders, rank, wanted};
use crate::decimal::Fraction;
use crate::profile::{Kind, Order, Place, Profile, Protocol, Register, WordType};
use crate::{Answer, Ask, Measure, Ratio, find, shipped};
use std::collections::BTreeMap;

/// Energy that every device has counted, Wh.
const COUNTED_WH: f64 = 12_345_600.0;

#[test]
fn every_meter_is_found_by_what_it_answers_and_its_nameplate() {
    for profile in meters() {
        let device = Device::of(profile, load);
        let nameplate = Nameplate {
            text: format!("{} {}", profile.maker, profile.models[0]),
            shown_wh: Some(COUNTED_WH as i64),
            nominal_v: Some(230),
        };
        let (best, _) = best(&device, &nameplate);
        assert_eq!(best.0, profile.id, "{best:?}");
        assert!(best.1 >= 80, "{}: {best:?}", profile.id);
    }
}

#[test]
fn the_maps_of_the_dtsu666_are_told_apart_by_plausibility() {
    let maps = ["chint-dtsu666", "chint-dtsu666-401e", "chint-dtsu666-sungrow"];
    for (id, unknown) in maps.iter().flat_map(|id| [(*id, None), (*id, Some(0))]) {
        let profile = find(id).expect("it is shipped");
        let nameplate = Nameplate {
            text: "CHINT DTSU666".into(),
            nominal_v: Some(230),
            ..Nameplate::default()
        };
        let device = Device { unknown, ..Device::of(profile, load) };
        let (best, guesses) = best(&device, &nameplate);
        let own = guesses.iter().find(|guess| guess.0 == id && guess.3.is_none());
        let rivals = guesses.iter().filter(|guess| maps.contains(&guess.0) && guess.0 != id);
        let strongest = rivals.map(|guess| guess.1).max();
        assert!(own.is_some_and(|own| own.1 >= 50), "{id}: {own:?}, best is {best:?}");
        assert!(strongest.is_some_and(|rival| rival <= 10), "{id}: a rival has {strongest:?} %");
    }
}

#[test]
fn the_same_bytes_in_another_order_of_words_are_hardly_believed() {
    for profile in meters() {
        let device = Device::of(profile, load);
        for order in other_orders(profile) {
            let turned = profile.with_order(order);
            let guesses = rank(
                &[trial(profile, None, &device), trial(&turned, Some(order), &device)],
                &Nameplate::default(),
            );
            let of = |index| guesses.iter().find(|guess: &&Guess| guess.trial == index);
            let (own, other) = (of(0).expect("it is ranked"), of(1).expect("it is ranked"));
            let pair = (own.confidence_pct, other.confidence_pct);
            // A map whose plausible values are single words differs in energy alone.
            assert!(pair.0 >= 3 * pair.1.max(1), "{} {order}: {pair:?} {other:?}", profile.id);
        }
    }
}

#[test]
fn a_device_set_to_another_order_is_found() {
    let profile = find("eastron-sdm120").expect("it is shipped");
    let device = Device::of(&profile.with_order(Order::Cdab), load);
    let nameplate = Nameplate { text: "Eastron SDM120".into(), ..Nameplate::default() };
    let (best, _) = best(&device, &nameplate);
    assert_eq!((best.0, best.3), ("eastron-sdm120", Some(Order::Cdab)));
    assert!(best.2.contains(&Reason::OtherOrder));
}

#[test]
fn models_with_one_map_are_twins_until_the_nameplate_speaks() {
    let device = Device::of(find("eastron-sdm120").expect("it is shipped"), load);
    let (unnamed, _) = best(&device, &Nameplate::default());
    assert!(unnamed.2.contains(&Reason::Twin), "{unnamed:?}");
    assert!(unnamed.1 <= 50, "{unnamed:?}");
    let plate = Nameplate { text: "EASTRON SDM-120 Modbus".into(), ..Nameplate::default() };
    let (named, _) = best(&device, &plate);
    assert_eq!(named.0, "eastron-sdm120");
    assert!(named.1 > 80 && named.2.contains(&Reason::ModelMatches), "{named:?}");
}

#[test]
fn the_display_decides_against_the_register_that_counts_something_else() {
    let profile = find("chint-dtsu666").expect("it is shipped");
    let device = Device::of(profile, load);
    let at = |shown_wh| {
        let plate = Nameplate { shown_wh: Some(shown_wh), ..Nameplate::default() };
        let guess = rank(&[trial(profile, None, &device)], &plate).remove(0);
        (guess.confidence_pct, guess.reasons[0])
    };
    assert_eq!(at(COUNTED_WH as i64 + 400), (99, Reason::KwhMatches));
    let (pct, reason) = at(1_000_000);
    assert!(pct < 20 && reason == Reason::KwhDiffers, "{pct} {reason:?}");
}

#[test]
fn what_does_not_answer_is_no_meter() {
    let profile = find("eastron-sdm630").expect("it is shipped");
    for missing in [Missing::Silent, Missing::Refused] {
        let readings = wanted(profile).into_iter().map(|it| (it, Err(missing))).collect();
        let trial = Trial { profile, address: "1".into(), order: None, readings };
        let guess = rank(&[trial], &Nameplate::default()).remove(0);
        assert_eq!((guess.confidence_pct, guess.reasons), (0, vec![Reason::NoAnswer]));
    }
}

#[test]
fn a_device_of_zeros_is_no_meter() {
    let mut device = Device::of(find("eastron-sdm120").expect("it is shipped"), load);
    device.words.values_mut().for_each(|word| *word = 0);
    let (best, _) = best(&device, &Nameplate::default());
    assert!(best.1 <= 5, "{best:?}");
}

#[test]
fn two_devices_do_not_compete() {
    let profile = find("schneider-iem3x55").expect("it is shipped");
    let device = Device::of(profile, load);
    let alone = rank(&[trial(profile, None, &device)], &Nameplate::default());
    let mut second = trial(profile, None, &device);
    second.address = "2".into();
    let both = rank(&[trial(profile, None, &device), second], &Nameplate::default());
    assert_eq!(both[0].confidence_pct, alone[0].confidence_pct);
    assert_eq!(both[1].confidence_pct, alone[0].confidence_pct);
}

#[test]
fn every_reason_has_a_code_of_its_own() {
    let mut codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Reason::ALL.len());
}

/// A balanced load: 230 V, 5 A and 0.9 on every phase.
fn load(measure: Measure, phases: f64) -> Option<f64> {
    use Measure as M;
    Some(match measure {
        M::EnergyImport | M::EnergyTotal => COUNTED_WH,
        M::EnergyImportL1 | M::EnergyImportL2 | M::EnergyImportL3 => COUNTED_WH / phases,
        M::Power => 230.0 * 5.0 * 0.9 * phases,
        M::PowerL1 | M::PowerL2 | M::PowerL3 => 230.0 * 5.0 * 0.9,
        M::ApparentPower => 230.0 * 5.0 * phases,
        M::VoltageL1 | M::VoltageL2 | M::VoltageL3 | M::VoltageAvg => 230.0,
        M::VoltageL12 | M::VoltageL23 | M::VoltageL31 => 398.4,
        M::CurrentL1 | M::CurrentL2 | M::CurrentL3 | M::CurrentAvg => 5.0,
        M::PowerFactor | M::PowerFactorL1 | M::PowerFactorL2 | M::PowerFactorL3 => 0.9,
        M::Frequency => 50.02,
        _ => return None,
    })
}

/// The words of a device that speaks the map of one profile.
struct Device {
    words: BTreeMap<(u8, u16), u16>,
    /// What stands in all other registers; nothing when the device refuses them.
    unknown: Option<u16>,
}

impl Device {
    fn of(profile: &Profile, value: impl Fn(Measure, f64) -> Option<f64>) -> Self {
        let mut words = BTreeMap::new();
        for register in &profile.registers {
            let Place::Modbus { fc, address, .. } = register.place else { continue };
            let value = value(register.measure, f64::from(profile.phases)).unwrap_or(0.0);
            for (index, word) in encode(register, value).into_iter().enumerate() {
                words.insert((fc, address + u16::try_from(index).expect("few words")), word);
            }
        }
        Self { words, unknown: None }
    }

    fn answer(&self, ask: Ask) -> Option<Vec<u16>> {
        let Ask::Modbus { fc, address, count } = ask else { return None };
        let word = |at| self.words.get(&(fc, at)).copied().or(self.unknown);
        (address..address + count).map(word).collect()
    }
}

/// The words in which a register holds a value of the base unit; the way back of `decode`.
fn encode(register: &Register, value: f64) -> Vec<u16> {
    let Place::Modbus { kind, order, .. } = register.place else { return Vec::new() };
    let step = Fraction::of(register.scale).and_then(|it| it.power_of_ten(register.unit.exponent));
    let raw = value / step.expect("a scale").as_f64() * if register.negate { -1.0 } else { 1.0 };
    let bits = match kind {
        WordType::F32 => u64::from((raw as f32).to_bits()),
        WordType::F64 => raw.to_bits(),
        _ => raw.round() as i64 as u64,
    };
    let count = kind.words();
    let mut words: Vec<u16> = (0..count).rev().map(|at| (bits >> (16 * at)) as u16).collect();
    if matches!(order, Order::Cdab | Order::Dcba) {
        words.reverse();
    }
    if matches!(order, Order::Badc | Order::Dcba) {
        words.iter_mut().for_each(|word| *word = word.swap_bytes());
    }
    words
}

fn trial<'p>(profile: &'p Profile, order: Option<Order>, device: &Device) -> Trial<'p> {
    let mut readings = Vec::new();
    for read in profile.plan(&wanted(profile), 0) {
        match device.answer(read.ask) {
            Some(words) => {
                let decoded = profile.decode_read(&read, Answer::Words(&words), Ratio::ONE);
                let decoded = decoded.into_iter();
                readings.extend(decoded.map(|(it, value)| (it, value.map_err(Missing::NoValue))));
            }
            None => {
                let refused = read.registers.iter().map(|it| profile.registers[*it].measure);
                readings.extend(refused.map(|it| (it, Err(Missing::Refused))));
            }
        }
    }
    Trial { profile, address: "1".into(), order, readings }
}

fn meters() -> impl Iterator<Item = &'static Profile> {
    shipped().iter().filter(|it| it.kind == Kind::Meter && it.protocol == Protocol::Modbus)
}

type Named = (&'static str, u8, Vec<Reason>, Option<Order>);

/// The best guess and all of them, after every profile was tried in every order.
fn best(device: &Device, nameplate: &Nameplate) -> (Named, Vec<Named>) {
    let turned: Vec<(&'static str, Option<Order>, Profile)> = meters()
        .flat_map(|profile| {
            let others = other_orders(profile).into_iter();
            let others = others.map(|it| (profile.id.as_str(), Some(it), profile.with_order(it)));
            std::iter::once((profile.id.as_str(), None, profile.clone())).chain(others)
        })
        .collect();
    let trials: Vec<_> =
        turned.iter().map(|(_, order, profile)| trial(profile, *order, device)).collect();
    let guesses: Vec<Named> = rank(&trials, nameplate)
        .into_iter()
        .map(|guess| {
            let (id, order, _) = turned[guess.trial];
            (id, guess.confidence_pct, guess.reasons, order)
        })
        .collect();
    (guesses[0].clone(), guesses)
}
