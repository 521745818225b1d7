//! What one lighting zone does: occupancy, requests, priorities; the same code in agent and node.
//!
//! Every rule states what it wants as a [`Request`] with a priority and an end. [`arbitrate`]
//! turns all of them into one [`Verdict`], which carries the winner and every loser, so that
//! any level can be explained. No `std`, no allocation, no clock: time is an argument.
//!
//! | module | what it decides |
//! |---|---|
//! | [`presence`] | whether somebody is there, from movement alone; lamps never vote |
//! | [`request`] | what a rule may ask for, with which priority and why |
//! | [`verdict`] | who wins: priorities, and how `min` and `max` compose |
//! | [`daylight`] | what of the light at a sensor is daylight, and what the lamps add |
//! | [`zone`] | the shipped rules of one zone, and the little they remember |
//! | [`sabotage`] | faults on purpose, for tests alone |
//! | [`settings`] | every number, with its source |
//!
//! Terms: *zone* = lamps that are switched together; *level* = light output in % (not the DALI arc
//! level); *daylight* = measured illuminance less what the lamps themselves add.
#![cfg_attr(not(test), no_std)]

pub mod daylight;
pub mod presence;
pub mod request;
pub mod sabotage;
pub mod settings;
pub mod verdict;
pub mod zone;

pub use daylight::{Daylight, Effect};
pub use presence::{Occupancy, Presence};
pub use request::{Kind, Priority, Reason, Request};
pub use sabotage::Sabotage;
pub use settings::{Period, Settings};
pub use verdict::{Verdict, arbitrate};
pub use zone::{Beside, Inputs, Manual, Zone};

/// Milliseconds on any scale that only goes forward; only differences matter.
pub type Millis = u64;
