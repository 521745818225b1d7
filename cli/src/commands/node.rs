//! `campus node …`.

use super::page;
use crate::args::Json;
use crate::client::{Agent, Answer};
use crate::error::{Error, Exit, Noun};
use crate::render;
use crate::session::Session;
use crate::words::Words;
use agent::api::types::{IdentifyNode, Node, RevokeNode, Told, Unclaimed};

pub async fn list(agent: &Agent, session: &Session, json: Json) -> Result<Exit, Error> {
    let answer = agent.get::<Vec<Node>>("/v1/nodes").await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::node::list(&answer.body, &page(agent, session).await?))?;
    }
    Ok(Exit::Done)
}

pub async fn unclaimed(agent: &Agent, session: &Session, json: Json) -> Result<Exit, Error> {
    let answer = agent.get::<Vec<Unclaimed>>("/v1/nodes/unclaimed").await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::node::unclaimed(&answer.body, &page(agent, session).await?))?;
    }
    Ok(Exit::Done)
}

pub async fn show(agent: &Agent, session: &Session, name: &str, json: Json) -> Result<Exit, Error> {
    find(agent, name).await?;
    let answer = agent.get::<Node>(&format!("/v1/nodes/{name}")).await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::node::show(&answer.body, &page(agent, session).await?))?;
    }
    Ok(Exit::Done)
}

pub async fn identify(
    agent: &Agent,
    session: &Session,
    name: &str,
    for_s: u32,
    json: Json,
) -> Result<Exit, Error> {
    find(agent, name).await?;
    let path = format!("/v1/nodes/{name}/identify");
    let answer = agent.post(&path, &IdentifyNode { for_s }).await?;
    told(&answer, session, json)
}

pub async fn restart(
    agent: &Agent,
    session: &Session,
    name: &str,
    json: Json,
) -> Result<Exit, Error> {
    find(agent, name).await?;
    let answer = agent.post(&format!("/v1/nodes/{name}/restart"), &()).await?;
    told(&answer, session, json)
}

pub async fn revoke(
    agent: &Agent,
    session: &Session,
    name: &str,
    why: String,
    json: Json,
) -> Result<Exit, Error> {
    find(agent, name).await?;
    let path = format!("/v1/nodes/{name}/revoke");
    // The command that has the broker read its accounts again may take its time.
    let answer = agent.patient(REVOKE_S).post::<_, Node>(&path, &RevokeNode { why }).await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::node::revoked(&answer.body, &Words::new(session.lang)))?;
    }
    Ok(Exit::Done)
}

/// Longer than the agent waits for that command, s.
const REVOKE_S: u64 = 30;

/// What became of a command; a node that did not do it needs a person.
fn told(answer: &Answer<Told>, session: &Session, json: Json) -> Result<Exit, Error> {
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::node::told(&answer.body, &Words::new(session.lang)))?;
    }
    Ok(if answer.body.state == "done" { Exit::Done } else { Exit::PersonNeeded })
}

/// A node is found in the list first: what was typed never becomes part of an address.
pub(super) async fn find(agent: &Agent, name: &str) -> Result<(), Error> {
    let nodes = agent.get::<Vec<Node>>("/v1/nodes").await?.body;
    let known: Vec<String> = nodes.into_iter().map(|node| node.id).collect();
    if known.iter().any(|id| id == name) {
        return Ok(());
    }
    Err(Error::no_such(Noun::Node, name, &known))
}
