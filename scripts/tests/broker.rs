//! The Mosquitto configuration that we tell people to use, in a real Mosquitto.
//!
//! Rights are judged by what is delivered: Mosquitto grants subscriptions that it never serves,
//! and acknowledges publishes that it refuses.

use checks::repository::root;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Far above what a broker on a busy computer needs to answer.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn mosquitto_keeps_accounts_apart_as_documented() {
    let broker = Broker::start();
    let heard = broker.listen("agent", "campus/v1/demo/#", "sci-101", "node/sci-101/up/hello");
    let tries = [
        // account, client id, topic, whether it may
        ("sci-101", "sci-101", "node/sci-101/up/frame", true),
        ("sci-101", "sci-101", "node/sci-102/up/frame", false),
        ("sci-101", "sci-101", "node/sci-101/down/ack", false),
        ("sci-101", "sci-101", "node/sci-101/up/result", true),
        ("sci-101", "sci-101", "node/sci-102/up/result", false),
        ("sci-101", "sci-101", "node/sci-101/down/settings", false),
        ("sci-101", "sci-101", "node/sci-102/down/command", false),
        ("dashboard", "dashboard", "node/sci-101/down/command", false),
        ("home", "home", "node/sci-101/down/command", false),
        ("home", "home", "node/sci-101/down/settings", false),
        ("sci-101", "sci-101", "room/science/101/set", false),
        ("dashboard", "dashboard", "room/science/101/set", false),
        ("dashboard", "dashboard", "agent", false),
        ("home", "home", "room/science/101/set", true),
        ("home", "home", "room/science/101", false),
        // The agent's name as client id: it must neither take its session nor its rights.
        ("sci-102", "agent", "node/sci-102/up/frame", true),
        ("sci-102", "agent", "node/sci-101/up/frame", false),
    ];
    for (number, (account, client, topic, _)) in tries.iter().enumerate() {
        broker.publish(account, client, topic, &number.to_string());
    }
    // Comes after all others, so what has not arrived by then was refused.
    broker.publish("sci-101", "sci-101", "node/sci-101/up/hello", "end");

    let arrived: Vec<String> = heard.until("campus/v1/demo/node/sci-101/up/hello end");
    let allowed: Vec<String> = tries
        .iter()
        .enumerate()
        .filter(|(_, (_, _, _, may))| *may)
        .map(|(number, (_, _, topic, _))| format!("campus/v1/demo/{topic} {number}"))
        .collect();
    assert_eq!(arrived, allowed);
}

#[test]
fn mosquitto_lets_a_node_hear_only_what_is_said_to_it() {
    let broker = Broker::start();
    let heard = broker.listen("sci-101", "#", "agent", "node/sci-101/down/ack");
    let others = [
        "node/sci-102/down/ack",
        "node/sci-102/down/settings",
        "node/sci-102/down/command",
        "room/science/101",
        "node/sci-101/up/frame",
        "node/sci-101/up/result",
    ];
    for topic in others {
        broker.publish("agent", "agent", topic, "not for it");
    }
    let own = ["node/sci-101/down/settings", "node/sci-101/down/command"];
    own.iter().for_each(|topic| broker.publish("agent", "agent", topic, "for it"));
    broker.publish("agent", "agent", "node/sci-101/down/ack", "end");
    let own = own.map(|topic| format!("campus/v1/demo/{topic} for it"));
    assert_eq!(heard.until("campus/v1/demo/node/sci-101/down/ack end"), own);
}

#[test]
fn mosquitto_refuses_who_has_no_account() {
    let broker = Broker::start();
    let stranger = broker.client("mosquitto_pub").args(["-t", "x", "-m", "y"]).output();
    assert!(!stranger.expect("mosquitto_pub runs").status.success());
}

#[test]
fn mosquitto_refuses_a_message_longer_than_any_frame_and_keeps_its_sender() {
    let broker = Broker::start();
    let heard = broker.listen("agent", "campus/v1/demo/#", "sci-101", "node/sci-101/up/hello");
    broker.publish("sci-101", "sci-101", "node/sci-101/up/frame", &"x".repeat(4097));
    broker.publish("sci-101", "sci-101", "node/sci-101/up/frame", &"x".repeat(3072));
    let longest = format!("campus/v1/demo/node/sci-101/up/frame {}", "x".repeat(3072));
    let nothing: [&str; 0] = [];
    assert_eq!(heard.until(&longest), nothing);
}

/// What is said until the subscriber hears it.
const BEGIN: &str = "begin";

/// A Mosquitto with the documented files, on a free port, that ends with its test.
struct Broker {
    process: Child,
    port: u16,
    folder: PathBuf,
}

impl Broker {
    fn start() -> Self {
        // Between our closing the port and Mosquitto's opening it somebody else may take it.
        let began = Instant::now();
        loop {
            if let Some(broker) = Self::try_start() {
                return broker;
            }
            assert!(began.elapsed() < PATIENCE, "mosquitto did not start with our configuration");
        }
    }

    fn try_start() -> Option<Self> {
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("campus-mosquitto-{port}"));
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        write_configuration(&folder, port);
        let process = Command::new(program("mosquitto"))
            .arg("-c")
            .arg(folder.join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto can be run");
        let mut broker = Self { process, port, folder };
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(broker);
            }
            if broker.process.try_wait().expect("mosquitto can be asked").is_some() {
                return None;
            }
            std::thread::yield_now();
        }
        None
    }

    fn client(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]).stdin(Stdio::null());
        command
    }

    /// With QoS 1, so it returns when the broker has answered; the answer itself proves nothing.
    fn publish(&self, account: &str, client: &str, topic: &str, text: &str) {
        let topic = format!("campus/v1/demo/{topic}");
        let output = self
            .client("mosquitto_pub")
            .args(["-u", account, "-P", account, "-i", client, "-q", "1", "-t", &topic, "-m", text])
            .output()
            .expect("mosquitto_pub runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Listens as `account`. Returns when it hears `speaker` say something on `topic`, so that
    /// nothing said afterwards is missed.
    fn listen(&self, account: &str, filter: &str, speaker: &str, topic: &str) -> Heard {
        let mut process = self
            .client("mosquitto_sub")
            .args(["-u", account, "-P", account, "-i", account, "-q", "1", "-v", "-t", filter])
            .stdout(Stdio::piped())
            .spawn()
            .expect("mosquitto_sub runs");
        let out = process.stdout.take().expect("its output is piped");
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                // Whoever listened may be gone.
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let heard = Heard { process, lines };
        let began = Instant::now();
        while heard.lines.recv_timeout(Duration::from_millis(100)).is_err() {
            assert!(began.elapsed() < PATIENCE, "`{account}` hears nothing on {filter}");
            self.publish(speaker, speaker, topic, BEGIN);
        }
        heard
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What a subscriber hears, line by line.
struct Heard {
    process: Child,
    lines: mpsc::Receiver<String>,
}

impl Heard {
    /// What arrived before `end`, as `topic payload`.
    fn until(&self, end: &str) -> Vec<String> {
        let mut before = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line == end => return before,
                Ok(line) if line.ends_with(BEGIN) => {}
                Ok(line) => before.push(line),
                Err(error) => panic!("{error}; heard {before:#?}"),
            }
        }
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The documented files with this test's places in them, and an account for everybody.
fn write_configuration(folder: &Path, port: u16) {
    let read = |name: &str| {
        std::fs::read_to_string(root().join("docs/operate").join(name)).expect("the file is there")
    };
    let place = |name: &str| folder.join(name).display().to_string();
    let text = read("mosquitto.conf");
    // The listener with TLS needs certificates, which only product code makes: tests/it/accounts.rs runs it.
    let (before, with_tls) =
        text.split_once("# For nodes: TLS").expect("it has a listener for nodes");
    let (_, after) =
        with_tls.split_once("tls_version tlsv1.3\n").expect("it ends with its version");
    let mut text = format!("{before}{after}");
    for (documented, ours) in [
        ("listener 1883", format!("listener {port}")),
        ("/etc/mosquitto/campus/passwd", place("passwd")),
        ("/etc/mosquitto/campus/acl", place("acl")),
        ("/var/lib/mosquitto/", format!("{}/", folder.display())),
    ] {
        assert_eq!(text.matches(documented).count(), 1, "`{documented}` stands there once");
        text = text.replace(documented, &ours);
    }
    // Started by root it would become `mosquitto`, which may not read this folder.
    text.push_str("user root\n");
    std::fs::write(folder.join("mosquitto.conf"), text).expect("it can be written");
    std::fs::write(folder.join("acl"), read("mosquitto.acl")).expect("it can be written");
    std::fs::write(folder.join("passwd"), "").expect("it can be written");
    for account in ["agent", "dashboard", "home", "sci-101", "sci-102"] {
        let status = Command::new(program("mosquitto_passwd"))
            .args(["-b", &place("passwd"), account, account])
            .status()
            .expect("mosquitto_passwd runs");
        assert!(status.success());
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
    listener.local_addr().expect("it has an address").port()
}

/// Debian puts the broker where only root's search path leads.
fn program(name: &str) -> PathBuf {
    let below_sbin = Path::new("/usr/sbin").join(name);
    if below_sbin.is_file() { below_sbin } else { name.into() }
}
