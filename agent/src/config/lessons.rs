//! Timetable files: bells, opening hours and lessons of buildings and rooms.

mod lesson;
mod warn;

pub(crate) use lesson::parse_weeks;

use super::calendar::{places, warn_undecided};
use super::fault::Faults;
use super::keys::TIMETABLE_FILE;
use super::places::Rooms;
use super::table::{At, Table};
use super::{side, timetable};
use controller::timetable::{Bell, Hours, Lesson, Own};
use controller::{Calendar, Place, Span, Timetable};
use lighting::Period;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use wire::Id;

/// Most lessons of one campus: fifty for each of 2,000 rooms.
const LESSONS_MAX: usize = 100_000;

/// Kinds of bells and lessons.
const KINDS: [(&str, Period); 4] = [
    ("lesson", Period::Lesson),
    ("self_study", Period::SelfStudy),
    ("exam", Period::Exam),
    ("open", Period::Open),
];

/// What the files say.
#[derive(Default)]
struct Found {
    own: Own,
    count: usize,
}

/// What timetable files are compared with.
struct Reader<'r> {
    rooms: &'r Rooms,
    calendar: &'r Calendar,
    usual: &'r Timetable,
}

/// Reads the files that `[timetable]` names, into the timetable that it is itself.
pub fn read(
    table: &Table<'_>,
    (folder, skip): (&Path, Option<&Path>),
    rooms: &Rooms,
    usual: Timetable,
    calendar: Calendar,
    faults: &mut Faults,
) -> Option<Timetable> {
    let mut found = Found::default();
    let reader = Reader { rooms, calendar: &calendar, usual: &usual };
    for name in table.texts("files", faults).iter().flat_map(|files| &files.is) {
        if skip.is_some_and(|skip| folder.join(name.is) == skip) {
            continue;
        }
        let read = |file: &Table<'_>, faults: &mut Faults| reader.file(file, &mut found, faults);
        side::read(folder, name, &TIMETABLE_FILE, read, faults);
    }
    if !found.own.bells(None).is_empty() && !usual.lessons.is_empty() {
        faults
            .add(&table.place("lessons"), "lessons here and bells for everywhere in a file")
            .help("say the times once: take `lessons` out, or give the bells `places`");
    }
    if !found.own.lessons.is_empty() {
        warn_undecided(&calendar, &table.place("files"), faults);
    }
    Some(Timetable { calendar: Arc::new(calendar), own: Arc::new(found.own), ..usual })
}

/// Reads the text of a timetable file as if the configuration named it; how many lessons it has.
pub fn check(
    name: &str,
    text: &str,
    rooms: &Rooms,
    timetable: &Timetable,
    faults: &mut Faults,
) -> usize {
    let bells = timetable.own.bells.clone();
    let mut found = Found { own: Own { bells, ..Own::default() }, count: 0 };
    let reader = Reader { rooms, calendar: &timetable.calendar, usual: timetable };
    let read = |file: &Table<'_>, faults: &mut Faults| reader.file(file, &mut found, faults);
    side::parse(name, text, &TIMETABLE_FILE, read, faults);
    found.count
}

impl Reader<'_> {
    fn file(&self, file: &Table<'_>, found: &mut Found, faults: &mut Faults) {
        self.bells(file, found, faults);
        for table in file.sections("hours", faults) {
            let Some(hours) = self.hours(&table, faults) else { continue };
            if found.own.hours.iter().any(|other| other.place == hours.is.place) {
                faults.add(&hours.at, format!("`{}` has opening hours already", hours.is.place));
            }
            found.own.hours.push(hours.is);
        }
        let lessons = file.sections("lesson", faults);
        if found.count + lessons.len() > LESSONS_MAX {
            faults
                .add(&file.at, "too many lessons")
                .label(format!("{LESSONS_MAX} are the most, in all files together"));
            return;
        }
        let mut fresh: BTreeMap<(Id, Id), Vec<At<Lesson>>> = BTreeMap::new();
        for table in &lessons {
            if let Some((room, lesson)) = self.lesson(table, &found.own, faults) {
                fresh.entry(room).or_default().push(At { is: lesson, at: table.at.clone() });
            }
        }
        warn::overlaps(&fresh, faults);
        warn::outside(&fresh, self.usual, &found.own, faults);
        warn::free_days(&fresh, self.calendar, faults);
        for (room, lessons) in fresh {
            found.count += lessons.len();
            let own = found.own.lessons.entry(room).or_default();
            own.extend(lessons.into_iter().map(|lesson| lesson.is));
        }
    }

    fn bells(&self, file: &Table<'_>, found: &mut Found, faults: &mut Faults) {
        let mut seen: Vec<(Vec<Place>, At<Span>, String)> = Vec::new();
        for table in file.sections("bell", faults) {
            let name = table.name("name", faults);
            let time = time(&table, faults);
            let kind = kind(&table, faults);
            let places = places(&table, self.rooms, faults);
            let (Some(name), Some(time)) = (name, time) else { continue };
            let together = |other: &[Place]| match (other.is_empty(), places.is_empty()) {
                (true, true) => true,
                (false, false) => places.iter().any(|place| other.contains(place)),
                _ => false,
            };
            for (_, other, other_name) in seen.iter().filter(|(other, ..)| together(other)) {
                let meets =
                    time.is.from_min < other.is.to_min && other.is.from_min < time.is.to_min;
                if meets {
                    faults.add(&time.at, "two bells at one time").also(&other.at, "the other");
                } else if *other_name == name {
                    faults
                        .add(&time.at, format!("two bells are called `{name}`"))
                        .also(&other.at, "the other");
                }
            }
            seen.push((places.clone(), time.clone(), name.clone()));
            found.own.bells.push(Bell { name, time: time.is, kind, places });
        }
        found.own.bells.sort_by_key(|bell| (bell.time.from_min, bell.time.to_min));
    }

    fn hours(&self, table: &Table<'_>, faults: &mut Faults) -> Option<At<Hours>> {
        let place = table.text("place", faults);
        let place = place.and_then(|text| self.rooms.named(table, &text, faults));
        let open = table.text("open", faults).and_then(|text| timetable::hours(&text, faults));
        let days = timetable::days(table, faults);
        Some(At { is: Hours { place: place?, open: open?.is, days }, at: table.at.clone() })
    }
}

fn time(table: &Table<'_>, faults: &mut Faults) -> Option<At<Span>> {
    table.text("time", faults).and_then(|text| timetable::hours(&text, faults))
}

fn kind(table: &Table<'_>, faults: &mut Faults) -> Period {
    let Some(text) = table.text("kind", faults) else { return Period::Lesson };
    let found = KINDS.iter().find(|(name, _)| *name == text.is);
    if found.is_none() {
        let names = KINDS.map(|(name, _)| name);
        faults
            .add(&text.at, format!("`{}` is no kind of lesson", text.is))
            .help(format!("it is one of {}", names.join(", ")))
            .closest(text.is, names);
    }
    found.map_or(Period::Lesson, |(_, kind)| *kind)
}
