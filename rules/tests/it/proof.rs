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
            rule: Option<Request>,
            now: u64,
        ) -> Verdict<16> {
            let $before = zone.level_pct();
            let mut $verdict = decide(zone, $inputs, settings, rule, now);
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
