//! A hub behind a broker: signed batches over MQTT 5, with an account of the campus's own there.

use super::super::fault::Faults;
use super::super::secret::{self, Secret};
use super::super::table::Table;
use super::{Schemes, address, client, file, key};
use batch::SecretKey;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The ports that IANA registered.
const MQTT: Schemes = Schemes {
    secure: ("mqtts", 8883),
    plain: ("mqtt", 1883),
    looks: "it looks like `mqtts://broker.example.edu`",
};

/// The way to a hub behind a broker.
#[derive(Clone, Debug)]
pub struct MqttLink {
    /// As it was written.
    pub url: String,
    /// Name or address of the broker.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Whether there is TLS; without it only the loopback is spoken to.
    pub tls: bool,
    /// What batches are signed with.
    pub key: Arc<SecretKey>,
    /// Account of the campus at the broker, and its password.
    pub account: Option<(String, Secret)>,
    /// Authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Certificate and key of the campus, where the broker asks for one.
    pub client: Option<(PathBuf, PathBuf)>,
}

pub(super) fn read(table: &Table<'_>, folder: &Path, faults: &mut Faults) -> Option<MqttLink> {
    table.require("url", faults);
    let url = table.text("url", faults);
    let ca_file = file(table, "ca_file", folder, faults);
    let client = client(table, folder, faults);
    let key = key(table, folder, faults);
    let username = table.text("username", faults);
    let password_file = table.text("password_file", faults);
    if username.is_some() != password_file.is_some() {
        faults
            .add(&table.at, "an account at the broker needs a password, and a password an account")
            .help("set both `username` and `password_file`, or neither");
    }
    let password = password_file.and_then(|file| secret::read(file, folder, faults));
    let url = url?;
    let (host, port, tls, path) = address(&url, &MQTT, faults)?;
    if !path.is_empty() {
        faults
            .add(&url.at, "a broker has no path")
            .help("topics are always `campus-hub/v1/…`: docs/integrate/hub.md");
    }
    let account = username.map(|name| name.is.to_owned()).zip(password);
    let (url, key) = (url.is.to_owned(), Arc::new(key?));
    Some(MqttLink { url, host, port, tls, key, account, ca_file, client })
}
