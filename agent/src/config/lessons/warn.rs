//! What a timetable may say but should be known: lessons at one time, outside opening hours, on holidays.

use crate::config::fault::Faults;
use crate::config::table::At;
use controller::timetable::{Lesson, On, Own, Weeks};
use controller::{Calendar, Days, Timetable};
use std::collections::BTreeMap;
use wire::Id;

type Lessons = BTreeMap<(Id, Id), Vec<At<Lesson>>>;

/// Pairs that are named one by one; the rest is counted.
const NAMED_MAX: usize = 10;

/// Lessons of one room at one time on a day that both have.
pub fn overlaps(lessons: &Lessons, faults: &mut Faults) {
    let mut pairs = 0;
    let mut last = None;
    for ((building, room), lessons) in lessons {
        let mut sorted: Vec<&At<Lesson>> = lessons.iter().collect();
        sorted.sort_by_key(|lesson| lesson.is.time.from_min);
        for (nth, lesson) in sorted.iter().enumerate() {
            let after = sorted[nth + 1..].iter();
            let after = after.take_while(|it| it.is.time.from_min < lesson.is.time.to_min);
            for other in after.filter(|other| meet(&lesson.is.on, &other.is.on)) {
                pairs += 1;
                last = Some(&other.at);
                if pairs <= NAMED_MAX {
                    let (one, two) = (called(&lesson.is), called(&other.is));
                    faults.warn(
                        &other.at,
                        format!("{one} and {two} are in `{building}/{room}` at one time"),
                    );
                }
            }
        }
    }
    if let Some(last) = last.filter(|_| pairs > NAMED_MAX) {
        let more = pairs - NAMED_MAX;
        faults.warn(last, format!("{more} more pairs of lessons are in one room at one time"));
    }
}

fn called(lesson: &Lesson) -> String {
    if lesson.name.is_empty() { "a lesson".to_owned() } else { format!("`{}`", lesson.name) }
}

/// Whether two lessons surely have a day in common.
fn meet(one: &On, two: &On) -> bool {
    match (one, two) {
        (On::Dates(one), On::Dates(two)) => one.iter().any(|date| two.contains(date)),
        (On::Weekly(one), On::Weekly(two)) => {
            let same = (0..7).any(|day| one.days.0[day] && two.days.0[day]);
            let apart = |first: Option<_>, second: Option<_>| matches!((first, second), (Some(first), Some(second)) if first < second);
            let every_week = one.every <= 1 && two.every <= 1;
            let weeks =
                one.weeks == two.weeks || one.weeks == Weeks::All || two.weeks == Weeks::All;
            same && every_week && weeks && !apart(one.to, two.from) && !apart(two.to, one.from)
        }
        // A single day beside a weekly lesson is usually a lesson that was moved.
        _ => false,
    }
}

/// Lessons outside opening hours, said once.
pub fn outside(lessons: &Lessons, usual: &Timetable, own: &Own, faults: &mut Faults) {
    let mut count = 0;
    let mut first: Option<&At<Lesson>> = None;
    for (room, lessons) in lessons {
        let open = own.hours(*room).map_or(usual.open, |hours| hours.open);
        let outside = |lesson: &&At<Lesson>| {
            lesson.is.time.from_min < open.from_min || lesson.is.time.to_min > open.to_min
        };
        for lesson in lessons.iter().filter(outside) {
            count += 1;
            first = first.or(Some(lesson));
        }
    }
    if let Some(first) = first {
        let many =
            if count == 1 { "a lesson is".to_owned() } else { format!("{count} lessons are") };
        faults.warn(
            &first.at,
            format!(
                "{many} outside opening hours; during it the room counts as in use, around it as \
                 closed: `[[hours]]` can open it for longer"
            ),
        );
    }
}

/// Dates on holidays, said once.
pub fn free_days(lessons: &Lessons, calendar: &Calendar, faults: &mut Faults) {
    let mut count = 0;
    let mut first = None;
    for lesson in lessons.values().flatten() {
        let On::Dates(dates) = &lesson.is.on else { continue };
        for date in dates {
            let day = calendar.day(*date, Days::ALL);
            if day.kind.is_free() {
                count += 1;
                first = first.or(Some((&lesson.at, *date, day.kind.name(), day.name)));
            }
        }
    }
    if let Some((at, date, kind, name)) = first {
        let name = if name.is_empty() { String::new() } else { format!(", {name}") };
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        faults.warn(at, format!("a lesson on {date} ({kind}{name}){more}: it counts all the same"));
    }
}
