//! Sensors and outputs of a node: pins and buses in, readings with a reason out.
//!
//! Over `embedded-hal`, `embedded-hal-async` and `embedded-io-async`, so that a board gives only
//! pins and buses. No network, no allocation, no clock, no decision about people or lamps. Whatever
//! waits takes a `DelayNs` and ends within a stated time; whatever is pure takes `now_ms`.
//!
//! | module | what it does |
//! |---|---|
//! | [`input`] | wall switch and motion: a pin's level to a press or an edge, without bounce |
//! | [`illuminance`] | BH1750 and VEML7700: light with a range that follows it |
//! | [`air`] | SCD4x and SHT4x: carbon dioxide, temperature, humidity |
//! | [`ld2410`] | mmWave radar: bytes to presence, and its commands |
//! | [`meter`] | a Modbus RTU meter behind the node: registers to readings |
//! | [`dimmer`] | 0–10 V or pulse width, with a relay: levels to lamps without a flash |
//! | [`dali_lamps`] | lamp channels as groups of a DALI bus |
//! | [`dali_bridge`] | a DALI bus behind a serial line, for the emulated board |
//! | [`i2c_bridge`] | an I²C bus behind a serial line, for the emulated board |
//! | [`w5500`] | a network chip that lost itself is started anew |
//! | [`timed`] | a bus on which no transfer takes longer than it may |
//! | [`fault`] | why a sensor gave nothing, counted, and what is said about it |
//!
//! Not fitted or silent: a sensor that has not acknowledged its address since the start is
//! `not_fitted`; one that has answered and stops is `silent`, because it is there and broken.
#![cfg_attr(not(test), no_std)]

pub mod air;
pub mod dali_bridge;
pub mod dali_lamps;
mod decimal;
pub mod dimmer;
pub mod fault;
pub mod i2c_bridge;
pub mod illuminance;
pub mod input;
pub mod ld2410;
pub mod limits;
pub mod meter;
pub mod timed;
pub mod w5500;

pub use fault::{Fault, Faults};
