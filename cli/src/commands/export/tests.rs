//! Days put together, and files that are whole.

use super::{add, write_whole};
use crate::fixtures::body;
use crate::sheet::Sheet;
use agent::api::types::Energy;

#[test]
fn days_put_together_keep_every_row_and_every_watt_hour() {
    let day: Energy = body("energy");
    let mut sheet = Sheet { from_ms: 0, to_ms: 1, meters: Vec::new(), rows: Vec::new() };
    for _ in 0..3 {
        add(&mut sheet, day.meters.clone(), day.rows.clone());
    }
    assert_eq!((sheet.rows.len(), sheet.meters.len()), (3 * day.rows.len(), day.meters.len()));
    for (sum, one) in sheet.meters.iter().zip(&day.meters) {
        assert_eq!(sum.energy_wh, 3 * one.energy_wh, "{}", one.meter);
        assert_eq!(sum.last_register_wh, one.last_register_wh);
    }
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.csv");
    write_whole(&path, b"old").expect("a file");
    write_whole(&path, b"new").expect("the same file");
    assert_eq!(std::fs::read(&path).expect("it is there"), b"new");
    std::fs::create_dir(folder.path().join("taken")).expect("a folder");
    let taken = write_whole(&folder.path().join("taken"), b"x");
    assert!(taken.is_err(), "a folder is no file");
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 2, "nothing half is left: {left:?}");
}

#[test]
fn a_file_that_is_replaced_keeps_who_may_read_it_and_links_to_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().expect("a folder");
    let (file, link) = (folder.path().join("campus.toml"), folder.path().join("link.toml"));
    std::fs::write(&file, "old").expect("a file");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).expect("permissions");
    symlink("campus.toml", &link).expect("a link");
    super::replace_whole(&link, b"new").expect("replaced");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "new");
    let mode = std::fs::metadata(&file).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(std::fs::symlink_metadata(&link).expect("the link").is_symlink());
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is left");
    // What is not there is not made.
    let none = super::replace_whole(&folder.path().join("none.toml"), b"new");
    assert!(matches!(none, Err(crate::error::Error::Write { .. })));
}
