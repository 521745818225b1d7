//! Seeded mistakes, one line per rule: `[where:] priority ask level [expires] | condition`. Every one is
//! found in its class; the rules that are shipped as an example have none.

use lighting::Settings;
use rules::{Class, Place, RuleSet, ZoneName, check};
use std::fmt::Write as _;

/// A school of four zones: two ordinary ones, a board, and one of which nobody has measured the lamps.
pub fn places() -> Vec<Place> {
    let place = |room: &str, zone: &str, settings: Settings| Place {
        name: ZoneName { room: room.into(), zone: zone.into() },
        settings,
    };
    let usual = Settings::default();
    vec![
        place("science/101", "window", usual),
        place("science/101", "board", Settings { target_lx: 500, floor_lx: 500, ..usual }),
        place("science/102", "inner", usual),
        place("gym/hall", "all", Settings { lamp_lx: 0, ..usual }),
    ]
}

/// Lines to a file of rules.
fn file(lines: &str) -> String {
    let mut text = String::new();
    for (nth, line) in lines.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let (head, when) = line.split_once('|').expect("a condition");
        let mut words: Vec<&str> = head.split_whitespace().collect();
        let place = match words[0].strip_suffix(':') {
            Some(place) => {
                words.remove(0);
                place
            }
            None => "science/*",
        };
        let level = match words.get(2) {
            None => String::new(),
            Some(level) => match level.strip_suffix("lx") {
                Some(lx) => format!("target_lx = {lx}\n"),
                None => format!("level_pct = {level}\n"),
            },
        };
        let expires = words.get(3).copied().unwrap_or("10");
        let (priority, ask, when) = (words[0], words[1], when.trim());
        // Off and hold have no level; `-` stands for it where an expiry follows.
        let level = if level == "level_pct = -\n" { String::new() } else { level };
        let _ = write!(
            text,
            "[[rule]]\nid = \"r{nth}\"\nwhere = \"{place}\"\nwhen = '{when}'\nask = \"{ask}\"\n{level}\
             priority = \"{priority}\"\nexpires_min = {expires}\nreason = \"why\"\n"
        );
    }
    text
}

fn found(lines: &str) -> Vec<rules::Finding> {
    let rules = RuleSet::parse(&file(lines)).unwrap_or_else(|faults| panic!("{lines}: {faults:?}"));
    check(&rules, &places())
}

/// Mistakes of one class, between empty lines.
fn all_found(class: Class, mistakes: &str) -> usize {
    let mut missed = String::new();
    let mut count = 0;
    for lines in mistakes.split("\n\n").filter(|lines| !lines.trim().is_empty()) {
        count += 1;
        let findings = found(lines);
        let hit = findings.iter().find(|finding| finding.class == class);
        match hit {
            Some(finding) => {
                assert!(finding.story.en.len() > 20 && !finding.story.zh.is_empty());
                assert!(!finding.hint.en.is_empty() && !finding.hint.zh.is_empty());
            }
            None => {
                let classes: Vec<&str> = findings.iter().map(|it| it.class.name()).collect();
                let _ = write!(missed, "\n{lines}\n   found {classes:?}");
            }
        }
    }
    assert!(missed.is_empty(), "not found as {}:{missed}", class.name());
    count
}

/// What is right: nothing is found.
fn clean(lines: &str) {
    let findings = found(lines);
    let said: Vec<String> =
        findings.iter().map(|it| format!("{} {}", it.class.name(), it.story.en)).collect();
    assert!(said.is_empty(), "{lines}: {said:#?}");
}

const CONTRADICTION: &str = r#"
occupancy set 30 | occupied && period == "open"
occupancy set 40 | occupied && co2_ppm > 900

occupancy set 30 | occupied
occupancy hold | occupied && daylight_lx < 200

demand_response max 30 | occupied
demand_response min 40 | occupied && temperature_c > 20

sweep off | vacant && period == "closed"
sweep hold | vacant && between("21:00", "22:00")

occupancy set 20 | occupied && for(co2_ppm > 1000, "5m")
occupancy set 25 | occupied && humidity_pct > 60

science/101: occupancy set 30 | occupied && weekday == "mon"
*/*/board: occupancy set 45 | occupied && day == "school"

occupancy set 300lx | occupied && period == "break"
occupancy set 40 | occupied && period != "lesson"

daylight max 20 | occupied && daylight_lx > 300
daylight min 30 | occupied && daylight_lx > 350

sweep off | vacant && vacant_for_min > 30
sweep set 15 | vacant_for_min > 20 && vacant_for_min < 45

occupancy set 10 | occupied && hyst(daylight_lx, 200, 400)
occupancy set 35 | occupied && daylight_lx < 390

demand_response set 20 | occupied && temperature_c > 28
demand_response min 35 | occupied && temperature_c > 30

occupancy set 30 | occupied && !(co2_ppm > 800)
occupancy set 20 | occupied && co2_ppm / 2 < 300
"#;

const SHADOWED: &str = r#"
occupancy set 30 | occupied && vacant

occupancy set 30 | period == "lesson" && period == "break"

daylight max 30 | occupied && co2_ppm > 1000 && co2_ppm < 900

daylight max 30 | occupied && daylight_lx > 500 && !(daylight_lx > 400)

occupancy set 30 | occupied && between("08:00", "09:00") && between("10:00", "11:00")

daylight max 30 | occupied && humidity_pct > 120

occupancy set 30 | occupied && temperature_c < -60

occupancy set 30 | vacant_for_min > 20 && occupied

demand_response set 30 | occupied
occupancy set 20 | occupied && co2_ppm > 1000

demand_response set 30 | occupied && period == "lesson"
demand_response set 30 | occupied && period != "lesson"
occupancy set 20 | occupied && daylight_lx > 400

daylight max 20 | occupied
daylight max 40 | occupied && daylight_lx > 300

floor min 60 | occupied && period == "lesson"
demand_response min 40 | occupied && period == "lesson" && co2_ppm > 600

occupancy set 30 | occupied && period == "break"
occupancy set 30 | occupied && period == "break" && daylight_lx < 300

sweep hold | occupied && period == "closed"
occupancy set 30 | occupied && period == "closed" && between("20:00", "22:00")

*: demand_response set 20 | occupied && daylight_lx >= 200
science/102: occupancy set 15 | occupied && daylight_lx > 250

occupancy set 30 | occupied && hyst(co2_ppm, 500, 900) && co2_ppm < 400

daylight max 30 | age(co2_ppm) > "10m" && fresh(co2_ppm)
"#;

const OSCILLATION: &str = r#"
occupancy set 20 | occupied && illuminance_lx > 300

daylight max 10 | occupied && illuminance_lx > 250

occupancy set 15 | occupied && hyst(illuminance_lx, 250, 300)

occupancy set 15 | occupied && for(illuminance_lx > 300, "5m")

demand_response max 15 | occupied && illuminance_lx >= 200

occupancy set 50 | occupied && illuminance_lx < 300
demand_response set 10 | occupied && illuminance_lx > 400

daylight max 15 | occupied && for(illuminance_lx > 200, "2m")

occupancy set 15 | occupied && illuminance_lx * 2 > 500

gym/*: occupancy set 20 | occupied && daylight_lx > 200

gym/*: daylight max 10 | occupied && daylight_lx > 250

demand_response set 20 | period == "open" && occupied && illuminance_lx > 280 && co2_ppm > 400

demand_response max 20 | occupied && hyst(illuminance_lx, 200, 230)
"#;

const ENDLESS: &str = r#"
occupancy set 20 | period == "closed"

sweep hold | vacant

sweep hold | true

occupancy min 10 | vacant && daylight_lx < 50

daylight min 15 | co2_ppm > 500

demand_response min 20 | vacant_for_min > 5

occupancy set 15 | day == "school" && !occupied

occupancy set 30 120 | occupied

floor min 40 60 | occupied && period == "lesson"

occupancy hold - 45 | occupied && co2_ppm > 800

sweep set 10 | between("18:00", "06:00")

daylight min 5 | since(occupied) > "5m"

occupancy min 10 | between("06:00", "12:00") && daylight_lx < 100
"#;

const UNSAFE: &str = r#"
occupancy off | period == "closed"

sweep off | between("22:00", "06:00")

demand_response set 5 | occupied && temperature_c > 30

daylight max 5 | daylight_lx > 500

sweep off | co2_ppm < 450

occupancy off | occupied && daylight_lx > 600

occupancy set 80 | occupied

occupancy set 60 | occupied && co2_ppm > 900

demand_response min 90 | occupied && period == "open"

floor min 100 | occupied && period == "break"

occupancy set 500lx | occupied && period == "open"

occupancy set 30 | occupied && period == "lesson"

daylight max 40 | occupied && period in ["lesson", "exam"]

demand_response max 20 | period == "exam" && daylight_lx > 50

occupancy off | manual

sweep off | vacant || period == "closed"

occupancy set 100lx | occupied && period == "lesson"
"#;

const TIME_GAP: &str = r#"
daylight max 30 | occupied && between("18:00", "22:00")
daylight max 20 | occupied && between("22:05", "23:30")

sweep off | vacant && between("18:00", "22:00")
sweep off | vacant && between("22:30", "06:00")

daylight max 30 | occupied && (between("08:00", "12:00") || between("12:10", "17:00"))

occupancy set 30 | occupied && between("17:00", "20:00")
occupancy set 20 | occupied && between("19:45", "22:00")

demand_response max 40 | occupied && between("10:00", "12:30")
demand_response min 50 | occupied && between("12:00", "14:00")

daylight max 30 | occupied && weekday in ["sat", "sun"]

occupancy set 40 | occupied && weekday in ["mon", "tue", "wed", "thu", "fri"]

daylight max 30 | occupied && weekday in ["mon", "tue", "wed", "fri"]

daylight max 30 | occupied && !(weekday in ["sat", "sun"])

sweep off | vacant && between("23:00", "23:59")
sweep off | vacant && between("00:00", "05:00")

occupancy set 30 | occupied && between("06:00", "07:30")
occupancy set 40 | occupied && between("07:00", "08:00")
"#;

const STALE: &str = r#"
daylight max 30 | !fresh(daylight_lx)

occupancy set 20 | occupied && !fresh(co2_ppm)

sweep off | !fresh(occupancy)

demand_response max 20 | age(co2_ppm) > "10m"

daylight max 30 | occupied && age(daylight_lx) < "1h" && co2_ppm > 500

occupancy set 30 | occupied && age(co2_ppm) <= "30m"

sweep off | vacant || !fresh(occupancy)

demand_response max 30 | !(age(temperature_c) > "20m") && occupied

occupancy set 15 | for(!fresh(daylight_lx), "10m") && occupied

daylight max 50 | !fresh(co2_ppm) || daylight_lx > 400

daylight min 10 | occupied && age(humidity_pct) < "10m"
"#;

const RACE: &str = r#"
sweep off | vacant_for_min >= 3

occupancy off | occupancy == "vacant_pending"

sweep off | vacant || vacant_for_min > 8

occupancy set 5 | occupancy in ["vacant", "vacant_pending"]

occupancy off | for(occupancy == "vacant_pending", "2m")

occupancy set 30 | vacant_for_min < 15

occupancy min 40 | vacant && between("18:00", "21:00")

demand_response set 50 | vacant_for_min > 5 && vacant_for_min < 20

daylight min 45 | vacant && between("07:00", "08:00")

sweep off | vacant_for_min > 5 && period == "closed"

occupancy set 35 | vacant && period == "break"
"#;

#[test]
fn every_seeded_mistake_is_found_in_its_class() {
    let classes = [
        (Class::Contradiction, CONTRADICTION),
        (Class::Shadowed, SHADOWED),
        (Class::Oscillation, OSCILLATION),
        (Class::Endless, ENDLESS),
        (Class::Unsafe, UNSAFE),
        (Class::TimeGap, TIME_GAP),
        (Class::Stale, STALE),
        (Class::Race, RACE),
    ];
    let missed: Vec<String> = classes
        .iter()
        .filter_map(|(class, mistakes)| {
            std::panic::catch_unwind(|| all_found(*class, mistakes)).err().map(|why| {
                why.downcast_ref::<String>().cloned().unwrap_or_else(|| class.name().to_owned())
            })
        })
        .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    let count: usize = classes.iter().map(|(class, mistakes)| all_found(*class, mistakes)).sum();
    assert!(count >= 80, "only {count} mistakes are seeded");
}

#[test]
fn rules_that_do_what_they_say_are_left_alone() {
    clean("daylight max 40 | occupied && daylight_lx > 400");
    clean("occupancy set 30 | occupied && period == \"break\"");
    clean("sweep off | vacant && between(\"22:00\", \"06:00\")");
    clean("floor min 60 | occupied && period == \"exam\"");
    clean("demand_response max 60 | occupied && temperature_c > 30");
    clean("occupancy min 10 | between(\"18:00\", \"21:00\") && daylight_lx < 50");
    clean("daylight max 50 | occupied && hyst(co2_ppm, 800, 1200)");
    clean("occupancy hold | occupied && period == \"self_study\"");
    clean(
        "occupancy set 30 | occupied && between(\"18:00\", \"20:00\")
         occupancy set 20 | occupied && between(\"20:00\", \"22:00\")",
    );
    clean("sweep off | vacant && day in [\"holiday\", \"vacation\"]");
    clean("occupancy set 40 | occupied && for(co2_ppm > 1000, \"5m\") && period == \"open\"");
}

#[test]
fn the_rules_of_the_example_have_no_mistake() {
    let rules = RuleSet::parse(rules::example()).expect("good rules");
    let findings = check(&rules, &places());
    let said: Vec<&str> = findings.iter().map(|it| it.story.en.as_str()).collect();
    assert!(said.is_empty(), "{said:#?}");
}
