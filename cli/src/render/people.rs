//! Whether somebody is there, by which votes, and for how long they count.

use crate::page::{Cell, Page, Paint, Table};
use crate::when::duration;
use agent::api::types::{OccupancyEstimate, OccupancyVote};

/// The part of `campus room explain`: each vote with its weight, their sum, and the hold.
pub fn votes(estimate: &OccupancyEstimate, page: &Page) -> String {
    let chance = [("chance", u32::from(estimate.chance_pct).into())];
    let title = page.paint(Paint::Strong, &page.say("votes-title", &chance));
    let mut table = Table::default();
    for vote in &estimate.votes {
        let paint = match vote.weight {
            weight if weight >= 0.05 => Paint::Good,
            weight if weight <= -0.05 => Paint::Dim,
            _ => Paint::Plain,
        };
        table.row(vec![
            Cell::left(format!("  {}", page.text(label(vote)))),
            Cell::right(signed(vote.weight)).paint(paint),
            Cell::left(what(vote, page)),
        ]);
    }
    table.row(vec![
        Cell::left(format!("  {}", page.text("votes-all"))),
        Cell::right(signed(estimate.weight)).paint(Paint::Strong),
        Cell::left(hold(estimate, page)),
    ]);
    format!("\n{title}\n{}", table.render(page))
}

/// Who says it.
fn label(vote: &OccupancyVote) -> &'static str {
    match vote.by.as_str() {
        "seen" | "quiet" => "votes-motion",
        "air" => "votes-air",
        _ => "votes-custom",
    }
}

/// What it says.
fn what(vote: &OccupancyVote, page: &Page) -> String {
    let arg = |name: &str| vote.args.get(name).copied();
    let ppm = |name: &str| {
        arg(name).map_or_else(|| "–".to_owned(), |ppm| format!("{ppm:+}").replace('-', "−"))
    };
    match vote.by.as_str() {
        "quiet" => {
            let ms = arg("for_s").unwrap_or(0).saturating_mul(1000);
            page.say("vote-quiet", &[("duration", duration(&page.words, ms).into())])
        }
        "air" => {
            let named = [
                ("excess", ppm("excess_ppm").into()),
                ("fast", ppm("slope_10_ppm").into()),
                ("slow", ppm("slope_30_ppm").into()),
            ];
            page.say("vote-air", &named)
        }
        "habit" => page.say("vote-habit", &[("used", arg("used_pct").unwrap_or(0).into())]),
        "timetable" => {
            let period = vote.period.as_deref().unwrap_or("");
            let period = page.words.plain_code("period", period);
            page.say("vote-timetable", &[("period", period.into())])
        }
        by => page.words.plain_code("vote", by),
    }
}

/// How long the room counts as not yet empty, and why so long.
fn hold(estimate: &OccupancyEstimate, page: &Page) -> String {
    let time = duration(&page.words, i64::from(estimate.hold_s) * 1000);
    let why = page.words.plain_code("hold", &estimate.hold);
    page.say("votes-hold", &[("duration", time.into()), ("why", why.into())])
}

/// `+2.0`, `−1.1`: a tenth is less than anybody can feel.
fn signed(weight: f64) -> String {
    let tenths = (weight * 10.0).round() as i64;
    let sign = match tenths {
        1.. => "+",
        0 => "±",
        _ => "−",
    };
    format!("{sign}{}.{}", tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10)
}
