//! A real Mosquitto: fire, locks, less for the grid and scenes, from whoever asks to the lamps of a node,
//! over a restart, and told again afterwards.

use crate::CAMPUS;
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};
use system_tests::campus::Agent;
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::Client;
use system_tests::wait;

fn publish(broker: &Mosquitto, topic: &str, payload: &str) {
    let port = broker.port().to_string();
    let topic = format!("campus/v1/test/{topic}");
    let args = ["-h", "127.0.0.1", "-p", &port, "-q", "1", "-t", &topic, "-m", payload];
    let status = Command::new("mosquitto_pub").args(args).status().expect("mosquitto_pub");
    assert!(status.success(), "mosquitto_pub {topic}");
}

fn frame(broker: &Mosquitto, node: &str, seq: u32, readings: &str) {
    let frame = format!(r#"{{"v":1,"boot":1,"seq":{seq},"up":{}000,"r":{readings}}}"#, seq * 5);
    publish(broker, &format!("node/{node}/up/frame"), &frame);
}

/// Nodes' desired states, as they come.
struct Lamps {
    client: Client,
    /// Lamps that were told a level, by node and channel.
    levels: std::collections::BTreeMap<String, u64>,
}

impl Lamps {
    fn watch(broker: &Mosquitto, name: &str) -> Self {
        let mut client = Client::connect(broker.port(), name).expect("a subscriber");
        client.subscribe("campus/v1/test/node/+/down/desired").expect("granted");
        Self { client, levels: Default::default() }
    }

    /// Waits until every one of these lamps was told this level; says how long that took.
    fn told(&mut self, wanted: &[(&str, u64)]) -> Duration {
        let began = Instant::now();
        wait::until(&format!("{wanted:?}"), Duration::from_secs(20), || {
            let reached = wanted.iter().all(|(lamp, pct)| self.levels.get(*lamp) == Some(pct));
            if reached {
                return Some(());
            }
            let message = self.client.next(Duration::from_millis(200)).expect("connected")?;
            let node = message.topic.split('/').nth(4).expect("a node").to_owned();
            let desired: Value = serde_json::from_slice(&message.payload).expect("JSON");
            for (channel, lamp) in desired["lamps"].as_object().expect("lamps") {
                let level = lamp["level_pct"].as_u64().expect("a level");
                self.levels.insert(format!("{node}/{channel}"), level);
            }
            None
        });
        began.elapsed()
    }
}

/// S1: within so long every lamp was told to be full.
const FIRE: Duration = Duration::from_secs(2);

const ALL: [&str; 3] = ["sci-101/window", "sci-101/inner", "sci-102/window"];

fn everything(pct: u64) -> Vec<(&'static str, u64)> {
    ALL.iter().map(|lamp| (*lamp, pct)).collect()
}

/// Both rooms are heard, dark and empty. Answers since when: what comes now can be told again.
fn settle(broker: &Mosquitto, agent: &Agent) -> String {
    let dark = r#"{"motion":0,"level_pct.window":0,"level_pct.inner":0}"#;
    frame(broker, "sci-101", 1, dark);
    frame(broker, "sci-102", 1, r#"{"motion":0,"level_pct.window":0}"#);
    wait::until_true("both nodes are heard", || {
        agent.json(&["status"])["store"]["frames_committed"] == json!(2)
    });
    let now_ms = agent.json(&["status"])["now_ms"].as_i64().expect("a time");
    jiff::Timestamp::from_millisecond(now_ms).expect("a moment").to_string()
}

fn needs(agent: &Agent, code: &str) -> usize {
    let status = agent.json(&["status"]);
    let needs = status["needs"].as_array().expect("needs");
    needs.iter().filter(|need| need["code"] == json!(code)).count()
}

#[test]
fn fire_is_at_every_lamp_within_two_seconds_from_a_person_and_from_an_input() {
    let broker = Mosquitto::start("fire", "max_inflight_messages 1000");
    let mut agent = Agent::start("fire", &broker.url(), CAMPUS);
    let mut lamps = Lamps::watch(&broker, "watcher");
    let since = settle(&broker, &agent);
    lamps.told(&everything(0));

    let began = Instant::now();
    let on = agent.json(&["fire", "on", "--reason", "drill", "--by", "wang"]);
    lamps.told(&everything(100));
    assert!(began.elapsed() < FIRE, "{:?}", began.elapsed());
    assert_eq!(on["fire"][0]["by"], json!("wang"), "{on}");
    // Nothing else moves them, and a restart forgets nothing.
    agent.ask(&["room", "set", "science/101", "--level", "0", "--for", "10m"]);
    assert_eq!(needs(&agent, "fire"), 1);
    agent.kill();
    agent.again();
    assert_eq!(agent.json(&["status"])["fire"], json!(true), "it burns after a crash too");
    let why = agent.json(&["room", "explain", "science/101"]);
    assert_eq!(why["room"]["zones"][0]["winner"]["reason"], json!("fire"), "{why}");
    agent.json(&["fire", "off", "--reason", "over", "--by", "wang"]);
    lamps.told(&[("sci-101/window", 0)]);

    // A panel is a node like any other.
    let began = Instant::now();
    frame(&broker, "sci-mains", 1, r#"{"fire.panel":1}"#);
    lamps.told(&everything(100));
    assert!(began.elapsed() < FIRE, "{:?}", began.elapsed());
    let shown = agent.ask(&["fire", "show"]);
    assert!(shown.out.contains("sci-mains/panel"), "{shown:?}");
    frame(&broker, "sci-mains", 2, r#"{"fire.panel":{"no":"silent"}}"#);
    wait::until_true("what it said last holds", || needs(&agent, "fire_input") == 1);
    assert_eq!(agent.json(&["status"])["fire"], json!(true));
    frame(&broker, "sci-mains", 3, r#"{"fire.panel":0}"#);
    wait::until_true("the alarm is over", || agent.json(&["status"])["fire"] == json!(false));

    // Told again, the log decides what was decided live.
    let trial = agent.json(&["rule", "replay", "--since", &since]);
    assert_eq!(trial["same"], json!(true), "{trial}");
    assert_eq!(trial["damaged"], json!(0), "{trial}");
}

#[test]
fn a_lock_beats_the_switch_and_the_grid_is_given_its_share_and_gives_it_back() {
    let broker = Mosquitto::start("lock", "max_inflight_messages 1000");
    let mut agent = Agent::start("lock", &broker.url(), CAMPUS);
    let mut lamps = Lamps::watch(&broker, "watcher");
    let since = settle(&broker, &agent);
    frame(&broker, "sci-101", 2, r#"{"motion":1,"level_pct.window":0,"level_pct.inner":0}"#);
    lamps.told(&[("sci-101/window", 50), ("sci-101/inner", 50)]);

    let lock = ["room", "lock", "science/101", "--zone", "window", "--level", "0"];
    let why = ["--until", "2h", "--reason", "ballast", "--by", "li"];
    agent.json(&[lock.as_slice(), why.as_slice()].concat());
    lamps.told(&[("sci-101/window", 0), ("sci-101/inner", 50)]);
    let pressed = r#"{"motion":1,"presses.window":1,"manual_pct.window":90,"level_pct.window":90}"#;
    frame(&broker, "sci-101", 3, pressed);
    wait::until_true("the press is heard", || {
        agent.json(&["node", "show", "sci-101"])["frames"] == json!(3)
    });
    let locked = agent.json(&["room", "show", "science/101"]);
    assert_eq!(locked["zones"][0]["level_pct"], json!(0), "the switch is weaker: {locked}");
    assert_eq!(locked["zones"][0]["winner"]["reason"], json!("lock"), "{locked}");
    agent.kill();
    agent.again();
    assert_eq!(needs(&agent, "lock"), 1, "nobody forgets it");
    let status = agent.ask(&["status"]);
    assert!(status.out.contains("ballast"), "{status:?}");
    agent.json(&["room", "unlock", "science/101", "--reason", "done", "--by", "li"]);
    lamps.told(&[("sci-101/window", 90)]);

    // The utility asks by MQTT. The restart has made everybody unknown: what is lit stays lit.
    let until = agent.json(&["status"])["now_ms"].as_i64().expect("a time") + 3_600_000;
    let order = json!({"id": "p", "shed_pct": 20, "until_ms": until, "by": "grid", "why": "peak"});
    publish(&broker, "demand/set", &order.to_string());
    lamps.told(&[("sci-101/inner", 40)]);
    let metered = r#"{"motion":1,"power_w.inner":40,"level_pct.inner":40,"power_w.window":90,"level_pct.window":90}"#;
    frame(&broker, "sci-101", 4, metered);
    let shown = wait::until("the saving is known", Duration::from_secs(20), || {
        let shown = agent.json(&["demand", "show"]);
        (shown["demands"][0]["now"]["saved_w"] != json!(0.0)).then_some(shown)
    });
    let now = &shown["demands"][0]["now"];
    // 1 W for each percent: the inner row would be at 50, and the window is a person's at 90.
    let (would, asked, saved) = (&now["would_w"], &now["asked_w"], &now["saved_w"]);
    assert_eq!([would, asked, saved], [&json!(140.0), &json!(28.0), &json!(10.0)], "{shown}");
    assert_eq!(now["bounded_zones"], json!(1), "{shown}");
    publish(&broker, "demand/set", r#"{"end":true,"id":"p","by":"grid","why":"off"}"#);
    lamps.told(&[("sci-101/inner", 50)]);

    let topic = "room/science/101/set";
    publish(&broker, topic, r#"{"scene":"off"}"#);
    lamps.told(&[("sci-101/window", 0), ("sci-101/inner", 0)]);
    let scene = agent.json(&["room", "show", "science/101"]);
    assert_eq!(scene["scene"]["id"], json!("off"), "{scene}");
    publish(&broker, topic, r#"{"scene":"auto"}"#);
    wait::until_true("the scene is over", || {
        agent.json(&["room", "show", "science/101"]).get("scene").is_none()
    });
    let trial = agent.json(&["rule", "replay", "--since", &since]);
    assert_eq!((&trial["same"], &trial["damaged"]), (&json!(true), &json!(0)), "{trial}");
}

#[test]
fn orders_that_make_no_sense_are_refused_with_what_to_do() {
    let broker = Mosquitto::start("orders", "max_inflight_messages 1000");
    let agent = Agent::start("orders", &broker.url(), CAMPUS);
    let refused = |args: &[&str], says: &str| {
        let answer = agent.ask(args);
        assert_eq!(answer.code, 2, "{args:?}: {answer:?}");
        assert!(answer.err.contains(says), "{args:?}: {answer:?}");
    };
    let why = ["--reason", "x", "--by", "y"];
    let with = |args: &[&'static str]| [args, why.as_slice()].concat();
    refused(&with(&["fire", "on", "--place", "sciense"]), "science");
    let lock = ["room", "lock", "science/101", "--level", "0", "--until"];
    refused(&with(&[lock.as_slice(), &["13h"]].concat()), "12 hours");
    refused(&with(&["demand", "shed", "--pct", "20", "--until", "13h"]), "12 hours");
    refused(&with(&["demand", "end"]), "campus demand show");
    refused(&["room", "scene", "science/101", "disco"], "projection");
}
