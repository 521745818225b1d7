//! What is kept of meters, registers and rooms: rows with owned text, and their checksums.

use serde::{Deserialize, Serialize};

/// An entry of the energy ledger: adds energy to a slot of a meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// A meter's name: `gym-mains`, or `node/channel`.
    pub meter: String,
    /// Start of the slot, ms UTC.
    pub slot_ms: i64,
    /// What it adds, Wh; negative in a correction.
    pub energy_wh: i64,
    /// How good it is: a code of the controller, larger is worse.
    pub quality: u8,
    /// Why it is there: a code of the controller.
    pub cause: u8,
    /// The meter's register at the end of the slot, Wh.
    pub register_wh: i64,
    /// From 1, rising with every row of the slot. 0 going in is "the next": the writer gives it.
    pub revision: u32,
    /// The last reading that was believed before the end of the slot; `None` in rows from before
    /// snapshots were kept.
    pub read: Option<Snapshot>,
}

/// What a register said, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was read, ms UTC.
    pub at_ms: i64,
    /// The register, Wh.
    pub register_wh: i64,
}

/// A polled register as the log keeps it: replay must tell the controller again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading<'a> {
    /// When it was measured, ms UTC.
    pub at_ms: i64,
    /// Cumulative register, Wh.
    pub register_wh: i64,
    /// Power at that moment, mW, where the meter says it.
    pub power_mw: Option<i64>,
    /// Ratio of the transformers that is in the register, in thousandths.
    pub ratio_milli: u64,
    /// Evidence: the bytes from which the register was decoded, as they came. Above
    /// [`crate::limits::READING_RAW_BYTES_MAX`] they are cut.
    pub raw: &'a [u8],
}

/// A person says that a meter was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replace {
    /// Which meter.
    pub meter: String,
    /// When, ms UTC.
    pub at_ms: i64,
    /// What the old one showed last, Wh.
    pub old_final_wh: Option<i64>,
    /// What the new one showed first, Wh.
    pub new_first_wh: Option<i64>,
    /// Who says so.
    pub by: String,
    /// Why, in that person's words.
    pub why: String,
}

/// A person decides about a reading that is in doubt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judge {
    /// Whose.
    pub meter: String,
    /// Whether it is true.
    pub believe: bool,
    /// Who decides.
    pub by: String,
    /// Why, in that person's words.
    pub why: String,
}

/// Something that happened to a register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Whose.
    pub meter: String,
    /// What: a code of the controller, from 1.
    pub kind: u8,
    /// The last good reading before it, ms UTC.
    pub from_ms: i64,
    /// When it showed, ms UTC.
    pub at_ms: i64,
    /// Register before, Wh.
    pub before_wh: i64,
    /// Register after, Wh.
    pub after_wh: i64,
    /// How far the register moved without energy, Wh.
    pub jump_wh: i64,
    /// Which earlier incident turns out not to have been one.
    pub withdraws: Withdraws,
}

/// Which earlier incident no longer holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Withdraws {
    /// None.
    #[default]
    Nothing,
    /// The one with this id.
    Id(i64),
    /// The meter's latest of this kind, if there is one that still holds.
    LastOf(u8),
}

/// A person has repaired closed slots: all of it is committed, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairRecord {
    /// Whose.
    pub meter: String,
    /// First slot it touches, ms UTC.
    pub from_ms: i64,
    /// End of the last slot it touches, ms UTC.
    pub to_ms: i64,
    /// What was decided, JSON.
    pub judgement: String,
    /// Who decided.
    pub by: String,
    /// Why, in that person's words.
    pub why: String,
    /// Energy of that time before, Wh.
    pub before_wh: i64,
    /// Energy of that time after, Wh.
    pub after_wh: i64,
    /// Rows that add to what is posted; revision 0.
    pub rows: Vec<Posting>,
    /// What it turns out to have been.
    pub incidents: Vec<Incident>,
    /// Ids of incidents that no longer hold.
    pub withdrawn: Vec<i64>,
}

/// A decision of a person about a meter's past, as it is kept: repairs, replacements, judgements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// Incidents name it.
    pub id: i64,
    /// When it was decided, ms UTC.
    pub at_ms: i64,
    /// Whose.
    pub meter: String,
    /// First slot it touches, ms UTC; the moment itself where it touches none.
    pub from_ms: i64,
    /// End of the last slot it touches, ms UTC.
    pub to_ms: i64,
    /// What was decided, JSON.
    pub judgement: String,
    /// Who decided.
    pub by: String,
    /// Why, in that person's words.
    pub why: String,
    /// Energy of that time before, Wh; 0 where no closed slot is touched.
    pub before_wh: i64,
    /// Energy of that time after, Wh.
    pub after_wh: i64,
}

/// What the time of a room was spent on in one slot. Times overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSlot {
    /// `building/room`.
    pub room: String,
    /// Start of the slot, ms UTC.
    pub slot_ms: i64,
    /// Somebody was there.
    pub occupied_ms: u32,
    /// Any lamp was on.
    pub lit_ms: u32,
    /// … while the room was vacant.
    pub lit_empty_ms: u32,
    /// … while nobody had moved for a while.
    pub lit_hold_ms: u32,
    /// Somebody was there and had less light than a lesson needs.
    pub dark_ms: u32,
    /// Not known.
    pub unknown_ms: u32,
}

/// [`RoomSlot`], as it is told one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomSlotRef<'a> {
    /// `building/room`.
    pub room: &'a str,
    /// Start of the slot, ms UTC.
    pub slot_ms: i64,
    /// Somebody was there.
    pub occupied_ms: u32,
    /// Any lamp was on.
    pub lit_ms: u32,
    /// … while the room was vacant.
    pub lit_empty_ms: u32,
    /// … while nobody had moved for a while.
    pub lit_hold_ms: u32,
    /// Somebody was there and had less light than a lesson needs.
    pub dark_ms: u32,
    /// Not known.
    pub unknown_ms: u32,
}

/// The six times of a room's slot, in ms and in the order in which they are stored.
pub(super) type RoomTimes = [u32; 6];

/// Why a repair is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the repair has {0} rows, more than {max}; repair a shorter time", max = crate::limits::REPAIR_ROWS_MAX)]
pub struct TooManyRows(pub usize);

/// The kind of an incident that only withdraws another.
pub(super) const WITHDRAWAL: u8 = 0;

/// An incident within a batch.
#[derive(Debug)]
pub(super) struct NewIncident {
    /// The meter's number.
    pub meter: u32,
    pub incident: Incident,
    /// Position of its decision in the batch.
    pub repair: Option<usize>,
}

impl RoomSlot {
    /// What is stored.
    pub(super) fn times(&self) -> RoomTimes {
        let Self { occupied_ms, lit_ms, lit_empty_ms, lit_hold_ms, dark_ms, unknown_ms, .. } =
            *self;
        [occupied_ms, lit_ms, lit_empty_ms, lit_hold_ms, dark_ms, unknown_ms]
    }
}

impl<'a> RoomSlotRef<'a> {
    /// The opposite of [`RoomSlot::times`].
    pub(super) fn new(room: &'a str, slot_ms: i64, times: RoomTimes) -> Self {
        let [occupied_ms, lit_ms, lit_empty_ms, lit_hold_ms, dark_ms, unknown_ms] = times;
        Self { room, slot_ms, occupied_ms, lit_ms, lit_empty_ms, lit_hold_ms, dark_ms, unknown_ms }
    }
}

impl Posting {
    /// The checksum of the row, with the number of its meter and the revision that it gets.
    pub(super) fn crc(&self, meter: u32, revision: u32) -> u32 {
        let mut row = Bytes::<50>::new();
        row.add(&meter.to_le_bytes());
        row.add(&self.slot_ms.to_le_bytes());
        row.add(&self.energy_wh.to_le_bytes());
        row.add(&[self.quality, self.cause]);
        row.add(&self.register_wh.to_le_bytes());
        row.add(&revision.to_le_bytes());
        // Rows from before snapshots were kept have none, and none in their checksum.
        if let Some(read) = self.read {
            row.add(&read.at_ms.to_le_bytes());
            row.add(&read.register_wh.to_le_bytes());
        }
        row.crc()
    }
}

impl Incident {
    /// The checksum of the row, with the numbers it gets.
    pub(super) fn crc(&self, meter: u32, withdraws: Option<i64>, repair: Option<i64>) -> u32 {
        let mut row = Bytes::<63>::new();
        row.add(&meter.to_le_bytes());
        row.add(&[self.kind]);
        for number in [self.from_ms, self.at_ms, self.before_wh, self.after_wh, self.jump_wh] {
            row.add(&number.to_le_bytes());
        }
        for number in [withdraws, repair] {
            row.add(&[u8::from(number.is_some())]);
            row.add(&number.unwrap_or(0).to_le_bytes());
        }
        row.crc()
    }
}

impl Repair {
    /// The checksum of the row, with the number of its meter. The id is not in it.
    pub(super) fn crc(&self, meter: u32) -> u32 {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&meter.to_le_bytes());
        for number in [self.at_ms, self.from_ms, self.to_ms, self.before_wh, self.after_wh] {
            crc.update(&number.to_le_bytes());
        }
        for text in [&self.judgement, &self.by, &self.why] {
            crc.update(&(text.len() as u64).to_le_bytes());
            crc.update(text.as_bytes());
        }
        crc.finalize()
    }
}

/// The checksum of a room's slot, with the number of the room.
pub(super) fn room_crc(room: u32, slot_ms: i64, times: RoomTimes) -> u32 {
    let mut row = Bytes::<36>::new();
    row.add(&room.to_le_bytes());
    row.add(&slot_ms.to_le_bytes());
    times.iter().for_each(|ms| row.add(&ms.to_le_bytes()));
    row.crc()
}

/// A row in one piece: a checksum over pieces of a few bytes costs three times as much.
struct Bytes<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Bytes<N> {
    const fn new() -> Self {
        Self { bytes: [0; N], length: 0 }
    }

    /// `N` is the longest row.
    fn add(&mut self, piece: &[u8]) {
        self.bytes[self.length..self.length + piece.len()].copy_from_slice(piece);
        self.length += piece.len();
    }

    fn crc(&self) -> u32 {
        crc32fast::hash(&self.bytes[..self.length])
    }
}
