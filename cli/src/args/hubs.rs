//! `campus hub status`, `gaps`, `resend`, `incarnation`.

use super::Json;
use clap::{Args, Subcommand};

/// What this campus sends to its hubs.
#[derive(Debug, Subcommand)]
pub enum HubAsk {
    /// How it stands with every hub: what waits, since when, and for how long the buffer lasts
    ///
    /// Exits with 1 while a hub takes nothing.
    Status(Json),
    /// What hubs lack: ranges that they have not confirmed, rows that they put aside, losses
    ///
    /// Exits with 1 when a row was put aside.
    Gaps(Json),
    /// Send the summaries of a time again
    Resend(HubResend),
    /// Lives of the agent's database, in which hubs count rows
    #[command(subcommand)]
    Incarnation(HubIncarnation),
}

/// `campus hub incarnation …`.
#[derive(Debug, Subcommand)]
pub enum HubIncarnation {
    /// Begin another one: this database is a copy, and nothing could tell
    ///
    /// For an agent that was cloned with its database, its witness and its machine, or restored by hand. Rows
    /// that some hub has not confirmed go into the new incarnation; the others stay as they are. It asks before
    /// it changes anything; where nobody can answer it wants `--yes`.
    New(HubNew),
    /// Every incarnation of this database: since when, why, and who wanted it
    List(Json),
}

/// `campus hub incarnation new`.
#[derive(Debug, Args)]
pub struct HubNew {
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    /// Who says so; the account that runs this without it
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// `campus hub resend`.
#[derive(Debug, Args)]
pub struct HubResend {
    /// From
    #[arg(long, alias = "from", value_name = "TIME")]
    pub since: String,
    /// To; now without it
    #[arg(long, alias = "to", value_name = "TIME")]
    pub until: Option<String>,
    /// To this hub only; to all without it
    #[arg(long, value_name = "HUB")]
    pub hub: Option<String>,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}
