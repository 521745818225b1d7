//! Days around the Spring Festival and National Day of 2026, as announced; terms, make-up days, exams.

use super::*;
use jiff::ToSpan;
use jiff::civil::date;

fn named(name: &str, from: Date, to: Date) -> NamedDays {
    NamedDays { name: name.into(), from, to }
}

fn public(days: &[(i8, i8, &str, bool)]) -> Public {
    let day = |(month, day, name, free): &(i8, i8, &str, bool)| PublicDay {
        date: date(2026, *month, *day),
        name: (*name).into(),
        name_en: String::new(),
        free: *free,
    };
    let days = days.iter().map(day).collect();
    Public {
        country: "cn".into(),
        years: vec![PublicYear { year: 2026, source: "a notice".into(), days }],
    }
}

/// Two terms, with the notice's days around the Spring Festival and National Day of 2026.
fn school() -> Calendar {
    let mut days = vec![(2, 14, "春节", false)];
    days.extend((15..=23).map(|day| (2, day, "春节", true)));
    days.push((2, 28, "春节", false));
    days.push((9, 20, "国庆节", false));
    days.extend((25..=27).map(|day| (9, day, "中秋节", true)));
    days.extend((1..=7).map(|day| (10, day, "国庆节", true)));
    days.push((10, 10, "国庆节", false));
    Calendar {
        terms: vec![
            named("2025 autumn", date(2025, 9, 1), date(2026, 2, 6)),
            named("2026 spring", date(2026, 2, 25), date(2026, 7, 3)),
            named("2026 autumn", date(2026, 9, 1), date(2027, 1, 22)),
        ],
        make_ups: vec![MakeUp {
            name: String::new(),
            date: date(2026, 10, 10),
            follows: Weekday::Wednesday,
        }],
        exams: vec![Exam {
            days: named("期中", date(2026, 11, 9), date(2026, 11, 13)),
            times: vec![],
            places: vec![],
        }],
        public: Some(public(&days)),
        ..Calendar::default()
    }
}

/// Checks days from `from` on, one word each, runs counted.
fn check(calendar: &Calendar, from: Date, days: i32, expected: &str) {
    let mut runs: Vec<(String, u32)> = Vec::new();
    for nth in 0..days {
        let day = calendar.day(from.saturating_add(nth.days()), Days::SCHOOL);
        let name = if day.name.is_empty() { String::new() } else { format!("({})", day.name) };
        let word = format!("{}{name}", day.kind.name());
        match runs.last_mut() {
            Some((last, count)) if *last == word => *count += 1,
            _ => runs.push((word, 1)),
        }
    }
    let got: Vec<String> = runs.iter().map(|(word, count)| format!("{count} {word}")).collect();
    assert_eq!(got.join(", "), expected);
}

#[test]
fn the_spring_festival_lies_in_the_vacation_and_its_second_make_up_day_in_the_term() {
    check(
        &school(),
        date(2026, 2, 5),
        26,
        "2 school, 8 vacation, 9 holiday(春节), 1 vacation, 3 school, 1 make_up(春节), 1 weekend, 1 school",
    );
}

#[test]
fn without_terms_the_first_make_up_day_of_the_spring_festival_counts() {
    let calendar = Calendar { terms: vec![], ..school() };
    check(&calendar, date(2026, 2, 12), 14, "2 school, 1 make_up(春节), 9 holiday(春节), 2 school");
}

#[test]
fn national_day_takes_a_sunday_before_and_a_saturday_after() {
    check(
        &school(),
        date(2026, 9, 18),
        25,
        "1 school, 1 weekend, 1 make_up(国庆节), 4 school, 3 holiday(中秋节), 3 school, \
         7 holiday(国庆节), 2 school, 1 make_up(国庆节), 1 weekend, 1 school",
    );
    let school = school();
    let follows = |day| school.day(day, Days::SCHOOL).follows;
    assert_eq!(follows(date(2026, 9, 20)), None, "nobody has said it");
    assert_eq!(follows(date(2026, 10, 10)), Some(Weekday::Wednesday));
    assert_eq!(follows(date(2026, 10, 9)), Some(Weekday::Friday));
    assert_eq!(follows(date(2026, 10, 1)), None);
    let undecided: Vec<Date> = school.undecided().iter().map(|day| day.date).collect();
    assert_eq!(undecided, [date(2026, 2, 28), date(2026, 9, 20)], "14 February is vacation");
}

#[test]
fn what_the_school_says_itself_wins_over_the_public_holidays() {
    let mut calendar = school();
    calendar.closed.push(named("台风", date(2026, 9, 20), date(2026, 9, 21)));
    calendar.make_ups.push(MakeUp {
        name: "运动会".into(),
        date: date(2026, 9, 26),
        follows: Weekday::Friday,
    });
    calendar.holidays.push(named("校庆", date(2026, 9, 28), date(2026, 9, 28)));
    check(
        &calendar,
        date(2026, 9, 20),
        10,
        "2 closed(台风), 3 school, 1 holiday(中秋节), 1 make_up(运动会), 1 holiday(中秋节), \
         1 holiday(校庆), 1 school",
    );
}

#[test]
fn a_week_of_the_term_begins_on_monday_and_the_first_one_with_the_first_day() {
    let school = school();
    let week = |day| school.day(day, Days::SCHOOL).week;
    // 1 September 2026 is a Tuesday.
    assert_eq!(week(date(2026, 8, 31)), None);
    assert_eq!(week(date(2026, 9, 1)), Some(1));
    assert_eq!(week(date(2026, 9, 6)), Some(1));
    assert_eq!(week(date(2026, 9, 7)), Some(2));
    assert_eq!(week(date(2026, 12, 31)), Some(18));
    assert_eq!(week(date(2027, 1, 4)), Some(19), "over the end of the year");
}

#[test]
fn exams_are_named_and_a_year_that_is_not_announced_is_not_guessed() {
    let school = school();
    assert_eq!(school.day(date(2026, 11, 10), Days::SCHOOL).exam, Some("期中"));
    assert_eq!(school.day(date(2026, 11, 14), Days::SCHOOL).exam, None);
    let day = school.day(date(2027, 1, 1), Days::SCHOOL);
    assert_eq!((day.kind, day.announced), (DayKind::School, false), "a Friday like any other");
    assert!(school.day(date(2026, 1, 1), Days::SCHOOL).announced);
}

#[test]
fn a_person_is_asked_a_month_before_an_unknown_year_and_when_the_last_term_is_over() {
    let school = school();
    let ended = CalendarNeed::Ended(school.terms[2].clone());
    let unknown = CalendarNeed::NotAnnounced;
    assert_eq!(school.needs(date(2026, 11, 30)), []);
    assert_eq!(school.needs(date(2026, 12, 1)), [unknown(2027)]);
    assert_eq!(school.needs(date(2027, 1, 22)), [unknown(2027)]);
    assert_eq!(school.needs(date(2027, 1, 23)), [unknown(2027), ended.clone()]);
    assert_eq!(unknown(2027).since(), date(2026, 12, 1));
    assert_eq!(ended.since(), date(2027, 1, 23));
    assert_eq!(Calendar::default().needs(date(2027, 1, 23)), []);
    check(&school, date(2027, 1, 22), 4, "1 school, 2 weekend, 1 school");
}

#[test]
fn nonsense_is_refused() {
    let with = |change: fn(&mut Calendar)| {
        let mut calendar = school();
        change(&mut calendar);
        calendar.check()
    };
    assert_eq!(with(|_| {}), Ok(()));
    assert!(with(|it| it.terms.swap(0, 1)).is_err());
    assert!(with(|it| it.terms[0].to = date(2026, 2, 25)).is_err());
    assert!(with(|it| it.exams[0].days.to = date(2026, 11, 1)).is_err());
}
