//! `cargo xtask bench firmware`: what the real firmware does on emulated boards, one number per line.
//!
//! A real Mosquitto, the real agent, and QEMU, all on this machine at once. An emulated board tells
//! nothing about the speed of a real one; what it takes of memory and stack is what the real core takes.
//!
//! `CAMPUS_NODE_IMAGE` names the image; `cargo xtask bench firmware` builds it and sets that.

use node::identity::{Certificate, Secure};
use simulator::emulated::node::CLASSROOM;
use simulator::emulated::{ByHand, EmulatedNode, NodeSettings, Uart};
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use system_tests::campus::Agent;
use system_tests::certificates::{Authority, Files, SERVER};
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::{Client, Message};
use system_tests::place::Place;
use system_tests::wait;
use tokio::runtime::Runtime;
use wire::Id;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Classrooms whose latencies are measured side by side, and how often each.
const CLASSROOMS: usize = 4;
const ROUNDS: usize = 5;
/// Nobody waits longer for anything here; a room goes dark a minute after the last movement.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long an idle board is watched.
const IDLE: Duration = Duration::from_secs(20);
/// Presses of a wall switch while the cable is pulled, and between two of them: each becomes a frame
/// at once. A hand holds a switch for 120 ms and leaves it alone for as long.
const BURST: usize = 100;
const BURST_GAP: Duration = Duration::from_millis(300);

const LAMPS: [&str; 2] = ["window", "inner"];

fn main() -> Outcome<()> {
    // As in a school: every node checks its broker, and shows a certificate of its own.
    let campus = Authority::new();
    let files = Files::new("fw-bench", &campus, &campus.issue(|_| {}));
    let certified = "require_certificate true\nuse_identity_as_username true";
    let lines = format!("max_inflight_messages 1000\n{}", files.listener(files.port(), certified));
    let broker = Mosquitto::start_behind("fw-bench", "per_listener_settings true", &lines);
    let secure = Secured { campus: &campus, port: files.port() };
    let agent = Agent::start("fw-bench", &broker.url(), &config());
    let place = Place::new("fw-bench-nodes");
    let runtime = Runtime::new()?;
    let mut client = Client::connect(broker.port(), "bench")?;
    client.subscribe("campus/v1/test/node/+/up/+")?;
    while client.next(Duration::from_millis(500))?.is_some() {}
    let mut rooms = Vec::new();
    let begun = Instant::now();
    rooms.push(Classroom::start(1, &place, &secure, &runtime)?);
    say("start.qemu", begun.elapsed().as_secs_f64(), "s");
    first_words(&mut client, begun)?;
    say("start.handshake", rooms[0].handshake()?, "ms");
    // `--burst` alone takes a minute.
    if std::env::args().any(|arg| arg == "--burst") {
        return burst(&mut client, &rooms[0], &runtime);
    }
    idle(&rooms[0])?;
    for number in 2..=CLASSROOMS {
        rooms.push(Classroom::start(number, &place, &secure, &runtime)?);
    }
    latency(&agent, &rooms)?;
    burst(&mut client, &rooms[0], &runtime)?;
    for room in &rooms {
        // The deepest that any of them has seen is what a board needs.
        say(&format!("stack.{}", room.id), room.stack()?, "B");
    }
    let deepest = rooms.iter().map(Classroom::stack).collect::<Outcome<Vec<_>>>()?;
    say("stack", deepest.into_iter().fold(0.0, f64::max), "B");
    for room in rooms {
        runtime.block_on(room.node.stop());
    }
    Ok(())
}

/// From the start of QEMU to the node's hello and its first frame, as a subscriber sees them.
fn first_words(client: &mut Client, begun: Instant) -> Outcome<()> {
    let online = |message: &Message| {
        let text = String::from_utf8_lossy(&message.payload).into_owned();
        message.topic.ends_with("/c1/up/hello") && text.contains("\"online\":true")
    };
    let frame = |message: &Message| message.topic.ends_with("/c1/up/frame");
    let (mut hello_s, mut frame_s) = (None, None);
    while hello_s.is_none() || frame_s.is_none() {
        let message = client.next(PATIENCE)?.ok_or("the node says nothing")?;
        let now_s = begun.elapsed().as_secs_f64();
        if online(&message) {
            hello_s.get_or_insert(now_s);
        }
        if frame(&message) {
            frame_s.get_or_insert(now_s);
        }
    }
    say("start.hello", hello_s.unwrap_or_default(), "s");
    say("start.first_frame", frame_s.unwrap_or_default(), "s");
    Ok(())
}

/// What a board that samples, listens and reports takes of one processor of this machine.
fn idle(room: &Classroom) -> Outcome<()> {
    // What is busy at the start is not idle.
    std::thread::sleep(Duration::from_secs(10));
    let id = room.node.machine()?.id();
    let (before, begun) = (cpu_s(id)?, Instant::now());
    std::thread::sleep(IDLE);
    let share = (cpu_s(id)? - before) / begun.elapsed().as_secs_f64();
    say("idle.cpu", share * 100.0, "%");
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = rss.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0.0);
    say("idle.qemu_rss", kib / 1024.0, "MiB");
    Ok(())
}

/// From a pin to a lamp, through driver, brain, MQTT, agent, rules, MQTT, brain and DALI.
fn latency(agent: &Agent, rooms: &[Classroom]) -> Outcome<()> {
    // A PIR is not believed while it warms up.
    wait::until("every PIR is believed", PATIENCE, || {
        let believed = |room: &Classroom| {
            agent.json(&["node", "show", &room.id])["readings"]["motion"].is_number()
        };
        rooms.iter().all(believed).then_some(())
    });
    let mut took = Vec::new();
    for round in 0..ROUNDS {
        for room in rooms {
            wait::until("the room is dark", PATIENCE, || {
                room.hand.levels().iter().all(|level| *level == 0).then_some(())
            });
            room.hand.take_changes();
            let begun = Instant::now();
            room.hand.see(|seen| seen.motion = true);
            let lit = wait::until("a lamp is lit", PATIENCE, || {
                let changes = room.hand.take_changes();
                changes.into_iter().find(|change| change.level_pct > 0).map(|change| change.at)
            });
            took.push(lit - begun);
            room.hand.see(|seen| seen.motion = false);
        }
        eprintln!("round {} of {ROUNDS}", round + 1);
    }
    took.sort();
    let at = |percent: usize| took[(took.len() * percent).div_ceil(100).max(1) - 1];
    say("latency.samples", took.len() as f64, "");
    say("latency.p50", at(50).as_secs_f64() * 1000.0, "ms");
    say("latency.p99", at(99).as_secs_f64() * 1000.0, "ms");
    Ok(())
}

/// How fast a board gets rid of what it kept while its cable was pulled.
fn burst(client: &mut Client, room: &Classroom, runtime: &Runtime) -> Outcome<()> {
    let machine = room.node.machine()?;
    runtime.block_on(machine.set_link(false))?;
    for _ in 0..BURST {
        room.hand.press(0);
        std::thread::sleep(BURST_GAP);
    }
    while client.next(Duration::from_millis(200))?.is_some() {}
    runtime.block_on(machine.set_link(true))?;
    let plugged = Instant::now();
    let mut arrived = Vec::new();
    let topic = format!("campus/v1/test/node/{}/up/frame", room.id);
    // The backlog has ended when nothing comes for as long as a node waits between two reports.
    loop {
        let patience = if arrived.is_empty() { PATIENCE } else { Duration::from_secs(2) };
        match client.next(patience)? {
            Some(message) if message.topic == topic => arrived.push(plugged.elapsed()),
            Some(_)
                if arrived
                    .last()
                    .is_none_or(|at| plugged.elapsed() < *at + Duration::from_secs(2)) => {}
            _ => break,
        }
    }
    let (first, last) = (arrived.first().ok_or("no frame")?, arrived.last().ok_or("no frame")?);
    say("burst.frames", arrived.len() as f64, "");
    say("burst.back_after", first.as_secs_f64(), "s");
    let span = (*last - *first).as_secs_f64().max(0.001);
    say("burst.rate", (arrived.len() - 1) as f64 / span, "frames/s");
    Ok(())
}

/// The broker with TLS.
struct Secured<'a> {
    campus: &'a Authority,
    port: u16,
}

/// An emulated node in a room that is held by hand.
struct Classroom {
    id: String,
    hand: Arc<ByHand>,
    node: EmulatedNode,
}

impl Classroom {
    fn start(
        number: usize,
        place: &Place,
        secured: &Secured<'_>,
        runtime: &Runtime,
    ) -> Outcome<Self> {
        let id = format!("c{number}");
        let own = secured.campus.node(&id);
        let hand = Arc::new(ByHand::new(LAMPS.len()));
        hand.see(|seen| seen.illuminance_lx = 20.0);
        let identity = node::identity::Identity {
            campus: Id::new("test").map_err(|_| "an identifier")?,
            node: Id::new(&id).map_err(|_| "an identifier")?,
            host: "10.0.2.2".try_into().map_err(|_| "a host")?,
            port: secured.port,
            password: "".try_into().map_err(|_| "a password")?,
            profile: "classroom".try_into().map_err(|_| "a profile")?,
            lamps: LAMPS.iter().filter_map(|lamp| Id::new(lamp).ok()).collect(),
            fitted: CLASSROOM.into_iter().collect(),
            secure: Secure {
                server: SERVER.try_into().map_err(|_| "a name")?,
                ca: Certificate::from_slice(&secured.campus.der).map_err(|_| "a certificate")?,
                cert: Certificate::from_slice(&own.der).map_err(|_| "a certificate")?,
                key: own.sec1()[..].try_into().map_err(|_| "a key")?,
            },
            unlock: None,
            boot: 0,
        };
        let image = std::env::var_os("CAMPUS_NODE_IMAGE").map(PathBuf::from);
        let settings = NodeSettings {
            image: image.ok_or("CAMPUS_NODE_IMAGE is not set: use `cargo xtask bench firmware`")?,
            folder: place.path().join(&id),
            identity,
            number: number as u16,
        };
        let node = runtime.block_on(EmulatedNode::start(settings, hand.clone()))?;
        Ok(Self { id, hand, node })
    }

    /// How long its first TLS handshake took, as its console says it, in ms.
    fn handshake(&self) -> Outcome<f64> {
        let text = std::fs::read_to_string(self.node.settings().console_log())?;
        let (_, rest) = text.split_once("proved who it is in ").ok_or("no handshake")?;
        Ok(rest.split(' ').next().unwrap_or_default().parse()?)
    }

    /// The deepest stack so far, as its console says it, in bytes.
    fn stack(&self) -> Outcome<f64> {
        let log = self.node.settings().console_log();
        let read =
            || String::from_utf8_lossy(&std::fs::read(&log).unwrap_or_default()).into_owned();
        let before = read().len();
        let mut console = UnixStream::connect(self.node.settings().socket(Uart::Console))?;
        writeln!(console, "status")?;
        let used = wait::until("the console says its stack", PATIENCE, || {
            let text = read();
            let line = text.get(before..)?.lines().find_map(|line| line.split_once("stack "))?;
            line.1.split(' ').next()?.parse().ok()
        });
        Ok(used)
    }
}

/// CPU seconds of a program so far (man 5 proc: utime and stime, in hundredths of a second).
fn cpu_s(id: u32) -> Outcome<f64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}

fn say(name: &str, value: f64, unit: &str) {
    println!("{name} {value:.3} {unit}");
}

fn config() -> String {
    let mut text = String::from(
        "[campus]\nid = \"test\"\nname = \"Bench\"\ntime_zone = \"Asia/Shanghai\"\n\
         [broker]\nurl = \"{broker}\"\nusername = \"agent\"\n[store]\npath = \"campus.db\"\n\
         [api]\nsocket = \"{socket}\"\n[timetable]\n\
         days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\n\
         open = \"00:00-24:00\"\n[lighting]\nhold_min = 1\n",
    );
    // Writing to a string cannot fail.
    for number in 1..=CLASSROOMS {
        let _ = writeln!(text, "[[room]]\nid = \"east/c{number}\"");
        for lamp in LAMPS {
            let _ = writeln!(text, "[[room.zone]]\nid = \"{lamp}\"\nnode = \"c{number}\"");
        }
    }
    for number in 1..=CLASSROOMS {
        let _ = writeln!(text, "[[node]]\nid = \"c{number}\"\nroom = \"east/c{number}\"");
    }
    text
}
