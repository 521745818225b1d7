//! A board in a test: drives a node from script lines and writes down what it asks for.
//!
//! ```text
//! 5s sense motion 1            2m sense co2_ppm 640.5       2m sense co2_ppm silent
//! 5s power main 1200           5s register mains 10422      5s press window
//! 5s connect                   9s disconnect                1h tick
//! 6s ack 3                     6s ack 3 boot 7              6s lease 90s at 1789000000000
//! 6s desired 12 window 40 fade 2s presses 1                 6s desired 12 boot 7 window 40
//! 6s down frame garbage        7s power_cut                 7s time 1789000000000
//! ```
//! Before each line the node is called at every deadline up to that moment.

use expect_test::Expect;
use node::{Action, Down, Input, Millis, Node, Out, Settings, What};
use std::fmt::Write as _;
use wire::{
    Ack, Alone, Desired, Frame, Hello, LampDesired, Lease, NoReading, Quantity, Sample, Value,
};

/// The transcript of a classroom that lives through a script.
pub fn check(script: &str, transcript: Expect) {
    transcript.assert_eq(Board::classroom().script(script));
}

/// A node, its time, and what it asked for.
pub struct Board {
    pub node: Node,
    pub now: Millis,
    out: Out,
    settings: Settings,
    saved: Vec<u8>,
    alone: Alone,
    calls_at_once: u32,
    pub transcript: String,
    /// Payloads of the last call.
    pub sent: Vec<(What, Vec<u8>)>,
    /// Lamp orders of the last call.
    pub lamps: Vec<(String, u8, u32)>,
}

impl Board {
    pub fn new(settings: Settings) -> Self {
        Self {
            node: Node::new(settings.clone(), None),
            now: 0,
            out: Out::new(),
            settings,
            saved: Vec::new(),
            alone: Alone::default(),
            calls_at_once: 0,
            transcript: String::new(),
            sent: Vec::new(),
            lamps: Vec::new(),
        }
    }

    /// A classroom with the lamps `window` and `inner`.
    pub fn classroom() -> Self {
        let settings = Settings::new("0.1.0", "test", "classroom", &["window", "inner"]);
        Self::new(settings.expect("these are good names"))
    }

    /// Gives one input and keeps what the node asks for.
    pub fn give(&mut self, input: Input<'_>) {
        self.node.handle(input, self.now, &mut self.out);
        self.sent.clear();
        self.lamps.clear();
        for action in self.out.actions() {
            let _ = write!(self.transcript, "{:<8} ", self.now);
            match action {
                Action::Save(bytes) => {
                    self.saved = bytes.to_vec();
                    self.transcript += "save\n";
                }
                Action::Lamp { channel, level_pct, fade_ms } => {
                    self.lamps.push((channel.to_owned(), level_pct, fade_ms));
                    let _ = writeln!(self.transcript, "lamp {channel} {level_pct} % in {fade_ms}");
                }
                Action::Publish { what, payload } => {
                    self.sent.push((what, payload.to_vec()));
                    match what {
                        What::Hello => {
                            let hello = Hello::parse(payload).expect("nodes say valid hellos");
                            let _ = writeln!(self.transcript, "hello boot {}", hello.boot);
                        }
                        What::Frame => show(payload, &mut self.transcript),
                        What::Result => {}
                    }
                }
                _ => {}
            }
        }
    }

    /// Calls the node at every deadline up to `until`.
    pub fn run_to(&mut self, until: Millis) {
        while self.step_to(until) {}
    }

    /// Calls the node at its next deadline, if that comes by `until`; otherwise time moves there.
    pub fn step_to(&mut self, until: Millis) -> bool {
        let Some(due) = self.node.deadline().filter(|due| *due <= until) else {
            self.now = self.now.max(until);
            return false;
        };
        self.calls_at_once = if due > self.now { 0 } else { self.calls_at_once + 1 };
        assert!(self.calls_at_once < 50, "the deadline {due} does not go away");
        self.now = self.now.max(due);
        self.give(Input::Tick);
        true
    }

    /// The supply goes and comes: memory is gone, what was saved is not.
    pub fn power_cut(&mut self) {
        self.node = Node::new(self.settings.clone(), Some(&self.saved));
        self.now = 0;
    }

    pub fn script(&mut self, script: &str) -> &str {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            self.run_to(ms(words[0]));
            let _ = writeln!(self.transcript, "{:<8} > {}", self.now, words[1..].join(" "));
            self.line(&words[1..]);
        }
        &self.transcript
    }

    fn line(&mut self, words: &[&str]) {
        match words {
            ["tick"] => self.give(Input::Tick),
            ["connect"] => self.give(Input::Connected),
            ["disconnect"] => self.give(Input::Disconnected),
            ["power_cut"] => self.power_cut(),
            ["press", channel] => self.give(Input::Press { channel }),
            ["time", t] => self.give(Input::Time { t_ms: t.parse().expect(t) }),
            ["power", channel, value] => {
                self.give(Input::Power { channel, sample: sample(value) });
            }
            ["register", channel, value] => {
                self.give(Input::Register { channel, sample: sample(value) });
            }
            ["sense", name, value] => {
                let (name, channel) = name.split_once('.').unwrap_or((name, ""));
                let quantity = Quantity::from_name(name).expect(name);
                self.give(Input::Sense { quantity, channel, sample: sample(value) });
            }
            ["ack", seq] => self.ack(self.node.boot(), seq.parse().expect(seq)),
            ["ack", seq, "boot", boot] => {
                self.ack(boot.parse().expect(boot), seq.parse().expect(seq));
            }
            ["lease", lease_ms, "at", t] => {
                let lease_ms = ms(lease_ms) as u32;
                self.lease(Lease { t: t.parse().expect(t), lease_ms });
            }
            ["alone", "hold", hold] => self.alone.hold_ms = ms(hold) as u32,
            ["desired", version, "boot", boot, lamps @ ..] => {
                self.desired(version, boot.parse().expect(boot), lamps);
            }
            ["desired", version, lamps @ ..] => self.desired(version, self.node.boot(), lamps),
            ["down", kind, payload] => {
                let kind = match *kind {
                    "ack" => Down::Ack,
                    "desired" => Down::Desired,
                    _ => Down::Lease,
                };
                self.give(Input::Down { kind, payload: payload.as_bytes() });
            }
            _ => panic!("no such line: {words:?}"),
        }
    }

    pub fn ack(&mut self, boot: u32, seq: u32) {
        let mut bytes = [0; 64];
        let len = Ack { boot, seq }.emit(&mut bytes).expect("64 bytes suffice");
        self.give(Input::Down { kind: Down::Ack, payload: &bytes[..len] });
    }

    pub fn lease(&mut self, lease: Lease) {
        let mut bytes = [0; 96];
        let len = lease.emit(&mut bytes).expect("96 bytes suffice");
        self.give(Input::Down { kind: Down::Lease, payload: &bytes[..len] });
    }

    pub fn want(&mut self, desired: &Desired<'_>) {
        let mut bytes = [0; 1024];
        let len = desired.emit(&mut bytes).expect("1,024 bytes suffice");
        self.give(Input::Down { kind: Down::Desired, payload: &bytes[..len] });
    }

    /// `window 40 fade 2s presses 1 inner 0`
    fn desired(&mut self, version: &str, boot: u32, mut words: &[&str]) {
        let version = version.parse().expect(version);
        let lamps = Default::default();
        let mut desired = Desired { version, boot, lamps, alone: self.alone };
        while let [channel, level, rest @ ..] = words {
            let level_pct = level.parse().expect(level);
            let mut lamp = LampDesired { channel, level_pct, fade_ms: 0, presses: 0 };
            words = rest;
            while let [key @ ("fade" | "presses"), value, rest @ ..] = words {
                match *key {
                    "fade" => lamp.fade_ms = ms(value) as u32,
                    _ => lamp.presses = value.parse().expect(value),
                }
                words = rest;
            }
            desired.lamps.push(lamp).expect("a script names few lamps");
        }
        self.want(&desired);
    }
}

/// `frame 3 (oldest 2) t … up … sent … lost 1..1: motion 1`
fn show(payload: &[u8], transcript: &mut String) {
    let frame = Frame::parse(payload).expect("nodes send valid frames");
    let _ = write!(transcript, "frame {}", frame.seq);
    if frame.oldest != frame.seq {
        let _ = write!(transcript, " oldest {}", frame.oldest);
    }
    if let Some(t) = frame.t {
        let _ = write!(transcript, " t {t}");
    }
    if frame.sent != frame.up {
        let _ = write!(transcript, " up {}", frame.up);
    }
    if let Some(lost) = frame.lost {
        let _ = write!(transcript, " lost {}..{}", lost.from, lost.to);
    }
    transcript.push(':');
    for reading in &frame.readings {
        let dot = if reading.channel.is_empty() { "" } else { "." };
        let _ = write!(transcript, " {}{dot}{}", reading.quantity.name(), reading.channel);
        let _ = match reading.sample {
            Sample::Is(value) => write!(transcript, " {value}"),
            Sample::No(reason) => write!(transcript, " {}", reason.name()),
        };
    }
    transcript.push('\n');
}

/// `250` or `250ms`, `5s`, `2m`, `1h`, and sums such as `1h5s`.
pub fn ms(text: &str) -> Millis {
    let (mut total, mut number, mut rest) = (0, 0, text);
    while let Some(first) = rest.chars().next() {
        let unit = match first {
            '0'..='9' => {
                number = number * 10 + u64::from(first) - u64::from('0');
                rest = &rest[1..];
                continue;
            }
            _ if rest.starts_with("ms") => 1,
            's' => 1_000,
            'm' => 60_000,
            'h' => 3_600_000,
            _ => panic!("no such time: {text}"),
        };
        total += number * unit;
        number = 0;
        rest = &rest[if rest.starts_with("ms") { 2 } else { 1 }..];
    }
    total + number
}

/// `21.5`, or a no-reading by its name.
pub fn sample(text: &str) -> Sample {
    if let Some(reason) = NoReading::from_name(text) {
        return Sample::No(reason);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let milli = format!("{whole}{fraction:0<3}").parse().expect(text);
    Sample::Is(Value::from_milli(milli))
}
