//! Meters and profiles: what is asked, what is answered, how it exits.

use crate::fake_agent::{FakeAgent, Ran, body, campus, problem};

const STATUS: &str = "GET /v1/status";

fn agent() -> FakeAgent {
    FakeAgent::new(vec![
        (STATUS, 200, body("status_well")),
        ("GET /v1/meters", 200, body("meters")),
        ("GET /v1/buses", 200, body("buses")),
        ("POST /v1/meters/read", 200, body("meter_read")),
        ("POST /v1/meters/replace", 200, body("replaced")),
        ("POST /v1/buses/probe", 200, body("probe")),
    ])
}

/// The names in the first column.
fn names(text: &str) -> Vec<&str> {
    let rows = text.lines().skip(1).take_while(|line| !line.is_empty());
    rows.filter_map(|line| line.split_whitespace().next()).collect()
}

#[test]
fn meters_can_be_listed_of_a_place_a_node_and_a_bus() {
    let check = |of: &str, wanted: &[&str]| {
        let ran = agent().run(&format!("meter list --of {of}"));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{of}");
        assert_eq!(names(&ran.out), wanted, "{of}\n{}", ran.out);
    };
    check("science", &["science-mains", "science-lab", "sci-101/window"]);
    check("science/204", &["science-lab"]);
    check("sci-101", &["sci-101/window"]);
    check("rs485-2", &["science-lab", "new-wing", "spare"]);
    let ran = agent().run("meter list --of scince");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("did you mean `science`?"), "{}", ran.err);
}

#[test]
fn a_filtered_list_as_json_keeps_what_the_agent_said() {
    let ran = agent().run("meter list --of gym --json");
    let shown: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let all: serde_json::Value = serde_json::from_str(&body("meters")).expect("JSON");
    assert_eq!(shown, serde_json::json!([all[0], all[3]]));
}

#[test]
fn a_meter_is_read_and_replaced_by_its_name() {
    let agent = agent();
    let ran = agent.run("meter read gym-mains");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("12,345.678  kWh"), "{}", ran.out);
    let line =
        "meter replace science-mains --old-final 987654.321 --new-initial 0.5 --why due --by li";
    let ran = agent.run(line);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let asked = agent.asked().into_iter().find(|asked| asked.contains("replace")).expect("asked");
    let (_, asked) =
        asked.split_once(' ').and_then(|(_, rest)| rest.split_once(' ')).expect("a body");
    let asked: serde_json::Value = serde_json::from_str(asked).expect("JSON");
    let wanted = serde_json::json!({
        "meter": "science-mains", "at_ms": null, "old_final_wh": 987_654_321, "new_first_wh": 500,
        "by": "li", "why": "due",
    });
    assert_eq!(asked, wanted);
    let ran = agent.run("meter read gym-manis");
    assert_eq!(ran.err, "error: no meter `gym-manis`\n\nhint: did you mean `gym-mains`?\n");
}

#[test]
fn the_account_behind_sudo_says_who_replaced_a_meter() {
    let agent = agent();
    let mut command = agent.command("meter replace gym-mains --new-initial 0 --why due");
    command.env("SUDO_USER", "wang").env("USER", "root");
    assert_eq!(Ran::of(command.output().expect("campus runs")).code, Some(0));
    assert!(agent.asked().iter().any(|asked| asked.contains("\"by\":\"wang\"")));
    let mut command = agent.command("meter replace gym-mains --new-initial 0 --why due");
    command.env_remove("SUDO_USER").env_remove("USER");
    let ran = Ran::of(command.output().expect("campus runs"));
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("hint: add `--by NAME`"), "{}", ran.err);
}

#[test]
fn a_probe_on_a_bus_of_the_agent_is_asked_with_what_the_nameplate_says() {
    let agent = agent();
    let ran = agent.run("meter probe --bus rs485-1 --address 3-4 --kwh 12345.678 --model SDM120");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("[[meter]]\n") && ran.out.contains("bus = \"rs485-1\"\n"));
    let asked = agent.asked().into_iter().find(|asked| asked.contains("probe")).expect("asked");
    let wanted = r#"{"bus":"rs485-1","addresses":["3","4"],"profiles":[],"model":"SDM120","kwh":12345.678,"volts":null}"#;
    assert!(asked.ends_with(wanted), "{asked}");
    let ran = agent.run("meter probe --bus rs485-1 --address 000012345678");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let asked = agent.asked().into_iter().any(|asked| asked.contains("[\"000012345678\"]"));
    assert!(asked, "a DL/T 645 meter is asked for by its digits");
    let ran = agent.run("meter probe --bus rs485-1 --address 999");
    assert_eq!(ran.code, Some(2));
    let none = FakeAgent::new(vec![
        (STATUS, 200, body("status_well")),
        ("POST /v1/buses/probe", 200, body("probe_none")),
    ]);
    assert_eq!(none.run("meter probe --bus rs485-1").code, Some(1));
    let away = FakeAgent::new(vec![
        (STATUS, 200, body("status_well")),
        ("POST /v1/buses/probe", 404, problem("no_such_bus", "rs485", &["rs485-1"])),
    ]);
    let ran = away.run("meter probe --bus rs485");
    assert_eq!(ran.err, "error: no bus `rs485`\n\nhint: did you mean `rs485-1`?\n");
}

#[test]
fn a_bench_that_is_not_there_is_said_with_its_line() {
    // A port of this computer that nobody listens on: it was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let line = format!("meter probe --tcp 127.0.0.1:{port} --address 1");
    let ran = Ran::of(campus(&line).output().expect("campus runs"));
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains(&format!("tcp://127.0.0.1:{port}")), "{}", ran.err);
}

#[test]
fn profiles_need_no_agent() {
    let ran = Ran::of(campus("profile list").output().expect("campus runs"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(names(&ran.out).contains(&"eastron-sdm120"), "{}", ran.out);
    let ran = Ran::of(campus("profile show eastron-smd120").output().expect("campus runs"));
    assert_eq!(
        ran.err,
        "error: no profile `eastron-smd120`\n\nhint: did you mean `eastron-sdm120`?\n"
    );
    let ran = Ran::of(campus("profile check --all").output().expect("campus runs"));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let listed = Ran::of(campus("profile list --json").output().expect("campus runs"));
    let listed: Vec<serde_json::Value> = serde_json::from_str(&listed.out).expect("JSON");
    assert_eq!(ran.out.lines().count(), listed.len());
}

#[test]
fn a_profile_with_a_fault_is_exit_code_1_and_says_where() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("x.toml"), "id = \"x\"\nkind = \"metre\"\n").expect("a file");
    let mut command = campus("profile check x.toml");
    let ran = Ran::of(command.current_dir(folder.path()).output().expect("campus runs"));
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert!(ran.out.contains("x.toml:2:"), "{}", ran.out);
    let mut command = campus("profile check x.toml --json");
    let ran = Ran::of(command.current_dir(folder.path()).output().expect("campus runs"));
    let verdicts: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let lines =
        verdicts[0]["faults"].as_array().expect("faults").iter().map(|fault| &fault["line"]);
    assert!(ran.code == Some(1) && lines.into_iter().any(|line| line == 2), "{}", ran.out);
    let ran = Ran::of(campus("profile check /nowhere/x.toml").output().expect("campus runs"));
    assert_eq!(ran.code, Some(2), "{}", ran.out);
}
