//! `hub.toml`, or every fault with line and column.
//!
//! ```toml
//! [listen]
//! address = "127.0.0.1:8743"
//!
//! [database]
//! url = "host=/run/postgresql user=campus_hub dbname=campus_hub"
//! ```

mod broker;
pub(crate) mod fault;

pub use broker::Broker;
pub use fault::ConfigError;
pub(crate) use fault::Faults;

use serde::Deserialize;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// What a receiver needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens; `None` where everything comes through a broker.
    pub listen: Option<Listen>,
    /// The broker through which batches come, where there is one.
    pub mqtt: Option<Broker>,
    /// Certificates, where it speaks TLS itself.
    pub tls: Option<Tls>,
    /// PostgreSQL.
    pub database: Database,
    /// Batches of one campus per minute.
    pub batches_per_minute: u32,
    /// Quarters older than so many days go; without it none does.
    pub quarters_days: Option<i32>,
    /// Lines as JSON instead of text.
    pub log_json: bool,
}

/// Where a receiver listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// TCP.
    Address(SocketAddr),
    /// A Unix socket, behind a proxy of the same computer.
    Socket(PathBuf),
}

/// Certificates of a receiver.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Its own chain, PEM.
    pub cert_file: PathBuf,
    /// Its key, PEM.
    pub key_file: PathBuf,
    /// Whoever connects shows a certificate of these, PEM.
    pub client_ca_file: Option<PathBuf>,
}

/// The database of a receiver.
#[derive(Clone)]
pub struct Database {
    /// How it is reached.
    pub url: tokio_postgres::Config,
    /// Most connections to it.
    pub connections: usize,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({} connections)", self.connections)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<Spanned<ListenFile>>,
    mqtt: Option<Spanned<broker::BrokerFile>>,
    tls: Option<Spanned<TlsFile>>,
    database: DatabaseFile,
    limits: Option<LimitsFile>,
    keep: Option<KeepFile>,
    log: Option<LogFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListenFile {
    address: Option<Spanned<String>>,
    socket: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsFile {
    cert_file: Spanned<String>,
    key_file: Spanned<String>,
    client_ca_file: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DatabaseFile {
    url: Spanned<String>,
    password_file: Option<Spanned<String>>,
    connections: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsFile {
    batches_per_minute: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeepFile {
    quarters_days: Spanned<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogFile {
    format: Option<Spanned<String>>,
}

/// Connections to PostgreSQL where none are configured: enough for two busy cores, and a twelfth of what
/// PostgreSQL allows, so that a dozen receivers share it.
const CONNECTIONS: i64 = 8;

/// Batches of one campus per minute where none are configured: live rows need one in 15 minutes, a backlog of
/// 30 days (2.9 million rows) 580 in all.
const BATCHES_PER_MINUTE: i64 = 600;

impl Config {
    /// Reads the file; paths in it are beside it.
    ///
    /// # Errors
    /// Every fault, shown where it stands.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            ConfigError(format!("cannot read the configuration `{name}`: {error}"))
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, &name.to_string(), folder)
    }

    /// Reads `text`, which is called `name` in messages.
    ///
    /// # Errors
    /// Every fault, shown where it stands.
    pub fn parse(text: &str, name: &str, folder: &Path) -> Result<Self, ConfigError> {
        fault::checked(text, name, "docs/integrate/hub.md", |file, faults| {
            read(&file, folder, faults)
        })
    }
}

fn read(file: &File, folder: &Path, faults: &mut Faults) -> Option<Config> {
    let mqtt = file.mqtt.as_ref().and_then(|mqtt| broker::read(mqtt, folder, faults));
    let listen = file.listen.as_ref().and_then(|it| listen(it, folder, faults));
    if file.listen.is_none() && file.mqtt.is_none() {
        let help = "add `[listen]` for HTTP, `[mqtt]` for a broker, or both";
        faults.add(0..0, "a receiver that nobody reaches", help);
    }
    let tls = file.tls.as_ref().and_then(|tls| {
        if matches!(listen, Some(Listen::Socket(_))) {
            let help = "leave out `[tls]`: whoever stands before the socket speaks TLS";
            faults.add(tls.span(), "a Unix socket has no TLS", help);
        }
        read_tls(tls.get_ref(), folder, faults)
    });
    if let Some(Listen::Address(address)) = &listen
        && !address.ip().is_loopback()
        && file.tls.is_none()
        && let Some(at) = file.listen.as_ref().map(Spanned::span)
    {
        let help = "add `[tls]`, or listen on 127.0.0.1 behind a proxy that speaks TLS: rows are signed, not secret";
        faults.add(at, format!("{address} is open to others without TLS"), help);
    }
    let connections =
        number(file.database.connections.as_ref(), "connections", (1, 1_000), CONNECTIONS, faults);
    let pace = file.limits.as_ref().and_then(|limits| limits.batches_per_minute.as_ref());
    let pace = number(pace, "batches_per_minute", (1, 100_000), BATCHES_PER_MINUTE, faults);
    // Below a month a campus that was away could lose what it has just sent; thirty years is for ever.
    let keep = file.keep.as_ref().map(|keep| &keep.quarters_days);
    let quarters_days =
        keep.map(|days| number(Some(days), "quarters_days", (31, 11_000), 31, faults));
    let log = file.log.as_ref().and_then(|log| log.format.as_ref());
    let log_json = match log.map(|format| (format.get_ref().as_str(), format.span())) {
        None | Some(("text", _)) => false,
        Some(("json", _)) => true,
        Some((other, at)) => {
            faults.add(at, format!("`{other}` is no format of lines"), "`text` or `json`");
            false
        }
    };
    Some(Config {
        database: Database {
            url: database(&file.database, folder, faults)?,
            connections: usize::try_from(connections).ok()?,
        },
        listen,
        mqtt,
        tls,
        batches_per_minute: u32::try_from(pace).ok()?,
        quarters_days: quarters_days.and_then(|days| i32::try_from(days).ok()),
        log_json,
    })
}

fn listen(listen: &Spanned<ListenFile>, folder: &Path, faults: &mut Faults) -> Option<Listen> {
    match listen.get_ref() {
        ListenFile { address: Some(address), socket: None } => {
            let parsed = address.get_ref().parse().map(Listen::Address);
            if parsed.is_err() {
                let title = format!("`{}` is no address with a port", address.get_ref());
                faults.add(address.span(), title, "it looks like `127.0.0.1:8743` or `[::1]:8743`");
            }
            parsed.ok()
        }
        ListenFile { address: None, socket: Some(socket) } => {
            Some(Listen::Socket(folder.join(socket.get_ref())))
        }
        _ => {
            let title = "`[listen]` takes one of `address` and `socket`";
            faults.add(
                listen.span(),
                title,
                "`address` is TCP, `socket` the path of a Unix socket",
            );
            None
        }
    }
}

fn read_tls(tls: &TlsFile, folder: &Path, faults: &mut Faults) -> Option<Tls> {
    let mut file = |path: &Spanned<String>| present(path, folder, faults);
    Some(Tls {
        cert_file: file(&tls.cert_file),
        key_file: file(&tls.key_file),
        client_ca_file: tls.client_ca_file.as_ref().map(&mut file),
    })
}

/// A file that must be there.
fn present(path: &Spanned<String>, folder: &Path, faults: &mut Faults) -> PathBuf {
    let full = folder.join(path.get_ref());
    if let Err(error) = std::fs::File::open(&full) {
        faults.add(path.span(), format!("cannot read `{}`: {error}", full.display()), "");
    }
    full
}

fn database(
    database: &DatabaseFile,
    folder: &Path,
    faults: &mut Faults,
) -> Option<tokio_postgres::Config> {
    let url = &database.url;
    let mut config: tokio_postgres::Config = match url.get_ref().parse() {
        Ok(config) => config,
        Err(error) => {
            let help = "it looks like `host=/run/postgresql user=campus_hub dbname=campus_hub`";
            faults.add(url.span(), format!("`url` cannot be read: {}", crate::chain(&error)), help);
            return None;
        }
    };
    if config.get_password().is_some() {
        let help = "put it alone into a file of mode 0600, and name that as `password_file`";
        faults.add(url.span(), "a password does not belong into the configuration", help);
    }
    if let Some(file) = &database.password_file {
        match crate::key::secret_line(&folder.join(file.get_ref())) {
            Ok(password) => {
                config.password(password);
            }
            Err(fault) => faults.add(file.span(), fault.what, &fault.hint),
        }
    }
    config.application_name("campus hub");
    Some(config)
}

fn number(
    given: Option<&Spanned<i64>>,
    key: &str,
    (low, high): (i64, i64),
    otherwise: i64,
    faults: &mut Faults,
) -> i64 {
    let Some(given) = given else { return otherwise };
    let is = *given.get_ref();
    if !(low..=high).contains(&is) {
        faults.add(given.span(), format!("`{key}` = {is} is not from {low} to {high}"), "");
    }
    is
}

#[cfg(test)]
mod tests;
