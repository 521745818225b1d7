//! `cargo xtask qemu`: classrooms with the real firmware on this computer, for a developer.

use crate::boards::{self, QEMU_BOARD};
use crate::install::QEMU;
use crate::run::{Step, cargo};
use anyhow::{Context, bail, ensure};
use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask qemu [--nodes N] [--config FILE | --broker mqtt://HOST:PORT [--campus ID]]

Builds the firmware of firmware/board-qemu and runs N classrooms with it (2), each in a QEMU of its own.

  without a broker   a whole campus comes along: `campus demo --qemu N`, in which the first N rooms are
                     emulated and the others simulated
  --config FILE      the first N rooms of an agent that runs with this configuration: broker, campus and
                     names of nodes and lamps are read from it
  --broker, --campus nodes of the demo's names (sci-101, …) at this broker, in this campus (demo)
  --password-file F  the password of all of their accounts at the broker

Ctrl-C ends all of them.
";

/// The verb.
pub fn verb(args: &[String]) -> anyhow::Result<ExitCode> {
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let asked = Asked::of(args)?;
    ensure!(QEMU.present(), "no qemu-system-arm here\n\nhint: `apt-get install qemu-system-arm`");
    let Some(image) = boards::qemu_image()? else { bail!("{QEMU_BOARD} does not build") };
    crate::plain(asked.step(&image))
}

#[derive(Debug, PartialEq, Eq)]
struct Asked {
    nodes: u32,
    /// What goes to the program as it is.
    rest: Vec<String>,
    broker: bool,
}

impl Asked {
    fn of(args: &[String]) -> anyhow::Result<Self> {
        let mut asked = Self { nodes: 2, rest: Vec::new(), broker: false };
        let mut words = args.iter();
        while let Some(word) = words.next() {
            let value = words.next().with_context(|| format!("{word} wants a value\n\n{HELP}"))?;
            match word.as_str() {
                "--nodes" => {
                    asked.nodes =
                        value.parse().with_context(|| format!("`{value}` is no number"))?;
                    ensure!((1..=100).contains(&asked.nodes), "1 to 100 nodes");
                    continue;
                }
                "--config" | "--broker" => asked.broker = true,
                "--campus" | "--password-file" => {}
                other => bail!("no argument `{other}`\n\n{HELP}"),
            }
            // Cargo runs the program from the root; paths are from where the person is.
            let path = matches!(word.as_str(), "--config" | "--password-file");
            let value = if path {
                let here = std::path::absolute(value)?;
                here.to_string_lossy().into_owned()
            } else {
                value.clone()
            };
            asked.rest.extend([word.clone(), value]);
        }
        Ok(asked)
    }

    fn step(&self, image: &Path) -> Step {
        let nodes = self.nodes.to_string();
        if self.broker {
            let example = ["run", "--quiet", "--package", "simulator", "--example", "classrooms"];
            let step = cargo(example).args(["--", "--nodes", &nodes, "--image"]);
            return step.arg(image).args(&self.rest);
        }
        let demo = ["run", "--quiet", "--package", "cli", "--bin", "campus", "--", "demo"];
        cargo(demo).args(["--qemu", &nodes, "--plain", "--firmware"]).arg(image)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_paths_made_whole() {
        let read = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            Asked::of(&words)
        };
        assert_eq!(read("").unwrap(), Asked { nodes: 2, rest: vec![], broker: false });
        let asked = read("--nodes 4 --config campus.toml").unwrap();
        assert_eq!((asked.nodes, asked.broker), (4, true));
        assert!(Path::new(&asked.rest[1]).is_absolute(), "{asked:?}");
        for bad in ["--nodes", "--nodes x", "--nodes 0", "--noodles 3"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
