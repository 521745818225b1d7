//! Fire, maintenance, less demand for the grid, scenes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is imposed on lamps from outside their room. `GET /v1/events`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Events {
    /// Reasons to believe in a fire.
    pub fire: Vec<FireAlarm>,
    /// Every fire input that ever spoke.
    pub fire_inputs: Vec<FireInput>,
    /// Lamps that somebody works on.
    pub locks: Vec<ZoneLock>,
    /// Orders of the grid: to come, running, and the last that ended; oldest first.
    pub demands: Vec<Demand>,
    /// Rooms that are asked for nothing.
    pub exempt: Vec<String>,
    /// Names of scenes that a room can ask for.
    pub scenes: Vec<String>,
}

/// One reason to believe in a fire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FireAlarm {
    /// Whom it concerns: a building, a room; empty for everybody.
    pub place: String,
    /// `node` or `node/channel` of the input that says so; absent when a person does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// Since when.
    pub since_ms: i64,
    /// Who said so; absent for an input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why; absent for an input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The input says that it is over; by configuration a person has to say so too.
    pub fallen: bool,
    /// Who ended it although its input still says so; nothing is lit for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silenced_by: Option<String>,
}

/// A fire input of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FireInput {
    /// `node` or `node/channel`.
    pub input: String,
    /// What it said last; absent when that was no reading.
    pub fire: Option<bool>,
    /// When.
    pub measured_ms: i64,
    /// Whether that is young enough to be believed; what it said holds all the same.
    pub fresh: bool,
}

/// Lamps that somebody works on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ZoneLock {
    /// `building/room`.
    pub room: String,
    /// Which zone of it.
    pub zone: String,
    /// At which level they stay, %.
    pub level_pct: u8,
    /// Since when.
    pub since_ms: i64,
    /// Until when.
    pub until_ms: i64,
    /// Who locked them.
    pub by: String,
    /// Why.
    pub why: String,
}

/// An order of the grid, and what it brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Demand {
    /// Its name.
    pub id: String,
    /// `ahead`, `running` or `over`.
    pub state: String,
    /// So much less than there would be without it, %.
    pub shed_pct: u8,
    /// From when.
    pub from_ms: i64,
    /// Until when; earlier than it was asked for when somebody ended it.
    pub until_ms: i64,
    /// Who asked.
    pub by: String,
    /// Why.
    pub why: String,
    /// Who ended it before its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<String>,
    /// What it brings right now; absent unless it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Saving>,
    /// What it has brought on average, measured once a minute; absent before the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<Saving>,
}

/// Power of lamps that are not exempt: by the watts per percent that each zone's own meter shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Saving {
    /// What they would take without it, W.
    pub would_w: f64,
    /// What was asked for: that share of it, W.
    pub asked_w: f64,
    /// What they take less, W.
    pub saved_w: f64,
    /// Lit zones whose lamps no meter measures; they count in none of the three.
    pub unmetered_zones: u32,
    /// Zones where something stronger, a lesson or a person, wants more light.
    pub bounded_zones: u32,
}

/// A person says that it burns, or does not. `POST /v1/fire`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SetFire {
    /// Whether it burns.
    pub on: bool,
    /// A building or `building/room`; the whole campus when absent. An end without it ends all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Who says so.
    pub by: String,
    /// Why.
    pub why: String,
}

/// The utility, or a person, asks for less. `POST /v1/demand`, and `demand/set` by MQTT
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderDemand {
    /// Its name, up to 64 characters: a later order of that name takes its place; `demand` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// So much less than there would be without it, 1 to 100 %.
    pub shed_pct: u8,
    /// From when, at most seven days ahead; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_ms: Option<i64>,
    /// Until when, at most twelve hours later.
    pub until_ms: i64,
    /// Who asks.
    pub by: String,
    /// Why.
    pub why: String,
}

/// Ends an order of the grid before its time. `POST /v1/demand/end`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndDemand {
    /// Its name; `demand` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Who ends it.
    pub by: String,
    /// Why.
    pub why: String,
}

/// Locks lamps for maintenance. `POST /v1/rooms/{building}/{room}/lock`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LockRoom {
    /// One zone only; all zones of the room when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// At which level they stay, 0 to 100 %.
    pub level_pct: u8,
    /// Until when, at most twelve hours ahead; can be renewed.
    pub until_ms: i64,
    /// Who locks them.
    pub by: String,
    /// Why.
    pub why: String,
}

/// Unlocks lamps. `POST /v1/rooms/{building}/{room}/unlock`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnlockRoom {
    /// One zone only; all zones of the room when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Who unlocks them.
    pub by: String,
    /// Why.
    pub why: String,
}

/// Asks for a scene. `POST /v1/rooms/{building}/{room}/scene`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StageRoom {
    /// Its name; `auto` gives the room back to the rules.
    pub scene: String,
    /// How long, in seconds: 1 to 7,200.
    pub for_s: u32,
}

/// The scene that a room has asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoomScene {
    /// Its name.
    pub id: String,
    /// When it ends, unless a lesson begins before.
    pub until_ms: i64,
}
