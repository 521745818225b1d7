//! The campus at a moment: what sensors see, what meters count, and what is true.
//!
//! Rooms move on one by one when somebody asks for them, or together by [`World::advance`];
//! the numbers are the same.

use crate::calendar::Calendar;
use crate::campus::{NodeKind, Plan};
use crate::daylight;
use crate::lamp::MWMS_PER_WH;
use crate::room::{Account, Around, Happening, LiveRoom, Stage};
use crate::seeded::{Seeded, noise};
use std::sync::Arc;
use wire::{Quantity, Sample, Value};

/// 1 % is what a VEML7700 scatters by between samples; it resolves far below 0.5 lx.
const LIGHT_NOISE: f64 = 0.01;

/// A physical campus.
#[derive(Clone, Debug)]
pub struct World {
    plan: Arc<Plan>,
    calendar: Calendar,
    seed: u64,
    start: i64,
    now: i64,
    rooms: Vec<LiveRoom>,
    /// The moment at which physics was stopped, if it was.
    frozen: Option<i64>,
    /// What light sensors scatter by, share of what they see.
    light_noise: f64,
}

/// What is true at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// The moment, ms UTC.
    pub t: i64,
    /// In the order of [`Plan::rooms`].
    pub rooms: Vec<RoomTruth>,
    /// In the order of [`Plan::meters`].
    pub registers: Vec<RegisterTruth>,
}

/// What is true in a room.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomTruth {
    /// Identifier of the room.
    pub room: String,
    /// How many people are there.
    pub people: u16,
    /// Light at the sensor, lx.
    pub light_lx: f64,
    /// The part of it that is daylight, lx.
    pub daylight_lx: f64,
    /// Per zone, what the lamps were last told, %.
    pub levels_pct: Vec<u8>,
    /// Power of lamps and plugs, mW.
    pub power_mw: u64,
    /// Sums since the start.
    pub account: Account,
}

/// What a meter has truly counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterTruth {
    /// Identifier of the node that reads it.
    pub node: String,
    /// Its channel.
    pub channel: &'static str,
    /// What the meter shows, Wh.
    pub energy_wh: u64,
    /// What it has counted since the start, mW·ms.
    pub counted_mwms: u64,
}

impl RoomTruth {
    /// Whether any lamp was told to be lit.
    pub fn is_lit(&self) -> bool {
        self.levels_pct.iter().any(|&level| level > 0)
    }
}

impl World {
    /// The campus at `start` (ms UTC) with all lamps dark, the same for the same arguments.
    pub fn new(plan: Arc<Plan>, seed: u64, start: i64) -> Self {
        let calendar = Calendar::new(&plan.time_zone);
        let around = Around { plan: &plan, calendar: &calendar, seed };
        let rooms = (0..plan.rooms.len()).map(|room| LiveRoom::new(around, room, start)).collect();
        Self {
            plan,
            calendar,
            seed,
            start,
            now: start,
            rooms,
            frozen: None,
            light_noise: LIGHT_NOISE,
        }
    }

    /// A room goes by a script from now on.
    pub fn set_stage(&mut self, room: usize, stage: Stage) {
        self.rooms[room].set_stage(stage);
    }

    /// Light sensors scatter by this share of what they see, to either side.
    pub fn set_light_noise(&mut self, share: f64) {
        self.light_noise = share;
    }

    /// Light at the sensor of a room at `t`, lx, and where the lamps of each zone were sent, %.
    pub fn light(&mut self, room: usize, t: i64) -> (f64, Vec<u8>) {
        self.advance_room(room, t);
        let around = Around { plan: &self.plan, calendar: &self.calendar, seed: self.seed };
        let live = &self.rooms[room];
        (live.light_lx(around), live.lamps().iter().map(crate::lamp::Lamp::target_pct).collect())
    }

    /// Lets time pass everywhere up to `to` (ms UTC); an earlier moment changes nothing.
    pub fn advance(&mut self, to: i64) {
        for room in 0..self.rooms.len() {
            self.advance_room(room, to);
        }
    }

    /// The latest moment that anybody asked for, ms UTC.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The plan it was built from.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// What a sensor of `node` shows at `t`; `None` where the node has no such sensor.
    pub fn sense(&mut self, node: usize, quantity: Quantity, t: i64) -> Option<Sample> {
        let kind = self.plan.nodes.get(node)?.kind;
        let room = kind.room()?;
        self.advance_room(room, t);
        let corner = usize::from(matches!(kind, NodeKind::Sensors(_)));
        let peopled = self.rooms[room].stage().map(|stage| stage.is_peopled(t));
        let value = match quantity {
            Quantity::Motion | Quantity::Presence if peopled.is_some() => {
                Value::from_whole(peopled.unwrap_or(false).into())
            }
            Quantity::Motion => Value::from_whole(self.rooms[room].day().moving(corner, t).into()),
            // A radar needs some seconds to be sure, either way; only sensor nodes have one.
            Quantity::Presence if corner == 1 => {
                let then = self.rooms[room].day().step_at(t - 5_000).people > 0;
                Value::from_whole(then.into())
            }
            Quantity::IlluminanceLx => self.illuminance(node, room, t),
            Quantity::Co2Ppm => {
                self.measured(node, 2, t, self.rooms[room].day().air.co2_ppm(t), 8.0, 1.0)
            }
            Quantity::TemperatureC => {
                self.measured(node, 3, t, self.temperature_c(room, t), 0.05, 0.01)
            }
            Quantity::HumidityPct => {
                self.measured(node, 4, t, self.humidity_pct(room, t), 0.3, 0.1)
            }
            _ => return None,
        };
        Some(Sample::Is(value).checked(quantity))
    }

    /// How many people are in the room of `node` at `t`; `None` for a node outside of rooms.
    pub fn people(&mut self, node: usize, t: i64) -> Option<u16> {
        let room = self.plan.nodes.get(node)?.kind.room()?;
        self.advance_room(room, t);
        Some(self.rooms[room].people())
    }

    /// When the PIR of `node` changes next after `t`, today at most.
    pub fn next_motion_edge(&mut self, node: usize, t: i64) -> Option<i64> {
        let kind = self.plan.nodes.get(node)?.kind;
        let room = kind.room()?;
        self.advance_room(room, t);
        if let Some(stage) = self.rooms[room].stage() {
            let edges = [stage.people.0, stage.people.1];
            return Some(edges.into_iter().find(|edge| *edge > t).unwrap_or(t + 3_600_000));
        }
        let corner = usize::from(matches!(kind, NodeKind::Sensors(_)));
        let day = self.rooms[room].day();
        Some(day.next_edge(corner, t).unwrap_or(day.end_ms))
    }

    /// Zones whose wall switch somebody presses up to `t`: as channel names of the room's node.
    pub fn presses(&mut self, node: usize, t: i64) -> Vec<&'static str> {
        let Some(room) = self.lit_room(node) else { return Vec::new() };
        self.advance_room(room, t);
        let pressed = self.rooms[room].presses();
        pressed.into_iter().map(|zone| self.plan.rooms[room].zones[zone].id).collect()
    }

    /// When somebody looks at a wall switch of `node` next, ms UTC; today at most.
    pub fn next_wish(&self, node: usize) -> Option<i64> {
        self.rooms[self.lit_room(node)?].next_wish()
    }

    /// Drives lamps from `t` on: absolute, as the gear hears it.
    pub fn drive(&mut self, node: usize, channel: &str, level_pct: u8, fade_ms: u32, t: i64) {
        let Some(room) = self.lit_room(node) else { return };
        let Some(zone) = self.zone(room, channel) else { return };
        self.advance_room(room, t);
        self.rooms[room].drive(zone, level_pct, fade_ms);
    }

    /// Lamps whose gear fades by itself are at this level at `t`; `settled` when they stay there.
    pub fn follow(&mut self, node: usize, channel: &str, level_pct: u8, settled: bool, t: i64) {
        let Some(room) = self.lit_room(node) else { return };
        let Some(zone) = self.zone(room, channel) else { return };
        self.advance_room(room, t);
        self.rooms[room].follow(zone, level_pct, 0);
        if settled {
            self.rooms[room].settle(zone);
        }
    }

    /// What the meter of a channel shows at `t`, Wh; it counts whatever the node does.
    pub fn register_wh(&mut self, node: usize, channel: &str, t: i64) -> Option<u64> {
        let counted = self.counted_mwms(node, channel, t)?;
        Some(self.first_wh(node, channel) + counted / MWMS_PER_WH)
    }

    /// Power through the meter of a channel at `t`.
    pub fn power(&mut self, node: usize, channel: &str, t: i64) -> Option<Sample> {
        let mw = match self.plan.nodes.get(node)?.kind {
            NodeKind::Room(room) => {
                self.advance_room(room, t);
                self.rooms[room].lamps()[self.zone(room, channel)?].power_mw()
            }
            NodeKind::Sensors(_) => return None,
            NodeKind::Mains(building) => {
                self.advance_building(building, t);
                let range = self.plan.buildings[building].rooms.clone();
                let rooms: u64 = self.rooms[range].iter().map(LiveRoom::power_mw).sum();
                rooms + u64::from(self.plan.buildings[building].base_load_w) * 1000
            }
        };
        let value = Value::from_milli(mw as i64);
        Some(Sample::Is(value).checked(Quantity::PowerW))
    }

    /// Everything that is true at `t`, or now where that is later.
    pub fn truth(&mut self, t: i64) -> Truth {
        let t = t.max(self.now);
        self.advance(t);
        let around = Around { plan: &self.plan, calendar: &self.calendar, seed: self.seed };
        let rooms = self.rooms.iter().zip(&self.plan.rooms).map(|(live, room)| RoomTruth {
            room: room.id.clone(),
            people: live.people(),
            light_lx: live.light_lx(around),
            daylight_lx: live.daylight_lx(around),
            levels_pct: live.lamps().iter().map(crate::lamp::Lamp::target_pct).collect(),
            power_mw: live.power_mw(),
            account: live.account(),
        });
        let rooms = rooms.collect();
        let mut registers = Vec::new();
        for (node, channel) in self.plan.meters() {
            let counted_mwms = self.counted_mwms(node, channel, t).unwrap_or(0);
            registers.push(RegisterTruth {
                node: self.plan.nodes[node].id.clone(),
                channel,
                energy_wh: self.first_wh(node, channel) + counted_mwms / MWMS_PER_WH,
                counted_mwms,
            });
        }
        Truth { t, rooms, registers }
    }

    /// Takes what happened since it was asked last, in time order.
    pub fn take_happenings(&mut self) -> Vec<Happening> {
        let mut all: Vec<_> = self.rooms.iter_mut().flat_map(LiveRoom::take_happenings).collect();
        all.sort_by_key(|happening| (happening.t, happening.room));
        all
    }

    /// Stops physics where it is: no lamp and no meter counts on, whatever the nodes do. Meters can
    /// then be read one last time, to the watt-hour.
    pub fn freeze(&mut self) {
        let now = self.now;
        self.advance(now);
        self.frozen = Some(now);
    }

    fn advance_room(&mut self, room: usize, to: i64) {
        let to = self.frozen.map_or(to, |frozen| to.min(frozen));
        let around = Around { plan: &self.plan, calendar: &self.calendar, seed: self.seed };
        self.rooms[room].advance(around, to);
        self.now = self.now.max(to);
    }

    fn advance_building(&mut self, building: usize, to: i64) {
        for room in self.plan.buildings[building].rooms.clone() {
            self.advance_room(room, to);
        }
    }

    fn counted_mwms(&mut self, node: usize, channel: &str, t: i64) -> Option<u64> {
        match self.plan.nodes.get(node)?.kind {
            NodeKind::Room(room) => {
                self.advance_room(room, t);
                Some(self.rooms[room].lamps()[self.zone(room, channel)?].energy_mwms())
            }
            NodeKind::Sensors(_) => None,
            NodeKind::Mains(building) => {
                self.advance_building(building, t);
                let place = &self.plan.buildings[building];
                let rooms = &self.rooms[place.rooms.clone()];
                // Rooms that somebody has already asked for a later moment would count ahead of
                // the base load; the meter is read at the latest moment of its building.
                let now = rooms.iter().map(LiveRoom::now).max().unwrap_or(t);
                let base = u64::from(place.base_load_w) * 1000 * (now - self.start).max(0) as u64;
                Some(rooms.iter().map(LiveRoom::energy_mwms).sum::<u64>() + base)
            }
        }
    }

    /// What the meter showed at the start: installed in another year.
    fn first_wh(&self, node: usize, channel: &str) -> u64 {
        let channel = channel.bytes().fold(0, |sum, byte| sum * 31 + u64::from(byte));
        let most = if matches!(self.plan.nodes[node].kind, NodeKind::Mains(_)) {
            400_000_000
        } else {
            2_000_000
        };
        Seeded::new(&[self.seed, 0x3e7e2, node as u64, channel]).between(1_000, most) as u64
    }

    /// A sensor's value: truth, its noise, and its resolution.
    fn measured(
        &self,
        node: usize,
        kind: u64,
        t: i64,
        truth: f64,
        noise_max: f64,
        step: f64,
    ) -> Value {
        let off = noise(&[self.seed, 0x5e45, node as u64, kind, t as u64]) * noise_max;
        let steps = ((truth + off) / step).round();
        Value::from_milli((steps * step * 1000.0).round() as i64)
    }

    fn illuminance(&self, node: usize, room: usize, t: i64) -> Value {
        let around = Around { plan: &self.plan, calendar: &self.calendar, seed: self.seed };
        let lx = self.rooms[room].light_lx(around);
        self.measured(node, 1, t, lx, self.light_noise * lx, 0.5)
    }

    /// A heavy house follows the season by a third, and warms with its people.
    fn temperature_c(&self, room: usize, t: i64) -> f64 {
        let outdoor = daylight::sky(self.plan.place, self.seed, t).outdoor_c(t);
        21.0 + 0.3 * (outdoor - 16.0) + self.rooms[room].day().air.rise_c(t)
    }

    fn humidity_pct(&self, room: usize, t: i64) -> f64 {
        let rise = self.rooms[room].day().air.rise_c(t);
        (48.0 + 10.0 * noise(&[self.seed, 0x40, (t / 86_400_000) as u64]) + 2.0 * rise)
            .clamp(15.0, 95.0)
    }

    fn lit_room(&self, node: usize) -> Option<usize> {
        match self.plan.nodes.get(node)?.kind {
            NodeKind::Room(room) => Some(room),
            _ => None,
        }
    }

    fn zone(&self, room: usize, channel: &str) -> Option<usize> {
        self.plan.rooms[room].zones.iter().position(|zone| zone.id == channel)
    }
}
