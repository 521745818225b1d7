//! What stands still too long.

use super::*;
use crate::ledger::Cause;

const SLOT_MS: i64 = 900_000;

/// Slots of a number of days; `moves(day, hour)` says whether energy flows.
fn flats(days: i64, moves: impl Fn(i64, i64) -> bool) -> Vec<(i64, i64)> {
    let row = |nth: i64| {
        let slot = Timestamp(nth * SLOT_MS);
        let energy_wh = i64::from(moves(nth / 96, nth % 96 / 4)) * 100;
        let (quality, cause) = (Quality::Measured, Cause::Normal);
        let (read_at, read_wh) = (slot, 0);
        SlotRow { slot, energy_wh, quality, cause, register_wh: 0, revision: 1, read_at, read_wh }
    };
    let rows: Vec<SlotRow> = (0..days * 96).map(row).collect();
    let hours = |at: Timestamp| at.0 / 3_600_000;
    flat(&rows, SLOT_MS).iter().map(|flat| (hours(flat.from), hours(flat.to))).collect()
}

#[test]
fn mains_that_stand_still_for_a_day_are_suspect() {
    let stands = |from: i64, hours: i64| {
        move |day: i64, hour: i64| !(from..from + hours).contains(&(day * 24 + hour))
    };
    assert_eq!(flats(30, stands(480, 22)), [(480, 502)]);
    assert_eq!(flats(60, stands(480, 418)), [(480, 898)]);
    assert_eq!(flats(9, stands(120, 22)), [(120, 142)], "also with little history");
    assert_eq!(flats(30, stands(480, 5)), [], "a pause is no standstill");
    assert_eq!(flats(30, stands(0, 48)), [], "nothing is known of a meter that never moved");
}

#[test]
fn two_standstills_are_both_suspect() {
    let moves = |day: i64, hour: i64| {
        let at = day * 24 + hour;
        !(400..500).contains(&at) && !(600..630).contains(&at)
    };
    assert_eq!(flats(40, moves), [(400, 500), (600, 630)]);
}

#[test]
fn nights_and_weekends_of_a_lamp_circuit_are_not() {
    let lesson = |day: i64, hour: i64| day % 7 < 5 && (7..18).contains(&hour);
    assert_eq!(flats(60, lesson), []);
    let corridor = |_: i64, hour: i64| (6..22).contains(&hour);
    assert_eq!(flats(60, corridor), []);
    let broken = |day: i64, hour: i64| lesson(day, hour) && !(30..44).contains(&day);
    assert_eq!(flats(60, broken).len(), 1, "two weeks are");
}
