//! Lighting rules of the staff.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One rule. `GET /v1/rules`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rule {
    /// Its name in the file.
    pub id: String,
    /// Where it holds, as patterns of `building/room/zone`.
    #[serde(rename = "where")]
    pub places: Vec<String>,
    /// Its condition, as it is written.
    pub when: String,
    /// `set`, `min`, `max`, `off` or `hold`.
    pub ask: String,
    /// Level that it asks for; absent when it asks for lux, or for none.
    pub level_pct: Option<u8>,
    /// Illuminance that it asks for, daylight and lamps together; absent when it asks for a level.
    pub target_lx: Option<u32>,
    /// 4 (floor) to 8 (daylight).
    pub priority: u8,
    /// Name of the priority.
    pub priority_name: String,
    /// How long a change takes.
    pub fade_s: u32,
    /// How long what it asked for outlives its condition when an input falls silent.
    pub expires_s: u32,
    /// Why, as the staff wrote it.
    pub text: BothLanguages,
    /// Zones at which it holds.
    pub zones: usize,
    /// Zones of which it asks something right now: `building/room/zone`.
    pub asking: Vec<String>,
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BothLanguages {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}
