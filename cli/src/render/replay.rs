//! `campus rule replay`: what other settings would have done, beside today's.

use super::figures::{hours, percent};
use super::{energy, grouped};
use crate::page::{Cell, Page, Paint, Table};
use agent::api::types::{Trial, TrialFigures, TrialMoment, TrialRoom};

/// Moments of a room that are shown; the others are counted.
const MOMENTS_SHOWN: usize = 5;

/// The page.
pub fn render(trial: &Trial, page: &Page) -> String {
    let mut text = format!("{}\n", page.paint(Paint::Strong, &title(trial, page)));
    for note in notes(trial, page) {
        text.push_str(&format!("{note}\n"));
    }
    text.push_str(&format!("\n{}", table(trial, page)));
    text.push_str(&format!("\n{}", bars(trial, page)));
    for room in trial.rooms.iter().filter(|room| room.moments_total > 0) {
        text.push_str(&format!("\n{}", moments(room, page)));
    }
    text.push_str(&format!("\n{}\n", page.paint(Paint::Dim, &page.text("replay-model"))));
    text
}

/// Which time.
pub fn title(trial: &Trial, page: &Page) -> String {
    let named = [
        ("from", page.clock.minute(trial.since_ms).into()),
        ("to", page.clock.minute(trial.until_ms).into()),
    ];
    page.say("replay-title", &named)
}

/// How far it can be trusted.
pub fn notes(trial: &Trial, page: &Page) -> Vec<String> {
    let grouped = |n: u64| grouped(i64::try_from(n).unwrap_or(i64::MAX));
    let named = [
        ("rows", grouped(trial.rows).into()),
        ("recorded", grouped(trial.recorded).into()),
        ("again", grouped(trial.again).into()),
    ];
    let proof = if trial.same { "replay-same" } else { "replay-not-same" };
    let mut notes = vec![page.say("replay-rows", &named), page.say(proof, &named)];
    if !trial.by_today {
        notes.push(page.text("replay-not-by-today"));
    }
    if trial.damaged > 0 {
        notes.push(page.say("explain-damaged", &[("n", trial.damaged.into())]));
    }
    notes
}

/// What a row of the table shows: today's, then the candidate's.
pub const COLUMNS: [&str; 5] = [
    "replay-head-lamps",
    "replay-head-energy",
    "replay-head-empty",
    "replay-head-dark",
    "replay-head-switchings",
];

/// The cells of one side.
pub fn cells(of: &TrialFigures) -> [String; 5] {
    [
        hours(of.lamp_s.unsigned_abs()),
        of.energy_wh.map_or_else(|| "–".to_owned(), energy),
        hours(of.lit_empty_s.unsigned_abs()),
        hours(of.dark_s.unsigned_abs()),
        of.switchings.to_string(),
    ]
}

fn table(trial: &Trial, page: &Page) -> String {
    let heads = [Cell::left(page.text("replay-head-room")), Cell::left("")];
    let columns = COLUMNS.map(|key| Cell::right(page.text(key)));
    let mut table = Table::new(heads.into_iter().chain(columns).collect());
    for room in &trial.rooms {
        for (side, name, figures) in [
            ("replay-today", room.room.as_str(), &room.today),
            ("replay-tried", "", &room.candidate),
        ] {
            let heads = [Cell::left(name), Cell::left(page.text(side)).paint(Paint::Dim)];
            let numbers = cells(figures).map(Cell::right);
            table.row(heads.into_iter().chain(numbers).collect());
        }
    }
    table.render(page)
}

/// Lamp time as bars, today's above what is tried.
fn bars(trial: &Trial, page: &Page) -> String {
    let most = trial.rooms.iter().map(|room| room.today.lamp_s.max(room.candidate.lamp_s)).max();
    let most = most.unwrap_or(0).max(1) as f64;
    let width = page.columns().saturating_sub(40).max(10) as f64;
    let mut table = Table::new(vec![
        Cell::left(page.text("replay-head-lamps")),
        Cell::left(""),
        Cell::left(""),
        Cell::right(""),
    ]);
    for room in &trial.rooms {
        let change = change(room);
        for (side, name, lamp_s, change, paint) in [
            ("replay-today", room.room.as_str(), room.today.lamp_s, "", Paint::Dim),
            ("replay-tried", "", room.candidate.lamp_s, change.as_str(), Paint::Good),
        ] {
            let bar = "█".repeat((lamp_s as f64 / most * width).round() as usize);
            table.row(vec![
                Cell::left(name),
                Cell::left(page.text(side)).paint(Paint::Dim),
                Cell::left(bar).paint(paint),
                Cell::right(change),
            ]);
        }
    }
    table.render(page)
}

/// By how much the lamps are on longer or shorter; empty without a today.
pub fn change(room: &TrialRoom) -> String {
    if room.today.lamp_s == 0 {
        return String::new();
    }
    let share = (room.candidate.lamp_s - room.today.lamp_s) as f64 / room.today.lamp_s as f64;
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{}", percent(share * 100.0))
}

fn moments(room: &TrialRoom, page: &Page) -> String {
    let named = [
        ("room", room.room.as_str().into()),
        ("n", room.moments_total.into()),
        ("hours", hours(room.differing_s.unsigned_abs()).into()),
    ];
    let title = page.paint(Paint::Strong, &page.say("replay-moments", &named));
    let mut table = Table::default();
    for moment in room.moments.iter().take(MOMENTS_SHOWN) {
        table.row(vec![
            Cell::left(format!("  {}", page.clock.short(moment.at_ms))),
            Cell::left(levels(moment, page)),
            Cell::left(why(moment, page)).paint(Paint::Dim),
        ]);
    }
    let more = room.moments_total.saturating_sub(MOMENTS_SHOWN as u64);
    let more = match more {
        0 => String::new(),
        more => format!("  {}\n", page.say("replay-more", &[("n", more.into())])),
    };
    format!("{title}\n{}{more}", table.render(page))
}

/// `window: 50 %, tried 0 %`
pub fn levels(moment: &TrialMoment, page: &Page) -> String {
    let named = [
        ("zone", super::room::zone_name(page, &moment.zone).into()),
        ("today", u32::from(moment.today_pct).into()),
        ("tried", u32::from(moment.candidate_pct).into()),
    ];
    page.say("replay-levels", &named)
}

/// Which of the two moved.
pub fn why(moment: &TrialMoment, page: &Page) -> String {
    page.text(if moment.candidate_moved { "replay-tried-moved" } else { "replay-today-moved" })
}
