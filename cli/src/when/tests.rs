//! Times as people read and type them.

use super::{Clock, duration, parse_wish};
use crate::fixtures::{LANGS, NOW_MS, page};
use crate::words::Lang;

const MIN: i64 = 60_000;
const H: i64 = 60 * MIN;

fn clock() -> Clock {
    Clock::new(NOW_MS, "Asia/Shanghai")
}

#[test]
fn a_time_carries_as_much_date_as_it_needs() {
    let check = |ms: i64, wanted: &str| assert_eq!(clock().short(ms), wanted);
    check(NOW_MS, "10:12");
    check(NOW_MS - 10 * H, "00:12");
    check(NOW_MS - 11 * H, "11-19 23:12");
    check(NOW_MS - 365 * 24 * H, "2025-11-20 10:12");
}

#[test]
fn a_time_is_relative_when_under_a_day() {
    let words = page(Lang::En).words;
    assert_eq!(clock().ago_or_date(&words, NOW_MS - 3 * H), "3 h ago");
    assert_eq!(clock().ago_or_date(&words, NOW_MS - 24 * H), "11-19 10:12");
    // The agent's clock moved on between two answers.
    assert_eq!(clock().ago_or_date(&words, NOW_MS + 5_000), "0 s ago");
}

#[test]
fn a_duration_has_two_units_at_most() {
    let shown = |lang| {
        let words = page(lang).words;
        [0, 59_999, MIN, 90 * MIN, 2 * H, 24 * H, 49 * H].map(|ms| duration(&words, ms)).join(" | ")
    };
    let [en, zh] = LANGS.map(|(lang, _)| shown(lang));
    assert_eq!(en, "0 s | 59 s | 1 min | 1 h 30 min | 2 h | 1 day | 2 days");
    assert_eq!(zh, "0 秒 | 59 秒 | 1 分钟 | 1 小时 30 分 | 2 小时 | 1 天 | 2 天");
}

#[test]
fn people_type_moments_in_many_ways() {
    let check = |text: &str, wanted: &str| {
        let ms = clock().parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(clock().minute(ms), wanted, "{text}");
    };
    check("now", "2026-11-20 10:12");
    check("today", "2026-11-20 00:00");
    check("today 08:05", "2026-11-20 08:05");
    check("yesterday 14:05", "2026-11-19 14:05");
    check("yesterday", "2026-11-19 00:00");
    check("08:00", "2026-11-20 08:00");
    check("2026-11-01", "2026-11-01 00:00");
    check("2026-11-01 07:30", "2026-11-01 07:30");
    check("2026-11-01T07:30:00", "2026-11-01 07:30");
    check("2026-11-01T07:30:00Z", "2026-11-01 15:30");
    check("2h", "2026-11-20 08:12");
    check("1day 12h", "2026-11-18 22:12");
    for text in ["", "soon", "25:00", "2026-13-01", "101"] {
        assert!(clock().parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_span_has_two_ends_and_a_lone_time_at_its_end_is_of_the_same_day() {
    let check = |text: &str, wanted: &str| {
        let (from, to) = clock().span(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(format!("{} {}", clock().minute(from), clock().minute(to)), wanted, "{text}");
    };
    check("2026-11-18 08:00..09:30", "2026-11-18 08:00 2026-11-18 09:30");
    check("08:00..09:30", "2026-11-20 08:00 2026-11-20 09:30");
    check("2026-11-01 .. 2026-11-20", "2026-11-01 00:00 2026-11-20 00:00");
    check("yesterday..", "2026-11-19 00:00 2026-11-20 10:12");
    check("2h..1h", "2026-11-20 08:12 2026-11-20 09:12");
    for text in ["", "08:00", "..", "09:30..08:00", "08:00..08:00", "soon..now"] {
        assert!(clock().span(text).is_err(), "{text}");
    }
}

#[test]
fn days_begin_at_local_midnight_and_some_have_23_hours() {
    let berlin = Clock::new(NOW_MS, "Europe/Berlin");
    // 2026-03-29: clocks go forward.
    let begin = berlin.parse("2026-03-29").expect("a day");
    assert_eq!(berlin.midnight(begin + 5 * H), begin);
    assert_eq!(berlin.next_midnight(begin), begin + 23 * H);
    assert_eq!(berlin.with_offset(begin), "2026-03-29T00:00:00+01:00");
    assert_eq!(berlin.utc(begin), "2026-03-28T23:00:00Z");
    assert_eq!((berlin.week(begin), berlin.weekday(begin)), ("2026-W13".to_owned(), 7));
}

#[test]
fn an_unknown_zone_is_utc() {
    assert_eq!(Clock::new(NOW_MS, "Mars/Olympus").minute(NOW_MS), "2026-11-20 02:12");
}

#[test]
fn a_wish_lasts_from_a_second_to_two_hours() {
    for (text, wanted) in [("1s", 1), ("10m", 600), ("1h 30m", 5400), ("2h", 7200)] {
        assert_eq!(parse_wish(text).map(|wish| wish.as_secs()), Ok(wanted), "{text}");
    }
    for text in ["", "10", "0s", "999ms", "2h 1s", "-5m", "ten"] {
        assert!(parse_wish(text).is_err(), "{text}");
    }
}
