//! A small language: what happens, one line each, in local time; out comes what was decided.
//!
//! ```text
//! 09:00 sci-101 motion=1 lux=120            a frame; the node obeys: its level_pct is what we desired
//! 09:01 sci-101 motion=0 t=08:59 seq=3 o=2 boot=1 lost=1-2 up=5000 sent=9000 level.window=7
//! 09:05 press sci-101 window 80             a frame with one more press, and the level it asks for
//! 09:10 set science/101 40 for 10m          also: set science/101 window 40 for 10m
//! 09:11 auto science/101
//! 09:12 hello sci-101 2                     also: will sci-101 2
//! 09:13 tick                                also: resumed
//! 09:13 boots 3-9 sci-101 motion=0          a frame of each of these boots
//! 09:13 sci-101 empty=1 lost=1-7 seq=8      a frame without readings
//! 09:14 every 60s until 09:30 sci-101 motion=0
//! 09:30 room science/101                    also: desired sci-101, node sci-101, meter sci-101/main
//! tue 08:00 tick                            another day of the same week
//! ```
//! `daylight=40` is the illuminance of that daylight and of the room's lamps as the node reports them.
//! A no-reading is written by its name: `co2=silent`. `acks` on a line of its own shows acknowledgements.

use crate::campus::{MONDAY, school};
use controller::{Action, By, Controller, Input, NodeIx, Timestamp};
use std::fmt::Write as _;
use wire::{Frame, Hello, Loss, NoReading, Quantity, Reading, Sample, Value};

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
            ["hello", node, boot] => self.hello(node, boot, true, at),
            ["will", node, boot] => self.hello(node, boot, false, at),
            ["press", node, channel, level] => self.press(node, channel, level, at),
            ["set", room, level, "for", time] => self.set(room, None, level, time, at),
            ["set", room, zone, level, "for", time] => self.set(room, Some(zone), level, time, at),
            ["auto", room] => {
                let room = self.controller.find_room(room).expect("a room");
                self.handle(Input::Auto { room, zone: None }, at);
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

    fn hello(&mut self, node: &str, boot: &str, online: bool, at: Timestamp) {
        let ix = self.node(node);
        let boot = boot.parse().expect("a boot");
        if online {
            self.nodes[ix.at()] = Counters::of_boot(boot);
        }
        let mut hello = Hello { firmware: "0.1.0", board: "sim", ..Hello::will(boot) };
        hello.online = online;
        self.handle(Input::Hello { node: ix, hello: &hello }, at);
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

    fn show_room(&mut self, name: &str) {
        let room = self.controller.room(self.controller.find_room(name).expect("a room"));
        let mut line =
            format!("    {name}: {} since {}", room.occupancy.name(), local(room.occupancy_since));
        let _ = write!(line, ", {}", room.period.name());
        for (quantity, value) in &room.readings {
            let _ = write!(line, ", {}={value}", quantity.name());
        }
        for (quantity, reason) in &room.no_readings {
            let _ = write!(line, ", {}: {}", quantity.name(), reason.name());
        }
        if let Some(power) = room.power_w {
            let _ = write!(line, ", {power} W");
        }
        let _ = writeln!(line, ", today {} Wh", room.energy_today_wh);
        for zone in &room.zones {
            let actual = zone.actual_pct.map_or("?".to_owned(), |level| level.to_string());
            let _ = write!(
                line,
                "      {} {} % (is {actual} %) since {}",
                zone.id,
                zone.level_pct,
                local(zone.since)
            );
            let _ = writeln!(line, "{}", reasons(&zone.verdict));
        }
        self.transcript += &line;
    }

    fn show_desired(&mut self, name: &str) {
        let line = match self.controller.desired(self.node(name)) {
            None => format!("    {name}: nothing desired\n"),
            Some(desired) => {
                let lamps: Vec<String> = desired
                    .lamps
                    .iter()
                    .map(|l| {
                        format!(
                            "{} {} % in {} ms, {} presses",
                            l.channel, l.level_pct, l.fade_ms, l.presses
                        )
                    })
                    .collect();
                let age = desired.version - MONDAY.0 as u64;
                format!("    {name}: version +{age}, boot {}: {}\n", desired.boot, lamps.join("; "))
            }
        };
        self.transcript += &line;
    }

    fn show_node(&mut self, name: &str) {
        let node = self.controller.node(self.node(name));
        let _ = writeln!(
            self.transcript,
            "    {name}: {}, boot {:?}, acked {:?}, {} frames, {} again, {} lost, {} refused{}",
            node.state.name(),
            node.boot,
            node.acked_seq,
            node.frames,
            node.duplicates,
            node.lost,
            node.refused,
            if node.conflict.is_some() { ", conflict" } else { "" },
        );
    }

    fn show_meter(&mut self, name: &str) {
        let meter = self.controller.find_meter(name).expect("a meter");
        let meter = self.controller.meter(meter);
        let _ = writeln!(
            self.transcript,
            "    {name}: register {} to {}, {} resets, posted {} + open {} = {} {}, today {}",
            meter.first_register_wh,
            meter.last_register_wh,
            meter.resets,
            meter.posted_wh,
            meter.open_wh,
            meter.register_difference_wh,
            if meter.adds_up() { "(adds up)" } else { "(WRONG)" },
            meter.today_wh,
        );
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

fn reasons(verdict: &lighting::Verdict) -> String {
    let mut text = String::new();
    for (at, request) in std::iter::once(&verdict.winner).chain(&verdict.losers).enumerate() {
        let _ = write!(
            text,
            "{}{} {}",
            if at == 0 { ": " } else { " > " },
            request.priority.name(),
            request.kind.name()
        );
        if let Some(level) = request.kind.level_pct() {
            let _ = write!(text, " {level}");
        }
        for (name, value) in request.reason.args() {
            let _ = write!(text, " {name}={value}");
        }
    }
    text
}

/// One action as a line; `None` for what would only make noise.
pub fn render(controller: &Controller, action: &Action, show_acks: bool) -> Option<String> {
    let node = |ix: &NodeIx| controller.campus().nodes[ix.at()].id;
    let room = |ix: &controller::RoomIx| controller.campus().rooms[ix.at()].place().to_string();
    Some(match action {
        Action::Acknowledge { node: ix, ack } if show_acks => {
            format!("ack {} {}/{}", node(ix), ack.boot, ack.seq)
        }
        Action::Acknowledge { .. } | Action::Readings { .. } | Action::RoomChanged { .. } => {
            return None;
        }
        Action::Desire { node: ix } => format!("desire {}", node(ix)),
        Action::Changed { room: ix, zone, from_pct, verdict, .. } => {
            let (zone, to) = (controller.zone_id(*zone), verdict.level_pct);
            format!("{} {zone} {from_pct} -> {to} %{}", room(ix), reasons(verdict))
        }
        Action::Posting(p) => format!(
            "posting {} {} {} Wh, {}, {}, register {}",
            controller.meter_name(p.meter),
            local(p.slot),
            p.energy_wh,
            p.quality.name(),
            p.cause.name(),
            p.register_wh
        ),
        Action::Incident(it) => format!(
            "{} {}: {} -> {} Wh, jump {}",
            it.kind.name(),
            controller.meter_name(it.meter),
            it.before_wh,
            it.after_wh,
            it.jump_wh
        ),
        Action::RoomSlot(_) => return None,
        Action::Lost { node: ix, boot, from, to, cause } => {
            format!("lost {} {boot}/{from}-{to}, {}", node(ix), cause.name())
        }
        Action::Recovered { node: ix, boot, seq } => format!("recovered {} {boot}/{seq}", node(ix)),
        Action::Conflict { node: ix, boot } => format!("conflict {} {boot}", node(ix)),
        Action::NodeChanged { node: ix } => {
            format!("{} is {}", node(ix), controller.node(*ix).state.name())
        }
    })
}

/// Local time of day, with the day of the week when it is not Monday.
fn local(at: Timestamp) -> String {
    let seconds = (at.0 - MONDAY.0).div_euclid(1000);
    let day = seconds.div_euclid(86_400);
    let of_day = seconds.rem_euclid(86_400);
    let time = format!("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60);
    match day {
        0 => time,
        1..=6 => format!("{} {time}", DAYS[day as usize]),
        other => format!("day {other} {time}"),
    }
}
