//! What a bench and a node say to each other over the serial console.
//!
//! It is SMP, the Simple Management Protocol of mcumgr, so that clients which exist can talk to a node
//! (echo, reset, buffer sizes), with a group of our own for the rest. A packet has a length, a CRC-16
//! and a sequence number; it travels as lines of base64 that start with two control characters, so that
//! log lines and typed commands go over the same wire.
//!
//! ```text
//! log line ─────────────────────────► text
//! 06 09 base64(length, packet …) LF ┐
//! 04 14 base64(…)                LF ├► packet ─► header, CBOR map ─► Request or Reply
//! 04 14 base64(… CRC-16)         LF ┘
//! ```
//!
//! Sources: Zephyr project, "SMP Protocol Specification" and "SMP Transport Specification" (UART and
//! console); mcumgr, `transport/smp-console.md`.
//!
//! | module | what it holds |
//! |---|---|
//! | [`console`] | bytes to lines and packets, and back |
//! | [`header`] | the eight bytes in front of every packet |
//! | [`request`] | what a bench may ask for |
//! | [`reply`] | what a node answers |
//! | [`guard`] | who may change a node that has been given an identity |
//!
//! Nothing here reads a clock or a wire.
#![cfg_attr(not(test), no_std)]

pub mod console;
pub mod guard;
pub mod header;
pub mod reply;
pub mod request;

pub use console::{BadFrame, Frames, Heard, Lines, Sum};
pub use guard::{Guard, answer};
pub use header::{BadPacket, Header, Op};
pub use reply::{Check, Refused, Who};
pub use request::Request;

/// Longest packet that a node takes or sends, bytes: an identity with certificates (2,000 B) in a request.
pub const PACKET_BYTES_MAX: usize = 2304;

/// The group of standard commands: echo, reset, buffer sizes.
pub const GROUP_OS: u16 = 0;

/// Our group; 64 is the first that an application may use.
pub const GROUP_CAMPUS: u16 = 64;

/// Milliseconds since the node's start.
pub type Millis = u64;
