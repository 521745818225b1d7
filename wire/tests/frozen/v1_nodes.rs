//! Version 1, byte for byte: what nodes and agent say to each other since nodes have settings,
//! commands and a condition. THIS FILE IS NEVER EDITED, as `v1.rs` beside it.

use wire::{
    Answered, Command, Condition, Hello, Mode, Outcome, PowerOn, Reset, Settings, Topic, Verb,
};

/// What `emit` writes.
fn written(emit: impl FnOnce(&mut [u8]) -> Result<usize, wire::Full>) -> String {
    let mut out = [0; wire::PAYLOAD_BYTES_MAX];
    let len = emit(&mut out).expect("it fits");
    String::from_utf8(out[..len].to_vec()).expect("it is text")
}

#[test]
fn a_hello_with_every_key() {
    let bytes = r#"{"v":1,"boot":3,"online":true,"firmware":"0.2.0","board":"qemu","profile":"classroom","reset":"panic","channels":["window"],"panic":"index out of bounds: src/main.rs:31","mode":"core","settings":7,"energy_lost_wh_max":21,"refused":4,"untold":120}"#;
    let hello = Hello {
        boot: 3,
        online: true,
        firmware: "0.2.0",
        board: "qemu",
        profile: "classroom",
        reset: Reset::Panic,
        channels: ["window"].into_iter().collect(),
    };
    let condition = Condition {
        panic: Some("index out of bounds: src/main.rs:31"),
        mode: Mode::Core,
        settings: Some(7),
        energy_lost_wh_max: Some(21),
        refused: 4,
        untold: 120,
    };
    assert_eq!(Hello::parse(bytes.as_bytes()).as_ref(), Ok(&hello));
    assert_eq!(Condition::parse(bytes.as_bytes()), Ok(condition));
    assert_eq!(written(|out| hello.emit_with(&condition, out)), bytes);
}

#[test]
fn a_hello_of_a_node_that_has_nothing_to_tell() {
    let bytes = r#"{"v":1,"boot":3,"online":true,"firmware":"","board":"","profile":"","reset":"unknown","channels":[]}"#;
    let hello = Hello { online: true, ..Hello::will(3) };
    assert_eq!(Condition::parse(bytes.as_bytes()), Ok(Condition::default()));
    assert_eq!(written(|out| hello.emit_with(&Condition::default(), out)), bytes);
    assert_eq!(written(|out| hello.emit(out)), bytes);
    let will = br#"{"v":1,"boot":3,"online":false}"#;
    assert_eq!(Condition::parse(will), Ok(Condition::default()));
}

#[test]
fn settings() {
    let shipped = Settings { version: 1, ..Settings::default() };
    for (bytes, settings) in [
        (r#"{"v":1,"ver":1}"#, shipped),
        (
            r#"{"v":1,"ver":7,"power_on":"level","power_on_pct":30,"report_interval_ms":30000,"change_spacing_ms":1000,"silent_after_ms":90000,"save_interval_ms":600000}"#,
            Settings {
                version: 7,
                power_on: Some(PowerOn::Level(30)),
                report_interval_ms: Some(30_000),
                change_spacing_ms: Some(1_000),
                silent_after_ms: Some(90_000),
                save_interval_ms: Some(600_000),
            },
        ),
        (
            r#"{"v":1,"ver":1,"power_on":"off"}"#,
            Settings { power_on: Some(PowerOn::Off), ..shipped },
        ),
        (
            r#"{"v":1,"ver":1,"power_on":"last"}"#,
            Settings { power_on: Some(PowerOn::Last), ..shipped },
        ),
        (
            r#"{"v":1,"ver":1,"power_on":"daylight"}"#,
            Settings { power_on: Some(PowerOn::Daylight), ..shipped },
        ),
    ] {
        assert_eq!(Settings::parse(bytes.as_bytes()), Ok(settings), "{bytes}");
        assert_eq!(written(|out| settings.emit(out)), bytes);
    }
}

#[test]
fn commands() {
    for (bytes, verb) in [
        (
            r#"{"v":1,"id":"k7-3","n":1789000000000,"do":"identify","for_ms":20000}"#,
            Verb::Identify { for_ms: 20_000 },
        ),
        (r#"{"v":1,"id":"k7-3","n":1789000000000,"do":"restart"}"#, Verb::Restart),
    ] {
        let command = Command { id: "k7-3", n: 1_789_000_000_000, verb };
        assert_eq!(Command::parse(bytes.as_bytes()), Ok(command), "{bytes}");
        assert_eq!(written(|out| command.emit(out)), bytes);
    }
    let short = br#"{"v":1,"id":"a","n":1,"do":"identify"}"#;
    let verb = Verb::Identify { for_ms: 10_000 };
    assert_eq!(Command::parse(short), Ok(Command { id: "a", n: 1, verb }));
}

#[test]
fn results() {
    let command = Answered::Command;
    for (bytes, outcome) in [
        (
            r#"{"v":1,"boot":3,"what":"command","id":"k7-3","ok":true,"n":12}"#,
            Outcome {
                boot: 3,
                what: command,
                id: Some("k7-3"),
                why: None,
                n: Some(12),
                version: None,
            },
        ),
        (
            r#"{"v":1,"boot":3,"what":"command","id":"k7-3","ok":false,"why":"old","n":12}"#,
            Outcome {
                boot: 3,
                what: command,
                id: Some("k7-3"),
                why: Some("old"),
                n: Some(12),
                version: None,
            },
        ),
        (
            r#"{"v":1,"boot":3,"what":"settings","ok":true,"ver":7}"#,
            Outcome {
                boot: 3,
                what: Answered::Settings,
                id: None,
                why: None,
                n: None,
                version: Some(7),
            },
        ),
        (
            r#"{"v":1,"boot":3,"what":"settings","ok":false,"why":"bad_value","ver":6}"#,
            Outcome {
                boot: 3,
                what: Answered::Settings,
                id: None,
                why: Some("bad_value"),
                n: None,
                version: Some(6),
            },
        ),
    ] {
        assert_eq!(Outcome::parse(bytes.as_bytes()), Ok(outcome), "{bytes}");
        assert_eq!(written(|out| outcome.emit(out)), bytes);
    }
}

#[test]
fn topics() {
    for (text, topic) in [
        ("campus/v1/demo/node/sci-101/up/result", Topic::Result("sci-101")),
        ("campus/v1/demo/node/sci-101/down/settings", Topic::Settings("sci-101")),
        ("campus/v1/demo/node/sci-101/down/command", Topic::Command("sci-101")),
    ] {
        assert_eq!(Topic::parse(text), Ok(("demo", topic)), "{text}");
        assert_eq!(topic.of("demo").to_string(), text);
    }
}
