//! Bad input: each has a clear error that says where and what to do, and loses nothing.

use crate::CAMPUS;
use serde_json::json;
use std::net::TcpListener;
use std::time::Duration;
use system_tests::campus::{self, Agent, Said};
use system_tests::mosquitto::Mosquitto;
use system_tests::wait;

/// The configuration with one replacement is refused with all these words.
fn refused(from: &str, to: &str, words: &[&str]) {
    assert!(CAMPUS.contains(from), "{from}");
    let agent = Agent::prepared("bad-config", "mqtt://127.0.0.1:1", &CAMPUS.replacen(from, to, 1));
    let path = agent.config().to_str().expect("a path of plain letters");
    for (args, code) in [(["config", "check", path], 1), (["agent", "--config", path], 2)] {
        let said = campus::run(&args);
        let all = format!("{}{}", said.out, said.err);
        assert_eq!(said.code, code, "{args:?}: {said:?}");
        for word in words {
            assert!(all.contains(word), "no {word:?} in: {all}");
        }
    }
}

#[test]
fn an_unknown_key_names_the_line_and_the_known_one() {
    refused("name = \"Test school\"", "nmae = \"Test school\"", &["campus.toml:4", "nmae", "name"]);
}

#[test]
fn a_bad_identifier_names_the_character() {
    refused("id = \"sci-102\"", "id = \"sci/102\"", &["campus.toml:", "sci/102"]);
}

#[test]
fn two_nodes_with_one_identifier_are_refused() {
    refused("id = \"sci-102\"", "id = \"sci-101\"", &["sci-101", "campus.toml:"]);
}

#[test]
fn a_node_in_a_room_that_does_not_exist_is_refused() {
    refused("room = \"science/102\"", "room = \"science/103\"", &["science/103", "science/102"]);
}

#[test]
fn a_misspelt_room_is_answered_with_the_right_one() {
    let broker = Mosquitto::start("misspelt", "");
    let agent = Agent::start("misspelt", &broker.url(), CAMPUS);
    let said = agent.ask(&["room", "show", "scince/101"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("`scince/101`") && said.err.contains("science/101"), "{said:?}");
    let level = agent.ask(&["room", "set", "science/101", "--level", "140", "--for", "10m"]);
    assert_eq!(level.code, 2, "{level:?}");
    let ever = agent.ask(&["room", "set", "science/101", "--level", "40", "--for", "10h"]);
    assert_eq!(ever.code, 2, "{ever:?}");
}

#[test]
fn without_an_agent_every_command_says_what_to_do() {
    let said = campus::run(&["--agent", "nowhere.sock", "status"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("nowhere.sock") && said.err.contains("hint:"), "{said:?}");
}

fn start_fails(agent: &Agent) -> Said {
    campus::run(&["agent", "--config", agent.config().to_str().expect("a path of plain letters")])
}

#[test]
fn a_file_that_is_no_database_of_ours_is_refused_and_left_alone() {
    let agent = Agent::prepared("no-database", "mqtt://127.0.0.1:1", CAMPUS);
    let database = agent.folder().join("campus.db");
    std::fs::write(&database, "Dear diary, ".repeat(1000)).expect("a diary");
    let said = start_fails(&agent);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("campus.db"), "{said:?}");
    assert_eq!(std::fs::read(&database).expect("still there").len(), 12_000);
}

#[test]
fn a_damaged_database_is_set_aside_and_the_agent_starts() {
    let broker = Mosquitto::start("damaged", "");
    let mut agent = Agent::start("damaged", &broker.url(), CAMPUS);
    assert_eq!(agent.stop(), Some(0), "SIGTERM is a clean end");
    // Behind the headers, so that they still look like ours; the log too, or it would heal the rest.
    for name in ["campus.db", "campus.db-wal"] {
        let file = agent.folder().join(name);
        let Ok(mut bytes) = std::fs::read(&file) else { continue };
        bytes.iter_mut().skip(200).for_each(|byte| *byte ^= 0x5a);
        std::fs::write(&file, bytes).expect("damaged");
    }
    agent.again();
    let status = agent.json(&["status"]);
    let needs = status["needs"].as_array().expect("needs");
    assert!(needs.iter().any(|need| need["code"] == json!("store_set_aside")), "{status}");
    let kept = std::fs::read_dir(agent.folder()).expect("the folder");
    let aside =
        kept.filter_map(Result::ok).any(|e| e.file_name().to_string_lossy().contains("corrupt"));
    assert!(aside, "the damaged file is kept");
}

#[test]
fn two_agents_on_one_database_are_refused() {
    let broker = Mosquitto::start("twice", "");
    let agent = Agent::start("twice", &broker.url(), CAMPUS);
    let said = start_fails(&agent);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("agent"), "{said:?}");
    assert!(agent.connected(), "the first one goes on");
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let embedded = CAMPUS.replace(
        "url = \"{broker}\"\nusername = \"agent\"",
        &format!("url = \"embedded\"\nlisten = \"{address}\""),
    );
    let agent = Agent::prepared("port", "", &embedded);
    let said = start_fails(&agent);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains(&address) && said.err.contains("hint:"), "{said:?}");
}

#[test]
fn a_broker_that_is_not_there_is_waited_for_and_reported() {
    let mut broker = Mosquitto::start("away", "");
    broker.stop();
    let mut agent = Agent::prepared("away", &broker.url(), CAMPUS);
    agent.launch();
    let status = wait::until("the agent answers", Duration::from_secs(20), || {
        let said = agent.ask(&["status", "--json"]);
        (said.code == 1).then(|| said.json())
    });
    assert_eq!(status["broker"]["connected"], json!(false), "{status}");
    assert!(
        status["degraded"]
            .as_array()
            .is_some_and(|d| d.iter().any(|d| d["part"] == json!("broker"))),
        "{status}"
    );
    broker.again();
    wait::until_true("connected", || agent.connected());
}
