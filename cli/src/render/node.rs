//! `campus node …`: nodes in a table, one node, and nodes that nobody claimed.

use super::{grouped, reading};
use crate::page::{Cell, Page, Paint, Table};
use agent::api::types::{Node, Unclaimed};

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
            Cell::left(page.words.plain_code("state", &node.state)).paint(state_paint(&node.state)),
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
    if let Some(boot) = node.boot {
        let named =
            [("boot", boot.into()), ("reset", page.words.plain_code("reset", &node.reset).into())];
        facts.push((page.text("node-start-label"), page.say("node-start", &named)));
    }
    facts.push((page.text("node-frames-label"), frames(node, page)));
    for (at, (quantity, value)) in node.readings.iter().enumerate() {
        let label = if at == 0 { page.text("node-readings-label") } else { String::new() };
        facts.push((label, reading(page, quantity, *value)));
    }
    format!("{}\n{}", page.paint(Paint::Strong, &node.id), page.facts(&facts))
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
