//! `campus broker …`.

use super::Json;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `campus broker …`.
#[derive(Debug, Subcommand)]
pub enum BrokerCommand {
    /// Make all that Mosquitto needs: authority, certificate, accounts, rights, configuration
    ///
    /// Writes into a folder and touches nothing else; what is there is never written over, and a second
    /// run says what there is. Passwords are drawn, go into files for their owners only, and are never
    /// shown.
    Init(BrokerInit),
    /// Prove that the broker keeps accounts apart, by what it delivers
    ///
    /// With an account that has a node's rights it tries what a node may and may not do, in both versions of
    /// MQTT, and hears with another what comes of it. The agent does the same at every start. Exits with 1
    /// when something is not as it should be.
    Check {
        /// Which campus.
        #[command(flatten)]
        config: BrokerConfig,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Renew the broker's certificate, with the same authority
    ///
    /// Nodes know the authority, and need not be told. Reload Mosquitto afterwards.
    Renew {
        /// Folder that `campus broker init` made
        #[arg(long, value_name = "FOLDER", default_value = "/etc/mosquitto/campus")]
        out: PathBuf,
        /// Name or address by which nodes reach the broker; without any as before
        #[arg(long = "host", value_name = "NAME")]
        hosts: Vec<String>,
        /// Account of Mosquitto on this computer, where root renews
        #[arg(long, value_name = "NAME", default_value = "mosquitto")]
        broker_user: String,
    },
    /// List, add, disable and remove accounts at the broker
    #[command(subcommand)]
    Account(Account),
}

/// What a new broker is like.
#[derive(Debug, Args)]
pub struct BrokerInit {
    /// Which campus.
    #[command(flatten)]
    pub config: BrokerConfig,
    /// Folder that is written into
    #[arg(long, value_name = "FOLDER", default_value = "/etc/mosquitto/campus")]
    pub out: PathBuf,
    /// Name or address by which nodes reach the broker; may come more than once, the first is what nodes are told
    #[arg(long = "host", value_name = "NAME", required = true)]
    pub hosts: Vec<String>,
    /// How Mosquitto is told of accounts
    #[arg(long, value_enum, default_value_t = Form::DynamicSecurity)]
    pub accounts: Form,
    /// Which Mosquitto
    #[arg(long, value_enum, default_value_t = Release::V2_0)]
    pub mosquitto: Release,
    /// Port for nodes, with TLS
    #[arg(long, value_name = "PORT", default_value_t = 8883)]
    pub port: u16,
    /// Port on the loopback, without
    #[arg(long, value_name = "PORT", default_value_t = 1883)]
    pub local_port: u16,
    /// Where Mosquitto keeps what survives a restart
    #[arg(long, value_name = "FOLDER", default_value = "/var/lib/mosquitto")]
    pub persistence: PathBuf,
    /// Where Mosquitto's plugins are; found by itself where Debian has them
    #[arg(long, value_name = "FOLDER")]
    pub plugins: Option<PathBuf>,
    /// Account of Mosquitto on this computer, where root sets up
    #[arg(long, value_name = "NAME", default_value = "mosquitto")]
    pub broker_user: String,
    /// Account of the agent on this computer, where root sets up
    #[arg(long, value_name = "NAME", default_value = "campus")]
    pub agent_user: String,
}

/// Which campus.
#[derive(Clone, Debug, Args)]
pub struct BrokerConfig {
    /// Configuration of the campus
    #[arg(long, value_name = "FILE", default_value = "/etc/campus/campus.toml")]
    pub config: PathBuf,
}

/// How Mosquitto is told of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A plugin that is told by MQTT: changes work at once, and who is shut out is thrown out
    DynamicSecurity,
    /// A password file and an access list: changes need a reload
    Files,
}

/// Which Mosquitto.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Release {
    /// 2.0.11 (Debian 12) and later 2.0
    #[value(name = "2.0")]
    V2_0,
    /// 2.1 and later
    #[value(name = "2.1")]
    V2_1,
}

/// `campus broker account …`.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// List accounts with what they may
    List {
        /// Which campus.
        #[command(flatten)]
        config: BrokerConfig,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Add an account, or give it another password
    ///
    /// The password is drawn and goes into a file for its owner only; it is never shown. Nodes of ours get theirs by
    /// `campus node provision`.
    Add {
        /// Its name: small letters, digits and `-`
        name: String,
        /// What it may
        #[arg(long, value_enum)]
        role: AccountRole,
        /// File that its password goes into; it must not be there yet
        #[arg(long, value_name = "FILE")]
        secret_file: PathBuf,
        /// Which campus.
        #[command(flatten)]
        config: BrokerConfig,
    },
    /// Shut an account out and end its session; `add` lets it in again
    Disable {
        /// Its name
        name: String,
        /// Which campus.
        #[command(flatten)]
        config: BrokerConfig,
    },
    /// Take an account away for good
    Remove {
        /// Its name
        name: String,
        /// Which campus.
        #[command(flatten)]
        config: BrokerConfig,
    },
}

/// What an account may, of those that people give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccountRole {
    /// Look at states
    Dashboard,
    /// Look at states, and ask for levels in rooms
    Home,
    /// Ask for less light for the grid
    Utility,
    /// Be a node: its own branch, by its name
    Node,
}
