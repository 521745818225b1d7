//! What goes in comes out: log, wishes, ledger, changes, losses, unclaimed nodes, checkpoints.

use super::super::{
    Change, Entry, Level, Limits, LossRecord, OpenError, PeriodEnergy, Unclaimed, Wish,
};
use super::{
    NOW_MS, Posting, add, commit, folder, frame, frames, next_other, open, posted, posting, small,
};
use crate::limits::UNCLAIMED_MAX;
use crate::store::Event;

#[test]
fn log_is_replayed_in_its_order_after_a_restart() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let hello = wire::Hello { online: true, ..wire::Hello::will(3) };
    let panic = Some("main.rs:31: overflow");
    let condition =
        wire::Condition { panic, mode: wire::Mode::Core, settings: Some(7), ..Default::default() };
    let set = Wish {
        room: "science/101".to_owned(),
        zone: Some("window".to_owned()),
        set: Some(Level { level_pct: 80, until_ms: NOW_MS + 3_600_000 }),
        by: "li".to_owned(),
    };
    let auto = Wish { zone: None, set: None, ..set.clone() };
    add(&mut opened.store, 1..3);
    opened.store.hello(NOW_MS + 2, "sci-101", &hello, &condition);
    opened.store.wish(NOW_MS + 3, &set);
    commit(&mut opened.store, &mut opened.events);
    opened.store.wish(NOW_MS + 4, &auto);
    opened.store.resumed(NOW_MS + 5);
    add(&mut opened.store, 3..4);
    let (committed, _) = commit(&mut opened.store, &mut opened.events);
    assert_eq!((committed.frames, committed.rows, committed.log_id), (1, 3, 7));
    opened.store.close();

    let opened = open(&path);
    let mut seen = Vec::new();
    let replayed = opened
        .store
        .reader()
        .replay(0, |logged| {
            seen.push((
                logged.id,
                logged.at_ms - NOW_MS,
                match logged.entry {
                    Entry::Frame { node, frame: found } => {
                        assert_eq!(found, frame(found.seq));
                        format!("{node} {}", found.seq)
                    }
                    Entry::Hello { node, hello: found, condition: how } => {
                        assert_eq!((found, how), (hello.clone(), condition));
                        format!("{node} hello")
                    }
                    Entry::Wish(found) if found == set => "set".to_owned(),
                    Entry::Wish(found) if found == auto => "auto".to_owned(),
                    Entry::Resumed => "resumed".to_owned(),
                    other => panic!("{other:?}"),
                },
            ));
        })
        .unwrap();
    let told = |id, at, what: &str| (id, at, what.to_owned());
    let expected = [
        told(1, 1, "sci-101 1"),
        told(2, 2, "sci-101 2"),
        told(3, 2, "sci-101 hello"),
        told(4, 3, "set"),
        told(5, 4, "auto"),
        told(6, 5, "resumed"),
        told(7, 3, "sci-101 3"),
    ];
    assert_eq!(seen, expected);
    assert_eq!((replayed.rows, replayed.damaged, replayed.last_id), (7, 0, 7));
}

#[test]
fn replay_begins_right_after_the_checkpoint_and_two_are_kept() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    for round in 0..4u32 {
        add(&mut opened.store, round * 10 + 1..round * 10 + 6);
        opened.store.checkpoint(NOW_MS + i64::from(round), vec![round as u8; 100]);
        add(&mut opened.store, round * 10 + 6..round * 10 + 11);
        commit(&mut opened.store, &mut opened.events);
    }
    opened.store.close();

    let opened = open(&path);
    let kept: Vec<_> = opened.checkpoints.iter().map(|c| (c.log_id, c.state[0])).collect();
    assert_eq!(kept, [(35, 3), (25, 2)]);
    let (numbers, replayed) = frames(&opened.store.reader(), 35);
    assert_eq!(numbers, (36..41).collect::<Vec<_>>());
    assert_eq!((replayed.rows, replayed.damaged), (5, 0));
}

#[test]
fn damaged_checkpoint_gives_way_to_the_older_one() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    for round in 0..2u32 {
        add(&mut opened.store, round * 10 + 1..round * 10 + 11);
        opened.store.checkpoint(NOW_MS, vec![round as u8; 100]);
        commit(&mut opened.store, &mut opened.events);
    }
    opened.store.close();
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute("UPDATE checkpoint SET state = zeroblob(100) WHERE log_id = 20", ()).unwrap();
    drop(raw);
    let opened = open(&path);
    let kept: Vec<_> = opened.checkpoints.iter().map(|c| (c.log_id, c.state[0])).collect();
    assert_eq!(kept, [(10, 0)]);
    assert_eq!(frames(&opened.store.reader(), 10).0, (11..21).collect::<Vec<_>>());
}

#[test]
fn damaged_and_missing_log_rows_are_counted_and_the_others_replayed() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    add(&mut opened.store, 1..21);
    commit(&mut opened.store, &mut opened.events);
    opened.store.close();
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute("UPDATE log SET seq = 99 WHERE id = 5", ()).unwrap();
    raw.execute("UPDATE log SET kind = 77 WHERE id = 6", ()).unwrap();
    raw.execute("DELETE FROM log WHERE id = 10", ()).unwrap();
    drop(raw);
    let opened = open(&path);
    let (numbers, replayed) = frames(&opened.store.reader(), 0);
    assert_eq!(numbers, [1, 2, 3, 4, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    assert_eq!((replayed.rows, replayed.damaged, replayed.last_id), (17, 3, 20));
}

#[test]
fn postings_are_summed_per_meter_and_period() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let other =
        |slot, energy_wh| Posting { meter: "mains/a".to_owned(), ..posting(slot, energy_wh) };
    let late = Posting { quality: 4, revision: 2, ..posting(0, -3) };
    let all = [posting(0, 10), posting(1, 20), other(1, 500), posting(4, 40), late.clone()];
    for posting in all {
        opened.store.posting(posting);
    }
    commit(&mut opened.store, &mut opened.events);
    let reader = opened.store.reader();
    let row = |meter: &str, slot: i64, energy_wh, quality, revision| PeriodEnergy {
        meter: meter.to_owned(),
        start_ms: NOW_MS + slot * 900_000,
        energy_wh,
        quality,
        cause: posting(slot, energy_wh).cause,
        revision,
    };
    let hours = [NOW_MS, NOW_MS + 3_600_000, NOW_MS + 7_200_000];
    let expected = [
        row("sci-101/main", 0, 27, 4, 2),
        row("mains/a", 0, 500, 1, 1),
        row("sci-101/main", 4, 40, 1, 1),
    ];
    assert_eq!(reader.energy(&hours, None).unwrap(), expected);
    let only = ["mains/a".to_owned(), "nobody/x".to_owned()];
    assert_eq!(reader.energy(&hours, Some(&only)).unwrap(), expected[1..2]);
    assert_eq!(reader.energy(&hours[..1], None).unwrap(), [], "a period has two ends");
    assert_eq!(reader.energy(&[], None).unwrap(), []);
    let first = reader.postings("sci-101/main", NOW_MS, NOW_MS + 900_000).unwrap();
    assert_eq!(first, [posting(0, 10), late]);
    assert_eq!(reader.postings("nobody/x", 0, i64::MAX).unwrap(), []);
}

#[test]
fn damaged_posting_is_an_error_and_not_a_wrong_sum() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    opened.store.posting(posting(0, 10));
    opened.store.posting(posting(1, 20));
    commit(&mut opened.store, &mut opened.events);
    assert_eq!(posted(&opened.store.reader()), 30);
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute("UPDATE posting SET energy_wh = 21 WHERE id = 2", ()).unwrap();
    let error = opened.store.reader().energy(&[0, i64::MAX], None).unwrap_err();
    assert!(error.to_string().contains("row 2 of `posting`"), "{error}");
}

#[test]
fn changes_and_losses_come_newest_first() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let change = |at, room: &str| Change {
        at_ms: NOW_MS + at,
        room: room.to_owned(),
        zone: "window".to_owned(),
        from_pct: at as u8,
        to_pct: at as u8 + 1,
        verdict: format!(r#"{{"level_pct":{at}}}"#),
    };
    let loss = |at, node: &str| LossRecord {
        at_ms: NOW_MS + at,
        node: node.to_owned(),
        boot: 3,
        from_seq: 10,
        to_seq: 10 + at as u32,
        cause: "told".to_owned(),
    };
    for at in 0..5 {
        opened.store.change(change(at, "science/101"));
        opened.store.change(change(at, "science/102"));
        opened.store.loss(loss(at, "sci-101"));
    }
    opened.store.loss(loss(9, "sci-102"));
    commit(&mut opened.store, &mut opened.events);
    let reader = opened.store.reader();
    let latest = reader.changes("science/101", None, 2).unwrap();
    assert_eq!(latest, [change(4, "science/101"), change(3, "science/101")]);
    assert_eq!(reader.changes("nowhere/1", None, 2).unwrap(), []);
    assert_eq!(reader.losses("sci-101", 1).unwrap(), [loss(4, "sci-101")]);
    assert_eq!(reader.losses("sci-102", 9).unwrap(), [loss(9, "sci-102")]);
}

#[test]
fn unclaimed_nodes_add_up_and_are_bounded() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let heard = |name: String, at, board: &str| Unclaimed {
        name,
        first_ms: NOW_MS + at,
        last_ms: NOW_MS + at,
        frames: 1,
        board: board.to_owned(),
        firmware: String::new(),
        last_frame: format!("frame {at}"),
    };
    for at in 0..UNCLAIMED_MAX as i64 + 20 {
        opened.store.unclaimed(heard(format!("stray-{at}"), at, "devkit"));
        if at % 50 == 0 {
            commit(&mut opened.store, &mut opened.events);
        }
    }
    // Twice in one batch, and once in the next.
    for at in [1_000, 1_001] {
        opened.store.unclaimed(heard("stray-200".to_owned(), at, ""));
    }
    commit(&mut opened.store, &mut opened.events);
    opened.store.unclaimed(heard("stray-200".to_owned(), 1_002, "board-2"));
    commit(&mut opened.store, &mut opened.events);

    let known = opened.store.reader().unclaimed().unwrap();
    assert_eq!(known.len(), UNCLAIMED_MAX);
    let expected = Unclaimed {
        first_ms: NOW_MS + 200,
        frames: 4,
        ..heard("stray-200".to_owned(), 1_002, "board-2")
    };
    assert_eq!(known[0], expected);
    assert!(known.iter().all(|one| one.name != "stray-0"), "the one silent longest is forgotten");
}

#[test]
fn stats_tell_rows_and_bytes() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let reader = opened.store.reader();
    let empty = reader.stats().unwrap();
    assert_eq!((empty.log_rows, empty.oldest_ms, empty.postings), (0, None, 0));
    add(&mut opened.store, 1..101);
    opened.store.posting(posting(0, 1));
    commit(&mut opened.store, &mut opened.events);
    let stats = reader.stats().unwrap();
    assert_eq!((stats.log_rows, stats.oldest_ms), (100, Some(NOW_MS + 1)));
    assert_eq!((stats.postings, stats.changes, stats.losses), (1, 0, 0));
    assert!(stats.bytes > 4_096, "{}", stats.bytes);
}

#[test]
fn second_agent_is_told_that_the_database_is_in_use() {
    let (_folder, path) = folder();
    let opened = open(&path);
    let error = super::super::open(&path, small(), NOW_MS).unwrap_err();
    assert!(matches!(error, OpenError::InUse(_)), "{error}");
    assert!(error.to_string().contains("in use by another agent"), "{error}");
    drop(opened);
    open(&path);
}

#[test]
fn large_database_is_checked_beside_the_work() {
    let (_folder, path) = folder();
    let limits = Limits { check_bytes: 0, ..small() };
    let mut opened = super::super::open(&path, limits, NOW_MS).unwrap();
    assert!(opened.check_later);
    assert_eq!(next_other(&mut opened.events), Event::Checked(None));
}

#[tokio::test]
async fn events_can_be_awaited_and_end_with_the_writer() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    assert_eq!(opened.store.submit(Some(NOW_MS)), Ok(None), "nothing to commit");
    add(&mut opened.store, 1..4);
    assert_eq!((opened.store.pending_rows(), opened.store.pending_frames()), (3, 3));
    assert_eq!(opened.store.submit(None), Ok(Some(1)));
    assert_eq!(opened.store.pending_rows(), 0);
    let event = opened.events.next().await;
    assert!(
        matches!(event, Some(Event::Committed(c)) if (c.batch, c.frames) == (1, 3)),
        "{event:?}"
    );
    opened.store.close();
    assert_eq!(opened.events.next().await, None);
}
