//! `campus rule replay`: the agent tries other settings on its log.

use super::export::write_whole;
use super::page;
use crate::args::RuleReplay;
use crate::client::{Agent, PROBE_ANSWER_S};
use crate::error::{Error, Exit};
use crate::session::Session;
use crate::{html, render};
use agent::api::types::{Trial, TrialOrder};
use std::path::Path;

pub async fn run(agent: &Agent, session: &Session, args: &RuleReplay) -> Result<Exit, Error> {
    let page = page(agent, session).await?;
    let since_ms = page.clock.parse(&args.since)?;
    let until = args.until.as_deref().unwrap_or("now");
    let until_ms = page.clock.parse(until)?;
    if until_ms > page.clock.now_ms {
        let now = page.clock.minute(page.clock.now_ms);
        return Err(Error::StillToCome { text: until.to_owned(), now });
    }
    if since_ms >= until_ms {
        return Err(Error::BadSpan { since: args.since.clone(), until: until.to_owned() });
    }
    let config = args.config.as_deref().map(read).transpose()?;
    let rules = args.rules.as_deref().map(read).transpose()?;
    let order = TrialOrder { since_ms, until_ms, config, rules };
    let asked = agent.patient(PROBE_ANSWER_S).post::<_, Trial>("/v1/rules/replay", &order).await;
    let answer = asked.map_err(|error| match error {
        Error::Refused(problem) if problem.code == "not_kept" => {
            let from = problem.about.parse::<i64>().ok().map(|ms| page.clock.minute(ms));
            Error::NotKept { text: args.since.clone(), from }
        }
        Error::Refused(problem) if problem.code == "bad_configuration" => {
            Error::Config { shown: problem.message }
        }
        other => other,
    })?;
    match &args.html {
        Some(path) if path.as_os_str() == "-" => {
            session.print(&html::trial(&answer.body, &page))?
        }
        Some(path) => {
            write_whole(path, html::trial(&answer.body, &page).as_bytes())?;
            let path = path.display().to_string();
            let named = [("path", path.into())];
            session.print(&format!("{}\n", page.say("report-written", &named)))?;
        }
        None if args.json.json => session.print_json(&answer.raw)?,
        None => session.print(&render::replay::render(&answer.body, &page))?,
    }
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| Error::File { path: path.to_owned(), error })
}
