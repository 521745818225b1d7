//! `campus rule …`.

use super::Json;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `campus rule …`.
#[derive(Debug, Subcommand)]
pub enum Rule {
    /// List the rules that run, and where each asks for something right now
    List(Json),
    /// Check a file of rules before it runs
    ///
    /// Reads it as the agent does, and looks for rules that contradict, shadow or oscillate, that
    /// never end, that would leave people in the dark, or that trust a sensor that has fallen
    /// silent. Each finding is a short story. Exits with 1 for a fault. A running agent is not
    /// asked.
    Check(RuleCheck),
    /// Try other settings or rules on the recorded past
    ///
    /// The agent tells its log again, to today's settings and to those that are tried, and says per room
    /// what would have been: lamp hours, energy, lit while empty, too dark, switchings, and the first
    /// moments that differ. Nothing is changed.
    Replay(RuleReplay),
}

/// `campus rule replay`.
#[derive(Clone, Debug, Args)]
pub struct RuleReplay {
    /// From when: `yesterday`, `2026-11-16`, `2026-11-16 08:00`, `7d` (ago)
    #[arg(long, value_name = "TIME")]
    pub since: String,

    /// Until when; without it until now
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,

    /// Another configuration; files that it names are taken from beside today's
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Another file of rules
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,

    /// Write one page for browsers and printers; `-` prints it
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub html: Option<PathBuf>,

    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// `campus rule check`.
#[derive(Clone, Debug, Args)]
pub struct RuleCheck {
    /// Which file; without it `rules.toml` beside the configuration
    pub file: Option<PathBuf>,

    /// Configuration with the rooms that the rules are for
    #[arg(long, value_name = "FILE", default_value = "/etc/campus/campus.toml")]
    pub config: PathBuf,

    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}
