//! A real Mosquitto: what the agent decided is explained later, for moments before and after a restart,
//! by the configuration of then.

use crate::CAMPUS;
use serde_json::{Value, json};
use std::process::Command;
use system_tests::campus::Agent;
use system_tests::mosquitto::Mosquitto;
use system_tests::wait;

fn publish(broker: &Mosquitto, seq: u32, readings: &str) {
    let port = broker.port().to_string();
    let frame = format!(r#"{{"v":1,"boot":1,"seq":{seq},"up":{}000,"r":{readings}}}"#, seq * 5);
    let topic = "campus/v1/test/node/sci-101/up/frame";
    let args = ["-h", "127.0.0.1", "-p", &port, "-q", "1", "-t", topic, "-m", &frame];
    let status = Command::new("mosquitto_pub").args(args).status().expect("mosquitto_pub");
    assert!(status.success(), "mosquitto_pub");
}

/// A moment as people may type it.
fn typed(at_ms: i64) -> String {
    let seconds = format!("@{}.{:03}", at_ms / 1000, at_ms % 1000);
    let output = Command::new("date").args(["-u", "-d", &seconds, "+%FT%T.%3NZ"]).output();
    String::from_utf8_lossy(&output.expect("date").stdout).trim().to_owned()
}

fn now_ms(agent: &Agent) -> i64 {
    agent.json(&["status"])["now_ms"].as_i64().expect("a time")
}

fn committed(agent: &Agent, frames: u64) {
    wait::until_true("the frames are committed", || {
        agent.json(&["status"])["store"]["frames_committed"] == json!(frames)
    });
}

/// What does not move with the second in which it is asked: levels, who won, who lost, what was known.
fn essence(explanation: &Value) -> Value {
    let asked = |request: &Value| json!([request["reason"], request["kind"], request["level_pct"]]);
    let zones = explanation["room"]["zones"].as_array().expect("zones");
    let zones = zones.iter().map(|zone| {
        let losers = zone["losers"].as_array().expect("losers");
        let losers: Vec<Value> = losers.iter().map(asked).collect();
        json!([zone["id"], zone["level_pct"], zone["since_ms"], asked(&zone["winner"]), losers])
    });
    let zones: Vec<Value> = zones.collect();
    json!([explanation["room"]["occupancy"], zones, explanation["inputs"], explanation["changes"]])
}

#[test]
fn the_past_is_explained_as_it_was_before_and_after_a_restart() {
    let broker = Mosquitto::start("past", "max_inflight_messages 1000");
    let mut agent = Agent::start("past", &broker.url(), CAMPUS);
    let explain = |agent: &Agent, at_ms: Option<i64>| match at_ms {
        None => agent.json(&["room", "explain", "science/101"]),
        Some(at) => agent.json(&["room", "explain", "science/101", "--at", &typed(at)]),
    };
    publish(&broker, 1, r#"{"motion":0,"illuminance_lx":50,"level_pct.window":0}"#);
    committed(&agent, 1);
    let (empty, empty_at) = (explain(&agent, None), now_ms(&agent));
    publish(&broker, 2, r#"{"motion":1,"illuminance_lx":50,"level_pct.window":0}"#);
    committed(&agent, 2);
    let (lit, lit_at) = (explain(&agent, None), now_ms(&agent));
    assert_ne!(essence(&empty), essence(&lit), "somebody came");

    // The agent stops with a checkpoint, and starts with another configuration.
    agent.stop();
    let other = CAMPUS.replace("[[room.zone]]\nid = \"inner\"\n", "");
    assert_ne!(other, CAMPUS);
    agent.configure(&broker.url(), &other);
    agent.again();
    publish(&broker, 3, r#"{"motion":1,"illuminance_lx":60,"level_pct.window":50}"#);
    committed(&agent, 1);
    agent.ask(&["room", "set", "science/101", "--level", "20", "--for", "10m"]);
    let (held, held_at) = (explain(&agent, None), now_ms(&agent));
    assert_eq!(held["room"]["zones"].as_array().map(Vec::len), Some(1), "{held}");

    let check = |now: &Value, at_ms: i64, configuration: &str| {
        let then = explain(&agent, Some(at_ms));
        assert_eq!(essence(&then), essence(now), "at {at_ms}: {then}");
        assert_eq!(then["past"]["configuration"], json!(configuration), "{then}");
        assert_eq!(then["past"]["damaged"], json!(0), "{then}");
        assert_eq!(then["past"].get("deaf_from_ms"), None, "{then}");
    };
    check(&empty, empty_at, "then");
    check(&lit, lit_at, "then");
    check(&held, held_at, "same");

    // While nobody listened: how it was left, and that it says so.
    let started = agent.json(&["status"])["started_ms"].as_i64().expect("a time");
    let deaf = explain(&agent, Some(started - 1));
    assert_eq!(deaf["past"]["deaf_to_ms"].as_i64(), Some(started), "{deaf}");
    let levels = |of: &Value| of["room"]["zones"][0]["level_pct"].clone();
    assert_eq!(levels(&deaf), levels(&lit), "as it was left: {deaf}");
    let text = agent.ask(&["room", "explain", "science/101", "--at", &typed(started - 1)]);
    assert!(text.out.contains("did not listen"), "{text:?}");
    assert!(text.out.contains("configuration of then"), "{text:?}");

    // Told again, the log decides what was decided live; and other settings decide otherwise.
    let since = typed(empty_at);
    let trial = agent.json(&["rule", "replay", "--since", &since]);
    assert_eq!((&trial["same"], &trial["by_today"]), (&json!(true), &json!(false)), "{trial}");
    assert!(trial["recorded"].as_u64() > Some(2), "{trial}");
    let since = typed(held_at - 1);
    let same = agent.json(&["rule", "replay", "--since", &since]);
    assert_eq!(same["rooms"][0]["today"], same["rooms"][0]["candidate"], "{same}");
    let dim = agent.folder().join("dim.toml");
    let text = std::fs::read_to_string(agent.config()).expect("its configuration");
    std::fs::write(&dim, format!("{text}\n[lighting]\nauto_pct = 10\n")).expect("a file");
    let dim = dim.to_str().expect("a path of plain letters");
    let dimmed = agent.json(&["rule", "replay", "--since", &typed(empty_at), "--config", dim]);
    assert!(dimmed["rooms"][0]["moments_total"].as_u64() > Some(0), "{dimmed}");
    let page = agent.ask(&["rule", "replay", "--since", &since, "--config", dim, "--html", "-"]);
    assert!(page.out.starts_with("<!DOCTYPE html>") && !page.out.contains("<script"), "{page:?}");

    let early = agent.ask(&["room", "explain", "science/101", "--at", "2020-01-01"]);
    assert_eq!(early.code, 2, "{early:?}");
    assert!(early.err.contains("the past is kept from"), "{early:?}");
    let late = agent.ask(&["room", "explain", "science/101", "--at", "2099-01-01"]);
    assert!(late.code == 2 && late.err.contains("still to come"), "{late:?}");
}
