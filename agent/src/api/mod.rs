//! HTTP on a Unix socket: what `campus` and other programs ask the agent.

pub mod types;
