//! The sum is always the registers', whatever is read. (Scripts are in `tests/it/energy.rs`.)

use super::*;
use proptest::prelude::*;

const DAY_START: Timestamp = Timestamp(0);

#[test]
fn a_difference_of_nothing_closes_slots_all_the_same() {
    let mut account = Account::open(Timestamp(0), 7);
    let mut posted = Vec::new();
    account.read(Timestamp(2 * SLOT_MS), 7, DAY_START, &mut |open, _| posted.push(open.energy_wh));
    assert_eq!(posted, [0, 0]);
}

#[test]
fn years_of_silence_make_no_more_postings_than_one() {
    let mut account = Account::open(Timestamp(0), 0);
    let mut posted = Vec::new();
    let years = Timestamp(SPREAD_SLOTS_MAX * SLOT_MS * 9);
    account.read(years, 1_000_000, DAY_START, &mut |open, _| posted.push(open));
    assert_eq!(posted.len() as i64, SPREAD_SLOTS_MAX + 1);
    let sum: i64 = posted.iter().map(|open| open.energy_wh).sum();
    assert_eq!(sum + account.open.energy_wh, 1_000_000);
}

#[test]
fn the_largest_registers_do_not_overflow() {
    let mut account = Account::open(Timestamp(0), 0);
    let mut sum = 0;
    let month = Timestamp(30 * 96 * SLOT_MS);
    account.read(month, 9_000_000_000_000, DAY_START, &mut |open, _| sum += open.energy_wh);
    assert_eq!(sum + account.open.energy_wh, 9_000_000_000_000);
}

proptest! {
    /// E1, E2, G2: postings partition the line and sum to the register differences of the segments.
    #[test]
    fn the_sum_is_always_the_registers(
        first in (0..10_000_000i64, 0..1_000_000i64),
        reads in prop::collection::vec((-100_000..5_000_000i64, -10..5_000i64, prop::bool::weighted(0.1)), 0..60),
    ) {
        let (mut at, mut register) = first;
        let mut account = Account::open(Timestamp(at), register);
        let mut used = 0;
        let mut posted: Vec<(Open, i64)> = Vec::new();
        for (after_ms, more_wh, reset) in reads {
            at += after_ms;
            let next = if reset { more_wh.max(0) } else { (register + more_wh).max(0) };
            used += (next - register).max(0);
            account.read(Timestamp(at), next, DAY_START, &mut |open, register| posted.push((open, register)));
            register = next;
            let sum: i64 = posted.iter().map(|(open, _)| open.energy_wh).sum();
            prop_assert_eq!(sum, account.posted_wh);
            prop_assert_eq!(sum + account.open.energy_wh, used);
            prop_assert_eq!(account.register_difference_wh(), used);
        }
        prop_assert!(posted.iter().all(|(open, _)| open.energy_wh >= 0 && open.slot.0 % SLOT_MS == 0));
        prop_assert!(posted.windows(2).all(|pair| pair[0].0.slot < pair[1].0.slot), "each slot once, in order");
        prop_assert!(posted.last().is_none_or(|(open, _)| open.slot < account.open.slot));
    }

    /// The same register read more often gives the same sums per slot end where readings stand on them.
    #[test]
    fn readings_at_slot_ends_are_posted_exactly(steps in prop::collection::vec(0..10_000i64, 1..40)) {
        let mut account = Account::open(Timestamp(0), 0);
        let mut register = 0;
        let mut posted = Vec::new();
        for (nth, step) in steps.iter().enumerate() {
            register += step;
            let at = Timestamp((nth as i64 + 1) * SLOT_MS);
            account.read(at, register, DAY_START, &mut |open, end| posted.push((open.energy_wh, open.quality, end)));
        }
        let mut end = 0;
        for ((energy, quality, posted_end), step) in posted.iter().zip(&steps) {
            end += step;
            prop_assert_eq!((*energy, *quality, *posted_end), (*step, Quality::Measured, end));
        }
        prop_assert_eq!(posted.len(), steps.len());
    }
}
