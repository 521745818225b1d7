//! The store is asked everything it promises: exact, durable, unaided, bounded.

mod crash;
mod days;
mod disk;
mod faults;
mod keep;
mod ledger;
mod lost;
mod outbox;
mod pack;
mod retain;
mod rules;
mod shape;

use super::{Committed, Event, Events, Limits, Opened, Posting, Reader, Snapshot, Store};
use super::{Entry, Logged, Replayed, SubmitError};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use wire::{Frame, Quantity, Reading, Sample, Value};

/// A moment in September 2026, ms UTC.
const NOW_MS: i64 = 1_790_000_000_000;

/// Small, without ballast, checked at once.
fn small() -> Limits {
    Limits { ballast_bytes: 0, ..Limits::default() }
}

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("campus.db");
    (folder, path)
}

fn open(path: &Path) -> Opened {
    super::open(path, small(), NOW_MS).unwrap()
}

/// A frame whose register tells its number.
fn frame(seq: u32) -> Frame<'static> {
    let reading = |quantity, channel, milli| Reading {
        quantity,
        channel,
        sample: Sample::Is(Value::from_milli(milli)),
    };
    let readings = [
        reading(Quantity::Motion, "", 1_000),
        reading(Quantity::IlluminanceLx, "", 312_500),
        reading(Quantity::EnergyWh, "window", i64::from(seq) * 1_000),
    ];
    Frame {
        boot: 3,
        seq,
        oldest: 1,
        t: Some(NOW_MS + i64::from(seq)),
        up: 1_000,
        sent: 1_000,
        lost: None,
        readings: readings.into_iter().collect(),
        unknown: 0,
    }
}

/// Adds the frames of these numbers, all of one node.
fn add(store: &mut Store, numbers: std::ops::Range<u32>) {
    for seq in numbers {
        store.frame(NOW_MS + i64::from(seq), "sci-101", &frame(seq));
    }
}

fn posting(slot: i64, energy_wh: i64) -> Posting {
    Posting {
        meter: "sci-101/main".to_owned(),
        slot_ms: NOW_MS + slot * 900_000,
        energy_wh,
        quality: 1,
        cause: 2,
        register_wh: 10_000 + energy_wh,
        revision: 1,
        read: Some(Snapshot {
            at_ms: NOW_MS + slot * 900_000 + 899_000,
            register_wh: 9_999 + energy_wh,
        }),
    }
}

/// Submits, waiting for room, and waits until it is committed; other events are collected.
fn commit(store: &mut Store, events: &mut Events) -> (Committed, Vec<Event>) {
    let mut others = Vec::new();
    let number = loop {
        match store.submit(Some(NOW_MS)) {
            Ok(number) => break number.unwrap(),
            Err(SubmitError::Busy) => others.push(events.next_blocking().unwrap()),
            Err(SubmitError::Gone) => panic!("the writer has ended"),
        }
    };
    loop {
        match events.next_blocking().unwrap() {
            Event::Committed(committed) if committed.batch == number => return (committed, others),
            other => others.push(other),
        }
    }
}

/// The next event that is not a commit.
fn next_other(events: &mut Events) -> Event {
    loop {
        let event = events.next_blocking().unwrap();
        if !matches!(event, Event::Committed(_)) {
            return event;
        }
    }
}

/// The numbers of all frames, in the order of the log, each checked against [`frame`].
fn frames(reader: &Reader, after: i64) -> (Vec<u32>, Replayed) {
    let mut numbers = Vec::new();
    let replayed = reader
        .replay(after, |Logged { at_ms, entry, .. }| {
            if let Entry::Frame { node, frame: found } = entry {
                assert_eq!((node, at_ms), ("sci-101", NOW_MS + i64::from(found.seq)));
                assert_eq!(found, frame(found.seq));
                numbers.push(found.seq);
            }
        })
        .unwrap();
    (numbers, replayed)
}

/// The sum of all postings of all meters, Wh.
fn posted(reader: &Reader) -> i64 {
    let rows = reader.energy(&[0, i64::MAX], None).unwrap();
    rows.iter().map(|row| row.energy_wh).sum()
}
