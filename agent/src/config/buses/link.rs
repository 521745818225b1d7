//! `link = "…"`: where a bus is.

use crate::config::fault::Faults;
use crate::config::table::At;
use std::net::Ipv6Addr;
use std::path::PathBuf;

/// The registered port of Modbus TCP (IANA).
const MODBUS_PORT: u16 = 502;

/// Where a bus is, before it is known how a serial port is set.
pub enum Route {
    Tcp { host: String, port: u16 },
    RtuOverTcp { host: String, port: u16 },
    Serial(PathBuf),
}

impl Route {
    /// What two buses must not share, for people too.
    pub fn line(&self) -> String {
        match self {
            Self::Tcp { host, port } | Self::RtuOverTcp { host, port } => format!("{host}:{port}"),
            Self::Serial(path) => path.display().to_string(),
        }
    }
}

/// Reads the text; what is wrong with it becomes a fault.
pub fn read(text: &At<&str>, faults: &mut Faults) -> Option<At<Route>> {
    let looks =
        "it looks like `tcp://192.168.1.20`, `rtu+tcp://192.168.1.21:4196` or `/dev/ttyUSB0`";
    let mut refuse = |title: String, help: &str| {
        faults.add(&text.at, title).help(help);
        None
    };
    let route = match text.is.split_once("://") {
        Some((scheme @ ("tcp" | "rtu+tcp"), rest)) => {
            let rest = rest.strip_suffix('/').unwrap_or(rest);
            let Some((host, port)) = host_and_port(rest) else {
                return refuse(format!("`{rest}` is no address of a computer"), looks);
            };
            match (scheme, port) {
                ("tcp", port) => Route::Tcp { host, port: port.unwrap_or(MODBUS_PORT) },
                (_, Some(port)) => Route::RtuOverTcp { host, port },
                (_, None) => {
                    return refuse(
                        "which port of the serial server?".into(),
                        "there is no usual one: `rtu+tcp://host:port`",
                    );
                }
            }
        }
        Some((scheme, _)) => return refuse(format!("`{scheme}://` is not spoken here"), looks),
        None if text.is.starts_with('/') => Route::Serial(PathBuf::from(text.is)),
        None => return refuse(format!("`{}` is no link", text.is), looks),
    };
    Some(At { is: route, at: text.at.clone() })
}

/// Splits `host[:port]`; the colons of an IPv6 address stand in brackets.
fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            (host, Some(port.parse().ok().filter(|port| *port != 0)?))
        }
        _ => (text, None),
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_');
    let good = match bare {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(fits),
    };
    good.then(|| (bare.unwrap_or(host).to_owned(), port))
}
