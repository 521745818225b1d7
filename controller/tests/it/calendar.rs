//! Lamps in rooms whose day differs: exams hold longer, holidays are closed, lessons are per room.

use crate::campus::{MONDAY, id, school};
use crate::script::Run;
use controller::calendar::{Exam, MakeUp, NamedDays};
use controller::timetable::{Lesson, On, Own, Weekly};
use controller::{Calendar, Campus, Controller, Days, Span, Timetable};
use expect_test::{Expect, expect};
use jiff::civil::{Weekday, date};
use lighting::Period;
use std::sync::Arc;

/// The week of Monday 2026-09-07: exams on Tuesday, Wednesday off, Saturday makes up for Thursday.
/// `science/102` has one lesson of its own, on Thursdays at 14:00.
fn campus() -> Campus {
    let mut days = Days::default();
    days.0[3] = true;
    let lesson = Lesson {
        name: "chemistry".into(),
        time: Span::new((14, 0), (15, 0)),
        kind: Period::Lesson,
        on: On::Weekly(Weekly { days, ..Weekly::default() }),
    };
    let on = |name: &str, day| NamedDays {
        name: name.into(),
        from: date(2026, 9, day),
        to: date(2026, 9, day),
    };
    let calendar = Calendar {
        holidays: vec![on("school's birthday", 9)],
        make_ups: vec![MakeUp {
            name: String::new(),
            date: date(2026, 9, 12),
            follows: Weekday::Thursday,
        }],
        exams: vec![Exam { days: on("test", 8), times: vec![], places: vec![] }],
        ..Calendar::default()
    };
    let own =
        Own { lessons: [((id("science"), id("102")), vec![lesson])].into(), ..Own::default() };
    let base = school();
    let timetable =
        Timetable { calendar: Arc::new(calendar), own: Arc::new(own), ..base.timetable.clone() };
    Campus { timetable, ..base }
}

fn check(script: &str, expected: &Expect) {
    expected
        .assert_eq(&Run::of(Controller::new(campus(), MONDAY).expect("a good campus")).run(script));
}

#[test]
fn an_exam_holds_the_lamps_for_a_quarter_of_an_hour() {
    check(
        "tue 07:55 sci-101 motion=1 daylight=100
         08:01 sci-101 motion=1 daylight=100
         08:02 every 60s until 08:20 sci-101 motion=0 daylight=100
         08:20 room science/101",
        &expect![[r#"
            tue 07:55:00 science/101 window 0 -> 50 %: occupancy set 50 > daylight max 54 daylight_lx=100 target_lx=300 > default off
            tue 07:55:00 science/101 inner 0 -> 50 %: occupancy set 50 > daylight max 54 daylight_lx=100 target_lx=300 > default off
            tue 07:55:00 sci-101 is online
            tue 07:55:00 desire sci-101
            tue 08:01:00 science/101 window 50 -> 54 %: floor min 54 target_lx=300 daylight_lx=100 > occupancy set 50 > daylight max 54 daylight_lx=100 target_lx=300 > default off
            tue 08:01:00 science/101 inner 50 -> 54 %: floor min 54 target_lx=300 daylight_lx=100 > occupancy set 50 > daylight max 54 daylight_lx=100 target_lx=300 > default off
            tue 08:01:00 sci-101 is online
            tue 08:01:00 desire sci-101
            tue 08:16:00 science/101 window 54 -> 0 %: occupancy off for_s=900 > default off
            tue 08:16:00 science/101 inner 54 -> 0 %: occupancy off for_s=900 > default off
            tue 08:16:00 desire sci-101
                science/101: vacant since tue 08:16:00, exam, motion=0, illuminance_lx=100, today 0 Wh
                  window 0 % (is 0 %) since tue 08:16:00: occupancy off for_s=1140 > default off
                  inner 0 % (is 0 %) since tue 08:16:00: occupancy off for_s=1140 > default off
        "#]],
    );
}

#[test]
fn a_holiday_is_closed_and_a_make_up_day_has_the_lessons_of_its_weekday() {
    check(
        "wed 09:00 sci-102 motion=1 daylight=0
         09:00 room science/102
         sat 14:05 sci-102 motion=1 daylight=0
         14:05 room science/102
         14:05 room science/101",
        &expect![[r#"
            wed 09:00:00 science/102 window 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            wed 09:00:00 sci-102 is online
            wed 09:00:00 desire sci-102
                science/102: occupied since wed 09:00:00, closed, motion=1, illuminance_lx=0, today 0 Wh
                  window 50 % (is 0 %) since wed 09:00:00: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            wed 11:00:00 science/102 window 50 -> 25 %: sweep max 25 off_in_s=300 > occupancy hold > default off
            wed 11:05:00 science/102 window 25 -> 0 %: sweep off > occupancy hold > default off
            sat 14:05:00 science/102 window 0 -> 79 %: floor min 79 target_lx=300 daylight_lx=0 > occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            sat 14:05:00 sci-102 is online
            sat 14:05:00 desire sci-102
                science/102: occupied since sat 14:05:00, lesson, motion=1, illuminance_lx=200, today 0 Wh
                  window 79 % (is 50 %) since sat 14:05:00: floor min 79 target_lx=300 daylight_lx=0 > occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
                science/101: unknown since 00:00:00, open, today 0 Wh
                  window 0 % (is ? %) since 00:00:00: occupancy hold > default off
                  inner 0 % (is ? %) since 00:00:00: occupancy hold > default off
        "#]],
    );
}

#[test]
fn only_the_room_that_has_the_lesson_is_lit_to_its_floor() {
    check(
        "thu 13:59 sci-101 motion=1 daylight=0
         13:59 sci-102 motion=1 daylight=0
         14:00:10 tick
         14:00:10 room science/101
         14:00:10 room science/102",
        &expect![[r#"
            thu 13:59:00 science/101 window 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            thu 13:59:00 science/101 inner 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            thu 13:59:00 sci-101 is online
            thu 13:59:00 desire sci-101
            thu 13:59:00 science/102 window 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            thu 13:59:00 sci-102 is online
            thu 13:59:00 desire sci-102
            thu 14:00:00 science/102 window 50 -> 79 %: floor min 79 target_lx=300 daylight_lx=0 > occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            thu 14:00:10 desire sci-102
                science/101: occupied since thu 13:59:00, open, motion=1, illuminance_lx=0, today 0 Wh
                  window 50 % (is 0 %) since thu 13:59:00: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
                  inner 50 % (is 0 %) since thu 13:59:00: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
                science/102: occupied since thu 13:59:00, lesson, motion=1, illuminance_lx=0, today 0 Wh
                  window 79 % (is 0 %) since thu 14:00:00: floor min 79 target_lx=300 daylight_lx=0 > occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
        "#]],
    );
}
