//! Lighting rules of the staff, as they run.

use super::types::{Problem, Rule, RuleHold};
use super::{Answer, Api, Question, mismatch};
use crate::answers;
use axum::Json;
use axum::extract::State;

/// All rules of the staff, and where each asks for something right now.
///
/// # Errors
/// `busy` when the main loop does not answer.
#[utoipa::path(get, path = "/v1/rules", responses((status = 200, body = Vec<Rule>)))]
pub async fn rules(State(api): State<Api>) -> Result<Json<Vec<Rule>>, Problem> {
    match api.ask(Question::Rules).await? {
        Answer::Rules(rules) => Ok(Json(rules)),
        _ => Err(mismatch()),
    }
}

/// How long rooms stay lit after the last movement, where the staff's rules say it.
///
/// # Errors
/// None: it is known.
#[utoipa::path(get, path = "/v1/rules/holds", responses((status = 200, body = Vec<RuleHold>)))]
pub async fn holds(State(api): State<Api>) -> Result<Json<Vec<RuleHold>>, Problem> {
    Ok(Json(answers::holds(&api.ruled.borrow())))
}
