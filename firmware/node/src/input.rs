//! What a node is told, what it finds when it starts, and what it counts.

use crate::log::LogState;
#[allow(unused_imports, reason = "named in documentation")]
use crate::out::Action;
use wire::{Loss, Quantity, Reset, Sample, Topic};

/// What a node is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// A sensor said something, or why it cannot. Polled sensors say it again and again (at least
    /// every `silent_after_ms`); motion, presence and lamp faults may speak only when they change.
    /// `channel` is empty where there is one of a kind.
    Sense {
        /// What was measured; not energy, nor what the node counts itself.
        quantity: Quantity,
        /// Which sensor.
        channel: &'a str,
        /// The value in the quantity's unit.
        sample: Sample,
    },
    /// Somebody pressed the wall switch of a lamp channel.
    Press {
        /// Which lamps.
        channel: &'a str,
    },
    /// A meter's own energy register, or why it cannot be read; at least every `silent_after_ms`.
    Register {
        /// Which circuit.
        channel: &'a str,
        /// Whole watt-hours.
        sample: Sample,
    },
    /// The power of a circuit that has no register: the node integrates it. Also reported as
    /// `power_w`. A sample holds until the next one, for `silent_after_ms` at most.
    Power {
        /// Which circuit.
        channel: &'a str,
        /// Watts; export counts as nothing.
        sample: Sample,
    },
    /// The broker accepted the connection, and the subscriptions stand. The session starts clean: a
    /// lease that the broker had kept meanwhile would pass for a fresh one.
    Connected,
    /// The connection broke.
    Disconnected,
    /// A payload came on a `down/…` topic.
    Down {
        /// Which one.
        kind: Down,
        /// Its bytes, unchecked.
        payload: &'a [u8],
    },
    /// A clock other than the agent's lease tells the time.
    Time {
        /// Now, ms UTC.
        t_ms: i64,
    },
    /// The answer to [`Action::Recall`]: the record, or `None` when there is none behind that key.
    Recalled(Option<&'a [u8]>),
    /// The frame log is about to overwrite its oldest records: these frames of this boot. Said once per boot,
    /// oldest first, before the flash is erased, so that the node can save what it gives up.
    Shed {
        /// Whose records.
        boot: u32,
        /// Keys of the first and the last of them.
        frames: Loss,
    },
    /// Nothing happened, but a deadline has come.
    Tick,
}

/// What a board finds when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start<'a> {
    /// Why it starts.
    pub reset: Reset,
    /// Last words of the firmware, when it panicked; cut to what a hello can carry.
    pub panic: Option<&'a str>,
    /// Bytes of the last [`Action::Save`]; damaged ones are as none.
    pub saved: Option<&'a [u8]>,
    /// Bytes of the last [`Action::Store`]; damaged ones are as none, and the hello says so.
    pub stored: Option<&'a [u8]>,
    /// The frame log; `None` for a board without one.
    pub log: Option<LogState>,
}

/// A topic that the node listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Down {
    /// `down/ack`
    Ack,
    /// `down/desired`
    Desired,
    /// `down/lease`
    Lease,
    /// `down/settings`
    Settings,
    /// `down/command`
    Command,
}

impl Down {
    /// What comes on a topic, if the node listens to it.
    pub const fn of(topic: &Topic<'_>) -> Option<Self> {
        match topic {
            Topic::Ack(_) => Some(Self::Ack),
            Topic::Desired(_) => Some(Self::Desired),
            Topic::Lease(_) => Some(Self::Lease),
            Topic::Settings(_) => Some(Self::Settings),
            Topic::Command(_) => Some(Self::Command),
            _ => None,
        }
    }
}

/// How often what happened that should be rare, since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Payloads that `wire` refused.
    pub refused: u32,
    /// The same by [`Down`], in its order.
    pub refused_by_kind: [u32; 5],
    /// Desired states and settings that were older than, or the same as, one already heard;
    /// commands that came again.
    pub outdated: u32,
    /// Acknowledgements that said nothing new: repeated, of another boot, or of the future.
    pub idle_acks: u32,
    /// Samples and presses of a channel that there is none of, or no room for.
    pub unplaced: u32,
    /// Frames of this boot given up: each is in a loss record.
    pub given_up: u32,
    /// Frames of this boot sent again.
    pub resent: u32,
    /// The same of earlier boots.
    pub given_up_old: u32,
    /// The same of earlier boots.
    pub resent_old: u32,
}
