//! A UTC day of the ledger, added up and packed into one body.
//!
//! ```text
//! body      version 1B | owner … | crc 4B, over the day, the table and all before it
//! owner     number | length of its entries in bytes | entries, by slot
//! entry     flags 1B | [step] | what it says
//! energy    [quality 1B | cause 1B | revision] | energy, zigzag
//! room      the times whose flag is set
//! ```
//! Numbers are varints. The first slot is counted from the start of the day, a further one from the
//! slot before; a step is written where it differs from the step before. A meter's quarter hour
//! takes three bytes, and a month of 360 meters is read in some 50 ms.

use super::ledger::RoomTimes;
use super::pack::{Bytes, Damage, unzigzag, varint, zigzag};

/// A day, ms.
pub(super) const DAY_MS: i64 = 86_400_000;

/// What is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packed {
    Postings,
    Rooms,
}

/// A slot of a meter: its rows added up, with the last word about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SlotSum {
    /// The meter's number.
    pub meter: u32,
    pub slot_ms: i64,
    pub energy_wh: i64,
    pub quality: u8,
    pub cause: u8,
    pub revision: u32,
}

/// A slot of a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RoomSum {
    /// The room's number.
    pub room: u32,
    pub slot_ms: i64,
    pub times: RoomTimes,
}

impl Packed {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Postings, Self::Rooms];

    /// The table with the rows.
    pub const fn rows(self) -> &'static str {
        match self {
            Self::Postings => "posting",
            Self::Rooms => "room_slot",
        }
    }

    /// The table with the days.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Postings => "posting_day",
            Self::Rooms => "room_day",
        }
    }

    /// The statement that drops a day.
    pub const fn delete(self) -> &'static str {
        match self {
            Self::Postings => "DELETE FROM posting_day WHERE day = ?1",
            Self::Rooms => "DELETE FROM room_day WHERE day = ?1",
        }
    }
}

/// The day that holds a moment, counted from 1970.
pub(super) const fn of(at_ms: i64) -> i64 {
    at_ms.div_euclid(DAY_MS)
}

/// When a day begins, ms UTC.
pub(super) const fn start_ms(day: i64) -> i64 {
    day.saturating_mul(DAY_MS)
}

const VERSION: u8 = 1;
/// Bits of flags. A room's six times have the bits below [`STEP`].
const STEP: u8 = 1 << 6;
const JUDGED: u8 = 1 << 0;

/// Packs a day of energy. `sums` are of that day, by meter and then by slot.
pub(super) fn pack_energy(day: i64, sums: &[SlotSum]) -> Vec<u8> {
    let mut out = vec![VERSION];
    let mut own = Vec::new();
    for of_meter in sums.chunk_by(|a, b| a.meter == b.meter) {
        own.clear();
        let mut steps = Steps::new(day);
        let mut judged = (0, 0, 1);
        for sum in of_meter {
            let (step, flag) = steps.step_to(sum.slot_ms);
            let judgement = (sum.quality, sum.cause, sum.revision);
            own.push(flag | if judgement == judged { 0 } else { JUDGED });
            step.into_iter().for_each(|step| varint(&mut own, step));
            if judgement != judged {
                own.extend([sum.quality, sum.cause]);
                varint(&mut own, u64::from(sum.revision));
                judged = judgement;
            }
            varint(&mut own, zigzag(sum.energy_wh));
        }
        add_owner(&mut out, of_meter[0].meter, &own);
    }
    seal(day, Packed::Postings, out)
}

/// Packs a day of rooms. `sums` are of that day, by room and then by slot.
pub(super) fn pack_rooms(day: i64, sums: &[RoomSum]) -> Vec<u8> {
    let mut out = vec![VERSION];
    let mut own = Vec::new();
    for of_room in sums.chunk_by(|a, b| a.room == b.room) {
        own.clear();
        let mut steps = Steps::new(day);
        for sum in of_room {
            let (step, flag) = steps.step_to(sum.slot_ms);
            let times = sum.times;
            let some = |(at, ms): (usize, &u32)| if *ms > 0 { 1 << at } else { 0 };
            own.push(times.iter().enumerate().map(some).fold(flag, |all: u8, bit: u8| all | bit));
            step.into_iter().for_each(|step| varint(&mut own, step));
            for ms in times.into_iter().filter(|ms| *ms > 0) {
                varint(&mut own, u64::from(ms));
            }
        }
        add_owner(&mut out, of_room[0].room, &own);
    }
    seal(day, Packed::Rooms, out)
}

/// Tells `each` the slots of the meters that are `wanted`. `body` is what [`open`] returned.
pub(super) fn each_energy(
    day: i64,
    body: &[u8],
    wanted: impl Fn(u32) -> bool,
    mut each: impl FnMut(SlotSum),
) -> Result<(), Damage> {
    owners(body, wanted, |meter, entries| {
        let mut steps = Steps::new(day);
        let mut sum = SlotSum { meter, revision: 1, ..SlotSum::default() };
        while !entries.0.is_empty() {
            let flags = entries.byte()?;
            sum.slot_ms = steps.read(flags, entries)?;
            if flags & JUDGED != 0 {
                (sum.quality, sum.cause) = (entries.byte()?, entries.byte()?);
                sum.revision = entries.varint32()?;
            }
            sum.energy_wh = unzigzag(entries.varint()?);
            each(sum);
        }
        Ok(())
    })
}

/// Tells `each` the slots of all rooms. `body` is what [`open`] returned.
pub(super) fn each_room(
    day: i64,
    body: &[u8],
    mut each: impl FnMut(RoomSum),
) -> Result<(), Damage> {
    owners(
        body,
        |_| true,
        |room, entries| {
            let mut steps = Steps::new(day);
            while !entries.0.is_empty() {
                let flags = entries.byte()?;
                let slot_ms = steps.read(flags, entries)?;
                let mut times = [0; 6];
                for (at, ms) in times.iter_mut().enumerate() {
                    if flags & 1 << at != 0 {
                        *ms = entries.varint32()?;
                    }
                }
                each(RoomSum { room, slot_ms, times });
            }
            Ok(())
        },
    )
}

/// A stored body without version and checksum; `None` when it is not to be believed, or of another
/// program: then the rows are asked.
pub(super) fn open(day: i64, packed: Packed, stored: &[u8]) -> Option<&[u8]> {
    let (body, crc) = stored.split_last_chunk::<4>()?;
    let (version, rest) = body.split_first()?;
    let good = *version == VERSION && u32::from_le_bytes(*crc) == checksum(day, packed, body);
    good.then_some(rest)
}

fn seal(day: i64, packed: Packed, mut body: Vec<u8>) -> Vec<u8> {
    let crc = checksum(day, packed, &body);
    body.extend_from_slice(&crc.to_le_bytes());
    body
}

fn checksum(day: i64, packed: Packed, body: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&day.to_le_bytes());
    crc.update(packed.table().as_bytes());
    crc.update(body);
    crc.finalize()
}

fn add_owner(out: &mut Vec<u8>, number: u32, entries: &[u8]) {
    varint(out, u64::from(number));
    varint(out, entries.len() as u64);
    out.extend_from_slice(entries);
}

fn owners(
    body: &[u8],
    wanted: impl Fn(u32) -> bool,
    mut each: impl FnMut(u32, &mut Bytes<'_>) -> Result<(), Damage>,
) -> Result<(), Damage> {
    let mut bytes = Bytes(body);
    while !bytes.0.is_empty() {
        let number = bytes.varint32()?;
        let length = bytes.varint()?;
        let entries = bytes.take(usize::try_from(length).map_err(|_| Damage::Short)?)?;
        if wanted(number) {
            each(number, &mut Bytes(entries))?;
        }
    }
    Ok(())
}

/// Where the next slot is expected.
struct Steps {
    slot_ms: i64,
    step: u64,
}

impl Steps {
    fn new(day: i64) -> Self {
        Self { slot_ms: start_ms(day), step: 0 }
    }

    /// The step to a slot, if it must be written, and its flag.
    fn step_to(&mut self, slot_ms: i64) -> (Option<u64>, u8) {
        // Slots are of one day, and in order.
        let step = slot_ms.abs_diff(self.slot_ms);
        self.slot_ms = slot_ms;
        if step == self.step {
            return (None, 0);
        }
        self.step = step;
        (Some(step), STEP)
    }

    /// The next slot.
    fn read(&mut self, flags: u8, entries: &mut Bytes<'_>) -> Result<i64, Damage> {
        if flags & STEP != 0 {
            self.step = entries.varint()?;
        }
        self.slot_ms = self.slot_ms.wrapping_add(self.step as i64);
        Ok(self.slot_ms)
    }
}
