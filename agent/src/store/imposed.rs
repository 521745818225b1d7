//! What is imposed on lamps from outside their room, as the log keeps it: replay must tell the controller
//! again. Moments are ms UTC; a zone that is absent is all of the room.

use super::Store;
use super::rows::kind;
use serde::{Deserialize, Serialize};

/// One order; who gave it and why stand in it for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Imposed {
    /// It burns, or does not.
    Fire {
        /// `building`, `building/room`, or nothing for the whole campus.
        place: String,
        /// Whether it burns.
        on: bool,
        /// Who says so.
        by: String,
        /// Why.
        why: String,
    },
    /// Lamps are locked for maintenance.
    Lock {
        /// `building/room`.
        room: String,
        /// Which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<String>,
        /// At which level, %.
        level_pct: u8,
        /// Until when.
        until_ms: i64,
        /// Who locks them.
        by: String,
        /// Why.
        why: String,
    },
    /// … and are free again.
    Unlock {
        /// `building/room`.
        room: String,
        /// Which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<String>,
        /// Who frees them.
        by: String,
        /// Why.
        why: String,
    },
    /// The grid asks for less.
    Demand {
        /// Name of the order.
        id: String,
        /// So much less, %.
        shed_pct: u8,
        /// From when.
        from_ms: i64,
        /// Until when.
        until_ms: i64,
        /// Who asks.
        by: String,
        /// Why.
        why: String,
    },
    /// … and does no longer.
    EndDemand {
        /// Name of the order.
        id: String,
        /// Who ends it.
        by: String,
        /// Why.
        why: String,
    },
    /// A room asks for a scene, or, without one, for the rules again.
    Scene {
        /// `building/room`.
        room: String,
        /// Which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scene: Option<String>,
        /// Until when.
        until_ms: i64,
        /// Who asks: `cli` or `dashboard`.
        by: String,
    },
}

impl Store {
    /// Keeps an order.
    pub fn imposed(&mut self, at_ms: i64, imposed: &Imposed) {
        self.decision(at_ms, kind::IMPOSED, imposed);
    }
}
