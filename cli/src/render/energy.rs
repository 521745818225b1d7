//! `campus energy show`: a chart on a terminal, a table elsewhere, and the proof per meter.

use super::{energy, grouped};
use crate::page::{Cell, Page, Paint, Table};
use agent::api::types::{Energy, EnergyRow, MeterEnergy};
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr;

/// Marks of a period, the most serious first: sign, code of its legend.
const MARKS: [(char, &str); 4] =
    [('?', "incomplete"), ('!', "suspect"), ('~', "estimated_shape"), ('*', "repaired")];

/// Energy of all asked meters in one period.
#[derive(Clone, Debug, Default)]
struct Period {
    energy_wh: i64,
    /// One of [`MARKS`] each, as they stand there.
    marked: [bool; MARKS.len()],
}

impl Period {
    fn add(&mut self, row: &EnergyRow) {
        self.energy_wh += row.energy_wh;
        for (marked, (_, code)) in self.marked.iter_mut().zip(MARKS) {
            // A slot that was repaired has a further revision.
            *marked |= row.quality == code
                || code == "repaired" && (row.cause == code || row.revision > 1);
        }
    }

    /// `~*`; empty when every slot was measured.
    fn marks(&self) -> String {
        MARKS
            .iter()
            .zip(self.marked)
            .filter(|(_, marked)| *marked)
            .map(|((sign, _), _)| sign)
            .collect()
    }

    /// What the marks mean, or that it was measured.
    fn quality(&self, page: &Page) -> String {
        let codes = MARKS.iter().zip(self.marked).filter(|(_, marked)| *marked);
        let texts: Vec<String> =
            codes.map(|((_, code), _)| page.words.plain_code("quality", code)).collect();
        if texts.is_empty() {
            page.words.plain_code("quality", "measured")
        } else {
            texts.join(&page.text("list-and"))
        }
    }
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
    if page.width.is_some() {
        text.push_str(&legend(&periods, page));
    }
    text.push_str(&format!("\n{}", meters(&in_order(&answer.meters), page)));
    text
}

/// What the marks that occur mean, a line each.
fn legend(periods: &BTreeMap<i64, Period>, page: &Page) -> String {
    let occurs = |at: usize| periods.values().any(|period| period.marked[at]);
    let used = MARKS.iter().enumerate().filter(|(at, _)| occurs(*at));
    used.map(|(_, (sign, code))| {
        let line = format!("{sign} {}", page.words.plain_code("quality", code));
        format!("{}\n", page.paint(Paint::Dim, &line))
    })
    .collect()
}

/// Whether every ledger equals its registers.
pub fn adds_up(answer: &Energy) -> bool {
    answer.meters.iter().all(|meter| meter.adds_up)
}

/// Whether a meter counts what another one of these counts too: adding both up would count it twice.
pub fn is_part(meter: &MeterEnergy, meters: &[MeterEnergy]) -> bool {
    let parent = meter.parent.as_deref();
    parent.is_some_and(|parent| meters.iter().any(|other| other.meter == parent))
}

/// Whether a meter is in the total: it counts what is consumed, no other one counts that too, and it
/// belongs somewhere (or is all that was asked for).
pub fn counts(meter: &MeterEnergy, meters: &[MeterEnergy]) -> bool {
    let belongs = !meter.place.is_empty() || meters.len() == 1;
    meter.flow != "export" && belongs && !is_part(meter, meters)
}

/// Energy of all meters together, each watt-hour once.
pub fn total(meters: &[MeterEnergy], of: fn(&MeterEnergy) -> i64) -> i64 {
    meters.iter().filter(|meter| counts(meter, meters)).map(of).sum()
}

/// Produced energy of all meters together.
fn produced(meters: &[MeterEnergy]) -> i64 {
    let exports = meters.iter().filter(|meter| meter.flow == "export" && !is_part(meter, meters));
    exports.map(|meter| meter.energy_wh).sum()
}

/// Each meter followed by its parts, with how deep it is; wholes by place.
fn in_order(meters: &[MeterEnergy]) -> Vec<(usize, &MeterEnergy)> {
    let mut sorted: Vec<&MeterEnergy> = meters.iter().collect();
    sorted.sort_by_key(|meter| (&meter.place, &meter.meter));
    let mut waiting: Vec<(usize, &MeterEnergy)> =
        sorted.iter().rev().filter(|m| !is_part(m, meters)).map(|meter| (0, *meter)).collect();
    let mut ordered = Vec::new();
    while let Some((depth, meter)) = waiting.pop() {
        // Two meters that name each other as parents are a fault of the agent, and no reason to hang.
        if ordered.len() >= meters.len() {
            break;
        }
        ordered.push((depth, meter));
        let parts = sorted.iter().rev().filter(|m| m.parent.as_ref() == Some(&meter.meter));
        waiting.extend(parts.map(|part| (depth + 1, *part)));
    }
    ordered
}

fn periods(answer: &Energy) -> BTreeMap<i64, Period> {
    let mut periods: BTreeMap<i64, Period> = BTreeMap::new();
    let counted = answer.meters.iter().filter(|meter| counts(meter, &answer.meters));
    let counted: Vec<&str> = counted.map(|meter| meter.meter.as_str()).collect();
    for row in answer.rows.iter().filter(|row| counted.contains(&row.meter.as_str())) {
        periods.entry(row.start_ms).or_default().add(row);
    }
    periods
}

/// The start of a period as people read it.
fn start(page: &Page, by: &str, ms: i64) -> String {
    match by {
        "month" => page.clock.month(ms),
        "day" => page.clock.day(ms),
        _ if page.width.is_none() => page.clock.minute(ms),
        _ => page.clock.short(ms),
    }
}

fn chart(periods: &BTreeMap<i64, Period>, by: &str, page: &Page) -> String {
    let labels: Vec<String> = periods.keys().map(|ms| start(page, by, *ms)).collect();
    let amounts: Vec<String> = periods.values().map(|period| energy(period.energy_wh)).collect();
    let widest = |texts: &[String]| texts.iter().map(|text| text.width()).max().unwrap_or(0);
    let (label_width, amount_width) = (widest(&labels), widest(&amounts));
    let marks_width = periods.values().map(|period| period.marks().len()).max().unwrap_or(0).max(1);
    let taken = label_width + amount_width + marks_width + 5;
    let bar_width = page.columns().saturating_sub(taken).max(10);
    let most = periods.values().map(|period| period.energy_wh).max().unwrap_or(0).max(1);
    let mut text = String::new();
    for ((label, amount), period) in labels.iter().zip(&amounts).zip(periods.values()) {
        let eighths = period.energy_wh.max(0) as u128 * bar_width as u128 * 8 / most as u128;
        let look = if period.marks().is_empty() { Paint::Good } else { Paint::Warn };
        let bar = page.paint(look, &bar(eighths as usize));
        let gaps = (label_width - label.width(), amount_width - amount.width());
        let (left, middle) = (" ".repeat(gaps.0), " ".repeat(gaps.1));
        let mark = format!("{:marks_width$}", period.marks());
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
        table.row(vec![
            Cell::left(start(page, by, *ms)),
            Cell::right(format!("{} Wh", grouped(period.energy_wh))),
            Cell::left(period.quality(page)),
        ]);
    }
    table.render(page)
}

fn meters(ordered: &[(usize, &MeterEnergy)], page: &Page) -> String {
    let all: Vec<MeterEnergy> = ordered.iter().map(|(_, meter)| (*meter).clone()).collect();
    let labelled = all.iter().any(|meter| !meter.label.is_empty() && meter.label != meter.meter);
    let mut head = vec![
        Cell::left(page.text("energy-head-meter")),
        Cell::left(page.text("energy-head-place")),
        Cell::right(page.text("energy-head-energy")),
        Cell::right(page.text("energy-head-register")),
        Cell::left(page.text("energy-head-proof")),
    ];
    if labelled {
        head.insert(1, Cell::left(page.text("energy-head-label")));
    }
    let mut table = Table::new(head);
    for (depth, meter) in ordered {
        let look = if meter.adds_up { Paint::Good } else { Paint::Bad };
        let mut row = vec![
            Cell::left(format!("{}{}", "  ".repeat(*depth), meter.meter)),
            place(meter, page),
            Cell::right(format!("{} Wh", grouped(meter.energy_wh))),
            Cell::right(format!("{} Wh", grouped(meter.last_register_wh))),
            Cell::left(proof(meter, page)).paint(look),
        ];
        if labelled {
            row.insert(1, Cell::left(&meter.label));
        }
        table.row(row);
    }
    let mut sums = vec![("energy-total", total(&all, |meter| meter.energy_wh))];
    if all.iter().any(|meter| meter.flow == "export") {
        sums.push(("energy-produced", produced(&all)));
    }
    for (key, sum) in sums {
        let mut row = vec![
            Cell::left(page.text(key)).paint(Paint::Strong),
            Cell::left(""),
            Cell::right(format!("{} Wh", grouped(sum))).paint(Paint::Strong),
        ];
        if labelled {
            row.insert(1, Cell::left(""));
        }
        table.row(row);
    }
    let mut text = table.render(page);
    if all.iter().any(|meter| is_part(meter, &all)) {
        text.push_str(&format!("{}\n", page.paint(Paint::Dim, &page.text("energy-parts"))));
    }
    text
}

/// Where a meter belongs, and that it produces.
fn place(meter: &MeterEnergy, page: &Page) -> Cell {
    if meter.place.is_empty() {
        return Cell::left(page.text("energy-orphan")).paint(Paint::Warn);
    }
    if meter.flow == "export" {
        let named = [("place", meter.place.as_str().into())];
        return Cell::left(page.say("energy-export", &named));
    }
    Cell::left(&meter.place)
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
