//! The options of `campus demo`.

use crate::when::parse_duration;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// `campus demo`.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// Rooms of the simulated school
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub rooms: u32,

    /// How many times as fast as real time it runs [default: 60, and 1 with `--qemu`]
    #[arg(long, value_name = "X", value_parser = parse_speed)]
    pub speed: Option<f64>,

    /// Seed of people, weather and faults: the same seed, the same day
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,

    /// End after this much real time
    ///
    /// With `--speed 60`, `--for 30s` shows half an hour of the campus. Without it the demo runs until
    /// `q` or Ctrl-C.
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    pub for_time: Option<Duration>,

    /// The broker: `embedded`, or the address of one that runs, like `mqtt://127.0.0.1:1883`
    #[arg(long, value_name = "BROKER", default_value = "embedded", value_parser = parse_broker)]
    pub broker: Broker,

    /// Emulate the boards of the first N rooms: the real firmware in QEMU, in real time
    ///
    /// Needs `qemu-system-arm`, and a firmware that `cargo xtask boards qemu` builds. The school has at
    /// least so many rooms.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub qemu: Option<u32>,

    /// The firmware for `--qemu` [default: what `cargo xtask boards` has built]
    #[arg(long, value_name = "FILE", requires = "qemu")]
    pub firmware: Option<PathBuf>,

    /// Print one line per happening, on a terminal too
    #[arg(long)]
    pub plain: bool,
}

/// Which broker a demo uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broker {
    /// One of its own.
    Embedded,
    /// One that runs already.
    Url(String),
}

/// Fastest demo: at 3,600 a school day takes ten seconds, and one loop of the agent spans more than
/// a minute; beyond it lamps would visibly follow people late.
const SPEED_MAX: f64 = 3600.0;

fn parse_speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=SPEED_MAX).contains(&speed) => Ok(speed),
        _ => Err(format!("a speed is a number from 0.1 to {SPEED_MAX}")),
    }
}

fn parse_broker(text: &str) -> Result<Broker, String> {
    match text {
        "embedded" => Ok(Broker::Embedded),
        url if url.starts_with("mqtt://") && url.len() > "mqtt://".len() => {
            Ok(Broker::Url(url.to_owned()))
        }
        _ => Err("write `embedded`, or an address like `mqtt://127.0.0.1:1883`".to_owned()),
    }
}
