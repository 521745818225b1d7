//! Rules of the staff in the words of the API, and where each asks for something right now.

use crate::api::types::{BothLanguages, Rule};
use controller::Controller;
use rules::Target;

/// All rules, in the order of their file.
pub fn rules(controller: &Controller) -> Vec<Rule> {
    let all = controller.campus().rules.rules().iter().enumerate();
    // At most `RULES_MAX`, which fits.
    all.map(|(number, rule)| one(controller, number as u16, rule)).collect()
}

fn one(controller: &Controller, number: u16, rule: &rules::Rule) -> Rule {
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
