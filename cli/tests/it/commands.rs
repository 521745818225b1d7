//! Every command: what it asks, what it answers, how it exits.

use crate::fake_agent::{FakeAgent, Ran, body, campus, problem, room};

const STATUS: &str = "GET /v1/status";
const ROOMS: &str = "GET /v1/rooms";
const ROOM: &str = "GET /v1/rooms/science/101";

fn agent() -> FakeAgent {
    FakeAgent::new(vec![
        (STATUS, 200, body("status_well")),
        (ROOMS, 200, body("rooms")),
        (ROOM, 200, room(0)),
        ("GET /v1/rooms/science/101/explain", 200, body("explain")),
        ("POST /v1/rooms/science/101/set", 200, room(0)),
        ("POST /v1/rooms/science/101/auto", 200, room(0)),
        ("GET /v1/nodes", 200, body("nodes")),
        ("GET /v1/nodes/unclaimed", 200, body("unclaimed")),
        ("GET /v1/energy?by=hour", 200, body("energy")),
        ("GET /v1/energy?by=day", 200, body("energy_wrong")),
        ("GET /v1/energy?by=hour&of=101", 404, problem("no_such_meter", "101", &[])),
        ("GET /v1/energy?by=hour&of=science%2F101", 200, body("energy")),
        ("GET /v1/energy?by=slot&of=libary", 404, problem("no_such_meter", "libary", &["library"])),
    ])
}

/// Runs it, and compares code and the first line of each stream.
fn check(line: &str, code: i32, out: &str, err: &str) {
    let ran = agent().run(line);
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    assert_eq!(
        (ran.code, first(&ran.out).as_str(), first(&ran.err).as_str()),
        (Some(code), out, err),
        "`campus {line}` said:\n{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn commands_answer_on_stdout_and_exit_with_0() {
    check("status", 0, "campus     Demo school (demo), agent 0.1.0 running for 12 days", "");
    check(
        "room show science/101",
        0,
        "science/101   Physics 1   occupied since 09:42   lesson",
        "",
    );
    check(
        "room explain science/101",
        0,
        "science/101   Physics 1   occupied since 09:42   lesson",
        "",
    );
    check("energy show", 0, "2026-11-20 00:00 to 2026-11-20 10:12, per hour", "");
    check(
        "node list --unclaimed",
        0,
        "NODE     FIRST HEARD     HEARD     FRAMES  BOARD  FIRMWARE",
        "",
    );
    check("completions bash", 0, "_campus() {", "");
}

#[test]
fn a_short_name_is_taken_and_said() {
    check(
        "room show 101",
        0,
        "science/101   Physics 1   occupied since 09:42   lesson",
        "note: took `101` as `science/101`",
    );
    check(
        "energy show --of 101",
        0,
        "2026-11-20 00:00 to 2026-11-20 10:12, per hour",
        "note: took `101` as `science/101`",
    );
}

#[test]
fn a_misspelt_name_is_an_error_with_a_suggestion() {
    let hints = [
        ("room show scince/101", "no room `scince/101`", "did you mean `science/101`?"),
        ("room explain 1O1", "no room `1O1`", "did you mean `science/101`?"),
        (
            "room set science/101 --level 4 --for 1m --zone bord",
            "no zone `bord` in `science/101`",
            "did you mean `board`?",
        ),
        ("node show sci-1O1", "no node `sci-1O1`", "did you mean `sci-101`?"),
        (
            "energy show --by slot --of libary",
            "no room, building, node or meter `libary`",
            "did you mean `library`?",
        ),
    ];
    for (line, error, hint) in hints {
        let ran = agent().run(line);
        assert_eq!(ran.err, format!("error: {error}\n\nhint: {hint}\n"), "{line}");
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{line}");
    }
}

#[test]
fn a_needed_person_is_exit_code_1() {
    let agent = FakeAgent::new(vec![(STATUS, 200, body("status"))]);
    for line in ["status", "status --json"] {
        assert_eq!(agent.run(line).code, Some(1), "{line}");
    }
}

#[test]
fn energy_that_does_not_add_up_is_exit_code_1() {
    for line in ["energy show --by day", "energy show --by day --json"] {
        assert_eq!(agent().run(line).code, Some(1), "{line}");
    }
}

#[test]
fn json_is_the_body_as_it_came() {
    let check = |line: &str, wanted: &str| {
        let ran = agent().run(line);
        assert_eq!(
            (ran.code, ran.out.trim_end(), ran.err.as_str()),
            (Some(0), wanted.trim_end(), ""),
            "{line}"
        );
    };
    check("status --json", &body("status_well"));
    check("room list --json", &body("rooms"));
    check("room show science/101 --json", &room(0));
    check("room explain science/101 --json", &body("explain"));
    check("room auto science/101 --json", &room(0));
    check("energy show --json", &body("energy"));
    check("node list --json", &body("nodes"));
    check("node list --unclaimed --json", &body("unclaimed"));
}

#[test]
fn a_wish_travels_in_seconds_and_percent() {
    let agent = agent();
    let ran = agent.run("room set 101 --level 40% --for 1h30m --zone inner");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let wish = r#"POST /v1/rooms/science/101/set {"zone":"inner","level_pct":40,"for_s":5400}"#;
    assert!(agent.asked().contains(&wish.to_owned()), "{:?}", agent.asked());
    // The body's winner is a lesson, not the wish: that must be said.
    assert!(ran.err.contains("1 zone follows something stronger than a wish"), "{}", ran.err);

    let ran = agent.run("room auto science/101");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(agent.asked().contains(&"POST /v1/rooms/science/101/auto {}".to_owned()));
}

#[test]
fn moments_travel_in_the_zone_of_the_campus() {
    let agent = agent();
    agent.run("energy show --since 2026-11-20 --until 08:00 --by slot");
    // Midnight and eight o'clock in Shanghai.
    let asked = "GET /v1/energy?by=slot&from_ms=1795104000000&to_ms=1795132800000";
    assert!(agent.asked().contains(&asked.to_owned()), "{:?}", agent.asked());
    let ran = agent.run("energy show --since 12:00");
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.starts_with("error: there is no time between `12:00` and `now`"),
        "{}",
        ran.err
    );
}

#[test]
fn chinese_comes_from_the_environment_or_the_option() {
    let agent = agent();
    let out = agent.command("status").env("LANG", "zh_CN.UTF-8").output().expect("campus runs");
    assert!(Ran::of(out).out.starts_with("校园"));
    assert!(agent.run("status --lang zh").out.starts_with("校园"));
    let out =
        agent.command("status --lang en").env("LANG", "zh_CN.UTF-8").output().expect("campus runs");
    assert!(Ran::of(out).out.starts_with("campus"));
}

#[test]
fn without_an_agent_the_places_and_the_way_out_are_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = campus("status").env("XDG_RUNTIME_DIR", folder.path()).output().expect("campus runs");
    let ran = Ran::of(out);
    let own = folder.path().join("campus/agent.sock");
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains(&format!("{}: not there", own.display())), "{}", ran.err);
    assert!(ran.err.contains("hint: for a look around, `campus demo`"), "{}", ran.err);
}

#[test]
fn the_agent_named_by_option_or_environment_is_the_only_one_asked() {
    let agent = agent();
    let by_name = campus("room list --json")
        .env("CAMPUS_AGENT", agent.socket())
        .output()
        .expect("campus runs");
    assert_eq!(Ran::of(by_name).code, Some(0));
    let ran = Ran::of(campus("status --agent /nowhere/x.sock").output().expect("campus runs"));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.starts_with("error: no agent answers at `/nowhere/x.sock`: not there\n"),
        "{}",
        ran.err
    );
}

#[test]
fn an_agent_that_speaks_nonsense_is_an_error() {
    let agent =
        FakeAgent::new(vec![(STATUS, 200, "[]".to_owned()), (ROOMS, 500, "oops".to_owned())]);
    for line in ["status", "room list"] {
        let ran = agent.run(line);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{line}");
        assert!(ran.err.contains("is not an agent this program understands"), "{}", ran.err);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_not_a_fault() {
    let ran = Ran::of(campus("config check /nowhere/campus.toml").output().expect("campus runs"));
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.err,
        "error: cannot read `/nowhere/campus.toml`: not there\n\nhint: look at the path, or name the file that is meant\n"
    );
}

/// Checks a configuration of this text; answers how `campus` ended.
fn config_check(text: &str, option: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("campus.toml"), text).expect("a file");
    let mut command = campus("config check campus.toml");
    command.args(option.split_whitespace()).current_dir(folder.path());
    Ran::of(command.output().expect("campus runs"))
}

const GOOD: &str = r#"
[campus]
id = "demo"
name = "Demo school"
time_zone = "Asia/Shanghai"
[broker]
url = "mqtt://127.0.0.1:1883"
[store]
path = "campus.db"
[timetable]
days = ["mon", "tue", "wed", "thu", "fri"]
open = "07:00-18:00"
lessons = ["08:00-08:45"]
[[room]]
id = "science/101"
name = "Physics 1"
[[room.zone]]
id = "window"
[[node]]
id = "sci-101"
room = "science/101"
"#;

#[test]
fn a_good_configuration_is_exit_code_0() {
    let ran = config_check(GOOD, "");
    let out = "campus.toml: 1 room, nothing wrong\n";
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), out, ""));
}

#[test]
fn a_configuration_with_faults_is_exit_code_1_and_says_where() {
    let text = GOOD.replace("name = \"Physics 1\"", "nmae = \"Physics 1\"");
    let ran = config_check(&text, "");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert!(ran.out.contains("nmae") && ran.out.contains("campus.toml:16:1"), "{}", ran.out);
    let ran = config_check(&text, "--json");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let verdict: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(
        (&verdict["faults"][0]["line"], &verdict["faults"][0]["column"]),
        (&16.into(), &1.into())
    );
}

#[test]
fn an_agent_with_a_faulty_configuration_does_not_start() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("campus.toml"), "[campus]\nid = 3\n").expect("a file");
    let mut command = campus("agent --config campus.toml");
    let ran = Ran::of(command.current_dir(folder.path()).output().expect("campus runs"));
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("campus.toml:2:"), "{}", ran.err);
}

fn told(state: &str, why: Option<&str>) -> String {
    let mut told = serde_json::json!({
        "node": "sci-101", "command": "identify", "id": "c7", "state": state, "took_ms": 12,
    });
    if let Some(why) = why {
        told["why"] = why.into();
    }
    told.to_string()
}

#[test]
fn a_node_blinks_for_as_long_as_asked_and_says_so() {
    let identify = "POST /v1/nodes/sci-101/identify";
    let restart = "POST /v1/nodes/sci-101/restart";
    let agent = FakeAgent::new(vec![
        ("GET /v1/nodes", 200, body("nodes")),
        (identify, 200, told("done", None)),
        (restart, 200, told("done", None)),
    ]);
    let ran = agent.run("node identify sci-101 --for 30s");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "`sci-101` blinks\n", ""));
    assert_eq!(agent.asked(), ["GET /v1/nodes", &format!("{identify} {{\"for_s\":30}}")]);
    let ran = agent.run("node restart sci-101 --json");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.contains("\"state\""), "{}", ran.out);
    let ran = agent.run("node identify sci-101 --for 3m");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("a node blinks for 1s to 120s"), "{}", ran.err);
}

#[test]
fn a_node_that_does_not_answer_is_exit_code_1_and_a_gateway_is_an_error() {
    let identify = "POST /v1/nodes/sci-101/identify";
    let run = |code, answer| {
        let agent =
            FakeAgent::new(vec![("GET /v1/nodes", 200, body("nodes")), (identify, code, answer)]);
        let ran = agent.run("node identify sci-101");
        (ran.code, ran.out, ran.err)
    };
    let (code, out, err) = run(200, told("no_answer", None));
    assert_eq!((code, err.as_str()), (Some(1), ""));
    assert!(out.starts_with("`sci-101` did not answer within 5 s"), "{out}");
    assert!(out.contains("\n\nhint: is it there?"), "{out}");
    let (code, out, _) = run(200, told("refused", Some("bad_value")));
    assert_eq!(code, Some(1));
    assert!(out.starts_with("`sci-101` refused: bad_value\n"), "{out}");
    let (code, _, err) = run(422, problem("not_a_node", "sci-101", &[]));
    assert_eq!(code, Some(2));
    assert!(err.starts_with("error: `sci-101` is a gateway"), "{err}");
}
