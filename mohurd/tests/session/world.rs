//! A collector with rows, a centre that stores, and a line between them that breaks by the dice.

use mohurd::{
    Action, Body, BuildingId, Centre, CentreAction, CentreInput, Codec, Collector, Dialect,
    Finding, Framer, Function, GOOD, GatewayId, Input, ItemCode, Items, Key, Keys, Message, Meter,
    Note, Offer, Progress, Report, Stamp, Value, Why,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub const AUTH: [u8; 16] = *b"0123456789ABCDEF";

/// 2014-06-02 00:00:00 in China, ms.
const BEGIN_MS: i64 = 1_401_638_400_000;
const SLOT_MS: u64 = 15 * 60_000;

/// (meter, function, time) to value.
type Values = BTreeMap<(String, String, Stamp), Value>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Good,
    /// Breaks at any byte, delays anything.
    Bad,
    Cut,
}

pub struct World {
    name: &'static str,
    pub now: u64,
    pub line: Line,
    pub collector: Collector,
    centre: Option<Centre>,
    to_centre: VecDeque<(u64, Vec<u8>)>,
    to_collector: VecDeque<(u64, Vec<u8>)>,
    connecting: bool,
    rows: u64,
    kept: BTreeSet<u64>,
    /// Since when each row has been there.
    born: Vec<u64>,
    backlog: Option<Progress>,
    pub stored: Values,
    pub storing: bool,
    pub findings: Vec<Finding>,
    pub notes: Vec<Note>,
    pub differing: u32,
    pub again: u32,
    pub kept_before_stored: u32,
    pub left_over: u32,
    pub refused: u32,
    pub clocks: u32,
    pub breaks: u32,
    pub connects: u32,
    pub worst_live_lag_ms: u64,
    dice: u64,
}

pub fn names() -> (BuildingId, GatewayId) {
    (BuildingId::new("310101D064").expect("an id"), GatewayId::new("01").expect("an id"))
}

pub fn codec(dialect: Dialect, auth: [u8; 16]) -> Codec {
    let keys = Keys { auth: Key::new(auth), aes: Key::new([5; 16]), iv: None };
    Codec::new(dialect, keys).expect("keys enough")
}

fn shipped(name: &str, auth: [u8; 16]) -> Codec {
    codec(Dialect::shipped(name).expect("it is shipped"), auth)
}

pub fn collector(name: &str, auth: [u8; 16], seed: u64) -> Collector {
    let (building, gateway) = names();
    Collector::new(shipped(name, auth), building, gateway, seed)
}

/// What a centre would send.
pub fn said(name: &str, body: Body) -> Vec<u8> {
    let (building_id, gateway_id) = names();
    shipped(name, AUTH).encode(&Message { building_id, gateway_id, body }, 1).expect("sayable")
}

pub fn heard(name: &str, bytes: &[u8]) -> Message {
    let codec = shipped(name, AUTH);
    let mut framer = Framer::new(codec.dialect().frame.clone());
    framer.push(bytes);
    codec.decode(&framer.take().expect("a frame").expect("a good one")).expect("a message")
}

fn report(row: u64) -> Report {
    let (building_id, gateway_id) = names();
    let slot = BEGIN_MS + (row * SLOT_MS) as i64;
    let meter = |id: u32, code: &str| Meter {
        id: id.to_string(),
        addr: format!("{id:012}"),
        tp: "06".into(),
        name: "教学楼".into(),
        functions: vec![Function {
            id: "1".into(),
            coding: ItemCode::new(code).ok(),
            value: Value::kwh_from_wh(1_000_000 + row as i64 * 75 + i64::from(id)),
            error: Some(GOOD),
        }],
    };
    let time = Stamp::from_utc_ms(slot, 8 * 3600).expect("in range");
    Report { building_id, gateway_id, time, meters: vec![meter(1, "01A10"), meter(2, "01C10")] }
}

pub fn offer(id: u64, row: u64, left_over: Option<Progress>) -> Offer {
    Offer { id, report: report(row), left_over }
}

fn values_of(report: &Report) -> impl Iterator<Item = ((String, String, Stamp), Value)> {
    report.meters.iter().flat_map(|meter| {
        meter.functions.iter().filter_map(|function| {
            Some(((meter.id.clone(), function.id.clone(), report.time), function.value?))
        })
    })
}

impl World {
    pub fn new(name: &'static str, seed: u64) -> Self {
        Self {
            name,
            now: 0,
            line: Line::Good,
            collector: collector(name, AUTH, seed),
            centre: None,
            to_centre: VecDeque::new(),
            to_collector: VecDeque::new(),
            connecting: false,
            rows: 0,
            kept: BTreeSet::new(),
            born: Vec::new(),
            backlog: None,
            stored: BTreeMap::new(),
            storing: true,
            findings: Vec::new(),
            notes: Vec::new(),
            differing: 0,
            again: 0,
            kept_before_stored: 0,
            left_over: 0,
            refused: 0,
            clocks: 0,
            breaks: 0,
            connects: 0,
            worst_live_lag_ms: 0,
            dice: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        }
    }

    /// Everything that the collector has.
    pub fn values(&self) -> Values {
        (0..self.rows).flat_map(|row| values_of(&report(row)).collect::<Vec<_>>()).collect()
    }

    pub fn run_until(&mut self, end: u64) {
        while self.now < end {
            let due = |queue: &VecDeque<(u64, Vec<u8>)>| queue.front().map(|(at, _)| *at);
            let slot = self.rows * SLOT_MS;
            let deadlines = [
                self.collector.deadline(),
                self.centre.as_ref().and_then(Centre::deadline),
                due(&self.to_centre),
                due(&self.to_collector),
                self.connecting.then_some(self.now),
                Some(slot),
            ];
            let next = deadlines.into_iter().flatten().min().expect("a slot at least");
            self.now = next.max(self.now).min(end);
            if self.now >= slot {
                self.rows += 1;
                self.born.push(self.now);
                self.tell(Input::More);
            }
            self.step();
        }
    }

    fn step(&mut self) {
        if self.line == Line::Cut && self.centre.is_some() {
            self.disconnect();
        }
        if std::mem::take(&mut self.connecting) {
            if self.line == Line::Cut {
                self.tell(Input::Closed);
            } else {
                self.connects += 1;
                let challenge = format!("{:08}", self.roll() % 100_000_000);
                let codec = shipped(self.name, AUTH);
                self.centre = Some(Centre::new(codec, Items::shipped(), &challenge, self.now));
                self.tell(Input::Connected);
            }
        }
        if let Some((_, bytes)) = self.to_centre.pop_front_if(|(at, _)| *at <= self.now) {
            self.ask(CentreInput::Bytes(&bytes));
        }
        if let Some((_, bytes)) = self.to_collector.pop_front_if(|(at, _)| *at <= self.now) {
            self.tell(Input::Bytes(&bytes));
        }
        self.ask(CentreInput::Time);
        self.tell(Input::Time);
    }

    fn tell(&mut self, input: Input<'_>) {
        let mut out = Vec::new();
        self.collector.handle(input, self.now, &mut out);
        let mut out = VecDeque::from(out);
        while let Some(action) = out.pop_front() {
            match action {
                Action::Connect => self.connecting = true,
                Action::Send(bytes) => self.carry(bytes, true),
                Action::Close => self.disconnect(),
                Action::Next => {
                    let answer = self.next();
                    let input = answer.map_or(Input::Nothing, Input::Offer);
                    let mut more = Vec::new();
                    self.collector.handle(input, self.now, &mut more);
                    out.extend(more);
                }
                Action::Kept { id } => self.kept(id),
                Action::Refused { .. } => self.refused += 1,
                Action::Clock(_) => self.clocks += 1,
                Action::Note(note) => self.notes.push(note),
            }
        }
    }

    /// The newest first, then the oldest that is missing.
    fn next(&mut self) -> Option<Offer> {
        let newest = self.rows.checked_sub(1)?;
        if !self.kept.contains(&newest) {
            return Some(offer(newest, newest, None));
        }
        let missing = (0..newest).filter(|row| !self.kept.contains(row)).count() as u32;
        if missing == 0 {
            self.backlog = None;
            return None;
        }
        let oldest = (0..newest).find(|row| !self.kept.contains(row))?;
        let progress = self.backlog.get_or_insert(Progress { total: missing, current: 0 });
        progress.current += 1;
        progress.total = progress.total.max(progress.current + missing - 1);
        Some(offer(oldest, oldest, Some(*progress)))
    }

    fn kept(&mut self, id: u64) {
        self.kept.insert(id);
        self.kept_before_stored +=
            values_of(&report(id)).filter(|(key, _)| !self.stored.contains_key(key)).count() as u32;
        if id + 1 == self.rows && self.line == Line::Good && self.backlog.is_some() {
            self.worst_live_lag_ms = self.worst_live_lag_ms.max(self.now - self.born[id as usize]);
        }
    }

    fn ask(&mut self, input: CentreInput<'_>) {
        let clock = Stamp::from_utc_ms(BEGIN_MS + self.now as i64, 8 * 3600).expect("in range");
        let mut out = Vec::new();
        let Some(centre) = &mut self.centre else { return };
        centre.handle(input, self.now, clock, &mut out);
        for action in out {
            match action {
                CentreAction::Send(bytes) => self.carry(bytes, false),
                CentreAction::Close => {
                    // What was sent before arrives before the end.
                    while let Some((_, bytes)) = self.to_collector.pop_front() {
                        self.tell(Input::Bytes(&bytes));
                    }
                    self.disconnect();
                }
                CentreAction::Keep { report, why } => {
                    self.left_over += u32::from(why == Why::Continuous);
                    let storing = self.storing;
                    if storing {
                        for (key, value) in values_of(&report) {
                            let before = self.stored.insert(key, value);
                            self.again += u32::from(before.is_some());
                            self.differing +=
                                u32::from(before.is_some_and(|before| before != value));
                        }
                    }
                    self.ask(CentreInput::Kept(storing));
                }
                CentreAction::LoggedIn(..) => {}
                CentreAction::Found(finding) => self.findings.push(finding),
            }
        }
    }

    /// Bytes on their way: whole on a good line, in pieces, late and perhaps cut on a bad one.
    fn carry(&mut self, bytes: Vec<u8>, to_centre: bool) {
        let mut pieces = vec![bytes];
        if self.line == Line::Bad {
            let cut = self.roll() as usize % (pieces[0].len() + 1);
            let rest = pieces[0].split_off(cut);
            pieces.push(rest);
            if self.roll().is_multiple_of(12) {
                // The rest never arrives, and the line is gone.
                pieces.pop();
            }
        }
        let broken = self.line == Line::Bad && pieces.len() == 1;
        for piece in pieces {
            let delay = if self.line == Line::Bad { 20 + self.roll() % 800 } else { 20 };
            let queue = if to_centre { &mut self.to_centre } else { &mut self.to_collector };
            let after = queue.back().map_or(0, |(at, _)| *at);
            queue.push_back(((self.now + delay).max(after), piece));
        }
        if broken {
            self.breaks += 1;
            if to_centre {
                // What was sent before the break may still arrive, and be stored without an answer.
                while let Some((_, bytes)) = self.to_centre.pop_front() {
                    self.ask(CentreInput::Bytes(&bytes));
                }
            }
            self.disconnect();
        }
    }

    fn disconnect(&mut self) {
        self.centre = None;
        self.to_centre.clear();
        self.to_collector.clear();
        self.tell(Input::Closed);
    }

    fn roll(&mut self) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice >> 20
    }
}
