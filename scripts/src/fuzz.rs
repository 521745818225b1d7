//! Throws bytes at the parsers and at the node's brain, where cargo-fuzz is installed.

use crate::run::{Step, cargo, find_program};
use anyhow::bail;
use checks::repository::root;
use std::path::Path;
use std::process::ExitCode;

/// Crates that have fuzz targets, and the longest input that is worth trying there.
const CRATES: [(&str, u32); 3] = [("wire", 3100), ("firmware/node", 2000), ("firmware/smp", 3500)];

/// `cargo xtask fuzz`: every target of [`CRATES`], for `seconds` each.
pub fn verb(seconds: u32) -> anyhow::Result<ExitCode> {
    let in_home = std::env::var_os("HOME")
        .is_some_and(|home| Path::new(&home).join(".cargo/bin/cargo-fuzz").exists());
    if find_program("cargo-fuzz").is_none() && !in_home {
        bail!("cargo-fuzz is not installed\n\nhint: `cargo install cargo-fuzz --locked`");
    }
    for (folder, longest) in CRATES {
        let folder = root().join(folder);
        let mut targets: Vec<String> = std::fs::read_dir(folder.join("fuzz/fuzz_targets"))?
            .filter_map(|entry| entry.ok()?.path().file_stem()?.to_str().map(str::to_owned))
            .collect();
        targets.sort();
        for target in targets {
            let passed = fuzz(&folder, &target, longest, seconds).run()?;
            if !passed {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask fuzz mohurd [FRAMES|--long]`: needs nothing installed; it throws frames, not bytes, because
/// behind a CRC and a cipher random bytes reach nothing.
pub fn mohurd(rest: &[String]) -> anyhow::Result<ExitCode> {
    let run = ["run", "--release", "--quiet", "--package", "mohurd", "--example", "fuzz", "--"];
    let passed = cargo(run).args(rest).run()?;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn fuzz(folder: &Path, target: &str, longest: u32, seconds: u32) -> Step {
    let corpus = format!("fuzz/corpus/{target}");
    // The corpus that a run grows is kept from run to run, and never committed.
    let _ = std::fs::create_dir_all(folder.join(&corpus));
    // libFuzzer's coverage is an unstable compiler option; there is no `unsafe` for a sanitizer.
    cargo(["fuzz", "run", target, &corpus, "fuzz/seeds", "--sanitizer", "none", "--"])
        .arg(format!("-max_len={longest}"))
        .arg("-rss_limit_mb=1024")
        .arg(format!("-max_total_time={seconds}"))
        .env("RUSTC_BOOTSTRAP", "1")
        .within(folder)
}
