//! What a plan may not do. (Plans are carried out and proven in `tests/it/ledger`.)

use super::*;

const SLOT_MS: i64 = 900_000;
const PLATE: Plate = Plate { modulus_wh: None, power_max_w: 10_000, quantum_wh: 1 };

fn past() -> Past {
    let row = |nth: i64| SlotRow {
        slot: Timestamp(nth * SLOT_MS),
        energy_wh: 100,
        quality: Quality::Measured,
        cause: Cause::Normal,
        register_wh: 1_000 + 100 * (nth + 1),
        revision: 1,
        read_at: Timestamp((nth + 1) * SLOT_MS),
        read_wh: 1_000 + 100 * (nth + 1),
    };
    Past { rows: (0..8).map(row).collect(), incidents: Vec::new() }
}

fn check(judgement: Judgement, expected: Result<(i64, i64), RepairFault>) {
    let plan = plan(MeterIx(0), &past(), &judgement, &PLATE, SLOT_MS);
    if let Ok(plan) = &plan {
        let rows: i64 = plan.rows.iter().map(|row| row.energy_wh).sum();
        assert_eq!(rows, plan.after_wh - plan.before_wh);
    }
    assert_eq!(plan.map(|plan| (plan.before_wh, plan.after_wh)), expected);
}

fn boundary(slot: i64, old: Option<i64>, new: Option<i64>) -> Judgement {
    let at = Timestamp(slot * SLOT_MS + 60_000);
    Judgement::Boundary { at, old_final_wh: old, new_first_wh: new }
}

#[test]
fn what_was_booked_as_energy_can_be_taken_away() {
    // Between 1,200 and 1,300 another meter began at 1,270: 10 + 30 Wh flowed.
    check(boundary(2, Some(1_210), Some(1_270)), Ok((200, 140)));
    check(boundary(2, None, None), Ok((200, 100)));
}

#[test]
fn numbers_that_contradict_what_was_read_are_refused() {
    check(boundary(2, Some(1_199), None), Err(RepairFault::OldBelow { seen_wh: 1_200 }));
    check(boundary(2, None, Some(1_301)), Err(RepairFault::NewAbove { seen_wh: 1_300 }));
    let fault = RepairFault::TooMuch { energy_wh: 98_800, limit_wh: 2_502 };
    check(boundary(2, Some(100_000), None), Err(fault));
}

#[test]
fn the_open_slot_is_not_repaired() {
    let closes = Timestamp(9 * SLOT_MS);
    check(boundary(8, None, None), Err(RepairFault::OpenSlot { closes }));
    let (from, to) = (Timestamp(0), Timestamp(20 * SLOT_MS));
    check(Judgement::Ignore { from, to }, Err(RepairFault::OpenSlot { closes }));
    check(Judgement::Ignore { from, to: from }, Err(RepairFault::NoReadingBefore));
}

#[test]
fn a_factor_multiplies_whole_slots_with_remainders() {
    let (from, to) = (Timestamp(SLOT_MS), Timestamp(4 * SLOT_MS + 1));
    let factor = |numerator, denominator| Judgement::Factor { from, to, numerator, denominator };
    check(factor(1, 3), Ok((300, 100)));
    check(factor(7, 4), Ok((300, 525)));
    check(factor(0, 1), Err(RepairFault::BadFactor));
    check(
        Judgement::Factor { from, to: from, numerator: 1, denominator: 1 },
        Err(RepairFault::Empty),
    );
}

#[test]
fn a_register_that_fell_where_two_slots_meet_can_be_declared() {
    let mut past = past();
    // Silent for two slots after 1,200 Wh; then another meter that shows 40 Wh at the very boundary.
    for (nth, energy_wh, register_wh) in [(2, 0, 1_200), (3, 0, 1_200), (4, 60, 100)] {
        let row = &mut past.rows[nth];
        (row.energy_wh, row.register_wh, row.read_wh) = (energy_wh, register_wh, register_wh);
    }
    (2..4).for_each(|nth| past.rows[nth].read_at = Timestamp(2 * SLOT_MS));
    let (from, at) = (Timestamp(2 * SLOT_MS), Timestamp(4 * SLOT_MS));
    let (kind, meter) = (IncidentKind::Reset, MeterIx(0));
    let (before_wh, after_wh, jump_wh) = (1_200, 40, -1_160);
    past.incidents = vec![(1, Incident { meter, kind, from, at, before_wh, after_wh, jump_wh })];
    let judgement = Judgement::Boundary { at, old_final_wh: Some(1_230), new_first_wh: Some(5) };
    let plan = plan(meter, &past, &judgement, &PLATE, SLOT_MS).unwrap();
    // 30 Wh of the old one and 35 Wh of the new one were missing.
    assert_eq!((plan.before_wh, plan.after_wh), (60, 125));
    assert_eq!(plan.rows.iter().map(|row| row.energy_wh).collect::<Vec<_>>(), [15, 15, 35]);
}
