//! Everything that a new broker needs, as files: who may read each, and what it is for.

use crate::access::{ADMIN, AGENT, CANARY, Role, WITNESS};
use crate::acl;
use crate::authority::{self, Certificate, Fault, Key};
use crate::conf::{Conf, Form};
use crate::password::{Hash, PasswordFile, SALT_BYTES};
use crate::security::{self, Account};
use wire::Id;

/// Whose a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Mosquitto's account.
    Broker,
    /// The agent's account.
    Agent,
    /// Whoever looks after the computer; best kept elsewhere.
    Keeper,
}

/// A file to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its name in the folder.
    pub name: String,
    /// What stands in it.
    pub text: String,
    /// Whose it is.
    pub owner: Owner,
    /// Whether nobody else may read it.
    pub secret: bool,
}

/// Nothing of what stands in it.
impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("File").field(&self.name).finish()
    }
}

/// Certificate of the campus's authority.
pub const CA: &str = "ca.crt";
/// Its key.
pub const CA_KEY: &str = "ca.key";
/// The broker's certificate.
pub const SERVER: &str = "server.crt";
/// Its key.
pub const SERVER_KEY: &str = "server.key";
/// Accounts of the form with files.
pub const PASSWD: &str = "passwd";
/// Their rights.
pub const ACL: &str = "acl";
/// Accounts and rights of dynamic security.
pub const SECURITY: &str = "dynamic-security.json";
/// The broker's configuration.
pub const CONF: &str = "mosquitto.conf";

/// An account that a new broker has, with what was drawn for it.
#[derive(Clone)]
pub struct Drawn {
    /// Its name.
    pub name: &'static str,
    /// What it may.
    pub role: Role,
    /// Its password.
    pub password: String,
    /// The salt of its hash.
    pub salt: [u8; SALT_BYTES],
}

/// Accounts that a new broker has, in this form.
pub fn accounts(form: Form) -> impl Iterator<Item = (&'static str, Role)> {
    // Without dynamic security there is nothing that the admin could change by MQTT.
    let has = move |(name, _): &(&str, Role)| form == Form::DynamicSecurity || *name != ADMIN;
    security::USUAL.into_iter().filter(has)
}

/// The file that holds the password of an account.
pub fn secret_name(account: &str) -> String {
    format!("{account}.secret")
}

/// All files of a new broker that is reached by `hosts`; on its own computer it always is.
///
/// # Errors
/// A name that no certificate can bear.
pub fn files(
    campus: &Id,
    conf: &Conf,
    hosts: &[String],
    drawn: &[Drawn],
    now_s: i64,
) -> Result<Vec<File>, Fault> {
    let file = |name: &str, text: String, owner, secret| File {
        name: name.to_owned(),
        text,
        owner,
        secret,
    };
    let ca_key = Key::draw()?;
    let ca = authority::authority(campus.as_str(), &ca_key, now_s)?;
    let (key, server) = renewed((&ca, &ca_key), hosts, now_s)?;
    let mut files = vec![
        file(CA, ca.pem, Owner::Keeper, false),
        file(CA_KEY, ca_key.expose().to_owned(), Owner::Keeper, true),
        file(SERVER, server.pem, Owner::Broker, false),
        file(SERVER_KEY, key.expose().to_owned(), Owner::Broker, true),
        file(CONF, conf.text(), Owner::Keeper, false),
    ];
    match conf.form {
        Form::Files => {
            let mut passwords = PasswordFile::default();
            for one in drawn {
                passwords.set(one.name, &Hash::new(&one.password, one.salt));
            }
            files.push(file(PASSWD, passwords.text(), Owner::Broker, true));
            files.push(file(ACL, acl::file(campus), Owner::Broker, true));
        }
        Form::DynamicSecurity => {
            let accounts: Vec<Account<'_>> = drawn
                .iter()
                .map(|one| Account {
                    name: one.name,
                    role: one.role,
                    hash: Hash::new(&one.password, one.salt),
                })
                .collect();
            files.push(file(SECURITY, security::document(campus, &accounts), Owner::Broker, true));
        }
    }
    for one in drawn {
        // The agent's and the canary's are read by the agent; the others are handed on by a person.
        let owner = match [AGENT, ADMIN, CANARY, WITNESS].contains(&one.name) {
            true => Owner::Agent,
            false => Owner::Keeper,
        };
        files.push(file(&secret_name(one.name), format!("{}\n", one.password), owner, true));
    }
    Ok(files)
}

/// A new key and certificate of the broker.
///
/// # Errors
/// A name that no certificate can bear.
pub fn renewed(
    authority: (&Certificate, &Key),
    hosts: &[String],
    now_s: i64,
) -> Result<(Key, Certificate), Fault> {
    let mut all: Vec<String> = hosts.to_vec();
    for own in ["localhost", "127.0.0.1"] {
        if !all.iter().any(|host| host == own) {
            all.push(own.to_owned());
        }
    }
    let key = Key::draw()?;
    let certificate = authority::server(authority, &key, &all, now_s)?;
    Ok((key, certificate))
}

/// What belongs into `[broker]` of campus.toml for it; nodes find it at the first of its hosts.
pub fn section(conf: &Conf, host: &str) -> String {
    let Conf { folder, tls_port, local_port, .. } = conf;
    let form = match conf.form {
        Form::Files => "accounts = \"files\"\nreload = [\"systemctl\", \"reload\", \"mosquitto\"]",
        Form::DynamicSecurity => "accounts = \"dynamic-security\"",
    };
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    format!(
        "[broker]\nurl = \"mqtt://127.0.0.1:{local_port}\"\nusername = \"{AGENT}\"\n\
         password_file = \"{folder}/{}\"\nca_file = \"{folder}/{CA}\"\n{form}\n\
         accounts_folder = \"{folder}\"\nnode_address = \"{host}:{tls_port}\"\n",
        secret_name(AGENT)
    )
}
