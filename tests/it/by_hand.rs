//! A real Mosquitto, and its own command-line clients: input that the project did not write.

use crate::CAMPUS;
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use system_tests::campus::Agent;
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::Client;
use system_tests::wait;

const WINDOW: &str = "max_inflight_messages 1000";

/// Publishes with `mosquitto_pub`, as `docs/integrate/mqtt.md` describes it.
fn mosquitto_pub(broker: &Mosquitto, topic: &str, payload: &str) {
    let port = broker.port().to_string();
    let args = ["-h", "127.0.0.1", "-p", &port, "-q", "1", "-t", topic, "-m", payload];
    let status = Command::new("mosquitto_pub").args(args).status().expect("mosquitto_pub");
    assert!(status.success(), "mosquitto_pub {topic}");
}

/// `mosquitto_sub` that prints one message and ends.
fn mosquitto_sub_one(broker: &Mosquitto, topic: &str) -> Child {
    let port = broker.port().to_string();
    let args = ["-h", "127.0.0.1", "-p", &port, "-q", "1", "-C", "1", "-W", "20", "-t", topic];
    let mut command = Command::new("mosquitto_sub");
    command.args(args).stdout(Stdio::piped()).spawn().expect("mosquitto_sub")
}

fn one_line(child: Child) -> Value {
    let output = child.wait_with_output().expect("mosquitto_sub ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"))
}

#[test]
fn a_frame_published_by_hand_is_shown_acknowledged_and_answered_with_light() {
    let broker = Mosquitto::start("by-hand", WINDOW);
    let agent = Agent::start("by-hand", &broker.url(), CAMPUS);
    let node = "campus/v1/test/node/sci-101";
    let hello = r#"{"v":1,"boot":1,"online":true,"firmware":"hand","board":"hand","profile":"classroom","reset":"power_on","channels":["window","inner"]}"#;
    mosquitto_pub(&broker, &format!("{node}/up/hello"), hello);
    let ack = mosquitto_sub_one(&broker, &format!("{node}/down/ack"));
    let frame = r#"{"v":1,"boot":1,"seq":1,"up":5000,"r":{"motion":1,"illuminance_lx":42,"energy_wh.window":1000}}"#;
    mosquitto_pub(&broker, &format!("{node}/up/frame"), frame);

    assert_eq!(one_line(ack), json!({"v": 1, "boot": 1, "seq": 1}));
    let status = agent.json(&["status"]);
    assert_eq!(status["store"]["frames_committed"], json!(1), "acknowledged, so it is committed");

    let room = agent.json(&["room", "show", "science/101"]);
    assert_eq!(room["occupancy"], json!("occupied"), "{room}");
    assert_eq!(room["readings"]["illuminance_lx"], json!(42.0), "{room}");
    let text = agent.ask(&["room", "show", "science/101"]);
    assert!(text.out.contains("occupied"), "{text:?}");

    // Retained, so that whoever comes later hears it.
    let desired = one_line(mosquitto_sub_one(&broker, &format!("{node}/down/desired")));
    let level = desired["lamps"]["window"]["level_pct"].as_u64().expect("a level");
    assert!(level > 0, "occupied and dark: {desired}");
    let state = wait::until("the room's retained state", Duration::from_secs(20), || {
        let state = one_line(mosquitto_sub_one(&broker, "campus/v1/test/room/science/101"));
        (state["occupancy"] == json!("occupied")).then_some(state)
    });
    assert_eq!(state["zones"]["window"]["level_pct"], json!(level), "{state}");
    assert!(state["t"].is_i64(), "every state says when: {state}");
}

#[test]
fn a_node_that_no_configuration_knows_is_listed_and_never_guessed_into_a_room() {
    let broker = Mosquitto::start("unclaimed", WINDOW);
    let agent = Agent::start("unclaimed", &broker.url(), CAMPUS);
    let node = "campus/v1/test/node/stranger";
    let mut watcher = Client::connect(broker.port(), "watcher").expect("a subscriber");
    watcher.subscribe("campus/v1/test/node/+/down/ack").expect("granted");
    mosquitto_pub(
        &broker,
        &format!("{node}/up/frame"),
        r#"{"v":1,"boot":1,"seq":1,"up":1,"r":{"motion":1}}"#,
    );
    // A known node after it: when that one is acknowledged, the stranger's frame was handled too.
    mosquitto_pub(
        &broker,
        "campus/v1/test/node/sci-102/up/frame",
        r#"{"v":1,"boot":1,"seq":1,"up":1,"r":{"motion":0}}"#,
    );
    let first =
        watcher.next(Duration::from_secs(20)).expect("connected").expect("an acknowledgement");
    assert_eq!(
        first.topic, "campus/v1/test/node/sci-102/down/ack",
        "nobody promises a stranger anything"
    );

    let listed = agent.json(&["node", "list", "--unclaimed"]);
    assert_eq!(listed[0]["id"], json!("stranger"), "{listed}");
    assert_eq!(listed[0]["frames"], json!(1), "{listed}");
    let known = agent.json(&["node", "list"]);
    let ids: Vec<&str> =
        known.as_array().expect("a list").iter().filter_map(|n| n["id"].as_str()).collect();
    assert_eq!(ids, ["sci-101", "sci-102", "sci-mains"]);
    for room in agent.json(&["room", "list"]).as_array().expect("a list") {
        assert_ne!(room["occupancy"], json!("occupied"), "{room}");
    }
}

#[test]
fn a_room_that_is_gone_leaves_no_retained_ghost() {
    let broker = Mosquitto::start("ghost", WINDOW);
    let mut agent = Agent::start("ghost", &broker.url(), CAMPUS);
    let retained = |client: &str, topic: &str| {
        let mut client = Client::connect(broker.port(), client).expect("a subscriber");
        client.subscribe(topic).expect("granted");
        let message = client.next(Duration::from_secs(2)).expect("connected");
        message.is_some_and(|message| message.retained && !message.payload.is_empty())
    };
    let (kept, gone) = ("campus/v1/test/room/science/101", "campus/v1/test/room/science/102");
    wait::until_true("both rooms have a state", || retained("a", kept) && retained("a", gone));
    agent.stop();
    let start = CAMPUS.find("[[room]]\nid = \"science/102\"").expect("the second room");
    let end = CAMPUS.find("[[node]]\nid = \"sci-101\"").expect("the first node");
    let smaller = CAMPUS.replace(&CAMPUS[start..end], "");
    let smaller = smaller.replace("[[node]]\nid = \"sci-102\"\nroom = \"science/102\"\n", "");
    agent.configure(&broker.url(), &smaller);
    agent.again();
    wait::until_true("the ghost is laid", || !retained("b", gone));
    assert!(retained("b", kept), "what is still there keeps its state");
}

#[test]
fn an_override_reaches_the_node_is_explained_and_ends_with_auto() {
    let broker = Mosquitto::start("override", WINDOW);
    let agent = Agent::start("override", &broker.url(), CAMPUS);
    let mut node = Client::connect(broker.port(), "sci-101").expect("a subscriber");
    node.subscribe("campus/v1/test/node/sci-101/down/desired").expect("granted");
    let level_of = |payload: &[u8]| {
        let desired: Value = serde_json::from_slice(payload).expect("JSON");
        desired["lamps"]["window"]["level_pct"].as_u64()
    };
    let mut wait_level = |wanted: u64| {
        wait::until("the wished level at the node", Duration::from_secs(20), || {
            let message = node.next(Duration::from_secs(1)).expect("connected")?;
            (level_of(&message.payload) == Some(wanted)).then_some(())
        });
    };
    // A node is told what to do once it has been heard: what its lamps do now is adopted first.
    let dark = r#"{"v":1,"boot":1,"seq":1,"up":1,"r":{"motion":0,"level_pct.window":0}}"#;
    mosquitto_pub(&broker, "campus/v1/test/node/sci-101/up/frame", dark);
    wait::until_true("the node is heard", || {
        agent.json(&["node", "show", "sci-101"])["frames"] == json!(1)
    });
    let set = agent.json(&["room", "set", "science/101", "--level", "40", "--for", "10m"]);
    assert_eq!(set["zones"][0]["level_pct"], json!(40), "{set}");
    wait_level(40);
    let why = agent.json(&["room", "explain", "science/101"]);
    assert_eq!(why["room"]["zones"][0]["winner"]["reason"], json!("override"), "{why}");
    assert!(why["room"]["zones"][0]["winner"]["expires_ms"].is_i64(), "a wish has an end: {why}");
    assert_eq!(why["changes"][0]["to_pct"], json!(40), "{why}");

    let auto = agent.json(&["room", "auto", "science/101"]);
    assert_ne!(auto["zones"][0]["winner"]["reason"], json!("override"), "{auto}");
    let topic = "campus/v1/test/room/science/101/set";
    mosquitto_pub(&broker, topic, r#"{"level_pct":70,"for_s":60,"zone":"window"}"#);
    wait_level(70);
}
