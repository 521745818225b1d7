//! The files that one data centre hands to the next, day by day: `…Build.xml` and `…Energy.xml` in a
//! zip, and the same energy as CSV.
//!
//! Names, elements and numbers are those of the ministry's appendix 2 of 2009 as reprinted, and of two
//! public programs that write such files. What the appendix leaves open is decided here and said.

mod check;
mod write;

pub use check::{CheckedDay, CheckedHour, DailyFault, check};

use crate::ids::{BuildingId, CentreId, ItemCode};
use crate::limits::DAILY_ROWS_MAX;
use crate::stamp::Stamp;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write as _};

/// Grams of standard coal per kilowatt-hour of electricity, by its heat content; other factors (by what a
/// power station burns) are no part of these files.
pub const GCE_PER_KWH_MILLI: i64 = 122_900;

/// One day of a data centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Whose.
    pub centre: Sender,
    /// Any time of that day.
    pub day: Stamp,
    /// When the files were made.
    pub created: Stamp,
    /// Every building that has energy in it.
    pub buildings: Vec<Building>,
    /// Meters that count for an item, beside those of which there is energy: an hour without them is not whole.
    pub meters: Vec<(BuildingId, ItemCode, String)>,
    /// Energy per meter and slot, in any order.
    pub energy: Vec<SlotEnergy>,
}

/// The data centre that sends, as `Build.xml` says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Its number.
    pub id: CentreId,
    /// What it is called.
    pub name: String,
    /// Who runs it.
    pub operator: String,
    /// Whom to ask.
    pub contact: String,
    /// And how.
    pub telephone: String,
}

/// A building as `Build.xml` says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Building {
    /// Its code: 10 characters, so that identifiers of hours have the 25 that the table takes.
    pub id: BuildingId,
    /// What it is called.
    pub name: String,
    /// Whose it is.
    pub owner: String,
    /// Where it is.
    pub address: String,
    /// When it was built, year.
    pub year: u16,
    /// Floors above and below ground.
    pub floors: (u16, u16),
    /// Floor area, m².
    pub area_m2: u32,
    /// What it is for: a letter of the guideline, `D` for culture and education.
    pub purpose: char,
}

/// What one meter counted in one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotEnergy {
    /// Where.
    pub building_id: BuildingId,
    /// For what; electricity.
    pub item: ItemCode,
    /// By which meter.
    pub meter: String,
    /// Start of the slot.
    pub start: Stamp,
    /// How long it is, min.
    pub span_min: u32,
    /// Energy, Wh.
    pub wh: i64,
    /// It was read, not estimated.
    pub measured: bool,
}

/// What of one hour is in `Energy.xml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hour {
    wh: i64,
    /// Every meter of the item has every minute of the hour, measured.
    whole: bool,
}

/// Why a day cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DayFault {
    /// Of the table.
    #[error(
        "building {0}: its code must have 10 characters, or no identifier of an hour fits the table"
    )]
    Code(BuildingId),
    /// Energy in a building that is not described.
    #[error("building {0} has energy and is not described")]
    Building(BuildingId),
    /// A slot of another day, over an hour's end, or none.
    #[error("meter {meter}: the slot at {start} is not within one hour of the day")]
    Slot {
        /// Which.
        meter: String,
        /// Its start.
        start: Stamp,
    },
    /// The same slot twice.
    #[error("meter {meter}: the slot at {start} is there twice")]
    Twice {
        /// Which.
        meter: String,
        /// Its start.
        start: Stamp,
    },
    /// Less than nothing, or more than can be.
    #[error("meter {meter}: {wh} Wh in one slot")]
    Energy {
        /// Which.
        meter: String,
        /// How much.
        wh: i64,
    },
    /// Something else than electricity.
    #[error("item {0}: only electricity is counted in watt-hours")]
    Item(ItemCode),
    /// Too much.
    #[error("more than {max} rows", max = DAILY_ROWS_MAX)]
    Rows,
    /// A text that XML does not carry.
    #[error("building or centre: a text has characters that XML does not allow, or is too long")]
    Text,
    /// The zip could not be written.
    #[error("the zip cannot be written: {0}")]
    Zip(String),
}

impl Day {
    /// Directory, zip and beginning of every file: number of the data centre, then the day.
    pub fn name(&self) -> String {
        format!("{}{}", self.centre.id, self.day.day())
    }

    /// The zip with both files in a directory.
    ///
    /// # Errors
    /// What is wrong with the day.
    pub fn zip(&self) -> Result<Vec<u8>, DayFault> {
        let (build, energy) = (self.build_xml()?, self.energy_xml()?);
        let name = self.name();
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        // No time of its own, so that the same day is the same bytes.
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default());
        for (file, text) in [("Build", build), ("Energy", energy)] {
            let fault = |fault: zip::result::ZipError| DayFault::Zip(fault.to_string());
            zip.start_file(format!("{name}/{name}{file}.xml"), options).map_err(fault)?;
            zip.write_all(text.as_bytes()).map_err(|fault| DayFault::Zip(fault.to_string()))?;
        }
        let written = zip.finish().map_err(|fault| DayFault::Zip(fault.to_string()))?;
        Ok(written.into_inner())
    }

    /// The energy of every meter and slot, one per line.
    ///
    /// # Errors
    /// What is wrong with the day.
    pub fn csv(&self) -> Result<String, DayFault> {
        self.hours()?;
        let mut rows: Vec<&SlotEnergy> = self.energy.iter().collect();
        rows.sort_by_key(|row| (&row.building_id, row.item, &row.meter, row.start));
        let mut csv = csv::Writer::from_writer(Vec::new());
        let heading =
            ["building_id", "item_code", "meter", "start", "span_min", "energy_wh", "measured"];
        let fault = |fault: csv::Error| DayFault::Zip(fault.to_string());
        csv.write_record(heading).map_err(fault)?;
        for row in rows {
            let record = [
                row.building_id.to_string(),
                row.item.to_string(),
                row.meter.clone(),
                row.start.spaced(),
                row.span_min.to_string(),
                row.wh.to_string(),
                u8::from(row.measured).to_string(),
            ];
            csv.write_record(record).map_err(fault)?;
        }
        let bytes = csv.into_inner().map_err(|fault| DayFault::Zip(fault.to_string()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Slots to hours, per building and item; refuses whatever a reader would misunderstand.
    fn hours(&self) -> Result<BTreeMap<(BuildingId, ItemCode, Stamp), Hour>, DayFault> {
        if self.energy.len() > DAILY_ROWS_MAX {
            return Err(DayFault::Rows);
        }
        if let Some(building) =
            self.buildings.iter().find(|building| building.id.as_str().len() != 10)
        {
            return Err(DayFault::Code(building.id.clone()));
        }
        let known: BTreeSet<&BuildingId> =
            self.buildings.iter().map(|building| &building.id).collect();
        let mut seen = BTreeSet::new();
        let mut meters: BTreeMap<(&BuildingId, ItemCode), BTreeSet<&str>> = BTreeMap::new();
        for (building, item, meter) in &self.meters {
            meters.entry((building, *item)).or_default().insert(meter);
        }
        let mut hours: BTreeMap<(BuildingId, ItemCode, Stamp), (i64, u32)> = BTreeMap::new();
        for row in &self.energy {
            self.check_slot(row)?;
            if !known.contains(&row.building_id) {
                return Err(DayFault::Building(row.building_id.clone()));
            }
            if !seen.insert((&row.building_id, row.item, &row.meter, row.start)) {
                return Err(DayFault::Twice { meter: row.meter.clone(), start: row.start });
            }
            meters.entry((&row.building_id, row.item)).or_default().insert(&row.meter);
            let hour =
                hours.entry((row.building_id.clone(), row.item, row.start.hour())).or_default();
            hour.0 += row.wh;
            hour.1 += if row.measured { row.span_min } else { 0 };
        }
        let whole = |(key, (wh, minutes)): ((BuildingId, ItemCode, Stamp), (i64, u32))| {
            let of_item = meters.get(&(&key.0, key.1)).map_or(0, BTreeSet::len) as u32;
            (key, Hour { wh, whole: minutes == 60 * of_item })
        };
        Ok(hours.into_iter().map(whole).collect())
    }

    fn check_slot(&self, row: &SlotEnergy) -> Result<(), DayFault> {
        let slot = || DayFault::Slot { meter: row.meter.clone(), start: row.start };
        let last = row.start.plus_minutes(i64::from(row.span_min) - 1).ok_or_else(slot)?;
        let within = (1..=60).contains(&row.span_min)
            && last.hour() == row.start.hour()
            && row.start.midnight() == self.day.midnight();
        // 1 GWh an hour is no school; and no sum overflows.
        if !(0..=1_000_000_000).contains(&row.wh) {
            return Err(DayFault::Energy { meter: row.meter.clone(), wh: row.wh });
        }
        if !row.item.as_str().starts_with("01") {
            return Err(DayFault::Item(row.item));
        }
        if within { Ok(()) } else { Err(slot()) }
    }
}
