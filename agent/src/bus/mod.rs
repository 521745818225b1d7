//! Meters and gateways, asked in turn: one task per bus, one request at a time.
//!
//! ```text
//! schedule ──► meter, gateway ──► call ──► line ──► the bus
//!    ▲               │
//!    └── breaker     └──► Said ──► outlet ──► the main loop;  live: for people
//! ```
//!
//! | module | what it decides |
//! |---|---|
//! | [`plan`] | what is configured |
//! | [`schedule`], [`breaker`], [`airtime`] | what a bus does next; pure |
//! | `modbus`, `call` | which bytes are the answer, and what it says |
//! | `line`, `late` | opens a line; nothing late is ever taken for an answer |
//! | `meter`, `gateway`, `gather` | what a device is asked and what its answers mean |
//! | `task` | one bus at work |
//! | `outlet`, [`live`] | what is told to the main loop, and to people |
//! | [`probe`] | what hangs on a bus |

pub mod airtime;
pub mod breaker;
mod call;
mod fault;
mod gateway;
mod gather;
mod late;
mod line;
pub mod live;
mod meter;
mod modbus;
mod outlet;
pub mod plan;
pub mod probe;
pub mod schedule;
mod start;
mod task;

pub use fault::Fault;
pub use line::Counts;
pub use live::{Live, LiveBus, LiveGateway, LiveMeter};
pub use probe::{ProbeGuess, ProbeReport, ProbeRequest, ProbeStep, probe_link};
pub use start::{Buses, start};

use controller::{MeterIx, Timestamp};
use device_profiles::Measure;
use wire::{Id, Value};

/// What buses say to the main loop.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A meter was read.
    Read(Box<Taken>),
    /// A meter counts as silent from now: several tries in a row failed. The next `Read` ends it.
    Silent {
        /// Which.
        meter: MeterIx,
        /// Why the last try failed.
        why: Fault,
        /// When that was.
        at: Timestamp,
    },
    /// What the lamps of a gateway are at.
    Levels {
        /// Which.
        gateway: Id,
        /// Channels in percent; `None` where it is not known.
        channels: Vec<(Id, Option<u8>)>,
        /// When they were read.
        at: Timestamp,
    },
    /// A bus works, or does not any more. Its meters are not said to be silent one by one.
    Bus {
        /// Which, counted in the configuration.
        bus: usize,
        /// Whether it works.
        up: bool,
        /// Why it does not.
        why: String,
        /// When that was noticed.
        at: Timestamp,
    },
}

/// What a meter said in one turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// Whose.
    pub meter: MeterIx,
    /// When its last reply came.
    pub at: Timestamp,
    /// In base units, sorted by measure.
    pub values: Vec<(Measure, Value)>,
    /// The register for the ledger, Wh; `None` when the meter says that it has no value.
    pub register_wh: Option<i64>,
    /// Active power, mW.
    pub power_mw: Option<i64>,
    /// What the register was multiplied by, thousandths; 1,000 is nothing.
    pub ratio_milli: u64,
    /// What it was decoded from.
    pub raw: Vec<Raw>,
}

/// Words as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// Function code; 0x11 for DL/T 645.
    pub fc: u8,
    /// Address of the first word; the identifier of a DL/T 645 item.
    pub address: u32,
    /// In the order of the wire; bytes of DL/T 645 in pairs.
    pub words: Vec<u16>,
}

#[cfg(test)]
mod tests;
