//! Which compiler builds for a processor without an operating system: the one place that decides.
//!
//! Where rustup has the target, plain Cargo. Else Debian's packages, whose sources of `core` are
//! compiled along (docs/adr/0009): they can be had where rustup cannot download.

use crate::run::{Step, cargo};
use std::fmt;
use std::path::Path;
use std::process::Command;

/// Where a `core` for the target comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// rustup has the target.
    Installed,
    /// Debian's `rustc-web`, whose sources `-Z build-std` compiles.
    Debian,
}

/// Flash is scarce: texts of `{:?}` are left out (the panic's own text is written with `{}`, or is a
/// literal), and so is the file and line of a panic, whose text says what happened. AES is the `aes` crate's compact one.
const SMALL: &str = "-Zfmt-debug=none -Zlocation-detail=none --cfg aes_compact";

/// Debian's packages that build for every target, with their linker.
pub const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld"];

impl Toolchain {
    /// The toolchain that can build for `target`, if this machine has one.
    pub fn of(target: &str) -> Option<Self> {
        if has_target(target) {
            return Some(Self::Installed);
        }
        let programs = ["/usr/bin/rustc", "/usr/bin/cargo", "/usr/bin/ld.lld"];
        let sources = Path::new("/usr/lib/rustlib/src/rust/library/core/Cargo.toml");
        (programs.iter().all(|path| Path::new(path).exists()) && sources.exists())
            .then_some(Self::Debian)
    }

    /// As [`Toolchain::of`].
    ///
    /// # Errors
    /// There is none; the text says how to get one.
    pub fn for_target(target: &str) -> anyhow::Result<Self> {
        let packages = PACKAGES.join(" ");
        Self::of(target).ok_or_else(|| {
            anyhow::anyhow!(
                "no compiler here builds for {target}\n\nhint: `rustup target add {target}`, or on \
                 Debian: `apt-get install {packages}`"
            )
        })
    }

    /// A release build for `target` of the package in `folder`, into `into`, ready to run.
    pub fn build(self, target: &str, folder: &Path, into: &Path) -> Step {
        let step = match self {
            Self::Installed => cargo(["build"]),
            // By full path: a rustup in front of the search path would answer instead. The unstable
            // `build-std` is what the bootstrap variable allows.
            Self::Debian => Step::new("/usr/bin/cargo")
                .arg("build")
                .args(["-Z", "build-std=core"])
                // Sums and searches of `core` itself as small as the rest.
                .args(["-Z", "build-std-features=optimize_for_size"])
                .env("RUSTFLAGS", SMALL)
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                // Debian's Rust brings no linker of its own for such targets.
                .env(&linker_variable(target), "/usr/bin/ld.lld")
                .without("RUSTUP_TOOLCHAIN")
                .without("RUSTDOC"),
        };
        let step = step.args(["--release", "--target", target]);
        // A folder of its own: two compilers in one would throw each other's work away.
        step.env("CARGO_TARGET_DIR", into).within(folder)
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Installed => "rustup's compiler, which has the target",
            Self::Debian => "Debian's compiler (rustc-web), which compiles `core` along",
        })
    }
}

/// The variable by which Cargo is told the linker of a target.
fn linker_variable(target: &str) -> String {
    let target = target.to_uppercase().replace(['-', '.'], "_");
    format!("CARGO_TARGET_{target}_LINKER")
}

fn has_target(target: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output =
        Command::new(rustc).args(["--print", "target-libdir", "--target", target]).output();
    output.is_ok_and(|output| {
        let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_its_variable() {
        let variable = "CARGO_TARGET_THUMBV8M_MAIN_NONE_EABIHF_LINKER";
        assert_eq!(linker_variable("thumbv8m.main-none-eabihf"), variable);
    }

    #[test]
    fn a_target_that_nobody_has_is_refused_with_a_way_out() {
        assert!(!has_target("thumbv9x-none-eabi"));
    }
}
