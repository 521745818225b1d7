//! Modbus meters: maps against the agent's profiles, whole watt-hours, and nothing late believed.

mod common;

use common::{Clock, Line};
use device_profiles::{Measure, Ratio, find};
use drivers::limits::METER_READ_MS_MAX;
use drivers::meter::map::{DDSU666, MAPS, Map, Register, SDM120, SDM630};
use drivers::meter::rtu::gap_us;
use drivers::meter::{Meter, Readings};
use proptest::prelude::*;
use wire::{NoReading, Sample, Value};

#[test]
fn every_map_says_what_the_profile_says() {
    for map in MAPS {
        let profile = find(map.profile).expect("the profile is shipped");
        assert_eq!(profile.bus.bauds.first(), Some(&map.baud), "{}", map.profile);
        for (measure, register) in [
            (Measure::EnergyImport, map.energy),
            (Measure::Power, map.power),
            (Measure::VoltageL1, map.voltage),
            (Measure::CurrentL1, map.current),
            (Measure::Frequency, map.frequency),
        ] {
            let theirs = profile.register(measure).expect("the profile has it");
            let place = format!("{:?}", theirs.place);
            let ours = format!(
                "Modbus {{ fc: {}, address: {}, kind: F32, order: Abcd }}",
                register.function, register.address
            );
            assert_eq!(place, ours, "{} {}", map.profile, measure.name());
            let exponent = u32::try_from(theirs.unit.exponent).expect("no small units");
            assert_eq!(register.factor, 10u32.pow(exponent), "{} {}", map.profile, measure.name());
        }
    }
    assert_eq!(Map::find("eastron-sdm630"), Some(&SDM630));
    assert_eq!(Map::find("nobody"), None);
}

proptest! {
    /// Ours and the agent's reading of the same bits: equal to the thousandth, energy cut to whole Wh.
    #[test]
    fn a_node_reads_what_the_agent_would(bits in any::<u32>()) {
        let words = [(bits >> 16) as u16, bits as u16];
        for map in MAPS {
            let profile = find(map.profile).expect("shipped");
            for (measure, register) in [(Measure::EnergyImport, map.energy), (Measure::Power, map.power)] {
                let theirs = profile.register(measure).expect("there");
                let theirs = profile.decode(theirs, &words, Ratio::ONE).ok().map(|reading| reading.value);
                check_equal(&register, words, theirs, measure == Measure::EnergyImport);
            }
        }
    }

    /// A register that grows never falls on the wire.
    #[test]
    fn energy_never_falls(bits in 0u32..0x4EFF_FFFF, more in 1u32..1_000_000) {
        let wh = |bits: u32| SDM120.energy.value([(bits >> 16) as u16, bits as u16]);
        prop_assert!(wh(bits) <= wh(bits + more));
    }
}

#[track_caller]
fn check_equal(register: &Register, words: [u16; 2], theirs: Option<Value>, energy: bool) {
    let (Some(ours), Some(theirs)) = (register.value(words), theirs) else { return };
    let theirs = theirs.milli();
    if energy {
        // Theirs is rounded to the thousandth before the cut: just below a whole Wh it may be it.
        let cut = theirs.div_euclid(1000) * 1000;
        assert!(ours.milli() == cut || (theirs % 1000 == 0 && ours.milli() == cut - 1000));
    } else {
        assert!((ours.milli() - theirs).abs() <= 1, "{ours} {theirs}");
    }
}

#[test]
fn energy_is_whole_watt_hours_cut() {
    // 123,456.79 kWh is 123,456,789.0625 Wh in a float; the bits of the profile's example.
    check_energy(0x47F1_2065, Some(123_456_789));
    check_energy(1.2345_f32.to_bits(), Some(1234));
    check_energy(0.0009_f32.to_bits(), Some(0));
    check_energy(f32::NAN.to_bits(), None);
    check_energy(f32::INFINITY.to_bits(), None);
    check_energy(9.1e9_f32.to_bits(), None);
}

#[track_caller]
fn check_energy(bits: u32, wh: Option<i64>) {
    let value = SDM120.energy.value([(bits >> 16) as u16, bits as u16]);
    assert_eq!(value, wh.map(Value::from_whole));
}

#[test]
fn a_healthy_meter_gives_everything_and_the_line_is_silent_between() {
    let clock = Clock::default();
    let line = Line::new(&clock, |asked| vec![(20_000, answer(asked, registers))]);
    let mut meter = Meter::new(line.clone(), clock.clone(), 9600, 1, &SDM120);
    let expected = Readings {
        energy: whole(1_234_567),
        power: milli(412_500),
        voltage: milli(230_200),
        current: milli(1_800),
        frequency: milli(49_980),
    };
    assert_eq!(clock.run(meter.read()), expected);
    assert_eq!(meter.faults().sum(), 0);
    let questions = line.questions();
    assert_eq!(
        questions[0].1,
        [1, 4, 0, 0x48, 0, 2, 0xF1, 0xDD],
        "energy first, CRC low byte first"
    );
    for pair in questions.windows(2) {
        // 20 ms for the answer, then at least 3.5 characters.
        let silent_us = pair[1].0 - pair[0].0 - 20_000;
        assert!(silent_us >= u64::from(gap_us(9600)), "{silent_us}");
    }
}

#[test]
fn a_dead_meter_is_silent_in_bounded_time_and_comes_back() {
    let clock = Clock::default();
    let alive = std::rc::Rc::new(std::cell::Cell::new(false));
    let seen = alive.clone();
    let line = Line::new(&clock, move |asked| {
        if seen.get() { vec![(20_000, answer(asked, registers))] } else { vec![] }
    });
    let mut meter = Meter::new(line, clock.clone(), 2400, 1, &SDM120);
    let silent = Sample::No(NoReading::Silent);
    let said = clock.run(meter.read());
    assert_eq!((said.energy, said.frequency), (silent, silent));
    assert!(clock.now_ms() < u64::from(METER_READ_MS_MAX), "{} ms", clock.now_ms());
    assert_eq!(meter.faults().timeout, 3);
    alive.set(true);
    assert_eq!(clock.run(meter.read()).energy, whole(1_234_567));
}

#[test]
fn a_disturbed_answer_is_asked_for_again_and_a_steady_one_is_refused() {
    let clock = Clock::default();
    let mut count = 0;
    let line = Line::new(&clock, move |asked| {
        count += 1;
        let mut bytes = answer(asked, registers);
        bytes[4] ^= if count <= 2 { 1 } else { 0 };
        vec![(20_000, bytes)]
    });
    let mut meter = Meter::new(line, clock.clone(), 9600, 1, &SDM120);
    assert_eq!(clock.run(meter.energy()), whole(1_234_567));
    assert_eq!(meter.faults().checksum, 2);

    let line = Line::new(&clock, |asked| {
        let mut bytes = answer(asked, registers);
        bytes[4] ^= 1;
        vec![(20_000, bytes)]
    });
    let mut meter = Meter::new(line, clock.clone(), 9600, 1, &SDM120);
    assert_eq!(clock.run(meter.energy()), Sample::No(NoReading::Refused));
}

#[test]
fn an_exception_is_refused_at_once() {
    let clock = Clock::default();
    let line = Line::new(&clock, |_| vec![(20_000, with_crc(&[1, 0x84, 2]))]);
    let mut meter = Meter::new(line.clone(), clock.clone(), 9600, 1, &SDM120);
    assert_eq!(clock.run(meter.energy()), Sample::No(NoReading::Refused));
    assert_eq!(line.questions().len(), 1);
}

#[test]
fn a_late_answer_is_never_taken_for_the_next_question() {
    // The answer to the first question comes 0.7 s late, when the next one would be asked: it says
    // 1 kWh, the meter says more by then.
    let clock = Clock::default();
    let mut count = 0;
    let line = Line::new(&clock, move |asked| {
        count += 1;
        let kwh = f32::from(count as u8);
        let after_us = if count == 1 { 700_000 } else { 20_000 };
        vec![(after_us, answer(asked, move |_| Some(kwh)))]
    });
    let mut meter = Meter::new(line, clock.clone(), 9600, 1, &SDM120);
    assert_eq!(clock.run(meter.energy()), whole(2_000));
    assert_eq!(meter.faults().timeout, 1);
    assert_eq!(meter.stray_bytes(), 9);
}

#[test]
fn a_foreign_answer_and_noise_before_the_own_one_are_passed_over() {
    let clock = Clock::default();
    let line = Line::new(&clock, |asked| {
        let foreign = with_crc(&[2, 4, 4, 0x40, 0, 0, 0]);
        let other_function = with_crc(&[1, 3, 4, 0x40, 0, 0, 0]);
        let other_length = with_crc(&[1, 4, 2, 0x40, 0]);
        // As long as the answer, but it says that it has six bytes.
        let other_count = with_crc(&[1, 4, 6, 0x40, 0, 0, 0]);
        let noise = vec![0x00, 0xFF, 0x01, 0x04];
        let all =
            [foreign, other_function, other_length, other_count, noise, answer(asked, registers)]
                .concat();
        vec![(20_000, all)]
    });
    let mut meter = Meter::new(line, clock.clone(), 9600, 1, &SDM120);
    assert_eq!(clock.run(meter.energy()), whole(1_234_567));
    assert_eq!(meter.faults().sum(), 0);
    assert_eq!(meter.stray_bytes(), 9 + 9 + 7 + 9 + 4);
}

#[test]
fn a_babbling_line_is_silent_and_does_not_hold_the_node() {
    let clock = Clock::default();
    let line = Line::dead(&clock);
    for at in 0..20_000 {
        line.comes(at * 1_000, &[0x55]);
    }
    // … and then drips, slower than the silence that it breaks.
    for at in 0..1_000 {
        line.comes(20_000_000 + at * 290_000, &[0x55]);
    }
    let mut meter = Meter::new(line, clock.clone(), 9600, 1, &SDM120);
    for _ in 0..10 {
        let from = clock.now_ms();
        assert_eq!(clock.run(meter.read()).energy, Sample::No(NoReading::Silent));
        assert!(clock.now_ms() - from < 4_000, "{} ms", clock.now_ms() - from);
    }
}

#[test]
fn a_power_in_kilowatts_becomes_watts() {
    let words = |value: f32| [(value.to_bits() >> 16) as u16, value.to_bits() as u16];
    assert_eq!(DDSU666.power.value(words(0.4125)), Some(Value::from_milli(412_500)));
}

/// The input registers of a small SDM120.
fn registers(address: u16) -> Option<f32> {
    match address {
        0x0000 => Some(230.2),
        0x0006 => Some(1.8),
        0x000C => Some(412.5),
        0x0046 => Some(49.98),
        0x0048 => Some(1234.567),
        _ => None,
    }
}

/// What a meter says to a question for one float.
fn answer(asked: &[u8], float: impl Fn(u16) -> Option<f32>) -> Vec<u8> {
    assert_eq!(with_crc(&asked[..asked.len() - 2]), asked, "the question is sound");
    match float(u16::from_be_bytes([asked[2], asked[3]])) {
        Some(value) => with_crc(&[&[asked[0], asked[1], 4][..], &value.to_be_bytes()].concat()),
        None => with_crc(&[asked[0], asked[1] | 0x80, 2]),
    }
}

fn with_crc(bytes: &[u8]) -> Vec<u8> {
    let mut crc = 0xFFFF_u16;
    for byte in bytes {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 != 0 { (crc >> 1) ^ 0xA001 } else { crc >> 1 };
        }
    }
    [bytes, &crc.to_le_bytes()].concat()
}

fn whole(units: i64) -> Sample {
    Sample::Is(Value::from_whole(units))
}

fn milli(milli: i64) -> Sample {
    Sample::Is(Value::from_milli(milli))
}
