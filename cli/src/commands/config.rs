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
    /// What is wrong, file by file, in their order.
    pub faults: Vec<Fault>,
    /// What is allowed but should be known: sentences with file and line.
    pub warnings: Vec<String>,
    /// The same for people: each fault with its line.
    #[serde(skip)]
    pub shown: String,
}

/// One fault of a configuration, or of a profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fault {
    /// Which file; empty where only one is checked.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
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
    let mut text = page.paint(Paint::Good, &page.say("config-good", &named)) + "\n";
    if !verdict.warnings.is_empty() {
        let title = page.say("config-warnings", &[("n", verdict.warnings.len().into())]);
        text += &format!("\n{}\n", page.paint(Paint::Warn, &title));
        verdict.warnings.iter().for_each(|warning| text += &format!("  {warning}\n"));
    }
    text
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
            warnings: config.warnings,
            shown: String::new(),
        },
        Err(error) => Verdict {
            file: path,
            rooms: 0,
            faults: error.found().iter().map(Fault::of).collect(),
            warnings: Vec::new(),
            shown: error.to_string(),
        },
    })
}

impl Fault {
    pub(super) fn of(found: &agent::config::Found<'_>) -> Self {
        Self {
            file: found.file.to_owned(),
            line: found.line,
            column: found.column,
            what: found.title.to_owned(),
            hint: found.help.map(str::to_owned),
        }
    }
}
