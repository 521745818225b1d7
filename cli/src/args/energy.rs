//! What people type after `campus energy`.

use super::Json;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `campus energy …`.
#[derive(Debug, Subcommand)]
pub enum Energy {
    /// Show energy over time, and per meter whether the ledger equals the register
    ///
    /// A chart on a terminal, a table elsewhere. Exits with 1 when a meter does not add up.
    Show(EnergyShow),

    /// Prove that what is posted equals what the registers counted
    ///
    /// From the kept rows alone: first register, last register, jumps, what must have flowed, what is
    /// posted. Exits with 1 when a proof fails.
    Audit(EnergyAudit),

    /// Explain every slot of a meter: evidence, revisions, incidents, repairs
    Explain(EnergyExplain),

    /// Repair what a wrong reading or a wrong ratio did to the ledger
    ///
    /// Nothing is overwritten: a repair adds rows that name who and why, and shows the energy before
    /// and after. It asks before it changes anything; where nobody can answer it wants `--yes`.
    Repair(EnergyRepair),

    /// Write energy to a file for spreadsheets and programs
    ///
    /// CSV has English headings that never change and local times with their offset; XLSX has real
    /// dates and numbers, headings in the chosen language, and a sheet with totals.
    Export(EnergyExport),
}

/// `campus energy show`.
#[derive(Debug, Args)]
pub struct EnergyShow {
    /// Of a room, a building, a node or a meter; of everything without it
    #[arg(long, value_name = "NAME")]
    pub of: Option<String>,
    /// Length of a period
    #[arg(long, value_name = "PERIOD", default_value = "hour")]
    pub by: By,
    /// From: `2026-11-20`, `08:00`, `yesterday`, `2h` ago; local midnight without it
    #[arg(long, alias = "from", value_name = "TIME")]
    pub since: Option<String>,
    /// To; now without it
    #[arg(long, alias = "to", value_name = "TIME")]
    pub until: Option<String>,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// Length of a period of energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// The slot of the ledger: 15 minutes unless configured otherwise
    Slot,
    /// An hour
    Hour,
    /// A day in the time zone of the campus
    Day,
    /// A month in the time zone of the campus
    Month,
}

impl By {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slot => "slot",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// `campus energy audit`.
#[derive(Debug, Args)]
pub struct EnergyAudit {
    /// Of a room, a building, a node or a meter; of everything without it
    #[arg(long, value_name = "NAME")]
    pub of: Option<String>,
    /// From; as far back as rows are kept without it
    #[arg(long, alias = "since", value_name = "TIME")]
    pub from: Option<String>,
    /// To; now without it
    #[arg(long, alias = "until", value_name = "TIME")]
    pub to: Option<String>,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// `campus energy explain`.
#[derive(Debug, Args)]
pub struct EnergyExplain {
    /// Which meter, like `gym-mains` or `sci-101/main`
    pub meter: String,
    /// From; local midnight without it
    #[arg(long, alias = "since", value_name = "TIME")]
    pub from: Option<String>,
    /// To; now without it
    #[arg(long, alias = "until", value_name = "TIME")]
    pub to: Option<String>,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// `campus energy repair`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["ignore", "believe", "refuse", "factor"]))]
pub struct EnergyRepair {
    /// Which meter, like `gym-mains` or `sci-101/main`
    pub meter: String,
    /// Readings of that time were wrong: derive its slots from the good ones around it
    ///
    /// For example `--ignore '2026-11-20 08:00..09:30'`.
    #[arg(long, value_name = "FROM..TO")]
    pub ignore: Option<String>,
    /// The register that is in doubt is right
    #[arg(long)]
    pub believe: bool,
    /// The register that is in doubt is wrong
    #[arg(long)]
    pub refuse: bool,
    /// The transformer ratio of that time was wrong: multiply its energy
    ///
    /// For example `--factor 3/2 2026-11-01..2026-11-20`.
    #[arg(long, num_args = 2, value_names = ["N/D", "FROM..TO"])]
    pub factor: Option<Vec<String>>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    /// Who says so; the account that runs this without it
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// `campus energy export`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("file").required(true).args(["csv", "xlsx"]))]
pub struct EnergyExport {
    /// Of a room, a building, a node or a meter; of everything without it
    #[arg(long, value_name = "NAME")]
    pub of: Option<String>,
    /// From; local midnight without it
    #[arg(long, alias = "since", value_name = "TIME")]
    pub from: Option<String>,
    /// To; now without it
    #[arg(long, alias = "until", value_name = "TIME")]
    pub to: Option<String>,
    /// Length of a period
    #[arg(long, value_name = "PERIOD", default_value = "slot")]
    pub by: By,
    /// Write CSV to this file; `-` is stdout
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write an Excel workbook to this file
    #[arg(long, value_name = "FILE")]
    pub xlsx: Option<PathBuf>,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}
