//! `campus room …`.

use super::page;
use crate::args::{Json, RoomName};
use crate::client::{Agent, Answer, LEDGER_ANSWER_S};
use crate::error::{Error, Exit, Noun, nearest};
use crate::render;
use crate::session::Session;
use crate::words::Words;
use agent::api::types::{AutoRoom, Explanation, Room, SetRoom};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// What a person asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Level, %.
    pub level_pct: u8,
    /// For how long.
    pub for_time: Duration,
}

pub async fn list(agent: &Agent, session: &Session, json: Json) -> Result<Exit, Error> {
    let answer = agent.get::<Vec<Room>>("/v1/rooms").await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::room::list(&answer.body, &page(agent, session).await?))?;
    }
    Ok(Exit::Done)
}

pub async fn show(agent: &Agent, session: &Session, name: &RoomName) -> Result<Exit, Error> {
    let answer: Answer<Room> = get(agent, session, &name.room, "").await?;
    if name.json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::room::show(&answer.body, &page(agent, session).await?))?;
    }
    Ok(Exit::Done)
}

/// Now, or at a moment of the past as a person typed it.
pub async fn explain(
    agent: &Agent,
    session: &Session,
    name: &RoomName,
    at: Option<&str>,
) -> Result<Exit, Error> {
    let page = page(agent, session).await?;
    let what = match at {
        None => "/explain".to_owned(),
        Some(text) => {
            let at_ms = page.clock.parse(text)?;
            if at_ms > page.clock.now_ms {
                let now = page.clock.minute(page.clock.now_ms);
                return Err(Error::StillToCome { text: text.to_owned(), now });
            }
            format!("/explain?at_ms={at_ms}")
        }
    };
    let agent = agent.patient(LEDGER_ANSWER_S);
    let answer: Answer<Explanation> = match get(&agent, session, &name.room, &what).await {
        Err(Error::Refused(problem)) if problem.code == "not_kept" => {
            let from = problem.about.parse::<i64>().ok().map(|ms| page.clock.minute(ms));
            let text = at.unwrap_or_default().to_owned();
            return Err(Error::NotKept { text, from });
        }
        answer => answer?,
    };
    if name.json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::room::explain(&answer.body, &page))?;
    }
    Ok(Exit::Done)
}

/// `set` with a wish, `auto` without.
pub async fn change(
    agent: &Agent,
    session: &Session,
    name: &str,
    zone: Option<&str>,
    wish: Option<Wish>,
    json: Json,
) -> Result<Exit, Error> {
    let room = get::<Room>(agent, session, name, "").await?.body;
    let zone = zone.map(|zone| find_zone(zone, &room, &Words::new(session.lang))).transpose()?;
    let answer: Answer<Room> = match wish {
        Some(Wish { level_pct, for_time }) => {
            // The argument parser limits it to two hours.
            let for_s = u32::try_from(for_time.as_secs()).unwrap_or(u32::MAX);
            let body = SetRoom { zone: zone.clone(), level_pct, for_s };
            agent.post(&format!("/v1/rooms/{}/set", room.id), &body).await?
        }
        None => {
            let body = AutoRoom { zone: zone.clone() };
            agent.post(&format!("/v1/rooms/{}/auto", room.id), &body).await?
        }
    };
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        let page = page(agent, session).await?;
        session.print(&render::room::zones(&answer.body, zone.as_deref(), &page))?;
    }
    if wish.is_some() {
        say_outranked(session, &answer.body, zone.as_deref());
    }
    Ok(Exit::Done)
}

/// A wish that something stronger beats is kept and not seen: say so.
fn say_outranked(session: &Session, room: &Room, zone: Option<&str>) {
    let asked = room.zones.iter().filter(|each| zone.is_none_or(|zone| each.id == zone));
    let outranked = asked.filter(|each| each.winner.reason != "override").count();
    if outranked > 0 {
        let named = [("n", outranked.into()), ("room", room.id.as_str().into())];
        session.note("note-outranked", &named);
    }
}

/// Something of a room, by its whole name or, where that is clear, its last part.
pub(super) async fn get<T: DeserializeOwned>(
    agent: &Agent,
    session: &Session,
    name: &str,
    what: &str,
) -> Result<Answer<T>, Error> {
    if is_whole(name) {
        return match agent.get(&format!("/v1/rooms/{name}{what}")).await {
            Err(Error::NoSuch { noun, near, .. }) if near.is_empty() => {
                let near = nearest(name, &ids(agent).await?);
                Err(Error::NoSuch { noun, name: name.to_owned(), near })
            }
            Err(Error::NoSuch { noun, near, .. }) => {
                Err(Error::NoSuch { noun, name: name.to_owned(), near })
            }
            answer => answer,
        };
    }
    let room = find_room(name, &ids(agent).await?)?;
    session.note("note-took", &[("name", name.into()), ("room", room.as_str().into())]);
    agent.get(&format!("/v1/rooms/{room}{what}")).await
}

/// The names of all rooms.
pub async fn ids(agent: &Agent) -> Result<Vec<String>, Error> {
    let rooms = agent.get::<Vec<Room>>("/v1/rooms").await?.body;
    Ok(rooms.into_iter().map(|room| room.id).collect())
}

/// `building/room`, in the shape of identifiers; anything else must not become part of an address.
fn is_whole(name: &str) -> bool {
    let id = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    name.split_once('/').is_some_and(|(building, room)| id(building) && id(room))
}

/// The room whose last part is `name`, when there is exactly one.
pub fn find_room(name: &str, known: &[String]) -> Result<String, Error> {
    let is_last = |id: &&String| id.rsplit_once('/').is_some_and(|(_, last)| last == name);
    let fitting: Vec<&String> = known.iter().filter(is_last).collect();
    match fitting.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(Error::no_such(Noun::Room, name, known)),
        several => Err(Error::Ambiguous {
            name: name.to_owned(),
            rooms: several.iter().map(|room| (*room).clone()).collect(),
        }),
    }
}

/// The zone of that identifier, or of that name in the reader's language.
pub(super) fn find_zone(name: &str, room: &Room, words: &Words) -> Result<String, Error> {
    let fits = |id: &str| id == name || words.plain_code("zone", id) == name;
    match room.zones.iter().find(|zone| fits(&zone.id)) {
        Some(zone) => Ok(zone.id.clone()),
        None => {
            let known: Vec<String> = room.zones.iter().map(|zone| zone.id.clone()).collect();
            let near = match nearest(name, &known) {
                near if near.is_empty() => known,
                near => near,
            };
            Err(Error::NoZone { room: room.id.clone(), zone: name.to_owned(), near })
        }
    }
}

#[cfg(test)]
mod tests;
