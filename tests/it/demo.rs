//! The demo as a newcomer runs it, and as a second terminal sees it.

use serde_json::json;
use std::process::Command;
use std::time::Duration;
use system_tests::campus::{program, run, said};
use system_tests::child::Running;
use system_tests::mosquitto::Mosquitto;
use system_tests::place::Place;
use system_tests::wait;

#[test]
fn half_an_hour_of_a_school_runs_in_seconds_and_adds_up() {
    let place = Place::new("demo");
    let mut demo = Command::new(program());
    demo.args(["demo", "--for", "15s", "--speed", "120", "--rooms", "6", "--seed", "7", "--plain"]);
    demo.env("XDG_RUNTIME_DIR", place.path()).env("LC_ALL", "C").env("NO_COLOR", "1");
    let said = said(demo.output().expect("the demo runs"));
    assert_eq!(said.code, 0, "{said:?}");
    for word in ["occupied", "left", "Every watt-hour is accounted for."] {
        assert!(said.out.contains(word), "no {word:?} in {}", said.out);
    }
}

#[test]
fn a_second_terminal_finds_the_demo_and_steers_a_room() {
    let place = Place::new("second");
    let mut demo = Command::new(program());
    demo.args(["demo", "--for", "5m", "--speed", "60", "--rooms", "4", "--plain"]);
    demo.env("XDG_RUNTIME_DIR", place.path());
    let demo = Running::start(demo, &place.path().join("demo.log"));
    let ask = |args: &[&str]| {
        let mut command = Command::new(program());
        command
            .args(args)
            .env("XDG_RUNTIME_DIR", place.path())
            .env("LC_ALL", "C")
            .env("NO_COLOR", "1");
        said(command.output().expect("campus runs"))
    };
    wait::until("a room that is heard", Duration::from_secs(60), || {
        let rooms = ask(&["room", "list", "--json"]);
        (rooms.code == 0 && rooms.json()[0]["last_heard_ms"].is_i64()).then_some(())
    });
    let room = ask(&["room", "list", "--json"]).json()[0]["id"].as_str().expect("an id").to_owned();
    // One minute of the campus is one second here.
    let set = ask(&["room", "set", &room, "--level", "40", "--for", "10m"]);
    assert_eq!(set.code, 0, "{set:?}");
    let zone = |key: &str| ask(&["room", "show", &room, "--json"]).json()["zones"][0][key].clone();
    wait::until_true("the lamp itself is at 40 %", || zone("actual_pct") == json!(40));
    let why = ask(&["room", "explain", &room]);
    assert!(why.out.contains("40 %"), "{why:?}");
    wait::until("the wish has ended", Duration::from_secs(60), || {
        (zone("winner")["reason"] != json!("override")).then_some(())
    });
    let set = ask(&["room", "set", &room, "--level", "30", "--for", "2h"]);
    assert_eq!(set.code, 0, "{set:?}");
    assert_eq!(zone("winner")["reason"], json!("override"));
    assert_eq!(ask(&["room", "auto", &room]).code, 0);
    assert_ne!(zone("winner")["reason"], json!("override"));
    drop(demo);
}

#[test]
fn the_demo_survives_a_broker_that_is_restarted_without_its_sessions() {
    let mut broker = Mosquitto::start("demo-broker", "max_inflight_messages 1000");
    let place = Place::new("demo-restart");
    let mut demo = Command::new(program());
    demo.args([
        "demo",
        "--for",
        "25s",
        "--speed",
        "60",
        "--rooms",
        "4",
        "--plain",
        "--broker",
        &broker.url(),
    ]);
    demo.env("XDG_RUNTIME_DIR", place.path()).env("LC_ALL", "C");
    let mut demo = Running::start(demo, &place.path().join("demo.log"));
    let connected = || {
        let mut command = Command::new(program());
        command.args(["status", "--json"]).env("XDG_RUNTIME_DIR", place.path());
        let said = said(command.output().expect("campus runs"));
        said.code != 2 && said.json()["nodes"]["heard"].as_u64() > Some(0)
    };
    wait::until_true("nodes are heard", connected);
    broker.kill();
    std::thread::sleep(Duration::from_secs(3));
    broker.again();
    let end = wait::until("the demo ends", Duration::from_secs(90), || demo.ended());
    assert_eq!(end.code(), Some(0), "{}", demo.log());
    assert!(demo.log().contains("Every watt-hour is accounted for."), "{}", demo.log());
}

#[test]
fn an_unknown_command_is_a_usage_error() {
    assert_eq!(run(&["rooom", "list"]).code, 2);
}
