//! `campus node …`: nodes in a table, one node, nodes that nobody claimed, and what became of a command.

use super::{grouped, reading};
use crate::page::{Cell, Page, Paint, Table};
use crate::words::Words;
use agent::api::types::{Node, Told, Unclaimed};

/// `campus node list`: one line per node.
pub fn list(nodes: &[Node], page: &Page) -> String {
    if nodes.is_empty() {
        return page.text("node-none") + "\n";
    }
    let left = ["node-head-node", "node-head-place", "node-head-state", "node-head-heard"];
    let right = ["node-head-boot", "node-head-frames", "node-head-duplicates", "node-head-lost"];
    let mut head: Vec<Cell> = left.map(|key| Cell::left(page.text(key))).to_vec();
    head.extend(right.map(|key| Cell::right(page.text(key))));
    head.push(Cell::left(page.text("node-head-firmware")));
    let mut table = Table::new(head);
    for node in nodes {
        let heard = node
            .last_heard_ms
            .map_or_else(|| page.text("time-never"), |ms| page.clock.ago_or_date(&page.words, ms));
        let lost = Cell::right(count(node.lost));
        table.row(vec![
            Cell::left(&node.id).paint(Paint::Strong),
            Cell::left(&node.place),
            state(node, page),
            Cell::left(heard),
            Cell::right(node.boot.map_or_else(String::new, |boot| boot.to_string())),
            Cell::right(count(node.frames)),
            Cell::right(count(node.duplicates)),
            if node.lost > 0 { lost.paint(Paint::Warn) } else { lost },
            Cell::left(&node.firmware),
        ]);
    }
    table.render(page)
}

/// `campus node show`: one node.
pub fn show(node: &Node, page: &Page) -> String {
    let heard = match node.last_heard_ms {
        None => page.text("node-state-never"),
        Some(ms) => {
            let state = page.words.plain_code("state", &node.state);
            let ago = page.clock.ago_or_date(&page.words, ms);
            page.say("node-state", &[("state", state.into()), ("ago", ago.into())])
        }
    };
    let mut facts = vec![
        (page.text("node-place-label"), node.place.clone()),
        (page.text("node-state-label"), page.paint(state_paint(&node.state), &heard)),
    ];
    if node.conflict {
        facts.push((String::new(), page.paint(Paint::Bad, &page.text("node-conflict"))));
    }
    if !node.firmware.is_empty() {
        let named =
            [("firmware", node.firmware.as_str().into()), ("board", node.board.as_str().into())];
        facts.push((page.text("node-firmware-label"), page.say("node-firmware", &named)));
    }
    facts.extend(hardware(node, page).map(|line| (page.text("node-hardware-label"), line)));
    if let Some(boot) = node.boot {
        let named =
            [("boot", boot.into()), ("reset", page.words.plain_code("reset", &node.reset).into())];
        facts.push((page.text("node-start-label"), page.say("node-start", &named)));
    }
    facts.extend(fares(node, page).into_iter().map(|line| (String::new(), line)));
    if let Some(line) = settings(node, page) {
        facts.push((page.text("node-settings-label"), line));
    }
    facts.push((page.text("node-frames-label"), frames(node, page)));
    for (at, (quantity, value)) in node.readings.iter().enumerate() {
        let label = if at == 0 { page.text("node-readings-label") } else { String::new() };
        facts.push((label, reading(page, quantity, *value)));
    }
    format!("{}\n{}", page.paint(Paint::Strong, &node.id), page.facts(&facts))
}

/// Which board has its name, since when, and who said so.
fn hardware(node: &Node, page: &Page) -> Option<String> {
    let it = node.hardware.as_ref()?;
    let ago = |ms: i64| page.clock.ago_or_date(&page.words, ms);
    let named = [
        ("serial", it.serial.as_str().into()),
        ("board", it.board.as_str().into()),
        ("ago", ago(it.provisioned_ms).into()),
        ("by", it.by.as_str().into()),
    ];
    let given = page.say("node-hardware", &named);
    let Some(gone_ms) = it.revoked_ms else { return Some(given) };
    let named = [
        ("ago", ago(gone_ms).into()),
        ("by", it.revoked_by.clone().unwrap_or_default().into()),
        ("why", it.revoked_why.clone().unwrap_or_default().into()),
    ];
    let gone = page.paint(Paint::Bad, &page.say("node-hardware-revoked", &named));
    Some(format!("{given}; {gone}"))
}

/// `campus node revoke`: what was done.
pub fn revoked(node: &Node, words: &Words) -> String {
    let serial = node.hardware.as_ref().map(|it| it.serial.clone()).unwrap_or_default();
    let named = [("node", node.id.as_str().into()), ("serial", serial.into())];
    words.say("node-revoked", &named) + "\n"
}

/// Its state, and whether it does only a part of its work.
fn state(node: &Node, page: &Page) -> Cell {
    let state = page.words.plain_code("state", &node.state);
    match node.mode.as_str() {
        "core" => {
            Cell::left(page.say("node-state-core", &[("state", state.into())])).paint(Paint::Bad)
        }
        _ => Cell::left(state).paint(state_paint(&node.state)),
    }
}

/// What its last start tells, line by line.
fn fares(node: &Node, page: &Page) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(panic) = &node.panic {
        let said = page.say("node-panic", &[("text", panic.as_str().into())]);
        lines.push(page.paint(Paint::Bad, &said));
    }
    if node.watchdog_starts > 0 || node.panic_starts > 0 {
        let named =
            [("watchdog", node.watchdog_starts.into()), ("panics", node.panic_starts.into())];
        lines.push(page.say("node-crashes", &named));
    }
    if node.mode == "core" {
        lines.push(page.paint(Paint::Bad, &page.text("node-core")));
    }
    if let Some(lost_wh) = node.energy_lost_wh_max.filter(|lost_wh| *lost_wh > 0) {
        let named = [("energy_wh", count(u64::from(lost_wh)).into())];
        lines.push(page.paint(Paint::Warn, &page.say("node-energy-lost", &named)));
    }
    if node.refused > 0 {
        let named = [("n", count(u64::from(node.refused)).into())];
        lines.push(page.paint(Paint::Warn, &page.say("node-refused", &named)));
    }
    lines
}

/// Which settings it should have, and whether it has them; nothing of one that is as it was shipped.
fn settings(node: &Node, page: &Page) -> Option<String> {
    let settings = &node.settings;
    let number = |version: Option<u32>| version.map_or_else(String::new, |it| it.to_string());
    let ago = settings.since_ms.map(|ms| page.clock.ago_or_date(&page.words, ms));
    let why = settings.why.clone().unwrap_or_default();
    let named = [
        ("version", number(settings.version).into()),
        ("in_force", number(settings.in_force).into()),
        ("ago", ago.unwrap_or_default().into()),
        ("why", why.into()),
    ];
    let (key, paint) = match settings.state.as_str() {
        "in_force" => ("node-settings-in_force", Paint::Good),
        "sent" => ("node-settings-sent", Paint::Warn),
        "refused" => ("node-settings-refused", Paint::Bad),
        "foreign" => ("node-settings-foreign", Paint::Warn),
        _ => return None,
    };
    Some(page.paint(paint, &page.say(key, &named)))
}

/// `campus node identify` and `restart`: what became of it.
pub fn told(told: &Told, words: &Words) -> String {
    let named =
        [("node", told.node.as_str().into()), ("why", told.why.clone().unwrap_or_default().into())];
    let said = match told.state.as_str() {
        "done" => format!("told-{}", told.command),
        "refused" => "told-refused".to_owned(),
        _ => "told-no_answer".to_owned(),
    };
    let line = words.say(&said, &named);
    match told.state.as_str() {
        "done" => line + "\n",
        state => {
            let label = words.text("hint-label");
            // A Chinese colon brings its own space.
            let gap = if label.ends_with(':') { " " } else { "" };
            let hint = words.say(&format!("told-hint-{state}"), &named);
            format!("{line}\n\n{label}{gap}{hint}\n")
        }
    }
}

fn frames(node: &Node, page: &Page) -> String {
    let named = [
        ("frames", count(node.frames).into()),
        ("acked", count(u64::from(node.acked_seq.unwrap_or(0))).into()),
        ("duplicates", count(node.duplicates).into()),
        ("lost", count(node.lost).into()),
    ];
    page.say("node-frames", &named)
}

/// `campus node list --unclaimed`: one line per node that nobody claimed.
pub fn unclaimed(nodes: &[Unclaimed], page: &Page) -> String {
    if nodes.is_empty() {
        return page.text("node-none-unclaimed") + "\n";
    }
    let mut table = Table::new(vec![
        Cell::left(page.text("node-head-node")),
        Cell::left(page.text("node-head-first")),
        Cell::left(page.text("node-head-heard")),
        Cell::right(page.text("node-head-frames")),
        Cell::left(page.text("node-head-board")),
        Cell::left(page.text("node-head-firmware")),
    ]);
    for node in nodes {
        table.row(vec![
            Cell::left(&node.id).paint(Paint::Strong),
            Cell::left(page.clock.ago_or_date(&page.words, node.first_heard_ms)),
            Cell::left(page.clock.ago_or_date(&page.words, node.last_heard_ms)),
            Cell::right(count(node.frames)),
            Cell::left(&node.board),
            Cell::left(&node.firmware),
        ]);
    }
    table.render(page)
}

fn state_paint(state: &str) -> Paint {
    match state {
        "online" => Paint::Good,
        "offline" => Paint::Bad,
        _ => Paint::Warn,
    }
}

fn count(number: u64) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}
