//! `campus energy …`.

use super::room;
use crate::args::EnergyShow;
use crate::client::{Agent, Answer};
use crate::error::{Error, Exit};
use crate::render;
use crate::session::Session;
use crate::when::Clock;
use agent::api::types::{Energy, Status};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub async fn show(agent: &Agent, session: &Session, args: &EnergyShow) -> Result<Exit, Error> {
    let status = agent.get::<Status>("/v1/status").await?.body;
    let query = query(args, &Clock::of(&status))?;
    let answer = ask(agent, session, &query, args.of.as_deref()).await?;
    if args.json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::energy::render(&answer.body, &session.page(&status)))?;
    }
    Ok(if render::energy::adds_up(&answer.body) { Exit::Done } else { Exit::PersonNeeded })
}

/// The question without `of`.
fn query(args: &EnergyShow, clock: &Clock) -> Result<String, Error> {
    let moment = |text: &Option<String>| text.as_deref().map(|text| clock.parse(text)).transpose();
    let (from, to) = (moment(&args.since)?, moment(&args.until)?);
    if let (Some(from), to) = (from, to.unwrap_or(clock.now_ms))
        && from >= to
    {
        return Err(Error::BadSpan {
            since: args.since.clone().unwrap_or_default(),
            until: args.until.clone().unwrap_or_else(|| "now".to_owned()),
        });
    }
    let mut query = format!("/v1/energy?by={}", args.by.name());
    if let Some(from) = from {
        query.push_str(&format!("&from_ms={from}"));
    }
    if let Some(to) = to {
        query.push_str(&format!("&to_ms={to}"));
    }
    Ok(query)
}

/// Asks for `of` as it was typed; then, where nothing is called so, for the one room it ends.
async fn ask(
    agent: &Agent,
    session: &Session,
    query: &str,
    of: Option<&str>,
) -> Result<Answer<Energy>, Error> {
    let Some(of) = of else { return agent.get(query).await };
    match agent.get(&with(query, of)).await {
        Err(Error::NoSuch { noun, near, .. }) => {
            match room::find_room(of, &room::ids(agent).await?) {
                Ok(room) => {
                    session
                        .note("note-took", &[("name", of.into()), ("room", room.as_str().into())]);
                    agent.get(&with(query, &room)).await
                }
                Err(Error::NoSuch { near: rooms, .. }) => {
                    let near = if near.is_empty() { rooms } else { near };
                    Err(Error::NoSuch { noun, name: of.to_owned(), near })
                }
                Err(error) => Err(error),
            }
        }
        answer => answer,
    }
}

fn with(query: &str, of: &str) -> String {
    format!("{query}&of={}", utf8_percent_encode(of, NON_ALPHANUMERIC))
}
