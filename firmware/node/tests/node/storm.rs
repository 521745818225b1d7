//! Whatever comes from above, at whatever time: a node never panics, is never stuck, and says nothing
//! that the wire would refuse. The bytes are a program; the fuzzer of `fuzz/` runs it too.

use node::{Action, Down, Input, Key, LogState, Node, Out, Settings, Start, What};
use wire::{Condition, Frame, Hello, Loss, Outcome, Quantity, Reset, Sample, Value};

/// Calls at one moment that are allowed: a window of the log, and what is due then.
const CALLS_MAX: usize = 64;

/// A node, its flash, and the rest of the program.
struct Storm<'a> {
    rest: &'a [u8],
    node: Node,
    out: Box<Out>,
    now: u64,
    saved: Vec<u8>,
    stored: Option<Vec<u8>>,
    log: Vec<Vec<u8>>,
    recall: Option<Option<Key>>,
}

/// Runs a program.
pub fn storm(program: &[u8]) {
    let mut storm = Storm {
        rest: program,
        node: Node::new(settings(), None),
        out: Box::new(Out::new()),
        now: 0,
        saved: Vec::new(),
        stored: None,
        log: Vec::new(),
        recall: None,
    };
    storm.start(Reset::PowerOn);
    while storm.step() {}
}

fn settings() -> Settings {
    Settings::new("0.1.0", "storm", "classroom", &["window", "inner"]).expect("good names")
}

impl<'a> Storm<'a> {
    fn byte(&mut self) -> u8 {
        let (byte, rest) = self.rest.split_first().unwrap_or((&0, &[]));
        self.rest = rest;
        *byte
    }

    fn bytes(&mut self) -> &'a [u8] {
        let len = usize::from(self.byte()) * 13;
        let (bytes, rest) = self.rest.split_at(len.min(self.rest.len()));
        self.rest = rest;
        bytes
    }

    fn number(&mut self) -> u32 {
        u32::from(self.byte()) << (self.byte() % 24)
    }

    /// One instruction; false at the end of the program.
    fn step(&mut self) -> bool {
        if self.rest.is_empty() {
            return false;
        }
        match self.byte() % 16 {
            0..4 => {
                let (kind, payload) = (kind(self.byte()), self.bytes());
                self.give(Input::Down { kind, payload });
            }
            4..7 => {
                let (kind, payload) = self.payload();
                self.give(Input::Down { kind, payload: payload.as_bytes() });
            }
            7 | 8 => {
                let wait_ms = u64::from(self.number());
                self.pass(wait_ms);
            }
            9 => self.give(Input::Connected),
            10 => self.give(Input::Disconnected),
            11 => {
                let sample = Sample::Is(Value::from_milli(i64::from(self.number())));
                let quantity = Quantity::ALL[usize::from(self.byte()) % Quantity::ALL.len()];
                self.give(Input::Sense { quantity, channel: "", sample });
            }
            12 => self.give(Input::Press { channel: "window" }),
            13 => {
                let record = self.bytes();
                self.give(Input::Recalled((!record.is_empty()).then_some(record)));
            }
            14 => {
                let (from, to) = (self.number(), self.number());
                let boot = self.node.boot().saturating_sub(u32::from(self.byte() % 3));
                self.give(Input::Shed { boot, frames: Loss { from, to } });
            }
            _ => {
                let resets = [Reset::PowerOn, Reset::Watchdog, Reset::Panic, Reset::Asked];
                let reset = resets[usize::from(self.byte()) % 4];
                self.start(reset);
            }
        }
        true
    }

    /// A payload that is nearly always good.
    fn payload(&mut self) -> (Down, String) {
        let kind = kind(self.byte());
        let (a, b) = (self.number(), self.number());
        let boot = self.node.boot().saturating_sub(u32::from(self.byte() % 3));
        let payload = match kind {
            Down::Ack => format!(r#"{{"v":1,"boot":{boot},"seq":{a}}}"#),
            Down::Desired => format!(
                r#"{{"v":1,"ver":{a},"boot":{boot},"lamps":{{"window":{{"level_pct":{},"fade_ms":{b}}}}}}}"#,
                b % 101
            ),
            Down::Lease => {
                format!(r#"{{"v":1,"t":{},"lease_ms":{b}}}"#, 1_789_000_000_000 + u64::from(a))
            }
            Down::Settings => {
                format!(r#"{{"v":1,"ver":{a},"power_on":"daylight","report_interval_ms":{b}}}"#)
            }
            Down::Command if a % 7 == 0 => {
                format!(r#"{{"v":1,"id":"a","n":{b},"do":"restart"}}"#)
            }
            Down::Command => format!(r#"{{"v":1,"id":"a","n":{b},"do":"identify"}}"#),
        };
        (kind, payload)
    }

    fn start(&mut self, reset: Reset) {
        let key = |record: Option<&Vec<u8>>| Key::of(record?);
        let held = key(self.log.first()).zip(key(self.log.last()));
        let start = Start {
            reset,
            panic: Some("storm"),
            saved: Some(&self.saved),
            stored: self.stored.as_deref(),
            log: Some(LogState { held }),
        };
        self.node = Node::start(settings(), &start);
        (self.now, self.recall) = (0, None);
        self.give(Input::Tick);
    }

    fn pass(&mut self, wait_ms: u64) {
        let end = self.now.saturating_add(wait_ms);
        // A long wait is not lived through to its end: the program has more to say.
        for _ in 0..200 {
            let Some(due) = self.node.deadline().filter(|due| *due <= end) else { break };
            self.now = self.now.max(due);
            self.settle();
        }
        self.now = end.max(self.now);
    }

    fn give(&mut self, input: Input<'_>) {
        self.call(input);
        self.settle();
    }

    /// Does what is due now.
    fn settle(&mut self) {
        for _ in 0..CALLS_MAX {
            if let Some(after) = self.recall.take() {
                let record = self.log.iter().find(|record| Key::of(record) > after).cloned();
                self.call(Input::Recalled(record.as_deref()));
            } else if self.node.deadline().is_some_and(|due| due <= self.now) {
                self.call(Input::Tick);
            } else {
                return;
            }
        }
        assert!(self.recall.is_some(), "the deadline {:?} is stuck", self.node.deadline());
    }

    fn call(&mut self, input: Input<'_>) {
        self.node.handle(input, self.now, &mut self.out);
        for action in self.out.actions() {
            match action {
                Action::Save(bytes) => self.saved = bytes.to_vec(),
                Action::Store(bytes) => self.stored = Some(bytes.to_vec()),
                Action::Keep(record) => {
                    assert!(self.log.last().is_none_or(|last| Key::of(last) < Key::of(record)));
                    self.log.push(record.to_vec());
                }
                Action::Lamp { level_pct, .. } => assert!(level_pct <= 100),
                Action::Publish { what, payload } => good(what, payload),
                Action::Forget(key) => self.log.retain(|record| Key::of(record) > Some(key)),
                Action::Recall(after) => self.recall = Some(after),
                Action::Restart => {}
            }
        }
        let surplus = self.log.len().saturating_sub(300);
        self.log.drain(..surplus);
    }
}

/// What nodes publish is read by whoever listens.
fn good(what: What, payload: &[u8]) {
    let refusal = match what {
        What::Hello => {
            Hello::parse(payload).and_then(|_| Condition::parse(payload)).map(drop).err()
        }
        What::Frame => Frame::parse(payload).map(drop).err(),
        What::Result => Outcome::parse(payload).map(drop).err(),
    };
    assert_eq!(refusal, None, "{}", String::from_utf8_lossy(payload));
}

fn kind(byte: u8) -> Down {
    [Down::Ack, Down::Desired, Down::Lease, Down::Settings, Down::Command][usize::from(byte) % 5]
}
