//! Lighting rules that staff write: read, checked, and asked what they want of a zone. Pure.
//!
//! ```text
//! rules.toml ──► RuleSet::parse ──► Rule::ask(facts, memory, now) ──► lighting::Request
//! ```
//!
//! A rule is asked about the state of a zone at every decision, never about a change of it, so none can
//! miss its trigger. What it says over an input that is missing or stale is *unknown*, and what is
//! unknown takes no light away.
//!
//! | module | what it decides |
//! |---|---|
//! | [`rule`] | what a rule consists of, and what it asks for |
//! | [`facts`] | what a condition may ask about |
//! | `token`, `parse`, `typing` | text to a condition, or every fault with its place and a hint |
//! | [`cond`] | what a condition says: true, false or unknown |
//! | `file` | TOML to rules |
//! | [`hold`] | how long rooms stay lit after the last movement |
//! | [`scope`] | at which zones a rule holds |
//! | [`set`] | all rules of a campus |
//! | [`check`] | what is wrong with rules that can be read |
//! | [`fault`] | what is wrong, and where |

pub mod check;
pub mod cond;
pub mod facts;
pub mod fault;
mod file;
pub mod hold;
mod parse;
pub mod rule;
pub mod scope;
pub mod set;
mod token;
mod typing;

pub use check::proof::{Proof, decide, prove};
pub use check::{Class, Finding, Place, check};
pub use cond::Truth;
pub use facts::{Day, Facts, Reading, Sensor};
pub use fault::{Fault, Span, line_and_column};
pub use hold::{Hold, Times};
pub use rule::{Ask, Memory, Rule, Said, Target};
pub use scope::{Scope, ZoneName};
pub use set::{RuleSet, Tried};

/// A file of rules that works, with a comment at every rule.
pub const fn example() -> &'static str {
    include_str!("example.toml")
}
