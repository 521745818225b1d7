//! Other settings, tried on the recorded past.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What to try on which time. `POST /v1/rules/replay`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrialOrder {
    /// From when, ms UTC.
    pub since_ms: i64,
    /// Until when, ms UTC; not after now.
    pub until_ms: i64,
    /// The text of another `campus.toml`; today's when absent. Files that it names are beside today's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// The text of another `rules.toml`; today's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
}

/// What a trial comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Trial {
    /// From when.
    pub since_ms: i64,
    /// Until when.
    pub until_ms: i64,
    /// Rows of the log that were told again.
    pub rows: u64,
    /// Rows that could not be read.
    pub damaged: u64,
    /// Whether all of that time was decided live by today's configuration.
    pub by_today: bool,
    /// Levels that the live agent changed in that time …
    pub recorded: u64,
    /// … and that the log, told again, changes by the configuration of then.
    pub again: u64,
    /// Whether both are the same, byte for byte: moments, levels, winners and losers.
    pub same: bool,
    /// Rooms, in the order of the configuration.
    pub rooms: Vec<TrialRoom>,
}

/// A room by today's settings and by others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrialRoom {
    /// `building/room`.
    pub room: String,
    /// By today's settings.
    pub today: TrialFigures,
    /// By those that are tried.
    pub candidate: TrialFigures,
    /// For how long levels differ, added over zones.
    pub differing_s: i64,
    /// How often they begin to differ.
    pub moments_total: u64,
    /// The first of these moments.
    pub moments: Vec<TrialMoment>,
}

/// What became of a room's time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrialFigures {
    /// Time of lamps that were on, added over zones.
    pub lamp_s: i64,
    /// Energy of the lamps, by what their meters showed at their levels; absent where some are not metered.
    pub energy_wh: Option<i64>,
    /// Switched on or off.
    pub switchings: u64,
    /// Somebody was there. This and the next two as reports count them, in whole slots.
    pub occupied_s: i64,
    /// Lit while nobody was there.
    pub lit_empty_s: i64,
    /// Too dark for a lesson with somebody there.
    pub dark_s: i64,
}

/// A moment at which levels begin to differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrialMoment {
    /// When.
    pub at_ms: i64,
    /// Which zone.
    pub zone: String,
    /// Level by today's settings.
    pub today_pct: u8,
    /// Level by those that are tried.
    pub candidate_pct: u8,
    /// Why the one that moved did: a reason code.
    pub reason: String,
    /// Whether that was the one that is tried; otherwise today's.
    pub candidate_moved: bool,
}
