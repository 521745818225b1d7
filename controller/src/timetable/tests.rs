//! Local days of 23, 24 and 25 hours, half-hour zones, and the bells of one school.

mod rooms;

use super::*;

fn school() -> Timetable {
    Timetable {
        days: crate::Days::SCHOOL,
        open: Span::new((7, 0), (18, 0)),
        lessons: vec![Span::new((8, 0), (8, 45)), Span::new((8, 55), (9, 40))],
        ..Timetable::default()
    }
}

fn at(zone: &TimeZone, text: &str) -> Timestamp {
    let local: jiff::civil::DateTime = text.parse().expect("a time");
    Timestamp(zone.to_timestamp(local).expect("a moment").as_millisecond())
}

/// From mark to mark through one local day: what holds from when on.
fn check(zone: &TimeZone, day: &str, expected: &[(&str, &str)]) {
    let timetable = school();
    let mut now = at(zone, &format!("{day}T00:00"));
    let mut got: Vec<(String, &str)> = Vec::new();
    loop {
        let today = Today::new(&timetable, zone, &[], now);
        assert_eq!(today.day_start, at(zone, &format!("{day}T00:00")));
        let period = today.period().name();
        if got.last().is_none_or(|(_, last)| *last != period) {
            let local = zone.to_datetime(instant(now));
            got.push((format!("{:02}:{:02}", local.hour(), local.minute()), period));
        }
        assert!(today.until > now, "time goes on");
        now = today.until;
        if Today::new(&timetable, zone, &[], now).day_start == now {
            break;
        }
    }
    let got: Vec<(&str, &str)> =
        got.iter().map(|(time, period)| (time.as_str(), *period)).collect();
    assert_eq!(got, expected);
}

const SCHOOL_DAY: [(&str, &str); 7] = [
    ("00:00", "closed"),
    ("07:00", "open"),
    ("08:00", "lesson"),
    ("08:45", "break"),
    ("08:55", "lesson"),
    ("09:40", "open"),
    ("18:00", "closed"),
];

#[test]
fn a_school_day_has_its_bells_in_every_zone() {
    let kathmandu = TimeZone::fixed(jiff::tz::Offset::from_seconds(20_700).expect("an offset"));
    check(&TimeZone::fixed(jiff::tz::offset(8)), "2026-09-07", &SCHOOL_DAY);
    check(&kathmandu, "2026-09-07", &SCHOOL_DAY);
    check(&TimeZone::fixed(jiff::tz::offset(8)), "2026-09-06", &[("00:00", "closed")]);
}

#[test]
fn the_night_may_have_an_hour_more_or_less() {
    // Clocks change on Monday here, so that the change falls on a school day.
    let zone = TimeZone::posix("XST-1XDT,M3.5.1/2,M10.5.1/3").expect("a zone");
    let hours = |day: &str, next: &str| {
        (at(&zone, &format!("{next}T00:00")).0 - at(&zone, &format!("{day}T00:00")).0) / 3_600_000
    };
    assert_eq!(hours("2026-03-30", "2026-03-31"), 23);
    assert_eq!(hours("2026-10-26", "2026-10-27"), 25);
    check(&zone, "2026-03-30", &SCHOOL_DAY);
    check(&zone, "2026-10-26", &SCHOOL_DAY);
}

#[test]
fn nonsense_is_refused() {
    let with = |change: fn(&mut Timetable)| {
        let mut timetable = school();
        change(&mut timetable);
        timetable.check()
    };
    assert_eq!(with(|_| {}), Ok(()));
    assert!(with(|t| t.lessons.swap(0, 1)).is_err());
    assert!(with(|t| t.lessons[0].to_min = 540).is_err());
    assert!(with(|t| t.open.to_min = 1_441).is_err());
    assert!(with(|t| t.open.to_min = 10).is_err());
}

#[test]
fn the_ends_of_time_are_only_far_away() {
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    for far in [i64::MIN, -1, 0, i64::MAX / 2, i64::MAX] {
        let now = Today::new(&school(), &zone, &[], Timestamp(far));
        assert!(now.until > Timestamp(far) || far == i64::MAX, "{far}: {now:?}");
    }
}
