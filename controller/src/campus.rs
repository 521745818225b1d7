//! What a campus consists of, and whether that makes sense.

mod events;
mod meters;

pub use events::{EventSettings, FireCovers, FireEnds, FireSettings, Scene};
pub use meters::MeterFault;

use crate::timetable::Timetable;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use wire::Id;

/// A campus as it was configured.
#[derive(Clone, Debug, PartialEq)]
pub struct Campus {
    /// Identifier in topics.
    pub id: Id,
    /// Name for people.
    pub name: String,
    /// Where its clocks hang.
    pub zone: jiff::tz::TimeZone,
    /// When there are lessons.
    pub timetable: Timetable,
    /// Numbers that hold for the whole campus.
    pub settings: Settings,
    /// Rooms; [`crate::RoomIx`] counts them.
    pub rooms: Vec<RoomConfig>,
    /// Nodes; [`crate::NodeIx`] counts them.
    pub nodes: Vec<NodeConfig>,
    /// Meters that were configured; the first [`crate::MeterIx`] count them.
    pub meters: Vec<MeterConfig>,
    /// Prices and CO₂ factors.
    pub energy: crate::tariff::EnergySettings,
    /// Lighting rules that the staff wrote.
    pub rules: std::sync::Arc<rules::RuleSet>,
    /// Fire alarms and scenes.
    pub events: EventSettings,
}

/// Numbers that hold for the whole campus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a node may be silent before it is no longer believed, ms.
    pub silent_ms: u32,
    /// Length of an energy slot, ms: 1 min to 1 h, a divisor of the hour.
    pub slot_ms: i64,
}

impl Default for Settings {
    /// Two reports of 60 s missed, and half a one for jitter.
    fn default() -> Self {
        Self { silent_ms: 150_000, slot_ms: crate::ledger::SLOT_MS }
    }
}

/// A room.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomConfig {
    /// Building it is in.
    pub building: Id,
    /// Identifier within the building.
    pub id: Id,
    /// Name for people.
    pub name: String,
    /// Lamps that are switched together.
    pub zones: Vec<ZoneConfig>,
    /// The grid asks nothing of it.
    pub exempt: bool,
    /// How it is told whether somebody is there; most rooms share one.
    pub occupancy: Arc<crate::occupancy::OccupancySettings>,
}

/// Lamps of a room that are switched together.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneConfig {
    /// Identifier within the room: `window`, `inner`, `board`.
    pub id: Id,
    /// Node that drives them.
    pub node: Id,
    /// Lamp channel of that node.
    pub channel: Id,
    /// How they behave. `lamp_lx` is what these lamps alone add at the sensor that sees them:
    /// `illuminance_lx.<channel>` of the node where it reports that, else the room's sensor, where
    /// the light of all zones adds up. `stale_ms` is taken from [`Settings`], not from here.
    pub lighting: lighting::Settings,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeConfig {
    /// Identifier, also its account at the broker.
    pub id: Id,
    /// Where it hangs.
    pub place: Place,
    /// How it is to behave, without a version; most nodes share one. `None` for a gateway, which is told
    /// nothing by MQTT.
    pub settings: Option<Arc<wire::Settings>>,
}

/// A meter that was configured: one that is polled, or what is to be known about one behind a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterConfig {
    /// Its name in the ledger: an identifier, or `node/channel` for one behind a node.
    pub name: String,
    /// Name for people.
    pub label: String,
    /// How its register comes to us.
    pub source: MeterSource,
    /// Where it belongs; `None` is an orphan: it is read, counted in no total, and an alarm. One
    /// behind a node hangs where the node does.
    pub place: Option<Place>,
    /// The meter that counts what this one counts too.
    pub parent: Option<String>,
    /// Which way energy flows.
    pub flow: Flow,
    /// What its register can do.
    pub plate: Plate,
}

/// How a register comes to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeterSource {
    /// The agent asks the meter.
    Polled,
    /// A node reports it.
    Node {
        /// Which.
        node: Id,
        /// Channel; `None` for the one without a name.
        channel: Option<Id>,
    },
}

/// Which way energy flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Flow {
    /// Consumed.
    #[default]
    Import,
    /// Produced: counted in no consumption.
    Export,
}

impl Flow {
    /// The name in the API and in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Export => "export",
        }
    }
}

/// What a register can do: facts of the profile and of the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Plate {
    /// Where the register begins again at 0, Wh; `None` when it is not known to.
    pub modulus_wh: Option<i64>,
    /// Highest plausible power, W.
    pub power_max_w: i64,
    /// Smallest step of the register, Wh, at least 1.
    pub quantum_wh: i64,
}

impl Plate {
    /// A circuit in a room: 100 kW is above any classroom, kitchen or workshop, and far below what a
    /// glitch says.
    pub const ROOM: Self = Self { modulus_wh: None, power_max_w: 100_000, quantum_wh: 1 };
}

impl Default for Plate {
    /// 1 MW is above any school's mains.
    fn default() -> Self {
        Self { modulus_wh: None, power_max_w: 1_000_000, quantum_wh: 1 }
    }
}

/// Where a node hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In a room.
    Room {
        /// Building of the room.
        building: Id,
        /// Room.
        room: Id,
    },
    /// In a building, for all of it.
    Building(Id),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room { building, room } => write!(f, "{building}/{room}"),
            Self::Building(building) => write!(f, "{building}"),
        }
    }
}

/// What is wrong with a campus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CampusFault {
    /// A room is named twice.
    DuplicateRoom(Place),
    /// A node is named twice.
    DuplicateNode(Id),
    /// A zone is named twice in a room.
    DuplicateZone(String, Id),
    /// A node hangs in a room that does not exist.
    UnknownRoom {
        /// The node.
        node: Id,
        /// The room.
        place: Place,
    },
    /// A zone is driven by a node that does not exist.
    UnknownNode {
        /// The room.
        place: String,
        /// The zone.
        zone: Id,
        /// The node.
        node: Id,
    },
    /// Two zones want the same lamp channel.
    SharedChannel {
        /// The node.
        node: Id,
        /// The channel.
        channel: Id,
    },
    /// A node drives more zones than a node has lamp channels.
    TooManyZones(Id),
    /// A time that would make a rule run all the time, or never.
    BadTime(&'static str),
    /// Something is wrong with a meter.
    Meter(String, MeterFault),
    /// A slot that is no divisor of the hour, or in which a local day of this zone would begin.
    BadSlot {
        /// As configured.
        slot_ms: i64,
        /// The offset from UTC that is no multiple of it, s; `None` when no zone would do.
        offset_s: Option<i32>,
    },
    /// A lesson ends before it begins, or two overlap, or the times are not in order.
    BadTimetable(&'static str),
    /// Prices or factors that make no sense.
    Energy(crate::tariff::EnergyFault),
}

impl fmt::Display for CampusFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateRoom(place) => write!(f, "room `{place}` is named twice"),
            Self::DuplicateNode(node) => write!(f, "node `{node}` is named twice"),
            Self::DuplicateZone(place, zone) => {
                write!(f, "zone `{zone}` of room `{place}` is named twice")
            }
            Self::UnknownRoom { node, place } => {
                write!(f, "node `{node}` hangs in room `{place}`, which does not exist")
            }
            Self::UnknownNode { place, zone, node } => {
                write!(
                    f,
                    "zone `{zone}` of room `{place}` names node `{node}`, which does not exist"
                )
            }
            Self::SharedChannel { node, channel } => {
                write!(f, "two zones want channel `{channel}` of node `{node}`")
            }
            Self::TooManyZones(node) => {
                write!(f, "node `{node}` drives more than {} zones", wire::hello::CHANNELS_MAX)
            }
            Self::BadTime(name) => write!(f, "`{name}` must be longer"),
            Self::Meter(meter, fault) => write!(f, "meter `{meter}`: {fault}"),
            Self::BadSlot { slot_ms, offset_s: None } => {
                write!(f, "a slot of {slot_ms} ms does not divide the hour into minutes")
            }
            Self::BadSlot { slot_ms, offset_s: Some(offset_s) } => write!(
                f,
                "days here begin inside a slot of {} min: the zone is {offset_s} s away from UTC",
                slot_ms / 60_000
            ),
            Self::BadTimetable(why) => write!(f, "timetable: {why}"),
            Self::Energy(fault) => write!(f, "{fault}"),
        }
    }
}

impl std::error::Error for CampusFault {}

impl Campus {
    /// Whether all names exist and are used once, and all times make sense.
    ///
    /// # Errors
    /// The first [`CampusFault`] found.
    pub fn check(&self) -> Result<(), CampusFault> {
        if self.settings.silent_ms < TIME_MS_MIN {
            return Err(CampusFault::BadTime("silent_ms"));
        }
        self.timetable.check().map_err(CampusFault::BadTimetable)?;
        let energy = self.energy.check(&self.zone, self.settings.slot_ms);
        if let Some(fault) = energy.into_iter().next() {
            return Err(CampusFault::Energy(fault));
        }
        let rooms = self.check_rooms()?;
        let mut nodes = HashSet::new();
        for node in &self.nodes {
            if !nodes.insert(node.id) {
                return Err(CampusFault::DuplicateNode(node.id));
            }
            if matches!(node.place, Place::Room { .. }) && !rooms.contains(&node.place) {
                return Err(CampusFault::UnknownRoom { node: node.id, place: node.place });
            }
        }
        self.check_channels(&nodes)?;
        self.check_slots()?;
        meters::check(self, &rooms, &nodes)
            .map_err(|(meter, fault)| CampusFault::Meter(meter.to_owned(), fault))
    }

    /// Local days are whole slots, now and after every change of the clocks that is known.
    fn check_slots(&self) -> Result<(), CampusFault> {
        let slot_ms = self.settings.slot_ms;
        let fault = |offset_s| Err(CampusFault::BadSlot { slot_ms, offset_s });
        if !(60_000..=3_600_000).contains(&slot_ms)
            || 3_600_000 % slot_ms != 0
            || slot_ms % 60_000 != 0
        {
            return fault(None);
        }
        let floor = jiff::Timestamp::from_millisecond(crate::limits::CLOCK_FLOOR.0);
        let from = floor.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let changes =
            self.zone.following(from).take(CLOCK_CHANGES_MAX).map(|change| change.offset());
        let mut offsets = std::iter::once(self.zone.to_offset(from)).chain(changes);
        match offsets.find(|offset| i64::from(offset.seconds()) * 1000 % slot_ms != 0) {
            Some(offset) => fault(Some(offset.seconds())),
            None => Ok(()),
        }
    }

    fn check_rooms(&self) -> Result<HashSet<Place>, CampusFault> {
        let mut rooms = HashSet::new();
        for room in &self.rooms {
            if !rooms.insert(room.place()) {
                return Err(CampusFault::DuplicateRoom(room.place()));
            }
            for (at, zone) in room.zones.iter().enumerate() {
                if room.zones[..at].iter().any(|other| other.id == zone.id) {
                    return Err(CampusFault::DuplicateZone(room.place().to_string(), zone.id));
                }
                zone.check()?;
            }
        }
        Ok(rooms)
    }

    fn check_channels(&self, nodes: &HashSet<Id>) -> Result<(), CampusFault> {
        let mut channels = HashSet::new();
        let mut counts = std::collections::HashMap::new();
        for room in &self.rooms {
            for zone in &room.zones {
                let (node, channel) = (zone.node, zone.channel);
                if !nodes.contains(&node) {
                    let (place, zone) = (room.place().to_string(), zone.id);
                    return Err(CampusFault::UnknownNode { place, zone, node });
                }
                if !channels.insert((node, channel)) {
                    return Err(CampusFault::SharedChannel { node, channel });
                }
                let count = counts.entry(node).or_insert(0usize);
                *count += 1;
                if *count > wire::hello::CHANNELS_MAX {
                    return Err(CampusFault::TooManyZones(node));
                }
            }
        }
        Ok(())
    }
}

impl RoomConfig {
    /// `building/room`.
    pub const fn place(&self) -> Place {
        Place::Room { building: self.building, room: self.id }
    }
}

/// Changes of a zone's clocks that are looked at: fifty years of summer and winter.
const CLOCK_CHANGES_MAX: usize = 100;

/// A second: below that a rule would run all the time.
const TIME_MS_MIN: u32 = 1_000;

impl ZoneConfig {
    fn check(&self) -> Result<(), CampusFault> {
        let times = [
            ("hold_ms", self.lighting.hold_ms),
            ("break_hold_ms", self.lighting.break_hold_ms),
            ("still_hold_ms", self.lighting.still_hold_ms),
            ("override_max_ms", self.lighting.override_max_ms),
            ("warn_ms", self.lighting.warn_ms),
            ("renew_ms", self.lighting.renew_ms),
        ];
        match times.into_iter().find(|(_, ms)| *ms < TIME_MS_MIN) {
            Some((name, _)) => Err(CampusFault::BadTime(name)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
