//! A board in a test: drives a node from script lines and writes down what it asks for.
//!
//! ```text
//! 5s sense motion 1            2m sense co2_ppm 640.5       2m sense co2_ppm silent
//! 5s power main 1200           5s register mains 10422      5s press window
//! 5s connect                   9s disconnect                1h tick
//! 6s ack 3                     6s ack 3 boot 7              6s lease 90s at 1789000000000
//! 6s desired 12 window 40 fade 2s presses 1                 6s desired 12 boot 7 window 40
//! 6s down frame garbage        7s power_cut                 7s time 1789000000000
//! 6s settings {"v":1,"ver":2}  6s command {…}               7s watchdog
//! 7s panic out_of_bounds       7s flash_gone
//! ```
//! Before each line the node is called at every deadline up to that moment.

use crate::log::Log;
use expect_test::Expect;
use node::{Action, Down, Input, Key, Millis, Node, Out, Settings, Start, What};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use wire::{
    Ack, Alone, Condition, Desired, Frame, Hello, LampDesired, Lease, Loss, NoReading, Quantity,
    Reset, Sample, Value,
};

/// The transcript of a classroom that lives through a script.
pub fn check(script: &str, transcript: Expect) {
    transcript.assert_eq(Board::classroom().script(script));
}

/// A node, its time, and what it asked for.
pub struct Board {
    pub node: Node,
    pub now: Millis,
    /// How long the boots before this one lasted, with a second between them.
    pub before: Millis,
    out: Out,
    settings: Settings,
    pub saved: Vec<u8>,
    pub stored: Option<Vec<u8>>,
    /// The flash of a board that has a frame log.
    pub log: Option<Log>,
    /// Every record that was ever kept.
    pub kept: Vec<Key>,
    /// Boots that kept a frame that knew the time.
    pub dated: BTreeSet<u32>,
    /// What the log had no room for.
    pub shed: Vec<(u32, Loss)>,
    /// What the log is asked for is answered after the next input only.
    pub slow: bool,
    pending: Option<(Option<Key>, Millis)>,
    /// The supply goes after so many of the coming actions.
    pub cut_in: Option<usize>,
    /// The node asked to be started again.
    pub restarts: bool,
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
            before: 0,
            out: Out::new(),
            settings,
            saved: Vec::new(),
            stored: None,
            log: None,
            kept: Vec::new(),
            dated: BTreeSet::new(),
            shed: Vec::new(),
            slow: false,
            pending: None,
            cut_in: None,
            restarts: false,
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

    /// The same with a log of so many records.
    pub fn with_log(records: usize) -> Self {
        let mut board = Self::classroom();
        board.log = Some(Log::new(records));
        board.start(Reset::PowerOn, None);
        board
    }

    /// Gives one input and keeps what the node asks for, and answers what it asks the log for.
    pub fn give(&mut self, input: Input<'_>) {
        self.sent.clear();
        self.lamps.clear();
        let pending = self.pending.take();
        let mut asked = self.call(input);
        if self.slow {
            // The earlier question is answered now, whatever has happened meanwhile, unless the node
            // has lost patience.
            let late = node::limits::RECALL_MS_MAX;
            self.pending = asked.map(|after| (after, self.now));
            asked = pending.filter(|(_, at)| self.now < at + late).map(|(after, _)| after);
        }
        let mut calls = 0;
        loop {
            calls += 1;
            assert!(calls < 10_000, "the node asks for ever");
            let shed = self.log.as_ref().and_then(Log::shed);
            if self.cut_in == Some(usize::MAX) {
                self.cut_in = None;
                self.power_cut();
                return;
            }
            if let Some((boot, frames)) = shed {
                self.shed.push((boot, frames));
                asked = self.call(Input::Shed { boot, frames }).or(asked);
                if self.cut_in == Some(usize::MAX) {
                    // Nothing is overwritten before the node has saved what it gives up.
                    continue;
                }
                self.log.iter_mut().for_each(|log| log.drop_to(Key { boot, seq: frames.to }));
            } else if let Some(after) = asked.take() {
                let record = self.log.as_mut().and_then(|log| log.after(after));
                let next = self.call(Input::Recalled(record.as_deref()));
                match next {
                    Some(after) if self.slow => self.pending = Some((after, self.now)),
                    next => asked = next.or(asked),
                }
            } else {
                return;
            }
        }
    }

    fn call(&mut self, input: Input<'_>) -> Option<Option<Key>> {
        self.node.handle(input, self.now, &mut self.out);
        let mut asked = None;
        for action in self.out.actions() {
            match self.cut_in {
                Some(usize::MAX) => break,
                Some(0) => {
                    self.cut_in = Some(usize::MAX);
                    break;
                }
                left => self.cut_in = left.map(|left| left - 1),
            }
            match action {
                Action::Keep(record) => {
                    self.kept.extend(Key::of(record));
                    if record[node::log::KEY_BYTES] != 0 {
                        self.dated.insert(self.node.boot());
                    }
                    self.log.as_mut().expect("only boards with a log are asked").push(record);
                    continue;
                }
                Action::Recall(after) => {
                    asked = Some(after);
                    continue;
                }
                _ => {}
            }
            let _ = write!(self.transcript, "{:<8} ", self.now);
            match action {
                Action::Store(bytes) => {
                    self.stored = Some(bytes.to_vec());
                    self.transcript += "store\n";
                }
                Action::Forget(key) => {
                    self.log.iter_mut().for_each(|log| log.drop_to(key));
                    let _ = writeln!(self.transcript, "forget {}.{}", key.boot, key.seq);
                }
                Action::Restart => {
                    self.restarts = true;
                    self.transcript += "restart\n";
                }
                Action::Keep(_) | Action::Recall(_) => {}
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
                            let _ = write!(self.transcript, "hello boot {}", hello.boot);
                            let condition = Condition::parse(payload).expect("and conditions");
                            tell(&condition, &mut self.transcript);
                        }
                        What::Frame => show(payload, self.node.boot(), &mut self.transcript),
                        What::Result => {
                            self.transcript += std::str::from_utf8(payload).expect("it is text");
                            self.transcript.push('\n');
                        }
                    }
                }
            }
        }
        asked
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
        self.start(Reset::PowerOn, None);
    }

    /// A start for a reason, with what the flash holds.
    pub fn start(&mut self, reset: Reset, panic: Option<&str>) {
        let start = Start {
            reset,
            panic,
            saved: Some(&self.saved),
            stored: self.stored.as_deref(),
            log: self.log.as_mut().map(|log| log.state()),
        };
        self.node = Node::start(self.settings.clone(), &start);
        self.before += self.now + 1_000;
        self.pending = None;
        (self.now, self.restarts, self.calls_at_once) = (0, false, 0);
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
            ["watchdog"] => self.start(Reset::Watchdog, None),
            ["panic", words] => self.start(Reset::Panic, Some(words)),
            ["asked"] => self.start(Reset::Asked, None),
            ["shipped", power_on] => {
                self.settings.power_on = match *power_on {
                    "off" => wire::PowerOn::Off,
                    "daylight" => wire::PowerOn::Daylight,
                    "last" => wire::PowerOn::Last,
                    level => wire::PowerOn::Level(level.parse().expect(level)),
                };
            }
            ["settings", payload] => {
                self.give(Input::Down { kind: Down::Settings, payload: payload.as_bytes() });
            }
            ["command", payload] => {
                self.give(Input::Down { kind: Down::Command, payload: payload.as_bytes() });
            }
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
                    "settings" => Down::Settings,
                    "command" => Down::Command,
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

/// `panic "…" core settings 3 lost 21 Wh`
fn tell(condition: &Condition<'_>, transcript: &mut String) {
    if let Some(panic) = condition.panic {
        let _ = write!(transcript, " panic {panic:?}");
    }
    if condition.mode == wire::Mode::Core {
        *transcript += " core";
    }
    for (name, value) in [
        ("settings", condition.settings),
        ("energy_lost_wh_max", condition.energy_lost_wh_max),
        ("refused", Some(condition.refused).filter(|n| *n > 0)),
        ("untold", Some(condition.untold).filter(|n| *n > 0)),
    ] {
        if let Some(value) = value {
            let _ = write!(transcript, " {name} {value}");
        }
    }
    transcript.push('\n');
}

/// `frame 3 (oldest 2) t … up … sent … lost 1..1: motion 1`
fn show(payload: &[u8], boot: u32, transcript: &mut String) {
    let frame = Frame::parse(payload).expect("nodes send valid frames");
    let _ = match frame.boot {
        of if of == boot => write!(transcript, "frame {}", frame.seq),
        of => write!(transcript, "frame {of}.{}", frame.seq),
    };
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
