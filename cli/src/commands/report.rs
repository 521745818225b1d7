//! `campus report`: a page on the terminal, or one for a browser and a printer.

use super::export::write_whole;
use crate::args::Report as Asked;
use crate::client::{Agent, LEDGER_ANSWER_S};
use crate::error::{Error, Exit};
use crate::session::Session;
use crate::when::Clock;
use crate::{html, render};
use agent::api::types::{Report, Status};

pub async fn run(agent: &Agent, session: &Session, asked: &Asked) -> Result<Exit, Error> {
    let (period, args) = asked.parts();
    let status = agent.get::<Status>("/v1/status").await?.body;
    let clock = Clock::of(&status);
    let mut question = format!("/v1/report?period={period}");
    if let Some(at) = args.at.as_deref().map(|text| clock.parse(text)).transpose()? {
        question.push_str(&format!("&at_ms={at}"));
    }
    let answer = agent.patient(LEDGER_ANSWER_S).get::<Report>(&question).await?;
    let page = session.page_at(Clock::new(status.now_ms, &answer.body.time_zone));
    match &args.html {
        Some(path) if path.as_os_str() == "-" => {
            session.print(&html::report(&answer.body, &page))?;
        }
        Some(path) => {
            let text = html::report(&answer.body, &page);
            write_whole(path, text.as_bytes())?;
            let path = path.display().to_string();
            session
                .print(&format!("{}\n", page.say("report-written", &[("path", path.into())])))?;
        }
        None if args.json.json => session.print_json(&answer.raw)?,
        None => session.print(&render::report::render(&answer.body, &page))?,
    }
    Ok(Exit::Done)
}
