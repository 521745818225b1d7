//! Registers, incidents, decisions, rooms: what goes in comes out, and a repair is all or nothing.

use super::super::migrate::MIGRATIONS;
use super::super::{
    Entry, Fault, Incident, Judge, Posting, QueryError, Reading, RepairRecord, Replace, RoomSlot,
    RoomSlotRef, SlotRow, Snapshot, TooManyRows, Withdraws,
};
use super::{Event, NOW_MS, commit, folder, open, posted, posting};
use crate::limits::REPAIR_ROWS_MAX;
use rusqlite::Connection;

const SLOT_MS: i64 = 900_000;
const METER: &str = "sci-101/main";

fn incident(kind: u8, minute: i64, withdraws: Withdraws) -> Incident {
    Incident {
        meter: METER.to_owned(),
        kind,
        from_ms: NOW_MS,
        at_ms: NOW_MS + minute * 60_000,
        before_wh: 900,
        after_wh: 5,
        jump_wh: -895,
        withdraws,
    }
}

/// Takes 4 Wh from slot 0 and adds 9 Wh to slot 1.
fn repair(withdrawn: Vec<i64>) -> RepairRecord {
    let row = |slot, energy_wh| Posting { revision: 0, cause: 10, ..posting(slot, energy_wh) };
    RepairRecord {
        meter: METER.to_owned(),
        from_ms: NOW_MS,
        to_ms: NOW_MS + 2 * SLOT_MS,
        judgement: r#"{"ignore":{}}"#.to_owned(),
        by: "li".to_owned(),
        why: "the meter was being cleaned".to_owned(),
        before_wh: 30,
        after_wh: 35,
        rows: vec![row(0, -4), row(1, 9)],
        incidents: vec![incident(6, 3, Withdraws::Nothing)],
        withdrawn,
    }
}

fn replace() -> Replace {
    Replace {
        meter: METER.to_owned(),
        at_ms: NOW_MS - 60_000,
        old_final_wh: Some(900),
        new_first_wh: None,
        by: "li".to_owned(),
        why: "calibration".to_owned(),
    }
}

fn judge() -> Judge {
    let (meter, by, why) = (METER.to_owned(), "li".to_owned(), "it was hot".to_owned());
    Judge { meter, believe: true, by, why }
}

#[test]
fn what_meters_and_people_said_is_replayed_as_it_was() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let raw: Vec<u8> = (0..250).collect();
    let plain = Reading {
        at_ms: NOW_MS - 3,
        register_wh: 123_456_789,
        power_mw: None,
        ratio_milli: 1_000,
        raw: &[],
    };
    let full = Reading {
        register_wh: i64::MAX,
        power_mw: Some(-1_234),
        ratio_milli: 40_000,
        raw: &raw,
        ..plain
    };
    opened.store.reading(NOW_MS, "gym-mains", &plain);
    opened.store.reading(NOW_MS + 1, METER, &full);
    opened.store.replace(NOW_MS + 2, &replace());
    opened.store.judge(NOW_MS + 3, &judge());
    opened.store.repair(NOW_MS + 4, repair(vec![7])).unwrap();
    commit(&mut opened.store, &mut opened.events);
    opened.store.close();

    let opened = open(&path);
    let mut told = 0;
    let replayed = opened.store.reader().replay(0, |logged| {
        told += 1;
        assert_eq!((logged.id, logged.at_ms), (told, NOW_MS + told - 1));
        match logged.entry {
            Entry::Reading { meter: "gym-mains", reading } => assert_eq!(reading, plain),
            Entry::Reading { meter, reading } => assert_eq!((meter, reading), (METER, full)),
            Entry::Replace(found) => assert_eq!(found, replace()),
            Entry::Judge(found) => assert_eq!(found, judge()),
            Entry::Repair { meter, rows, incidents } => {
                let RepairRecord { rows: expected, incidents: happened, .. } = repair(vec![]);
                assert_eq!((meter.as_str(), rows, incidents), (METER, expected, happened));
            }
            other => panic!("{other:?}"),
        }
    });
    assert_eq!((told, replayed.unwrap().damaged), (5, 0));
}

#[test]
fn evidence_that_is_too_long_is_cut_and_a_reading_takes_under_30_bytes() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let reading = |raw| Reading {
        at_ms: NOW_MS - 40,
        register_wh: 104_220_310,
        power_mw: Some(4_312_000),
        ratio_milli: 1_000,
        raw,
    };
    opened.store.reading(NOW_MS, METER, &reading(&[1; 8]));
    let bytes = opened.store.pending.bytes.len();
    assert!(bytes < 30, "{bytes} bytes");
    opened.store.reading(NOW_MS, METER, &reading(&[2; 300]));
    commit(&mut opened.store, &mut opened.events);
    let mut lengths = Vec::new();
    let replayed = opened.store.reader().replay(0, |logged| {
        if let Entry::Reading { reading, .. } = logged.entry {
            lengths.push(reading.raw.len());
        }
    });
    assert_eq!((lengths, replayed.unwrap().damaged), (vec![8, 250], 0));
}

#[test]
fn revision_zero_becomes_the_next_of_its_slot() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let next = |slot, energy_wh| Posting { revision: 0, ..posting(slot, energy_wh) };
    let other = Posting { meter: "mains".to_owned(), ..next(0, 500) };
    for row in [posting(0, 10), next(0, -1), posting(1, 20), other.clone(), next(0, -2)] {
        opened.store.posting(row);
    }
    commit(&mut opened.store, &mut opened.events);
    opened.store.close();
    let mut opened = open(&path);
    opened.store.posting(next(0, -3));
    opened.store.posting(next(7, 4));
    commit(&mut opened.store, &mut opened.events);
    let revisions = |meter: &str| -> Vec<(i64, i64, u32)> {
        let rows = opened.store.reader().postings(meter, 0, i64::MAX).unwrap();
        rows.iter().map(|p| ((p.slot_ms - NOW_MS) / SLOT_MS, p.energy_wh, p.revision)).collect()
    };
    let expected = [(0, 10, 1), (0, -1, 2), (0, -2, 3), (0, -3, 4), (1, 20, 1), (7, 4, 1)];
    assert_eq!(revisions(METER), expected, "slot by slot, and then as they were made");
    assert_eq!(revisions("mains"), [(0, 500, 1)]);
}

#[test]
fn slot_shows_the_sum_of_its_rows_and_the_last_word_about_it() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let incomplete = Posting { quality: 2, cause: 5, ..posting(0, 10) };
    let repaired = Posting { quality: 0, cause: 10, revision: 0, read: None, ..posting(0, -3) };
    for row in [incomplete, posting(1, 20), posting(9, 7), repaired.clone()] {
        opened.store.posting(row);
    }
    commit(&mut opened.store, &mut opened.events);
    let reader = opened.store.reader();
    let first = SlotRow {
        slot_ms: NOW_MS,
        energy_wh: 7,
        quality: 0,
        cause: 10,
        register_wh: repaired.register_wh,
        revision: 2,
        read: None,
        rows: 2,
    };
    let slots = reader.slots(METER, NOW_MS, NOW_MS + 9 * SLOT_MS).unwrap();
    assert_eq!((slots.len(), slots[0], slots[1].energy_wh), (2, first, 20));
    assert_eq!(slots[1].read, posting(1, 20).read);
    let sums = reader.energy(&[NOW_MS, NOW_MS + SLOT_MS], None).unwrap();
    assert_eq!((sums[0].energy_wh, sums[0].quality, sums[0].revision), (7, 0, 2));
    let before = |slot| {
        let found = reader.last_slot_before(METER, NOW_MS + slot * SLOT_MS).unwrap();
        found.map(|row| (row.slot_ms - NOW_MS) / SLOT_MS)
    };
    assert_eq!(
        [before(100), before(9), before(2), before(1), before(0)],
        [Some(9), Some(1), Some(1), Some(0), None]
    );
    assert_eq!(reader.slots("nobody", 0, i64::MAX).unwrap(), []);
    assert_eq!(reader.last_slot_before("nobody", i64::MAX).unwrap(), None);
}

#[test]
fn incidents_tell_whether_they_still_hold_and_who_withdrew_them() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let doubt = 10;
    let store = &mut opened.store;
    store.incident(incident(1, 0, Withdraws::Nothing));
    store.incident(incident(doubt, 1, Withdraws::Nothing));
    store.incident(incident(6, 2, Withdraws::LastOf(doubt)));
    // The doubt is explained already, so that this one withdraws nothing.
    store.incident(incident(3, 4, Withdraws::LastOf(doubt)));
    store.incident(Incident { meter: "mains".to_owned(), ..incident(2, 5, Withdraws::Nothing) });
    commit(&mut opened.store, &mut opened.events);
    opened.store.repair(NOW_MS, repair(vec![4])).unwrap();
    commit(&mut opened.store, &mut opened.events);
    let reader = opened.store.reader();
    let seen = |meter, limit| -> Vec<_> {
        let found = reader.incidents(meter, NOW_MS, NOW_MS + 3_600_000, limit).unwrap();
        let seen = |k: super::super::KeptIncident| {
            let (kind, withdraws) = (k.incident.kind, k.incident.withdraws);
            (k.id, kind, withdraws, k.repair, k.withdrawn, k.withdrawn_by_repair)
        };
        found.into_iter().map(seen).collect()
    };
    let none = Withdraws::Nothing;
    let expected = [
        (4, 3, none, None, true, Some(1)),
        (6, 6, none, Some(1), false, None),
        (3, 6, Withdraws::Id(2), None, false, None),
        (2, doubt, none, None, true, None),
        (1, 1, none, None, false, None),
    ];
    assert_eq!(seen(Some(METER), 99), expected);
    assert_eq!(seen(None, 2), [(5, 2, none, None, false, None), expected[0]]);
    let one = &reader.incidents(Some(METER), NOW_MS + 60_000, NOW_MS + 60_001, 9).unwrap()[0];
    assert_eq!(one.incident, incident(doubt, 1, none));
}

#[test]
fn decisions_are_kept_for_good_newest_first() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    opened.store.replace(NOW_MS, &replace());
    opened.store.judge(NOW_MS + 1, &judge());
    opened.store.repair(NOW_MS + 2, repair(vec![])).unwrap();
    commit(&mut opened.store, &mut opened.events);
    let repairs = opened.store.reader().repairs(Some(METER), 9).unwrap();
    let brief: Vec<_> = repairs.iter().map(|r| (r.id, r.at_ms - NOW_MS, &*r.why)).collect();
    let expected =
        [(3, 2, "the meter was being cleaned"), (2, 1, "it was hot"), (1, 0, "calibration")];
    assert_eq!(brief, expected);
    assert_eq!((repairs[0].before_wh, repairs[0].after_wh, &*repairs[0].by), (30, 35, "li"));
    assert!(repairs[2].judgement.contains(r#""old_final_wh":900"#), "{}", repairs[2].judgement);
    assert_eq!(opened.store.reader().repairs(Some("nobody"), 9).unwrap(), []);
    assert_eq!(opened.store.reader().repairs(None, 1).unwrap(), repairs[..1]);
}

#[test]
fn repair_is_there_as_a_whole_or_not_at_all() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    opened.store.posting(posting(0, 10));
    opened.store.posting(posting(1, 20));
    commit(&mut opened.store, &mut opened.events);
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch(
        "CREATE TRIGGER broken BEFORE INSERT ON incident WHEN NEW.withdraws = 1 \
         BEGIN SELECT RAISE(ABORT, 'the last row of the repair'); END",
    )
    .unwrap();
    opened.store.repair(NOW_MS, repair(vec![1])).unwrap();
    opened.store.submit(Some(NOW_MS)).unwrap();
    let said = opened.events.next_blocking();
    assert!(matches!(said, Some(Event::Failed { fault: Fault::Other, .. })), "{said:?}");
    let reader = opened.store.reader();
    let stats = reader.stats().unwrap();
    assert_eq!((stats.postings, stats.incidents, stats.repairs, stats.log_rows), (2, 0, 0, 0));
    assert_eq!(posted(&reader), 30);
    raw.execute_batch("DROP TRIGGER broken").unwrap();
    assert!(matches!(opened.events.next_blocking(), Some(Event::Committed(_))));
    let stats = reader.stats().unwrap();
    assert_eq!((stats.postings, stats.incidents, stats.repairs, stats.log_rows), (4, 2, 1, 1));
    assert_eq!(posted(&reader), 35);
}

#[test]
fn repair_of_too_many_rows_is_refused_and_leaves_nothing() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let rows = vec![posting(0, 0); REPAIR_ROWS_MAX + 1];
    let refused = opened.store.repair(NOW_MS, RepairRecord { rows, ..repair(vec![]) });
    assert_eq!(refused, Err(TooManyRows(REPAIR_ROWS_MAX + 1)));
    assert_eq!(opened.store.pending_rows(), 0);
}

fn room_slot(room: &str, slot: i64, lit_ms: u32) -> RoomSlot {
    RoomSlot {
        room: room.to_owned(),
        slot_ms: NOW_MS + slot * SLOT_MS,
        occupied_ms: 900_000,
        lit_ms,
        lit_empty_ms: 0,
        lit_hold_ms: 4,
        dark_ms: 5,
        unknown_ms: 6,
    }
}

#[test]
fn slots_of_rooms_come_once_and_the_later_row_counts() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    for slot in [
        room_slot("science/101", 0, 1),
        room_slot("science/102", 0, 2),
        room_slot("science/101", 1, 3),
        room_slot("science/101", 0, 4),
    ] {
        opened.store.room_slot(slot);
    }
    commit(&mut opened.store, &mut opened.events);
    let mut found = Vec::new();
    let mut tell = |slot: &RoomSlotRef<'_>| {
        assert_eq!((slot.occupied_ms, slot.lit_hold_ms, slot.unknown_ms), (900_000, 4, 6));
        found.push((slot.room.to_owned(), (slot.slot_ms - NOW_MS) / SLOT_MS, slot.lit_ms));
    };
    opened.store.reader().room_slots(NOW_MS, NOW_MS + 2 * SLOT_MS, &mut tell).unwrap();
    let told = |room: &str, slot, lit| (room.to_owned(), slot, lit);
    assert_eq!(
        found,
        [told("science/101", 0, 4), told("science/102", 0, 2), told("science/101", 1, 3)]
    );
}

#[test]
fn damaged_row_of_any_table_is_an_error_and_not_an_answer() {
    let check = |sql: &str, table: &str, id: i64| {
        let (_folder, path) = folder();
        let mut opened = open(&path);
        opened.store.posting(posting(0, 10));
        opened.store.repair(NOW_MS, repair(vec![])).unwrap();
        opened.store.room_slot(room_slot("science/101", 0, 1));
        commit(&mut opened.store, &mut opened.events);
        let reader = opened.store.reader();
        let ask = || {
            reader.slots(METER, 0, i64::MAX)?;
            reader.incidents(None, 0, i64::MAX, 9)?;
            reader.repairs(None, 9)?;
            reader.room_slots(0, i64::MAX, |_| {})
        };
        ask().unwrap();
        Connection::open(&path).unwrap().execute(sql, ()).unwrap();
        match ask() {
            Err(QueryError::Damaged { table: found, id: row }) => {
                assert_eq!((found, row), (table, id), "{sql}");
            }
            other => panic!("{sql}: {other:?}"),
        }
    };
    check("UPDATE posting SET read_wh = read_wh + 1 WHERE id = 1", "posting", 1);
    check("UPDATE posting SET read_ms = NULL WHERE id = 2", "posting", 2);
    check("UPDATE posting SET read_ms = NULL, read_wh = NULL WHERE id = 2", "posting", 2);
    check("UPDATE posting SET revision = 7 WHERE id = 3", "posting", 3);
    check("UPDATE incident SET jump_wh = 0", "incident", 1);
    check("UPDATE incident SET repair = NULL", "incident", 1);
    check("UPDATE repair SET why = 'x'", "repair", 1);
    check("UPDATE room_slot SET dark_ms = 0", "room_slot", 1);
}

/// A database of the first shape that holds names, a posting as it was kept then, and a change.
fn first_shape(path: &std::path::Path) -> Posting {
    let posting = Posting { read: None, ..posting(0, 10) };
    let raw = Connection::open(path).unwrap();
    raw.pragma_update(None, "application_id", super::super::open::APPLICATION_ID).unwrap();
    raw.execute_batch(MIGRATIONS[0]).unwrap();
    raw.execute_batch(
        "INSERT INTO meta VALUES ('incarnation', 'old'); PRAGMA user_version = 1; \
         INSERT INTO meter VALUES (1, 'sci-101/main');",
    )
    .unwrap();
    // The checksum of the first shape: over every column, in this order.
    let mut crc = crc32fast::Hasher::new();
    crc.update(&1u32.to_le_bytes());
    crc.update(&posting.slot_ms.to_le_bytes());
    crc.update(&posting.energy_wh.to_le_bytes());
    crc.update(&[posting.quality, posting.cause]);
    crc.update(&posting.register_wh.to_le_bytes());
    crc.update(&posting.revision.to_le_bytes());
    let sql = "INSERT INTO posting VALUES (1, 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (p, crc) = (&posting, crc.finalize());
    raw.execute(sql, (p.slot_ms, p.energy_wh, p.quality, p.cause, p.register_wh, p.revision, crc))
        .unwrap();
    posting
}

#[test]
fn database_of_the_first_shape_is_brought_up_with_its_rows() {
    let (_folder, path) = folder();
    let old = first_shape(&path);
    let mut opened = open(&path);
    assert!(opened.migrated.is_some() && opened.set_aside.is_none());
    let later = Posting { revision: 0, ..posting(0, -1) };
    opened.store.posting(later.clone());
    commit(&mut opened.store, &mut opened.events);
    let rows = opened.store.reader().postings(METER, 0, i64::MAX).unwrap();
    assert_eq!(rows, [old, Posting { revision: 2, ..later }]);
    assert_eq!(rows[1].read, Some(Snapshot { at_ms: NOW_MS + 899_000, register_wh: 9_998 }));
}

#[test]
fn damaged_database_of_the_first_shape_is_carried_over() {
    let (_folder, path) = folder();
    let old = first_shape(&path);
    let raw = Connection::open(&path).unwrap();
    // An index that misses a row: the check notices, and everything can be read.
    raw.execute_batch(
        "INSERT INTO change VALUES (1, 1, 'science/101', 'window', 0, 1, '{}'); \
         PRAGMA writable_schema = 1; \
         DELETE FROM sqlite_schema WHERE name = 'change_by_room';",
    )
    .unwrap();
    drop(raw);
    let opened = open(&path);
    let salvaged = opened.set_aside.unwrap().salvaged;
    assert_eq!((salvaged.postings, salvaged.others, salvaged.complete), (1, 1, true));
    assert_eq!(opened.store.reader().postings(METER, 0, i64::MAX).unwrap(), [old]);
}
