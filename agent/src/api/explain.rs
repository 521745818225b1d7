//! Why the lights of a room are as they are, or were: the present from the main loop, the past from the
//! log, told again on a thread of its own.

use super::types::{Change, ExplainQuery, Explanation, PastMoment, Problem, Verdict};
use super::{Answer, Api, Question, mismatch, no_such_room, problem};
use crate::again::{self, ConfiguredBy, Moment, PastFault, Present};
use crate::store::{self, QueryError};
use crate::{answers, limits};
use axum::Json;
use axum::extract::{Path, Query, State};
use controller::Timestamp;

/// A room, and how it came to be as it is; or, with `at_ms`, as it was.
///
/// # Errors
/// `no_such_room`; `not_kept` for a moment that the log does not hold; `internal` when the database
/// does not answer.
#[utoipa::path(get, path = "/v1/rooms/{building}/{room}/explain", params(ExplainQuery), responses((status = 200, body = Explanation), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub async fn explain(
    State(api): State<Api>,
    Path((building, room)): Path<(String, String)>,
    Query(query): Query<ExplainQuery>,
) -> Result<Json<Explanation>, Problem> {
    let name = format!("{building}/{room}");
    if let Some(at_ms) = query.at_ms {
        return then(api, name, Timestamp(at_ms)).await.map(Json);
    }
    let (room, inputs, estimate) = match api.ask(Question::Explain(name.clone())).await? {
        Answer::Explained(room, inputs, estimate) => (*room, inputs, estimate),
        _ => return Err(mismatch()),
    };
    let changes = in_past(&name, {
        let (past, name) = (api.past.clone(), name.clone());
        move || past.changes(&name, None, limits::CHANGES_MAX)
    });
    let changes = changes.await?.map_err(|error| away(&name, &error))?;
    let changes = changes.into_iter().map(change).collect::<Result<_, _>>()?;
    let rules = Some(answers::room_rules(&api.ruled.borrow().in_force, &name));
    let estimate = Some(estimate);
    Ok(Json(Explanation { room, changes, inputs, estimate, rules, past: None }))
}

async fn then(api: Api, name: String, at: Timestamp) -> Result<Explanation, Problem> {
    if at > api.clock.now() {
        return Err(problem("bad_value", "at", "that moment is still to come"));
    }
    // One at a time: who asks next waits.
    let _alone = api.replaying.clone().lock_owned().await;
    let asked = name.clone();
    in_past(&name, move || explained(&api, &asked, at)).await?
}

/// Reads the disk: not for async code.
fn explained(api: &Api, name: &str, at: Timestamp) -> Result<Explanation, Problem> {
    let (campus, current) = api.present();
    let present = Present { campus: &campus, source: &api.source, rules: &current };
    let moment =
        again::moment(&api.past, present, at, name).map_err(|fault| refused(name, &fault))?;
    let Some(ix) = moment.controller.find_room(name) else { return Err(mismatch()) };
    let changes = api.past.changes(name, Some(moment.at.0), limits::CHANGES_MAX);
    let changes = changes.map_err(|error| away(name, &error))?;
    Ok(Explanation {
        room: answers::room(&moment.controller, ix),
        changes: changes.into_iter().map(change).collect::<Result<_, _>>()?,
        inputs: answers::inputs(&moment.controller, ix),
        estimate: Some(answers::estimate(&moment.controller, ix)),
        rules: moment.in_force.as_ref().map(|in_force| answers::room_rules(in_force, name)),
        past: Some(told(&moment, at)),
    })
}

fn told(moment: &Moment, asked: Timestamp) -> PastMoment {
    PastMoment {
        asked_ms: asked.0,
        at_ms: moment.at.0,
        deaf_from_ms: moment.deaf.map(|(from, _)| from.0),
        deaf_to_ms: moment.deaf.map(|(_, to)| to.0),
        configuration: moment.by.name().to_owned(),
        configured_ms: match moment.by {
            ConfiguredBy::Then(since) | ConfiguredBy::Nearly(since) => Some(since.0),
            ConfiguredBy::Same | ConfiguredBy::Today => None,
        },
        rows: moment.rows,
        damaged: moment.damaged,
    }
}

pub(super) fn refused(name: &str, fault: &PastFault) -> Problem {
    match fault {
        // From when on there is something to show; a person's clock is the command line's business.
        PastFault::TooEarly(from) => {
            let from = from.map_or_else(String::new, |from| from.to_string());
            problem("not_kept", &from, &fault.to_string())
        }
        PastFault::NoSuchRoom(rooms) => {
            no_such_room(name, &format!("no room `{name}` then"), rooms.iter().cloned())
        }
        PastFault::TooMuch(_) => problem("too_much", name, &fault.to_string()),
        PastFault::Unreadable(_) | PastFault::Store(_) => {
            problem("internal", name, &fault.to_string())
        }
    }
}

async fn in_past<T: Send + 'static>(
    name: &str,
    question: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let asked = tokio::task::spawn_blocking(question).await;
    asked.map_err(|error| problem("internal", name, &error.to_string()))
}

fn away(name: &str, error: &QueryError) -> Problem {
    problem("internal", name, &error.to_string())
}

/// A kept change as the API says it.
fn change(row: store::Change) -> Result<Change, Problem> {
    let verdict: Verdict = serde_json::from_str(&row.verdict)
        .map_err(|error| problem("internal", &row.room, &format!("a kept change: {error}")))?;
    Ok(Change {
        at_ms: row.at_ms,
        zone: row.zone,
        from_pct: row.from_pct,
        to_pct: row.to_pct,
        winner: verdict.winner,
        losers: verdict.losers,
    })
}
