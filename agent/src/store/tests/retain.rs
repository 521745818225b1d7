//! What expires, and what must not.

use super::{NOW_MS, add, commit, folder, frames, posted, posting, small};
use crate::limits::RETAIN_EVERY_ROWS;
use crate::store::{Event, Limits, Opened};

const ROWS: u32 = RETAIN_EVERY_ROWS as u32 + 500;

/// Commits enough rows for a look at what expires, then one more batch, and returns what was said
/// in between. Every frame is from 2026.
fn fill(opened: &mut Opened, checkpoints: &[u32], now_ms: Option<i64>) -> Vec<Event> {
    let mut said = Vec::new();
    let mut from = 1;
    for upto in checkpoints.iter().copied().chain([ROWS]) {
        add(&mut opened.store, from..upto + 1);
        if checkpoints.contains(&upto) {
            opened.store.checkpoint(NOW_MS, vec![1]);
        }
        from = upto + 1;
        opened.store.submit(now_ms).unwrap();
    }
    // The look follows the commit; the next commit follows the look.
    opened.store.posting(posting(0, 1));
    said.extend(commit(&mut opened.store, &mut opened.events).1);
    said
}

fn check(limits: Limits, checkpoints: &[u32], now_ms: Option<i64>, first_kept: u32, shed: u64) {
    let (_folder, path) = folder();
    let mut opened = super::super::open(&path, limits, NOW_MS).unwrap();
    let said = fill(&mut opened, checkpoints, now_ms);
    let (numbers, replayed) = frames(&opened.store.reader(), 0);
    assert_eq!(numbers, (first_kept..=ROWS).collect::<Vec<_>>());
    assert_eq!(replayed.damaged, 0);
    let counted: u64 =
        said.iter().map(|event| if let Event::Shed { rows, .. } = event { *rows } else { 0 }).sum();
    assert_eq!(counted, shed, "{said:?}");
}

/// Two weeks and an hour later.
const LATER_MS: i64 = NOW_MS + 14 * 86_400_000 + 3_600_000;

#[test]
fn old_log_rows_expire_up_to_the_older_checkpoint() {
    check(small(), &[2_000, 9_000], Some(LATER_MS), 2_001, 0);
}

#[test]
fn young_log_rows_stay() {
    check(small(), &[2_000, 9_000], Some(NOW_MS + 86_400_000), 1, 0);
}

#[test]
fn rows_between_old_and_young_are_told_apart() {
    let retained = Limits { retain_log_ms: 10_000, ..small() };
    // Row n is from NOW_MS + n: at NOW_MS + 11,000 the first 999 are older than 10 s.
    check(retained, &[2_000, 9_000], Some(NOW_MS + 11_000), 1_000, 0);
}

#[test]
fn without_two_checkpoints_nothing_goes() {
    check(small(), &[9_000], Some(LATER_MS), 1, 0);
}

#[test]
fn without_a_believable_clock_nothing_expires() {
    check(small(), &[2_000, 9_000], None, 1, 0);
}

#[test]
fn database_over_its_size_sheds_the_oldest_rows_and_says_so() {
    let tiny = Limits { bytes_max: 100_000, ..small() };
    check(tiny, &[2_000, 9_000], Some(NOW_MS), 2_001, 2_000);
}

#[test]
fn postings_beyond_their_number_go_and_it_is_said() {
    let (_folder, path) = folder();
    let limits = Limits { posting_rows_max: 4_000, ..small() };
    let mut opened = super::super::open(&path, limits, NOW_MS).unwrap();
    for slot in 0..i64::from(ROWS) {
        opened.store.posting(posting(slot, 1));
    }
    commit(&mut opened.store, &mut opened.events);
    opened.store.posting(posting(0, 0));
    let (_, said) = commit(&mut opened.store, &mut opened.events);
    assert_eq!(said, [Event::Shed { table: "posting", rows: u64::from(ROWS) - 4_000 }]);
    assert_eq!(posted(&opened.store.reader()), 4_000);
}
