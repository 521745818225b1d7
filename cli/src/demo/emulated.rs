//! Which rooms of a demo have an emulated board, and whether this computer has what that takes.

use crate::args::Demo;
use crate::error::Error;
use simulator::emulated::QEMU;
use std::path::{Path, PathBuf};

/// Where `cargo xtask boards` puts the image that QEMU runs, below Cargo's target folder.
const IMAGE: &str = "boards/thumbv7em-none-eabihf/release/board-qemu";

/// How many times as fast as real time a demo runs if nobody says so.
const SPEED: f64 = 60.0;

/// The first rooms of a demo as emulated boards.
#[derive(Clone, Debug, PartialEq)]
pub struct Emulated {
    /// How many.
    pub rooms: u32,
    /// The firmware.
    pub image: PathBuf,
}

/// How fast a demo runs: emulated boards keep real time, whatever else could be faster.
///
/// # Errors
/// [`Error::QemuSpeed`] when both another speed and emulated boards are asked for.
pub fn speed(args: &Demo) -> Result<f64, Error> {
    match (args.qemu, args.speed) {
        (None, speed) => Ok(speed.unwrap_or(SPEED)),
        (Some(_), None) => Ok(1.0),
        // As it was typed: 1 is exact.
        (Some(_), Some(1.0)) => Ok(1.0),
        (Some(_), Some(speed)) => Err(Error::QemuSpeed { speed }),
    }
}

/// What was asked for, if anything, once it is known to be possible.
///
/// # Errors
/// [`Error::NoQemu`] or [`Error::NoFirmware`]: what is missing.
pub fn find(args: &Demo) -> Result<Option<Emulated>, Error> {
    let Some(rooms) = args.qemu else { return Ok(None) };
    let path = std::env::var_os("PATH").unwrap_or_default();
    if !std::env::split_paths(&path).any(|folder| folder.join(QEMU).is_file()) {
        return Err(Error::NoQemu);
    }
    let places = match &args.firmware {
        Some(named) => vec![named.clone()],
        None => usual_places(),
    };
    let found = places.iter().find(|place| place.is_file()).cloned();
    let image = found.ok_or(Error::NoFirmware { tried: places })?;
    Ok(Some(Emulated { rooms, image }))
}

/// Below the target folder of whoever builds here, or of whoever has built this program.
fn usual_places() -> Vec<PathBuf> {
    let named = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let program = std::env::current_exe().ok();
    let built = program.as_deref().and_then(|program| {
        program.ancestors().find(|folder| folder.ends_with("target")).map(Path::to_owned)
    });
    let mut places: Vec<PathBuf> = [named, Some("target".into()), built]
        .into_iter()
        .flatten()
        .map(|folder| folder.join(IMAGE))
        .collect();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Campus;
    use crate::args::Command;
    use clap::Parser;

    #[test]
    fn emulated_boards_keep_real_time_and_refuse_any_other() {
        check("campus demo", Some(60.0));
        check("campus demo --speed 5", Some(5.0));
        check("campus demo --qemu 2", Some(1.0));
        check("campus demo --qemu 2 --speed 1", Some(1.0));
        check("campus demo --qemu 2 --speed 60", None);
    }

    #[test]
    fn an_image_that_is_not_there_is_named() {
        let args = parsed("campus demo --qemu 2 --firmware nowhere/board-qemu");
        match find(&args) {
            Err(Error::NoFirmware { tried }) => {
                assert_eq!(tried, [PathBuf::from("nowhere/board-qemu")]);
            }
            // Where there is no QEMU, that is said first.
            other => assert!(matches!(other, Err(Error::NoQemu)), "{other:?}"),
        }
    }

    #[track_caller]
    fn check(line: &str, wanted: Option<f64>) {
        assert_eq!(speed(&parsed(line)).ok(), wanted, "{line}");
    }

    fn parsed(line: &str) -> Demo {
        match Campus::try_parse_from(line.split(' ')).map(|campus| campus.command) {
            Ok(Command::Demo(args)) => args,
            other => panic!("{line}: {other:?}"),
        }
    }
}
