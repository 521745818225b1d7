//! Scenarios in which other systems lose or invent energy, on the whole system. The truth is known:
//! each prints by how many kWh the ledger is wrong, and which intervals are lost or there twice.
//! `docs/build/testing.md` says where each of the fifteen is tested.

use crate::history::{HOUR_MS, Past, Replay, Score, now_ms, slot_of};
use crate::{CAMPUS, load};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use system_tests::campus::Agent;
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::Client;
use system_tests::wait;

const BROKER: &str = "max_inflight_messages 1000\nmax_queued_messages 20000";
const MINUTE_MS: i64 = 60_000;

/// Waits until everything up to this position of a node is acknowledged.
fn acked(client: &mut Client, past: &Past) {
    let wanted = past.frames.len() as u64;
    wait::until("everything is acknowledged", Duration::from_secs(30), || {
        let message = client.next(Duration::from_millis(200)).expect("connected")?;
        let ack: Value = serde_json::from_slice(&message.payload).expect("JSON");
        (ack["seq"].as_u64() >= Some(wanted)).then_some(())
    });
}

/// Four hours of a mains meter, a frame a minute, up to the last whole minute.
fn four_hours(id: &str) -> Past {
    let to = now_ms() / MINUTE_MS * MINUTE_MS;
    Past::new(id, slot_of(to) - 4 * HOUR_MS, to, MINUTE_MS)
}

/// Score of one node up to its last whole slot, printed and checked.
fn check(agent: &Agent, scenario: &str, past: &Past) {
    let truth = past.slots(past.frames.last().expect("frames").0);
    Score::of(agent, &format!("{}/main", past.id), &truth).check(scenario, truth.len(), None);
    let audit = agent.ask(&["energy", "audit", "--json"]);
    assert_eq!(audit.code, 0, "the proof holds: {audit:?}");
}

#[test]
fn scenario_06_every_frame_comes_three_times_through_mosquitto_and_counts_once() {
    let broker = Mosquitto::start("golden-6", BROKER);
    let agent = Agent::start("golden-6", &broker.url(), CAMPUS);
    let mut client = Client::connect(broker.port(), "hand").expect("connected");
    let past = four_hours("sci-mains");
    client.subscribe(&past.topic("down/ack")).expect("granted");
    for at in 0..past.frames.len() {
        let payload = past.payload(at, 0);
        for _ in 0..3 {
            client.publish_acked(&past.topic("up/frame"), payload.as_bytes()).expect("published");
        }
    }
    acked(&mut client, &past);
    let node = agent.json(&["node", "show", "sci-mains"]);
    assert_eq!(node["frames"], json!(past.frames.len()), "{node}");
    assert_eq!(node["duplicates"], json!(2 * past.frames.len()), "{node}");
    check(&agent, "06 three times each", &past);
}

#[test]
fn scenario_07_ten_old_minutes_come_after_newer_ones_and_land_in_their_slots() {
    let broker = Mosquitto::start("golden-7", BROKER);
    let agent = Agent::start("golden-7", &broker.url(), CAMPUS);
    let mut client = Client::connect(broker.port(), "hand").expect("connected");
    let past = four_hours("sci-mains");
    client.subscribe(&past.topic("down/ack")).expect("granted");
    let mut send = |range: std::ops::Range<usize>| {
        for at in range {
            let payload = past.payload(at, 0);
            client.publish_acked(&past.topic("up/frame"), payload.as_bytes()).expect("published");
        }
    };
    // Over a boundary of slots, an hour before the end.
    let old = past.frames.len() - 60..past.frames.len() - 50;
    send(0..old.start);
    send(old.end..past.frames.len());
    send(old);
    acked(&mut client, &past);
    check(&agent, "07 ten minutes late", &past);
}

/// 72 hours in which the agent could not be reached, a frame every 10 s and node, and then all of it
/// while the nodes go on measuring. `kills` times the agent is killed meanwhile.
///
/// The hub of the scenario does not exist yet: what is unreachable and catches up is the agent.
fn seventy_two_hours(test: &str, scenario: &str, kills: usize) {
    const NODES: usize = 4;
    const EVERY_MS: i64 = 10_000;
    let broker = Mosquitto::start(test, BROKER);
    let mut agent = Agent::start(test, &broker.url(), &load::campus(NODES));
    let to = now_ms() / EVERY_MS * EVERY_MS;
    let from = slot_of(to) - 72 * HOUR_MS;
    let nodes: Vec<Past> =
        (0..NODES).map(|n| Past::new(&format!("n-{n}"), from, to, EVERY_MS)).collect();
    // Before the outage everything was well: the agent knows where the registers began.
    let mut client = Client::connect(broker.port(), "before").expect("connected");
    for node in &nodes {
        let first = node.payload(0, 0);
        client.publish_acked(&node.topic("up/frame"), first.as_bytes()).expect("published");
    }
    let kept: usize = nodes.iter().map(|node| node.frames.len()).sum();
    let mut replay = Replay::new(nodes, 1);
    let (began, progress) = (Instant::now(), AtomicUsize::new(0));
    let port = broker.port();
    let caught_up = std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            let tell = |acked| progress.store(acked, Ordering::Relaxed);
            replay.run(port, tell).map(|()| began.elapsed())
        });
        for kill in 1..=kills {
            wait::until("the replay goes on", Duration::from_secs(120), || {
                (progress.load(Ordering::Relaxed) > kept * kill / (kills + 1)).then_some(())
            });
            agent.kill();
            agent.again();
        }
        running.join().expect("the replay ends").expect("the broker stays")
    });
    let mut compared = 0;
    let scores: Vec<Score> = replay
        .nodes
        .iter()
        .map(|node| {
            let truth = node.slots(to);
            compared += truth.len();
            Score::of(&agent, &format!("{}/main", node.id), &truth)
        })
        .collect();
    Score::sum(scores).check(scenario, compared, Some(caught_up));
    for past in &replay.nodes {
        let node = agent.json(&["node", "show", &past.id]);
        assert_eq!(node["frames"], json!(past.frames.len()), "each exactly once: {node}");
        assert_eq!(node["lost"], json!(0), "{node}");
    }
    let energy = agent.ask(&["energy", "show", "--json"]);
    assert_eq!(energy.code, 0, "every meter adds up: {energy:?}");
    let audit = agent.ask(&["energy", "audit", "--json"]);
    assert_eq!(audit.code, 0, "the proof holds: {audit:?}");
}

#[test]
fn scenario_08_seventy_two_hours_come_at_once_while_live_goes_on() {
    seventy_two_hours("golden-8", "08 seventy-two hours", 0);
}

#[test]
fn scenario_09_the_agent_is_killed_twice_while_it_catches_up() {
    seventy_two_hours("golden-9", "09 killed twice", 2);
}
