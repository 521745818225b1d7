//! `[[hub]]` and `[outbox]`: where summaries go, and how much of the disk they may take meanwhile.

pub mod mohurd;
pub mod mqtt;

use super::fault::Faults;
use super::places::{refuse_many, unique};
use super::secret::{self, Secret};
use super::table::{At, Table};
use crate::limits;
use batch::SecretKey;
use controller::Campus;
use mohurd::MohurdLink;
use mqtt::MqttLink;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wire::Id;

/// Most hubs: district, city, the ministry's platform, and one that is being tried.
const HUBS_MAX: usize = 8;

/// An address as one form has it: schemes with TLS and without, with their registered ports.
struct Schemes {
    secure: (&'static str, u16),
    plain: (&'static str, u16),
    looks: &'static str,
}

const HTTP: Schemes = Schemes {
    secure: ("https", 443),
    plain: ("http", 80),
    looks: "it looks like `https://hub.example.edu`",
};

/// Where summaries go.
#[derive(Clone, Debug)]
pub struct HubConfig {
    /// Its name in commands and reports.
    pub id: Id,
    /// How it is spoken to.
    pub form: HubForm,
}

/// How a hub is spoken to.
#[derive(Clone, Debug)]
pub enum HubForm {
    /// Signed batches over HTTPS.
    Batch(BatchLink),
    /// The same batches through a broker.
    Mqtt(Box<MqttLink>),
    /// The building-energy protocol of Chinese data centres.
    Mohurd(Box<MohurdLink>),
}

/// The way to a hub that takes batches.
#[derive(Clone, Debug)]
pub struct BatchLink {
    /// As it was written.
    pub url: String,
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Whether it is HTTPS; without it only the loopback is spoken to.
    pub tls: bool,
    /// Path before `/v1/batches`; empty, or beginning with `/`.
    pub base: String,
    /// What batches are signed with.
    pub key: Arc<SecretKey>,
    /// Authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Certificate and key of the campus, where the hub asks for one.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// What rows that wait may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxConfig {
    /// On the disk, bytes.
    pub budget_bytes: u64,
    /// How long late frames of a slot are waited for, ms.
    pub grace_ms: i64,
}

impl Default for OutboxConfig {
    fn default() -> Self {
        let budget_bytes = u64::from(limits::OUTBOX_DISK_MB) << 20;
        Self { budget_bytes, grace_ms: limits::OUTBOX_GRACE_MS }
    }
}

impl HubForm {
    /// Where it is.
    pub fn url(&self) -> &str {
        match self {
            Self::Batch(link) => &link.url,
            Self::Mqtt(link) => &link.url,
            Self::Mohurd(link) => &link.address,
        }
    }

    /// Its name in the configuration.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Batch(_) => "batch",
            Self::Mqtt(_) => "mqtt",
            Self::Mohurd(_) => "mohurd",
        }
    }
}

/// Reads all hubs; `None` together with a fault.
/// `named` are the meters that they name.
pub fn read<'t>(
    file: &Table<'t>,
    folder: &Path,
    named: &mut Vec<At<&'t str>>,
    faults: &mut Faults,
) -> Option<Vec<HubConfig>> {
    let tables = file.sections("hub", faults);
    refuse_many("hubs", &tables, HUBS_MAX, faults);
    let mut names = BTreeMap::new();
    let mut hubs = Some(Vec::new());
    for table in &tables {
        let id = table.id("id", faults);
        if let Some(id) = &id {
            unique(&mut names, id, |id| format!("hub `{id}`"), faults);
        }
        let form = form(table, folder, named, faults);
        match (id, form, &mut hubs) {
            (Some(id), Some(form), Some(hubs)) => hubs.push(HubConfig { id: id.is, form }),
            _ => hubs = None,
        }
    }
    hubs
}

/// A meter that does not exist would be reported without a value for ever, and nobody would know. One behind a
/// node needs no section of its own: its name is taken if there is that node.
pub fn refuse_unknown(named: &[At<&str>], campus: &Campus, faults: &mut Faults) {
    let is_node = |id: &str| campus.nodes.iter().any(|node| node.id.as_str() == id);
    for meter in named {
        let node = meter.is.split_once('/').map_or(meter.is, |(node, _)| node);
        if is_node(node) || campus.meters.iter().any(|known| known.name == meter.is) {
            continue;
        }
        let nodes = campus.nodes.iter().map(|node| node.id.as_str());
        let known = campus.meters.iter().map(|known| known.name.as_str()).chain(nodes);
        faults
            .add(&meter.at, format!("there is no meter `{}`", meter.is))
            .help("it is the `id` of a `[[meter]]`, of a `[[node]]`, or `node/channel`; `campus meter list` shows them")
            .closest(meter.is, known);
    }
}

/// Reads `[outbox]`.
pub fn outbox(file: &Table<'_>, faults: &mut Faults) -> OutboxConfig {
    let mut config = OutboxConfig::default();
    let Some(table) = file.section("outbox", faults) else { return config };
    if let Some(mb) = table.whole("disk_max_mb", faults) {
        config.budget_bytes = u64::from(mb.is) << 20;
    }
    if let Some(seconds) = table.whole("grace_s", faults) {
        config.grace_ms = i64::from(seconds.is) * 1000;
    }
    config
}

fn form<'t>(
    table: &Table<'t>,
    folder: &Path,
    named: &mut Vec<At<&'t str>>,
    faults: &mut Faults,
) -> Option<HubForm> {
    match table.text("form", faults) {
        Some(form) if form.is == "mohurd" => {
            mohurd::read(table, folder, named, faults).map(|link| HubForm::Mohurd(Box::new(link)))
        }
        Some(form) if form.is == "mqtt" => {
            mqtt::read(table, folder, faults).map(|link| HubForm::Mqtt(Box::new(link)))
        }
        Some(form) if form.is != "batch" => {
            faults
                .add(&form.at, format!("`{}` is no form of a hub", form.is))
                .help("it is `batch`, `mqtt` or `mohurd`");
            None
        }
        _ => batch_link(table, folder, faults).map(HubForm::Batch),
    }
}

fn batch_link(table: &Table<'_>, folder: &Path, faults: &mut Faults) -> Option<BatchLink> {
    table.require("url", faults);
    let url = table.text("url", faults);
    let ca_file = file(table, "ca_file", folder, faults);
    let client = client(table, folder, faults);
    let key = key(table, folder, faults);
    let (host, port, tls, base) = address(&url?, &HTTP, faults)?;
    let url = table.text("url", faults)?.is.to_owned();
    Some(BatchLink { url, host, port, tls, base, key: Arc::new(key?), ca_file, client })
}

/// A file that must be there.
fn file(table: &Table<'_>, name: &str, folder: &Path, faults: &mut Faults) -> Option<PathBuf> {
    let file = table.text(name, faults)?;
    let path = folder.join(file.is);
    if !path.is_file() {
        faults.add(&file.at, format!("there is no file `{}`", path.display()));
    }
    Some(path)
}

/// Certificate and key of the campus.
fn client(table: &Table<'_>, folder: &Path, faults: &mut Faults) -> Option<(PathBuf, PathBuf)> {
    let certificate = file(table, "client_cert_file", folder, faults);
    let key = file(table, "client_key_file", folder, faults);
    if certificate.is_some() != key.is_some() {
        faults
            .add(&table.at, "a certificate of the campus needs its key, and the key it")
            .help("set both `client_cert_file` and `client_key_file`, or neither");
    }
    certificate.zip(key)
}

/// What batches are signed with.
fn key(table: &Table<'_>, folder: &Path, faults: &mut Faults) -> Option<SecretKey> {
    let file = table.text("key_file", faults)?;
    let at = file.at.clone();
    let secret = secret::read(file, folder, faults)?;
    let key = key_of(&secret);
    if key.is_none() {
        faults
            .add(&at, "this file holds no key of a campus")
            .help("`campus hub key FILE` makes one, and prints what the hub must know of it");
    }
    key
}

fn key_of(secret: &Secret) -> Option<SecretKey> {
    SecretKey::parse(secret.expose())
}

/// Splits `https://host[:port][/path]`, or what else the form has for it.
fn address(
    url: &At<&str>,
    schemes: &Schemes,
    faults: &mut Faults,
) -> Option<(String, u16, bool, String)> {
    let mut refuse = |title: String, help: &str| {
        faults.add(&url.at, title).help(help);
        None
    };
    let Schemes { secure, plain, looks } = schemes;
    let (scheme, rest) = url.is.split_once("://").unwrap_or(("", url.is));
    let (tls, registered) = match scheme {
        it if it == secure.0 => (true, secure.1),
        it if it == plain.0 => (false, plain.1),
        _ => return refuse(format!("`{}` is no address of a hub", url.is), looks),
    };
    if rest.contains(['@', '?', '#']) || !rest.is_ascii() {
        return refuse(format!("`{}` is no address of a hub", url.is), looks);
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let host = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_' | ':');
    if host.is_empty() || !host.chars().all(fits) {
        return refuse(format!("`{host}` is no name or address of a computer"), looks);
    }
    let port = match port.map(str::parse) {
        None => registered,
        Some(Ok(port)) if port != 0 => port,
        Some(_) => return refuse("a port is a number from 1 to 65535".into(), looks),
    };
    let is_near = host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if !tls && !is_near {
        let (secure, plain) = (secure.0, plain.0);
        return refuse(
            "summaries would travel where anybody can read them".into(),
            &format!("use `{secure}://`; plain `{plain}://` is for a hub on this computer"),
        );
    }
    Some((host.to_owned(), port, tls, path.trim_end_matches('/').to_owned()))
}
