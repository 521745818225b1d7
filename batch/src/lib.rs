//! What travels from a campus to its hub: rows, chains, batches, receipts; the same code at both ends.
//!
//! ```text
//! Row ── canonical text ── chain ──► Draft ── JSON, zstd ──► Envelope (signed) ──► open ──► Opened ──► Receipt
//! ```
//!
//! | module | what it decides |
//! |---|---|
//! | [`row`] | what one summary says, and which numbers it may hold |
//! | [`canonical`] | the one text of a row, and how it is read |
//! | [`chain`] | what ties a row to the one before it |
//! | [`draft`] | what fits into one batch |
//! | [`open`] | what a received batch means, row by row |
//! | [`sign`] | who sent it |
//! | [`ranges`] | which numbers of rows have arrived |
//! | [`receipt`] | what the hub answers |
//! | [`mqtt`] | topics and properties of the same over MQTT 5 |
//! | [`limits`] | every limit, with unit and reason |
//!
//! Terms: *stream* = one thing that is summarised, `room/science/101`; *class* = which kind of summary
//! (`quarter`, `day`, `loss`); *seq* = number of a row in the outbox of one *incarnation* of a campus's
//! database, from 1; *chain* = the rows of one stream and class in the order of their seq; *fork* = two
//! rows for one place in a chain; *watermark* = the seq up to which a hub has everything.

pub mod canonical;
pub mod chain;
pub mod draft;
pub mod limits;
pub mod mqtt;
pub mod open;
pub mod ranges;
pub mod receipt;
pub mod row;
pub mod sign;
mod stream;

pub use chain::Hash;
pub use draft::{Draft, Link, Pushed};
pub use open::{BadRow, Entry, Opened, open};
pub use ranges::{Ranges, Span};
pub use receipt::{Code, ErrorBody, Receipt, Refused};
pub use row::{Body, Class, Loss, Row, Values};
pub use sign::{PublicKey, SecretKey, Signed};
pub use stream::{Incarnation, Stream};
pub use wire::Id;

/// Version of batches and receipts.
pub const VERSION: u32 = 1;

#[cfg(test)]
mod schema;
