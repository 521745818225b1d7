//! Measuring what lamps add at the light sensors of a room.

use super::types::{Calibrate, Calibration, Problem};
use super::{Answer, Api, Question, mismatch, problem};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};

type Answered<T> = Result<Json<T>, Problem>;

/// Has the lamps of a room measured; answers when it has begun, and `GET …/calibration` tells how far it is.
///
/// # Errors
/// `no_such_room`, `bad_value`; `cannot_calibrate_…` with the reason behind.
#[utoipa::path(post, path = "/v1/rooms/{building}/{room}/calibrate", request_body = Calibrate, responses((status = 200, body = Calibration), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn calibrate(
    State(api): State<Api>,
    Path((building, room)): Path<(String, String)>,
    body: Result<Json<Calibrate>, JsonRejection>,
) -> Answered<Calibration> {
    let Json(wish) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    answered(api.ask(Question::Calibrate(format!("{building}/{room}"), wish)).await?)
}

/// The calibration of a room under way, or the last one, and what is in force.
///
/// # Errors
/// `no_such_room`.
#[utoipa::path(get, path = "/v1/rooms/{building}/{room}/calibration", responses((status = 200, body = Calibration), (status = 404, body = Problem)))]
pub async fn calibration(
    State(api): State<Api>,
    Path((building, room)): Path<(String, String)>,
) -> Answered<Calibration> {
    answered(api.ask(Question::Calibration(format!("{building}/{room}"))).await?)
}

fn answered(answer: Answer) -> Answered<Calibration> {
    match answer {
        Answer::Calibration(calibration) => Ok(Json(*calibration)),
        _ => Err(mismatch()),
    }
}
