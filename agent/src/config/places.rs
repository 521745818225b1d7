//! Where things hang: the rooms that exist, the nodes that could be read, `room` and `building` of a
//! section; and what stands there twice, or too often.

use super::behaviour::Usual;
use super::fault::{Faults, Span};
use super::table::{At, Table};
use controller::{NodeConfig, Place};
use std::collections::BTreeMap;
use wire::Id;

/// The account of the agent at the broker; a node of that name would be taken for it.
const AGENT: &str = "agent";

/// Rooms by name. What is missing among them is a fault only where every name was readable: one
/// wrong name shall be reported once, not at everything that uses it.
pub struct Rooms {
    by_name: BTreeMap<(Id, Id), Span>,
    named: bool,
}

/// What a section says about its place.
pub enum Placed {
    /// It hangs there.
    There(Place),
    /// Neither a room nor a building is named.
    Nowhere,
    /// Something is wrong, and was noted.
    Faulty,
}

/// What was said about a node or gateway, so far as it can be trusted.
pub struct NodeFound {
    pub at: Span,
    pub place: Option<Place>,
    /// It is the gateway of that position.
    pub gateway: Option<usize>,
}

/// The nodes and gateways that could be read.
#[derive(Default)]
pub struct Nodes {
    pub by_id: BTreeMap<Id, NodeFound>,
    /// One has a name that cannot be read.
    pub unnamed: bool,
    /// One has a place that cannot be read.
    pub unplaced: bool,
}

impl Rooms {
    /// Reads the names; also in the order of the sections.
    pub fn read(tables: &[Table<'_>], faults: &mut Faults) -> (Self, Vec<Option<(Id, Id)>>) {
        let mut by_name = BTreeMap::new();
        let mut name = |table: &Table<'_>| {
            let id = table.room("id", faults)?;
            unique(
                &mut by_name,
                &id,
                |(building, room)| format!("room `{building}/{room}`"),
                faults,
            );
            Some(id.is)
        };
        let found: Vec<_> = tables.iter().map(&mut name).collect();
        (Self { by_name, named: found.iter().all(Option::is_some) }, found)
    }

    /// The rooms of a configuration that was read.
    pub fn of(rooms: &[controller::RoomConfig]) -> Self {
        let by_name = rooms.iter().map(|room| ((room.building, room.id), 0..0)).collect();
        Self { by_name, named: true }
    }

    /// Reads `room` and `building` of a section; `what` it is, for the faults.
    pub fn place(&self, table: &Table<'_>, what: &str, faults: &mut Faults) -> Placed {
        let room = table.room("room", faults);
        let building = table.id("building", faults);
        let place = match (table.has("room"), table.has("building")) {
            (true, true) => {
                faults
                    .add(
                        &table.place("building"),
                        format!("a {what} has a room or a building, not both"),
                    )
                    .also(&table.place("room"), "the room")
                    .help("the building of a room is the part before the `/`");
                None
            }
            (false, false) => return Placed::Nowhere,
            (false, true) => building.map(|building| Place::Building(building.is)),
            (true, false) => room.map(|room| self.known(&room, faults)),
        };
        place.map_or(Placed::Faulty, Placed::There)
    }

    /// A building or a room that exists.
    pub fn named(&self, table: &Table<'_>, text: &At<&str>, faults: &mut Faults) -> Option<Place> {
        let (building, room) = table.place_of(text, faults)?;
        let Some(room) = room else {
            let mut known: Vec<_> = self.by_name.keys().map(|(building, _)| *building).collect();
            known.dedup();
            if !known.contains(&building) && self.named {
                faults
                    .add(&text.at, format!("no room is in a building `{building}`"))
                    .closest(text.is, known.iter().map(Id::as_str));
            }
            return Some(Place::Building(building));
        };
        Some(self.known(&At { is: (building, room), at: text.at.clone() }, faults))
    }

    /// A room that exists.
    pub fn room(&self, table: &Table<'_>, faults: &mut Faults) -> Option<(Id, Id)> {
        let room = table.room("room", faults)?;
        self.known(&room, faults);
        Some(room.is)
    }

    fn known(&self, room: &At<(Id, Id)>, faults: &mut Faults) -> Place {
        let (building, id) = room.is;
        if !self.by_name.contains_key(&room.is) && self.named {
            let known: Vec<_> = self.by_name.keys().map(|(b, r)| format!("{b}/{r}")).collect();
            let wrong = format!("{building}/{id}");
            faults
                .add(&room.at, format!("there is no room `{wrong}`"))
                .help("add a `[[room]]` with this `id`")
                .closest(&wrong, known.iter().map(String::as_str));
        }
        Place::Room { building, room: id }
    }
}

impl Nodes {
    /// Reads the `[[node]]`s.
    pub fn read(
        tables: &[Table<'_>],
        usual: &Usual,
        rooms: &Rooms,
        faults: &mut Faults,
    ) -> (Self, Vec<NodeConfig>) {
        let mut nodes = Self::default();
        let mut list = Vec::new();
        for table in tables {
            let node = nodes.add(table, "node", None, rooms, faults);
            let settings = Some(usual.read(table, faults));
            list.extend(node.map(|node| NodeConfig { settings, ..node }));
        }
        (nodes, list)
    }

    /// Reads name and place of a node or gateway.
    pub fn add(
        &mut self,
        table: &Table<'_>,
        what: &str,
        gateway: Option<usize>,
        rooms: &Rooms,
        faults: &mut Faults,
    ) -> Option<NodeConfig> {
        let id = table.id("id", faults);
        if let Some(id) = &id {
            if let Some(first) = self.by_id.get(&id.is) {
                twice(&id.at, &first.at, &format!("{what} `{}`", id.is), faults);
            }
            if id.is.as_str() == AGENT {
                faults
                    .add(&id.at, format!("a {what} may not be called `agent`"))
                    .help("that is the agent's own account");
            }
        }
        let place = match rooms.place(table, what, faults) {
            Placed::There(place) => Some(place),
            Placed::Faulty => None,
            Placed::Nowhere => {
                let whole = if gateway.is_some() { "several rooms" } else { "a mains meter" };
                faults.add(&table.at, format!("a {what} that hangs nowhere")).help(format!(
                    "add `room = \"building/room\"`, or `building = \"…\"` for {whole}"
                ));
                None
            }
        };
        self.unnamed |= id.is_none();
        self.unplaced |= id.is_none() || place.is_none();
        let At { is: id, at } = id?;
        self.by_id.entry(id).or_insert(NodeFound { at, place, gateway });
        place.map(|place| NodeConfig { id, place, settings: None })
    }

    /// Names of all nodes, or of all gateways.
    pub fn names(&self, gateways: bool) -> impl Iterator<Item = &str> {
        let of_kind = move |node: &NodeFound| node.gateway.is_some() == gateways;
        self.by_id.iter().filter(move |(_, node)| of_kind(node)).map(|(id, _)| id.as_str())
    }

    /// The node or gateway under a key; one that does not exist, or is of the other kind, is a fault.
    pub fn named(
        &self,
        table: &Table<'_>,
        key: &'static str,
        faults: &mut Faults,
    ) -> Option<(At<Id>, Option<&NodeFound>)> {
        let id = table.id(key, faults)?;
        let wanted = key == "gateway";
        let found = self.by_id.get(&id.is).filter(|node| node.gateway.is_some() == wanted);
        if let (None, Some(other)) = (found, self.by_id.get(&id.is)) {
            let is = if wanted { "node" } else { "gateway" };
            faults
                .add(&id.at, format!("`{}` is a {is}", id.is))
                .also(&other.at, "here")
                .help(format!("write `{is} = \"{}\"`", id.is));
        } else if found.is_none() && !self.unnamed {
            faults
                .add(&id.at, format!("there is no {key} `{}`", id.is))
                .help(format!("add a `[[{key}]]` with this `id`"))
                .closest(id.is.as_str(), self.names(wanted));
        }
        Some((id, found))
    }
}

/// Notes a fault at the first section above `max`.
pub fn refuse_many(what: &str, tables: &[Table<'_>], max: usize, faults: &mut Faults) {
    if let Some(first_over) = tables.get(max) {
        faults
            .add(&first_over.at, format!("too many {what}"))
            .label(format!("{} in all; {max} are the most", tables.len()));
    }
}

/// Notes a fault at both places when `key` was there before.
pub fn unique<K: Ord + Clone>(
    seen: &mut BTreeMap<K, Span>,
    key: &At<K>,
    name: impl Fn(&K) -> String,
    faults: &mut Faults,
) {
    if let Some(first) = seen.get(&key.is) {
        twice(&key.at, first, &name(&key.is), faults);
    } else {
        seen.insert(key.is.clone(), key.at.clone());
    }
}

fn twice(one: &Span, other: &Span, name: &str, faults: &mut Faults) {
    // Gateways are read behind nodes, wherever they stand.
    let (first, again) = if one.start < other.start { (one, other) } else { (other, one) };
    faults
        .add(again, format!("{name} stands here twice"))
        .label("again here")
        .also(first, "first here");
}
