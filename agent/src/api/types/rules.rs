//! Lighting rules of the staff.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One rule. `GET /v1/rules`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rule {
    /// Its name in the file.
    pub id: String,
    /// Version that it is of.
    #[serde(default)]
    pub version: u32,
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

/// How long rooms stay lit after the last movement, where rules say it. `GET /v1/rules/holds`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleHold {
    /// Its name in the file.
    pub id: String,
    /// Version that it is of.
    pub version: u32,
    /// In which rooms, as patterns of `building/room`.
    #[serde(rename = "where")]
    pub places: Vec<String>,
    /// Usually; absent where it says nothing.
    pub hold_min: Option<u32>,
    /// In breaks.
    pub break_hold_min: Option<u32>,
    /// At least so long in exams and self-study.
    pub still_hold_min: Option<u32>,
}

/// Which rules are in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RulesInForce {
    /// Version that is in force everywhere, or everywhere else; 0 is no rules at all.
    pub version: u32,
    /// Checksum of its file; empty for version 0.
    pub checksum: String,
    /// Since when all this is so.
    pub since_ms: i64,
    /// Another version, where one is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<RulesCanary>,
}

/// A version that is tried in some rooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RulesCanary {
    /// Which; 0 is no rules at all.
    pub version: u32,
    /// Checksum of its file.
    pub checksum: String,
    /// In which rooms.
    pub rooms: Vec<String>,
}

/// What would change: a file, and where. `POST /v1/rules/plan`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RulesOrder {
    /// The file; without it the version that is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// Only in these rooms, as `building/room` with `*` for anything; everywhere when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canary: Vec<String>,
}

/// Other rules from now on. `POST /v1/rules/apply`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ApplyRules {
    /// The file; without it the version that is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// Only in these rooms, as `building/room` with `*` for anything; everywhere when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canary: Vec<String>,
    /// Although the checker finds mistakes; then `why` says why.
    #[serde(default)]
    pub accept_findings: bool,
    /// Who asks.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// Back to an earlier version. `POST /v1/rules/rollback`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RollbackRules {
    /// To which; without it a trial ends, or else the version before comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u32>,
    /// Who asks.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// What became of it, once it is on the disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RulesApplied {
    /// What was in force before.
    pub before: RulesInForce,
    /// What is in force now.
    pub now: RulesInForce,
    /// False when it was in force already: then nothing was done.
    pub changed: bool,
    /// Mistakes that the checker finds in the version that was chosen.
    pub findings: u32,
    /// Levels that changed at once.
    pub levels: Vec<PlannedLevel>,
}

/// What would be. Nothing is changed by asking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RulesPlan {
    /// What is in force.
    pub before: RulesInForce,
    /// What would be.
    pub after: RulesInForce,
    /// Whether the file would become a new version.
    pub is_new: bool,
    /// Rules and holds that are new, changed or removed.
    pub rules: Vec<PlannedRule>,
    /// What the checker finds in the file, in its order.
    pub findings: Vec<RuleFinding>,
    /// Rooms in which rules would say something else.
    pub rooms: Vec<PlannedRoom>,
    /// Levels that would change at once.
    pub levels: Vec<PlannedLevel>,
}

/// A rule or hold that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlannedRule {
    /// Its `id`.
    pub id: String,
    /// `rule` or `hold`.
    pub kind: String,
    /// `added`, `changed` or `removed`.
    pub change: String,
    /// Keys of the file that differ.
    pub keys: Vec<PlannedKey>,
    /// Rooms that it means, or meant.
    pub rooms: Vec<String>,
}

/// A key of a rule that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlannedKey {
    /// Its name.
    pub key: String,
    /// Value now; absent where there is none.
    pub before: Option<String>,
    /// Value then; absent where there is none.
    pub after: Option<String>,
}

/// A room in which rules would say something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlannedRoom {
    /// `building/room`.
    pub room: String,
    /// Its zones that are concerned.
    pub zones: Vec<String>,
}

/// A level that changes with the rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlannedLevel {
    /// `building/room`.
    pub room: String,
    /// Which zone.
    pub zone: String,
    /// Level before, %.
    pub from_pct: u8,
    /// Level after, %.
    pub to_pct: u8,
    /// How long the change takes, ms.
    pub fade_ms: u32,
    /// Why it was so.
    pub before: super::Request,
    /// Why it becomes so.
    pub after: super::Request,
}

/// A mistake in rules that can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleFinding {
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
    /// `contradiction`, `shadowed`, `oscillation`, `endless`, `unsafe`, `time_gap`, `stale`, `race` or
    /// `unchecked`.
    pub class: String,
    /// Rules that have a part in it, the one to be changed first.
    pub rules: Vec<String>,
    /// What happens.
    pub story: BothLanguages,
    /// What to do.
    pub hint: BothLanguages,
}

/// Versions and changes of the rules. `GET /v1/rules/history`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RulesHistory {
    /// What is in force.
    pub now: RulesInForce,
    /// Versions that are kept, newest first.
    pub versions: Vec<RulesVersion>,
    /// Who changed what when and why, newest first.
    pub changes: Vec<RulesChange>,
}

/// A version of the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RulesVersion {
    /// From 1.
    pub version: u32,
    /// Checksum of its file.
    pub checksum: String,
    /// When it was first applied.
    pub at_ms: i64,
    /// `in_force`, `canary` or `past`.
    pub state: String,
    /// The file.
    pub text: String,
}

/// A change of the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RulesChange {
    /// When.
    pub at_ms: i64,
    /// `first` (the agent took the file at its start), `apply`, `canary`, `promote` or `rollback`.
    pub what: String,
    /// Version that is in force everywhere, or everywhere else, since.
    pub version: u32,
    /// Version that is tried since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<u32>,
    /// In which rooms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<String>,
    /// Mistakes of the checker in the version that was chosen.
    pub findings: u32,
    /// Account that asked, as the kernel says; absent where the agent did it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Who asked.
    pub by: String,
    /// Why.
    pub why: String,
}

/// Which rules a room hears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoomRules {
    /// Version; 0 is no rules at all.
    pub version: u32,
    /// Whether it is one that is tried here and in some other rooms.
    pub canary: bool,
    /// Version of all other rooms, where one is tried somewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<u32>,
}
