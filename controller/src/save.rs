//! The checkpoint: everything a controller knows, in bytes, by name.
//!
//! By name, so that a campus whose configuration has changed keeps what still exists: a room that
//! was added starts unknown, a node that was removed is forgotten, except for the accounts of its
//! meters: should they come back, their sums go on. The first byte is the version of the form. What a
//! later version adds stands behind what was there before ([`more`]), so that the checkpoint of an
//! earlier program is read as far as it goes; any other version is refused, and the agent replays its
//! log instead.

use crate::controller::{Meter, Source};
use crate::ledger::Account;
use crate::limits::KEPT_METERS_MAX;
use crate::node::{Counts, Held, Told, Waiting};
use crate::room::ZoneMemory;
use crate::tally::RoomTally;
use crate::view::NodeState;
use crate::window::Window;
use crate::{Campus, CampusFault, Controller, MeterIx, RoomIx, Timestamp};
use lighting::{Occupancy, Presence};
use serde::{Deserialize, Serialize};
use std::fmt;

mod gauges;
mod imposed;
mod light;
mod more;
mod people;
mod written;

use gauges::SavedGauges;
use imposed::SavedImposed;
use light::SavedLight;
use more::More;
use people::SavedPeople;
use wire::{Id, NoReading, Quantity, Reset, Sample, Value};
use written::SavedRules;

/// Version of the form. Raise it with every change of a saved type.
const VERSION: u8 = 8;

/// The form that ends before [`SavedPeople`].
const WITHOUT_PEOPLE: u8 = 7;

/// The form that ends before [`SavedLight`].
const WITHOUT_LIGHT: u8 = 6;

/// The form that ends before [`SavedGauges`].
const WITHOUT_GAUGES: u8 = 5;

/// The form that ends before [`SavedImposed`].
const WITHOUT_IMPOSED: u8 = 4;

/// The form that ends before [`SavedRules`].
const WITHOUT_RULES: u8 = 3;

/// The form that ends before [`More`].
const WITHOUT_MORE: u8 = 2;

/// Why a checkpoint cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveFault {
    /// It has another form; `None` when it has none at all.
    Version(Option<u8>),
    /// Its bytes make no sense.
    Damaged,
    /// The campus itself makes no sense.
    Campus(CampusFault),
}

impl fmt::Display for SaveFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(Some(version)) => {
                write!(f, "checkpoint of version {version}; this program knows {VERSION}")
            }
            Self::Version(None) => f.write_str("empty checkpoint"),
            Self::Damaged => f.write_str("damaged checkpoint"),
            Self::Campus(fault) => write!(f, "{fault}"),
        }
    }
}

impl std::error::Error for SaveFault {}

#[derive(Serialize, Deserialize)]
struct Saved {
    campus: Id,
    now: Timestamp,
    listening_since: Timestamp,
    slot_ms: i64,
    /// Start of the slot whose time the rooms count.
    slot: Timestamp,
    rooms: Vec<SavedRoom>,
    nodes: Vec<SavedNode>,
    meters: Vec<SavedMeter>,
}

#[derive(Serialize, Deserialize)]
struct SavedRoom {
    building: Id,
    id: Id,
    occupancy: Occupancy,
    occupancy_since: Timestamp,
    settled_at: Timestamp,
    deadline: Option<Timestamp>,
    zones: Vec<(Id, ZoneMemory)>,
    tally: Option<RoomTally>,
}

#[derive(Serialize, Deserialize)]
struct SavedNode {
    id: Id,
    windows: Vec<Window>,
    channels: Vec<Id>,
    readings: Vec<SavedReading>,
    waiting: Vec<(u32, u8, Timestamp, i64)>,
    /// The highest of its meters in the current boot, as programs before version 3 counted.
    booked: u32,
    /// Firmware, board, profile, name of the reset.
    told: Option<(String, String, String, String)>,
    presence: Presence,
    heard: Option<Timestamp>,
    state: NodeState,
    state_since: Option<Timestamp>,
    conflict: Option<Timestamp>,
    counts: Counts,
    version: u64,
    settled: bool,
}

#[derive(Serialize, Deserialize)]
struct SavedReading {
    quantity: u8,
    symbol: u8,
    measured: Timestamp,
    seq: u32,
    /// In thousandths, or the number of a no-reading.
    sample: Result<i64, u8>,
}

/// An account by the name of its meter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SavedMeter {
    name: String,
    account: Account,
}

impl Controller {
    /// Everything that is known, as bytes. The same state gives the same bytes.
    pub fn save(&self) -> Vec<u8> {
        let saved = Saved {
            campus: self.campus.id,
            now: self.now,
            listening_since: self.listening_since,
            slot_ms: self.campus.settings.slot_ms,
            slot: self.tally.open_slot(),
            rooms: self.save_rooms(),
            nodes: self.save_nodes(),
            meters: self.save_meters(),
        };
        // Writing into a growing vector fails for no type above; an empty checkpoint is refused at
        // the start and the log is replayed.
        let bytes = postcard::to_extend(&saved, vec![VERSION]).unwrap_or_default();
        let bytes = postcard::to_extend(&self.save_more(), bytes).unwrap_or_default();
        let bytes = postcard::to_extend(&self.save_written(), bytes).unwrap_or_default();
        let bytes = postcard::to_extend(&self.save_imposed(), bytes).unwrap_or_default();
        let bytes = postcard::to_extend(&self.save_gauges(), bytes).unwrap_or_default();
        let bytes = postcard::to_extend(&self.save_light(), bytes).unwrap_or_default();
        postcard::to_extend(&self.save_people(), bytes).unwrap_or_default()
    }

    /// A controller that continues where [`Controller::save`] left off, for a campus that may have
    /// changed since. `now` is only for the versions of desired states, which may never fall back.
    ///
    /// # Errors
    /// A [`SaveFault`]; then the log must be replayed from its beginning.
    pub fn restore(campus: Campus, now: Timestamp, bytes: &[u8]) -> Result<Self, SaveFault> {
        let (version, body) = bytes.split_first().ok_or(SaveFault::Version(None))?;
        if !(WITHOUT_MORE..=VERSION).contains(version) {
            return Err(SaveFault::Version(Some(*version)));
        }
        let damaged = |_| SaveFault::Damaged;
        let (saved, rest): (Saved, _) = postcard::take_from_bytes(body).map_err(damaged)?;
        let (more, rest): (Vec<More>, _) = match *version {
            WITHOUT_MORE => (saved.nodes.iter().map(More::before).collect(), rest),
            _ => postcard::take_from_bytes(rest).map_err(damaged)?,
        };
        let (written, rest): (Vec<SavedRules>, _) = match *version {
            WITHOUT_MORE..=WITHOUT_RULES => (Vec::new(), rest),
            _ => postcard::take_from_bytes(rest).map_err(damaged)?,
        };
        let (imposed, rest): (SavedImposed, _) = match *version {
            WITHOUT_MORE..=WITHOUT_IMPOSED => (SavedImposed::default(), rest),
            _ => postcard::take_from_bytes(rest).map_err(damaged)?,
        };
        let (gauges, rest): (Option<SavedGauges>, _) = match *version {
            WITHOUT_MORE..=WITHOUT_GAUGES => (None, rest),
            _ => {
                let (gauges, rest) = postcard::take_from_bytes(rest).map_err(damaged)?;
                (Some(gauges), rest)
            }
        };
        let (light, rest): (Vec<SavedLight>, _) = match *version {
            WITHOUT_MORE..=WITHOUT_LIGHT => (Vec::new(), rest),
            _ => postcard::take_from_bytes(rest).map_err(damaged)?,
        };
        let people: SavedPeople = match *version {
            WITHOUT_MORE..=WITHOUT_PEOPLE => SavedPeople::default(),
            _ => postcard::from_bytes(rest).map_err(damaged)?,
        };
        let mut controller = Self::new(campus, saved.now).map_err(SaveFault::Campus)?;
        controller.listening_since = saved.listening_since;
        controller.tally.restore(saved.slot, saved.now);
        for room in &saved.rooms {
            controller.restore_room(room);
        }
        let names: Vec<Id> = saved.nodes.iter().map(|node| node.id).collect();
        for node in saved.nodes {
            controller.restore_node(node, now);
        }
        for mut meter in saved.meters {
            let slot_ms = controller.campus.settings.slot_ms;
            if saved.slot_ms != slot_ms {
                meter.account.resize_slots(slot_ms);
            }
            controller.restore_meter(meter);
        }
        for (name, more) in names.into_iter().zip(more) {
            controller.restore_more(name, more);
        }
        written.into_iter().for_each(|rules| controller.restore_written(rules));
        controller.restore_imposed(imposed);
        if let Some(gauges) = gauges.filter(|_| saved.slot_ms == controller.campus.settings.slot_ms)
        {
            controller.restore_gauges(gauges);
        }
        light.into_iter().for_each(|light| controller.restore_light(light));
        controller.restore_people(people);
        controller.requeue();
        Ok(controller)
    }

    fn save_rooms(&self) -> Vec<SavedRoom> {
        let rooms = self.campus.rooms.iter().zip(&self.rooms).enumerate();
        let save =
            |(at, (config, room)): (usize, (&crate::RoomConfig, &crate::room::Room))| SavedRoom {
                building: config.building,
                id: config.id,
                occupancy: room.occupancy,
                occupancy_since: room.occupancy_since,
                settled_at: room.settled_at,
                deadline: room.deadline,
                zones: room
                    .zones()
                    .map(|ix| (self.zone_id(ix), self.zones[ix.at()].memory))
                    .collect(),
                tally: self.tally.saved(RoomIx(at as u32)),
            };
        rooms.map(save).collect()
    }

    fn save_nodes(&self) -> Vec<SavedNode> {
        let save = |(config, node): (&crate::NodeConfig, &crate::node::Node)| SavedNode {
            id: config.id,
            windows: node.windows.clone(),
            channels: node.channels.clone(),
            readings: node.readings().iter().map(SavedReading::new).collect(),
            waiting: node
                .waiting
                .iter()
                .map(|w| (w.seq, w.symbol, w.measured, w.register_wh))
                .collect(),
            booked: node.booked(),
            told: node.told.as_deref().map(|told| {
                let reset = told.reset.name().to_owned();
                (told.firmware.to_string(), told.board.to_string(), told.profile.to_string(), reset)
            }),
            presence: node.presence,
            heard: node.heard,
            state: node.state,
            state_since: node.state_since,
            conflict: node.conflict,
            counts: node.counts,
            version: node.version,
            settled: node.settled,
        };
        self.campus.nodes.iter().zip(&self.nodes).map(save).collect()
    }

    fn save_meters(&self) -> Vec<SavedMeter> {
        let save = |(at, meter): (usize, &Meter)| {
            let (name, account) = (self.meter_name(MeterIx(at as u32)), meter.account.clone()?);
            Some(SavedMeter { name, account })
        };
        let mut saved: Vec<SavedMeter> = self.meters.iter().enumerate().filter_map(save).collect();
        saved.extend(self.kept.iter().cloned());
        saved
    }

    fn restore_room(&mut self, saved: &SavedRoom) {
        let Some(ix) = self.room_names.get(&(saved.building, saved.id)).copied() else { return };
        let room = &mut self.rooms[ix.at()];
        room.occupancy = saved.occupancy;
        room.occupancy_since = saved.occupancy_since;
        room.settled_at = saved.settled_at;
        room.deadline = saved.deadline;
        if let Some(tally) = saved.tally {
            self.tally.restore_room(ix, tally);
        }
        for (zone_ix, config) in room.zones().zip(&self.campus.rooms[ix.at()].zones) {
            let known = saved.zones.iter().find(|(id, _)| *id == config.id);
            if let Some((_, memory)) = known {
                self.zones[zone_ix.at()].memory = *memory;
            }
        }
    }

    fn restore_node(&mut self, saved: SavedNode, now: Timestamp) {
        let Some(ix) = self.node_names.get(&saved.id).copied() else { return };
        let node = &mut self.nodes[ix.at()];
        // Zones may have changed, and with them the numbers of channels; names have not.
        let names = &saved.channels;
        let mut renumber = |symbol: u8| match usize::from(symbol).checked_sub(1) {
            None => Some(0),
            Some(at) => node.symbol_or_new(names.get(at)?.as_str()),
        };
        let mut readings: Vec<Held> =
            saved.readings.iter().filter_map(|held| held.restore(&mut renumber)).collect();
        readings.shrink_to_fit();
        let waiting = saved.waiting.iter().filter_map(|(seq, symbol, measured, register_wh)| {
            let symbol = renumber(*symbol)?;
            Some(Waiting { seq: *seq, symbol, measured: *measured, register_wh: *register_wh })
        });
        let waiting = waiting.collect();
        // Channels that hold nothing any more keep their numbers all the same: the order of names
        // is part of the state.
        for at in 0..names.len() {
            renumber(at as u8 + 1);
        }
        node.remember(readings);
        node.waiting = waiting;
        node.windows = saved.windows;
        let boot = node.boot();
        node.told = saved.told.map(|(firmware, board, profile, reset)| {
            let reset = reset_named(&reset);
            // The rest stands in `More`.
            let boot = boot.unwrap_or(0);
            let hello =
                wire::Hello { firmware: &firmware, board: &board, ..wire::Hello::will(boot) };
            let hello = wire::Hello { profile: &profile, reset, ..hello };
            Box::new(Told::new(&hello, &wire::Condition::default()))
        });
        node.presence = saved.presence;
        node.heard = saved.heard;
        node.state = saved.state;
        node.state_since = saved.state_since;
        node.conflict = saved.conflict;
        node.counts = saved.counts;
        node.version = saved.version.max(u64::try_from(now.0).unwrap_or(0));
        node.settled = saved.settled;
    }

    fn restore_meter(&mut self, saved: SavedMeter) {
        let known = self.find_meter(&saved.name).or_else(|| self.meter_again(&saved.name));
        match known {
            Some(ix) => self.meters[ix.at()].account = Some(saved.account),
            None if self.kept.len() < KEPT_METERS_MAX => self.kept.push(saved),
            None => {}
        }
    }

    /// A register of a node that nobody configured.
    fn meter_again(&mut self, name: &str) -> Option<MeterIx> {
        let (node, channel) = name.split_once('/')?;
        let node = self.find_node(node)?;
        let channel = if channel == crate::view::MAIN { "" } else { channel };
        let symbol = self.nodes[node.at()].symbol_or_new(channel)?;
        let source = Source::Node { node, symbol };
        Some(self.add_meter(Meter { source, account: None }))
    }
}

impl SavedReading {
    fn new(held: &Held) -> Self {
        Self {
            quantity: held.quantity as u8,
            symbol: held.symbol,
            measured: held.measured,
            seq: held.seq,
            sample: match held.sample {
                Sample::Is(value) => Ok(value.milli()),
                Sample::No(reason) => Err(reason as u8),
            },
        }
    }

    fn restore(&self, renumber: &mut impl FnMut(u8) -> Option<u8>) -> Option<Held> {
        let sample = match self.sample {
            Ok(milli) => Sample::Is(Value::from_milli(milli)),
            Err(number) => Sample::No(NoReading::from_number(number)?),
        };
        Some(Held {
            measured: self.measured,
            seq: self.seq,
            quantity: Quantity::from_number(self.quantity)?,
            symbol: renumber(self.symbol)?,
            sample,
        })
    }
}

/// The reset of a name; what this program does not know is unknown, as on the wire.
fn reset_named(name: &str) -> Reset {
    let all = [Reset::PowerOn, Reset::Watchdog, Reset::Panic, Reset::Asked, Reset::Update];
    all.into_iter().find(|reset| reset.name() == name).unwrap_or(Reset::Unknown)
}
