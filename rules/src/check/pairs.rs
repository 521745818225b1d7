//! Mistakes that rules make together: contradiction, and being shadowed.

use super::cells::{meet, touch, without};
use super::witness::moment;
use super::{Class, Finding, Known, times};
use crate::rule::{Ask, Rule, Said, Target};

/// Everything that is wrong between a rule and others that hold at one of its zones.
pub(super) fn check(one: &Known<'_>, known: &[Known<'_>], by_zone: &[Vec<usize>]) -> Vec<Finding> {
    let mut others: Vec<usize> =
        one.zones.iter().flat_map(|at| by_zone[*at as usize].iter().copied()).collect();
    others.sort_unstable();
    others.dedup();
    let others: Vec<&Known<'_>> =
        others.into_iter().map(|nth| &known[nth]).filter(|it| it.number != one.number).collect();
    let mut found = Vec::new();
    let earlier = others.iter().filter(|other| other.number < one.number);
    for other in earlier.filter(|it| it.rule.priority == one.rule.priority) {
        found.extend(contradiction(other, one));
        found.extend(times::between(other, one, &others));
    }
    found.extend(shadowed(one, &others));
    found
}

/// Whether two requests of one priority cannot both be followed.
fn conflict(a: Ask, b: Ask) -> bool {
    use Ask::{Hold, Max, Min, Off, Set};
    use Target::Pct;
    match (a, b) {
        (Off, Off) | (Hold, Hold) | (Min(_), Min(_)) | (Max(_), Max(_)) => false,
        (Set(a), Set(b)) => a != b,
        (Min(Pct(min)), Max(Pct(max))) | (Max(Pct(max)), Min(Pct(min))) => min > max,
        (Set(Pct(set)), Min(Pct(min))) | (Min(Pct(min)), Set(Pct(set))) => set < min,
        (Set(Pct(set)), Max(Pct(max))) | (Max(Pct(max)), Set(Pct(set))) => set > max,
        (Off, Min(_)) | (Min(_), Off) => true,
        (Off | Set(_) | Hold, Off | Set(_) | Hold) => true,
        _ => false,
    }
}

fn contradiction(first: &Known<'_>, second: &Known<'_>) -> Option<Finding> {
    if !conflict(first.rule.ask, second.rule.ask) {
        return None;
    }
    let mut pairs = first.cells.iter().flat_map(|a| second.cells.iter().map(move |b| (a, b)));
    let (a, b) = pairs.find(|(a, b)| touch(a, b))?;
    let both = meet(a, b)?;
    if let Some(finding) = times::overlap(first.rule, second.rule, a, b, &both) {
        return Some(finding);
    }
    let moment = moment(&both);
    let said = moment.said();
    let (asks, other) = (asks(second.rule), asks(first.rule));
    let story = Said {
        en: format!(
            "{}: `{}` asks {}, and `{}` asks {}, both as `{}`; the brighter one is followed",
            said.en,
            first.rule.id,
            other.en,
            second.rule.id,
            asks.en,
            second.rule.priority.name()
        ),
        zh: format!(
            "{}：`{}` 要求{}，`{}` 要求{}，级别都是 `{}`；按较亮的执行",
            said.zh,
            first.rule.id,
            other.zh,
            second.rule.id,
            asks.zh,
            second.rule.priority.name()
        ),
    };
    let hint = Said {
        en: "give one of them another priority, or conditions that exclude each other".into(),
        zh: "请给其中一条换级别，或让两个条件互相排斥".into(),
    };
    let (rule, at) = (second.rule, second.rule.at.ask.clone());
    Some(Finding::new(Class::Contradiction, rule, vec![first.rule.id.clone()], at, story, hint))
}

/// What a rule asks for, in words.
fn asks(rule: &Rule) -> Said {
    let level = match rule.ask.target() {
        Some(Target::Pct(pct)) => format!("{pct} %"),
        Some(Target::Lx(lx)) => format!("{lx} lx"),
        None => String::new(),
    };
    let (en, zh) = match rule.ask {
        Ask::Set(_) => (level.clone(), format!("设为 {level}")),
        Ask::Min(_) => (format!("at least {level}"), format!("不低于 {level}")),
        Ask::Max(_) => (format!("at most {level}"), format!("不高于 {level}")),
        Ask::Off => ("off".to_owned(), "关灯".to_owned()),
        Ask::Hold => ("to stay as it is".to_owned(), "保持不变".to_owned()),
    };
    Said { en, zh }
}

/// Whether `strong` leaves nothing of what `weak` asks for, while both hold.
fn dominates(strong: &Known<'_>, weak: &Known<'_>) -> bool {
    use Ask::{Hold, Max, Min, Off, Set};
    use Target::{Lx, Pct};
    let (s, w) = (strong.rule, weak.rule);
    // Of two that say the same at one priority, the later one is too much.
    let same = s.ask == w.ask && s.priority == w.priority && strong.number < weak.number;
    let stronger = s.priority < w.priority;
    let asks_more = match (s.ask, w.ask) {
        (Off | Set(_) | Hold, Off | Set(_) | Hold) => stronger,
        (Min(Pct(s)), Min(Pct(w))) | (Max(Pct(w)), Max(Pct(s))) => {
            s > w && strong.rule.priority <= weak.rule.priority || s == w && stronger
        }
        (Min(Lx(s)), Min(Lx(w))) | (Max(Lx(w)), Max(Lx(s))) => {
            s > w && strong.rule.priority <= weak.rule.priority || s == w && stronger
        }
        _ => false,
    };
    (same || asks_more) && weak.zones.iter().all(|zone| strong.zones.binary_search(zone).is_ok())
}

fn shadowed(one: &Known<'_>, others: &[&Known<'_>]) -> Option<Finding> {
    let mut left = one.cells.clone();
    let mut by = Vec::new();
    for other in others.iter().filter(|other| dominates(other, one)) {
        let before = left.clone();
        for cell in &other.cells {
            left = without(&left, cell)?;
        }
        if left != before {
            by.push(other.rule.id.clone());
        }
        if left.is_empty() {
            return Some(never_followed(one, by));
        }
    }
    None
}

fn never_followed(one: &Known<'_>, by: Vec<String>) -> Finding {
    // A condition that is never true was found before.
    let cell = one.cells.first().cloned().unwrap_or_default();
    let said = moment(&cell).said();
    let names: Vec<String> = by.iter().map(|id| format!("`{id}`")).collect();
    let story = Said {
        en: format!(
            "{}: {} asks too, and wins; so it is at every moment at which this rule holds",
            said.en,
            names.join(" or ")
        ),
        zh: format!(
            "{}：{} 同时生效并且优先；这条规则成立的任何时刻都是如此",
            said.zh,
            names.join(" 或 ")
        ),
    };
    let hint = Said {
        en: "remove the rule, give it a stronger priority, or narrow the other".into(),
        zh: "请删去这条规则、提高级别，或收窄另一条的条件".into(),
    };
    Finding::new(Class::Shadowed, one.rule, by, one.rule.at.id.clone(), story, hint)
}
