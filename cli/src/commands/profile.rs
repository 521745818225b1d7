//! `campus profile …`: what this program knows about models, without asking anybody.

use super::config::Fault;
use crate::args::{Profile as Asked, ProfileCheck};
use crate::error::{Error, Exit, Noun};
use crate::page::{Page, Paint};
use crate::render::profile::{Shown, list, show};
use crate::session::Session;
use crate::when::Clock;
use device_profiles::{ExampleResult, Order, Profile, find, shipped, texts};
use serde::Serialize;

pub fn run(asked: &Asked, session: &Session) -> Result<Exit, Error> {
    // Profiles know no time.
    let page = session.page_at(Clock::new(0, "UTC"));
    match asked {
        Asked::List(json) if json.json => print(&profiles(), session),
        Asked::List(_) => {
            session.print(&list(shipped(), &page))?;
            Ok(Exit::Done)
        }
        Asked::Show { id, json } => {
            let Some(profile) = find(id) else {
                let known: Vec<String> = shipped().iter().map(|known| known.id.clone()).collect();
                return Err(Error::no_such(Noun::Profile, id, &known));
            };
            if json.json {
                return print(&Shown::of(profile), session);
            }
            session.print(&show(profile, &page))?;
            Ok(Exit::Done)
        }
        Asked::Check(args) => check(args, session, &page),
    }
}

fn profiles() -> Vec<Shown> {
    shipped().iter().map(Shown::of).collect()
}

fn print(body: &impl Serialize, session: &Session) -> Result<Exit, Error> {
    // Plain texts and numbers always become JSON.
    session.print_json(&serde_json::to_vec(body).unwrap_or_default())?;
    Ok(Exit::Done)
}

/// What became of one file; the body of `--json` is a list of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Which file.
    pub file: String,
    /// Profile; empty when the file is none.
    pub id: String,
    /// Examples that were run.
    pub examples: usize,
    /// What is wrong, in the order of the file.
    pub faults: Vec<Fault>,
    /// The same for people.
    #[serde(skip)]
    pub shown: String,
}

fn check(args: &ProfileCheck, session: &Session, page: &Page) -> Result<Exit, Error> {
    let mut verdicts = Vec::new();
    if args.all {
        verdicts.extend(texts().iter().map(|(file, text)| verdict(file, text)));
    }
    for file in &args.files {
        let failed = |error| Error::ProfileFile { path: file.clone(), error };
        let text = std::fs::read_to_string(file).map_err(failed)?;
        verdicts.push(verdict(&file.display().to_string(), &text));
    }
    if args.json.json {
        print(&verdicts, session)?;
    } else {
        session.print(&verdicts.iter().map(|each| render(each, page)).collect::<String>())?;
    }
    let good = verdicts.iter().all(|verdict| verdict.faults.is_empty());
    Ok(if good { Exit::Done } else { Exit::PersonNeeded })
}

fn render(verdict: &Verdict, page: &Page) -> String {
    if !verdict.faults.is_empty() {
        return format!("{}\n", verdict.shown.trim_end());
    }
    let named = [("path", (&verdict.file).into()), ("n", verdict.examples.into())];
    format!("{}\n", page.paint(Paint::Good, &page.say("profile-good", &named)))
}

/// Reads a profile, and runs its examples.
pub fn verdict(file: &str, text: &str) -> Verdict {
    let profile = match Profile::parse(text, file) {
        Ok(profile) => profile,
        Err(error) => {
            let fault = |found: device_profiles::Found<'_>| Fault {
                file: String::new(),
                line: found.line,
                column: found.column,
                what: found.title.to_owned(),
                hint: found.help.map(str::to_owned),
            };
            return Verdict {
                file: file.to_owned(),
                id: String::new(),
                examples: 0,
                faults: error.found().map(fault).collect(),
                shown: error.to_string(),
            };
        }
    };
    let results = profile.check_examples();
    let claims = claims(text);
    let wrong = results.iter().enumerate().filter(|(_, result)| !result.holds);
    let faults: Vec<Fault> = wrong
        .map(|(at, result)| {
            let (line, column) = claims.get(at).map_or((0, 0), |claim| (claim.line, claim.column));
            Fault {
                file: String::new(),
                line,
                column,
                what: format!(
                    "{} is {}, and the example claims {}",
                    result.example, result.found, result.expected
                ),
                hint: other_order(&profile, at, result),
            }
        })
        .collect();
    let shown: Vec<String> = faults.iter().map(|fault| shown(fault, file, text)).collect();
    Verdict {
        file: file.to_owned(),
        id: profile.id.clone(),
        examples: results.len(),
        faults,
        shown: shown.join("\n"),
    }
}

/// Where an example claims something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Claim {
    line: usize,
    column: usize,
}

/// The claims of a text, in the order in which the examples are run: what is written comes before
/// what is read.
fn claims(text: &str) -> Vec<Claim> {
    let mut claims = Vec::new();
    let mut block: Vec<(bool, Claim)> = Vec::new();
    let mut inside = false;
    let mut end_of = |block: &mut Vec<(bool, Claim)>| {
        block.sort_by_key(|(writes, claim)| (!writes, claim.line));
        claims.extend(block.drain(..).map(|(_, claim)| claim));
    };
    for (at, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        if trimmed.starts_with('[') {
            end_of(&mut block);
            inside = trimmed.starts_with("[[example]]");
        }
        let Some((key, value)) = line.split_once('=').filter(|_| inside) else { continue };
        let writes = key.trim() == "writes";
        if writes || ["reads", "no"].contains(&key.trim()) {
            let gap = value.len() - value.trim_start().len();
            let column = key.chars().count() + 2 + gap;
            block.push((writes, Claim { line: at + 1, column }));
        }
    }
    end_of(&mut block);
    claims
}

/// Whether the example comes out in another order of words: then that is the likely mistake.
fn other_order(profile: &Profile, at: usize, result: &ExampleResult) -> Option<String> {
    let comes_out = |order: &&Order| {
        let turned = profile.with_order(**order).check_examples();
        turned.get(at).is_some_and(|turned| turned.holds)
    };
    let order = Order::ALL.iter().find(comes_out)?;
    Some(format!("with `order = \"{order}\"` it reads {}", result.expected))
}

/// A fault as compilers show theirs.
fn shown(fault: &Fault, file: &str, text: &str) -> String {
    let mut lines = format!("error: {}\n", fault.what);
    if let Some(line) = fault.line.checked_sub(1).and_then(|at| text.lines().nth(at)) {
        let number = fault.line.to_string();
        let gap = " ".repeat(number.len());
        let lead = " ".repeat(fault.column - 1);
        let marked = line.trim_end().chars().count().saturating_sub(fault.column - 1).max(1);
        let marks = "^".repeat(marked);
        lines.push_str(&format!("{gap}--> {file}:{}:{}\n", fault.line, fault.column));
        lines.push_str(&format!("{gap} |\n{number} | {line}\n{gap} | {lead}{marks}\n"));
    } else {
        lines.push_str(&format!(" --> {file}\n"));
    }
    if let Some(hint) = &fault.hint {
        lines.push_str(&format!("\nhint: {hint}\n"));
    }
    lines
}

#[cfg(test)]
mod tests;
