//! The runner on a real Mosquitto, with an agent that does nothing but acknowledge.

use super::{HOUR, MONDAY};
use crate::campus::Plan;
use crate::clock::ScaledClock;
use crate::room::What as Told;
use crate::runner::{Faults, Runner, RunnerSettings};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wire::{Ack, Frame, Hello, Topic};

/// A Mosquitto of this test's own.
struct Broker {
    child: Child,
    port: u16,
    config: std::path::PathBuf,
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.config);
    }
}

/// `None`, with the reason on stderr, where no Mosquitto is installed.
fn broker(test: &str) -> Option<Broker> {
    let programs = ["mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"];
    let answers = |program: &&str| Command::new(program).arg("-h").output().is_ok();
    let Some(program) = programs.into_iter().find(answers) else {
        eprintln!("skipped: no mosquitto on this machine");
        return None;
    };
    // Between asking for a free port and using it somebody else may take it: try again then.
    for _ in 0..10 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = std::env::temp_dir()
            .join(format!("campus-sim-{test}-{}-{port}.conf", std::process::id()));
        let lines = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 1000\n"
        );
        std::fs::write(&config, lines).unwrap();
        let mut child = Command::new(program);
        let child = child.arg("-c").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        let mut broker = Broker { child: child.spawn().unwrap(), port, config };
        let patience = Instant::now() + Duration::from_secs(10);
        while Instant::now() < patience && matches!(broker.child.try_wait(), Ok(None)) {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(broker);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    panic!("mosquitto did not start");
}

/// What the acknowledging agent has seen.
#[derive(Default)]
struct Seen {
    /// Frames per node and boot.
    frames: HashMap<(String, u32), BTreeSet<u32>>,
    arrivals: u64,
    acked: BTreeMap<(String, u32), u32>,
    /// Hellos and wills per node: boot and whether online.
    hellos: HashMap<String, Vec<(u32, bool)>>,
}

/// Acknowledges the unbroken row of every node and boot, as an agent does.
async fn acknowledge(port: u16, seen: Arc<Mutex<Seen>>) {
    let mut options = MqttOptions::new("agent", "127.0.0.1", port);
    options.set_keep_alive(Duration::from_secs(30));
    let (client, mut events) = AsyncClient::new(options, 10_000);
    client.subscribe("campus/v1/demo/node/+/up/+", QoS::AtLeastOnce).await.unwrap();
    while let Ok(event) = events.poll().await {
        let Event::Incoming(Packet::Publish(publish)) = event else { continue };
        let topic = std::str::from_utf8(&publish.topic).unwrap();
        match Topic::parse(topic).unwrap() {
            (_, Topic::Hello(node)) => {
                let hello = Hello::parse(&publish.payload).unwrap();
                let mut seen = seen.lock().unwrap();
                seen.hellos.entry(node.into()).or_default().push((hello.boot, hello.online));
            }
            (campus, Topic::Frame(node)) => {
                let frame = Frame::parse(&publish.payload).unwrap();
                let ack = note(&mut seen.lock().unwrap(), node, &frame);
                let mut bytes = [0; 64];
                let len = ack.emit(&mut bytes).unwrap();
                let topic = Topic::Ack(node).of(campus).to_string();
                let _ = client.try_publish(topic, QoS::AtLeastOnce, false, bytes[..len].to_vec());
            }
            other => panic!("{other:?} came up"),
        }
    }
}

fn note(seen: &mut Seen, node: &str, frame: &Frame<'_>) -> Ack {
    seen.arrivals += 1;
    let key = (node.to_owned(), frame.boot);
    let row = seen.frames.entry(key.clone()).or_default();
    row.insert(frame.seq);
    if let Some(lost) = frame.lost {
        row.extend(lost.from..=lost.to);
    }
    let unbroken = (1..).take_while(|seq| row.contains(seq)).last().unwrap_or(0);
    seen.acked.insert(key, unbroken);
    Ack { boot: frame.boot, seq: unbroken }
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !is() {
        assert!(Instant::now() < patience, "waited in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A runtime whose threads end with it.
fn block_on(future: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap().block_on(future);
}

#[test]
fn nodes_live_through_cuts_and_reboots_on_a_real_broker() {
    let Some(broker) = broker("cuts") else { return };
    block_on(async {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let agent = tokio::spawn(acknowledge(broker.port, seen.clone()));
        let plan = Arc::new(Plan::new(4, 2));
        let clock = ScaledClock::new(MONDAY + 9 * HOUR + HOUR / 2, 120.0);
        let mut settings =
            RunnerSettings::new(plan.clone(), ("127.0.0.1".into(), broker.port), clock);
        let acks = Arc::new(Mutex::new(Vec::new()));
        let heard = acks.clone();
        settings.on_ack = Some(Arc::new(move |node: &str, boot, seq| {
            heard.lock().unwrap().push((node.to_owned(), boot, seq));
        }));
        let runner = Runner::start(settings);
        let mut happenings = runner.happenings();
        let nodes = plan.nodes.len();
        let of = |node: &str| runner.counters().into_iter().find(|one| one.node == node).unwrap();
        until("all connected", || runner.counters().iter().all(|one| one.connected)).await;
        until("all acknowledged", || runner.counters().iter().all(|one| one.acked_seq > 3)).await;
        assert_eq!(seen.lock().unwrap().hellos.len(), nodes);

        let before = of("sci-101");
        assert!(runner.cut("sci-101", Duration::ZERO));
        until("connected again", || of("sci-101").connects > before.connects).await;
        let will = |boot| seen.lock().unwrap().hellos["sci-101"].contains(&(boot, false));
        until("the will of the cut connection", || will(1)).await;
        until("more frames after the cut", || of("sci-101").acked_seq > before.last_seq + 2).await;

        assert!(runner.reboot("main-101"));
        until("the next boot", || of("main-101").boot == 2).await;
        until("frames of the next boot", || of("main-101").acked_seq > 2).await;
        assert!(!runner.reboot("nobody"));

        until("a whole break", || runner.clock().now_ms() > MONDAY + 10 * HOUR + HOUR / 20).await;
        let truth = runner.stop().await;
        assert_eq!(truth.rooms.len(), 4);
        {
            let acks = acks.lock().unwrap();
            let highest = |boot| {
                acks.iter()
                    .filter(move |ack| ack.0 == "main-101" && ack.1 == boot)
                    .map(|ack| ack.2)
                    .max()
            };
            assert!(
                highest(1) > Some(3) && highest(2) > Some(2),
                "{:?} {:?}",
                highest(1),
                highest(2)
            );
        }
        let mut told = Vec::new();
        while let Ok(happening) = happenings.try_recv() {
            told.push(happening.what);
        }
        assert!(told.contains(&Told::Left), "{told:?}");
        assert!(told.iter().any(|what| matches!(what, Told::Occupied { .. })), "{told:?}");
        assert!(told.iter().any(|what| matches!(what, Told::Lamp { .. })), "{told:?}");
        agent.abort();
    });
}

#[test]
fn every_frame_arrives_although_the_air_loses_doubles_and_reorders() {
    let Some(broker) = broker("air") else { return };
    block_on(async {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let agent = tokio::spawn(acknowledge(broker.port, seen.clone()));
        let plan = Arc::new(Plan::new(3, 6));
        let clock = ScaledClock::new(MONDAY + 8 * HOUR, 60.0);
        let mut settings =
            RunnerSettings::new(plan.clone(), ("127.0.0.1".into(), broker.port), clock);
        settings.faults = Faults { lose: 0.1, duplicate: 0.2, hold: 0.3, hold_ms_max: 20_000 };
        let runner = Runner::start(settings);
        let enough = || runner.counters().iter().all(|one| one.last_seq > 12);
        until("a dozen frames of every node", enough).await;
        runner.set_faults(Faults::default());
        let wanted: Vec<_> = runner.counters();
        let disturbed: u64 = wanted.iter().map(|one| one.frames_disturbed).sum();
        assert!(disturbed > 5, "the air was calm: {disturbed} frames disturbed");
        let all = || {
            let seen = seen.lock().unwrap();
            let acked = |one: &crate::NodeCounters| seen.acked.get(&(one.node.clone(), 1)).copied();
            wanted.iter().all(|one| acked(one).is_some_and(|seq| seq >= one.last_seq))
        };
        until("the unbroken row of every node", all).await;
        {
            let seen = seen.lock().unwrap();
            let distinct: usize = seen.frames.values().map(BTreeSet::len).sum();
            assert!(seen.arrivals > distinct as u64, "nothing came twice");
        }
        runner.stop().await;
        agent.abort();
    });
}

#[test]
fn nodes_that_keep_their_bytes_in_files_wake_up_with_the_next_boot() {
    let Some(broker) = broker("files") else { return };
    let folder = broker.config.with_extension("saved");
    std::fs::create_dir_all(&folder).unwrap();
    block_on(async {
        let plan = Arc::new(Plan::new(1, 1));
        for boot in 1..=3 {
            let clock = ScaledClock::new(MONDAY + 9 * HOUR, 60.0);
            let mut settings =
                RunnerSettings::new(plan.clone(), ("127.0.0.1".into(), broker.port), clock);
            settings.saved_folder = Some(folder.clone());
            let runner = Runner::start(settings);
            let all =
                || runner.counters().iter().all(|one| one.boot == boot && one.frames_published > 0);
            until("frames of the next boot", all).await;
            runner.stop().await;
        }
    });
    std::fs::remove_dir_all(&folder).unwrap();
}
