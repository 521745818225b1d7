//! What happened to a register, as a line; and who repaired what.

use super::{grouped, kwh_exact};
use crate::page::{Page, Paint};
use agent::api::types::{Incident, Repair};

/// `09:12  gym-mains  register reset: 12,345.678 kWh → 0.000 kWh`, and what it means.
pub fn line(incident: &Incident, page: &Page, with_meter: bool) -> String {
    let named = [
        ("before", kwh_exact(incident.before_wh).into()),
        ("after", kwh_exact(incident.after_wh).into()),
        ("since", page.clock.short(incident.from_ms).into()),
    ];
    let what = page.words.plain_code("incident", &incident.kind);
    let meter = if with_meter { format!("{}  ", incident.meter) } else { String::new() };
    let mut line = format!(
        "{}  {meter}{what}{}",
        page.clock.short(incident.at_ms),
        page.say("incident-registers", &named)
    );
    if incident.withdrawn {
        line.push_str(&page.text("incident-is-withdrawn"));
        return page.paint(Paint::Dim, &line);
    }
    if incident.open {
        let named = [("meter", incident.meter.as_str().into())];
        line.push_str(&page.say("incident-is-open", &named));
        return page.paint(Paint::Bad, &line);
    }
    page.paint(paint(&incident.kind), &line)
}

/// What begins, wraps or was declared is ordinary.
fn paint(kind: &str) -> Paint {
    match kind {
        "opening" | "rollover" | "declared" => Paint::Plain,
        _ => Paint::Warn,
    }
}

/// `repair 7, 2026-11-20 by li: readings ignored, 1,200 Wh → 800 Wh: "loose clamp"`.
pub fn repair(repair: &Repair, page: &Page) -> String {
    let named = [
        ("id", repair.id.map_or_else(|| "-".to_owned(), |id| id.to_string()).into()),
        ("at", page.clock.minute(repair.at_ms).into()),
        ("by", repair.by.as_str().into()),
        ("what", page.words.plain_code("repair-what", &repair.what).into()),
        ("before", grouped(repair.before_wh).into()),
        ("after", grouped(repair.after_wh).into()),
        ("why", repair.why.as_str().into()),
    ];
    page.say("repair-line", &named)
}
