//! How long a check takes: as many rules as the largest set of the literature (TAPFixer, 1,177), and 65
//! rules at each of 46 zones (MenShen). Guarded loosely: this is a debug build on a busy machine.
#![expect(clippy::disallowed_methods, reason = "a test of speed needs a clock")]
#![expect(clippy::disallowed_macros, reason = "… and says what it measured")]

use lighting::Settings;
use rules::{Place, RuleSet, ZoneName, check, decide, prove};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Four seconds on two cores that do little else; a debug build beside others was seen to take fourteen.
const LONGEST: Duration = Duration::from_secs(60);

const WHEN: [&str; 8] = [
    "occupied && co2_ppm > {n}",
    "occupied && period == \"break\" && daylight_lx > {n}",
    "occupied && for(temperature_c > 28, \"5m\") && humidity_pct < 90",
    "vacant && between(\"19:00\", \"23:00\") || vacant && day == \"holiday\"",
    "occupied && hyst(daylight_lx, 200, {n})",
    "occupied && illuminance_lx > {n}",
    "occupied && !(period == \"lesson\" || co2_ppm < {n}) && weekday != \"sun\"",
    "occupied && since(vacant) > \"30m\" && daylight_lx - 100 > {n}",
];

const ASKS: [(&str, &str); 4] = [
    ("ask = \"max\"\nlevel_pct = 40", "daylight"),
    ("ask = \"set\"\nlevel_pct = 30", "occupancy"),
    ("ask = \"min\"\nlevel_pct = 35", "demand_response"),
    ("ask = \"max\"\nlevel_pct = 60", "demand_response"),
];

fn rules(count: usize, place: impl Fn(usize) -> String) -> RuleSet {
    let mut text = String::new();
    for nth in 0..count {
        let when = WHEN[nth % WHEN.len()].replace("{n}", &(300 + nth * 7 % 900).to_string());
        let (ask, priority) = ASKS[nth / 3 % ASKS.len()];
        let _ = write!(
            text,
            "[[rule]]\nid = \"r{nth}\"\nwhere = \"{}\"\nwhen = '{when}'\n{ask}\n\
             priority = \"{priority}\"\nexpires_min = 10\nreason = \"why\"\n",
            place(nth)
        );
    }
    RuleSet::parse(&text).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn places(rooms: usize) -> Vec<Place> {
    let place = |nth: usize| Place {
        name: ZoneName { room: format!("b{}/{nth}", nth % 4), zone: "all".into() },
        settings: Settings::default(),
    };
    (0..rooms).map(place).collect()
}

fn timed(what: &str, rules: &RuleSet, places: &[Place]) {
    let start = Instant::now();
    let findings = check(rules, places).len();
    let took = start.elapsed();
    let proof = prove(rules, places, decide);
    let proved = start.elapsed() - took;
    println!("{what}: {findings} findings in {took:?}, {} states in {proved:?}", proof.states);
    assert!(proof.states > 10_000, "{proof:?}");
    assert!(proved < LONGEST, "{what} took {proved:?}");
    assert!(took < LONGEST, "{what} took {took:?}");
}

#[test]
fn a_large_set_is_checked_in_seconds() {
    let places = places(46);
    timed("65 rules at each of 46 zones", &rules(65, |_| "*".into()), &places);
    let spread = rules(1_177, |nth| format!("b{}/*", nth % 4));
    timed("1177 rules at 46 zones", &spread, &places);
}
