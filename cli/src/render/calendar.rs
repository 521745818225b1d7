//! `campus calendar` and `campus timetable`: days with their reasons, and what a room's day is made of.

use super::figures::weekday_key;
use crate::page::{Cell, Page, Paint, Table};
use crate::words::Lang;
use agent::api::types::{Calendar, CalendarDay, RoomTimetable};

/// `campus calendar show`: one line per day.
pub fn month(calendar: &Calendar, page: &Page) -> String {
    let head = ["calendar-head-day", "calendar-head-kind", "calendar-head-why"];
    let mut table = Table::new(head.map(|key| Cell::left(page.text(key))).to_vec());
    for day in &calendar.days {
        table.row(vec![
            Cell::left(dated(day, page)),
            Cell::left(kind(day, page)).paint(paint(day)),
            Cell::left(why(day, page)),
        ]);
    }
    table.render(page) + &footer(calendar, page)
}

/// `campus calendar show --year`: months in numbers, then what differs from the week.
pub fn year(calendar: &Calendar, year: i16, page: &Page) -> String {
    let kinds = ["school", "make_up", "weekend", "holiday", "vacation", "closed"];
    let mut head = vec![Cell::left(page.text("calendar-head-month"))];
    head.extend(kinds.map(|kind| Cell::right(page.words.plain_code("day", kind))));
    let mut table = Table::new(head);
    let mut row = |label: String, within: &dyn Fn(&CalendarDay) -> bool| {
        let mut cells = vec![Cell::left(label)];
        for kind in kinds {
            let days = calendar.days.iter().filter(|day| within(day) && day.kind == kind);
            cells.push(Cell::right(days.count().to_string()));
        }
        table.row(cells);
    };
    for month in 1..=12 {
        let month = format!("{year}-{month:02}");
        row(month.clone(), &|day| day.date.starts_with(&month));
    }
    row(page.text("calendar-sum"), &|_| true);
    let mut runs: Vec<(&CalendarDay, &CalendarDay)> = Vec::new();
    for pair in calendar.days.windows(2).map(Some).chain([None]) {
        let day = pair.map(|pair| &pair[0]).or(calendar.days.last());
        let Some(day) = day.filter(|day| differs(day)) else { continue };
        match runs.last_mut() {
            Some((_, last)) if follows(last, day, calendar) => *last = day,
            _ => runs.push((day, day)),
        }
    }
    let mut text = table.render(page);
    if !runs.is_empty() {
        let head = ["calendar-head-days", "calendar-head-kind", "calendar-head-why"];
        let mut table = Table::new(head.map(|key| Cell::left(page.text(key))).to_vec());
        for (first, last) in runs {
            let days = if first.date == last.date {
                dated(first, page)
            } else {
                let named = [("from", dated(first, page).into()), ("to", dated(last, page).into())];
                page.say("calendar-from-to", &named)
            };
            table.row(vec![
                Cell::left(days),
                Cell::left(kind(first, page)).paint(paint(first)),
                Cell::left(why(first, page)),
            ]);
        }
        text = format!("{text}\n{}", table.render(page));
    }
    text + &footer(calendar, page)
}

/// Whether a day is worth a line of its own.
fn differs(day: &CalendarDay) -> bool {
    day.kind != "school" && day.kind != "weekend" || day.exam.is_some() && day.kind == "school"
}

/// Whether a day goes on with the one before; a weekend between exams does not interrupt them.
fn follows(last: &CalendarDay, day: &CalendarDay, calendar: &Calendar) -> bool {
    let at = |wanted: &CalendarDay| calendar.days.iter().position(|day| day.date == wanted.date);
    let apart = at(day).unwrap_or(0).saturating_sub(at(last).unwrap_or(0));
    let same = (&last.kind, &last.name, &last.exam) == (&day.kind, &day.name, &day.exam);
    same && day.kind != "make_up" && (apart == 1 || day.exam.is_some() && apart <= 3)
}

/// `campus timetable show`: a block per day, without the hours in which the room is closed.
pub fn timetable(timetable: &RoomTimetable, page: &Page) -> String {
    let named =
        [("room", timetable.room.as_str().into()), ("name", timetable.name.as_str().into())];
    let title = page.say(if timetable.own { "timetable-own" } else { "timetable-bells" }, &named);
    let mut table = Table::new(vec![]);
    for day in &timetable.days {
        let mut label = format!("{} {}", dated(&day.day, page), kind(&day.day, page));
        let why = why(&day.day, page);
        if !why.is_empty() {
            label = format!("{label}{}{why}", page.text("calendar-and"));
        }
        let open = day.periods.iter().filter(|period| period.period != "closed");
        table.row(vec![Cell::left(label).paint(Paint::Strong)]);
        let rows: Vec<String> = open
            .map(|period| {
                let what = page.words.plain_code("period", &period.period);
                let line = format!("  {}-{}  {what}", period.from, period.to);
                if period.name.is_empty() { line } else { format!("{line}  {}", period.name) }
            })
            .collect();
        if rows.is_empty() {
            table.row(vec![Cell::left(format!("  {}", page.text("period-closed")))]);
        }
        rows.into_iter().for_each(|row| table.row(vec![Cell::left(row)]));
    }
    format!("{title}\n{}", table.render(page))
}

fn dated(day: &CalendarDay, page: &Page) -> String {
    format!("{} {}", day.date, page.text(weekday_key(day.weekday)))
}

fn kind(day: &CalendarDay, page: &Page) -> String {
    page.words.plain_code("day", &day.kind)
}

fn paint(day: &CalendarDay) -> Paint {
    match day.kind.as_str() {
        "school" => Paint::Plain,
        "make_up" => Paint::Strong,
        "weekend" => Paint::Dim,
        _ => Paint::Warn,
    }
}

/// Name, whose timetable, exam, week of the term, and that a year is not announced.
fn why(day: &CalendarDay, page: &Page) -> String {
    let name = match page.words.lang {
        Lang::En if !day.name_en.is_empty() => &day.name_en,
        _ => &day.name,
    };
    let mut parts = Vec::new();
    if !name.is_empty() {
        parts.push(name.clone());
    }
    match day.follows {
        Some(0) => parts.push(page.text("calendar-follows-unknown")),
        Some(weekday) => {
            let weekday = page.text(weekday_key(weekday));
            parts.push(page.say("calendar-follows", &[("weekday", weekday.into())]));
        }
        None => {}
    }
    if let Some(exam) = &day.exam {
        parts.push(page.say("calendar-exam", &[("name", exam.as_str().into())]));
    }
    if let (Some(term), Some(week)) = (&day.term, day.week) {
        let named = [("term", term.as_str().into()), ("week", week.into())];
        parts.push(page.say("calendar-week", &named));
    }
    if !day.announced {
        parts.push(page.text("calendar-not-announced"));
    }
    parts.join(&page.text("calendar-and"))
}

fn footer(calendar: &Calendar, page: &Page) -> String {
    let Some(country) = &calendar.public else {
        return format!("\n{}\n", page.text("calendar-no-public"));
    };
    let mut asked: Vec<&str> = calendar.days.iter().filter_map(|day| day.date.get(..4)).collect();
    asked.dedup();
    let mut text = String::from("\n");
    for year in asked {
        let known = calendar.years.iter().find(|known| known.year.to_string() == year);
        let named = [
            ("country", country.as_str().into()),
            ("year", year.into()),
            ("source", known.map_or("", |known| &known.source).into()),
        ];
        let key = if known.is_some() { "calendar-source" } else { "calendar-unknown" };
        text += &format!("{}\n", page.say(key, &named));
    }
    text
}
