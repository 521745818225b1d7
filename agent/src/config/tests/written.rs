//! `rules.toml` beside the configuration.

use super::*;
use std::path::PathBuf;

const CAMPUS: &str = "[[room]]\nid = \"science/101\"\n[[room.zone]]\nid = \"window\"\n\
                      [[node]]\nid = \"sci-101\"\nroom = \"science/101\"\n";

const RULE: &str = "[[rule]]\nid = \"stuffy\"\nwhere = [\"science/*\"]\nwhen = 'occupied && co2_ppm > 1200'\n\
                    ask = \"max\"\nlevel_pct = 40\npriority = \"daylight\"\nexpires_min = 10\n\
                    reason = { en = \"air the room\", zh = \"请通风\" }\n";

/// A folder with a configuration, and with rules where there are any.
fn folder(rules: Option<&str>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("campus.toml");
    std::fs::write(&config, format!("{HEAD}{CAMPUS}")).expect("a file");
    if let Some(rules) = rules {
        std::fs::write(folder.path().join("rules.toml"), rules).expect("a file");
    }
    (folder, config)
}

#[test]
fn rules_are_read_from_beside_the_configuration_and_may_be_absent() {
    let (_kept, config) = folder(None);
    let none = Config::load(&config).expect("a good configuration");
    assert!(none.rules.is_none() && none.campus.rules.rules().is_empty());

    let (_kept, config) = folder(Some(RULE));
    let one = Config::load(&config).expect("good rules");
    assert_eq!(one.campus.rules.rules()[0].id, "stuffy");
    assert_eq!(one.campus.rules.rules()[0].reason.zh, "请通风");
}

#[test]
fn a_bad_rule_is_refused_with_its_place_like_a_bad_configuration() {
    for (good, bad, line, column, title, help) in [
        ("co2_ppm", "co2_pm", 4, 21, "nothing is called `co2_pm`", "did you mean `co2_ppm`?"),
        (
            "expires_min",
            "expire_min",
            8,
            1,
            "unknown key `expire_min` in a rule",
            "did you mean `expires_min`?",
        ),
        (
            "science/*",
            "sience/101",
            3,
            10,
            "no zone of this campus is called `sience/101`",
            "did you mean `science/101`?",
        ),
    ] {
        let (_kept, config) = folder(Some(&RULE.replace(good, bad)));
        let error = Config::load(&config).expect_err("refused");
        let found = error.found();
        let found = found.iter().find(|found| found.title == title).expect("the fault");
        assert_eq!((found.line, found.column, found.help), (line, column, Some(help)));
        let shown = error.to_string();
        assert!(shown.contains(&format!("rules.toml:{line}:{column}")), "{shown}");
    }
}
