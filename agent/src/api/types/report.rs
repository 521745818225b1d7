//! A day, week or month of the campus, as numbers.
//!
//! Money is whole millionths of the currency (`…_micro`), shares are percent, names of kinds are codes.

use super::Incident;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which report. `GET /v1/report`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, IntoParams)]
pub struct ReportQuery {
    /// `day`, `week` or `month`.
    pub period: String,
    /// Any moment of it, ms UTC; now when absent.
    pub at_ms: Option<i64>,
}

/// A day, week or month of the campus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// Identifier of the campus.
    pub campus: String,
    /// Its name for people.
    pub name: String,
    /// Its time zone.
    pub time_zone: String,
    /// `day`, `week` or `month`.
    pub period: String,
    /// Begin, ms UTC: local midnight.
    pub from_ms: i64,
    /// End, ms UTC.
    pub to_ms: i64,
    /// When the report was made; the period may not be over.
    pub made_ms: i64,
    /// Energy of the campus: import meters without parent.
    pub energy_wh: i64,
    /// The same in the period before, as much of it as has passed of this one; absent when nothing is
    /// kept of it.
    pub before_wh: Option<i64>,
    /// Produced, Wh: export meters without parent.
    pub export_wh: i64,
    /// Cost by tariff; absent without one.
    pub cost: Option<Cost>,
    /// CO₂ of the energy; absent without a factor.
    pub co2: Option<Carbon>,
    /// Highest slot.
    pub peak: Option<Peak>,
    /// Mean of the eight lowest half-hours of each day, W.
    pub base_load_w: Option<f64>,
    /// Share of the energy while the campus was closed, %.
    pub out_of_hours_pct: Option<f64>,
    /// … of it on school days, Wh.
    pub closed_school_day_wh: i64,
    /// … of it on other days, Wh.
    pub closed_other_day_wh: i64,
    /// … of that on holidays, in vacations and on closed days, Wh; the rest is weekends.
    #[serde(default)]
    pub closed_free_day_wh: i64,
    /// Slots with a measured row among all slots of all meters, %.
    pub completeness_pct: f64,
    /// Share of the energy whose shape is estimated, %.
    pub estimated_pct: f64,
    /// Energy by local day.
    pub days: Vec<ReportDay>,
    /// Energy by hour of the local day, 24 of them, Wh.
    pub hours_wh: Vec<i64>,
    /// Buildings, most energy first.
    pub buildings: Vec<ReportShare>,
    /// Meters.
    pub meters: Vec<ReportMeter>,
    /// Rooms, most lit-while-empty time first.
    pub rooms: Vec<ReportRoom>,
    /// Parent meters and what their parts leave over.
    pub residuals: Vec<Residual>,
    /// Meters that are read and mapped to nothing.
    pub orphans: Vec<String>,
    /// What happened to registers.
    pub incidents: Vec<Incident>,
}

/// Energy of one local day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportDay {
    /// Local midnight, ms UTC.
    pub start_ms: i64,
    /// Energy, Wh.
    pub energy_wh: i64,
    /// Energy while the campus was closed, Wh.
    pub closed_wh: i64,
    /// A day with lessons.
    pub school: bool,
    /// `school`, `make_up`, `weekend`, `holiday`, `vacation`, `closed`.
    #[serde(default)]
    pub kind: String,
    /// Name of the holiday, or of what a make-up day makes up for; may be empty.
    #[serde(default)]
    pub name: String,
    /// Some of it is estimated, incomplete or suspect.
    pub doubtful: bool,
}

/// What it costs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Cost {
    /// ISO 4217 code.
    pub currency: String,
    /// Sum, millionths.
    pub total_micro: i64,
    /// Price table in force at the begin of the period: its first day, `2026-01-01`.
    pub tariff: String,
    /// By band of the day.
    pub bands: Vec<CostBand>,
}

/// A band of the day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CostBand {
    /// `peak`, `flat`, `valley`, …
    pub id: String,
    /// Name for people.
    pub label: String,
    /// Price, millionths per kWh; absent when it had several, by season or weekday.
    pub price_micro: Option<i64>,
    /// Energy, Wh.
    pub energy_wh: i64,
    /// Cost, millionths.
    pub cost_micro: i64,
}

/// CO₂ of the energy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Carbon {
    /// Sum, g.
    pub total_g: i64,
    /// Factor, g per kWh.
    pub g_per_kwh: f64,
    /// Year of the factor.
    pub year: i32,
    /// Where it is from.
    pub source: String,
    /// The factor is of an earlier year than the energy.
    pub older: bool,
}

/// The highest slot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Peak {
    /// Mean power of the slot, W.
    pub power_w: f64,
    /// Its start.
    pub at_ms: i64,
}

/// A part of the whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportShare {
    /// Building.
    pub id: String,
    /// Energy, Wh.
    pub energy_wh: i64,
}

/// A meter in a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportMeter {
    /// Which.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// Where it belongs.
    pub place: Option<String>,
    /// Meter that counts it too.
    pub parent: Option<String>,
    /// `import` or `export`.
    pub flow: String,
    /// Energy, Wh.
    pub energy_wh: i64,
    /// Slots with a measured row, %.
    pub completeness_pct: f64,
    /// Slots whose shape is estimated, %.
    pub estimated_pct: f64,
    /// Slots that may have had more.
    pub incomplete: u32,
    /// Slots in which the register stood still for suspiciously long.
    pub suspect: u32,
}

/// A room in a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReportRoom {
    /// `building/room`.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// Somebody was there, s.
    pub occupied_s: u64,
    /// Lamps were on, s.
    pub lit_s: u64,
    /// … with nobody there, s.
    pub lit_empty_s: u64,
    /// … in the hold time, s.
    pub lit_hold_s: u64,
    /// Occupied in a lesson and too dark, s.
    pub dark_s: u64,
    /// Not known, s.
    pub unknown_s: u64,
}

/// What the parts of a meter leave over on one day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Residual {
    /// The whole.
    pub parent: String,
    /// Local midnight, ms UTC.
    pub start_ms: i64,
    /// Energy of the whole, Wh.
    pub parent_wh: i64,
    /// Energy of its parts, Wh.
    pub parts_wh: i64,
    /// The parts are more than the whole by more than 5 %: one hangs elsewhere, or counts too much.
    pub alarm: bool,
}
