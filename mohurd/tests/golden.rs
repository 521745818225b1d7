//! Frozen bytes of every dialect. THE FILES IN `frozen/` ARE NEVER EDITED: centres speak these bytes.
//!
//! They were not written by this crate but by `tests/counterparts/mohurd.py`, which shares no code with
//! it; a test in `tests/it` writes them again and compares.

use mohurd::{
    Ack, Body, BuildingId, Codec, Dialect, Flavour, Framer, Function, GOOD, GatewayId, ItemCode,
    ItemValue, Key, Keys, Message, Meter, Progress, Readings, Stamp, Value, Why,
};

const CHALLENGE: &str = "25247777";

fn keys() -> Keys {
    let aes = std::array::from_fn(|at| at as u8);
    Keys { auth: Key::new(*b"0123456789ABCDEF"), aes: Key::new(aes), iv: None }
}

fn stamp(text: &str) -> Stamp {
    Stamp::parse(text).expect("a time")
}

fn readings(dialect: &Dialect, why: Why, sequence: u32, time: &str) -> Readings {
    let code = ItemCode::new("01A10").expect("a code");
    let value = Value::parse("12.8").expect("a number");
    let good =
        Function { id: "1".into(), coding: Some(code), value: Some(value), error: Some(GOOD) };
    let none = Function { id: "2".into(), coding: None, value: None, error: Some(0) };
    let meter = Meter {
        id: "1".into(),
        addr: "000000000001".into(),
        tp: "06".into(),
        name: "照明 & 插座 <1>".into(),
        functions: vec![good, none],
    };
    let items = match dialect.xml.flavour {
        Flavour::Meter => vec![],
        Flavour::EnergyItems | Flavour::Both => vec![ItemValue { code, value }],
    };
    let progress = (why == Why::Continuous).then_some(Progress { total: 1277, current: 462 });
    let time = stamp(time);
    Readings { why, sequence, parser: true, time, progress, items, meters: vec![meter] }
}

/// What the line of this name says.
fn body(dialect: &Dialect, name: &str) -> Body {
    let ack = |of, sequence, time: &str| {
        // Only what the dialect's acknowledgements say.
        let sequence = (dialect.name == "g").then_some(sequence);
        let time = (dialect.name == "s").then(|| stamp(time));
        Body::Ack(Ack { of, pass: true, sequence, time })
    };
    match name {
        "request" => Body::Request,
        "sequence" => Body::Sequence(CHALLENGE.into()),
        "md5" => Body::Md5(mohurd::answer(&dialect.crypto, &keys(), CHALLENGE)),
        "pass" => Body::Result { pass: true, time: Some(stamp("20140602091520")) },
        "fail" => Body::Result { pass: false, time: None },
        "notify" => Body::Notify,
        "time" => Body::Time(stamp("20140602091520")),
        "query" => Body::Query,
        "reply" => Body::Data(readings(dialect, Why::Reply, 476, "20140602091500")),
        "report" => Body::Data(readings(dialect, Why::Report, 477, "20140602091500")),
        "continuous" => Body::Data(readings(dialect, Why::Continuous, 478, "20140601233000")),
        "report_ack" => ack(Why::Report, 477, "20140602091500"),
        "continuous_ack" => ack(Why::Continuous, 478, "20140601233000"),
        "period" => Body::Period(15),
        "period_ack" => Body::PeriodAck { pass: true },
        other => panic!("no message is called {other}"),
    }
}

/// Both ways: the bytes mean the message, and the message is written as the same bytes.
fn check(name: &str, frozen: &str) {
    let dialect = Dialect::shipped(name).expect("it is shipped");
    let codec = Codec::new(dialect.clone(), keys()).expect("keys enough");
    let mut lines = 0;
    for line in frozen.lines() {
        let [what, command, hex] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
        let message = Message {
            building_id: BuildingId::new("310101D064").expect("an id"),
            gateway_id: GatewayId::new("01").expect("an id"),
            body: body(&dialect, what),
        };
        let command: u32 = command.parse().expect("a number");
        let written = codec.encode(&message, command).expect("it can be said");
        assert_eq!(written, bytes, "{name}: {what} is written otherwise");
        let mut framer = Framer::new(dialect.frame.clone());
        framer.push(&bytes);
        let frame = framer.take().expect("a frame").expect("a good one");
        assert_eq!(codec.decode(&frame), Ok(message), "{name}: {what} is read otherwise");
        assert!(framer.take().is_none(), "{name}: bytes are left of {what}");
        lines += 1;
    }
    assert_eq!(lines, 15, "{name}");
}

#[test]
fn the_guideline_dialect_keeps_its_bytes() {
    check("g", include_str!("frozen/g.txt"));
}

#[test]
fn its_mirror_image_keeps_its_bytes() {
    check("g-prime", include_str!("frozen/g-prime.txt"));
}

#[test]
fn the_typed_dialect_keeps_its_bytes() {
    check("s", include_str!("frozen/s.txt"));
}
