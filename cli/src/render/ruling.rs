//! `campus rule plan`, `apply`, `rollback`, `history`: what would change or has, and which version is in force.

use super::room::reason;
use super::rule::in_language;
use crate::page::{Cell, Page, Paint, Table};
use agent::api::types::{
    PlannedKey, PlannedLevel, PlannedRule, RoomRules, RuleFinding, RulesApplied, RulesChange,
    RulesHistory, RulesInForce, RulesPlan,
};
use std::path::Path;

/// Rooms that are named; of more only how many there are.
const ROOMS_NAMED: usize = 8;

/// Which version is in force, in a line.
pub fn in_force(rules: &RulesInForce, page: &Page) -> String {
    let named = [
        ("version", version(rules.version, &rules.checksum, page).into()),
        ("time", page.clock.minute(rules.since_ms).into()),
    ];
    let Some(canary) = &rules.canary else {
        return match rules.version {
            0 => page.text("ruling-none"),
            _ => page.say("ruling-everywhere", &named),
        };
    };
    let [everywhere, time] = named;
    let tried = version(canary.version, &canary.checksum, page);
    let rooms = some(&canary.rooms, page);
    page.say("ruling-tried", &[everywhere, time, ("tried", tried.into()), ("rooms", rooms.into())])
}

/// Which version a room hears; nothing where all rooms hear the same.
pub fn of_room(rules: &RoomRules, page: &Page) -> Option<String> {
    let elsewhere = rules.elsewhere?;
    let named = [("version", rules.version.into()), ("other", elsewhere.into())];
    Some(page.say(if rules.canary { "ruling-room-tries" } else { "ruling-room-waits" }, &named))
}

/// `campus rule plan`.
pub fn plan(plan: &RulesPlan, file: &Path, canary: &[String], page: &Page) -> String {
    let file = file.display().to_string();
    if plan.before == with_time(&plan.after, plan.before.since_ms) {
        let named = [("path", file.into())];
        return format!("{}\n", page.say("plan-same", &named)) + &mistakes(plan, page);
    }
    let mut text = format!("{}\n", page.paint(Paint::Strong, &title(plan, &file, page)));
    text.push_str(&format!("\n{}", rules(&plan.rules, page)));
    let rooms: Vec<String> = plan
        .rooms
        .iter()
        .map(|room| format!("{} ({})", room.room, room.zones.join(", ")))
        .collect();
    if !rooms.is_empty() {
        let named = [("n", rooms.len().into()), ("rooms", some(&rooms, page).into())];
        text.push_str(&format!("\n{}\n", page.say("plan-rooms", &named)));
    }
    let head = page.paint(Paint::Strong, &page.text("plan-now"));
    text.push_str(&format!("\n{head}\n{}", levels(&plan.levels, page, "plan-now-none")));
    text.push_str(&mistakes(plan, page));
    let canary = canary.join(",");
    let canary = if canary.is_empty() { String::new() } else { format!(" --canary {canary}") };
    let named = [("path", file.into()), ("canary", canary.into())];
    text + &format!("\n{}\n", page.paint(Paint::Dim, &page.say("plan-next", &named)))
}

/// `campus rule apply`, when the checker finds mistakes that nobody accepts.
pub fn refused(plan: &RulesPlan, file: &Path, page: &Page) -> String {
    let named = [("n", plan.findings.len().into())];
    findings(&plan.findings, file, page) + &format!("{}\n", page.say("ruling-refused", &named))
}

/// `campus rule apply` and `rollback`.
pub fn applied(applied: &RulesApplied, page: &Page) -> String {
    let mut text = String::new();
    if !applied.changed {
        text.push_str(&format!("{}\n", page.text("ruling-unchanged")));
    }
    let line = in_force(&applied.now, page);
    text.push_str(&format!("{}\n", page.paint(Paint::Strong, &line)));
    if applied.findings > 0 {
        let line = page.say("ruling-mistakes", &[("n", applied.findings.into())]);
        text.push_str(&format!("{}\n", page.paint(Paint::Warn, &line)));
    }
    if applied.changed {
        text.push_str(&levels(&applied.levels, page, "ruling-no-levels"));
    }
    if applied.now.canary.is_some() {
        text.push_str(&format!("{}\n", page.paint(Paint::Dim, &page.text("ruling-next"))));
    }
    text
}

/// `campus rule history`.
pub fn history(history: &RulesHistory, page: &Page) -> String {
    let mut text = page.paint(Paint::Strong, &in_force(&history.now, page)) + "\n\n";
    if history.changes.is_empty() {
        return text + &page.text("ruling-no-history") + "\n";
    }
    let heads = ["when", "what", "version", "where", "who", "why"];
    let head = |key: &str| Cell::left(page.text(&format!("ruling-head-{key}")));
    let mut table = Table::new(heads.iter().map(|key| head(key)).collect());
    for change in &history.changes {
        table.row(changed(change, history, page));
    }
    text.push_str(&table.render(page));
    text
}

fn changed(change: &RulesChange, history: &RulesHistory, page: &Page) -> Vec<Cell> {
    let number = change.canary.unwrap_or(change.version);
    let kept = history.versions.iter().find(|it| it.version == number);
    let checksum = kept.map_or("", |version| version.checksum.as_str());
    let place = match change.canary {
        Some(_) => some(&change.rooms, page),
        None => page.text("ruling-all"),
    };
    let who = match change.uid {
        Some(uid) => page
            .say("ruling-who", &[("name", (&*change.by).into()), ("uid", uid.to_string().into())]),
        None => change.by.clone(),
    };
    let why = match change.findings {
        0 => change.why.clone(),
        n => format!("{} {}", change.why, page.say("ruling-accepted", &[("n", n.into())])),
    };
    vec![
        Cell::left(page.clock.minute(change.at_ms)),
        Cell::left(page.words.plain_code("ruling-did", &change.what)),
        Cell::left(version(number, checksum, page)),
        Cell::left(place),
        Cell::left(who),
        Cell::left(why.trim()),
    ]
}

/// Mistakes with their stories, one after the other.
pub fn findings(found: &[RuleFinding], file: &Path, page: &Page) -> String {
    let file = file.display();
    let mut text = String::new();
    for finding in found {
        let place = format!("{file}:{}:{}", finding.line, finding.column);
        let class = page.words.plain_code("finding", &finding.class);
        let names: Vec<String> = finding.rules.iter().map(|id| format!("`{id}`")).collect();
        text.push_str(&format!("{} {}\n", page.paint(Paint::Bad, &class), names.join(", ")));
        text.push_str(&format!("  {}\n", page.paint(Paint::Dim, &place)));
        text.push_str(&format!("  {}\n", in_language(&finding.story, page)));
        text.push_str(&format!("  → {}\n\n", in_language(&finding.hint, page)));
    }
    text
}

fn mistakes(plan: &RulesPlan, page: &Page) -> String {
    if plan.findings.is_empty() {
        return format!("\n{}\n", page.paint(Paint::Good, &page.text("plan-no-mistakes")));
    }
    let head = page.paint(Paint::Strong, &page.text("plan-mistakes"));
    let found = findings(&plan.findings, Path::new("rules.toml"), page);
    format!("\n{head}\n{}", found.trim_end()) + "\n"
}

fn title(plan: &RulesPlan, file: &str, page: &Page) -> String {
    let (before, after) = (&plan.before, &plan.after);
    let old = version(before.version, &before.checksum, page);
    let named = |new: String, rooms: String| {
        [
            ("path", file.to_owned().into()),
            ("version", new.into()),
            ("old", old.clone().into()),
            ("rooms", rooms.into()),
        ]
    };
    match &after.canary {
        Some(canary) => {
            let new = version(canary.version, &canary.checksum, page);
            page.say("plan-canary", &named(new, some(&canary.rooms, page)))
        }
        None => {
            let new = version(after.version, &after.checksum, page);
            page.say("plan-everywhere", &named(new, String::new()))
        }
    }
}

fn rules(rules: &[PlannedRule], page: &Page) -> String {
    if rules.is_empty() {
        return page.text("plan-no-rules") + "\n";
    }
    let mut text = String::new();
    for rule in rules {
        let (sign, paint) = match rule.change.as_str() {
            "added" => ("+", Paint::Good),
            "removed" => ("-", Paint::Bad),
            _ => ("~", Paint::Warn),
        };
        let kind = page.words.plain_code("plan-kind", &rule.kind);
        let what = page.words.plain_code("plan-is", &rule.change);
        let line = format!("{sign} {kind} `{}` {what}", rule.id);
        text.push_str(&format!("{}   {}\n", page.paint(paint, &line), some(&rule.rooms, page)));
        for key in &rule.keys {
            text.push_str(&format!("    {}: {}\n", key.key, values(key)));
        }
    }
    text
}

fn values(key: &PlannedKey) -> String {
    match (&key.before, &key.after) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (Some(only), None) | (None, Some(only)) => only.clone(),
        (None, None) => String::new(),
    }
}

fn levels(levels: &[PlannedLevel], page: &Page, none: &str) -> String {
    if levels.is_empty() {
        return page.text(none) + "\n";
    }
    let mut table = Table::default();
    for level in levels {
        let named = [
            ("from", u32::from(level.from_pct).into()),
            ("to", u32::from(level.to_pct).into()),
            ("n", (level.fade_ms / 1000).into()),
        ];
        let was = page.say("plan-was", &[("reason", reason(page, &level.before).into())]);
        table.row(vec![
            Cell::left(format!("  {} {}", level.room, page.words.plain_code("zone", &level.zone))),
            Cell::left(page.say("plan-level", &named)),
            Cell::left(reason(page, &level.after)),
            Cell::left(was).paint(Paint::Dim),
        ]);
    }
    table.render(page)
}

fn version(number: u32, checksum: &str, page: &Page) -> String {
    let shown = match (number, checksum) {
        (0, _) => return page.text("ruling-zero"),
        (_, "") => number.to_string(),
        _ => format!("{number} ({checksum})"),
    };
    page.say("ruling-version", &[("version", shown.into())])
}

fn some(rooms: &[String], page: &Page) -> String {
    let named = rooms.iter().take(ROOMS_NAMED).cloned().collect::<Vec<_>>().join(", ");
    match rooms.len().checked_sub(ROOMS_NAMED) {
        None | Some(0) => named,
        Some(more) => named + &page.say("ruling-more", &[("n", more.into())]),
    }
}

fn with_time(rules: &RulesInForce, since_ms: i64) -> RulesInForce {
    RulesInForce { since_ms, ..rules.clone() }
}
