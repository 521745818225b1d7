//! What the API says, in JSON: the contract between the agent and `campus`, and a promise to both.
//!
//! Times are milliseconds UTC (`…_ms`), energies whole watt-hours, levels percent of light output.
//! Reasons are codes with numbers, never sentences: whoever shows them chooses the language.

mod calendar;
mod events;
mod hubs;
mod learn;
mod light;
mod meters;
mod nodes;
mod provisioning;
mod report;
mod rules;
mod trial;

pub use calendar::*;
pub use events::*;
pub use hubs::*;
pub use learn::*;
pub use light::*;
pub use meters::*;
pub use nodes::*;
pub use provisioning::*;
pub use report::*;
pub use rules::*;
pub use trial::*;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// What works and what does not. `GET /v1/status`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// Identifier of the campus.
    pub campus: String,
    /// Its name for people.
    pub name: String,
    /// IANA time zone in which people read times, for example `Asia/Shanghai`.
    pub time_zone: String,
    /// Version of the agent.
    pub version: String,
    /// When the agent started.
    pub started_ms: i64,
    /// The agent's clock, now.
    pub now_ms: i64,
    /// How much faster than real time the agent's clock runs; 1 outside a demo.
    pub speed: f64,
    /// Parts that work with something missing; empty when all is well.
    pub degraded: Vec<Degraded>,
    /// The MQTT broker.
    pub broker: BrokerStatus,
    /// The database.
    pub store: StoreStatus,
    /// Nodes that the configuration knows.
    pub nodes: NodeCounts,
    /// Rooms by occupancy.
    pub rooms: RoomCounts,
    /// Power of the campus, W: its outermost meters, or where they measure none all rooms together.
    pub power_w: Option<f64>,
    /// Energy of the campus since local midnight: its import meters that are part of no other.
    pub energy_today_wh: i64,
    /// Payloads refused since the start, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Whether a fire is believed in.
    #[serde(default)]
    pub fire: bool,
    /// What the grid asks for right now; absent when it asks for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demand: Option<Demand>,
    /// Which rules of the staff are in force.
    #[serde(default)]
    pub rules: RulesInForce,
    /// What a person has to do, most urgent first; `campus status` exits 1 when there is any.
    pub needs: Vec<Need>,
}

/// One part that is degraded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Degraded {
    /// `store`, `hub`, `broker`, `meters` or `clock`.
    pub part: String,
    /// Since when.
    pub since_ms: i64,
    /// What the machine said.
    pub what: String,
}

/// The connection to the broker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BrokerStatus {
    /// Where it is, without credentials.
    pub url: String,
    /// Whether it runs inside the agent.
    pub embedded: bool,
    /// Whether the agent is connected and subscribed.
    pub connected: bool,
    /// Since when it is as it is.
    pub since_ms: i64,
    /// Times the agent connected again.
    pub reconnects: u64,
}

/// The database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StoreStatus {
    /// File.
    pub path: String,
    /// Size of the file and its log together.
    pub bytes: u64,
    /// Frames committed since the start.
    pub frames_committed: u64,
    /// Frames handled and not committed yet.
    pub frames_waiting: u64,
    /// Oldest frame kept; absent while there is none.
    pub oldest_ms: Option<i64>,
}

/// How many nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NodeCounts {
    /// In the configuration.
    pub total: usize,
    /// Heard from lately.
    pub heard: usize,
    /// Silent for longer than they may be, or never heard.
    pub silent: Vec<SilentNode>,
    /// Speak, but no configuration knows them.
    pub unclaimed: usize,
}

/// A node that should speak and does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SilentNode {
    /// Which.
    pub node: String,
    /// Where: `science/101`, or a building.
    pub place: String,
    /// Last heard; absent when never.
    pub last_heard_ms: Option<i64>,
}

/// How many rooms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoomCounts {
    /// In the configuration.
    pub total: usize,
    /// Somebody is there.
    pub occupied: usize,
    /// Any lamp is on.
    pub lit: usize,
    /// Lit although nobody is there.
    pub lit_empty: usize,
}

/// Something a person has to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Need {
    /// `node_silent`, `node_conflict`, `node_unclaimed`, `node_core` (it kept crashing and does without its
    /// sensors), `node_panicked`, `node_watchdog`, `node_energy_lost`, `node_settings` (sent and not
    /// confirmed), `node_settings_refused`, `lamp_fault`, `store_failed`,
    /// `store_set_aside`, `store_damaged`, `broker_away`, `frames_lost`, `meter_silent`, `meter_doubt`,
    /// `meter_open` (a reset or replacement that nobody explained), `meter_orphan`, `meter_frozen`,
    /// `meter_residual`, `bus_away`, `bus_full`, `fire` (one is believed in), `fire_fallen` (its input says
    /// that it is over, a person must too), `fire_silenced` (by a person; its input still says so),
    /// `broker_open` (it lets through what it must not, or holds back what it must not), `broker_unproven`, `fire_input` (one that is silent), `lock` (lamps that somebody works on), `rules_findings` (mistakes
    /// that nobody has accepted), `rules_faulty` (the file cannot be read, and no version is in force),
    /// `rules_unreadable` (a version that is in force cannot).
    pub code: String,
    /// What it is about: a node, a room, a file.
    pub about: String,
    /// Since when.
    pub since_ms: i64,
    /// Numbers and names that belong to it.
    pub args: BTreeMap<String, String>,
}

/// One room. `GET /v1/rooms`, `GET /v1/rooms/{building}/{room}`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Room {
    /// `building/room`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// `occupied`, `vacant_pending`, `vacant` or `unknown`.
    pub occupancy: String,
    /// Since when.
    pub occupancy_since_ms: i64,
    /// Period of the timetable: `lesson`, `break`, `open`, `closed`, `self_study`, `exam`.
    pub period: String,
    /// Last good readings that are still fresh, by quantity name: `illuminance_lx`, `co2_ppm`, …
    pub readings: BTreeMap<String, f64>,
    /// Why a quantity has no reading, by quantity name: `silent`, `refused`, …
    pub no_readings: BTreeMap<String, String>,
    /// Power of the room; absent when nothing there measures any.
    pub power_w: Option<f64>,
    /// Energy since local midnight.
    pub energy_today_wh: i64,
    /// The scene that the room has asked for; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<RoomScene>,
    /// Lamps that are switched together.
    pub zones: Vec<Zone>,
    /// Nodes of the room.
    pub nodes: Vec<String>,
    /// When any of them was last heard; absent when never.
    pub last_heard_ms: Option<i64>,
}

/// Lamps that are switched together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Zone {
    /// `window`, `inner`, `board`, …
    pub id: String,
    /// What the agent wants.
    pub level_pct: u8,
    /// What the node last reported; absent when it did not or is silent.
    pub actual_pct: Option<u8>,
    /// Since when the agent wants it.
    pub since_ms: i64,
    /// Why.
    pub winner: Request,
    /// What else asked, and was not followed, strongest first.
    pub losers: Vec<Request>,
    /// What is known of its lamps and of the light at its desks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub light: Option<ZoneLight>,
}

/// What a rule asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Request {
    /// `set`, `min`, `max`, `off` or `hold`.
    pub kind: String,
    /// Asked level; absent for `off` and `hold`.
    pub level_pct: Option<u8>,
    /// 1 (fire) to 9 (default off).
    pub priority: u8,
    /// Name of the priority: `fire`, `lock`, `manual`, `floor`, `demand_response`, `sweep`,
    /// `occupancy`, `daylight`, `default`.
    pub priority_name: String,
    /// When it ends by itself; absent only for the default.
    pub expires_ms: Option<i64>,
    /// Reason code, for example `occupied`.
    pub reason: String,
    /// Numbers that belong to the reason, for example `target_lx`.
    pub args: BTreeMap<String, i64>,
    /// `id` of the rule of the staff that asks; absent for the shipped rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why it asks, as the staff wrote it; absent for the shipped rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<BothLanguages>,
}

/// Who won and who lost, as a change keeps it in the database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was followed.
    pub winner: Request,
    /// What was not, strongest first.
    pub losers: Vec<Request>,
}

/// One change of a zone's level. `GET /v1/rooms/{building}/{room}/explain`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// When.
    pub at_ms: i64,
    /// Which zone.
    pub zone: String,
    /// Level before.
    pub from_pct: u8,
    /// Level after.
    pub to_pct: u8,
    /// Why.
    pub winner: Request,
    /// What else asked.
    pub losers: Vec<Request>,
}

/// A room, and how it came to be as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// The room now, or at the moment that was asked for.
    pub room: Room,
    /// Latest changes first; none after that moment.
    pub changes: Vec<Change>,
    /// What it was decided by: the last word of every sensor, switch and lamp of the room.
    #[serde(default)]
    pub inputs: Vec<RoomInput>,
    /// Whether somebody is or was there, by which evidence; absent from agents before this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<OccupancyEstimate>,
    /// Which rules of the staff it hears, or heard; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RoomRules>,
    /// When that was; absent when it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past: Option<PastMoment>,
}

/// The last word of a node about a quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoomInput {
    /// Which node.
    pub node: String,
    /// `motion`, `illuminance_lx`, `level_pct.window`, …
    pub quantity: String,
    /// Its value; absent when there was none.
    pub value: Option<f64>,
    /// Why there was none: `refused`, `out_of_range`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no: Option<String>,
    /// When it was measured.
    pub measured_ms: i64,
    /// Whether it was young enough to be decided by.
    pub fresh: bool,
}

/// A moment of the past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PastMoment {
    /// What was asked for.
    pub asked_ms: i64,
    /// What is shown: earlier where the agent did not listen then.
    pub at_ms: i64,
    /// From when the agent did not listen, if it did not …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deaf_from_ms: Option<i64>,
    /// … and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deaf_to_ms: Option<i64>,
    /// `same`: today's configuration held then. `then`: explained by that of then; today's is another.
    /// `nearly`: by that of then, of which a file that it names, or the program, has changed. `today`:
    /// by today's; that of then is not kept or cannot be read any more.
    pub configuration: String,
    /// Since when the configuration of then held, for `then` and `nearly`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configured_ms: Option<i64>,
    /// Rows of the log that were told again for it.
    pub rows: u64,
    /// Rows that could not be read.
    pub damaged: u64,
}

/// Which moment. `GET /v1/rooms/{building}/{room}/explain`
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
pub struct ExplainQuery {
    /// A moment of the past, ms UTC; now when absent.
    pub at_ms: Option<i64>,
}

/// A person's wish. `POST /v1/rooms/{building}/{room}/set`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SetRoom {
    /// One zone only; all zones of the room when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Wanted level, 0 to 100 %.
    pub level_pct: u8,
    /// How long, in seconds: 1 to 7,200 (a wish has an end, at most two hours ahead).
    pub for_s: u32,
}

/// Ends a person's wish. `POST /v1/rooms/{building}/{room}/auto`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AutoRoom {
    /// One zone only; all zones of the room when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// What energy is asked for. `GET /v1/energy`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, IntoParams)]
pub struct EnergyQuery {
    /// From, ms UTC; local midnight when absent.
    pub from_ms: Option<i64>,
    /// To, ms UTC; now when absent.
    pub to_ms: Option<i64>,
    /// `slot` (15 min unless configured otherwise), `hour`, `day` or `month`; `hour` when absent.
    pub by: Option<String>,
    /// A room, a building, a node or a meter; everything when absent.
    pub of: Option<String>,
}

/// Energy in slots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Energy {
    /// From, ms UTC.
    pub from_ms: i64,
    /// To, ms UTC.
    pub to_ms: i64,
    /// `slot`, `hour`, `day` or `month`.
    pub by: String,
    /// One row per meter and period; a period stamp is its start.
    pub rows: Vec<EnergyRow>,
    /// Sum of the rows per meter.
    pub meters: Vec<MeterEnergy>,
}

/// Energy of a meter in one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnergyRow {
    /// `node/channel`.
    pub meter: String,
    /// Start of the period.
    pub start_ms: i64,
    /// Energy.
    pub energy_wh: i64,
    /// The worst of its slots: `measured`; `estimated_shape` when readings were missing and only the
    /// sum is exact; `incomplete` when a register was reset in it and there may have been more;
    /// `suspect` when the register stood still for suspiciously long.
    pub quality: String,
    /// The most unusual cause among its slots: `normal`, `gap`, `rollover`, `repaired`, …
    pub cause: String,
    /// Rises when any of its slots was posted again.
    pub revision: u32,
}

/// One meter: its register, and whether the ledger adds up to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeterEnergy {
    /// `node/channel`.
    pub meter: String,
    /// Name for people.
    pub label: String,
    /// `science/101`, or a building; empty for an orphan.
    pub place: String,
    /// Meter that counts what this one counts too: sums leave this one out.
    pub parent: Option<String>,
    /// `import` or `export`: what is produced is no consumption.
    pub flow: String,
    /// Energy in the asked time.
    pub energy_wh: i64,
    /// Register when it was first seen, ever.
    pub first_register_wh: i64,
    /// Register when it was last seen.
    pub last_register_wh: i64,
    /// Register resets and replacements seen.
    pub resets: u32,
    /// Everything ever posted, open slot included.
    pub posted_wh: i64,
    /// What the registers say was consumed, segment by segment.
    pub register_difference_wh: i64,
    /// Whether the two are equal, to the watt-hour.
    pub adds_up: bool,
}

/// What went wrong, for people and programs: every refusal has this body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `no_such_room`, `no_such_zone`, `no_such_node`, `no_such_meter`, `no_such_bus`, `no_such_path`,
    /// `bad_value`, `not_polled`, `not_a_node`, `broker_away`, `no_answer`, `refused_by_meter`, `cannot_repair`, `bad_rules`, `rules_findings`,
    /// `no_such_version`, `no_version_before`, `nothing_tried`, `not_managed`, `other_hardware`, `reserved_name`,
    /// `not_allowed`, `never_provisioned`, `broker_refused`, `busy`, `internal`.
    pub code: String,
    /// What was asked for.
    pub about: String,
    /// What is wrong, in English.
    pub message: String,
    /// Names that may have been meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
}
