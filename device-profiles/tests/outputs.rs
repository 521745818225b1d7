//! Levels of lamps to writes and back.

use device_profiles::{Ask, NoValue, Profile, Write, dali, find};

#[test]
fn a_relay_is_on_at_every_level_above_0() {
    let profile = find("waveshare-relay-8").expect("it is shipped");
    let relay = profile.output("3").expect("it has eight");
    assert_eq!(relay.encode(0), Write { fc: 5, address: 2, value: 0 });
    for level_pct in [1, 50, 100, 255] {
        assert_eq!(relay.encode(level_pct), Write { fc: 5, address: 2, value: 0xFF00 });
    }
    assert_eq!((relay.decode(0), relay.decode(1)), (Ok(0), Ok(100)));
    assert!(!relay.dims());
}

#[test]
fn all_relays_are_read_back_in_one_request() {
    let profile = find("waveshare-relay-8").expect("it is shipped");
    let reads = profile.plan_outputs(0);
    assert_eq!(reads.len(), 1);
    assert_eq!(reads[0].ask, Ask::Modbus { fc: 1, address: 0, count: 8 });
    assert_eq!(reads[0].registers, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn the_dali_curve_is_the_published_one() {
    // Arc levels of 10 to 100 % light, as gear makers print them for IEC 62386-102.
    let printed = [170, 195, 210, 220, 228, 235, 241, 246, 250, 254];
    let found: Vec<u8> = (1..=10).map(|tenth| dali::arc_of(tenth * 10)).collect();
    for (tenth, (found, printed)) in (1u8..).zip(found.into_iter().zip(printed)) {
        // Tables print the level just above or below: one step is 2.8 % of the light.
        assert!(found.abs_diff(printed) <= 1, "{} %: {found}, printed {printed}", tenth * 10);
    }
    // The table of IEC 62386-102, hundredths of a percent.
    let table = [(1, 10), (85, 99), (170, 1009), (195, 1997), (228, 4917), (254, 10_000)];
    for (arc, hundredths) in table {
        let light = dali::light_pct(arc).expect("it is a level") * 100.0;
        assert_eq!(light.round() as u32, hundredths, "arc level {arc}");
    }
    assert_eq!((dali::arc_of(0), dali::light_pct(0), dali::light_pct(255)), (0, Some(0.0), None));
}

#[test]
fn a_dimmer_comes_back_to_its_level() {
    for (curve, max, slack) in [("linear", 254, 0), ("linear", 1000, 0), ("dali", 254, 2)] {
        let profile = dimmer(curve, max);
        let output = profile.output("1").expect("it has one");
        assert_eq!(output.encode(0).value, 0);
        assert_eq!(output.encode(100).value, max);
        assert_eq!(output.encode(255), output.encode(100));
        let mut last = 0;
        for level_pct in 0..=100u8 {
            let value = output.encode(level_pct).value;
            assert!(value >= last, "{curve}: {level_pct} % is darker than the level below");
            last = value;
            let back = output.decode(value).expect("it is a level");
            assert!(
                back.abs_diff(level_pct) <= slack,
                "{curve}: {level_pct} % is read as {back} %"
            );
        }
    }
}

#[test]
fn a_lit_lamp_is_never_read_as_off_and_a_coarse_one_never_written_off() {
    let dali = dimmer("dali", 254);
    assert_eq!(dali.output("1").map(|it| it.decode(1)), Some(Ok(1)));
    let coarse = dimmer("linear", 10);
    assert_eq!(coarse.output("1").map(|it| it.encode(1).value), Some(1));
}

#[test]
fn an_answer_beyond_the_range_is_no_level() {
    // 255 is DALI's "no change": it says nothing about the light.
    let dali = dimmer("dali", 254);
    let output = dali.output("1").expect("it has one");
    assert_eq!(output.decode(255), Err(NoValue::OutOfRange));
    assert_eq!(output.decode(u16::MAX), Err(NoValue::OutOfRange));
}

fn dimmer(curve: &str, max: u16) -> Profile {
    let text = format!(
        r#"
        id = "test"
        kind = "lighting"
        maker = "Test"
        models = ["T"]
        protocol = "modbus"
        evidence = "manual"
        notes = "A test."
        source = [{{ what = "this test" }}]
        bus = {{ baud = [9600] }}
        [[output]]
        name = "1"
        write = {{ fc = 6, address = 7, max = {max}, curve = "{curve}" }}
        read = {{ fc = 3, address = 7 }}
        [[example]]
        output = "1"
        level = 0
        writes = [0]
        "#
    );
    Profile::parse(&text, "dimmer.toml").unwrap_or_else(|error| panic!("{error}"))
}
