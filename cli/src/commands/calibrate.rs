//! `campus room calibrate`: has the lamps of a room measured, and watches.

use super::{page, repair, room};
use crate::args::Json;
use crate::client::{Agent, Answer};
use crate::error::{Error, Exit};
use crate::render;
use crate::session::Session;
use agent::api::types::{Calibrate, Calibration, Room};
use std::time::Duration;

/// How often to look how far it is.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a person asks for.
pub struct Wish {
    /// Move nothing.
    pub dry_run: bool,
    /// Whatever may be forced.
    pub force: bool,
    /// Who.
    pub by: Option<String>,
}

pub async fn calibrate(
    agent: &Agent,
    session: &Session,
    name: &str,
    wish: Wish,
    json: Json,
) -> Result<Exit, Error> {
    let by = repair::person(wish.by.as_deref())?;
    let room = room::get::<Room>(agent, session, name, "").await?.body.id;
    let asked = Calibrate { dry_run: wish.dry_run, force: wish.force, by };
    let begun = format!("/v1/rooms/{room}/calibrate");
    let mut answer: Answer<Calibration> = agent.post(&begun, &asked).await?;
    let page = page(agent, session).await?;
    while answer.body.state == "running" {
        session.progress(&render::calibration::progress(&answer.body, &page));
        tokio::time::sleep(LOOK_EVERY).await;
        answer = agent.get(&format!("/v1/rooms/{room}/calibration")).await?;
    }
    session.progress("");
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::calibration::render(&answer.body, &page))?;
    }
    Ok(if answer.body.state == "failed" { Exit::PersonNeeded } else { Exit::Done })
}
