//! Registers of Modbus answers whose CRC is right: makers' manuals and one captured line. Never edited.

use device_profiles::{Measure, Profile, Ratio};

#[test]
fn eastron_prints_230_2_v() {
    // 01 04 04 43 66 33 34 1B 38, Eastron SDM120 and SDM630 protocol documents.
    check("f32", "ABCD", "1", &[0x4366, 0x3334], 230_200);
}

#[test]
fn carlo_gavazzi_sends_the_low_word_first() {
    // 01 03 04 09 1B 00 00 89 A8, an ET112 on a real line: ioBroker/ioBroker.modbus issue 286.
    check("i32", "CDAB", "0.1", &[0x091B, 0x0000], 233_100);
}

#[test]
fn eastron_prints_a_demand_time_of_1() {
    // 01 03 04 3F 80 00 00 F7 CF, Eastron SDM630 protocol document: the float 1.0.
    check("f32", "ABCD", "1", &[0x3F80, 0x0000], 1_000);
}

#[test]
fn chint_prints_5000() {
    // 01 03 04 00 00 13 88 F7 65, Chint DDSU666 manual: 0x00001388.
    check("u32", "ABCD", "1", &[0x0000, 0x1388], 5_000_000);
}

/// Decodes `words` as the voltage of a profile with that type, order and scale.
#[track_caller]
fn check(kind: &str, order: &str, scale: &str, words: &[u16], milli_v: i64) {
    let text = format!(
        r#"
        id = "frozen"
        kind = "meter"
        maker = "frozen"
        models = ["frozen"]
        phases = 1
        protocol = "modbus"
        evidence = "manual"
        notes = "frozen"
        source = [{{ what = "frozen" }}]
        bus = {{ baud = [9600] }}
        [[register]]
        measure = "energy_import"
        fc = 4
        address = 0
        type = "u32"
        unit = "Wh"
        [[register]]
        measure = "voltage_l1"
        fc = 4
        address = 2
        type = "{kind}"
        order = "{order}"
        scale = "{scale}"
        unit = "V"
        [[example]]
        measure = "energy_import"
        registers = [0, 1]
        reads = 1
        "#
    );
    let profile = Profile::parse(&text, "frozen.toml").unwrap_or_else(|error| panic!("{error}"));
    let register = profile.register(Measure::VoltageL1).expect("it has a voltage");
    let reading = profile.decode(register, words, Ratio::ONE).expect("it is a value");
    assert_eq!(reading.value.milli(), milli_v);
}
