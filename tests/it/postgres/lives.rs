//! A person begins a new incarnation, and a request to send again outlives `kill -9`.

use super::district::District;
use crate::CAMPUS;
use crate::history::{Past, now_ms, utc};
use serde_json::json;
use std::time::Duration;
use system_tests::campus::{Agent, run};
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::Client;
use system_tests::wait;

const PATIENCE: Duration = Duration::from_secs(120);
const MINUTE_MS: i64 = 60_000;

/// Minutes of a node's frames, two hours in all.
fn publish(broker: &Mosquitto, past: &Past, minutes: std::ops::Range<usize>) {
    let mut client = Client::connect(broker.port(), "past").expect("a broker");
    for at in minutes {
        let payload = past.payload(at, 0);
        client.publish_acked(&past.topic("up/frame"), payload.as_bytes()).expect("published");
    }
}

#[test]
fn a_person_begins_a_new_incarnation_and_what_was_asked_for_again_outlives_a_kill() {
    let mut district = District::start("lives", 1);
    let broker = Mosquitto::start("lives", "max_inflight_messages 1000");
    let config = format!(
        "{CAMPUS}\n[[hub]]\nid = \"district\"\nurl = \"http://127.0.0.1:{}\"\nkey_file = \"hub.key\"\n\n\
         [outbox]\ngrace_s = 0\n",
        district.balancer.port()
    );
    let mut agent = Agent::prepared("lives", &broker.url(), &config);
    let key = run(&["hub", "key", &agent.folder().join("hub.key").display().to_string()]);
    district.admit_key("test", key.out.trim());
    agent.again();
    let to = now_ms() / MINUTE_MS * MINUTE_MS;
    let past = Past::new("sci-101", to - 120 * MINUTE_MS, to, MINUTE_MS);
    publish(&broker, &past, 0..60);
    let all_there = |agent: &Agent, more_than: u64| {
        wait::until("the hub has everything", PATIENCE, || {
            let status = agent.ask(&["hub", "status", "--json"]).json();
            let hub = &status["hubs"][0];
            let rows = district_rows(&status);
            (hub["standing"] == "idle" && hub["waiting"] == 0 && rows > more_than).then_some(rows)
        })
    };
    let first = all_there(&agent, 0);

    // It wants to be asked, and there is nobody who answers.
    let why = ["hub", "incarnation", "new", "--why", "cloned for the annexe", "--by", "Li Wei"];
    let before = agent.json(&["hub", "incarnation", "list"]);
    assert_ne!(agent.ask(&why).code, 0);
    assert_eq!(agent.json(&["hub", "incarnation", "list"]), before);
    let begun = agent.json(&[&why[..], &["--yes"]].concat());
    let lives = agent.json(&["hub", "incarnation", "list"]);
    assert_eq!(lives.as_array().map(Vec::len), Some(2), "{lives}");
    assert_eq!(lives[1]["incarnation"], begun["incarnation"]);
    let said = (&lives[1]["why"], &lives[1]["by"], &lives[1]["reason"]);
    assert_eq!(said, (&json!("person"), &json!("Li Wei"), &json!("cloned for the annexe")));
    publish(&broker, &past, 60..120);
    all_there(&agent, 0);
    let held = |district: &District| district.count("select count(*) from incarnation");
    assert_eq!(held(&district), 2);

    // The hub is away, somebody asks for everything, and the agent is killed.
    district.kill(0);
    let asked = agent.ask(&["hub", "resend", "--since", &utc(to - 180 * MINUTE_MS), "--json"]);
    let rows = asked.json()["rows"].as_u64().expect("a number");
    assert!(asked.code == 0 && rows > first, "{asked:?}");
    agent.kill();
    agent.again();
    let waits = agent.json(&["hub", "gaps"])[0]["resends"].clone();
    assert_eq!((waits.as_array().map(Vec::len), &waits[0]["left"]), (Some(1), &json!(rows)));
    district.again(0);
    wait::until("it went", PATIENCE, || {
        let gaps = agent.json(&["hub", "gaps"]);
        (gaps[0]["resends"] == json!([]) && gaps[0]["missing"] == json!([])).then_some(())
    });
    let sent = agent.json(&["hub", "status"])["hubs"][0]["rows"].as_u64().expect("a number");
    assert!(sent >= rows, "{sent} of {rows} went again");
    // Once: another start sends nothing of it.
    agent.kill();
    agent.again();
    wait::until("the hub is asked what it holds", PATIENCE, || {
        let status = agent.ask(&["hub", "status", "--json"]).json();
        (status["hubs"][0]["standing"] == "idle").then_some(())
    });
    let again = agent.json(&["hub", "status"])["hubs"][0]["rows"].as_u64().expect("a number");
    assert!(again < rows, "{again} rows went at another start");
    let found = district.verify();
    assert_eq!((found.lost, found.wrong, district.count("select count(*) from fork")), (0, 0, 0));
}

fn district_rows(status: &serde_json::Value) -> u64 {
    status["hubs"][0]["watermark"].as_u64().unwrap_or(0)
}
