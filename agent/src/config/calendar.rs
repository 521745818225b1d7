//! `[calendar]` and the files it names: terms, holidays, make-up days, exams, public holidays by year.

mod years;

use super::dates::{date, days_between, named_days};
use super::fault::{Faults, Span};
use super::keys::CALENDAR_FILE;
use super::places::Rooms;
use super::table::{At, Table};
use super::{side, timetable};
use controller::calendar::{Exam, MakeUp, NamedDays};
use controller::{Calendar, DayKind, Days, Place};
use std::path::Path;

/// Longest gap between two terms that is taken for a vacation without a word, days: a summer has nine
/// weeks.
const VACATION_DAYS_MAX: i64 = 100;

/// Reads the section; an empty calendar without it.
pub fn read(file: &Table<'_>, folder: &Path, rooms: &Rooms, faults: &mut Faults) -> Calendar {
    let Some(table) = file.section("calendar", faults) else { return Calendar::default() };
    let public = years::read(&table, folder, faults);
    let own = table.text("file", faults).and_then(|name| {
        let read = |table: &Table<'_>, faults: &mut Faults| {
            let calendar = Calendar { public: public.clone(), ..own(table, rooms, faults).is };
            warn(table, &calendar, faults);
            calendar
        };
        side::read(folder, &name, &CALENDAR_FILE, read, faults)
    });
    own.unwrap_or(Calendar { public, ..Calendar::default() })
}

/// The sections of a calendar file.
fn own(file: &Table<'_>, rooms: &Rooms, faults: &mut Faults) -> At<Calendar> {
    let mut terms = many(file, "term", faults);
    refuse_overlaps(&mut terms, "terms", faults);
    let mut holidays = many(file, "holiday", faults);
    refuse_overlaps(&mut holidays, "holidays", faults);
    let mut closed = many(file, "closed", faults);
    refuse_overlaps(&mut closed, "closed times", faults);
    let mut make_ups: Vec<At<MakeUp>> = Vec::new();
    for table in file.sections("makeup", faults) {
        let Some(make_up) = make_up(&table, faults) else { continue };
        let day = make_up.is.date;
        if let Some(first) = make_ups.iter().find(|other| other.is.date == day) {
            faults.add(&make_up.at, format!("{day} follows two weekdays")).also(&first.at, "first");
        }
        for (free, what) in [(&holidays, "a holiday"), (&closed, "closed")] {
            if let Some(free) = free.iter().find(|free| free.is.contains(day)) {
                faults
                    .add(&make_up.at, format!("{day} cannot be a make-up day and {what}"))
                    .also(&free.at, what);
            }
        }
        make_ups.push(make_up);
    }
    let exams = file.sections("exam", faults);
    let exams = exams.iter().filter_map(|table| exam(table, rooms, faults)).collect();
    let plain = |list: Vec<At<NamedDays>>| list.into_iter().map(|one| one.is).collect();
    let calendar = Calendar {
        terms: plain(terms),
        holidays: plain(holidays),
        closed: plain(closed),
        make_ups: make_ups.into_iter().map(|one| one.is).collect(),
        exams,
        public: None,
    };
    At { is: calendar, at: file.at.clone() }
}

fn many(file: &Table<'_>, name: &str, faults: &mut Faults) -> Vec<At<NamedDays>> {
    let tables = file.sections(name, faults);
    tables.iter().filter_map(|table| named_days(table, faults)).collect()
}

/// Sorts them, and refuses two at one time.
fn refuse_overlaps(list: &mut [At<NamedDays>], what: &str, faults: &mut Faults) {
    list.sort_by_key(|days| (days.is.from, days.is.to));
    let mut last: Option<&At<NamedDays>> = None;
    for days in &*list {
        if let Some(before) = last.filter(|before| days.is.from <= before.is.to) {
            faults
                .add(&days.at, format!("two {what} at one time"))
                .label(format!("begins on {}", days.is.from))
                .also(&before.at, format!("ends on {}", before.is.to));
        }
        if last.is_none_or(|before| days.is.to > before.is.to) {
            last = Some(days);
        }
    }
}

fn make_up(table: &Table<'_>, faults: &mut Faults) -> Option<At<MakeUp>> {
    let date = table.text("date", faults).and_then(|text| date(&text, faults));
    let follows = table.text("follows", faults).and_then(|text| timetable::day(&text, faults));
    let name = if table.has("name") { table.name("name", faults)? } else { String::new() };
    let (date, follows) = (date?, timetable::WEEKDAYS[follows?]);
    Some(At { is: MakeUp { name, date: date.is, follows }, at: date.at })
}

fn exam(table: &Table<'_>, rooms: &Rooms, faults: &mut Faults) -> Option<Exam> {
    let days = named_days(table, faults);
    let times = table.texts("times", faults);
    let times = times.iter().flat_map(|list| &list.is);
    let times: Vec<_> = times.filter_map(|text| timetable::hours(text, faults)).collect();
    let places = places(table, rooms, faults);
    let times = times.into_iter().map(|time| time.is).collect();
    Some(Exam { days: days?.is, times, places })
}

/// Buildings and rooms under `places`.
pub fn places(table: &Table<'_>, rooms: &Rooms, faults: &mut Faults) -> Vec<Place> {
    let list = table.texts("places", faults);
    if let Some(list) = list.as_ref().filter(|list| list.is.is_empty()) {
        faults.add(&list.at, "no place at all").help("leave `places` out for everywhere");
    }
    let list = list.iter().flat_map(|list| &list.is);
    list.filter_map(|text| rooms.named(table, text, faults)).collect()
}

/// What is allowed but should be known: what lies outside terms, and terms that reach too far.
fn warn(file: &Table<'_>, calendar: &Calendar, faults: &mut Faults) {
    let mut quiet = Faults::default();
    let mut terms = many(file, "term", &mut quiet);
    terms.sort_by_key(|term| term.is.from);
    for pair in terms.windows(2) {
        let days = days_between(pair[0].is.to, pair[1].is.from) - 1;
        if days > VACATION_DAYS_MAX {
            let (before, after) = (&pair[0].is.name, &pair[1].is.name);
            faults.warn(
                &pair[1].at,
                format!("{days} days of vacation between `{before}` and `{after}`"),
            );
        }
    }
    warn_unknown_years(&terms, calendar, faults);
    if terms.is_empty() {
        return;
    }
    let in_term = |days: &NamedDays| {
        terms.iter().any(|term| term.is.contains(days.from) || term.is.contains(days.to))
    };
    for exam in many(file, "exam", &mut quiet).iter().filter(|exam| !in_term(&exam.is)) {
        faults.warn(&exam.at, format!("the exams `{}` lie in no term", exam.is.name));
    }
    for table in file.sections("makeup", &mut quiet) {
        let Some(make_up) = make_up(&table, &mut quiet) else { continue };
        let day = calendar.day(make_up.is.date, Days::SCHOOL);
        if day.term.is_none() {
            faults
                .warn(&make_up.at, format!("the make-up day {} lies in no term", make_up.is.date));
        } else if day.kind != DayKind::MakeUp {
            faults.warn(&make_up.at, format!("{} is no make-up day after all", make_up.is.date));
        }
    }
}

fn warn_unknown_years(terms: &[At<NamedDays>], calendar: &Calendar, faults: &mut Faults) {
    let Some(public) = &calendar.public else { return };
    let last_known = public.years.last().map_or(0, |year| year.year);
    for term in terms {
        let year = term.is.to.year();
        if year > last_known {
            faults.warn(
                &term.at,
                format!(
                    "`{}` reaches into {year}, whose public holidays are not announced here yet: \
                     until then its weekdays count as they are; a file in `[calendar] years` can add it",
                    term.is.name
                ),
            );
        }
    }
}

/// Where the make-up days stand that nobody has given a weekday; said once, at `at`.
pub fn warn_undecided(calendar: &Calendar, at: &Span, faults: &mut Faults) {
    let days = calendar.undecided();
    let Some(first) = days.first() else { return };
    let all: Vec<String> = days.iter().map(|day| day.date.to_string()).collect();
    faults.warn(
        at,
        format!(
            "make-up days of which nobody says whose timetable they follow, so that every bell \
             counts as a lesson in every room: {}; add a `[[makeup]]` with `date = \"{}\"` and \
             `follows = \"mon\"`, or what it is, to the calendar",
            all.join(", "),
            first.date
        ),
    );
}
