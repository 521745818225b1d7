//! `[room.occupancy]`: what a room is for, and its own numbers for telling whether somebody is there.

use super::fault::Faults;
use super::table::Table;
use controller::occupancy::habit::{Day, Habit};
use controller::{OccupancySettings, RoomKind};
use std::collections::HashMap;
use std::sync::Arc;

/// Settings of rooms; those that say nothing share one.
#[derive(Default)]
pub struct Shared {
    known: HashMap<&'static str, Arc<OccupancySettings>>,
}

impl Shared {
    /// Reads the section of a room, where it has one.
    pub fn read(&mut self, room: &Table<'_>, faults: &mut Faults) -> Arc<OccupancySettings> {
        let table = room.has("occupancy").then(|| room.section("occupancy", faults)).flatten();
        let Some(table) = table else { return self.shipped(RoomKind::default()) };
        let kind = kind(&table, faults).unwrap_or_default();
        let shipped = self.shipped(kind);
        let mut settings = (*shipped).clone();
        if let Some(adapts) = table.flag("hold_adapts", faults) {
            settings.adapts = adapts.is;
        }
        for (name, number) in [
            ("rest_ppm", &mut settings.rest_ppm),
            ("air_pct", &mut settings.air_pct),
            ("rise_ppm", &mut settings.rise_ppm),
        ] {
            if let Some(whole) = table.whole(name, faults) {
                *number = whole.is;
            }
        }
        let school = day(&table, "school_days", faults);
        let free = day(&table, "other_days", faults);
        if school.is_some() || free.is_some() {
            let (school, free) = (school.unwrap_or_default(), free.unwrap_or_default());
            settings.habit = Some(Habit { school, free });
        }
        if settings == *shipped { shipped } else { Arc::new(settings) }
    }

    fn shipped(&mut self, kind: RoomKind) -> Arc<OccupancySettings> {
        let shipped = || Arc::new(OccupancySettings::of(kind));
        self.known.entry(kind.name()).or_insert_with(shipped).clone()
    }
}

fn kind(table: &Table<'_>, faults: &mut Faults) -> Option<RoomKind> {
    let text = table.text("kind", faults)?;
    let found = RoomKind::ALL.into_iter().find(|kind| kind.name() == text.is);
    if found.is_none() {
        let names = RoomKind::ALL.map(RoomKind::name);
        faults
            .add(&text.at, format!("`{}` is no kind of room", text.is))
            .help(format!("it is one of {}", names.join(", ")))
            .closest(text.is, names);
    }
    found
}

fn day(table: &Table<'_>, name: &str, faults: &mut Faults) -> Option<Day> {
    let text = table.text(name, faults)?;
    match text.is.parse::<Day>() {
        Ok(day) => Some(day),
        Err(bad) => {
            faults
                .add(&text.at, format!("`{name}` is {bad}"))
                .label(format!("{} characters here", text.is.chars().count()))
                .help("one per quarter hour from midnight: used 0 to 9 tenths of the time, - not known");
            None
        }
    }
}
