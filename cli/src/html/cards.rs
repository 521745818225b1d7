//! The key figures of a report as cards.

use super::markup::{Tag, classed, tag};
use crate::page::Page;
use crate::render::energy;
use crate::render::figures::{
    carbon, change, complete, dark_s, hours, lit_empty_s, load, money, percent, signed,
};
use crate::render::report::{co2_source, duration_of};
use agent::api::types::Report;

/// Below this completeness a report should not be compared with others (the data hubs ask for 90 %).
const COMPLETE_MIN_PCT: f64 = 90.0;

/// One card.
struct Card {
    key: &'static str,
    value: String,
    /// Below the value: text, and its class.
    note: (String, &'static str),
}

/// All cards that have something to show.
pub fn all(report: &Report, page: &Page) -> Tag {
    let cards = [
        Some(total(report, page)),
        export(report, page),
        cost(report, page),
        co2(report, page),
        peak(report, page),
        base(report, page),
        closed(report, page),
        lit_empty(report, page),
        dark(report, page),
        Some(completeness(report, page)),
    ];
    classed("div", "cards").puts(cards.into_iter().flatten().map(|card| shown(&card, page)))
}

fn shown(card: &Card, page: &Page) -> Tag {
    // The unit is smaller than its number.
    let (number, unit) = card.value.split_once(' ').unwrap_or((&card.value, ""));
    let mut value = classed("div", "value").put(tag("b").text(number));
    if !unit.is_empty() {
        value = value.text(" ").put(tag("span").text(unit));
    }
    let mut all =
        classed("div", "card").put(classed("div", "name").text(&page.text(card.key))).put(value);
    if !card.note.0.is_empty() {
        all = all.put(classed("div", card.note.1).text(&card.note.0));
    }
    all
}

fn total(report: &Report, page: &Page) -> Card {
    let note = match change(report.energy_wh, report.before_wh) {
        Some(change) => {
            let class = if change > 0.05 { "note more" } else { "note less" };
            (page.say("kpi-against", &[("change", signed(change).into())]), class)
        }
        None => (page.text("kpi-no-before"), "note"),
    };
    Card { key: "kpi-energy", value: energy(report.energy_wh), note }
}

fn export(report: &Report, page: &Page) -> Option<Card> {
    let note = (page.text("kpi-export-note"), "note");
    let card = Card { key: "kpi-export", value: energy(report.export_wh), note };
    (report.export_wh != 0).then_some(card)
}

fn cost(report: &Report, page: &Page) -> Option<Card> {
    let cost = report.cost.as_ref()?;
    let named = [("tariff", cost.tariff.as_str().into())];
    let note = (page.say("kpi-tariff", &named), "note");
    Some(Card { key: "kpi-cost", value: money(page, &cost.currency, cost.total_micro), note })
}

fn co2(report: &Report, page: &Page) -> Option<Card> {
    let co2 = report.co2.as_ref()?;
    let class = if co2.older { "note doubt" } else { "note" };
    let note = (co2_source(report, page), class);
    Some(Card { key: "kpi-co2", value: carbon(co2.total_g), note })
}

fn peak(report: &Report, page: &Page) -> Option<Card> {
    let peak = report.peak.as_ref()?;
    let note = (page.say("kpi-at", &[("time", page.clock.minute(peak.at_ms).into())]), "note");
    Some(Card { key: "kpi-peak", value: load(peak.power_w), note })
}

fn base(report: &Report, page: &Page) -> Option<Card> {
    let base = report.base_load_w?;
    let note = (page.text("kpi-base-note"), "note");
    Some(Card { key: "kpi-base", value: load(base), note })
}

fn closed(report: &Report, page: &Page) -> Option<Card> {
    let share = report.out_of_hours_pct?;
    let named = [
        ("school", energy(report.closed_school_day_wh).into()),
        ("other", energy(report.closed_other_day_wh - report.closed_free_day_wh).into()),
        ("free", energy(report.closed_free_day_wh).into()),
    ];
    let note = (page.say("kpi-closed-split", &named), "note");
    Some(Card { key: "kpi-closed", value: percent(share), note })
}

fn lit_empty(report: &Report, page: &Page) -> Option<Card> {
    let named = [("n", report.rooms.len().into())];
    let note = (page.say("kpi-rooms", &named), "note");
    let card = Card { key: "kpi-lit-empty", value: hours(lit_empty_s(report)), note };
    (!report.rooms.is_empty()).then_some(card)
}

fn dark(report: &Report, page: &Page) -> Option<Card> {
    let dark = dark_s(report);
    let note = (page.text("kpi-dark-note"), if dark > 0 { "note doubt" } else { "note" });
    let card = Card { key: "kpi-dark", value: duration_of(dark, page), note };
    (!report.rooms.is_empty()).then_some(card)
}

fn completeness(report: &Report, page: &Page) -> Card {
    let low = report.completeness_pct < COMPLETE_MIN_PCT;
    let named = [("share", percent(report.estimated_pct).into())];
    let note = (page.say("kpi-estimated", &named), if low { "note doubt" } else { "note" });
    Card { key: "kpi-complete", value: complete(report.completeness_pct), note }
}
