//! `campus energy repair` and `campus meter replace`: what changes, before and after.

use super::{count, grouped};
use crate::page::{Page, Paint};
use agent::api::types::Repair;

/// What a repair would do, before anybody is asked.
pub fn planned(repair: &Repair, page: &Page) -> String {
    format!("{}\n{}", title(repair, page), facts(repair, page))
}

/// What it did, or would do.
pub fn render(repair: &Repair, page: &Page) -> String {
    let end = match repair.id {
        Some(id) => {
            let named = [("id", id.to_string().into()), ("meter", repair.meter.as_str().into())];
            page.paint(Paint::Good, &page.say("repair-done", &named))
        }
        None if repair.at_ms == 0 => page.paint(Paint::Dim, &page.text("repair-dry")),
        None => page.paint(Paint::Good, &page.text("repair-nothing-past")),
    };
    format!("{}\n{}\n{end}\n", title(repair, page), facts(repair, page))
}

fn title(repair: &Repair, page: &Page) -> String {
    let what = page.words.plain_code("repair-what", &repair.what);
    page.paint(Paint::Strong, &format!("{}   {what}", repair.meter))
}

fn facts(repair: &Repair, page: &Page) -> String {
    let mut facts = Vec::new();
    if repair.slots > 0 || repair.from_ms < repair.to_ms {
        let named = [
            ("from", page.clock.minute(repair.from_ms).into()),
            ("to", page.clock.minute(repair.to_ms).into()),
            ("n", repair.slots.into()),
        ];
        facts.push((page.text("repair-span-label"), page.say("repair-span", &named)));
    }
    let change = repair.after_wh - repair.before_wh;
    let sign = if change > 0 { "+" } else { "" };
    let amounts = [("before", repair.before_wh), ("after", repair.after_wh)];
    let width = amounts.iter().map(|(_, wh)| grouped(*wh).len()).max().unwrap_or(0);
    let wh = |number: i64| format!("{:>width$} Wh", grouped(number));
    facts.push((page.text("repair-before-label"), wh(repair.before_wh)));
    let after = format!("{}   ({sign}{} Wh)", wh(repair.after_wh), grouped(change));
    facts.push((page.text("repair-after-label"), after));
    facts.push((page.text("repair-by-label"), repair.by.clone()));
    facts.push((page.text("repair-why-label"), repair.why.clone()));
    page.facts(&facts)
}

/// `3 slots`: for lines beside other numbers.
pub fn slots(n: u32, page: &Page) -> String {
    page.say("audit-n-slots", &[("n", n.into()), ("count", count(n).into())])
}
