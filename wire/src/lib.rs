//! What crosses the air between nodes and the agent: frames, topics, identifiers, quantities.
//!
//! JSON on MQTT: small, flat, readable with `mosquitto_sub`. No `std`, no allocation, no clock.
//!
//! | module | what it holds |
//! |---|---|
//! | [`id`] | the one shape of every identifier |
//! | [`quantity`] | what is measured, in which unit, within which range |
//! | [`frame`] | `up/frame`: readings with their idempotency key |
//! | [`hello`] | `up/hello`: who a node is; its will marks it offline |
//! | [`down`] | `down/…`: acknowledgement, desired state, lease |
//! | [`settings`] | `down/settings`: how a node is to behave |
//! | [`command`] | `down/command` and `up/result`: something to do once, and what became of it |
//! | [`topic`] | MQTT addresses |
//! | [`refusal`] | every reason for which bytes are refused |
//!
//! The format only grows: keys and quantities are added, none changes its meaning.
//! An unknown key is skipped, an unknown quantity is counted, and another `v` is
//! [`Refusal::ForeignVersion`]. `tests/frozen/v1.rs` holds literal bytes and is never edited.
#![cfg_attr(not(test), no_std)]

pub mod command;
pub mod down;
pub mod frame;
pub mod hello;
pub mod id;
mod json;
pub mod quantity;
pub mod refusal;
pub mod settings;
pub mod topic;

pub use command::{Answered, Command, Outcome, Verb};
pub use down::{Ack, Alone, Desired, LampDesired, Lease};
pub use frame::{Frame, Loss, Reading};
pub use hello::{Condition, Hello, Mode, Reset};
pub use id::{BadId, Id};
pub use json::Full;
pub use quantity::{NoReading, Quantity, Sample, Value};
pub use refusal::Refusal;
pub use settings::{PowerOn, Settings};
pub use topic::{Topic, TopicRefusal};

/// The version this program speaks; the value of every `v`.
pub const VERSION: u32 = 1;

/// Longest payload of any topic in bytes. Longer ones are refused unread.
///
/// The largest frame takes 1,928 B: [`frame::READINGS_MAX`] readings with the longest names
/// (`tests/properties.rs` measures it). The rest is room for keys that newer senders add.
/// The broker's own limit (4,096 B, `docs/operate/broker.md`) lies above it and the agent's
/// MQTT client above that, so that an oversized publish can never end a connection.
pub const PAYLOAD_BYTES_MAX: usize = 3072;
