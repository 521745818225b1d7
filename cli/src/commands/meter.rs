//! `campus meter list` and `read`.

use super::page;
use crate::args::Json;
use crate::client::{Agent, METER_ANSWER_S};
use crate::error::{Error, Exit, Noun};
use crate::render;
use crate::session::Session;
use agent::api::types::{Bus, Meter, MeterName, MeterRead};

pub async fn list(
    agent: &Agent,
    session: &Session,
    of: Option<&str>,
    json: Json,
) -> Result<Exit, Error> {
    let answer = agent.get::<Vec<Meter>>("/v1/meters").await?;
    let kept: Vec<bool> =
        answer.body.iter().map(|meter| of.is_none_or(|of| is_of(meter, of))).collect();
    if let Some(of) = of
        && !kept.contains(&true)
    {
        return Err(Error::no_such(Noun::Source, of, &places(&answer.body)));
    }
    if json.json {
        // The agent's own values: what a newer one added stays.
        let raw: Vec<serde_json::Value> = serde_json::from_slice(&answer.raw).unwrap_or_default();
        let raw: Vec<_> = raw.into_iter().zip(&kept).filter(|(_, keep)| **keep).collect();
        let raw: Vec<_> = raw.into_iter().map(|(meter, _)| meter).collect();
        session.print_json(&serde_json::to_vec(&raw).unwrap_or_default())?;
        return Ok(Exit::Done);
    }
    let buses = agent.get::<Vec<Bus>>("/v1/buses").await?.body;
    let meters: Vec<Meter> = answer
        .body
        .into_iter()
        .zip(kept)
        .filter_map(|(meter, keep)| keep.then_some(meter))
        .collect();
    let used = |bus: &Bus| of.is_none() || meters.iter().any(|m| m.bus.as_ref() == Some(&bus.id));
    let buses: Vec<Bus> = buses.into_iter().filter(used).collect();
    session.print(&render::meter::list(&meters, &buses, &page(agent, session).await?))?;
    Ok(Exit::Done)
}

pub async fn read(agent: &Agent, session: &Session, name: &str, json: Json) -> Result<Exit, Error> {
    let meter = find(agent, name).await?;
    let patient = agent.patient(METER_ANSWER_S);
    let answer = patient.post::<_, MeterRead>("/v1/meters/read", &MeterName { meter }).await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::meter::read(&answer.body, &page(agent, session).await?))?;
    }
    Ok(Exit::Done)
}

/// The meter of that name, as the agent knows it.
pub async fn find(agent: &Agent, name: &str) -> Result<String, Error> {
    let meters = agent.get::<Vec<Meter>>("/v1/meters").await?.body;
    let known: Vec<String> = meters.into_iter().map(|meter| meter.id).collect();
    if known.iter().any(|id| id == name) {
        Ok(name.to_owned())
    } else {
        Err(Error::no_such(Noun::Meter, name, &known))
    }
}

/// Whether a meter is called so, or belongs to the room, building, node, bus or meter of that name.
fn is_of(meter: &Meter, of: &str) -> bool {
    let begins = |name: &str| name.strip_prefix(of).is_some_and(|rest| rest.starts_with('/'));
    let place = meter.place.as_deref().unwrap_or_default();
    let of = Some(of);
    Some(meter.id.as_str()) == of
        || begins(&meter.id)
        || Some(place) == of
        || begins(place)
        || meter.bus.as_deref() == of
        || meter.parent.as_deref() == of
}

/// Everything that `--of` may name.
fn places(meters: &[Meter]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for meter in meters {
        let building = meter.place.as_deref().and_then(|place| place.split('/').next());
        let node = meter.id.split_once('/').map(|(node, _)| node);
        let own = [Some(meter.id.as_str()), meter.place.as_deref(), building, node];
        names.extend(own.into_iter().flatten().map(str::to_owned));
        names.extend(meter.bus.clone());
    }
    names.sort_unstable();
    names.dedup();
    names
}
