//! The program itself against an agent that is only pretended: answers, exit codes, pipes.

mod commands;
mod fake_agent;
mod ledger;
mod meters;
mod rules;
mod streams;
mod timetable;
