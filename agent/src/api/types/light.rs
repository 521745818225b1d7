//! What lamps add at light sensors: as configured, measured, learnt.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Has the lamps of a room measured. `POST /v1/rooms/{building}/{room}/calibrate`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Calibrate {
    /// Only say whether it could begin, and what it would do.
    #[serde(default)]
    pub dry_run: bool,
    /// Although somebody is there, it is a lesson, or daylight moves.
    #[serde(default)]
    pub force: bool,
    /// Who asks.
    pub by: String,
}

/// A calibration: ready, under way or over. `GET /v1/rooms/{building}/{room}/calibration`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Calibration {
    /// `building/room`.
    pub room: String,
    /// `none`, `ready`, `running`, `done` or `failed`.
    pub state: String,
    /// Why it failed: `pressed`, `came`, `unsteady`, `no_answer`, …
    pub why: Option<String>,
    /// Who asked.
    pub by: String,
    /// When it began, and was over.
    pub began_ms: Option<i64>,
    /// See there.
    pub ended_ms: Option<i64>,
    /// The zones, in the order of every list of levels.
    pub zones: Vec<String>,
    /// Levels, step by step, %; and what the sensors have seen, as far as it has come, lx.
    pub steps: Vec<CalibrationStep>,
    /// What is in force since the last calibration that was good, and who made it when.
    pub measured: Vec<Contribution>,
    /// See there.
    pub measured_ms: Option<i64>,
    /// See there.
    pub measured_by: Option<String>,
    /// What zones decide with now.
    pub light: Vec<ZoneLight>,
}

/// One step of a calibration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalibrationStep {
    /// Level of every zone, %.
    pub levels_pct: Vec<u8>,
    /// What every sensor has seen, lx; empty while the step is to come.
    pub seen_lx: Vec<u32>,
}

/// What the lamps of every zone add at one sensor at full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Contribution {
    /// `node`, or `node/channel` for the sensor of a lamp channel.
    pub sensor: String,
    /// By zone, lx.
    pub adds_lx: BTreeMap<String, u32>,
}

/// What is known of the lamps of one zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ZoneLight {
    /// Which.
    pub zone: String,
    /// The sensor by which it decides; absent when none speaks.
    pub sensor: Option<String>,
    /// What its lamps add there at full, as configured or calibrated, lx.
    pub base_lx: u32,
    /// The same as far as it is learnt from their movements, lx.
    pub adds_lx: u32,
    /// From how many movements; 8 are as good as more.
    pub samples: u8,
    /// What the sensor sees now, lx …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_lx: Option<u32>,
    /// … and what of it is daylight, smoothed, lx.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daylight_lx: Option<u32>,
    /// Light at the desk, % of what the sensor sees.
    pub desk_pct: u16,
    /// Light at the desk now, daylight and lamps, lx.
    pub desk_lx: Option<u32>,
    /// What is wanted there, lx.
    pub target_lx: u32,
}
