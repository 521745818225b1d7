//! `cargo xtask bench`: what the whole system does on this machine, one number per line with its unit.
//!
//! A real Mosquitto, the release build of `campus agent`, and a load that shares no code with
//! either, all on this machine at once. CPU seconds and bytes are the kernel's own accounting of
//! the agent's process. Latencies are wall time and stand beside the broker's own in the same run.
//!
//! `bench [ingest|reaction|memory|build]…`; everything but `build` when nothing is named.

use std::error::Error;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use system_tests::campus::Agent;
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::{Client, publish_packet};
use system_tests::wait;

type Outcome = Result<(), Box<dyn Error>>;

/// Readings in one frame of the load.
const READINGS: u64 = 7;
/// How long each rate is held.
const HOLD: Duration = Duration::from_secs(15);
/// As `docs/operate/mosquitto.conf` has it; queues as high as the load needs.
const BROKER: &str =
    "max_inflight_messages 16000\nmax_queued_messages 200000\nset_tcp_nodelay true";

fn main() -> Outcome {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let wants = |name: &str| asked.is_empty() && name != "build" || asked.iter().any(|a| a == name);
    if wants("ingest") {
        for rate in [100, 1_000, 5_000, 20_000, 40_000] {
            ingest(rate)?;
        }
    }
    if wants("reaction") {
        reaction()?;
    }
    if wants("memory") {
        for nodes in [1_000, 10_000] {
            memory(nodes)?;
        }
    }
    if wants("build") {
        build()?;
    }
    Ok(())
}

fn say(name: &str, value: f64, unit: &str) {
    println!("{name} {value:.3} {unit}");
}

/// `nodes` nodes in the mains of a building, and `rooms` rooms of one node each.
fn config(nodes: usize, rooms: usize) -> String {
    let mut text = String::from(
        "[campus]\nid = \"test\"\nname = \"Bench\"\ntime_zone = \"Asia/Shanghai\"\n\
         [broker]\nurl = \"{broker}\"\nusername = \"agent\"\n[store]\npath = \"campus.db\"\n\
         [api]\nsocket = \"{socket}\"\n[timetable]\n\
         days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\n\
         open = \"00:00-24:00\"\nlessons = []\n",
    );
    for i in 0..rooms {
        text += &format!(
            "[[room]]\nid = \"b/r{i}\"\nname = \"R{i}\"\n[[room.zone]]\nid = \"window\"\n"
        );
        text += &format!("[[node]]\nid = \"r{i}\"\nroom = \"b/r{i}\"\n");
    }
    for i in 0..nodes {
        text += &format!("[[node]]\nid = \"n{i}\"\nbuilding = \"b\"\n");
    }
    text
}

/// A frame as a classroom node sends it: about 200 bytes.
fn frame(seq: u32, motion: u8, wh: u64) -> String {
    format!(
        "{{\"v\":1,\"boot\":1,\"seq\":{seq},\"up\":{},\"r\":{{\"motion\":{motion},\"illuminance_lx\":{},\
         \"co2_ppm\":640,\"temperature_c\":21.5,\"power_w.window\":36.2,\"energy_wh.window\":{wh},\
         \"level_pct.window\":40}}}}",
        u64::from(seq) * 1000,
        300 + seq % 50,
    )
}

/// A counter of the agent, by its Prometheus name.
fn metric(socket: &Path, name: &str) -> f64 {
    let Ok(mut stream) = UnixStream::connect(socket) else { return 0.0 };
    let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: campus\r\nConnection: close\r\n\r\n");
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0.0)
}

/// Publishes frames of `nodes` nodes at `rate` a second until told to stop; answers how many.
fn load(
    port: u16,
    nodes: u32,
    rate: u64,
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut reader = Client::connect(port, &format!("load-{rate}"))?;
    let mut writer = reader.writer()?;
    // PUBACKs are read and thrown away, so that the broker never has to wait for us.
    std::thread::spawn(move || while reader.read_packet().is_ok() {});
    let (start, mut count) = (Instant::now(), 0u64);
    let mut out = Vec::with_capacity(64 * 1024);
    while !stop.load(Ordering::Relaxed) {
        let due = (start.elapsed().as_secs_f64() * rate as f64) as u64;
        out.clear();
        while count < due && out.len() < 48 * 1024 {
            let (node, seq) = (count % u64::from(nodes), (count / u64::from(nodes)) as u32 + 1);
            let topic = format!("campus/v1/test/node/n{node}/up/frame");
            let id = (count % 65_000) as u16 + 1;
            let payload = frame(seq, 0, 1_000 + u64::from(seq) * 3);
            out.extend_from_slice(&publish_packet(&topic, payload.as_bytes(), id));
            count += 1;
        }
        writer.write_all(&out)?;
        sent.store(count, Ordering::Relaxed);
        if count >= due {
            // Paces the load; nothing is waited for.
            std::thread::sleep(Duration::from_micros(500));
        }
    }
    Ok(())
}

struct Loading {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    thread: std::thread::JoinHandle<Result<(), Box<dyn Error + Send + Sync>>>,
}

impl Loading {
    fn start(port: u16, nodes: u32, rate: u64) -> Self {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (flag, count) = (stop.clone(), sent.clone());
        let thread = std::thread::spawn(move || load(port, nodes, rate, flag, count));
        Self { stop, sent, thread }
    }

    fn finish(self) -> Result<u64, Box<dyn Error>> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the load panicked")?.map_err(|error| error.to_string())?;
        Ok(self.sent.load(Ordering::Relaxed))
    }
}

/// Durable ingest at one rate: what is committed, and what it costs.
fn ingest(rate: u64) -> Outcome {
    let broker = Mosquitto::start("bench", BROKER);
    let mut agent = Agent::start("bench", &broker.url(), &config(1_000, 0));
    let socket = agent.socket();
    let committed = || metric(&socket, "campus_frames_committed_total");
    let loading = Loading::start(broker.port(), 1_000, rate);
    // The first seconds make the nodes known; they are not counted.
    std::thread::sleep(Duration::from_secs(3));
    let before =
        (committed(), agent.process().cpu_s(), agent.process().written_bytes(), Instant::now());
    let broker_before = broker.process().map_or(0.0, |process| process.cpu_s());
    std::thread::sleep(HOLD);
    let frames = committed() - before.0;
    let seconds = before.3.elapsed().as_secs_f64();
    let cpu_s = agent.process().cpu_s() - before.1;
    let written = agent.process().written_bytes() - before.2;
    let broker_s = broker.process().map_or(0.0, |process| process.cpu_s()) - broker_before;
    let sent = loading.finish()?;
    let drained = Instant::now();
    wait::until("everything is committed", Duration::from_secs(120), || {
        (committed() >= sent as f64).then_some(())
    });
    say(&format!("ingest.{rate}.committed"), frames / seconds, "frames/s");
    say(&format!("ingest.{rate}.agent_cpu"), cpu_s / frames * 1e6, "CPU-s/million");
    say(&format!("ingest.{rate}.broker_cpu"), broker_s / frames * 1e6, "CPU-s/million");
    say(&format!("ingest.{rate}.written_per_frame"), written as f64 / frames, "B");
    say(
        &format!("ingest.{rate}.written_per_reading"),
        written as f64 / frames / READINGS as f64,
        "B",
    );
    say(&format!("ingest.{rate}.backlog_drained"), drained.elapsed().as_secs_f64(), "s");
    say(
        &format!("ingest.{rate}.rss_max"),
        agent.process().status_kib("VmHWM") as f64 / 1024.0,
        "MiB",
    );
    Ok(())
}

/// From an occupancy frame written to the desired state read, with 1,000 frames/s behind it.
fn reaction() -> Outcome {
    const ROOMS: usize = 1_000;
    let broker = Mosquitto::start("reaction", BROKER);
    let agent = Agent::start("reaction", &broker.url(), &config(1_000, ROOMS));
    let loading = Loading::start(broker.port(), 1_000, 1_000);
    let mut node = Client::connect(broker.port(), "reaction")?;
    node.subscribe("campus/v1/test/node/+/down/desired")?;
    node.subscribe("bench/floor")?;
    // What was desired before anything happened is retained, and not what is waited for.
    while node.next(Duration::from_millis(500))?.is_some() {}
    let (mut floor, mut reactions) = (Vec::new(), Vec::new());
    for room in 0..ROOMS {
        let start = Instant::now();
        node.publish("bench/floor", frame(1, 1, 1).as_bytes())?;
        wait_for(&mut node, "bench/floor", "")?;
        floor.push(start.elapsed());
        let start = Instant::now();
        let lit = frame(1, 1, 1_000).replace("\"illuminance_lx\":301", "\"illuminance_lx\":10");
        node.publish(&format!("campus/v1/test/node/r{room}/up/frame"), lit.as_bytes())?;
        wait_for(
            &mut node,
            &format!("campus/v1/test/node/r{room}/down/desired"),
            "\"level_pct\":",
        )?;
        reactions.push(start.elapsed());
    }
    loading.finish()?;
    drop(agent);
    for (name, mut times) in [("reaction", reactions), ("reaction.broker_floor", floor)] {
        times.sort();
        for (percent, label) in [(50, "p50"), (99, "p99")] {
            let at = times[(times.len() * percent / 100).min(times.len() - 1)];
            say(&format!("{name}.{label}"), at.as_secs_f64() * 1000.0, "ms");
        }
    }
    Ok(())
}

/// Reads until a message of this topic that holds `word`, within 5 s.
fn wait_for(client: &mut Client, topic: &str, word: &str) -> Outcome {
    let end = Instant::now() + Duration::from_secs(5);
    while Instant::now() < end {
        let Some(message) = client.next(Duration::from_secs(5))? else { break };
        let lit = !String::from_utf8_lossy(&message.payload).contains("\"level_pct\":0,");
        if message.topic == topic && (word.is_empty() || lit) {
            return Ok(());
        }
    }
    Err(format!("nothing on {topic} within 5 s").into())
}

/// Resident memory with so many nodes, each heard.
fn memory(nodes: usize) -> Outcome {
    let broker = Mosquitto::start("memory", BROKER);
    let mut agent = Agent::start("memory", &broker.url(), &config(nodes, 0));
    let socket = agent.socket();
    let loading = Loading::start(broker.port(), nodes as u32, nodes as u64 / 2);
    wait::until("every node is heard", Duration::from_secs(60), || {
        (metric(&socket, "campus_frames_committed_total") >= nodes as f64 * 3.0).then_some(())
    });
    say(&format!("memory.{nodes}.rss"), agent.process().status_kib("VmRSS") as f64 / 1024.0, "MiB");
    say(
        &format!("memory.{nodes}.rss_max"),
        agent.process().status_kib("VmHWM") as f64 / 1024.0,
        "MiB",
    );
    loading.finish()?;
    Ok(())
}

/// A release build from nothing, and the size of what comes out.
fn build() -> Outcome {
    let target = system_tests::place::Place::new("cold-build");
    let start = Instant::now();
    let mut build = std::process::Command::new(env!("CARGO"));
    build.args(["build", "--release", "--quiet", "--package", "cli", "--bin", "campus"]);
    build
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .env("CARGO_TARGET_DIR", target.path());
    if !build.status()?.success() {
        return Err("the release build failed".into());
    }
    say("build.cold", start.elapsed().as_secs_f64(), "s");
    let size = std::fs::metadata(target.path().join("release/campus"))?.len();
    say("build.size", size as f64 / 1e6, "MB");
    Ok(())
}
