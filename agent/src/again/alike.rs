//! Rooms for which other settings are none: they are told once, for both.

use controller::{Campus, RoomConfig};
use rules::{Rule, Times, ZoneName};
use std::collections::{BTreeMap, BTreeSet};

/// Rooms that the candidate may light otherwise than today's settings do, as `building/room`; all of them where
/// anything differs that belongs to no room. What only people read, like reasons of rules, differs too: it does no
/// harm to tell a room twice.
pub fn differing(today: &Campus, candidate: &Campus) -> BTreeSet<String> {
    let same = roomless(today) == roomless(candidate);
    let (today, candidate) = (rooms(today), rooms(candidate));
    let names = today.keys().chain(candidate.keys());
    let other = |name: &&String| !same || today.get(*name) != candidate.get(*name);
    names.filter(other).cloned().collect()
}

/// Everything but rooms and rules.
fn roomless(campus: &Campus) -> Campus {
    Campus { rooms: Vec::new(), rules: Default::default(), ..campus.clone() }
}

/// Every room, with the holds and rules of its zones.
fn rooms(campus: &Campus) -> BTreeMap<String, (&RoomConfig, Vec<Ruled>)> {
    let zones = |room: &RoomConfig| {
        let zones = room.zones.iter().map(|zone| {
            let name = ZoneName { room: room.place().to_string(), zone: zone.id.to_string() };
            let times = campus.rules.times_at(&name, Times::of(&zone.lighting));
            (times, rules_at(campus, &name))
        });
        zones.collect()
    };
    campus.rooms.iter().map(|room| (room.place().to_string(), (room, zones(room)))).collect()
}

type Ruled = (Times<u32>, Vec<Rule>);

/// Rules of a zone, wherever they stand in their file.
fn rules_at(campus: &Campus, name: &ZoneName) -> Vec<Rule> {
    let numbers = campus.rules.at(name).into_iter();
    let placeless = |rule: &Rule| {
        let mut rule = rule.clone();
        (rule.at, rule.scopes) = Default::default();
        rule
    };
    numbers.filter_map(|number| campus.rules.rule(number)).map(placeless).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use rules::RuleSet;

    fn campus(hold_min: u32, rules: &str) -> Campus {
        let mut text = format!(
            "[campus]\nid = \"c\"\ntime_zone = \"UTC\"\n[broker]\nurl = \"embedded\"\n\
             [timetable]\nopen = \"07:00-18:00\"\n[lighting]\nhold_min = {hold_min}\n"
        );
        for room in ["a/1", "a/2", "b/1"] {
            let node = room.replace('/', "-");
            text += &format!(
                "[[room]]\nid = \"{room}\"\n[[room.zone]]\nid = \"all\"\nnode = \"{node}\"\n\
                 [[node]]\nid = \"{node}\"\nroom = \"{room}\"\n"
            );
        }
        let mut campus = Config::parse(&text, "campus.toml").expect("a good file").campus;
        campus.rules = RuleSet::parse(rules).expect("good rules").into();
        campus
    }

    fn rule(id: &str, scope: &str, level_pct: u8) -> String {
        format!(
            "[[rule]]\nid = \"{id}\"\nwhere = \"{scope}\"\nwhen = 'occupied'\nask = \"max\"\n\
             level_pct = {level_pct}\npriority = \"daylight\"\nexpires_min = 10\nreason = \"why\"\n"
        )
    }

    fn check(candidate: &Campus, expected: &[&str]) {
        let today = campus(10, &rule("one", "a/*", 80));
        let found = differing(&today, candidate);
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn only_rooms_whose_settings_or_rules_differ_do() {
        let one = rule("one", "a/*", 80);
        check(&campus(10, &one), &[]);
        check(&campus(10, &format!("# moved\n\n{one}")), &[]);
        check(&campus(10, &(rule("two", "b/1", 60) + &one)), &["b/1"]);
        check(&campus(10, &rule("one", "a/*", 70)), &["a/1", "a/2"]);
        check(&campus(10, &rule("one", "a/1", 80)), &["a/2"]);
        let hold = "[[hold]]\nid = \"h\"\nwhere = [\"a/2\"]\nhold_min = 15\n";
        check(&campus(10, &(one.clone() + hold)), &["a/2"]);
        check(&campus(9, &one), &["a/1", "a/2", "b/1"]);
        let mut other = campus(10, &one);
        other.settings.silent_ms += 1;
        check(&other, &["a/1", "a/2", "b/1"]);
        other = campus(10, &one);
        other.rooms.pop();
        other.nodes.pop();
        check(&other, &["a/1", "a/2", "b/1"]);
    }
}
