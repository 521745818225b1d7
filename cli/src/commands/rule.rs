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
use agent::api::types::{BothLanguages, Rule, RuleFinding, RuleHold, Status};
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
    /// Whether the safety invariants hold over every state of a zone; absent when the file cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// The same for people.
    #[serde(skip)]
    pub shown: String,
}

/// Safety invariants S1 and S3 to S9, over every combination of what a zone can be told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proof {
    /// Combinations that were looked at.
    pub states: usize,
    /// Kinds of zones and pairs of requests that were too many to look at; nothing is proved of them.
    pub left_out: usize,
    /// The invariant that does not hold, like `S4`; absent when all hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
    /// The state in which it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub story: Option<BothLanguages>,
}

pub fn check(args: &RuleCheck, session: &Session) -> Result<Exit, Error> {
    let verdict = verdict(args)?;
    if args.json.json {
        // Plain texts and numbers always become JSON.
        session.print_json(&serde_json::to_vec(&verdict).unwrap_or_default())?;
    } else {
        session.print(&render(&verdict, &session.page_at(Clock::new(0, "UTC"))))?;
    }
    let broken = verdict.proof.as_ref().is_some_and(|proof| proof.broken.is_some());
    let well = verdict.faults.is_empty() && verdict.findings.is_empty() && !broken;
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
            proof: Some(proof(&config)),
            shown: String::new(),
        },
        Err(error) => Verdict {
            file: shown(file),
            rules: 0,
            faults: error.found().iter().map(Fault::of).collect(),
            findings: Vec::new(),
            proof: None,
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

/// What holds whatever happens, by the very function that decides.
fn proof(config: &Config) -> Proof {
    let places = agent::config::zones_for_rules(&config.campus);
    let proof = rules::prove(&config.campus.rules, &places, rules::decide);
    let told = |story: rules::Said| BothLanguages { en: story.en, zh: story.zh };
    let (broken, story) = proof.broken.map(|(name, story)| (name.to_owned(), told(story))).unzip();
    Proof { states: proof.states, left_out: proof.left_out, broken, story }
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
        let good = page.paint(Paint::Good, &page.say("rule-good", &named));
        return format!("{good}\n{}", proved(verdict.proof.as_ref(), page));
    }
    let text = render::ruling::findings(&verdict.findings, Path::new(&verdict.file), page);
    text + &proved(verdict.proof.as_ref(), page) + &format!("{}\n", page.say("rule-bad", &named))
}

/// What was proved, as a line.
fn proved(proof: Option<&Proof>, page: &Page) -> String {
    let Some(proof) = proof else { return String::new() };
    let story = proof.story.as_ref().map_or("", |story| render::rule::in_language(story, page));
    let named = [
        ("states", proof.states.into()),
        ("left", proof.left_out.into()),
        ("invariant", proof.broken.as_deref().unwrap_or_default().into()),
        ("story", story.into()),
    ];
    match proof.broken {
        None if proof.left_out > 0 => format!("{}\n", page.say("rule-proved-partly", &named)),
        None => format!("{}\n", page.say("rule-proved", &named)),
        Some(_) => format!("{}\n", page.paint(Paint::Bad, &page.say("rule-broken", &named))),
    }
}
