//! Packed days say what the rows say, as long as there are any; else the rows are asked.

use super::super::daily::Daily;
use super::super::day::{self, Packed, RoomSum, SlotSum};
use super::super::{Posting, QueryError, Reader, RoomSlot, open as opening};
use super::{NOW_MS, commit, folder, open, posting, small};
use proptest::prelude::*;
use rusqlite::Connection;
use std::path::Path;

const SLOT_MS: i64 = 900_000;
/// A month after everything.
const LATER_MS: i64 = NOW_MS + 31 * day::DAY_MS;

/// Packs everything that is over.
fn pack(path: &Path) {
    let mut connection = opening::connect(path, &small()).unwrap();
    Daily::new().pack_all(&mut connection, LATER_MS).unwrap();
}

fn days(path: &Path, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    Connection::open(path).unwrap().query_row(&sql, (), |row| row.get(0)).unwrap()
}

/// Everything that can be asked about a time, in one order.
fn answers(reader: &Reader, from_ms: i64, to_ms: i64) -> Vec<String> {
    let mut all = Vec::new();
    let slot = |meter: &str, slot_ms, energy_wh, quality, cause| {
        all.push(format!("{meter} {slot_ms} {energy_wh} {quality} {cause}"));
    };
    reader.for_report(from_ms, to_ms, slot).unwrap();
    reader.room_slots(from_ms, to_ms, |slot| all.push(format!("{slot:?}"))).unwrap();
    let bounds = [from_ms, from_ms + (to_ms - from_ms) / 3, to_ms];
    all.extend(reader.energy(&bounds, None).unwrap().iter().map(|row| format!("{row:?}")));
    let one = ["m-2".to_owned()];
    all.extend(reader.energy(&bounds, Some(&one)).unwrap().iter().map(|row| format!("{row:?}")));
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn packed_days_answer_what_the_rows_answer(
        rows in prop::collection::vec(
            (0..4u8, -20..400i64, any::<i32>(), 0..3u8, 0..11u8, 0..900u32), 1..120),
        from in -30..300i64,
        slots in 1..300i64,
    ) {
        let (_folder, path) = folder();
        let mut opened = open(&path);
        for (of, slot, energy_wh, quality, cause, lit_s) in rows {
            let energy_wh = i64::from(energy_wh);
            let row = posting(slot, energy_wh);
            let meter = format!("m-{of}");
            opened.store.posting(Posting { meter, quality, cause, revision: 0, ..row });
            let (room, slot_ms, lit_ms) = (format!("b/{of}"), row.slot_ms, lit_s * 1_000);
            let (lit_empty_ms, lit_hold_ms, dark_ms, unknown_ms) = (lit_ms / 2, 0, 0, lit_s);
            opened.store.room_slot(RoomSlot {
                room, slot_ms, occupied_ms: 0, lit_ms, lit_empty_ms, lit_hold_ms, dark_ms, unknown_ms,
            });
        }
        commit(&mut opened.store, &mut opened.events);
        let reader = opened.store.reader();
        let from_ms = NOW_MS + from * SLOT_MS;
        let to_ms = from_ms + slots * SLOT_MS;
        let mut connection = Connection::open(&path).unwrap();
        connection.execute_batch("DELETE FROM posting_day; DELETE FROM room_day").unwrap();
        let before = answers(&reader, from_ms, to_ms);
        Daily::new().pack_all(&mut connection, LATER_MS).unwrap();
        prop_assert!(days(&path, "posting_day") > 0 && days(&path, "room_day") > 0);
        prop_assert_eq!(answers(&reader, from_ms, to_ms), before);
    }
}

/// A meter with 10 Wh and a room in every quarter hour of ten days.
fn ten_days(path: &Path) -> super::Opened {
    let mut opened = open(path);
    for slot in 0..960 {
        opened.store.posting(posting(slot, 10));
        opened.store.room_slot(RoomSlot {
            room: "b/1".to_owned(),
            slot_ms: NOW_MS + slot * SLOT_MS,
            occupied_ms: 0,
            lit_ms: 900_000,
            lit_empty_ms: 1,
            lit_hold_ms: 0,
            dark_ms: 0,
            unknown_ms: 0,
        });
    }
    commit(&mut opened.store, &mut opened.events);
    opened
}

fn sum(reader: &Reader) -> i64 {
    let mut sum = 0;
    reader.for_report(0, i64::MAX, |_, _, energy_wh, _, _| sum += energy_wh).unwrap();
    sum
}

#[test]
fn late_row_drops_its_day_at_once_and_the_day_is_packed_again() {
    let (_folder, path) = folder();
    let mut opened = ten_days(&path);
    pack(&path);
    assert_eq!((days(&path, "posting_day"), days(&path, "room_day")), (11, 11));
    opened.store.posting(Posting { revision: 0, ..posting(200, -4) });
    opened.store.submit(None).unwrap();
    while opened
        .events
        .next_blocking()
        .is_some_and(|event| !matches!(event, super::Event::Committed(_)))
    {}
    assert_eq!(days(&path, "posting_day"), 10);
    assert_eq!(sum(&opened.store.reader()), 9_596);
    pack(&path);
    assert_eq!(days(&path, "posting_day"), 11);
    assert_eq!(sum(&opened.store.reader()), 9_596);
}

#[test]
fn writer_packs_a_day_that_is_over_and_leaves_the_running_one() {
    let (_folder, path) = folder();
    let mut opened = ten_days(&path);
    // The look follows the commit, and closing waits for it.
    opened.store.close();
    assert_eq!(days(&path, "posting_day"), 0, "nothing is over at the time of the commit");
    opened = open(&path);
    opened.store.posting(posting(961, 1));
    opened.store.submit(Some(NOW_MS + day::DAY_MS)).unwrap();
    opened.store.close();
    assert_eq!(days(&path, "posting_day"), 1, "one at a time");
}

#[test]
fn damaged_day_is_not_believed_and_the_rows_are_asked() {
    let (_folder, path) = folder();
    let opened = ten_days(&path);
    pack(&path);
    let raw = Connection::open(&path).unwrap();
    let touched = raw
        .execute("UPDATE posting_day SET body = CAST(substr(body, 1, length(body) - 1) || x'0000' AS BLOB)", ())
        .unwrap();
    assert_eq!(touched, 11);
    // A day that another program packed in another way is none either.
    raw.execute("UPDATE room_day SET body = CAST(x'02' || substr(body, 2) AS BLOB)", ()).unwrap();
    assert_eq!(sum(&opened.store.reader()), 9_600);
    let mut lit_ms = 0;
    let lit = |slot: &super::super::RoomSlotRef<'_>| lit_ms += i64::from(slot.lit_ms);
    opened.store.reader().room_slots(0, i64::MAX, lit).unwrap();
    assert_eq!(lit_ms, 960 * 900_000);
}

#[test]
fn day_with_a_damaged_row_is_not_packed_and_the_row_is_named() {
    let (_folder, path) = folder();
    let opened = ten_days(&path);
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch("DELETE FROM posting_day; UPDATE posting SET energy_wh = 11 WHERE id = 300")
        .unwrap();
    pack(&path);
    assert_eq!(days(&path, "posting_day"), 10);
    let error = opened.store.reader().for_report(0, i64::MAX, |_, _, _, _, _| {}).unwrap_err();
    assert!(matches!(error, QueryError::Damaged { table: "posting", id: 300 }), "{error}");
}

#[test]
fn every_flipped_bit_of_a_day_is_noticed() {
    let sums: Vec<SlotSum> = (0..20)
        .map(|slot| SlotSum {
            meter: 1 + slot as u32 / 10,
            slot_ms: day::start_ms(20_000) + slot % 10 * SLOT_MS,
            energy_wh: slot * 37 - 100,
            quality: (slot % 7 / 5) as u8,
            cause: (slot % 7 / 4) as u8,
            revision: 1 + slot as u32 % 5 / 4,
        })
        .collect();
    let stored = day::pack_energy(20_000, &sums);
    let mut found = Vec::new();
    let body = day::open(20_000, Packed::Postings, &stored).unwrap();
    day::each_energy(20_000, body, |_| true, |sum| found.push(sum)).unwrap();
    assert_eq!(found, sums);
    found.clear();
    day::each_energy(20_000, body, |meter| meter == 2, |sum| found.push(sum)).unwrap();
    assert_eq!(found, sums[10..]);
    for bit in 0..stored.len() * 8 {
        let mut flipped = stored.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(day::open(20_000, Packed::Postings, &flipped), None, "bit {bit}");
    }
    assert_eq!(day::open(20_001, Packed::Postings, &stored), None, "the day belongs to it");
    assert_eq!(day::open(20_000, Packed::Rooms, &stored), None, "so does the table");
}

proptest! {
    #[test]
    fn no_bytes_make_a_day_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        // Refused or understood: both are fine, as long as it ends.
        let _ = day::open(1, Packed::Rooms, &bytes);
        let _ = day::each_energy(1, &bytes, |_| true, |_: SlotSum| {});
        let _ = day::each_room(1, &bytes, |_: RoomSum| {});
    }
}

#[test]
fn meter_of_quarter_hours_takes_three_bytes_a_slot() {
    let sums: Vec<SlotSum> = (0..96)
        .map(|slot| SlotSum {
            meter: 1,
            slot_ms: slot * SLOT_MS,
            energy_wh: 100 + slot * 53 % 900,
            revision: 1,
            ..SlotSum::default()
        })
        .collect();
    let bytes = day::pack_energy(0, &sums).len();
    assert!(bytes <= 96 * 3 + 20, "{bytes} bytes");
}
