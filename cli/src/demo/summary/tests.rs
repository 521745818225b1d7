//! The account at the end, and when it is not good.

use super::{MeterOutcome, Outcome, exit, render};
use crate::error::Exit;
use crate::fixtures::{LANGS, NOW_MS, body, page};
use agent::api::types::Energy;

/// A school day in which everything is accounted for.
pub fn good() -> Outcome {
    let energy: Energy = body("energy");
    let meter = |ledger: agent::api::types::MeterEnergy| MeterOutcome {
        physical_wh: ledger.posted_wh,
        ledger,
    };
    Outcome {
        name: "Demo school".into(),
        time_zone: "Asia/Shanghai".into(),
        ended_ms: NOW_MS,
        ran_ms: 8 * 3_600_000,
        real_ms: 8 * 60_000,
        entered: 41,
        left: 39,
        moved: 230,
        zones: 18,
        followed: 18,
        committed: 41_230,
        duplicates: 12,
        lost: 0,
        meters: energy.meters.into_iter().map(meter).collect(),
    }
}

/// Renders it in both languages, and compares how it exits.
fn check(name: &str, outcome: &Outcome, wanted: Exit) {
    for (lang, suffix) in LANGS {
        let text = render(outcome, "campus demo --seed 7", &page(lang));
        insta::assert_snapshot!(format!("{name}_{suffix}"), text);
    }
    assert_eq!(exit(outcome), wanted);
}

#[test]
fn a_day_that_adds_up_is_good() {
    check("good", &good(), Exit::Done);
}

#[test]
fn a_meter_that_is_one_watt_hour_off_needs_a_person() {
    let mut outcome = good();
    outcome.meters[0].physical_wh += 1;
    check("off_by_one", &outcome, Exit::PersonNeeded);
}

#[test]
fn a_ledger_that_contradicts_itself_needs_a_person() {
    let mut outcome = good();
    outcome.meters[1].ledger.adds_up = false;
    outcome.meters[1].ledger.register_difference_wh -= 1;
    check("contradiction", &outcome, Exit::PersonNeeded);
}

#[test]
fn lamps_that_did_not_follow_need_a_person() {
    let outcome = Outcome { followed: 16, ..good() };
    check("unfollowed", &outcome, Exit::PersonNeeded);
}

#[test]
fn a_demo_without_meters_proves_nothing() {
    let outcome = Outcome { meters: Vec::new(), ..good() };
    check("no_meters", &outcome, Exit::PersonNeeded);
}
