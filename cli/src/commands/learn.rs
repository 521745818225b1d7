//! `campus room learn`: the agent learns rooms' own numbers from its log; what is better goes into the configuration.

mod truth;

pub use truth::BadTruth;
#[cfg(test)]
pub use truth::What;

use super::export::replace_whole;
use super::page;
use super::room::{find_room, ids};
use crate::args::RoomLearn;
use crate::client::{Agent, Answer, PROBE_ANSWER_S};
use crate::error::{Error, Exit, Noun};
use crate::render;
use crate::session::Session;
use agent::api::types::{LearnOrder, Lesson, RoomLesson};
use agent::learnt::{self, Cannot};
use serde::Serialize;
use std::path::Path;

/// What was written; the body of `--json` with `--apply`.
#[derive(Debug, Serialize)]
struct Applied<'l> {
    #[serde(flatten)]
    lesson: &'l Lesson,
    /// The configuration.
    config: String,
    /// Rooms that were changed in it.
    written: Vec<&'l str>,
}

pub async fn run(agent: &Agent, session: &Session, args: &RoomLearn) -> Result<Exit, Error> {
    let apply = args.apply && !args.dry_run;
    let page = page(agent, session).await?;
    let known = ids(agent).await?;
    let rooms = args.rooms.iter().map(|room| whole(room, &known)).collect::<Result<_, _>>()?;
    let since_ms = args.since.as_deref().map(|since| page.clock.parse(since)).transpose()?;
    if let Some(since) = args.since.as_ref().filter(|_| since_ms >= Some(page.clock.now_ms)) {
        let now = page.clock.minute(page.clock.now_ms);
        return Err(Error::StillToCome { text: since.clone(), now });
    }
    let truth = match &args.truth {
        Some(path) => truth::read(path, &known, &page.clock)?,
        None => Vec::new(),
    };
    let order = LearnOrder { rooms, since_ms, truth };
    let asked = agent.patient(PROBE_ANSWER_S).post("/v1/rooms/learn", &order).await;
    let answer: Answer<Lesson> = asked.map_err(|error| match error {
        Error::Refused(problem) if problem.code == "not_kept" => {
            let from = problem.about.parse::<i64>().ok().map(|ms| page.clock.minute(ms));
            Error::NotKept { text: args.since.clone().unwrap_or_else(|| "now".to_owned()), from }
        }
        other => other,
    })?;
    let lesson = &answer.body;
    let better: Vec<&RoomLesson> =
        lesson.rooms.iter().filter(|room| room.outcome == "better").collect();
    if apply && !better.is_empty() {
        write(&args.config, &better)?;
    }
    let config = args.config.display().to_string();
    if !args.json.json {
        session.print(&render::learn::render(lesson, (apply, &config), &page))?;
    } else if apply {
        let written = better.iter().map(|room| room.room.as_str()).collect();
        // Plain texts and numbers always become JSON.
        let applied = Applied { lesson, config, written };
        session.print_json(&serde_json::to_vec(&applied).unwrap_or_default())?;
    } else {
        session.print_json(&answer.raw)?;
    }
    let lacking = lesson.rooms.iter().any(|room| room.outcome == "too_little");
    Ok(if lacking { Exit::PersonNeeded } else { Exit::Done })
}

/// A room by its whole name or, where that is clear, its last part.
fn whole(name: &str, known: &[String]) -> Result<String, Error> {
    match known.iter().find(|id| *id == name) {
        Some(id) => Ok(id.clone()),
        None if name.contains('/') => Err(Error::no_such(Noun::Room, name, known)),
        None => find_room(name, known),
    }
}

/// All of it or nothing.
fn write(path: &Path, better: &[&RoomLesson]) -> Result<(), Error> {
    let failed = |error| Error::File { path: path.to_owned(), error };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let written = learnt::write(&text, &path.to_string_lossy(), better);
    let written = written.map_err(|cannot| match cannot {
        Cannot::Config(error) => Error::Config { shown: error.to_string() },
        Cannot::NoRoom { room, known } => Error::no_such(Noun::Room, &room, &known),
        Cannot::Differs { room } => Error::OtherNumbers { path: path.to_owned(), room },
        Cannot::ByHand { room, lines } => Error::ByHand { path: path.to_owned(), room, lines },
    })?;
    replace_whole(path, written.as_bytes())
}
