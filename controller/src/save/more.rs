//! What version 3 of the checkpoint adds to every node, in the order of the nodes.

use super::SavedNode;
use crate::Controller;
use crate::node::Node;
use serde::{Deserialize, Serialize};
use wire::Id;

/// Windows that a program before version 3 kept at most: with so many, older ones may have been given up.
const BOOTS_BEFORE: usize = 4;

/// Beside what [`SavedNode`] holds of a node.
#[derive(Serialize, Deserialize)]
pub(super) struct More {
    forgotten: Option<u32>,
    quiet: u32,
    /// By channel: boot and number of the frame up to which its register is booked.
    booked: Vec<(String, u32, u32)>,
    /// Without names of channels: how far every register is booked.
    all_booked: Option<(u32, u32)>,
}

impl More {
    /// What an earlier program knew of it.
    pub fn before(node: &SavedNode) -> Self {
        let oldest = node.windows.last().filter(|_| node.windows.len() >= BOOTS_BEFORE);
        Self {
            forgotten: oldest.and_then(|window| window.boot.checked_sub(1)),
            quiet: 0,
            booked: Vec::new(),
            all_booked: node.windows.first().map(|window| (window.boot, node.booked)),
        }
    }
}

impl Controller {
    pub(super) fn save_more(&self) -> Vec<More> {
        let save = |node: &Node| More {
            forgotten: node.forgotten,
            quiet: node.quiet,
            booked: node
                .meters
                .iter()
                .filter(|known| known.booked.0 > 0)
                .map(|known| {
                    (node.channel(known.symbol).to_owned(), known.booked.0, known.booked.1)
                })
                .collect(),
            all_booked: None,
        };
        self.nodes.iter().map(save).collect()
    }

    pub(super) fn restore_more(&mut self, name: Id, more: More) {
        let Some(ix) = self.node_names.get(&name).copied() else { return };
        let node = &mut self.nodes[ix.at()];
        node.forgotten = more.forgotten;
        node.quiet = more.quiet;
        if let Some(booked) = more.all_booked {
            node.meters.iter_mut().for_each(|known| known.booked = booked);
        }
        for (channel, boot, seq) in more.booked {
            if let Some(symbol) = self.nodes[ix.at()].symbol(&channel) {
                self.note_booked(ix, symbol, (boot, seq));
            }
        }
    }
}
