//! Summaries are made once, of what is kept, whatever crashes; later rows make the next revision.

use super::super::outbox::{OutboxRow, Terms};
use super::super::{HubOrder, LossRecord, Measure, Opened, Progress, RoomSlot};
use super::{Posting, folder, open};
use batch::{Body, Hash, Incarnation, Values};
use controller::outbox::Run;
use controller::summary::{Scope, Stream, StreamKind};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub(super) const SLOT_MS: i64 = 900_000;
const DAY_MS: i64 = 86_400_000;
/// A midnight in UTC, and in the zone of the test.
pub(super) const MIDNIGHT: i64 = 20_720 * DAY_MS;
const METER: &str = "sci-101/main";

/// A room with a meter of its own, in a building.
fn scope() -> Scope {
    let stream = |name: &str, kind, rooms: &[usize]| Stream {
        name: name.to_owned(),
        kind,
        meters: vec![0],
        lamps: Vec::new(),
        rooms: rooms.to_vec(),
    };
    Scope {
        zone: jiff::tz::TimeZone::UTC,
        slot_ms: SLOT_MS,
        meters: vec![METER.to_owned()],
        rooms: vec!["science/101".to_owned()],
        streams: vec![
            stream("room/science/101", StreamKind::Room, &[0]),
            stream("building/science", StreamKind::Building, &[0]),
            stream("meter/sci-101/main", StreamKind::Meter, &[]),
        ],
    }
}

pub(super) fn terms(budget_bytes: u64) -> Terms {
    Terms {
        scope: Arc::new(scope()),
        campus: wire::Id::new("north").unwrap(),
        hubs: vec!["district".to_owned()],
        budget_bytes,
        grace_ms: 120_000,
    }
}

fn summing(path: &Path, budget_bytes: u64) -> Opened {
    let mut opened = open(path);
    opened.store.summarise(terms(budget_bytes));
    opened
}

/// The same, opened at a time.
pub(super) fn summing_at(path: &Path, now_ms: i64) -> Opened {
    let mut opened = super::super::open(path, super::small(), now_ms).unwrap();
    opened.store.summarise(terms(u64::MAX));
    opened
}

pub(super) fn posting(slot: i64, energy_wh: i64) -> Posting {
    Posting {
        meter: METER.to_owned(),
        slot_ms: MIDNIGHT + slot * SLOT_MS,
        energy_wh,
        quality: 0,
        cause: 0,
        register_wh: 1_000,
        revision: 0,
        read: None,
    }
}

fn room_slot(slot: i64) -> RoomSlot {
    RoomSlot {
        room: "science/101".to_owned(),
        slot_ms: MIDNIGHT + slot * SLOT_MS,
        occupied_ms: 600_000,
        lit_ms: 700_000,
        lit_empty_ms: 30_400,
        lit_hold_ms: 0,
        dark_ms: 60_000,
        unknown_ms: 90_000,
    }
}

/// Commits what is pending as of `at_ms`, and waits until the writer has done what follows from it: a
/// second commit goes after.
pub(super) fn commit(opened: &mut Opened, at_ms: i64) {
    for _ in 0..2 {
        opened.store.passed(at_ms);
        let number = opened.store.submit(Some(at_ms)).unwrap().unwrap();
        loop {
            match opened.events.next_blocking().unwrap() {
                super::Event::Committed(done) if done.batch == number => break,
                _ => {}
            }
        }
    }
}

/// The same, and what was touched has settled.
pub(super) fn settle(opened: &mut Opened, at_ms: i64) {
    commit(opened, at_ms);
    commit(opened, at_ms + 120_000);
    commit(opened, at_ms + 240_000);
}

pub(super) fn rows(opened: &Opened) -> Vec<OutboxRow> {
    let (rows, damaged) = opened.store.reader().outbox_rows(0, i64::MAX, 5_000).unwrap();
    assert_eq!(damaged, 0);
    rows
}

fn values(row: &OutboxRow) -> &Values {
    row.row.values().unwrap()
}

/// Stream, revision and energy of rows of a class.
fn said(opened: &Opened, class: batch::Class) -> Vec<(String, u32, Option<i64>)> {
    let of =
        |row: &OutboxRow| (row.row.stream.to_string(), row.row.revision, values(row).energy_wh);
    rows(opened).iter().filter(|row| row.row.class() == class).map(of).collect()
}

#[test]
fn a_writer_that_has_nothing_else_to_do_makes_all_that_is_due() {
    const SLOTS: i64 = 400;
    let (_folder, path) = folder();
    let mut opened = summing(&path, u64::MAX);
    (0..SLOTS).for_each(|slot| opened.store.posting(posting(slot, 10)));
    let at_ms = MIDNIGHT + SLOTS * SLOT_MS;
    commit(&mut opened, at_ms);
    commit(&mut opened, at_ms + 120_000);
    // No batch comes any more; 400 slots of three streams are far more than it makes between two.
    let began = std::time::Instant::now();
    while rows(&opened).len() < 3 * SLOTS as usize {
        let waited = began.elapsed();
        assert!(waited.as_secs() < 30, "{} rows after {waited:?}", rows(&opened).len());
        std::thread::yield_now();
    }
}

#[test]
fn a_slot_is_summarised_when_it_is_over_and_late_frames_have_had_their_time() {
    let (_folder, path) = folder();
    let mut opened = summing(&path, u64::MAX);
    opened.store.posting(posting(0, 120));
    opened.store.room_slot(room_slot(0));
    opened.store.measure(Measure {
        slot_ms: MIDNIGHT,
        room: Some("science/101".to_owned()),
        meter: None,
        illuminance_lx: Some(412),
        co2_ppm: Some(831),
        peak_w: Some(900),
    });
    commit(&mut opened, MIDNIGHT + SLOT_MS);
    assert_eq!(rows(&opened), [], "late frames have two minutes");
    commit(&mut opened, MIDNIGHT + SLOT_MS + 120_000);
    let rows = rows(&opened);
    let room = &rows[0];
    assert_eq!((room.seq, room.row.stream.as_str()), (1, "room/science/101"));
    let expected = Values {
        energy_wh: Some(120),
        peak_w: Some(900),
        occupied_s: Some(600),
        lit_empty_s: Some(30),
        occupied_dark_s: Some(60),
        illuminance_lx: Some(412),
        co2_ppm: Some(831),
        complete_permille: Some(900),
        estimated_permille: Some(0),
        ..Values::default()
    };
    assert_eq!(room.row.body, Body::Quarter(expected));
    assert_eq!((room.row.span_s, room.row.revision), (900, 1));
    assert_eq!(rows[1].row.stream.as_str(), "building/science");
    let meter = values(&rows[2]);
    assert_eq!((meter.energy_wh, meter.peak_w, meter.occupied_s), (Some(120), Some(480), None));
}

#[test]
fn late_rows_raise_the_revision_of_what_they_touch_and_of_its_day() {
    let (_folder, path) = folder();
    let mut opened = summing(&path, u64::MAX);
    for slot in 0..96 {
        opened.store.posting(posting(slot, 10));
        opened.store.room_slot(room_slot(slot));
    }
    let end = MIDNIGHT + DAY_MS + 240_000;
    let mut at_ms = end;
    while opened.store.reader().outbox().unwrap().last < 3 * 97 {
        settle(&mut opened, at_ms);
        at_ms += 300_000;
    }
    let day = |revision, wh| {
        ["room/science/101", "building/science", "meter/sci-101/main"]
            .map(|stream| (stream.to_owned(), revision, Some(wh)))
    };
    assert_eq!(said(&opened, batch::Class::Quarter).len(), 3 * 96);
    assert_eq!(said(&opened, batch::Class::Day), day(1, 960));
    // Nothing new: nothing is made again.
    settle(&mut opened, at_ms + 300_000);
    assert_eq!(rows(&opened).len(), 3 * 97);
    // A repair adds 5 Wh to a slot of the day.
    opened.store.posting(posting(40, 5));
    settle(&mut opened, at_ms + 900_000);
    settle(&mut opened, at_ms + 1_500_000);
    let rows = rows(&opened);
    let new = &rows[3 * 97..];
    let quarters: Vec<_> =
        new[..3].iter().map(|row| (row.row.revision, values(row).energy_wh)).collect();
    assert_eq!(quarters, [(2, Some(15)); 3], "the slot");
    assert_eq!(said(&opened, batch::Class::Day)[3..], day(2, 965), "its day");
    assert_eq!(rows.len(), 3 * 98 + 3);
}

#[test]
fn chains_hold_from_their_beginning_and_a_changed_byte_is_found() {
    let (_folder, path) = folder();
    let mut opened = summing(&path, u64::MAX);
    for slot in 0..3 {
        opened.store.posting(posting(slot, 10 + slot));
    }
    settle(&mut opened, MIDNIGHT + 10 * SLOT_MS);
    let state = opened.store.reader().outbox().unwrap();
    let life = &state.lives[0];
    assert_eq!((life.name.as_str(), life.base, life.last), (opened.incarnation.as_str(), 0, 9));
    check_chains(&rows(&opened), Incarnation::parse(&life.name).unwrap());
    opened.store.close();
    let raw = Connection::open(&path).unwrap();
    raw.execute("UPDATE outbox SET revision = 7 WHERE seq = 5", ()).unwrap();
    drop(raw);
    let opened = open(&path);
    let (rows, damaged) = opened.store.reader().outbox_rows(0, i64::MAX, 100).unwrap();
    assert_eq!((rows.len(), damaged), (8, 1));
}

fn check_chains(rows: &[OutboxRow], incarnation: Incarnation) {
    let campus = wire::Id::new("north").unwrap();
    let mut tips: BTreeMap<(String, batch::Class), Hash> = BTreeMap::new();
    for OutboxRow { row, prev, .. } in rows {
        let class = row.class();
        let tip = tips
            .entry((row.stream.to_string(), class))
            .or_insert_with(|| Hash::genesis(&campus, &incarnation, &row.stream, class));
        assert_eq!(tip, prev, "{} {}", row.stream, row.slot_ms);
        *tip = prev.then(&row.canonical());
    }
}

#[test]
fn losses_of_nodes_are_rows_in_the_transaction_that_keeps_them() {
    let (_folder, path) = folder();
    let mut opened = summing(&path, u64::MAX);
    for from_seq in [10, 20] {
        opened.store.loss(LossRecord {
            at_ms: MIDNIGHT + 5,
            node: "sci-101".to_owned(),
            boot: 1,
            from_seq,
            to_seq: from_seq + 4,
            cause: "declared".to_owned(),
        });
    }
    commit(&mut opened, MIDNIGHT + 10);
    let rows = rows(&opened);
    let found: Vec<_> = rows
        .iter()
        .map(|row| match &row.row.body {
            Body::Loss(loss) => {
                (row.row.stream.as_str(), row.row.revision, &*loss.what, loss.count)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let one = |revision| ("node/sci-101", revision, "frames_declared", 5);
    assert_eq!(found, [one(1), one(2)]);
}

/// What a hub of that name has of the first incarnation.
pub(super) fn confirm(opened: &mut Opened, to: u64) {
    let progress = Progress {
        hub: "district".to_owned(),
        incarnation: 1,
        had: vec![Run { from: 1, to }],
        at_ms: MIDNIGHT,
        refused: Vec::new(),
        again: Vec::new(),
    };
    opened.store.hub(HubOrder::Confirmed(progress));
}

#[test]
fn above_the_budget_resolution_goes_down_by_class_and_every_row_is_in_a_loss_record() {
    let (_folder, path) = folder();
    let mut opened = summing(&path, u64::MAX);
    for slot in 0..4 * 96 {
        opened.store.posting(posting(slot, 10));
        opened.store.room_slot(room_slot(slot));
    }
    let mut at_ms = MIDNIGHT + 5 * DAY_MS;
    while opened.store.reader().outbox().unwrap().last < 3 * 97 * 4 {
        settle(&mut opened, at_ms);
        at_ms += 300_000;
    }
    let before = rows(&opened).len();
    assert_eq!(before, 3 * 97 * 4);
    confirm(&mut opened, 30);
    settle(&mut opened, at_ms + 300_001);
    let held = opened.store.reader().outbox().unwrap().held;
    drop(opened);
    // Room for the totals and a third of the rest.
    let budget = held.totals.bytes + (held.rooms.bytes + held.others.bytes) / 3;
    let mut lost = 0;
    for _ in 0..40 {
        // Each start looks at the budget at once.
        let mut opened = summing(&path, budget);
        at_ms += 400_000;
        settle(&mut opened, at_ms);
        if opened.store.reader().outbox().unwrap().held.bytes() <= budget {
            break;
        }
    }
    let opened = open(&path);
    let rows = rows(&opened);
    for row in &rows {
        if let Body::Loss(loss) = &row.row.body {
            lost += loss.count as usize;
        }
    }
    let quarters = |name: &str| {
        rows.iter()
            .filter(|row| row.row.class() == batch::Class::Quarter)
            .filter(|row| row.row.stream.as_str().starts_with(name))
            .count()
    };
    let losses = rows.iter().filter(|row| row.row.class() == batch::Class::Loss).count();
    assert_eq!(before - 30, rows.len() - losses + lost, "every shed row is counted");
    assert!(quarters("room/") < quarters("meter/"), "rooms go first");
    assert_eq!(said(&opened, batch::Class::Day).len(), 3 * 4, "totals stay");
    let held = opened.store.reader().outbox().unwrap().held;
    assert!(held.bytes() <= budget, "{held:?}");
    let count = |kind| rows.iter().filter(|row| row.row.class() == kind).count() as u64;
    assert_eq!(held.totals.rows, count(batch::Class::Day) + count(batch::Class::Loss));
}

#[test]
fn a_row_for_a_slot_that_was_shed_gets_a_revision_that_was_never_given() {
    let (_folder, path) = folder();
    let mut opened = summing(&path, u64::MAX);
    opened.store.posting(posting(0, 10));
    settle(&mut opened, MIDNIGHT + 2 * SLOT_MS);
    opened.store.posting(posting(0, 1));
    settle(&mut opened, MIDNIGHT + 3 * SLOT_MS);
    assert_eq!(rows(&opened).last().unwrap().row.revision, 2);
    confirm(&mut opened, 6);
    settle(&mut opened, MIDNIGHT + 3 * SLOT_MS + 1);
    drop(opened);
    let mut opened = summing(&path, 1);
    settle(&mut opened, MIDNIGHT + 4 * SLOT_MS);
    assert_eq!(rows(&opened), [], "the hub has them");
    drop(opened);
    let mut opened = summing(&path, u64::MAX);
    opened.store.posting(posting(0, 1));
    settle(&mut opened, MIDNIGHT + 5 * SLOT_MS);
    let late: Vec<_> = rows(&opened).iter().map(|row| (row.seq, row.row.revision)).collect();
    assert_eq!(late, [(7, 3), (8, 3), (9, 3)]);
}

#[test]
fn a_restored_or_moved_database_begins_another_incarnation_and_a_restarted_one_does_not() {
    let (folder, path) = folder();
    let mut opened = summing(&path, u64::MAX);
    opened.store.posting(posting(0, 10));
    settle(&mut opened, MIDNIGHT + 2 * SLOT_MS);
    opened.store.close();
    let backup = folder.path().join("backup");
    std::fs::copy(&path, &backup).unwrap();
    let mut opened = summing(&path, u64::MAX);
    let first = opened.incarnation.clone();
    assert_eq!(opened.copied, None, "a restart");
    opened.store.posting(posting(2, 10));
    settle(&mut opened, MIDNIGHT + 5 * SLOT_MS);
    let written = rows(&opened).len() as i64;
    opened.store.close();
    std::fs::copy(&backup, &path).unwrap();
    let mut restored = summing(&path, u64::MAX);
    assert_eq!(restored.copied, Some(super::super::outbox::Copied::Behind));
    assert_ne!(restored.incarnation, first);
    restored.store.posting(posting(3, 10));
    settle(&mut restored, MIDNIGHT + 6 * SLOT_MS);
    let state = restored.store.reader().outbox().unwrap();
    let lives: Vec<_> = state.lives.iter().map(|life| (life.base, life.last)).collect();
    assert_eq!(lives, [(0, 3), (3, 6)], "{written} were written before");
    check_chains(&rows(&restored)[3..], Incarnation::parse(&restored.incarnation).unwrap());
    restored.store.close();
    // Copied without its witness, as to another computer.
    let (_other, elsewhere) = super::folder();
    std::fs::copy(&path, &elsewhere).unwrap();
    assert_eq!(open(&elsewhere).copied, Some(super::super::outbox::Copied::Unwitnessed));
}

#[test]
fn rows_that_no_hub_confirmed_go_into_the_new_incarnation_when_a_hub_finds_the_copy() {
    let (_folder, path) = folder();
    let mut opened = summing(&path, u64::MAX);
    for slot in 0..3 {
        opened.store.posting(posting(slot, 10 + slot));
    }
    settle(&mut opened, MIDNIGHT + 10 * SLOT_MS);
    opened.store.hub(HubOrder::Copied { why: "hub".to_owned(), base: Some(4) });
    settle(&mut opened, MIDNIGHT + 10 * SLOT_MS + 1);
    opened.store.posting(posting(3, 13));
    settle(&mut opened, MIDNIGHT + 11 * SLOT_MS);
    let state = opened.store.reader().outbox().unwrap();
    let lives: Vec<_> = state.lives.iter().map(|life| (life.base, life.last)).collect();
    assert_eq!(lives, [(0, 4), (4, 12)]);
    let rows = rows(&opened);
    check_chains(&rows[..4], state.lives[0].incarnation().unwrap());
    check_chains(&rows[4..], state.lives[1].incarnation().unwrap());
}

#[test]
fn a_commit_that_is_done_twice_makes_no_summary_twice() {
    let (_folder, path) = folder();
    let mut opened = summing(&path, u64::MAX);
    opened.store.posting(posting(0, 10));
    settle(&mut opened, MIDNIGHT + 10 * SLOT_MS);
    let made = rows(&opened);
    opened.store.close();
    // As after a crash between the summary and whatever came next: the mark is there again.
    let raw = Connection::open(&path).unwrap();
    raw.execute("INSERT INTO touched VALUES (?1, 0, 0, 0)", (MIDNIGHT,)).unwrap();
    drop(raw);
    let mut opened = summing(&path, u64::MAX);
    settle(&mut opened, MIDNIGHT + 11 * SLOT_MS);
    assert_eq!(rows(&opened), made);
}
