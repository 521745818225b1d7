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
    /// Say what a file of rules would change, before it is applied
    ///
    /// Compares it with the version in force, rule by rule; checks it; and asks the agent which lamps would
    /// change right now, from what level to what, and why. Nothing is changed. Exits with 1 for a
    /// mistake.
    Plan(RulePlan),
    /// Have a file of rules decide from now on, everywhere or first in some rooms
    ///
    /// The agent reads, checks and builds it in full before anything is swapped, and keeps it as a version
    /// that survives restarts. Lamps do not jump: timers, holds and people's wishes go on, and only
    /// where the new rules want another level it is faded to. A file with mistakes is not applied, exit
    /// code 1.
    Apply(RuleApply),
    /// Take an earlier version of the rules back, or end a trial
    Rollback(RuleRollback),
    /// List versions of the rules, and who changed what when and why
    History(Json),
    /// Try other settings or rules on the recorded past
    ///
    /// The agent tells its log again, to today's settings and to those that are tried, and says per room
    /// what would have been: lamp hours, energy, lit while empty, too dark, switchings, and the first
    /// moments that differ. Nothing is changed.
    Replay(RuleReplay),
}

/// `campus rule plan`.
#[derive(Clone, Debug, Args)]
pub struct RulePlan {
    /// Which file
    #[arg(long, value_name = "FILE", default_value = "/etc/campus/rules.toml")]
    pub rules: PathBuf,

    /// As if they were tried in these rooms only: `science/101,gym/*`, or `101` where that is clear
    #[arg(long, value_name = "ROOMS", value_delimiter = ',')]
    pub canary: Vec<String>,

    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// `campus rule apply`.
#[derive(Clone, Debug, Args)]
pub struct RuleApply {
    /// Which file
    #[arg(long, value_name = "FILE", default_value = "/etc/campus/rules.toml")]
    pub rules: PathBuf,

    /// In these rooms only, all others keep what they have: `science/101,gym/*`, or `101` where that is
    /// clear
    #[arg(long, value_name = "ROOMS", value_delimiter = ',')]
    pub canary: Vec<String>,

    /// The version that is tried, everywhere; no file is read
    #[arg(long, conflicts_with_all = ["rules", "canary"])]
    pub all: bool,

    /// Why, for `campus rule history`
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,

    /// Although the checker finds mistakes; `--reason` says why
    #[arg(long, requires = "reason")]
    pub accept_findings: bool,

    /// Who asks, if not this account
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,

    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// `campus rule rollback`.
#[derive(Clone, Debug, Args)]
pub struct RuleRollback {
    /// To which version; 0 is no rules at all. Without it a trial ends, or else the version before comes
    /// back
    #[arg(long, value_name = "N")]
    pub to: Option<u32>,

    /// Why, for `campus rule history`
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,

    /// Who asks, if not this account
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,

    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
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
