//! `campus fire`, `campus demand`: what is imposed on lamps, and what it brings.

use super::power;
use crate::page::{Cell, Page, Paint, Table};
use agent::api::types::{Demand, Events, FireAlarm, FireInput, Saving};

/// Alarms, and the inputs that can raise one.
pub fn fire(events: &Events, page: &Page) -> String {
    let mut text = if events.fire.is_empty() {
        format!("{}\n", page.paint(Paint::Good, &page.text("fire-none")))
    } else {
        events.fire.iter().map(|each| alarm(each, page) + "\n").collect()
    };
    if !events.fire_inputs.is_empty() {
        let mut table = Table::default();
        events.fire_inputs.iter().for_each(|input| table.row(input_row(input, page)));
        text.push_str(&format!(
            "\n{}\n{}",
            page.paint(Paint::Strong, &page.text("fire-inputs")),
            table.render(page)
        ));
    }
    text
}

fn alarm(alarm: &FireAlarm, page: &Page) -> String {
    let place =
        if alarm.place.is_empty() { page.text("fire-everywhere") } else { alarm.place.clone() };
    let by = alarm.input.clone().or_else(|| alarm.by.clone()).unwrap_or_default();
    let named = [
        ("place", place.into()),
        ("time", page.clock.short(alarm.since_ms).into()),
        ("by", by.into()),
        ("who", alarm.silenced_by.clone().unwrap_or_default().into()),
    ];
    let mut line = match (&alarm.silenced_by, alarm.fallen) {
        (Some(_), _) => page.paint(Paint::Warn, &page.say("fire-silenced", &named)),
        (None, true) => page.paint(Paint::Bad, &page.say("fire-fallen", &named)),
        (None, false) => page.paint(Paint::Bad, &page.say("fire-on", &named)),
    };
    if let Some(why) = &alarm.why {
        line.push_str(&format!("   {why}"));
    }
    line
}

fn input_row(input: &FireInput, page: &Page) -> Vec<Cell> {
    let (said, paint) = match input.fire {
        Some(true) => ("fire-input-on", Paint::Bad),
        Some(false) => ("fire-input-off", Paint::Plain),
        None => ("fire-input-none", Paint::Warn),
    };
    let stale = if input.fresh { String::new() } else { page.text("explain-stale") };
    vec![
        Cell::left(format!("  {}", input.input)),
        Cell::left(page.text(said)).paint(paint),
        Cell::left(page.clock.short(input.measured_ms)),
        Cell::left(stale).paint(Paint::Warn),
    ]
}

/// What the grid asks for, and what it brings.
pub fn demand(events: &Events, page: &Page) -> String {
    if events.demands.is_empty() {
        return page.text("demand-none") + "\n";
    }
    let mut text: String = events.demands.iter().map(|each| order(each, page)).collect();
    if !events.exempt.is_empty() {
        let named = [("rooms", events.exempt.join(", ").into())];
        text.push_str(&format!("{}\n", page.say("demand-exempt", &named)));
    }
    text
}

fn order(demand: &Demand, page: &Page) -> String {
    let named = [
        ("pct", u32::from(demand.shed_pct).into()),
        ("from", page.clock.short(demand.from_ms).into()),
        ("until", page.clock.short(demand.until_ms).into()),
        ("id", demand.id.as_str().into()),
        ("by", demand.by.as_str().into()),
        ("why", demand.why.as_str().into()),
        ("who", demand.ended_by.clone().unwrap_or_default().into()),
    ];
    let key = match (demand.state.as_str(), &demand.ended_by) {
        ("ahead", _) => "demand-ahead",
        ("running", _) => "demand-running",
        (_, Some(_)) => "demand-ended",
        _ => "demand-over",
    };
    let paint = if demand.state == "running" { Paint::Strong } else { Paint::Plain };
    let mut text = format!("{}\n", page.paint(paint, &page.say(key, &named)));
    let brings = [("demand-now", demand.now), ("demand-mean", demand.mean)];
    for (key, saving) in brings {
        if let Some(saving) = saving {
            text.push_str(&format!("  {}\n", saved(key, &saving, page)));
        }
    }
    text
}

fn saved(key: &str, saving: &Saving, page: &Page) -> String {
    let pct = if saving.would_w > 0.0 { saving.saved_w * 100.0 / saving.would_w } else { 0.0 };
    let named = [
        ("saved", power(saving.saved_w).into()),
        ("asked", power(saving.asked_w).into()),
        ("would", power(saving.would_w).into()),
        ("pct", format!("{pct:.0}").into()),
    ];
    let mut text = page.say(key, &named);
    let counts =
        [("demand-bounded", saving.bounded_zones), ("demand-unmetered", saving.unmetered_zones)];
    for (key, n) in counts {
        if n > 0 {
            text.push_str(&page.say(key, &[("n", n.into())]));
        }
    }
    text
}
