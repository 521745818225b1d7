//! Every error and its hint, in both languages; and which names are near which.

use super::{Error, Noun, nearest};
use crate::commands::{BadTruth, What};
use crate::fixtures::LANGS;
use crate::words::Words;
use agent::api::types::Problem;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn problem(code: &str, about: &str, message: &str, candidates: &[&str]) -> Error {
    Error::refused(Problem {
        code: code.to_owned(),
        about: about.to_owned(),
        message: message.to_owned(),
        candidates: names(candidates),
    })
}

fn truth(what: What, text: &str) -> Error {
    Error::Truth(BadTruth { path: "counted.csv".into(), line: 7, what, text: text.to_owned() })
}

/// Every error a person can meet, once per sentence and hint.
fn all() -> Vec<Error> {
    let socket = PathBuf::from("/run/campus/agent.sock");
    let tried = |kind: ErrorKind| {
        let demo = PathBuf::from("/var/tmp/campus-demo-1000.sock");
        vec![(socket.clone(), kind.into()), (demo, ErrorKind::NotFound.into())]
    };
    let known = names(&["science/101", "science/102", "library/7"]);
    vec![
        Error::NoAgent { tried: tried(ErrorKind::NotFound) },
        Error::NoAgent { tried: tried(ErrorKind::PermissionDenied) },
        Error::AgentAway { socket: socket.clone(), error: ErrorKind::ConnectionRefused.into() },
        Error::AgentAway { socket: socket.clone(), error: ErrorKind::PermissionDenied.into() },
        Error::Slow { socket: socket.clone(), seconds: 10 },
        Error::Garbled { socket, why: "expected value at line 1 column 1".to_owned() },
        Error::no_such(Noun::Room, "scince/101", &known),
        Error::no_such(Noun::Room, "gym", &known),
        Error::no_such(Noun::Node, "sci-1O1", &names(&["sci-101", "sci-204"])),
        Error::no_such(Noun::Node, "x", &names(&["sci-101", "sci-204"])),
        problem("no_such_meter", "lib-7/mian", "", &["lib-7/main"]),
        problem("no_such_meter", "zoo", "", &[]),
        Error::NoZone {
            room: "science/101".to_owned(),
            zone: "front".to_owned(),
            near: names(&["window", "inner", "board"]),
        },
        Error::Ambiguous { name: "101".to_owned(), rooms: names(&["arts/101", "science/101"]) },
        problem("bad_value", "for_s", "1 to 7200", &[]),
        problem("busy", "/v1/rooms", "the main loop does not answer", &[]),
        problem("internal", "science/101", "disk I/O error", &[]),
        problem("no_such_bus", "rs485", "", &["rs485-1"]),
        problem("not_polled", "sci-101/main", "a node carries it", &[]),
        problem("no_answer", "gym-mains", "no reply in time", &[]),
        problem("refused_by_meter", "gym-mains", "exception 2", &[]),
        problem("cannot_repair", "gym-mains", "the slot is still open", &[]),
        problem("too_much", "science/101", "more than 10000000 rows of the log", &[]),
        Error::TruthFile { path: "counted.csv".into(), error: ErrorKind::NotFound.into() },
        truth(What::Column, "until"),
        truth(What::Line, "a line with as many values as the first"),
        truth(What::Room, "scince/101"),
        truth(What::Time, "8 o'clock"),
        truth(What::Order, "10:00, 09:00"),
        truth(What::Occupied, "perhaps"),
        truth(What::Overlap, "3"),
        truth(What::Nothing, ""),
        Error::OtherNumbers { path: "campus.toml".into(), room: "science/101".to_owned() },
        Error::ByHand {
            path: "campus.toml".into(),
            room: "science/101".to_owned(),
            lines: "air_pct = 43\nrise_ppm = 17".to_owned(),
        },
        Error::StillToCome { text: "14:05".to_owned(), now: "2026-11-20 10:12".to_owned() },
        Error::NotKept { text: "2026-10-01".to_owned(), from: Some("2026-11-06 08:00".to_owned()) },
        Error::NotKept { text: "yesterday".to_owned(), from: None },
        Error::no_such(Noun::Meter, "gym-manis", &names(&["gym-mains"])),
        Error::no_such(Noun::Meter, "x", &[]),
        Error::no_such(Noun::Profile, "eastron-smd120", &names(&["eastron-sdm120"])),
        Error::NoSpan { text: "08:00".to_owned() },
        Error::BadFactor { text: "1.5".to_owned() },
        Error::BadHost { text: "gateway".to_owned() },
        Error::BadUnit { text: "000012345678".to_owned() },
        Error::NoQemu,
        Error::NoFirmware { tried: vec!["target/boards/board-qemu".into()] },
        Error::QemuSpeed { speed: 60.0 },
        Error::NoPerson,
        Error::NotConfirmed { asked: true },
        Error::NotConfirmed { asked: false },
        Error::TooManyRows { rows: 2_000_000, max: 1_048_575 },
        Error::Write { path: "/nowhere/energy.csv".into(), error: ErrorKind::NotFound.into() },
        Error::ProfileFile { path: "x.toml".into(), error: ErrorKind::NotFound.into() },
        problem("no_such_zone", "windw", "no zone of that name", &["window"]),
        Error::BadTime { text: "soon".to_owned() },
        Error::BadMonth { text: "october".to_owned() },
        Error::Input { path: PathBuf::from("autumn.ics"), error: ErrorKind::NotFound.into() },
        Error::UnknownForm { path: PathBuf::from("autumn.pdf") },
        Error::NotOurs { path: PathBuf::from("/etc/campus/timetable.toml") },
        Error::BadSpan { since: "10:00".to_owned(), until: "09:00".to_owned() },
        Error::File { path: "/etc/campus/campus.toml".into(), error: ErrorKind::NotFound.into() },
        Error::File {
            path: "/etc/campus/campus.toml".into(),
            error: ErrorKind::PermissionDenied.into(),
        },
        Error::Run {
            what: "another agent answers on `/run/campus/agent.sock`".to_owned(),
            hint: Some("stop it, or give this one a socket of its own (`[api] socket`)".to_owned()),
        },
        Error::Config { shown: "error: unknown key `rom`\n --> campus.toml:3:1\n".to_owned() },
        Error::Config {
            shown: "cannot read the configuration `campus.toml`: not there".to_owned(),
        },
        Error::Output(io::Error::other("no space left on device")),
    ]
}

#[test]
fn every_error_says_what_happened_and_what_to_do() {
    for (lang, suffix) in LANGS {
        let words = Words::new(lang);
        let texts: Vec<String> = all().iter().map(|error| error.render(&words, false)).collect();
        insta::assert_snapshot!(format!("errors_{suffix}"), texts.join("--------\n"));
    }
}

#[test]
fn sentences_follow_the_house_style() {
    let words = Words::new(LANGS[0].0);
    for error in all() {
        let text = error.render(&words, false);
        let said = text.strip_prefix("error: ").unwrap_or_else(|| panic!("{text}"));
        let first = said.chars().next().unwrap_or(' ');
        assert!(!first.is_uppercase(), "begins in lower case: {text}");
        assert!(!text.trim_end().ends_with('.'), "ends without a full stop: {text}");
        if let Some((before, hint)) = text.split_once("hint: ") {
            assert!(before.ends_with("\n\n"), "a blank line before the hint: {text}");
            assert!(!hint.trim().is_empty());
        }
    }
}

#[test]
fn only_near_names_are_suggested_the_nearest_first() {
    let known = names(&["science/101", "science/102", "science/201", "library/7", "gym/hall"]);
    let check =
        |name: &str, wanted: &[&str]| assert_eq!(nearest(name, &known), names(wanted), "{name}");
    check("scince/101", &["science/101"]);
    check("Science/101", &["science/101"]);
    check("libary/7", &["library/7"]);
    check("hal", &["gym/hall"]);
    check("zoo", &[]);
    check("", &[]);
}

#[test]
fn a_reader_who_went_away_is_no_error() {
    assert!(Error::Output(ErrorKind::BrokenPipe.into()).is_broken_pipe());
    assert!(!Error::Output(ErrorKind::StorageFull.into()).is_broken_pipe());
}
