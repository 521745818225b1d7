//! `campus room learn`.

use super::Json;
use clap::Args;
use std::path::PathBuf;

/// `campus room learn`.
#[derive(Clone, Debug, Args)]
pub struct RoomLearn {
    /// Which rooms: `science/101`, or `101` where that is clear
    #[arg(value_name = "ROOM", required_unless_present = "all")]
    pub rooms: Vec<String>,

    /// All rooms
    #[arg(long, conflicts_with = "rooms")]
    pub all: bool,

    /// From when: `2026-11-02`, `14d` (ago); without it all that is kept, at most four weeks
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,

    /// What is known to be true: a table with the columns `room,from,until,occupied`
    ///
    /// Times as in `--since`; `occupied` is yes, no, or how many. Rooms of which it says nothing learn from
    /// movement in hindsight.
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,

    /// Only say what would change; so it is without `--apply` too
    #[arg(long, conflicts_with = "apply")]
    pub dry_run: bool,

    /// Write what is better into the configuration; it counts from the next start of the agent
    #[arg(long)]
    pub apply: bool,

    /// Configuration of the campus
    #[arg(long, value_name = "FILE", default_value = "/etc/campus/campus.toml")]
    pub config: PathBuf,

    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}
