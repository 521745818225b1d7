//! `campus room calibrate`: how far it is, and what came of it.

use super::room::zone_name;
use crate::page::{Cell, Page, Paint, Table};
use agent::api::types::{Calibration, CalibrationStep, ZoneLight};

/// Widest bar, in characters.
const BAR: usize = 24;

/// One line while it is under way.
pub fn progress(calibration: &Calibration, page: &Page) -> String {
    let done = calibration.steps.iter().filter(|step| !step.seen_lx.is_empty()).count();
    let levels = calibration.steps.get(done).map_or_else(String::new, |step| {
        let zones = calibration.zones.iter().zip(&step.levels_pct);
        let levels = zones.map(|(zone, level)| format!("{} {level} %", zone_name(page, zone)));
        levels.collect::<Vec<_>>().join("  ")
    });
    let named = [
        ("step", (done + 1).min(calibration.steps.len()).into()),
        ("steps", calibration.steps.len().into()),
        ("levels", levels.into()),
    ];
    page.say("calibrate-progress", &named)
}

/// The page: what it came to, what was seen step by step, what holds now.
pub fn render(calibration: &Calibration, page: &Page) -> String {
    let named = [("room", calibration.room.clone().into())];
    let mut text = match (calibration.state.as_str(), &calibration.why) {
        ("failed", Some(why)) => {
            let why = page.words.plain_code("calibrate-why", why);
            let said = page.say("calibrate-failed", &[("why", why.into())]);
            format!("{}\n\n", page.paint(Paint::Warn, &said))
        }
        ("ready", _) => format!("{}\n\n", page.say("calibrate-ready", &named)),
        _ => format!("{}\n\n", page.paint(Paint::Strong, &page.say("calibrate-done", &named))),
    };
    text.push_str(&steps(calibration, page));
    text.push_str(&contributions(calibration, page));
    text
}

/// What was seen at each step, as a curve of bars.
fn steps(calibration: &Calibration, page: &Page) -> String {
    let mut head: Vec<Cell> = calibration
        .zones
        .iter()
        .map(|zone| Cell::right(zone_name(page, zone).to_uppercase()))
        .collect();
    head.push(Cell::right(page.text("room-head-lux")));
    head.push(Cell::left(""));
    let mut table = Table::new(head);
    let seen = |step: &CalibrationStep| step.seen_lx.first().copied();
    let most = calibration.steps.iter().filter_map(seen).max().unwrap_or(0).max(1);
    for step in &calibration.steps {
        let mut row: Vec<Cell> =
            step.levels_pct.iter().map(|level| Cell::right(format!("{level} %"))).collect();
        let lx: Vec<String> = step.seen_lx.iter().map(u32::to_string).collect();
        row.push(Cell::right(if lx.is_empty() { "–".to_owned() } else { lx.join(" / ") }));
        row.push(Cell::left(seen(step).map_or_else(String::new, |lx| bar(lx, most))));
        table.row(row);
    }
    table.render(page)
}

/// What every zone's lamps add, as far as is known.
fn contributions(calibration: &Calibration, page: &Page) -> String {
    let mut text = String::new();
    if let (Some(ms), Some(by)) = (calibration.measured_ms, &calibration.measured_by) {
        let named = [("time", page.clock.minute(ms).into()), ("by", by.clone().into())];
        text.push_str(&format!("\n{}\n", page.say("calibrate-in-force", &named)));
        let all = calibration.measured.iter().flat_map(|row| row.adds_lx.values());
        let most = all.copied().max().unwrap_or(0).max(1);
        let mut table = Table::default();
        for row in &calibration.measured {
            for zone in &calibration.zones {
                let adds = row.adds_lx.get(zone).copied().unwrap_or(0);
                table.row(vec![
                    Cell::left(format!("  {}", zone_name(page, zone))),
                    Cell::right(format!("{adds} lx")),
                    Cell::left(bar(adds, most)).paint(Paint::Good),
                    Cell::left(page.say("calibrate-at", &[("sensor", row.sensor.clone().into())]))
                        .paint(Paint::Dim),
                ]);
            }
        }
        text.push_str(&table.render(page));
    } else {
        text.push_str(&format!("\n{}\n", page.text("calibrate-none")));
        for light in &calibration.light {
            text.push_str(&format!("  {}: {}\n", zone_name(page, &light.zone), known(light, page)));
        }
    }
    text
}

/// `adds 240 lx at sci-101 (configured 120 lx, learnt from 3 movements)`
pub fn known(light: &ZoneLight, page: &Page) -> String {
    let named = [
        ("adds", light.adds_lx.into()),
        ("base", light.base_lx.into()),
        ("n", u32::from(light.samples).into()),
        ("sensor", light.sensor.clone().unwrap_or_else(|| "–".to_owned()).into()),
    ];
    page.say("light-known", &named)
}

/// `desk 312 of 300 lx, sensor sees 240 lx, 110 of it daylight`, and what is known of the lamps.
pub fn line(light: &ZoneLight, page: &Page) -> String {
    let desk = light.desk_lx.map_or_else(
        || page.text("light-desk-unknown"),
        |lx| page.say("light-desk", &[("lx", lx.into()), ("target", light.target_lx.into())]),
    );
    let seen = light.seen_lx.zip(light.daylight_lx).map_or_else(String::new, |(seen, daylight)| {
        page.say("light-seen", &[("seen", seen.into()), ("daylight", daylight.into())])
    });
    let named =
        [("desk", desk.into()), ("seen", seen.into()), ("known", known(light, page).into())];
    page.say("light-line", &named)
}

fn bar(value: u32, most: u32) -> String {
    "█".repeat((value as usize * BAR).div_ceil(most as usize).min(BAR))
}
