//! What the district hears of a campus: every room, building and meter, slot by slot and day by day.
//!
//! ```text
//! Scope::of(controller) ─► Scope::blank ─► posting, room, measured … ─► Scope::quarter ─┐
//!                                               one SlotFacts per slot of the day ─────► Scope::day
//! ```
//!
//! Summaries are made of rows that are kept, so that whoever makes one twice gets the same: after a
//! crash, for late rows, for a repair. A *stream* is what is summarised, by its name:
//! `room/<building>/<room>`, `building/<building>`, `meter/<name>`.
//!
//! | value | of a meter | of a room | of a building |
//! |---|---|---|---|
//! | energy | its postings | its outermost meters | its outermost import meters |
//! | lighting energy | — | meters of its lamps | Σ of its rooms |
//! | peak | highest power said, else the mean of the slot | highest power said | that of its one meter, else the mean of the slot |
//! | seconds | — | of its time | Σ of its rooms: room-seconds |
//! | illuminance, CO₂ | — | mean | mean of rooms that know it |
//!
//! *Complete* is the part of the slot that is known: of its energy, and of its rooms' time, whichever is
//! less. *Estimated* is the part of the energy of which only the sum over a gap is measured.

use crate::campus::{Flow, Place};
use crate::controller::Source;
use crate::ledger::Quality;
use crate::tally::slot_of;
use crate::{Controller, MeterIx, RoomIx, Timestamp};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use wire::Id;

mod fold;

pub use fold::DayFold;

/// Which streams there are, and what each is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Where days begin.
    pub zone: TimeZone,
    /// Length of a slot, ms.
    pub slot_ms: i64,
    /// Names of meters; the ledger's.
    pub meters: Vec<String>,
    /// Names of rooms: `building/room`.
    pub rooms: Vec<String>,
    /// Rooms first, then buildings, then meters: what is shed first stands together.
    pub streams: Vec<Stream>,
}

/// What is summarised. Meters and rooms are positions in the scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// `room/<building>/<room>`, `building/<building>` or `meter/<name>`.
    pub name: String,
    /// What it is.
    pub kind: StreamKind,
    /// Meters whose energy adds up to its own.
    pub meters: Vec<usize>,
    /// Meters of lamps.
    pub lamps: Vec<usize>,
    /// Rooms whose time it is.
    pub rooms: Vec<usize>,
}

/// What a stream is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StreamKind {
    /// A room.
    Room,
    /// A building.
    Building,
    /// A meter.
    Meter,
}

/// A summary. What is not known is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Values {
    /// Energy, Wh.
    pub energy_wh: Option<i64>,
    /// Energy of lamps, Wh.
    pub lighting_wh: Option<i64>,
    /// Highest power, W.
    pub peak_w: Option<i64>,
    /// Somebody was there, s.
    pub occupied_s: Option<i64>,
    /// Lamps were on with nobody there, s.
    pub lit_empty_s: Option<i64>,
    /// Somebody was there in a lesson with too little light, s.
    pub occupied_dark_s: Option<i64>,
    /// Mean illuminance, lx.
    pub illuminance_lx: Option<i64>,
    /// Mean CO₂, ppm.
    pub co2_ppm: Option<i64>,
    /// How much of it is known, ‰.
    pub complete_permille: i64,
    /// How much of the energy is estimated, ‰.
    pub estimated_permille: i64,
    /// |energy| of it that is estimated, and of all of it, Wh: what a day's share is made of.
    pub estimated_wh: i64,
    /// See [`Values::estimated_wh`].
    pub gross_wh: i64,
}

/// Everything that is kept of one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotFacts {
    meters: Vec<MeterFact>,
    rooms: Vec<RoomFact>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct MeterFact {
    is_posted: bool,
    is_incomplete: bool,
    is_estimated: bool,
    energy_wh: i64,
    estimated_wh: i64,
    gross_wh: i64,
    peak_w: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct RoomFact {
    is_known: bool,
    occupied_ms: u32,
    lit_empty_ms: u32,
    dark_ms: u32,
    unknown_ms: u32,
    illuminance_lx: Option<i64>,
    co2_ppm: Option<i64>,
    peak_w: Option<i64>,
}

/// A room's time as it is kept, ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomTime {
    /// Somebody was there.
    pub occupied_ms: u32,
    /// Lamps were on with nobody there.
    pub lit_empty_ms: u32,
    /// Somebody was there in a lesson with too little light.
    pub dark_ms: u32,
    /// Not known.
    pub unknown_ms: u32,
}

const MS_PER_H: i64 = 3_600_000;

impl Scope {
    /// Everything that a campus has, as far as it has been heard of.
    pub fn of(controller: &Controller) -> Self {
        let meters: Vec<String> = controller.meters().map(|meter| meter.name).collect();
        let campus = controller.campus();
        let rooms: Vec<String> = campus.rooms.iter().map(|room| room.place().to_string()).collect();
        let mut streams: Vec<Stream> = (0..rooms.len())
            .map(|at| controller.room_stream(RoomIx(at as u32), &rooms[at]))
            .collect();
        let of_buildings = controller.building_streams(&streams);
        streams.extend(of_buildings);
        streams.extend(meters.iter().enumerate().map(|(at, name)| Stream {
            name: format!("meter/{name}"),
            kind: StreamKind::Meter,
            meters: vec![at],
            lamps: Vec::new(),
            rooms: Vec::new(),
        }));
        let (zone, slot_ms) = (campus.zone.clone(), campus.settings.slot_ms);
        Self { zone, slot_ms, meters, rooms, streams }
    }

    /// A slot of which nothing is known yet.
    pub fn blank(&self) -> SlotFacts {
        SlotFacts {
            meters: vec![MeterFact::default(); self.meters.len()],
            rooms: vec![RoomFact::default(); self.rooms.len()],
        }
    }

    /// Streams that depend on a meter.
    pub fn of_meter(&self, meter: usize) -> impl Iterator<Item = usize> {
        let on =
            move |stream: &Stream| stream.meters.contains(&meter) || stream.lamps.contains(&meter);
        (0..self.streams.len()).filter(move |at| on(&self.streams[*at]))
    }

    /// Streams that depend on a room's time.
    pub fn of_room(&self, room: usize) -> impl Iterator<Item = usize> {
        (0..self.streams.len()).filter(move |at| self.streams[*at].rooms.contains(&room))
    }

    /// The start of the slot that holds a moment.
    pub fn slot(&self, at: Timestamp) -> Timestamp {
        slot_of(at, self.slot_ms)
    }

    /// Begin and end of the local day that holds a moment.
    pub fn day_of(&self, at: Timestamp) -> (Timestamp, Timestamp) {
        crate::report::bounds(crate::report::Period::Day, at, &self.zone)
    }

    /// How many slots begin within a time.
    pub fn slots_within(&self, (from, to): (Timestamp, Timestamp)) -> i64 {
        let count = |at: Timestamp| at.0.saturating_add(self.slot_ms - 1).div_euclid(self.slot_ms);
        (count(to) - count(from)).max(0)
    }

    /// The summary of a stream in one slot.
    pub fn quarter(&self, stream: usize, facts: &SlotFacts) -> Values {
        let stream = &self.streams[stream];
        let mut values = Values::default();
        let complete_of_meters = self.add_meters(stream, facts, &mut values);
        let complete_of_rooms = self.add_rooms(stream, facts, &mut values);
        values.complete_permille = match (complete_of_meters, complete_of_rooms) {
            (Some(a), Some(b)) => a.min(b),
            (a, b) => a.or(b).unwrap_or(0),
        };
        values
    }

    /// Energy and peak of its meters; what part of them is known, ‰.
    fn add_meters(&self, stream: &Stream, facts: &SlotFacts, values: &mut Values) -> Option<i64> {
        let of = |meters: &[usize]| -> Vec<MeterFact> {
            meters.iter().filter_map(|at| facts.meters.get(*at)).copied().collect()
        };
        let (meters, lamps) = (of(&stream.meters), of(&stream.lamps));
        let posted = |of: &[MeterFact]| {
            let posted: Vec<i64> =
                of.iter().filter(|fact| fact.is_posted).map(|fact| fact.energy_wh).collect();
            (!posted.is_empty()).then(|| posted.iter().sum::<i64>())
        };
        values.energy_wh = posted(&meters);
        values.lighting_wh = posted(&lamps);
        values.estimated_wh = meters.iter().map(|fact| fact.estimated_wh).sum();
        values.gross_wh = meters.iter().map(|fact| fact.gross_wh).sum();
        let rows = meters.iter().filter(|fact| fact.is_posted).count() as i64;
        let estimated = meters.iter().filter(|fact| fact.is_estimated).count() as i64;
        values.estimated_permille =
            permille(values.estimated_wh, values.gross_wh, permille(estimated, rows, 0));
        let said = match (stream.kind, meters.as_slice()) {
            (StreamKind::Room, _) => None,
            (_, [only]) => only.peak_w,
            _ => None,
        };
        let mean = || values.energy_wh.map(|wh| mean_w(wh, self.slot_ms));
        values.peak_w = said.max(mean());
        if stream.kind == StreamKind::Room {
            let of_room = |at: &usize| facts.rooms.get(*at).and_then(|room| room.peak_w);
            values.peak_w = values.peak_w.max(stream.rooms.iter().filter_map(of_room).max());
        }
        let whole = meters.iter().filter(|fact| fact.is_posted && !fact.is_incomplete).count();
        let known = permille(whole as i64, meters.len() as i64, 0);
        (!meters.is_empty()).then_some(known)
    }

    /// Time, light and air of its rooms; what part of it is known, ‰.
    fn add_rooms(&self, stream: &Stream, facts: &SlotFacts, values: &mut Values) -> Option<i64> {
        let rooms: Vec<RoomFact> =
            stream.rooms.iter().filter_map(|at| facts.rooms.get(*at)).copied().collect();
        if rooms.is_empty() {
            return None;
        }
        if rooms.iter().any(|room| room.is_known) {
            let sum = |of: fn(&RoomFact) -> u32| {
                let ms: i64 = rooms.iter().map(|room| i64::from(of(room))).sum();
                Some((ms + 500) / 1000)
            };
            values.occupied_s = sum(|room| room.occupied_ms);
            values.lit_empty_s = sum(|room| room.lit_empty_ms);
            values.occupied_dark_s = sum(|room| room.dark_ms);
        }
        values.illuminance_lx = mean(rooms.iter().filter_map(|room| room.illuminance_lx));
        values.co2_ppm = mean(rooms.iter().filter_map(|room| room.co2_ppm));
        let known_ms: i64 = rooms
            .iter()
            .filter(|room| room.is_known)
            .map(|room| self.slot_ms - i64::from(room.unknown_ms).min(self.slot_ms))
            .sum();
        Some(permille(known_ms, self.slot_ms * rooms.len() as i64, 0))
    }
}

impl SlotFacts {
    /// A row of the ledger. Rows of a slot add up; the worst quality counts.
    pub fn posting(&mut self, meter: usize, energy_wh: i64, quality: Quality) {
        let Some(fact) = self.meters.get_mut(meter) else { return };
        fact.is_posted = true;
        fact.energy_wh += energy_wh;
        fact.gross_wh += energy_wh.saturating_abs();
        match quality {
            Quality::Measured => {}
            Quality::EstimatedShape => {
                fact.is_estimated = true;
                fact.estimated_wh += energy_wh.saturating_abs();
            }
            Quality::Incomplete => fact.is_incomplete = true,
        }
    }

    /// A room's time. Of two rows the later counts.
    pub fn room(&mut self, room: usize, time: RoomTime) {
        let Some(fact) = self.rooms.get_mut(room) else { return };
        let RoomTime { occupied_ms, lit_empty_ms, dark_ms, unknown_ms } = time;
        *fact =
            RoomFact { is_known: true, occupied_ms, lit_empty_ms, dark_ms, unknown_ms, ..*fact };
    }

    /// What a room's sensors said. Of two rows the later counts. A room that was heard and has no row of
    /// its time was empty and dark.
    pub fn room_measured(
        &mut self,
        room: usize,
        (illuminance_lx, co2_ppm, peak_w): (Option<i64>, Option<i64>, Option<i64>),
    ) {
        let Some(fact) = self.rooms.get_mut(room) else { return };
        *fact = RoomFact { is_known: true, illuminance_lx, co2_ppm, peak_w, ..*fact };
    }

    /// The highest power that a meter said, W.
    pub fn meter_measured(&mut self, meter: usize, peak_w: Option<i64>) {
        if let Some(fact) = self.meters.get_mut(meter) {
            fact.peak_w = peak_w;
        }
    }
}

impl Controller {
    fn room_stream(&self, ix: RoomIx, name: &str) -> Stream {
        let mut meters = Vec::new();
        let polled = self.polled.get(&ix).map_or(&[][..], Vec::as_slice);
        let part = |meter: MeterIx| self.parent(meter).is_some_and(|p| polled.contains(&p));
        meters.extend(polled.iter().filter(|meter| !part(**meter)).map(|meter| meter.at()));
        for node in &self.rooms[ix.at()].nodes {
            let known = &self.nodes[node.at()].meters;
            if known.iter().any(|known| part(known.meter)) {
                continue; // what a polled meter counts too is not counted again
            }
            match known.iter().find(|known| known.symbol == 0) {
                Some(whole) => meters.push(whole.meter.at()),
                None => meters.extend(known.iter().map(|part| part.meter.at())),
            }
        }
        let zones = self.rooms[ix.at()].zones().map(|zone| &self.zones[zone.at()]);
        let lamps = zones.filter_map(|zone| self.meter_of(zone.node, zone.symbol));
        Stream {
            name: format!("room/{name}"),
            kind: StreamKind::Room,
            meters,
            lamps: lamps.map(MeterIx::at).collect(),
            rooms: vec![ix.at()],
        }
    }

    fn building_streams(&self, of_rooms: &[Stream]) -> Vec<Stream> {
        let mut buildings: BTreeMap<Id, Stream> = BTreeMap::new();
        let new = |id: &Id| Stream {
            name: format!("building/{id}"),
            kind: StreamKind::Building,
            meters: Vec::new(),
            lamps: Vec::new(),
            rooms: Vec::new(),
        };
        for (at, room) in self.campus.rooms.iter().enumerate() {
            let stream = buildings.entry(room.building).or_insert_with(|| new(&room.building));
            stream.rooms.push(at);
            stream.lamps.extend(&of_rooms[at].lamps);
        }
        let building_of = |ix: MeterIx| match self.meter_place(ix) {
            Some(Place::Room { building, .. } | Place::Building(building)) => Some(building),
            None => None,
        };
        for ix in (0..self.meters.len() as u32).map(MeterIx) {
            let Some(building) = building_of(ix).filter(|_| self.flow(ix) == Flow::Import) else {
                continue;
            };
            let inner = self.parent(ix).is_some_and(|parent| building_of(parent) == Some(building));
            if !inner {
                let stream = buildings.entry(building).or_insert_with(|| new(&building));
                stream.meters.push(ix.at());
            }
        }
        buildings.into_values().collect()
    }

    /// How many meters there are: when it grows, so has the scope.
    pub fn meter_count(&self) -> usize {
        self.meters.len()
    }

    /// Whether a meter is polled on a bus.
    pub fn is_polled(&self, ix: MeterIx) -> bool {
        self.meters.get(ix.at()).is_some_and(|meter| meter.source == Source::Polled)
    }
}

/// Mean power of energy over a time, W, to the nearest.
fn mean_w(energy_wh: i64, ms: i64) -> i64 {
    let product = i128::from(energy_wh) * i128::from(MS_PER_H) + i128::from(ms / 2);
    i64::try_from(product.div_euclid(i128::from(ms.max(1)))).unwrap_or(i64::MAX)
}

/// `part` of `whole` in thousandths, rounded down, so that only all of it is 1,000.
fn permille(part: i64, whole: i64, of_nothing: i64) -> i64 {
    if whole <= 0 {
        return of_nothing;
    }
    (i128::from(part) * 1000 / i128::from(whole)).clamp(0, 1000) as i64
}

fn mean(values: impl Iterator<Item = i64>) -> Option<i64> {
    let (mut sum, mut count) = (0_i64, 0_i64);
    for value in values {
        sum = sum.saturating_add(value);
        count += 1;
    }
    (count > 0).then(|| (sum + count / 2).div_euclid(count))
}

#[cfg(test)]
mod tests;
