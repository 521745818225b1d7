//! What stands on the campus: buildings, rooms, lamps, nodes. A plan never changes while it runs.
//!
//! | node | where | has |
//! |---|---|---|
//! | `sci-101` | every room | sensors, one lamp channel per zone with its own meter, wall switch |
//! | `sci-104-b` | every fourth room | sensors only, at another corner |
//! | `sci-mains` | every building | the mains meter, channel `mains` |

use crate::daylight::{Place, Side};
use crate::seeded::Seeded;

mod config;
mod names;

pub use config::AgentSettings;

/// Everything that stands on the campus.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Identifier of the campus in topics.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Where on earth.
    pub place: Place,
    /// What chance depends on.
    pub seed: u64,
    /// In the order of their first room.
    pub buildings: Vec<Building>,
    /// In the order of their identifiers within a building.
    pub rooms: Vec<Room>,
    /// Room nodes in the order of rooms, then sensor nodes, then mains meters.
    pub nodes: Vec<NodePlan>,
}

/// A house.
#[derive(Clone, Debug)]
pub struct Building {
    /// Identifier, for example `science`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What runs day and night, in W: network, fire panel, fridges, emergency lighting.
    pub base_load_w: u32,
    /// Indices into [`Plan::rooms`].
    pub rooms: std::ops::Range<usize>,
}

/// A room.
#[derive(Clone, Debug)]
pub struct Room {
    /// Identifier, `building/number`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub kind: RoomKind,
    /// Index into [`Plan::buildings`].
    pub building: usize,
    /// Which way the windows look.
    pub side: Side,
    /// How many people fit.
    pub seats: u16,
    /// Air in it, m³.
    pub volume_m3: f64,
    /// Share of the sky's light that arrives at the sensor, 0 to 1.
    pub daylight_factor: f64,
    /// Groups of lamps, each with its own switch and meter.
    pub zones: Vec<Zone>,
}

/// What a room is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomKind {
    /// Lessons at desks.
    Classroom,
    /// Lessons with instruments.
    Lab,
    /// Teachers at work.
    Office,
    /// People passing through.
    Corridor,
}

/// A group of lamps.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Identifier of the zone and of the node's channel: `window`, `inner`, `board`.
    pub id: &'static str,
    /// Power at full light, W.
    pub lamp_w: u32,
    /// What these lamps add at the room's sensor at full light, lx.
    pub lamp_lx: u32,
    /// What the standard asks for here during lessons, lx.
    pub target_lx: u32,
}

/// A node and what it is fastened to.
#[derive(Clone, Debug)]
pub struct NodePlan {
    /// Identifier, also its account at the broker.
    pub id: String,
    /// What it has.
    pub kind: NodeKind,
}

/// What a node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// Sensors, lamps and wall switch of a room; index into [`Plan::rooms`].
    Room(usize),
    /// Sensors of a room; index into [`Plan::rooms`].
    Sensors(usize),
    /// Mains meter of a building; index into [`Plan::buildings`].
    Mains(usize),
}

/// The channel of a mains meter.
pub const MAINS_CHANNEL: &str = "mains";

impl NodeKind {
    /// The room a node is in, where it is in one.
    pub const fn room(self) -> Option<usize> {
        match self {
            Self::Room(room) | Self::Sensors(room) => Some(room),
            Self::Mains(_) => None,
        }
    }
}

impl RoomKind {
    /// Whether lessons are held there.
    pub const fn has_lessons(self) -> bool {
        matches!(self, Self::Classroom | Self::Lab)
    }

    /// Classroom of 9 × 7 × 3.2 m with 9 + 2 luminaires of 40 W (120 lm/W): 5.7 W/m² without the
    /// board, about 330 lx maintained, within GB 7793-2010 (≥ 300 lx, ≤ 9 W/m²).
    /// The sensor hangs in the middle, so the inner rows reach it most.
    fn zones(self) -> Vec<Zone> {
        let zone = |id, lamp_w, lamp_lx, target_lx| Zone { id, lamp_w, lamp_lx, target_lx };
        match self {
            Self::Classroom => vec![
                zone("window", 120, 120, 300),
                zone("inner", 240, 240, 300),
                zone("board", 80, 60, 500),
            ],
            Self::Lab => vec![
                zone("window", 160, 130, 300),
                zone("inner", 280, 260, 300),
                zone("board", 80, 60, 500),
            ],
            Self::Office => vec![zone("window", 80, 150, 300), zone("inner", 120, 230, 300)],
            Self::Corridor => vec![zone("inner", 100, 160, 100)],
        }
    }

    const fn volume_m3(self) -> f64 {
        match self {
            Self::Classroom => 9.0 * 7.0 * 3.2,
            Self::Lab => 11.0 * 7.0 * 3.2,
            Self::Office => 6.0 * 5.0 * 3.0,
            Self::Corridor => 40.0 * 2.4 * 3.2,
        }
    }

    const fn seats(self) -> u16 {
        match self {
            Self::Classroom => 42,
            Self::Lab => 32,
            Self::Office => 8,
            Self::Corridor => 30,
        }
    }
}

impl Plan {
    /// A school of this many rooms (at least 1), the same for the same arguments.
    pub fn new(rooms: usize, seed: u64) -> Self {
        let rooms = rooms.max(1);
        let mut plan = Self {
            id: "demo".into(),
            name: "Demo school".into(),
            // Shanghai.
            time_zone: "Asia/Shanghai".into(),
            place: Place { latitude: 31.23, longitude: 121.47 },
            seed,
            buildings: Vec::new(),
            rooms: Vec::with_capacity(rooms),
            nodes: Vec::new(),
        };
        let buildings = building_count(rooms);
        for building in 0..buildings {
            // The first buildings take what is left over.
            let share = rooms / buildings + usize::from(building < rooms % buildings);
            plan.add_building(building, share);
        }
        plan.add_nodes();
        plan
    }

    /// The index of a room by its identifier (`science/101`).
    pub fn room(&self, id: &str) -> Option<usize> {
        self.rooms.iter().position(|room| room.id == id)
    }

    /// The index of a node by its identifier (`sci-101`).
    pub fn node(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }

    /// Every meter as `(node, channel)`: one per lamp channel, one per building.
    pub fn meters(&self) -> Vec<(usize, &'static str)> {
        let mut meters = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            meters.extend(self.channels(node.kind).into_iter().map(|channel| (index, channel)));
        }
        meters
    }

    /// The metered channels of a node, in their order.
    pub fn channels(&self, kind: NodeKind) -> Vec<&'static str> {
        match kind {
            NodeKind::Room(room) => self.rooms[room].zones.iter().map(|zone| zone.id).collect(),
            NodeKind::Sensors(_) => Vec::new(),
            NodeKind::Mains(_) => vec![MAINS_CHANNEL],
        }
    }

    fn add_building(&mut self, index: usize, rooms: usize) {
        let (id, _, name) = names::building(index);
        let first = self.rooms.len();
        for room in 0..rooms {
            self.add_room(index, &id, room);
        }
        self.buildings.push(Building {
            id,
            name,
            base_load_w: 400 + 25 * rooms as u32,
            rooms: first..self.rooms.len(),
        });
    }

    fn add_room(&mut self, building: usize, building_id: &str, index: usize) {
        let (floor, on_floor) =
            (index / names::ROOMS_PER_FLOOR + 1, index % names::ROOMS_PER_FLOOR);
        let number = floor * 100 + on_floor + 1;
        let kind = names::kind(building, on_floor);
        let mut chance = Seeded::new(&[self.seed, 0xca3b, self.rooms.len() as u64]);
        let side = match (kind, building % 2, on_floor % 2) {
            // Corridors have a window at their end only.
            (RoomKind::Corridor, _, _) => Side::East,
            (_, 0, 0) => Side::South,
            (_, 0, _) => Side::North,
            (_, _, 0) => Side::East,
            (_, _, _) => Side::West,
        };
        // GB 50033-2013 asks for 3 % on average; half of that in the middle of the room, and less
        // on the ground floor behind trees.
        let middle = if kind == RoomKind::Corridor { 0.004 } else { 0.015 };
        let daylight_factor = middle * (0.8 + 0.4 * chance.unit());
        self.rooms.push(Room {
            id: format!("{building_id}/{number}"),
            name: names::room(building, kind, index),
            kind,
            building,
            side,
            seats: kind.seats(),
            volume_m3: kind.volume_m3(),
            daylight_factor,
            zones: kind.zones(),
        });
    }

    fn add_nodes(&mut self) {
        let mut sensors = Vec::new();
        for (index, room) in self.rooms.iter().enumerate() {
            let (_, short, _) = names::building(room.building);
            let number = room.id.rsplit('/').next().unwrap_or("");
            let id = format!("{short}-{number}");
            if index % 4 == 3 {
                sensors.push(NodePlan { id: format!("{id}-b"), kind: NodeKind::Sensors(index) });
            }
            self.nodes.push(NodePlan { id, kind: NodeKind::Room(index) });
        }
        self.nodes.append(&mut sensors);
        for index in 0..self.buildings.len() {
            let (_, short, _) = names::building(index);
            self.nodes
                .push(NodePlan { id: format!("{short}-mains"), kind: NodeKind::Mains(index) });
        }
    }
}

/// One building up to 3 rooms, two up to 8, three up to 120, then one per 40 rooms.
fn building_count(rooms: usize) -> usize {
    match rooms {
        0..=3 => 1,
        4..=8 => 2,
        9..=120 => 3,
        _ => rooms.div_ceil(40),
    }
}
