//! Meters and gateways, asked in turn: one task per bus, one request at a time.

pub mod airtime;
pub mod breaker;
mod call;
mod fault;
mod line;
mod modbus;
pub mod plan;
pub mod schedule;

pub use fault::Fault;
