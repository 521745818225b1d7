//! Proofs, repairs, exports and reports: what is asked, what is written, how it exits.

use crate::fake_agent::{FakeAgent, Ran, body, problem};
use std::process::Stdio;

const STATUS: &str = "GET /v1/status";
const METERS: &str = "GET /v1/meters";

fn agent() -> FakeAgent {
    FakeAgent::new(vec![
        (STATUS, 200, body("status_well")),
        (METERS, 200, body("meters")),
        ("GET /v1/energy/audit?", 200, body("audits")),
        ("GET /v1/energy/audit?of=gym%2Dmains", 200, body("audit")),
        ("GET /v1/energy/explain?of=gym%2Dmains", 200, body("energy_explain")),
        ("POST /v1/energy/repair", 200, body("repair")),
        ("GET /v1/energy?by=month", 200, body("energy")),
        // 2026-11-18 and the two days after it, in Shanghai.
        ("GET /v1/energy?by=slot&from_ms=1794931200000&to_ms=1795017600000", 200, body("energy")),
        ("GET /v1/energy?by=slot&from_ms=1795017600000&to_ms=1795104000000", 200, body("energy")),
        ("GET /v1/energy?by=slot&from_ms=1795104000000&to_ms=1795107600000", 200, body("energy")),
        ("GET /v1/report?period=week", 200, body("report_week")),
        ("GET /v1/report?period=day&at_ms=1795017600000", 200, body("report_day")),
    ])
}

#[test]
fn a_proof_that_holds_is_exit_code_0_and_one_that_fails_1() {
    let ran = agent().run("energy audit --of gym-mains");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.ends_with("The proof holds, to the watt-hour.\n"), "{}", ran.out);
    for line in ["energy audit", "energy audit --json"] {
        assert_eq!(agent().run(line).code, Some(1), "{line}");
    }
}

#[test]
fn months_are_a_period() {
    assert_eq!(agent().run("energy show --by month").code, Some(0));
}

#[test]
fn a_meter_is_explained_and_a_misspelt_one_suggested() {
    let ran = agent().run("energy explain gym-mains");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let ran = agent().run("energy explain gym-manis");
    assert_eq!(ran.err, "error: no meter `gym-manis`\n\nhint: did you mean `gym-mains`?\n");
}

#[test]
fn a_repair_is_planned_first_and_made_only_when_confirmed() {
    let line = "energy repair gym-mains --ignore 08:00..09:30 --why clamp --by li";
    let agent = agent();
    let mut command = agent.command(line);
    let ran = Ran::of(command.stdin(Stdio::null()).output().expect("campus runs"));
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("5,200 Wh") && ran.err.contains("4,100 Wh"), "{}", ran.err);
    assert!(ran.err.contains("hint: add `--yes`"), "{}", ran.err);
    let posts = |agent: &FakeAgent| {
        let asked = agent.asked().into_iter().filter(|asked| asked.starts_with("POST"));
        asked.map(|asked| asked.contains("\"dry_run\":true")).collect::<Vec<_>>()
    };
    assert_eq!(posts(&agent), [true], "only planned");
    let ran = agent.run(&format!("{line} --yes"));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(posts(&agent), [true, true, false], "planned again, then made");
    let ran = agent.run(&format!("{line} --dry-run"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(posts(&agent), [true, true, false, true], "only planned");
}

#[test]
fn a_repair_that_cannot_be_is_said_with_its_reason() {
    let agent = FakeAgent::new(vec![
        (STATUS, 200, body("status_well")),
        (METERS, 200, body("meters")),
        ("POST /v1/energy/repair", 422, problem("cannot_repair", "gym-mains", &[])),
    ]);
    let ran = agent.run("energy repair gym-mains --believe --why x --by li --yes");
    assert_eq!(ran.code, Some(2));
    let wanted = "error: `gym-mains` cannot be repaired so: said the agent\n\n\
                  hint: `campus energy explain gym-mains` shows its slots and readings\n";
    assert_eq!(ran.err, wanted);
}

#[test]
fn an_export_asks_day_by_day_and_writes_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (agent, path) = (agent(), folder.path().join("energy.csv"));
    let span = "energy export --from 2026-11-18 --to 01:00";
    let ran = agent.run(&format!("{span} --csv {} --json", path.display()));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let written: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((&written["rows"], &written["meters"]), (&30.into(), &2.into()));
    let text = std::fs::read_to_string(&path).expect("the file");
    assert_eq!(text.lines().count(), 31);
    let ran = agent.run(&format!("{span} --csv -"));
    assert_eq!((ran.code, ran.out), (Some(0), text));
    let path = folder.path().join("energy.xlsx");
    let ran = agent.run(&format!("{span} --xlsx {} --lang zh", path.display()));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let bytes = std::fs::read(&path).expect("the file");
    assert!(bytes.starts_with(b"PK"), "a workbook is a zip");
    let ran = agent.run(&format!("{span} --csv {}/no/energy.csv", folder.path().display()));
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("cannot write"), "{}", ran.err);
}

#[test]
fn a_report_is_a_page_on_the_terminal_or_a_file_for_browsers() {
    let folder = tempfile::tempdir().expect("a folder");
    let (agent, path) = (agent(), folder.path().join("week.html"));
    let ran = agent.run("report week");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.starts_with("Demo school: week 2026-W47"), "{}", ran.out);
    let ran = agent.run(&format!("report week --html {} --lang zh", path.display()));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let text = std::fs::read_to_string(&path).expect("the file");
    assert!(text.starts_with("<!DOCTYPE html>\n<html lang=\"zh-CN\">"));
    let ran = agent.run("report day --at yesterday --html -");
    assert!(ran.out.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{}", ran.err);
    assert_eq!(agent.run("report week --json").out.trim_end(), body("report_week").trim_end());
}
