//! `campus room learn`: what rooms would decide by, and how much better that tells who was there.

use super::figures::hours;
use super::grouped;
use crate::page::{Cell, Page, Paint, Table};
use agent::api::types::{Lesson, LessonPast, OccupancyNumbers, RoomLesson, ToldTruth};

/// The page; `applied` and where to.
pub fn render(lesson: &Lesson, (applied, config): (bool, &str), page: &Page) -> String {
    let span = [
        ("from", page.clock.minute(lesson.since_ms).into()),
        ("to", page.clock.minute(lesson.until_ms).into()),
        ("rows", grouped(i64::try_from(lesson.rows).unwrap_or(i64::MAX)).into()),
    ];
    let mut text = format!("{}\n", page.say("learn-title", &span));
    if lesson.damaged > 0 {
        let damaged = page.say("explain-damaged", &[("n", lesson.damaged.into())]);
        text.push_str(&format!("{}\n", page.paint(Paint::Warn, &damaged)));
    }
    for one in &lesson.rooms {
        text.push_str(&format!("\n{}", room(one, &lesson.needed, page)));
    }
    if lesson.rooms.iter().any(|room| room.after.is_some()) {
        text.push_str(&format!("\n{}\n", page.paint(Paint::Dim, &page.text("learn-model"))));
    }
    let better = lesson.rooms.iter().filter(|room| room.outcome == "better").count();
    let named = [("n", better.into()), ("config", config.to_owned().into())];
    let end = match (better, applied) {
        (0, _) => page.text("learn-end-nothing"),
        (_, false) => page.say("learn-end-dry", &named),
        (_, true) => page.paint(Paint::Good, &page.say("learn-end-applied", &named)),
    };
    text + &format!("\n{end}\n")
}

fn room(room: &RoomLesson, needed: &LessonPast, page: &Page) -> String {
    let paint = match room.outcome.as_str() {
        "better" => Paint::Good,
        "too_little" => Paint::Warn,
        _ => Paint::Dim,
    };
    let outcome = page.words.plain_code("learn-outcome", &room.outcome);
    let title = page.paint(Paint::Strong, &room.room);
    let mut text = format!("{title}   {}\n", page.paint(paint, &outcome));
    let truth = page.words.plain_code("learn-truth", &room.truth);
    text.push_str(&format!("  {truth}{}\n", past(&room.past, page)));
    match (&room.after, &room.told_before, &room.told_after) {
        (Some(after), Some(told_before), Some(told_after)) => {
            if room.past.co2_min < needed.co2_min {
                let named = [
                    ("there", span(room.past.co2_min).into()),
                    ("needed", span(needed.co2_min).into()),
                ];
                let note = page.say("learn-no-air", &named);
                text.push_str(&format!("  {}\n", page.paint(Paint::Warn, &note)));
            }
            text + &numbers((&room.before, after), (told_before, told_after), page)
        }
        _ => text + &lacking(&room.past, needed, page),
    }
}

fn past(past: &LessonPast, page: &Page) -> String {
    let named = [
        ("occupied", span(past.occupied_min).into()),
        ("empty", span(past.empty_min).into()),
        ("school", past.school_days.into()),
        ("other", past.other_days.into()),
    ];
    page.say("learn-past", &named)
}

/// What is there, and what is needed.
fn lacking(past: &LessonPast, needed: &LessonPast, page: &Page) -> String {
    let mut table = Table::new(heads(["", "learn-head-there", "learn-head-needed"], page));
    for (key, there, needed) in [
        ("learn-known", past.labelled_min, needed.labelled_min),
        ("learn-occupied", past.occupied_min, needed.occupied_min),
        ("learn-empty", past.empty_min, needed.empty_min),
    ] {
        let paint = if there < needed { Paint::Warn } else { Paint::Plain };
        table.row(vec![
            Cell::left(format!("  {}", page.text(key))),
            Cell::right(span(there)).paint(paint),
            Cell::right(span(needed)),
        ]);
    }
    table.render(page) + &format!("  {}\n", page.text("learn-lacking"))
}

/// Today's numbers beside those that were learnt; then what they tell of the truth.
fn numbers(
    (before, after): (&OccupancyNumbers, &OccupancyNumbers),
    (told_before, told_after): (&ToldTruth, &ToldTruth),
    page: &Page,
) -> String {
    let mut table = Table::new(heads(["", "learn-head-today", "learn-head-learnt"], page));
    let mut row = |name: String, from: String, to: String| {
        let paint = if from == to { Paint::Dim } else { Paint::Strong };
        let cells =
            [Cell::left(format!("  {name}")), Cell::right(from), Cell::right(to).paint(paint)];
        table.row(cells.to_vec());
    };
    for (name, from, to) in [
        ("rest_ppm", before.rest_ppm, after.rest_ppm),
        ("air_pct", before.air_pct, after.air_pct),
        ("rise_ppm", before.rise_ppm, after.rise_ppm),
    ] {
        row(name.to_owned(), from.to_string(), to.to_string());
    }
    for (name, from, to) in [
        ("learn-school-days", &before.school_days, &after.school_days),
        ("learn-other-days", &before.other_days, &after.other_days),
    ] {
        row(page.text(name), by_hour(from, page), by_hour(to, page));
    }
    row(page.text("learn-missed"), span(told_before.missed_min), span(told_after.missed_min));
    row(page.text("learn-false"), span(told_before.false_min), span(told_after.false_min));
    let percent = |told: &ToldTruth| format!("{:.1} %", told.balanced_pct);
    row(page.text("learn-balanced"), percent(told_before), percent(told_after));
    table.render(page)
}

fn heads(keys: [&str; 3], page: &Page) -> Vec<Cell> {
    let [_, first, second] =
        keys.map(|key| if key.is_empty() { String::new() } else { page.text(key) });
    vec![Cell::left(""), Cell::right(first), Cell::right(second)]
}

fn span(min: u64) -> String {
    hours(min * 60)
}

/// A day of 96 quarter hours as 24 hours: the mean tenth of each.
fn by_hour(day: &Option<String>, page: &Page) -> String {
    let Some(day) = day else { return page.text("learn-not-known") };
    let tenths: Vec<Option<u32>> = day.chars().map(|mark| mark.to_digit(10)).collect();
    let hours = tenths.chunks(4).map(|quarters| {
        let known: Vec<u32> = quarters.iter().copied().flatten().collect();
        match u32::try_from(known.len()) {
            Ok(n @ 1..) => char::from_digit((known.iter().sum::<u32>() + n / 2) / n, 10),
            _ => None,
        }
    });
    hours.map(|tenth| tenth.unwrap_or('-')).collect()
}
