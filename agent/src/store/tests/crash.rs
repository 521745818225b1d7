//! Killed at any moment while it commits: what was reported committed is there, once.

use super::super::{Incident, RepairRecord, Withdraws};
use super::{NOW_MS, Posting, add, commit, folder, frames, open, posted, posting};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Tells the child which database to write.
const CHILD: &str = "CAMPUS_TEST_STORE_CHILD";
const KILLS: usize = 25;

#[test]
fn nothing_that_was_reported_is_lost_or_doubled_by_a_kill() {
    let (_folder, path) = folder();
    let mut reported = 0;
    for round in 0..KILLS {
        // The more lines it may write, the later in its life it dies.
        reported = kill_after(&path, 1 + round * 3 % 40).max(reported);
        let opened = open(&path);
        assert_eq!(opened.set_aside, None, "round {round}");
        let reader = opened.store.reader();
        let (numbers, replayed) = frames(&reader, 0);
        assert_eq!(replayed.damaged, 0, "round {round}");
        let expected: Vec<u32> = (1..=numbers.len() as u32).collect();
        assert_eq!(numbers, expected, "round {round}: in order, none missing, none twice");
        assert!(numbers.len() as u32 >= reported, "round {round}: {reported} were reported");
        assert_eq!(posted(&reader), numbers.len() as i64, "a batch is there as a whole");
        let stats = reader.stats().unwrap();
        assert_eq!(stats.postings, 2 * stats.repairs, "round {round}: so is a repair");
        assert_eq!(stats.incidents, 2 * stats.repairs, "round {round}: and what it withdraws");
        assert_eq!(opened.checkpoints[0].log_id as u64, numbers.len() as u64 + stats.repairs);
    }
    assert!(reported > KILLS as u32, "the child did write");
}

/// Starts a child, lets it report so many commits, kills it; returns the last number it reported.
fn kill_after(path: &Path, lines: usize) -> u32 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::tests::crash::child_that_writes_until_it_is_killed"])
        .args(["--nocapture", "--test-threads=1"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut seen = 0;
    let mut last = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some(number) = line.strip_prefix("committed ") else { continue };
        last = number.parse().unwrap();
        seen += 1;
        if seen == lines {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(seen >= lines, "the child ended by itself after {seen} commits");
    last
}

/// The child of the test above; alone it has nothing to do.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let mut opened = open(Path::new(&path));
    let begun = frames(&opened.store.reader(), 0).0.len() as u32;
    let mut out = std::io::stdout();
    let mut next = begun + 1;
    loop {
        let end = next + 1 + next % 60;
        add(&mut opened.store, next..end);
        opened.store.posting(posting(i64::from(next), i64::from(end - next)));
        opened.store.repair(NOW_MS, repair(next)).unwrap();
        opened.store.checkpoint(NOW_MS, next.to_le_bytes().to_vec());
        next = end;
        commit(&mut opened.store, &mut opened.events);
        // The test runner does not end its own line.
        if writeln!(out, "\ncommitted {}", next - 1).and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

/// A repair that changes no sum.
fn repair(number: u32) -> RepairRecord {
    let incident = Incident {
        meter: "sci-101/main".to_owned(),
        kind: 6,
        from_ms: NOW_MS,
        at_ms: NOW_MS,
        before_wh: 0,
        after_wh: 0,
        jump_wh: 0,
        withdraws: Withdraws::Nothing,
    };
    RepairRecord {
        meter: "sci-101/main".to_owned(),
        from_ms: NOW_MS,
        to_ms: NOW_MS,
        judgement: "{}".to_owned(),
        by: "li".to_owned(),
        why: String::new(),
        before_wh: 0,
        after_wh: 0,
        rows: vec![Posting { revision: 0, ..posting(i64::from(number), 0) }],
        incidents: vec![incident],
        withdrawn: vec![i64::from(number)],
    }
}
