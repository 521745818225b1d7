//! A technician's bench: nodes that have just left the factory, a serial cable, and `campus` from outside.
//!
//! The boards are the real firmware image in QEMU; broker and the other client of the serial protocol are other people's.

use crate::emulated::{config, image};
use mcumgr_toolkit::MCUmgrClient;
use mcumgr_toolkit::transport::serial::ConfigurableTimeout;
use serde_json::{Value, json};
use simulator::emulated::{ByHand, EmulatedNode, Uart};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use system_tests::broker::Broker;
use system_tests::campus::{self, Agent, Said};
use system_tests::place::Place;
use system_tests::wait;
use tokio::runtime::Runtime;

const PATIENCE: Duration = Duration::from_secs(60);

/// A node on the bench, with everything of a classroom wired to it.
struct Fresh {
    node: EmulatedNode,
    room: Arc<ByHand>,
    runtime: Runtime,
}

impl Fresh {
    fn start(folder: PathBuf, number: u16) -> Self {
        let room = Arc::new(ByHand::new(2));
        let runtime = Runtime::new().expect("a runtime");
        let node = EmulatedNode::start_new(image(), folder, number, room.clone());
        let node = runtime.block_on(node).expect("QEMU starts");
        Self { node, room, runtime }
    }

    fn port(&self) -> String {
        self.node.settings().socket(Uart::Console).display().to_string()
    }

    /// Does something while the light sensor sees what the lamps shine.
    fn lit_by_its_lamps<T>(&self, what: impl FnOnce() -> T) -> T {
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let shine: f64 = self.room.levels().iter().map(|level| f64::from(*level)).sum();
                    self.room.see(|seen| seen.illuminance_lx = 20.0 + 2.0 * shine);
                    // As fast as light, for a sensor that looks once a second.
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
            let result = what();
            done.store(true, Ordering::Relaxed);
            result
        })
    }

    fn inspected(&self) -> Value {
        campus::run(&["node", "inspect", "--port", &self.port(), "--json"]).json()
    }
}

#[test]
fn a_node_from_the_factory_says_what_it_is_over_its_cable_qemu() {
    let place = Place::new("bench-new");
    let fresh = Fresh::start(place.path().join("n"), 7);
    let seen = fresh.inspected();
    assert_eq!(seen["serial"], json!("525400ce0007"), "{seen}");
    assert_eq!(seen["board"], json!("qemu-mps2-an386"), "{seen}");
    assert_eq!((&seen["identity"], &seen["locked"]), (&json!({}), &json!(false)), "{seen}");
    assert_eq!(seen["why"], json!("nothing is written in the identity page"), "{seen}");
    let said = campus::run(&["--lang", "zh", "node", "inspect", "--port", &fresh.port()]);
    assert!(said.out.contains("尚无"), "{said:?}");
    // People may type on the same wire.
    let mut line = UnixStream::connect(fresh.port()).expect("the console");
    line.write_all(b"status\r\n").expect("the console");
    line.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let mut heard = String::new();
    let mut bytes = [0; 256];
    while !heard.contains("firmware ") {
        let count = line.read(&mut bytes).expect("the console answers");
        heard.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    drop(line);
    let missing = campus::run(&["node", "inspect", "--port", "/nowhere"]);
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(missing.err.contains("there is no port `/nowhere`"), "{missing:?}");
}

/// The console's socket as a client of serial ports wants it.
struct Console(UnixStream);

impl Read for Console {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl ConfigurableTimeout for Console {
    fn set_timeout(
        &mut self,
        time: Duration,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.set_read_timeout(Some(time))?)
    }
}

#[test]
fn a_client_that_others_wrote_talks_to_a_node_qemu() {
    let place = Place::new("bench-smp");
    let fresh = Fresh::start(place.path().join("n"), 8);
    wait::until("the console listens", PATIENCE, || UnixStream::connect(fresh.port()).ok());
    let console = Console(UnixStream::connect(fresh.port()).expect("the console"));
    let client = MCUmgrClient::new_from_serial(console);
    client.set_timeout(Duration::from_secs(10)).expect("a timeout");
    client.check_connection().expect("a node answers");
    assert_eq!(client.os_echo("Is anybody there?").expect("an echo"), "Is anybody there?");
    // Longer than one line of the console.
    let long = "long ".repeat(150);
    assert_eq!(client.os_echo(&long).expect("an echo in many frames"), long);
    let params = client.os_mcumgr_parameters().expect("its limits");
    assert_eq!(params.buf_size, 2304);
    // What a node does not have it says, in the numbers that such clients know.
    let no = client.os_task_statistics().expect_err("it has no statistics of tasks").to_string();
    assert!(!no.is_empty());
    client.os_system_reset(false, None).expect("it starts again");
    wait::until("it has started again", PATIENCE, || {
        let log = fresh.node.settings().console_log();
        let said = std::fs::read_to_string(log).ok()?;
        said.contains("reset asked").then_some(())
    });
    assert_eq!(fresh.room.levels(), [0, 0]);
    fresh.runtime.block_on(fresh.node.stop());
}

/// A campus whose broker and agent run, with TLS and managed accounts, and whose rooms have nodes by name only.
struct Campus {
    broker: Broker,
    agent: Agent,
}

impl Campus {
    fn start(test: &str, rooms: usize) -> Self {
        let broker = Broker::start(test, "dynamic-security");
        let section = "[broker]\nurl = \"{broker}\"\nusername = \"agent\"\n";
        let plain = config(rooms);
        assert!(plain.contains(section), "{plain}");
        let agent = Agent::start(test, "", &plain.replace(section, &broker.section("mqtt")));
        wait::until_true("the agent and its broker have met", || agent.connected());
        Self { broker, agent }
    }

    /// `campus node …` with the broker where a guest of QEMU finds this computer.
    fn provision(&self, more: &[&str]) -> Said {
        let broker = format!("10.0.2.2:{}", self.broker.tls_port);
        let args = ["node", "provision", "--broker", &broker];
        self.agent.ask(&[&args[..], more].concat())
    }
}

#[test]
fn from_the_factory_into_the_room_within_a_minute_qemu() {
    let campus = Campus::start("bench-room", 2);
    let place = Place::new("bench-room-nodes");
    let began = Instant::now();
    let fresh = Fresh::start(place.path().join("a"), 21);
    println!(
        "flash (the image is loaded by the emulator) and start: {} ms",
        began.elapsed().as_millis()
    );
    let fitted = "pir,switch,radar,veml7700,scd4x,sht4x,meter-sdm120,dali";
    let labels = place.path().join("labels").display().to_string();
    let port = fresh.port();
    let said = campus
        .provision(&["--port", &port, "--room", "east/c1", "--fitted", fitted, "--label", &labels]);
    println!("{}", said.out);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("c1 (east/c1) is 525400ce0015, heard after"), "{said:?}");
    for file in ["c1.svg", "c1.png"] {
        assert!(place.path().join("labels").join(file).is_file(), "{file}");
    }
    let shown = campus.agent.json(&["node", "show", "c1"]);
    assert_eq!(shown["hardware"]["serial"], json!("525400ce0015"), "{shown}");

    // Somebody stands below it while it is accepted.
    fresh.room.see(|seen| (seen.presence, seen.motion) = (true, true));
    let accepting = Instant::now();
    let accepted = fresh.lit_by_its_lamps(|| campus.agent.ask(&["node", "accept", "c1"]));
    println!("{}accepted after {} ms", accepted.out, accepting.elapsed().as_millis());
    assert_eq!(accepted.code, 0, "{accepted:?}");
    println!("from the factory into the room: {:.1} s", began.elapsed().as_secs_f64());
    // A sensor that hangs where its lamps do not shine: nobody puts the ladder away.
    let refused = campus.agent.ask(&["--lang", "zh", "node", "accept", "c1", "--skip", "motion"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.out.contains("不通过 照度传感器能看到自己的灯具"), "{refused:?}");

    // It is locked now: its own agent opens it, nobody else does.
    let seen = fresh.inspected();
    assert_eq!(
        (&seen["locked"], &seen["identity"]["tls"]),
        (&json!(true), &json!("yes")),
        "{seen}"
    );
    let alone = campus::run(&["--agent", "/nowhere", "node", "erase", "--port", &port, "--yes"]);
    assert_eq!(alone.code, 2, "{alone:?}");
    assert_eq!(fresh.inspected()["identity"]["node"], json!("c1"));
    no_secret_leaves(&campus, &fresh, &[&said, &accepted]);

    replaced_and_revoked(&campus, &fresh, &place);
}

/// Another board takes the name; the first one is shut out; then the second one is, too.
fn replaced_and_revoked(campus: &Campus, first: &Fresh, place: &Place) {
    let second = Fresh::start(place.path().join("b"), 22);
    let port = second.port();
    let job = ["--port", &port, "--node", "c1", "--fitted", "pir,dali"];
    let said = campus.provision(&job);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("525400ce0015"), "{said:?}");
    let before = campus.agent.json(&["node", "show", "c1"])["boot"].as_u64().expect("a boot");
    let said = campus.provision(&[&job[..], &["--replace", "--why", "water"]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    let shown = campus.agent.json(&["node", "show", "c1"]);
    // A count of its own could lie below the first board's, and would pass for its past.
    assert_eq!(shown["boot"], json!(before + 1), "{shown}");
    assert_eq!(shown["hardware"]["serial"], json!("525400ce0016"), "{shown}");
    wait::until("the first board is shut out", PATIENCE, || {
        (first.inspected()["state"]["session"] != json!("connected")).then_some(())
    });
    let began = Instant::now();
    let revoked = campus.agent.ask(&["node", "revoke", "c1", "--why", "stolen"]);
    assert_eq!(revoked.code, 0, "{revoked:?}");
    wait::until("the second board is shut out", PATIENCE, || {
        (second.inspected()["state"]["session"] != json!("connected")).then_some(())
    });
    println!("revoked: out after {} ms", began.elapsed().as_millis());
    // Its agent can still open it: it blinks, and forgets everything.
    second.room.take_changes();
    let blinked = campus.agent.ask(&["node", "inspect", "--port", &port, "--blink", "5s"]);
    assert_eq!(blinked.code, 1, "it has no session: {blinked:?}");
    wait::until("its lamps blink", PATIENCE, || {
        (second.room.take_changes().len() > 1).then_some(())
    });
    let erased = campus.agent.ask(&["node", "erase", "--port", &port, "--yes"]);
    assert_eq!(erased.code, 0, "{erased:?}");
    wait::until("it is as from the factory", PATIENCE, || {
        (second.inspected()["identity"] == json!({})).then_some(())
    });
}

/// What the node was given is in its flash, and in nothing that anybody reads.
fn no_secret_leaves(campus: &Campus, fresh: &Fresh, said: &[&Said]) {
    let flash = std::fs::read(fresh.node.settings().flash()).expect("its flash");
    let secret = |key: &str| {
        let at =
            flash.windows(key.len()).rposition(|part| part == key.as_bytes()).expect("it is there");
        let value = flash[at + key.len()..].split(|byte| *byte == b'\n').next().expect("a line");
        String::from_utf8(value.to_vec()).expect("text")
    };
    let console = std::fs::read_to_string(fresh.node.settings().console_log()).expect("its log");
    for key in ["\npassword=", "\nunlock="] {
        let secret = secret(key);
        assert_eq!(secret.len(), 64);
        let shown = format!("{}{}", fresh.inspected(), campus.agent.json(&["node", "show", "c1"]));
        for said in said {
            assert!(!said.out.contains(&secret) && !said.err.contains(&secret), "{key}");
        }
        assert!(!shown.contains(&secret) && !console.contains(&secret), "{key}");
        assert!(!campus.broker.log().contains(&secret), "{key}");
    }
}

#[test]
fn a_table_of_nodes_goes_on_after_one_that_fails_and_is_resumed_qemu() {
    let campus = Campus::start("bench-table", 3);
    let place = Place::new("bench-table-nodes");
    let nodes: Vec<Fresh> = (1..=2u16)
        .map(|number| Fresh::start(place.path().join(number.to_string()), 40 + number))
        .collect();
    let missing = place.path().join("none").display().to_string();
    let rows = [
        format!("{},east/c1,pir;dali", nodes[0].port()),
        format!("{missing},east/c3,pir"),
        format!("{},east/c2,pir;dali", nodes[1].port()),
    ];
    let table = place.write("nodes.csv", &format!("port,room,fitted\n{}\n", rows.join("\n")));
    let table = table.display().to_string();
    let said = campus.provision(&["--table", &table]);
    println!("{}", said.out);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("2 provisioned, 1 failed"), "{said:?}");
    assert!(said.out.contains("there is no port"), "{said:?}");
    let again = campus.provision(&["--table", &table]);
    assert_eq!(again.code, 1, "{again:?}");
    assert_eq!(again.out.matches(" already\n").count(), 2, "{again:?}");
    assert!(again.out.contains("0 provisioned, 1 failed"), "{again:?}");
}
