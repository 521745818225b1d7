//! What differs between two sets of rules: rule by rule and key by key, and in which rooms.

use crate::api::types::{PlannedKey, PlannedRoom, PlannedRule};
use controller::Campus;
use rules::{Hold, Rule, RuleSet, Target, Times, ZoneName};

/// Rules and holds that are new, gone, or say something else.
pub fn compare(before: &RuleSet, after: &RuleSet, campus: &Campus) -> Vec<PlannedRule> {
    let (old, new) = (all(before), all(after));
    let rooms = |one: &One<'_>| rooms_of(one, campus);
    let mut found = Vec::new();
    for one in &new {
        match old.iter().find(|it| it.named(one)) {
            None => found.push(planned(one, "added", keys(&[], &one.keys), rooms(one))),
            Some(was) => {
                let keys = keys(&was.keys, &one.keys);
                if !keys.is_empty() {
                    let mut all = rooms(one);
                    all.extend(rooms(was));
                    all.sort();
                    all.dedup();
                    found.push(planned(one, "changed", keys, all));
                }
            }
        }
    }
    let gone = old.iter().filter(|was| !new.iter().any(|it| it.named(was)));
    found.extend(gone.map(|was| planned(was, "removed", keys(&was.keys, &[]), rooms(was))));
    found
}

/// Rooms in which rules or holds say something else, with the zones that it concerns.
pub fn touched(before: &RuleSet, after: &RuleSet, campus: &Campus) -> Vec<PlannedRoom> {
    let room = |room: &controller::RoomConfig| {
        let place = room.place().to_string();
        let concerns = |zone: &&controller::ZoneConfig| {
            let name = ZoneName { room: place.clone(), zone: zone.id.to_string() };
            let usual = Times::of(&zone.lighting);
            let same = |(a, b): (&u16, &u16)| {
                let both = before.rule(*a).zip(after.rule(*b));
                both.is_some_and(|(a, b)| a.says_here(b))
            };
            let (old, new) = (before.at(&name), after.at(&name));
            let ruled = old.len() != new.len() || !old.iter().zip(&new).all(same);
            ruled || before.times_at(&name, usual) != after.times_at(&name, usual)
        };
        let zones: Vec<String> =
            room.zones.iter().filter(concerns).map(|zone| zone.id.to_string()).collect();
        (!zones.is_empty()).then(|| PlannedRoom { room: place.clone(), zones })
    };
    campus.rooms.iter().filter_map(room).collect()
}

/// A rule or a hold, as it is written.
struct One<'r> {
    kind: &'static str,
    id: &'r str,
    keys: Vec<(&'static str, String)>,
    scopes: &'r [rules::Scope],
}

impl One<'_> {
    fn named(&self, other: &One<'_>) -> bool {
        (self.kind, self.id) == (other.kind, other.id)
    }
}

fn all(set: &RuleSet) -> Vec<One<'_>> {
    set.rules().iter().map(of_rule).chain(set.holds().iter().map(of_hold)).collect()
}

fn texts(scopes: &[rules::Scope]) -> String {
    scopes.iter().map(|scope| scope.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn of_rule(rule: &Rule) -> One<'_> {
    let mut keys = vec![
        ("where", texts(&rule.scopes)),
        ("when", rule.when.clone()),
        ("ask", rule.ask.name().to_owned()),
    ];
    match rule.ask.target() {
        Some(Target::Pct(pct)) => keys.push(("level_pct", pct.to_string())),
        Some(Target::Lx(lx)) => keys.push(("target_lx", lx.to_string())),
        None => {}
    }
    keys.push(("fade_s", (rule.fade_ms / 1000).to_string()));
    keys.push(("priority", rule.priority.name().to_owned()));
    keys.push(("expires_min", (rule.expires_ms / 60_000).to_string()));
    keys.push(("reason.en", rule.reason.en.clone()));
    keys.push(("reason.zh", rule.reason.zh.clone()));
    One { kind: "rule", id: &rule.id, keys, scopes: &rule.scopes }
}

fn of_hold(hold: &Hold) -> One<'_> {
    let times = [
        ("hold_min", hold.times.usual),
        ("break_hold_min", hold.times.pause),
        ("still_hold_min", hold.times.still),
    ];
    let times = times.into_iter().filter_map(|(key, ms)| Some((key, (ms? / 60_000).to_string())));
    let keys = [("where", texts(&hold.scopes))].into_iter().chain(times).collect();
    One { kind: "hold", id: &hold.id, keys, scopes: &hold.scopes }
}

/// Keys that differ, with both values.
fn keys(old: &[(&'static str, String)], new: &[(&'static str, String)]) -> Vec<PlannedKey> {
    let value = |of: &[(&'static str, String)], key: &str| {
        of.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone())
    };
    let gone = old.iter().filter(|(key, _)| value(new, key).is_none());
    let all = new.iter().chain(gone).map(|(key, _)| PlannedKey {
        key: (*key).to_owned(),
        before: value(old, key),
        after: value(new, key),
    });
    all.filter(|key| key.before != key.after).collect()
}

fn rooms_of(one: &One<'_>, campus: &Campus) -> Vec<String> {
    let means = |room: &&controller::RoomConfig| {
        let place = room.place().to_string();
        room.zones.iter().any(|zone| {
            let name = ZoneName { room: place.clone(), zone: zone.id.to_string() };
            one.scopes.iter().any(|scope| scope.matches(&name))
        })
    };
    campus.rooms.iter().filter(means).map(|room| room.place().to_string()).collect()
}

fn planned(one: &One<'_>, change: &str, keys: Vec<PlannedKey>, rooms: Vec<String>) -> PlannedRule {
    let (id, kind) = (one.id.to_owned(), one.kind.to_owned());
    PlannedRule { id, kind, change: change.to_owned(), keys, rooms }
}
