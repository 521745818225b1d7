//! `campus hub …`.

use super::HubAsk;
use clap::Subcommand;

/// `campus hub …`.
#[derive(Debug, Subcommand)]
pub enum Hub {
    /// What this campus sends
    #[command(flatten)]
    Ask(HubAsk),
}
