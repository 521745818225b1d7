//! Dynamic security: the document that Mosquitto's plugin begins with, and commands that change accounts while
//! it runs (`$CONTROL/dynamic-security/v1`).
//!
//! `%u` in its access lists is known since 2.1 only, so every node has a role of its own in all
//! versions. Everything is denied unless a role allows it, also what is given to a subscriber: by itself the plugin
//! would allow that.

use crate::access::{ADMIN, Rights, Role, rights};
use crate::password::{Hash, ROUNDS};
use serde_json::{Value, json};
use wire::Id;

/// Where commands go; answers come below it.
pub const TOPIC: &str = "$CONTROL/dynamic-security/v1";
/// Where answers come.
pub const RESPONSE: &str = "$CONTROL/dynamic-security/v1/response";

/// An account with its password's hash.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    /// Its name, and its client id.
    pub name: &'a str,
    /// What it may.
    pub role: Role,
    /// What its password is checked with.
    pub hash: Hash,
}

/// The document that the plugin begins with; it rewrites it whenever something changes.
pub fn document(campus: &Id, accounts: &[Account<'_>]) -> String {
    let mut roles: Vec<Value> = Vec::new();
    for role in Role::SHARED {
        roles.push(with_lists(role.name(), &rights(role, campus, "")));
    }
    let nodes = accounts.iter().filter(|account| account.role == Role::Node);
    roles.extend(nodes.map(|account| {
        with_lists(&role_name(account.name, Role::Node), &rights(Role::Node, campus, account.name))
    }));
    let clients: Vec<Value> = accounts
        .iter()
        .map(|Account { name, role, hash }| {
            json!({
                "username": name,
                "clientid": name,
                "textname": role.name(),
                "roles": [{"rolename": role_name(name, *role), "priority": 0}],
                "password": hash.hash,
                "salt": hash.salt,
                "iterations": ROUNDS,
            })
        })
        .collect();
    let document = json!({
        "defaultACLAccess": {
            "publishClientSend": false,
            "publishClientReceive": false,
            "subscribe": false,
            "unsubscribe": false,
        },
        "clients": clients,
        "groups": [],
        "roles": roles,
    });
    // A value of plain texts always becomes JSON.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// The name of the role that an account of this name has.
pub fn role_name(account: &str, role: Role) -> String {
    match role {
        Role::Node => format!("node-{account}"),
        shared => shared.name().to_owned(),
    }
}

fn with_lists(name: &str, rights: &Rights) -> Value {
    json!({"rolename": name, "acls": lists(rights)})
}

fn lists(rights: &Rights) -> Vec<Value> {
    let one = |kind: &str, topic: &str| json!({"acltype": kind, "topic": topic, "priority": 0, "allow": true});
    let mut all: Vec<Value> =
        rights.say.iter().map(|topic| one("publishClientSend", topic)).collect();
    for topic in &rights.hear {
        let kinds = ["publishClientReceive", "subscribePattern", "unsubscribePattern"];
        all.extend(kinds.map(|kind| one(kind, topic)));
    }
    all
}

/// Commands that give an account to somebody, whatever there was before: what fails because it is there already
/// (`already exists`) may fail.
pub fn admit(campus: &Id, name: &str, role: Role, password: &str) -> Vec<Value> {
    let role_name = role_name(name, role);
    let mut commands = Vec::new();
    if role == Role::Node {
        commands.push(json!({"command": "createRole", "rolename": role_name}));
        // What it may is said anew, should it ever have been something else.
        commands.push(json!({
            "command": "modifyRole",
            "rolename": role_name,
            "acls": lists(&rights(role, campus, name)),
        }));
    }
    commands.push(json!({
        "command": "createClient",
        "username": name,
        "password": password,
        "clientid": name,
        "textname": role.name(),
        "roles": [{"rolename": role_name, "priority": 0}],
    }));
    commands.push(json!({
        "command": "modifyClient",
        "username": name,
        "password": password,
        "clientid": name,
        "textname": role.name(),
        "roles": [{"rolename": role_name, "priority": 0}],
    }));
    commands.push(json!({"command": "enableClient", "username": name}));
    commands
}

/// The command that shuts an account out and ends its session.
pub fn disable(name: &str) -> Value {
    json!({"command": "disableClient", "username": name})
}

/// Commands that take an account away for good.
pub fn remove(name: &str, role: Role) -> Vec<Value> {
    let mut commands = vec![json!({"command": "deleteClient", "username": name})];
    if role == Role::Node {
        commands.push(json!({"command": "deleteRole", "rolename": role_name(name, role)}));
    }
    commands
}

/// The command that asks for all accounts.
pub fn list() -> Value {
    json!({"command": "listClients", "verbose": true})
}

/// Several commands as one payload, with a mark that comes back in every answer.
pub fn payload(commands: &[Value], mark: &str) -> String {
    let marked = commands.iter().map(|command| {
        let mut command = command.clone();
        command["correlationData"] = json!(mark);
        command
    });
    json!({"commands": marked.collect::<Vec<_>>()}).to_string()
}

/// What the plugin said to one command.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Which command.
    pub command: String,
    /// Why not; `None` when it was done.
    pub error: Option<String>,
    /// What was asked for.
    pub data: Value,
}

/// Answers that carry this mark.
pub fn answers(payload: &[u8], mark: &str) -> Vec<Said> {
    let Ok(value) = serde_json::from_slice::<Value>(payload) else { return Vec::new() };
    let all = value["responses"].as_array().cloned().unwrap_or_default();
    let ours = all.into_iter().filter(|one| one["correlationData"] == mark);
    ours.map(|one| Said {
        command: one["command"].as_str().unwrap_or_default().to_owned(),
        error: one["error"].as_str().map(str::to_owned),
        data: one["data"].clone(),
    })
    .collect()
}

/// An account, as the plugin lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// What it may; `None` when somebody else made its role.
    pub role: Option<Role>,
    /// Whether it is shut out.
    pub disabled: bool,
}

/// Accounts in the answer to [`list`].
pub fn listed(data: &Value) -> Vec<Listed> {
    let clients = data["clients"].as_array().cloned().unwrap_or_default();
    let one = |client: Value| {
        let name = client["username"].as_str()?.to_owned();
        let given = client["roles"][0]["rolename"].as_str().unwrap_or_default();
        let role = match given == role_name(&name, Role::Node) {
            true => Some(Role::Node),
            false => Role::of(given).filter(|role| *role != Role::Node),
        };
        Some(Listed { name, role, disabled: client["disabled"] == json!(true) })
    };
    clients.into_iter().filter_map(one).collect()
}

/// Whether a command failed only because what it makes is there already.
pub fn is_there_already(said: &Said) -> bool {
    said.error.as_deref().is_some_and(|error| error.contains("already exists"))
}

/// The accounts of [`crate::access`] that every broker has with dynamic security, but nodes.
pub const USUAL: [(&str, Role); 7] = [
    (ADMIN, Role::Admin),
    (crate::access::AGENT, Role::Agent),
    ("dashboard", Role::Dashboard),
    ("home", Role::Home),
    ("utility", Role::Utility),
    (crate::access::WITNESS, Role::Witness),
    (crate::access::CANARY, Role::Node),
];
