//! `campus node …`.

use super::page;
use crate::args::Json;
use crate::client::Agent;
use crate::error::{Error, Exit, Noun};
use crate::render;
use crate::session::Session;
use agent::api::types::{Node, Unclaimed};

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
    // A node is found in the list first: what was typed never becomes part of an address.
    let nodes = agent.get::<Vec<Node>>("/v1/nodes").await?.body;
    let known: Vec<String> = nodes.into_iter().map(|node| node.id).collect();
    if !known.iter().any(|id| id == name) {
        return Err(Error::no_such(Noun::Node, name, &known));
    }
    let answer = agent.get::<Node>(&format!("/v1/nodes/{name}")).await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::node::show(&answer.body, &page(agent, session).await?))?;
    }
    Ok(Exit::Done)
}
