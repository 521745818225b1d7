//! What nodes are told beside lamps, with Mosquitto's own clients as the node: settings and commands.

use crate::CAMPUS;
use serde_json::{Value, json};
use std::time::Duration;
use system_tests::campus::Agent;
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::Client;
use system_tests::wait;

const NODE: &str = "campus/v1/test/node/sci-101";
const PATIENCE: Duration = Duration::from_secs(20);

fn publish(broker: &Mosquitto, topic: &str, payload: &str) {
    let port = broker.port().to_string();
    let topic = format!("{NODE}/{topic}");
    let args = ["-h", "127.0.0.1", "-p", &port, "-q", "1", "-t", &topic, "-m", payload];
    let status = std::process::Command::new("mosquitto_pub").args(args).status();
    assert!(status.expect("mosquitto_pub").success(), "{topic}");
}

/// The next payload of a subscriber that `fits`.
fn heard(client: &mut Client, fits: impl Fn(&Value) -> bool) -> Value {
    wait::until("a message to the node", PATIENCE, || {
        let message = client.next(Duration::from_secs(1)).expect("connected")?;
        let payload = serde_json::from_slice(&message.payload).expect("JSON");
        fits(&payload).then_some(payload)
    })
}

fn listen(broker: &Mosquitto, name: &str, topic: &str) -> Client {
    let mut client = Client::connect(broker.port(), name).expect("a subscriber");
    client.subscribe(&format!("{NODE}/{topic}")).expect("granted");
    client
}

fn settings_state(agent: &Agent) -> Value {
    agent.json(&["node", "show", "sci-101"])["settings"]["state"].clone()
}

#[test]
fn settings_are_sent_confirmed_and_raised_when_the_configuration_changes() {
    let broker = Mosquitto::start("settings", "");
    let with = |keys: &str| {
        CAMPUS
            .replace("[[node]]\nid = \"sci-101\"\n", &format!("[[node]]\nid = \"sci-101\"\n{keys}"))
    };
    let mut agent = Agent::start("settings", &broker.url(), &with("power_on = 30\n"));
    let mut node = listen(&broker, "node", "down/settings");
    let first = heard(&mut node, |_| true);
    assert_eq!((&first["power_on"], &first["power_on_pct"]), (&json!("level"), &json!(30)));
    let version = first["ver"].as_u64().expect("a version");
    publish(
        &broker,
        "up/hello",
        r#"{"v":1,"boot":3,"online":true,"reset":"panic","panic":"main.rs:31: overflow","mode":"core"}"#,
    );
    wait::until_true("sent", || settings_state(&agent) == json!("sent"));
    let needs = agent.json(&["status"])["needs"].to_string();
    assert!(needs.contains("node_core") && needs.contains("main.rs:31: overflow"), "{needs}");
    publish(
        &broker,
        "up/result",
        r#"{"v":1,"boot":3,"what":"settings","ok":false,"why":"bad_value","ver":0}"#,
    );
    wait::until_true("refused", || settings_state(&agent) == json!("refused"));
    publish(
        &broker,
        "up/result",
        &format!(r#"{{"v":1,"boot":3,"what":"settings","ok":true,"ver":{version}}}"#),
    );
    wait::until_true("in force", || settings_state(&agent) == json!("in_force"));

    agent.stop();
    agent.configure(&broker.url(), &with("power_on = \"daylight\"\n"));
    agent.again();
    let second = heard(&mut node, |said| said["power_on"] == json!("daylight"));
    assert!(second["ver"].as_u64() > Some(version), "{second}");
    assert_eq!(settings_state(&agent), json!("sent"), "the log tells what is in force");
    agent.stop();
    agent.again();
    let again = heard(&mut node, |said| said["power_on"] == json!("daylight"));
    assert_eq!(again["ver"], second["ver"], "the same content keeps its version");
}

#[test]
fn a_command_is_answered_by_the_node_or_said_to_have_no_answer() {
    let broker = Mosquitto::start("command", "");
    let agent = Agent::start("command", &broker.url(), CAMPUS);
    let mut node = listen(&broker, "node", "down/command");
    publish(&broker, "up/hello", r#"{"v":1,"boot":3,"online":true}"#);
    wait::until_true("heard", || agent.json(&["node", "show", "sci-101"])["boot"] == json!(3));
    let told = std::thread::scope(|scope| {
        let asked = scope.spawn(|| agent.json(&["node", "identify", "sci-101", "--for", "30s"]));
        let first = heard(&mut node, |_| true);
        assert_eq!((&first["do"], &first["for_ms"]), (&json!("identify"), &json!(30_000)));
        let (id, n) = (first["id"].as_str().expect("a name"), first["n"].as_u64().expect("n"));
        // It has done a later one already: the agent says it again, above that.
        let old = format!(
            r#"{{"v":1,"boot":3,"what":"command","id":"{id}","ok":false,"why":"old","n":{}}}"#,
            n + 90_000
        );
        publish(&broker, "up/result", &old);
        let second = heard(&mut node, |_| true);
        assert_eq!(second["n"], json!(n + 90_001));
        let id = second["id"].as_str().expect("a name");
        let done = format!(
            r#"{{"v":1,"boot":3,"what":"command","id":"{id}","ok":true,"n":{}}}"#,
            n + 90_001
        );
        publish(&broker, "up/result", &done);
        asked.join().expect("an answer")
    });
    assert_eq!(told["state"], json!("done"), "{told}");
    let none = agent.ask(&["node", "restart", "sci-101"]);
    assert!(none.out.contains("did not answer within 5 s"), "{none:?}");
    assert_eq!(none.code, 1, "{none:?}");
}
