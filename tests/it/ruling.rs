//! A new user's path, as `docs/operate/rules.md` has it: change a hold time, check, plan, replay the last week,
//! try it in one room, keep it, go back. The commands are read from the document, in both languages.

use crate::CAMPUS;
use agent::store;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use system_tests::campus::{Agent, Said, program, said};
use system_tests::mosquitto::Mosquitto;
use system_tests::wait;
use wire::{Frame, Quantity, Reading, Sample, Value as Number};

/// The section of the document that is walked.
const HEADINGS: [(&str, &str, &str); 2] = [
    ("docs/operate/rules.md", "## Change a hold, from the file to all rooms", "en"),
    ("docs/operate/rules.zh-CN.md", "## 更改保持时间：从文件到所有房间", "zh"),
];

/// What the section writes into the file, and its commands in their order.
fn section(path: &str, heading: &str) -> (String, Vec<Vec<String>>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let text = std::fs::read_to_string(file).expect("the document");
    let section = text.split_once(heading).expect("the section").1;
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    let toml = section.split_once("```toml\n").expect("what to write").1;
    let toml = toml.split_once("```").expect("its end").0.to_owned();
    let commands = section.lines().filter_map(|line| line.strip_prefix("$ campus "));
    (toml, commands.map(words).collect())
}

/// Words of a command line, some of them in double quotes.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let split = |(nth, part): (usize, &str)| match nth % 2 {
        1 => vec![part.to_owned()],
        _ => part.split_whitespace().map(str::to_owned).collect(),
    };
    parts.flat_map(split).collect()
}

/// A command in the folder of the agent, as somebody there types it.
fn typed(agent: &Agent, lang: &str, args: &[String]) -> Said {
    let mut command = Command::new(program());
    command.args(args).current_dir(agent.folder()).env("NO_COLOR", "1").env("USER", "li");
    command.env("CAMPUS_AGENT", agent.folder().join("agent.sock")).env_remove("SUDO_USER");
    command.env("LC_ALL", if lang == "zh" { "zh_CN.UTF-8" } else { "C" });
    said(command.output().expect("campus runs"))
}

/// The file that the document says to start from.
const EXAMPLE: &str = include_str!("../../rules/src/example.toml");

const MINUTE_MS: i64 = 60_000;
/// A little more than the week that is asked for.
const PAST_MIN: i64 = 7 * 1440 + 60;

/// A week of two rooms: somebody comes for five minutes in every half hour.
fn past(agent: &Agent, now_ms: i64) {
    let limits = store::Limits { ballast_bytes: 0, ..store::Limits::default() };
    let path = agent.folder().join("campus.db");
    let mut opened = store::open(&path, limits, now_ms - PAST_MIN * MINUTE_MS).expect("a database");
    let begin = now_ms - PAST_MIN * MINUTE_MS;
    opened.store.resumed(begin);
    // As often as a node reports that is believed for 150 s.
    for minute in (0..PAST_MIN).step_by(2) {
        for (node, lamps) in [("sci-101", &["window", "inner"][..]), ("sci-102", &["window"][..])] {
            let at_ms = begin + minute * MINUTE_MS;
            let frame = frame(minute, at_ms, lamps);
            opened.store.frame(at_ms, node, &frame);
        }
        while opened.store.is_full() && opened.store.submit(Some(at(begin, minute))).is_err() {
            std::thread::yield_now();
        }
    }
    while opened.store.submit(Some(now_ms)).is_err() {
        std::thread::yield_now();
    }
    opened.store.close();
}

const fn at(begin: i64, minute: i64) -> i64 {
    begin + minute * MINUTE_MS
}

fn frame<'a>(minute: i64, at_ms: i64, lamps: &[&'a str]) -> Frame<'a> {
    let seen = i64::from(minute % 30 < 5);
    let is = |quantity, channel, value| Reading {
        quantity,
        channel,
        sample: Sample::Is(Number::from_whole(value)),
    };
    let motion = [is(Quantity::Motion, "", seen)].into_iter();
    Frame {
        boot: 1,
        seq: minute as u32 + 1,
        oldest: 1,
        t: Some(at_ms),
        up: (minute * MINUTE_MS) as u64 + 1,
        sent: (minute * MINUTE_MS) as u64 + 1,
        lost: None,
        readings: motion.chain(lamps.iter().map(|lamp| is(Quantity::LevelPct, lamp, 0))).collect(),
        unknown: 0,
    }
}

fn levels(agent: &Agent) -> Value {
    let rooms = agent.json(&["room", "list"]);
    let rooms = rooms.as_array().expect("rooms").iter();
    let zones = rooms.flat_map(|room| room["zones"].as_array().expect("zones").clone());
    zones.map(|zone| zone["level_pct"].clone()).collect()
}

#[test]
fn the_path_of_a_new_user_works_as_it_is_written() {
    for (path, heading, lang) in HEADINGS {
        let (toml, commands) = section(path, heading);
        let broker = Mosquitto::start("ruling", "max_inflight_messages 1000");
        let mut agent = Agent::prepared("ruling", &broker.url(), CAMPUS);
        let rules = agent.folder().join("rules.toml");
        std::fs::write(&rules, EXAMPLE).expect("a file");
        past(&agent, now_ms());
        agent.again();
        let first = agent.json(&["status"]);
        assert_eq!(first["rules"]["version"], json!(1), "the file is the first version: {first}");

        std::fs::write(&rules, format!("{EXAMPLE}\n{toml}")).expect("a file");
        let before = levels(&agent);
        let verbs: Vec<&str> = commands.iter().map(|args| args[1].as_str()).collect();
        let all =
            ["check", "plan", "replay", "apply", "explain", "list", "apply", "rollback", "history"];
        assert_eq!(verbs, all, "{path}");
        let mut applied = 0;
        for args in &commands {
            let said = typed(&agent, lang, args);
            assert_eq!(said.code, 0, "{path}: {args:?}: {said:?}");
            assert!(!said.out.trim().is_empty(), "{path}: {args:?} says nothing");
            if args[1] == "apply" {
                applied += 1;
                let status = agent.json(&["status"]);
                let (version, canary) = (&status["rules"]["version"], &status["rules"]["canary"]);
                match applied {
                    1 => assert_eq!(
                        (version, &canary["rooms"]),
                        (&json!(1), &json!(["science/101"]))
                    ),
                    _ => assert_eq!((version, canary), (&json!(2), &Value::Null)),
                }
            }
            if args[1] == "explain" {
                let text = if lang == "zh" {
                    "试用规则第 2 版"
                } else {
                    "Version 2 of the rules is tried here"
                };
                assert!(said.out.contains(text), "{said:?}");
            }
        }
        assert_eq!(levels(&agent), before, "nobody was there: no lamp moved");
        let history = agent.json(&["rule", "history"]);
        let did = |nth: usize| history["changes"][nth]["what"].clone();
        assert_eq!([did(0), did(1), did(2), did(3)], ["rollback", "promote", "canary", "first"]);
        assert_eq!(
            (&history["changes"][0]["by"], &history["now"]["version"]),
            (&json!("li"), &json!(1))
        );
        assert!(history["changes"][0]["uid"].is_u64(), "as the kernel says: {history}");
    }
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.expect("after 1970").as_millis()).expect("milliseconds fit")
}

fn publish(broker: &Mosquitto, node: &str, seq: u32, readings: &str) {
    let port = broker.port().to_string();
    let frame = format!(r#"{{"v":1,"boot":1,"seq":{seq},"up":{}000,"r":{readings}}}"#, seq * 5);
    let topic = format!("campus/v1/test/node/{node}/up/frame");
    let args = ["-h", "127.0.0.1", "-p", &port, "-q", "1", "-t", &topic, "-m", &frame];
    let status = Command::new("mosquitto_pub").args(args).status().expect("mosquitto_pub");
    assert!(status.success(), "mosquitto_pub");
}

const DIM: &str = r#"
[[rule]]
id = "dim"
where = ["*"]
when = 'occupied'
ask = "max"
level_pct = 30
priority = "daylight"
expires_min = 10
reason = { en = "dim", zh = "调暗" }
"#;

#[test]
fn rules_change_while_lamps_burn_and_the_log_tells_it_again() {
    let broker = Mosquitto::start("ruled", "max_inflight_messages 1000");
    let mut agent = Agent::start("ruled", &broker.url(), CAMPUS);
    let begun = agent.json(&["status"])["now_ms"].as_i64().expect("a time");
    let file = agent.folder().join("new.toml");
    let file = file.to_str().expect("a path of plain letters").to_owned();
    let write = |text: &str| std::fs::write(&file, text).expect("a file");
    for node in ["sci-101", "sci-102"] {
        publish(&broker, node, 1, r#"{"motion":1,"level_pct.window":50,"level_pct.inner":50}"#);
    }
    wait::until_true("somebody is there", || levels(&agent) == json!([50, 50, 50]));

    // What is no rule, and what has mistakes, changes nothing.
    write("[[rule]]\nid = \"x\"\n");
    let said = agent.ask(&["rule", "apply", "--rules", &file]);
    assert!(said.code == 1 && said.out.contains("has no `where`"), "{said:?}");
    write(&DIM.replace("'occupied'", "'illuminance_lx > 300 && occupied'").replace("30", "10"));
    let said = agent.ask(&["rule", "apply", "--rules", &file]);
    assert!(
        said.code == 1 && said.out.contains("oscillation") && said.out.contains("Not applied"),
        "{said:?}"
    );
    let said = agent.ask(&["rule", "apply", "--all"]);
    assert!(
        said.code == 2 && said.err.contains("nothing") | said.err.contains("tried"),
        "{said:?}"
    );
    assert_eq!(agent.json(&["status"])["rules"]["version"], json!(0));

    // The plan says what would move, and moves nothing.
    write(DIM);
    let plan = agent.json(&["rule", "plan", "--rules", &file, "--canary", "101"]);
    assert_eq!(plan["levels"].as_array().map(Vec::len), Some(2), "{plan}");
    assert_eq!(
        (&plan["levels"][0]["from_pct"], &plan["levels"][0]["to_pct"]),
        (&json!(50), &json!(30))
    );
    assert_eq!((&plan["rules"][0]["change"], &plan["is_new"]), (&json!("added"), &json!(true)));
    assert_eq!(levels(&agent), json!([50, 50, 50]));

    // One room first, with a fade; then all of them; a restart in between.
    let tried = agent.json(&[
        "rule",
        "apply",
        "--rules",
        &file,
        "--canary",
        "science/101",
        "--reason",
        "try",
    ]);
    assert_eq!(
        (&tried["levels"][0]["fade_ms"], &tried["changed"]),
        (&json!(2000), &json!(true)),
        "{tried}"
    );
    assert_eq!(levels(&agent), json!([30, 30, 50]));
    let again = agent.json(&["rule", "apply", "--rules", &file, "--canary", "science/101"]);
    assert_eq!((&again["changed"], &again["levels"]), (&json!(false), &json!([])));
    agent.kill();
    agent.again();
    let status = agent.json(&["status"]);
    assert_eq!(
        status["rules"]["canary"]["rooms"],
        json!(["science/101"]),
        "it survives a power cut: {status}"
    );
    assert_eq!(levels(&agent), json!([30, 30, 50]));
    // Who begins to listen knows of nobody.
    for node in ["sci-101", "sci-102"] {
        publish(&broker, node, 2, r#"{"motion":1,"level_pct.window":30,"level_pct.inner":30}"#);
    }
    wait::until_true("both rooms are occupied", || {
        let rooms = agent.json(&["room", "list"]);
        (0..2).all(|nth| rooms[nth]["occupancy"] == json!("occupied"))
    });
    agent.ask(&["rule", "apply", "--all", "--reason", "it is good"]);
    wait::until_true("all rooms hear it", || levels(&agent) == json!([30, 30, 30]));
    let kept_ms = agent.json(&["status"])["now_ms"].as_i64().expect("a time");
    let back = agent.json(&["rule", "rollback", "--to", "0", "--reason", "it is not"]);
    assert_eq!(
        (&back["before"]["version"], &back["now"]["version"]),
        (&json!(1), &json!(0)),
        "{back}"
    );
    assert_eq!(levels(&agent), json!([50, 50, 50]));
    publish(&broker, "sci-102", 3, r#"{"motion":1,"level_pct.window":50}"#);
    wait::until("the frame is committed", Duration::from_secs(20), || {
        (agent.json(&["status"])["store"]["frames_committed"] == json!(3)).then_some(())
    });

    // The past knows which rules decided, and decides the same again.
    let seconds = |ms: i64| format!("@{}.{:03}", ms / 1000, ms % 1000);
    let moment = |ms: i64| {
        let output = Command::new("date").args(["-u", "-d", &seconds(ms), "+%FT%T.%3NZ"]).output();
        String::from_utf8_lossy(&output.expect("date").stdout).trim().to_owned()
    };
    let then = agent.json(&["room", "explain", "science/102", "--at", &moment(kept_ms)]);
    assert_eq!(
        (&then["rules"]["version"], &then["past"]["configuration"]),
        (&json!(1), &json!("then")),
        "{then}"
    );
    assert_eq!(then["room"]["zones"][0]["winner"]["rule"], json!("dim"), "{then}");
    let trial = agent.json(&["rule", "replay", "--since", &moment(begun)]);
    assert_eq!((&trial["same"], &trial["by_today"]), (&json!(true), &json!(false)), "{trial}");
    assert!(trial["recorded"].as_u64() >= Some(6), "{trial}");
}
