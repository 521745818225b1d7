//! Fire, maintenance, less demand for the grid, scenes: what is imposed now, and orders of people.

use super::types::{
    EndDemand, Events, LockRoom, OrderDemand, Problem, Room, SetFire, StageRoom, UnlockRoom,
};
use super::{Answer, Api, Order, Question, mismatch, problem};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};

type Answered<T> = Result<Json<T>, Problem>;
type Body<T> = Result<Json<T>, JsonRejection>;

/// What is imposed on lamps from outside their room.
///
/// # Errors
/// `busy` when the main loop does not answer.
#[utoipa::path(get, path = "/v1/events", responses((status = 200, body = Events)))]
pub async fn events(State(api): State<Api>) -> Answered<Events> {
    all(api.ask(Question::Events).await?)
}

/// A person says that it burns, or that it does not. Answers when that is committed; the lamps were told
/// before.
///
/// # Errors
/// `no_such_room`, `no_such_building`, `bad_value`.
#[utoipa::path(post, path = "/v1/fire", request_body = SetFire, responses((status = 200, body = Events), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn fire(State(api): State<Api>, body: Body<SetFire>) -> Answered<Events> {
    all(ask(&api, Order::Fire(parsed(body)?)).await?)
}

/// The utility, or a person, asks for less.
///
/// # Errors
/// `bad_value`.
#[utoipa::path(post, path = "/v1/demand", request_body = OrderDemand, responses((status = 200, body = Events), (status = 422, body = Problem)))]
pub async fn demand(State(api): State<Api>, body: Body<OrderDemand>) -> Answered<Events> {
    all(ask(&api, Order::Demand(parsed(body)?)).await?)
}

/// Ends what the grid asks for before its time.
///
/// # Errors
/// `no_such_demand`, `bad_value`.
#[utoipa::path(post, path = "/v1/demand/end", request_body = EndDemand, responses((status = 200, body = Events), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn end_demand(State(api): State<Api>, body: Body<EndDemand>) -> Answered<Events> {
    all(ask(&api, Order::EndDemand(parsed(body)?)).await?)
}

/// Locks lamps for maintenance: stronger than the wall switch, weaker than fire, and with an end.
///
/// # Errors
/// `no_such_room`, `no_such_zone`, `bad_value`.
#[utoipa::path(post, path = "/v1/rooms/{building}/{room}/lock", request_body = LockRoom, responses((status = 200, body = Room), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn lock(
    State(api): State<Api>,
    Path((building, room)): Path<(String, String)>,
    body: Body<LockRoom>,
) -> Answered<Room> {
    one(ask(&api, Order::Lock(format!("{building}/{room}"), parsed(body)?)).await?)
}

/// Unlocks lamps.
///
/// # Errors
/// `no_such_room`, `no_such_zone`, `bad_value`.
#[utoipa::path(post, path = "/v1/rooms/{building}/{room}/unlock", request_body = UnlockRoom, responses((status = 200, body = Room), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn unlock(
    State(api): State<Api>,
    Path((building, room)): Path<(String, String)>,
    body: Body<UnlockRoom>,
) -> Answered<Room> {
    one(ask(&api, Order::Unlock(format!("{building}/{room}"), parsed(body)?)).await?)
}

/// Asks for a scene in a room.
///
/// # Errors
/// `no_such_room`, `no_such_scene`, `bad_value`.
#[utoipa::path(post, path = "/v1/rooms/{building}/{room}/scene", request_body = StageRoom, responses((status = 200, body = Room), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn scene(
    State(api): State<Api>,
    Path((building, room)): Path<(String, String)>,
    body: Body<StageRoom>,
) -> Answered<Room> {
    one(ask(&api, Order::Scene(format!("{building}/{room}"), parsed(body)?)).await?)
}

fn parsed<T>(body: Body<T>) -> Result<T, Problem> {
    body.map(|Json(body)| body).map_err(|error| problem("bad_value", "body", &error.body_text()))
}

async fn ask(api: &Api, order: Order) -> Result<Answer, Problem> {
    api.ask(Question::Impose(Box::new(order))).await
}

fn all(answer: Answer) -> Answered<Events> {
    match answer {
        Answer::Events(events) => Ok(Json(*events)),
        _ => Err(mismatch()),
    }
}

fn one(answer: Answer) -> Answered<Room> {
    match answer {
        Answer::Room(room) => Ok(Json(*room)),
        _ => Err(mismatch()),
    }
}
