//! Whatever a line does: everything arrives, live goes first, nothing is sent that was confirmed.

use super::*;
use proptest::prelude::*;

const fn run(from: u64, to: u64) -> Run {
    Run { from, to }
}

/// The same set as a list, for small numbers.
fn all(runs: &[Run]) -> Vec<u64> {
    runs.iter().flat_map(|run| run.from..=run.to).collect()
}

fn runs_of(numbers: &std::collections::BTreeSet<u64>) -> Vec<Run> {
    joined(numbers.iter().map(|number| run(*number, *number)).collect())
}

#[test]
fn live_rows_go_first_and_the_backlog_gets_every_fourth_batch() {
    let had = [run(1, 100)];
    let lanes = |turn| next(&had, 1_000, 901, turn, 50).map(|wanted| (wanted.lane, wanted.run));
    assert_eq!(lanes(0), Some((Lane::Live, run(901, 950))));
    assert_eq!(lanes(3), Some((Lane::Backlog, run(101, 150))));
    let caught_up = [run(1, 100), run(901, 1_000)];
    let wanted = next(&caught_up, 1_000, 901, 0, 5_000);
    assert_eq!(wanted.map(|w| (w.lane, w.run)), Some((Lane::Backlog, run(101, 900))));
    assert_eq!(next(&[run(1, 1_000)], 1_000, 901, 0, 50), None);
    assert_eq!(next(&[], 0, 1, 0, 50), None, "nothing was ever written");
}

#[test]
fn a_receipt_that_confirms_nothing_is_believed_in_that() {
    assert_eq!(take_receipt(&[], run(1, 60), 0, &[], 100), []);
    assert_eq!(take_receipt(&[run(1, 40)], run(41, 60), 40, &[], 100), [run(1, 40)]);
    assert_eq!(take_receipt(&[], run(1, 60), 60, &[], 100), [run(1, 60)]);
}

#[test]
fn a_hub_that_was_restored_from_a_backup_gets_its_tail_again() {
    let had = [run(1, 500)];
    // It was restored to 300 and took 501 to 510 all the same.
    let now = take_receipt(&had, run(501, 510), 300, &[run(301, 500)], 100);
    assert_eq!(now, [run(1, 300), run(501, 510)]);
}

#[test]
fn what_a_receipt_has_no_room_for_is_believed_as_before() {
    let had = [run(1, 10), run(21, 30), run(41, 50)];
    let now = take_receipt(&had, run(61, 70), 10, &[run(11, 20)], 1);
    assert_eq!(now, [run(1, 10), run(21, 30), run(41, 50), run(61, 70)]);
}

#[test]
fn pauses_double_with_jitter_and_end_at_five_minutes() {
    let mut pace = Pace::new(5_000, 7);
    let pauses: Vec<u64> = (0..12).map(|_| pace.failed(None)).collect();
    for (nth, pause) in pauses.iter().enumerate() {
        let full = (1_000_u64 << nth).min(300_000);
        assert!((full / 2..=full).contains(pause), "{nth}: {pause}");
    }
    assert!(pace.failed(Some(900_000)) >= 900_000, "the hub asked for a quarter of an hour");
    assert!(pace.failed(Some(u64::MAX)) <= 3_600_000, "no hub silences a campus for ever");
    let other: Vec<u64> = {
        let mut pace = Pace::new(5_000, 8);
        (0..12).map(|_| pace.failed(None)).collect()
    };
    assert_ne!(pauses, other, "two campuses do not knock together");
}

#[test]
fn batches_grow_while_the_hub_is_quick_and_shrink_when_it_is_not() {
    let mut pace = Pace::new(5_000, 1);
    (0..10).for_each(|_| pace.succeeded(100));
    assert_eq!(pace.rows(), 5_000);
    pace.succeeded(20_000);
    assert_eq!(pace.rows(), 2_500);
    assert!(pace.too_large(2_000), "half of it may go");
    assert_eq!(pace.rows(), 1_000);
    assert!(!pace.too_large(1), "one row that is too large never goes");
}

#[test]
fn days_and_losses_are_never_shed_whatever_the_budget() {
    let totals = Usage { rows: 100, bytes: 1_000_000 };
    let held = Held { totals, ..Held::default() };
    assert_eq!(shed(&held, 0, 10), None);
    assert_eq!(shed(&held, 100, 10), Some(Shed::Delivered { rows: 100 }));
}

proptest! {
    #[test]
    fn everything_is_sent_whatever_the_line_takes(
        last in 1_u64..400,
        live in 0_u64..100,
        rows_max in 1_u64..60,
        lost in proptest::collection::vec(any::<bool>(), 0..40),
    ) {
        let (mut had, mut turn) = (Vec::new(), 0);
        let live_from = last.saturating_sub(live) + 1;
        while let Some(wanted) = next(&had, last, live_from, turn, rows_max) {
            let numbers: Vec<u64> = (wanted.run.from..=wanted.run.to).collect();
            prop_assert!(!numbers.is_empty() && numbers.len() as u64 <= rows_max);
            prop_assert!(numbers.iter().all(|number| !all(&had).contains(number)), "sent twice");
            if lost.get(turn as usize) != Some(&true) {
                had.push(wanted.run);
                had = joined(had);
            }
            turn += 1;
            prop_assert!(turn < 2_000, "it never ends");
        }
        prop_assert_eq!(had, vec![run(1, last)]);
    }

    #[test]
    fn a_receipt_says_what_the_hub_holds(
        held in proptest::collection::btree_set(1_u64..80, 0..60),
        known in proptest::collection::btree_set(1_u64..80, 0..60),
        from in 1_u64..80,
        length in 0_u64..10,
        missing_max in 1_usize..8,
    ) {
        // A hub that holds `held`, and the batch; the agent believed that it held `known`, of which it does.
        let sent = run(from, from + length);
        let mut hub = held.clone();
        hub.extend(sent.from..=sent.to);
        let known = &known & &hub;
        let top = *hub.iter().max().unwrap();
        let all_missing = runs_of(&(1..=top).filter(|number| !hub.contains(number)).collect());
        let missing = &all_missing[..all_missing.len().min(missing_max)];
        let mark = watermark(&runs_of(&hub));
        let had = take_receipt(&runs_of(&known), sent, mark, missing, missing_max);
        // Never believes what is not there, below the highest number that agent and hub both know of.
        let believed: std::collections::BTreeSet<u64> = all(&had).into_iter().collect();
        prop_assert!(believed.is_subset(&hub), "{believed:?} is not in {hub:?}");
        prop_assert!((sent.from..=sent.to).all(|number| believed.contains(&number)));
        prop_assert!((1..=mark).all(|number| believed.contains(&number)));
        prop_assert_eq!(watermark(&had) >= mark, true);
    }

    #[test]
    fn what_is_to_be_sent_again_is_not_had_and_nothing_else_changes(
        known in proptest::collection::btree_set(1_u64..80, 0..60),
        from in 1_u64..80,
        length in 0_u64..30,
    ) {
        let again = run(from, from + length);
        let left = without(&runs_of(&known), again);
        let expected: Vec<u64> =
            known.iter().copied().filter(|it| !(again.from..=again.to).contains(it)).collect();
        prop_assert_eq!(all(&left), expected);
        prop_assert_eq!(joined(left.clone()), left);
        prop_assert_eq!(waiting(&runs_of(&known), 200), 200 - known.len() as u64);
    }

    #[test]
    fn shedding_ends_within_the_budget_or_with_nothing_but_totals(
        rooms in 0_u64..100_000,
        others in 0_u64..100_000,
        totals in 0_u64..1_000,
        delivered_pct in 0_u64..=100,
        budget in 0_u64..20_000_000,
    ) {
        let of = |rows| Usage { rows, bytes: rows * 100 };
        let mut held = Held { rooms: of(rooms), others: of(others), totals: of(totals) };
        let mut delivered = (rooms + others + totals) * delivered_pct / 100;
        let mut rounds = 0;
        while let Some(what) = shed(&held, delivered, budget) {
            rounds += 1;
            prop_assert!(rounds < 200, "it never ends");
            match what {
                Shed::Delivered { rows } => {
                    prop_assert!(rows > 0 && rows <= delivered);
                    delivered -= rows;
                    let of_rooms = rows.min(held.rooms.rows);
                    let of_others = (rows - of_rooms).min(held.others.rows);
                    held.rooms = of(held.rooms.rows - of_rooms);
                    held.others = of(held.others.rows - of_others);
                    held.totals = of(held.totals.rows - (rows - of_rooms - of_others));
                }
                Shed::Rooms { rows } => {
                    prop_assert!(delivered == 0 && rows > 0);
                    held.rooms = of(held.rooms.rows - rows);
                }
                Shed::Others { rows } => {
                    prop_assert!(held.rooms.rows == 0 && rows > 0);
                    held.others = of(held.others.rows - rows);
                }
            }
        }
        prop_assert!(held.bytes() <= budget || held.rooms.rows + held.others.rows == 0);
    }
}
