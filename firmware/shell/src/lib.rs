//! What every board shares: the tasks around the brain, generic over what a board brings.
//!
//! | module | task or seam |
//! |---|---|
//! | [`ports`] | the wires between the tasks |
//! | [`brain`] | the loop around [`node::Node`]: inputs in; save, lamps, keep, publish out |
//! | [`session`] | MQTT 5 to the broker, the only task that waits for the network |
//! | [`sense`] | sampling loops, which never wait for the network |
//! | [`lamps`] | outputs: a channel is driven to a level, and asked whether it is well |
//! | [`store`] | registers, settings and frames in flash, through a power cut at any write |
//! | [`boot`] | why the node started, and what it said when it panicked |
//! | [`watch`] | who has checked in, and whether the watchdog is fed |
//! | [`console`] | text lines out, commands in |
//!
//! A board brings pins, executor, network driver, flash, UARTs and a few functions, and spawns the
//! `run` of each module in a task of its own. What is decided about people or lamps is decided
//! in [`node`].
#![cfg_attr(not(test), no_std)]
// One executor on one core: no future ever moves to another thread.
#![allow(async_fn_in_trait)]

pub mod bench;
pub mod boot;
pub mod brain;
pub mod console;
pub mod lamps;
pub mod outbox;
pub mod ports;
pub mod random;
pub mod sense;
pub mod session;
pub mod store;
pub mod watch;

pub use node::identity::{BadIdentity, Identity, Part};

/// Functions of the board that any task may call.
#[derive(Clone, Copy)]
pub struct Board {
    /// Its name in the hello.
    pub name: &'static str,
    /// Tells the hardware watchdog that all is well.
    pub feed: fn(),
    /// Starts the node again.
    pub reset: fn() -> !,
    /// Leaves a word for the next start, should there be a reset now.
    pub note: fn(wire::Reset, &str),
    /// The board's light, which says "here I am".
    pub light: fn(bool),
    /// Most bytes of stack used since the start, and how many there are.
    pub stack: fn() -> (usize, usize),
}

/// Version in the hello.
pub const FIRMWARE: &str = env!("CARGO_PKG_VERSION");

/// Milliseconds since the start, as the brain counts.
pub fn now() -> node::Millis {
    embassy_time::Instant::now().as_millis()
}
