//! Scenarios in which other systems lose or invent energy, on the whole system. The truth is known:
//! each prints by how many kWh the ledger is wrong, and which intervals are lost or there twice.
//! `docs/build/testing.md` says where each of the fifteen is tested.

use crate::history::{HOUR_MS, Past, Replay, SLOT_MS, Score, now_ms, slot_of};
use crate::{CAMPUS, load};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use system_tests::campus::Agent;
use system_tests::line::{Line, Shown};
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

/// A file system of its own for the database; ballast (64 MiB) and log fit, and not much more.
const DISK: &str = "mount -t tmpfs -o size=80m tmpfs \"$0\" && exec \"$@\"";

#[test]
fn scenario_10_the_disk_is_full_and_no_interval_is_lost() {
    let unshare = ["unshare", "--user", "--map-root-user", "--mount"];
    if !Command::new(unshare[0]).args(&unshare[1..]).arg("true").status().is_ok_and(|s| s.success())
    {
        println!("NOT TESTED: this machine gives no user namespaces, so there is no full disk");
        return;
    }
    let broker = Mosquitto::start("golden-10", BROKER);
    let config = CAMPUS.replace("path = \"campus.db\"", "path = \"disk/campus.db\"");
    let mut agent = Agent::prepared("golden-10", &broker.url(), &config);
    let disk = agent.folder().join("disk");
    std::fs::create_dir(&disk).expect("a folder");
    let disk = disk.to_str().expect("a path of plain letters");
    agent.within(&[&unshare[..], &["sh", "-c", DISK, disk]].concat());
    agent.again();
    // As the agent sees it: the file system is in a name space of its own.
    let inside = PathBuf::from(format!("/proc/{}/root{disk}", agent.process().id()));

    let past = four_hours("sci-mains");
    let truth = past.slots(past.frames.last().expect("frames").0);
    let mut replay = Replay::new(vec![past], 0);
    let mut client = Client::connect(broker.port(), "while-full").expect("connected");
    let mut publish_one = |node: &mut Past| {
        node.measure(now_ms());
        let last = node.payload(node.frames.len() - 1, 0);
        client.publish_acked(&node.topic("up/frame"), last.as_bytes()).expect("published");
    };
    let hog = inside.join("hog");
    fill(&hog);
    wait::until("the agent says that its disk is full", Duration::from_secs(60), || {
        publish_one(&mut replay.nodes[0]);
        is_full(&agent).then_some(())
    });
    // It gave up its ballast and goes on; now that room is taken as well.
    wait::until("the agent can keep nothing any more", Duration::from_secs(60), || {
        fill(&hog);
        let committed = || agent.json(&["status"])["store"]["frames_committed"].clone();
        let before = committed();
        publish_one(&mut replay.nodes[0]);
        // Longer than a row waits for its commit: the outage itself, no event to wait for.
        std::thread::sleep(Duration::from_secs(4));
        (committed() == before && is_full(&agent)).then_some(())
    });
    let mut began = None;
    std::thread::scope(|scope| {
        let (port, replay) = (broker.port(), &mut replay);
        let running = scope.spawn(move || replay.run(port, |_| ()));
        std::fs::remove_file(&hog).expect("room again");
        began = Some(Instant::now());
        running.join().expect("the replay ends").expect("the broker stays");
    });
    let caught_up = began.map(|began| began.elapsed());
    let score = Score::of(&agent, "sci-mains/main", &truth);
    score.check("10 full disk", truth.len(), caught_up);
    wait::until_true("the store works again", || !is_full(&agent));
}

/// Whether it says that it cannot keep what it hears.
fn is_full(agent: &Agent) -> bool {
    let status = agent.json(&["status"]);
    let parts = status["degraded"].as_array().expect("parts");
    parts.iter().any(|part| part["part"] == json!("store"))
}

/// Writes until nothing more fits.
fn fill(hog: &Path) {
    let mut file = std::fs::File::options().append(true).create(true).open(hog).expect("a file");
    let (mut part, zeros) = (1 << 20, vec![0; 1 << 20]);
    while part > 0 {
        if file.write_all(&zeros[..part]).is_err() {
            part /= 2;
        }
    }
}

/// A polled meter on a line of its own.
fn polled(line: &Line) -> String {
    let port = line.path().display();
    format!(
        "[[bus]]\nid = \"riser\"\nlink = \"{port}\"\nbaud = 9600\n\n[[meter]]\nid = \"gym-mains\"\n\
         bus = \"riser\"\naddress = 1\nprofile = \"eastron-sdm120\"\nbuilding = \"gym\"\nevery_s = 1\n"
    )
}

fn meter(agent: &Agent, id: &str) -> Value {
    let all = agent.json(&["meter", "list"]);
    let found = all.as_array().expect("meters").iter().find(|meter| meter["id"] == json!(id));
    found.cloned().unwrap_or(Value::Null)
}

fn register(agent: &Agent, id: &str, wh: i64) {
    wait::until_true("the register is read", || meter(agent, id)["register_wh"] == json!(wh));
}

#[test]
fn scenario_11_two_hours_without_an_agent_are_booked_to_these_hours() {
    let line = Line::start(9_600).expect("a pseudo terminal");
    line.show(1, Shown { kwh: 100.0, power_w: 6_000.0 });
    let broker = Mosquitto::start("golden-11", BROKER);
    let config = format!("{CAMPUS}{}", polled(&line));
    let mut agent = Agent::prepared("golden-11", &broker.url(), &config);
    agent.clock_behind(2 * 3_600);
    agent.again();
    register(&agent, "gym-mains", 100_000);
    let slot = slot_of(meter(&agent, "gym-mains")["read_ms"].as_i64().expect("a moment"));
    agent.stop();
    // Two hours at 6 kW.
    line.show(1, Shown { kwh: 112.0, power_w: 6_000.0 });
    agent.clock_behind(0);
    let began = Instant::now();
    agent.again();
    register(&agent, "gym-mains", 112_000);
    let caught_up = began.elapsed();

    let said = wait::until("the slots are kept", Duration::from_secs(20), || {
        let said = agent.json(&["energy", "explain", "gym-mains", "--from", "3h"]);
        said["slots"].as_array().is_some_and(|slots| !slots.is_empty()).then_some(said)
    });
    let slots: BTreeMap<i64, &Value> = said["slots"]
        .as_array()
        .expect("slots")
        .iter()
        .map(|slot| (slot["slot_ms"].as_i64().expect("a slot"), slot))
        .collect();
    assert_eq!(slots.len(), said["slots"].as_array().map_or(0, Vec::len), "each slot once: {said}");
    let closed: Vec<i64> = (slot..slot_of(now_ms())).step_by(SLOT_MS as usize).collect();
    let lost = closed.iter().filter(|slot| !slots.contains_key(slot)).count();
    // 1,500 Wh flow in a whole slot at 6 kW. Both ends are cut, and the few seconds of the restart
    // that the shifted clock leaves out make it a little less.
    for slot in &closed[1..closed.len() - 1] {
        let Some(found) = slots.get(slot) else { continue };
        let wh = found["energy_wh"].as_i64().expect("an energy");
        assert!((1_480..=1_501).contains(&wh), "neither a spike nor a hole: {found}");
        assert_eq!(found["quality"], json!("estimated_shape"), "{found}");
        assert_eq!(found["cause"], json!("gap"), "{found}");
    }
    let energy = agent.json(&["energy", "show", "--of", "gym-mains", "--since", "3h"]);
    let books = &energy["meters"][0];
    assert_eq!(books["adds_up"], json!(true), "{books}");
    let error_wh = books["register_difference_wh"].as_i64().expect("a difference") - 12_000;
    Score { error_wh, lost, duplicated: 0 }.check(
        "11 two hours down",
        closed.len(),
        Some(caught_up),
    );
    let audit = agent.ask(&["energy", "audit", "--json"]);
    assert_eq!(audit.code, 0, "the proof holds: {audit:?}");
}

#[test]
fn scenario_15_what_was_removed_leaves_no_retained_value_and_no_energy() {
    let line = Line::start(9_600).expect("a pseudo terminal");
    line.show(1, Shown { kwh: 50.0, power_w: 0.0 });
    let broker = Mosquitto::start("golden-15", BROKER);
    let old = "[[node]]\nid = \"old-mains\"\nbuilding = \"science\"\n\n";
    let larger = format!("{CAMPUS}{old}{}", polled(&line));
    let mut agent = Agent::start("golden-15", &broker.url(), &larger);
    let mut client = Client::connect(broker.port(), "hand").expect("connected");
    let (kept, gone) = (four_hours("sci-mains"), four_hours("old-mains"));
    for past in [&kept, &gone] {
        client.subscribe(&past.topic("down/ack")).expect("granted");
        for at in 0..past.frames.len() {
            let payload = past.payload(at, 0);
            client.publish_acked(&past.topic("up/frame"), payload.as_bytes()).expect("published");
        }
        acked(&mut client, past);
    }
    register(&agent, "gym-mains", 50_000);
    let retained = |topic: &str| {
        let topic = format!("campus/v1/test/meter/{topic}");
        let mut client = Client::connect(broker.port(), "looks").expect("a subscriber");
        client.subscribe(&topic).expect("granted");
        let message = client.next(Duration::from_millis(300)).expect("connected");
        message.is_some_and(|message| message.retained && !message.payload.is_empty())
    };
    // Registers are published at the start, and then once a minute.
    agent.stop();
    agent.again();
    let names = ["old-mains/main", "gym-mains/main"];
    let all = || names.into_iter().chain(["sci-mains/main"]).all(retained);
    wait::until_true("every meter has a retained value", all);

    agent.stop();
    agent.configure(&broker.url(), CAMPUS);
    agent.again();
    wait::until_true("the ghosts are laid", || !names.into_iter().any(retained));
    assert!(retained("sci-mains/main"), "what is still there keeps its value");
    for name in ["old-mains/main", "gym-mains"] {
        assert_eq!(meter(&agent, name), Value::Null, "{name} is gone");
    }
    check(&agent, "15 removed node and meter", &kept);
}
