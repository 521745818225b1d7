//! What people type after `campus calendar` and `campus timetable`.

use super::Json;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `campus calendar …`.
#[derive(Debug, Subcommand)]
pub enum Calendar {
    /// Show which days are school days, and why
    Show(CalendarShow),
}

/// `campus calendar show`.
#[derive(Debug, Args)]
pub struct CalendarShow {
    /// A month, like `2026-10`; the running one without it
    #[arg(long, value_name = "MONTH")]
    pub month: Option<String>,
    /// A year, like `2026`: months in numbers, and the days that differ from the week
    #[arg(long, value_name = "YEAR", conflicts_with = "month", value_parser = clap::value_parser!(i16).range(2000..=2100))]
    pub year: Option<i16>,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// `campus timetable …`.
#[derive(Debug, Subcommand)]
pub enum Timetable {
    /// Show the days of a room
    Show(TimetableShow),
    /// Make a timetable file from a calendar (.ics) or a table (.csv)
    ///
    /// The whole file is read first. What cannot be taken over exactly is refused, with its line and what to do,
    /// and nothing is written. What is written is checked as the agent would read it, and replaces an earlier
    /// import as a whole. A running agent is not asked; it reads the file at its next start.
    Import(TimetableImport),
}

/// `campus timetable show`.
#[derive(Debug, Args)]
pub struct TimetableShow {
    /// Which room: `science/101`, or `101` where that is clear
    pub room: String,
    /// Any day of the week to show, like `2026-10-05`; this week without it
    #[arg(long, value_name = "DATE")]
    pub week: Option<String>,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// `campus timetable import`.
#[derive(Debug, Args)]
pub struct TimetableImport {
    /// What to read: `.ics` or `.csv`
    pub file: PathBuf,
    /// Configuration of the campus
    #[arg(long, value_name = "FILE", default_value = "/etc/campus/campus.toml")]
    pub config: PathBuf,
    /// Timetable file to write, beside the configuration unless it has a folder
    #[arg(long, value_name = "FILE", default_value = "lessons.toml")]
    pub to: PathBuf,
    /// Room of everything that names none
    #[arg(long, value_name = "ROOM")]
    pub room: Option<String>,
    /// What a place is called in the file, and which room that is; without a room it is left out
    ///
    /// Rooms are found by `building/room` and by their names. For all others: `--map "Lab 2=science/102"`, and
    /// `--map "Sports field="` for what has no room here.
    #[arg(long, value_name = "PLACE=ROOM")]
    pub map: Vec<String>,
    /// Say what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}
