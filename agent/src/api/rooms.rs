//! The present: status and rooms; and a person's wish for a room.

use super::types::{AutoRoom, Problem, Room, SetRoom, Status};
use super::{Answer, Api, Question, mismatch, problem};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};

type Answered<T> = Result<Json<T>, Problem>;

/// What works and what does not.
///
/// # Errors
/// `busy` when the main loop does not answer.
#[utoipa::path(get, path = "/v1/status", responses((status = 200, body = Status)))]
pub async fn status(State(api): State<Api>) -> Answered<Status> {
    match api.ask(Question::Status).await? {
        Answer::Status(status) => Ok(Json(with_store(&api, *status).await)),
        _ => Err(mismatch()),
    }
}

/// Adds what only the database can tell. When it does not answer in time, the rest is still true.
async fn with_store(api: &Api, mut status: Status) -> Status {
    let past = api.past.clone();
    if let Ok(Ok(stats)) = tokio::task::spawn_blocking(move || past.stats()).await {
        status.store.bytes = stats.bytes;
        status.store.oldest_ms = stats.oldest_ms;
    }
    status
}

/// All rooms.
///
/// # Errors
/// `busy` when the main loop does not answer.
#[utoipa::path(get, path = "/v1/rooms", responses((status = 200, body = Vec<Room>)))]
pub async fn rooms(State(api): State<Api>) -> Answered<Vec<Room>> {
    match api.ask(Question::Rooms).await? {
        Answer::Rooms(rooms) => Ok(Json(rooms)),
        _ => Err(mismatch()),
    }
}

/// One room.
///
/// # Errors
/// `no_such_room` with names that may have been meant.
#[utoipa::path(get, path = "/v1/rooms/{building}/{room}", responses((status = 200, body = Room), (status = 404, body = Problem)))]
pub async fn room(
    State(api): State<Api>,
    Path((building, room)): Path<(String, String)>,
) -> Answered<Room> {
    the_room(api.ask(Question::Room(format!("{building}/{room}"))).await?)
}

/// Holds a level, with an end. Answers when the wish is committed; the lamps were told before.
///
/// # Errors
/// `no_such_room`, `no_such_zone`, `bad_value`.
#[utoipa::path(post, path = "/v1/rooms/{building}/{room}/set", request_body = SetRoom, responses((status = 200, body = Room), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn set(
    State(api): State<Api>,
    Path((building, room)): Path<(String, String)>,
    body: Result<Json<SetRoom>, JsonRejection>,
) -> Answered<Room> {
    let Json(wish) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    the_room(api.ask(Question::Set(format!("{building}/{room}"), wish)).await?)
}

/// Ends what a person held.
///
/// # Errors
/// `no_such_room`, `no_such_zone`.
#[utoipa::path(post, path = "/v1/rooms/{building}/{room}/auto", request_body = AutoRoom, responses((status = 200, body = Room), (status = 404, body = Problem)))]
pub async fn auto(
    State(api): State<Api>,
    Path((building, room)): Path<(String, String)>,
    body: Result<Json<AutoRoom>, JsonRejection>,
) -> Answered<Room> {
    let Json(wish) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    the_room(api.ask(Question::Auto(format!("{building}/{room}"), wish)).await?)
}

fn the_room(answer: Answer) -> Answered<Room> {
    match answer {
        Answer::Room(room) => Ok(Json(*room)),
        _ => Err(mismatch()),
    }
}
