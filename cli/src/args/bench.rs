//! `campus node inspect`, `provision`, `accept`, `logs`, `erase`: nodes on a bench or a ladder, with a serial cable.

use super::{Json, parse_blink};
use crate::when::parse_duration;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// What is done to a node at a serial cable, or before it is left alone.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Ask the node at a serial cable who it is, how it is and what its sensors say
    ///
    /// Needs no agent. Exits with 1 when the node has trouble.
    Inspect {
        /// Serial port, or the socket of an emulated board's console
        #[arg(long, value_name = "PORT")]
        port: PathBuf,
        /// Let its lamps blink for so long, at most 2m; one that is in use is opened by its agent first
        #[arg(long, value_name = "DURATION", value_parser = parse_blink)]
        blink: Option<Duration>,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Give nodes at serial cables their name, their credential and their settings, and wait until they are heard
    ///
    /// The node's name stands in campus.toml, in a zone of its room. The agent makes a credential for it and tells the
    /// broker; both go to the node and nowhere else. Running it again is safe: the node has its old settings or its new
    /// ones, never half.
    ///
    /// Exits with 1 when the node was written but is not heard, or when one of a table failed.
    Provision(Provision),
    /// Prove that a node works in its room: it blinks, its sensors speak, it sees movement and its own lamps
    ///
    /// Exits with 1 when something is not as it should be. What was seen is kept with the name of who asked.
    Accept(Accept),
    /// Follow the log of the node at a serial cable
    Logs {
        /// Serial port, or the socket of an emulated board's console
        #[arg(long, value_name = "PORT")]
        port: PathBuf,
        /// Stop after so long; without it at Ctrl-C
        #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
        for_time: Option<Duration>,
    },
    /// Let the node at a serial cable forget who it is: name, credential, settings, registers and kept frames
    ///
    /// Its program stays. The account at the broker stays too: `campus node revoke` takes it away.
    Erase {
        /// Serial port, or the socket of an emulated board's console
        #[arg(long, value_name = "PORT")]
        port: PathBuf,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// `campus node provision`.
#[derive(Debug, Args)]
pub struct Provision {
    /// Serial port, or the socket of an emulated board's console
    #[arg(long, value_name = "PORT", required_unless_present = "table")]
    pub port: Option<PathBuf>,
    /// Room that it is for, like `science/101`; its node is named in campus.toml
    #[arg(long, value_name = "ROOM", conflicts_with = "node")]
    pub room: Option<String>,
    /// Which node, where a room has several
    #[arg(long, value_name = "NODE")]
    pub node: Option<String>,
    /// What is wired to it: pir, switch, radar, bh1750, veml7700, scd4x, sht4x, meter-sdm120, dali, pwm
    ///
    /// Without it what the node already says of itself.
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    pub fitted: Option<Vec<String>>,
    /// Many nodes: a CSV table with the columns port, room or node, and perhaps fitted, replace and why
    ///
    /// One that fails does not stop the rest; those that are done already are passed over when it is run again.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["port", "room", "node", "fitted", "replace", "why"])]
    pub table: Option<PathBuf>,
    /// This board takes the place of another that had the name, which is shut out
    #[arg(long)]
    pub replace: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
    /// Leave a label with a QR code for each node in this folder (SVG and PNG)
    #[arg(long, value_name = "FOLDER")]
    pub label: Option<PathBuf>,
    /// Broker as this node reaches it, where that differs from what the agent says
    #[arg(long, value_name = "HOST:PORT")]
    pub broker: Option<String>,
    /// How long it may take until the agent hears the node
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_duration)]
    pub within: Duration,
}

/// `campus node accept`.
#[derive(Debug, Args)]
pub struct Accept {
    /// Which node, like `sci-101`
    pub node: String,
    /// Leave these out: blink, motion, lamps
    #[arg(long, value_name = "STEPS", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// How long to wait for movement in front of the sensor
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    pub motion_within: Duration,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}
