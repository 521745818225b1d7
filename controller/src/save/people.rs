//! What version 8 of the checkpoint adds: the air of nodes, and how rooms were moved in.

use crate::occupancy::air::Air;
use crate::occupancy::stir::Stir;
use crate::{Controller, NodeIx, Timestamp};
use serde::{Deserialize, Serialize};
use wire::Id;

/// Only what has something to remember is in it.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct SavedPeople {
    airs: Vec<(Id, Air)>,
    rooms: Vec<SavedStir>,
}

#[derive(Serialize, Deserialize)]
struct SavedStir {
    building: Id,
    room: Id,
    stir: Stir,
    /// Nodes of its sensors, in their order: their numbers may be others by now.
    nodes: Vec<Id>,
    emptied: Option<Timestamp>,
}

impl Controller {
    pub(super) fn save_people(&self) -> SavedPeople {
        let nodes = self.campus.nodes.iter().zip(&self.nodes);
        let air =
            nodes.filter_map(|(config, node)| Some((config.id, (**node.air.as_ref()?).clone())));
        let rooms = self.campus.rooms.iter().zip(&self.rooms);
        let moved =
            rooms.filter(|(_, room)| room.emptied.is_some() || room.stir != Stir::default());
        let save = |(config, room): (&crate::RoomConfig, &crate::room::Room)| SavedStir {
            building: config.building,
            room: config.id,
            stir: room.stir.clone(),
            nodes: room.stir.nodes().map(|ix| self.campus.nodes[ix.at()].id).collect(),
            emptied: room.emptied,
        };
        SavedPeople { airs: air.collect(), rooms: moved.map(save).collect() }
    }

    pub(super) fn restore_people(&mut self, saved: SavedPeople) {
        for (id, air) in saved.airs {
            let Some(ix) = self.node_names.get(&id) else { continue };
            // A node that hangs in no room any more says nothing about one.
            let node = &mut self.nodes[ix.at()];
            node.air = node.room.map(|_| Box::new(air));
        }
        for SavedStir { building, room, stir, nodes, emptied } in saved.rooms {
            let Some(ix) = self.room_names.get(&(building, room)).copied() else { continue };
            let here = |id: &Id| {
                let node = self.node_names.get(id).copied();
                node.filter(|node: &NodeIx| self.nodes[node.at()].room == Some(ix))
            };
            let nodes: Vec<Option<NodeIx>> = nodes.iter().map(here).collect();
            let room = &mut self.rooms[ix.at()];
            room.stir = stir.renumbered(&nodes);
            room.emptied = emptied;
        }
    }
}
