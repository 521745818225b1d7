//! `campus energy explain`: every slot of a meter with its evidence, and what happened in between.

use super::{grouped, incident};
use crate::page::{Cell, Page, Paint, Table};
use agent::api::types::{EnergyExplanation, SlotExplanation};

/// The page.
pub fn render(explanation: &EnergyExplanation, page: &Page) -> String {
    let named = [
        ("from", page.clock.minute(explanation.from_ms).into()),
        ("to", page.clock.minute(explanation.to_ms).into()),
    ];
    let name = page.paint(Paint::Strong, &explanation.meter);
    let mut text = format!("{name}   {}\n\n", page.say("audit-span", &named));
    if explanation.slots.is_empty() {
        text.push_str(&format!("{}\n", page.text("ledger-none")));
    } else {
        text.push_str(&table(explanation, page));
        if explanation.slots.iter().any(|slot| slot.suspect) {
            let legend = format!("! {}", page.words.plain_code("quality", "suspect"));
            text.push_str(&format!("{}\n", page.paint(Paint::Dim, &legend)));
        }
    }
    let incidents = explanation.incidents.iter().map(|each| incident::line(each, page, false));
    let repairs = explanation.repairs.iter().map(|each| incident::repair(each, page));
    for (key, lines) in
        [("ledger-incidents", incidents.collect()), ("ledger-repairs", repairs.collect::<Vec<_>>())]
    {
        if !lines.is_empty() {
            let title = page.paint(Paint::Strong, &page.text(key));
            text.push_str(&format!("\n{title}\n  {}\n", lines.join("\n  ")));
        }
    }
    text
}

fn table(explanation: &EnergyExplanation, page: &Page) -> String {
    let mut table = Table::new(vec![
        Cell::left(page.text("ledger-head-slot")),
        Cell::right(page.text("energy-head-energy")),
        Cell::right(page.text("energy-head-register")),
        Cell::left(page.text("ledger-head-read")),
        Cell::left(page.text("energy-head-quality")),
        Cell::left(page.text("ledger-head-cause")),
    ]);
    for slot in &explanation.slots {
        table.row(row(slot, page));
        // One row is the slot itself.
        if slot.rows.len() > 1 {
            for posting in &slot.rows {
                let sign = if posting.revision > 1 && posting.energy_wh > 0 { "+" } else { "" };
                let named = [("n", posting.revision.into())];
                table.row(vec![
                    Cell::left(format!("  {}", page.say("ledger-revision", &named)))
                        .paint(Paint::Dim),
                    Cell::right(format!("{sign}{} Wh", grouped(posting.energy_wh)))
                        .paint(Paint::Dim),
                    Cell::right(""),
                    Cell::left(""),
                    Cell::left(page.words.plain_code("quality", &posting.quality))
                        .paint(Paint::Dim),
                    Cell::left(page.words.plain_code("cause", &posting.cause)).paint(Paint::Dim),
                ]);
            }
        }
    }
    table.render(page)
}

fn row(slot: &SlotExplanation, page: &Page) -> Vec<Cell> {
    let read = match (slot.read_ms, slot.read_wh) {
        (Some(ms), Some(wh)) => format!("{} {} Wh", page.clock.seconds(ms), grouped(wh)),
        _ => page.text("ledger-no-reading"),
    };
    let look = if slot.quality == "measured" { Paint::Plain } else { Paint::Warn };
    let mark = if slot.suspect { " !" } else { "" };
    vec![
        Cell::left(format!("{}{mark}", page.clock.short(slot.slot_ms))),
        Cell::right(format!("{} Wh", grouped(slot.energy_wh))),
        Cell::right(format!("{} Wh", grouped(slot.register_wh))),
        Cell::left(read),
        Cell::left(page.words.plain_code("quality", &slot.quality)).paint(look),
        Cell::left(page.words.plain_code("cause", &slot.cause)),
    ]
}
