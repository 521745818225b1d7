//! Accounts at the broker that the agent manages, and what a new node is told of the broker.

use super::broker::{BrokerConfig, MQTT_PORT, MQTTS_PORT, host_and_port};
use super::fault::Faults;
use super::secret::{self, Secret};
use super::table::{At, Table};
use std::path::{Path, PathBuf};

/// Keys that mean something only where accounts are managed.
const MANAGED_ONLY: [&str; 4] = ["accounts_folder", "reload", "node_address", "server_name"];

/// How accounts are managed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountsConfig {
    /// How the broker is told.
    pub form: AccountsForm,
    /// The folder that `campus broker init` made.
    pub folder: PathBuf,
    /// Where nodes find the broker.
    pub node_address: (String, u16),
    /// Name that the broker's certificate bears.
    pub server: String,
    /// Authority that nodes trust, as DER; without it they speak without TLS.
    pub authority: Option<Vec<u8>>,
    /// Passwords of the canary and of the witness.
    pub canary: (Secret, Secret),
}

/// How the broker is told of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountsForm {
    /// By MQTT, with an account of its own.
    DynamicSecurity {
        /// Password of that account.
        password: Secret,
    },
    /// By a password file and an access list, and a command that makes it read them again.
    Files {
        /// The command and its arguments.
        reload: Vec<String>,
    },
}

/// Reads what `[broker]` says of accounts.
pub fn read(
    table: &Table<'_>,
    folder: &Path,
    broker: Option<&BrokerConfig>,
    faults: &mut Faults,
) -> Option<AccountsConfig> {
    let ca = table.text("ca_file", faults);
    let Some(accounts) = table.text("accounts", faults) else {
        for name in MANAGED_ONLY.into_iter().filter(|name| table.has(name)) {
            let title = format!("`{name}` is for managed accounts only");
            faults
                .add(&table.place(name), title)
                .help("set `accounts = \"dynamic-security\"` or `\"files\"`, or leave it out");
        }
        return None;
    };
    if matches!(broker, Some(BrokerConfig::Embedded { .. })) {
        faults
            .add(&accounts.at, "the embedded broker has no accounts to manage")
            .help("leave `accounts` out, or set up Mosquitto: docs/operate/broker.md");
        return None;
    }
    table.require("accounts_folder", faults);
    table.require("node_address", faults);
    let home = folder.join(table.text("accounts_folder", faults)?.is);
    let authority = match &ca {
        Some(file) => Some(authority(file, folder, faults)?),
        None => None,
    };
    let node_address = address(table, authority.is_some(), faults)?;
    let server = table.text("server_name", faults);
    if let Some(name) = server.as_ref().filter(|name| !::broker::authority::is_host(name.is)) {
        let title = format!("`{}` is no name that a certificate bears", name.is);
        faults.add(&name.at, title).help("letters, digits, `-` and `.`, up to 64 of them");
    }
    let server = server.map_or_else(|| node_address.0.clone(), |name| name.is.to_owned());
    let mut password = |account: &str| {
        let file = format!("{account}.secret");
        secret::read(At { is: file.as_str(), at: accounts.at.clone() }, &home, faults)
    };
    let canary = (password(::broker::access::CANARY), password(::broker::access::WITNESS));
    let form = match accounts.is {
        "dynamic-security" => {
            let password = password(::broker::access::ADMIN)?;
            AccountsForm::DynamicSecurity { password }
        }
        "files" => AccountsForm::Files { reload: reload(table, faults)? },
        other => {
            faults
                .add(&accounts.at, format!("`{other}` is no form of accounts"))
                .help("`dynamic-security` or `files`");
            return None;
        }
    };
    let canary = (canary.0?, canary.1?);
    Some(AccountsConfig { form, folder: home, node_address, server, authority, canary })
}

/// Where nodes find the broker.
fn address(table: &Table<'_>, tls: bool, faults: &mut Faults) -> Option<(String, u16)> {
    let address = table.text("node_address", faults)?;
    match host_and_port(address.is, if tls { MQTTS_PORT } else { MQTT_PORT }) {
        Ok(split) => Some(split),
        Err(title) => {
            faults.add(&address.at, title).help("it looks like `broker.school.cn:8883`");
            None
        }
    }
}

/// The command that makes the broker read its files again.
fn reload(table: &Table<'_>, faults: &mut Faults) -> Option<Vec<String>> {
    table.require("reload", faults);
    let reload = table.texts("reload", faults)?;
    if reload.is.is_empty() {
        faults.add(&reload.at, "no command").help("`[\"systemctl\", \"reload\", \"mosquitto\"]`");
        return None;
    }
    Some(reload.is.iter().map(|it| it.is.to_owned()).collect())
}

/// The one certificate of an authority, as DER.
fn authority(file: &At<&str>, folder: &Path, faults: &mut Faults) -> Option<Vec<u8>> {
    let path = folder.join(file.is);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let title = format!("cannot read the certificate `{}`: {error}", path.display());
            faults.add(&file.at, title).help("`campus broker init` makes one: `ca.crt`");
            return None;
        }
    };
    match ::broker::authority::Certificate::parse(&text) {
        Ok(certificate) => Some(certificate.der),
        Err(error) => {
            faults.add(&file.at, format!("`{}`: {error}", path.display()));
            None
        }
    }
}
