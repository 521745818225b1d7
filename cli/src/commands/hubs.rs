//! `campus hub status`, `gaps`, `resend`: what this campus sends, asked of its agent.

use super::page;
use crate::args::{HubResend, Json};
use crate::client::{Agent, Answer};
use crate::error::{Error, Exit};
use crate::render;
use crate::session::Session;
use agent::api::types::{HubGaps, Hubs, Resend, Resent};

/// Exits with 1 while a hub fails: a person is needed.
pub async fn status(agent: &Agent, session: &Session, json: Json) -> Result<Exit, Error> {
    let answer = agent.get::<Hubs>("/v1/hubs").await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::hubs::status(&answer.body, &page(agent, session).await?))?;
    }
    let fails = answer.body.hubs.iter().any(|hub| hub.standing == "failing");
    Ok(if fails { Exit::PersonNeeded } else { Exit::Done })
}

/// Exits with 1 when a row was refused: a person is needed.
pub async fn gaps(agent: &Agent, session: &Session, json: Json) -> Result<Exit, Error> {
    let answer = agent.get::<Vec<HubGaps>>("/v1/hubs/gaps").await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::hubs::gaps(&answer.body, &page(agent, session).await?))?;
    }
    let refused = answer.body.iter().any(|hub| !hub.refused.is_empty());
    Ok(if refused { Exit::PersonNeeded } else { Exit::Done })
}

pub async fn resend(agent: &Agent, session: &Session, args: &HubResend) -> Result<Exit, Error> {
    let page = page(agent, session).await?;
    let from_ms = page.clock.parse(&args.since)?;
    let to_ms = match &args.until {
        Some(text) => page.clock.parse(text)?,
        None => page.clock.now_ms,
    };
    let wish = Resend { hub: args.hub.clone(), from_ms, to_ms };
    let answer: Answer<Resent> = agent.post("/v1/hubs/resend", &wish).await?;
    if args.json.json {
        session.print_json(&answer.raw)?;
    } else {
        let span = (page.clock.minute(from_ms), page.clock.minute(to_ms));
        session.print(&render::hubs::resent(&answer.body, span, &page))?;
    }
    Ok(Exit::Done)
}
