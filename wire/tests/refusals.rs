//! Every reason for a refusal is reached, and every broken payload gets the reason that helps.

use std::collections::BTreeSet;
use wire::frame::READINGS_MAX;
use wire::{Ack, BadId, Desired, Frame, Hello, Id, Lease, Refusal, Topic, TopicRefusal};

const NAMES: [&str; 11] = [
    "too_long",
    "not_utf8",
    "not_json",
    "too_deep",
    "foreign_version",
    "missing_key",
    "duplicate_key",
    "bad_value",
    "bad_channel",
    "too_many_readings",
    "bad_reading",
];

/// A frame whose readings are `r`.
fn with(r: &str) -> Vec<u8> {
    format!(r#"{{"v":1,"boot":1,"seq":9,"up":5,"r":{{{r}}}}}"#).into_bytes()
}

/// A frame with `keys` before its readings.
fn keyed(keys: &str) -> Vec<u8> {
    format!(r#"{{"v":1,{keys},"r":{{}}}}"#).into_bytes()
}

fn frames() -> Vec<(Vec<u8>, Refusal)> {
    let readings =
        |n: usize| (0..n).map(|i| format!(r#""power_w.c{i}":1"#)).collect::<Vec<_>>().join(",");
    let raw = |text: &str| text.as_bytes().to_vec();
    let base = r#""boot":1,"seq":9,"up":5"#;
    vec![
        (vec![b' '; wire::PAYLOAD_BYTES_MAX + 1], Refusal::TooLong),
        (vec![0xff, 0xfe], Refusal::NotUtf8),
        (raw(""), Refusal::NotJson(0)),
        (raw("[]"), Refusal::NotJson(0)),
        (raw(r#"{"v":1"#), Refusal::NotJson(6)),
        (raw(r#"{"v":1,}"#), Refusal::NotJson(7)),
        (raw(r#"{"v":1,"x":"\"#), Refusal::NotJson(12)),
        (keyed(r#""boot":01,"seq":9,"up":5"#), Refusal::NotJson(16)),
        (keyed(r#""boot":1e0,"seq":9,"up":5"#), Refusal::NotJson(15)),
        (keyed(r#""x":1-2"#), Refusal::NotJson(12)),
        (keyed(r#""x":--"#), Refusal::NotJson(12)),
        (keyed(r#""x":1.e5"#), Refusal::NotJson(13)),
        (keyed(r#""x":"\q""#), Refusal::NotJson(12)),
        ([with(""), raw("x")].concat(), Refusal::NotJson(38)),
        (keyed(&format!(r#""x":{}{}"#, "[".repeat(10), "]".repeat(10))), Refusal::TooDeep),
        (raw(r#"{"v":2,"boot":1,"seq":9,"up":5,"r":{}}"#), Refusal::ForeignVersion(2)),
        (raw(r#"{"frames":[1,2],"boot":"abc","v":7}"#), Refusal::ForeignVersion(7)),
        (raw(r#"{"boot":1,"seq":9,"up":5,"r":{}}"#), Refusal::MissingKey("v")),
        (keyed(r#""seq":9,"up":5"#), Refusal::MissingKey("boot")),
        (keyed(r#""boot":1,"up":5"#), Refusal::MissingKey("seq")),
        (keyed(r#""boot":1,"seq":9"#), Refusal::MissingKey("up")),
        (raw(r#"{"v":1,"boot":1,"seq":9,"up":5}"#), Refusal::MissingKey("r")),
        (keyed(&format!(r#""seq":9,{base}"#)), Refusal::DuplicateKey),
        (with(r#""motion":1,"motion":0"#), Refusal::DuplicateKey),
        (keyed(r#""boot":-1,"seq":9,"up":5"#), Refusal::BadValue("boot")),
        (keyed(r#""boot":4294967296,"seq":9,"up":5"#), Refusal::BadValue("boot")),
        (keyed(r#""boot":1,"seq":0.5,"up":5"#), Refusal::BadValue("seq")),
        (keyed(r#""boot":1,"seq":0.9999,"up":5"#), Refusal::BadValue("seq")),
        (keyed(r#""boot":1,"seq":0,"up":5"#), Refusal::BadValue("seq")),
        (keyed(r#""boot":1,"seq":9,"up":null"#), Refusal::BadValue("up")),
        (keyed(&format!(r#""o":10,{base}"#)), Refusal::BadValue("o")),
        (keyed(&format!(r#""o":0,{base}"#)), Refusal::BadValue("o")),
        (keyed(&format!(r#""t":"noon",{base}"#)), Refusal::BadValue("t")),
        (keyed(&format!(r#""sent":4,{base}"#)), Refusal::BadValue("sent")),
        (keyed(&format!(r#""lost":3,{base}"#)), Refusal::BadValue("lost")),
        (keyed(&format!(r#""lost":{{"from":3,"to":2}},{base}"#)), Refusal::BadValue("lost")),
        (keyed(&format!(r#""lost":{{"from":0,"to":2}},{base}"#)), Refusal::BadValue("lost")),
        (keyed(&format!(r#""lost":{{"from":1,"to":9}},{base}"#)), Refusal::BadValue("lost")),
        (raw(r#"{"v":1,"boot":1,"seq":9,"up":5,"r":[]}"#), Refusal::BadValue("r")),
        (with(r#""motion.":1"#), Refusal::BadChannel),
        (with(r#""motion.A":1"#), Refusal::BadChannel),
        (with(r#""motion.a.b":1"#), Refusal::BadChannel),
        (with(r#""motion.+":1"#), Refusal::BadChannel),
        (with(&readings(READINGS_MAX + 1)), Refusal::TooManyReadings),
        (with(r#""motion":"yes""#), Refusal::BadReading),
        (with(r#""motion":null"#), Refusal::BadReading),
        (with(r#""motion":[1]"#), Refusal::BadReading),
        (with(r#""motion":{"no":"idea"}"#), Refusal::BadReading),
        (with(r#""motion":{"no":1}"#), Refusal::BadReading),
        (with(r#""motion":{}"#), Refusal::BadReading),
    ]
}

#[test]
fn broken_frames_are_refused_for_the_reason_that_helps() {
    let mut reached = BTreeSet::new();
    for (bytes, refusal) in frames() {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(Frame::parse(&bytes), Err(refusal), "{shown}");
        reached.insert(refusal.name());
        assert!(!refusal.to_string().is_empty());
    }
    assert_eq!(reached, NAMES.into_iter().collect(), "every reason is reached");
}

#[test]
fn the_largest_frame_is_not_one_reading_too_many() {
    let readings: Vec<String> = (0..READINGS_MAX).map(|i| format!(r#""power_w.c{i}":1"#)).collect();
    let frame = with(&readings.join(","));
    assert_eq!(Frame::parse(&frame).map(|frame| frame.readings.len()), Ok(READINGS_MAX));
}

#[test]
fn broken_hellos_acks_leases_and_desired_states_are_refused() {
    let hello = |text: &str, refusal| {
        assert_eq!(Hello::parse(text.as_bytes()), Err(refusal), "{text}");
    };
    hello(r#"{"v":1,"online":true}"#, Refusal::MissingKey("boot"));
    hello(r#"{"v":1,"boot":1}"#, Refusal::MissingKey("online"));
    hello(r#"{"v":1,"boot":1,"online":1}"#, Refusal::BadValue("online"));
    hello(r#"{"v":1,"boot":1,"online":true,"board":"käse"}"#, Refusal::BadValue("board"));
    hello(r#"{"v":1,"boot":1,"online":true,"channels":["A"]}"#, Refusal::BadChannel);
    hello(r#"{"v":1,"boot":1,"online":true,"channels":["a","a"]}"#, Refusal::DuplicateKey);
    let five = r#"{"v":1,"boot":1,"online":true,"channels":["a","b","c","d","e"]}"#;
    hello(five, Refusal::BadValue("channels"));
    let long = format!(r#"{{"v":1,"boot":1,"online":true,"board":"{}"}}"#, "b".repeat(33));
    hello(&long, Refusal::BadValue("board"));

    assert_eq!(Ack::parse(br#"{"v":1,"boot":1}"#), Err(Refusal::MissingKey("seq")));
    assert_eq!(Ack::parse(br#"{"v":3,"boot":1,"seq":1}"#), Err(Refusal::ForeignVersion(3)));
    assert_eq!(Ack::parse(br#"{"v":1,"boot":1,"seq":-1}"#), Err(Refusal::BadValue("seq")));
    assert_eq!(Lease::parse(br#"{"v":1,"lease_ms":1}"#), Err(Refusal::MissingKey("t")));
    assert_eq!(Lease::parse(br#"{"v":1,"t":1}"#), Err(Refusal::MissingKey("lease_ms")));
    assert_eq!(
        Lease::parse(br#"{"v":1,"t":9000000000001,"lease_ms":1}"#),
        Err(Refusal::BadValue("t"))
    );

    let desired = |lamps: &str, refusal| {
        let text = format!(r#"{{"v":1,"ver":1,"boot":1,"lamps":{lamps}}}"#);
        assert_eq!(Desired::parse(text.as_bytes()), Err(refusal), "{text}");
    };
    desired("[]", Refusal::BadValue("lamps"));
    desired(r#"{"a":40}"#, Refusal::BadValue("lamps"));
    desired(r#"{"a":{}}"#, Refusal::MissingKey("level_pct"));
    desired(r#"{"a":{"level_pct":101}}"#, Refusal::BadValue("level_pct"));
    desired(r#"{"a/b":{"level_pct":1}}"#, Refusal::BadChannel);
    desired(r#"{"a":{"level_pct":1},"a":{"level_pct":2}}"#, Refusal::DuplicateKey);
    desired(r#"{},"alone":7"#, Refusal::BadValue("alone"));
    desired(r#"{},"alone":{"auto_pct":200}"#, Refusal::BadValue("auto_pct"));
}

#[test]
fn foreign_topics_are_refused() {
    for (text, refusal) in [
        ("homeassistant/status", TopicRefusal::Foreign),
        ("campus/v2/demo/agent", TopicRefusal::ForeignVersion),
        ("campus/v1/Demo/agent", TopicRefusal::BadId),
        ("campus/v1/demo/node/+/up/frame", TopicRefusal::BadId),
        ("campus/v1/demo/node//up/frame", TopicRefusal::BadId),
        ("campus/v1/demo", TopicRefusal::Unknown),
        ("campus/v1/demo/node/a/up", TopicRefusal::Unknown),
        ("campus/v1/demo/node/a/up/frame/more", TopicRefusal::Unknown),
        ("campus/v1/demo/node/a/down/frame", TopicRefusal::Unknown),
        ("campus/v1/demo/room/a/b/get", TopicRefusal::Unknown),
        ("campus/v1/demo/weather", TopicRefusal::Unknown),
    ] {
        assert_eq!(Topic::parse(text), Err(refusal), "{text}");
        assert!(refusal.name().starts_with("topic_"));
    }
}

#[test]
fn identifiers_have_one_shape() {
    for (text, result) in [
        ("a", None),
        ("0-9", None),
        ("abcdefghijklmnopqrstuvwxyz-01234", None),
        ("", Some(BadId::Empty)),
        ("abcdefghijklmnopqrstuvwxyz-012345", Some(BadId::TooLong)),
        ("-a", Some(BadId::Character(0))),
        ("a/b", Some(BadId::Character(1))),
        ("aé", Some(BadId::Character(1))),
        ("aB", Some(BadId::Character(1))),
    ] {
        assert_eq!(Id::new(text).err(), result, "{text}");
        if result.is_none() {
            assert_eq!(Id::new(text).expect(text).as_str(), text);
        }
    }
}
