//! `campus hub …`.

use super::{HubAsk, Json};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `campus hub …`.
#[derive(Debug, Subcommand)]
pub enum Hub {
    /// What this campus sends
    #[command(flatten)]
    Ask(HubAsk),
    /// Take the summaries of many campuses into PostgreSQL
    ///
    /// It runs until SIGINT or SIGTERM, and keeps nothing but what is in the database: any number of
    /// them may stand behind a balancer.
    Serve(HubConfig),
    /// Make a key with which a campus signs what it sends
    ///
    /// The secret half goes into FILE, for its owner only; the public half is printed, for
    /// `campus hub tenant add` at the hub.
    Key {
        /// Where the secret half goes; it must not be there yet
        file: PathBuf,
    },
    /// Admit campuses at a hub, and list them
    #[command(subcommand)]
    Tenant(Tenant),
    /// Prove that a hub holds what was sent, hash by hash
    ///
    /// Makes every row's text anew from its columns and follows every chain. Exits with 1 when
    /// something is wrong.
    Verify {
        /// Which campus; without it all
        campus: Option<String>,
        /// The hub.
        #[command(flatten)]
        config: HubConfig,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Write the files of a day for the data centre above
    ///
    /// Energy by building, item and hour as Build.xml and Energy.xml in a zip, and every slot of every
    /// meter as CSV, of what the hub holds now. Files of that day that are there already are replaced.
    DayFiles {
        /// Which local day, like `2026-11-25`
        day: String,
        /// Who sends, which buildings, which meters: docs/integrate/mohurd.md
        #[arg(long, value_name = "FILE", default_value = "/etc/campus/centre.toml")]
        centre: PathBuf,
        /// Where the files go
        #[arg(long, value_name = "FOLDER", default_value = ".")]
        out: PathBuf,
        /// The hub.
        #[command(flatten)]
        config: HubConfig,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
}

/// Which hub.
#[derive(Clone, Debug, Args)]
pub struct HubConfig {
    /// Configuration of the hub
    #[arg(long, value_name = "FILE", default_value = "/etc/campus/hub.toml")]
    pub config: PathBuf,
}

/// `campus hub tenant …`.
#[derive(Debug, Subcommand)]
pub enum Tenant {
    /// Admit a campus with its key, or give it another key
    Add {
        /// Its identifier, as in `[campus] id` of its agent
        campus: String,
        /// Its public key, as `campus hub key` prints it
        #[arg(long, value_name = "KEY")]
        key: String,
        /// Its name for people
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Its time zone, like `Asia/Shanghai`; a new campus needs one
        #[arg(long, value_name = "ZONE")]
        zone: Option<String>,
        /// The hub.
        #[command(flatten)]
        config: HubConfig,
    },
    /// List campuses with their keys and how far they have sent
    List {
        /// The hub.
        #[command(flatten)]
        config: HubConfig,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Take nothing more that is signed with a key; what was taken stays
    Withdraw {
        /// First 16 digits of the key's name, as the list shows
        key_id: String,
        /// The hub.
        #[command(flatten)]
        config: HubConfig,
    },
}
