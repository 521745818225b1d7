//! `campus hub status`, `gaps`, `resend`.

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
