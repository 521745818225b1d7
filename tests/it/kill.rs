//! `kill -9` of the agent, again and again, under load.

use crate::load::{self, Load, Truth};
use serde_json::json;
use std::time::{Duration, Instant};
use system_tests::campus::Agent;
use system_tests::mosquitto::Mosquitto;
use system_tests::wait;

const NODES: usize = 10;
const KILLS: u32 = 50;

#[test]
fn fifty_kills_lose_nothing_that_was_acknowledged_and_no_watt_hour() {
    let broker = Mosquitto::start("kill", "max_inflight_messages 1000");
    let mut agent = Agent::start("kill", &broker.url(), &load::campus(NODES));
    let load = Load::start(broker.port(), NODES, Duration::from_millis(20));
    let mut slowest = Duration::ZERO;
    for kill in 0..KILLS {
        // Some progress first, and then at another moment of the commit each time.
        let before = load.acked();
        wait::until_true("the load is acknowledged again", || load.acked() > before + 20);
        std::thread::sleep(Duration::from_millis(u64::from(kill * 37 % 200)));
        agent.kill();
        let down = Instant::now();
        agent.again();
        slowest = slowest.max(down.elapsed());
    }
    let truth = load.finish();
    check(&agent, &truth);
    agent.stop();
    in_the_database(&agent, &truth);
    println!("slowest restart of {KILLS}: {slowest:?}");
    assert!(slowest < Duration::from_secs(3), "back in under 3 s, but {slowest:?}");
}

/// What the agent says of every node is what the nodes know themselves.
pub fn check(agent: &Agent, truth: &Truth) {
    let energy = agent.json(&["energy", "show"]);
    let meters = energy["meters"].as_array().expect("meters");
    for (id, frames, opening_wh, register_wh) in &truth.nodes {
        let node = agent.json(&["node", "show", id]);
        assert_eq!(node["frames"], json!(frames), "each exactly once: {node}");
        assert_eq!(node["lost"], json!(0), "{node}");
        let name = format!("{id}/main");
        let meter = meters.iter().find(|meter| meter["meter"] == json!(name)).expect("its meter");
        assert_eq!(meter["last_register_wh"], json!(register_wh), "{meter}");
        // The opening is the register of the first frame.
        assert_eq!(meter["register_difference_wh"], json!(register_wh - opening_wh - 7), "{meter}");
        assert_eq!(meter["posted_wh"], meter["register_difference_wh"], "{meter}");
        assert_eq!(meter["adds_up"], json!(true), "{meter}");
    }
}

/// The same from the database itself, read by a program that is not the agent.
fn in_the_database(agent: &Agent, truth: &Truth) {
    let database =
        rusqlite::Connection::open(agent.folder().join("campus.db")).expect("a database");
    for (id, frames, _, _) in &truth.nodes {
        let sql = "SELECT count(*), count(DISTINCT seq), max(seq) FROM log
                   JOIN node ON node.id = log.node WHERE node.name = ?1 AND seq IS NOT NULL AND seq > 0";
        let row: (u32, u32, u32) = database
            .query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .expect("the log");
        assert_eq!(row, (*frames, *frames, *frames), "{id}: every acknowledged frame, once");
    }
}
