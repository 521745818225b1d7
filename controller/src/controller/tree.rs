//! Which meter is part of which, so that nothing is counted twice.
//!
//! | meter | is part of |
//! |---|---|
//! | with a configured parent | that one |
//! | of a channel of a node that has a `main` | that `main` |
//! | in a room | the only import meter of its building that stands for all of it |
//! | without a place, or of energy that is produced | nothing |

use super::{Controller, Source};
use crate::campus::{Flow, MeterConfig, Place, Plate};
use crate::{MeterIx, node::Symbol};

/// The channel without a name.
const MAIN: Symbol = 0;

impl Controller {
    /// The meter that counts what this one counts too.
    pub fn parent(&self, ix: MeterIx) -> Option<MeterIx> {
        if let Some(parent) = self.meter_config(ix).and_then(|config| config.parent.as_deref()) {
            return self.find_meter(parent);
        }
        if self.flow(ix) == Flow::Export {
            return None;
        }
        if let Some(main) = self.main_beside(ix) {
            return Some(main);
        }
        match self.meter_place(ix)? {
            Place::Room { building, .. } => self.mains.get(&building).copied().filter(|m| *m != ix),
            Place::Building(_) => None,
        }
    }

    /// Meters whose sum is what the campus consumes: imports that are part of no other, and belong
    /// somewhere.
    pub fn roots(&self) -> impl Iterator<Item = MeterIx> {
        let all = (0..self.meters.len() as u32).map(MeterIx);
        all.filter(|ix| {
            self.flow(*ix) == Flow::Import
                && self.meter_place(*ix).is_some()
                && self.parent(*ix).is_none()
        })
    }

    /// As it was configured; `None` for a register that a node just reports.
    pub fn meter_config(&self, ix: MeterIx) -> Option<&MeterConfig> {
        self.campus.meters.get(ix.at())
    }

    /// What its register can do: as configured, else what a room or a building can use.
    pub fn plate(&self, ix: MeterIx) -> Plate {
        match (self.meter_config(ix), self.meter_place(ix)) {
            (Some(config), _) => config.plate,
            (None, Some(Place::Room { .. })) => Plate::ROOM,
            (None, _) => Plate::default(),
        }
    }

    pub(crate) fn meter_place(&self, ix: MeterIx) -> Option<Place> {
        let configured = self.meter_config(ix).and_then(|config| config.place);
        configured.or_else(|| match self.meters[ix.at()].source {
            Source::Polled => None,
            Source::Node { node, .. } => Some(self.campus.nodes[node.at()].place),
        })
    }

    pub(crate) fn flow(&self, ix: MeterIx) -> Flow {
        self.meter_config(ix).map_or(Flow::Import, |config| config.flow)
    }

    /// The whole of the node of which this is a part.
    fn main_beside(&self, ix: MeterIx) -> Option<MeterIx> {
        match self.meters[ix.at()].source {
            Source::Node { node, symbol } if symbol != MAIN => self.meter_of(node, MAIN),
            _ => None,
        }
    }

    /// A meter was added: its building may have got its one meter, or lost it to a second.
    pub(super) fn hang(&mut self, ix: MeterIx) {
        let Some(Place::Building(building)) = self.meter_place(ix) else { return };
        let mut stands_for_all = (0..self.meters.len() as u32).map(MeterIx).filter(|ix| {
            self.meter_place(*ix) == Some(Place::Building(building))
                && self.flow(*ix) == Flow::Import
                && self.meter_config(*ix).is_none_or(|config| config.parent.is_none())
                && self.main_beside(*ix).is_none()
        });
        let (first, second) = (stands_for_all.next(), stands_for_all.next());
        match (first, second) {
            (Some(only), None) => self.mains.insert(building, only),
            _ => self.mains.remove(&building),
        };
    }
}
