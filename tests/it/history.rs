//! Nodes with a past of their own: every register at its moment is known, so that every slot of the
//! ledger can be held against the truth.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use system_tests::campus::Agent;
use system_tests::mqtt::{Client, publish_packet};

/// Length of a slot of the ledger, ms.
pub const SLOT_MS: i64 = 900_000;
pub const HOUR_MS: i64 = 3_600_000;

/// Now, ms UTC.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    since.as_millis() as i64
}

/// Start of the slot that holds a moment.
pub fn slot_of(ms: i64) -> i64 {
    ms.div_euclid(SLOT_MS) * SLOT_MS
}

/// `2026-11-20T01:42:00Z`, as the command line takes it.
pub fn utc(ms: i64) -> String {
    let (days, of_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000) / 1_000);
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days.
    let z = days + 719_468;
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    let (h, m, s) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}Z")
}

/// A node that has measured, and remembers.
pub struct Past {
    /// Identifier.
    pub id: String,
    /// Moment and register of every frame; `seq` is the position, from 1.
    pub frames: Vec<(i64, i64)>,
}

impl Past {
    /// A frame every `every_ms` from `from_ms` on, `to_ms` included if it is on the grid. Its power
    /// changes all the time, and is nothing in a third of it.
    pub fn new(id: &str, from_ms: i64, to_ms: i64, every_ms: i64) -> Self {
        let mut past = Self { id: id.to_owned(), frames: Vec::new() };
        let mut register = 1_000;
        for (nth, at) in (from_ms..=to_ms).step_by(every_ms as usize).enumerate() {
            if nth > 0 {
                register += past.step(nth as i64);
            }
            past.frames.push((at, register));
        }
        past
    }

    /// Energy between two frames, Wh: 0 to 9, different for every node.
    fn step(&self, nth: i64) -> i64 {
        let salt: i64 = self.id.bytes().map(i64::from).sum();
        let mixed = (nth + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64) >> 33;
        mixed.rem_euclid(15).saturating_sub(5).max(0)
    }

    /// Measures once more, now.
    pub fn measure(&mut self, at_ms: i64) {
        let register = self.frames.last().map_or(1_000, |last| last.1);
        let step = self.step(self.frames.len() as i64);
        self.frames.push((at_ms, register + step));
    }

    /// The frame at a position as it goes out, when `held` is the first position still held.
    pub fn payload(&self, at: usize, held: usize) -> String {
        let (t, wh) = self.frames[at];
        let (seq, oldest) = (at + 1, held + 1);
        format!(
            "{{\"v\":1,\"boot\":1,\"seq\":{seq},\"o\":{oldest},\"t\":{t},\"up\":{},\"r\":{{\"power_w\":60,\"energy_wh\":{wh}}}}}",
            seq * 1_000
        )
    }

    /// Its topic below `node/<id>/`.
    pub fn topic(&self, below: &str) -> String {
        format!("campus/v1/test/node/{}/{below}", self.id)
    }

    /// Energy of every whole slot between the first frame and `to_ms`. Frames lie on the boundaries.
    pub fn slots(&self, to_ms: i64) -> BTreeMap<i64, i64> {
        let first = slot_of(self.frames[0].0 + SLOT_MS - 1);
        let mut slots: BTreeMap<i64, i64> =
            (first..slot_of(to_ms)).step_by(SLOT_MS as usize).map(|slot| (slot, 0)).collect();
        for pair in self.frames.windows(2) {
            if let Some(energy) = slots.get_mut(&slot_of(pair[0].0)) {
                *energy += pair[1].1 - pair[0].1;
            }
        }
        slots
    }
}

/// How far the ledger is from the truth.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Σ of the ledger less Σ of the truth, Wh.
    pub error_wh: i64,
    /// Slots without a row, or with less than there was.
    pub lost: usize,
    /// Slots that are there twice, or have more than there was.
    pub duplicated: usize,
}

impl Score {
    /// Holds what `energy explain` says of a meter against the truth.
    pub fn of(agent: &Agent, meter: &str, truth: &BTreeMap<i64, i64>) -> Self {
        let mut score = Self::default();
        let (Some(first), Some(last)) = (truth.keys().next(), truth.keys().last()) else {
            return score;
        };
        let (from, to) = (utc(*first), utc(last + SLOT_MS));
        let said = agent.json(&["energy", "explain", meter, "--from", &from, "--to", &to]);
        let mut slots: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for slot in said["slots"].as_array().expect("slots") {
            let (at, wh) = (slot["slot_ms"].as_i64(), slot["energy_wh"].as_i64());
            slots.entry(at.expect("a slot")).or_default().push(wh.expect("an energy"));
        }
        for (slot, wh) in truth {
            let booked = slots.get(slot).map_or(&[][..], Vec::as_slice);
            let sum: i64 = booked.iter().sum();
            score.error_wh += sum - wh;
            score.lost += usize::from(booked.is_empty() || sum < *wh);
            score.duplicated += usize::from(booked.len() > 1 || sum > *wh);
        }
        score
    }

    /// The scores of several meters as one.
    pub fn sum(scores: impl IntoIterator<Item = Self>) -> Self {
        scores.into_iter().fold(Self::default(), |all, one| Self {
            error_wh: all.error_wh + one.error_wh,
            lost: all.lost + one.lost,
            duplicated: all.duplicated + one.duplicated,
        })
    }

    /// Prints it, and it must be perfect.
    pub fn check(&self, scenario: &str, slots: usize, caught_up: Option<Duration>) {
        let kwh = self.error_wh as f64 / 1000.0;
        let took = caught_up.map_or(String::new(), |took| format!(", caught up in {took:.1?}"));
        println!(
            "golden {scenario}: kWh error {kwh:.3}, lost intervals {}, duplicated intervals {} of {slots}{took}",
            self.lost, self.duplicated
        );
        assert!(slots > 0, "{scenario}: nothing was compared");
        assert_eq!(*self, Self::default(), "{scenario}");
    }
}

/// Sends what nodes have kept, and what they measure meanwhile, until all of it is acknowledged.
pub struct Replay {
    /// The nodes; their last frames come live.
    pub nodes: Vec<Past>,
    /// How much of each is acknowledged.
    pub acked: Vec<usize>,
    sent: Vec<usize>,
    heard: Vec<Instant>,
    next_id: u16,
}

/// Frames of one node on the way, of those that were kept. An acknowledgement comes at most every two
/// seconds, so this bounds the rate.
const WINDOW: usize = 4_000;
/// A node that hears nothing for so long begins again at the first frame that it holds.
const RESEND: Duration = Duration::from_secs(5);
/// Time between two live frames of a node.
const LIVE: Duration = Duration::from_millis(500);

impl Replay {
    /// Nothing of these nodes is acknowledged but the first `acked` frames.
    pub fn new(nodes: Vec<Past>, acked: usize) -> Self {
        let count = nodes.len();
        let (acked, sent) = (vec![acked; count], vec![acked; count]);
        Self { nodes, acked, sent, heard: vec![Instant::now(); count], next_id: 0 }
    }

    /// Sends everything, live frames first; `progress` hears how many frames are acknowledged.
    ///
    /// # Errors
    /// When the connection ends.
    pub fn run(&mut self, port: u16, mut progress: impl FnMut(usize)) -> std::io::Result<()> {
        let mut client = Client::connect(port, "replay")?;
        client.subscribe("campus/v1/test/node/+/down/ack")?;
        let mut writer = client.writer()?;
        let kept: Vec<usize> = self.nodes.iter().map(|node| node.frames.len()).collect();
        let mut next_live = Instant::now();
        while (0..kept.len()).any(|node| self.acked[node] < kept[node]) {
            let mut out = Vec::new();
            if Instant::now() >= next_live {
                next_live += LIVE;
                for node in 0..kept.len() {
                    self.nodes[node].measure(now_ms());
                    self.push(node, self.nodes[node].frames.len() - 1, &mut out);
                }
            }
            for (node, kept) in kept.iter().enumerate() {
                if self.heard[node].elapsed() > RESEND {
                    self.heard[node] = Instant::now();
                    self.sent[node] = self.acked[node];
                }
                // In small parts, so that what is live does not wait behind it.
                let end = (self.acked[node] + WINDOW).min(*kept).min(self.sent[node] + 100);
                for at in self.sent[node]..end {
                    self.push(node, at, &mut out);
                }
                self.sent[node] = self.sent[node].max(end);
            }
            writer.write_all(&out)?;
            let wait = Duration::from_millis(if out.is_empty() { 5 } else { 1 });
            while let Some(message) = client.next(wait)? {
                self.hear(&message.topic, &message.payload);
            }
            progress(self.acked.iter().sum());
        }
        self.rest(&mut client)
    }

    /// What was measured during the replay is acknowledged too, or sent again until it is.
    fn rest(&mut self, client: &mut Client) -> std::io::Result<()> {
        let mut next = Instant::now();
        loop {
            let open: Vec<usize> = (0..self.nodes.len())
                .filter(|n| self.acked[*n] < self.nodes[*n].frames.len())
                .collect();
            if open.is_empty() {
                return Ok(());
            }
            if Instant::now() >= next {
                next += RESEND;
                let mut out = Vec::new();
                for node in open {
                    (self.acked[node]..self.nodes[node].frames.len())
                        .for_each(|at| self.push(node, at, &mut out));
                }
                client.writer()?.write_all(&out)?;
            }
            if let Some(message) = client.next(Duration::from_millis(100))? {
                self.hear(&message.topic, &message.payload);
            }
        }
    }

    fn push(&mut self, node: usize, at: usize, out: &mut Vec<u8>) {
        self.next_id = self.next_id.wrapping_add(1).max(1);
        let past = &self.nodes[node];
        let payload = past.payload(at, self.acked[node]);
        let packet = publish_packet(&past.topic("up/frame"), payload.as_bytes(), self.next_id);
        out.extend_from_slice(&packet);
    }

    fn hear(&mut self, topic: &str, payload: &[u8]) {
        let ack: Value = serde_json::from_slice(payload).expect("an acknowledgement is JSON");
        let id = topic.split('/').nth(4).expect("a node's topic");
        let Some(node) = self.nodes.iter().position(|node| node.id == id) else { return };
        if ack["boot"] == json!(1) {
            self.heard[node] = Instant::now();
            let seq = ack["seq"].as_u64().unwrap_or(0) as usize;
            self.acked[node] = self.acked[node].max(seq);
            self.sent[node] = self.sent[node].max(seq);
        }
    }
}
