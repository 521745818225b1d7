//! A physical campus: daylight, people, lamps, meters, around real node brains.
//!
//! Everything but [`runner`] and [`emulated`] is pure: time is an argument (ms UTC), chance comes from a seed, and
//! the same arguments give the same trace, byte for byte.
//!
//! | module | what it holds |
//! |---|---|
//! | [`campus`] | what stands where, and the agent's configuration for it |
//! | [`calendar`] | local days, lessons |
//! | [`daylight`] | sun, clouds, light through windows |
//! | [`people`] | who is where, who moves, who presses |
//! | [`lamp`], [`room`] | lamps, exact energy, the account of light and people |
//! | [`world`] | all rooms at a moment; what sensors see and what is true |
//! | [`board`] | the board around a node's brain |
//! | [`clock`] | campus time that runs faster than ours |
//! | [`runner`] | every node behind its own connection to a real broker |
//! | [`emulated`] | nodes that are the real firmware image in QEMU |

pub mod board;
pub mod calendar;
pub mod campus;
pub mod clock;
pub mod daylight;
pub mod emulated;
pub mod lamp;
pub mod people;
pub mod room;
pub mod runner;
pub mod seeded;
pub mod world;

pub use campus::{AgentSettings, NodeKind, Plan};
pub use clock::ScaledClock;
pub use room::{Account, Happening, Stage, What};
pub use runner::{Credentials, Emulated, Faults, NodeCounters, OnAck, Runner, RunnerSettings};
pub use world::{RoomTruth, Truth, World};

#[cfg(test)]
mod tests;
