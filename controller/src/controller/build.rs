//! A controller from a campus.

use super::*;
use crate::occupancy::stir::Stir;
use crate::{Flow, MeterIx, MeterSource, Place, RoomIx};

impl Controller {
    /// A campus of which nothing has been heard yet.
    ///
    /// # Errors
    /// A [`CampusFault`]: see [`Campus::check`].
    pub fn new(mut campus: Campus, now: Timestamp) -> Result<Self, CampusFault> {
        campus.check()?;
        let mut usual = Vec::new();
        ruled::rule_times(&mut campus, &mut usual);
        let node_names = index(campus.nodes.iter().map(|node| node.id), NodeIx);
        let room_names = index(campus.rooms.iter().map(|room| (room.building, room.id)), RoomIx);
        let zones = build_zones(&campus, &node_names, now);
        let nodes = build_nodes(&campus, &zones, &room_names, now);
        let rooms = build_rooms(&campus, &nodes, now);
        let today = Today::new(&campus.timetable, &campus.zone, &campus.rooms, now);
        let today = today.turning_at(campus.rules.turns(), &campus.zone, now);
        let written = Written::new(&campus);
        let tally = Tally::new(rooms.len(), campus.settings.slot_ms);
        let gauges = Gauges::new(rooms.len(), campus.settings.slot_ms);
        let mut controller = Self {
            campus,
            now,
            listening_since: now,
            today,
            nodes,
            rooms,
            zones,
            written,
            usual,
            imposed: Imposed::default(),
            tally,
            gauges,
            meters: Vec::new(),
            mains: HashMap::new(),
            polled: HashMap::new(),
            kept: Vec::new(),
            queue: BinaryHeap::new(),
            node_names,
            room_names,
            duplicate: false,
            no_ledger: false,
            scratch: Default::default(),
            told_rooms: Vec::new(),
            told_nodes: Vec::new(),
            told_desires: Vec::new(),
        };
        controller.tell_day();
        controller.add_configured_meters();
        controller.requeue();
        Ok(controller)
    }

    fn add_configured_meters(&mut self) {
        for at in 0..self.campus.meters.len() {
            let config = &self.campus.meters[at];
            let source = match config.source {
                MeterSource::Polled => {
                    if let (Some(Place::Room { building, room }), Flow::Import) =
                        (config.place, config.flow)
                        && let Some(room) = self.room_names.get(&(building, room))
                    {
                        self.polled.entry(*room).or_default().push(MeterIx(at as u32));
                    }
                    Source::Polled
                }
                MeterSource::Node { node, channel } => {
                    let channel = channel.as_ref().map_or("", Id::as_str);
                    // Named in the campus, and not too many: `Campus::check`.
                    let Some(&ix) = self.node_names.get(&node) else { continue };
                    let Some(symbol) = self.nodes[ix.at()].symbol_or_new(channel) else { continue };
                    Source::Node { node: ix, symbol }
                }
            };
            self.add_meter(Meter { source, account: None });
        }
    }

    /// Puts everything into the queue anew.
    pub(crate) fn requeue(&mut self) {
        self.queue.clear();
        for ix in (0..self.nodes.len() as u32).map(NodeIx) {
            self.nodes[ix.at()].queued = None;
            self.queue_node(ix);
        }
        for ix in (0..self.rooms.len() as u32).map(RoomIx) {
            self.rooms[ix.at()].queued = None;
            self.queue_room(ix);
        }
    }

    pub(crate) fn zone_config(&self, ix: ZoneIx) -> &crate::ZoneConfig {
        let room = self.zones[ix.at()].room;
        let nth = ix.0 - self.rooms[room.at()].first_zone;
        &self.campus.rooms[room.at()].zones[nth as usize]
    }
}

fn index<K: std::hash::Hash + Eq, V>(
    keys: impl Iterator<Item = K>,
    make: impl Fn(u32) -> V,
) -> HashMap<K, V> {
    keys.enumerate().map(|(at, key)| (key, make(at as u32))).collect()
}

fn build_zones(campus: &Campus, names: &HashMap<Id, NodeIx>, now: Timestamp) -> Vec<Zone> {
    let mut driven: HashMap<NodeIx, Symbol> = HashMap::new();
    let mut zones = Vec::new();
    for (at, room) in campus.rooms.iter().enumerate() {
        for config in &room.zones {
            // Named in the campus, or `Campus::check` would have refused it.
            let Some(&node) = names.get(&config.node) else { continue };
            let symbol = driven.entry(node).and_modify(|symbol| *symbol += 1).or_insert(1);
            let memory = ZoneMemory {
                rules: lighting::Zone::new(),
                daylight: None,
                presses: 0,
                since: now,
                fade_ms: config.lighting.fade_ms,
                told: None,
            };
            let light = ZoneLight::default();
            zones.push(Zone { room: RoomIx(at as u32), node, symbol: *symbol, memory, light });
        }
    }
    zones
}

fn build_nodes(
    campus: &Campus,
    zones: &[Zone],
    room_names: &HashMap<(Id, Id), RoomIx>,
    now: Timestamp,
) -> Vec<Node> {
    let mut driven: HashMap<NodeIx, Vec<ZoneIx>> = HashMap::new();
    for (at, zone) in zones.iter().enumerate() {
        driven.entry(zone.node).or_default().push(ZoneIx(at as u32));
    }
    let configs: Vec<&crate::ZoneConfig> =
        campus.rooms.iter().flat_map(|room| &room.zones).collect();
    let version = u64::try_from(now.0).unwrap_or(0);
    let build = |(at, config): (usize, &crate::NodeConfig)| {
        let room = match config.place {
            Place::Room { building, room } => room_names.get(&(building, room)).copied(),
            Place::Building(_) => None,
        };
        let own = driven.remove(&NodeIx(at as u32)).unwrap_or_default();
        let mut rooms: Vec<RoomIx> = own.iter().map(|zone| zones[zone.at()].room).collect();
        rooms.extend(room);
        rooms.sort_unstable();
        rooms.dedup();
        let channels = own.iter().map(|zone| configs[zone.at()].channel).collect();
        Node::new(room, own.into(), rooms.into(), channels, version)
    };
    campus.nodes.iter().enumerate().map(build).collect()
}

fn build_rooms(campus: &Campus, nodes: &[Node], now: Timestamp) -> Vec<Room> {
    let mut inside: Vec<Vec<NodeIx>> = vec![Vec::new(); campus.rooms.len()];
    for (at, node) in nodes.iter().enumerate() {
        if let Some(room) = node.room {
            inside[room.at()].push(NodeIx(at as u32));
        }
    }
    let mut first_zone = 0;
    let build = |(room, nodes): (&crate::RoomConfig, Vec<NodeIx>)| {
        let zone_count = room.zones.len() as u32;
        let built = Room {
            nodes: nodes.into(),
            first_zone,
            zone_count,
            tracks: Vec::new(),
            calibrated: None,
            calibration: None,
            occupancy: Occupancy::Unknown,
            occupancy_since: now,
            stir: Stir::default(),
            emptied: None,
            settled_at: Timestamp(0),
            deadline: None,
            queued: None,
            news: News::None,
        };
        first_zone += zone_count;
        built
    };
    campus.rooms.iter().zip(inside).map(build).collect()
}
