//! `campus fire …`, `campus demand …`, and what is imposed on one room.

use super::{page, room};
use crate::args::{Demand, Fire, Json, Said};
use crate::client::{Agent, Answer};
use crate::commands::repair::person;
use crate::error::{Error, Exit};
use crate::render;
use crate::session::Session;
use crate::words::Words;
use agent::api::types::{
    EndDemand, Events, LockRoom, OrderDemand, Room, SetFire, StageRoom, UnlockRoom,
};
use serde::Serialize;
use std::time::Duration;

pub async fn fire(agent: &Agent, session: &Session, command: Fire) -> Result<Exit, Error> {
    let (on, place, said, json) = match command {
        Fire::Show(json) => {
            return tell(agent, session, agent.get("/v1/events").await?, json, What::Fire).await;
        }
        Fire::On { place, said, json } => (true, place, said, json),
        Fire::Off { place, said, json } => (false, place, said, json),
    };
    let body = SetFire { on, place, by: person(said.by.as_deref())?, why: said.why };
    let answer = agent.post("/v1/fire", &body).await?;
    tell(agent, session, answer, json, What::Fire).await
}

pub async fn demand(agent: &Agent, session: &Session, command: Demand) -> Result<Exit, Error> {
    let (answer, json) = match command {
        Demand::Show(json) => (agent.get("/v1/events").await?, json),
        Demand::Shed { pct, until, from, id, said, json } => {
            let clock = page(agent, session).await?.clock;
            let body = OrderDemand {
                id,
                shed_pct: pct,
                from_ms: from.map(|from| clock.ahead(&from)).transpose()?,
                until_ms: clock.ahead(&until)?,
                by: person(said.by.as_deref())?,
                why: said.why,
            };
            (agent.post("/v1/demand", &body).await?, json)
        }
        Demand::End { id, said, json } => {
            let body = EndDemand { id, by: person(said.by.as_deref())?, why: said.why };
            (agent.post("/v1/demand/end", &body).await?, json)
        }
    };
    tell(agent, session, answer, json, What::Demand).await
}

/// Locks lamps with a level and an end, unlocks them without.
pub async fn lock(
    agent: &Agent,
    session: &Session,
    (name, zone): (&str, Option<&str>),
    lock: Option<(u8, &str)>,
    said: Said,
    json: Json,
) -> Result<Exit, Error> {
    let known = room::get::<Room>(agent, session, name, "").await?.body;
    let words = Words::new(session.lang);
    let zone = zone.map(|zone| room::find_zone(zone, &known, &words)).transpose()?;
    let (by, why) = (person(said.by.as_deref())?, said.why);
    let shown = zone.clone();
    let answer: Answer<Room> = match lock {
        Some((level_pct, until)) => {
            let until_ms = page(agent, session).await?.clock.ahead(until)?;
            let body = LockRoom { zone, level_pct, until_ms, by, why };
            agent.post(&format!("/v1/rooms/{}/lock", known.id), &body).await?
        }
        None => {
            let body = UnlockRoom { zone, by, why };
            agent.post(&format!("/v1/rooms/{}/unlock", known.id), &body).await?
        }
    };
    one(agent, session, &answer, shown.as_deref(), json).await
}

pub async fn scene(
    agent: &Agent,
    session: &Session,
    name: &str,
    scene: String,
    for_time: Duration,
    json: Json,
) -> Result<Exit, Error> {
    let known = room::get::<Room>(agent, session, name, "").await?.body;
    // The argument parser limits it to two hours.
    let for_s = u32::try_from(for_time.as_secs()).unwrap_or(u32::MAX);
    let path = format!("/v1/rooms/{}/scene", known.id);
    let answer = post(agent, &path, &StageRoom { scene, for_s }).await?;
    one(agent, session, &answer, None, json).await
}

async fn post<B: Serialize>(agent: &Agent, path: &str, body: &B) -> Result<Answer<Room>, Error> {
    agent.post(path, body).await
}

/// What of it a command is about.
#[derive(Clone, Copy)]
enum What {
    Fire,
    Demand,
}

async fn tell(
    agent: &Agent,
    session: &Session,
    answer: Answer<Events>,
    json: Json,
    what: What,
) -> Result<Exit, Error> {
    if json.json {
        session.print_json(&answer.raw)?;
        return Ok(Exit::Done);
    }
    let page = page(agent, session).await?;
    session.print(&match what {
        What::Fire => render::events::fire(&answer.body, &page),
        What::Demand => render::events::demand(&answer.body, &page),
    })?;
    Ok(Exit::Done)
}

async fn one(
    agent: &Agent,
    session: &Session,
    answer: &Answer<Room>,
    zone: Option<&str>,
    json: Json,
) -> Result<Exit, Error> {
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        let page = page(agent, session).await?;
        session.print(&render::room::zones(&answer.body, zone, &page))?;
    }
    Ok(Exit::Done)
}
