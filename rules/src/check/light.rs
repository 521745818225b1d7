//! Lamps that see themselves: a rule that switches by illuminance is run against lamps whose light adds
//! to it, at every daylight around its thresholds.

use super::cells::{Cell, Input, cells};
use super::witness::{Moment, START_MS, ask, inputs, moment, shown};
use super::{Class, Finding, Place};
use crate::facts::{Facts, Reading, Sensor};
use crate::rule::{Memory, Rule, Said, Target};
use lighting::{Settings, Verdict, Zone};

/// Light of lamps of which nobody has measured it, lx: a classroom's, new (GB 7793-2010).
const LAMP_LX: i64 = 400;

/// Decisions of one run, and those of them in which the lamps may still be settling.
const STEPS: u64 = 20;
const SETTLING: usize = 6;

/// As often as this lamps must turn back for it to be called an oscillation.
const TURNS_MIN: usize = 4;

/// Most situations in which one rule is run.
const SITUATIONS_MAX: usize = 4;

/// Most other rules that are run with it.
const OTHERS_MAX: usize = 8;

/// Whether a rule looks at light that its own lamps may make.
pub(super) fn sees_lamps(rule: &Rule, settings: &Settings) -> bool {
    let reads = |sensor| {
        let mut found = Vec::new();
        rule.cond.compares(sensor, &mut found);
        !found.is_empty()
    };
    let measures = matches!(rule.ask.target(), Some(Target::Lx(_)));
    // Without their light being known it cannot be taken off.
    reads(Sensor::IlluminanceLx) || settings.lamp_lx == 0 && (reads(Sensor::DaylightLx) || measures)
}

/// Runs a rule with others of its zone that look at light too.
pub(super) fn check(rule: &Rule, others: &[&Rule], place: &Place) -> Option<Finding> {
    let settings = &place.settings;
    let own_lx = if settings.lamp_lx == 0 { LAMP_LX } else { i64::from(settings.lamp_lx) };
    let rules: Vec<&Rule> =
        std::iter::once(rule).chain(others.iter().copied().take(OTHERS_MAX)).collect();
    for cell in situations(rule) {
        let moment = moment(&cell);
        for daylight_lx in daylights(&rules, own_lx) {
            let run = Run { moment: &moment, settings, own_lx, daylight_lx };
            let Some(turns) = run.turns(&rules) else { continue };
            if run.turns(&[]).is_none() {
                return Some(finding(rule, &rules, &run, &turns));
            }
        }
    }
    None
}

/// Where the rule may hold, whatever the light.
fn situations(rule: &Rule) -> Vec<Cell> {
    let mut found: Vec<Cell> = Vec::new();
    for mut cell in cells(&rule.cond, true).unwrap_or_default() {
        cell.remove(&Input::Value(Sensor::IlluminanceLx));
        cell.remove(&Input::Value(Sensor::DaylightLx));
        cell.retain(|input, _| !matches!(input, Input::Past(_)));
        if !found.contains(&cell) && found.len() < SITUATIONS_MAX {
            found.push(cell);
        }
    }
    found
}

/// Daylight around every threshold, with and without the lamps.
fn daylights(rules: &[&Rule], own_lx: i64) -> Vec<i64> {
    let mut ends = Vec::new();
    for rule in rules {
        rule.cond.compares(Sensor::IlluminanceLx, &mut ends);
        rule.cond.compares(Sensor::DaylightLx, &mut ends);
        if let Some(Target::Lx(lx)) = rule.ask.target() {
            ends.push(i64::from(lx) * 1000);
        }
    }
    let near = |end: &i64| {
        let end = end / 1000;
        (0..8).map(move |tenths| end - 1 - own_lx * tenths / 10)
    };
    let mut found: Vec<i64> = ends.iter().flat_map(near).chain([0]).filter(|lx| *lx >= 0).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Lamps under a steady sky.
struct Run<'a> {
    moment: &'a Moment,
    settings: &'a Settings,
    own_lx: i64,
    daylight_lx: i64,
}

impl Run<'_> {
    /// What the sensor says with the lamps at a level.
    fn facts(&self, level_pct: u8, after_ms: u64) -> Facts {
        let mut facts = self.moment.later(after_ms);
        let seen = self.daylight_lx + self.own_lx * i64::from(level_pct) / 100;
        let taken_off = i64::from(self.settings.lamp_lx) * i64::from(level_pct) / 100;
        let at = START_MS + after_ms;
        let reading = |lx: i64| Reading {
            milli: Some(lx.max(0) * 1000),
            measured: Some(at),
            fresh_until: at + 150_000,
        };
        facts.readings[Sensor::IlluminanceLx as usize] = reading(seen);
        facts.readings[Sensor::DaylightLx as usize] = reading(seen - taken_off);
        facts
    }

    /// Levels, one decision after the other, when they never come to rest.
    fn turns(&self, rules: &[&Rule]) -> Option<Vec<(u64, i64, u8)>> {
        let mut zone = Zone::new();
        let mut memories = vec![Memory::default(); rules.len()];
        let step_ms = rules.iter().map(|rule| rule.cond.longest_ms()).max().unwrap_or(0) + 60_000;
        let mut levels = Vec::new();
        for step in 0..STEPS {
            let after_ms = step * step_ms;
            let facts = self.facts(zone.level_pct(), after_ms);
            let now = START_MS + after_ms;
            let asked = ask(rules, &mut memories, &facts, self.settings, now);
            let written = asked.iter().copied();
            let seen = facts.reading(Sensor::IlluminanceLx).milli.unwrap_or(0);
            let verdict: Verdict<32> =
                zone.decide_with(&inputs(&facts), self.settings, written, now);
            levels.push((after_ms, seen, verdict.level_pct));
        }
        let late = &levels[SETTLING..];
        let rises: Vec<bool> = late
            .windows(2)
            .filter(|pair| pair[0].2 != pair[1].2)
            .map(|pair| pair[1].2 > pair[0].2)
            .collect();
        let turns = rises.windows(2).filter(|pair| pair[0] != pair[1]).count();
        (turns >= TURNS_MIN).then_some(levels)
    }
}

fn finding(rule: &Rule, rules: &[&Rule], run: &Run<'_>, levels: &[(u64, i64, u8)]) -> Finding {
    let said = run.moment.said();
    let step = |(after_ms, seen, level): &(u64, i64, u8)| {
        format!("+{} min: {} lx → {level} %", after_ms / 60_000, shown(*seen))
    };
    let steps: Vec<String> = levels[SETTLING..].iter().take(4).map(step).collect();
    let (steps, daylight) = (steps.join("; "), run.daylight_lx);
    // With whom it swings: the fewest that do.
    let alone = run.turns(&rules[..1]).is_some();
    let others = rules[1..].iter().filter(|other| run.turns(&[rule, other]).is_some());
    let with: Vec<String> =
        if alone { Vec::new() } else { others.map(|other| other.id.clone()).take(1).collect() };
    let story = Said {
        en: format!("{}, daylight steady at {daylight} lx: {steps}; and so on for ever", said.en),
        zh: format!("{}，自然光稳定在 {daylight} lx：{steps}；如此反复不停", said.zh),
    };
    let hint = Said {
        en: format!(
            "compare `daylight_lx`, which leaves the lamps out, or use `hyst` with a band wider than \
             the {} lx of the lamps",
            run.own_lx
        ),
        zh: format!(
            "请比较已扣除灯光的 `daylight_lx`，或使用 `hyst` 并让区间大于灯具自身的 {} lx",
            run.own_lx
        ),
    };
    Finding::new(Class::Oscillation, rule, with, rule.at.when.clone(), story, hint)
}
