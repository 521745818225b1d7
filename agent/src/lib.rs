//! Touches the world: sockets, files, clocks; the main loop.

pub mod api;
