//! `cargo xtask boards`: builds every board of `firmware/board-*` for its real target, and holds what
//! it takes of flash and memory against the ceilings in its own `Cargo.toml`.
//!
//! ```toml
//! [package.metadata.board]
//! target = "thumbv7em-none-eabihf"
//! flash_bytes_max = 131072
//! ram_bytes_max = 49152      # variables and the deepest stack that was measured
//! uf2 = true                 # where the board is flashed by dropping a file on it
//! ```

use crate::elf::{self, Sizes};
use crate::firmware;
use crate::run::target_dir;
use crate::toolchain::Toolchain;
use crate::uf2;
use anyhow::{Context, bail};
use checks::repository::root;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The board that QEMU runs.
pub const QEMU_BOARD: &str = "board-qemu";

/// A board of this tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// Its package, `board-…`.
    pub name: String,
    /// The target it is built for.
    pub target: String,
    flash_bytes_max: u64,
    ram_bytes_max: u64,
    uf2: bool,
    folder: PathBuf,
}

/// What a built board takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Taken {
    sizes: Sizes,
    /// The deepest stack that the emulator has seen (docs/reference/firmware.md), bytes.
    stack: Option<u64>,
}

/// Where boards are built.
pub fn into() -> PathBuf {
    target_dir().join("boards")
}

/// `cargo xtask boards [NAME…]`.
pub fn verb(names: &[String]) -> anyhow::Result<ExitCode> {
    let all = all()?;
    let known = |name: &String| all.iter().any(|board| board.is_called(name));
    if let Some(name) = names.iter().find(|name| !known(name)) {
        let boards: Vec<&str> = all.iter().map(|board| board.name.as_str()).collect();
        bail!("no board `{name}`\n\nhint: there are {}", boards.join(", "));
    }
    let mut passed = true;
    let mut lines = Vec::new();
    for board in &all {
        if !names.is_empty() && !names.iter().any(|name| board.is_called(name)) {
            continue;
        }
        let toolchain = Toolchain::for_target(&board.target)?;
        if !board.build(toolchain)? {
            passed = false;
            lines.push(format!("{:24} does not build", board.name));
            continue;
        }
        let (line, within) = board.measure()?;
        passed &= within;
        lines.push(line);
    }
    println!("\n{HEADING}\n{}", lines.join("\n"));
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

const HEADING: &str =
    "board                    flash (ceiling) B        memory + stack (ceiling) B";

/// Every board, in order of names.
///
/// # Errors
/// One cannot be read, or says not what this module's doc asks for.
pub fn all() -> anyhow::Result<Vec<Board>> {
    let mut boards = Vec::new();
    let firmware = root().join("firmware");
    for folder in std::fs::read_dir(&firmware).context("cannot read firmware/")? {
        let folder = folder.context("cannot read firmware/")?.path();
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("board-") && folder.join("Cargo.toml").exists() {
            boards.push(Board::of(&folder)?);
        }
    }
    boards.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(boards)
}

impl Board {
    fn of(folder: &Path) -> anyhow::Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
            .current_dir(folder)
            .output()
            .context("cannot run `cargo metadata`")?;
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("`cargo metadata` in {}", folder.display()))?;
        Self::read(&metadata["packages"][0], folder)
    }

    fn read(package: &Value, folder: &Path) -> anyhow::Result<Self> {
        let name = package["name"].as_str().unwrap_or_default().to_owned();
        let board = &package["metadata"]["board"];
        let missing = |key: &str| format!("{name} has no `{key}` in [package.metadata.board]");
        let bytes = |key: &str| board[key].as_u64().with_context(|| missing(key));
        Ok(Self {
            target: board["target"].as_str().with_context(|| missing("target"))?.to_owned(),
            flash_bytes_max: bytes("flash_bytes_max")?,
            ram_bytes_max: bytes("ram_bytes_max")?,
            uf2: board["uf2"].as_bool().unwrap_or(false),
            folder: folder.to_owned(),
            name,
        })
    }

    /// Its ELF, once it is built.
    pub fn image(&self) -> PathBuf {
        into().join(&self.target).join("release").join(&self.name)
    }

    /// Builds it and says with what; `false` when it does not build.
    ///
    /// # Errors
    /// Nothing can be run.
    pub fn build(&self, toolchain: Toolchain) -> anyhow::Result<bool> {
        println!("{}: {toolchain}", self.name);
        toolchain.build(&self.target, &self.folder, &into()).run()
    }

    /// Prints its line of the table, and says whether it is within its ceilings.
    ///
    /// # Errors
    /// What was built cannot be read.
    pub fn fits(&self) -> anyhow::Result<bool> {
        let (line, within) = self.measure()?;
        println!("{HEADING}\n{line}");
        Ok(within)
    }

    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.name.strip_prefix("board-") == Some(name)
    }

    /// Its line of the table, and whether it is within its ceilings. Writes the UF2 on the way.
    fn measure(&self) -> anyhow::Result<(String, bool)> {
        let image = self.image();
        let bytes =
            std::fs::read(&image).with_context(|| format!("cannot read {}", image.display()))?;
        let sizes = elf::sizes(&bytes).with_context(|| format!("in {}", image.display()))?;
        // The stack of a real board is about the same, and was never measured.
        let stack = if self.name == QEMU_BOARD { firmware::measured_stack() } else { None };
        let taken = Taken { sizes, stack };
        if self.uf2 {
            let file = image.with_extension("uf2");
            uf2::write(&image, &file)?;
            println!("{}", file.display());
        }
        Ok(self.judge(taken))
    }

    fn judge(&self, taken: Taken) -> (String, bool) {
        let Taken { sizes, stack } = taken;
        let flash_fits = sizes.flash <= self.flash_bytes_max;
        let ram = sizes.ram + stack.unwrap_or(0);
        let ram_fits = ram <= self.ram_bytes_max;
        let stack = match stack {
            Some(stack) => format!("{} + {stack}", sizes.ram),
            None => format!("{} + not measured", sizes.ram),
        };
        let mark = |fits| if fits { "" } else { "  ABOVE" };
        let line = format!(
            "{:24} {:>7} ({}){}   {stack} ({}){}",
            self.name,
            sizes.flash,
            self.flash_bytes_max,
            mark(flash_fits),
            self.ram_bytes_max,
            mark(ram_fits),
        );
        (line, flash_fits && ram_fits)
    }
}

/// The image that QEMU runs, built now; `None` when it does not build.
///
/// # Errors
/// There is no compiler for it, or nothing can be run.
pub fn qemu_image() -> anyhow::Result<Option<PathBuf>> {
    let board = all()?.into_iter().find(|board| board.name == QEMU_BOARD);
    let board = board.context("firmware/board-qemu is not here")?;
    let built = board.build(Toolchain::for_target(&board.target)?)?;
    Ok(built.then(|| board.image()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_board_of_this_tree_says_its_target_and_ceilings() {
        let boards = all().unwrap();
        assert!(boards.iter().any(|board| board.name == QEMU_BOARD), "{boards:?}");
    }

    #[test]
    fn a_board_without_a_ceiling_is_refused() {
        let package = json!({"name": "board-x", "metadata": {"board": {"target": "t"}}});
        let error = Board::read(&package, Path::new("x")).unwrap_err().to_string();
        assert_eq!(error, "board-x has no `flash_bytes_max` in [package.metadata.board]");
    }

    #[test]
    fn what_is_above_a_ceiling_fails_and_is_marked() {
        check(100, 50, Some(20), true);
        check(101, 50, Some(20), false);
        check(100, 50, Some(31), false);
        check(100, 81, None, false);
        check(100, 80, None, true);
    }

    #[track_caller]
    fn check(flash: u64, ram: u64, stack: Option<u64>, fits: bool) {
        let board = Board {
            name: "board-x".into(),
            target: "t".into(),
            flash_bytes_max: 100,
            ram_bytes_max: 80,
            uf2: false,
            folder: "x".into(),
        };
        let (line, within) = board.judge(Taken { sizes: Sizes { flash, ram }, stack });
        assert_eq!((within, line.contains("ABOVE")), (fits, !fits), "{line}");
    }
}
