//! Version 1, byte for byte. THIS FILE IS NEVER EDITED: nodes in ceilings speak these bytes.
//!
//! A test that fails here means that the program is wrong, not the test. A new key or quantity
//! gets its bytes in a new file beside this one.

use wire::{
    Ack, Alone, Desired, Frame, Hello, LampDesired, Lease, Loss, NoReading, Quantity, Reading,
    Reset, Sample, Topic, Value,
};

/// Both ways: the bytes mean `value`, and `value` is written as the same bytes.
macro_rules! check {
    ($kind:ident, $bytes:expr, $value:expr) => {{
        let (bytes, value): (&str, $kind<'_>) = ($bytes, $value);
        assert_eq!($kind::parse(bytes.as_bytes()).as_ref(), Ok(&value), "parse {bytes}");
        let mut out = [0; wire::PAYLOAD_BYTES_MAX];
        let len = value.emit(&mut out).expect("it fits");
        assert_eq!(core::str::from_utf8(&out[..len]), Ok(bytes), "emit");
    }};
}

fn milli(quantity: Quantity, channel: &str, milli: i64) -> Reading<'_> {
    Reading { quantity, channel, sample: Sample::Is(Value::from_milli(milli)) }
}

fn none(quantity: Quantity, channel: &str, reason: NoReading) -> Reading<'_> {
    Reading { quantity, channel, sample: Sample::No(reason) }
}

fn frame<'a>(seq: u32, readings: &[Reading<'a>]) -> Frame<'a> {
    Frame {
        boot: 3,
        seq,
        oldest: seq,
        t: None,
        up: 123_456,
        sent: 123_456,
        lost: None,
        readings: readings.iter().copied().collect(),
        unknown: 0,
    }
}

#[test]
fn a_frame_with_every_key() {
    check!(
        Frame,
        r#"{"v":1,"boot":3,"seq":57,"o":55,"t":1789000000000,"up":123456,"sent":130000,"lost":{"n":7,"from":48,"to":54},"r":{"motion":1,"illuminance_lx":312.5,"energy_wh.window":10422,"co2_ppm":{"no":"silent"}}}"#,
        Frame {
            oldest: 55,
            t: Some(1_789_000_000_000),
            sent: 130_000,
            lost: Some(Loss { from: 48, to: 54 }),
            ..frame(
                57,
                &[
                    milli(Quantity::Motion, "", 1000),
                    milli(Quantity::IlluminanceLx, "", 312_500),
                    milli(Quantity::EnergyWh, "window", 10_422_000),
                    none(Quantity::Co2Ppm, "", NoReading::Silent),
                ],
            )
        }
    );
}

#[test]
fn a_frame_with_nothing_that_may_be_left_out() {
    check!(Frame, r#"{"v":1,"boot":3,"seq":1,"up":123456,"r":{}}"#, frame(1, &[]));
}

#[test]
fn every_quantity() {
    check!(
        Frame,
        r#"{"v":1,"boot":3,"seq":2,"up":123456,"r":{"motion":0,"presence":1,"illuminance_lx":200000,"co2_ppm":417,"temperature_c":-12.34,"humidity_pct":45.5,"power_w":-3.125,"energy_wh":9000000000000,"level_pct":40,"presses":4294967295,"manual_pct":100,"lamp_fault":1,"lit_s":86400,"voltage_v":229.9,"current_a":0.05,"frequency_hz":50.02}}"#,
        frame(
            2,
            &[
                milli(Quantity::Motion, "", 0),
                milli(Quantity::Presence, "", 1000),
                milli(Quantity::IlluminanceLx, "", 200_000_000),
                milli(Quantity::Co2Ppm, "", 417_000),
                milli(Quantity::TemperatureC, "", -12_340),
                milli(Quantity::HumidityPct, "", 45_500),
                milli(Quantity::PowerW, "", -3_125),
                milli(Quantity::EnergyWh, "", 9_000_000_000_000_000),
                milli(Quantity::LevelPct, "", 40_000),
                milli(Quantity::Presses, "", 4_294_967_295_000),
                milli(Quantity::ManualPct, "", 100_000),
                milli(Quantity::LampFault, "", 1000),
                milli(Quantity::LitS, "", 86_400_000),
                milli(Quantity::VoltageV, "", 229_900),
                milli(Quantity::CurrentA, "", 50),
                milli(Quantity::FrequencyHz, "", 50_020),
            ],
        )
    );
}

#[test]
fn every_no_reading() {
    check!(
        Frame,
        r#"{"v":1,"boot":3,"seq":3,"up":123456,"r":{"power_w.a":{"no":"silent"},"power_w.b":{"no":"off"},"power_w.c":{"no":"refused"},"power_w.d":{"no":"out_of_range"},"power_w.e":{"no":"not_fitted"}}}"#,
        frame(
            3,
            &[
                none(Quantity::PowerW, "a", NoReading::Silent),
                none(Quantity::PowerW, "b", NoReading::Off),
                none(Quantity::PowerW, "c", NoReading::Refused),
                none(Quantity::PowerW, "d", NoReading::OutOfRange),
                none(Quantity::PowerW, "e", NoReading::NotFitted),
            ],
        )
    );
}

#[test]
fn stored_numbers_of_quantities_and_no_readings() {
    let numbers: Vec<(u8, &str)> =
        Quantity::ALL.iter().map(|quantity| (*quantity as u8, quantity.name())).collect();
    let expected = [
        (1, "motion"),
        (2, "presence"),
        (3, "illuminance_lx"),
        (4, "co2_ppm"),
        (5, "temperature_c"),
        (6, "humidity_pct"),
        (7, "power_w"),
        (8, "energy_wh"),
        (9, "level_pct"),
        (10, "presses"),
        (11, "manual_pct"),
        (12, "lamp_fault"),
        (13, "lit_s"),
        (14, "voltage_v"),
        (15, "current_a"),
        (16, "frequency_hz"),
    ];
    assert_eq!(numbers[..expected.len()], expected);
    let reasons = NoReading::ALL.map(|reason| (reason as u8, reason.name()));
    let expected =
        [(1, "silent"), (2, "off"), (3, "refused"), (4, "out_of_range"), (5, "not_fitted")];
    assert_eq!(reasons[..expected.len()], expected);
}

#[test]
fn a_hello_and_a_will() {
    let hello = Hello {
        boot: 3,
        online: true,
        firmware: "0.1.0",
        board: "sim",
        profile: "classroom",
        reset: Reset::PowerOn,
        channels: ["window", "inner", "board"].into_iter().collect(),
    };
    check!(
        Hello,
        r#"{"v":1,"boot":3,"online":true,"firmware":"0.1.0","board":"sim","profile":"classroom","reset":"power_on","channels":["window","inner","board"]}"#,
        hello
    );
    check!(Hello, r#"{"v":1,"boot":3,"online":false}"#, Hello::will(3));
}

#[test]
fn every_reset_cause() {
    for (name, reset) in [
        ("unknown", Reset::Unknown),
        ("power_on", Reset::PowerOn),
        ("watchdog", Reset::Watchdog),
        ("panic", Reset::Panic),
        ("asked", Reset::Asked),
        ("update", Reset::Update),
        ("struck by lightning", Reset::Unknown),
    ] {
        let bytes = format!(r#"{{"v":1,"boot":1,"online":true,"reset":"{name}"}}"#);
        let hello = Hello::parse(bytes.as_bytes()).expect(name);
        assert_eq!(hello.reset, reset, "{name}");
    }
}

#[test]
fn an_ack() {
    let (bytes, ack) = (r#"{"v":1,"boot":3,"seq":57}"#, Ack { boot: 3, seq: 57 });
    assert_eq!(Ack::parse(bytes.as_bytes()), Ok(ack));
    let mut out = [0; 64];
    let len = ack.emit(&mut out).expect("it fits");
    assert_eq!(core::str::from_utf8(&out[..len]), Ok(bytes));
}

#[test]
fn a_lease() {
    let bytes = r#"{"v":1,"t":1789000000000,"lease_ms":90000}"#;
    let lease = Lease { t: 1_789_000_000_000, lease_ms: 90_000 };
    assert_eq!(Lease::parse(bytes.as_bytes()), Ok(lease));
    let mut out = [0; 96];
    let len = lease.emit(&mut out).expect("it fits");
    assert_eq!(core::str::from_utf8(&out[..len]), Ok(bytes));
}

#[test]
fn a_desired_state() {
    let lamp =
        |channel, level_pct, fade_ms, presses| LampDesired { channel, level_pct, fade_ms, presses };
    let desired = Desired {
        version: 12,
        boot: 3,
        lamps: [lamp("window", 40, 2000, 2), lamp("board", 0, 0, 0)].into_iter().collect(),
        alone: Alone { hold_ms: 300_000, auto_pct: 60, full_pct: 90, dark_lx: 250 },
    };
    check!(
        Desired,
        r#"{"v":1,"ver":12,"boot":3,"lamps":{"window":{"level_pct":40,"fade_ms":2000,"presses":2},"board":{"level_pct":0,"fade_ms":0,"presses":0}},"alone":{"hold_ms":300000,"auto_pct":60,"full_pct":90,"dark_lx":250}}"#,
        desired
    );
}

#[test]
fn what_a_desired_state_may_leave_out() {
    let bytes = br#"{"v":1,"ver":1,"boot":0,"lamps":{"a":{"level_pct":5}}}"#;
    let desired = Desired::parse(bytes).expect("it is whole");
    assert_eq!(
        desired.alone,
        Alone { hold_ms: 600_000, auto_pct: 50, full_pct: 100, dark_lx: 300 }
    );
    assert_eq!(
        desired.lamps[0],
        LampDesired { channel: "a", level_pct: 5, fade_ms: 0, presses: 0 }
    );
}

#[test]
fn every_topic() {
    for (text, topic) in [
        ("campus/v1/demo/node/sci-101/up/hello", Topic::Hello("sci-101")),
        ("campus/v1/demo/node/sci-101/up/frame", Topic::Frame("sci-101")),
        ("campus/v1/demo/node/sci-101/down/ack", Topic::Ack("sci-101")),
        ("campus/v1/demo/node/sci-101/down/desired", Topic::Desired("sci-101")),
        ("campus/v1/demo/node/sci-101/down/lease", Topic::Lease("sci-101")),
        ("campus/v1/demo/room/science/101", Topic::Room("science", "101")),
        ("campus/v1/demo/room/science/101/set", Topic::RoomSet("science", "101")),
        ("campus/v1/demo/building/science", Topic::Building("science")),
        ("campus/v1/demo/meter/sci-101/window", Topic::Meter("sci-101", "window")),
        ("campus/v1/demo/agent", Topic::Agent),
    ] {
        assert_eq!(Topic::parse(text), Ok(("demo", topic)), "{text}");
        assert_eq!(topic.of("demo").to_string(), text);
    }
}

#[test]
fn what_newer_senders_add_is_skipped() {
    let bytes = br#"{"v":1,"boot":3,"seq":1,"up":5,"new":{"a":[1,-2.5e3,null,"x\"y"]},"r":{"motion":true,"aura":7,"aura.left":{"no":"off"}}}"#;
    let frame = Frame::parse(bytes).expect("it is version 1");
    assert_eq!(frame.unknown, 2);
    assert_eq!(frame.sample(Quantity::Motion, ""), Some(Sample::Is(Value::from_whole(1))));
}
