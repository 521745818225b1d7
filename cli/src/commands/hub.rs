//! `campus hub …`: the receiver of a district, and who may send to it.

use super::export::write_whole;
use crate::args::{Hub, HubConfig, Tenant as TenantVerb};
use crate::error::{Error, Exit};
use crate::render::hub as pages;
use crate::session::Session;
use crate::when::Clock;
use hub::daily::{self, Centre};
use hub::tenant::{self, Add};
use hub::{Config, Fault, migrate, serve, store, verify};
use std::collections::BTreeMap;

/// Does what was asked.
///
/// # Errors
/// When it could not be done.
pub fn run(command: &Hub, session: &Session) -> Result<Exit, Error> {
    match command {
        Hub::Serve(config) => {
            let config = load(config)?;
            serve::log(config.log_json);
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(serve::until_signal(&config))?;
            Ok(Exit::Done)
        }
        Hub::Key { file } => {
            session.print(&format!("{}\n", hub::key::create(file)?))?;
            Ok(Exit::Done)
        }
        asking => super::small_runtime()?.block_on(ask(asking, session)),
    }
}

async fn ask(command: &Hub, session: &Session) -> Result<Exit, Error> {
    // Times of a hub are UTC: its campuses have zones of their own.
    let page = session.page_at(Clock::new(0, "UTC"));
    match command {
        Hub::Tenant(TenantVerb::Add { campus, key, name, zone, config }) => {
            let add = Add {
                campus: identifier(campus)?,
                name: name.clone(),
                zone: zone.clone(),
                key: batch::PublicKey::parse(key).ok_or_else(|| no_key(key))?,
            };
            let mut client = connect(config).await?;
            tenant::add(&mut client, &add).await?;
            session.print(&pages::added(&add, &page))?;
            Ok(Exit::Done)
        }
        Hub::Tenant(TenantVerb::List { config, json }) => {
            let tenants = tenant::list(&connect(config).await?).await?;
            if json.json {
                return print(&pages::tenants_json(&tenants), session);
            }
            session.print(&pages::tenants(&tenants, &page))?;
            Ok(Exit::Done)
        }
        Hub::Tenant(TenantVerb::Withdraw { key_id, config }) => {
            tenant::withdraw(&connect(config).await?, key_id).await?;
            Ok(Exit::Done)
        }
        Hub::Verify { campus, config, json } => {
            let client = connect(config).await?;
            let campuses = match campus {
                Some(campus) => vec![campus.clone()],
                None => tenant::list(&client).await?.into_iter().map(|it| it.campus).collect(),
            };
            let mut found = BTreeMap::new();
            for campus in campuses {
                let looked = verify::campus(&client, &identifier(&campus)?).await?;
                found.insert(campus, looked);
            }
            if json.json {
                print(&pages::verified_json(&found), session)?;
            } else {
                session.print(&pages::verified(&found, &page))?;
            }
            let good = found.values().all(|it| it.wrong_count == 0 && it.lost == 0);
            Ok(if good { Exit::Done } else { Exit::PersonNeeded })
        }
        Hub::DayFiles { day, centre, out, config, json } => {
            let centre =
                Centre::load(centre).map_err(|error| Error::Config { shown: error.to_string() })?;
            let files = daily::files(&connect(config).await?, &centre, day).await?;
            write_whole(&out.join(format!("{}.zip", files.name)), &files.zip)?;
            write_whole(&out.join(format!("{}.csv", files.name)), files.csv.as_bytes())?;
            if json.json {
                return print(&pages::day_files_json(&files), session);
            }
            session.print(&pages::day_files(&files, &page))?;
            Ok(Exit::Done)
        }
        // These ask no database; others have done them.
        Hub::Ask(_) | Hub::Serve(_) | Hub::Key { .. } => Ok(Exit::Done),
    }
}

fn load(config: &HubConfig) -> Result<Config, Error> {
    Config::load(&config.config).map_err(|error| Error::Config { shown: error.to_string() })
}

/// A connection to a database whose schema is that of this program.
async fn connect(config: &HubConfig) -> Result<hub::store::Connection, Error> {
    let mut client = store::connect(&load(config)?.database).await?;
    migrate::run(&mut client).await?;
    Ok(client)
}

fn identifier(text: &str) -> Result<batch::Id, Error> {
    let wrong = |bad| Fault::new(format!("`{text}` is no identifier: {bad}"), "");
    Ok(batch::Id::new(text).map_err(wrong)?)
}

fn no_key(key: &str) -> Error {
    // Never shown: it may be the secret half.
    let what = match key.contains("secret") {
        true => "this is the secret half of a key",
        false => "this is no public key",
    };
    Fault::new(what, "`campus hub key FILE` prints the public half: `ed25519:` and 64 digits")
        .into()
}

fn print(body: &serde_json::Value, session: &Session) -> Result<Exit, Error> {
    session.print_json(body.to_string().as_bytes())?;
    Ok(Exit::Done)
}
