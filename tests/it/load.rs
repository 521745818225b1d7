//! Hand-written nodes that measure and publish all the time, and keep what is not acknowledged.

use crate::node::HandNode;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use system_tests::mqtt::Client;

/// A running load. It records what it was promised, in memory of its own.
pub struct Load {
    measuring: Arc<AtomicBool>,
    nodes: Arc<Mutex<Vec<HandNode>>>,
    done: mpsc::Receiver<()>,
    thread: JoinHandle<()>,
}

/// What the load knows in the end: the truth to hold the agent against.
pub struct Truth {
    /// Identifier, frames measured, first and last register.
    pub nodes: Vec<(String, u32, u64, u64)>,
}

/// Register of every node before its first frame.
const OPENING_WH: u64 = 1_000;
/// Longest a frame waits before everything held is sent again.
const RESEND: Duration = Duration::from_millis(500);

impl Load {
    /// Starts `count` nodes `n-0`, `n-1`, … that each measure every `every`.
    pub fn start(port: u16, count: usize, every: Duration) -> Self {
        let nodes: Vec<HandNode> =
            (0..count).map(|i| HandNode::new(&format!("n-{i}"), 1)).collect();
        let nodes = Arc::new(Mutex::new(nodes));
        let measuring = Arc::new(AtomicBool::new(true));
        let (say_done, done) = mpsc::channel();
        let (shared, flag) = (nodes.clone(), measuring.clone());
        let thread = std::thread::spawn(move || {
            let mut run = Run { port, every, nodes: shared, measuring: flag };
            while !run.connection() {
                std::thread::sleep(Duration::from_millis(50));
            }
            let _ = say_done.send(());
        });
        Self { measuring, nodes, done, thread }
    }

    /// Frames acknowledged so far, over all nodes.
    ///
    /// # Panics
    /// When the load's thread has panicked.
    pub fn acked(&self) -> u64 {
        self.nodes.lock().expect("the load runs").iter().map(|node| u64::from(node.acked)).sum()
    }

    /// Stops measuring, and waits until everything measured is acknowledged.
    ///
    /// # Panics
    /// When that takes longer than a minute.
    pub fn finish(self) -> Truth {
        self.measuring.store(false, Ordering::Relaxed);
        self.done
            .recv_timeout(Duration::from_secs(60))
            .expect("everything is acknowledged in the end");
        self.thread.join().expect("the load ends well");
        let nodes = self.nodes.lock().expect("the load ended well");
        let truth = |node: &HandNode| (node.id.clone(), node.acked, OPENING_WH, node.register_wh);
        Truth { nodes: nodes.iter().map(truth).collect() }
    }
}

struct Run {
    port: u16,
    every: Duration,
    nodes: Arc<Mutex<Vec<HandNode>>>,
    measuring: Arc<AtomicBool>,
}

impl Run {
    /// One connection to the broker; true when everything is acknowledged and nothing more comes.
    fn connection(&mut self) -> bool {
        let Ok(mut client) = Client::connect(self.port, "load") else { return false };
        if client.subscribe("campus/v1/test/node/+/down/ack").is_err() {
            return false;
        }
        let mut next_measure = Instant::now();
        let mut next_resend = Instant::now();
        loop {
            let mut nodes = self.nodes.lock().expect("nobody else panics with it");
            let measuring = self.measuring.load(Ordering::Relaxed);
            if !measuring && nodes.iter().all(HandNode::done) {
                return true;
            }
            if measuring && Instant::now() >= next_measure {
                next_measure += self.every;
                for node in nodes.iter_mut() {
                    node.register_wh += 7;
                    node.measure(json!({"power_w": 420}));
                    let Some(last) = node.outstanding().pop() else { continue };
                    if client.publish(&node.topic("up/frame"), &last).is_err() {
                        return false;
                    }
                }
            }
            if Instant::now() >= next_resend {
                next_resend = Instant::now() + RESEND;
                for node in nodes.iter() {
                    for frame in node.outstanding() {
                        if client.publish(&node.topic("up/frame"), &frame).is_err() {
                            return false;
                        }
                    }
                }
            }
            drop(nodes);
            match client.next(Duration::from_millis(2)) {
                Ok(Some(message)) => self.hear(&message.topic, &message.payload),
                Ok(None) => {}
                Err(_) => return false,
            }
        }
    }

    fn hear(&self, topic: &str, payload: &[u8]) {
        let ack: Value = serde_json::from_slice(payload).expect("an acknowledgement is JSON");
        let id = topic.split('/').nth(4).expect("a node's topic");
        let mut nodes = self.nodes.lock().expect("nobody else panics with it");
        if let Some(node) = nodes.iter_mut().find(|node| node.id == id) {
            node.hear(&ack);
        }
    }
}

/// A campus of `count` such nodes.
pub fn campus(count: usize) -> String {
    let head = crate::CAMPUS.split("[[room]]").next().expect("a configuration begins");
    let nodes = (0..count).map(|i| format!("[[node]]\nid = \"n-{i}\"\nbuilding = \"science\"\n\n"));
    format!("{head}{}", nodes.collect::<String>())
}
