//! Days of single rooms: bells of a building, own lessons, odd and even weeks, exams, clocks that change.

use super::*;
use crate::calendar::{Exam, MakeUp, NamedDays, Public, PublicDay, PublicYear};
use crate::campus::Place;
use crate::{Calendar, RoomConfig, RoomIx};
use expect_test::{Expect, expect};
use jiff::civil::date;
use lighting::Period;
use std::fmt::Write as _;
use wire::Id;

fn id(text: &str) -> Id {
    Id::new(text).expect("a good identifier")
}

fn place(text: &str) -> Place {
    match text.split_once('/') {
        Some((building, room)) => Place::Room { building: id(building), room: id(room) },
        None => Place::Building(id(text)),
    }
}

fn span(text: &str) -> Span {
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':').expect("a time");
        hour.parse::<u16>().expect("an hour") * 60 + minute.parse::<u16>().expect("a minute")
    };
    let (from, to) = text.split_once('-').expect("a span");
    Span { from_min: minute(from), to_min: minute(to) }
}

fn bell(name: &str, time: &str, kind: Period, places: &[&str]) -> Bell {
    let places = places.iter().copied().map(place).collect();
    Bell { name: name.into(), time: span(time), kind, places }
}

fn weekly(name: &str, time: &str, days: &[usize], change: impl Fn(&mut Weekly)) -> Lesson {
    let mut weekly = Weekly::default();
    days.iter().for_each(|day| weekly.days.0[*day] = true);
    change(&mut weekly);
    Lesson { name: name.into(), time: span(time), kind: Period::Lesson, on: On::Weekly(weekly) }
}

/// Autumn of 2026: 1 September is a Tuesday; 20 September makes up for a day that nobody has named.
fn calendar() -> Calendar {
    let named = |name: &str, from, to| NamedDays { name: name.into(), from, to };
    let public = |date, free| PublicDay {
        date,
        name: "国庆节".into(),
        name_en: "National Day".into(),
        free,
    };
    let days = vec![
        public(date(2026, 9, 20), false),
        public(date(2026, 10, 1), true),
        public(date(2026, 10, 10), false),
    ];
    let year = PublicYear { year: 2026, source: "a notice".into(), days };
    Calendar {
        terms: vec![named("autumn", date(2026, 9, 1), date(2027, 1, 22))],
        make_ups: vec![MakeUp {
            name: String::new(),
            date: date(2026, 10, 10),
            follows: Weekday::Thursday,
        }],
        closed: vec![named("typhoon", date(2026, 9, 15), date(2026, 9, 15))],
        exams: vec![
            Exam {
                days: named("midterm", date(2026, 11, 9), date(2026, 11, 13)),
                times: vec![],
                places: vec![],
            },
            Exam {
                days: named("finals", date(2027, 1, 14), date(2027, 1, 17)),
                times: vec![span("09:00-11:30"), span("14:30-16:30")],
                places: vec![place("science")],
            },
        ],
        public: Some(Public { country: "cn".into(), years: vec![year] }),
        ..Calendar::default()
    }
}

/// Bells everywhere, evening self-study in `arts`; `science/101` has lessons of its own.
fn rich() -> Timetable {
    let thursday = |it: &mut Weekly| it.weeks = Weeks::Odd;
    let some = |it: &mut Weekly| it.weeks = Weeks::Of(vec![(1, 3), (6, 8)]);
    let fortnightly = |it: &mut Weekly| {
        (it.from, it.every) = (Some(date(2026, 9, 7)), 2);
        it.except = vec![date(2026, 10, 19)];
    };
    let exam = Lesson {
        name: "makeup exam".into(),
        time: span("09:00-10:00"),
        kind: Period::Exam,
        on: On::Dates(vec![date(2026, 9, 12), date(2026, 10, 1), date(2026, 9, 15)]),
    };
    let own = Own {
        bells: vec![
            bell("1", "08:00-08:45", Period::Lesson, &[]),
            bell("2", "08:55-09:40", Period::Lesson, &[]),
            bell("1", "08:00-08:40", Period::Lesson, &["arts"]),
            bell("evening", "19:00-20:30", Period::SelfStudy, &["arts"]),
        ],
        hours: vec![
            Hours { place: place("arts"), open: span("07:00-21:00"), days: None },
            Hours { place: place("arts/lib"), open: span("09:00-17:00"), days: Some(Days::ALL) },
        ],
        lessons: [(
            (id("science"), id("101")),
            vec![
                weekly("physics", "08:00-08:45", &[0, 2], |_| {}),
                weekly("lab", "08:55-09:40", &[3], thursday),
                weekly("club", "16:00-17:00", &[0], some),
                weekly("seminar", "08:55-09:40", &[0], fortnightly),
                weekly("saturday", "10:00-12:00", &[5], |_| {}),
                exam,
            ],
        )]
        .into(),
    };
    Timetable {
        days: Days::SCHOOL,
        open: span("07:00-18:00"),
        lessons: vec![],
        calendar: Arc::new(calendar()),
        own: Arc::new(own),
    }
}

fn day(timetable: &Timetable, room: &str, date: Date) -> String {
    let room = room.split_once('/').map(|(building, room)| (id(building), id(room)));
    let plan = timetable.plan(room, date);
    let kind = plan.day.kind.name();
    let mut text = format!("{date} {kind}");
    for stretch in &plan.stretches {
        let minute = stretch.time.from_min;
        let _ = write!(text, " {:02}:{:02} {}", minute / 60, minute % 60, stretch.period.name());
        if !stretch.name.is_empty() {
            let _ = write!(text, "({})", stretch.name);
        }
    }
    let ends: Vec<u16> = plan.stretches.iter().map(|it| it.time.to_min).collect();
    let begins: Vec<u16> = plan.stretches.iter().map(|it| it.time.from_min).collect();
    assert_eq!(begins[1..], ends[..ends.len() - 1], "no hole");
    assert_eq!((begins[0], ends[ends.len() - 1]), (0, DAY_MIN));
    text + "\n"
}

fn check(room: &str, dates: &[Date], expected: &Expect) {
    let timetable = rich();
    let text: String = dates.iter().map(|date| day(&timetable, room, *date)).collect();
    expected.assert_eq(&text);
}

#[test]
fn the_nearest_bells_and_hours_hold() {
    let monday = [date(2026, 9, 7)];
    check(
        "",
        &monday,
        &expect![[r#"
        2026-09-07 school 00:00 closed 07:00 open 08:00 lesson(1) 08:45 break 08:55 lesson(2) 09:40 open 18:00 closed
    "#]],
    );
    check(
        "science/102",
        &monday,
        &expect![[r#"
        2026-09-07 school 00:00 closed 07:00 open 08:00 lesson(1) 08:45 break 08:55 lesson(2) 09:40 open 18:00 closed
    "#]],
    );
    check(
        "arts/1",
        &monday,
        &expect![[r#"
            2026-09-07 school 00:00 closed 07:00 open 08:00 lesson(1) 08:40 open 19:00 self_study(evening) 20:30 open 21:00 closed
        "#]],
    );
    check(
        "arts/lib",
        &[date(2026, 9, 5), date(2026, 10, 1), date(2026, 9, 15)],
        &expect![[r#"
        2026-09-05 weekend 00:00 closed 09:00 open 17:00 closed
        2026-10-01 holiday 00:00 closed
        2026-09-15 closed 00:00 closed
    "#]],
    );
}

#[test]
fn a_room_with_lessons_of_its_own_is_open_when_only_the_bells_ring() {
    check(
        "science/101",
        &[date(2026, 9, 8), date(2026, 9, 9), date(2026, 9, 12)],
        &expect![[r#"
        2026-09-08 school 00:00 closed 07:00 open 08:45 break 08:55 open 18:00 closed
        2026-09-09 school 00:00 closed 07:00 open 08:00 lesson(physics) 08:45 break 08:55 open 18:00 closed
        2026-09-12 weekend 00:00 closed 09:00 exam(makeup exam) 10:00 lesson(saturday) 12:00 closed
    "#]],
    );
}

#[test]
fn odd_weeks_some_weeks_and_every_second_week() {
    let thursdays = [date(2026, 9, 3), date(2026, 9, 10), date(2026, 9, 17)];
    check(
        "science/101",
        &thursdays,
        &expect![[r#"
        2026-09-03 school 00:00 closed 07:00 open 08:45 break 08:55 lesson(lab) 09:40 open 18:00 closed
        2026-09-10 school 00:00 closed 07:00 open 08:45 break 08:55 open 18:00 closed
        2026-09-17 school 00:00 closed 07:00 open 08:45 break 08:55 lesson(lab) 09:40 open 18:00 closed
    "#]],
    );
    let mondays = [7, 14, 21, 28].map(|day| date(2026, 9, day));
    check(
        "science/101",
        &mondays,
        &expect![[r#"
        2026-09-07 school 00:00 closed 07:00 open 08:00 lesson(physics) 08:45 break 08:55 lesson(seminar) 09:40 open 16:00 lesson(club) 17:00 open 18:00 closed
        2026-09-14 school 00:00 closed 07:00 open 08:00 lesson(physics) 08:45 break 08:55 open 16:00 lesson(club) 17:00 open 18:00 closed
        2026-09-21 school 00:00 closed 07:00 open 08:00 lesson(physics) 08:45 break 08:55 lesson(seminar) 09:40 open 18:00 closed
        2026-09-28 school 00:00 closed 07:00 open 08:00 lesson(physics) 08:45 break 08:55 open 18:00 closed
    "#]],
    );
    check(
        "science/101",
        &[date(2026, 10, 5), date(2026, 10, 19)],
        &expect![[r#"
        2026-10-05 school 00:00 closed 07:00 open 08:00 lesson(physics) 08:45 break 08:55 lesson(seminar) 09:40 open 16:00 lesson(club) 17:00 open 18:00 closed
        2026-10-19 school 00:00 closed 07:00 open 08:00 lesson(physics) 08:45 break 08:55 open 16:00 lesson(club) 17:00 open 18:00 closed
    "#]],
    );
}

#[test]
fn a_make_up_day_follows_its_weekday_and_every_bell_where_nobody_has_named_one() {
    check(
        "science/101",
        &[date(2026, 10, 10), date(2026, 9, 20)],
        &expect![[r#"
        2026-10-10 make_up 00:00 closed 07:00 open 08:45 break 08:55 open 18:00 closed
        2026-09-20 make_up 00:00 closed 07:00 open 08:00 lesson(1) 08:45 break 08:55 lesson(2) 09:40 open 18:00 closed
    "#]],
    );
    check(
        "science/102",
        &[date(2026, 10, 10), date(2026, 9, 20)],
        &expect![[r#"
        2026-10-10 make_up 00:00 closed 07:00 open 08:00 lesson(1) 08:45 break 08:55 lesson(2) 09:40 open 18:00 closed
        2026-09-20 make_up 00:00 closed 07:00 open 08:00 lesson(1) 08:45 break 08:55 lesson(2) 09:40 open 18:00 closed
    "#]],
    );
}

#[test]
fn dated_lessons_are_held_on_holidays_but_not_on_closed_days() {
    check(
        "science/101",
        &[date(2026, 10, 1), date(2026, 9, 15)],
        &expect![[r#"
        2026-10-01 holiday 00:00 closed 09:00 exam(makeup exam) 10:00 closed
        2026-09-15 closed 00:00 closed
    "#]],
    );
}

#[test]
fn exam_weeks_turn_lessons_into_exams_or_set_their_own_times() {
    check(
        "science/101",
        &[date(2026, 11, 9)],
        &expect![[r#"
        2026-11-09 school 00:00 closed 07:00 open 08:00 exam(midterm) 08:45 break 08:55 open 18:00 closed
    "#]],
    );
    check(
        "arts/1",
        &[date(2026, 11, 9), date(2027, 1, 14)],
        &expect![[r#"
            2026-11-09 school 00:00 closed 07:00 open 08:00 exam(midterm) 08:40 open 19:00 exam(midterm) 20:30 open 21:00 closed
            2027-01-14 school 00:00 closed 07:00 open 08:00 lesson(1) 08:40 open 19:00 self_study(evening) 20:30 open 21:00 closed
        "#]],
    );
    check(
        "science/102",
        &[date(2027, 1, 14), date(2027, 1, 17)],
        &expect![[r#"
        2027-01-14 school 00:00 closed 07:00 open 09:00 exam(finals) 11:30 open 14:30 exam(finals) 16:30 open 18:00 closed
        2027-01-17 weekend 00:00 closed 09:00 exam(finals) 11:30 closed 14:30 exam(finals) 16:30 closed
    "#]],
    );
}

#[test]
fn weeks_need_a_term() {
    check(
        "science/101",
        &[date(2026, 8, 27), date(2026, 8, 31)],
        &expect![[r#"
        2026-08-27 school 00:00 closed 07:00 open 08:45 break 08:55 open 18:00 closed
        2026-08-31 school 00:00 closed 07:00 open 08:00 lesson(physics) 08:45 break 08:55 open 18:00 closed
    "#]],
    );
}

#[test]
fn rooms_turn_at_their_own_bells_on_days_of_23_and_25_hours() {
    // Clocks change on Monday here, so that the change falls on a school day.
    let zone = TimeZone::posix("XST-1XDT,M3.5.1/2,M10.5.1/3").expect("a zone");
    let timetable = Timetable {
        own: Arc::new(Own {
            bells: vec![bell("night watch", "01:30-02:30", Period::Exam, &["arts"])],
            ..Own::default()
        }),
        ..school()
    };
    let room = |building: &str| RoomConfig {
        exempt: false,
        building: id(building),
        id: id("1"),
        name: String::new(),
        zones: vec![],
        occupancy: Default::default(),
    };
    let rooms = [room("arts"), room("science")];
    let walk = |day: &str| {
        let mut now = at(&zone, &format!("{day}T00:00"));
        let mut today = Today::new(&timetable, &zone, &rooms, now);
        let (date, mut text) = (zone.to_datetime(instant(now)).date(), String::new());
        while zone.to_datetime(instant(now)).date() == date && text.len() < 2_000 {
            let local = zone.to_datetime(instant(now));
            let (arts, science) = (today.room(RoomIx(0)), today.room(RoomIx(1)));
            let (hour, minute) = (local.hour(), local.minute());
            let _ = writeln!(text, "{hour:02}:{minute:02} {} {}", arts.name(), science.name());
            assert!(today.until > now);
            now = today.until;
            today.advance(&timetable, &zone, &rooms, now);
        }
        text
    };
    expect![[r#"
        00:00 closed closed
        01:30 exam closed
        03:00 closed closed
        03:30 closed closed
        07:00 open open
        08:00 open lesson
        08:45 open break
        08:55 open lesson
        09:40 open open
        18:00 closed closed
    "#]]
    .assert_eq(&walk("2026-03-30"));
    expect![[r#"
        00:00 closed closed
        01:30 exam closed
        02:30 closed closed
        02:00 exam closed
        02:30 closed closed
        07:00 open open
        08:00 open lesson
        08:45 open break
        08:55 open lesson
        09:40 open open
        18:00 closed closed
    "#]]
    .assert_eq(&walk("2026-10-26"));
}
