//! Summaries on their way to hubs: made from kept rows, numbered, chained, bounded.
//!
//! ```text
//! posting, room_slot, measure ──► touched ──► (slot is over, and a grace) ──► outbox ──► hubs
//!          one transaction with the log         another, that also removes the mark
//! ```
//!
//! A summary is made of rows that are committed, and its mark goes with it: a crash between any two lines
//! makes it once, and only once. What changes later makes the next revision.
//!
//! | module | what it does |
//! |---|---|
//! | `body` | what a row says, in some 20 bytes |
//! | `mark` | notes which slots have changed |
//! | `make` | rows of a slot or day into summaries |
//! | `put` | numbers, chains and keeps a row; knows how much there is |
//! | `shed` | makes room |
//! | `life` | incarnations: whether this database is a copy of another |
//! | `lost` | what a damaged database took along |
//! | [`progress`] | what hubs have confirmed and refused |
//! | [`resend`] | what a hub shall get once more |
//! | [`read`] | what forwarders and people ask |

mod body;
pub(super) mod life;
pub(super) mod lost;
pub(super) mod make;
pub(super) mod mark;
pub mod progress;
mod put;
pub mod read;
pub mod resend;
mod shed;

pub use life::{Copied, NewLife};
pub use progress::{HubOrder, Progress, RefusedRow};
pub(in crate::store) use put::last_seq as last;
pub use read::{Lives, OutboxRow, OutboxState};
pub use resend::{Asked, Resend};

use controller::summary::Scope;
use std::sync::Arc;

/// What the writer must know to make summaries.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Which streams there are.
    pub scope: Arc<Scope>,
    /// The campus: chains begin with its name.
    pub campus: wire::Id,
    /// Hubs that are configured: what all of them have may go first.
    pub hubs: Vec<String>,
    /// What the outbox may take on the disk, bytes.
    pub budget_bytes: u64,
    /// How long after the end of a slot late frames are waited for, ms.
    pub grace_ms: i64,
}

/// What a sensor or meter said in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Start of the slot, ms UTC.
    pub slot_ms: i64,
    /// `building/room`, where it is of a room …
    pub room: Option<String>,
    /// … and the meter, where it is of one.
    pub meter: Option<String>,
    /// Mean, lx.
    pub illuminance_lx: Option<i64>,
    /// Mean, ppm.
    pub co2_ppm: Option<i64>,
    /// Highest power, W.
    pub peak_w: Option<i64>,
}

/// Kinds of outbox rows; stored, never reused.
pub(super) mod kind {
    pub const ROOM: u8 = 1;
    pub const OTHER: u8 = 2;
    pub const DAY: u8 = 3;
    pub const LOSS: u8 = 4;
    pub const ALL: [u8; 4] = [ROOM, OTHER, DAY, LOSS];
}

/// The class of a row of this kind.
pub(super) const fn class_of(kind: u8) -> batch::Class {
    match kind {
        kind::DAY => batch::Class::Day,
        kind::LOSS => batch::Class::Loss,
        _ => batch::Class::Quarter,
    }
}

/// The number of a class in `chain`.
pub(super) const fn class_number(class: batch::Class) -> u8 {
    match class {
        batch::Class::Quarter => 1,
        batch::Class::Day => 2,
        batch::Class::Loss => 3,
    }
}
