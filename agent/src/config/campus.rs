//! `[campus]`, and the campus that all sections together make.

use super::buses::Buses;
use super::fault::{Faults, closest};
use super::meters::{self, Meters};
use super::profiles::Profiles;
use super::table::{At, Table};
use super::{calendar, energy, events, lessons, rooms, timetable};
use crate::bus::plan::{BusConfig, GatewayConfig, PolledMeter};
use controller::{Campus, Settings};
use jiff::tz::TimeZone;
use std::path::Path;

/// The campus, and how its meters and gateways are reached.
pub struct Field {
    pub campus: Campus,
    pub buses: Vec<BusConfig>,
    pub polled: Vec<PolledMeter>,
    pub gateways: Vec<GatewayConfig>,
}

/// Reads every section but those about the agent itself; `folder` is where files of the campus's own
/// are, `skip` one of them that is not read.
pub fn read(
    file: &Table<'_>,
    (folder, skip): (&Path, Option<&Path>),
    faults: &mut Faults,
) -> Option<Field> {
    let campus = file.section("campus", faults);
    let names = campus.as_ref().and_then(|table| {
        let id = table.id("id", faults);
        let name = table.name("name", faults);
        let id = id?.is;
        Some((id, name.unwrap_or_else(|| id.to_string())))
    });
    let zone = campus.and_then(|table| {
        let text = table.text("time_zone", faults)?;
        time_zone(&text, faults)
    });
    let (slot_ms, energy) = energy::read(file, zone.as_ref(), faults);
    let mut buses = Buses::read(file, faults);
    let mut profiles = Profiles::new(folder);
    let found = rooms::read(file, &mut buses, &mut profiles, faults);
    let (rooms, nodes) = (&found.names, &found.nodes);
    let events = events::read(file, faults);
    let calendar = calendar::read(file, folder, rooms, faults);
    let timetable = file.section("timetable", faults).and_then(|table| {
        let usual = timetable::read(&table, faults);
        let (usual, folder) = (usual?, (folder, skip));
        lessons::read(&table, folder, rooms, usual, calendar, faults)
    });
    let reader = meters::Reader { rooms, nodes, buses: &mut buses, profiles: &mut profiles };
    let Meters { configs: meters, polled } = reader.read(file, faults);
    let buses = buses.close(faults);
    let (id, name) = names?;
    let campus = Campus {
        id,
        name,
        zone: zone?,
        timetable: timetable?,
        settings: Settings { slot_ms, ..found.settings },
        rooms: found.rooms,
        nodes: found.list,
        meters,
        energy,
        rules: Default::default(),
        events,
    };
    Some(Field { campus, buses: buses?, polled, gateways: found.gateways? })
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
