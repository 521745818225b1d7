//! `[[gateway]]`: boxes on a bus that drive lamps; for the rooms they are nodes.

use super::buses::{Buses, Member};
use super::fault::{Faults, Span};
use super::places::{Nodes, Rooms};
use super::profiles::Profiles;
use super::table::{At, Table};
use crate::bus::plan::{Address, GatewayConfig};
use controller::{NodeConfig, RoomConfig};
use device_profiles::{Kind, Profile};
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::Id;

/// What the lamps are at is asked so often, s, as long as nobody says otherwise: a person at a wall
/// switch is noticed within it.
const EVERY_S: u32 = 5;

/// The gateways, in the order of the file; `None` where one could not be read.
pub struct Gateways(Vec<Option<GatewayFound>>);

/// A gateway whose bus, address and profile are known.
struct GatewayFound {
    id: Id,
    bus: usize,
    unit: u8,
    profile: Arc<Profile>,
    every_ms: u32,
}

/// Which outputs of which device are driven already, and where that stands.
pub type Outputs = BTreeMap<(usize, u8, usize), Span>;

impl Gateways {
    /// Reads the sections; each becomes a node too.
    pub fn read(
        tables: &[Table<'_>],
        rooms: &Rooms,
        nodes: &mut Nodes,
        list: &mut Vec<NodeConfig>,
        (buses, profiles): (&mut Buses, &mut Profiles<'_>),
        faults: &mut Faults,
    ) -> Self {
        let mut found = Vec::with_capacity(tables.len());
        for (at, table) in tables.iter().enumerate() {
            let node = nodes.add(table, "gateway", Some(at), rooms, faults);
            let id = node.as_ref().map(|node| node.id);
            found.push(GatewayFound::read(table, id, (&mut *buses, &mut *profiles), faults));
            list.extend(node);
        }
        Self(found)
    }

    /// Whether a gateway has that channel and no other zone drives it; `first` and `again` are where
    /// zones name channels.
    pub fn drive(
        &self,
        gateway: usize,
        channel: &At<Id>,
        driven: &mut Outputs,
        faults: &mut Faults,
    ) {
        let Some(Some(found)) = self.0.get(gateway) else { return };
        let names = || found.profile.outputs.iter().map(|output| output.name.as_str());
        let Some(output) = names().position(|name| name == channel.is.as_str()) else {
            let few: Vec<_> = names().take(NAMES_SHOWN).collect();
            let more = if names().count() > few.len() { " …" } else { "" };
            faults
                .add(&channel.at, format!("gateway `{}` has no channel `{}`", found.id, channel.is))
                .help(format!(
                    "its channels are {}{more}: `channel = \"{}\"`",
                    few.join(", "),
                    few[0]
                ))
                .closest(channel.is.as_str(), names());
            return;
        };
        let key = (found.bus, found.unit, output);
        if let Some(first) = driven.get(&key) {
            faults
                .add(
                    &channel.at,
                    format!("two zones drive channel `{}` of one gateway", channel.is),
                )
                .label("again here")
                .also(first, "first here");
        } else {
            driven.insert(key, channel.at.clone());
        }
    }

    /// The gateways with the channels that zones use, for the poller.
    pub fn close(self, rooms: &[RoomConfig]) -> Option<Vec<GatewayConfig>> {
        let all: Option<Vec<_>> = self.0.into_iter().collect();
        let used = |gateway: &GatewayFound| {
            let zones = rooms.iter().flat_map(|room| &room.zones);
            let mut channels: Vec<_> = zones
                .filter(|zone| zone.node == gateway.id)
                .filter_map(|zone| {
                    let is_it =
                        |output: &device_profiles::Output| output.name == zone.channel.as_str();
                    Some((zone.channel, gateway.profile.outputs.iter().position(is_it)?))
                })
                .collect();
            channels.sort_by_key(|(_, output)| *output);
            channels
        };
        let configured = all?.into_iter().map(|gateway| GatewayConfig {
            channels: used(&gateway),
            id: gateway.id,
            bus: gateway.bus,
            unit: gateway.unit,
            profile: gateway.profile,
            every_ms: gateway.every_ms,
        });
        Some(configured.collect())
    }
}

/// So many channels of a gateway are named in a fault: a DALI line has 64.
const NAMES_SHOWN: usize = 8;

impl GatewayFound {
    fn read(
        table: &Table<'_>,
        id: Option<Id>,
        (buses, profiles): (&mut Buses, &mut Profiles<'_>),
        faults: &mut Faults,
    ) -> Option<Self> {
        let bus = buses.named(table, faults);
        let profile = profiles.get(table, Kind::Lighting, faults);
        let every_s = table.whole("every_s", faults).map_or(EVERY_S, |every| every.is);
        let protocol = profile.as_ref().map(|profile| profile.is.protocol);
        let address = buses.address(table, bus, protocol, faults);
        let (id, bus, profile, address) = (id?, bus?, profile?, address?);
        let Address::Unit(unit) = address.is else {
            faults.add(&profile.at, "a gateway speaks Modbus");
            return None;
        };
        let found = Self { id, bus, unit, profile: profile.is.clone(), every_ms: every_s * 1_000 };
        let name = format!("gateway `{id}`");
        buses.join(bus, Member { name, address, profile, register: None });
        Some(found)
    }
}
