//! `campus hub tenant`, `verify`, `day-files`: who may send to a hub, whether it holds what was sent, what it hands on.

use crate::page::{Cell, Page, Paint, Table};
use hub::daily::Files;
use hub::tenant::{Add, Tenant};
use hub::verify::Found;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What `campus hub tenant add` did.
pub fn added(add: &Add, page: &Page) -> String {
    let named = [("campus", add.campus.to_string().into()), ("key", add.key.id().into())];
    page.say("tenant-added", &named) + "\n"
}

/// `campus hub tenant list`.
pub fn tenants(tenants: &[Tenant], page: &Page) -> String {
    if tenants.is_empty() {
        return page.text("tenant-none") + "\n";
    }
    let heads = ["tenant-head-campus", "tenant-head-name", "tenant-head-zone"];
    let mut head: Vec<Cell> = heads.map(|key| Cell::left(page.text(key))).to_vec();
    head.push(Cell::right(page.text("tenant-head-rows")));
    head.extend(["tenant-head-heard", "tenant-head-keys"].map(|key| Cell::left(page.text(key))));
    let mut table = Table::new(head);
    for tenant in tenants {
        let ids = tenant.keys.iter().filter_map(|key| batch::PublicKey::parse(key));
        let ids: Vec<String> = ids.map(|key| key.id()).collect();
        let heard = match tenant.last_at.as_str() {
            "" => Cell::left(page.text("tenant-never")).paint(Paint::Dim),
            at => Cell::left(at),
        };
        table.row(vec![
            Cell::left(&tenant.campus).paint(Paint::Strong),
            Cell::left(&tenant.name),
            Cell::left(&tenant.zone),
            Cell::right(tenant.watermark.to_string()),
            heard,
            Cell::left(ids.join(" ")),
        ]);
    }
    table.render(page)
}

/// The same for programs.
pub fn tenants_json(tenants: &[Tenant]) -> Value {
    let one = |it: &Tenant| {
        let Tenant { campus, name, zone, keys, watermark, last_at } = it;
        let last_at = (!last_at.is_empty()).then_some(last_at);
        json!({"campus": campus, "name": name, "zone": zone, "keys": keys, "watermark": watermark, "last_at": last_at})
    };
    tenants.iter().map(one).collect()
}

/// `campus hub verify`.
pub fn verified(found: &BTreeMap<String, Found>, page: &Page) -> String {
    let heads = ["verify-head-rows", "verify-head-chains", "verify-head-links", "verify-head-open"];
    let mut head = vec![Cell::left(page.text("tenant-head-campus"))];
    head.extend(heads.map(|key| Cell::right(page.text(key))));
    head.extend(["verify-head-lost", "verify-head-wrong"].map(|key| Cell::right(page.text(key))));
    let mut table = Table::new(head);
    for (campus, it) in found {
        let bad = |count: u64| {
            let paint = if count == 0 { Paint::Good } else { Paint::Bad };
            Cell::right(count.to_string()).paint(paint)
        };
        let mut row = vec![Cell::left(campus).paint(Paint::Strong)];
        let counts = [it.rows, it.chains, it.links, it.open];
        row.extend(counts.map(|count| Cell::right(count.to_string())));
        row.extend([bad(it.lost), bad(it.wrong_count)]);
        table.row(row);
    }
    let mut text = table.render(page);
    for (campus, it) in found {
        for wrong in &it.wrong {
            text += &format!("{campus}: {wrong}\n");
        }
    }
    text
}

/// The same for programs.
pub fn verified_json(found: &BTreeMap<String, Found>) -> Value {
    let one = |(campus, it): (&String, &Found)| {
        let Found { rows, chains, links, open, wrong, wrong_count, lost } = it;
        json!({"campus": campus, "rows": rows, "chains": chains, "links": links, "open": open,
               "lost": lost, "wrong_count": wrong_count, "wrong": wrong})
    };
    found.iter().map(one).collect()
}

/// `campus hub day-files`.
pub fn day_files(files: &Files, page: &Page) -> String {
    let kwh = format!("{:.1}", files.energy_wh as f64 / 1000.0);
    let named = [
        ("name", files.name.as_str().into()),
        ("kwh", kwh.into()),
        ("hours", files.hours.into()),
        ("whole", files.whole.into()),
    ];
    let mut text = page.say("day-files-written", &named) + "\n";
    for meter in &files.silent {
        let line = page.say("day-files-silent", &[("meter", meter.as_str().into())]);
        text += &page.paint(Paint::Warn, &line);
        text.push('\n');
    }
    text
}

/// The same for programs.
pub fn day_files_json(files: &Files) -> Value {
    let Files { name, hours, whole, energy_wh, silent, zip: _, csv: _ } = files;
    json!({"name": name, "hours": hours, "whole": whole, "energy_wh": energy_wh, "silent": silent})
}
