//! `campus hub status`, `gaps`, `resend`, `incarnation`: what waits for hubs, what they lack, what they get again.

use super::{grouped, size};
use crate::page::{Cell, Page, Paint, Table};
use agent::api::types::{Hub, HubGaps, HubLife, HubResend, Hubs, Resent};

/// `campus hub status`.
pub fn status(hubs: &Hubs, page: &Page) -> String {
    if hubs.hubs.is_empty() {
        return page.text("hubs-none") + "\n";
    }
    let mut text = String::new();
    for hub in &hubs.hubs {
        text += &page.paint(Paint::Strong, &hub.id);
        text.push('\n');
        text += &page.facts(&facts(hub, page));
        text.push('\n');
    }
    text + &page.facts(&outbox(hubs, page))
}

fn facts(hub: &Hub, page: &Page) -> Vec<(String, String)> {
    let fact = |key: &str, text: String| (page.text(key), text);
    let mut facts = vec![
        fact("hubs-url-label", format!("{} ({})", hub.url, hub.form)),
        fact("hubs-standing-label", standing(hub, page)),
        fact("hubs-waiting-label", waiting(hub, page)),
    ];
    let receipt = match hub.receipt_ms {
        Some(ms) => {
            let ago = page.clock.ago(&page.words, ms);
            let named = [
                ("duration", ago.into()),
                ("watermark", grouped(signed(hub.watermark)).into()),
                ("rate", grouped(signed(hub.rows_per_s)).into()),
            ];
            page.say("hubs-receipt", &named)
        }
        None => {
            let named = [("watermark", grouped(signed(hub.watermark)).into())];
            page.say("hubs-receipt-none", &named)
        }
    };
    facts.push(fact("hubs-receipt-label", receipt));
    if hub.refused > 0 {
        let named = [("n", hub.refused.into()), ("hub", hub.id.as_str().into())];
        facts.push(fact(
            "hubs-refused-label",
            page.paint(Paint::Warn, &page.say("hubs-refused", &named)),
        ));
    }
    let left = match hub.days_left {
        Some(days) => {
            let text = page.say("hubs-days-left", &[("days", days.into())]);
            page.paint(if days < 7 { Paint::Warn } else { Paint::Plain }, &text)
        }
        None => page.text("hubs-days-unknown"),
    };
    facts.push(fact("hubs-days-label", left));
    facts
}

fn standing(hub: &Hub, page: &Page) -> String {
    let duration = hub.since_ms.map(|ms| page.clock.ago(&page.words, ms)).unwrap_or_default();
    let named = [("duration", duration.into()), ("what", hub.what.as_str().into())];
    match hub.standing.as_str() {
        "idle" => page.paint(Paint::Good, &page.say("hubs-idle", &named)),
        "sending" => page.paint(Paint::Good, &page.say("hubs-sending", &named)),
        "failing" => {
            let again = hub.retry_ms.map(|ms| page.clock.seconds(ms)).unwrap_or_default();
            let line = page.paint(Paint::Bad, &page.say("hubs-failing", &named));
            format!("{line}; {}", page.say("hubs-again", &[("time", again.into())]))
        }
        _ => page.text("hubs-new"),
    }
}

fn waiting(hub: &Hub, page: &Page) -> String {
    if hub.waiting == 0 {
        return page.text("hubs-waiting-none");
    }
    let oldest = hub.oldest_ms.map(|ms| page.clock.ago(&page.words, ms));
    let named = [
        ("rows", grouped(signed(hub.waiting)).into()),
        ("duration", oldest.unwrap_or_else(|| "?".to_owned()).into()),
    ];
    page.say("hubs-waiting", &named)
}

fn outbox(hubs: &Hubs, page: &Page) -> Vec<(String, String)> {
    let named = [
        ("rows", grouped(signed(hubs.rows)).into()),
        ("size", size(hubs.bytes).into()),
        ("budget", size(hubs.budget_bytes).into()),
    ];
    let mut facts = vec![(page.text("hubs-outbox-label"), page.say("hubs-outbox", &named))];
    if !hubs.incarnation.is_empty() {
        let since = hubs.incarnation_since_ms.map(|ms| page.clock.minute(ms)).unwrap_or_default();
        let named = [
            ("incarnation", hubs.incarnation.as_str().into()),
            ("time", since.into()),
            ("why", page.words.plain_code("life", &hubs.incarnation_why).into()),
        ];
        facts.push((page.text("hubs-life-label"), page.say("hubs-life", &named)));
    }
    facts
}

/// `campus hub gaps`.
pub fn gaps(all: &[HubGaps], page: &Page) -> String {
    if all.is_empty() {
        return page.text("hubs-none") + "\n";
    }
    let mut text = String::new();
    for hub in all {
        text += &page.paint(Paint::Strong, &hub.id);
        text.push('\n');
        if hub.missing.is_empty() && hub.refused.is_empty() {
            text += &page.text("hubs-gaps-none");
            text.push('\n');
        }
        text += &missing(hub, page);
        text += &refused(hub, page);
        text += &resends(hub, page);
    }
    // The same for every hub: what is gone is gone for all.
    let losses = all.first().map_or(&[][..], |hub| &hub.losses);
    if !losses.is_empty() {
        let heads = ["hubs-head-from", "hubs-head-to", "hubs-head-stream", "hubs-head-what"];
        let mut head: Vec<Cell> = heads.map(|key| Cell::left(page.text(key))).to_vec();
        head.push(Cell::right(page.text("hubs-head-count")));
        let mut table = Table::new(head);
        for loss in losses {
            table.row(vec![
                Cell::left(page.clock.minute(loss.from_ms)),
                Cell::left(page.clock.minute(loss.to_ms)),
                Cell::left(&loss.stream),
                Cell::left(page.words.plain_code("loss", &loss.what)),
                Cell::right(grouped(signed(loss.count))).paint(Paint::Warn),
            ]);
        }
        text += &format!("\n{}\n{}", page.text("hubs-losses"), table.render(page));
    }
    text
}

fn missing(hub: &HubGaps, page: &Page) -> String {
    if hub.missing.is_empty() {
        return String::new();
    }
    let heads = ["hubs-head-rows", "hubs-head-count"].map(|key| Cell::right(page.text(key)));
    let mut head = heads.to_vec();
    head.extend(["hubs-head-made", "hubs-head-life"].map(|key| Cell::left(page.text(key))));
    let mut table = Table::new(head);
    for gap in &hub.missing {
        let made = gap.made_ms.map(|ms| page.clock.minute(ms)).unwrap_or_default();
        table.row(vec![
            Cell::right(format!("{} – {}", gap.from, gap.to)),
            Cell::right(grouped(signed(gap.to - gap.from + 1))),
            Cell::left(made),
            Cell::left(gap.incarnation.get(..8).unwrap_or(&gap.incarnation)).paint(Paint::Dim),
        ]);
    }
    format!("{}\n{}", page.text("hubs-missing"), table.render(page))
}

fn refused(hub: &HubGaps, page: &Page) -> String {
    if hub.refused.is_empty() {
        return String::new();
    }
    let heads = ["hubs-head-when", "hubs-head-code", "hubs-head-reason"];
    let mut head = vec![Cell::right(page.text("hubs-head-seq"))];
    head.extend(heads.map(|key| Cell::left(page.text(key))));
    let mut table = Table::new(head);
    for row in &hub.refused {
        table.row(vec![
            Cell::right(row.seq.to_string()),
            Cell::left(page.clock.minute(row.at_ms)),
            Cell::left(&row.code).paint(Paint::Warn),
            Cell::left(&row.reason),
        ]);
    }
    format!("{}\n{}", page.text("hubs-refused-rows"), table.render(page))
}

fn resends(hub: &HubGaps, page: &Page) -> String {
    if hub.resends.is_empty() {
        return String::new();
    }
    let heads = ["hubs-head-from", "hubs-head-to", "hubs-head-asked"];
    let mut head = heads.map(|key| Cell::left(page.text(key))).to_vec();
    head.push(Cell::right(page.text("hubs-head-left")));
    let mut table = Table::new(head);
    for HubResend { from_ms, to_ms, asked_ms, left } in &hub.resends {
        let mut row =
            [from_ms, to_ms, asked_ms].map(|ms| Cell::left(page.clock.minute(*ms))).to_vec();
        row.push(Cell::right(grouped(signed(*left))));
        table.row(row);
    }
    format!("{}\n{}", page.text("hubs-resends"), table.render(page))
}

/// `campus hub incarnation list`, and what is asked before another one begins.
pub fn lives(hubs: &Hubs, page: &Page) -> String {
    if hubs.incarnations.is_empty() {
        return page.text("lives-none") + "\n";
    }
    let heads = ["hubs-head-life", "hubs-head-since", "hubs-head-why"];
    let mut head = heads.map(|key| Cell::left(page.text(key))).to_vec();
    head.push(Cell::right(page.text("hubs-head-rows-of")));
    head.extend(["hubs-head-by", "hubs-head-for"].map(|key| Cell::left(page.text(key))));
    let mut table = Table::new(head);
    for life in &hubs.incarnations {
        let HubLife { incarnation, since_ms, why, by, reason, rows } = life;
        table.row(vec![
            Cell::left(incarnation.get(..8).unwrap_or(incarnation)),
            Cell::left(page.clock.minute(*since_ms)),
            Cell::left(page.words.plain_code("life", why)),
            Cell::right(grouped(signed(*rows))),
            Cell::left(by),
            Cell::left(reason),
        ]);
    }
    table.render(page)
}

/// `campus hub incarnation new`.
pub fn begun(life: &HubLife, page: &Page) -> String {
    let named = [
        ("incarnation", life.incarnation.as_str().into()),
        ("rows", grouped(signed(life.rows)).into()),
    ];
    page.say("lives-begun", &named) + "\n"
}

/// `campus hub resend`.
pub fn resent(resent: &Resent, (from, to): (String, String), page: &Page) -> String {
    let named = [
        ("hubs", resent.hubs.join(", ").into()),
        ("rows", grouped(signed(resent.rows)).into()),
        ("from", from.into()),
        ("to", to.into()),
    ];
    page.say("hubs-resent", &named) + "\n"
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
