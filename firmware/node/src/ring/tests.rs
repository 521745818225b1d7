//! Stories of the ring: what is held, given up and forgotten.

use super::*;
use wire::frame::READINGS_MAX;
use wire::{Sample, Value};

/// A record that can be told from every other, as large as records get.
fn record(number: u64) -> Record {
    let sample = |slot| (slot, Sample::Is(Value::from_milli(i64::MAX - number as i64)));
    let readings = (0..READINGS_MAX as u8).map(sample).collect();
    Record { up: number, readings }
}

fn ring_of(frames: u64) -> Ring {
    let mut ring: Ring = Ring::new(false);
    for number in 1..=frames {
        ring.keep(&record(number));
    }
    ring
}

/// The whole state in one line: `lost 1..3 held 4..6`.
fn check(ring: &Ring, expected: &str) {
    let lost = ring.lost().map(|lost| format!("lost {}..{} ", lost.from, lost.to));
    let held = format!("held {}..{}", ring.oldest(), ring.next() - 1);
    assert_eq!(lost.unwrap_or_default() + &held, expected);
    for seq in ring.oldest()..ring.next() {
        assert_eq!(ring.get(seq), Some(record(u64::from(seq))), "frame {seq} is whole");
    }
    assert_eq!(ring.get(ring.oldest() - 1), None);
    assert_eq!(ring.get(ring.next()), None);
}

/// How many of the largest records fit.
fn capacity() -> u32 {
    let mut ring: Ring = Ring::new(false);
    while ring.keep(&record(u64::from(ring.next()))) == 0 {}
    ring.held()
}

#[test]
fn a_new_ring_holds_nothing_and_starts_at_one() {
    check(&Ring::new(false), "held 1..0");
}

#[test]
fn filling_completely_loses_nothing_and_one_more_loses_the_oldest() {
    let full = capacity();
    let mut ring = ring_of(u64::from(full));
    check(&ring, &format!("held 1..{full}"));
    ring.keep(&record(u64::from(full) + 1));
    check(&ring, &format!("lost 1..1 held 2..{}", full + 1));
    ring.keep(&record(u64::from(full) + 2));
    check(&ring, &format!("lost 1..2 held 3..{}", full + 2));
}

#[test]
fn a_data_loss_sandwich_keeps_both_slices_of_bread() {
    let full = capacity();
    let mut ring = ring_of(3);
    ring.sent(2);
    assert!(ring.ack(2), "1 and 2 arrived");
    for number in 4..=u64::from(full) + 4 {
        ring.keep(&record(number));
    }
    check(&ring, &format!("lost 3..4 held 5..{}", full + 4));
    ring.sent(6);
    assert!(ring.ack(6), "5 and 6 arrived, and with them the loss record");
    check(&ring, &format!("held 7..{}", full + 4));
}

#[test]
fn a_loss_record_grows_until_somebody_hears_it() {
    let full = capacity();
    let mut ring = ring_of(u64::from(full) + 3);
    check(&ring, &format!("lost 1..3 held 4..{}", full + 3));
    ring.give_up_oldest();
    check(&ring, &format!("lost 1..4 held 5..{}", full + 3));
}

#[test]
fn an_ack_within_a_loss_shortens_it_from_the_left() {
    let mut ring = ring_of(6);
    ring.sent(6);
    (0..4).for_each(|_| ring.give_up_oldest());
    check(&ring, "lost 1..4 held 5..6");
    assert!(ring.ack(2));
    check(&ring, "lost 3..4 held 5..6");
    assert!(ring.ack(4));
    check(&ring, "held 5..6");
}

#[test]
fn old_acks_are_no_ops() {
    let mut ring = ring_of(5);
    ring.sent(5);
    assert!(ring.ack(3));
    for old in 0..=3 {
        assert!(!ring.ack(old), "{old}");
        check(&ring, "held 4..5");
    }
}

#[test]
fn future_acks_are_no_ops() {
    let mut ring = ring_of(5);
    ring.sent(3);
    for future in [4, 5, 6, u32::MAX] {
        assert!(!ring.ack(future), "{future}: made or not, it was never sent");
        check(&ring, "held 1..5");
    }
    assert!(ring.ack(3));
    check(&ring, "held 4..5");
}

#[test]
fn giving_up_nothing_is_nothing() {
    let mut ring: Ring = Ring::new(false);
    ring.give_up_oldest();
    check(&ring, "held 1..0");
}

#[test]
fn the_last_held_frame_can_be_given_up() {
    let mut ring = ring_of(1);
    ring.give_up_oldest();
    check(&ring, "lost 1..1 held 2..1");
    ring.keep(&record(2));
    check(&ring, "lost 1..1 held 2..2");
}

#[test]
fn records_come_back_whole_after_many_rounds_of_the_ring() {
    let mut ring: Ring = Ring::new(false);
    for number in 1..2_000u64 {
        ring.keep(&record(number));
        ring.sent(number as u32);
        ring.ack((number as u32).saturating_sub(7));
        check(&ring, &format!("held {}..{number}", number.saturating_sub(6).max(1)));
    }
}
