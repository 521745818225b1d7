//! Sampling: what sensors say goes to the brain, at their own pace, whatever the network does.

pub mod air;
pub mod bus;
pub mod light;
pub mod meter;
pub mod pins;
pub mod radar;
