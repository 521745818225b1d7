//! A small language: what happens, one line each, in local time; out comes what was decided.
//!
//! ```text
//! 09:00 sci-101 motion=1 lux=120            a frame; the node obeys: its level_pct is what we desired
//! 09:01 sci-101 motion=0 t=08:59 seq=3 o=2 boot=1 lost=1-2 up=5000 sent=9000 level.window=7
//! 09:05 press sci-101 window 80             a frame with one more press, and the level it asks for
//! 09:10 set science/101 40 for 10m          also: set science/101 window 40 for 10m
//! 09:11 auto science/101
//! 09:11 fire on science for drill        also: fire off all for over, lock science/101 window 0 for 30m,
//!                                           unlock science/101, shed 20 for 60m, shed 20 in 5m for 60m,
//!                                           unshed, scene science/101 projection for 60m
//! 09:12 hello sci-101 2 settings=7          also: will sci-101 2, result sci-101 2 ver=7 why=bad_value
//! 09:13 tick                                also: resumed
//! 09:13 boots 3-9 sci-101 motion=0          a frame of each of these boots
//! 09:13 sci-101 empty=1 lost=1-7 seq=8      a frame without readings
//! 09:14 every 60s until 09:30 sci-101 motion=0
//! 09:30 room science/101                    also: desired sci-101, node sci-101, meter sci-101/main,
//!                                           life sci-101, settings sci-101
//! 09:30 give                                settings of the configuration
//! tue 08:00 tick                            another day of the same week
//! ```
//! `daylight=40` is the illuminance of that daylight and of the room's lamps as the node reports them.
//! A no-reading is written by its name: `co2=silent`. `acks` on a line of its own shows acknowledgements.

use crate::campus::{MONDAY, school};
use controller::{Action, By, Controller, Input, NodeIx, Timestamp};
use std::fmt::Write as _;
use wire::{
    Answered, Condition, Frame, Hello, Loss, Mode, NoReading, Outcome, Quantity, Reading, Reset,
    Sample, Value,
};

mod impose;
mod show;

use show::local;
pub use show::render;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Lines of many boots that are shown before only the first and the last are.
const SHOWN_MAX: usize = 8;

/// Runs a script and compares its transcript.
pub fn check(script: &str, expected: &expect_test::Expect) {
    expected.assert_eq(&Run::new().run(script));
}

/// A controller and what scripts need to remember.
pub struct Run {
    pub controller: Controller,
    day: i64,
    show_acks: bool,
    nodes: Vec<Counters>,
    transcript: String,
}

/// What a node of a script counts.
#[derive(Clone)]
struct Counters {
    boot: u32,
    seq: u32,
    /// By channel.
    presses: Vec<(String, u32)>,
}

impl Counters {
    const fn of_boot(boot: u32) -> Self {
        Self { boot, seq: 0, presses: Vec::new() }
    }
}

impl Run {
    pub fn new() -> Self {
        Self::of(Controller::new(school(), MONDAY).expect("a good campus"))
    }

    /// Goes on with a controller that knows something already.
    pub fn of(controller: Controller) -> Self {
        let nodes = vec![Counters::of_boot(1); controller.campus().nodes.len()];
        Self { controller, day: 0, show_acks: false, nodes, transcript: String::new() }
    }

    pub fn run(mut self, script: &str) -> String {
        self.go_on(script);
        self.transcript
    }

    /// The same run, to be gone on with by another controller.
    pub fn clone_with(&self, controller: Controller) -> Self {
        let (nodes, transcript) = (self.nodes.clone(), self.transcript.clone());
        Self { controller, day: self.day, show_acks: self.show_acks, nodes, transcript }
    }

    /// What was decided so far.
    pub fn told(&self) -> &str {
        &self.transcript
    }

    pub fn go_on(&mut self, script: &str) {
        for line in script.lines().map(str::trim) {
            self.line(line);
        }
    }

    fn line(&mut self, line: &str) {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() || words[0].starts_with('#') {
            return;
        }
        if words == ["acks"] {
            self.show_acks = true;
            return;
        }
        if let Some(day) = DAYS.iter().position(|day| *day == words[0]) {
            self.day = day as i64;
            words.remove(0);
        }
        let at = self.time(words[0]);
        match words[1] {
            "every" => self.every(at, &words),
            "boots" => self.boots(at, &words),
            _ => self.happen(at, &words[1..]),
        }
    }

    fn every(&mut self, mut at: Timestamp, words: &[&str]) {
        let step = words[2].trim_end_matches('s').parse::<i64>().expect("seconds") * 1000;
        let until = self.time(words[4]);
        while at <= until {
            self.happen(at, &words[5..]);
            at = at.plus(step);
        }
    }

    fn boots(&mut self, at: Timestamp, words: &[&str]) {
        let (from, to) = words[2].split_once('-').expect("from-to");
        let before = std::mem::take(&mut self.transcript);
        for boot in from.parse::<u32>().expect("a boot")..=to.parse().expect("a boot") {
            let boot = format!("boot={boot}");
            let words: Vec<&str> = words[3..].iter().copied().chain([boot.as_str()]).collect();
            self.happen(at, &words);
        }
        let lines: Vec<&str> = self.transcript.lines().collect();
        let shown = match lines.as_slice() {
            [first, .., last] if lines.len() > SHOWN_MAX => {
                format!("{first}\n… {} lines\n{last}\n", lines.len() - 2)
            }
            _ => self.transcript.clone(),
        };
        self.transcript = before + &shown;
    }

    fn happen(&mut self, at: Timestamp, words: &[&str]) {
        match *words {
            ["tick"] => self.handle(Input::Tick, at),
            ["resumed"] => self.handle(Input::Resumed, at),
            ["room", name] => self.show_room(name),
            ["desired", name] => self.show_desired(name),
            ["node", name] => self.show_node(name),
            ["meter", name] => self.show_meter(name),
            ["hello", node, boot, ..] => self.hello(node, boot, &words[3..], at),
            ["will", node, boot] => self.will(node, boot, at),
            ["result", node, boot, ..] => self.outcome(node, boot, &words[3..], at),
            ["life", name] => self.show_life(name),
            ["settings", name] => self.show_settings(name),
            ["give"] => {
                let new = self.controller.give_settings(at);
                let _ = writeln!(self.transcript, "    new settings: {new}");
            }
            ["press", node, channel, level] => self.press(node, channel, level, at),
            ["set", room, level, "for", time] => self.set(room, None, level, time, at),
            ["set", room, zone, level, "for", time] => self.set(room, Some(zone), level, time, at),
            ["auto", room] => {
                let room = self.controller.find_room(room).expect("a room");
                self.handle(Input::Auto { room, zone: None }, at);
            }
            ["fire" | "lock" | "unlock" | "shed" | "unshed" | "scene", ..] => {
                self.impose(words, at)
            }
            [node, ..] => self.frame(node, &words[1..], at),
            [] => panic!("nothing happens at {at:?}"),
        }
    }

    fn set(&mut self, room: &str, zone: Option<&str>, level: &str, time: &str, at: Timestamp) {
        let minutes: i64 = time.trim_end_matches('m').parse().expect("minutes");
        let input = Input::Override {
            room: self.controller.find_room(room).expect("a room"),
            zone: zone.map(crate::campus::id),
            level_pct: level.parse().expect("a level"),
            until: at.plus(minutes * 60_000),
            by: By::Cli,
        };
        self.handle(input, at);
    }

    fn hello(&mut self, node: &str, boot: &str, words: &[&str], at: Timestamp) {
        let ix = self.node(node);
        let boot = boot.parse().expect("a boot");
        if self.nodes[ix.at()].boot != boot {
            self.nodes[ix.at()] = Counters::of_boot(boot);
        }
        let mut hello = Hello { firmware: "0.1.0", board: "sim", ..Hello::will(boot) };
        hello.online = true;
        let mut condition = Condition::default();
        for word in words {
            let (name, value) = word.split_once('=').expect("name=value");
            let number = || value.parse().expect("a number");
            match name {
                "reset" if value == "panic" => hello.reset = Reset::Panic,
                "reset" if value == "watchdog" => hello.reset = Reset::Watchdog,
                "panic" => condition.panic = Some(value),
                "mode" => condition.mode = Mode::Core,
                "settings" => condition.settings = Some(number()),
                "energy_lost" => condition.energy_lost_wh_max = Some(number()),
                "refused" => condition.refused = number(),
                "untold" => condition.untold = number(),
                other => panic!("no key `{other}`"),
            }
        }
        let (hello, condition) = (&hello, &condition);
        let mut unheard = self.controller.clone();
        self.handle(Input::Hello { node: ix, hello, condition }, at);
        unheard.handle(Input::Tick, at, &mut Vec::new());
        if !unheard.would_learn(ix, hello, condition) {
            let same = self.controller.save() == unheard.save();
            assert!(same, "what changes something is kept");
        }
    }

    fn will(&mut self, node: &str, boot: &str, at: Timestamp) {
        let hello = Hello::will(boot.parse().expect("a boot"));
        let condition = &Condition::default();
        self.handle(Input::Hello { node: self.node(node), hello: &hello, condition }, at);
    }

    fn outcome(&mut self, node: &str, boot: &str, words: &[&str], at: Timestamp) {
        let (mut version, mut why) = (None, None);
        for word in words {
            match word.split_once('=').expect("name=value") {
                ("ver", value) => version = Some(value.parse().expect("a number")),
                (_, value) => why = Some(value),
            }
        }
        let boot = boot.parse().expect("a boot");
        let what = Answered::Settings;
        let outcome = &Outcome { boot, what, id: None, why, n: None, version };
        self.handle(Input::Outcome { node: self.node(node), outcome }, at);
    }

    fn press(&mut self, node: &str, channel: &str, level: &str, at: Timestamp) {
        let ix = self.node(node);
        let presses = &mut self.nodes[ix.at()].presses;
        let at_channel = presses.iter().position(|(known, _)| known == channel);
        let nth = at_channel.unwrap_or_else(|| {
            presses.push((channel.to_owned(), 0));
            presses.len() - 1
        });
        presses[nth].1 += 1;
        let count = presses[nth].1;
        let words = [
            format!("presses.{channel}={count}"),
            format!("manual_pct.{channel}={level}"),
            format!("level.{channel}={level}"),
        ];
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.frame(node, &words, at);
    }

    fn frame(&mut self, node: &str, words: &[&str], at: Timestamp) {
        let ix = self.node(node);
        let state = &self.nodes[ix.at()];
        let (mut boot, mut seq) = (state.boot, state.seq + 1);
        let mut daylight = None;
        let (mut t, mut up, mut sent, mut oldest, mut lost) = (Some(at.0), 0, None, None, None);
        let controller = self.controller.clone();
        let mut readings = heapless::Vec::new();
        for word in words {
            let (name, value) = word.split_once('=').expect("name=value");
            let number = || value.parse::<u64>().expect("a number");
            match name {
                "boot" => boot = number() as u32,
                "seq" => seq = number() as u32,
                "empty" => {}
                "o" => oldest = Some(number() as u32),
                "up" => up = number(),
                "sent" => sent = Some(number()),
                "t" => t = (value != "none").then(|| self.time(value).0),
                "daylight" => daylight = Some(number() as u32),
                "lost" => {
                    let (from, to) = value.split_once('-').expect("from-to");
                    let run = (from.parse().expect("a number"), to.parse().expect("a number"));
                    lost = Some(Loss { from: run.0, to: run.1 });
                }
                _ => readings.push(reading(name, value)).expect("not too many readings"),
            }
        }
        let state = &mut self.nodes[ix.at()];
        if boot == state.boot {
            state.seq = state.seq.max(seq);
        }
        if !words.contains(&"empty=1") {
            obey(&controller, ix, &mut readings);
        }
        if let Some(daylight_lx) = daylight {
            shine(&controller, ix, daylight_lx, &mut readings);
        }
        let oldest = oldest.unwrap_or(seq);
        let sent = sent.unwrap_or(up);
        let frame = Frame { boot, seq, oldest, t, up, sent, lost, readings, unknown: 0 };
        self.handle(Input::Frame { node: ix, frame: &frame }, at);
    }

    fn handle(&mut self, input: Input<'_>, at: Timestamp) {
        let mut out = Vec::new();
        self.controller.handle(input, at, &mut out);
        for action in out {
            if let Some(line) = render(&self.controller, &action, self.show_acks) {
                let shown = match &action {
                    Action::Changed { at, .. } => *at,
                    _ => at,
                };
                let _ = writeln!(self.transcript, "{} {line}", local(shown));
            }
        }
    }

    fn node(&self, name: &str) -> NodeIx {
        self.controller.find_node(name).unwrap_or_else(|| panic!("no node `{name}`"))
    }

    fn time(&self, word: &str) -> Timestamp {
        let mut parts = word.split(':').map(|part| part.parse::<i64>().expect("a time"));
        let mut next = || parts.next().unwrap_or(0);
        let seconds = (self.day * 24 + next()) * 3600 + next() * 60 + next();
        MONDAY.plus(seconds * 1000)
    }
}

type Readings<'a> = heapless::Vec<Reading<'a>, { wire::frame::READINGS_MAX }>;

/// Adds what an obedient node reports of its lamps, where the script says nothing else.
fn obey<'a>(controller: &'a Controller, ix: NodeIx, readings: &mut Readings<'a>) {
    let campus = controller.campus();
    let desired = controller.desired(ix);
    for zone in campus.rooms.iter().flat_map(|room| &room.zones) {
        let channel = zone.channel.as_str();
        let told = |r: &Reading<'_>| r.quantity == Quantity::LevelPct && r.channel == channel;
        if zone.node != campus.nodes[ix.at()].id || readings.iter().any(told) {
            continue;
        }
        let lamps = desired.iter().flat_map(|desired| &desired.lamps);
        let level = lamps.clone().find(|l| l.channel == channel).map_or(0, |l| l.level_pct);
        let sample = Sample::Is(Value::from_whole(i64::from(level)));
        let reading = Reading { quantity: Quantity::LevelPct, channel, sample };
        readings.push(reading).expect("not too many readings");
    }
}

/// Adds the illuminance of this daylight and the reported lamps; lamps of a node are in one room.
fn shine(controller: &Controller, ix: NodeIx, daylight_lx: u32, readings: &mut Readings<'_>) {
    let campus = controller.campus();
    let zones = || {
        let all = campus.rooms.iter().flat_map(|room| &room.zones);
        all.filter(|zone| zone.node == campus.nodes[ix.at()].id)
    };
    let lamps = readings.iter().filter(|r| r.quantity == Quantity::LevelPct).map(|r| {
        let zone = zones().find(|zone| zone.channel.as_str() == r.channel).expect("a zone");
        let level = r.sample.value().map_or(0, Value::whole);
        i64::from(zone.lighting.lamp_lx) * level / 100
    });
    let lx = i64::from(daylight_lx) + lamps.sum::<i64>();
    let sample = Sample::Is(Value::from_whole(lx));
    let reading = Reading { quantity: Quantity::IlluminanceLx, channel: "", sample };
    readings.push(reading).expect("not too many readings");
}

/// `lux.window=120`, `co2=silent`, `energy=1000`.
pub fn reading<'a>(name: &'a str, value: &str) -> Reading<'a> {
    let (name, channel) = name.split_once('.').unwrap_or((name, ""));
    let name = match name {
        "lux" => "illuminance_lx",
        "level" => "level_pct",
        "energy" => "energy_wh",
        "power" => "power_w",
        "co2" => "co2_ppm",
        other => other,
    };
    let quantity = Quantity::from_name(name).unwrap_or_else(|| panic!("no quantity `{name}`"));
    let sample = match NoReading::from_name(value) {
        Some(reason) => Sample::No(reason),
        None => Sample::Is(Value::from_whole(value.parse().expect("a number"))),
    };
    Reading { quantity, channel, sample }
}
