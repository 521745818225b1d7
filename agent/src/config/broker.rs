//! `[broker]`: a broker on the network, or the one inside the agent.

use super::fault::Faults;
use super::secret::{self, Secret};
use super::table::{At, Table};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The registered ports of MQTT without and with TLS (IANA).
pub(super) const MQTT_PORT: u16 = 1883;
pub(super) const MQTTS_PORT: u16 = 8883;

/// Keys that mean something to the embedded broker only.
const EMBEDDED_ONLY: [&str; 3] = ["listen", "node_password_file", "anonymous_read"];

/// Which broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokerConfig {
    /// The agent carries it.
    Embedded {
        /// Where it listens.
        listen: SocketAddr,
        /// Password of the account `agent`; `None`: draw one at every start, nobody else needs it.
        password: Option<Secret>,
        /// Password of all nodes; `None` only on the loopback.
        node_password: Option<Secret>,
        /// Whether clients without an account may read, and ask for overrides.
        anonymous_read: bool,
    },
    /// It runs elsewhere.
    Url {
        /// Name or address.
        host: String,
        /// TCP port.
        port: u16,
        /// Whether it is spoken to with TLS.
        tls: bool,
        /// Authority to trust instead of the system's.
        ca_file: Option<PathBuf>,
        /// Account of the agent.
        username: Option<String>,
        /// Its password.
        password: Option<Secret>,
    },
}

/// Reads the section.
pub fn read(table: &Table<'_>, folder: &Path, faults: &mut Faults) -> Option<BrokerConfig> {
    let url = table.text("url", faults);
    let username = table.text("username", faults);
    let password_file = table.text("password_file", faults);
    let node_password_file = table.text("node_password_file", faults);
    let listen = table.parsed("listen", "127.0.0.1:1883", faults);
    let anonymous_read = table.flag("anonymous_read", faults);
    let password_at = password_file.as_ref().map(|file| file.at.clone());
    let password = password_file.and_then(|file| secret::read(file, folder, faults));
    let node_password_given = node_password_file.is_some();
    let node_password = node_password_file.and_then(|file| secret::read(file, folder, faults));
    let url = url?;
    if url.is == "embedded" {
        if let Some(name) = username.filter(|name| name.is != "agent") {
            faults
                .add(&name.at, "the embedded broker knows the agent as `agent`")
                .help("leave `username` out");
        }
        let loopback: SocketAddr = (Ipv4Addr::LOCALHOST, MQTT_PORT).into();
        if let Some(open) = listen.as_ref().filter(|it: &&At<SocketAddr>| !it.is.ip().is_loopback())
            && !node_password_given
        {
            faults
                .add(&open.at, "nodes would need no password")
                .label("this can be reached from the network")
                .help("set `node_password_file`, or listen on 127.0.0.1");
        }
        return Some(BrokerConfig::Embedded {
            listen: listen.map_or(loopback, |it| it.is),
            password,
            node_password,
            anonymous_read: anonymous_read.is_some_and(|it| it.is),
        });
    }
    for name in EMBEDDED_ONLY {
        if table.has(name) {
            faults
                .add(&table.place(name), format!("`{name}` is for the embedded broker only"))
                .also(&url.at, "another broker")
                .help("leave it out, or set `url = \"embedded\"`");
        }
    }
    if let (None, Some(at)) = (&username, password_at) {
        faults
            .add(&at, "a password without an account")
            .help("set `username`, usually `username = \"agent\"`");
    }
    let ca_file = table.text("ca_file", faults).map(|file| folder.join(file.is));
    let (tls, host, port) = address(&url, faults)?;
    let username = username.map(|it| it.is.to_owned());
    Some(BrokerConfig::Url { host, port, tls, ca_file, username, password })
}

/// Splits `mqtt://host[:port]` and `mqtts://host[:port]`; true for the second.
fn address(url: &At<&str>, faults: &mut Faults) -> Option<(bool, String, u16)> {
    let mut refuse = |title: String, help: &str| {
        faults.add(&url.at, title).help(help);
        None
    };
    let looks = "it looks like `mqtt://192.168.1.10:1883`, or is `embedded`";
    let Some((scheme, rest)) = url.is.split_once("://") else {
        return refuse(format!("`{}` is no address of a broker", url.is), looks);
    };
    let tls = match scheme {
        "mqtt" => false,
        "mqtts" => true,
        "ssl" | "tls" => {
            return refuse(format!("`{scheme}://` is not spoken here"), "TLS is `mqtts://`");
        }
        _ => return refuse(format!("`{scheme}://` is not spoken here"), looks),
    };
    if rest.contains('@') {
        return refuse(
            "accounts do not belong into an address".into(),
            "set `username`, and put the password into a file: `password_file`",
        );
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let usual = if tls { MQTTS_PORT } else { MQTT_PORT };
    match host_and_port(rest, usual) {
        Ok((host, port)) => Some((tls, host, port)),
        Err(title) => refuse(title, looks),
    }
}

/// Splits `host[:port]`; the colons of an IPv6 address stand in brackets, the one of the port does not.
pub(super) fn host_and_port(text: &str, usual: u16) -> Result<(String, u16), String> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let good = match bare {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_');
            !host.is_empty() && host.chars().all(fits)
        }
    };
    if !good {
        return Err(format!("`{host}` is no name or address of a computer"));
    }
    let port = match port.map(str::parse) {
        None => usual,
        Some(Ok(port)) if port != 0 => port,
        Some(_) => return Err("a port is a number from 1 to 65535".into()),
    };
    Ok((bare.unwrap_or(host).to_owned(), port))
}
