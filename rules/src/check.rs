//! What is wrong with rules that can be read: found before they run, each with a story.
//!
//! | class | what it finds | how |
//! |---|---|---|
//! | `contradiction` | two rules of one priority that ask for different things at one moment | cells that touch |
//! | `shadowed` | a rule that is never true, or never followed | cells minus cells |
//! | `oscillation` | lamps that switch themselves by their own light | run against the lamps' light |
//! | `endless` | light in an empty room without an end, or kept for too long | cells |
//! | `unsafe` | dark or too dark over people's heads; too bright by itself (S3, S4, S8) | cells, and the zone itself |
//! | `time_gap` | times that leave a short hole, overlap a little, or forget make-up days | cells |
//! | `stale` | acting on what nobody knows (S5) | cells |
//! | `race` | off while movement may be on its way; on again behind a person who switched off | cells, and the zone itself |
//!
//! A *cell* is a set of values for every input that matters ([`cells`]); a *moment* is one of them
//! ([`witness`]), and what lamps do in it is decided by the very zone that the agent runs.

mod alone;
mod cells;
mod holds;
mod light;
mod pairs;
pub mod proof;
mod times;
mod witness;

use crate::fault::Span;
use crate::hold::Times;
use crate::rule::{Rule, Said};
use crate::scope::ZoneName;
use crate::set::RuleSet;
use cells::{CELLS_MAX, Cell};
use lighting::Settings;

/// A zone that rules may hold at, and how it behaves.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its name.
    pub name: ZoneName,
    /// How it behaves without rules.
    pub settings: Settings,
}

/// What kind of mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Two rules of one priority ask for different things at one moment.
    Contradiction,
    /// Never true, or never followed.
    Shadowed,
    /// Lamps switch themselves by their own light.
    Oscillation,
    /// Light without an end.
    Endless,
    /// Against a safety invariant.
    Unsafe,
    /// A hole or an overlap in times.
    TimeGap,
    /// Acts on what nobody knows.
    Stale,
    /// A person and a rule cross on the way.
    Race,
    /// The condition has too many cases to be checked.
    Unchecked,
}

impl Class {
    /// The name in `--json` and texts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contradiction => "contradiction",
            Self::Shadowed => "shadowed",
            Self::Oscillation => "oscillation",
            Self::Endless => "endless",
            Self::Unsafe => "unsafe",
            Self::TimeGap => "time_gap",
            Self::Stale => "stale",
            Self::Race => "race",
            Self::Unchecked => "unchecked",
        }
    }
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which kind.
    pub class: Class,
    /// The rule that should be changed, and others that have a part in it: their `id`s.
    pub rules: Vec<String>,
    /// Where in the file.
    pub at: Span,
    /// What happens, with times, inputs and levels.
    pub story: Said,
    /// What to do.
    pub hint: Said,
}

impl Finding {
    fn new(
        class: Class,
        rule: &Rule,
        others: Vec<String>,
        at: Span,
        story: Said,
        hint: Said,
    ) -> Self {
        let rules = std::iter::once(rule.id.clone()).chain(others).collect();
        Self { class, rules, at, story, hint }
    }
}

/// A rule with what the checks need of it.
struct Known<'r> {
    rule: &'r Rule,
    number: usize,
    /// Where its condition is true.
    cells: Vec<Cell>,
    /// Zones at which it holds, by their place in the list; in order.
    zones: Vec<u32>,
}

/// Looks for mistakes in rules at the zones of a campus. Findings stand in the order of the file.
pub fn check(rules: &RuleSet, places: &[Place]) -> Vec<Finding> {
    let mut findings = holds::check(rules, places);
    let places = &held(rules, places);
    let mut known = Vec::new();
    for (number, rule) in rules.rules().iter().enumerate() {
        let Some(cells) = cells::cells(&rule.cond, true) else {
            findings.push(unchecked(rule));
            continue;
        };
        let holds = |place: &Place| rule.scopes.iter().any(|scope| scope.matches(&place.name));
        let zones = (0..places.len() as u32).filter(|at| holds(&places[*at as usize]));
        known.push(Known { rule, number, cells, zones: zones.collect() });
    }
    for one in &known {
        findings.extend(alone::check(one, &kinds(one, places)));
        findings.extend(times::check(one));
    }
    let by_zone = by_zone(&known, places.len());
    for one in &known {
        findings.extend(pairs::check(one, &known, &by_zone));
        findings.extend(lit(one, &known, &by_zone, places));
    }
    findings.sort_by(|a, b| (a.at.start, a.class, &a.rules).cmp(&(b.at.start, b.class, &b.rules)));
    findings.dedup_by(|a, b| a.class == b.class && a.rules == b.rules);
    findings
}

/// Places as they behave with the holds of these rules.
fn held(rules: &RuleSet, places: &[Place]) -> Vec<Place> {
    let held = |place: &Place| {
        let mut place = place.clone();
        rules.times_at(&place.name, Times::of(&place.settings)).put(&mut place.settings);
        place
    };
    places.iter().map(held).collect()
}

/// Most kinds of zones at which one rule is tried.
const KINDS_MAX: usize = 6;

/// Zones of a rule that differ in how they behave.
fn kinds<'p>(one: &Known<'_>, places: &'p [Place]) -> Vec<&'p Place> {
    let mut found: Vec<&Place> = Vec::new();
    for at in &one.zones {
        let place = &places[*at as usize];
        if found.len() < KINDS_MAX && found.iter().all(|it| it.settings != place.settings) {
            found.push(place);
        }
    }
    found
}

/// Rules by zone, by their place among the known ones.
fn by_zone(known: &[Known<'_>], count: usize) -> Vec<Vec<usize>> {
    let mut zones = vec![Vec::new(); count];
    for (nth, one) in known.iter().enumerate() {
        one.zones.iter().for_each(|at| zones[*at as usize].push(nth));
    }
    zones
}

/// Lamps that see themselves, at every kind of zone of a rule.
fn lit(
    one: &Known<'_>,
    known: &[Known<'_>],
    by_zone: &[Vec<usize>],
    places: &[Place],
) -> Option<Finding> {
    kinds(one, places).into_iter().find_map(|place| {
        if !light::sees_lamps(one.rule, &place.settings) {
            return None;
        }
        let at =
            one.zones.iter().find(|at| std::ptr::eq(&raw const places[**at as usize], place))?;
        let others: Vec<&Rule> = by_zone[*at as usize]
            .iter()
            .map(|nth| known[*nth].rule)
            .filter(|other| other.id != one.rule.id && light::sees_lamps(other, &place.settings))
            .collect();
        light::check(one.rule, &others, place)
    })
}

fn unchecked(rule: &Rule) -> Finding {
    let story = Said {
        en: format!("the condition has more than {CELLS_MAX} cases, so nothing can be said of it"),
        zh: format!("条件的情形超过 {CELLS_MAX} 种，无法检查"),
    };
    let hint = Said { en: "write two rules".into(), zh: "请拆成两条规则".into() };
    Finding::new(Class::Unchecked, rule, Vec::new(), rule.at.when.clone(), story, hint)
}
