//! Calendars and tables from many programs: what becomes of them, line by line.

mod tables;

use super::*;
use expect_test::{Expect, expect};
use jiff::tz::TimeZone;
use std::fmt::Write as _;

fn id(text: &str) -> Id {
    Id::new(text).expect("a good identifier")
}

fn places() -> Places {
    let room = |building: &str, room: &str, name: &str| RoomConfig {
        exempt: false,
        building: id(building),
        id: id(room),
        name: name.into(),
        zones: vec![],
        occupancy: Default::default(),
    };
    Places::new(&[
        room("science", "101", "物理 Physics 1"),
        room("science", "102", "Chemistry"),
        room("arts", "1", "Hall"),
        room("arts", "2", "Hall"),
    ])
}

fn zone(name: &str) -> TimeZone {
    jiff::tz::db().get(name).expect("a zone")
}

fn shown(found: &Imported) -> String {
    let mut text = write(&found.lessons, "a file");
    for (what, notes) in [("left out", &found.left_out), ("refused", &found.refused)] {
        for note in notes {
            let line = format!("{what} {}: {} | {}", note.line, note.what, note.hint);
            let _ = writeln!(text, "{}", line.trim_end_matches(" | "));
        }
    }
    text.split_once('\n').map_or(String::new(), |(_, rest)| rest.to_owned())
}

fn check_in(zone_name: &str, events: &str, expected: &Expect) {
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n");
    expected.assert_eq(&shown(&ics(text.as_bytes(), &places(), &zone(zone_name))));
}

fn check(events: &str, expected: &Expect) {
    check_in("Asia/Shanghai", events, expected);
}

/// An event of one line each.
fn event(lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("{}\r\n", line.trim())).collect();
    format!("BEGIN:VEVENT\r\n{lines}END:VEVENT\r\n")
}

#[test]
fn a_weekly_event_becomes_a_weekly_lesson() {
    check(
        &event(
            "UID:1
             SUMMARY:高一(3)班\\, 物理
             LOCATION:science/101
             DTSTART;TZID=Asia/Shanghai:20260907T080000
             DTEND;TZID=Asia/Shanghai:20260907T084500
             RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261230T155959Z
             EXDATE;TZID=Asia/Shanghai:20261005T080000,20261007T080000
             RDATE;TZID=Asia/Shanghai:20261010T080000",
        ),
        &expect![[r#"

            [[lesson]]
            room = "science/101"
            name = "高一(3)班, 物理"
            time = "08:00-08:45"
            days = ["mon", "wed"]
            from = "2026-09-07"
            to = "2026-12-30"
            except = ["2026-10-05", "2026-10-07"]

            [[lesson]]
            room = "science/101"
            name = "高一(3)班, 物理"
            time = "08:00-08:45"
            dates = ["2026-10-10"]
        "#]],
    );
}

#[test]
fn every_second_week_a_count_and_days() {
    check(
        &(event(
            "SUMMARY:odd\nLOCATION: Chemistry \nDTSTART:20260908T100000\nDURATION:PT1H30M
             RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4",
        ) + &event(
            "SUMMARY:daily\nLOCATION:CHEMISTRY\nDTSTART:20260907T120000\nDTEND:20260907T123000
             RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20260918",
        ) + &event(
            "SUMMARY:for ever\nLOCATION:science/102\nDTSTART:20260911T140000\nDTEND:20260911T150000
             RRULE:FREQ=WEEKLY",
        ) + &event(
            "SUMMARY:begins on another day\nLOCATION:science/102\nDTSTART:20260907T160000\nDTEND:20260907T170000
             RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3",
        )),
        &expect![[r#"

            [[lesson]]
            room = "science/102"
            name = "daily"
            time = "12:00-12:30"
            days = ["mon", "tue", "wed", "thu", "fri"]
            from = "2026-09-07"
            to = "2026-09-18"

            [[lesson]]
            room = "science/102"
            name = "odd"
            time = "10:00-11:30"
            days = ["tue"]
            from = "2026-09-08"
            to = "2026-10-20"
            every = 2

            [[lesson]]
            room = "science/102"
            name = "begins on another day"
            time = "16:00-17:00"
            days = ["tue"]
            from = "2026-09-07"
            to = "2026-09-15"

            [[lesson]]
            room = "science/102"
            name = "for ever"
            time = "14:00-15:00"
            days = ["fri"]
            from = "2026-09-11"

            [[lesson]]
            room = "science/102"
            name = "begins on another day"
            time = "16:00-17:00"
            dates = ["2026-09-07"]
        "#]],
    );
}

#[test]
fn until_before_the_lesson_of_the_last_day_leaves_it_out() {
    // 00:30 UTC of 14 September is 08:30 in Shanghai: after 08:00 and before 09:00.
    let of = |hour: &str| {
        event(&format!(
            "SUMMARY:{hour}\nLOCATION:science/101\nDTSTART;TZID=Asia/Shanghai:20260907T{hour}0000
             DTEND;TZID=Asia/Shanghai:20260907T{hour}4500\nRRULE:FREQ=WEEKLY;UNTIL=20260914T003000Z",
        ))
    };
    check(
        &(of("08") + &of("09")),
        &expect![[r#"

        [[lesson]]
        room = "science/101"
        name = "08"
        time = "08:00-08:45"
        days = ["mon"]
        from = "2026-09-07"
        to = "2026-09-14"

        [[lesson]]
        room = "science/101"
        name = "09"
        time = "09:00-09:45"
        days = ["mon"]
        from = "2026-09-07"
        to = "2026-09-07"
    "#]],
    );
}

#[test]
fn times_of_another_zone_become_local_dates() {
    check(
        &event(
            "SUMMARY:utc\nLOCATION:science/101\nDTSTART:20260906T233000Z\nDTEND:20260907T001500Z
             RRULE:FREQ=WEEKLY;COUNT=3",
        ),
        &expect![[r#"

            [[lesson]]
            room = "science/101"
            name = "utc"
            time = "07:30-08:15"
            dates = ["2026-09-07", "2026-09-14", "2026-09-21"]
        "#]],
    );
    // Summer time ends on 25 October: a lesson that is held by UTC moves by an hour in Berlin.
    check_in(
        "Europe/Berlin",
        &event(
            "SUMMARY:utc\nLOCATION:science/101\nDTSTART:20261019T070000Z\nDTEND:20261019T074500Z
             RRULE:FREQ=WEEKLY;COUNT=3",
        ),
        &expect![[r#"

            [[lesson]]
            room = "science/101"
            name = "utc"
            time = "08:00-08:45"
            dates = ["2026-10-26", "2026-11-02"]

            [[lesson]]
            room = "science/101"
            name = "utc"
            time = "09:00-09:45"
            dates = ["2026-10-19"]
        "#]],
    );
    // One that is held by Berlin's clocks does not.
    check_in(
        "Europe/Berlin",
        &event(
            "SUMMARY:local\nLOCATION:science/101\nDTSTART;TZID=W. Europe Standard Time:20261019T090000
             DTEND;TZID=W. Europe Standard Time:20261019T094500\nRRULE:FREQ=WEEKLY;COUNT=3",
        ),
        &expect![[r#"

            [[lesson]]
            room = "science/101"
            name = "local"
            time = "09:00-09:45"
            days = ["mon"]
            from = "2026-10-19"
            to = "2026-11-02"
        "#]],
    );
    check(
        &event(
            "LOCATION:science/101\nDTSTART:20260906T233000Z\nDTEND:20260907T001500Z\nRRULE:FREQ=WEEKLY",
        ),
        &expect![[r#"
            refused 7: repeats without an end, in another time zone or in uneven steps | end it (`UNTIL` or `COUNT`), so that its days can be written down
        "#]],
    );
}

#[test]
fn zones_by_the_names_that_programs_give_them() {
    let of = |zone: &str| {
        event(&format!(
            "SUMMARY:s\nLOCATION:arts/1\nDTSTART;TZID={zone}:20260907T080000\nDTEND;TZID={zone}:20260907T084500",
        ))
    };
    let own = "BEGIN:VTIMEZONE\r\nTZID:School\r\nX-LIC-LOCATION:Asia/Shanghai\r\n\
               BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    check(
        &(own.to_owned()
            + &of("China Standard Time")
            + &of("\"/freeassociation.sourceforge.net/Asia/Shanghai\"")
            + &of("School")
            + &of("Moon")),
        &expect![[r#"

            [[lesson]]
            room = "arts/1"
            name = "s"
            time = "08:00-08:45"
            dates = ["2026-09-07"]
            refused 31: the time zone `Moon` is not known | export with times of a zone like `Asia/Shanghai`, or in UTC
        "#]],
    );
}

#[test]
fn a_moved_occurrence_is_taken_out_and_put_elsewhere_and_a_cancelled_one_is_gone() {
    check(
        &(event(
            "UID:a\nSUMMARY:s\nLOCATION:arts/1\nDTSTART:20260907T080000\nDTEND:20260907T084500
             RRULE:FREQ=WEEKLY;COUNT=5",
        ) + &event(
            "UID:a\nSUMMARY:s\nLOCATION:arts/2\nRECURRENCE-ID:20260914T080000
             DTSTART:20260915T100000\nDTEND:20260915T104500",
        ) + &event(
            "UID:a\nSUMMARY:s\nLOCATION:arts/1\nRECURRENCE-ID:20260921T080000\nSTATUS:CANCELLED
             DTSTART:20260921T080000\nDTEND:20260921T084500",
        ) + &event(
            "UID:b\nSUMMARY:cancelled\nSTATUS:CANCELLED\nDTSTART:20260907T080000\nDTEND:20260907T084500",
        )),
        &expect![[r#"

            [[lesson]]
            room = "arts/1"
            name = "s"
            time = "08:00-08:45"
            days = ["mon"]
            from = "2026-09-07"
            to = "2026-10-05"
            except = ["2026-09-14", "2026-09-21"]

            [[lesson]]
            room = "arts/2"
            name = "s"
            time = "10:00-10:45"
            dates = ["2026-09-15"]
        "#]],
    );
}

#[test]
fn single_events_of_one_lesson_become_one_lesson_with_dates() {
    let of = |day: &str| {
        event(&format!(
            "SUMMARY:化学\nLOCATION:Chemistry\nCATEGORIES:考试\nDTSTART:{day}T080000\nDTEND:{day}T100000",
        ))
    };
    check(
        &(of("20260914") + &of("20260907") + &of("20260921") + &of("20260907")),
        &expect![[r#"

        [[lesson]]
        room = "science/102"
        name = "化学"
        time = "08:00-10:00"
        kind = "exam"
        dates = ["2026-09-07", "2026-09-14", "2026-09-21"]
    "#]],
    );
}

#[test]
fn folded_lines_are_joined_even_within_a_character() {
    let mut text = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:".to_vec();
    let word = "物理".as_bytes();
    text.extend(&word[..2]);
    text.extend(b"\r\n ");
    text.extend(&word[2..]);
    text.extend(
        b"\r\nLOCATION:science\r\n\t/101\r\nDTSTART:20260907T080000\r\nDTEND:20260907T084500\r\n",
    );
    text.extend(
        b"BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nDURATION:PT1M\r\nSUMMARY:ring\r\nEND:VALARM\r\n",
    );
    text.extend(b"END:VEVENT\r\nEND:VCALENDAR\r\n");
    let found = ics(&text, &places(), &zone("Asia/Shanghai"));
    expect![[r#"

        [[lesson]]
        room = "science/101"
        name = "物理"
        time = "08:00-08:45"
        dates = ["2026-09-07"]
    "#]]
    .assert_eq(&shown(&found));
}

#[test]
fn what_is_no_lesson_is_left_out_and_said() {
    let mut places = places();
    places.map("操场=").expect("a pair");
    let text = format!(
        "BEGIN:VCALENDAR\n{}{}END:VCALENDAR\n",
        event("SUMMARY:National Day\nDTSTART;VALUE=DATE:20261001\nDTEND;VALUE=DATE:20261008"),
        event("SUMMARY:体育\nLOCATION:操场\nDTSTART:20260907T080000\nDTEND:20260907T084500"),
    );
    expect![[r#"
        left out 4: `National Day` lasts all day: it is no lesson
        left out 9: `操场` has no room here
    "#]]
    .assert_eq(&shown(&ics(text.as_bytes(), &places, &zone("Asia/Shanghai"))));
}

#[test]
fn what_cannot_be_taken_over_is_refused_with_its_line() {
    let at = |rest: &str| {
        event(&format!("LOCATION:arts/1\nDTSTART:20260907T080000\nDTEND:20260907T084500\n{rest}"))
    };
    let all = [
        at("RRULE:FREQ=MONTHLY;BYDAY=1MO"),
        at("RRULE:FREQ=WEEKLY;BYSETPOS=1"),
        at("RRULE:FREQ=WEEKLY;BYDAY=1MO"),
        at("RRULE:INTERVAL=2"),
        at("RRULE:FREQ=WEEKLY;COUNT=3;UNTIL=20261001"),
        at("RRULE:FREQ=WEEKLY\nRRULE:FREQ=DAILY"),
        at("RRULE:FREQ=DAILY;COUNT=5000"),
        at("RRULE:FREQ=WEEKLY;COUNT=0"),
        at("RRULE:FREQ=WEEKLY\nEXRULE:FREQ=WEEKLY;INTERVAL=2"),
        at("RDATE;VALUE=PERIOD:20260908T080000/PT1H"),
        event("LOCATION:arts/1\nDTSTART:20260907T220000\nDTEND:20260908T010000"),
        event("LOCATION:arts/1\nDTSTART:20260907T080000\nDTEND:20260907T080000"),
        event("LOCATION:arts/1\nDTSTART:20260907T080000"),
        event("LOCATION:arts/1\nDTSTART:20260932T080000\nDTEND:20260907T084500"),
        event("LOCATION:arts/1\nSUMMARY:nowhen"),
        event("DTSTART:20260907T080000\nDTEND:20260907T084500"),
        event("LOCATION:Chemstry\nDTSTART:20260907T080000\nDTEND:20260907T084500"),
        event("LOCATION:Chemstry\nDTSTART:20260908T080000\nDTEND:20260908T084500"),
        event("LOCATION:Hall\nDTSTART:20260907T080000\nDTEND:20260907T084500"),
    ];
    check(
        &all.concat(),
        &expect![[r#"
            refused 7: `BYDAY=1MO` is not understood | make it an event every week, or single events, in the program that wrote the file
            refused 13: repeats by `BYSETPOS=1`, which is not understood | make it an event every week, or single events, in the program that wrote the file
            refused 19: `BYDAY=1MO` is not understood | make it an event every week, or single events, in the program that wrote the file
            refused 25: repeats, and does not say how often | make it an event every week, or single events, in the program that wrote the file
            refused 31: ends by `COUNT` and by `UNTIL` | only one may be there
            refused 38: two rules of repetition | one is enough
            refused 44: repeats too often | a timetable has a term or two
            refused 50: `COUNT=0` is not understood | make it an event every week, or single events, in the program that wrote the file
            refused 57: `EXRULE` is not understood | use `EXDATE`
            refused 63: occurrences with lengths of their own | write them as single events
            refused 67: an event that goes over midnight | a lesson begins and ends on one day; split it at midnight
            refused 73: an event that ends before it begins | a lesson has a begin and an end on one day
            refused 75: an event without an end (`DTEND` or `DURATION`) | give it one in the program that wrote the file
            refused 81: `20260932T080000` is no time | times look like `20260901T080000`
            refused 84: an event without a begin (`DTSTART`)
            refused 88: no place is named | say which room it is with `--room building/room`
            refused 93: no room is called `Chemstry` | did you mean `chemistry`? `--map "Chemstry=building/room"` says which room it is, `--map "Chemstry="` leaves it out
            refused 103: no room is called `Hall` | 2 rooms have this name; say which: `--map "Hall=arts/1"`
        "#]],
    );
}

#[test]
fn files_that_are_no_calendars_are_refused() {
    let check = |bytes: &[u8], expected: &Expect| {
        expected.assert_eq(&shown(&ics(bytes, &places(), &zone("Asia/Shanghai"))));
    };
    check(
        b"",
        &expect![[r#"
        refused 1: no event in it | is this an iCalendar file?
    "#]],
    );
    check(
        b"<html>\n",
        &expect![[r#"
        refused 1: no `:` in this line | is this an iCalendar file, and whole?
    "#]],
    );
    check(
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:cut\n",
        &expect![[r#"
        refused 4: the file ends within `VCALENDAR` in `VEVENT` | it was cut off: export it again
    "#]],
    );
    check(
        b"BEGIN:VCALENDAR\nSUMMARY:\xff\xfe\n",
        &expect![[r#"
        refused 2: this line is not UTF-8 | save the file with that encoding
    "#]],
    );
    check(
        b"BEGIN:VCALENDAR\nEND:VEVENT\n",
        &expect![[r#"
        refused 2: `END:VEVENT` ends what has not begun | export the calendar again
    "#]],
    );
}
