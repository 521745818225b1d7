//! `campus hub status`, `gaps`, `resend`, `incarnation`: what this campus sends, asked of its agent.

use super::page;
use super::repair::{confirm, person};
use crate::args::{HubNew, HubResend, Json};
use crate::client::{Agent, Answer};
use crate::error::{Error, Exit};
use crate::render;
use crate::session::Session;
use agent::api::types::{BeginLife, HubGaps, HubLife, Hubs, Resend, Resent};

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

/// Asks first: what hubs hold of the present incarnation stays, and what comes is counted from 1 again.
pub async fn begin(agent: &Agent, session: &Session, args: &HubNew) -> Result<Exit, Error> {
    let page = page(agent, session).await?;
    if !args.yes {
        let now = agent.get::<Hubs>("/v1/hubs").await?;
        session.talk(render::hubs::lives(&now.body, &page).trim_end());
        confirm(&page.text("confirm-incarnation"), session)?;
    }
    let wish = BeginLife { by: person(args.by.as_deref())?, why: args.why.clone() };
    let answer: Answer<HubLife> = agent.post("/v1/hubs/incarnation", &wish).await?;
    if args.json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::hubs::begun(&answer.body, &page))?;
    }
    Ok(Exit::Done)
}

pub async fn lives(agent: &Agent, session: &Session, json: Json) -> Result<Exit, Error> {
    let answer = agent.get::<Hubs>("/v1/hubs").await?;
    if json.json {
        // Plain text and numbers: this cannot fail.
        let lives = serde_json::to_vec(&answer.body.incarnations).unwrap_or_default();
        session.print_json(&lives)?;
    } else {
        session.print(&render::hubs::lives(&answer.body, &page(agent, session).await?))?;
    }
    Ok(Exit::Done)
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
