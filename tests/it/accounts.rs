//! A broker from nothing, and nodes that are given credentials and lose them: `campus broker`, the agent, real Mosquitto.

use crate::CAMPUS;
use agent::talk::{Hello, Place, Talk, TalkError, Version, Will};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};
use system_tests::broker::Broker;
use system_tests::campus::{self, Agent};
use system_tests::wait;

const PATIENCE: Duration = Duration::from_secs(20);

/// The configuration of these tests with the `[broker]` of a real one.
fn configured(section: &str) -> String {
    let broker = "[broker]\nurl = \"{broker}\"\nusername = \"agent\"\n";
    assert!(CAMPUS.contains(broker));
    // A node with settings finds them retained.
    let node = "[[node]]\nid = \"sci-101\"\n";
    CAMPUS.replace(broker, section).replace(node, &format!("{node}power_on = 30\n"))
}

/// Asks the agent to change something; status and body.
fn post(agent: &Agent, path: &str, body: &Value) -> (u16, Value) {
    let mut stream = UnixStream::connect(agent.socket()).expect("a running agent");
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: campus\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("a running agent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let status = text.split(' ').nth(1).and_then(|it| it.parse().ok()).expect("a status");
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {text}")))
}

fn provision(agent: &Agent, node: &str, serial: &str, replace: bool) -> (u16, Value) {
    let body = json!({"serial": serial, "board": "board-qemu", "replace": replace, "why": "test"});
    post(agent, &format!("/v1/nodes/{node}/provision"), &body)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("no `{key}` in {value}"))
}

#[test]
fn a_broker_is_made_once_with_files_for_their_owners_only() {
    for form in ["files", "dynamic-security"] {
        let broker = Broker::prepared("made", form);
        for entry in std::fs::read_dir(broker.folder()).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            let mode = entry.metadata().expect("a file").permissions().mode() & 0o777;
            let open = ["ca.crt", "server.crt", "mosquitto.conf"].contains(&name.as_str());
            assert_eq!(mode, if open { 0o644 } else { 0o600 }, "{form}: {name}");
        }
        let before = broker.read("server.key");
        let config = broker.folder().join("../first.toml");
        let again = broker.init(&config);
        assert_eq!(again.code, 0, "{again:?}");
        assert!(again.out.contains("already; nothing was written"), "{again:?}");
        assert!(again.out.contains("localhost, 127.0.0.1"), "{again:?}");
        assert_eq!(broker.read("server.key"), before);
        std::fs::remove_file(broker.folder().join("witness.secret")).expect("a file");
        let missing = broker.init(&config);
        assert_eq!(missing.code, 1, "{missing:?}");
        assert!(missing.out.contains("witness.secret is missing"), "{missing:?}");
    }
}

/// Provisioned, connected over TLS, revoked: the whole life of a board, and nothing secret where it does not belong.
fn life(form: &str, scheme: &str) {
    let broker = Broker::start("life", form);
    let mut agent = Agent::start("life", "", &configured(&broker.section(scheme)));
    wait::until_true("the broker is proved", || {
        agent.process().log().contains("keeps accounts apart")
    });
    assert_eq!(agent.json(&["status"])["needs"].to_string().matches("broker_").count(), 0);

    let (status, given) = provision(&agent, "sci-101", "QEMU-1", false);
    assert_eq!(status, 200, "{given}");
    let (password, unlock) = (text(&given, "password"), text(&given, "unlock"));
    assert_eq!((password.len(), unlock.len()), (64, 64));
    assert_ne!(password, unlock);
    assert_eq!(text(&given, "broker"), format!("localhost:{}", broker.tls_port));
    assert_eq!(given["lamps"], json!(["window", "inner"]));
    assert_eq!((text(&given, "campus"), text(&given, "server")), ("test", "localhost"));
    let body: String =
        broker.read("ca.crt").lines().filter(|line| !line.starts_with("---")).collect();
    assert_eq!(text(&given, "ca"), body, "the authority, as it is in the file");

    // It is heard over TLS with what it was told, and what it retained stays.
    let hello = r#"{"v":1,"boot":1,"online":true,"fw":"1","board":"qemu"}"#;
    let said = broker.publish(
        ("sci-101", password),
        "campus/v1/test/node/sci-101/up/hello",
        hello,
        &["-r"],
    );
    assert!(said.status.success(), "{said:?}");
    wait::until_true("heard", || agent.json(&["node", "show", "sci-101"])["boot"] == json!(1));
    let shown = agent.json(&["node", "show", "sci-101"])["hardware"].clone();
    assert_eq!((text(&shown, "serial"), text(&shown, "board")), ("QEMU-1", "board-qemu"));
    assert!(shown["provisioned_ms"].as_i64() > Some(0) && !text(&shown, "by").is_empty());

    // The same board again: another password, the same key. Another board: not without saying so.
    let (status, again) = provision(&agent, "sci-101", "QEMU-1", false);
    assert_eq!(status, 200, "{again}");
    assert_ne!(text(&again, "password"), password);
    assert_eq!(text(&again, "unlock"), unlock);
    let old =
        broker.publish(("sci-101", password), "campus/v1/test/node/sci-101/up/frame", "x", &[]);
    assert!(!old.status.success(), "the old password is good no more");
    refused(&agent);
    opened(&agent, unlock);
    revoked(&broker, &agent, text(&again, "password"));

    // Another board takes the name; its key is its own.
    let (status, next) = provision(&agent, "sci-101", "QEMU-2", false);
    assert_eq!(status, 200, "{next}");
    assert_ne!(text(&next, "unlock"), unlock);
    let said = broker.publish(
        ("sci-101", text(&next, "password")),
        "campus/v1/test/node/sci-101/up/hello",
        hello,
        &[],
    );
    assert!(said.status.success(), "{said:?}");
    let needle = text(&next, "password").to_owned();
    let secrets = [password, unlock, text(&again, "password"), text(&next, "unlock"), &needle];
    nowhere(&mut agent, &broker, &secrets);
}

/// What is asked for wrongly, while `sci-101` is the board `QEMU-1`.
fn refused(agent: &Agent) {
    let (status, other) = provision(agent, "sci-101", "QEMU-2", false);
    assert_eq!((status, text(&other, "code")), (409, "other_hardware"), "{other}");
    assert!(text(&other, "message").contains("QEMU-1"), "{other}");
    let (status, twice) = provision(agent, "sci-102", "QEMU-1", false);
    assert_eq!((status, text(&twice, "code")), (409, "other_node"), "{twice}");
    let (status, none) = provision(agent, "sci-110", "QEMU-3", false);
    assert_eq!((status, text(&none, "code")), (404, "no_such_node"), "{none}");
    let (status, bad) = provision(agent, "sci-102", "../x", false);
    assert_eq!((status, text(&bad, "code")), (422, "bad_value"), "{bad}");
}

/// Its console is opened with the key that it was given: RFC 2104, computed by Python.
fn opened(agent: &Agent, unlock: &str) {
    let challenge = "000102030405060708090a0b0c0d0e0f";
    let (status, opened) =
        post(agent, "/v1/nodes/sci-101/unlock", &json!({"challenge": challenge}));
    assert_eq!(status, 200, "{opened}");
    let script = "import hmac,sys;print(hmac.new(bytes.fromhex(sys.argv[1]),bytes.fromhex(sys.argv[2]),'sha256').hexdigest())";
    let python =
        std::process::Command::new("python3").args(["-c", script, unlock, challenge]).output();
    let python = String::from_utf8(python.expect("python3").stdout).expect("text");
    assert_eq!(text(&opened, "answer"), python.trim());
    let (status, short) = post(agent, "/v1/nodes/sci-101/unlock", &json!({"challenge": "00"}));
    assert_eq!((status, text(&short, "about")), (422, "challenge"), "{short}");
}

/// Thrown out within 5 s, cleared, its will too, and not told anything again.
fn revoked(broker: &Broker, agent: &Agent, password: &str) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let place = Place { host: "127.0.0.1".to_owned(), port: broker.port, tls: None };
    let offline = br#"{"v":1,"boot":1,"online":false}"#;
    let hello = Hello {
        version: Version::V5,
        client: "sci-101",
        account: Some(("sci-101", password)),
        will: Some(Will {
            topic: "campus/v1/test/node/sci-101/up/hello",
            payload: offline,
            retain: true,
        }),
    };
    let mut session = runtime.block_on(Talk::connect(&place, hello)).expect("let in");
    let heard = runtime.block_on(async {
        session.subscribe("campus/v1/test/node/sci-101/down/#").await?;
        session.hear().await
    });
    assert!(heard.expect("its settings").retained);
    let began = Instant::now();
    let said = agent.ask(&["node", "revoke", "sci-101", "--why", "stolen from the ceiling"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("QEMU-1"), "{said:?}");
    let ended = runtime.block_on(async {
        loop {
            if let Err(error) = session.hear().await {
                return error;
            }
        }
    });
    assert!(matches!(ended, TalkError::Io(_)), "its session is over: {ended}");
    let took = began.elapsed();
    println!("{}: thrown out {} ms after it was asked for", broker.form, took.as_millis());
    assert!(took < Duration::from_secs(5), "{took:?}");
    let again = runtime.block_on(Talk::connect(&place, Hello { will: None, ..hello }));
    assert!(matches!(again, Err(TalkError::Refused(_))), "it is not let in again");
    wait::until_true("nothing of it is left", || {
        retained(broker, "campus/v1/test/node/sci-101/#").is_empty()
    });
    let shown = agent.json(&["node", "show", "sci-101"])["hardware"].clone();
    assert_eq!(text(&shown, "revoked_why"), "stolen from the ceiling");
}

/// What is retained at the broker, as topics.
fn retained(broker: &Broker, filter: &str) -> Vec<String> {
    let port = broker.port.to_string();
    let password = broker.secret("witness");
    let out = std::process::Command::new("mosquitto_sub")
        .args(["-h", "127.0.0.1", "-p", &port, "-u", "witness", "-i", "witness", "-P", &password])
        .args(["-t", filter, "--retained-only", "-W", "1", "-v"])
        .output()
        .expect("mosquitto_sub");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// No secret in logs, arguments, the database, or what people are shown.
fn nowhere(agent: &mut Agent, broker: &Broker, secrets: &[&str]) {
    let shown = agent.json(&["node", "show", "sci-101"]).to_string()
        + &agent.json(&["node", "list"]).to_string()
        + &agent.json(&["status"]).to_string();
    let args = std::fs::read(format!("/proc/{}/cmdline", agent.process().id())).expect("a process");
    let log = agent.process().log();
    agent.stop();
    let database = std::fs::read(agent.folder().join("campus.db")).expect("the database");
    let config = std::fs::read(agent.config()).expect("the configuration");
    let accounts = ["agent", "canary", "witness", "dashboard"].map(|it| broker.secret(it));
    let all = secrets.iter().copied().chain(accounts.iter().map(String::as_str));
    for secret in all {
        let needle = secret.as_bytes();
        let places: [(&str, &[u8]); 6] = [
            ("what is shown", shown.as_bytes()),
            ("the agent's log", log.as_bytes()),
            ("the broker's log", &broker.log().into_bytes()),
            ("arguments", &args),
            ("the database", &database),
            ("the configuration", &config),
        ];
        for (place, bytes) in places {
            assert!(!bytes.windows(needle.len()).any(|it| it == needle), "a secret is in {place}");
        }
    }
}

/// Mosquitto 2.0.11 lowers its count of memory with each command of dynamic security; with a limit it would have stopped
/// after three.
#[test]
fn accounts_come_and_go_as_often_as_anybody_likes() {
    let broker = Broker::start("often", "dynamic-security");
    let agent = Agent::start("often", "", &configured(&broker.section("mqtt")));
    for number in 0..20 {
        let (status, given) = provision(&agent, "sci-101", &format!("QEMU-{number}"), false);
        assert_eq!(status, 200, "{number}: {given}");
        let said = agent.ask(&["node", "revoke", "sci-101", "--why", "test"]);
        assert_eq!(said.code, 0, "{number}: {said:?}");
    }
    let config = agent.config().display().to_string();
    let check = campus::run(&["broker", "check", "--config", &config]);
    assert_eq!(check.code, 0, "{check:?}");
}

#[test]
fn what_a_check_left_that_was_cut_off_is_not_held_against_the_broker() {
    let broker = Broker::start("cut-off", "dynamic-security");
    let agent = Agent::prepared("cut-off", "", &configured(&broker.section("mqtt")));
    let topic = "campus/v1/test/room/canary/proof/set";
    let left = broker.publish(
        ("witness", &broker.secret("witness")),
        topic,
        "campus broker check 1",
        &["-r"],
    );
    assert!(left.status.success(), "{left:?}");
    let config = agent.config().display().to_string();
    let check = campus::run(&["broker", "check", "--config", &config]);
    assert_eq!(check.code, 0, "{check:?}");
    let mut hears = broker.client("mosquitto_sub", "witness", &broker.secret("witness"));
    let heard = hears.args(["-t", topic, "-W", "1"]).output().expect("mosquitto_sub");
    assert!(heard.stdout.is_empty(), "and it is cleared: {heard:?}");
}

#[test]
fn a_board_gets_a_name_and_loses_it_with_dynamic_security() {
    life("dynamic-security", "mqtt");
}

#[test]
fn a_board_gets_a_name_and_loses_it_with_files_while_the_agent_speaks_tls() {
    life("files", "mqtts");
}

#[test]
fn the_agent_says_when_the_broker_lets_through_what_it_must_not() {
    let mut broker = Broker::prepared("open", "files");
    let lists = broker.read("acl");
    broker.write("acl", &lists.replace("node/%u/up/#", "node/+/up/#"));
    broker.again();
    let agent = Agent::start("open", "", &configured(&broker.section("mqtt")));
    let need = wait::until("a need", PATIENCE, || {
        let needs = agent.json(&["status"])["needs"].clone();
        needs.as_array()?.iter().find(|need| need["code"] == json!("broker_open")).cloned()
    });
    assert!(need["args"]["what"].to_string().contains("canary-other/up/proof"), "{need}");
    assert_eq!(agent.ask(&["status"]).code, 1);
    let config = agent.config().display().to_string();
    let check = campus::run(&["broker", "check", "--config", &config]);
    assert_eq!(check.code, 1, "{check:?}");
    assert!(check.out.contains("retained will") && check.out.contains("canary-other/up/hello"));
    // Whole again: found at the next look, without the agent.
    broker.write("acl", &lists);
    broker.again();
    let config = agent.folder().join("campus.toml").display().to_string();
    let check = campus::run(&["broker", "check", "--config", &config]);
    assert_eq!(check.code, 0, "{check:?}");
    assert!(check.out.contains("keeps accounts apart"), "{check:?}");
}

#[test]
fn people_get_accounts_by_file_and_lose_them() {
    for form in ["files", "dynamic-security"] {
        let broker = Broker::start("people", form);
        let agent = Agent::prepared("people", "", &configured(&broker.section("mqtt")));
        let config = agent.config().display().to_string();
        let run = |args: &[&str]| {
            let mut all = vec!["broker", "account"];
            all.extend_from_slice(args);
            all.extend_from_slice(&["--config", &config]);
            campus::run(&all)
        };
        let file = agent.folder().join("foyer.secret");
        let path = file.display().to_string();
        let added = run(&["add", "foyer", "--role", "dashboard", "--secret-file", &path]);
        assert_eq!(added.code, 0, "{added:?}");
        let secret = std::fs::read_to_string(&file).expect("a secret");
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        assert!(!added.out.contains(secret.trim()) && !added.err.contains(secret.trim()));
        let listed = run(&["list", "--json"]).json();
        let of =
            |name: &str| listed.as_array()?.iter().find(|it| it["name"] == json!(name)).cloned();
        assert_eq!(of("foyer").expect("listed")["role"], json!("dashboard"), "{form}: {listed}");
        assert_eq!(of("canary").expect("listed")["role"], json!("node"), "{form}: {listed}");
        // It hears states, and is not heard.
        let said =
            broker.publish(("foyer", secret.trim()), "campus/v1/test/room/a/b/set", "x", &[]);
        assert!(said.status.success(), "let in: {said:?}");
        let again = run(&["add", "foyer", "--role", "dashboard", "--secret-file", &path]);
        assert_eq!(again.code, 2, "the file is there: {again:?}");
        let taken = run(&["add", "sci-101", "--role", "home", "--secret-file", "/nowhere/x"]);
        assert_eq!(taken.code, 2, "{taken:?}");
        assert_eq!(run(&["disable", "agent"]).code, 2);
        assert_eq!(run(&["disable", "foyer"]).code, 0);
        let out = broker.publish(("foyer", secret.trim()), "campus/v1/test/x", "x", &[]);
        assert!(!out.status.success(), "{form}: {out:?}");
        assert_eq!(run(&["remove", "foyer"]).code, 0);
        assert_eq!(run(&["remove", "foyer"]).code, 2);
        assert!(!run(&["list", "--json"]).out.contains("foyer"));
    }
}

#[test]
fn a_renewed_certificate_is_good_for_whoever_knows_the_authority() {
    let mut broker = Broker::start("renew", "dynamic-security");
    let (ca, old) = (broker.read("ca.crt"), broker.read("server.crt"));
    let folder = broker.folder().display().to_string();
    let said = campus::run(&["broker", "renew", "--out", &folder, "--broker-user", "root"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("localhost, 127.0.0.1"), "{said:?}");
    assert_eq!(broker.read("ca.crt"), ca);
    assert_ne!(broker.read("server.crt"), old);
    broker.again();
    let dashboard = broker.secret("dashboard");
    let out = broker.publish(("dashboard", &dashboard), "campus/v1/test/x", "x", &[]);
    assert!(out.status.success(), "{out:?}");
    // Another campus's authority knows it not.
    let other = Broker::prepared("renew-other", "files");
    let port = broker.tls_port.to_string();
    let out = std::process::Command::new("mosquitto_pub")
        .args([
            "-h",
            "localhost",
            "-p",
            &port,
            "-u",
            "dashboard",
            "-P",
            &dashboard,
            "-t",
            "x",
            "-m",
            "x",
        ])
        .arg("--cafile")
        .arg(other.folder().join("ca.crt"))
        .output()
        .expect("mosquitto_pub");
    assert!(!out.status.success(), "{out:?}");
}
