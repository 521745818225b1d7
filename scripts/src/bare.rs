//! Builds `firmware/bare` for a processor without an operating system: docs/adr/0009.
//!
//! In one workspace features unify, so only a build for a target that has no `std` proves
//! that `wire`, `lighting` and `node` need none.

use crate::run::{Step, cargo, target_dir};
use checks::repository::root;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Cortex-M4F: the smallest processor that the boards of `firmware/` use.
pub const TARGET: &str = "thumbv7em-none-eabihf";

/// Where a `core` for the target comes from.
pub enum Toolchain {
    /// rustup has the target.
    Installed,
    /// Debian's `rustc-web`, whose sources `-Z build-std` compiles.
    Debian,
}

/// The toolchain that can build for the target, if this machine has one.
pub fn toolchain() -> Option<Toolchain> {
    if has_target() {
        return Some(Toolchain::Installed);
    }
    let programs = ["/usr/bin/rustc", "/usr/bin/cargo", "/usr/bin/ld.lld"];
    let sources = Path::new("/usr/lib/rustlib/src/rust/library/core/Cargo.toml");
    (programs.iter().all(|path| Path::new(path).exists()) && sources.exists())
        .then_some(Toolchain::Debian)
}

/// The build, ready to run.
pub fn build(toolchain: &Toolchain) -> Step {
    let step = match toolchain {
        Toolchain::Installed => cargo(["build"]),
        // By full path: a rustup in front of the search path would answer instead. The unstable
        // `build-std` is what the bootstrap variable allows.
        Toolchain::Debian => Step::new("/usr/bin/cargo")
            .arg("build")
            .args(["-Z", "build-std=core"])
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTC_BOOTSTRAP", "1")
            // Debian's Rust brings no linker of its own for this target.
            .env("CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER", "/usr/bin/ld.lld")
            .without("RUSTUP_TOOLCHAIN")
            .without("RUSTDOC"),
    };
    let step = step.args(["--release", "--target", TARGET]);
    // Two compilers in one folder would throw each other's work away.
    step.env("CARGO_TARGET_DIR", target_dir().join("bare")).within(&root().join("firmware/bare"))
}

/// `cargo xtask bare`.
pub fn verb() -> anyhow::Result<ExitCode> {
    let Some(toolchain) = toolchain() else {
        anyhow::bail!(
            "no compiler here builds for {TARGET}\n\nhint: `rustup target add {TARGET}`, or on \
             Debian: `apt-get install rustc-web cargo-web rust-web-src lld`"
        );
    };
    crate::plain(build(&toolchain))
}

fn has_target() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output =
        Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    output.is_ok_and(|output| {
        let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some())
    })
}
