//! What can happen to a campus, and what the agent is asked to do about it.

use crate::gauge::Measured;
use crate::imposed::Extent;
use crate::ledger::{Incident, Posting, Reading};
use crate::tally::RoomSlot;
use crate::{MeterIx, NodeIx, RoomIx, Timestamp, Verdict, ZoneIx};
use wire::{Ack, Condition, Frame, Hello, Id, Outcome};

/// Everything that can happen.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// A claimed node sent readings.
    Frame {
        /// Which.
        node: NodeIx,
        /// What it said.
        frame: &'a Frame<'a>,
    },
    /// A claimed node, or its will, spoke.
    Hello {
        /// Which.
        node: NodeIx,
        /// What it said.
        hello: &'a Hello<'a>,
        /// How it is, from the same payload.
        condition: &'a Condition<'a>,
    },
    /// A claimed node says what became of settings or of a command.
    Outcome {
        /// Which.
        node: NodeIx,
        /// What it said.
        outcome: &'a Outcome<'a>,
    },
    /// A node is told to do something once.
    Command {
        /// Which.
        node: NodeIx,
        /// Counter of the command.
        n: u64,
    },
    /// A person's wish. An unknown zone changes nothing: the API has refused it before.
    Override {
        /// Where.
        room: RoomIx,
        /// One zone only; all when `None`.
        zone: Option<Id>,
        /// Wanted level, 0 to 100 %.
        level_pct: u8,
        /// When it ends; at most two hours ahead.
        until: Timestamp,
        /// Who asks.
        by: By,
    },
    /// Ends people's wishes, also those made at the wall switch.
    Auto {
        /// Where.
        room: RoomIx,
        /// One zone only; all when `None`.
        zone: Option<Id>,
    },
    /// A person says that it burns, or that it does not.
    Fire {
        /// Where.
        extent: Extent,
        /// Whether it burns.
        on: bool,
        /// Who says so.
        who: &'a str,
        /// Why.
        why: &'a str,
    },
    /// Lamps are locked for maintenance, or unlocked.
    Lock {
        /// Where.
        room: RoomIx,
        /// One zone only; all when `None`.
        zone: Option<Id>,
        /// How; `None` unlocks.
        order: Option<LockOrder<'a>>,
    },
    /// The grid asks for less.
    Demand(DemandOrder<'a>),
    /// What the grid asked for is over before its time.
    EndDemand {
        /// Name of the order.
        id: &'a str,
        /// Who says so.
        who: &'a str,
    },
    /// A room asks for a scene, or, without one, for the rules again.
    Scene {
        /// Where.
        room: RoomIx,
        /// Which; one that is not configured changes nothing.
        scene: Option<Id>,
        /// When it ends; at most as far ahead as a person's wish.
        until: Timestamp,
        /// Who asks.
        by: By,
    },
    /// A person has the lamps of a room measured. Something in the way changes nothing: the API has
    /// refused it before.
    Calibrate {
        /// Where.
        room: RoomIx,
        /// Although somebody is there, it is a lesson, or daylight moves.
        force: bool,
        /// Who asks.
        by: &'a str,
    },
    /// A meter that is polled was read.
    Register {
        /// Which.
        meter: MeterIx,
        /// What it said.
        reading: Reading,
    },
    /// A person says that a meter was replaced, reset or given another ratio.
    Replace {
        /// Which.
        meter: MeterIx,
        /// When; not after now.
        at: Timestamp,
        /// What the old one showed last, Wh; `None` when nobody knows.
        old_final_wh: Option<i64>,
        /// What the new one shows first, Wh; `None` takes its first reading.
        new_first_wh: Option<i64>,
    },
    /// A person decides about a reading that is in doubt.
    Judge {
        /// Whose.
        meter: MeterIx,
        /// Whether it is true: then the difference is energy.
        believe: bool,
    },
    /// A person has repaired closed slots; [`crate::ledger::repair::plan`] made the rows.
    Repair {
        /// Whose.
        meter: MeterIx,
        /// Rows that add to what is posted; their sum is what changes.
        rows: &'a [Posting],
        /// What it turns out to have been, beside what is withdrawn in the database.
        incidents: &'a [Incident],
    },
    /// The staff's rules are others from now on.
    Rules {
        /// All of them; with those that are tried in some rooms.
        rules: &'a std::sync::Arc<rules::RuleSet>,
    },
    /// The agent has not listened since the last input: it was down, or its machine slept. What
    /// happened in between is not known, so nothing that would have run out meanwhile switches off.
    Resumed,
    /// Nothing but time.
    Tick,
}

/// How lamps are locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockOrder<'a> {
    /// At which level they stay, 0 to 100 %.
    pub level_pct: u8,
    /// Until when; at most twelve hours ahead.
    pub until: Timestamp,
    /// Who locks them.
    pub who: &'a str,
    /// Why.
    pub why: &'a str,
}

/// What the grid asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemandOrder<'a> {
    /// Its name: a later order of that name takes its place.
    pub id: &'a str,
    /// So much less, 1 to 100 % of what there would be.
    pub shed_pct: u8,
    /// From when; at most seven days ahead.
    pub from: Timestamp,
    /// Until when; at most twelve hours later.
    pub until: Timestamp,
    /// Who asks.
    pub who: &'a str,
    /// Why.
    pub why: &'a str,
}

/// Who asked for a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// The command line.
    Cli,
    /// A dashboard, by MQTT.
    Dashboard,
}

/// What the agent is asked to do. Actions of one input stand in the order in which they were decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Tell the node what it may forget; to be held back until everything before is committed.
    Acknowledge {
        /// Whom.
        node: NodeIx,
        /// Up to where.
        ack: Ack,
    },
    /// What the node's lamps should do has changed: publish [`crate::Controller::desired`].
    Desire {
        /// Whom to tell.
        node: NodeIx,
    },
    /// A node should have other settings: publish [`crate::Controller::settings`].
    Settings {
        /// Whom to tell.
        node: NodeIx,
    },
    /// A zone's level changed.
    Changed {
        /// When it was decided: the nominal time of a deadline.
        at: Timestamp,
        /// Where.
        room: RoomIx,
        /// Which lamps.
        zone: ZoneIx,
        /// Level before, %.
        from_pct: u8,
        /// The new level, who wanted it, and who else wanted something.
        verdict: Box<Verdict>,
    },
    /// A node's fire input has changed what is believed.
    Fire {
        /// Whether it says that it burns.
        on: bool,
        /// Whose input.
        node: NodeIx,
    },
    /// A quarter hour of a meter is complete.
    Posting(Posting),
    /// Something about a register that a person may want to look at.
    Incident(Incident),
    /// What happened in a room in one slot, when it is complete.
    RoomSlot(RoomSlot),
    /// What sensors and meters said in one slot, when it is complete.
    Measured(Measured),
    /// Frames are gone.
    Lost {
        /// Whose.
        node: NodeIx,
        /// Of which boot.
        boot: u32,
        /// First of them.
        from: u32,
        /// Last of them.
        to: u32,
        /// Whether the node said so.
        cause: LossCause,
    },
    /// A frame came after all that was reported lost.
    Recovered {
        /// Whose.
        node: NodeIx,
        /// Of which boot.
        boot: u32,
        /// Which.
        seq: u32,
    },
    /// Two nodes seem to use one identifier: an older boot spoke after a newer one.
    Conflict {
        /// Which identifier.
        node: NodeIx,
        /// The older boot.
        boot: u32,
    },
    /// Occupancy, period or a level of a room changed; at most once per room and input.
    RoomChanged {
        /// Which.
        room: RoomIx,
    },
    /// A calibration of a room is over, one way or the other.
    Calibrated {
        /// Which.
        room: RoomIx,
    },
    /// Only readings of a room moved; not said of a room that has `RoomChanged` in the same input.
    Readings {
        /// Which.
        room: RoomIx,
    },
    /// State, boot or conflict of a node changed; at most once per node and input.
    NodeChanged {
        /// Which.
        node: NodeIx,
    },
}

/// How we know that frames are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LossCause {
    /// The node said that it gave them up.
    Declared,
    /// They never came, and the node says that nothing so old comes again.
    Unexplained,
    /// The node says how many of earlier boots are gone, and not which: 1 to their number stands for them.
    Untold,
}

impl LossCause {
    /// The name in database and API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Unexplained => "unexplained",
            Self::Untold => "untold",
        }
    }
}
