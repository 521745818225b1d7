//! `campus config check`: the agent's own reading of a configuration, without running it.

use crate::args::Config;
use crate::error::{Error, Exit};
use crate::page::{Page, Paint};
use crate::session::Session;
use crate::when::Clock;
use serde::Serialize;
use std::path::Path;

pub fn run(command: &Config, session: &Session) -> Result<Exit, Error> {
    let Config::Check { file, json } = command;
    let verdict = check(file)?;
    if json.json {
        // Plain texts and numbers always become JSON.
        let body = serde_json::to_vec(&verdict).unwrap_or_default();
        session.print_json(&body)?;
    } else {
        session.print(&render(&verdict, &session.page_at(Clock::new(0, "UTC"))))?;
    }
    Ok(if verdict.faults.is_empty() { Exit::Done } else { Exit::PersonNeeded })
}

/// What became of the check; the body of `--json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Which file.
    pub file: String,
    /// Rooms it configures; 0 when it has faults.
    pub rooms: usize,
    /// What is wrong, in the order of the file.
    pub faults: Vec<Fault>,
    /// The same for people: each fault with its line.
    #[serde(skip)]
    pub shown: String,
}

/// One fault of a configuration, or of a profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fault {
    /// Line from 1; 0 when the whole file is meant.
    pub line: usize,
    /// Column from 1, in characters; 0 as for the line.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
}

/// The verdict as text.
fn render(verdict: &Verdict, page: &Page) -> String {
    if !verdict.faults.is_empty() {
        return format!("{}\n", verdict.shown.trim_end());
    }
    let named = [("path", verdict.file.as_str().into()), ("n", verdict.rooms.into())];
    format!("{}\n", page.paint(Paint::Good, &page.say("config-good", &named)))
}

/// Reads the file as the agent does.
fn check(file: &Path) -> Result<Verdict, Error> {
    // A file that is not there is no fault in a configuration.
    std::fs::File::open(file).map_err(|error| Error::File { path: file.to_path_buf(), error })?;
    let path = file.display().to_string();
    Ok(match agent::config::Config::load(file) {
        Ok(config) => Verdict {
            file: path,
            rooms: config.campus.rooms.len(),
            faults: Vec::new(),
            shown: String::new(),
        },
        Err(error) => Verdict {
            file: path,
            rooms: 0,
            faults: error.found().iter().map(Fault::of).collect(),
            shown: error.to_string(),
        },
    })
}

impl Fault {
    fn of(found: &agent::config::Found<'_>) -> Self {
        Self {
            line: found.line,
            column: found.column,
            what: found.title.to_owned(),
            hint: found.help.map(str::to_owned),
        }
    }
}
