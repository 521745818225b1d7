//! What a day, a week or a month of a campus adds up to: one pass over its rows, no clock, no I/O.
//!
//! ```text
//! Scope ──► ReportBuilder::new ──► posting, room_slot, incident, suspect … ──► finish ──► Report
//! ```
//!
//! Everything that depends on the calendar is worked out per slot before the first row comes, so a
//! row costs a few additions. A slot belongs to the day, hour, band and period in which it begins.
//! Energy and money are whole numbers, and every division of the total (days, hours, bands,
//! buildings, open and closed) adds up to it exactly.
//!
//! | word | means |
//! |---|---|
//! | root | import meter with a place and without parent: the total is their sum |
//! | orphan | meter without a place: shown, counted nowhere |
//! | expected | slots that were over when the report was made, from the meter's opening on |

use crate::calendar::DayKind;
use crate::campus::{Flow, Place, RoomConfig};
use crate::ledger::Incident;
use crate::tariff::EnergySettings;
use crate::timetable::Timetable;
use crate::{Campus, Controller, RoomIx, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use wire::Id;

mod base;
mod builder;
mod finish;
mod period;
mod slots;

pub use builder::ReportBuilder;
pub use period::{Period, before, bounds};

/// What a report is about.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Where the clocks hang.
    pub zone: TimeZone,
    /// When the campus is open.
    pub timetable: Timetable,
    /// Prices and factors.
    pub energy: EnergySettings,
    /// Length of a slot, ms. Rows of an earlier, longer slot count where they begin.
    pub slot_ms: i64,
    /// Begin: a local midnight, see [`bounds`].
    pub from: Timestamp,
    /// End, not included.
    pub to: Timestamp,
    /// When the report is made: slots that end later are not expected yet.
    pub now: Timestamp,
    /// Meters; rows name them by their position.
    pub meters: Vec<MeterScope>,
    /// Rooms; rows name them by their position.
    pub rooms: Vec<RoomScope>,
}

/// A meter of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterScope {
    /// Its name in the ledger.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Where it belongs; `None` is an orphan.
    pub place: Option<Place>,
    /// Name of the meter that counts it too; one that is not in the report is none.
    pub parent: Option<String>,
    /// Which way energy flows.
    pub flow: Flow,
}

/// A room of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomScope {
    /// Where it is.
    pub place: Place,
    /// Its name for people.
    pub name: String,
}

impl MeterScope {
    /// A meter as the controller knows it.
    pub fn of(controller: &Controller, view: &crate::MeterView<'_>) -> Self {
        Self {
            name: view.name.clone(),
            label: if view.label.is_empty() { view.name.clone() } else { view.label.to_owned() },
            place: view.place,
            parent: view.parent.map(|parent| controller.meter_name(parent)),
            flow: view.flow,
        }
    }
}

impl Scope {
    /// A campus from `from` to `to`, as seen at `now`, with these meters: those of the controller, and
    /// any that it does not know any more.
    pub fn of(
        campus: &Campus,
        (from, to): (Timestamp, Timestamp),
        now: Timestamp,
        meters: Vec<MeterScope>,
    ) -> Self {
        let room = |room: &RoomConfig| RoomScope { place: room.place(), name: room.name.clone() };
        Self {
            zone: campus.zone.clone(),
            timetable: campus.timetable.clone(),
            energy: campus.energy.clone(),
            slot_ms: campus.settings.slot_ms,
            from,
            to,
            now,
            meters,
            rooms: campus.rooms.iter().map(room).collect(),
        }
    }
}

/// What a day, a week or a month adds up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Begin.
    pub from: Timestamp,
    /// End, not included.
    pub to: Timestamp,
    /// When it was made.
    pub now: Timestamp,
    /// Energy of the roots, Wh.
    pub energy_wh: i64,
    /// The same in the period before, Wh, if somebody has said it.
    pub before_wh: Option<i64>,
    /// Energy of export meters that have a place and no export meter above them, Wh.
    pub export_wh: i64,
    /// Part of `energy_wh` of which only the sum over a gap is measured, Wh.
    pub estimated_wh: i64,
    /// By local day.
    pub days: Vec<Day>,
    /// By hour of the local day, Wh.
    pub hours_wh: [i64; 24],
    /// By building, most energy first. What a building's meter counts for another is not its own.
    pub buildings: Vec<Building>,
    /// In the order of the scope.
    pub meters: Vec<MeterTotal>,
    /// By band of the price tables, in their order.
    pub bands: Vec<BandTotal>,
    /// Energy on days before the first price table, Wh.
    pub unpriced_wh: i64,
    /// What it costs, by currency.
    pub costs: Vec<Cost>,
    /// CO₂ by calendar year.
    pub co2: Vec<Carbon>,
    /// Energy in years before the first factor, Wh.
    pub unfactored_wh: i64,
    /// The slot with most energy; `None` when there is none with any.
    pub peak: Option<Peak>,
    /// Mean of the days' base loads, mW; `None` when no day has one.
    pub base_load_mw: Option<i64>,
    /// Energy while the campus was open, Wh.
    pub open_wh: i64,
    /// Energy while it was closed on days on which it opens, Wh.
    pub closed_school_day_wh: i64,
    /// Energy while it was closed on all other days, Wh.
    pub closed_other_day_wh: i64,
    /// The part of that on holidays, in vacations and on closed days, Wh; the rest is weekends.
    pub closed_free_day_wh: i64,
    /// What the parts of a meter leave over, by meter and day.
    pub residuals: Vec<Residual>,
    /// In the order of the scope.
    pub rooms: Vec<RoomTotal>,
    /// Positions of at most ten rooms that were lit while empty for longest, worst first.
    pub worst_lit_empty: Vec<usize>,
    /// Positions of at most ten rooms that were occupied but dark for longest, worst first.
    pub worst_dark: Vec<usize>,
    /// Registers that stood still for suspiciously long.
    pub suspects: Vec<Suspect>,
    /// Positions of meters without a place.
    pub orphans: Vec<usize>,
    /// What happened to registers, in order of time, with the numbers of their rows.
    pub incidents: Vec<(i64, Incident)>,
}

/// A local day of 23, 24 or 25 hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// Local midnight.
    pub start: Timestamp,
    /// The next one.
    pub end: Timestamp,
    /// What the calendar says of it.
    pub kind: DayKind,
    /// Name of the holiday, or of what a make-up day makes up for; may be empty.
    pub name: String,
    /// Energy, Wh.
    pub energy_wh: i64,
    /// Energy while the campus was closed, Wh.
    pub closed_wh: i64,
    /// Mean of the eight half-hours with least energy, mW; `None` when less than three quarters of
    /// the day are known.
    pub base_load_mw: Option<i64>,
    /// Some of the roots' energy is missing, estimated, incomplete or suspect.
    pub doubtful: bool,
}

/// A building's own energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Building {
    /// Which.
    pub id: Id,
    /// Energy, Wh.
    pub energy_wh: i64,
}

/// A meter over the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterTotal {
    /// As in the scope.
    pub meter: MeterScope,
    /// Position of its parent.
    pub parent: Option<usize>,
    /// Its energy is part of `Report::energy_wh`.
    pub is_root: bool,
    /// Energy, Wh.
    pub energy_wh: i64,
    /// Expected slots.
    pub slots: u32,
    /// … with a measured row.
    pub measured: u32,
    /// … whose share of a gap is estimated.
    pub estimated: u32,
    /// … in which there may have been more.
    pub incomplete: u32,
    /// … in which the register stood still for suspiciously long.
    pub suspect: u32,
    /// Energy of rows whose share of a gap is estimated, Wh.
    pub estimated_wh: i64,
}

impl MeterTotal {
    /// Expected slots without any row.
    pub const fn missing(&self) -> u32 {
        self.slots - self.measured - self.estimated - self.incomplete
    }

    /// Expected slots with a measured row, %; 100 when none is expected.
    pub fn completeness_pct(&self) -> f64 {
        percent(i64::from(self.measured), i64::from(self.slots)).unwrap_or(100.0)
    }
}

/// A band of a price table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BandTotal {
    /// First day of its price table.
    pub valid_from: Date,
    /// Identifier.
    pub id: Id,
    /// Name for people.
    pub label: String,
    /// Currency of its price table.
    pub currency: String,
    /// Price, millionths per kWh; `None` when it had several, by season or weekday.
    pub price_micro: Option<i64>,
    /// Energy, Wh.
    pub energy_wh: i64,
    /// Cost, thousand-millionths.
    pub cost_nano: i128,
}

/// What the energy costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Currency.
    pub currency: String,
    /// Sum, thousand-millionths of it.
    pub total_nano: i128,
}

/// CO₂ of the energy of one calendar year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carbon {
    /// Year of the energy.
    pub year: i16,
    /// Year of the factor.
    pub factor_year: i16,
    /// The factor is of an earlier year than the energy.
    pub older: bool,
    /// The factor, mg/kWh.
    pub mg_per_kwh: u32,
    /// Grid it is about.
    pub region: String,
    /// Where it is published.
    pub source: String,
    /// Energy, Wh.
    pub energy_wh: i64,
    /// CO₂, µg.
    pub co2_ug: i128,
}

/// The slot with most energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peak {
    /// Its start; the first of several.
    pub slot: Timestamp,
    /// Mean power of all roots, mW.
    pub power_mw: i64,
}

/// What the parts of a meter leave over on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residual {
    /// Position of the whole.
    pub meter: usize,
    /// Position of the day.
    pub day: usize,
    /// Energy of the whole, Wh.
    pub parent_wh: i64,
    /// Energy of its parts, Wh.
    pub parts_wh: i64,
    /// What to think of it.
    pub balance: Balance,
}

impl Residual {
    /// What no part accounts for, Wh; negative when the parts are more than the whole.
    pub const fn rest_wh(&self) -> i64 {
        self.parent_wh - self.parts_wh
    }
}

/// Whether the parts of a meter are the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Balance {
    /// Within 5 %.
    Fits,
    /// The whole is more than its parts: something has no meter of its own, or one counts too little.
    RestAbove,
    /// The parts are more than the whole: one of them hangs elsewhere, or counts too much.
    PartsAbove,
    /// Rows are missing or incomplete: there is nothing to compare.
    Unknown,
}

impl Balance {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::RestAbove => "rest_above",
            Self::PartsAbove => "parts_above",
            Self::Unknown => "unknown",
        }
    }
}

/// A room over the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomTotal {
    /// As in the scope.
    pub room: RoomScope,
    /// Somebody was there, ms.
    pub occupied_ms: u64,
    /// Lamps were on, ms.
    pub lit_ms: u64,
    /// … with nobody there, ms.
    pub lit_empty_ms: u64,
    /// … in the hold time, ms.
    pub lit_hold_ms: u64,
    /// Occupied in a lesson and too dark, ms.
    pub dark_ms: u64,
    /// Not known, ms.
    pub unknown_ms: u64,
}

/// A register that stood still for suspiciously long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// Position of its meter.
    pub meter: usize,
    /// Begin; perhaps before the period.
    pub from: Timestamp,
    /// End, not included; perhaps after the period.
    pub to: Timestamp,
}

impl Report {
    /// Energy while the campus was closed, %; `None` when there was no energy.
    pub fn out_of_hours_pct(&self) -> Option<f64> {
        percent(self.closed_school_day_wh + self.closed_other_day_wh, self.energy_wh)
    }

    /// Part of the energy of which only the sum over a gap is measured, %.
    pub fn estimated_pct(&self) -> f64 {
        percent(self.estimated_wh, self.energy_wh).unwrap_or(0.0)
    }

    /// Expected slots of all meters with a measured row, %; 100 when none is expected.
    pub fn completeness_pct(&self) -> f64 {
        let measured = self.meters.iter().map(|meter| i64::from(meter.measured)).sum();
        let slots = self.meters.iter().map(|meter| i64::from(meter.slots)).sum();
        percent(measured, slots).unwrap_or(100.0)
    }

    /// How much more than in the period before, %; `None` when that is not known, or was nothing.
    pub fn change_pct(&self) -> Option<f64> {
        let before_wh = self.before_wh?;
        percent(self.energy_wh - before_wh, before_wh)
    }

    /// The room of a row.
    pub fn room(&self, ix: RoomIx) -> Option<&RoomTotal> {
        self.rooms.get(ix.at())
    }
}

fn percent(part: i64, whole: i64) -> Option<f64> {
    (whole != 0).then(|| part as f64 * 100.0 / whole as f64)
}

#[cfg(test)]
mod tests;
