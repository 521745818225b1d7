//! What people type: noun, then verb.

use crate::when::{parse_duration, parse_wish};
use crate::words::Lang;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;
use std::time::Duration;
use wire::command::IDENTIFY_MS_MAX;

mod bench;
mod broker;
mod calendar;
mod demo;
mod energy;
mod events;
mod hub;
mod hubs;
mod learn;
mod meter;
mod report;
mod rule;

pub use bench::*;
pub use broker::*;
pub use calendar::*;
pub use demo::*;
pub use energy::*;
pub use events::*;
pub use hub::*;
pub use hubs::*;
pub use learn::*;
pub use meter::*;
pub use report::*;
pub use rule::*;

/// The commands by what people want; clap has no groups of commands, a test proves none is missing.
const TEMPLATE: &str = "\
{about-with-newline}
{usage-heading} {usage}

Look:
  status       Say what works and what does not
  watch        Follow the campus live
  room         Show rooms, explain lights, hold a level
  fire         Show, raise and end fire alarms
  demand       Show and ask for less light, for the grid
  rule         List, check and try the lighting rules of the staff
  energy       Show, prove, repair and export energy
  meter        List meters, read, replace and find them
  report       Report a day, a week or a month
  calendar     Show which days are school days
  timetable    Show and import timetables of rooms
  node         List and show nodes; name, prove and replace them

Run:
  demo         Run a whole campus on this computer
  agent        Run the agent of a campus
  broker       Set the broker up, prove that it keeps accounts apart
  hub          Show what the district gets, send it again, or be its receiver
  config       Check a configuration
  profile      List, show and check profiles of meters
  completions  Print completions for a shell

Options:
{options}{after-help}";

const AFTER: &str = "\
Start with `campus demo`, or with `campus status` where an agent runs.";

const AFTER_LONG: &str = "\
Start with `campus demo`, or with `campus status` where an agent runs.

Exit codes:
  0  done
  1  done, and a person is needed: `campus status` lists needs, energy does not add up,
     a proof fails, a configuration or a profile has faults, a probe found nothing,
     a demo did not account for everything
  2  it could not be done; stderr says why and what to do

Answers go to stdout, everything else to stderr. Times are in the time zone of the campus.";

/// See and steer classroom lights, energy and nodes
#[derive(Debug, Parser)]
#[command(
    name = "campus",
    version,
    help_template = TEMPLATE,
    after_help = AFTER,
    after_long_help = AFTER_LONG,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Campus {
    /// For every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Ask the agent at this socket
    ///
    /// Without it the first that answers of `$XDG_RUNTIME_DIR/campus/agent.sock`,
    /// `/run/campus/agent.sock`, and the socket of a running `campus demo`.
    #[arg(
        long,
        global = true,
        display_order = 100,
        value_name = "PATH",
        env = "CAMPUS_AGENT",
        hide_env_values = true
    )]
    pub agent: Option<PathBuf>,

    /// Language of the answers
    ///
    /// Without it from LC_ALL, LC_MESSAGES or LANG.
    #[arg(long, global = true, display_order = 100, value_name = "LANG")]
    pub lang: Option<Lang>,

    /// Print without colours, as with NO_COLOR=1
    #[arg(long, global = true, display_order = 100)]
    pub no_color: bool,
}

/// `--json`, for commands that answer with a body of the API.
#[derive(Clone, Copy, Debug, Args)]
pub struct Json {
    /// Print data for programs: the agent's answer as it came
    #[arg(long, display_order = 50)]
    pub json: bool,
}

/// The nouns.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a whole campus on this computer
    Demo(Demo),

    /// Run the agent of a campus
    ///
    /// It runs until SIGINT or SIGTERM, and tells systemd when it is ready.
    Agent {
        /// Configuration of the campus
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },

    /// Say what works and what does not
    ///
    /// Exits with 1 when a person is needed.
    Status(Json),

    /// Follow the campus live
    ///
    /// A picture on a terminal, one line per happening elsewhere. With `--json` one line per second:
    /// status and rooms.
    Watch {
        /// Print one line per happening, on a terminal too
        #[arg(long)]
        plain: bool,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },

    /// Show rooms, explain lights, hold a level
    #[command(subcommand)]
    Room(Room),

    /// Show, raise and end fire alarms
    #[command(subcommand)]
    Fire(Fire),

    /// Show and ask for less light, for the grid
    #[command(subcommand)]
    Demand(Demand),

    /// List, check and try the lighting rules of the staff
    #[command(subcommand)]
    Rule(Rule),

    /// Show, prove, repair and export energy
    #[command(subcommand)]
    Energy(Energy),

    /// List meters, read, replace and find them
    #[command(subcommand)]
    Meter(Meter),

    /// Report a day, a week or a month
    #[command(subcommand)]
    Report(Report),

    /// Show which days are school days
    #[command(subcommand)]
    Calendar(Calendar),

    /// Show and import timetables of rooms
    #[command(subcommand)]
    Timetable(Timetable),

    /// List and show nodes; name, prove and replace them
    #[command(subcommand)]
    Node(Node),

    /// Set the broker up, prove that it keeps accounts apart
    #[command(subcommand)]
    Broker(BrokerCommand),

    /// Show what the district gets, send it again, or be its receiver
    #[command(subcommand)]
    Hub(Hub),

    /// Check a configuration
    #[command(subcommand)]
    Config(Config),

    /// List, show and check profiles of meters
    #[command(subcommand)]
    Profile(Profile),

    /// Print completions for a shell
    ///
    /// For bash: `campus completions bash > /etc/bash_completion.d/campus`
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// `campus room …`.
#[derive(Debug, Subcommand)]
pub enum Room {
    /// List rooms with occupancy, lights and energy
    List(Json),
    /// Show one room
    Show(RoomName),
    /// Explain why the lights of a room are as they are
    ///
    /// Which request is followed, which are not, what they were decided by and how old that was. With
    /// `--at` for any moment that the log still holds, some 14 days: told again from there, not guessed.
    Explain {
        /// Which room.
        #[command(flatten)]
        name: RoomName,
        /// A moment of the past: `14:05`, `yesterday 14:05`, `2026-11-20 14:05`, `2h` (ago)
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// Hold a level in a room for a while
    ///
    /// Fire alarms and maintenance locks are stronger. The wall switch in the room ends it.
    Set {
        /// Which room: `science/101`, or `101` where that is clear
        room: String,
        /// Level in % of full light
        #[arg(long, value_name = "PERCENT", value_parser = parse_level)]
        level: u8,
        /// How long, at most 2h
        #[arg(long = "for", value_name = "DURATION", value_parser = parse_wish)]
        for_time: Duration,
        /// One zone only, like `window`, `inner` or `board`
        #[arg(long, value_name = "ZONE")]
        zone: Option<String>,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Measure what the lamps of a room add at its light sensors
    ///
    /// For an empty room in the dark or under a steady sky: each zone goes through known levels while
    /// the others stay low, a quarter of a minute per step. Ends by itself, in the automatic state; also when
    /// somebody comes, presses the wall switch, or asks `campus room auto`. The result is kept. Exits
    /// with 1 when it was broken off.
    Calibrate {
        /// Which room: `science/101`, or `101` where that is clear
        room: String,
        /// Only say whether it could begin, and which steps it would take; moves nothing
        #[arg(long)]
        dry_run: bool,
        /// Although somebody is there, it is a lesson, or daylight moves
        #[arg(long)]
        force: bool,
        /// Who has it measured; this account when absent
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Let rooms learn from the recorded past when somebody is there
    ///
    /// The agent tells its log again and finds each room's own numbers: how fast its air is exchanged, what
    /// people add to it, and at what time of which day it is used. It says what would change, and how
    /// much better that tells who was there. Nothing is changed without `--apply`. Exits with 1 when a
    /// room has too little to learn from.
    Learn(RoomLearn),
    /// Ask for a scene: `lesson`, `projection`, `exam`, `off`, or one of the configuration
    ///
    /// It ends at its time, when the room empties, and when the next lesson begins; `auto` ends it now.
    Scene {
        /// Which room: `science/101`, or `101` where that is clear
        room: String,
        /// Which scene
        scene: String,
        /// How long, at most 2h
        #[arg(long = "for", value_name = "DURATION", default_value = "2h", value_parser = parse_wish)]
        for_time: Duration,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Lock lamps while somebody works on them
    ///
    /// Stronger than the wall switch, and dark over people if that is what is asked; only fire is stronger.
    /// It ends by itself, and `campus status` shows it until then.
    Lock {
        /// Which room: `science/101`, or `101` where that is clear
        room: String,
        /// Level in % of full light
        #[arg(long, value_name = "PERCENT", value_parser = parse_level)]
        level: u8,
        /// Until when, at most 12 hours: `15:30`, `2h` (from now); can be renewed
        #[arg(long, value_name = "TIME")]
        until: String,
        /// One zone only, like `window`, `inner` or `board`
        #[arg(long, value_name = "ZONE")]
        zone: Option<String>,
        /// Who says so, and why.
        #[command(flatten)]
        said: Said,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Unlock lamps
    Unlock {
        /// Which room: `science/101`, or `101` where that is clear
        room: String,
        /// One zone only, like `window`, `inner` or `board`
        #[arg(long, value_name = "ZONE")]
        zone: Option<String>,
        /// Who says so, and why.
        #[command(flatten)]
        said: Said,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Give a room back to the rules
    Auto {
        /// Which room: `science/101`, or `101` where that is clear
        room: String,
        /// One zone only, like `window`, `inner` or `board`
        #[arg(long, value_name = "ZONE")]
        zone: Option<String>,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
}

/// One room.
#[derive(Debug, Args)]
pub struct RoomName {
    /// Which room: `science/101`, or `101` where that is clear
    pub room: String,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// `campus node …`.
#[derive(Debug, Subcommand)]
pub enum Node {
    /// List nodes
    List {
        /// Those that speak and that no configuration knows
        #[arg(long)]
        unclaimed: bool,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Show one node
    Show {
        /// Which node, like `sci-101`
        node: String,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Let a node make itself known: its lamps blink
    ///
    /// Exits with 1 when the node does not answer within 5 s, or refuses.
    Identify {
        /// Which node, like `sci-101`
        node: String,
        /// How long, at most 2m
        #[arg(long = "for", value_name = "DURATION", default_value = "10s", value_parser = parse_blink)]
        for_time: Duration,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Shut out the board that has a node's name: lost, stolen, or taken down
    ///
    /// Its account is disabled, its session ends within 5 s, and what it left at the broker is cleared.
    /// Its rooms, energy and history stay; `campus node provision` gives the name to another board.
    Revoke {
        /// Which node, like `sci-101`
        node: String,
        /// Why, for the record
        #[arg(long, value_name = "TEXT")]
        why: String,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Let a node start again; one in core mode tries its whole work again
    ///
    /// Exits with 1 when the node does not answer within 5 s, or refuses. Its lamps stay as they are.
    Restart {
        /// Which node, like `sci-101`
        node: String,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Nodes at a serial cable, and before they are left alone.
    #[command(flatten)]
    Bench(Bench),
}

/// `campus config …`.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Check a configuration without using it
    ///
    /// Exits with 1 when it has faults. A running agent is not asked.
    Check {
        /// Which file
        #[arg(default_value = "/etc/campus/campus.toml")]
        file: PathBuf,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
}

/// `30s`: as long as a node blinks.
fn parse_blink(text: &str) -> Result<Duration, String> {
    let time = parse_duration(text)?;
    let most = Duration::from_millis(u64::from(IDENTIFY_MS_MAX));
    if time.as_secs() < 1 || time > most {
        return Err(format!("a node blinks for 1s to {}s", most.as_secs()));
    }
    Ok(time)
}

/// `40` or `40%`.
fn parse_level(text: &str) -> Result<u8, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    match number.parse::<u8>() {
        Ok(level) if level <= 100 => Ok(level),
        _ => Err("a level is a whole number from 0 to 100".to_owned()),
    }
}

#[cfg(test)]
mod tests;
