//! Rooms of which everything is known, recorded as the agent records them, and what is learnt of them.

use super::*;
use crate::config::Config;
use crate::store::{self, Limits, Opened};
use std::path::Path;
use wire::{Frame, Quantity, Reading, Sample as Said, Value};

/// Monday 2026-09-07, 00:00 in Shanghai.
const MONDAY_MS: i64 = 1_788_710_400_000;
const DAYS: i64 = 10;
const DAY_MIN: i64 = 1_440;

fn school() -> Config {
    let mut text = String::from(
        "[campus]\nid = \"c\"\ntime_zone = \"Asia/Shanghai\"\n[broker]\nurl = \"embedded\"\n\
         [timetable]\nopen = \"07:00-18:00\"\n",
    );
    for room in ["airy", "bare", "mute"] {
        text += &format!(
            "[[room]]\nid = \"b/{room}\"\n[[room.zone]]\nid = \"z\"\nnode = \"{room}\"\n\
             [[node]]\nid = \"{room}\"\nroom = \"b/{room}\"\n"
        );
    }
    Config::parse(&text, "campus.toml").expect("a good file")
}

/// Somebody is there from 08:00 to 11:00 and from 14:00 to 16:00 of Monday to Friday.
fn is_occupied(minute: i64) -> bool {
    let (day, hour) = (minute / DAY_MIN % 7, minute % DAY_MIN / 60);
    day < 5 && ((8..11).contains(&hour) || (14..16).contains(&hour))
}

/// A room that is ventilated so well that as shipped its air says of people who sit in it that they left.
struct Airy(f64);

impl Airy {
    /// Two more minutes; 45 % of what is above outdoor air leaves in 10 min.
    fn after(&mut self, occupied: bool) -> i64 {
        self.0 += if occupied { 5.0 } else { 0.0 } - (self.0 - 420.0) * 0.113;
        (self.0 * 1_000.0) as i64
    }
}

/// Ten days, a frame every two minutes; `clock_ms` is added to the clock of then.
fn record(path: &Path, moves: fn(i64) -> bool, clock_ms: fn(i64) -> i64) {
    let limits = Limits { ballast_bytes: 0, ..Limits::default() };
    let Opened { mut store, .. } = store::open(path, limits, MONDAY_MS).expect("opened");
    store.resumed(MONDAY_MS);
    let mut air = Airy(420.0);
    for minute in (0..DAYS * DAY_MIN).step_by(2) {
        let at_ms = MONDAY_MS + minute * MINUTE_MS + clock_ms(minute);
        let motion = (Quantity::Motion, i64::from(moves(minute)) * 1_000);
        let co2 = (Quantity::Co2Ppm, air.after(is_occupied(minute)));
        store.frame(at_ms, "airy", &frame(minute, &[motion, co2]));
        store.frame(at_ms, "bare", &frame(minute, &[motion]));
        while store.is_full() && store.submit(None).is_err() {
            std::thread::yield_now();
        }
    }
    while store.submit(None).is_err() {
        std::thread::yield_now();
    }
    store.close();
}

fn frame(minute: i64, readings: &[(Quantity, i64)]) -> Frame<'static> {
    let is = |(quantity, milli): &(Quantity, i64)| Reading {
        quantity: *quantity,
        channel: "",
        sample: Said::Is(Value::from_milli(*milli)),
    };
    Frame {
        boot: 1,
        seq: minute as u32 / 2 + 1,
        oldest: minute as u32 / 2 + 1,
        t: None,
        up: (minute * MINUTE_MS) as u64 + 1,
        sent: (minute * MINUTE_MS) as u64 + 1,
        lost: None,
        readings: readings.iter().map(is).collect(),
        unknown: 0,
    }
}

/// What is learnt of all three rooms from all days.
fn learnt(
    moves: fn(i64) -> bool,
    clock_ms: fn(i64) -> i64,
    truth: &Truth,
    at_once: usize,
) -> Lesson {
    let (today, folder) = (school(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("campus.db");
    record(&path, moves, clock_ms);
    let limits = Limits { ballast_bytes: 0, ..Limits::default() };
    let opened = store::open(&path, limits, MONDAY_MS).expect("opened");
    let rules = crate::rulebook::Current::default();
    let present = Present { campus: &today.campus, source: &today.source, rules: &rules };
    let rooms = ["b/airy", "b/bare", "b/mute"].map(str::to_owned);
    let span = (Timestamp(MONDAY_MS), Timestamp(MONDAY_MS + DAYS * DAY_MIN * MINUTE_MS));
    let past = opened.store.reader();
    let lesson = lesson_in(&past, present, &rooms, span, truth, at_once).expect("a lesson");
    opened.store.close();
    lesson
}

fn never(_: i64) -> i64 {
    0
}

/// Minutes with somebody in eight days of five hours.
const OCCUPIED_MIN: usize = 8 * 5 * 60;

#[test]
fn air_and_habit_are_learnt_from_movement_and_a_silent_room_says_what_it_lacks() {
    let lesson = learnt(is_occupied, never, &Truth::new(), 3);
    let [airy, bare, mute] = &lesson.rooms[..] else { panic!("{lesson:?}") };
    let is = airy.learnt.as_ref().expect("enough");
    assert!(!airy.known && is.past.occupied_min.abs_diff(OCCUPIED_MIN) < 60, "{is:?}");
    assert_eq!((is.past.school_days, is.past.free_days), (8, 2));
    let air = |of: &OccupancySettings| (of.air_pct, of.rise_ppm);
    assert_ne!(air(&is.settings), air(&airy.in_force));
    assert!(is.before.balanced < 7_000, "as shipped its people are not noticed: {is:?}");
    assert!(is.after.balanced > is.before.balanced && is.after.balanced > 9_000, "{is:?}");
    let habit = is.settings.habit.as_ref().expect("a habit");
    assert_eq!((habit.school.0[9 * 4], habit.school.0[3 * 4], habit.free.0[9 * 4]), (9, 0, 1));
    let is = bare.learnt.as_ref().expect("enough");
    assert_eq!((is.past.co2_min, air(&is.settings)), (0, air(&bare.in_force)));
    assert!(is.settings.habit.is_some() && is.after.balanced > is.before.balanced, "{is:?}");
    assert!(matches!(mute.learnt, Err(TooLittle(past)) if past.labelled_min == 0), "{mute:?}");
    // Lots of rooms are told the log again, each for itself.
    let one_by_one = learnt(is_occupied, never, &Truth::new(), 1);
    assert_eq!(one_by_one.rooms, lesson.rooms);
    assert!(one_by_one.rows > 2 * lesson.rows, "{} {}", one_by_one.rows, lesson.rows);
}

#[test]
fn what_somebody_knows_stands_above_what_moved() {
    // A sensor that sees one movement an hour.
    let seldom = |minute| is_occupied(minute) && minute % 60 == 0;
    let mut known: Vec<Known> = Vec::new();
    for minute in 0..DAYS * DAY_MIN {
        let (from_ms, occupied) = (MONDAY_MS + minute * MINUTE_MS, is_occupied(minute));
        let until_ms = from_ms + MINUTE_MS;
        match known.last_mut() {
            Some(last) if last.occupied == occupied => last.until_ms = until_ms,
            _ => known.push(Known { from_ms, until_ms, occupied }),
        }
    }
    let truth = Truth::from([("b/airy".to_owned(), known)]);
    let lesson = learnt(seldom, never, &truth, 3);
    let by_truth = lesson.rooms[0].learnt.as_ref().expect("enough");
    assert!(lesson.rooms[0].known && !lesson.rooms[1].known);
    assert_eq!(by_truth.past.occupied_min, OCCUPIED_MIN);
    assert!(by_truth.after.balanced > 9_000, "{by_truth:?}");
    // Movement alone saw too little of people to learn from.
    assert!(matches!(lesson.rooms[1].learnt, Err(TooLittle(past)) if past.occupied_min < 200));
}

#[test]
fn a_minute_counts_as_occupied_with_anybody_and_as_empty_only_as_a_whole() {
    let sample = |minute: i64| Sample {
        at: Timestamp(minute * MINUTE_MS),
        co2: None,
        moved: None,
        occupancy: lighting::Occupancy::Unknown,
        period: lighting::Period::Open,
        school: true,
        quarter: 0,
    };
    let samples: Vec<Sample> = (1..=6).map(sample).collect();
    let known = |from_ms, until_ms, occupied| Known { from_ms, until_ms, occupied };
    let spans =
        [known(0, 90_000, false), known(150_000, 150_001, true), known(200_000, 300_000, false)];
    let labels = told(&samples, &spans);
    assert_eq!(labels, [Some(false), None, Some(true), None, Some(false), None]);
}

#[test]
fn a_clock_that_was_ahead_for_an_hour_costs_that_hour() {
    // Nine days ahead, in the night of Thursday.
    let ahead = |minute: i64| match minute {
        4_400..4_460 => 9 * DAY_MIN * MINUTE_MS,
        _ => 0,
    };
    let right = learnt(is_occupied, never, &Truth::new(), 3);
    let shifted = learnt(is_occupied, ahead, &Truth::new(), 3);
    let labelled = |lesson: &Lesson| lesson.rooms[0].learnt.as_ref().expect("enough").past;
    let (right, shifted) = (labelled(&right), labelled(&shifted));
    assert_eq!(right.occupied_min, shifted.occupied_min);
    let missing = right.labelled_min - shifted.labelled_min;
    assert!((30..90).contains(&missing), "{right:?} {shifted:?}");
}
