//! `campus rule plan`, `apply`, `rollback` and `history`: other rules of the staff, while the agent runs.

use super::page;
use super::repair::person;
use super::room::find_room;
use crate::args::{Json, RuleApply, RulePlan, RuleRollback};
use crate::client::{Agent, LEDGER_ANSWER_S};
use crate::error::{Error, Exit};
use crate::render;
use crate::session::{Session, uid};
use agent::api::types::{
    ApplyRules, Problem, RollbackRules, Room, RulesApplied, RulesHistory, RulesOrder, RulesPlan,
};
use std::path::Path;

pub async fn plan(agent: &Agent, session: &Session, args: &RulePlan) -> Result<Exit, Error> {
    let page = page(agent, session).await?;
    let canary = rooms(agent, &args.canary).await?;
    let order = RulesOrder { rules: Some(read(&args.rules)?), canary };
    // Checking many rules takes a moment.
    let patient = agent.patient(LEDGER_ANSWER_S);
    let asked = patient.post::<_, RulesPlan>("/v1/rules/plan", &order).await;
    let answer = match asked {
        Err(Error::Refused(problem)) if problem.code == "bad_rules" => {
            return faulty(session, &problem, args.json);
        }
        other => other?,
    };
    if args.json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::ruling::plan(&answer.body, &args.rules, &args.canary, &page))?;
    }
    Ok(if answer.body.findings.is_empty() { Exit::Done } else { Exit::PersonNeeded })
}

pub async fn apply(agent: &Agent, session: &Session, args: &RuleApply) -> Result<Exit, Error> {
    let page = page(agent, session).await?;
    let (rules, canary) = match args.all {
        true => (None, Vec::new()),
        false => (Some(read(&args.rules)?), rooms(agent, &args.canary).await?),
    };
    let patient = agent.patient(LEDGER_ANSWER_S);
    let order = ApplyRules {
        rules: rules.clone(),
        canary: canary.clone(),
        accept_findings: args.accept_findings,
        by: who(args.by.as_deref()),
        why: args.reason.clone(),
    };
    match patient.post::<_, RulesApplied>("/v1/rules/apply", &order).await {
        Err(Error::Refused(problem)) if problem.code == "bad_rules" => {
            faulty(session, &problem, args.json)
        }
        Err(Error::Refused(problem)) if problem.code == "rules_findings" => {
            let order = RulesOrder { rules, canary };
            let plan = patient.post::<_, RulesPlan>("/v1/rules/plan", &order).await?;
            if args.json.json {
                session.print_json(&plan.raw)?;
            } else {
                session.print(&render::ruling::refused(&plan.body, &args.rules, &page))?;
            }
            Ok(Exit::PersonNeeded)
        }
        other => {
            let answer = other?;
            if args.json.json {
                session.print_json(&answer.raw)?;
            } else {
                session.print(&render::ruling::applied(&answer.body, &page))?;
            }
            Ok(Exit::Done)
        }
    }
}

pub async fn rollback(
    agent: &Agent,
    session: &Session,
    args: &RuleRollback,
) -> Result<Exit, Error> {
    let page = page(agent, session).await?;
    let (to, by, why) = (args.to, who(args.by.as_deref()), args.reason.clone());
    let order = RollbackRules { to, by, why };
    let patient = agent.patient(LEDGER_ANSWER_S);
    let answer = patient.post::<_, RulesApplied>("/v1/rules/rollback", &order).await?;
    if args.json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::ruling::applied(&answer.body, &page))?;
    }
    Ok(Exit::Done)
}

pub async fn history(agent: &Agent, session: &Session, json: Json) -> Result<Exit, Error> {
    let answer = agent.get::<RulesHistory>("/v1/rules/history").await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::ruling::history(&answer.body, &page(agent, session).await?))?;
    }
    Ok(Exit::Done)
}

/// Who asks, by name where there is one; the kernel tells the agent the account in any case.
fn who(named: Option<&str>) -> String {
    person(named).unwrap_or_else(|_| format!("uid {}", uid()))
}

/// What cannot be read as rules, with its places.
fn faulty(session: &Session, problem: &Problem, json: Json) -> Result<Exit, Error> {
    if json.json {
        session.print_json(&serde_json::to_vec(problem).unwrap_or_default())?;
    } else {
        session.print(&format!("{}\n", problem.message.trim_end()))?;
    }
    Ok(Exit::PersonNeeded)
}

/// Rooms as the agent takes them; a short name where that is clear.
async fn rooms(agent: &Agent, named: &[String]) -> Result<Vec<String>, Error> {
    let short = |name: &&String| !name.contains(['/', '*']);
    if !named.iter().any(|name| short(&name)) {
        return Ok(named.to_vec());
    }
    let known = agent.get::<Vec<Room>>("/v1/rooms").await?.body;
    let known: Vec<String> = known.into_iter().map(|room| room.id).collect();
    let full = |name: &String| {
        if short(&name) { find_room(name, &known) } else { Ok(name.clone()) }
    };
    named.iter().map(full).collect()
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| Error::File { path: path.to_owned(), error })
}
