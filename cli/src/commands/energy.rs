//! `campus energy show`, `audit` and `explain`.

use super::room;
use crate::args::{EnergyAudit, EnergyExplain, EnergyShow};
use crate::client::{Agent, Answer, LEDGER_ANSWER_S};
use crate::error::{Error, Exit};
use crate::render;
use crate::session::Session;
use crate::when::Clock;
use agent::api::types::{Audit, Energy, EnergyExplanation, Status};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

pub async fn show(agent: &Agent, session: &Session, args: &EnergyShow) -> Result<Exit, Error> {
    let status = agent.get::<Status>("/v1/status").await?.body;
    let span = span(args.since.as_deref(), args.until.as_deref(), &Clock::of(&status))?;
    let question = format!("/v1/energy?by={}{span}", args.by.name());
    let answer: Answer<Energy> = ask(agent, session, &question, args.of.as_deref()).await?;
    if args.json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::energy::render(&answer.body, &session.page(&status)))?;
    }
    Ok(if render::energy::adds_up(&answer.body) { Exit::Done } else { Exit::PersonNeeded })
}

pub async fn audit(agent: &Agent, session: &Session, args: &EnergyAudit) -> Result<Exit, Error> {
    let status = agent.get::<Status>("/v1/status").await?.body;
    let span = span(args.from.as_deref(), args.to.as_deref(), &Clock::of(&status))?;
    let question = format!("/v1/energy/audit?{}", span.trim_start_matches('&'));
    let patient = agent.patient(LEDGER_ANSWER_S);
    let answer: Answer<Vec<Audit>> = ask(&patient, session, &question, args.of.as_deref()).await?;
    if args.json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::audit::render(&answer.body, &session.page(&status)))?;
    }
    let holds = answer.body.iter().all(|audit| audit.ok);
    Ok(if holds { Exit::Done } else { Exit::PersonNeeded })
}

pub async fn explain(
    agent: &Agent,
    session: &Session,
    args: &EnergyExplain,
) -> Result<Exit, Error> {
    let status = agent.get::<Status>("/v1/status").await?.body;
    let span = span(args.from.as_deref(), args.to.as_deref(), &Clock::of(&status))?;
    let question = format!("/v1/energy/explain?{}", span.trim_start_matches('&'));
    let meter = super::meter::find(agent, &args.meter).await?;
    let patient = agent.patient(LEDGER_ANSWER_S);
    let answer: Answer<EnergyExplanation> = patient.get(&with(&question, &meter)).await?;
    if args.json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::explain::render(&answer.body, &session.page(&status)))?;
    }
    Ok(Exit::Done)
}

/// `&from_ms=…&to_ms=…`, as far as they were given.
fn span(since: Option<&str>, until: Option<&str>, clock: &Clock) -> Result<String, Error> {
    let (from, to) = moments(since, until, clock)?;
    let name = |name, ms: Option<i64>| ms.map(|ms| format!("&{name}={ms}")).unwrap_or_default();
    Ok(name("from_ms", from) + &name("to_ms", to))
}

/// Begin and end, as far as they were given; the begin is before the end.
pub fn moments(
    since: Option<&str>,
    until: Option<&str>,
    clock: &Clock,
) -> Result<(Option<i64>, Option<i64>), Error> {
    let moment = |text: Option<&str>| text.map(|text| clock.parse(text)).transpose();
    let (from, to) = (moment(since)?, moment(until)?);
    if from.is_some_and(|from| from >= to.unwrap_or(clock.now_ms)) {
        return Err(Error::BadSpan {
            since: since.unwrap_or_default().to_owned(),
            until: until.unwrap_or("now").to_owned(),
        });
    }
    Ok((from, to))
}

/// Asks for `of` as it was typed; then, where nothing is called so, for the one room it ends.
pub async fn ask<T: DeserializeOwned>(
    agent: &Agent,
    session: &Session,
    query: &str,
    of: Option<&str>,
) -> Result<Answer<T>, Error> {
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

/// The question about `of`.
fn with(question: &str, of: &str) -> String {
    let of = utf8_percent_encode(of, NON_ALPHANUMERIC);
    if question.ends_with('?') {
        format!("{question}of={of}")
    } else {
        format!("{question}&of={of}")
    }
}
