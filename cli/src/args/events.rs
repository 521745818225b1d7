//! `campus fire …`, `campus demand …`, and what people say with them.

use super::Json;
use clap::{Args, Subcommand};

/// `campus fire …`.
#[derive(Debug, Subcommand)]
pub enum Fire {
    /// Show alarms and the inputs that can raise one
    Show(Json),
    /// Light everything: a fire, or a drill
    ///
    /// Every lamp goes to full at once, whatever anybody else asks for, until `campus fire off`.
    On {
        /// A building or a room like `science/101`; without it everything
        #[arg(long, value_name = "PLACE")]
        place: Option<String>,
        /// Who says so, and why.
        #[command(flatten)]
        said: Said,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// End alarms
    ///
    /// An input that still says that it burns is silenced until it falls and says so anew.
    Off {
        /// Only alarms of this building or room; without it all
        #[arg(long, value_name = "PLACE")]
        place: Option<String>,
        /// Who says so, and why.
        #[command(flatten)]
        said: Said,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
}

/// `campus demand …`.
#[derive(Debug, Subcommand)]
pub enum Demand {
    /// Show what the grid asks for, and what it brings
    Show(Json),
    /// Ask all rooms that are not exempt for less light
    ///
    /// Every level gives the same share. A lesson keeps its light, a person too, and nothing goes dark.
    /// It ends by itself.
    Shed {
        /// So much less than there would be without it, in %
        #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
        pct: u8,
        /// Until when, at most 12 hours: `15:30`, `2h` (from now), `2026-11-20 15:30`
        #[arg(long, value_name = "TIME")]
        until: String,
        /// From when, at most 7 days ahead; without it from now
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Name of the order: a later one of that name takes its place
        #[arg(long, value_name = "NAME")]
        id: Option<String>,
        /// Who says so, and why.
        #[command(flatten)]
        said: Said,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// End it before its time
    End {
        /// Name of the order
        #[arg(long, value_name = "NAME")]
        id: Option<String>,
        /// Who says so, and why.
        #[command(flatten)]
        said: Said,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
}

/// Who says so, and why: kept in the log.
#[derive(Clone, Debug, Args)]
pub struct Said {
    /// Why: kept, and shown in `campus status`
    #[arg(long = "reason", value_name = "TEXT")]
    pub why: String,
    /// Who; without it the account that runs this
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
}
