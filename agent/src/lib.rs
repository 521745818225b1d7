//! Touches the world: sockets, files, clocks; the main loop.

pub mod api;
pub mod config;
pub mod embedded;
pub mod limits;
pub mod store;
