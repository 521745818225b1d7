//! Timetable files: bells, opening hours and lessons; what is refused, and what is only said.

use super::calendar::{ROOMS, beside};
use super::*;
use controller::timetable::{On, Weeks};
use jiff::civil::date;
use lighting::Period;

const CALENDAR: (&str, &str) =
    ("calendar.toml", "[[term]]\nname = \"autumn\"\nfrom = \"2026-09-01\"\nto = \"2026-12-30\"\n");

/// `[timetable]` is the last section of the head.
fn campus() -> String {
    format!(
        "files = [\"timetable.toml\"]\n[calendar]\npublic = \"cn\"\nfile = \"calendar.toml\"\n{ROOMS}"
    )
}

const GOOD: &str = r#"
[[bell]]
name = "第1节"
time = "08:00-08:45"
[[bell]]
name = "第2节"
time = "08:55-09:40"
[[bell]]
name = "晚自习"
time = "19:00-20:30"
kind = "self_study"
places = ["arts"]
[[hours]]
place = "arts"
open = "07:00-21:00"
[[lesson]]
room = "science/101"
days = ["mon", "wed"]
bell = "第1节"
name = "物理"
weeks = "odd"
[[lesson]]
room = "science/101"
days = ["tue"]
time = "14:00-15:30"
from = "2026-09-08"
to = "2026-12-01"
every = 2
except = ["2026-10-06"]
kind = "exam"
[[lesson]]
room = "science/102"
dates = ["2026-09-12", "2026-09-19"]
time = "09:00-11:00"
"#;

fn read(text: &str) -> Result<Config, String> {
    beside(&campus(), &[CALENDAR, ("timetable.toml", text)])
}

fn refused_timetable(text: &str, expected: Expect) {
    expected.assert_eq(&read(text).expect_err("refused"));
}

fn warned(text: &str, expected: Expect) {
    expected.assert_eq(&read(text).unwrap().warnings.join("\n"));
}

#[test]
fn a_timetable_file_is_read_with_everything_in_it() {
    let config = read(GOOD).unwrap();
    let timetable = &config.campus.timetable;
    let id = |text| wire::Id::new(text).unwrap();
    let lessons = &timetable.own.lessons[&(id("science"), id("101"))];
    assert_eq!((lessons[0].time.from_min, lessons[0].name.as_str()), (480, "物理"));
    let On::Weekly(physics) = &lessons[0].on else { panic!("weekly") };
    assert_eq!(physics.weeks, Weeks::Odd);
    assert_eq!(lessons[1].kind, Period::Exam);
    let plan = timetable.plan(Some((id("arts"), id("1"))), date(2026, 9, 7));
    assert_eq!(plan.at(19 * 60), Period::SelfStudy);
    assert_eq!(plan.at(20 * 60 + 45), Period::Open);
    let plan = timetable.plan(Some((id("science"), id("101"))), date(2026, 9, 14));
    assert_eq!(plan.at(8 * 60), Period::Lesson, "week 3");
}

#[test]
fn an_old_timetable_reads_as_before() {
    let config = accepted(&format!("{HEAD}lessons = [\"08:00-08:45\"]\n"));
    let timetable = &config.campus.timetable;
    assert_eq!(timetable.lessons.len(), 1);
    assert_eq!(*timetable.own, controller::timetable::Own::default());
    assert_eq!(*timetable.calendar, controller::Calendar::default());
}

#[test]
fn unknown_names_and_bad_values_are_refused_with_their_place() {
    refused_timetable(
        "[[bell]]\nname = \"1\"\ntime = \"08:45-08:00\"\nkind = \"lessen\"\n\
         [[hours]]\nplace = \"art\"\nopen = \"07:00-21:00\"\n\
         [[lesson]]\nroom = \"science/1O1\"\ndays = [\"mon\"]\nbell = \"2\"\n\
         [[lesson]]\nroom = \"science/104\"\ndays = [\"mo\"]\ntime = \"8\"\nweek = \"odd\"\n",
        expect![[r#"
            error: hours that end before they begin
             --> timetable.toml:3:8
              |
            3 | time = "08:45-08:00"
              |        ^^^^^^^^^^^^^
              |
              = help: did you mean `08:00-08:45`?

            error: `lessen` is no kind of lesson
             --> timetable.toml:4:8
              |
            4 | kind = "lessen"
              |        ^^^^^^^^
              |
              = help: did you mean `lesson`?

            error: no room is in a building `art`
             --> timetable.toml:6:9
              |
            6 | place = "art"
              |         ^^^^^
              |
              = help: did you mean `arts`?

            error: `1O1` is no identifier
             --> timetable.toml:9:18
              |
            9 | room = "science/1O1"
              |                  ^ `O` is a capital letter
              |
              = help: an identifier has 1 to 32 of a-z, 0-9 and `-`, no `-` in front: `1o1`

            error: there is no room `science/104`
              --> timetable.toml:13:8
               |
            13 | room = "science/104"
               |        ^^^^^^^^^^^^^
               |
               = help: did you mean `science/101`?

            error: `mo` is no day
              --> timetable.toml:14:9
               |
            14 | days = ["mo"]
               |         ^^^^
               |
               = help: did you mean `mon`?

            error: `8` are no hours
              --> timetable.toml:15:8
               |
            15 | time = "8"
               |        ^^^
               |
               = help: hours look like `08:00-08:45`

            error: unknown key `week` in `[[lesson]]`
              --> timetable.toml:16:1
               |
            16 | week = "odd"
               | ^^^^
               |
               = help: did you mean `weeks`?

            timetable.toml: 8 faults"#]],
    );
}

#[test]
fn a_lesson_says_when_and_on_which_days_once() {
    let lesson = |keys: &str| format!("[[lesson]]\nroom = \"arts/1\"\n{keys}\n");
    let text = [
        "days = [\"mon\"]",
        "time = \"08:00-08:45\"",
        "time = \"08:00-08:45\"\nbell = \"1\"\ndays = [\"mon\"]\ndates = [\"2026-09-07\"]",
        "time = \"08:00-08:45\"\ndates = [\"2026-09-07\", \"2026-09-07\"]\nweeks = \"odd\"",
        "time = \"08:00-08:45\"\ndays = [\"mon\"]\nweeks = \"8-1\"\nevery = 2",
        "time = \"08:00-08:45\"\ndays = [\"mon\"]\nfrom = \"2026-10-01\"\nto = \"2026-09-01\"",
        "bell = \"1\"\ndays = [\"mon\"]",
    ];
    let text: String = text.iter().map(|keys| lesson(keys)).collect();
    refused_timetable(
        &text,
        expect![[r#"
        error: when is this lesson?
         --> timetable.toml:1:1
          |
        1 | [[lesson]]
          | ^^^^^^^^^^
          |
          = help: add `time = "08:00-08:45"`, or `bell` with the name of a bell

        error: on which days is this lesson?
         --> timetable.toml:4:1
          |
        4 | [[lesson]]
          | ^^^^^^^^^^
          |
          = help: add `days = ["mon"]`, or `dates = ["2026-09-07"]`

        error: a lesson has a time or a bell, not both
          --> timetable.toml:10:8
           |
         9 | time = "08:00-08:45"
           |        ------------- the time
        10 | bell = "1"
           |        ^^^

        error: a lesson has days or dates, not both
          --> timetable.toml:12:9
           |
        11 | days = ["mon"]
           |        ------- the days
        12 | dates = ["2026-09-07"]
           |         ^^^^^^^^^^^^^^
           |
           = help: a second `[[lesson]]` can hold the others

        error: `2026-09-07` stands here twice
          --> timetable.toml:16:24
           |
        16 | dates = ["2026-09-07", "2026-09-07"]
           |                        ^^^^^^^^^^^^

        error: `weeks` belongs to `days`
          --> timetable.toml:17:9
           |
        17 | weeks = "odd"
           |         ^^^^^
           |
           = help: `dates` are the days, all of them

        error: `8-1` are no weeks
          --> timetable.toml:22:9
           |
        22 | weeks = "8-1"
           |         ^^^^^
           |
           = help: write `odd`, `even`, or numbers up to 60 like `1-8,10`

        error: every so many weeks, from when on?
          --> timetable.toml:23:9
           |
        23 | every = 2
           |         ^
           |
           = help: add `from`: the weeks are counted from the week of that day

        error: this ends before it begins
          --> timetable.toml:29:6
           |
        28 | from = "2026-10-01"
           |        ------------ begins here
        29 | to = "2026-09-01"
           |      ^^^^^^^^^^^^

        error: no bell here is called `1`
          --> timetable.toml:32:8
           |
        32 | bell = "1"
           |        ^^^
           |
           = help: add a `[[bell]]`, above or in a file that is named before

        timetable.toml: 10 faults"#]],
    );
}

#[test]
fn bells_do_not_overlap_and_stand_in_one_place() {
    refused_timetable(
        "[[bell]]\nname = \"1\"\ntime = \"08:00-08:45\"\n[[bell]]\nname = \"1\"\ntime = \"09:00-09:45\"\n\
         [[bell]]\nname = \"2\"\ntime = \"08:40-09:25\"\n",
        expect![[r#"
            error: two bells are called `1`
             --> timetable.toml:6:8
              |
            3 | time = "08:00-08:45"
              |        ------------- the other
            ...
            6 | time = "09:00-09:45"
              |        ^^^^^^^^^^^^^

            error: two bells at one time
             --> timetable.toml:9:8
              |
            3 | time = "08:00-08:45"
              |        ------------- the other
            ...
            9 | time = "08:40-09:25"
              |        ^^^^^^^^^^^^^

            error: two bells at one time
             --> timetable.toml:9:8
              |
            6 | time = "09:00-09:45"
              |        ------------- the other
            ...
            9 | time = "08:40-09:25"
              |        ^^^^^^^^^^^^^

            timetable.toml: 3 faults"#]],
    );
    let twice = format!("lessons = [\"08:00-08:45\"]\n{}", campus());
    let error = beside(&twice, &[CALENDAR, ("timetable.toml", GOOD)]).expect_err("refused");
    expect![[r#"
        error: lessons here and bells for everywhere in a file
         --> campus.toml:8:11
          |
        8 | lessons = ["08:00-08:45"]
          |           ^^^^^^^^^^^^^^^
          |
          = help: say the times once: take `lessons` out, or give the bells `places`

        campus.toml: 1 fault"#]]
    .assert_eq(&error);
}

#[test]
fn weeks_need_a_term() {
    let campus = format!("files = [\"timetable.toml\"]\n{ROOMS}");
    let error = beside(&campus, &[("timetable.toml", GOOD)]).expect_err("refused");
    expect![[r#"
        error: weeks of which term?
          --> timetable.toml:21:9
           |
        21 | weeks = "odd"
           |         ^^^^^
           |
           = help: add `[[term]]`s to the file that `[calendar]` names; week 1 is the week of their first day

        timetable.toml: 1 fault"#]].assert_eq(&error);
}

#[test]
fn what_is_odd_but_allowed_is_said() {
    warned(
        GOOD,
        expect![[
            r#"campus.toml:8: make-up days of which nobody says whose timetable they follow, so that every bell counts as a lesson in every room: 2026-09-20, 2026-10-10; add a `[[makeup]]` with `date = "2026-09-20"` and `follows = "mon"`, or what it is, to the calendar"#
        ]],
    );
    let lesson = |keys: &str| format!("[[lesson]]\nroom = \"arts/1\"\n{keys}\n");
    let text = [
        "name = \"a\"\ntime = \"08:00-08:45\"\ndays = [\"mon\"]",
        "name = \"b\"\ntime = \"08:30-09:15\"\ndays = [\"mon\", \"tue\"]\nweeks = \"odd\"",
        "name = \"c\"\ntime = \"08:00-08:45\"\ndays = [\"tue\"]\nweeks = \"even\"",
        "name = \"d\"\ntime = \"18:30-19:15\"\ndays = [\"tue\"]",
        "name = \"e\"\ntime = \"08:00-08:45\"\ndates = [\"2026-10-01\", \"2026-10-02\"]",
    ];
    let text: String = text.iter().map(|keys| lesson(keys)).collect();
    warned(
        &text,
        expect![[r#"
        campus.toml:8: make-up days of which nobody says whose timetable they follow, so that every bell counts as a lesson in every room: 2026-09-20, 2026-10-10; add a `[[makeup]]` with `date = "2026-09-20"` and `follows = "mon"`, or what it is, to the calendar
        timetable.toml:6: `a` and `b` are in `arts/1` at one time
        timetable.toml:18: a lesson is outside opening hours; during it the room counts as in use, around it as closed: `[[hours]]` can open it for longer
        timetable.toml:23: a lesson on 2026-10-01 (holiday, 国庆节) and 1 more: it counts all the same"#]],
    );
}
