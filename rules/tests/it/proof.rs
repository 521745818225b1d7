//! The proof holds for what is shipped, and every broken decision is found by the name of what it breaks.

use lighting::{Inputs, Occupancy, Priority, Request, Settings, Verdict, Zone};
use rules::check::proof::{Decide, decide};
use rules::{Place, RuleSet, ZoneName, prove};

fn places() -> Vec<Place> {
    let name = ZoneName { room: "a/1".into(), zone: "all".into() };
    vec![Place { name, settings: Settings::default() }]
}

#[test]
fn s1_to_s9_are_proved_without_rules_and_with_the_example() {
    let example = RuleSet::parse(rules::example()).expect("the example can be read");
    for rules in [RuleSet::default(), example] {
        let proof = prove(&rules, &places(), decide);
        assert_eq!(proof.broken, None, "over {} states", proof.states);
        assert!(proof.states >= 9_216, "{} states", proof.states);
    }
}

fn check(broken: Decide, invariant: &str) {
    let found = prove(&RuleSet::default(), &places(), broken).broken;
    assert_eq!(found.as_ref().map(|it| it.0), Some(invariant), "{found:?}");
}

/// Changes a verdict where something holds of inputs, level before and the verdict.
macro_rules! broken {
    ($name:ident, $inputs:ident, $before:ident, $verdict:ident, $when:expr => $level:expr) => {
        fn $name(
            zone: &mut Zone,
            $inputs: &Inputs,
            settings: &Settings,
            rules: &[Request],
            now: u64,
        ) -> Verdict<16> {
            let $before = zone.level_pct();
            let mut $verdict = decide(zone, $inputs, settings, rules, now);
            if $when {
                $verdict.level_pct = $level;
                zone.adopt($verdict.level_pct);
            }
            $verdict
        }
    };
}

broken!(deaf_to_fire, i, _b, v, i.fire => 50);
broken!(dark_over_people, i, b, v, b > 0 && i.occupancy == Occupancy::Occupied
    && v.winner.priority > Priority::Manual => 0);
broken!(below_the_floor, _i, _b, v, v.winner.priority == Priority::Floor => 20);
broken!(dark_in_ignorance, i, _b, v, i.occupancy == Occupancy::Unknown
    && v.winner.priority > Priority::Manual => 0);
broken!(switch_ignored, _i, _b, v, v.winner.priority == Priority::Manual => 42);
broken!(dim_in_ignorance, i, b, v, i.occupancy == Occupancy::Unknown && b > 20
    && v.winner.priority > Priority::Manual => b / 4);
broken!(full_by_itself, i, b, v, b == 0 && v.level_pct > 0 && i.shed_pct.is_none()
    && v.winner.priority > Priority::Floor => 100);
broken!(gives_nothing, i, b, v, i.shed_pct.is_some() && b > 0
    && v.winner.priority == Priority::DemandResponse => 100);

#[test]
fn a_broken_decision_is_found_by_the_invariant_that_it_breaks() {
    check(deaf_to_fire, "S1");
    check(dark_over_people, "S3");
    check(below_the_floor, "S4");
    check(dark_in_ignorance, "S5");
    check(switch_ignored, "S6");
    check(dim_in_ignorance, "S7");
    check(full_by_itself, "S8");
    check(gives_nothing, "S9");
}

// The sweep has warned, or has not: without a warning nothing goes dark.
broken!(swept_at_once, i, b, v, i.occupancy == Occupancy::Unknown && b > 0
    && v.winner.priority == Priority::Sweep => 0);

#[test]
fn what_the_sweep_does_before_its_warning_is_over_counts() {
    check(swept_at_once, "S5");
}

/// Wrong only where two rules ask at once.
fn lost_between_two(
    zone: &mut Zone,
    inputs: &Inputs,
    settings: &Settings,
    rules: &[Request],
    now: u64,
) -> Verdict<16> {
    let mut verdict = decide(zone, inputs, settings, rules, now);
    let automatic = verdict.winner.priority > Priority::Manual;
    if rules.len() == 2 && inputs.occupancy == Occupancy::Occupied && automatic {
        verdict.level_pct = 0;
        zone.adopt(0);
    }
    verdict
}

fn two(scope: &str, when: [&str; 2]) -> RuleSet {
    let rule = |nth: usize| {
        format!(
            "[[rule]]\nid = \"r{nth}\"\nwhere = \"{scope}\"\nwhen = '{}'\nask = \"max\"\nlevel_pct = {}\n\
             priority = \"daylight\"\nexpires_min = 10\nreason = \"why\"\n",
            when[nth],
            60 + nth
        )
    };
    RuleSet::parse(&(rule(0) + &rule(1))).unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn two_rules_are_put_at_once_where_both_may_hold_and_only_there() {
    let found = |rules: &RuleSet| prove(rules, &places(), lost_between_two).broken;
    let both = two("*", ["occupied && co2_ppm > 600", "occupied && co2_ppm > 900"]);
    let (invariant, story) = found(&both).expect("two rules at once are tried");
    assert_eq!(invariant, "S4", "dark in a lesson");
    assert!(
        story.en.contains("rules ask for max 60 % (daylight) + max 61 % (daylight)"),
        "{story:?}"
    );
    assert!(story.zh.contains("规则要求"), "{story:?}");
    let never = two("*", ["occupied && co2_ppm > 900", "occupied && co2_ppm < 600"]);
    assert_eq!(found(&never), None, "they exclude each other");
    let elsewhere = two("b/*", ["occupied && co2_ppm > 600", "occupied && co2_ppm > 900"]);
    assert_eq!(found(&elsewhere), None, "they hold in no zone of this campus");
}

#[test]
fn what_was_too_much_to_look_at_is_counted() {
    let zone = |nth: u32| Place {
        name: ZoneName { room: format!("a/{nth}"), zone: "all".into() },
        settings: Settings { lamp_lx: 300 + nth, ..Settings::default() },
    };
    let zones: Vec<Place> = (0..40).map(zone).collect();
    assert_eq!(prove(&RuleSet::default(), &zones, decide).left_out, 8);
}
