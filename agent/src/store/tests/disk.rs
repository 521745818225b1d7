//! A disk that is really full: a small file system of its own, filled by somebody else.

use super::{Event, Limits, NOW_MS, add, frames, posted, posting, small};
use crate::store::Fault;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Tells the child where its small file system is.
const CHILD: &str = "CAMPUS_TEST_STORE_DISK";
const BALLAST: u64 = 2_000_000;

/// Needs user namespaces, which Linux gives to everybody but some distributions do not.
#[test]
fn full_disk_is_survived_and_recovered_from_without_help() {
    let folder = tempfile::TempDir::new().unwrap();
    let unshare = ["--user", "--map-root-user", "--mount"];
    if !Command::new("unshare").args(unshare).arg("true").status().is_ok_and(|s| s.success()) {
        eprintln!("NOT TESTED: this machine gives no user namespaces, so there is no full disk");
        return;
    }
    let run = "mount -t tmpfs -o size=8m tmpfs \"$0\" && exec \"$@\"";
    let out = Command::new("unshare")
        .args(unshare)
        .args(["sh", "-c", run])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "store::tests::disk::child_on_a_small_disk", "--nocapture"])
        .env(CHILD, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout) + String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}");
    assert!(said.contains("the full disk was survived"), "{said}");
}

/// The child of the test above; alone it has nothing to do.
#[test]
fn child_on_a_small_disk() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let folder = Path::new(&folder);
    let (path, hog) = (folder.join("campus.db"), folder.join("hog"));
    let limits = Limits { ballast_bytes: BALLAST, ..small() };
    let mut opened = super::super::open(&path, limits, NOW_MS).unwrap();
    let (store, events) = (&mut opened.store, &mut opened.events);
    let (mut next, mut committed, mut freed, mut full) = (1, 0, false, 0);
    // Until the ballast is used up as well.
    while full < 2 {
        add(store, next..next + 1_000);
        store.posting(posting(i64::from(next), 1_000));
        next += 1_000;
        store.submit(Some(NOW_MS)).unwrap();
        loop {
            match events.next_blocking().unwrap() {
                Event::Committed(one) => {
                    committed += one.frames;
                    break;
                }
                Event::Failed { fault: Fault::Full, .. } => full += 1,
                Event::BallastFreed => freed = true,
                other => panic!("{other:?}"),
            }
            if full == 2 {
                break;
            }
        }
        if !hog.exists() {
            fill(&hog);
        }
    }
    assert!(freed && committed >= 2_000, "ballast freed: {freed}, {committed} committed");
    assert_eq!(frames(&store.reader(), 0).0.len(), committed, "what was said is there");

    // Somebody makes room; nobody tells the agent.
    fs::remove_file(&hog).unwrap();
    loop {
        match events.next_blocking().unwrap() {
            Event::Committed(_) => break,
            Event::Failed { fault: Fault::Full, .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(frames(&store.reader(), 0).0, (1..next).collect::<Vec<_>>());
    assert_eq!(posted(&store.reader()), i64::from(next) - 1);
    opened.store.close();
    drop(super::super::open(&path, limits, NOW_MS).unwrap());
    assert_eq!(fs::metadata(folder.join("campus.db.ballast")).unwrap().len(), BALLAST);
    println!("the full disk was survived");
}

/// Writes until there is no room for another byte.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [100_000, 1_000, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
}
