//! `campus energy show`: a chart on a terminal, a table elsewhere, and the proof per meter.

use super::{energy, grouped};
use crate::page::{Cell, Page, Paint, Table};
use agent::api::types::{Energy, MeterEnergy};
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr;

/// Energy of all asked meters in one period.
#[derive(Clone, Copy, Debug, Default)]
struct Period {
    energy_wh: i64,
    estimated: bool,
}

/// The page.
pub fn render(answer: &Energy, page: &Page) -> String {
    let named = [
        ("from", page.clock.minute(answer.from_ms).into()),
        ("to", page.clock.minute(answer.to_ms).into()),
        ("by", page.words.plain_code("energy-by", &answer.by).into()),
    ];
    let title = page.paint(Paint::Strong, &page.say("energy-title", &named));
    if answer.meters.is_empty() {
        return format!("{title}\n\n{}\n", page.text("energy-none"));
    }
    let periods = periods(answer);
    let rows = match page.width {
        Some(_) => chart(&periods, &answer.by, page),
        None => table(&periods, &answer.by, page),
    };
    let mut text = format!("{title}\n\n{rows}");
    if page.width.is_some() && periods.values().any(|period| period.estimated) {
        text.push_str(&format!("{}\n", page.paint(Paint::Dim, &page.text("energy-estimated"))));
    }
    // A building's own meter, and then what its rooms add to it.
    let mut sorted = answer.meters.clone();
    let order = |meter: &MeterEnergy| (meter.place.clone(), meter.meter.clone());
    sorted.sort_by_cached_key(order);
    text.push_str(&format!("\n{}", meters(&sorted, page)));
    text
}

/// Whether every ledger equals its registers.
pub fn adds_up(answer: &Energy) -> bool {
    answer.meters.iter().all(|meter| meter.adds_up)
}

/// Whether a meter counts what another one counts too: a room's meter, where its building has one of
/// its own. Adding both up would count the room twice.
pub fn is_part(meter: &MeterEnergy, meters: &[MeterEnergy]) -> bool {
    let building = meter.place.split_once('/').map(|(building, _)| building);
    building.is_some_and(|building| meters.iter().any(|other| other.place == building))
}

/// Energy of all meters together, each watt-hour once.
pub fn total(meters: &[MeterEnergy], of: fn(&MeterEnergy) -> i64) -> i64 {
    meters.iter().filter(|meter| !is_part(meter, meters)).map(of).sum()
}

fn periods(answer: &Energy) -> BTreeMap<i64, Period> {
    let mut periods: BTreeMap<i64, Period> = BTreeMap::new();
    let parts: Vec<&str> = answer
        .meters
        .iter()
        .filter(|meter| is_part(meter, &answer.meters))
        .map(|meter| meter.meter.as_str())
        .collect();
    for row in answer.rows.iter().filter(|row| !parts.contains(&row.meter.as_str())) {
        let period = periods.entry(row.start_ms).or_default();
        period.energy_wh += row.energy_wh;
        period.estimated |= row.quality != "measured";
    }
    periods
}

/// The start of a period as people read it.
fn start(page: &Page, by: &str, ms: i64) -> String {
    if by == "day" { page.clock.day(ms) } else { page.clock.short(ms) }
}

fn chart(periods: &BTreeMap<i64, Period>, by: &str, page: &Page) -> String {
    let labels: Vec<String> = periods.keys().map(|ms| start(page, by, *ms)).collect();
    let amounts: Vec<String> = periods.values().map(|period| energy(period.energy_wh)).collect();
    let widest = |texts: &[String]| texts.iter().map(|text| text.width()).max().unwrap_or(0);
    let (label_width, amount_width) = (widest(&labels), widest(&amounts));
    let bar_width = page.columns().saturating_sub(label_width + amount_width + 6).max(10);
    let most = periods.values().map(|period| period.energy_wh).max().unwrap_or(0).max(1);
    let mut text = String::new();
    for ((label, amount), period) in labels.iter().zip(&amounts).zip(periods.values()) {
        let eighths = period.energy_wh.max(0) as u128 * bar_width as u128 * 8 / most as u128;
        let bar = page.paint(Paint::Good, &bar(eighths as usize));
        let mark = if period.estimated { "~" } else { " " };
        let gaps = (label_width - label.width(), amount_width - amount.width());
        let (left, middle) = (" ".repeat(gaps.0), " ".repeat(gaps.1));
        text.push_str(format!("{label}{left}  {middle}{amount} {mark} {bar}").trim_end());
        text.push('\n');
    }
    text
}

/// A bar of `eighths` of a column.
pub fn bar(eighths: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    "█".repeat(eighths / 8) + PARTS[eighths % 8]
}

fn table(periods: &BTreeMap<i64, Period>, by: &str, page: &Page) -> String {
    let mut table = Table::new(vec![
        Cell::left(page.text("energy-head-start")),
        Cell::right(page.text("energy-head-energy")),
        Cell::left(page.text("energy-head-quality")),
    ]);
    for (ms, period) in periods {
        let quality = if period.estimated { "estimated_shape" } else { "measured" };
        table.row(vec![
            Cell::left(if by == "day" { page.clock.day(*ms) } else { page.clock.minute(*ms) }),
            Cell::right(format!("{} Wh", grouped(period.energy_wh))),
            Cell::left(page.words.plain_code("quality", quality)),
        ]);
    }
    table.render(page)
}

fn meters(meters: &[MeterEnergy], page: &Page) -> String {
    let mut table = Table::new(vec![
        Cell::left(page.text("energy-head-meter")),
        Cell::left(page.text("energy-head-place")),
        Cell::right(page.text("energy-head-energy")),
        Cell::right(page.text("energy-head-register")),
        Cell::left(page.text("energy-head-proof")),
    ]);
    for meter in meters {
        let part = if is_part(meter, meters) { "  " } else { "" };
        table.row(vec![
            Cell::left(format!("{part}{}", meter.meter)),
            Cell::left(&meter.place),
            Cell::right(format!("{} Wh", grouped(meter.energy_wh))),
            Cell::right(format!("{} Wh", grouped(meter.last_register_wh))),
            Cell::left(proof(meter, page)).paint(if meter.adds_up {
                Paint::Good
            } else {
                Paint::Bad
            }),
        ]);
    }
    let total = total(meters, |meter| meter.energy_wh);
    table.row(vec![
        Cell::left(page.text("energy-total")).paint(Paint::Strong),
        Cell::left(""),
        Cell::right(format!("{} Wh", grouped(total))).paint(Paint::Strong),
    ]);
    let mut text = table.render(page);
    if meters.iter().any(|meter| is_part(meter, meters)) {
        text.push_str(&format!("{}\n", page.paint(Paint::Dim, &page.text("energy-parts"))));
    }
    text
}

fn proof(meter: &MeterEnergy, page: &Page) -> String {
    let line = if meter.adds_up {
        page.text("energy-adds-up")
    } else {
        let named = [
            ("posted", grouped(meter.posted_wh).into()),
            ("register", grouped(meter.register_difference_wh).into()),
        ];
        page.say("energy-differs", &named)
    };
    match meter.resets {
        0 => line,
        n => line + &page.say("energy-resets", &[("n", n.into())]),
    }
}
