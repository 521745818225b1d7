//! Duplicated, reordered, late, malformed, oversized and foreign frames through a real broker.

use crate::CAMPUS;
use crate::node::HandNode;
use serde_json::{Value, json};
use std::time::Duration;
use system_tests::campus::Agent;
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::Client;
use system_tests::wait;

fn acked(client: &mut Client, node: &mut HandNode) {
    wait::until("everything acknowledged", Duration::from_secs(30), || {
        if let Some(message) = client.next(Duration::from_millis(200)).expect("connected") {
            node.hear(&serde_json::from_slice::<Value>(&message.payload).expect("JSON"));
        }
        node.done().then_some(())
    });
}

fn meter(agent: &Agent, name: &str) -> Value {
    let energy = agent.json(&["energy", "show"]);
    let meters = energy["meters"].as_array().expect("meters").clone();
    meters.into_iter().find(|meter| meter["meter"] == json!(name)).unwrap_or(Value::Null)
}

#[test]
fn duplicates_and_disorder_change_no_watt_hour() {
    let broker = Mosquitto::start("disorder", "max_inflight_messages 1000");
    let agent = Agent::start("disorder", &broker.url(), CAMPUS);
    let mut client = Client::connect(broker.port(), "hand").expect("connected");
    let mut node = HandNode::new("sci-mains", 1);
    client.subscribe(&node.topic("down/ack")).expect("granted");
    for _ in 0..40 {
        node.register_wh += 25;
        node.measure(json!({"power_w": 1500}));
    }
    let frames = node.outstanding();
    let topic = node.topic("up/frame");
    // Back to front in blocks of eight, everything twice, the first block once more at the end.
    for block in frames.chunks(8) {
        for frame in block.iter().rev().chain(block.iter()) {
            client.publish_acked(&topic, frame).expect("published");
        }
    }
    for frame in &frames[..8] {
        client.publish_acked(&topic, frame).expect("published");
    }
    acked(&mut client, &mut node);
    let shown = agent.json(&["node", "show", "sci-mains"]);
    assert_eq!(shown["frames"], json!(40), "{shown}");
    assert_eq!(shown["duplicates"], json!(48), "{shown}");
    assert_eq!(shown["lost"], json!(0), "{shown}");
    assert_eq!(shown["acked_seq"], json!(40), "{shown}");
    let meter = meter(&agent, "sci-mains/main");
    // The opening register is the first frame handled, the eighth: what came before it in time is
    // late, and changes no total.
    assert_eq!(meter["last_register_wh"], json!(2_000), "{meter}");
    assert_eq!(meter["adds_up"], json!(true), "{meter}");
}

#[test]
fn what_cannot_be_read_is_counted_by_reason_and_stops_nothing() {
    let broker = Mosquitto::start("refusals", "max_inflight_messages 1000");
    let agent = Agent::start("refusals", &broker.url(), CAMPUS);
    let mut client = Client::connect(broker.port(), "hand").expect("connected");
    let mut node = HandNode::new("sci-mains", 1);
    client.subscribe(&node.topic("down/ack")).expect("granted");
    let topic = node.topic("up/frame");
    let bad: [(&[u8], &str); 9] = [
        (b"{", "not_json"),
        (b"\xff\xfe", "not_utf8"),
        (br#"{"v":2,"boot":1,"seq":1,"up":1,"r":{}}"#, "foreign_version"),
        (br#"{"v":1,"seq":1,"up":1,"r":{}}"#, "missing_key"),
        (br#"{"v":1,"boot":1,"seq":1,"seq":1,"up":1,"r":{}}"#, "duplicate_key"),
        (br#"{"v":1,"boot":1,"seq":-1,"up":1,"r":{}}"#, "bad_value"),
        (br#"{"v":1,"boot":1,"seq":1,"up":1,"r":{"motion.A":1}}"#, "bad_channel"),
        (br#"{"v":1,"boot":1,"seq":1,"up":1,"r":{"motion":"yes"}}"#, "bad_reading"),
        (br#"{"v":1,"boot":1,"seq":1,"up":1,"x":[[[[[[[[[[[[1]]]]]]]]]]]],"r":{}}"#, "too_deep"),
    ];
    for (payload, _) in bad {
        client.publish_acked(&topic, payload).expect("published");
    }
    // Above the wire's limit, and far above what the agent's client takes.
    for size in [4_000, 20_000, 1_000_000] {
        client.publish_acked(&topic, &vec![b' '; size]).expect("published");
    }
    client
        .publish_acked("campus/v1/test/node/Bad+Id/up/frame".replace('+', "x").as_str(), b"{}")
        .expect("published");
    node.measure(json!({"power_w": 1500}));
    for frame in node.outstanding() {
        client.publish_acked(&topic, &frame).expect("published");
    }
    acked(&mut client, &mut node);
    let status = agent.json(&["status"]);
    for (_, reason) in bad {
        assert_eq!(status["refused"][reason], json!(1), "{reason} in {}", status["refused"]);
    }
    assert_eq!(
        status["refused"]["too_long"],
        json!(1),
        "the smallest of the three: {}",
        status["refused"]
    );
    assert_eq!(status["refused"]["topic_bad_id"], json!(1), "{}", status["refused"]);
    assert_eq!(status["broker"]["reconnects"], json!(0), "an oversized frame ends no connection");
    assert_eq!(status["broker"]["connected"], json!(true));
}

#[test]
fn a_default_mosquitto_whose_window_is_20_does_not_stall_the_agent() {
    let broker = Mosquitto::start("window", "");
    let agent = Agent::start("window", &broker.url(), CAMPUS);
    let mut client = Client::connect(broker.port(), "hand").expect("connected");
    let mut node = HandNode::new("sci-mains", 1);
    client.subscribe(&node.topic("down/ack")).expect("granted");
    for _ in 0..200 {
        node.register_wh += 1;
        node.measure(json!({"power_w": 60}));
    }
    for frame in node.outstanding() {
        client.publish_acked(&node.topic("up/frame"), &frame).expect("published");
    }
    acked(&mut client, &mut node);
    assert_eq!(agent.json(&["node", "show", "sci-mains"])["frames"], json!(200));
}
