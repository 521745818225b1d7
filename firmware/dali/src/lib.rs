//! DALI, the wire between a node and its lamps (IEC 62386): what is said, how it looks on the wire,
//! what a level is in light, who has which address, and a model of control gear to try it all on.
//!
//! No `std`, no allocation, no clock, no pins. A board brings a [`Line`], which carries one frame and
//! brings its answer back; [`Bus`] does the rest. *Gear* is the box in a fixture that feeds its lamp.
//!
//! | module | what it decides |
//! |---|---|
//! | [`frame`] | what 16 bits mean; which orders go twice, which are answered |
//! | [`manchester`] | levels and durations of a frame, and back, within the tolerances of the standard |
//! | [`level`], [`fade`] | arc level to light and back; fade times and rates |
//! | [`sampled`] | what a board shifts out and samples, for boards that do both without the processor |
//! | [`bus`] | the application controller: levels, checks, addresses, energy |
//! | [`gear`] | what control gear does when it hears a frame |
//!
//! Sources: IEC 62386-101 and -102 (editions of 2014 and later: "DALI-2"), part 252 for energy, part 253
//! for diagnostics. Clauses and tables are named where a number comes from. No real gear has been on
//! this code yet.
#![cfg_attr(not(test), no_std)]

pub mod bus;
pub mod fade;
pub mod frame;
pub mod gear;
pub mod level;
pub mod manchester;
pub mod sampled;

pub use bus::{Answer, Bus, Fault, Line, Reply};
pub use fade::{FadeRate, FadeTime};
pub use frame::{Address, Command, Forward, Group, How, Order, Scene, Short, Special};
pub use gear::Gear;
pub use level::Level;
