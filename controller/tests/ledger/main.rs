//! The energy ledger from outside: histories whose truth is known, the scenarios on which others
//! fail, and repairs that are carried out and proven.

mod book;
mod golden;
mod histories;
mod repairs;
mod truth;
