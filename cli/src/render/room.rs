//! `campus room …`: rooms in a table, one room, and why its lamps are as they are.

use super::{energy, power, reading};
use crate::page::{Cell, Page, Paint, Table};
use crate::when::duration;
use agent::api::types::{Change, Explanation, PastMoment, Request, Room, RoomInput, Zone};

/// `campus room list`: one line per room.
pub fn list(rooms: &[Room], page: &Page) -> String {
    if rooms.is_empty() {
        return page.text("room-none") + "\n";
    }
    let zones = zone_columns(rooms);
    let mut head = vec![
        Cell::left(page.text("room-head-room")),
        Cell::left(page.text("room-head-occupancy")),
        Cell::left(page.text("room-head-since")),
    ];
    head.extend(zones.iter().map(|zone| Cell::right(zone_name(page, zone).to_uppercase())));
    for key in ["room-head-lux", "room-head-co2", "room-head-power", "room-head-today"] {
        head.push(Cell::right(page.text(key)));
    }
    let mut table = Table::new(head);
    for room in rooms {
        table.row(list_row(room, &zones, page));
    }
    let mut text = table.render(page);
    let levels = || rooms.iter().flat_map(|room| &room.zones);
    let legend = [
        (levels().any(|zone| mark(zone) == "!"), "room-mark-differs"),
        (levels().any(|zone| mark(zone) == "?"), "room-mark-quiet"),
    ];
    let legend: Vec<String> =
        legend.into_iter().filter(|(used, _)| *used).map(|(_, key)| page.text(key)).collect();
    if !legend.is_empty() {
        text.push_str(&format!("\n{}\n", page.paint(Paint::Dim, &legend.join("   "))));
    }
    text
}

fn list_row(room: &Room, zones: &[String], page: &Page) -> Vec<Cell> {
    let mut row = vec![
        Cell::left(&room.id).paint(Paint::Strong),
        Cell::left(occupancy(page, &room.occupancy)).paint(occupancy_paint(&room.occupancy)),
        Cell::left(page.clock.short(room.occupancy_since_ms)),
    ];
    for id in zones {
        row.push(match room.zones.iter().find(|zone| zone.id == *id) {
            None => Cell::right(""),
            Some(zone) => Cell::right(format!("{} %{:1}", zone.level_pct, mark(zone)))
                .paint(if zone.level_pct > 0 { Paint::Good } else { Paint::Dim }),
        });
    }
    let measured = |quantity: &str| match room.readings.get(quantity) {
        Some(value) => Cell::right(format!("{value:.0}")),
        None => Cell::right("–").paint(Paint::Dim),
    };
    row.push(measured("illuminance_lx"));
    row.push(measured("co2_ppm"));
    row.push(Cell::right(room.power_w.map_or_else(|| "–".to_owned(), power)));
    row.push(Cell::right(energy(room.energy_today_wh)));
    row
}

/// Zones of any of the rooms: the usual three first, others as they come.
pub fn zone_columns(rooms: &[Room]) -> Vec<String> {
    let mut zones: Vec<String> = ["window", "inner", "board"].map(str::to_owned).to_vec();
    for zone in rooms.iter().flat_map(|room| &room.zones) {
        if !zones.contains(&zone.id) {
            zones.push(zone.id.clone());
        }
    }
    zones.retain(|id| rooms.iter().flat_map(|room| &room.zones).any(|zone| zone.id == *id));
    zones
}

/// `!` when the lamps report another level, `?` when they report none.
fn mark(zone: &Zone) -> &'static str {
    match zone.actual_pct {
        None => "?",
        Some(actual) if actual != zone.level_pct => "!",
        Some(_) => "",
    }
}

/// `campus room show`: one room.
pub fn show(room: &Room, page: &Page) -> String {
    let mut facts: Vec<(String, String)> = zone_facts(room, page);
    if let Some(line) = readings(room, page) {
        facts.push((page.text("room-readings-label"), line));
    }
    if !room.no_readings.is_empty() {
        facts.push((page.text("room-missing-label"), missing(room, page)));
    }
    for zone in &room.zones {
        if let Some(light) = &zone.light {
            let label = page.say("light-label", &[("zone", zone_name(page, &zone.id).into())]);
            facts.push((label, super::calibration::line(light, page)));
        }
    }
    facts.push((page.text("room-power-label"), power_and_energy(room, page)));
    facts.push((page.text("room-nodes-label"), nodes(room, page)));
    format!("{}{}", headline(room, page), page.facts(&facts))
}

/// What `campus room set` and `auto` answer: the zones as they are now.
pub fn zones(room: &Room, zone: Option<&str>, page: &Page) -> String {
    let mut room = room.clone();
    if let Some(zone) = zone {
        room.zones.retain(|each| each.id == zone);
    }
    format!("{}{}", headline(&room, page), page.facts(&zone_facts(&room, page)))
}

fn headline(room: &Room, page: &Page) -> String {
    let since = [
        ("occupancy", occupancy(page, &room.occupancy).into()),
        ("time", page.clock.short(room.occupancy_since_ms).into()),
    ];
    let parts = [
        page.paint(Paint::Strong, &room.id),
        room.name.clone(),
        page.paint(occupancy_paint(&room.occupancy), &page.say("room-since", &since)),
        page.words.plain_code("period", &room.period),
    ];
    let parts: Vec<&str> =
        parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    format!("{}\n", parts.join("   "))
}

fn zone_facts(room: &Room, page: &Page) -> Vec<(String, String)> {
    let scene = room.scene.as_ref().map(|scene| {
        let named = [("time", page.clock.short(scene.until_ms).into())];
        let name = page.words.plain_code("scene", &scene.id);
        let until = page.say("room-until", &named);
        (page.text("room-scene-label"), format!("{name}   {until}"))
    });
    let zones = room.zones.iter().map(|zone| (zone_label(page, &zone.id), zone_line(zone, page)));
    scene.into_iter().chain(zones).collect()
}

/// `50 %   somebody is there   until 10:12   (the lamps report 0 %)`
fn zone_line(zone: &Zone, page: &Page) -> String {
    let level = format!("{:>3} %", zone.level_pct);
    let mut line = page.paint(if zone.level_pct > 0 { Paint::Good } else { Paint::Plain }, &level);
    line.push_str(&format!("   {}", reason(page, &zone.winner)));
    // Only what people ask for has an end that people wait for; rules renew their own.
    if matches!(zone.winner.priority_name.as_str(), "manual" | "lock" | "demand_response")
        && let Some(ms) = zone.winner.expires_ms
    {
        line.push_str(&format!(
            "   {}",
            page.say("room-until", &[("time", page.clock.short(ms).into())])
        ));
    }
    let remark = match zone.actual_pct {
        None => Some(page.text("room-zone-quiet")),
        Some(actual) if actual != zone.level_pct => {
            Some(page.say("room-zone-says", &[("level", u32::from(actual).into())]))
        }
        Some(_) => None,
    };
    if let Some(remark) = remark {
        line.push_str(&format!("   {}", page.paint(Paint::Warn, &format!("({remark})"))));
    }
    line
}

fn readings(room: &Room, page: &Page) -> Option<String> {
    // Lamps, meters and people have lines of their own.
    const ELSEWHERE: [&str; 8] = [
        "power_w",
        "energy_wh",
        "level_pct",
        "lit_s",
        "presses",
        "manual_pct",
        "motion",
        "presence",
    ];
    let readings: Vec<String> = room
        .readings
        .iter()
        .filter(|(quantity, _)| !ELSEWHERE.iter().any(|own| quantity.starts_with(own)))
        .map(|(quantity, value)| reading(page, quantity, *value))
        .collect();
    (!readings.is_empty()).then(|| readings.join("   "))
}

fn missing(room: &Room, page: &Page) -> String {
    let missing: Vec<String> = room
        .no_readings
        .iter()
        .map(|(quantity, why)| {
            let why = page.words.plain_code("no", why);
            format!("{} ({why})", page.words.plain_code("quantity", quantity))
        })
        .collect();
    page.paint(Paint::Warn, &missing.join("   "))
}

fn power_and_energy(room: &Room, page: &Page) -> String {
    let now = room.power_w.map_or_else(
        || page.text("room-power-unknown"),
        |w| page.say("room-power", &[("power", power(w).into())]),
    );
    now + &page.say("room-today", &[("energy", energy(room.energy_today_wh).into())])
}

fn nodes(room: &Room, page: &Page) -> String {
    let nodes = room.nodes.join(", ");
    match room.last_heard_ms {
        None => page.paint(Paint::Warn, &page.say("room-nodes-never", &[("nodes", nodes.into())])),
        Some(ms) => {
            let ago = page.clock.ago_or_date(&page.words, ms);
            page.say("room-nodes-heard", &[("nodes", nodes.into()), ("ago", ago.into())])
        }
    }
}

/// `campus room explain`: who won, who lost, and the latest changes.
pub fn explain(explanation: &Explanation, page: &Page) -> String {
    let room = &explanation.room;
    let mut text = explanation.past.as_ref().map_or_else(String::new, |past| then(past, page));
    text.push_str(&headline(room, page));
    if let Some(line) = explanation.rules.as_ref().and_then(|it| super::ruling::of_room(it, page)) {
        text.push_str(&format!("{}\n", page.paint(Paint::Warn, &line)));
    }
    for zone in &room.zones {
        let named = [
            ("zone", zone_label(page, &zone.id).into()),
            ("level", u32::from(zone.level_pct).into()),
            ("time", page.clock.short(zone.since_ms).into()),
        ];
        text.push_str(&format!(
            "\n{}\n",
            page.paint(Paint::Strong, &page.say("explain-zone", &named))
        ));
        text.push_str(&requests(zone, page));
        if let Some(light) = &zone.light {
            let line = format!("  {}", super::calibration::line(light, page));
            text.push_str(&format!("{}\n", page.paint(Paint::Dim, &line)));
        }
    }
    if let Some(estimate) = &explanation.estimate {
        text.push_str(&super::people::votes(estimate, page));
    }
    let at_ms = explanation.past.as_ref().map_or(page.clock.now_ms, |past| past.at_ms);
    text.push_str(&inputs(&explanation.inputs, at_ms, page));
    text.push_str(&format!("\n{}\n", page.paint(Paint::Strong, &page.text("explain-changes"))));
    if explanation.changes.is_empty() {
        text.push_str(&format!("{}\n", page.text("explain-no-changes")));
        return text;
    }
    let mut table = Table::default();
    for change in &explanation.changes {
        table.row(vec![
            Cell::left(page.clock.short(change.at_ms)),
            Cell::left(change_text(page, change)),
            Cell::left(reason(page, &change.winner)),
        ]);
    }
    text + &table.render(page)
}

/// Which moment is shown, and what is to be known about it.
fn then(past: &PastMoment, page: &Page) -> String {
    let named = [("time", page.clock.minute(past.asked_ms).into())];
    let mut lines = vec![page.paint(Paint::Strong, &page.say("explain-then", &named))];
    let mut warn = |text: String| lines.push(page.paint(Paint::Warn, &text));
    if let (Some(from), Some(to)) = (past.deaf_from_ms, past.deaf_to_ms) {
        let named = [("from", page.clock.short(from).into()), ("to", page.clock.short(to).into())];
        warn(page.say("explain-deaf", &named));
    }
    let since = past.configured_ms.map_or_else(String::new, |ms| page.clock.minute(ms));
    let named = [("time", since.into())];
    match past.configuration.as_str() {
        "then" => warn(page.say("explain-by-then", &named)),
        "nearly" => warn(page.say("explain-by-nearly", &named)),
        "today" => warn(page.text("explain-by-today")),
        _ => {}
    }
    if past.damaged > 0 {
        warn(page.say("explain-damaged", &[("n", past.damaged.into())]));
    }
    lines.join("\n") + "\n\n"
}

/// What was known, and how old it was.
fn inputs(inputs: &[RoomInput], at_ms: i64, page: &Page) -> String {
    let mut text = format!("\n{}\n", page.paint(Paint::Strong, &page.text("explain-inputs")));
    if inputs.is_empty() {
        return text + &format!("{}\n", page.text("explain-no-inputs"));
    }
    let mut table = Table::default();
    for input in inputs {
        let paint = if input.fresh { Paint::Plain } else { Paint::Dim };
        let said = match (input.value, &input.no) {
            (Some(value), _) => reading(page, &input.quantity, value),
            (None, Some(why)) => {
                let why = page.words.plain_code("no", why);
                format!("{} ({why})", page.words.plain_code("quantity", &input.quantity))
            }
            (None, None) => page.words.plain_code("quantity", &input.quantity),
        };
        let age = duration(&page.words, (at_ms - input.measured_ms).max(0));
        let stale = if input.fresh { String::new() } else { page.text("explain-stale") };
        table.row(vec![
            Cell::left(format!("  {}", input.node)).paint(Paint::Dim),
            Cell::left(said).paint(paint),
            Cell::left(page.say("explain-age", &[("duration", age.into())])).paint(paint),
            Cell::left(stale).paint(Paint::Warn),
        ]);
    }
    text.push_str(&table.render(page));
    text
}

fn requests(zone: &Zone, page: &Page) -> String {
    let mut table = Table::default();
    let asked =
        std::iter::once((&zone.winner, true)).chain(zone.losers.iter().map(|each| (each, false)));
    for (request, won) in asked {
        let paint = if won { Paint::Plain } else { Paint::Dim };
        let until = request.expires_ms.map_or_else(String::new, |ms| {
            page.say("room-until", &[("time", page.clock.short(ms).into())])
        });
        let verdict = page.text(if won { "explain-wins" } else { "explain-loses" });
        table.row(vec![
            Cell::left(format!("  {verdict}")).paint(paint),
            Cell::left(page.words.plain_code("priority", &request.priority_name)).paint(paint),
            Cell::left(kind(page, request)).paint(paint),
            Cell::left(reason(page, request)).paint(paint),
            Cell::left(until).paint(Paint::Dim),
        ]);
    }
    table.render(page)
}

fn change_text(page: &Page, change: &Change) -> String {
    let named = [
        ("zone", zone_name(page, &change.zone).into()),
        ("from", u32::from(change.from_pct).into()),
        ("to", u32::from(change.to_pct).into()),
    ];
    page.say("explain-change", &named)
}

fn kind(page: &Page, request: &Request) -> String {
    let level = request.level_pct.map(|level| ("level".to_owned(), u32::from(level)));
    page.words.code("kind", &request.kind, &level.into_iter().collect())
}

/// Why, as a sentence.
pub fn reason(page: &Page, request: &Request) -> String {
    let written = super::rule::reason(request, page);
    written.unwrap_or_else(|| page.words.code("reason", &request.reason, &request.args))
}

/// The zone as people call it.
pub fn zone_name(page: &Page, zone: &str) -> String {
    page.words.plain_code("zone", zone)
}

/// The zone as people call it, and what they type for it where that differs: `窗侧 window`.
fn zone_label(page: &Page, zone: &str) -> String {
    let name = zone_name(page, zone);
    if name == zone { name } else { format!("{name} {zone}") }
}

/// The occupancy as people call it.
pub fn occupancy(page: &Page, occupancy: &str) -> String {
    page.words.plain_code("occupancy", occupancy)
}

/// Somebody there: green; not known: yellow.
pub fn occupancy_paint(occupancy: &str) -> Paint {
    match occupancy {
        "occupied" | "vacant_pending" => Paint::Good,
        "unknown" => Paint::Warn,
        _ => Paint::Dim,
    }
}
