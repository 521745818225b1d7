//! `[mqtt]`: the broker through which batches come, beside HTTP or instead of it.

use super::Faults;
use batch::Id;
use serde::Deserialize;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The broker of a receiver.
#[derive(Clone)]
pub struct Broker {
    /// As it was written.
    pub url: String,
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Authorities to trust, PEM, where there is TLS.
    pub ca_file: Option<PathBuf>,
    /// Certificate and key of the receiver, PEM, where the broker asks for one.
    pub client: Option<(PathBuf, PathBuf)>,
    /// Account of the receivers, and its password.
    pub account: Option<(String, String)>,
    /// Receivers of one group share what comes.
    pub group: Id,
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Broker({}, group {})", self.url, self.group)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BrokerFile {
    url: Spanned<String>,
    ca_file: Option<Spanned<String>>,
    client_cert_file: Option<Spanned<String>>,
    client_key_file: Option<Spanned<String>>,
    username: Option<Spanned<String>>,
    password_file: Option<Spanned<String>>,
    group: Option<Spanned<String>>,
}

/// The group where none is configured.
const GROUP: &str = "campus-hub";

/// The ports that IANA registered, with TLS and without.
const PORTS: (u16, u16) = (8883, 1883);

pub(super) fn read(
    table: &Spanned<BrokerFile>,
    folder: &Path,
    faults: &mut Faults,
) -> Option<Broker> {
    let at = table.span();
    let file = table.get_ref();
    let group = group(file.group.as_ref(), faults);
    let mut present = |path: &Spanned<String>| super::present(path, folder, faults);
    let ca_file = file.ca_file.as_ref().map(&mut present);
    let certificate = file.client_cert_file.as_ref().map(&mut present);
    let key = file.client_key_file.as_ref().map(&mut present);
    if certificate.is_some() != key.is_some() {
        let help = "set both `client_cert_file` and `client_key_file`, or neither";
        faults.add(at.clone(), "a certificate needs its key, and the key it", help);
    }
    if file.username.is_some() != file.password_file.is_some() {
        let help = "set both `username` and `password_file`, or neither";
        faults.add(at, "an account needs a password, and a password an account", help);
    }
    let password = file.password_file.as_ref().and_then(|path| {
        let read = crate::key::secret_line(&folder.join(path.get_ref()));
        read.map_err(|fault| faults.add(path.span(), fault.what, &fault.hint)).ok()
    });
    let (host, port, tls) = address(&file.url, faults)?;
    if tls && ca_file.is_none() {
        let help =
            "set `ca_file`; `/etc/ssl/certs/ca-certificates.crt` holds the public authorities";
        faults.add(file.url.span(), "TLS needs an authority to trust", help);
    }
    Some(Broker {
        url: file.url.get_ref().clone(),
        host,
        port,
        ca_file: ca_file.filter(|_| tls),
        client: certificate.zip(key),
        account: file.username.as_ref().map(|name| name.get_ref().clone()).zip(password),
        group: group?,
    })
}

fn group(group: Option<&Spanned<String>>, faults: &mut Faults) -> Option<Id> {
    let text = group.map_or(GROUP, |group| group.get_ref());
    match (Id::new(text), group) {
        (Ok(id), _) => Some(id),
        (Err(bad), group) => {
            let at = group.map_or(0..0, Spanned::span);
            faults.add(at, format!("`{text}` is no name of a group: {bad}"), "");
            None
        }
    }
}

/// Splits `mqtts://host[:port]`.
fn address(url: &Spanned<String>, faults: &mut Faults) -> Option<(String, u16, bool)> {
    let text = url.get_ref();
    let mut refuse = |title: String, help: &str| {
        faults.add(url.span(), title, help);
        None
    };
    let looks = "it looks like `mqtts://broker.example.edu`";
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (tls, registered) = match scheme {
        "mqtts" => (true, PORTS.0),
        "mqtt" => (false, PORTS.1),
        _ => return refuse(format!("`{text}` is no address of a broker"), looks),
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (rest, Some(registered)),
    };
    let host = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_' | ':');
    let Some(port) = port.filter(|port| *port != 0 && !host.is_empty() && host.chars().all(fits))
    else {
        return refuse(format!("`{text}` is no address of a broker"), looks);
    };
    let is_near =
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if !tls && !is_near {
        let help = "use `mqtts://`; plain `mqtt://` is for a broker on this computer";
        return refuse("summaries would travel where anybody can read them".to_owned(), help);
    }
    Some((host.to_owned(), port, tls))
}
