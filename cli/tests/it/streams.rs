//! Pipes, colours, and what goes on for long.

use crate::fake_agent::{FakeAgent, Ran, body};
use std::io::Read;
use std::process::Stdio;

fn snapshot(change: impl Fn(&mut serde_json::Value)) -> String {
    let parse = |name| serde_json::from_str::<serde_json::Value>(&body(name)).expect("a body");
    let mut snapshot = serde_json::json!({"status": parse("status_well"), "rooms": parse("rooms")});
    change(&mut snapshot);
    format!("{snapshot}\n")
}

/// Two snapshots, then the agent goes away.
fn watched() -> FakeAgent {
    let second = snapshot(|snapshot| {
        snapshot["rooms"][2]["occupancy"] = "occupied".into();
        snapshot["rooms"][2]["zones"][0]["level_pct"] = 50.into();
        snapshot["rooms"][2]["zones"][0]["winner"] =
            snapshot["rooms"][0]["zones"][1]["winner"].clone();
    });
    FakeAgent::new(vec![("GET /v1/watch", 200, snapshot(|_| {}) + &second)])
}

#[test]
fn watch_in_a_pipe_is_one_line_per_happening() {
    let agent = watched();
    let mut child = agent
        .command("watch")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("campus runs");
    let mut out = child.stdout.take().expect("a pipe");
    let wanted = "17:31:00  library/7  occupied\n\
                  17:46:00  library/7  window 0 % → 50 %   lesson: 300 lx needed, daylight gives 120 lx\n";
    let mut text = vec![0; wanted.len()];
    out.read_exact(&mut text).expect("two lines");
    assert_eq!(String::from_utf8_lossy(&text), wanted);
    // It waits for the agent to come back until somebody ends it.
    child.kill().expect("it still runs");
    child.wait().expect("it ended");
}

#[test]
fn watch_as_json_is_every_line_as_it_came_until_the_agent_ends() {
    let ran = watched().run("watch --json");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.out.lines().count(), 2);
    assert_eq!(format!("{}\n", ran.out.lines().next().unwrap_or_default()), snapshot(|_| {}));
}

#[test]
fn an_interrupted_watch_has_done_what_it_should() {
    let agent = watched();
    let mut child = agent
        .command("watch")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("campus runs");
    let mut out = child.stdout.take().expect("a pipe");
    // Signals are heard once the first line is there.
    out.read_exact(&mut [0]).expect("a line");
    let id = child.id().to_string();
    let ended = std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill runs");
    assert!(ended.success());
    assert_eq!(child.wait().expect("it ended").code(), Some(0));
}

#[test]
fn a_reader_who_goes_away_is_no_error() {
    let agent = FakeAgent::new(vec![
        ("GET /v1/status", 200, body("status")),
        ("GET /v1/rooms", 200, body("rooms")),
    ]);
    for line in ["room list", "room list --json", "completions zsh"] {
        let mut command = agent.command(line);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("campus runs");
        drop(child.stdout.take());
        let ran = Ran::of(child.wait_with_output().expect("it ended"));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{line}");
    }
}

#[test]
fn a_pipe_gets_no_colours() {
    let agent = FakeAgent::new(vec![("GET /v1/status", 200, body("status"))]);
    assert!(!agent.run("status").out.contains('\u{1b}'));
    assert!(!agent.run("room show x").err.contains('\u{1b}'));
}

/// `campus status` on a terminal that `script` pretends.
fn on_a_terminal(variable: Option<(&str, &str)>, option: &str) -> String {
    let agent = FakeAgent::new(vec![("GET /v1/status", 200, body("status"))]);
    let line = format!(
        "{} status --agent {} {option}",
        env!("CARGO_BIN_EXE_campus"),
        agent.socket().display()
    );
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm").env_remove("NO_COLOR");
    script.env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    script.envs(variable);
    let ran =
        Ran::of(script.output().expect("`script` of util-linux, which every Linux has, runs"));
    assert!(ran.out.contains("Demo school"), "{}{}", ran.out, ran.err);
    ran.out
}

#[test]
fn a_terminal_gets_colours_unless_no_color_says_otherwise() {
    assert!(on_a_terminal(None, "").contains('\u{1b}'));
    assert!(on_a_terminal(Some(("NO_COLOR", "")), "").contains('\u{1b}'));
    assert!(!on_a_terminal(Some(("NO_COLOR", "1")), "").contains('\u{1b}'));
    assert!(!on_a_terminal(None, "--no-color").contains('\u{1b}'));
}
