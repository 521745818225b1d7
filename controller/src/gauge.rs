//! What sensors said on average in a slot, and how much power was drawn at most: for the district.
//!
//! A *mean* is over time: a value holds until the next one of its room, or until it is stale. Frames that
//! come late, of a slot that is over, do not change it. A *peak* is the highest power that was said.

use crate::action::Action;
use crate::tally::slot_of;
use crate::{MeterIx, RoomIx, Timestamp};
use serde::{Deserialize, Serialize};

/// What was measured in one slot, of a room that was heard or of a meter that said its power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Measured {
    /// Of what.
    pub of: Gauged,
    /// Start of the slot.
    pub slot: Timestamp,
    /// Mean over the time in which it was known, lx.
    pub illuminance_lx: Option<i64>,
    /// Mean over the time in which it was known, ppm.
    pub co2_ppm: Option<i64>,
    /// Highest power that was said, W.
    pub peak_w: Option<i64>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Gauged {
    /// A room.
    Room(RoomIx),
    /// A meter.
    Meter(MeterIx),
}

/// The open slot of all rooms and meters.
#[derive(Clone, Debug)]
pub(crate) struct Gauges {
    slot_ms: i64,
    /// The slot that is open while anything was heard.
    slot: Timestamp,
    is_open: bool,
    rooms: Vec<RoomGauge>,
    meters: Vec<Option<i64>>,
}

/// The open slot of a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoomGauge {
    pub heard: bool,
    light: Mean,
    air: Mean,
    peak_mw: Option<i64>,
}

/// A mean over time; moments are ms after the start of the slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Mean {
    /// Σ value × time, milli-units × ms.
    sum: i64,
    known_ms: u32,
    held: Option<Holding>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Holding {
    milli: i64,
    since_ms: u32,
    until_ms: u32,
}

/// Largest value that goes into a mean, in thousandths: ten times the light of the sun at noon. So no sum
/// of a slot of an hour leaves 63 bits.
const MILLI_MAX: i64 = 1_000_000_000;

impl Gauges {
    pub fn new(rooms: usize, slot_ms: i64) -> Self {
        let rooms = vec![RoomGauge::default(); rooms];
        Self { slot_ms, slot: Timestamp(0), is_open: false, rooms, meters: Vec::new() }
    }

    /// When the slot ends of which there is something to say.
    pub fn deadline(&self) -> Option<Timestamp> {
        let end = self.slot.plus(self.slot_ms);
        (self.is_open && end.0 < i64::MAX).then_some(end)
    }

    /// A node of the room spoke at `at`.
    pub fn hear(&mut self, room: RoomIx, at: Timestamp) {
        self.open(at);
        self.rooms[room.at()].heard = true;
    }

    /// A sensor of the room says so much light, in thousandths of a lx, and holds good for `stale_ms`.
    pub fn light(&mut self, room: RoomIx, milli: i64, at: Timestamp, stale_ms: u32) {
        if let Some(ms) = self.within(at) {
            self.rooms[room.at()].light.take(milli, ms, stale_ms);
        }
    }

    /// The same for CO₂, in thousandths of a ppm.
    pub fn air(&mut self, room: RoomIx, milli: i64, at: Timestamp, stale_ms: u32) {
        if let Some(ms) = self.within(at) {
            self.rooms[room.at()].air.take(milli, ms, stale_ms);
        }
    }

    /// The room draws so much, mW.
    pub fn room_power(&mut self, room: RoomIx, mw: i64) {
        let peak = &mut self.rooms[room.at()].peak_mw;
        *peak = (*peak).max(Some(mw));
    }

    /// The meter says so much, mW, as of `at`.
    pub fn meter_power(&mut self, meter: MeterIx, mw: i64, at: Timestamp) {
        self.open(at);
        if self.within(at).is_none() {
            return;
        }
        if self.meters.len() <= meter.at() {
            self.meters.resize(meter.at() + 1, None);
        }
        let peak = &mut self.meters[meter.at()];
        *peak = (*peak).max(Some(mw));
    }

    /// The slot ends: a row of every room that was heard, and of every meter that said its power.
    pub fn close(&mut self, out: &mut Vec<Action>) {
        let (slot, slot_ms) = (self.slot, u32::try_from(self.slot_ms).unwrap_or(u32::MAX));
        for (at, room) in self.rooms.iter_mut().enumerate() {
            let (illuminance_lx, co2_ppm) = (room.light.close(slot_ms), room.air.close(slot_ms));
            let peak_w = room.peak_mw.take().map(whole);
            if std::mem::take(&mut room.heard) {
                let of = Gauged::Room(RoomIx(at as u32));
                out.push(Action::Measured(Measured { of, slot, illuminance_lx, co2_ppm, peak_w }));
            }
        }
        for (at, peak_mw) in self.meters.iter_mut().enumerate() {
            let Some(peak_mw) = peak_mw.take() else { continue };
            let (of, peak_w) = (Gauged::Meter(MeterIx(at as u32)), Some(whole(peak_mw)));
            let (illuminance_lx, co2_ppm) = (None, None);
            out.push(Action::Measured(Measured { of, slot, illuminance_lx, co2_ppm, peak_w }));
        }
        self.is_open = false;
    }

    /// Nobody listened from `from` on, or the clock was set: what was held is not known any more.
    pub fn gap(&mut self, from: Timestamp, out: &mut Vec<Action>) {
        if self.is_open {
            let until_ms =
                u32::try_from(from.0.saturating_sub(self.slot.0).max(0)).unwrap_or(u32::MAX);
            for room in &mut self.rooms {
                room.light.hold_until(until_ms);
                room.air.hold_until(until_ms);
            }
            self.close(out);
        }
        for room in &mut self.rooms {
            (room.light.held, room.air.held) = (None, None);
        }
    }

    fn open(&mut self, at: Timestamp) {
        let slot = slot_of(at, self.slot_ms);
        if self.is_open || slot < self.slot {
            return;
        }
        let passed_ms = slot.0.saturating_sub(self.slot.0);
        for room in &mut self.rooms {
            room.light.turn(passed_ms - self.slot_ms);
            room.air.turn(passed_ms - self.slot_ms);
        }
        self.slot = slot;
        self.is_open = true;
    }

    /// Ms after the start of the open slot; `None` when it is of another.
    fn within(&self, at: Timestamp) -> Option<u32> {
        let ms = at.0.checked_sub(self.slot.0)?;
        (self.is_open && (0..self.slot_ms).contains(&ms)).then_some(ms as u32)
    }

    /// For the checkpoint.
    pub fn saved(&self) -> (Timestamp, bool) {
        (self.slot, self.is_open)
    }

    /// For the checkpoint: a room that has something to keep.
    pub fn saved_room(&self, ix: RoomIx) -> Option<RoomGauge> {
        Some(self.rooms[ix.at()]).filter(|room| *room != RoomGauge::default())
    }

    /// For the checkpoint: what a meter said at most, mW.
    pub fn saved_meter(&self, ix: MeterIx) -> Option<i64> {
        self.meters.get(ix.at()).copied().flatten()
    }

    /// From a checkpoint. Slots of another length begin anew.
    pub fn restore(&mut self, slot: Timestamp, is_open: bool) {
        (self.slot, self.is_open) = (slot, is_open);
    }

    pub fn restore_room(&mut self, ix: RoomIx, room: RoomGauge) {
        self.rooms[ix.at()] = room;
    }

    pub fn restore_meter(&mut self, ix: MeterIx, peak_mw: i64) {
        self.meters.resize(self.meters.len().max(ix.at() + 1), None);
        self.meters[ix.at()] = Some(peak_mw);
    }
}

impl Mean {
    fn take(&mut self, milli: i64, at_ms: u32, stale_ms: u32) {
        self.count(at_ms);
        let since_ms = self.held.map_or(at_ms, |held| held.since_ms.max(at_ms));
        let until_ms = at_ms.saturating_add(stale_ms);
        let milli = milli.clamp(-MILLI_MAX, MILLI_MAX);
        self.held = Some(Holding { milli, since_ms, until_ms });
    }

    /// Counts what is held up to `at_ms`.
    fn count(&mut self, at_ms: u32) {
        let Some(held) = &mut self.held else { return };
        let ms = at_ms.min(held.until_ms).saturating_sub(held.since_ms);
        self.sum = self.sum.saturating_add(held.milli.saturating_mul(i64::from(ms)));
        self.known_ms = self.known_ms.saturating_add(ms);
        held.since_ms = held.since_ms.max(at_ms);
    }

    fn hold_until(&mut self, at_ms: u32) {
        if let Some(held) = &mut self.held {
            held.until_ms = held.until_ms.min(at_ms);
        }
    }

    /// The mean of the slot in whole units, and what is held goes on into the next one.
    fn close(&mut self, slot_ms: u32) -> Option<i64> {
        self.count(slot_ms);
        let (sum, known_ms) = (std::mem::take(&mut self.sum), std::mem::take(&mut self.known_ms));
        self.held = self.held.filter(|held| held.until_ms > slot_ms).map(|held| Holding {
            milli: held.milli,
            since_ms: held.since_ms.saturating_sub(slot_ms),
            until_ms: held.until_ms - slot_ms,
        });
        (known_ms > 0).then(|| whole(sum / i64::from(known_ms)))
    }

    /// So many ms were in no slot of which anything is said.
    fn turn(&mut self, passed_ms: i64) {
        let passed_ms = u32::try_from(passed_ms.max(0)).unwrap_or(u32::MAX);
        self.held = self.held.filter(|held| held.until_ms > passed_ms).map(|held| Holding {
            since_ms: held.since_ms.saturating_sub(passed_ms),
            until_ms: held.until_ms - passed_ms,
            ..held
        });
    }
}

/// Thousandths to whole units, to the nearest.
const fn whole(milli: i64) -> i64 {
    (milli + 500).div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOT: i64 = 900_000;
    const STALE: u32 = 60_000;
    const START: Timestamp = Timestamp(SLOT * 100);

    fn rows(gauges: &mut Gauges) -> Vec<Measured> {
        let mut out = Vec::new();
        gauges.close(&mut out);
        let measured = |action: Action| match action {
            Action::Measured(measured) => measured,
            other => panic!("{other:?}"),
        };
        out.into_iter().map(measured).collect()
    }

    #[test]
    fn a_mean_is_over_the_time_in_which_a_value_was_known() {
        let mut gauges = Gauges::new(1, SLOT);
        let room = RoomIx(0);
        gauges.hear(room, START);
        // 30 s of 300 lx, then 60 s of 600 lx until that is stale: 45,000 / 90.
        gauges.light(room, 300_000, START, STALE);
        gauges.light(room, 600_000, START.plus(30_000), STALE);
        gauges.room_power(room, 71_600);
        gauges.room_power(room, 12_000);
        let row = rows(&mut gauges)[0];
        assert_eq!((row.illuminance_lx, row.co2_ppm, row.peak_w), (Some(500), None, Some(72)));
        assert_eq!(gauges.deadline(), None, "nothing was heard in the next slot");
    }

    #[test]
    fn what_is_held_goes_on_into_the_next_slot_and_no_further_than_it_is_fresh() {
        let mut gauges = Gauges::new(1, SLOT);
        let room = RoomIx(0);
        gauges.hear(room, START);
        gauges.air(room, 800_000, START.plus(SLOT - 20_000), STALE);
        assert_eq!(rows(&mut gauges)[0].co2_ppm, Some(800));
        // It holds for 40 s more; then 400 ppm for 40 s, and nothing.
        gauges.hear(room, START.plus(SLOT + 1));
        gauges.air(room, 400_000, START.plus(SLOT + 40_000), 40_000);
        assert_eq!(rows(&mut gauges)[0].co2_ppm, Some(600));
        gauges.hear(room, START.plus(3 * SLOT));
        assert_eq!(rows(&mut gauges)[0].co2_ppm, None, "it was stale long before");
    }

    #[test]
    fn readings_of_a_slot_that_is_over_change_nothing() {
        let mut gauges = Gauges::new(1, SLOT);
        gauges.hear(RoomIx(0), START);
        gauges.light(RoomIx(0), 300_000, START.plus(-1), STALE);
        gauges.meter_power(MeterIx(2), 5_000_000, START.plus(-1));
        gauges.meter_power(MeterIx(2), 3_000, START);
        let rows = rows(&mut gauges);
        assert_eq!(rows[0].illuminance_lx, None);
        assert_eq!((rows[1].of, rows[1].peak_w), (Gauged::Meter(MeterIx(2)), Some(3)));
    }

    #[test]
    fn nothing_is_held_over_a_time_in_which_nobody_listened() {
        let mut gauges = Gauges::new(1, SLOT);
        gauges.hear(RoomIx(0), START);
        gauges.light(RoomIx(0), 300_000, START, u32::MAX / 2);
        let mut out = Vec::new();
        gauges.gap(START.plus(10_000), &mut out);
        assert_eq!(out.len(), 1, "what was known of the slot is told");
        gauges.hear(RoomIx(0), START.plus(SLOT));
        assert_eq!(rows(&mut gauges)[0].illuminance_lx, None);
    }
}
