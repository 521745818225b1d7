//! What can be kept of nodes, zones and people, as it goes in and as it comes out again; and a batch
//! of it. What is kept of meters and rooms is in [`ledger`](super::ledger).

use super::hardware::Hardware;
use super::ledger::{NewIncident, Posting, Repair, RoomSlot};
use super::names::NewName;
use super::outbox::{Asked, Measure, NewLife, Progress, Terms};
use super::pack::Key;
use super::rules::NewRules;
use std::collections::BTreeMap;
use std::ops::Range;

/// A zone's level changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When, ms UTC.
    pub at_ms: i64,
    /// `building/room`.
    pub room: String,
    /// Which zone of it.
    pub zone: String,
    /// Level before, %.
    pub from_pct: u8,
    /// Level after, %.
    pub to_pct: u8,
    /// The winning request and the losers, JSON.
    pub verdict: String,
}

/// The frames `from_seq..=to_seq` of that boot are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossRecord {
    /// When it was noticed, ms UTC.
    pub at_ms: i64,
    /// Whose.
    pub node: String,
    /// Of which boot.
    pub boot: u32,
    /// First lost frame.
    pub from_seq: u32,
    /// Last lost frame.
    pub to_seq: u32,
    /// How it is known: `told` by the node, `skipped` in its numbering, …
    pub cause: String,
}

/// A node that speaks and that no configuration knows.
///
/// Going in, `first_ms` counts only when the name is new, `frames` is added to what is there, and
/// an empty text leaves what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclaimed {
    /// Identifier it uses.
    pub name: String,
    /// First heard, ms UTC.
    pub first_ms: i64,
    /// Last heard, ms UTC.
    pub last_ms: i64,
    /// Frames heard.
    pub frames: u64,
    /// Hardware, where it said so.
    pub board: String,
    /// Firmware, where it said so.
    pub firmware: String,
    /// Its last frame, as it came.
    pub last_frame: String,
}

/// A person's wish, or its end, as the log keeps it: replay must tell the controller again.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wish {
    /// `building/room`.
    pub room: String,
    /// One zone only; all zones when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Wanted level and its end; absent in an `auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Level>,
    /// Who asked.
    pub by: String,
}

/// What a node was told to do once, as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Command {
    /// Which.
    pub node: String,
    /// Name of the command.
    pub id: String,
    /// Its counter.
    pub n: u64,
    /// What to do: `identify`, `restart`.
    pub verb: String,
    /// For how long, ms; absent where that means nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_ms: Option<u32>,
    /// Who asked.
    pub by: String,
}

/// A person has the lamps of a room measured, as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Calibrate {
    /// `building/room`.
    pub room: String,
    /// Although somebody is there, it is a lesson, or daylight moves.
    pub force: bool,
    /// Who asked.
    pub by: String,
}

/// What a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Level {
    /// 0 to 100 % of light output.
    pub level_pct: u8,
    /// When it ends, ms UTC.
    pub until_ms: i64,
}

/// The controller's state after the row `log_id` of the log. Its checksum was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Replay begins after this row.
    pub log_id: i64,
    /// When it was taken, ms UTC.
    pub at_ms: i64,
    /// As the controller wrote it.
    pub state: Vec<u8>,
}

/// Kinds of log rows; stored, never reused.
pub(super) mod kind {
    pub const FRAME: u8 = 1;
    pub const HELLO: u8 = 2;
    pub const OVERRIDE: u8 = 3;
    pub const AUTO: u8 = 4;
    pub const RESUMED: u8 = 5;
    pub const READING: u8 = 6;
    pub const REPLACE: u8 = 7;
    pub const JUDGE: u8 = 8;
    pub const REPAIR: u8 = 9;
    pub const COMMAND: u8 = 10;
    pub const OUTCOME: u8 = 11;
    pub const PASSED: u8 = 12;
    pub const RULES: u8 = 13;
    pub const CALIBRATE: u8 = 14;
    pub const IMPOSED: u8 = 15;
}

/// A row of the log, packed.
#[derive(Clone, Debug)]
pub(super) struct LogRow {
    pub key: Key,
    /// Where its body is in [`Batch::bytes`].
    pub body: Range<usize>,
}

/// Rows of one transaction: all of them are kept, or none.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub number: u64,
    /// What time it is; absent while nobody knows, and then nothing expires.
    pub now_ms: Option<i64>,
    pub names: Vec<NewName>,
    pub log: Vec<LogRow>,
    pub bytes: Vec<u8>,
    pub frames: usize,
    /// With the meter's number.
    pub postings: Vec<(u32, Posting)>,
    pub incidents: Vec<NewIncident>,
    /// With the meter's number; ids are given when they are written.
    pub repairs: Vec<(u32, Repair)>,
    /// With the room's number.
    pub room_slots: Vec<(u32, RoomSlot)>,
    /// With the number of the room or of the meter.
    pub measures: Vec<(Option<u32>, Option<u32>, Measure)>,
    /// Slots of these rows are to be summarised.
    pub is_summed: bool,
    /// What to make summaries of from now on.
    pub terms: Option<Box<Terms>>,
    pub progress: Vec<Progress>,
    /// Times of which summaries are to be made again.
    pub again: Vec<(i64, i64)>,
    /// What hubs shall get once more.
    pub asked: Vec<Asked>,
    /// A new incarnation begins.
    pub copied: Option<NewLife>,
    pub changes: Vec<Change>,
    /// With the node's number.
    pub losses: Vec<(u32, LossRecord)>,
    pub unclaimed: BTreeMap<String, Unclaimed>,
    pub checkpoint: Option<NewCheckpoint>,
    pub configuration: Option<NewConfiguration>,
    pub rules: Vec<NewRules>,
    pub hardware: Vec<Hardware>,
}

/// A configuration that holds from here on.
#[derive(Debug)]
pub(super) struct NewConfiguration {
    /// How many log rows of the batch were before it.
    pub after: usize,
    pub at_ms: i64,
    pub text: String,
    /// Rules of the staff, where there are any.
    pub rules: Option<String>,
    pub campus_crc: u32,
}

/// A checkpoint within a batch.
#[derive(Debug)]
pub(super) struct NewCheckpoint {
    /// How many log rows of the batch the state has seen.
    pub after: usize,
    pub at_ms: i64,
    pub state: Vec<u8>,
}

impl Batch {
    pub fn rows(&self) -> usize {
        self.log.len()
            + self.postings.len()
            + self.incidents.len()
            + self.repairs.len()
            + self.room_slots.len()
            + self.measures.len()
            + self.progress.len()
            + self.again.len()
            + self.asked.len()
            + usize::from(self.copied.is_some())
            + usize::from(self.terms.is_some())
            + self.changes.len()
            + self.losses.len()
            + self.unclaimed.len()
            + usize::from(self.checkpoint.is_some())
            + usize::from(self.configuration.is_some())
            + self.rules.len()
            + self.hardware.len()
    }
}

impl Unclaimed {
    /// Takes in what was heard of the same node later.
    pub(super) fn add(&mut self, later: Self) {
        self.last_ms = later.last_ms;
        self.frames = self.frames.saturating_add(later.frames);
        for (mine, theirs) in [
            (&mut self.board, later.board),
            (&mut self.firmware, later.firmware),
            (&mut self.last_frame, later.last_frame),
        ] {
            if !theirs.is_empty() {
                *mine = theirs;
            }
        }
    }
}

/// The checksum of a configuration, over everything it says.
pub(super) fn configuration_crc(log_id: i64, at_ms: i64, text: &str, rules: Option<&str>) -> u32 {
    let rules = rules.map_or_else(String::new, |rules| format!("\0{rules}"));
    checkpoint_crc(log_id, at_ms, format!("{text}{rules}").as_bytes())
}

/// The checksum of a checkpoint, over everything it says.
pub(super) fn checkpoint_crc(log_id: i64, at_ms: i64, state: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&log_id.to_le_bytes());
    crc.update(&at_ms.to_le_bytes());
    crc.update(state);
    crc.finalize()
}
