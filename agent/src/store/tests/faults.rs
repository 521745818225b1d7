//! Full, busy, broken, moved, garbage: nothing is lost, nothing is acknowledged, nobody is needed.

use super::super::fault::Fault;
use super::super::migrate::VERSION;
use super::super::open as opening;
use super::super::rows::Batch;
use super::super::writer::Writer;
use super::super::{OpenError, Reader, SetAside};
use super::{
    Event, Limits, NOW_MS, SubmitError, add, commit, folder, frames, next_other, open, posted,
    posting, small,
};
use rusqlite::Connection;
use std::fs;
use std::path::Path;

/// A disk that refuses every row, until it is cured.
fn break_disk(path: &Path) {
    let sql = "CREATE TRIGGER broken BEFORE INSERT ON log \
               BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END";
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

fn cure_disk(path: &Path) {
    Connection::open(path).unwrap().execute_batch("DROP TRIGGER broken").unwrap();
}

#[test]
fn failed_batch_is_kept_said_and_committed_when_the_fault_is_gone() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    add(&mut opened.store, 1..11);
    commit(&mut opened.store, &mut opened.events);
    break_disk(&path);
    add(&mut opened.store, 11..21);
    assert_eq!(opened.store.submit(Some(NOW_MS)), Ok(Some(2)));
    let Some(Event::Failed { batch, fault, what }) = opened.events.next_blocking() else {
        panic!("a failure is said");
    };
    assert_eq!((batch, fault), (2, Fault::Other));
    assert!(what.contains("the disk is on fire"), "{what}");

    // Batches queue up behind it, then rows; nothing is dropped.
    let mut next = 21;
    let mut submitted = 2;
    loop {
        add(&mut opened.store, next..next + 10);
        next += 10;
        match opened.store.submit(Some(NOW_MS)) {
            Ok(number) => submitted = number.unwrap(),
            Err(error) => {
                assert_eq!(error, SubmitError::Busy);
                break;
            }
        }
    }
    assert_eq!(opened.store.pending_frames(), 10);
    assert_eq!(frames(&opened.store.reader(), 0).0.len(), 10, "nothing half-done is seen");
    cure_disk(&path);
    for number in 2..=submitted {
        let Some(Event::Committed(committed)) = opened.events.next_blocking() else {
            panic!("batch {number} is committed, in its turn, without another word");
        };
        assert_eq!((committed.batch, committed.frames), (number, 10));
    }
    commit(&mut opened.store, &mut opened.events);
    let (numbers, replayed) = frames(&opened.store.reader(), 0);
    assert_eq!(numbers, (1..next).collect::<Vec<_>>());
    assert_eq!(replayed.damaged, 0);
}

#[test]
fn stopping_while_the_disk_is_broken_ends_and_acknowledges_nothing() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    break_disk(&path);
    add(&mut opened.store, 1..11);
    opened.store.submit(Some(NOW_MS)).unwrap();
    opened.store.close();
    let mut said = Vec::new();
    while let Some(event) = opened.events.next_blocking() {
        said.push(event);
    }
    assert!(matches!(said[..], [Event::Failed { batch: 1, .. }]), "{said:?}");
    cure_disk(&path);
    assert_eq!(frames(&open(&path).store.reader(), 0).0, Vec::<u32>::new());
}

#[test]
fn lock_of_somebody_else_is_waited_for() {
    let (_folder, path) = folder();
    let limits = Limits { busy_ms: 20, ..small() };
    let mut opened = super::super::open(&path, limits, NOW_MS).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    add(&mut opened.store, 1..11);
    opened.store.submit(Some(NOW_MS)).unwrap();
    let said = next_other(&mut opened.events);
    assert!(matches!(said, Event::Failed { fault: Fault::Busy, .. }), "{said:?}");
    other.execute_batch("ROLLBACK").unwrap();
    let said = opened.events.next_blocking();
    assert!(matches!(said, Some(Event::Committed(c)) if c.frames == 10), "{said:?}");
}

#[test]
fn full_database_makes_room_by_itself_and_loses_nothing_that_replay_needs() {
    let (_folder, path) = folder();
    let limits = Limits { file_bytes_max: 600_000, ballast_bytes: 1_000_000, ..small() };
    let mut opened = super::super::open(&path, limits, NOW_MS).unwrap();
    let mut said = Vec::new();
    for round in 0..40u32 {
        add(&mut opened.store, round * 500 + 1..round * 500 + 501);
        opened.store.posting(posting(i64::from(round), 500));
        opened.store.checkpoint(NOW_MS, vec![round as u8]);
        said.extend(commit(&mut opened.store, &mut opened.events).1);
    }
    let full = |event: &&Event| matches!(event, Event::Failed { fault: Fault::Full, .. });
    assert!(said.iter().find(full).is_some(), "{said:?}");
    assert!(said.contains(&Event::BallastFreed), "{said:?}");
    assert!(said.iter().any(|event| matches!(event, Event::Shed { table: "log", .. })), "{said:?}");
    assert!(!path.with_extension("db.ballast").exists());
    opened.store.close();

    let opened = super::super::open(&path, limits, NOW_MS).unwrap();
    let reader = opened.store.reader();
    assert_eq!(posted(&reader), 20_000, "the ledger is whole");
    let kept: Vec<_> = opened.checkpoints.iter().map(|c| c.log_id).collect();
    assert_eq!(kept, [20_000, 19_500]);
    assert_eq!(frames(&reader, 19_500).0, (19_501..=20_000).collect::<Vec<_>>());
    let (all, _) = frames(&reader, 0);
    assert_eq!(all, (20_001 - all.len() as u32..=20_000).collect::<Vec<_>>(), "oldest first");
    opened.store.close();
    assert!(path.with_extension("db.ballast").exists(), "restored at the next start");
}

#[test]
fn database_that_was_deleted_under_our_hands_is_begun_anew() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let reader = opened.store.reader();
    add(&mut opened.store, 1..11);
    commit(&mut opened.store, &mut opened.events);
    assert_eq!(reader.stats().unwrap().log_rows, 10);
    fs::remove_file(&path).unwrap();
    add(&mut opened.store, 11..21);
    let (committed, said) = commit(&mut opened.store, &mut opened.events);
    assert_eq!((committed.frames, committed.log_id), (10, 20), "numbers go on");
    let aside = said.iter().find_map(|event| match event {
        Event::SetAside(aside) => Some(aside),
        _ => None,
    });
    assert!(matches!(aside, Some(SetAside { to: None, .. })), "{said:?}");
    assert_eq!(frames(&reader, 0).0, (11..21).collect::<Vec<_>>(), "readers follow, names too");

    // A disk that does it again and again is not filled with new files.
    fs::remove_file(&path).unwrap();
    add(&mut opened.store, 21..31);
    opened.store.submit(Some(NOW_MS)).unwrap();
    let said = opened.events.next_blocking();
    assert!(matches!(said, Some(Event::Failed { fault: Fault::Damaged, .. })), "{said:?}");
    opened.store.close();
    assert!(!path.exists());
}

#[test]
fn fault_after_the_commit_does_not_double_the_batch() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    add(&mut opened.store, 1..11);
    opened.store.posting(posting(0, 7));
    let batch: Batch = std::mem::take(&mut opened.store.pending);
    opened.store.close();

    let ready = opening::open(&path, &small(), NOW_MS).unwrap();
    let reader = Reader::new(path.clone());
    let (report, _events) = tokio::sync::mpsc::unbounded_channel();
    let mut writer = Writer::new(
        ready,
        small(),
        Default::default(),
        reader.clone(),
        report,
        tokio::sync::watch::channel(0).0,
    )
    .unwrap();
    // The commit reached the disk, but its answer did not reach us.
    assert!(writer.try_and_forget(&batch));
    assert!(writer.try_batch(&batch).is_ok());
    assert_eq!(frames(&reader, 0).0, (1..11).collect::<Vec<_>>());
    assert_eq!(posted(&reader), 7);
    // And the next batch gets the next numbers.
    let next = Batch { postings: batch.postings.clone(), ..Batch::default() };
    assert!(writer.try_batch(&next).is_ok());
    assert_eq!(posted(&reader), 14);
}

#[test]
fn file_of_somebody_else_is_refused_and_left_alone() {
    let check = |content: &[u8], says: &str| {
        let (folder, path) = folder();
        fs::write(&path, content).unwrap();
        for _twice in 0..2 {
            let error = super::super::open(&path, small(), NOW_MS).unwrap_err();
            assert!(matches!(error, OpenError::Foreign(..)), "{error}");
            assert!(error.to_string().contains(says), "{error}");
        }
        assert_eq!(fs::read(&path).unwrap(), content);
        let names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("corrupt"))
            .collect();
        assert_eq!(names, Vec::<String>::new());
    };
    check(b"Dear diary, today I opened a database.", "does not begin like an SQLite database");
    check(&[0; 5_000], "does not begin like an SQLite database");
    let (_folder, path) = folder();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    check(&fs::read(&path).unwrap(), "application id 0");
    Connection::open(&path).unwrap().execute_batch("PRAGMA application_id = 7").unwrap();
    check(&fs::read(&path).unwrap(), "application id 7");
}

#[test]
fn database_of_a_newer_program_is_refused() {
    let (_folder, path) = folder();
    drop(open(&path));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", VERSION + 1).unwrap();
    let error = super::super::open(&path, small(), NOW_MS).unwrap_err();
    assert!(matches!(error, OpenError::Newer(_, found, VERSION) if found == VERSION + 1));
    assert!(error.to_string().contains("newer program"), "{error}");
}

#[test]
fn folder_that_is_not_there_is_named() {
    let (folder, _) = folder();
    let path = folder.path().join("missing").join("campus.db");
    let error = super::super::open(&path, small(), NOW_MS).unwrap_err();
    assert!(error.to_string().contains("missing/campus.db"), "{error}");
    assert!(error.to_string().contains("check that its folder exists"), "{error}");
}

#[test]
fn header_that_was_destroyed_is_still_known_to_be_ours() {
    let (folder, path) = folder();
    let mut opened = open(&path);
    add(&mut opened.store, 1..11);
    commit(&mut opened.store, &mut opened.events);
    opened.store.close();
    let mut bytes = fs::read(&path).unwrap();
    bytes[..100].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    let opened = open(&path);
    let aside = opened.set_aside.clone().unwrap();
    let to = aside.to.unwrap();
    assert_eq!(to, folder.path().join("campus.db.corrupt-20260921T141320Z"));
    assert_eq!(fs::read(&to).unwrap(), bytes, "set aside as it was");
    assert!(!aside.salvaged.complete);
    assert_eq!(frames(&opened.store.reader(), 0).0, Vec::<u32>::new());
}

#[test]
fn damage_anywhere_is_noticed_or_harmless_and_the_rest_is_carried_over() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    for round in 0..4u32 {
        add(&mut opened.store, round * 300 + 1..round * 300 + 301);
        for slot in 0..100 {
            opened.store.posting(posting(i64::from(round) * 100 + slot, 3));
        }
        opened.store.checkpoint(NOW_MS, vec![round as u8; 3_000]);
        commit(&mut opened.store, &mut opened.events);
    }
    opened.store.close();
    let whole = fs::read(&path).unwrap();
    let (mut noticed, mut carried) = (0, 0);
    let pages = whole.len() / 4_096;
    for trial in 0..pages * 4 {
        // A page of zeros, a page of noise, or a few flipped bits, all over the file.
        let mut bytes = whole.clone();
        let page = trial / 4 * 4_096;
        match trial % 4 {
            0 => bytes[page..page + 4_096].fill(0),
            1 => bytes[page..page + 4_096].iter_mut().enumerate().for_each(|(at, byte)| {
                *byte = (at * 31 + trial) as u8;
            }),
            bits => (0..32).for_each(|flip| {
                bytes[page + (flip * 127 + trial * 31) % 4_096] ^= 1 << (flip % (bits + 5));
            }),
        }
        let (_folder, path) = folder_with(&bytes);
        let opened = open(&path);
        let reader = opened.store.reader();
        let (numbers, replayed) = frames(&reader, 0);
        let sum = reader.energy(&[0, i64::MAX], None);
        match opened.set_aside {
            Some(aside) => {
                noticed += 1;
                carried += u64::from(aside.salvaged.postings > 0);
                assert!(aside.to.unwrap().exists());
                let sum: i64 = sum.unwrap().iter().map(|row| row.energy_wh).sum();
                assert_eq!(sum, aside.salvaged.postings as i64 * 3, "trial {trial}");
            }
            None => {
                let all = numbers.len() as u64 + replayed.damaged;
                assert!(all >= 1_200, "trial {trial}: {all} rows are told or counted");
                if let Ok(rows) = sum {
                    let sum: i64 = rows.iter().map(|row| row.energy_wh).sum();
                    assert_eq!(sum, 1_200, "trial {trial}: never a wrong total");
                }
            }
        }
    }
    assert!(noticed > pages, "{noticed} of {} noticed", pages * 4);
    assert!(carried > pages as u64, "{carried} of {noticed} carried postings over");
}

/// A damaged database that our lock file says is ours.
fn folder_with(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, path) = folder();
    fs::write(opening::beside(&path, ".lock"), opening::LOCK_TEXT).unwrap();
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn damage_found_while_running_is_carried_over_without_a_restart() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    add(&mut opened.store, 1..301);
    opened.store.checkpoint(NOW_MS, vec![7; 3_000]);
    add(&mut opened.store, 301..601);
    opened.store.posting(posting(0, 5));
    commit(&mut opened.store, &mut opened.events);
    opened.store.close();
    // An index that does not belong to its table: nothing but the insert into it notices.
    let bytes = break_page_of(&path, "change_by_room");
    let limits = Limits { check_bytes: 0, ..small() };
    fs::write(&path, bytes).unwrap();
    let mut opened = super::super::open(&path, limits, NOW_MS).unwrap();
    assert_eq!(opened.set_aside, None);
    assert!(matches!(next_other(&mut opened.events), Event::Checked(Some(_))));
    opened.store.change(super::super::Change {
        at_ms: NOW_MS,
        room: "science/101".to_owned(),
        zone: "window".to_owned(),
        from_pct: 0,
        to_pct: 50,
        verdict: "{}".to_owned(),
    });
    add(&mut opened.store, 601..701);
    let (_, said) = commit(&mut opened.store, &mut opened.events);
    let aside = said.iter().find_map(|event| match event {
        Event::SetAside(aside) => Some(aside),
        _ => None,
    });
    let salvaged = aside.unwrap().salvaged;
    assert_eq!((salvaged.log, salvaged.checkpoints, salvaged.postings), (300, 1, 1));
    let reader = opened.store.reader();
    assert_eq!(frames(&reader, 300).0, (301..701).collect::<Vec<_>>());
    assert_eq!((posted(&reader), reader.changes("science/101", None, 9).unwrap().len()), (5, 1));
}

/// The file with the root page of a table or index overwritten.
pub(super) fn break_page_of(path: &Path, name: &str) -> Vec<u8> {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let page: usize =
        connection.query_row(sql, (name,), |row| row.get::<_, u32>(0)).unwrap() as usize;
    drop(connection);
    let mut bytes = fs::read(path).unwrap();
    bytes[(page - 1) * 4_096..page * 4_096].fill(0x5a);
    bytes
}
