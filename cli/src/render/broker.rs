//! `campus broker …`: what was made, what is there, what was proved, and accounts. Never a secret.

use crate::commands::BrokerFound;
use crate::page::{Cell, Page, Paint, Table};
use agent::canary::Report;
use broker::Role;
use broker::authority::Said;
use broker::security::Listed;
use broker::setup::{File, Owner};
use serde_json::{Value, json};
use std::path::Path;

/// `campus broker init`: which files, whose they are, and what comes next.
pub fn made(files: &[File], folder: &str, section: &str, page: &Page) -> String {
    let mut table = Table::new(vec![
        Cell::left(page.text("broker-head-file")),
        Cell::left(page.text("broker-head-owner")),
        Cell::left(page.text("broker-head-mode")),
    ]);
    for file in files {
        let owner = match file.owner {
            Owner::Broker => "broker-owner-broker",
            Owner::Agent => "broker-owner-agent",
            Owner::Keeper => "broker-owner-keeper",
        };
        table.row(vec![
            Cell::left(&file.name).paint(Paint::Strong),
            Cell::left(page.text(owner)),
            Cell::left(if file.secret { "0600" } else { "0644" }),
        ]);
    }
    let named = [("folder", folder.into())];
    format!(
        "{}\n\n{}\n{}\n\n{section}\n{}\n",
        page.say("broker-made", &named),
        table.render(page),
        page.text("broker-next-section"),
        page.say("broker-next", &named),
    )
}

/// The same a second time: what there is.
pub fn there(found: &BrokerFound, out: &Path, now_s: i64, page: &Page) -> String {
    let date = |s: i64| page.clock.day(s.saturating_mul(1000));
    let mut lines = vec![
        page.say("broker-there", &[("folder", out.display().to_string().into())]),
        page.say("broker-authority", &[("until", date(found.authority_until_s).into())]),
    ];
    if let Some(server) = &found.server {
        lines.push(certificate(server, found.is_old(now_s), page));
    }
    if !found.form.is_empty() {
        lines.push(page.say("broker-form", &[("form", found.form.into())]));
    }
    for name in &found.missing {
        let line = page.say("broker-missing", &[("name", name.as_str().into())]);
        lines.push(page.paint(Paint::Bad, &line));
    }
    lines.join("\n") + "\n"
}

/// `campus broker renew`.
pub fn renewed(said: &Said, page: &Page) -> String {
    format!("{}\n{}\n", certificate(said, false, page), page.text("broker-renewed"))
}

fn certificate(said: &Said, old: bool, page: &Page) -> String {
    let named = [
        ("hosts", said.hosts.join(", ").into()),
        ("until", page.clock.day(said.until_s.saturating_mul(1000)).into()),
    ];
    let line = page.say("broker-certificate", &named);
    match old {
        true => format!("{line}: {}", page.paint(Paint::Bad, &page.text("broker-renew-now"))),
        false => line,
    }
}

/// `campus broker check`: how much was tried, and what is wrong.
pub fn report(report: &Report, page: &Page) -> String {
    let wrong: Vec<_> = report.wrong().collect();
    let tries = report.cells.len();
    if wrong.is_empty() {
        let line = page.say("broker-proved", &[("n", tries.into())]);
        return page.paint(Paint::Good, &line) + "\n";
    }
    let named = [("n", tries.into()), ("wrong", wrong.len().into())];
    let mut text = page.paint(Paint::Bad, &page.say("broker-open", &named)) + "\n\n";
    let mut table = Table::new(vec![
        Cell::left("MQTT"),
        Cell::left(page.text("broker-head-try")),
        Cell::left(page.text("broker-head-topic")),
        Cell::left(page.text("broker-head-came")),
    ]);
    for cell in wrong {
        let came = if cell.delivered { "broker-delivered" } else { "broker-not-delivered" };
        table.row(vec![
            Cell::left(cell.version),
            Cell::left(&cell.verb),
            Cell::left(&cell.topic),
            Cell::left(page.text(came)).paint(Paint::Bad),
        ]);
    }
    text += &table.render(page);
    text + "\n" + &page.text("broker-open-next") + "\n"
}

/// The same for programs.
pub fn report_json(report: &Report) -> Value {
    let one = |cell: &agent::canary::Cell| json!({"mqtt": cell.version, "try": cell.verb, "topic": cell.topic, "delivered": cell.delivered});
    let wrong: Vec<Value> = report.wrong().map(one).collect();
    json!({"tries": report.cells.len(), "wrong": wrong})
}

/// `campus broker account list`.
pub fn accounts(all: &[Listed], page: &Page) -> String {
    let heads = ["broker-head-account", "broker-head-role", "broker-head-state"];
    let mut table = Table::new(heads.map(|key| Cell::left(page.text(key))).to_vec());
    for one in all {
        let role = one
            .role
            .map_or("broker-role-other".to_owned(), |it| format!("broker-role-{}", it.name()));
        let state = match one.disabled {
            true => Cell::left(page.text("broker-disabled")).paint(Paint::Bad),
            false => Cell::left(page.text("broker-enabled")).paint(Paint::Good),
        };
        let name = Cell::left(&one.name).paint(Paint::Strong);
        table.row(vec![name, Cell::left(page.text(&role)), state]);
    }
    table.render(page)
}

/// The same for programs.
pub fn accounts_json(all: &[Listed]) -> Value {
    let one = |it: &Listed| json!({"name": it.name, "role": it.role.map(Role::name), "disabled": it.disabled});
    all.iter().map(one).collect()
}

/// `campus broker account add`.
pub fn added(name: &str, role: Role, file: &Path, page: &Page) -> String {
    let role = page.text(&format!("broker-role-{}", role.name()));
    let named =
        [("name", name.into()), ("role", role.into()), ("file", file.display().to_string().into())];
    page.say("broker-added", &named) + "\n"
}

/// `campus broker account disable`.
pub fn disabled(name: &str, page: &Page) -> String {
    page.say("broker-account-disabled", &[("name", name.into())]) + "\n"
}

/// `campus broker account remove`.
pub fn removed(name: &str, page: &Page) -> String {
    page.say("broker-account-removed", &[("name", name.into())]) + "\n"
}
