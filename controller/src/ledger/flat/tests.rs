//! What stands still too long.

use super::*;
use crate::ledger::Cause;

const SLOT_MS: i64 = 900_000;

/// Slots of a number of days; `moves(day, hour)` says whether energy flows.
fn flats(days: i64, moves: impl Fn(i64, i64) -> bool) -> Vec<(i64, i64)> {
    flats_with(days, moves, |_| false)
}

/// The same; `free(day)` says whether it is a holiday.
fn flats_with(
    days: i64,
    moves: impl Fn(i64, i64) -> bool,
    free: impl Fn(i64) -> bool,
) -> Vec<(i64, i64)> {
    let row = |nth: i64| {
        let slot = Timestamp(nth * SLOT_MS);
        let energy_wh = i64::from(moves(nth / 96, nth % 96 / 4)) * 100;
        let (quality, cause) = (Quality::Measured, Cause::Normal);
        let (read_at, read_wh) = (slot, 0);
        SlotRow { slot, energy_wh, quality, cause, register_wh: 0, revision: 1, read_at, read_wh }
    };
    let rows: Vec<SlotRow> = (0..days * 96).map(row).collect();
    let hours = |at: Timestamp| at.0 / 3_600_000;
    let found = flat(&rows, SLOT_MS, |at| free(at.0 / (96 * SLOT_MS)));
    found.iter().map(|flat| (hours(flat.from), hours(flat.to))).collect()
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

#[test]
fn a_circuit_that_rests_at_weekends_rests_through_holidays_and_mains_do_not() {
    let free = |day: i64| (28..58).contains(&day);
    let lesson = |day: i64, hour: i64| day % 7 < 5 && (7..18).contains(&hour) && !free(day);
    assert_eq!(flats(80, lesson).len(), 1, "without a calendar a vacation looks like a fault");
    assert_eq!(flats_with(80, lesson, free), []);
    let broken = |day: i64, hour: i64| lesson(day, hour) && !(58..72).contains(&day);
    assert_eq!(flats_with(80, broken, free).len(), 1, "and does not move when school begins");
    let mains = |day: i64, hour: i64| !(30 * 24..31 * 24).contains(&(day * 24 + hour));
    assert_eq!(flats_with(80, mains, free), [(720, 744)], "mains never rest");
}
