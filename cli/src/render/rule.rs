//! `campus rule list`: the rules of the staff, and where each asks for something right now.

use crate::page::{Cell, Page, Paint, Table};
use crate::words::Lang;
use agent::api::types::{BothLanguages, Request, Rule, RuleHold};

/// `campus rule list`: two lines per rule, one per hold.
pub fn list(rules: &[Rule], holds: &[RuleHold], page: &Page) -> String {
    match (rules, holds) {
        ([], []) => page.text("rule-none") + "\n",
        (rules, []) => all(rules, page),
        ([], holds) => times(holds, page),
        _ => format!("{}\n{}", all(rules, page), times(holds, page)),
    }
}

/// How long rooms stay lit, where rules say it.
fn times(holds: &[RuleHold], page: &Page) -> String {
    let heads = ["rule-head-hold", "rule-head-where", "rule-head-version"];
    let mut head: Vec<Cell> = heads.map(|key| Cell::left(page.text(key))).to_vec();
    let keys = ["rule-head-usual", "rule-head-break", "rule-head-still"];
    head.extend(keys.map(|key| Cell::right(page.text(key))));
    let mut table = Table::new(head);
    let min = |min: Option<u32>| {
        Cell::right(min.map_or_else(|| "–".to_owned(), |min| format!("{min} min")))
    };
    for hold in holds {
        table.row(vec![
            Cell::left(&hold.id).paint(Paint::Strong),
            Cell::left(hold.places.join(" ")),
            Cell::left(hold.version.to_string()),
            min(hold.hold_min),
            min(hold.break_hold_min),
            min(hold.still_hold_min),
        ]);
    }
    table.render(page)
}

fn all(rules: &[Rule], page: &Page) -> String {
    let heads = [
        "rule-head-rule",
        "rule-head-asks",
        "rule-head-priority",
        "rule-head-where",
        "rule-head-version",
    ];
    let mut head: Vec<Cell> = heads.map(|key| Cell::left(page.text(key))).to_vec();
    head.push(Cell::right(page.text("rule-head-asking")));
    head.push(Cell::left(page.text("rule-head-when")));
    let mut table = Table::new(head);
    for rule in rules {
        let asking = format!("{}/{}", rule.asking.len(), rule.zones);
        let asking = Cell::right(asking);
        table.row(vec![
            Cell::left(&rule.id).paint(Paint::Strong),
            Cell::left(asks(rule, page)),
            Cell::left(page.words.plain_code("priority", &rule.priority_name)),
            Cell::left(rule.places.join(" ")),
            Cell::left(rule.version.to_string()),
            if rule.asking.is_empty() {
                asking.paint(Paint::Dim)
            } else {
                asking.paint(Paint::Good)
            },
            Cell::left(&rule.when),
        ]);
    }
    let mut text = table.render(page);
    text.push('\n');
    let facts: Vec<(String, String)> = rules
        .iter()
        .map(|rule| (rule.id.clone(), in_language(&rule.text, page).to_owned()))
        .collect();
    text + &page.facts(&facts)
}

fn asks(rule: &Rule, page: &Page) -> String {
    if let Some(lx) = rule.target_lx {
        let named = [("lx", lx.into())];
        return match rule.ask.as_str() {
            "min" => page.say("rule-asks-min", &named),
            "max" => page.say("rule-asks-max", &named),
            _ => page.say("rule-asks-set", &named),
        };
    }
    let level = rule.level_pct.map(|level| ("level".to_owned(), u32::from(level)));
    page.words.code("kind", &rule.ask, &level.into_iter().collect())
}

/// Why a rule of the staff asks; `None` for the shipped rules.
pub fn reason(request: &Request, page: &Page) -> Option<String> {
    let named = [
        ("text", in_language(request.text.as_ref()?, page).into()),
        ("rule", request.rule.as_ref()?.into()),
    ];
    Some(match request.reason.as_str() {
        "rule_unsure" => page.say("rule-asks-unsure", &named),
        _ => page.say("rule-asks", &named),
    })
}

/// A sentence of the staff in the reader's language.
pub fn in_language<'t>(text: &'t BothLanguages, page: &Page) -> &'t str {
    match page.words.lang {
        Lang::En => &text.en,
        Lang::Zh => &text.zh,
    }
}
