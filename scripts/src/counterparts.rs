//! Python and pymodbus for the counterparts of the whole-system tests, in a folder of their own.

use crate::run::{Step, find_program, target_dir};
use anyhow::Context;
use checks::repository::root;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What is installed: names, versions, hashes.
const REQUIREMENTS: &str = "tests/counterparts/requirements.txt";

/// The folder below the target folder; `tests/src/counterpart.rs` looks there too.
fn folder() -> PathBuf {
    target_dir().join("counterparts")
}

/// Whether there is a Python that can make such a folder.
pub fn python() -> bool {
    let Some(python) = find_program("python3") else { return false };
    let mut command = Command::new(python);
    command.args(["-c", "import ensurepip, venv"]).stdin(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Whether everything is there in the versions that are asked for.
pub fn present() -> bool {
    let asked = std::fs::read_to_string(root().join(REQUIREMENTS));
    let installed = std::fs::read_to_string(folder().join("installed.txt"));
    asked.is_ok_and(|asked| installed.is_ok_and(|installed| installed == asked))
}

/// Makes the folder; `false` when that failed, mostly because there is no network.
///
/// # Errors
/// When nothing can be run or written.
pub fn make() -> anyhow::Result<bool> {
    if !python() {
        return Ok(false);
    }
    let folder = folder();
    let made = Step::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).run()?
        && Step::new(folder.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--require-hashes", "--only-binary", ":all:", "--requirement", REQUIREMENTS])
            .run()?;
    if made {
        // Last, so that a folder that was made halfway is made again.
        std::fs::copy(root().join(REQUIREMENTS), folder.join("installed.txt"))
            .with_context(|| format!("cannot write into {}", folder.display()))?;
    }
    Ok(made)
}
