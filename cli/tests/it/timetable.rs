//! `campus timetable import` as people run it: nothing is written that was not understood.

use crate::fake_agent::{Ran, campus};
use std::fs;
use std::path::Path;

const CAMPUS: &str = r#"
[campus]
id = "demo"
time_zone = "Asia/Shanghai"
[broker]
url = "mqtt://127.0.0.1:1883"
[timetable]
open = "07:00-18:00"
files = ["lessons.toml"]
[[room]]
id = "science/101"
name = "Physics 1"
"#;

const TABLE: &str = "room,weekday,from,to,name\nPhysics 1,mon,8:00,8:45,Optics\n";

/// A folder with a configuration and a table; runs `campus timetable import plan.csv` in it.
fn import(folder: &Path, table: &str, options: &str) -> Ran {
    fs::write(folder.join("campus.toml"), CAMPUS).expect("a file");
    fs::write(folder.join("plan.csv"), table).expect("a file");
    let mut command = campus("timetable import plan.csv --config campus.toml");
    command.args(options.split_whitespace()).current_dir(folder);
    Ran::of(command.output().expect("campus runs"))
}

#[test]
fn import_writes_a_file_that_the_configuration_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let dry = import(folder.path(), TABLE, "--dry-run");
    assert_eq!((dry.code, dry.err.as_str()), (Some(0), ""));
    assert!(dry.out.contains("1 lesson would be written to lessons.toml"), "{}", dry.out);
    let target = folder.path().join("lessons.toml");
    assert!(!target.exists(), "a dry run writes nothing");
    let ran = import(folder.path(), TABLE, "");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.contains("1 lesson written to lessons.toml"), "{}", ran.out);
    let mut check = campus("config check campus.toml");
    let checked = Ran::of(check.current_dir(folder.path()).output().expect("campus runs"));
    assert_eq!(
        (checked.code, checked.out.as_str()),
        (Some(0), "campus.toml: 1 room, nothing wrong\n")
    );
    let first = fs::read_to_string(&target).expect("a file");
    import(folder.path(), &TABLE.replace("Optics", "Heat"), "");
    let second = fs::read_to_string(&target).expect("a file");
    assert_eq!(second, first.replace("Optics", "Heat"), "the next import replaces it whole");
}

#[test]
fn import_with_one_line_that_is_not_understood_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let ran = import(folder.path(), &format!("{TABLE}Gym,tue,8:00,8:45,\n"), "");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert!(ran.out.contains("plan.csv:3: no room is called `Gym`"), "{}", ran.out);
    assert!(!folder.path().join("lessons.toml").exists());
    let ran = import(folder.path(), &format!("{TABLE}Gym,tue,8:00,8:45,\n"), "--json");
    let body: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((&body["written"], &body["refused"][0]["line"]), (&false.into(), &3.into()));
    let ran = import(folder.path(), &format!("{TABLE}Gym,tue,8:00,8:45,\n"), "--map Gym=");
    assert_eq!(ran.code, Some(0), "{}", ran.out);
}

#[test]
fn import_replaces_no_file_that_somebody_has_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = "[[bell]]\nname = \"1\"\ntime = \"08:00-08:45\"\n";
    fs::write(folder.path().join("lessons.toml"), own).expect("a file");
    let ran = import(folder.path(), TABLE, "");
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("was not written by an import"), "{}", ran.err);
    assert_eq!(fs::read_to_string(folder.path().join("lessons.toml")).expect("a file"), own);
}
