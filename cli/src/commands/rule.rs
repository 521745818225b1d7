//! `campus rule …`: the rules that run, and a file of rules before it runs.

use super::config::Fault;
use super::page;
use crate::args::{Json, RuleCheck};
use crate::client::Agent;
use crate::error::{Error, Exit};
use crate::page::{Page, Paint};
use crate::render;
use crate::session::Session;
use crate::when::Clock;
use agent::api::types::{BothLanguages, Rule};
use agent::config::Config;
use serde::Serialize;
use std::path::Path;

pub async fn list(agent: &Agent, session: &Session, json: Json) -> Result<Exit, Error> {
    let answer = agent.get::<Vec<Rule>>("/v1/rules").await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::rule::list(&answer.body, &page(agent, session).await?))?;
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
    pub findings: Vec<Finding>,
    /// The same for people.
    #[serde(skip)]
    pub shown: String,
}

/// One mistake in rules.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
    /// `contradiction`, `shadowed`, `oscillation`, `endless`, `unsafe`, `time_gap`, `stale`, `race` or
    /// `unchecked`.
    pub class: &'static str,
    /// Rules that have a part in it, the one to be changed first.
    pub rules: Vec<String>,
    /// What happens.
    pub story: BothLanguages,
    /// What to do.
    pub hint: BothLanguages,
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
            rules: config.campus.rules.rules().len(),
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
fn findings(config: &Config) -> Vec<Finding> {
    let text = config.rules.as_ref().map_or("", |file| &file.text);
    let both = |said: rules::Said| BothLanguages { en: said.en, zh: said.zh };
    let show = |finding: rules::Finding| {
        let (line, column) = rules::line_and_column(text, finding.at.start);
        let (class, rules) = (finding.class.name(), finding.rules);
        let (story, hint) = (both(finding.story), both(finding.hint));
        Finding { line, column, class, rules, story, hint }
    };
    let places = agent::config::zones_for_rules(&config.campus);
    rules::check(&config.campus.rules, &places).into_iter().map(show).collect()
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
    let mut text = String::new();
    for finding in &verdict.findings {
        let place = format!("{}:{}:{}", verdict.file, finding.line, finding.column);
        let class = page.words.plain_code("finding", finding.class);
        let names: Vec<String> = finding.rules.iter().map(|id| format!("`{id}`")).collect();
        let names = names.join(", ");
        text.push_str(&format!("{} {names}\n", page.paint(Paint::Bad, &class)));
        text.push_str(&format!("  {}\n", page.paint(Paint::Dim, &place)));
        text.push_str(&format!("  {}\n", render::rule::in_language(&finding.story, page)));
        text.push_str(&format!("  → {}\n\n", render::rule::in_language(&finding.hint, page)));
    }
    text + &format!("{}\n", page.say("rule-bad", &named))
}
