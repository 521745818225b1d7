//! `campus energy audit`: the proof that what is posted is what the registers counted.

use super::{count, grouped, incident, repair};
use crate::page::{Cell, Page, Paint, Table};
use agent::api::types::Audit;

/// The page: the whole proof of one meter; of many a line each, and the whole proof where it fails
/// or something happened.
pub fn render(audits: &[Audit], page: &Page) -> String {
    let mut text = match audits {
        [] => return page.text("audit-none") + "\n",
        [only] => proof(only, page),
        many => {
            let notable = many.iter().filter(|audit| !audit.ok || !audit.repairs.is_empty());
            let proofs: Vec<String> = notable.map(|audit| proof(audit, page)).collect();
            let mut text = table(many, page);
            for proof in proofs {
                text.push_str(&format!("\n{proof}"));
            }
            text
        }
    };
    text.push_str(&format!("\n{}\n", verdict(audits, page)));
    text
}

fn verdict(audits: &[Audit], page: &Page) -> String {
    let failed = audits.iter().filter(|audit| !audit.ok).count();
    let named = [("n", audits.len().into()), ("failed", failed.into())];
    if failed == 0 {
        page.paint(Paint::Good, &page.say("audit-good", &named))
    } else {
        page.paint(Paint::Bad, &page.say("audit-bad", &named))
    }
}

/// The numbers of one meter as they are added up, and what happened.
fn proof(audit: &Audit, page: &Page) -> String {
    let mut rows = vec![
        ("audit-last", audit.last_register_wh, String::new()),
        ("audit-less-first", -audit.first_register_wh, String::new()),
        ("audit-less-jumps", -audit.jumps_wh, jumps(audit, page)),
        ("audit-expected", audit.expected_wh, String::new()),
        ("audit-posted", audit.posted_wh, equal(audit, page)),
    ];
    let parts = [
        ("audit-measured", audit.measured_wh),
        ("audit-estimated", audit.estimated_wh),
        ("audit-incomplete", audit.incomplete_wh),
        ("audit-repaired", audit.repaired_wh),
        ("audit-quarantined", audit.quarantined_wh),
    ];
    let parts = parts.into_iter().filter(|(key, wh)| *wh != 0 || *key == "audit-measured");
    rows.extend(parts.map(|(key, wh)| (key, wh, String::new())));
    let mut table = Table::new(Vec::new());
    for (key, wh, note) in rows {
        let look = match key {
            "audit-posted" if audit.ok => Paint::Good,
            "audit-posted" => Paint::Bad,
            _ => Paint::Plain,
        };
        table.row(vec![
            Cell::left(format!("  {}", page.text(key))),
            Cell::right(format!("{} Wh", grouped(wh))).paint(look),
            Cell::left(note).paint(look),
        ]);
    }
    // The first row of a table is its headings; here are none.
    let lines = table.render(page);
    let mut text = format!("{}\n{}", title(audit, page), lines.trim_start_matches('\n'));
    for line in notes(audit, page) {
        text.push_str(&format!("  {line}\n"));
    }
    text
}

fn title(audit: &Audit, page: &Page) -> String {
    let named = [
        ("from", page.clock.minute(audit.from_ms).into()),
        ("to", page.clock.minute(audit.to_ms).into()),
    ];
    let place = audit.place.clone().unwrap_or_else(|| page.text("energy-orphan"));
    let name = page.paint(Paint::Strong, &audit.meter);
    format!("{name}   {place}   {}", page.say("audit-span", &named))
}

/// How often the register moved without energy.
fn jumps(audit: &Audit, page: &Page) -> String {
    let moved = audit.incidents.iter().filter(|each| !each.withdrawn && each.jump_wh != 0).count();
    if moved == 0 { String::new() } else { page.say("audit-jumps-n", &[("n", moved.into())]) }
}

fn equal(audit: &Audit, page: &Page) -> String {
    match audit.posted_wh - audit.expected_wh {
        0 => page.text("audit-equal"),
        off => {
            let sign = if off > 0 { "+" } else { "" };
            page.say("audit-off", &[("wh", format!("{sign}{}", grouped(off)).into())])
        }
    }
}

/// Slots, the first that breaks, incidents, repairs.
fn notes(audit: &Audit, page: &Page) -> Vec<String> {
    let mut line = repair::slots(audit.slots, page);
    for (key, n) in [("audit-missing", audit.missing), ("audit-suspect", audit.suspect)] {
        if n > 0 {
            line.push_str(&page.say(key, &[("n", n.into()), ("count", count(n).into())]));
        }
    }
    let mut lines = vec![line];
    if let Some(ms) = audit.broken_ms {
        let named = [("time", page.clock.minute(ms).into()), ("meter", (&audit.meter).into())];
        lines.push(page.paint(Paint::Bad, &page.say("audit-broken", &named)));
    }
    lines.extend(audit.incidents.iter().map(|each| incident::line(each, page, false)));
    lines.extend(audit.repairs.iter().map(|each| incident::repair(each, page)));
    lines
}

fn table(audits: &[Audit], page: &Page) -> String {
    let mut head = vec![Cell::left(page.text("energy-head-meter"))];
    let right = ["audit-first", "audit-last", "audit-jumps", "audit-expected", "audit-posted"];
    head.extend(right.map(|key| Cell::right(page.text(key).to_uppercase())));
    head.push(Cell::left(page.text("energy-head-proof")));
    let mut table = Table::new(head);
    let mut sorted: Vec<&Audit> = audits.iter().collect();
    sorted.sort_by_key(|audit| (audit.ok, &audit.meter));
    let wh = |number: i64| Cell::right(grouped(number));
    for audit in sorted {
        let look = if audit.ok { Paint::Good } else { Paint::Bad };
        table.row(vec![
            Cell::left(&audit.meter).paint(Paint::Strong),
            wh(audit.first_register_wh),
            wh(audit.last_register_wh),
            wh(audit.jumps_wh),
            wh(audit.expected_wh),
            wh(audit.posted_wh),
            Cell::left(short(audit, page)).paint(look),
        ]);
    }
    format!("{}{}\n", table.render(page), page.paint(Paint::Dim, &page.text("audit-unit")))
}

/// Whether it holds, and what to look at.
fn short(audit: &Audit, page: &Page) -> String {
    let mut words = vec![page.text(if audit.ok { "energy-adds-up" } else { "audit-no" })];
    let notes = [
        ("audit-missing-short", audit.missing),
        ("audit-suspect-short", audit.suspect),
        ("audit-repairs-short", u32::try_from(audit.repairs.len()).unwrap_or(u32::MAX)),
    ];
    let some = notes.into_iter().filter(|(_, n)| *n > 0);
    words
        .extend(some.map(|(key, n)| page.say(key, &[("n", n.into()), ("count", count(n).into())])));
    words.join(&page.text("list-and"))
}
