//! What a damaged database takes along of its outbox is told by the first rows of the new one.

use super::super::outbox::OutboxRow;
use super::super::{Opened, open};
use super::faults::break_page_of;
use super::outbox::{MIDNIGHT, SLOT_MS, confirm, posting, rows, settle, summing_at, terms};
use super::{folder, small};
use batch::{Body, Class, Loss};
use std::path::Path;

/// When the database is opened again: an hour after the last slot.
const LATER_MS: i64 = MIDNIGHT + 20 * SLOT_MS;

/// Six slots of three streams; the hub has the first two of each. Closed again.
fn past(path: &Path) -> Vec<OutboxRow> {
    let mut opened = summing_at(path, MIDNIGHT);
    for slot in 0..5 {
        opened.store.posting(posting(slot, 10));
    }
    settle(&mut opened, MIDNIGHT + 8 * SLOT_MS);
    confirm(&mut opened, 6);
    // The witness is brought up to date when a row is put.
    opened.store.posting(posting(5, 10));
    settle(&mut opened, MIDNIGHT + 9 * SLOT_MS);
    // One slot more, which nobody has summarised yet.
    opened.store.posting(posting(9, 10));
    super::outbox::commit(&mut opened, MIDNIGHT + 10 * SLOT_MS - 1);
    let rows = rows(&opened);
    assert_eq!(rows.len(), 18);
    opened.store.close();
    rows
}

fn again(path: &Path) -> Opened {
    let mut opened = open(path, small(), LATER_MS).unwrap();
    assert!(opened.set_aside.is_some(), "the damage is noticed");
    opened.store.summarise(terms(u64::MAX));
    settle(&mut opened, LATER_MS + 1);
    opened
}

fn losses(rows: &[OutboxRow]) -> Vec<(&str, Loss)> {
    let loss = |row: &'_ OutboxRow| match &row.row.body {
        Body::Loss(loss) => Some(loss.clone()),
        _ => None,
    };
    rows.iter().filter_map(|row| Some((row.row.stream.as_str(), loss(row)?))).collect()
}

fn loss(count: u64, slots: std::ops::Range<i64>) -> Loss {
    let at = |slot| MIDNIGHT + slot * SLOT_MS;
    let (from_ms, to_ms) = (at(slots.start), at(slots.end));
    Loss { what: "outbox_damaged".into(), count, from_ms, to_ms, more: Default::default() }
}

#[test]
fn what_hubs_lack_of_a_damaged_outbox_is_told_stream_by_stream_and_made_again() {
    let (_folder, path) = folder();
    past(&path);
    let bytes = break_page_of(&path, "measure_by_slot");
    std::fs::write(&path, bytes).unwrap();
    let opened = again(&path);
    let rows = rows(&opened);
    let told = [
        ("building/science", loss(4, 2..6)),
        ("meter/sci-101/main", loss(4, 2..6)),
        ("room/science/101", loss(4, 2..6)),
    ];
    assert_eq!(losses(&rows[..3]), told, "the first rows");
    let mut made: Vec<(&str, i64)> = rows[3..]
        .iter()
        .filter(|row| row.row.class() == Class::Quarter)
        .map(|row| (row.row.stream.as_str(), (row.row.slot_ms - MIDNIGHT) / SLOT_MS))
        .collect();
    made.sort_unstable();
    let expected: Vec<(&str, i64)> =
        told.iter().flat_map(|(stream, _)| [2, 3, 4, 5, 9].map(|slot| (*stream, slot))).collect();
    assert_eq!(made, expected, "what hubs lacked, and what was never summarised");
    let state = opened.store.reader().outbox().unwrap();
    assert_eq!((state.lives.len(), &*state.lives[0].why), (1, "damaged"));
    opened.store.close();
    // Told once, and no restart takes the new database for a copy.
    let mut opened = summing_at(&path, LATER_MS + 2);
    assert_eq!((opened.copied, opened.set_aside.is_some()), (None, false));
    settle(&mut opened, LATER_MS + 3);
    assert_eq!(super::outbox::rows(&opened).len(), rows.len());
}

#[test]
fn of_an_outbox_that_cannot_be_read_the_witness_says_how_much_and_from_when() {
    for broken in ["outbox", "meta", "header"] {
        let (_folder, path) = folder();
        past(&path);
        let mut bytes = break_page_of(&path, if broken == "header" { "log" } else { broken });
        if broken == "header" {
            bytes[..100].fill(0xff);
        }
        std::fs::write(&path, bytes).unwrap();
        let opened = again(&path);
        let rows = rows(&opened);
        let told = [("campus", loss(12, 2..20))];
        assert_eq!(losses(&rows[..1]), told, "{broken}");
        assert_eq!(losses(&rows).len(), 1, "{broken}");
    }
}

#[test]
fn of_a_damaged_database_that_never_summarised_nothing_is_lost_and_without_a_witness_nobody_knows()
{
    for (is_witnessed, expected) in [(true, vec![]), (false, vec![("campus", 1)])] {
        let (folder, path) = folder();
        open(&path, small(), MIDNIGHT).unwrap().store.close();
        let witness = folder.path().join("campus.db.witness");
        assert!(witness.exists(), "from the first start on");
        if !is_witnessed {
            std::fs::remove_file(&witness).unwrap();
        }
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[..100].fill(0xff);
        std::fs::write(&path, bytes).unwrap();
        let opened = again(&path);
        let rows = rows(&opened);
        let told: Vec<_> = losses(&rows).iter().map(|(of, loss)| (*of, loss.count)).collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn a_database_that_was_copied_before_its_first_row_has_another_name() {
    let (_folder, path) = folder();
    let first = open(&path, small(), MIDNIGHT).unwrap();
    let name = first.incarnation.clone();
    first.store.close();
    let same = open(&path, small(), MIDNIGHT).unwrap();
    assert_eq!((same.incarnation.clone(), same.copied), (name.clone(), None), "a restart");
    same.store.close();
    let (_other, elsewhere) = folder();
    std::fs::copy(&path, &elsewhere).unwrap();
    let copy = open(&elsewhere, small(), MIDNIGHT).unwrap();
    assert_ne!(copy.incarnation, name);
    assert_eq!(copy.copied, None, "nothing was numbered: nobody need be told");
}
