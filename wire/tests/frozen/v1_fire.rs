//! Version 1, byte for byte: the fire input of a node. THIS FILE IS NEVER EDITED, as `v1.rs` beside it.

use wire::{Frame, NoReading, Quantity, Reading, Sample, Value};

#[test]
fn a_frame_with_fire_inputs() {
    let bytes = r#"{"v":1,"boot":3,"seq":57,"up":123456,"r":{"fire":1,"fire.call-point":0,"fire.panel":{"no":"silent"}}}"#;
    let is = |whole| Sample::Is(Value::from_whole(whole));
    let reading = |channel, sample| Reading { quantity: Quantity::Fire, channel, sample };
    let frame = Frame {
        boot: 3,
        seq: 57,
        oldest: 57,
        t: None,
        up: 123_456,
        sent: 123_456,
        lost: None,
        readings: [
            reading("", is(1)),
            reading("call-point", is(0)),
            reading("panel", Sample::No(NoReading::Silent)),
        ]
        .into_iter()
        .collect(),
        unknown: 0,
    };
    assert_eq!(Frame::parse(bytes.as_bytes()).as_ref(), Ok(&frame));
    let mut out = [0; wire::PAYLOAD_BYTES_MAX];
    let len = frame.emit(&mut out).expect("it fits");
    assert_eq!(core::str::from_utf8(&out[..len]), Ok(bytes));
}

#[test]
fn its_number_and_its_range() {
    assert_eq!(Quantity::from_number(17), Some(Quantity::Fire));
    assert_eq!((Quantity::Fire.name(), Quantity::Fire.unit()), ("fire", ""));
    let frame = br#"{"v":1,"boot":1,"seq":1,"up":1,"r":{"fire":2}}"#;
    let frame = Frame::parse(frame).expect("the rest of the frame counts");
    assert_eq!(frame.readings[0].sample, Sample::No(NoReading::OutOfRange));
}
