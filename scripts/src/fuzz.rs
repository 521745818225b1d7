//! Throws bytes at the parsers, where cargo-fuzz is installed.

use crate::run::{Step, cargo, find_program};
use anyhow::bail;
use checks::repository::root;
use std::path::Path;
use std::process::ExitCode;

/// `cargo xtask fuzz`: every target of `wire/fuzz`, for `seconds` each.
pub fn verb(seconds: u32) -> anyhow::Result<ExitCode> {
    let in_home = std::env::var_os("HOME")
        .is_some_and(|home| Path::new(&home).join(".cargo/bin/cargo-fuzz").exists());
    if find_program("cargo-fuzz").is_none() && !in_home {
        bail!("cargo-fuzz is not installed\n\nhint: `cargo install cargo-fuzz --locked`");
    }
    let mut targets: Vec<String> = std::fs::read_dir(root().join("wire/fuzz/fuzz_targets"))?
        .filter_map(|entry| entry.ok()?.path().file_stem()?.to_str().map(str::to_owned))
        .collect();
    targets.sort();
    for target in targets {
        let passed = fuzz(&target, seconds).run()?;
        if !passed {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn fuzz(target: &str, seconds: u32) -> Step {
    let corpus = format!("fuzz/corpus/{target}");
    // The corpus that a run grows is kept from run to run, and never committed.
    let _ = std::fs::create_dir_all(root().join("wire").join(&corpus));
    // libFuzzer's coverage is an unstable compiler option; there is no `unsafe` for a sanitizer.
    cargo(["fuzz", "run", target, &corpus, "fuzz/seeds", "--sanitizer", "none", "--"])
        .arg("-max_len=3100")
        .arg("-rss_limit_mb=1024")
        .arg(format!("-max_total_time={seconds}"))
        .env("RUSTC_BOOTSTRAP", "1")
        .within(&root().join("wire"))
}
