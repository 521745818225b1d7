//! What the hub answers: a receipt, or an error with a code.

use crate::ranges::Span;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a hub holds of one incarnation of a campus. All of it was committed when this was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Receipt {
    /// Version: 1.
    pub v: u32,
    /// Everything up to this number is at the hub. It can be lower than it was: then the hub was restored
    /// from a backup, and wants what lies above again.
    pub watermark: u64,
    /// Ranges above the watermark that are not at the hub though later rows are; lowest first, at most 100.
    pub missing: Vec<Span>,
    /// Rows of this batch that were put aside. They count as arrived: sending them again changes nothing.
    pub refused: Vec<Refused>,
}

/// A row that was put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Refused {
    /// Its number.
    pub seq: u64,
    /// Why, for programs: `bad_row`.
    pub code: Code,
    /// Why, for people.
    pub reason: String,
}

/// Why something was refused, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// One row is not what it should be; the others of its batch were taken (in a receipt).
    BadRow,
    /// The hub holds another row in its place: two writers use one incarnation (409). Nothing of the batch was taken.
    Fork,
    /// No signature, none that can be read, or none of that key (401).
    BadSignature,
    /// The key is not known, was withdrawn, or belongs to another campus (401).
    UnknownKey,
    /// Larger than a limit (413).
    TooLarge,
    /// No batch: not zstd, not JSON, or without a part it must have (400).
    Malformed,
    /// Of a later version than this receiver knows (400).
    Newer,
    /// Too many ranges are missing already; send those first (429).
    TooScattered,
    /// Slower, please: see `Retry-After` (429).
    Busy,
    /// The database cannot be reached, or the receiver stops: see `Retry-After` (503).
    Unavailable,
    /// A code that this version does not know.
    #[serde(other)]
    Other,
}

/// The body of every answer that is no receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorBody {
    /// For programs.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Code {
    /// As it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRow => "bad_row",
            Self::Fork => "fork",
            Self::BadSignature => "bad_signature",
            Self::UnknownKey => "unknown_key",
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::Newer => "newer",
            Self::TooScattered => "too_scattered",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
