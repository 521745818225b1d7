//! `[lighting]`, `[[room]]`, `[[room.zone]]` and `[[node]]`, and whether they fit together.

use super::fault::{Faults, Span};
use super::table::{At, Table};
use controller::{NodeConfig, Place, RoomConfig, Settings, ZoneConfig};
use std::collections::BTreeMap;
use wire::Id;
use wire::hello::CHANNELS_MAX;

/// Most rooms and most nodes of one campus: far above any school, and twice what `cargo xtask bench`
/// measures.
const ROOMS_MAX: usize = 2_000;
const NODES_MAX: usize = 20_000;

/// Most zones of one room.
const ZONES_MAX: usize = 8;

/// The account of the agent at the broker; a node of that name would be taken for it.
const AGENT: &str = "agent";

/// What was said about a node, so far as it can be trusted.
struct NodeFound {
    at: Span,
    room: Option<(Id, Id)>,
}

/// The nodes that could be read. What is missing among them is a fault only where nothing was
/// unreadable: one wrong name shall be reported once, not at everything that uses it.
#[derive(Default)]
struct Nodes {
    by_id: BTreeMap<Id, NodeFound>,
    /// Every node has a readable name.
    named: bool,
    /// Every node has a readable place.
    placed: bool,
}

type Rooms = BTreeMap<(Id, Id), Span>;

/// Per node the lamp channels that a zone drives already, and where that stands.
type Driven = BTreeMap<Id, BTreeMap<Id, Span>>;

/// Reads rooms and nodes; what is faulty is left out of them and noted.
pub fn read(file: &Table<'_>, faults: &mut Faults) -> (Settings, Vec<RoomConfig>, Vec<NodeConfig>) {
    let usual = file
        .section("lighting", faults)
        .map_or_else(lighting::Settings::default, |table| lighting_settings(&table, faults));
    let room_tables = file.sections("room", faults);
    let node_tables = file.sections("node", faults);
    refuse_many("rooms", &room_tables, ROOMS_MAX, faults);
    refuse_many("nodes", &node_tables, NODES_MAX, faults);

    let mut names = Rooms::new();
    let found: Vec<_> = room_tables
        .iter()
        .map(|table| {
            let id = table.room("id", faults);
            if let Some(id) = &id {
                unique(
                    &mut names,
                    id,
                    |(building, room)| format!("room `{building}/{room}`"),
                    faults,
                );
            }
            id
        })
        .collect();
    // A room whose name is wrong is reported once; its nodes are not told that it does not exist.
    let all_named = found.iter().all(Option::is_some);
    let (nodes, known) = nodes(&node_tables, &names, all_named, faults);

    let mut rooms = Vec::with_capacity(room_tables.len());
    let mut driven = Driven::new();
    for (table, id) in room_tables.iter().zip(found) {
        let room = RoomReader { table, id: id.map(|id| id.is), nodes: &known };
        if let Some(room) = room.read(usual, &mut driven, faults) {
            rooms.push(room);
        }
    }
    (Settings { silent_ms: usual.stale_ms, ..Settings::default() }, rooms, nodes)
}

fn refuse_many(what: &str, tables: &[Table<'_>], max: usize, faults: &mut Faults) {
    if let Some(first_over) = tables.get(max) {
        faults
            .add(&first_over.at, format!("too many {what}"))
            .label(format!("{} in all; {max} are the most", tables.len()));
    }
}

/// Notes a fault at both places when `key` was there before.
fn unique<K: Ord + Clone>(
    seen: &mut BTreeMap<K, Span>,
    key: &At<K>,
    name: impl Fn(&K) -> String,
    faults: &mut Faults,
) {
    if let Some(first) = seen.get(&key.is) {
        faults
            .add(&key.at, format!("{} stands here twice", name(&key.is)))
            .label("again here")
            .also(first, "first here");
    } else {
        seen.insert(key.is.clone(), key.at.clone());
    }
}

fn nodes(
    tables: &[Table<'_>],
    rooms: &Rooms,
    all_named: bool,
    faults: &mut Faults,
) -> (Vec<NodeConfig>, Nodes) {
    let (mut list, mut seen) = (Vec::new(), BTreeMap::new());
    let mut known = Nodes { named: true, placed: true, ..Nodes::default() };
    for table in tables {
        let id = table.id("id", faults);
        if let Some(id) = &id {
            unique(&mut seen, id, |id| format!("node `{id}`"), faults);
            if id.is.as_str() == AGENT {
                faults
                    .add(&id.at, "a node may not be called `agent`")
                    .help("that is the agent's own account");
            }
        }
        let place = place(table, rooms, all_named, faults);
        known.named &= id.is_some();
        known.placed &= id.is_some() && place.is_some();
        let Some(id) = id else { continue };
        let room = match place {
            Some(Place::Room { building, room }) => Some((building, room)),
            _ => None,
        };
        known.by_id.entry(id.is).or_insert(NodeFound { at: id.at, room });
        list.extend(place.map(|place| NodeConfig { id: id.is, place }));
    }
    (list, known)
}

fn place(table: &Table<'_>, rooms: &Rooms, all_named: bool, faults: &mut Faults) -> Option<Place> {
    let room = table.room("room", faults);
    let building = table.id("building", faults);
    match (table.has("room"), table.has("building")) {
        (true, true) => {
            faults
                .add(&table.place("building"), "a node has a room or a building, not both")
                .also(&table.place("room"), "the room")
                .help("the building of a room is the part before the `/`");
            None
        }
        (false, false) => {
            faults
                .add(&table.at, "a node that hangs nowhere")
                .help("add `room = \"building/room\"`, or `building = \"…\"` for a mains meter");
            None
        }
        (false, true) => building.map(|building| Place::Building(building.is)),
        (true, false) => {
            let room = room?;
            let (building, id) = room.is;
            if !rooms.contains_key(&room.is) && all_named {
                let known: Vec<_> = rooms.keys().map(|(b, r)| format!("{b}/{r}")).collect();
                let wrong = format!("{building}/{id}");
                faults
                    .add(&room.at, format!("there is no room `{wrong}`"))
                    .help("add a `[[room]]` with this `id`")
                    .closest(&wrong, known.iter().map(String::as_str));
            }
            Some(Place::Room { building, room: id })
        }
    }
}

/// One `[[room]]` with what its zones are compared with.
struct RoomReader<'r, 't> {
    table: &'r Table<'t>,
    id: Option<(Id, Id)>,
    nodes: &'r Nodes,
}

impl RoomReader<'_, '_> {
    fn read(
        &self,
        usual: lighting::Settings,
        driven: &mut Driven,
        faults: &mut Faults,
    ) -> Option<RoomConfig> {
        let name = self.table.name("name", faults);
        let mut settings = usual;
        set_min(&mut settings.hold_ms, self.table.whole("hold_min", faults));
        if let Some(pct) = self.table.whole("auto_pct", faults) {
            settings.auto_pct = pct.is as u8;
        }
        let tables = self.table.sections("zone", faults);
        if tables.len() > ZONES_MAX {
            faults
                .add(&tables[ZONES_MAX].at, "too many zones in one room")
                .label(format!("{} in all; {ZONES_MAX} are the most", tables.len()));
        }
        let mut seen = BTreeMap::new();
        let mut zones = Vec::with_capacity(tables.len());
        for table in &tables {
            let id = table.id("id", faults);
            if let Some(id) = &id {
                unique(&mut seen, id, |id| format!("zone `{id}`"), faults);
            }
            zones.extend(self.zone(table, id, settings, driven, faults));
        }
        let (building, id) = self.id?;
        Some(RoomConfig {
            building,
            id,
            name: name.unwrap_or_else(|| format!("{building}/{id}")),
            zones,
        })
    }

    fn zone(
        &self,
        table: &Table<'_>,
        id: Option<At<Id>>,
        usual: lighting::Settings,
        driven: &mut Driven,
        faults: &mut Faults,
    ) -> Option<ZoneConfig> {
        let node = self.node(table, faults);
        let channel = if table.has("channel") { table.id("channel", faults) } else { id.clone() };
        let settings = zone_settings(table, usual, faults);
        let (id, node, channel) = (id?, node?, channel?);
        let channels = driven.entry(node).or_default();
        if let Some(first) = channels.get(&channel.is) {
            faults
                .add(
                    &channel.at,
                    format!("two zones drive channel `{}` of node `{node}`", channel.is),
                )
                .label("again here")
                .also(first, "first here");
        } else {
            channels.insert(channel.is, channel.at);
            if channels.len() == CHANNELS_MAX + 1 {
                faults
                    .add(&table.at, format!("node `{node}` drives too many zones"))
                    .label(format!("{CHANNELS_MAX} are the most"));
            }
        }
        Some(ZoneConfig { id: id.is, node, channel: channel.is, lighting: settings })
    }

    /// The node that is named, or the only one that hangs in the room.
    fn node(&self, table: &Table<'_>, faults: &mut Faults) -> Option<Id> {
        if table.has("node") {
            let node = table.id("node", faults)?;
            if !self.nodes.by_id.contains_key(&node.is) && self.nodes.named {
                faults
                    .add(&node.at, format!("there is no node `{}`", node.is))
                    .help("add a `[[node]]` with this `id`")
                    .closest(node.is.as_str(), self.nodes.by_id.keys().map(Id::as_str));
            }
            return Some(node.is);
        }
        let room = self.id?;
        let nodes = self.nodes.by_id.iter();
        let here: BTreeMap<_, _> = nodes.filter(|(_, node)| node.room == Some(room)).collect();
        match here.first_key_value() {
            Some((only, _)) if here.len() == 1 => Some(**only),
            None if !self.nodes.placed => None,
            None => {
                faults
                    .add(&table.at, "no node drives this zone")
                    .help(format!("add a `[[node]]` with `room = \"{}/{}\"`", room.0, room.1));
                None
            }
            Some((_, first)) => {
                let names: Vec<_> = here.keys().map(|id| format!("`{id}`")).collect();
                faults
                    .add(&table.at, "which node drives this zone?")
                    .also(&first.at, "one of them")
                    .help(format!("set `node` to one of {}", names.join(", ")));
                None
            }
        }
    }
}

fn lighting_settings(table: &Table<'_>, faults: &mut Faults) -> lighting::Settings {
    let mut settings = lighting::Settings::default();
    set_min(&mut settings.hold_ms, table.whole("hold_min", faults));
    set_min(&mut settings.break_hold_ms, table.whole("break_hold_min", faults));
    set_min(&mut settings.override_max_ms, table.whole("override_max_min", faults));
    set_min(&mut settings.warn_ms, table.whole("warn_min", faults));
    if let Some(stale_s) = table.whole("stale_s", faults) {
        settings.stale_ms = stale_s.is * 1_000;
    }
    if let Some(pct) = table.whole("auto_pct", faults) {
        settings.auto_pct = pct.is as u8;
    }
    if let Some(lx) = table.whole("floor_lx", faults) {
        settings.floor_lx = lx.is;
    }
    settings
}

fn zone_settings(
    table: &Table<'_>,
    usual: lighting::Settings,
    faults: &mut Faults,
) -> lighting::Settings {
    let mut settings = usual;
    let target = table.whole("target_lx", faults);
    if let Some(lx) = &target {
        settings.target_lx = lx.is;
    }
    if let Some(lx) = table.whole("lamp_lx", faults) {
        settings.lamp_lx = lx.is;
    }
    settings.floor_lx = settings.floor_lx.min(settings.target_lx);
    if let Some(floor) = table.whole("floor_lx", faults) {
        if floor.is > settings.target_lx {
            let fault = faults.add(&floor.at, "a lesson needs more than the target");
            fault.label(format!("more than {} lx", settings.target_lx));
            match &target {
                Some(target) => fault.also(&target.at, "the target"),
                None => fault.help("set `target_lx` too; without it the target is 300 lx"),
            };
        }
        settings.floor_lx = floor.is;
    }
    settings
}

/// Minutes into milliseconds; the ranges of the keys keep them far below the limit of `u32`.
fn set_min(ms: &mut u32, min: Option<At<u32>>) {
    if let Some(min) = min {
        *ms = min.is * 60_000;
    }
}
