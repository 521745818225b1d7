//! Every decision about rooms and energy: pure, no clock, no I/O.
//!
//! ```text
//! Input ──► Controller::handle(input, now) ──► Vec<Action>
//!                    │
//!                    └─► deadline(): call again then, with Input::Tick
//! ```
//!
//! The same inputs with the same times give the same actions, byte for byte: replay, simulation,
//! `campus room explain` and the tests rest on that. Nothing in here can fail: bad bytes were
//! refused by `wire`, a bad configuration by [`Campus::check`].
//!
//! | module | what it decides |
//! |---|---|
//! | [`campus`] | what a campus consists of, and whether that makes sense |
//! | [`calendar`] | which days are school days, and why |
//! | [`timetable`] | lesson, break, self-study, exam, open or closed, per room; where a local day begins |
//! | [`action`] | what can happen, and what the agent is asked to do about it |
//! | [`controller`] | the one entry; deadlines at their nominal times |
//! | [`window`] | which frames of a boot have been seen, which are lost |
//! | [`node`] | what a node last said |
//! | `life` | how a node fares, and which settings it should have |
//! | [`room`] | who is there, and what the lamps do |
//! | `calibrate` | measuring what lamps add, step by step |
//! | `light` | what sensors see of daylight, and of the lamps |
//! | [`occupancy`] | which evidence counts for somebody, and how much |
//! | `written` | what rules of the staff ask of the lamps |
//! | `imposed` | fire alarms, locks, less demand for the grid, scenes |
//! | [`ledger`] | registers to postings, to the watt-hour |
//! | [`tally`] | what a room's time was spent on |
//! | [`gauge`] | what sensors said in a slot, and the highest power |
//! | [`summary`] | what the district hears: rooms, buildings, meters, by slot and day |
//! | [`outbox`] | what is sent to a hub next, how much, when again; what is shed |
//! | [`report`] | what a day, a week or a month adds up to |
//! | [`tariff`] | what a kilowatt-hour costs, and its CO₂ |
//! | [`view`] | everything the API may want to know |
//! | [`save`] | the checkpoint |

pub mod action;
pub mod calendar;
mod calibrate;
pub mod campus;
mod controller;
pub mod gauge;
mod imposed;
pub mod ledger;
mod life;
mod light;
mod limits;
mod node;
pub mod occupancy;
pub mod outbox;
pub mod report;
mod room;
pub mod save;
pub mod summary;
pub mod tally;
pub mod tariff;
pub mod timetable;
pub mod trial;
pub mod view;
mod window;
mod written;

pub use action::{Action, By, DemandOrder, Input, LockOrder, LossCause};
pub use calendar::{Calendar, CalendarDay, DayKind};
pub use calibrate::{Calibration, CalibrationFault, SensorView};
pub use campus::{
    Campus, CampusFault, EventSettings, FireCovers, FireEnds, FireSettings, Flow, MeterConfig,
    MeterFault, MeterSource, NodeConfig, Place, Plate, RoomConfig, Scene, Settings, ZoneConfig,
};
pub use controller::Controller;
pub use gauge::{Gauged, Measured};
pub use imposed::{Alarm, Demand, DemandState, Extent, FireInput, Lock, Saving};
pub use ledger::{Cause, Incident, IncidentKind, Posting, Quality, Reading};
pub use light::LightView;
pub use limits::{DEMAND_AHEAD_MS_MAX, DEMAND_MS_MAX, LEAP_MS_MIN, LOCK_MS_MAX};
pub use occupancy::{OccupancySettings, RoomKind};
pub use save::SaveFault;
pub use tally::RoomSlot;
pub use tariff::{Band, Co2, EnergySettings, Months, Tariff};
pub use timetable::{Days, Span, Timetable};
pub use view::{
    DoubtView, Glance, MeterView, NodeState, NodeView, ReadingView, RoomView, ZoneView,
};

use serde::{Deserialize, Serialize};

/// What a zone shall do, and the whole argument: the shipped rules, and the sixteen strongest others
/// that staff wrote.
pub type Verdict = lighting::Verdict<25>;

/// A moment, in ms UTC since 1970.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment and so many ms.
    #[must_use]
    pub const fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The same moment on the scale of `lighting`.
    const fn millis(self) -> lighting::Millis {
        if self.0 < 0 { 0 } else { self.0 as u64 }
    }

    /// A moment on the scale of `lighting`.
    const fn from_millis(ms: lighting::Millis) -> Self {
        Self(if ms > i64::MAX as u64 { i64::MAX } else { ms as i64 })
    }
}

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// Position in its list.
            pub const fn at(self) -> usize {
                self.0 as usize
            }
        }
    )* };
}

index! {
    /// A node, by its position in [`Campus::nodes`].
    NodeIx;
    /// A room, by its position in [`Campus::rooms`].
    RoomIx;
    /// A zone, counted through all rooms in their order; [`Controller::zone_id`] names it.
    ZoneIx;
    /// A meter: the configured ones in their order, then others in the order in which they were first
    /// heard.
    MeterIx;
}
