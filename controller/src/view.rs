//! Everything the API may want to know, as plain values. Nothing here decides anything.

mod meters;

pub(crate) use meters::MAIN;
pub use meters::{DoubtView, MeterView};

use crate::calendar::CalendarNeed;
use crate::campus::{Campus, Place, RoomConfig};
use crate::node::{Held, Node, is_fresh};
use crate::timetable::{instant, moment};
use crate::{Controller, MeterIx, NodeIx, RoomIx, Timestamp, Verdict, ZoneIx};
use lighting::{Occupancy, Period};
use serde::{Deserialize, Serialize};
use wire::{Id, Mode, NoReading, Quantity, Reset, Sample, Value};

/// A room, now.
#[derive(Clone, Debug)]
pub struct RoomView<'a> {
    /// As configured.
    pub config: &'a RoomConfig,
    /// Whether somebody is there.
    pub occupancy: Occupancy,
    /// Since when.
    pub occupancy_since: Timestamp,
    /// What the timetable says.
    pub period: Period,
    /// Fresh readings of its sensors. Of several sensors of one quantity: for movement and presence
    /// whoever sees somebody, otherwise the newest.
    pub readings: Vec<(Quantity, Value)>,
    /// Quantities that should have a reading and have none, and why.
    pub no_readings: Vec<(Quantity, NoReading)>,
    /// Power of its nodes; of a node that measures both a whole and its parts, the whole.
    pub power_w: Option<Value>,
    /// Energy of its meters since local midnight, counted like power.
    pub energy_today_wh: i64,
    /// Its lamps.
    pub zones: Vec<ZoneView>,
    /// Nodes that hang in it.
    pub nodes: &'a [NodeIx],
    /// When any of them last said something new.
    pub last_heard: Option<Timestamp>,
}

/// The little of a room that may be looked at after every input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// Whether somebody is there.
    pub occupancy: Occupancy,
    /// What the timetable says.
    pub period: Period,
    /// Levels that we want, %, zone by zone.
    pub levels: Vec<u8>,
}

/// Lamps that are switched together, now.
#[derive(Clone, Debug)]
pub struct ZoneView {
    /// Which.
    pub ix: ZoneIx,
    /// Identifier within the room.
    pub id: Id,
    /// Level we want, %.
    pub level_pct: u8,
    /// Level that the node reported, %, if that is fresh.
    pub actual_pct: Option<u8>,
    /// The node reports a failed lamp.
    pub lamp_fault: bool,
    /// Since when we want it.
    pub since: Timestamp,
    /// Why: as it would be decided now.
    pub verdict: Verdict,
}

/// Whether a node speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NodeState {
    /// Never heard.
    Never,
    /// It speaks.
    Online,
    /// Nothing new for too long.
    Silent,
    /// Its connection broke, and the broker said so.
    Offline,
}

impl NodeState {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Online => "online",
            Self::Silent => "silent",
            Self::Offline => "offline",
        }
    }
}

/// A node, now.
#[derive(Clone, Debug)]
pub struct NodeView<'a> {
    /// Which.
    pub ix: NodeIx,
    /// Identifier.
    pub id: Id,
    /// Where it hangs.
    pub place: Place,
    /// Whether it speaks.
    pub state: NodeState,
    /// Since when.
    pub state_since: Option<Timestamp>,
    /// When it last sent a new frame.
    pub last_heard: Option<Timestamp>,
    /// Restart counter.
    pub boot: Option<u32>,
    /// End of the unbroken row of that boot: what has been, or will be, acknowledged.
    pub acked_seq: Option<u32>,
    /// Firmware version; empty when it has not said so.
    pub firmware: &'a str,
    /// Hardware.
    pub board: &'a str,
    /// What it was provisioned as.
    pub profile: &'a str,
    /// Why it started.
    pub reset: Reset,
    /// Last words of its firmware before that; empty when there were none.
    pub panic: &'a str,
    /// How much of its work it does.
    pub mode: Mode,
    /// When its present boot first said hello.
    pub started: Option<Timestamp>,
    /// How often its watchdog started it.
    pub watchdogs: u32,
    /// How often it started after a panic.
    pub panics: u32,
    /// Version of the settings in force; 0 when what it had stored was damaged; `None` as shipped.
    pub settings: Option<u32>,
    /// Version of the settings it should have, and since when; `None` when it is to be as shipped.
    pub settings_given: Option<(u32, Timestamp)>,
    /// Why it refused them; empty when it did not.
    pub settings_refused: &'a str,
    /// Energy that the end of the last boot may have cost its registers, Wh.
    pub energy_lost_wh_max: Option<u32>,
    /// Payloads that it refused since it started.
    pub refused_by_it: u32,
    /// New frames.
    pub frames: u64,
    /// Frames that came again.
    pub duplicates: u64,
    /// Frames that are gone.
    pub lost: u64,
    /// Frames whose order was too bad, or whose boot too old, to be remembered.
    pub refused: u64,
    /// Since when another node seems to use its identifier.
    pub conflict: Option<Timestamp>,
    /// What it measured last.
    pub readings: Vec<ReadingView<'a>>,
}

/// The last reading of a quantity on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadingView<'a> {
    /// What.
    pub quantity: Quantity,
    /// On which channel; empty where there is only one.
    pub channel: &'a str,
    /// Value, or why there is none.
    pub sample: Sample,
    /// When.
    pub measured: Timestamp,
    /// Whether it may be shown as current.
    pub fresh: bool,
}

impl Controller {
    /// The campus as configured.
    pub const fn campus(&self) -> &Campus {
        &self.campus
    }

    /// The latest moment heard of.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Since when it listens: silence before is ours, not the nodes'.
    pub const fn listening_since(&self) -> Timestamp {
        self.listening_since
    }

    /// The little of a room that costs nothing to look at.
    pub fn glance(&self, ix: RoomIx) -> Glance {
        let room = &self.rooms[ix.at()];
        let levels = room.zones().map(|zone| self.zones[zone.at()].memory.rules.level_pct());
        let (occupancy, period) = (room.occupancy, self.today.room(ix));
        Glance { occupancy, period, levels: levels.collect() }
    }

    /// What the timetable says of the campus as a whole.
    pub fn period(&self) -> Period {
        self.today.period()
    }

    /// Local midnight.
    pub const fn day_start(&self) -> Timestamp {
        self.today.day_start
    }

    /// What a person has to do about the calendar, and since when.
    pub fn calendar_needs(&self) -> Vec<(CalendarNeed, Timestamp)> {
        let zone = &self.campus.zone;
        let today = zone.to_datetime(instant(self.now)).date();
        let needs = self.campus.timetable.calendar.needs(today);
        let since = |need: &CalendarNeed| moment(zone, need.since(), 0);
        needs.into_iter().map(|need| (need.clone(), since(&need))).collect()
    }

    /// The node of this identifier.
    pub fn find_node(&self, id: &str) -> Option<NodeIx> {
        self.node_names.get(&Id::new(id).ok()?).copied()
    }

    /// The room of this name: `building/room`.
    pub fn find_room(&self, name: &str) -> Option<RoomIx> {
        let (building, room) = name.split_once('/')?;
        let key = (Id::new(building).ok()?, Id::new(room).ok()?);
        self.room_names.get(&key).copied()
    }

    /// Identifier of a zone within its room.
    pub fn zone_id(&self, ix: ZoneIx) -> Id {
        self.zone_config(ix).id
    }

    /// Room of a zone.
    pub fn zone_room(&self, ix: ZoneIx) -> RoomIx {
        self.zones[ix.at()].room
    }

    /// A room, now.
    pub fn room(&self, ix: RoomIx) -> RoomView<'_> {
        let config = &self.campus.rooms[ix.at()];
        let room = &self.rooms[ix.at()];
        let stale_ms = self.campus.settings.silent_ms;
        let nodes = || room.nodes.iter().map(|node| &self.nodes[node.at()]);
        let (readings, no_readings) = gather(nodes(), stale_ms, self.now);
        let polled = self.polled_in(ix);
        // What a polled meter counts too is not counted again.
        let part = |meter: MeterIx| {
            let parent = self.parent(meter);
            polled.iter().any(|view| Some(view.ix) == parent)
        };
        let others = || nodes().filter(|node| !node.meters.iter().any(|known| part(known.meter)));
        RoomView {
            config,
            occupancy: room.occupancy,
            occupancy_since: room.occupancy_since,
            period: self.today.room(ix),
            readings,
            no_readings,
            power_w: sum(polled
                .iter()
                .filter_map(|view| view.power_w)
                .chain(others().filter_map(|node| node_power(node, stale_ms, self.now)))),
            energy_today_wh: polled.iter().map(|view| view.today_wh).sum::<i64>()
                + others().map(|node| self.today_wh(node)).sum::<i64>(),
            zones: room.zones().map(|zone| self.zone(zone)).collect(),
            nodes: &room.nodes,
            last_heard: nodes().filter_map(|node| node.heard).max(),
        }
    }

    fn zone(&self, ix: ZoneIx) -> ZoneView {
        let config = self.zone_config(ix);
        let zone = &self.zones[ix.at()];
        let stale_ms = self.campus.settings.silent_ms;
        let (room, period) = (&self.rooms[zone.room.at()], self.today.room(zone.room));
        let seen = room.look(&self.nodes, &self.around(zone.room, self.now), self.now);
        let configs = &self.campus.rooms[zone.room.at()].zones;
        let around = room.lamps(&self.zones, configs).around((ix.0 - room.first_zone) as usize);
        let inputs = zone.inputs(config, &around, seen, period, stale_ms, self.now);
        let place = &self.campus.rooms[zone.room.at()];
        let inputs = self.imposed.add(inputs, place, ix, self.now);
        // Deciding again gives the same level; only a copy of the zone takes note of it.
        let mut rules = zone.memory.rules;
        let settings = around.settings(config);
        let asked = self.written_requests(ix, seen, &settings);
        let asked = asked.iter().copied();
        let verdict = rules.decide_with(&inputs, &settings, asked, self.now.millis());
        let fault = self.nodes[zone.node.at()].held(Quantity::LampFault, zone.symbol);
        ZoneView {
            ix,
            id: config.id,
            level_pct: zone.memory.rules.level_pct(),
            actual_pct: zone.actual_pct(&self.nodes, stale_ms, self.now),
            lamp_fault: fault
                .is_some_and(|held| matches!(held.sample, Sample::Is(value) if value.milli() > 0)),
            since: zone.memory.since,
            verdict,
        }
    }

    /// A node, now.
    pub fn node(&self, ix: NodeIx) -> NodeView<'_> {
        let config = &self.campus.nodes[ix.at()];
        let node = &self.nodes[ix.at()];
        let stale_ms = self.campus.settings.silent_ms;
        let (told, life) = (node.told.as_deref(), node.life.as_deref());
        let given = life.and_then(|life| life.given);
        let refused = life.and_then(|life| life.refused.as_ref());
        let refused = refused
            .filter(|(version, _)| given.is_some_and(|given| given.settings.version == *version));
        let view = |held: &Held| ReadingView {
            quantity: held.quantity,
            channel: node.channel(held.symbol),
            sample: held.sample,
            measured: held.measured,
            fresh: is_fresh(held.measured, stale_ms, self.now),
        };
        NodeView {
            ix,
            id: config.id,
            place: config.place,
            state: node.state,
            state_since: node.state_since,
            last_heard: node.heard,
            boot: node.boot(),
            acked_seq: node.windows.first().map(|window| window.base).filter(|seq| *seq > 0),
            firmware: told.map_or("", |told| &told.firmware),
            board: told.map_or("", |told| &told.board),
            profile: told.map_or("", |told| &told.profile),
            reset: told.map_or(Reset::Unknown, |told| told.reset),
            panic: told.map_or("", |told| &told.panic),
            mode: told.map_or(Mode::Normal, |told| told.mode),
            started: life.filter(|life| life.boot.is_some()).map(|life| life.started),
            watchdogs: life.map_or(0, |life| life.watchdogs),
            panics: life.map_or(0, |life| life.panics),
            settings: life.and_then(|life| life.in_force),
            settings_given: given.map(|given| (given.settings.version, given.since)),
            settings_refused: refused.map_or("", |(_, why)| why),
            energy_lost_wh_max: told.and_then(|told| told.energy_lost_wh_max),
            refused_by_it: told.map_or(0, |told| told.refused),
            frames: node.counts.frames,
            duplicates: node.counts.duplicates,
            lost: node.counts.lost,
            refused: node.counts.refused,
            conflict: node.conflict,
            readings: node.readings().iter().map(view).collect(),
        }
    }

    /// Meters that are polled and measure the room, without those that are part of another of them.
    fn polled_in(&self, ix: RoomIx) -> Vec<MeterView<'_>> {
        let Some(all) = self.polled.get(&ix) else { return Vec::new() };
        let whole =
            |meter: &&MeterIx| self.parent(**meter).is_none_or(|parent| !all.contains(&parent));
        all.iter().filter(whole).map(|meter| self.meter(*meter)).collect()
    }

    /// Energy of a node since local midnight: its whole where it measures that, else its parts.
    fn today_wh(&self, node: &Node) -> i64 {
        let account = |meter: MeterIx| self.meters[meter.at()].account.as_ref();
        let today = |meter: MeterIx| account(meter).map_or(0, |account| account.today_wh);
        match node.meters.iter().find(|known| known.symbol == 0) {
            Some(whole) => today(whole.meter),
            None => node.meters.iter().map(|part| today(part.meter)).sum(),
        }
    }
}

type Gathered = (Vec<(Quantity, Value)>, Vec<(Quantity, NoReading)>);

/// What sensors of a room say, by quantity. What is measured per lamp or circuit is not of the room.
fn gather<'a>(nodes: impl Iterator<Item = &'a Node>, stale_ms: u32, now: Timestamp) -> Gathered {
    let mut best: Vec<Held> = Vec::new();
    let of_the_room = |held: &&Held| SENSED.contains(&held.quantity);
    for held in nodes.flat_map(|node| node.readings()).filter(of_the_room) {
        let mut held = *held;
        if !is_fresh(held.measured, stale_ms, now) {
            held.sample = Sample::No(NoReading::Silent);
        }
        match best.iter_mut().find(|other| other.quantity == held.quantity) {
            None => best.push(held),
            Some(other) if rank(&held) > rank(other) => *other = held,
            Some(_) => {}
        }
    }
    best.sort_by_key(|held| held.quantity);
    let (mut readings, mut no_readings) = (Vec::new(), Vec::new());
    for held in best {
        match held.sample {
            Sample::Is(value) => readings.push((held.quantity, value)),
            Sample::No(NoReading::NotFitted) => {}
            Sample::No(reason) => no_readings.push((held.quantity, reason)),
        }
    }
    (readings, no_readings)
}

const SENSED: [Quantity; 6] = [
    Quantity::Motion,
    Quantity::Presence,
    Quantity::IlluminanceLx,
    Quantity::Co2Ppm,
    Quantity::TemperatureC,
    Quantity::HumidityPct,
];

/// A value before none, somebody before nobody, then the newer one.
fn rank(held: &Held) -> (bool, bool, Timestamp) {
    let value = held.sample.value();
    let sees = matches!(held.quantity, Quantity::Motion | Quantity::Presence)
        && value.is_some_and(|value| value.milli() > 0);
    (value.is_some(), sees, held.measured)
}

/// Power of a node: its whole where it measures that, else its parts.
pub(crate) fn node_power(node: &Node, stale_ms: u32, now: Timestamp) -> Option<Value> {
    let fresh =
        |held: &&Held| held.quantity == Quantity::PowerW && is_fresh(held.measured, stale_ms, now);
    let value = |held: &Held| held.sample.value();
    let whole = node.readings().iter().filter(fresh).find(|held| held.symbol == 0).and_then(value);
    whole.or_else(|| sum(node.readings().iter().filter(fresh).filter_map(value)))
}

fn sum(values: impl Iterator<Item = Value>) -> Option<Value> {
    values.reduce(|a, b| Value::from_milli(a.milli().saturating_add(b.milli())))
}
