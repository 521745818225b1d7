//! A node of a test, written by hand: it keeps what was not acknowledged, and nothing more.
//!
//! It shares no code with the firmware, so that the two cannot agree on a mistake.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Frames by `seq`, and how far the agent has acknowledged them.
pub struct HandNode {
    /// Identifier.
    pub id: String,
    /// Restart counter.
    pub boot: u32,
    held: BTreeMap<u32, Value>,
    next_seq: u32,
    /// Last acknowledged frame of this boot.
    pub acked: u32,
    /// Cumulative energy register, Wh.
    pub register_wh: u64,
}

impl HandNode {
    /// A node that has just been switched on.
    pub fn new(id: &str, boot: u32) -> Self {
        let id = id.to_owned();
        Self { id, boot, held: BTreeMap::new(), next_seq: 1, acked: 0, register_wh: 1_000 }
    }

    /// Its topic below `node/<id>/`.
    pub fn topic(&self, below: &str) -> String {
        format!("campus/v1/test/node/{}/{below}", self.id)
    }

    /// Measures: one more frame is held. `seq` of it is answered.
    pub fn measure(&mut self, mut readings: Value) -> u32 {
        let seq = self.next_seq;
        self.next_seq += 1;
        readings["energy_wh.main"] = json!(self.register_wh);
        let frame = json!({"v": 1, "boot": self.boot, "seq": seq, "up": u64::from(seq) * 1000, "r": readings});
        self.held.insert(seq, frame);
        seq
    }

    /// Everything held, oldest first, as it goes out now.
    pub fn outstanding(&self) -> Vec<Vec<u8>> {
        let Some(oldest) = self.held.keys().next().copied() else { return Vec::new() };
        let with_oldest = |frame: &Value| {
            let mut frame = frame.clone();
            frame["o"] = json!(oldest);
            frame.to_string().into_bytes()
        };
        self.held.values().map(with_oldest).collect()
    }

    /// Hears `down/ack`; forgets up to there.
    pub fn hear(&mut self, ack: &Value) {
        if ack["boot"] == json!(self.boot) {
            let seq = ack["seq"].as_u64().unwrap_or(0) as u32;
            self.acked = self.acked.max(seq);
            self.held.retain(|held, _| *held > seq);
        }
    }

    /// Whether everything measured is acknowledged.
    pub fn done(&self) -> bool {
        self.held.is_empty()
    }
}
