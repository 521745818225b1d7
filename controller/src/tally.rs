//! What a room's time was spent on, slot by slot: for reports, and for the district.
//!
//! A room's time is counted when its [`Condition`] changes, and at the end of a slot. That lamps or
//! readings go stale is part of the condition, so it needs no look of its own. Only rooms that count
//! are looked at when a slot ends; while none does, no slot ends at all.

use crate::action::Action;
use crate::campus::RoomConfig;
use crate::limits::ROOM_SLOTS_MAX;
use crate::node::Node;
use crate::room::{Room, Zone};
use crate::{RoomIx, Timestamp};
use lighting::{Occupancy, Period};
use serde::{Deserialize, Serialize};
use wire::{Quantity, Sample};

/// A room in one slot: how many ms of it were what. Times of one row overlap; none is longer than
/// the slot. A slot in which nobody was there and nothing was lit has no row. When the clock was set
/// back, a slot can come again; its later row replaces the earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RoomSlot {
    /// Which room.
    pub room: RoomIx,
    /// Start of the slot.
    pub slot: Timestamp,
    /// Somebody was there.
    pub occupied_ms: u32,
    /// Any lamp was on, as its node reported.
    pub lit_ms: u32,
    /// … while the room was vacant.
    pub lit_empty_ms: u32,
    /// … while nobody had moved for a while: the hold time.
    pub lit_hold_ms: u32,
    /// Somebody was there in a lesson, nobody had chosen it so, and the desk had less light than a
    /// lesson needs.
    pub dark_ms: u32,
    /// Not known: no node spoke, or the agent did not listen.
    pub unknown_ms: u32,
}

/// Where the time of all rooms goes.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    rooms: Vec<RoomTally>,
    /// Rooms that have something to tell at the end of the slot.
    counting: Vec<RoomIx>,
    slot_ms: i64,
    /// The slot that is open while any room counts.
    slot: Timestamp,
    end: Timestamp,
}

/// The open slot of a room. There may be 10,000, so times are short: ms, none above an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoomTally {
    times: Times,
    condition: Condition,
    /// Up to when its time is counted, ms after the start of the slot.
    since_ms: u32,
    counting: bool,
}

/// What a room's time goes into from some moment on, until the next change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Condition {
    occupancy: Occupancy,
    /// It should be known who is there, and is not.
    unknown: bool,
    /// How long the reported level of a lamp that is on stays fresh; 0 when none is on.
    lit_ms: u32,
    /// In a lesson that nobody chose to have dark: after what time no fresh illuminance is enough any
    /// more, and after what time none is too little.
    dark_from_ms: u32,
    dark_until_ms: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Times {
    occupied_ms: u32,
    lit_ms: u32,
    lit_empty_ms: u32,
    lit_hold_ms: u32,
    dark_ms: u32,
    unknown_ms: u32,
}

/// A day: longer than that, and nobody asks who was there while nobody listened, ms.
const GAP_MS_MAX: i64 = 86_400_000;

impl Tally {
    pub fn new(rooms: usize, slot_ms: i64) -> Self {
        let rooms = vec![RoomTally::default(); rooms];
        let (slot, end) = (Timestamp(0), Timestamp(0));
        Self { rooms, counting: Vec::new(), slot_ms, slot, end }
    }

    /// When a slot ends that some room has something to say about.
    pub fn deadline(&self) -> Option<Timestamp> {
        // A slot at the end of the calendar never ends.
        (!self.counting.is_empty() && self.end.0 < i64::MAX).then_some(self.end)
    }

    /// From `at` on, another condition holds in a room.
    pub fn set(&mut self, ix: RoomIx, at: Timestamp, condition: Condition) {
        let room = &mut self.rooms[ix.at()];
        if !room.counting {
            room.condition = condition;
            if !condition.counts() {
                return;
            }
            if self.counting.is_empty() {
                self.slot = slot_of(at, self.slot_ms);
                self.end = self.slot.plus(self.slot_ms);
            }
            room.counting = true;
            room.since_ms = between(self.slot, at);
            self.counting.push(ix);
        } else {
            room.count(between(self.slot, at.min(self.end)));
            room.condition = condition;
        }
    }

    /// The slot ends: a row for every room that has something to tell, in their order.
    pub fn close(&mut self, out: &mut Vec<Action>) {
        let (slot, end) = (self.slot, self.end);
        self.counting.sort_unstable();
        let rooms = &mut self.rooms;
        self.counting.retain(|ix| {
            let room = &mut rooms[ix.at()];
            room.count(between(slot, end));
            room.since_ms = 0;
            let times = std::mem::take(&mut room.times);
            if times != Times::default() {
                out.push(Action::RoomSlot(times.row(*ix, slot)));
            }
            room.counting = room.condition.counts();
            room.counting
        });
        self.slot = end;
        self.end = slot_of(end, self.slot_ms).plus(self.slot_ms);
    }

    /// Nobody listened between `from` and `to`, or the clock was set: of rooms that are `known`, that
    /// time is not. Of a longer time a day is told, and the begin of the slot that is open at its end.
    pub fn gap(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        known: impl Fn(RoomIx) -> bool,
        out: &mut Vec<Action>,
    ) {
        for ix in (0..self.rooms.len() as u32).map(RoomIx) {
            let condition = Condition { unknown: known(ix), ..Condition::default() };
            self.set(ix, from, condition);
        }
        let mut slots = match self.counting.len() {
            0 => return,
            rooms => (ROOM_SLOTS_MAX / rooms).max(1),
        };
        if to < from {
            // Its rest is not known either; if it comes again, its new row replaces this one.
            self.close(out);
            self.reopen(to);
            return;
        }
        slots = slots.min(usize::try_from(GAP_MS_MAX / self.slot_ms).unwrap_or(1));
        for _ in 0..slots {
            if self.end > to {
                return;
            }
            self.close(out);
        }
        if self.end <= to {
            self.reopen(to);
        }
    }

    /// The slot that holds `at` is open, and what was before `at` is in it.
    fn reopen(&mut self, at: Timestamp) {
        self.slot = slot_of(at, self.slot_ms);
        self.end = self.slot.plus(self.slot_ms);
        for ix in &self.counting {
            let room = &mut self.rooms[ix.at()];
            room.since_ms = 0;
            room.times = Times::default();
        }
    }

    /// For the checkpoint: the start of the open slot.
    pub const fn open_slot(&self) -> Timestamp {
        self.slot
    }

    /// For the checkpoint: a room's open slot, if it has one.
    pub fn saved(&self, ix: RoomIx) -> Option<RoomTally> {
        Some(self.rooms[ix.at()]).filter(|room| room.counting)
    }

    /// From the checkpoint of `now`. The slots may have another length since: the open one then runs
    /// to the next boundary of the new ones.
    pub fn restore(&mut self, slot: Timestamp, now: Timestamp) {
        self.slot = slot;
        self.end = slot_of(now, self.slot_ms).plus(self.slot_ms);
    }

    /// From the checkpoint: a room that had an open slot.
    pub fn restore_room(&mut self, ix: RoomIx, saved: RoomTally) {
        self.rooms[ix.at()] = saved;
        self.counting.push(ix);
    }
}

impl RoomTally {
    /// Counts its time up to so many ms after the start of the slot.
    fn count(&mut self, until_ms: u32) {
        let (times, condition) = (&mut self.times, &mut self.condition);
        let all_ms = until_ms.saturating_sub(self.since_ms);
        let lit_ms = all_ms.min(condition.lit_ms);
        let (from_ms, to_ms) = (condition.dark_from_ms, condition.dark_until_ms);
        let dark_ms = all_ms.min(to_ms).saturating_sub(all_ms.min(from_ms));
        // Saturating only for a checkpoint that is damaged: none is longer than a slot.
        let add = |time: &mut u32, ms: u32| *time = time.saturating_add(ms);
        match condition.occupancy {
            Occupancy::Occupied => add(&mut times.occupied_ms, all_ms),
            Occupancy::VacantPending => add(&mut times.lit_hold_ms, lit_ms),
            Occupancy::Vacant => add(&mut times.lit_empty_ms, lit_ms),
            Occupancy::Unknown => {}
        }
        add(&mut times.lit_ms, lit_ms);
        add(&mut times.dark_ms, dark_ms);
        add(&mut times.unknown_ms, if condition.unknown { all_ms } else { 0 });
        let left =
            [&mut condition.lit_ms, &mut condition.dark_from_ms, &mut condition.dark_until_ms];
        left.into_iter().for_each(|left| *left = left.saturating_sub(all_ms));
        self.since_ms = self.since_ms.max(until_ms);
    }
}

impl Times {
    const fn row(self, room: RoomIx, slot: Timestamp) -> RoomSlot {
        let Self { occupied_ms, lit_ms, lit_empty_ms, lit_hold_ms, dark_ms, unknown_ms } = self;
        RoomSlot { room, slot, occupied_ms, lit_ms, lit_empty_ms, lit_hold_ms, dark_ms, unknown_ms }
    }
}

impl Condition {
    /// What can be said of a room at `at`, and for how long it can.
    pub fn of(
        config: &RoomConfig,
        room: &Room,
        zones: &[Zone],
        nodes: &[Node],
        period: Period,
        stale_ms: u32,
        at: Timestamp,
    ) -> Self {
        let left_ms = |measured: Timestamp| between(at, measured.plus(i64::from(stale_ms)));
        let mut condition = Self {
            occupancy: room.occupancy,
            unknown: room.occupancy == Occupancy::Unknown
                && room.nodes.iter().any(|node| nodes[node.at()].heard.is_some()),
            ..Self::default()
        };
        let zones = || room.zones().map(|ix| &zones[ix.at()]);
        for zone in zones() {
            let level = nodes[zone.node.at()].held(Quantity::LevelPct, zone.symbol);
            let Some(held) = level else { continue };
            if matches!(held.sample, Sample::Is(value) if value.milli() > 0) {
                condition.lit_ms = condition.lit_ms.max(left_ms(held.measured));
            }
        }
        let lesson = period.needs_light() && room.occupancy == Occupancy::Occupied;
        let floor_lx = config.zones.iter().map(|zone| zone.lighting.floor_lx).min();
        let Some(floor_lx) = floor_lx.filter(|_| lesson) else { return condition };
        if zones().any(|zone| zone.memory.rules.manual().is_some()) {
            return condition;
        }
        let of_the_room = room.nodes.iter().map(|node| (*node, 0));
        let of_lamps = zones().map(|zone| (zone.node, zone.symbol));
        for (node, symbol) in of_the_room.chain(of_lamps) {
            let Some(held) = nodes[node.at()].held(Quantity::IlluminanceLx, symbol) else {
                continue;
            };
            let Sample::Is(value) = held.sample else { continue };
            let left_ms = left_ms(held.measured);
            if value.milli() < i64::from(floor_lx) * 1000 {
                condition.dark_until_ms = condition.dark_until_ms.max(left_ms);
            } else {
                condition.dark_from_ms = condition.dark_from_ms.max(left_ms);
            }
        }
        condition
    }

    /// Whether time goes into anything.
    fn counts(&self) -> bool {
        self.occupancy == Occupancy::Occupied
            || self.unknown
            || self.lit_ms > 0
            || self.dark_until_ms > 0
    }
}

/// The slot that holds a moment.
pub(crate) fn slot_of(at: Timestamp, slot_ms: i64) -> Timestamp {
    Timestamp(at.0.div_euclid(slot_ms).saturating_mul(slot_ms))
}

/// From one moment to another, ms; 0 when that lies before it.
fn between(from: Timestamp, to: Timestamp) -> u32 {
    u32::try_from(to.0.saturating_sub(from.0).max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
