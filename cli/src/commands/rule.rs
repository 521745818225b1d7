//! `campus rule …`: the rules that run, and a file of rules before it runs.

use super::config::Fault;
use crate::args::{Json, RuleCheck};
use crate::client::Agent;
use crate::error::{Error, Exit};
use crate::page::{Page, Paint};
use crate::render;
use crate::session::Session;
use crate::when::Clock;
use agent::api::ruling::finding_told;
use agent::api::types::{Rule, RuleFinding, RuleHold, Status};
use agent::config::Config;
use serde::Serialize;
use std::path::Path;

pub async fn list(agent: &Agent, session: &Session, json: Json) -> Result<Exit, Error> {
    let answer = agent.get::<Vec<Rule>>("/v1/rules").await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        let status = agent.get::<Status>("/v1/status").await?.body;
        let page = session.page(&status);
        let in_force = render::ruling::in_force(&status.rules, &page);
        let holds = agent.get::<Vec<RuleHold>>("/v1/rules/holds").await?.body;
        let list = render::rule::list(&answer.body, &holds, &page);
        session.print(&format!("{}\n\n{list}", page.paint(Paint::Strong, &in_force)))?;
    }
    Ok(Exit::Done)
}

/// What became of the check; the body of `--json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Which file.
    pub file: String,
    /// Rules in it; 0 when it cannot be read as rules.
    pub rules: usize,
    /// What cannot be read, in the order of the file.
    pub faults: Vec<Fault>,
    /// What can be read and is wrong, in the order of the file.
    pub findings: Vec<RuleFinding>,
    /// The same for people.
    #[serde(skip)]
    pub shown: String,
}

pub fn check(args: &RuleCheck, session: &Session) -> Result<Exit, Error> {
    let verdict = verdict(args)?;
    if args.json.json {
        // Plain texts and numbers always become JSON.
        session.print_json(&serde_json::to_vec(&verdict).unwrap_or_default())?;
    } else {
        session.print(&render(&verdict, &session.page_at(Clock::new(0, "UTC"))))?;
    }
    let well = verdict.faults.is_empty() && verdict.findings.is_empty();
    Ok(if well { Exit::Done } else { Exit::PersonNeeded })
}

/// Reads configuration and rules as the agent does.
fn verdict(args: &RuleCheck) -> Result<Verdict, Error> {
    let beside = args.config.with_file_name("rules.toml");
    let file = args.file.as_deref().unwrap_or(&beside);
    for path in [args.config.as_path(), file] {
        // A file that is not there is no fault in a rule.
        std::fs::File::open(path)
            .map_err(|error| Error::File { path: path.to_path_buf(), error })?;
    }
    Ok(match Config::load_with(&args.config, file) {
        Ok(config) => Verdict {
            file: shown(file),
            rules: config.campus.rules.rules().len() + config.campus.rules.holds().len(),
            faults: Vec::new(),
            findings: findings(&config),
            shown: String::new(),
        },
        Err(error) => Verdict {
            file: shown(file),
            rules: 0,
            faults: error.found().iter().map(Fault::of).collect(),
            findings: Vec::new(),
            shown: error.to_string(),
        },
    })
}

/// What the checker says, with places in the file.
fn findings(config: &Config) -> Vec<RuleFinding> {
    let text = config.rules.as_ref().map_or("", |file| &file.text);
    let places = agent::config::zones_for_rules(&config.campus);
    let found = rules::check(&config.campus.rules, &places);
    found.into_iter().map(|finding| finding_told(text, finding)).collect()
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}

/// The verdict as text.
fn render(verdict: &Verdict, page: &Page) -> String {
    if !verdict.faults.is_empty() {
        return format!("{}\n", verdict.shown.trim_end());
    }
    let named = [
        ("path", verdict.file.as_str().into()),
        ("n", verdict.rules.into()),
        ("findings", verdict.findings.len().into()),
    ];
    if verdict.findings.is_empty() {
        return format!("{}\n", page.paint(Paint::Good, &page.say("rule-good", &named)));
    }
    let text = render::ruling::findings(&verdict.findings, Path::new(&verdict.file), page);
    text + &format!("{}\n", page.say("rule-bad", &named))
}
