//! Rules of the staff in the words of the API, and where each asks for something right now.

use crate::api::types::{BothLanguages, RoomRules, Rule, RuleHold, RulesCanary, RulesInForce};
use crate::rulebook::Current;
use crate::store::{InForce, RulesVersion};
use controller::Controller;
use rules::Target;

/// All rules, in the order of their file; behind them those of a version that is tried.
pub fn rules(controller: &Controller, in_force: &InForce) -> Vec<Rule> {
    let set = &controller.campus().rules;
    let version = |number| match &in_force.canary {
        Some(canary) if set.is_tried(number) => canary.version,
        _ => in_force.version,
    };
    // At most twice `RULES_MAX`, which fits.
    let all = set.rules().iter().enumerate().map(|(number, rule)| (number as u16, rule));
    all.map(|(number, rule)| one(controller, version(number), number, rule)).collect()
}

/// Holds, in the order of their file; behind them those of a version that is tried.
pub fn holds(current: &Current) -> Vec<RuleHold> {
    let InForce { version, canary } = &current.in_force;
    let all = current.set.holds().iter().enumerate();
    let min = |ms: Option<u32>| ms.map(|ms| ms / 60_000);
    let one = |(nth, hold): (usize, &rules::Hold)| RuleHold {
        id: hold.id.clone(),
        version: match canary {
            Some(canary) if current.set.is_hold_tried(nth) => canary.version,
            _ => *version,
        },
        places: hold.scopes.iter().map(|scope| scope.text.clone()).collect(),
        hold_min: min(hold.times.usual),
        break_hold_min: min(hold.times.pause),
        still_hold_min: min(hold.times.still),
    };
    all.map(one).collect()
}

/// Which rules are in force.
pub fn in_force(current: &Current) -> RulesInForce {
    let checksum = |version: u32, text: &str| match version {
        0 => String::new(),
        _ => RulesVersion::checksum(text),
    };
    let InForce { version, canary } = &current.in_force;
    let text = current.canary_text.as_deref().unwrap_or("");
    RulesInForce {
        version: *version,
        checksum: checksum(*version, &current.text),
        since_ms: current.since_ms,
        canary: canary.as_ref().map(|canary| RulesCanary {
            version: canary.version,
            checksum: checksum(canary.version, text),
            rooms: canary.rooms.clone(),
        }),
    }
}

/// Which of them a room hears.
pub fn room_rules(in_force: &InForce, room: &str) -> RoomRules {
    let InForce { version, canary } = in_force;
    match canary {
        None => RoomRules { version: *version, canary: false, elsewhere: None },
        Some(tried) if tried.rooms.iter().any(|it| it == room) => {
            RoomRules { version: tried.version, canary: true, elsewhere: Some(*version) }
        }
        Some(tried) => {
            RoomRules { version: *version, canary: false, elsewhere: Some(tried.version) }
        }
    }
}

fn one(controller: &Controller, version: u32, number: u16, rule: &rules::Rule) -> Rule {
    let name = |ix| {
        let room = &controller.campus().rooms[controller.zone_room(ix).at()];
        format!("{}/{}", room.place(), controller.zone_id(ix))
    };
    let (level_pct, target_lx) = match rule.ask.target() {
        Some(Target::Pct(pct)) => (Some(pct), None),
        Some(Target::Lx(lx)) => (None, Some(lx)),
        None => (None, None),
    };
    Rule {
        id: rule.id.clone(),
        version,
        places: rule.scopes.iter().map(|scope| scope.text.clone()).collect(),
        when: rule.when.clone(),
        ask: rule.ask.name().to_owned(),
        level_pct,
        target_lx,
        priority: rule.priority.number(),
        priority_name: rule.priority.name().to_owned(),
        fade_s: rule.fade_ms / 1000,
        expires_s: rule.expires_ms / 1000,
        text: text(rule),
        zones: controller.zones_of_rule(number).count(),
        asking: controller.zones_asked_by(number).map(name).collect(),
    }
}

/// Why, for people.
pub fn text(rule: &rules::Rule) -> BothLanguages {
    BothLanguages { en: rule.reason.en.clone(), zh: rule.reason.zh.clone() }
}
