//! What a condition says, in tables; `?` is unknown.

use lighting::{Occupancy, Period};
use rules::{Day, Facts, Memory, Reading, RuleSet, Sensor, Truth};

/// A file with one rule of this condition.
pub fn with(when: &str) -> String {
    format!(
        "[[rule]]\nid = \"one\"\nwhere = \"*\"\nwhen = '{when}'\nask = \"set\"\nlevel_pct = 30\n\
         priority = \"occupancy\"\nexpires_min = 10\nreason = \"why\"\n"
    )
}

/// A lesson on a Wednesday at 10:30, somebody there, 400 lx of which 250 are daylight, 900 ppm.
pub fn facts() -> Facts {
    let mut facts = Facts {
        looked: true,
        occupancy: Occupancy::Occupied,
        quiet_ms: 0,
        period: Period::Lesson,
        day: Day::School,
        weekday: 2,
        minute: 10 * 60 + 30,
        manual: false,
        readings: [Reading::default(); rules::facts::SENSORS],
    };
    measure(&mut facts, Sensor::IlluminanceLx, 400, 0);
    measure(&mut facts, Sensor::DaylightLx, 250, 0);
    measure(&mut facts, Sensor::Co2Ppm, 900, 0);
    facts
}

pub fn measure(facts: &mut Facts, sensor: Sensor, value: i64, at: u64) {
    facts.readings[sensor as usize] =
        Reading { milli: Some(value * 1000), measured: Some(at), fresh_until: at + 150_000 };
}

fn truth(when: &str, facts: &Facts, now: u64) -> char {
    let rules = RuleSet::parse(&with(when)).unwrap_or_else(|faults| panic!("{when}: {faults:?}"));
    let (truth, _) = rules.rules()[0].truth(&mut Memory::default(), facts, now);
    match truth {
        Truth::True => '1',
        Truth::False => '0',
        Truth::Unknown => '?',
    }
}

fn check(facts: &Facts, now: u64, table: &[(&str, char)]) {
    for (when, expected) in table {
        assert_eq!(truth(when, facts, now), *expected, "{when}");
    }
}

#[test]
fn conditions_read_as_they_are_written() {
    let table = [
        ("true", '1'),
        ("!true", '0'),
        ("occupied", '1'),
        ("vacant", '0'),
        ("occupancy == \"occupied\"", '1'),
        ("occupancy in [\"vacant\", \"vacant_pending\"]", '0'),
        ("manual", '0'),
        ("period == \"lesson\"", '1'),
        ("period != \"lesson\"", '0'),
        ("\"lesson\" == period", '1'),
        ("weekday in [\"sat\", \"sun\"]", '0'),
        ("weekday == \"wed\" && day == \"school\"", '1'),
        ("co2_ppm > 800", '1'),
        ("800 < co2_ppm", '1'),
        ("co2_ppm >= 900 && co2_ppm <= 900", '1'),
        ("co2_ppm > 900.5", '0'),
        ("illuminance_lx - daylight_lx == 150", '1'),
        ("daylight_lx * 2 > 499.999", '1'),
        ("illuminance_lx / daylight_lx == 1.6", '1'),
        ("-co2_ppm < 0", '1'),
        ("2 + 3 * 4 == 14", '1'),
        ("(2 + 3) * 4 == 20", '1'),
        ("false || true && false", '0'),
        ("between(\"10:30\", \"10:31\")", '1'),
        ("between(\"10:00\", \"10:30\")", '0'),
        ("between(\"22:00\", \"06:00\")", '0'),
        ("between(\"10:00\", \"09:00\")", '1'),
        ("between(\"10:00\", \"24:00\")", '1'),
        ("vacant_for_min >= 5", '0'),
        ("5 > vacant_for_min", '1'),
        ("fresh(co2_ppm) && fresh(occupancy)", '1'),
        ("age(co2_ppm) < \"1m\"", '1'),
    ];
    check(&facts(), 1_000, &table);
}

#[test]
fn what_is_not_known_is_neither_true_nor_false_unless_the_rest_decides() {
    let mut facts = facts();
    facts.occupancy = Occupancy::Unknown;
    // CO₂ was measured three minutes ago, the temperature never.
    let now = 180_000;
    let table = [
        ("co2_ppm > 800", '?'),
        ("!(co2_ppm > 800)", '?'),
        ("co2_ppm > 800 || true", '1'),
        ("co2_ppm > 800 && false", '0'),
        ("temperature_c < 100", '?'),
        ("fresh(co2_ppm)", '0'),
        ("age(co2_ppm) >= \"3m\"", '1'),
        ("age(temperature_c) > \"1m\"", '?'),
        ("occupied", '?'),
        ("vacant", '?'),
        ("occupied || vacant", '?'),
        ("vacant_for_min < 1000", '?'),
        ("fresh(occupancy)", '0'),
        ("illuminance_lx / (daylight_lx - 250) > 1", '?'),
        ("for(vacant, \"1m\")", '?'),
        ("since(occupied) > \"1m\"", '?'),
        ("hyst(co2_ppm, 500, 1000)", '?'),
    ];
    check(&facts, now, &table);
}

#[test]
fn somebody_who_was_there_a_moment_ago_counts_as_there() {
    let mut facts = facts();
    (facts.occupancy, facts.quiet_ms) = (Occupancy::VacantPending, 240_000);
    let table = [
        ("occupied", '1'),
        ("vacant", '0'),
        ("occupancy == \"vacant_pending\"", '1'),
        ("vacant_for_min >= 4", '1'),
        ("vacant_for_min > 4", '0'),
    ];
    check(&facts, 1_000_000, &table);
}

#[test]
fn a_sensor_divided_by_nothing_says_nothing() {
    check(&facts(), 0, &[("co2_ppm / 0 > 1", '?'), ("co2_ppm / 0 == co2_ppm / 0", '?')]);
}

/// Minutes, CO₂ there (`None` when the sensor is silent), and what the condition says.
fn story(when: &str, steps: &[(u64, Option<i64>, char)]) {
    let rules = RuleSet::parse(&with(when)).expect("a good rule");
    let mut memory = Memory::default();
    let mut due: Option<u64> = None;
    let mut last = None;
    for (minute, co2, expected) in steps {
        let now = minute * 60_000;
        let mut facts = facts();
        facts.readings[Sensor::Co2Ppm as usize] = Reading::default();
        if let Some(co2) = co2 {
            measure(&mut facts, Sensor::Co2Ppm, *co2, now);
        }
        let (truth, deadline) = rules.rules()[0].truth(&mut memory, &facts, now);
        let got = match truth {
            Truth::True => '1',
            Truth::False => '0',
            Truth::Unknown => '?',
        };
        assert_eq!(got, *expected, "{when} at minute {minute}");
        if last == Some((co2, got)) {
            continue;
        }
        assert!(deadline.is_none_or(|at| at > now), "a deadline lies ahead");
        (last, due) = (Some((co2, got)), due.or(deadline));
    }
}

#[test]
fn for_needs_the_whole_time_without_a_break() {
    let steps = [
        (0, Some(900), '0'),
        (4, Some(900), '0'),
        (5, Some(900), '1'),
        (6, Some(500), '0'),
        (7, Some(900), '0'),
        (11, Some(900), '0'),
        (12, Some(900), '1'),
        (13, None, '?'),
        (14, Some(900), '0'),
        (19, Some(900), '1'),
    ];
    story("for(co2_ppm > 800, \"5m\")", &steps);
}

#[test]
fn since_counts_from_the_last_time_that_it_held() {
    let steps = [
        (0, Some(500), '?'),
        (1, Some(900), '0'),
        (2, Some(500), '0'),
        (11, Some(500), '0'),
        (12, Some(500), '1'),
        (13, Some(900), '0'),
        (14, None, '?'),
        (60, Some(500), '?'),
    ];
    story("since(co2_ppm > 800) > \"10m\"", &steps);
}

#[test]
fn a_band_keeps_its_side_and_does_not_guess_it() {
    let steps = [
        (0, Some(700), '?'),
        (1, Some(1000), '1'),
        (2, Some(700), '1'),
        (3, Some(500), '0'),
        (4, Some(700), '0'),
        (5, None, '?'),
        (6, Some(700), '0'),
    ];
    story("hyst(co2_ppm, 500, 1000)", &steps);
}
