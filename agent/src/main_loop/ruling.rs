//! Other rules of the staff while everything runs: tried on a copy, or in force from now on.

use super::Body;
use crate::api::types::{Need, PlannedLevel, Problem};
use crate::api::{RulesSwap, problem};
use crate::rulebook::Current;
use crate::{answers, store};
use ::rules::RuleSet;
use controller::{Action, Controller, Input, Timestamp};
use std::sync::Arc;

impl Body {
    /// What rules would change right now, on a copy of everything: nothing is sent, nothing kept.
    pub(super) fn try_rules(&self, rules: &Arc<RuleSet>, now: Timestamp) -> Vec<PlannedLevel> {
        let mut copy = self.controller.clone();
        let mut actions = Vec::new();
        // What is due anyway is not the rules' doing.
        copy.handle(Input::Tick, now, &mut actions);
        actions.clear();
        let before = copy.clone();
        copy.handle(Input::Rules { rules }, now, &mut actions);
        levels(&before, &copy, &actions)
    }

    /// decide: other rules are in force from now on, for the log too.
    pub(super) fn rule(
        &mut self,
        swap: RulesSwap,
        now: Timestamp,
    ) -> Result<Vec<PlannedLevel>, Problem> {
        let RulesSwap { before, version, change, current } = swap;
        if self.facts.rules.in_force != before {
            return Err(problem("busy", "", "other rules came into force meanwhile; try again"));
        }
        let change = store::RulesChange { at_ms: self.told_ms(), ..change };
        self.keeper.store.rules(version, change);
        let old = self.controller.clone();
        let mut actions = std::mem::take(&mut self.actions);
        self.controller.handle(Input::Rules { rules: &current.set }, now, &mut actions);
        let levels = levels(&old, &self.controller, &actions);
        for action in actions.drain(..) {
            self.act(action, now);
        }
        self.actions = actions;
        self.say_in_force(current);
        self.keeper.hurry();
        Ok(levels)
    }

    /// The rules of a version have mistakes; others may be in force by now.
    pub(super) fn mistaken(&mut self, version: u32, found: Need) {
        let mut current = (*self.facts.rules).clone();
        if current.chosen().0 == version {
            current.needs.push(found);
            self.say_in_force(current);
        }
    }

    fn say_in_force(&mut self, current: Current) {
        self.facts.rules = Arc::new(current);
        self.ruling.send_replace(self.facts.rules.clone());
    }
}

/// Levels that changed between two states, with why they were as they were.
fn levels(before: &Controller, after: &Controller, actions: &[Action]) -> Vec<PlannedLevel> {
    let changed = actions.iter().filter_map(|action| match action {
        Action::Changed { room, zone, from_pct, verdict, .. } => {
            Some((*room, *zone, *from_pct, &**verdict))
        }
        _ => None,
    });
    let level = |(room, zone, from_pct, verdict): (_, _, _, &controller::Verdict)| {
        let view = before.room(room).zones.into_iter().find(|view| view.ix == zone)?;
        Some(PlannedLevel {
            room: after.campus().rooms[room.at()].place().to_string(),
            zone: after.zone_id(zone).to_string(),
            from_pct,
            to_pct: verdict.level_pct,
            fade_ms: verdict.fade_ms,
            before: answers::request(before.campus(), &view.verdict.winner),
            after: answers::request(after.campus(), &verdict.winner),
        })
    };
    changed.filter_map(level).collect()
}
