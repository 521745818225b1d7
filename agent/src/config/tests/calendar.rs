//! Calendars: what is read, what is refused with its place, and what is only said.

use super::*;
use controller::{DayKind, Days};
use jiff::civil::{Date, date};

/// A configuration beside the files it names.
pub fn beside(campus: &str, files: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let path = folder.path().join("campus.toml");
    fs::write(&path, format!("{HEAD}{campus}")).unwrap();
    let plain = |text: String| text.replace(&format!("{}/", folder.path().display()), "");
    match Config::load(&path) {
        Ok(config) => {
            let warnings = config.warnings.iter().cloned().map(plain).collect();
            Ok(Config { warnings, ..config })
        }
        Err(error) => Err(plain(error.to_string())),
    }
}

/// Rooms in two buildings.
pub const ROOMS: &str = r#"
[[room]]
id = "science/101"
[[room]]
id = "science/102"
[[room]]
id = "arts/1"
"#;

const NAMED: &str = "[calendar]\npublic = \"cn\"\nfile = \"calendar.toml\"\n";

const GOOD: &str = r#"
[[term]]
name = "2026 autumn"
from = "2026-09-01"
to = "2026-12-30"
[[holiday]]
name = "校庆"
from = "2026-11-02"
[[makeup]]
date = "2026-09-20"
follows = "fri"
[[makeup]]
date = "2026-10-10"
follows = "wed"
[[exam]]
name = "期中"
from = "2026-11-09"
to = "2026-11-13"
times = ["08:00-10:00"]
places = ["science", "arts/1"]
[[closed]]
name = "台风"
from = "2026-09-15"
to = "2026-09-16"
"#;

fn refused_calendar(text: &str, expected: Expect) {
    let error =
        beside(&format!("{NAMED}{ROOMS}"), &[("calendar.toml", text)]).expect_err("refused");
    expected.assert_eq(&error);
}

fn warned(text: &str, expected: Expect) {
    let config = beside(&format!("{NAMED}{ROOMS}"), &[("calendar.toml", text)]).unwrap();
    expected.assert_eq(&config.warnings.join("\n"));
}

#[test]
fn a_calendar_is_read_with_everything_in_it() {
    let config = beside(&format!("{NAMED}{ROOMS}"), &[("calendar.toml", GOOD)]).unwrap();
    assert_eq!(config.warnings, [""; 0]);
    let calendar = &config.campus.timetable.calendar;
    let kind = |month, day| calendar.day(date(2026, month, day), Days::SCHOOL).kind;
    assert_eq!(kind(9, 14), DayKind::School);
    assert_eq!(kind(9, 15), DayKind::Closed);
    assert_eq!(kind(9, 20), DayKind::MakeUp);
    assert_eq!(kind(10, 1), DayKind::Holiday);
    assert_eq!(kind(11, 2), DayKind::Holiday);
    assert_eq!(calendar.day(date(2026, 10, 1), Days::SCHOOL).name_en, "National Day");
    assert_eq!(calendar.exams[0].places.len(), 2);
}

#[test]
fn public_holidays_alone_need_no_file() {
    let config = accepted(&format!("{HEAD}[calendar]\npublic = \"cn\"\n"));
    let public = config.campus.timetable.calendar.public.as_ref().unwrap();
    let years: Vec<i16> = public.years.iter().map(|year| year.year).collect();
    assert_eq!(years, [2024, 2025, 2026]);
    assert!(public.years.iter().all(|year| year.source.contains("国务院")));
}

/// holiday-cn (MIT), which collects the notices of the State Council.
#[test]
fn shipped_years_are_what_was_announced() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/holiday_cn");
    let Ok(all) = fs::read_to_string(format!("{folder}/all_2018_2027.csv")) else {
        println!("skipped: no ../shared/data");
        return;
    };
    let config = accepted(&format!("{HEAD}[calendar]\npublic = \"cn\"\n"));
    let public = config.campus.timetable.calendar.public.as_ref().unwrap();
    for year in &public.years {
        let announced: Vec<(Date, String, bool)> = all
            .lines()
            .skip(1)
            .map(|line| line.split(',').collect::<Vec<_>>())
            .filter(|row| row[3] == year.year.to_string())
            .map(|row| (row[0].parse().unwrap(), row[1].to_owned(), row[2] == "True"))
            .collect();
        let ours: Vec<_> =
            year.days.iter().map(|day| (day.date, day.name.clone(), day.free)).collect();
        assert_eq!(ours, announced, "{}", year.year);
    }
}

#[test]
fn a_campus_can_add_a_year_of_its_own() {
    let year = r#"
[year]
country = "cn"
year = 2027
source = "a notice, 2026-11-30"
[[holiday]]
name = "元旦"
from = "2027-01-01"
to = "2027-01-03"
work = ["2026-12-27"]
"#;
    let campus = "[calendar]\npublic = \"cn\"\nyears = [\"cn-2027.toml\"]\n";
    let config = beside(campus, &[("cn-2027.toml", year)]).unwrap();
    let calendar = &config.campus.timetable.calendar;
    let day = calendar.day(date(2027, 1, 1), Days::SCHOOL);
    assert_eq!((day.kind, day.announced), (DayKind::Holiday, true));
    assert_eq!(calendar.day(date(2026, 12, 27), Days::SCHOOL).kind, DayKind::MakeUp);
    let wrong = year.replace("2027-01-01", "2028-01-01").replace("2027-01-03", "2028-01-01");
    let wrong = wrong.replace("2026-12-27", "2026-12-28");
    let error = beside(campus, &[("cn-2027.toml", &wrong)]).expect_err("refused");
    expect![[r#"
        error: 2028-01-01 is not in 2027
         --> cn-2027.toml:6:1
          |
        6 | [[holiday]]
          | ^^^^^^^^^^^

        error: 2026-12-28 is no day of a weekend
          --> cn-2027.toml:10:8
           |
        10 | work = ["2026-12-28"]
           |        ^^^^^^^^^^^^^^
           |
           = help: `work` lists Saturdays and Sundays on which people work

        cn-2027.toml: 2 faults"#]]
    .assert_eq(&error);
}

#[test]
fn unknown_keys_and_bad_days_are_refused_with_their_place() {
    refused_calendar(
        "[[term]]\nname = \"autumn\"\nfrom = \"2026-09-31\"\nto = \"2026-12-30\"\n\
         [[holidays]]\nname = \"x\"\n[[makeup]]\ndate = \"2026-09-20\"\nfollows = \"Friday\"\nroom = 1\n",
        expect![[r#"
            error: `2026-09-31` is no day
             --> calendar.toml:3:8
              |
            3 | from = "2026-09-31"
              |        ^^^^^^^^^^^^
              |
              = help: days look like `2026-01-01`

            error: unknown section `holidays`
             --> calendar.toml:5:3
              |
            5 | [[holidays]]
              |   ^^^^^^^^
              |
              = help: did you mean `holiday`?

            error: `Friday` is no day
             --> calendar.toml:9:11
              |
            9 | follows = "Friday"
              |           ^^^^^^^^
              |
              = help: did you mean `fri`?

            error: unknown key `room` in `[[makeup]]`
              --> calendar.toml:10:1
               |
            10 | room = 1
               | ^^^^
               |
               = help: known here: date, follows, name

            calendar.toml: 4 faults"#]],
    );
    refused_calendar(
        "[[exam]]\nname = \"finals\"\nfrom = \"2027-01-14\"\nto = \"2027-01-12\"\n\
         times = [\"09:00\"]\nplaces = [\"sciense\", \"science/103\"]\n",
        expect![[r#"
            error: this ends before it begins
             --> calendar.toml:4:6
              |
            3 | from = "2027-01-14"
              |        ------------ begins here
            4 | to = "2027-01-12"
              |      ^^^^^^^^^^^^
              |
              = help: `to` is the last day, which still belongs to it

            error: `09:00` are no hours
             --> calendar.toml:5:10
              |
            5 | times = ["09:00"]
              |          ^^^^^^^
              |
              = help: hours look like `08:00-08:45`

            error: no room is in a building `sciense`
             --> calendar.toml:6:11
              |
            6 | places = ["sciense", "science/103"]
              |           ^^^^^^^^^
              |
              = help: did you mean `science`?

            error: there is no room `science/103`
             --> calendar.toml:6:22
              |
            6 | places = ["sciense", "science/103"]
              |                      ^^^^^^^^^^^^^
              |
              = help: did you mean `science/101`?

            calendar.toml: 4 faults"#]],
    );
}

#[test]
fn overlaps_are_refused() {
    refused_calendar(
        "[[term]]\nname = \"spring\"\nfrom = \"2026-02-25\"\nto = \"2026-07-03\"\n\
         [[term]]\nname = \"autumn\"\nfrom = \"2026-07-03\"\nto = \"2026-12-30\"\n\
         [[closed]]\nname = \"typhoon\"\nfrom = \"2026-09-20\"\n\
         [[makeup]]\ndate = \"2026-09-20\"\nfollows = \"fri\"\n\
         [[makeup]]\ndate = \"2026-09-20\"\nfollows = \"thu\"\n",
        expect![[r#"
            error: two terms at one time
             --> calendar.toml:5:1
              |
            1 | [[term]]
              | -------- ends on 2026-07-03
            ...
            5 | [[term]]
              | ^^^^^^^^ begins on 2026-07-03

            error: 2026-09-20 cannot be a make-up day and closed
              --> calendar.toml:13:8
               |
             9 | [[closed]]
               | ---------- closed
            ...
            13 | date = "2026-09-20"
               |        ^^^^^^^^^^^^

            error: 2026-09-20 follows two weekdays
              --> calendar.toml:16:8
               |
            13 | date = "2026-09-20"
               |        ------------ first
            ...
            16 | date = "2026-09-20"
               |        ^^^^^^^^^^^^

            error: 2026-09-20 cannot be a make-up day and closed
              --> calendar.toml:16:8
               |
             9 | [[closed]]
               | ---------- closed
            ...
            16 | date = "2026-09-20"
               |        ^^^^^^^^^^^^

            calendar.toml: 4 faults"#]],
    );
}

#[test]
fn faults_of_two_files_are_shown_together() {
    let campus = format!("{NAMED}[log]\nformat = \"xml\"\n");
    let error = beside(&campus, &[("calendar.toml", "[[term]]\n")]).expect_err("refused");
    expect![[r#"
        error: `xml` is no log format
          --> campus.toml:12:10
           |
        12 | format = "xml"
           |          ^^^^^
           |
           = help: it is `text` or `json`

        campus.toml: 1 fault

        error: `[[term]]` has no `name`
         --> calendar.toml:1:1
          |
        1 | [[term]]
          | ^^^^^^^^
          |
          = help: `name`: name for people, up to 64 characters

        error: `[[term]]` has no `from`
         --> calendar.toml:1:1
          |
        1 | [[term]]
          | ^^^^^^^^
          |
          = help: `from`: first day, `2026-09-01`

        error: `[[term]]` has no `to`
         --> calendar.toml:1:1
          |
        1 | [[term]]
          | ^^^^^^^^
          |
          = help: `to`: last day, which still belongs to it

        calendar.toml: 3 faults"#]]
    .assert_eq(&error);
    let error = beside(NAMED, &[]).expect_err("refused");
    expect![[r#"
        error: cannot read `calendar.toml`: No such file or directory (os error 2)
          --> campus.toml:10:8
           |
        10 | file = "calendar.toml"
           |        ^^^^^^^^^^^^^^^

        campus.toml: 1 fault"#]]
    .assert_eq(&error);
}

#[test]
fn what_is_odd_but_allowed_is_said() {
    warned(
        "[[term]]\nname = \"spring\"\nfrom = \"2026-02-25\"\nto = \"2026-05-03\"\n\
         [[term]]\nname = \"autumn\"\nfrom = \"2026-09-01\"\nto = \"2027-01-22\"\n\
         [[exam]]\nname = \"finals\"\nfrom = \"2026-07-14\"\n\
         [[makeup]]\ndate = \"2026-08-22\"\nfollows = \"fri\"\n",
        expect![[r#"
            calendar.toml:5: 120 days of vacation between `spring` and `autumn`
            calendar.toml:5: `autumn` reaches into 2027, whose public holidays are not announced here yet: until then its weekdays count as they are; a file in `[calendar] years` can add it
            calendar.toml:9: the exams `finals` lie in no term
            calendar.toml:13: the make-up day 2026-08-22 lies in no term"#]],
    );
}
