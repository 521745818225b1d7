//! Repairs that are planned and carried out: the sums become true, and stay proven.

use crate::book::{Book, HOUR, MIN, START, Via};
use controller::ledger::repair::{Judgement, RepairFault};
use controller::{IncidentKind, Plate, Quality};

const SLOT_MS: i64 = 15 * MIN;
const PLATE: Plate = Plate { modulus_wh: Some(10_000_000), power_max_w: 20_000, quantum_wh: 1 };

/// A reading every minute for so many hours.
fn history(hours: i64, register: impl Fn(i64) -> i64) -> Book {
    let mut book = Book::new(PLATE, SLOT_MS, Via::Polled, START);
    for minute in 0..=hours * 60 {
        book.read(START.plus(minute * MIN), register(minute));
    }
    book
}

/// Carries a repair out, and looks at the sums.
fn check(book: &mut Book, judgement: Judgement, (before_wh, after_wh): (i64, i64)) {
    book.check().expect("proven before");
    assert_eq!(book.total_wh(), before_wh, "before");
    let plan = book.repair(judgement).expect("a plan");
    assert_eq!(plan.after_wh - plan.before_wh, after_wh - before_wh);
    assert_eq!(book.total_wh(), after_wh, "after");
    book.check().expect("proven after");
    assert!(book.past.rows.iter().all(|row| row.energy_wh >= 0));
}

#[test]
fn a_dip_that_lasted_for_an_hour_is_ignored_afterwards() {
    let wrong = |m: i64| (95..=150).contains(&m);
    let mut book = history(5, |m| if wrong(m) { 7 } else { 5_000_000 + m * 100 });
    assert!(book.has(IncidentKind::Reset) && book.has(IncidentKind::Replaced));
    let (from, to) = (START.plus(95 * MIN), START.plus(150 * MIN));
    let booked = book.total_wh();
    check(&mut book, Judgement::Ignore { from, to }, (booked, 30_000));
    assert!(!book.has(IncidentKind::Reset) && !book.has(IncidentKind::Replaced));
    assert!(book.past.rows.iter().all(|row| row.quality != Quality::Incomplete));
}

#[test]
fn a_swap_that_was_found_gets_its_numbers_later() {
    let swapped = |m: i64| if m < 100 { 5_000_000 + m * 100 } else { (m - 100) * 100 + 40 };
    let mut book = history(5, swapped);
    let at = START.plus(99 * MIN + 30_000);
    let (old_final_wh, new_first_wh) = (Some(5_009_950), Some(0));
    let judgement = Judgement::Boundary { at, old_final_wh, new_first_wh };
    check(&mut book, judgement, (29_900, 29_990));
    assert!(book.has(IncidentKind::Declared) && !book.has(IncidentKind::Reset));
}

#[test]
fn a_swap_in_a_gap_that_was_booked_as_energy_is_taken_away() {
    let mut book = Book::new(PLATE, SLOT_MS, Via::Polled, START);
    let before = |m: i64| 5_000_000 + m * 100;
    let after = |m: i64| 5_060_000 + (m - 200) * 100;
    for minute in (0..=60).chain(400..=460) {
        let register_wh = if minute <= 60 { before(minute) } else { after(minute) };
        book.read(START.plus(minute * MIN), register_wh);
    }
    let at = START.plus(200 * MIN);
    let (old_final_wh, new_first_wh) = (Some(before(200)), Some(after(200)));
    let judgement = Judgement::Boundary { at, old_final_wh, new_first_wh };
    check(&mut book, judgement, (86_000, 46_000));
}

#[test]
fn a_rollover_that_was_a_reset_is_taken_back() {
    let shown = |m: i64| if m < 100 { 9_990_000 + m * 10 } else { 1 + (m - 100) * 10 };
    let plate = Plate { power_max_w: 2_000_000, ..PLATE };
    let mut book = Book::new(plate, SLOT_MS, Via::Polled, START);
    for minute in 0..=300 {
        book.read(START.plus(minute * MIN), shown(minute));
    }
    assert!(book.has(IncidentKind::Rollover));
    let at = START.plus(99 * MIN + 30_000);
    let (old_final_wh, new_first_wh) = (Some(9_990_995), Some(0));
    let booked = book.total_wh();
    check(&mut book, Judgement::Boundary { at, old_final_wh, new_first_wh }, (booked, 2_996));
    assert!(!book.has(IncidentKind::Rollover));
}

#[test]
fn a_wrong_ratio_is_divided_out_of_whole_slots() {
    let mut book = history(6, |m| 1_000 + m * 101);
    let (from, to) = (START.plus(HOUR), START.plus(3 * HOUR));
    let judgement = Judgement::Factor { from, to, numerator: 1, denominator: 3 };
    let wrong_wh = 120 * 101;
    check(&mut book, judgement, (360 * 101, 360 * 101 - wrong_wh + wrong_wh / 3));
    let at = START.plus(2 * HOUR);
    let again = Judgement::Ignore { from: at, to: at.plus(10 * MIN) };
    assert!(book.repair(again).is_ok(), "what was repaired can be repaired again");
    book.check().expect("proven again");
}

#[test]
fn what_happens_now_is_repaired_when_its_slot_is_complete() {
    let mut book = history(2, |m| if m < 110 { 5_000_000 + m * 100 } else { m * 100 });
    let at = START.plus(109 * MIN);
    let judgement =
        Judgement::Boundary { at, old_final_wh: Some(5_010_950), new_first_wh: Some(10_950) };
    let early = Judgement::Ignore { from: START.plus(119 * MIN), to: START.plus(121 * MIN) };
    let closes = START.plus(135 * MIN);
    assert_eq!(book.repair(early), Err(RepairFault::OpenSlot { closes }));
    let booked = book.total_wh();
    check(&mut book, judgement, (booked, 12_000));
}
