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
