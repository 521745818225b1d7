//! `campus meter list` and `read`.

use super::{decimal, energy, grouped, kwh_exact, power};
use crate::page::{Cell, Page, Paint, Table};
use agent::api::types::{Bus, Meter, MeterRead, MeterValue};

/// Columns of the picture of how much of its share a bus uses.
const USE_COLUMNS: usize = 10;

/// `campus meter list`: one line per meter, what is wrong first and why; then the buses.
pub fn list(meters: &[Meter], buses: &[Bus], page: &Page) -> String {
    if meters.is_empty() {
        return page.text("meter-none") + "\n";
    }
    let mut sorted: Vec<&Meter> = meters.iter().collect();
    sorted.sort_by_key(|meter| (urgency(meter), &meter.id));
    let left = ["energy-head-meter", "energy-head-place", "node-head-state"];
    let right = ["energy-head-register", "room-head-power", "room-head-today"];
    let mut head: Vec<Cell> = left.map(|key| Cell::left(page.text(key))).to_vec();
    head.extend(right.map(|key| Cell::right(page.text(key))));
    head.push(Cell::left(page.text("meter-head-read-by")));
    let mut table = Table::new(head);
    for meter in &sorted {
        table.row(row(meter, page));
    }
    let mut text = table.render(page);
    let wrong: Vec<String> = sorted.iter().filter_map(|meter| wrong(meter, page)).collect();
    if !wrong.is_empty() {
        text.push_str(&format!("\n{}\n", wrong.join("\n")));
    }
    if !buses.is_empty() {
        text.push_str(&format!("\n{}", buses_table(buses, page)));
    }
    text
}

/// What a person looks at first is 0.
fn urgency(meter: &Meter) -> u8 {
    match meter.state.as_str() {
        _ if !meter.adds_up => 0,
        "doubt" => 1,
        "refused" => 2,
        "silent" => 3,
        "never" => 4,
        "orphan" => 5,
        _ => 6,
    }
}

fn row(meter: &Meter, page: &Page) -> Vec<Cell> {
    let place = match &meter.place {
        Some(place) => Cell::left(place),
        None => Cell::left(page.text("energy-orphan")).paint(Paint::Warn),
    };
    let part = if meter.parent.is_some() { "  " } else { "" };
    vec![
        Cell::left(format!("{part}{}", meter.id)).paint(Paint::Strong),
        place,
        Cell::left(page.words.plain_code("meter-state", &meter.state))
            .paint(state_paint(&meter.state)),
        Cell::right(
            meter.register_wh.map_or_else(String::new, |wh| format!("{} kWh", kwh_exact(wh))),
        ),
        Cell::right(meter.power_w.map_or_else(String::new, power)),
        Cell::right(energy(meter.energy_today_wh)),
        Cell::left(read_by(meter, page)),
    ]
}

/// `eastron-sdm120 at rs485-1:3`, or that a node carries it.
fn read_by(meter: &Meter, page: &Page) -> String {
    match (&meter.profile, &meter.bus, &meter.address) {
        (Some(profile), Some(bus), Some(address)) => format!("{profile}  {bus}:{address}"),
        (Some(profile), Some(bus), None) => format!("{profile}  {bus}"),
        _ => page.text("meter-by-node"),
    }
}

fn state_paint(state: &str) -> Paint {
    match state {
        "ok" => Paint::Good,
        "silent" | "never" | "orphan" => Paint::Warn,
        _ => Paint::Bad,
    }
}

/// What is wrong with a meter and what to do; nothing for most.
fn wrong(meter: &Meter, page: &Page) -> Option<String> {
    let since = meter.since_ms.map_or_else(|| "?".to_owned(), |ms| page.clock.short(ms));
    let number = |wh: Option<i64>| wh.map_or_else(|| "?".to_owned(), kwh_exact);
    let named = [
        ("meter", meter.id.as_str().into()),
        ("since", since.into()),
        ("why", meter.why.clone().unwrap_or_default().into()),
        ("doubt", number(meter.doubt_wh).into()),
        ("register", number(meter.register_wh).into()),
    ];
    if !meter.adds_up {
        return Some(page.paint(Paint::Bad, &page.say("meter-wrong-sum", &named)));
    }
    let key = match (meter.state.as_str(), &meter.why) {
        ("silent", Some(_)) => "meter-wrong-silent-why",
        ("silent", None) => "meter-wrong-silent",
        ("refused", _) => "meter-wrong-refused",
        ("doubt", _) => "meter-wrong-doubt",
        ("never", _) => "meter-wrong-never",
        ("orphan", _) => "meter-wrong-orphan",
        _ => return None,
    };
    Some(page.paint(state_paint(&meter.state), &page.say(key, &named)))
}

fn buses_table(buses: &[Bus], page: &Page) -> String {
    let left = ["meter-head-bus", "meter-head-link", "node-head-state", "meter-head-use"];
    let right =
        ["meter-head-members", "meter-head-requests", "meter-head-timeouts", "meter-head-refusals"];
    let mut head: Vec<Cell> = left.map(|key| Cell::left(page.text(key))).to_vec();
    head.extend(right.map(|key| Cell::right(page.text(key))));
    let mut table = Table::new(head);
    for bus in buses {
        let (state, look) =
            if bus.connected { ("bus-up", Paint::Good) } else { ("bus-away", Paint::Bad) };
        let full = bus.use_pct >= f64::from(bus.budget_pct);
        table.row(vec![
            Cell::left(&bus.id).paint(Paint::Strong),
            Cell::left(&bus.link),
            Cell::left(page.text(state)).paint(look),
            Cell::left(usage(bus, page)).paint(if full { Paint::Warn } else { Paint::Plain }),
            Cell::right(grouped(i64::from(bus.members))),
            Cell::right(super::count(bus.requests)),
            Cell::right(super::count(bus.timeouts)),
            Cell::right(super::count(bus.refusals)),
        ]);
    }
    table.render(page)
}

/// `12 % of 80 %`, on a terminal with a picture of it.
fn usage(bus: &Bus, page: &Page) -> String {
    let named = [("used", format!("{:.0}", bus.use_pct).into()), ("budget", bus.budget_pct.into())];
    let text = page.say("meter-use", &named);
    if page.width.is_none() {
        return text;
    }
    let share = (bus.use_pct / f64::from(bus.budget_pct.max(1))).clamp(0.0, 1.0);
    // Between 0 and 10.
    let used = (share * USE_COLUMNS as f64).round() as usize;
    format!("{}{} {text}", "█".repeat(used), "░".repeat(USE_COLUMNS - used))
}

/// `campus meter read`: every quantity with its raw registers.
pub fn read(read: &MeterRead, page: &Page) -> String {
    let named = [
        ("profile", read.profile.as_str().into()),
        ("time", page.clock.seconds(read.at_ms).into()),
        ("ms", read.took_ms.into()),
    ];
    let name = page.paint(Paint::Strong, &read.meter);
    let mut table = Table::new(vec![
        Cell::left(page.text("read-head-quantity")),
        Cell::right(page.text("read-head-value")),
        Cell::left(page.text("read-head-unit")),
        Cell::left(page.text("read-head-register")),
        Cell::left(page.text("read-head-raw")),
    ]);
    for each in &read.values {
        let (value, unit, look) = value(each, page);
        table.row(vec![
            Cell::left(page.words.plain_code("measure", &each.measure)),
            Cell::right(value).paint(look),
            Cell::left(unit),
            Cell::left(&each.register),
            Cell::left(&each.raw).paint(Paint::Dim),
        ]);
    }
    format!("{name}   {}\n\n{}", page.say("read-title", &named), table.render(page))
}

/// Value and unit as on a display: energy in kWh to the watt-hour.
fn value(each: &MeterValue, page: &Page) -> (String, String, Paint) {
    match each.value {
        None => {
            let why = each.why.as_deref().unwrap_or("silent");
            (page.words.plain_code("no", why), String::new(), Paint::Warn)
        }
        Some(value) => {
            let (value, unit) = in_display_unit(value, &each.unit);
            (value, unit, Paint::Plain)
        }
    }
}

/// `12,345.678` and `kWh` of a register in Wh (varh and VAh likewise); other units as they are.
pub fn in_display_unit(value: f64, unit: &str) -> (String, String) {
    match unit {
        // Registers are far below 2^53 Wh, where doubles still count one by one.
        "Wh" | "varh" | "VAh" => (kwh_exact(value.round() as i64), format!("k{unit}")),
        _ => (decimal(value), unit.to_owned()),
    }
}
