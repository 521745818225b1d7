//! How it stands with hubs, what they lack, and what they shall get again.

use super::types::{
    BeginLife, Hub, HubGap, HubGaps, HubLife, HubLoss, HubRefused, HubResend, Hubs, Problem,
    Resend, Resent,
};
use super::{Answer, Api, Question, mismatch, problem};
use crate::hub::{HubState, Standing};
use crate::store::outbox::{Lives, OutboxState};
use crate::store::{Asked, NewLife, QueryError, Reader, Resend as Wanted};
use crate::{limits, names};
use axum::Json;
use axum::extract::State;
use controller::outbox::{self, Run};

/// The outbox, and how it stands with every hub.
///
/// # Errors
/// `internal` when the database does not answer.
#[utoipa::path(get, path = "/v1/hubs", responses((status = 200, body = Hubs)))]
pub async fn hubs(State(api): State<Api>) -> Result<Json<Hubs>, Problem> {
    let now_ms = api.clock.now().0;
    let (state, per_day) = ask(&api, move |past| {
        let state = past.outbox()?;
        let per_day = bytes_per_day(past, &state, now_ms)?;
        Ok((state, per_day))
    })
    .await?;
    let life = state.lives.last();
    let rows = state.held.rooms.rows + state.held.others.rows + state.held.totals.rows;
    let bytes = state.held.bytes();
    let hub = |hub: HubState| {
        // What waits takes its share of what there is.
        let waiting_bytes = bytes.saturating_mul(hub.waiting.min(rows)) / rows.max(1);
        let left = |per_day| outbox::days_left(api.budget_bytes, waiting_bytes, per_day);
        told(hub, per_day.and_then(left))
    };
    Ok(Json(Hubs {
        incarnation: life.map_or_else(String::new, |life| life.name.clone()),
        incarnation_since_ms: life.map(|life| life.since_ms),
        incarnation_why: life.map_or_else(String::new, |life| life.why.clone()),
        incarnations: state.lives.iter().map(told_life).collect(),
        last: life.map_or(0, |life| (life.last - life.base).max(0).unsigned_abs()),
        rows,
        bytes,
        budget_bytes: api.budget_bytes,
        bytes_per_day: per_day,
        hubs: api.hubs.board.all().into_iter().map(hub).collect(),
    }))
}

/// What every hub lacks.
///
/// # Errors
/// `internal` when the database does not answer.
#[utoipa::path(get, path = "/v1/hubs/gaps", responses((status = 200, body = Vec<HubGaps>)))]
pub async fn gaps(State(api): State<Api>) -> Result<Json<Vec<HubGaps>>, Problem> {
    let hubs: Vec<String> = api.hubs.board.all().into_iter().map(|hub| hub.id).collect();
    let since_ms = api.clock.now().0.saturating_sub(limits::HUB_LOSSES_MS);
    let found = ask(&api, move |past| {
        let state = past.outbox()?;
        let losses: Vec<HubLoss> = losses(past, since_ms)?;
        let all = hubs.into_iter().map(|id| {
            let mut missing = Vec::new();
            for life in &state.lives {
                missing.extend(missing_of(past, &id, life)?);
            }
            let refused = past.hub_refused(&id, limits::HUB_GAPS_MAX)?.into_iter().map(|row| {
                let crate::store::outbox::RefusedRow { seq, code, reason, at_ms } = row;
                HubRefused { seq, code, reason, at_ms }
            });
            let refused = refused.collect();
            let resends = resends(past.resends(&id)?);
            Ok(HubGaps { id, missing, refused, resends, losses: losses.clone() })
        });
        all.collect::<Result<Vec<_>, QueryError>>()
    });
    Ok(Json(found.await?))
}

/// Sends the summaries of a time again.
///
/// # Errors
/// `no_such_hub`, `bad_value`, or `busy`.
#[utoipa::path(post, path = "/v1/hubs/resend", request_body = Resend,
    responses((status = 200, body = Resent)))]
pub async fn resend(
    State(api): State<Api>,
    Json(wish): Json<Resend>,
) -> Result<Json<Resent>, Problem> {
    let Resend { hub, from_ms, to_ms } = wish;
    if from_ms >= to_ms {
        return Err(problem("bad_value", "to_ms", "it must come after the begin"));
    }
    let known: Vec<String> = api.hubs.board.all().into_iter().map(|hub| hub.id).collect();
    if known.is_empty() {
        return Err(problem("no_such_hub", "", "no hub is configured; see `[[hub]]`"));
    }
    if let Some(name) = hub.as_ref().filter(|name| !known.contains(name)) {
        let mut none = problem("no_such_hub", name, &format!("no hub `{name}`"));
        none.candidates = names::nearest(name, known);
        return Err(none);
    }
    let chosen = known.into_iter().zip(&api.hubs.nudges);
    let chosen = chosen.filter(|(id, _)| hub.as_ref().is_none_or(|hub| hub == id));
    let (hubs, nudges): (Vec<String>, Vec<_>) = chosen.unzip();
    let wanted = hubs.clone();
    let (rows, waiting, full) = ask(&api, move |past| {
        let rows = past.outbox_of_time(from_ms, to_ms)?;
        let (mut waiting, mut full) = (Vec::new(), None);
        for id in wanted {
            let before = past.resends(&id)?;
            if is_waiting(&rows, &before) {
                waiting.push(id);
            } else if before.len() >= limits::HUB_RESENDS_MAX {
                full = Some(id);
            }
        }
        Ok((rows, waiting, full))
    })
    .await?;
    // Whoever asks wants it tried now. One that was nudged and has not looked yet will see this as well.
    let nudge = || {
        for nudge in nudges {
            let _ = nudge.try_send(());
        }
    };
    if let Some(id) = full {
        nudge();
        let what = "it has requests enough; try again when they are through";
        return Err(problem("busy", &id, what));
    }
    let runs = rows.iter().flat_map(|(_, runs)| runs);
    let count = runs.map(|run| run.to - run.from + 1).sum();
    let at_ms = api.clock.now().0;
    let asked = |hub: &String| {
        // What waits already goes once, however often it is asked for.
        let rows = if waiting.contains(hub) { Vec::new() } else { rows.clone() };
        Asked { hub: hub.clone(), from_ms, to_ms, at_ms, rows }
    };
    match api.ask(Question::Resend(hubs.iter().map(asked).collect())).await? {
        Answer::Done => {}
        _ => return Err(mismatch()),
    }
    nudge();
    Ok(Json(Resent { hubs, rows: count }))
}

/// Begins a new incarnation because a person wants one: this database is a copy, and nothing could tell. Rows
/// that some hub has not confirmed go into it.
///
/// # Errors
/// `bad_value` without a person and a reason, `no_such_hub` without a hub, `internal`.
#[utoipa::path(post, path = "/v1/hubs/incarnation", request_body = BeginLife,
    responses((status = 200, body = HubLife)))]
pub async fn begin(
    State(api): State<Api>,
    Json(wish): Json<BeginLife>,
) -> Result<Json<HubLife>, Problem> {
    super::repair::said_by(&wish.by, &wish.why)?;
    let hubs: Vec<String> = api.hubs.board.all().into_iter().map(|hub| hub.id).collect();
    if hubs.is_empty() {
        return Err(problem("no_such_hub", "", "no hub is configured; see `[[hub]]`"));
    }
    let (before, base) = ask(&api, move |past| {
        let last = past.outbox()?.lives.pop();
        let mut base = last.as_ref().map_or(0, |life| life.last);
        for hub in hubs {
            let Some(life) = &last else { break };
            let had = past.hub_had(&hub, life.id)?;
            let mark = i64::try_from(outbox::watermark(&had)).unwrap_or(i64::MAX);
            base = base.min(life.base.saturating_add(mark));
        }
        Ok((last, base))
    })
    .await?;
    let life = NewLife { why: "person".to_owned(), base: Some(base), by: (wish.by, wish.why) };
    match api.ask(Question::Begin(life)).await? {
        Answer::Done => {}
        _ => return Err(mismatch()),
    }
    let now = ask(&api, |past| Ok(past.outbox()?.lives.pop())).await?;
    let begun = now.filter(|now| before.is_none_or(|before| before.name != now.name));
    let Some(begun) = begun else {
        let what = "the database did not take it; the agent's log says why; try again";
        return Err(problem("internal", "incarnation", what));
    };
    tracing::warn!(
        by = begun.by.0,
        why = begun.by.1,
        name = begun.name,
        "a person began a new incarnation"
    );
    for nudge in &api.hubs.nudges {
        // One that was nudged and has not looked yet will see this as well.
        let _ = nudge.try_send(());
    }
    Ok(Json(told_life(&begun)))
}

fn told_life(life: &Lives) -> HubLife {
    HubLife {
        incarnation: life.name.clone(),
        since_ms: life.since_ms,
        why: life.why.clone(),
        by: life.by.0.clone(),
        reason: life.by.1.clone(),
        rows: (life.last - life.base).max(0).unsigned_abs(),
    }
}

async fn ask<T: Send + 'static>(
    api: &Api,
    question: impl FnOnce(&Reader) -> Result<T, QueryError> + Send + 'static,
) -> Result<T, Problem> {
    let past = api.past.clone();
    let internal = |text: String| problem("internal", "outbox", &text);
    tokio::task::spawn_blocking(move || question(&past))
        .await
        .map_err(|error| internal(error.to_string()))?
        .map_err(|error| internal(error.to_string()))
}

fn told(hub: HubState, days_left: Option<u64>) -> Hub {
    let since_ms = (hub.standing != Standing::New).then_some(hub.since_ms);
    Hub {
        id: hub.id,
        url: hub.url,
        form: hub.form.to_owned(),
        standing: hub.standing.name().to_owned(),
        what: hub.what,
        since_ms,
        retry_ms: hub.retry_ms,
        waiting: hub.waiting,
        oldest_ms: hub.oldest_ms,
        watermark: hub.watermark,
        receipt_ms: hub.receipt_ms,
        rows: hub.rows,
        bytes: hub.bytes,
        refused: hub.refused,
        failures: hub.failures,
        rows_per_s: hub.rows_per_s,
        days_left,
    }
}

/// What a day adds, from the rows of the last two; `None` before there is half a day of them.
fn bytes_per_day(
    past: &Reader,
    state: &OutboxState,
    now_ms: i64,
) -> Result<Option<u64>, QueryError> {
    const DAY_MS: i64 = 86_400_000;
    let first = past.outbox_since(now_ms - 2 * DAY_MS)?;
    let Some(made_ms) = past.outbox_made(first)? else { return Ok(None) };
    let (added, span_ms) = (state.last - first + 1, now_ms - made_ms);
    if span_ms < DAY_MS / 2 || added <= 0 {
        return Ok(None);
    }
    let rows = state.held.rooms.rows + state.held.others.rows + state.held.totals.rows;
    let per_row = state.held.bytes() / rows.max(1);
    let added = u128::from(added.unsigned_abs()) * u128::from(per_row) * DAY_MS as u128;
    Ok(u64::try_from(added / u128::from(span_ms.unsigned_abs())).ok())
}

/// What a hub has not confirmed of an incarnation.
fn missing_of(past: &Reader, hub: &str, life: &Lives) -> Result<Vec<HubGap>, QueryError> {
    let had = past.hub_had(hub, life.id)?;
    let last = (life.last - life.base).max(0).unsigned_abs();
    let gaps = outbox::missing(&had, last).into_iter().take(limits::HUB_GAPS_MAX as usize);
    gaps.map(|Run { from, to }| {
        let made_ms = past.outbox_made(life.base + i64::try_from(from).unwrap_or(i64::MAX))?;
        Ok(HubGap { incarnation: life.name.clone(), from, to, made_ms })
    })
    .collect()
}

/// Whether all of these rows, by incarnation, wait to go once more already.
fn is_waiting(rows: &[(i64, Vec<Run>)], before: &[Wanted]) -> bool {
    rows.iter().all(|(life, runs)| {
        let of_it = before.iter().filter(|wanted| wanted.incarnation == *life);
        let waits = of_it.flat_map(|wanted| &wanted.left);
        let none = waits.fold(runs.clone(), |left, run| outbox::without(&left, *run));
        none.is_empty()
    })
}

/// What shall go once more; requests are rows by incarnation.
fn resends(found: Vec<Wanted>) -> Vec<HubResend> {
    let mut resends: Vec<HubResend> = Vec::new();
    for Wanted { from_ms, to_ms, asked_ms, left, .. } in found {
        let left = left.iter().map(|run| run.to - run.from + 1).sum();
        match resends
            .iter_mut()
            .find(|it| (it.from_ms, it.to_ms, it.asked_ms) == (from_ms, to_ms, asked_ms))
        {
            Some(same) => same.left += left,
            None => resends.push(HubResend { from_ms, to_ms, asked_ms, left }),
        }
    }
    resends
}

/// The latest loss records.
fn losses(past: &Reader, since_ms: i64) -> Result<Vec<HubLoss>, QueryError> {
    let rows = past.outbox_losses(since_ms, limits::HUB_GAPS_MAX)?;
    let one = |row: batch::Row| match row.body {
        batch::Body::Loss(batch::Loss { what, count, from_ms, to_ms, .. }) => {
            Some(HubLoss { stream: row.stream.to_string(), what, count, from_ms, to_ms })
        }
        _ => None,
    };
    Ok(rows.into_iter().filter_map(one).collect())
}
