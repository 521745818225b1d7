//! `campus status`: what works, what does not, and what a person has to do.

use super::{energy, grouped, power, size};
use crate::page::{Page, Paint};
use agent::api::types::{BrokerStatus, Need, Status};
use unicode_width::UnicodeWidthStr;

/// The page.
pub fn render(status: &Status, page: &Page) -> String {
    let mut facts = vec![
        (page.text("status-campus-label"), campus(status, page)),
        (page.text("status-clock-label"), clock(status, page)),
        (page.text("status-broker-label"), broker(&status.broker, page)),
        (page.text("status-nodes-label"), nodes(status, page)),
    ];
    facts.extend(silent(status, page).into_iter().map(|line| (String::new(), line)));
    facts.push((page.text("status-rooms-label"), rooms(status, page)));
    if status.fire {
        let fire = page.paint(Paint::Bad, &page.text("status-fire"));
        facts.push((page.text("status-fire-label"), fire));
    }
    if let Some(demand) = &status.demand {
        let named = [
            ("pct", u32::from(demand.shed_pct).into()),
            ("until", page.clock.short(demand.until_ms).into()),
            ("by", demand.by.as_str().into()),
        ];
        facts.push((page.text("status-demand-label"), page.say("status-demand", &named)));
    }
    if status.rules.version > 0 || status.rules.canary.is_some() {
        let rules = super::ruling::in_force(&status.rules, page);
        facts.push((page.text("status-rules-label"), rules));
    }
    facts.push((page.text("status-power-label"), power_and_energy(status, page)));
    facts.push((page.text("status-store-label"), store(status, page)));
    if !status.refused.is_empty() {
        facts.push((page.text("status-refused-label"), refused(status, page)));
    }
    for (at, line) in degraded(status, page).into_iter().enumerate() {
        let label = if at == 0 { page.text("status-degraded-label") } else { String::new() };
        facts.push((label, page.paint(Paint::Warn, &line)));
    }
    format!("{}\n{}", page.facts(&facts), needs(&status.needs, page))
}

fn campus(status: &Status, page: &Page) -> String {
    let named = [
        ("name", status.name.as_str().into()),
        ("campus", status.campus.as_str().into()),
        ("version", status.version.as_str().into()),
        ("duration", page.clock.ago(&page.words, status.started_ms).into()),
    ];
    page.say("status-campus", &named)
}

fn clock(status: &Status, page: &Page) -> String {
    let named = [
        ("time", page.clock.minute(status.now_ms).into()),
        ("zone", status.time_zone.as_str().into()),
        ("speed", status.speed.into()),
    ];
    // Only a demo runs faster; a speed of almost one is a rounding.
    let fast = (status.speed - 1.0).abs() > 0.001;
    page.say(if fast { "status-clock-fast" } else { "status-clock" }, &named)
}

fn broker(broker: &BrokerStatus, page: &Page) -> String {
    let named = [
        ("url", broker.url.as_str().into()),
        ("duration", page.clock.ago(&page.words, broker.since_ms).into()),
    ];
    let line = match (broker.connected, broker.embedded) {
        (false, _) => page.paint(Paint::Bad, &page.say("status-broker-away", &named)),
        (true, true) => page.say("status-broker-embedded", &named),
        (true, false) => page.say("status-broker-connected", &named),
    };
    match broker.reconnects {
        0 => line,
        n => line + &page.say("status-broker-reconnects", &[("n", n.into())]),
    }
}

fn nodes(status: &Status, page: &Page) -> String {
    let counts = &status.nodes;
    let named = [("heard", counts.heard.into()), ("total", counts.total.into())];
    let line = page.say("status-nodes", &named);
    match counts.unclaimed {
        0 => line,
        n => line + &page.say("status-nodes-unclaimed", &[("n", n.into())]),
    }
}

fn silent(status: &Status, page: &Page) -> Vec<String> {
    let silent = &status.nodes.silent;
    let width = |name: &str, widest: usize| " ".repeat(widest - name.width());
    let widest_node = silent.iter().map(|node| node.node.width()).max().unwrap_or(0);
    let widest_place = silent.iter().map(|node| node.place.width()).max().unwrap_or(0);
    let line = |node: &agent::api::types::SilentNode| {
        let since = match node.last_heard_ms {
            None => page.text("status-node-never"),
            Some(ms) => page
                .say("status-node-silent", &[("duration", page.clock.ago(&page.words, ms).into())]),
        };
        let gap = (width(&node.node, widest_node), width(&node.place, widest_place));
        let since = page.paint(Paint::Warn, &since);
        format!("  {}{}  {}{}  {since}", node.node, gap.0, node.place, gap.1)
    };
    silent.iter().map(line).collect()
}

fn rooms(status: &Status, page: &Page) -> String {
    let counts = &status.rooms;
    let named = [
        ("total", counts.total.into()),
        ("occupied", counts.occupied.into()),
        ("lit", counts.lit.into()),
    ];
    let line = page.say("status-rooms", &named);
    match counts.lit_empty {
        0 => line,
        n => line + &page.say("status-rooms-lit-empty", &[("n", n.into())]),
    }
}

fn power_and_energy(status: &Status, page: &Page) -> String {
    let now = status.power_w.map_or_else(|| page.text("status-power-unknown"), power);
    let today = energy(status.energy_today_wh);
    now + &page.say("status-energy-today", &[("energy", today.into())])
}

fn store(status: &Status, page: &Page) -> String {
    let named = [
        ("size", size(status.store.bytes).into()),
        ("n", status.store.frames_committed.into()),
        (
            "frames",
            grouped(i64::try_from(status.store.frames_committed).unwrap_or(i64::MAX)).into(),
        ),
        ("waiting", status.store.frames_waiting.into()),
    ];
    let line = page.say("status-store", &named);
    match status.store.oldest_ms {
        None => line,
        Some(ms) => {
            line + &page.say("status-store-oldest", &[("time", page.clock.short(ms).into())])
        }
    }
}

fn refused(status: &Status, page: &Page) -> String {
    let all: u64 = status.refused.values().sum();
    let reasons: Vec<String> = status
        .refused
        .iter()
        .map(|(reason, n)| format!("{} {reason}", grouped(i64::try_from(*n).unwrap_or(i64::MAX))))
        .collect();
    page.say("status-refused", &[("n", all.into()), ("reasons", reasons.join(", ").into())])
}

fn degraded(status: &Status, page: &Page) -> Vec<String> {
    let line = |part: &agent::api::types::Degraded| {
        let named = [
            ("part", page.words.plain_code("part", &part.part).into()),
            ("duration", page.clock.ago(&page.words, part.since_ms).into()),
            ("what", part.what.as_str().into()),
        ];
        page.say("status-degraded", &named)
    };
    status.degraded.iter().map(line).collect()
}

fn needs(needs: &[Need], page: &Page) -> String {
    if needs.is_empty() {
        return page.paint(Paint::Good, &page.text("status-well")) + "\n";
    }
    let title = page.say("status-needs", &[("n", needs.len().into())]);
    let mut text = page.paint(Paint::Bad, &title) + "\n";
    for each in needs {
        text.push_str(&format!("  {}\n", need(each, page)));
    }
    text
}

/// One need as a sentence, with what to do.
pub fn need(need: &Need, page: &Page) -> String {
    let mut args = need.args.clone();
    args.insert("about".to_owned(), need.about.clone());
    args.insert("duration".to_owned(), page.clock.ago(&page.words, need.since_ms));
    page.words.code("need", &need.code, &args)
}
