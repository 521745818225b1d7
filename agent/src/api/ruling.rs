//! Other rules of the staff: planned, applied, rolled back, and their history.
//!
//! Everything that can fail happens before the main loop is asked: a file is read, checked and built in full on
//! a thread of its own. The main loop only swaps.

use super::peer::Peer;
use super::types::{
    ApplyRules, BothLanguages, Problem, RollbackRules, RuleFinding, RulesApplied, RulesChange,
    RulesHistory, RulesOrder, RulesPlan, RulesVersion,
};
use super::{Answer, Api, Question, RulesSwap, mismatch, no_such_room, problem};
use crate::config::{rules_for, zones_for_rules};
use crate::rulebook::{Current, compare, touched};
use crate::store::{self, Canary, InForce, QueryError};
use crate::{answers, limits};
use ::rules::{RuleSet, Scope, ZoneName};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};
use std::sync::Arc;

type Answered<T> = Result<Json<T>, Problem>;
type Body<T> = Result<Json<T>, JsonRejection>;

/// What other rules would change, rule by rule and lamp by lamp. Nothing is changed by asking.
///
/// # Errors
/// `bad_rules` with all its faults; `no_such_room`; `nothing_tried` without a file and a canary.
#[utoipa::path(post, path = "/v1/rules/plan", request_body = RulesOrder, responses((status = 200, body = RulesPlan), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn plan(State(api): State<Api>, body: Body<RulesOrder>) -> Answered<RulesPlan> {
    let Json(order) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    let (current, asked) = (api.ruled.borrow().clone(), api.clone());
    let (wanted, findings) = beside(move || {
        let wanted = Wanted::of(&asked, &current, order.rules, &order.canary)?;
        let findings = findings(&wanted.text, &wanted.alone, &asked);
        Ok((wanted, findings))
    })
    .await?;
    let levels = match api.ask(Question::TryRules(wanted.current.set.clone())).await? {
        Answer::Levels(levels) => levels,
        _ => return Err(mismatch()),
    };
    let before = &wanted.before;
    // A trial in some rooms is compared with what everybody else hears.
    let old = match wanted.current.in_force.canary {
        Some(_) => everywhere(before),
        None => before.set.clone(),
    };
    Ok(Json(RulesPlan {
        before: answers::in_force(before),
        after: answers::in_force(&wanted.current),
        is_new: wanted.version.is_some(),
        rules: compare(&old, &wanted.alone, &api.campus),
        findings,
        rooms: touched(&before.set, &wanted.current.set, &api.campus),
        levels,
    }))
}

/// Has other rules decide from now on: everywhere, or in some rooms.
///
/// # Errors
/// As [`plan`]; `rules_findings` when the checker finds mistakes that are not accepted; `bad_value`.
#[utoipa::path(post, path = "/v1/rules/apply", request_body = ApplyRules, responses((status = 200, body = RulesApplied), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn apply(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    body: Body<ApplyRules>,
) -> Answered<RulesApplied> {
    let Json(order) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    said_by(&order.by, &order.why)?;
    if order.accept_findings && order.why.trim().is_empty() {
        return Err(problem("bad_value", "why", "say why mistakes are accepted"));
    }
    let ruling = api.ruling.clone();
    let _one_at_a_time = ruling.lock().await;
    let (current, asked) = (api.ruled.borrow().clone(), api.clone());
    let accepts = order.accept_findings;
    let (wanted, findings) = beside(move || {
        let wanted = Wanted::of(&asked, &current, order.rules, &order.canary)?;
        let findings = findings(&wanted.text, &wanted.alone, &asked).len() as u32;
        Ok((wanted, findings))
    })
    .await?;
    if findings > 0 && !accepts {
        let text = format!("{findings} mistakes in these rules; `campus rule plan` tells them");
        return Err(problem("rules_findings", &findings.to_string(), &text));
    }
    swap(&api, wanted, findings, (peer, order.by, order.why)).await
}

/// Takes an earlier version back, or ends a trial.
///
/// # Errors
/// `no_such_version` when it is not kept; `no_version_before`; `bad_value`.
#[utoipa::path(post, path = "/v1/rules/rollback", request_body = RollbackRules, responses((status = 200, body = RulesApplied), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub async fn rollback(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    body: Body<RollbackRules>,
) -> Answered<RulesApplied> {
    let Json(order) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    said_by(&order.by, &order.why)?;
    let ruling = api.ruling.clone();
    let _one_at_a_time = ruling.lock().await;
    let (current, asked) = (api.ruled.borrow().clone(), api.clone());
    let (wanted, findings) = beside(move || {
        let wanted = Wanted::back(&asked, &current, order.to)?;
        // Going back is never refused; what is wrong with the old is said.
        let findings = findings(&wanted.text, &wanted.alone, &asked).len() as u32;
        Ok((wanted, findings))
    })
    .await?;
    swap(&api, wanted, findings, (peer, order.by, order.why)).await
}

/// Versions of the rules, and who changed what when and why.
///
/// # Errors
/// `internal` when the database does not answer.
#[utoipa::path(get, path = "/v1/rules/history", responses((status = 200, body = RulesHistory)))]
pub async fn history(State(api): State<Api>) -> Answered<RulesHistory> {
    let current = api.ruled.borrow().clone();
    let history = beside(move || {
        let (versions, changes) = (api.past.rules_versions(), api.past.rules_changes());
        let (versions, changes) = (versions.map_err(|e| away(&e))?, changes.map_err(|e| away(&e))?);
        let versions = versions.into_iter().rev().map(|version| told(version, &current.in_force));
        Ok(RulesHistory {
            now: answers::in_force(&current),
            versions: versions.collect(),
            changes: changes.into_iter().rev().map(changed).collect(),
        })
    });
    history.await.map(Json)
}

/// Rules that are to be in force.
struct Wanted {
    before: Arc<Current>,
    current: Current,
    /// The version that was chosen, by itself.
    alone: Arc<RuleSet>,
    text: String,
    version: Option<store::RulesVersion>,
    verb: &'static str,
}

impl Wanted {
    /// A file, or what is tried, everywhere or in some rooms. Reads the disk: not for async code.
    fn of(
        api: &Api,
        before: &Arc<Current>,
        text: Option<String>,
        patterns: &[String],
    ) -> Result<Self, Problem> {
        let tried = || before.canary_text.clone();
        let text = text.or_else(tried).ok_or_else(|| {
            problem("nothing_tried", "", "no version is tried anywhere; give a file")
        })?;
        let alone = rules_for(&api.campus, "rules.toml", &text)
            .map_err(|error| problem("bad_rules", "", &error.to_string()))?;
        let canary = before.in_force.canary.as_ref().map(|canary| canary.version);
        let known = [Some(before.in_force.version), canary].into_iter().flatten();
        let mut known = known.filter(|number| *number > 0);
        let (number, is_new) = match known.find(|number| before.text_of(*number) == Some(&text)) {
            Some(number) => (number, false),
            None => {
                let next = api.past.next_rules_version().map_err(|error| away(&error))?;
                // The first version may not be committed yet.
                let newest = before.in_force.version.max(canary.unwrap_or(0));
                (next.max(newest + 1), true)
            }
        };
        let at_ms = api.clock.now().0;
        let version = is_new.then(|| store::RulesVersion { number, at_ms, text: text.clone() });
        let rooms = rooms(api, patterns)?;
        let (in_force, verb) = if rooms.is_empty() {
            let verb = if canary == Some(number) { "promote" } else { "apply" };
            (InForce { version: number, canary: None }, verb)
        } else if number == before.in_force.version {
            let text = "these rules are in force already; a trial needs others";
            return Err(problem("bad_value", "canary", text));
        } else {
            let canary = Some(Canary { version: number, rooms });
            (InForce { version: before.in_force.version, canary }, "canary")
        };
        let current = built(before, in_force, &alone, &text, at_ms);
        Ok(Self { before: before.clone(), current, alone, text, version, verb })
    }

    /// An earlier version, or the end of a trial. Reads the disk: not for async code.
    fn back(api: &Api, before: &Arc<Current>, to: Option<u32>) -> Result<Self, Problem> {
        let number = match (to, &before.in_force.canary) {
            (Some(number), _) => number,
            (None, Some(_)) => before.in_force.version,
            (None, None) => {
                let changes = api.past.rules_changes().map_err(|error| away(&error))?;
                version_before(&changes, before.in_force.version).ok_or_else(|| {
                    problem("no_version_before", "", "there was no version before this one")
                })?
            }
        };
        let text = match (number, before.text_of(number)) {
            (0, _) => String::new(),
            (_, Some(text)) => text.to_owned(),
            (_, None) => {
                let kept = api.past.rules_version(number).map_err(|error| away(&error))?;
                let none = || {
                    let text = format!("version {number} of the rules is not kept");
                    problem("no_such_version", &number.to_string(), &text)
                };
                kept.ok_or_else(none)?.text
            }
        };
        // Patterns may mean rooms that are gone since: that is no reason not to go back.
        let alone = RuleSet::parse(&text).map(Arc::new).map_err(|_| {
            let text = format!("this program cannot read version {number} of the rules");
            problem("bad_rules", &number.to_string(), &text)
        })?;
        let in_force = InForce { version: number, canary: None };
        let current = built(before, in_force, &alone, &text, api.clock.now().0);
        let verb = "rollback";
        Ok(Self { before: before.clone(), current, alone, text, version: None, verb })
    }
}

/// What is in force once these rules are.
fn built(
    before: &Current,
    in_force: InForce,
    alone: &Arc<RuleSet>,
    text: &str,
    since_ms: i64,
) -> Current {
    match &in_force.canary {
        None => {
            let (set, text) = (alone.clone(), text.to_owned());
            Current { in_force, since_ms, set, text, ..Current::default() }
        }
        Some(canary) => {
            let rooms = canary.rooms.iter().cloned().collect();
            Current {
                set: Arc::new(everywhere(before).trying(alone, rooms)),
                in_force,
                since_ms,
                text: before.text.clone(),
                canary_text: Some(text.to_owned()),
                needs: Vec::new(),
            }
        }
    }
}

/// What everybody hears who does not try another version.
fn everywhere(current: &Current) -> Arc<RuleSet> {
    match current.in_force.canary {
        None => current.set.clone(),
        Some(_) => Arc::new(RuleSet::parse(&current.text).unwrap_or_default()),
    }
}

/// The version that was in force everywhere before this one was for the first time.
fn version_before(changes: &[store::RulesChange], number: u32) -> Option<u32> {
    let first = changes.iter().position(|change| change.in_force.version == number)?;
    match first.checked_sub(1) {
        Some(before) => Some(changes[before].in_force.version),
        // The agent began with it, or with no rules at all.
        None => (changes[0].came_live() && number > 0).then_some(0),
    }
}

async fn swap(
    api: &Api,
    wanted: Wanted,
    findings: u32,
    (peer, by, why): (Peer, String, String),
) -> Answered<RulesApplied> {
    let Wanted { before, current, version, verb, .. } = wanted;
    let told = |levels, changed| RulesApplied {
        before: answers::in_force(&before),
        now: answers::in_force(&api.ruled.borrow()),
        changed,
        findings,
        levels,
    };
    if current.in_force == before.in_force {
        return Ok(Json(told(Vec::new(), false)));
    }
    let change = store::RulesChange {
        log_id: 0,
        at_ms: current.since_ms,
        verb: verb.to_owned(),
        in_force: current.in_force.clone(),
        findings,
        uid: peer.uid,
        by,
        why,
    };
    let swap = RulesSwap { before: before.in_force.clone(), version, change, current };
    match api.ask(Question::Rule(Box::new(swap))).await? {
        Answer::Levels(levels) => Ok(Json(told(levels, true))),
        _ => Err(mismatch()),
    }
}

/// Rooms that patterns mean, in the order of the configuration.
fn rooms(api: &Api, patterns: &[String]) -> Result<Vec<String>, Problem> {
    let places: Vec<String> =
        api.campus.rooms.iter().map(|room| room.place().to_string()).collect();
    let means = |pattern: &str, place: &String| {
        let name = ZoneName { room: place.clone(), zone: String::new() };
        let scope = Scope { text: pattern.to_owned(), at: 0..0 };
        pattern.matches('/').count() <= 1 && scope.matches(&name)
    };
    for pattern in patterns {
        let pattern = pattern.as_str();
        if (pattern != "*" && !pattern.contains('/')) || !places.iter().any(|it| means(pattern, it))
        {
            let text = format!("no room is called `{pattern}`");
            return Err(no_such_room(pattern, &text, places.iter().cloned()));
        }
    }
    let meant = |place: &String| patterns.iter().any(|pattern| means(pattern, place));
    Ok(places.iter().filter(|place| meant(place)).cloned().collect())
}

fn findings(text: &str, set: &RuleSet, api: &Api) -> Vec<RuleFinding> {
    let found = ::rules::check(set, &zones_for_rules(&api.campus));
    found.into_iter().map(|finding| finding_told(text, finding)).collect()
}

/// A mistake in the words of the API, with its place in the file.
pub fn finding_told(text: &str, finding: ::rules::Finding) -> RuleFinding {
    let both = |said: ::rules::Said| BothLanguages { en: said.en, zh: said.zh };
    let (line, column) = ::rules::line_and_column(text, finding.at.start);
    let (class, rules) = (finding.class.name().to_owned(), finding.rules);
    let (story, hint) = (both(finding.story), both(finding.hint));
    RuleFinding { line, column, class, rules, story, hint }
}

fn told(version: store::RulesVersion, in_force: &InForce) -> RulesVersion {
    let canary = in_force.canary.as_ref().map(|canary| canary.version);
    let state = match version.number {
        number if number == in_force.version => "in_force",
        number if Some(number) == canary => "canary",
        _ => "past",
    };
    RulesVersion {
        version: version.number,
        checksum: store::RulesVersion::checksum(&version.text),
        at_ms: version.at_ms,
        state: state.to_owned(),
        text: version.text,
    }
}

fn changed(change: store::RulesChange) -> RulesChange {
    let store::RulesChange { at_ms, verb, in_force, findings, uid, by, why, .. } = change;
    let (canary, rooms) = match in_force.canary {
        Some(canary) => (Some(canary.version), canary.rooms),
        None => (None, Vec::new()),
    };
    let version = in_force.version;
    RulesChange { at_ms, what: verb, version, canary, rooms, findings, uid, by, why }
}

/// A change without a name proves nothing later.
fn said_by(by: &str, why: &str) -> Result<(), Problem> {
    if by.trim().is_empty() || by.chars().count() > limits::REASON_CHARS_MAX {
        return Err(problem("bad_value", "by", "say who, in 1 to 500 characters"));
    }
    if why.chars().count() > limits::REASON_CHARS_MAX {
        return Err(problem("bad_value", "why", "say why in at most 500 characters"));
    }
    Ok(())
}

/// Reads the disk or calculates for long, on a thread of its own.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| problem("internal", "rules", &error.to_string()))?
}

fn away(error: &QueryError) -> Problem {
    problem("internal", "rules", &error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(verb: &str, version: u32) -> store::RulesChange {
        store::RulesChange {
            log_id: 0,
            at_ms: 0,
            verb: verb.to_owned(),
            in_force: InForce { version, canary: None },
            findings: 0,
            uid: None,
            by: "li".to_owned(),
            why: String::new(),
        }
    }

    #[test]
    fn the_version_before_is_the_one_that_it_took_the_place_of_at_first() {
        let mut changes = vec![change("first", 1), change("apply", 2), change("apply", 3)];
        assert_eq!([1, 2, 3].map(|it| version_before(&changes, it)), [None, Some(1), Some(2)]);
        changes.push(change("rollback", 2));
        assert_eq!(version_before(&changes, 2), Some(1), "not the one that it came back from");
        changes.push(change("rollback", 1));
        changes.push(change("apply", 4));
        assert_eq!(version_before(&changes, 4), Some(1));
        assert_eq!(version_before(&[change("apply", 1)], 1), Some(0), "before it there were none");
    }
}
