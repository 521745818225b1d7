//! LD2410: frames out of anything, commands and acknowledgements, presence that dies honestly.

mod common;

use common::{Clock, Line};
use drivers::ld2410::{Ack, AskFault, Command, Finder, Frame, Radar, Report, Target, ask};
use proptest::prelude::*;
use wire::{NoReading, Sample, Value};

/// Hi-Link "LD2410 Serial Communication Protocol" V1.02, §2.3.2: the example in normal mode.
const NORMAL: &str = "F4 F3 F2 F1 0D 00 02 AA 02 51 00 00 00 00 3B 00 00 55 00 F8 F7 F6 F5";
/// The same, the example in engineering mode.
const ENGINEERING: &str = "F4 F3 F2 F1 23 00 01 AA 03 1E 00 3C 00 00 39 00 00 08 08 3C 22 05 03 03 04 \
    03 06 05 00 00 39 10 13 06 06 08 04 03 05 55 00 F8 F7 F6 F5";

#[test]
fn the_examples_of_the_manual_are_read() {
    let [Frame::Report(normal)] = frames(&bytes(NORMAL))[..] else { panic!("one report") };
    let expected = Report {
        target: Target::Still,
        moving_cm: 81,
        moving_energy: 0,
        still_cm: 0,
        still_energy: 59,
        detection_cm: 0,
        gates: None,
    };
    assert_eq!(normal, expected);
    let [Frame::Report(engineering)] = frames(&bytes(ENGINEERING))[..] else {
        panic!("one report")
    };
    assert_eq!((engineering.target, engineering.moving_cm), (Target::Both, 30));
    assert_eq!((engineering.moving_energy, engineering.still_energy), (60, 57));
    let gates = engineering.gates.expect("engineering mode has gates");
    assert_eq!(gates.moving, [0x3C, 0x22, 5, 3, 3, 4, 3, 6, 5]);
    assert_eq!(gates.still, [0, 0, 0x39, 0x10, 0x13, 6, 6, 8, 4]);
}

#[test]
fn commands_are_those_of_the_manual() {
    let reach = Command::Reach { moving_gate: 8, still_gate: 8, hold_s: 5 };
    let one = Command::Sensitivity { gate: Some(3), moving: 40, still: 40 };
    let all = Command::Sensitivity { gate: None, moving: 40, still: 40 };
    for (command, frame) in [
        // §2.2.1, §2.2.2, §2.2.3, §2.2.5, §2.2.6, §2.2.7, §2.2.8.
        (Command::Begin, "FD FC FB FA 04 00 FF 00 01 00 04 03 02 01"),
        (Command::End, "FD FC FB FA 02 00 FE 00 04 03 02 01"),
        (
            reach,
            "FD FC FB FA 14 00 60 00 00 00 08 00 00 00 01 00 08 00 00 00 02 00 05 00 00 00 04 03 02 01",
        ),
        (Command::Engineering(true), "FD FC FB FA 02 00 62 00 04 03 02 01"),
        (Command::Engineering(false), "FD FC FB FA 02 00 63 00 04 03 02 01"),
        (
            one,
            "FD FC FB FA 14 00 64 00 00 00 03 00 00 00 01 00 28 00 00 00 02 00 28 00 00 00 04 03 02 01",
        ),
        (
            all,
            "FD FC FB FA 14 00 64 00 00 00 FF FF 00 00 01 00 28 00 00 00 02 00 28 00 00 00 04 03 02 01",
        ),
        (Command::Version, "FD FC FB FA 02 00 A0 00 04 03 02 01"),
    ] {
        assert_eq!(command.frame()[..], bytes(frame)[..], "{command:?}");
    }
}

#[test]
fn acknowledgements_are_those_of_the_manual() {
    for (frame, word, obeyed) in [
        // §2.2.1, §2.2.2, §2.2.8; the last one refuses.
        ("FD FC FB FA 08 00 FF 01 00 00 01 00 40 00 04 03 02 01", 0xFF, true),
        ("FD FC FB FA 04 00 FE 01 00 00 04 03 02 01", 0xFE, true),
        ("FD FC FB FA 0C 00 A0 01 00 00 00 01 02 01 16 24 06 22 04 03 02 01", 0xA0, true),
        ("FD FC FB FA 04 00 60 01 01 00 04 03 02 01", 0x60, false),
    ] {
        assert_eq!(frames(&bytes(frame)), [Frame::Ack(Ack { word, obeyed })]);
    }
}

#[test]
fn a_command_waits_for_its_own_acknowledgement_among_reports() {
    let clock = Clock::default();
    let answer = |asked: &[u8]| {
        assert_eq!(asked, &Command::End.frame()[..]);
        let other = bytes("FD FC FB FA 04 00 FF 01 00 00 04 03 02 01");
        let own = bytes("FD FC FB FA 04 00 FE 01 00 00 04 03 02 01");
        vec![(5_000, bytes(NORMAL)), (6_000, other), (90_000, own)]
    };
    let mut line = Line::new(&clock, answer);
    assert_eq!(clock.run(ask(&mut line, &mut clock.clone(), Command::End)), Ok(()));
    assert_eq!(clock.now_ms(), 90);
}

#[test]
fn a_radar_that_refuses_or_is_not_there_is_told_apart() {
    let clock = Clock::default();
    let no = |_: &[u8]| vec![(1_000, bytes("FD FC FB FA 04 00 A3 01 01 00 04 03 02 01"))];
    let mut line = Line::new(&clock, no);
    let asked = clock.run(ask(&mut line, &mut clock.clone(), Command::Restart));
    assert_eq!(asked, Err(AskFault::Refused));
    let before = clock.now_ms();
    let asked = clock.run(ask(&mut Line::dead(&clock), &mut clock.clone(), Command::Restart));
    assert_eq!(asked, Err(AskFault::Silent));
    assert_eq!(clock.now_ms() - before, 500);
}

#[test]
fn presence_is_silent_before_the_first_report_and_after_the_last_one_is_stale() {
    let mut radar = Radar::new(1_000);
    let silent = Sample::No(NoReading::Silent);
    assert_eq!(radar.sample(0), silent);
    assert!(radar.feed(&bytes(NORMAL), 100));
    assert!(!radar.feed(&bytes(NORMAL), 200));
    assert_eq!(radar.sample(1_199), Sample::Is(Value::from_whole(1)));
    assert_eq!(radar.deadline(), Some(1_200));
    assert_eq!(radar.sample(1_200), silent);
    let nobody = bytes("F4 F3 F2 F1 0D 00 02 AA 00 00 00 00 00 00 37 00 00 55 00 F8 F7 F6 F5");
    assert!(radar.feed(&nobody, 2_000));
    assert_eq!(radar.sample(2_000), Sample::Is(Value::from_whole(0)));
    assert_eq!(radar.reports(), 3);
}

#[test]
fn a_broken_frame_is_no_report() {
    for broken in [
        // Length too long by one, unknown state, wrong head, wrong tail, normal length with the engineering type.
        NORMAL.replace("0D 00", "0E 00"),
        NORMAL.replace("AA 02", "AA 04"),
        NORMAL.replace("AA 02", "AB 02"),
        NORMAL.replace("55 00", "54 00"),
        NORMAL.replace("02 AA", "01 AA"),
    ] {
        assert_eq!(frames(&bytes(&broken)), [], "{broken}");
    }
}

proptest! {
    /// Whatever comes, the good frame behind it is found with its last byte: no false header, no
    /// broken length and no half frame swallows it.
    #[test]
    fn a_good_frame_is_found_behind_anything(
        garbage in prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat()),
        engineering in any::<bool>(),
    ) {
        let good = bytes(if engineering { ENGINEERING } else { NORMAL });
        let mut finder = Finder::new();
        for byte in garbage.iter().chain(&good[..good.len() - 1]) {
            finder.push(*byte);
        }
        let found = finder.push(good[good.len() - 1]);
        prop_assert_eq!(found, frames(&good).pop());
    }

    /// Any bytes: never a panic, and never more frames than footers.
    #[test]
    fn any_bytes_are_taken(stream in prop::collection::vec(any::<u8>(), 0..2000)) {
        let footers = stream.windows(4).filter(|window| {
            *window == [0xF8, 0xF7, 0xF6, 0xF5] || *window == [4, 3, 2, 1]
        });
        prop_assert!(frames(&stream).len() <= footers.count());
    }
}

/// Bytes that look like the protocol more often than chance would have it.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..20),
        Just(vec![0xF4, 0xF3, 0xF2, 0xF1]),
        Just(vec![0xF8, 0xF7, 0xF6, 0xF5]),
        Just(vec![0xF4, 0xF3, 0xF2, 0xF1, 0x30, 0x00, 0x01, 0xAA]),
        Just(vec![0xFD, 0xFC, 0xFB, 0xFA, 0x08, 0x00]),
        (0usize..23).prop_map(|cut| bytes(NORMAL)[..cut].to_vec()),
        (0usize..45).prop_map(|cut| bytes(ENGINEERING)[cut..].to_vec()),
    ]
}

fn frames(stream: &[u8]) -> Vec<Frame> {
    let mut finder = Finder::new();
    stream.iter().filter_map(|byte| finder.push(*byte)).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("hex")).collect()
}
