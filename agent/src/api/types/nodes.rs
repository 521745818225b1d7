//! What the API says about nodes.

use super::NodeHardware;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One node. `GET /v1/nodes`, `GET /v1/nodes/{node}`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Node {
    /// Identifier.
    pub id: String,
    /// `science/101`, or a building.
    pub place: String,
    /// `online`, `silent`, `offline` (it said so, or its will did) or `never`.
    pub state: String,
    /// When it was last heard.
    pub last_heard_ms: Option<i64>,
    /// Restart counter.
    pub boot: Option<u32>,
    /// Last frame of the unbroken row that is committed.
    pub acked_seq: Option<u32>,
    /// Firmware version.
    pub firmware: String,
    /// Hardware.
    pub board: String,
    /// Why it started last.
    pub reset: String,
    /// Last words of its firmware before that; absent when there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panic: Option<String>,
    /// `core` when it kept crashing and runs only lamps, wall switches, network and commands; else `normal`.
    #[serde(default)]
    pub mode: String,
    /// When its present boot was first heard of; absent when it has not said hello.
    #[serde(default)]
    pub started_ms: Option<i64>,
    /// How often its watchdog started it, since the agent first saw it.
    #[serde(default)]
    pub watchdog_starts: u32,
    /// How often it started after a fault of its firmware, since the agent first saw it.
    #[serde(default)]
    pub panic_starts: u32,
    /// Energy that the end of its last boot may have cost the registers that it counts itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_lost_wh_max: Option<u32>,
    /// How it should behave, and whether it does.
    #[serde(default)]
    pub settings: NodeSettings,
    /// Payloads that it refused since it started.
    #[serde(default)]
    pub refused: u32,
    /// Frames kept since the agent first saw it.
    pub frames: u64,
    /// Frames that came more than once.
    pub duplicates: u64,
    /// Frames that are gone: the node said so, or they never came.
    pub lost: u64,
    /// Two nodes seem to use this identifier.
    pub conflict: bool,
    /// The board that has its name; absent where nobody provisioned one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware: Option<NodeHardware>,
    /// Fresh readings by `quantity` or `quantity.channel`.
    pub readings: BTreeMap<String, f64>,
}

/// Settings of a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NodeSettings {
    /// `shipped` (nothing is configured, and nothing in force), `in_force`, `sent` (not confirmed),
    /// `refused`, or `foreign` (something is in force that the agent did not give).
    pub state: String,
    /// Version that it should have; absent when it is to be as it was shipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Since when it should have that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<i64>,
    /// Version that it says is in force; 0 when what it had stored was damaged; absent as shipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force: Option<u32>,
    /// Why it refused them: `bad_value`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Has a node make itself known. `POST /v1/nodes/{node}/identify`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IdentifyNode {
    /// How long, in seconds: 1 to 120.
    pub for_s: u32,
}

/// What became of a command to a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Told {
    /// Which node.
    pub node: String,
    /// `identify` or `restart`.
    pub command: String,
    /// Name of the command, in the log and on the wire.
    pub id: String,
    /// `done`, `refused` or `no_answer` (within 5 s; what the node has not heard by then it does not do).
    pub state: String,
    /// Why the node refused: `old`, `bad_value`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How long the answer took.
    pub took_ms: u64,
}

/// A node that speaks and that no configuration knows. `GET /v1/nodes/unclaimed`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Unclaimed {
    /// Identifier it uses.
    pub id: String,
    /// First heard.
    pub first_heard_ms: i64,
    /// Last heard.
    pub last_heard_ms: i64,
    /// Frames heard; none is acknowledged.
    pub frames: u64,
    /// Hardware, where it said so.
    pub board: String,
    /// Firmware, where it said so.
    pub firmware: String,
    /// Its last frame, as it came.
    pub last_frame: String,
}
