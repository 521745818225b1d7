//! What people type after `campus meter` and `campus profile`.

use super::Json;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `campus meter …`.
#[derive(Debug, Subcommand)]
pub enum Meter {
    /// List meters, what is wrong first, and the buses they are on
    List {
        /// Of a room, a building, a node or a bus
        #[arg(long, value_name = "NAME")]
        of: Option<String>,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Read a meter now: every quantity, with its raw registers
    Read {
        /// Which meter, like `gym-mains`
        meter: String,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Say that a meter was replaced, and what the old and the new one showed
    ///
    /// Then no energy is missing and none is counted twice.
    Replace(MeterReplace),
    /// Find out which meters are on a bus, and how they are read
    ///
    /// With `--bus` the agent looks, between its own questions. Without it this program looks itself:
    /// on the bench, or before there is an agent. It only reads. Exits with 1 when nothing is found.
    Probe(MeterProbe),
}

/// `campus meter replace`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("shown").required(true).multiple(true).args(["old_final", "new_initial"]))]
pub struct MeterReplace {
    /// Which meter, like `gym-mains`
    pub meter: String,
    /// What the old one showed last, in kWh; without it the energy in between stays unknown
    #[arg(long, value_name = "KWH", value_parser = parse_kwh)]
    pub old_final: Option<i64>,
    /// What the new one showed first, in kWh
    #[arg(long, value_name = "KWH", value_parser = parse_kwh)]
    pub new_initial: Option<i64>,
    /// When; at the last jump that nobody explained without it
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    /// Who says so; the account that runs this without it
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// `campus meter probe`.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("where").required(true).args(["bus", "tcp", "rtu_tcp", "port"]))]
pub struct MeterProbe {
    /// A bus of the configuration: the agent looks
    #[arg(long, value_name = "ID")]
    pub bus: Option<String>,
    /// Modbus/TCP: a meter or a gateway with an address of its own
    #[arg(long, value_name = "HOST:PORT")]
    pub tcp: Option<String>,
    /// A serial bus behind a converter that passes frames on as they are
    #[arg(long, value_name = "HOST:PORT")]
    pub rtu_tcp: Option<String>,
    /// A serial port of this computer, like `/dev/ttyUSB0`
    #[arg(long, value_name = "PATH")]
    pub port: Option<PathBuf>,
    /// Speed of the serial port
    #[arg(long, value_name = "N", default_value_t = 9600, value_parser = clap::value_parser!(u32).range(300..=921_600))]
    pub baud: u32,
    /// Parity of the serial port
    #[arg(long, value_name = "PARITY", default_value = "none")]
    pub parity: Parity,
    /// Addresses to try, like `1-10,21`; also the twelve digits on a DL/T 645 meter, or `any`
    #[arg(long, value_name = "LIST", default_value = "1-10", value_parser = parse_addresses)]
    pub address: Addresses,
    /// What the display shows, in kWh: the surest sign
    #[arg(long, value_name = "KWH", value_parser = parse_kwh)]
    pub kwh: Option<i64>,
    /// Maker or model on the nameplate
    #[arg(long, value_name = "TEXT")]
    pub model: Option<String>,
    /// Nominal voltage between a phase and neutral; 230 without it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(50..=1000))]
    pub volts: Option<u32>,
    /// Try this profile only; may be given again
    #[arg(long, value_name = "ID")]
    pub profile: Vec<String>,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// Parity of a serial port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Parity {
    /// None
    None,
    /// Even: the rule for DL/T 645
    Even,
    /// Odd
    Odd,
}

/// Addresses as typed, ranges resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses(pub Vec<String>);

/// `campus profile …`.
#[derive(Debug, Subcommand)]
pub enum Profile {
    /// List the profiles this program knows
    List(Json),
    /// Show one profile: its registers, where they are from, what to know on site
    Show {
        /// Which, like `eastron-sdm120`
        id: String,
        /// Output for programs.
        #[command(flatten)]
        json: Json,
    },
    /// Check profiles and run their examples
    ///
    /// Exits with 1 when one has a fault, or an example does not read what it claims.
    Check(ProfileCheck),
}

/// `campus profile check`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["files", "all"]))]
pub struct ProfileCheck {
    /// Which files
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// All profiles this program knows
    #[arg(long)]
    pub all: bool,
    /// Output for programs.
    #[command(flatten)]
    pub json: Json,
}

/// `12345.678` kWh to whole Wh, exactly.
pub fn parse_kwh(text: &str) -> Result<i64, String> {
    let wrong = || "write kilowatt-hours as on the display, like `12345.6`".to_owned();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || text.ends_with('.') {
        return Err(wrong());
    }
    let (kept, beyond) = part.split_at(part.len().min(3));
    if beyond.bytes().any(|byte| byte != b'0') {
        return Err("the ledger counts whole watt-hours: at most three decimals".to_owned());
    }
    let wh = format!("{whole}{kept:0<3}").parse::<i64>().map_err(|_| wrong())?;
    // What the JSON of other programs still holds exactly: 2^53.
    if wh > 1 << 53 { Err(wrong()) } else { Ok(wh) }
}

/// `1-10,21`, and DL/T 645 addresses as they are.
fn parse_addresses(text: &str) -> Result<Addresses, String> {
    let wrong = |part: &str| {
        format!(
            "`{part}` is no address: write 1 to 247, a range like `1-10`, twelve digits, or `any`"
        )
    };
    let unit = |text: &str| text.parse::<u8>().ok().filter(|unit| (1..=247).contains(unit));
    let mut found = Vec::new();
    for part in text.split(',').map(str::trim) {
        let plain = part == "any" || part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit());
        match part.split_once('-') {
            _ if plain => found.push(part.to_owned()),
            None => found.push(unit(part).ok_or_else(|| wrong(part))?.to_string()),
            Some((from, to)) => match (unit(from), unit(to)) {
                (Some(from), Some(to)) if from <= to => {
                    found.extend((from..=to).map(|unit| unit.to_string()));
                }
                _ => return Err(wrong(part)),
            },
        }
    }
    Ok(Addresses(found))
}
