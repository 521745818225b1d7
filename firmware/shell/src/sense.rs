//! Sampling: what sensors say goes to the brain, at their own pace, whatever the network does.

pub mod pins;
