//! Random days of the test school: what happens is drawn, when, and in which order it arrives.

use crate::campus::{MONDAY, id, school};
use controller::{Action, By, Controller, Input, NodeIx, RoomIx, Timestamp};
use proptest::prelude::*;
use wire::{Condition, Frame, Hello, Quantity, Reading, Sample, Value};

/// One thing that happens, and how long after the one before.
#[derive(Clone, Debug)]
pub struct Step {
    pub after_ms: i64,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    /// A node reports; perhaps the network swallows it.
    Report {
        node: u32,
        seen: Sees,
        swallowed: bool,
        holds: u32,
    },
    /// The network delivers an earlier frame of a node (again).
    Again {
        node: u32,
        back: usize,
    },
    Reboot {
        node: u32,
        says_hello: bool,
    },
    Will {
        node: u32,
    },
    OldHello {
        node: u32,
    },
    Wish {
        room: u32,
        one_zone: bool,
        level_pct: u8,
        minutes: i64,
    },
    Auto {
        room: u32,
    },
    Tick,
    Resumed,
    /// The agent's clock says a little less than before.
    ClockBack {
        by_ms: i64,
    },
}

/// What a report says.
#[derive(Clone, Debug)]
pub struct Sees {
    pub motion: Option<bool>,
    pub lux: Option<i64>,
    pub co2: Option<i64>,
    pub used_wh: i64,
    pub reset: bool,
    pub press: Option<i64>,
    pub knows_time: bool,
}

prop_compose! {
    fn sees()(
        motion in prop::option::weighted(0.8, prop::bool::weighted(0.4)),
        lux in prop::option::weighted(0.7, 0..900i64),
        co2 in prop::option::weighted(0.6, prop_oneof![400..460i64, 300..2_500i64]),
        used_wh in 0..300i64,
        reset in prop::bool::weighted(0.03),
        press in prop::option::weighted(0.08, prop_oneof![Just(0), Just(100), 1..100i64]),
        knows_time in prop::bool::weighted(0.9),
    ) -> Sees {
        Sees { motion, lux, co2, used_wh, reset, press, knows_time }
    }
}

fn what() -> impl Strategy<Value = What> {
    let node = 0..4u32;
    prop_oneof![
        20 => (node.clone(), sees(), prop::bool::weighted(0.15), 0..30u32)
            .prop_map(|(node, seen, swallowed, holds)| What::Report { node, seen, swallowed, holds }),
        4 => (node.clone(), 0..12usize).prop_map(|(node, back)| What::Again { node, back }),
        1 => (node.clone(), any::<bool>())
            .prop_map(|(node, says_hello)| What::Reboot { node, says_hello }),
        1 => node.clone().prop_map(|node| What::Will { node }),
        1 => node.prop_map(|node| What::OldHello { node }),
        1 => (0..2u32, any::<bool>(), 0..=100u8, 1..200i64).prop_map(
            |(room, one_zone, level_pct, minutes)| What::Wish { room, one_zone, level_pct, minutes }
        ),
        1 => (0..2u32).prop_map(|room| What::Auto { room }),
        2 => Just(What::Tick),
        1 => Just(What::Resumed),
        1 => (0..600_000i64).prop_map(|by_ms| What::ClockBack { by_ms }),
    ]
}

prop_compose! {
    pub fn step()(
        after_ms in prop_oneof![Just(0i64), 1..2_000i64, Just(60_000), 30_000..90_000i64, 0..2_000_000i64],
        what in what(),
    ) -> Step {
        Step { after_ms, what }
    }
}

/// Up to 120 steps from some time of the day on.
pub fn day() -> impl Strategy<Value = (i64, Vec<Step>)> {
    (0..24 * 3_600_000i64, prop::collection::vec(step(), 1..120))
}

/// Something that reached the controller.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: Timestamp,
    pub input: Said,
}

#[derive(Clone, Debug)]
pub enum Said {
    Frame(NodeIx, Owned),
    Hello(NodeIx, u32, bool),
    Wish(RoomIx, Option<&'static str>, u8, Timestamp),
    Auto(RoomIx),
    Tick,
    Resumed,
}

/// A frame that owns what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Owned {
    pub boot: u32,
    pub seq: u32,
    pub oldest: u32,
    pub t: Option<i64>,
    pub up: u64,
    pub readings: Vec<(Quantity, &'static str, i64)>,
}

/// A node of the drawn school.
#[derive(Clone, Debug, Default)]
struct Drawn {
    boot: u32,
    seq: u32,
    register_wh: i64,
    presses: i64,
    sent: Vec<Owned>,
}

/// Turns steps into what reaches the controller.
pub fn events(start_ms: i64, steps: &[Step]) -> Vec<Event> {
    let mut nodes = vec![Drawn { boot: 1, register_wh: 5_000, ..Drawn::default() }; 4];
    let mut at = MONDAY.plus(start_ms);
    let mut events = Vec::new();
    for step in steps {
        at = at.plus(step.after_ms);
        let mut say = |at, input| events.push(Event { at, input });
        match &step.what {
            What::Report { node, seen, swallowed, holds } => {
                let frame = nodes[*node as usize].report(*node, seen, *holds, at);
                if !swallowed {
                    say(at, Said::Frame(NodeIx(*node), frame));
                }
            }
            What::Again { node, back } => {
                let sent = &nodes[*node as usize].sent;
                if let Some(nth) = sent.len().checked_sub(back + 1) {
                    say(at, Said::Frame(NodeIx(*node), sent[nth].clone()));
                }
            }
            What::Reboot { node, says_hello } => {
                let drawn = &mut nodes[*node as usize];
                drawn.boot += 1;
                (drawn.seq, drawn.presses) = (0, 0);
                if *says_hello {
                    say(at, Said::Hello(NodeIx(*node), drawn.boot, true));
                }
            }
            What::Will { node } => {
                say(at, Said::Hello(NodeIx(*node), nodes[*node as usize].boot, false))
            }
            What::OldHello { node } => {
                let boot = nodes[*node as usize].boot.saturating_sub(1);
                say(at, Said::Hello(NodeIx(*node), boot, true));
            }
            What::Wish { room, one_zone, level_pct, minutes } => {
                let zone = one_zone.then_some("window");
                say(at, Said::Wish(RoomIx(*room), zone, *level_pct, at.plus(minutes * 60_000)));
            }
            What::Auto { room } => say(at, Said::Auto(RoomIx(*room))),
            What::Tick => say(at, Said::Tick),
            What::Resumed => say(at, Said::Resumed),
            What::ClockBack { by_ms } => say(at.plus(-by_ms), Said::Tick),
        }
    }
    events
}

impl Drawn {
    fn report(&mut self, node: u32, seen: &Sees, holds: u32, at: Timestamp) -> Owned {
        self.seq += 1;
        self.register_wh = if seen.reset { 0 } else { self.register_wh + seen.used_wh };
        let mut readings = Vec::new();
        let lamps: &[&'static str] = match node {
            0 => &["window", "inner"],
            1 => &["window"],
            _ => &[],
        };
        for channel in lamps {
            readings.push((Quantity::LevelPct, *channel, 30));
        }
        if let Some(level) = seen.press.filter(|_| !lamps.is_empty()) {
            self.presses += 1;
            readings.push((Quantity::Presses, "window", self.presses));
            readings.push((Quantity::ManualPct, "window", level));
        }
        if let Some(motion) = seen.motion {
            readings.push((Quantity::Motion, "", i64::from(motion)));
        }
        readings.extend(seen.co2.map(|co2| (Quantity::Co2Ppm, "", co2)));
        if let Some(lux) = seen.lux {
            readings.push((Quantity::IlluminanceLx, "", lux));
        }
        readings.push((
            Quantity::EnergyWh,
            if node == 0 { "window" } else { "" },
            self.register_wh,
        ));
        let frame = Owned {
            boot: self.boot,
            seq: self.seq,
            oldest: self.seq.saturating_sub(holds).max(1),
            t: seen.knows_time.then_some(at.0),
            up: at.0 as u64,
            readings,
        };
        self.sent.push(frame.clone());
        frame
    }
}

/// Feeds one event, and gives back what was decided.
pub fn feed(controller: &mut Controller, event: &Event) -> Vec<Action> {
    let mut out = Vec::new();
    match &event.input {
        Said::Frame(node, owned) => {
            let frame = owned.frame();
            let input = Input::Frame { node: *node, frame: &frame };
            controller.handle(input, event.at, &mut out);
        }
        Said::Hello(node, boot, online) => {
            let mut hello = Hello::will(*boot);
            hello.online = *online;
            hello.firmware = if *online { "0.1.0" } else { "" };
            // The time tells whether it has settings, so that the same hello may say more later.
            let settings = (event.at.0 % 3 == 0).then_some(7);
            let condition = Condition { settings, ..Condition::default() };
            let input = Input::Hello { node: *node, hello: &hello, condition: &condition };
            controller.handle(input, event.at, &mut out);
        }
        Said::Wish(room, zone, level_pct, until) => {
            let (room, level_pct, until, by) = (*room, *level_pct, *until, By::Dashboard);
            let zone = zone.map(id);
            let input = Input::Override { room, zone, level_pct, until, by };
            controller.handle(input, event.at, &mut out);
        }
        Said::Auto(room) => {
            let input = Input::Auto { room: *room, zone: None };
            controller.handle(input, event.at, &mut out);
        }
        Said::Tick => controller.handle(Input::Tick, event.at, &mut out),
        Said::Resumed => controller.handle(Input::Resumed, event.at, &mut out),
    }
    out
}

impl Owned {
    pub fn frame(&self) -> Frame<'_> {
        let readings = self.readings.iter().map(|(quantity, channel, value)| Reading {
            quantity: *quantity,
            channel,
            sample: Sample::Is(Value::from_whole(*value)),
        });
        Frame {
            boot: self.boot,
            seq: self.seq,
            oldest: self.oldest,
            t: self.t,
            up: self.up,
            sent: self.up,
            lost: None,
            readings: readings.collect(),
            unknown: 0,
        }
    }
}

/// A controller of the test school, at some time of Monday.
pub fn controller(start_ms: i64) -> Controller {
    Controller::new(school(), MONDAY.plus(start_ms)).expect("a good campus")
}
