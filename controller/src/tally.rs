//! What a room's time was spent on, slot by slot: for reports, and for the district.

use crate::{RoomIx, Timestamp};
use serde::{Deserialize, Serialize};

/// A room in one slot: how many ms of it were what. Times of one row overlap; none is longer than
/// the slot. A slot in which nobody was there and nothing was lit has no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RoomSlot {
    /// Which room.
    pub room: RoomIx,
    /// Start of the slot.
    pub slot: Timestamp,
    /// Somebody was there.
    pub occupied_ms: u32,
    /// Any lamp was on, as its node reported.
    pub lit_ms: u32,
    /// … while the room was vacant.
    pub lit_empty_ms: u32,
    /// … while nobody had moved for a while: the hold time.
    pub lit_hold_ms: u32,
    /// Somebody was there in a lesson, nobody had chosen it so, and the desk had less light than a
    /// lesson needs.
    pub dark_ms: u32,
    /// Not known: no node spoke, or the agent did not listen.
    pub unknown_ms: u32,
}
