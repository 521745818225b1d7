//! `[campus]`, and the campus that all sections together make.

use super::fault::{Faults, closest};
use super::table::{At, Table};
use super::{rooms, timetable};
use controller::Campus;
use jiff::tz::TimeZone;

/// Reads `[campus]`, `[timetable]`, `[lighting]`, `[[room]]` and `[[node]]`.
pub fn read(file: &Table<'_>, faults: &mut Faults) -> Option<Campus> {
    let campus = file.section("campus", faults).and_then(|table| {
        let id = table.id("id", faults);
        let name = table.name("name", faults);
        let zone = table.text("time_zone", faults).and_then(|text| time_zone(&text, faults));
        let id = id?.is;
        Some((id, name.unwrap_or_else(|| id.to_string()), zone?))
    });
    let timetable =
        file.section("timetable", faults).and_then(|table| timetable::read(&table, faults));
    let (settings, rooms, nodes) = rooms::read(file, faults);
    let (id, name, zone) = campus?;
    let (meters, energy) = (Vec::new(), controller::EnergySettings::default());
    let timetable = timetable?;
    Some(Campus { id, name, zone, timetable, settings, rooms, nodes, meters, energy })
}

fn time_zone(text: &At<&str>, faults: &mut Faults) -> Option<TimeZone> {
    if let Ok(zone) = jiff::tz::db().get(text.is) {
        return Some(zone);
    }
    let fault = faults.add(&text.at, format!("unknown time zone `{}`", text.is));
    match meant(text.is) {
        Some(name) => fault.help(format!("did you mean `{name}`?")),
        None => fault.help(
            "zones have names like `Asia/Shanghai` or `Europe/Berlin` (IANA time zone database)",
        ),
    };
    None
}

/// The zone that somebody may have meant: by a slip of the keyboard, by its city alone, or by the
/// capital of China, which has no zone of its own name.
fn meant(wrong: &str) -> Option<String> {
    let city = |name: &str| {
        name.rsplit('/').next().unwrap_or(name).to_lowercase().replace([' ', '-'], "_")
    };
    let wrong_city = city(wrong);
    if ["beijing", "peking", "china", "cst"].contains(&wrong_city.as_str()) {
        return Some("Asia/Shanghai".into());
    }
    let names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| name.contains('/') && !name.starts_with("Etc/"))
        .collect();
    if let Some(name) = names.iter().find(|name| city(name) == wrong_city) {
        return Some(name.clone());
    }
    closest(wrong, names.iter().map(String::as_str)).map(str::to_owned)
}
