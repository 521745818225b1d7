//! What people type after `campus report`.

use super::Json;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `campus report …`.
#[derive(Debug, Subcommand)]
pub enum Report {
    /// Report a day
    Day(ReportArgs),
    /// Report a week, Monday to Sunday
    Week(ReportArgs),
    /// Report a month
    Month(ReportArgs),
}

/// What every report has.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Any moment of it, like `2026-11-20` or `yesterday`; the running one without it
    #[arg(long, value_name = "DATE")]
    pub at: Option<String>,
    /// Write a page for a browser or a printer to this file; `-` is stdout
    ///
    /// It needs nothing but itself: no network, no script.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub html: Option<PathBuf>,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

impl Report {
    /// Its name in the API, and the rest.
    pub const fn parts(&self) -> (&'static str, &ReportArgs) {
        match self {
            Self::Day(args) => ("day", args),
            Self::Week(args) => ("week", args),
            Self::Month(args) => ("month", args),
        }
    }
}
