//! `[lighting]`, `[[room]]` and `[[room.zone]]`, and which node or gateway drives a zone.

use super::behaviour::Usual;
use super::buses::Buses;
use super::fault::{Faults, Span};
use super::gateways::{Gateways, Outputs};
use super::occupancy;
use super::places::{NodeFound, Nodes, Rooms, refuse_many, unique};
use super::profiles::Profiles;
use super::table::{At, Table};
use crate::bus::plan::GatewayConfig;
use controller::{NodeConfig, Place, RoomConfig, Settings, ZoneConfig};
use std::collections::BTreeMap;
use wire::Id;
use wire::hello::CHANNELS_MAX;

/// Most rooms and most nodes of one campus: far above any school, and twice what `cargo xtask bench`
/// measures.
const ROOMS_MAX: usize = 2_000;
const NODES_MAX: usize = 20_000;

/// Most gateways: a bus carries some thirty.
const GATEWAYS_MAX: usize = 2_000;

/// Most zones of one room.
const ZONES_MAX: usize = 8;

/// What a zone drives already, and where that stands: lamp channels per node, outputs of gateways.
#[derive(Default)]
struct Driven {
    channels: BTreeMap<Id, BTreeMap<Id, Span>>,
    outputs: Outputs,
}

/// What the sections about rooms, nodes and gateways say.
pub struct Found {
    pub settings: Settings,
    pub rooms: Vec<RoomConfig>,
    /// Nodes, and behind them the gateways.
    pub list: Vec<NodeConfig>,
    pub names: Rooms,
    pub nodes: Nodes,
    /// `None` where one could not be read.
    pub gateways: Option<Vec<GatewayConfig>>,
}

/// Reads rooms, nodes and gateways; what is faulty is left out of them and noted.
pub fn read(
    file: &Table<'_>,
    buses: &mut Buses,
    profiles: &mut Profiles<'_>,
    faults: &mut Faults,
) -> Found {
    let usual = file
        .section("lighting", faults)
        .map_or_else(lighting::Settings::default, |table| lighting_settings(&table, faults));
    let room_tables = file.sections("room", faults);
    let node_tables = file.sections("node", faults);
    let gateway_tables = file.sections("gateway", faults);
    refuse_many("rooms", &room_tables, ROOMS_MAX, faults);
    refuse_many("nodes", &node_tables, NODES_MAX, faults);
    refuse_many("gateways", &gateway_tables, GATEWAYS_MAX, faults);

    let (names, found) = Rooms::read(&room_tables, faults);
    let defaults = file.section("node_defaults", faults);
    let behaviour = Usual::read_from(defaults.as_ref(), usual.stale_ms, faults);
    let (mut nodes, mut list) = Nodes::read(&node_tables, &behaviour, &names, faults);
    let bus = (buses, profiles);
    let gateways = Gateways::read(&gateway_tables, &names, &mut nodes, &mut list, bus, faults);

    let mut rooms = Vec::with_capacity(room_tables.len());
    let mut driven = Driven::default();
    let mut occupancy = occupancy::Shared::default();
    for (table, id) in room_tables.iter().zip(found) {
        let room = RoomReader { table, id, nodes: &nodes, gateways: &gateways };
        if let Some(room) = room.read(usual, (&mut driven, &mut occupancy), faults) {
            rooms.push(room);
        }
    }
    let gateways = gateways.close(&rooms);
    let settings = Settings { silent_ms: usual.stale_ms, ..Settings::default() };
    Found { settings, rooms, list, names, nodes, gateways }
}

/// One `[[room]]` with what its zones are compared with.
struct RoomReader<'r, 't> {
    table: &'r Table<'t>,
    id: Option<(Id, Id)>,
    nodes: &'r Nodes,
    gateways: &'r Gateways,
}

impl RoomReader<'_, '_> {
    fn read(
        &self,
        usual: lighting::Settings,
        (driven, occupancy): (&mut Driven, &mut occupancy::Shared),
        faults: &mut Faults,
    ) -> Option<RoomConfig> {
        let name = self.table.name("name", faults);
        let mut settings = usual;
        set_min(&mut settings.hold_ms, self.table.whole("hold_min", faults));
        if let Some(pct) = self.table.whole("auto_pct", faults) {
            settings.auto_pct = pct.is as u8;
        }
        let exempt = self.table.flag("demand_exempt", faults).is_some_and(|flag| flag.is);
        let occupancy = occupancy.read(self.table, faults);
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
            exempt,
            occupancy,
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
        let driver = self.driver(table, faults);
        let channel = if table.has("channel") { table.id("channel", faults) } else { id.clone() };
        let settings = zone_settings(table, usual, faults);
        let (id, (node, gateway), channel) = (id?, driver?, channel?);
        if let Some(gateway) = gateway {
            self.gateways.drive(gateway, &channel, &mut driven.outputs, faults);
        }
        let channels = driven.channels.entry(node).or_default();
        if let Some(first) = channels.get(&channel.is) {
            faults
                .add(&channel.at, format!("two zones drive channel `{}` of `{node}`", channel.is))
                .label("again here")
                .also(first, "first here");
        } else {
            channels.insert(channel.is, channel.at);
            if channels.len() == CHANNELS_MAX + 1 {
                let fault = faults.add(&table.at, format!("`{node}` drives too many zones"));
                fault.label(format!("{CHANNELS_MAX} are the most"));
                if gateway.is_some() {
                    fault.help("a second `[[gateway]]` with the same address can drive the others");
                }
            }
        }
        Some(ZoneConfig { id: id.is, node, channel: channel.is, lighting: settings })
    }

    /// The node or gateway that is named, or the only one that hangs in the room; and which gateway
    /// it is.
    fn driver(&self, table: &Table<'_>, faults: &mut Faults) -> Option<(Id, Option<usize>)> {
        if table.has("node") && table.has("gateway") {
            faults
                .add(&table.place("gateway"), "a zone hangs at a node or a gateway, not both")
                .also(&table.place("node"), "the node");
            return None;
        }
        if let Some(key) = ["node", "gateway"].into_iter().find(|key| table.has(key)) {
            let (id, found) = self.nodes.named(table, key, faults)?;
            return Some((id.is, found.and_then(|found| found.gateway)));
        }
        let room = self.id?;
        let place = Some(Place::Room { building: room.0, room: room.1 });
        let nodes = self.nodes.by_id.iter();
        let here: BTreeMap<_, _> = nodes.filter(|(_, node)| node.place == place).collect();
        match here.first_key_value() {
            Some((only, found)) if here.len() == 1 => Some((**only, found.gateway)),
            None if self.nodes.unplaced => None,
            None => {
                faults
                    .add(&table.at, "no node drives this zone")
                    .help(format!("add a `[[node]]` with `room = \"{}/{}\"`", room.0, room.1));
                None
            }
            Some((_, first)) => {
                let key =
                    |node: &NodeFound| if node.gateway.is_some() { "gateway" } else { "node" };
                let ways: Vec<_> =
                    here.iter().map(|(id, node)| format!("`{} = \"{id}\"`", key(node))).collect();
                faults
                    .add(&table.at, "which node drives this zone?")
                    .also(&first.at, "one of them")
                    .help(format!("say {}", ways.join(" or ")));
                None
            }
        }
    }
}

fn lighting_settings(table: &Table<'_>, faults: &mut Faults) -> lighting::Settings {
    let mut settings = lighting::Settings::default();
    set_min(&mut settings.hold_ms, table.whole("hold_min", faults));
    set_min(&mut settings.break_hold_ms, table.whole("break_hold_min", faults));
    set_min(&mut settings.still_hold_ms, table.whole("still_hold_min", faults));
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
    if let Some(gain) = table.whole("gain_pct", faults) {
        // Lamps that add twice what is thought move light by twice the step: at 100 % they swing for ever.
        if gain.is * lighting::settings::EFFECT_MAX >= 200 {
            faults
                .add(&gain.at, "lamps with this gain could swing for ever")
                .label(format!(
                    "{} % of a step by lamps that may add twice what is configured",
                    gain.is
                ))
                .help("50 cannot overshoot; up to 99 comes to rest");
        }
        settings.gain_pct = gain.is as u8;
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
    if let Some(pct) = table.whole("desk_pct", faults) {
        settings.desk_pct = pct.is as u16;
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
