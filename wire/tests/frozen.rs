//! Bytes of every version ever spoken are still read as they were meant, and emitted as they were.
//!
//! One file per version in `frozen/`; a new version adds a file and touches none.

#[path = "frozen/v1.rs"]
mod v1;
#[path = "frozen/v1_fire.rs"]
mod v1_fire;
#[path = "frozen/v1_nodes.rs"]
mod v1_nodes;
