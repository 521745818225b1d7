//! Other settings, tried on the recorded past, on a thread of its own.

use super::explain::refused;
use super::types::{Problem, Trial, TrialFigures, TrialMoment, TrialOrder, TrialRoom};
use super::{Api, problem};
use crate::again::Present;
use crate::again::trial::{Tried, trial};
use crate::config::{Config, ConfigError};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use controller::Timestamp;
use controller::trial::{Figures, Moment, RoomTrial};

/// Tries a configuration, or rules, on the log: what would have been, beside what today's do.
///
/// # Errors
/// `bad_configuration` with all its faults; `not_kept` for a time that the log does not hold;
/// `bad_value` for one that is empty or still to come; `too_much`.
#[utoipa::path(post, path = "/v1/rules/replay", request_body = TrialOrder, responses((status = 200, body = Trial), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn replay(
    State(api): State<Api>,
    body: Result<Json<TrialOrder>, JsonRejection>,
) -> Result<Json<Trial>, Problem> {
    let Json(order) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    let now_ms = api.clock.now().0;
    if order.since_ms >= order.until_ms || order.until_ms > now_ms {
        return Err(problem("bad_value", "until", "a time that has begun, and ended by now"));
    }
    // One at a time: who asks next waits.
    let _alone = api.replaying.clone().lock_owned().await;
    let asked = tokio::task::spawn_blocking(move || tried(&api, &order)).await;
    asked.map_err(|error| problem("internal", "replay", &error.to_string()))?.map(Json)
}

/// Reads the disk: not for async code.
fn tried(api: &Api, order: &TrialOrder) -> Result<Trial, Problem> {
    let text = order.config.as_ref().unwrap_or(&api.source.text);
    let tried = Config::again(text, order.rules.clone(), &api.source.name);
    let mut candidate = tried.map_err(|error| faulty(&error))?;
    let (campus, current) = api.present();
    if order.rules.is_none() {
        candidate.campus.rules = current.set.clone();
    }
    let present = Present { campus: &campus, source: &api.source, rules: &current };
    let span = (Timestamp(order.since_ms), Timestamp(order.until_ms));
    let tried = trial(&api.past, present, &candidate.campus, span)
        .map_err(|fault| refused("replay", &fault))?;
    Ok(told(order, tried))
}

fn faulty(error: &ConfigError) -> Problem {
    problem("bad_configuration", "", &error.to_string())
}

fn told(order: &TrialOrder, tried: Tried) -> Trial {
    Trial {
        since_ms: order.since_ms,
        until_ms: order.until_ms,
        rows: tried.rows,
        damaged: tried.damaged,
        by_today: tried.by_today,
        recorded: tried.recorded,
        again: tried.again,
        same: tried.same,
        rooms: tried.rooms.into_iter().map(room).collect(),
    }
}

fn room(room: RoomTrial) -> TrialRoom {
    TrialRoom {
        room: room.room,
        today: figures(&room.today),
        candidate: figures(&room.candidate),
        differing_s: room.differing_ms / 1000,
        moments_total: room.moments_total,
        moments: room.moments.iter().map(moment).collect(),
    }
}

fn figures(of: &Figures) -> TrialFigures {
    TrialFigures {
        lamp_s: of.lamp_ms / 1000,
        energy_wh: of.energy_mwh.map(|mwh| (mwh + 500) / 1000),
        switchings: of.switchings,
        occupied_s: of.occupied_ms / 1000,
        lit_empty_s: of.lit_empty_ms / 1000,
        dark_s: of.dark_ms / 1000,
    }
}

fn moment(of: &Moment) -> TrialMoment {
    TrialMoment {
        at_ms: of.at.0,
        zone: of.zone.to_string(),
        today_pct: of.today_pct,
        candidate_pct: of.candidate_pct,
        reason: of.reason.to_owned(),
        candidate_moved: of.candidate_moved,
    }
}
