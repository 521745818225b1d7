//! Registers to readings: exact, coarse where the register is coarse, and no value where there is none.

use device_profiles::{
    Answer, Ask, Measure, NoValue, Profile, Ratio, RatioFault, RatioGiven, Read, Which, find,
};
use proptest::prelude::*;
use wire::Value;

#[test]
fn whole_registers_are_exact_to_the_thousandth() {
    check("u32", "scale = \"0.01\"\nunit = \"kWh\"", &[0xFFFF, 0xFFFF], Ok(42_949_672_950_000));
    check("u16", "scale = \"0.001\"\nunit = \"kWh\"", &[12_345], Ok(12_345_000));
    check("i32", "scale = \"0.1\"\nunit = \"Wh\"", &[0xFFFF, 0xFFFF], Ok(-100));
    check("i16", "unit = \"Wh\"\nnegate = true", &[0x8000], Ok(32_768_000));
    check("u64", "scale = \"0.001\"\nunit = \"Wh\"", &[0, 1, 0, 1], Ok(4_294_967_297));
    check("i64", "unit = \"Wh\"", &[0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE], Ok(-2_000));
    // 0.5 thousandths go away from zero.
    check("i16", "scale = \"0.0005\"\nunit = \"Wh\"", &[1], Ok(1));
    check("i16", "scale = \"0.0005\"\nunit = \"Wh\"", &[0xFFFF], Ok(-1));
}

#[test]
fn every_order_of_bytes_is_put_right() {
    for (order, words) in [
        ("ABCD", [0x0102, 0x0304]),
        ("CDAB", [0x0304, 0x0102]),
        ("BADC", [0x0201, 0x0403]),
        ("DCBA", [0x0403, 0x0201]),
    ] {
        let rest = format!("unit = \"Wh\"\norder = \"{order}\"");
        check("u32", &rest, &words, Ok(0x0102_0304 * 1000));
    }
    check("u64", "unit = \"Wh\"\norder = \"CDAB\"", &[4, 3, 2, 0], Ok(8_590_131_204_000));
    check("u16", "unit = \"Wh\"\norder = \"BADC\"", &[0x0100], Ok(1_000));
}

#[test]
fn what_is_no_value_has_its_reason() {
    let marked = "unit = \"Wh\"\nnone = [\"0x7FFFFFFF\"]";
    check("i32", marked, &[0x7FFF, 0xFFFF], Err(NoValue::Marker));
    check("i32", marked, &[0x7FFF, 0xFFFE], Ok(2_147_483_646_000));
    let low_first = "unit = \"Wh\"\norder = \"CDAB\"\nnone = [\"0x7FFFFFFF\"]";
    check("i32", low_first, &[0xFFFF, 0x7FFF], Err(NoValue::Marker));
    check("f32", "unit = \"Wh\"", &[0x7FC0, 0], Err(NoValue::NotANumber));
    check("f32", "unit = \"Wh\"", &[0x7F80, 0], Err(NoValue::NotANumber));
    check("f32", "unit = \"Wh\"", &[0x7F7F, 0xFFFF], Err(NoValue::OutOfRange));
    check("u64", "unit = \"MWh\"", &[0xFFFF; 4], Err(NoValue::OutOfRange));
    check("u32", "unit = \"Wh\"", &[1], Err(NoValue::Length));
    check("u32", "unit = \"Wh\"", &[1, 2, 3], Err(NoValue::Length));
}

#[test]
fn ratios_multiply_exactly() {
    let profile = meter(
        "u32",
        "scale = \"0.01\"\nunit = \"kWh\"\nby = [\"ct\", \"vt\"]\nmodulus = \"1000000\"",
    );
    let register = profile.register(Measure::EnergyImport).expect("it has energy");
    let ratio = Ratio { ct_milli: 60_000, vt_milli: 1_500 };
    let reading = profile.decode(register, &[0, 1], ratio).expect("a value");
    assert_eq!((reading.value.milli(), reading.quantum.milli()), (900_000, 900_000));
    assert_eq!(profile.modulus_wh(register, ratio), Some(90_000_000_000));
    assert_eq!(profile.modulus_wh(register, Ratio::ONE), Some(1_000_000_000));
}

#[test]
fn a_float_register_tells_how_coarse_it_is() {
    // Distance of neighbouring 32-bit floats near that many kWh.
    for (kwh, milli_wh) in [(1_000, 62), (10_000, 977), (100_000, 7_813), (1_000_000, 62_500)] {
        let profile = meter("f32", "unit = \"kWh\"");
        let register = profile.register(Measure::EnergyImport).expect("it has energy");
        let value = Value::from_whole(kwh * 1000);
        assert_eq!(profile.quantum(register, value, Ratio::ONE).milli(), milli_wh, "{kwh} kWh");
    }
    let profile = meter("f32", "unit = \"kWh\"\nresolution = \"0.01\"");
    let register = profile.register(Measure::EnergyImport).expect("it has energy");
    let at =
        |kwh: i64| profile.quantum(register, Value::from_whole(kwh * 1000), Ratio::ONE).milli();
    assert_eq!((at(1_000), at(1_000_000)), (10_000, 62_500));
}

#[test]
fn without_a_declared_modulus_there_is_none() {
    let profile = meter("u32", "unit = \"Wh\"");
    let register = profile.register(Measure::EnergyImport).expect("it has energy");
    assert_eq!(profile.modulus_wh(register, Ratio::ONE), None);
}

#[test]
fn dlt645_digits_are_read_low_byte_first_with_their_sign() {
    let profile = find("dlt645-2007-three-phase").expect("it is shipped");
    let energy = profile.register(Measure::EnergyImport).expect("it has energy");
    let read = |bytes: &[u8]| {
        let reading = profile.decode_bytes(energy, bytes, Ratio::ONE);
        reading.map(|reading| reading.value.whole())
    };
    assert_eq!(read(&[0x42, 0x06, 0x12, 0x00]), Ok(1_206_420));
    assert_eq!(read(&[0x99, 0x99, 0x99, 0x99]), Ok(999_999_990));
    assert_eq!(profile.modulus_wh(energy, Ratio::ONE), Some(1_000_000_000));
    assert_eq!(read(&[0x4A, 0x06, 0x12, 0x00]), Err(NoValue::Digits));
    assert_eq!(read(&[0x42, 0x06, 0x12]), Err(NoValue::Length));
    let power = profile.register(Measure::Power).expect("it has power");
    let fed = profile.decode_bytes(power, &[0x34, 0x12, 0x80], Ratio::ONE).expect("a value");
    assert_eq!(fed.value.milli(), -123_400);
}

#[test]
fn ratios_come_from_the_meter_or_the_configuration() {
    let mut text = METER.replace("KIND", "u32").replace("REST", "unit = \"Wh\"\nby = [\"ct\"]");
    text = text.replace(
        "ct = { default = 1, min = 1, max = 10000 }",
        "ct = { register = { fc = 3, address = 6, type = \"u16\", scale = \"0.1\" } }",
    );
    let profile = Profile::parse(&text, "ratio.toml").unwrap_or_else(|error| panic!("{error}"));
    let reads = profile.ratio_reads();
    assert_eq!(reads.len(), 1);
    assert_eq!(reads[0].ask(), Ask::Modbus { fc: 3, address: 6, count: 1 });
    let from = |given: Option<u64>, read: Option<u16>| {
        let read: Vec<_> = read.into_iter().map(|word| (Which::Ct, vec![word])).collect();
        profile.ratio_from(RatioGiven { ct_milli: given, vt_milli: None }, &read)
    };
    assert_eq!(from(None, Some(600)), Ok(Ratio { ct_milli: 60_000, vt_milli: 1000 }));
    assert_eq!(from(None, None), Err(RatioFault::NotRead(Which::Ct)));
    assert_eq!(from(None, Some(0)), Err(RatioFault::Unbelievable(Which::Ct)));
    let (given_milli, read_milli) = (40_000, 60_000);
    let disagree = RatioFault::Disagree { which: Which::Ct, given_milli, read_milli };
    assert_eq!(from(Some(40_000), Some(600)), Err(disagree));
    assert_eq!(disagree.to_string(), "`ct` is 40 here, and 60 in the meter");
}

#[test]
fn given_ratios_are_held_to_their_range() {
    let profile = meter("u32", "unit = \"Wh\"\nby = [\"ct\"]");
    let from = |ct_milli| profile.ratio_from(RatioGiven { ct_milli, vt_milli: None }, &[]);
    assert_eq!(from(None), Ok(Ratio::ONE));
    assert_eq!(from(Some(60_000)), Ok(Ratio { ct_milli: 60_000, vt_milli: 1000 }));
    let out = from(Some(20_000_000)).expect_err("it is too much");
    assert_eq!(out.to_string(), "`ct` of this model is 1 to 10000");
    let direct = find("eastron-sdm120").expect("it is shipped");
    let refused = direct.ratio_from(RatioGiven { ct_milli: Some(2000), vt_milli: None }, &[]);
    assert_eq!(refused, Err(RatioFault::NotUsed(Which::Ct)));
}

#[test]
fn neighbours_share_a_request_up_to_the_hole_that_is_allowed() {
    let profile = find("eastron-sdm120").expect("it is shipped");
    use Measure::{CurrentL1, EnergyExport, EnergyImport, EnergyTotal, VoltageL1};
    let asks = |gap_max| -> Vec<(u16, u16)> {
        let wanted = [EnergyImport, EnergyExport, EnergyTotal, VoltageL1, CurrentL1];
        let span = |read: Read| match read.ask {
            Ask::Modbus { address, count, .. } => (address, count),
            Ask::Dlt645 { .. } => panic!("it speaks Modbus"),
        };
        profile.plan(&wanted, gap_max).into_iter().map(span).collect()
    };
    assert_eq!(asks(0), [(0x00, 2), (0x06, 2), (0x48, 4), (0x156, 2)]);
    assert_eq!(asks(4), [(0x00, 8), (0x48, 4), (0x156, 2)]);
    // 0x00 to 0x4B would be 76 registers; this model takes 60.
    assert_eq!(asks(1000), [(0x00, 8), (0x48, 4), (0x156, 2)]);
}

#[test]
fn dlt645_registers_are_asked_one_by_one() {
    let profile = find("dlt645-2007-single-phase").expect("it is shipped");
    let reads = profile.plan(&[Measure::EnergyImport, Measure::Frequency], 100);
    assert!(reads.iter().any(|read| read.ask == Ask::Dlt645 { di: 0x0001_0000 }));
    assert!(reads.iter().all(|read| read.registers.len() == 1));
}

const METER: &str = r#"
id = "test"
kind = "meter"
maker = "Test"
models = ["T"]
phases = 1
protocol = "modbus"
evidence = "manual"
notes = "A test."
source = [{ what = "this test" }]
bus = { baud = [9600] }
[ratio]
ct = { default = 1, min = 1, max = 10000 }
vt = { default = 1, min = 1, max = 10000 }
[[register]]
measure = "energy_import"
fc = 3
address = 0
type = "KIND"
REST
[[register]]
measure = "power"
fc = 3
address = 100
type = "u16"
unit = "W"
[[example]]
measure = "power"
registers = [1]
reads = 1
"#;

fn meter(kind: &str, rest: &str) -> Profile {
    let text = METER.replace("KIND", kind).replace("REST", rest);
    Profile::parse(&text, "test.toml").unwrap_or_else(|error| panic!("{error}"))
}

/// Decodes `words` as the energy of a register with these properties; thousandths of Wh.
#[track_caller]
fn check(kind: &str, rest: &str, words: &[u16], expected: Result<i64, NoValue>) {
    let profile = meter(kind, rest);
    let register = profile.register(Measure::EnergyImport).expect("it has energy");
    let found = profile.decode(register, words, Ratio::ONE);
    assert_eq!(found.map(|reading| reading.value.milli()), expected);
}

fn kinds() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64"])
}

proptest! {
    #[test]
    fn no_words_and_no_ratio_make_decoding_panic(
        kind in kinds(),
        words in prop::collection::vec(any::<u16>(), 0..6),
        ct_milli in any::<u64>(),
        vt_milli in any::<u64>(),
    ) {
        let profile = meter(kind, "scale = \"0.001\"\nunit = \"kWh\"\nby = [\"ct\", \"vt\"]\nmodulus = \"99999.99\"");
        let register = profile.register(Measure::EnergyImport).expect("it has energy");
        let ratio = Ratio { ct_milli, vt_milli };
        if let Ok(reading) = profile.decode(register, &words, ratio) {
            prop_assert!(reading.quantum.milli() >= 1);
        }
        let _ = profile.modulus_wh(register, ratio);
    }

    #[test]
    fn whole_registers_keep_their_differences(first in any::<u32>(), second in any::<u32>()) {
        let profile = meter("u32", "scale = \"0.01\"\nunit = \"kWh\"");
        let register = profile.register(Measure::EnergyImport).expect("it has energy");
        let wh = |raw: u32| {
            let words = [(raw >> 16) as u16, raw as u16];
            profile.decode(register, &words, Ratio::ONE).map(|reading| reading.value.whole())
        };
        let difference = i64::from(second) - i64::from(first);
        prop_assert_eq!(wh(second).unwrap() - wh(first).unwrap(), difference * 10);
    }

    #[test]
    fn a_plan_reads_each_wanted_register_once_and_never_too_many(
        which in 0..device_profiles::shipped().len(),
        wanted in prop::collection::vec(prop::sample::select(Measure::ALL), 0..20),
        gap_max in 0u16..200,
    ) {
        let profile = &device_profiles::shipped()[which];
        let reads = profile.plan(&wanted, gap_max);
        let mut planned: Vec<usize> = reads.iter().flat_map(|read| read.registers.clone()).collect();
        planned.sort_unstable();
        let expected: Vec<usize> = (0..profile.registers.len())
            .filter(|index| wanted.contains(&profile.registers[*index].measure))
            .collect();
        prop_assert_eq!(planned, expected);
        for read in &reads {
            let words = match read.ask {
                Ask::Modbus { count, .. } => {
                    prop_assert!(count <= profile.bus.registers_max);
                    vec![0; usize::from(count)]
                }
                Ask::Dlt645 { .. } => continue,
            };
            // Every value lies whole within its answer.
            for (_, reading) in profile.decode_read(read, Answer::Words(&words), Ratio::ONE) {
                prop_assert_ne!(reading.err(), Some(NoValue::Length));
            }
        }
    }
}
