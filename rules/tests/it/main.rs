//! Rules from the outside: the language, its faults, and what a rule asks for over time.

mod conditions;
mod faults;
mod holds;
mod proof;
mod requests;
mod seeded;
