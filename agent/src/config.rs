//! The configuration: one TOML file, read to its end, refused with every fault it has.
//!
//! Terms:
//! - *key*, *section*: what `keys` lists; anything else in the file is refused, with the closest
//!   known name.
//! - *fault*: one thing that is wrong, with its place, shown the way rustc shows errors.
//! - *secret*: what stands in a file of its own, never in this one, and is never printed.
//!
//! Rules of the staff stand in `rules.toml` beside it ([`written`]); without that file there are none.
//!
//! `docs/operate/configuration.md` describes every key; [`example`] is a file that works.

mod accounts;
mod behaviour;
mod broker;
mod buses;
mod calendar;
mod campus;
mod dates;
mod energy;
mod events;
mod fault;
mod gateways;
mod hubs;
mod keys;
mod lessons;
mod meters;
mod occupancy;
mod places;
mod profiles;
mod rooms;
mod secret;
mod side;
mod table;
#[cfg(test)]
mod tests;
mod timetable;
mod written;

pub use accounts::{AccountsConfig, AccountsForm};
pub use broker::BrokerConfig;
pub(crate) use dates::days_between;
pub(crate) use fault::closest;
pub use fault::{ConfigError, Fault, Found, Span};
pub use hubs::mohurd::{MohurdLink, MohurdMeter};
pub use hubs::mqtt::MqttLink;
pub use hubs::{BatchLink, HubConfig, HubForm, OutboxConfig};
pub(crate) use lessons::parse_weeks;
pub use secret::Secret;
pub use written::{RulesFile, rules_for, zones_for_rules};

use crate::bus::plan::{BusConfig, GatewayConfig, PolledMeter};
use campus::Field;
use controller::Campus;
use fault::Faults;
use std::fmt;
use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use table::Table;
pub(crate) use timetable::weekday_of;
use toml::de::DeTable;

/// Longest configuration in bytes: 2,000 rooms of four zones take about 1 MB.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Longest path of a Unix socket in bytes: `sun_path` has 108 with its closing zero (unix(7)).
const SOCKET_BYTES_MAX: usize = 107;

/// Everything that a campus's agent is told. Paths are joined with the folder of the file.
#[derive(Clone, Debug)]
pub struct Config {
    /// Rooms, nodes, meters, prices and timetable. A gateway is one of the nodes too.
    pub campus: Campus,
    /// Lines with meters and gateways.
    pub buses: Vec<BusConfig>,
    /// How the meters of the campus that hang on a bus are asked.
    pub polled: Vec<PolledMeter>,
    /// How the gateways are, with the channels that zones use.
    pub gateways: Vec<GatewayConfig>,
    /// Which broker.
    pub broker: BrokerConfig,
    /// Accounts at it, where the agent manages them.
    pub accounts: Option<AccountsConfig>,
    /// The database.
    pub store: PathBuf,
    /// The Unix socket of the API, where one is configured; [`Config::socket`] knows the default.
    pub api_socket: Option<PathBuf>,
    /// Accounts of this computer that may provision nodes; whoever may use the socket where it is not said.
    pub technicians: Option<Vec<String>>,
    /// Where Prometheus may ask over TCP.
    pub metrics_listen: Option<SocketAddr>,
    /// Where summaries go.
    pub hubs: Vec<HubConfig>,
    /// What rows that wait for them may take.
    pub outbox: OutboxConfig,
    /// How log lines look.
    pub log_format: LogFormat,
    /// The file of rules of the staff, where there is one.
    pub rules: Option<RulesFile>,
    /// What is allowed but should be known: a sentence each, with file and line.
    pub warnings: Vec<String>,
    /// The file itself, so that the past can be explained by it.
    pub source: Source,
}

/// A configuration as it was read.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The file, as it was named; relative paths in it start in its folder.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Rules of the staff, where there are any.
    pub rules: Option<String>,
}

/// Only its name: a whole file is for no log.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name).finish()
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// A configuration that works, with a comment at every key.
pub fn example() -> &'static str {
    include_str!("config/example.toml")
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`] says everything that is wrong, ready to be printed.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::load_but(path, None)
    }

    /// Which campus a file is of, whatever else stands in it: before its broker is set up its `[broker]` names files
    /// that are not there yet.
    ///
    /// # Errors
    /// [`ConfigError`], when it does not say.
    pub fn campus_of(path: &Path) -> Result<wire::Id, ConfigError> {
        let (text, name) = (text_of(path)?, path.to_string_lossy());
        let mut faults = Faults::default();
        let (values, _) = DeTable::parse_recoverable(&text);
        let file = Table::file(values.get_ref(), &text, &mut faults);
        let section = file.section("campus", &mut faults);
        let id = section.and_then(|table| table.id("id", &mut faults));
        match id {
            Some(id) => Ok(id.is),
            None => {
                faults.close(&name, &text)?;
                let why = "it has no `id` in `[campus]`".to_owned();
                Err(ConfigError::Unreadable { path: path.to_owned(), why })
            }
        }
    }

    /// The same for an agent: rules beside it are taken along as they stand, because faults in them are no reason
    /// not to start.
    ///
    /// # Errors
    /// What is wrong with the configuration itself.
    pub fn load_to_run(path: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::parse(&text_of(path)?, &path.to_string_lossy())?;
        match RulesFile::beside(path) {
            Ok(file) => config.rules = file,
            Err(error) => config.warnings.push(error.to_string()),
        }
        Ok(config)
    }

    /// The same with another file of rules than the one beside it.
    ///
    /// # Errors
    /// The same, and when that file cannot be read.
    pub fn load_with(path: &Path, rules: &Path) -> Result<Self, ConfigError> {
        let config = Self::parse(&text_of(path)?, &path.to_string_lossy())?;
        config.ruled_by(Some(RulesFile::read(rules)?))
    }

    /// The same without the timetable file `skip`: one that is about to be written need not be there yet.
    ///
    /// # Errors
    /// [`ConfigError`] says everything that is wrong, ready to be printed.
    pub fn load_but(path: &Path, skip: Option<&Path>) -> Result<Self, ConfigError> {
        let config = Self::parse_but(&text_of(path)?, &path.to_string_lossy(), skip)?;
        config.ruled_by(RulesFile::beside(path)?)
    }

    /// One that was read before: `name` is where it was, for the files that it names.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn again(text: &str, rules: Option<String>, name: &str) -> Result<Self, ConfigError> {
        let file = rules.map(|text| RulesFile { name: name.to_owned(), text });
        Self::parse(text, name)?.ruled_by(file)
    }

    fn ruled_by(mut self, file: Option<RulesFile>) -> Result<Self, ConfigError> {
        if let Some(file) = &file {
            self.campus.rules = file.rules_of(&self.campus)?;
            self.source.rules = Some(file.text.clone());
        }
        Ok(Self { rules: file, ..self })
    }

    /// Reads a text; `name` is the file that it is said to come from, and relative paths start in
    /// its folder.
    ///
    /// # Errors
    /// [`ConfigError`] says everything that is wrong, ready to be printed.
    pub fn parse(text: &str, name: &str) -> Result<Self, ConfigError> {
        Self::parse_but(text, name, None)
    }

    fn parse_but(text: &str, name: &str, skip: Option<&Path>) -> Result<Self, ConfigError> {
        let mut faults = Faults::default();
        let (file, broken) = DeTable::parse_recoverable(text);
        for error in &broken {
            faults.add(&error.span().unwrap_or(0..0), error.message());
        }
        if !broken.is_empty() {
            // What stands behind broken syntax may be misread; more faults would only mislead.
            faults.close(name, text)?;
        }
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        let file = Table::file(file.get_ref(), text, &mut faults);
        let config = read(&file, (folder, skip), &mut faults);
        faults.close(name, text)?;
        // No value is missing without a fault; should one be, the file is refused all the same.
        let config = config.ok_or_else(|| ConfigError::Unreadable {
            path: name.into(),
            why: "a value is missing".into(),
        })?;
        let source = Source { name: name.to_owned(), text: text.to_owned(), rules: None };
        Ok(Self { warnings: faults.warnings(name, text), source, ..config })
    }

    /// What is wrong with a timetable file that `[timetable] files` could name; how many lessons it has,
    /// and what should be known about it.
    ///
    /// # Errors
    /// [`ConfigError`] says everything that is wrong, ready to be printed.
    pub fn check_timetable(
        &self,
        name: &str,
        text: &str,
    ) -> Result<(usize, Vec<String>), ConfigError> {
        let mut faults = Faults::default();
        let rooms = places::Rooms::of(&self.campus.rooms);
        let lessons = lessons::check(name, text, &rooms, &self.campus.timetable, &mut faults);
        faults.close(name, text)?;
        Ok((lessons, faults.warnings(name, text)))
    }

    /// The Unix socket of the API: what is configured, or `$XDG_RUNTIME_DIR/campus/agent.sock`, or
    /// `/run/campus/agent.sock`.
    pub fn socket(&self) -> PathBuf {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
        self.api_socket.clone().unwrap_or_else(|| {
            Path::new(runtime.as_deref().unwrap_or("/run".as_ref())).join("campus/agent.sock")
        })
    }
}

/// What stands in a file, up to a limit.
fn text_of(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |why: String| ConfigError::Unreadable { path: path.to_owned(), why };
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(unreadable(format!("more than {} MiB", FILE_BYTES_MAX >> 20)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
        unreadable(format!("line {line} is not UTF-8; save the file with that encoding"))
    })
}

/// Reads every section, also after a fault; `None` only together with one.
fn read(
    file: &Table<'_>,
    (folder, skip): (&Path, Option<&Path>),
    faults: &mut Faults,
) -> Option<Config> {
    let campus = campus::read(file, (folder, skip), faults);
    let at_broker = file.section("broker", faults);
    let broker = at_broker.as_ref().and_then(|table| broker::read(table, folder, faults));
    let accounts =
        at_broker.and_then(|table| accounts::read(&table, folder, broker.as_ref(), faults));
    let store = file.section("store", faults).and_then(|table| table.text("path", faults));
    let api = file.section("api", faults);
    let socket = api.as_ref().and_then(|table| table.text("socket", faults));
    let technicians = api.and_then(|table| table.texts("technicians", faults));
    let technicians = technicians.map(|all| all.is.iter().map(|name| name.is.to_owned()).collect());
    let api_socket = socket.map(|socket| {
        let path = folder.join(socket.is);
        let length = path.as_os_str().len();
        if length > SOCKET_BYTES_MAX {
            faults
                .add(&socket.at, "the path of the socket is too long")
                .label(format!("{length} bytes with its folder; {SOCKET_BYTES_MAX} are the most"));
        }
        path
    });
    let metrics = file.section("metrics", faults);
    let metrics_listen = metrics.and_then(|table| table.parsed("listen", "127.0.0.1:9464", faults));
    let log_format = file.section("log", faults).and_then(|table| log_format(&table, faults));
    let mut named = Vec::new();
    let hubs = hubs::read(file, folder, &mut named, faults);
    let outbox = hubs::outbox(file, faults);
    let Field { campus, buses, polled, gateways } = campus?;
    hubs::refuse_unknown(&named, &campus, faults);
    Some(Config {
        campus,
        buses,
        polled,
        gateways,
        broker: broker?,
        accounts,
        store: folder.join(store.map_or("campus.db", |path| path.is)),
        api_socket,
        technicians,
        metrics_listen: metrics_listen.map(|listen| listen.is),
        hubs: hubs?,
        outbox,
        log_format: log_format.unwrap_or_default(),
        rules: None,
        warnings: Vec::new(),
        source: Source::default(),
    })
}

fn log_format(table: &Table<'_>, faults: &mut Faults) -> Option<LogFormat> {
    let format = table.text("format", faults)?;
    match format.is {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        other => {
            faults
                .add(&format.at, format!("`{other}` is no log format"))
                .help("it is `text` or `json`");
            None
        }
    }
}
