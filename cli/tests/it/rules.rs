//! `campus rule check` on real files: exit codes, places, both languages.

use crate::fake_agent::{Ran, campus};

const CAMPUS: &str = r#"
[campus]
id = "demo"
time_zone = "Asia/Shanghai"
[broker]
url = "mqtt://127.0.0.1:1883"
[timetable]
open = "07:00-18:00"
[[room]]
id = "science/101"
[[room.zone]]
id = "window"
[[node]]
id = "sci-101"
room = "science/101"
"#;

const RULES: &str = r#"
[[rule]]
id = "stuffy"
where = "science/*"
when = 'occupied && co2_ppm > 1200'
ask = "max"
level_pct = 40
priority = "daylight"
expires_min = 10
reason = { en = "air the room", zh = "请开窗通风" }
"#;

/// Checks rules of this text; answers how `campus` ended.
fn check(rules: Option<&str>, options: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("campus.toml"), CAMPUS).expect("a file");
    if let Some(rules) = rules {
        std::fs::write(folder.path().join("rules.toml"), rules).expect("a file");
    }
    let mut command = campus("rule check --config campus.toml");
    command.args(options.split_whitespace()).current_dir(folder.path());
    Ran::of(command.output().expect("campus runs"))
}

#[test]
fn good_rules_are_exit_code_0() {
    let ran = check(Some(RULES), "");
    let out = "rules.toml: 1 rule, no faults\n";
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), out, ""));
}

#[test]
fn a_mistake_is_exit_code_1_with_a_story_in_the_language_of_the_reader() {
    let rules = RULES.replace("occupied && co2_ppm > 1200", "illuminance_lx > 300 && occupied");
    let rules = rules.replace("level_pct = 40", "level_pct = 10");
    let ran = check(Some(&rules), "");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert!(ran.out.starts_with("oscillation `stuffy`\n  rules.toml:5:8\n"), "{}", ran.out);
    let ran = check(Some(&rules), "--lang zh");
    assert!(ran.out.starts_with("来回振荡 `stuffy`"), "{}", ran.out);
    let ran = check(Some(&rules), "--json");
    let verdict: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let finding = &verdict["findings"][0];
    assert_eq!((ran.code, finding["class"].as_str()), (Some(1), Some("oscillation")));
    assert_eq!((&finding["line"], &finding["column"]), (&5.into(), &8.into()));
}

#[test]
fn what_is_no_rule_is_exit_code_1_with_its_place_and_a_hint() {
    let ran = check(Some(&RULES.replace("co2_ppm", "co2_pm")), "");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert!(ran.out.contains("rules.toml:5:21") && ran.out.contains("`co2_ppm`?"), "{}", ran.out);
}

#[test]
fn no_file_is_an_error() {
    assert_eq!(check(None, "").code, Some(2));
}
