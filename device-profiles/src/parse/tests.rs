//! Faulty profiles: every fault is found at once, where it stands, with what to do about it.

use crate::Profile;

const METER: &str = r#"id = "test-meter"
kind = "meter"
maker = "Test"
models = ["T1"]
phases = 1
protocol = "modbus"
evidence = "manual"
notes = "A test."
source = [{ what = "this test" }]
bus = { baud = [9600] }

[[register]]
measure = "energy_import"
fc = 3
address = 0x10
type = "u32"
scale = "0.01"
unit = "kWh"

[[example]]
measure = "energy_import"
registers = [0, 100]
reads = 1000
"#;

const GATEWAY: &str = r#"id = "test-relay"
kind = "lighting"
maker = "Test"
models = ["R1"]
protocol = "modbus"
evidence = "manual"
notes = "A test."
source = [{ what = "this test" }]
bus = { baud = [9600] }

[[output]]
count = 2
write = { fc = 5, address = 0 }
read = { fc = 1, address = 0 }

[[example]]
output = "1"
level = 1
writes = [0xFF00]
"#;

#[test]
fn the_two_patterns_are_sound() {
    for text in [METER, GATEWAY] {
        let profile =
            Profile::parse(text, "pattern.toml").unwrap_or_else(|error| panic!("{error}"));
        assert!(profile.check_examples().iter().all(|result| result.holds));
    }
}

#[test]
fn a_fault_is_shown_like_a_compiler_shows_it() {
    let text = METER.replace("address = 0x10", "adress = 0x10");
    let error = Profile::parse(&text, "meters/test.toml").expect_err("it is faulty").to_string();
    let shown = "error: unknown key `adress` in `[[register]]`
  --> meters/test.toml:15:1
   |
15 | adress = 0x10
   | ^^^^^^
   = help: did you mean `address`?
";
    assert!(error.contains(shown), "{error}");
    assert!(error.contains("error: `[[register]]` has no `address`\n"), "{error}");
    assert!(error.ends_with("meters/test.toml: 2 faults"), "{error}");
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_file() {
    let text = METER
        .replace("phases = 1", "phases = 2")
        .replace("manual", "manuel")
        .replace("fc = 3", "fc = 6")
        .replace("\"kWh\"", "\"V\"");
    let error = Profile::parse(&text, "test.toml").expect_err("it is faulty");
    let lines: Vec<usize> = error.found().map(|found| found.line).collect();
    assert_eq!(lines, [5, 7, 14, 18], "{error}");
}

#[test]
fn faults_of_meters_are_named() {
    check(METER, "kind = \"meter\"", "kind = \"metre\"", "did you mean `meter`?");
    check(METER, "id = \"test-meter\"", "id = \"Test\"", "`Test` is no identifier");
    check(METER, "models = [\"T1\"]", "models = []", "not an empty one");
    check(METER, "models = [\"T1\"]", "models = [1]", "`models` takes a list of texts");
    check(METER, "notes = \"A test.\"", "", "the profile has no `notes`");
    check(METER, "source = [{ what = \"this test\" }]", "", "where its facts come from");
    check(METER, "baud = [9600]", "baud = [9600], gap = 3", "unknown key `gap` in `bus`");
    check(METER, "\"energy_import\"\nfc", "\"enery_import\"\nfc", "did you mean `energy_import`?");
    check(METER, "\"energy_import\"\nfc", "\"power\"\nfc", "the meter has no energy register");
    check(METER, "address = 0x10", "address = 0x10000", "`address` takes a whole number");
    check(METER, "address = 0x10", "address = 0xFFFF", "does not end before the last register");
    check(METER, "type = \"u32\"", "type = \"u32\"\norder = \"CDBA\"", "did you mean");
    check(METER, "type = \"u32\"", "type = \"u16\"\norder = \"CDAB\"", "one word has no order");
    check(METER, "type = \"u32\"", "type = \"u32\"\ndi = \"00010000\"", "`di` has no place here");
    check(METER, "scale = \"0.01\"", "scale = \"-0.01\"", "`negate = true` turns the sign round");
    check(METER, "scale = \"0.01\"", "scale = \"1e-2\"", "a decimal like `0.01`");
    check(METER, "unit = \"kWh\"", "unit = \"kwh\"", "known here: Wh, kWh, MWh");
    check(METER, "unit = \"kWh\"", "unit = \"kWh\"\nby = [\"ct\"]", "nobody says what `ct` is");
    check(METER, "unit = \"kWh\"", "unit = \"kWh\"\nby = [\"pt\"]", "a list of `ct` and `vt`");
    check(METER, "unit = \"kWh\"", "unit = \"kWh\"\nmodulus = 0", "`modulus` is above 0");
    check(METER, "reads = 1000", "reads = \"0.0001\"", "`reads` cannot be that");
    check(METER, "registers = [0, 100]", "registers = [100]", "`u32` is 2 words long");
    check(
        METER,
        "[[example]]\nmeasure = \"energy_import\"",
        "[[example]]\nmeasure = \"power\"",
        "`power` has no register",
    );
    check(METER, "[[example]]", "[[probe]]", "the profile has no example");
    check(METER, "id = \"test-meter\"", "id = \"test-meter", "error:");
}

#[test]
fn faults_of_ratios_are_named() {
    let with = |ratio: &str| format!("phases = 1\nratio = {{ {ratio} }}");
    let check_ratio = |ratio: &str, says: &str| check(METER, "phases = 1", &with(ratio), says);
    check_ratio("ct = { default = 1, min = 1 }", "has no `max`");
    check_ratio("ct = { default = 0, min = 0, max = 5 }", "above 0");
    check_ratio("ct = { default = 9, min = 1, max = 5 }", "not between `min` and `max`");
    check_ratio("pt = { default = 1, min = 1, max = 5 }", "unknown key `pt`");
    check_ratio("ct = { register = { fc = 3, address = 1 } }", "has no `type`");
}

#[test]
fn faults_of_gateways_are_named() {
    check(GATEWAY, "write = { fc = 5,", "write = { fc = 4,", "function 4 does not do that");
    check(
        GATEWAY,
        "write = { fc = 5, address = 0",
        "write = { fc = 5, address = 0, max = 9",
        "a coil is on or off",
    );
    check(
        GATEWAY,
        "write = { fc = 5, address = 0",
        "write = { fc = 6, address = 0, max = 255, curve = \"dali\"",
        "is 254",
    );
    check(
        GATEWAY,
        "write = { fc = 5, address = 0",
        "write = { fc = 5, address = 0xFFFF",
        "behind the last address",
    );
    check(
        GATEWAY,
        "write = { fc = 5, address = 0",
        "write = { fc = 6, address = 0, on = 0",
        "are the same",
    );
    check(GATEWAY, "count = 2", "count = 2\nprefix = \"G\"", "`G1` is no identifier");
    check(GATEWAY, "count = 2", "", "neither `name` nor `count`");
    check(GATEWAY, "output = \"1\"", "output = \"9\"", "there is no output `9`");
    check(GATEWAY, "level = 1\n", "", "has no `level`");
    check(GATEWAY, "models", "phases = 1\nmodels", "`phases` has no place here");
    let twice = "[[output]]\nname = \"2\"\nwrite = { fc = 5, address = 9 }\n\n[[example]]";
    check(GATEWAY, "[[example]]", twice, "there is an output `2` already");
}

#[test]
fn the_same_measure_twice_is_a_fault() {
    let again = METER[METER.find("[[register]]").expect("it is there")..].replace("0x10", "0x20");
    let text = format!("{METER}\n{again}");
    let error = Profile::parse(&text, "test.toml").expect_err("it is faulty").to_string();
    assert!(error.contains("`energy_import` has a register already"), "{error}");
}

/// Replaces a part of a sound profile; the faults must say `says`.
#[track_caller]
fn check(pattern: &str, part: &str, by: &str, says: &str) {
    assert!(pattern.contains(part), "`{part}` is not in the pattern");
    let text = pattern.replacen(part, by, 1);
    match Profile::parse(&text, "test.toml") {
        Ok(_) => panic!("it is accepted:\n{text}"),
        Err(error) => assert!(error.to_string().contains(says), "{error}"),
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-z\\[\\]{}=\"0-9.\\n ]{0,200}") {
        let _ = Profile::parse(&text, "noise.toml").map_err(|error| error.to_string());
    }

    #[test]
    fn no_damage_to_a_profile_makes_the_reader_panic(at in 0..METER.len(), by in "\\PC{0,3}") {
        let mut text = METER.to_owned();
        text.replace_range(at..at + 1, &by);
        let _ = Profile::parse(&text, "damaged.toml").map_err(|error| error.to_string());
    }
}
