//! `campus rule check` on real files: exit codes, places, both languages.

use crate::fake_agent::{FakeAgent, Ran, body, campus, problem};

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
    let out = "rules.toml: 1 rule, no faults\nProved over ";
    assert_eq!((ran.code, ran.out.starts_with(out), ran.err.as_str()), (Some(0), true, ""));
    assert!(ran.out.ends_with("are safe (S1, S3 to S9)\n"), "{}", ran.out);
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

/// Runs `campus rule …` with a file, against an agent with these answers.
fn with_agent(answers: &[(&'static str, u16, String)], line: &str) -> (Ran, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("rules.toml"), RULES).expect("a file");
    let status = ("GET /v1/status", 200, body("status"));
    let agent = FakeAgent::new(answers.iter().cloned().chain([status]).collect());
    let mut command = agent.command(line);
    command.current_dir(folder.path()).env("USER", "li").env_remove("SUDO_USER");
    (Ran::of(command.output().expect("campus runs")), agent.asked())
}

#[test]
fn a_plan_with_mistakes_is_exit_code_1_and_one_without_is_0() {
    let plan = |name| [("POST /v1/rules/plan", 200, body(name))];
    let line = "rule plan --rules rules.toml --canary science/101";
    let (ran, asked) = with_agent(&plan("rules_plan"), line);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert!(ran.out.contains("science/101") && ran.out.contains("50 % → 30 %"), "{}", ran.out);
    assert!(asked.iter().any(|it| it.contains("\"canary\":[\"science/101\"]")), "{asked:?}");
    assert_eq!(
        with_agent(&plan("rules_plan_same"), "rule plan --rules rules.toml").0.code,
        Some(0)
    );
    let faulty = [("POST /v1/rules/plan", 422, problem("bad_rules", "", &[]))];
    let (ran, _) = with_agent(&faulty, "rule plan --rules rules.toml");
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), "said the agent\n"));
}

#[test]
fn rules_with_mistakes_are_not_applied_but_shown_unless_they_are_accepted() {
    let refused = [
        ("POST /v1/rules/apply", 422, problem("rules_findings", "1", &[])),
        ("POST /v1/rules/plan", 200, body("rules_plan")),
    ];
    let (ran, _) = with_agent(&refused, "rule apply --rules rules.toml");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert!(ran.out.starts_with("oscillation `stuffy`\n  rules.toml:5:8\n"), "{}", ran.out);
    assert!(ran.out.contains("Not applied: 1 mistake"), "{}", ran.out);
    let (ran, _) = with_agent(&refused, "rule apply --rules rules.toml --accept-findings");
    assert_eq!(ran.code, Some(2), "not without a reason");

    let applied = [("POST /v1/rules/apply", 200, body("rules_applied"))];
    let line = "rule apply --rules rules.toml --accept-findings --reason because";
    let (ran, asked) = with_agent(&applied, line);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let sent = asked.iter().find(|it| it.contains("/v1/rules/apply")).expect("it was sent");
    for part in ["\"accept_findings\":true", "\"by\":\"li\"", "\"why\":\"because\"", "co2_ppm"] {
        assert!(sent.contains(part), "{part} in {sent}");
    }
    let (_, asked) = with_agent(&applied, "rule apply --all");
    assert!(!asked.iter().any(|it| it.contains("co2_ppm")), "no file is read: {asked:?}");
}

#[test]
fn going_back_where_there_is_nothing_says_what_to_do() {
    let none = [("POST /v1/rules/rollback", 422, problem("no_version_before", "", &[]))];
    let (ran, _) = with_agent(&none, "rule rollback");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("rule rollback --to 0"), "{}", ran.err);
}
