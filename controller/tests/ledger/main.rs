//! The energy ledger from outside: histories whose truth is known, the scenarios on which others
//! fail, and repairs that are carried out and proven.
#![expect(clippy::disallowed_macros, reason = "a score is there to be read")]

mod book;
mod golden;
mod histories;
mod repairs;
mod truth;
