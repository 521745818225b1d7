//! The present of nodes; and what a node is told to do once.

use super::types::{IdentifyNode, Node, Problem, Told, Unclaimed};
use super::{Answer, Api, Question, mismatch, problem};
use crate::limits;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use wire::Verb;
use wire::command::IDENTIFY_MS_MAX;

type Answered<T> = Result<Json<T>, Problem>;

/// All nodes of the configuration.
///
/// # Errors
/// `busy` when the main loop does not answer.
#[utoipa::path(get, path = "/v1/nodes", responses((status = 200, body = Vec<Node>)))]
pub async fn nodes(State(api): State<Api>) -> Answered<Vec<Node>> {
    match api.ask(Question::Nodes).await? {
        Answer::Nodes(nodes) => Ok(Json(nodes)),
        _ => Err(mismatch()),
    }
}

/// One node.
///
/// # Errors
/// `no_such_node` with names that may have been meant.
#[utoipa::path(get, path = "/v1/nodes/{node}", responses((status = 200, body = Node), (status = 404, body = Problem)))]
pub async fn node(State(api): State<Api>, Path(node): Path<String>) -> Answered<Node> {
    match api.ask(Question::Node(node)).await? {
        Answer::Node(node) => Ok(Json(*node)),
        _ => Err(mismatch()),
    }
}

/// Nodes that speak and that no configuration knows.
///
/// # Errors
/// `busy` when the main loop does not answer.
#[utoipa::path(get, path = "/v1/nodes/unclaimed", responses((status = 200, body = Vec<Unclaimed>)))]
pub async fn unclaimed(State(api): State<Api>) -> Answered<Vec<Unclaimed>> {
    match api.ask(Question::Unclaimed).await? {
        Answer::Unclaimed(nodes) => Ok(Json(nodes)),
        _ => Err(mismatch()),
    }
}

/// Lets a node make itself known: its lamps blink. Answers when the node has, or after 5 s.
///
/// # Errors
/// `no_such_node`, `not_a_node` for a gateway, `bad_value`, `broker_away`.
#[utoipa::path(post, path = "/v1/nodes/{node}/identify", request_body = IdentifyNode, responses((status = 200, body = Told), (status = 404, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub async fn identify(
    State(api): State<Api>,
    Path(node): Path<String>,
    body: Result<Json<IdentifyNode>, JsonRejection>,
) -> Answered<Told> {
    let Json(wish) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    let for_ms = wish.for_s.saturating_mul(1000);
    if for_ms == 0 || for_ms > IDENTIFY_MS_MAX {
        let message = format!("a node blinks for 1 to {} seconds", IDENTIFY_MS_MAX / 1000);
        return Err(problem("bad_value", "for_s", &message));
    }
    tell(&api, node, Verb::Identify { for_ms }).await
}

/// Lets a node start again. Answers when the node has said that it will, or after 5 s.
///
/// # Errors
/// `no_such_node`, `not_a_node` for a gateway, `broker_away`.
#[utoipa::path(post, path = "/v1/nodes/{node}/restart", responses((status = 200, body = Told), (status = 404, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub async fn restart(State(api): State<Api>, Path(node): Path<String>) -> Answered<Told> {
    tell(&api, node, Verb::Restart).await
}

async fn tell(api: &Api, node: String, verb: Verb) -> Answered<Told> {
    match api.ask_within(Question::Tell(node, verb), limits::COMMAND_ASK_TIMEOUT).await? {
        Answer::Told(told) => Ok(Json(*told)),
        _ => Err(mismatch()),
    }
}
