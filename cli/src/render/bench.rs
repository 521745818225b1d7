//! Nodes at a serial cable: `campus node inspect`, `provision` and `accept`.

use super::grouped;
use crate::commands::{Accepted, Done, Seen};
use crate::page::{Page, Paint};
use crate::words::Words;
use std::path::Path;

/// `campus node inspect`.
pub fn seen(seen: &Seen, page: &Page) -> String {
    let node = &seen.node;
    let fact = |key: &str, text: String| (page.text(key), text);
    let named =
        [("board", node.board.as_str().into()), ("firmware", node.firmware.as_str().into())];
    let mut facts = vec![
        fact("bench-serial-label", page.paint(Paint::Strong, &node.serial)),
        fact("bench-board-label", page.say("bench-board", &named)),
    ];
    match node.name() {
        None => {
            let new = page.say("bench-new", &[("why", node.why.as_str().into())]);
            facts.push(fact("bench-name-label", page.paint(Paint::Warn, &new)));
        }
        Some(name) => {
            let of = |key: &str| node.identity.get(key).cloned().unwrap_or_default();
            facts.push(fact("bench-name-label", page.paint(Paint::Strong, name)));
            facts.push(fact("bench-campus-label", of("campus")));
            let secured =
                if of("tls") == "yes" { "bench-broker-tls" } else { "bench-broker-plain" };
            let named = [("broker", of("broker").into()), ("server", of("server").into())];
            facts.push(fact("bench-broker-label", page.say(secured, &named)));
            facts.push(fact("bench-lamps-label", of("lamps").replace(',', ", ")));
            facts.push(fact("bench-fitted-label", of("fitted").replace(',', ", ")));
            facts.push(fact("bench-session-label", session(seen, page)));
            facts.push(fact("bench-boot-label", node.boot.to_string()));
            let held = seen.state.held.into();
            facts.push(fact("bench-held-label", page.say("bench-held", &[("n", held)])));
        }
    }
    if seen.state.flash_errors > 0 {
        let errors = page.say("bench-flash-errors", &[("n", seen.state.flash_errors.into())]);
        facts.push((String::new(), page.paint(Paint::Bad, &errors)));
    }
    if seen.state.wrong_keys > 0 {
        let wrong = page.say("bench-wrong-keys", &[("n", seen.state.wrong_keys.into())]);
        facts.push((String::new(), page.paint(Paint::Warn, &wrong)));
    }
    for (at, (name, value)) in seen.readings.iter().enumerate() {
        let label = if at == 0 { page.text("bench-readings-label") } else { String::new() };
        facts.push((label, reading(name, value, page)));
    }
    page.facts(&facts)
}

fn session(seen: &Seen, page: &Page) -> String {
    let state = &seen.state;
    let named = [
        ("address", state.address.map_or_else(|| "–".to_owned(), |it| it.to_string()).into()),
        ("why", state.trouble.as_str().into()),
    ];
    match (state.session.as_str(), state.trouble.is_empty()) {
        ("connected", _) => page.paint(Paint::Good, &page.say("bench-connected", &named)),
        ("connecting", true) => page.paint(Paint::Warn, &page.say("bench-connecting", &named)),
        ("connecting", false) => page.paint(Paint::Bad, &page.say("bench-trouble", &named)),
        // Without an address.
        _ => page.paint(Paint::Warn, &page.text("bench-no-address")),
    }
}

/// `illuminance_lx.board`, 312500 → `illuminance board 312.5 lx`.
fn reading(name: &str, value: &serde_json::Value, page: &Page) -> String {
    match value.as_i64() {
        Some(milli) => super::reading(page, name, milli as f64 / 1000.0),
        None => {
            let (quantity, channel) = name.split_once('.').unwrap_or((name, ""));
            let gap = if channel.is_empty() { "" } else { " " };
            let label = page.words.plain_code("quantity", quantity);
            let why = page.words.plain_code("no", value.as_str().unwrap_or_default());
            format!("{label}{gap}{channel} {}", page.paint(Paint::Dim, &why))
        }
    }
}

/// A node that was provisioned: step by step.
pub fn done(done: &Done, words: &Words) -> String {
    let mut text = String::new();
    for (step, ms) in &done.steps {
        let named = [("ms", grouped(i64::try_from(*ms).unwrap_or(i64::MAX)).into())];
        text += &format!("{}\n", words.say(&format!("bench-step-{step}"), &named));
    }
    let total: u64 = done.steps.iter().map(|(_, ms)| ms).sum();
    text + &format!("{}\n", sentence(done, total, words))
}

/// A node of a table.
pub fn row(done: &Done, ms: u64, words: &Words) -> String {
    sentence(done, ms, words) + "\n"
}

fn sentence(done: &Done, ms: u64, words: &Words) -> String {
    let named = [
        ("node", done.node.as_str().into()),
        ("place", done.place.as_str().into()),
        ("serial", done.serial.as_str().into()),
        ("s", format!("{:.1}", ms as f64 / 1000.0).into()),
        ("why", done.unheard.clone().unwrap_or_default().into()),
    ];
    let key = match (&done.unheard, done.already) {
        (Some(_), _) => "bench-unheard",
        (None, true) => "bench-already",
        (None, false) => "bench-done",
    };
    words.say(key, &named)
}

/// A node of a table that failed, and why.
pub fn failed(port: &Path, error: &str) -> String {
    let lines = error.trim_end().lines().filter(|line| !line.is_empty());
    format!("{}: {}\n", port.display(), lines.collect::<Vec<_>>().join("\n  "))
}

/// How a table ended; `took` is sorted, ms.
pub fn total(all: usize, failed: usize, took: &[u64], words: &Words) -> String {
    let seconds = |ms: Option<&u64>| format!("{:.1}", *ms.unwrap_or(&0) as f64 / 1000.0);
    let named = [
        ("all", all.into()),
        ("failed", failed.into()),
        ("done", took.len().into()),
        ("median", seconds(took.get(took.len() / 2)).into()),
        ("longest", seconds(took.last()).into()),
    ];
    words.say("bench-total", &named) + "\n"
}

/// `campus node accept`.
pub fn accepted(accepted: &Accepted, page: &Page) -> String {
    let mut text = String::new();
    for step in &accepted.steps {
        let mark = match step.passed {
            Some(true) => page.paint(Paint::Good, &page.text("accept-passed")),
            Some(false) => page.paint(Paint::Bad, &page.text("accept-failed")),
            None => page.paint(Paint::Dim, &page.text("accept-left-out")),
        };
        let what = page.text(&format!("accept-{}", step.what));
        text += &format!("{mark} {what}");
        let seen: Vec<_> =
            step.seen.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
        if !seen.is_empty() {
            text += &format!(": {}", page.say(&format!("accept-{}-seen", step.what), &seen));
        }
        text.push('\n');
    }
    let key = if accepted.passed { "accept-yes" } else { "accept-no" };
    text + &page.say(key, &[("node", accepted.node.as_str().into())]) + "\n"
}
