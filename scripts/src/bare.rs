//! Builds `firmware/bare` for a processor without an operating system: docs/adr/0009.
//!
//! In one workspace features unify, so only a build for a target that has no `std` proves
//! that `wire`, `lighting` and `node` need none.

use crate::run::{Step, target_dir};
use crate::toolchain::Toolchain;
use checks::repository::root;
use std::process::ExitCode;

/// Cortex-M4F: the smallest processor that the boards of `firmware/` use.
pub const TARGET: &str = "thumbv7em-none-eabihf";

/// The build, ready to run.
pub fn build(toolchain: Toolchain) -> Step {
    toolchain.build(TARGET, &root().join("firmware/bare"), &target_dir().join("bare"))
}

/// `cargo xtask bare`.
pub fn verb() -> anyhow::Result<ExitCode> {
    crate::plain(build(Toolchain::for_target(TARGET)?))
}
