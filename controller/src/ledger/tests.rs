//! What an account does with readings. (Scripts are in `tests/it/energy.rs`, histories in
//! `tests/it/ledger`.)

use super::*;
use crate::action::Action;
use crate::limits::{CLOCK_FLOOR, SPREAD_SLOTS_MAX};
use crate::{Plate, ledger::account::Terms};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::fmt::Write as _;

/// Some slot's start, long after the clock's floor.
const START: Timestamp = Timestamp(1_788_710_400_000);
const MIN: i64 = 60_000;

fn terms(plate: Plate) -> Terms {
    Terms { meter: MeterIx(0), plate, slot_ms: SLOT_MS, day_start: START, now: START }
}

/// 10 kW and a register of 100 kWh.
const PLATE: Plate = Plate { modulus_wh: Some(100_000), power_max_w: 10_000, quantum_wh: 1 };

/// Anything may flow: only time and slots matter.
const ANYTHING: Plate = Plate { modulus_wh: None, power_max_w: 1, quantum_wh: i64::MAX / 4 };

fn reading(at: Timestamp, register_wh: i64) -> Reading {
    Reading { at, register_wh, power_mw: None, ratio_milli: 1_000 }
}

fn postings(out: &[Action]) -> Vec<Posting> {
    let posting = |action: &Action| match action {
        Action::Posting(posting) => Some(*posting),
        _ => None,
    };
    out.iter().filter_map(posting).collect()
}

/// Readings as `minute:register`, and what people do; out comes what is booked.
fn check(plate: Plate, script: &str, expected: &Expect) {
    let (terms, mut out, mut account) = (terms(plate), Vec::new(), None::<Account>);
    let mut text = String::new();
    for word in script.split_whitespace() {
        match (word, &mut account) {
            ("believe", Some(account)) => account.judge(true, &terms, &mut out),
            ("refuse", Some(account)) => account.judge(false, &terms, &mut out),
            (word, account) => {
                let numbers = word.strip_prefix("swap:").unwrap_or(word).split(':');
                let numbers: Vec<Option<i64>> = numbers.map(|n| n.parse().ok()).collect();
                let at = START.plus(numbers[0].expect("a minute") * MIN);
                match account {
                    Some(account) if word.starts_with("swap:") => {
                        let number = |nth: usize| numbers.get(nth).copied().flatten();
                        account.replace(at, number(1), number(2), &terms, &mut out);
                    }
                    Some(account) => {
                        account.read(
                            reading(at, numbers[1].expect("a register")),
                            &terms,
                            &mut out,
                        );
                    }
                    none => {
                        let first = reading(at, numbers[1].expect("a register"));
                        *none = Some(Account::open(first, &terms, &mut out));
                    }
                }
            }
        }
        render(&mut out, &mut text);
    }
    let account = account.expect("a reading");
    let _ = writeln!(
        text,
        "posted {} + open {} = {}, register {}{}",
        account.posted_wh,
        account.open.energy_wh,
        account.register_difference_wh(),
        account.last_wh,
        account
            .doubt()
            .map_or(String::new(), |doubt| format!(", doubt {}", doubt.last().register_wh)),
    );
    expected.assert_eq(&text);
}

fn render(out: &mut Vec<Action>, text: &mut String) {
    let minute = |at: Timestamp| (at.0 - START.0).div_euclid(MIN);
    for action in out.drain(..) {
        let _ = match action {
            Action::Posting(p) => writeln!(
                text,
                "{} +{} Wh, {}, {}, register {}, read {} at {}, revision {}",
                minute(p.slot),
                p.energy_wh,
                p.quality.name(),
                p.cause.name(),
                p.register_wh,
                p.read_wh,
                minute(p.read_at),
                p.revision,
            ),
            Action::Incident(it) => writeln!(
                text,
                "{} at {} since {}: {} to {}, jump {}",
                it.kind.name(),
                minute(it.at),
                minute(it.from),
                it.before_wh,
                it.after_wh,
                it.jump_wh,
            ),
            other => writeln!(text, "{other:?}"),
        };
    }
}

#[test]
fn a_dip_to_zero_and_back_is_a_glitch() {
    check(
        PLATE,
        "0:50000 1:50010 2:0 3:50030 15:50150",
        &expect![[r#"
        opening at 0 since 0: 50000 to 50000, jump 0
        doubt at 2 since 1: 50010 to 0, jump 0
        glitch at 2 since 1: 50010 to 0, jump 0
        0 +150 Wh, measured, glitch, register 50150, read 50150 at 15, revision 1
        posted 150 + open 0 = 150, register 50150
    "#]],
    );
}

#[test]
fn a_spike_that_stays_for_two_readings_is_a_glitch() {
    check(
        PLATE,
        "0:50000 1:50010 2:99000 3:99000 4:50040 15:50150",
        &expect![[r#"
        opening at 0 since 0: 50000 to 50000, jump 0
        doubt at 2 since 1: 50010 to 99000, jump 0
        glitch at 2 since 1: 50010 to 99000, jump 0
        0 +150 Wh, measured, glitch, register 50150, read 50150 at 15, revision 1
        posted 150 + open 0 = 150, register 50150
    "#]],
    );
}

#[test]
fn a_register_that_stays_at_nothing_was_reset() {
    check(
        PLATE,
        "0:50000 10:50100 20:5 21:15 22:25 30:105",
        &expect![[r#"
        opening at 0 since 0: 50000 to 50000, jump 0
        doubt at 20 since 10: 50100 to 5, jump 0
        0 +100 Wh, incomplete, reset, register 50100, read 50100 at 10, revision 1
        reset at 20 since 10: 50100 to 5, jump -50095
        15 +100 Wh, incomplete, reset, register 105, read 105 at 30, revision 1
        posted 200 + open 0 = 200, register 105
    "#]],
    );
}

#[test]
fn a_register_that_stays_elsewhere_is_another_meter() {
    check(
        PLATE,
        "0:50000 10:50100 11:80000 12:80010 13:80020 15:80040",
        &expect![[r#"
        opening at 0 since 0: 50000 to 50000, jump 0
        doubt at 11 since 10: 50100 to 80000, jump 0
        replaced at 11 since 10: 50100 to 80000, jump 29900
        0 +140 Wh, incomplete, replaced, register 80040, read 80040 at 15, revision 1
        posted 140 + open 0 = 140, register 80040
    "#]],
    );
}

#[test]
fn a_register_goes_through_its_end_in_the_slot_in_which_it_did() {
    check(
        PLATE,
        "0:99000 10:99900 40:200 45:250",
        &expect![[r#"
        opening at 0 since 0: 99000 to 99000, jump 0
        0 +950 Wh, estimated_shape, opening, register 99950, read 99900 at 10, revision 1
        rollover at 29 since 10: 99900 to 200, jump -100000
        15 +150 Wh, estimated_shape, rollover, register 100, read 99900 at 10, revision 1
        30 +150 Wh, estimated_shape, gap, register 250, read 250 at 45, revision 1
        posted 1250 + open 0 = 1250, register 250
    "#]],
    );
    check(
        PLATE,
        "0:99000 10:99900 15:100 30:200",
        &expect![[r#"
        opening at 0 since 0: 99000 to 99000, jump 0
        rollover at 14 since 10: 99900 to 100, jump -100000
        0 +1100 Wh, measured, rollover, register 100, read 100 at 15, revision 1
        15 +100 Wh, measured, normal, register 200, read 200 at 30, revision 1
        posted 1200 + open 0 = 1200, register 200
    "#]],
    );
}

#[test]
fn a_register_that_stood_still_catches_up() {
    check(
        PLATE,
        "0:50000 1:50010 20:50010 40:50010 41:54000 42:54010 43:54020",
        &expect![[r#"
        opening at 0 since 0: 50000 to 50000, jump 0
        0 +10 Wh, estimated_shape, opening, register 50010, read 50010 at 1, revision 1
        15 +0 Wh, estimated_shape, gap, register 50010, read 50010 at 20, revision 1
        doubt at 41 since 40: 50010 to 54000, jump 0
        frozen at 41 since 1: 50010 to 54000, jump 0
        0 +1396 Wh, estimated_shape, frozen, register 51406, read 50010 at 1, revision 0
        15 +1496 Wh, estimated_shape, frozen, register 52902, read 50010 at 1, revision 0
        posted 2902 + open 1118 = 4020, register 54020
    "#]],
    );
}

#[test]
fn the_last_digit_may_tremble() {
    let plate = Plate { quantum_wh: 10, ..PLATE };
    check(
        plate,
        "0:50000 5:50050 6:50040 7:50050 8:50070 15:50100",
        &expect![[r#"
        opening at 0 since 0: 50000 to 50000, jump 0
        0 +100 Wh, measured, opening, register 50100, read 50100 at 15, revision 1
        posted 100 + open 0 = 100, register 50100
    "#]],
    );
}

#[test]
fn a_person_says_what_the_registers_were() {
    check(
        PLATE,
        "0:50000 10:50100 20:70 21:80 swap:15:50160:10 30:150",
        &expect![[r#"
        opening at 0 since 0: 50000 to 50000, jump 0
        doubt at 20 since 10: 50100 to 70, jump 0
        0 +160 Wh, measured, replaced, register 50160, read 50160 at 15, revision 1
        declared at 15 since 15: 50160 to 10, jump -50150
        15 +140 Wh, measured, replaced, register 150, read 150 at 30, revision 1
        posted 300 + open 0 = 300, register 150
    "#]],
    );
    check(
        PLATE,
        "0:50000 10:50100 swap:12:50120 20:70 30:150",
        &expect![[r#"
        opening at 0 since 0: 50000 to 50000, jump 0
        0 +120 Wh, incomplete, replaced, register 50120, read 50120 at 12, revision 1
        declared at 20 since 12: 50120 to 70, jump -50050
        15 +80 Wh, incomplete, replaced, register 150, read 150 at 30, revision 1
        posted 200 + open 0 = 200, register 150
    "#]],
    );
    check(
        PLATE,
        "0:50000 10:50100 swap:12:: 20:70 30:150",
        &expect![[r#"
        opening at 0 since 0: 50000 to 50000, jump 0
        0 +100 Wh, incomplete, replaced, register 50100, read 50100 at 10, revision 1
        replaced at 20 since 10: 50100 to 70, jump -50030
        15 +80 Wh, incomplete, replaced, register 150, read 150 at 30, revision 1
        posted 180 + open 0 = 180, register 150
    "#]],
    );
}

#[test]
fn a_person_believes_a_spike_or_does_not() {
    check(
        PLATE,
        "0:50000 10:50100 11:60000 believe 15:60050",
        &expect![[r#"
            opening at 0 since 0: 50000 to 50000, jump 0
            doubt at 11 since 10: 50100 to 60000, jump 0
            declared at 11 since 10: 50100 to 60000, jump 0
            0 +10050 Wh, measured, repaired, register 60050, read 60050 at 15, revision 1
            posted 10050 + open 0 = 10050, register 60050
        "#]],
    );
    check(
        PLATE,
        "0:50000 10:50100 11:60000 refuse 15:50150",
        &expect![[r#"
        opening at 0 since 0: 50000 to 50000, jump 0
        doubt at 11 since 10: 50100 to 60000, jump 0
        glitch at 11 since 10: 50100 to 60000, jump 0
        0 +150 Wh, measured, glitch, register 50150, read 50150 at 15, revision 1
        posted 150 + open 0 = 150, register 50150
    "#]],
    );
    check(
        PLATE,
        "0:50000 10:50100 11:20 believe 15:60",
        &expect![[r#"
        opening at 0 since 0: 50000 to 50000, jump 0
        doubt at 11 since 10: 50100 to 20, jump 0
        reset at 11 since 10: 50100 to 20, jump -50080
        0 +140 Wh, incomplete, reset, register 60, read 60 at 15, revision 1
        posted 140 + open 0 = 140, register 60
    "#]],
    );
}

#[test]
fn a_difference_of_nothing_closes_slots_all_the_same() {
    let (terms, mut out) = (terms(ANYTHING), Vec::new());
    let mut account = Account::open(reading(START, 7), &terms, &mut out);
    account.read(reading(START.plus(2 * SLOT_MS), 7), &terms, &mut out);
    let posted: Vec<i64> = postings(&out).iter().map(|posting| posting.energy_wh).collect();
    assert_eq!(posted, [0, 0]);
}

#[test]
fn years_of_silence_make_no_more_postings_than_one() {
    let (terms, mut out) = (terms(ANYTHING), Vec::new());
    let mut account = Account::open(reading(START, 0), &terms, &mut out);
    let years = START.plus(SPREAD_SLOTS_MAX * SLOT_MS * 9);
    account.read(reading(years, 1_000_000), &terms, &mut out);
    let posted = postings(&out);
    assert_eq!(posted.len() as i64, SPREAD_SLOTS_MAX + 1);
    let sum: i64 = posted.iter().map(|posting| posting.energy_wh).sum();
    assert_eq!(sum + account.open.energy_wh, 1_000_000);
}

#[test]
fn the_largest_registers_do_not_overflow() {
    let (terms, mut out) = (terms(ANYTHING), Vec::new());
    let mut account = Account::open(reading(START, 0), &terms, &mut out);
    account.read(reading(START.plus(30 * 96 * SLOT_MS), 9_000_000_000_000), &terms, &mut out);
    let sum: i64 = postings(&out).iter().map(|posting| posting.energy_wh).sum();
    assert_eq!(sum + account.open.energy_wh, 9_000_000_000_000);
}

#[test]
fn a_clock_that_was_never_set_dates_nothing() {
    let (terms, mut out) = (terms(PLATE), Vec::new());
    let mut account = Account::open(reading(Timestamp(5_000), 100), &terms, &mut out);
    account.read(reading(Timestamp(7_200_000), 300), &terms, &mut out);
    assert_eq!(out, [], "nothing is booked into 1970");
    account.read(reading(START.plus(MIN), 310), &terms, &mut out);
    account.read(reading(START.plus(SLOT_MS), 350), &terms, &mut out);
    let posted = postings(&out);
    assert_eq!(posted.len(), 1);
    let first = posted[0];
    assert_eq!((first.slot, first.energy_wh, first.cause), (START, 250, Cause::Clock));
    let opening = out.iter().find_map(|action| match action {
        Action::Incident(it) if it.kind == IncidentKind::Opening => Some(*it),
        _ => None,
    });
    assert_eq!(opening.map(|it| (it.at, it.after_wh)), Some((START.plus(MIN), 100)));
}

#[test]
fn a_clock_that_was_set_back_is_given_an_hour() {
    let (mut terms, mut out) = (terms(PLATE), Vec::new());
    let back = |minute: i64| START.plus(minute * MIN - 14 * 24 * 60 * MIN);
    let mut account = Account::open(reading(START, 0), &terms, &mut out);
    for minute in 1..=20 {
        terms.now = back(minute);
        account.read(reading(back(minute), minute * 10), &terms, &mut out);
    }
    terms.now = START.plus(30 * MIN);
    account.read(reading(terms.now, 300), &terms, &mut out);
    let slots: Vec<(i64, i64)> =
        postings(&out).iter().map(|p| ((p.slot.0 - START.0) / MIN, p.energy_wh)).collect();
    assert_eq!(slots, [(0, 250), (15, 50)], "no slot is counted twice, none is missing");
    for minute in 31..=120 {
        terms.now = back(minute);
        account.read(reading(back(minute), minute * 10), &terms, &mut out);
    }
    let last = postings(&out).last().copied().expect("postings");
    assert!(last.slot < START, "it stayed back for an hour: it was ahead before");
    assert_eq!(account.posted_wh + account.open.energy_wh, 1_200);
}

#[test]
fn a_slot_runs_to_the_next_boundary_when_their_length_changes() {
    let (mut terms, mut out) = (terms(PLATE), Vec::new());
    terms.slot_ms = 60 * MIN;
    let mut account = Account::open(reading(START, 0), &terms, &mut out);
    account.read(reading(START.plus(40 * MIN), 400), &terms, &mut out);
    terms.slot_ms = 15 * MIN;
    account.resize_slots(terms.slot_ms);
    account.read(reading(START.plus(60 * MIN), 600), &terms, &mut out);
    let slots: Vec<(i64, i64)> =
        postings(&out).iter().map(|p| ((p.slot.0 - START.0) / MIN, p.energy_wh)).collect();
    assert_eq!(slots, [(0, 450), (45, 150)]);
    assert!(account.is_dated() && CLOCK_FLOOR < START);
}

proptest! {
    /// The same register read more often gives the same sums per slot end where readings stand on them.
    #[test]
    fn readings_at_slot_ends_are_posted_exactly(steps in prop::collection::vec(0..10_000i64, 1..40)) {
        let (terms, mut out) = (terms(ANYTHING), Vec::new());
        let mut account = Account::open(reading(START, 0), &terms, &mut out);
        let mut register = 0;
        for (nth, step) in steps.iter().enumerate() {
            register += step;
            let at = START.plus((nth as i64 + 1) * SLOT_MS);
            account.read(reading(at, register), &terms, &mut out);
        }
        let (mut end, posted) = (0, postings(&out));
        for (posting, step) in posted.iter().zip(&steps) {
            end += step;
            prop_assert_eq!((posting.energy_wh, posting.quality), (*step, Quality::Measured));
            prop_assert_eq!((posting.register_wh, posting.read_wh), (end, end));
        }
        prop_assert_eq!(posted.len(), steps.len());
    }
}
