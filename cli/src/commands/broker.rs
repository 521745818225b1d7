//! `campus broker …`: files of a new broker, its certificate, its accounts, and the proof that it keeps them apart.
//!
//! No agent is asked: a broker is set up before there is one, and looked at when there is none.

pub mod files;

use crate::args::{
    Account, AccountRole, BrokerCommand, BrokerConfig, BrokerInit, Form, Json, Release,
};
use crate::error::{Error, Exit};
use crate::render::broker as pages;
use crate::session::Session;
use crate::when::Clock;
use agent::accounts::{Accounts, AccountsError};
use agent::canary;
use agent::chance;
use agent::config::{Config, ConfigError};
use broker::authority::{self, Certificate, Key};
use broker::setup::{self, Drawn};
use broker::{Conf, Role, access};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Does what was asked.
///
/// # Errors
/// When it could not be done.
pub fn run(command: &BrokerCommand, session: &Session) -> Result<Exit, Error> {
    match command {
        BrokerCommand::Init(args) => init(args, session),
        BrokerCommand::Renew { out, hosts, broker_user } => renew(out, hosts, broker_user, session),
        BrokerCommand::Check { config, json } => {
            super::small_runtime()?.block_on(check(config, session, *json))
        }
        BrokerCommand::Account(command) => {
            super::small_runtime()?.block_on(account(command, session))
        }
    }
}

fn init(args: &BrokerInit, session: &Session) -> Result<Exit, Error> {
    let campus = Config::campus_of(&args.config.config).map_err(unusable)?;
    if args.out.join(setup::CA).exists() {
        return state(&args.out, session);
    }
    let folder = absolute(&args.out)?;
    let conf = conf(args, &folder)?;
    let failed = |error: std::io::Error| Error::run(error.to_string(), None);
    let mut accounts = Vec::new();
    for (name, role) in setup::accounts(conf.form) {
        let password = chance::secret::<32>().map_err(failed)?;
        let salt = chance::draw().map_err(failed)?;
        accounts.push(Drawn { name, role, password, salt });
    }
    let made = setup::files(&campus, &conf, &args.hosts, &accounts, now_s());
    let made = made.map_err(|fault| {
        Error::run(fault.to_string(), Some("`--host` takes names and addresses".to_owned()))
    })?;
    let owners = files::Owners::of(&args.broker_user, &args.agent_user);
    files::write_all(&args.out, &made, &owners)?;
    let host = args.hosts.first().map_or("", String::as_str);
    let section = setup::section(&conf, host);
    session.print(&pages::made(&made, &folder, &section, &page(session)))?;
    Ok(Exit::Done)
}

fn conf(args: &BrokerInit, folder: &str) -> Result<Conf, Error> {
    let form = match args.accounts {
        Form::DynamicSecurity => broker::Form::DynamicSecurity,
        Form::Files => broker::Form::Files,
    };
    let release = match args.mosquitto {
        Release::V2_0 => broker::Release::V2_0,
        Release::V2_1 => broker::Release::V2_1,
    };
    let mut conf = Conf::usual(release, form);
    conf.folder = folder.to_owned();
    // Mosquitto puts the file's name directly behind it.
    conf.persistence = format!("{}/", absolute(&args.persistence)?.trim_end_matches('/'));
    (conf.tls_port, conf.local_port) = (args.port, args.local_port);
    match &args.plugins {
        Some(given) => conf.plugins = absolute(given)?,
        None => {
            let found = files::plugins("mosquitto_dynamic_security.so");
            conf.plugins = found.unwrap_or(conf.plugins);
        }
    }
    Ok(conf)
}

/// What is there already: nothing is written.
fn state(out: &Path, session: &Session) -> Result<Exit, Error> {
    let found = files::look(out)?;
    session.print(&pages::there(&found, out, now_s(), &page(session)))?;
    Ok(if found.is_whole(now_s()) { Exit::Done } else { Exit::PersonNeeded })
}

fn renew(out: &Path, hosts: &[String], user: &str, session: &Session) -> Result<Exit, Error> {
    let read = |name: &str| files::read(&out.join(name));
    let fault = |it: authority::Fault| Error::run(it.to_string(), None);
    let ca = Certificate::parse(&read(setup::CA)?).map_err(fault)?;
    let ca_key = Key::parse(&read(setup::CA_KEY)?).map_err(fault)?;
    let hosts = match hosts {
        [] => {
            let old = Certificate::parse(&read(setup::SERVER)?).map_err(fault)?;
            authority::said(&old).map_err(fault)?.hosts
        }
        given => given.to_vec(),
    };
    let (key, certificate) = setup::renewed((&ca, &ca_key), &hosts, now_s()).map_err(fault)?;
    let owners = files::Owners::of(user, user);
    files::replace_pair(out, &key, &certificate, &owners)?;
    let said = authority::said(&certificate).map_err(fault)?;
    session.print(&pages::renewed(&said, &page(session)))?;
    Ok(Exit::Done)
}

async fn check(config: &BrokerConfig, session: &Session, json: Json) -> Result<Exit, Error> {
    let (config, accounts) = managed(config)?;
    let report = canary::prove(&accounts, config.campus.id).await;
    let report = report.map_err(|it| Error::run(it.to_string(), Some(HINT_CHECK.to_owned())))?;
    if json.json {
        session.print_json(pages::report_json(&report).to_string().as_bytes())?;
    } else {
        session.print(&pages::report(&report, &page(session)))?;
    }
    let good = report.wrong().next().is_none();
    Ok(if good { Exit::Done } else { Exit::PersonNeeded })
}

const HINT_CHECK: &str = "is the broker there (`systemctl status mosquitto`), and are its accounts those of `accounts_folder`?";

async fn account(command: &Account, session: &Session) -> Result<Exit, Error> {
    match command {
        Account::List { config, json } => {
            let (_, accounts) = managed(config)?;
            let mut listed = accounts.list().await.map_err(untold)?;
            listed.sort_by(|a, b| a.name.cmp(&b.name));
            if json.json {
                session.print_json(pages::accounts_json(&listed).to_string().as_bytes())?;
            } else {
                session.print(&pages::accounts(&listed, &page(session)))?;
            }
        }
        Account::Add { name, role, secret_file, config } => {
            let (config, accounts) = managed(config)?;
            let role = role_of(*role);
            may_be_called(name, role, &config)?;
            // The file first: a password that nobody has would be no account.
            let password = chance::secret::<32>().map_err(|it| Error::run(it.to_string(), None))?;
            files::write_new(secret_file, &format!("{password}\n"), true)?;
            if let Err(error) = accounts.admit(name, role, &password).await {
                let _ = std::fs::remove_file(secret_file);
                return Err(untold(error));
            }
            session.print(&pages::added(name, role, secret_file, &page(session)))?;
        }
        Account::Disable { name, config } => {
            let (_, accounts) = managed(config)?;
            spare(name)?;
            accounts.disable(name).await.map_err(untold)?;
            session.print(&pages::disabled(name, &page(session)))?;
        }
        Account::Remove { name, config } => {
            let (_, accounts) = managed(config)?;
            spare(name)?;
            let all = accounts.list().await.map_err(untold)?;
            let role = all.iter().find(|it| it.name == *name).and_then(|it| it.role);
            accounts.remove(name, role.unwrap_or(Role::Node)).await.map_err(untold)?;
            session.print(&pages::removed(name, &page(session)))?;
        }
    }
    Ok(Exit::Done)
}

fn role_of(role: AccountRole) -> Role {
    match role {
        AccountRole::Dashboard => Role::Dashboard,
        AccountRole::Home => Role::Home,
        AccountRole::Utility => Role::Utility,
        AccountRole::Node => Role::Node,
    }
}

/// A name becomes part of topics and of the broker's files.
fn may_be_called(name: &str, role: Role, config: &Config) -> Result<(), Error> {
    let taken = |why: &str| {
        let what = format!("no account for that may be called `{name}`: {why}");
        Err(Error::run(what, Some("choose another name".to_owned())))
    };
    if let Err(bad) = wire::Id::new(name) {
        return taken(&bad.to_string());
    }
    let is_node = config.campus.nodes.iter().any(|node| node.id.as_str() == name);
    match role {
        Role::Node if access::is_reserved(name) => {
            taken("an account of that name has other rights")
        }
        Role::Node => Ok(()),
        _ if is_node => taken("a node has that name"),
        // A password of its own may be given to each of the usual ones anew.
        _ if access::is_reserved(name) && name != role.name() => {
            taken("an account of that name has other rights")
        }
        _ => Ok(()),
    }
}

/// Accounts without which the agent does not work.
fn spare(name: &str) -> Result<(), Error> {
    let own = [access::AGENT, access::ADMIN, access::CANARY, access::WITNESS];
    if own.contains(&name) {
        let what = format!("the agent works with `{name}`: it cannot be taken away");
        return Err(Error::run(what, None));
    }
    Ok(())
}

/// The accounts of a configuration that manages some.
fn managed(config: &BrokerConfig) -> Result<(Config, Accounts), Error> {
    let config = Config::load_to_run(&config.config).map_err(unusable)?;
    let accounts = Accounts::of(&config).map_err(|text| Error::run(text, None))?;
    match accounts {
        Some(accounts) => Ok((config, accounts)),
        None => Err(Error::run(
            "no accounts are managed: `accounts` in `[broker]` is not set".to_owned(),
            Some("`campus broker init` says what belongs there".to_owned()),
        )),
    }
}

fn unusable(error: ConfigError) -> Error {
    Error::Config { shown: error.to_string() }
}

fn untold(error: AccountsError) -> Error {
    let hint = match &error {
        AccountsError::NoSuch(_) => "`campus broker account list` lists them",
        AccountsError::Talk(_) => HINT_CHECK,
        AccountsError::File { .. } => "run it as an account that may read and write there",
        AccountsError::Reload { .. } => "`reload` in `[broker]` says how; run that command by hand",
        AccountsError::Refused { .. } => "`campus broker check` finds out what does not work",
    };
    Error::run(error.to_string(), Some(hint.to_owned()))
}

/// With all links and dots resolved as far as there is something.
fn absolute(path: &Path) -> Result<String, Error> {
    let whole = std::path::absolute(path)
        .map_err(|error| Error::Write { path: PathBuf::from(path), error })?;
    Ok(whole.display().to_string())
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Certificates are good until a moment in UTC.
fn page(session: &Session) -> crate::page::Page {
    session.page_at(Clock::new(now_s().saturating_mul(1000), "UTC"))
}
