//! What a room's light sensors see: daylight, and what each zone's lamps add.
//!
//! Terms: *sensor* = one node's illuminance, of the room or of one lamp channel; *look* = a reading of it
//! while every lamp of the room stood still; *effect* = what lamps add, as a share of what was configured
//! or calibrated, learnt from their own movements.

use crate::campus::{Campus, ZoneConfig};
use crate::node::{Held, Node, Symbol, is_fresh};
use crate::room::{Daylight, Room, SETTLE_MS, Zone};
use crate::{Controller, NodeIx, RoomIx, Timestamp, ZoneIx};
use lighting::Effect;
use lighting::daylight::{KNOWN_GAIN_PCT, noise_lx};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use wire::{Quantity, Sample};

/// Which sensor: that of a room has symbol 0, others are those of lamp channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sensor {
    pub node: NodeIx,
    pub symbol: Symbol,
}

/// What is known of the light of one zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ZoneLight {
    pub effect: Effect,
    /// By which it decides.
    pub sensor: Option<Sensor>,
    /// The last look after which its lamps may come down.
    pub look: Timestamp,
}

/// What one sensor has seen so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Track {
    pub sensor: Sensor,
    pub daylight: lighting::Daylight,
    pub last: Look,
}

/// One look of a sensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Look {
    pub lx: u32,
    pub at: Timestamp,
    /// Level of every zone of the room, %.
    pub levels: Box<[u8]>,
    /// The look before saw the same.
    pub steady: bool,
}

/// What a person had measured: what every zone's lamps add at full at every sensor of the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Calibrated {
    pub at: Timestamp,
    pub by: String,
    pub rows: Vec<Row>,
}

/// One sensor's part of it; in the order of zones, lx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub sensor: Sensor,
    pub adds_lx: Vec<u32>,
}

/// What a zone decides with beside daylight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Around {
    /// What lamps that go their own way add at the sensor now, lx.
    pub others_lx: u32,
    /// What lamps that fill up together with it add at full, lx.
    pub lamp_lx: u32,
    /// Their effects are learnt.
    pub known: bool,
}

/// Readings further apart do not show one movement, ms: a full report and a look.
const APART_MS_MAX: i64 = 75_000;

/// Lamps that are known, and then add twice that and more, would go to and fro for ever, with no steady look
/// between two movements: so such a movement is a sample too, where the looks are no further apart, ms. Clouds
/// that do that just then, in the lamps' direction, move what is known by a tenth.
const ROUGH_MS_MAX: i64 = 15_000;
const ROUGH_TIMES: i64 = 2;

/// A movement teaches something when it should change at least so much, lx and ‰ of what is seen: well
/// above the noise of two readings.
const LEARN_LX_MIN: u32 = 40;
const LEARN_PM_MIN: u32 = 150;

/// Lamps of one room with what is configured of them.
#[derive(Clone, Copy)]
pub(crate) struct Lamps<'a> {
    pub zones: &'a [Zone],
    pub configs: &'a [ZoneConfig],
    pub calibrated: Option<&'a Calibrated>,
}

impl Lamps<'_> {
    /// What was configured or calibrated that the lamps of zone `nth` add at a sensor, lx.
    pub fn base_lx(&self, sensor: Sensor, nth: usize) -> u32 {
        let rows = self.calibrated.iter().flat_map(|calibrated| &calibrated.rows);
        if let Some(row) = rows.into_iter().find(|row| row.sensor == sensor) {
            return row.adds_lx.get(nth).copied().unwrap_or(0);
        }
        let zone = &self.zones[nth];
        let seen = sensor.symbol == 0 || is_own(sensor, zone);
        if seen { self.configs[nth].lighting.lamp_lx } else { 0 }
    }

    /// What they add in truth, as far as is known, lx.
    pub fn adds_lx(&self, sensor: Sensor, nth: usize) -> u32 {
        self.zones[nth].light.effect.of(self.base_lx(sensor, nth))
    }

    /// What all of them add at these levels, lx.
    fn all_lx(&self, sensor: Sensor, levels: &[u8]) -> u32 {
        let part =
            |(nth, level): (usize, &u8)| u64::from(self.adds_lx(sensor, nth)) * u64::from(*level);
        let sum: u64 = levels.iter().enumerate().map(part).sum();
        u32::try_from(sum.div_ceil(100)).unwrap_or(u32::MAX)
    }

    /// What zone `nth` decides with. Lamps under one sensor that want the same fill up together, or each
    /// would go to full for what they reach at a third; where others want more, or somebody
    /// holds them, their light is taken as it is.
    pub fn around(&self, nth: usize) -> Around {
        let zone = &self.zones[nth];
        let Some(sensor) = zone.light.sensor else {
            // Nothing measures: only what was configured is known.
            let all = self.configs.iter().map(|config| config.lighting.lamp_lx);
            return Around { lamp_lx: all.fold(0, u32::saturating_add), ..Around::default() };
        };
        let wants = |at: usize| {
            let settings = &self.configs[at].lighting;
            u64::from(settings.target_lx) * 100 / u64::from(settings.desk_pct.max(1))
        };
        let own = &self.configs[nth].lighting;
        // Mostly all of a room want the same, and nobody need divide.
        let order = |at: usize| {
            let other = &self.configs[at].lighting;
            let same = (other.target_lx, other.desk_pct) == (own.target_lx, own.desk_pct);
            if same { Ordering::Equal } else { wants(at).cmp(&wants(nth)) }
        };
        let under = |at: &usize| self.zones[*at].light.sensor == Some(sensor);
        let least = (0..self.zones.len()).filter(under).all(|at| order(at).is_ge());
        let mut around = Around { known: true, ..Around::default() };
        for at in 0..self.zones.len() {
            let adds_lx = self.adds_lx(sensor, at);
            let free = self.zones[at].memory.rules.manual().is_none();
            let along = under(&at) && free && (!least || order(at).is_eq());
            if at == nth || along {
                around.lamp_lx = around.lamp_lx.saturating_add(adds_lx);
                around.known &= self.zones[at].light.effect.is_known();
            } else {
                let level = u64::from(self.zones[at].memory.rules.level_pct());
                around.others_lx += (u64::from(adds_lx) * level / 100) as u32;
            }
        }
        around
    }
}

impl Room {
    /// Its lamps, of all zones of the campus.
    pub fn lamps<'a>(&'a self, zones: &'a [Zone], configs: &'a [ZoneConfig]) -> Lamps<'a> {
        let first = self.first_zone as usize;
        let zones = &zones[first..first + self.zone_count as usize];
        Lamps { zones, configs, calibrated: self.calibrated.as_deref() }
    }
}

impl Controller {
    /// What the lamps of a zone add at full at the sensor by which it decides, as far as is known, lx.
    pub(crate) fn adds_lx(&self, ix: ZoneIx) -> u32 {
        let zone = &self.zones[ix.at()];
        let (room, configs) =
            (&self.rooms[zone.room.at()], &self.campus.rooms[zone.room.at()].zones);
        let nth = (ix.0 - room.first_zone) as usize;
        let own = Sensor { node: zone.node, symbol: zone.symbol };
        room.lamps(&self.zones, configs).adds_lx(zone.light.sensor.unwrap_or(own), nth)
    }
}

/// What is known of the lamps of a zone, and of the light at its desks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LightView<'a> {
    /// Which.
    pub zone: wire::Id,
    /// Node and lamp channel of the sensor by which it decides.
    pub sensor: Option<(&'a str, &'a str)>,
    /// What its lamps add there at full, as configured or calibrated, lx.
    pub base_lx: u32,
    /// The same as far as it is learnt, lx.
    pub adds_lx: u32,
    /// From how many movements.
    pub samples: u8,
    /// What that sensor sees now, lx.
    pub seen_lx: Option<u32>,
    /// … and what of it is daylight, smoothed, lx.
    pub daylight_lx: Option<u32>,
    /// Light at the desk, % of what the sensor sees.
    pub desk_pct: u16,
    /// Light at the desk now, lx.
    pub desk_lx: Option<u32>,
    /// What is wanted there, lx.
    pub target_lx: u32,
}

impl Controller {
    /// What is known of the lamps of every zone of a room.
    pub fn light(&self, ix: RoomIx) -> Vec<LightView<'_>> {
        let (room, configs) = (&self.rooms[ix.at()], &self.campus.rooms[ix.at()].zones);
        let lamps = room.lamps(&self.zones, configs);
        let stale_ms = self.campus.settings.silent_ms;
        let view = |(nth, config): (usize, &ZoneConfig)| {
            let zone = &lamps.zones[nth];
            let own = Sensor { node: zone.node, symbol: zone.symbol };
            let sensor = zone.light.sensor;
            let track = room.tracks.iter().find(|track| Some(track.sensor) == sensor);
            let track = track.filter(|track| is_fresh(track.last.at, stale_ms, self.now));
            let name = |sensor: Sensor| {
                let node = sensor.node.at();
                let channel = self.nodes[node].channel(sensor.symbol);
                (self.campus.nodes[node].id.as_str(), channel)
            };
            LightView {
                zone: config.id,
                sensor: sensor.map(name),
                base_lx: lamps.base_lx(sensor.unwrap_or(own), nth),
                adds_lx: lamps.adds_lx(sensor.unwrap_or(own), nth),
                samples: zone.light.effect.samples,
                seen_lx: track.map(|track| track.last.lx),
                daylight_lx: track.map(|track| track.daylight.lx()),
                desk_pct: config.lighting.desk_pct,
                desk_lx: track.map(|track| at_desk(track.last.lx, config)),
                target_lx: config.lighting.target_lx,
            }
        };
        configs.iter().enumerate().map(view).collect()
    }
}

impl Around {
    /// Settings with which a zone decides: light is counted at the desk.
    pub fn settings(&self, config: &ZoneConfig) -> lighting::Settings {
        let gain_pct = match self.known {
            true => config.lighting.gain_pct.max(KNOWN_GAIN_PCT),
            false => config.lighting.gain_pct,
        };
        let lamp_lx = at_desk(self.lamp_lx, config);
        lighting::Settings { lamp_lx, gain_pct, ..config.lighting }
    }
}

/// Light at the desk, of which a sensor sees `lx`.
pub(crate) fn at_desk(lx: u32, config: &ZoneConfig) -> u32 {
    let lx = u64::from(lx) * u64::from(config.lighting.desk_pct) / 100;
    u32::try_from(lx).unwrap_or(u32::MAX)
}

/// What a sensor sees where the desk has `lx`.
pub(crate) fn at_sensor(lx: u32, settings: &lighting::Settings) -> u32 {
    let lx = u64::from(lx) * 100 / u64::from(settings.desk_pct.max(1));
    u32::try_from(lx).unwrap_or(u32::MAX)
}

fn is_own(sensor: Sensor, zone: &Zone) -> bool {
    sensor.symbol != 0 && zone.node == sensor.node && zone.symbol == sensor.symbol
}

/// Lists that are needed for the length of a look, kept so that no frame allocates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    levels: Vec<u8>,
    symbols: Vec<Symbol>,
    before: Vec<Effect>,
}

/// Takes a new illuminance of a node into the zones of a room that it sees.
pub(crate) fn measure(
    campus: &Campus,
    room_ix: RoomIx,
    room: &mut Room,
    zones: &mut [Zone],
    nodes: &[Node],
    (from, now): (NodeIx, Timestamp),
    scratch: &mut Scratch,
) {
    let stale_ms = campus.settings.silent_ms;
    let configs = &campus.rooms[room_ix.at()].zones;
    let zones = &mut zones[room.first_zone as usize..(room.first_zone + room.zone_count) as usize];
    for zone in zones.iter_mut() {
        let sensor = sees(room, room_ix, zone, nodes, stale_ms, now);
        if sensor != zone.light.sensor {
            zone.light.sensor = sensor;
            zone.memory.told = None;
        }
        if sensor.is_none() {
            zone.memory.daylight = None;
        }
    }
    let Scratch { levels, symbols, .. } = scratch;
    levels.clear();
    levels.extend(zones.iter().map_while(|zone| zone.actual_pct(nodes, stale_ms, now)));
    let known = levels.len() == zones.len();
    symbols.clear();
    let used = zones.iter().filter_map(|zone| zone.light.sensor);
    symbols.extend(used.filter(|sensor| sensor.node == from).map(|sensor| sensor.symbol));
    symbols.sort_unstable();
    symbols.dedup();
    for nth in 0..scratch.symbols.len() {
        let sensor = Sensor { node: from, symbol: scratch.symbols[nth] };
        let symbol = sensor.symbol;
        let Some(held) = nodes[from.at()].held(Quantity::IlluminanceLx, symbol) else { continue };
        let Sample::Is(value) = held.sample else { continue };
        if !is_fresh(held.measured, stale_ms, now) {
            continue;
        }
        let seen_lx = u32::try_from(value.whole().max(0)).unwrap_or(u32::MAX);
        // The lamps are on their way: the estimate from before still holds.
        let last = room.tracks.iter().find(|track| track.sensor == sensor).map(|it| it.last.lx);
        let may_be_old = last == Some(seen_lx) && held.measured < room.settled_at;
        if may_be_old || !is_settled(room, zones, nodes, held, from, stale_ms, now) {
            continue;
        }
        look(room, zones, configs, sensor, (seen_lx, held.measured), known, scratch);
    }
}

/// One look of a sensor: what the lamps' last movement teaches, and what is daylight.
fn look(
    room: &mut Room,
    zones: &mut [Zone],
    configs: &[ZoneConfig],
    sensor: Sensor,
    (lx, at): (u32, Timestamp),
    known_levels: bool,
    scratch: &mut Scratch,
) {
    let Scratch { levels, before, .. } = scratch;
    let track = room.tracks.iter().position(|track| track.sensor == sensor);
    let last = track.map(|track| &room.tracks[track].last);
    if last.is_some_and(|last| at <= last.at) {
        return;
    }
    let calibrated = room.calibrated.as_deref();
    before.clear();
    before.extend(zones.iter().map(|zone| zone.light.effect));
    let mut steady = false;
    if known_levels {
        if let Some(last) = last {
            let still = *last.levels == **levels;
            steady = still && lx.abs_diff(last.lx) <= 2 * noise_lx(lx.max(last.lx));
            // Of lamps that nobody knows a rough sample is better than none.
            let known = zones.iter().all(|zone| zone.light.effect.is_known());
            let apart_ms = at.0 - last.at.0;
            if !still && apart_ms <= APART_MS_MAX {
                let clear = last.steady || !known;
                let quick = !last.steady && apart_ms <= ROUGH_MS_MAX;
                learn(zones, configs, calibrated, sensor, last, (lx, levels), (clear, quick));
            }
        }
        let all_lx = Lamps { zones, configs, calibrated }.all_lx(sensor, levels);
        for (zone, _) in zones.iter_mut().zip(&*levels).filter(|(_, level)| **level > 0) {
            zone.light.effect.bound(lx, all_lx);
        }
    }
    // Lamps whose level nobody reports are taken to be full: that errs towards light.
    if !known_levels {
        levels.clear();
        levels.resize(zones.len(), 100);
    }
    let lamps_lx = Lamps { zones, configs, calibrated }.all_lx(sensor, levels);
    match track {
        Some(track) => {
            let track = &mut room.tracks[track];
            track.daylight = track.daylight.look(lx, lamps_lx);
            let last = &mut track.last;
            (last.lx, last.at, last.steady) = (lx, at, steady);
            match last.levels.len() == levels.len() {
                true => last.levels.copy_from_slice(levels),
                false => last.levels = levels.as_slice().into(),
            }
        }
        None => {
            let daylight = lighting::Daylight::new(lx, lamps_lx);
            let last = Look { lx, at, levels: levels.as_slice().into(), steady };
            room.tracks.reserve_exact(1);
            room.tracks.push(Track { sensor, daylight, last });
        }
    }
    let track = track.unwrap_or(room.tracks.len() - 1);
    let daylight = room.tracks[track].daylight;
    for (zone, before) in zones.iter_mut().zip(&*before) {
        if zone.light.effect != *before {
            zone.memory.told = None;
        }
        if zone.light.sensor == Some(sensor) {
            let own = is_own(sensor, zone);
            if !daylight.falls() {
                zone.light.look = at;
            }
            zone.memory.daylight = Some(Daylight { lx: daylight.ahead_lx(), measured: at, own });
        }
    }
}

/// Lamps have moved between two looks: what should have changed, and what has.
fn learn(
    zones: &mut [Zone],
    configs: &[ZoneConfig],
    calibrated: Option<&Calibrated>,
    sensor: Sensor,
    last: &Look,
    (lx, levels): (u32, &[u8]),
    (clear, quick): (bool, bool),
) {
    let lamps = Lamps { zones, configs, calibrated };
    let moved: Vec<i64> = levels
        .iter()
        .zip(&last.levels)
        .map(|(to, from)| i64::from(*to) - i64::from(*from))
        .collect();
    let by = |(nth, moved): (usize, &i64)| i64::from(lamps.adds_lx(sensor, nth)) * moved / 100;
    let expected: i64 = moved.iter().enumerate().map(by).sum();
    let least = LEARN_LX_MIN.max((u64::from(lx) * u64::from(LEARN_PM_MIN) / 1000) as u32);
    let seen = (i64::from(lx) - i64::from(last.lx)) * expected.signum();
    let enough = clear && expected.unsigned_abs() >= u64::from(least);
    let surprises = quick && seen >= i64::from(least) && seen >= ROUGH_TIMES * expected.abs();
    if !enough && !surprises {
        return;
    }
    for (zone, moved) in zones.iter_mut().zip(&moved) {
        if *moved != 0 {
            zone.light.effect.learn(seen, expected.abs());
        }
    }
}

/// The sensor by which a zone decides: its lamps' own, that of the node that drives it, or the room's first.
fn sees(
    room: &Room,
    room_ix: RoomIx,
    zone: &Zone,
    nodes: &[Node],
    stale_ms: u32,
    now: Timestamp,
) -> Option<Sensor> {
    let works = |sensor: &Sensor| {
        let held = nodes[sensor.node.at()].held(Quantity::IlluminanceLx, sensor.symbol);
        held.is_some_and(|held| {
            held.sample.value().is_some() && is_fresh(held.measured, stale_ms, now)
        })
    };
    let own = Sensor { node: zone.node, symbol: zone.symbol };
    let here = nodes[zone.node.at()].room == Some(room_ix);
    let driver = here.then_some(Sensor { node: zone.node, symbol: 0 });
    let others = room.nodes.iter().map(|node| Sensor { node: *node, symbol: 0 });
    [own].into_iter().chain(driver).chain(others).find(works)
}

/// Whether a reading shows lamps that stand still. A node does not tell light that it saw before
/// its own lamps arrived, so where it drives all of them nobody needs to wait any longer than that.
fn is_settled(
    room: &Room,
    zones: &[Zone],
    nodes: &[Node],
    held: &Held,
    from: NodeIx,
    stale_ms: u32,
    now: Timestamp,
) -> bool {
    if held.measured >= room.settled_at {
        return true;
    }
    let arrived = |zone: &Zone| {
        let level_pct = zone.memory.rules.level_pct();
        zone.node == from && zone.actual_pct(nodes, stale_ms, now) == Some(level_pct)
    };
    held.measured >= room.settled_at.plus(-SETTLE_MS) && zones.iter().all(arrived)
}
