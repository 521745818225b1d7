//! Mistakes in holds: one that counts nowhere, and one that leaves people in the dark who sit still.

use super::{Class, Finding, Place};
use crate::hold::{Hold, Times};
use crate::rule::Said;
use crate::set::RuleSet;
use lighting::Period;

/// The longest that somebody sat still in 15.8 occupied hours of UCI ROE, ms: 7.5 min.
const STILL_MS: u32 = 450_000;

/// What is wrong with the holds of one file, at places that are still as they are configured.
pub(super) fn check(rules: &RuleSet, places: &[Place]) -> Vec<Finding> {
    let all = rules.holds().iter().enumerate();
    all.filter_map(|(nth, hold)| {
        let later = &rules.holds()[nth + 1..];
        unheard(hold, later, places).or_else(|| too_short(hold, rules, places))
    })
    .collect()
}

/// Every time that it says is said again, by later ones, for every room that it means.
fn unheard(hold: &Hold, later: &[Hold], places: &[Place]) -> Option<Finding> {
    let mut by: Vec<String> = Vec::new();
    for place in places.iter().filter(|place| hold.matches(&place.name)) {
        let Times { usual, pause, still } = hold.times;
        let mut left = [usual.is_some(), pause.is_some(), still.is_some()];
        for other in later.iter().filter(|other| other.matches(&place.name)) {
            let Times { usual, pause, still } = other.times;
            let says = [usual.is_some(), pause.is_some(), still.is_some()];
            left.iter_mut().zip(says).for_each(|(left, says)| *left &= !says);
            if !by.contains(&other.id) {
                by.push(other.id.clone());
            }
        }
        if left.contains(&true) {
            return None;
        }
    }
    if by.is_empty() {
        return None; // it means no room at all: refused where the file is read
    }
    let names = by.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    let story = Said {
        en: format!("every room that it means has another hold further down: {names}"),
        zh: format!("它所指的每个房间在后面都另有保持时间：{names}"),
    };
    let hint = Said {
        en: "put the general one first and its exceptions below, or leave it out".into(),
        zh: "把通用的放在前面、例外放在后面，或删去它".into(),
    };
    Some(found(Class::Shadowed, hold, by, story, hint))
}

/// In an exam nobody moves for longer than this.
fn too_short(hold: &Hold, rules: &RuleSet, places: &[Place]) -> Option<Finding> {
    let here = places.iter().filter(|place| hold.matches(&place.name));
    let held = |place: &Place| {
        let mut settings = place.settings;
        rules.times_at(&place.name, Times::of(&place.settings)).put(&mut settings);
        settings.hold_ms(Period::Exam)
    };
    let (place, ms) = here.map(|place| (place, held(place))).find(|(_, ms)| *ms < STILL_MS)?;
    let (room, min) = (&place.name.room, ms / 60_000);
    let story = Said {
        en: format!(
            "{room} in an exam: everybody sits still for 7.5 min, as people do, and is in the dark after {min}"
        ),
        zh: format!("{room} 考试中：大家静坐 7.5 分钟（常有之事），{min} 分钟后灯就熄灭"),
    };
    let hint = Said {
        en: "`still_hold_min = 15`, for exams and self-study".into(),
        zh: "为考试和自习写上 `still_hold_min = 15`".into(),
    };
    Some(found(Class::Race, hold, Vec::new(), story, hint))
}

fn found(class: Class, hold: &Hold, others: Vec<String>, story: Said, hint: Said) -> Finding {
    let rules = std::iter::once(hold.id.clone()).chain(others).collect();
    Finding { class, rules, at: hold.at.clone(), story, hint }
}
