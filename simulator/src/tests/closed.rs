//! A whole day with real brains and no network: payloads go from hand to hand.

use super::{HOUR, MONDAY};
use crate::board::{Board, FromAfar, Published};
use crate::campus::{NodeKind, Plan};
use crate::room::What as Told;
use crate::world::World;
use node::{Down, What};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use wire::{Ack, Frame, Hello, Quantity, Sample};

/// A campus whose nodes hear acknowledgements at once and nothing else: all of them act alone.
struct Closed {
    plan: Arc<Plan>,
    world: World,
    boards: Vec<Board>,
    hellos: usize,
    frames: usize,
    /// Last register of every meter that a frame carried, with the moment it was measured.
    registers: HashMap<(usize, String), (i64, i64)>,
    /// What every meter truly showed at the last moments at which its node was awake.
    shown: HashMap<(usize, String), VecDeque<(i64, i64)>>,
    /// Everything published, to compare runs.
    log: Vec<(usize, Vec<u8>)>,
}

impl Closed {
    fn new(rooms: usize, seed: u64, start: i64) -> Self {
        let plan = Arc::new(Plan::new(rooms, seed));
        let mut world = World::new(plan.clone(), seed, start);
        let boards =
            (0..plan.nodes.len()).map(|node| Board::new(&plan, node, None, start).unwrap());
        let mut boards: Vec<Board> = boards.collect();
        let mut published = Vec::new();
        for board in &mut boards {
            board.hear(&mut world, FromAfar::Connected, start, &mut published);
        }
        let (registers, shown) = (HashMap::new(), HashMap::new());
        let mut closed =
            Self { plan, world, boards, hellos: 0, frames: 0, registers, shown, log: Vec::new() };
        // Hellos came first and carry no node; the boards repeat them for nobody.
        closed.hellos = published.iter().filter(|one| one.what == What::Hello).count();
        closed
    }

    fn run(&mut self, to: i64) {
        while let Some(t) = self.boards.iter().map(|board| board.next(&self.world)).min() {
            if t > to {
                break;
            }
            for node in 0..self.boards.len() {
                if self.boards[node].next(&self.world) <= t {
                    let mut published = Vec::new();
                    self.boards[node].run(&mut self.world, t, &mut published);
                    self.look_at_meters(node, t);
                    self.deliver(node, t, published);
                }
            }
        }
        self.world.advance(to);
    }

    fn look_at_meters(&mut self, node: usize, t: i64) {
        for channel in self.plan.channels(self.plan.nodes[node].kind) {
            let wh = self.world.register_wh(node, channel, t).unwrap() as i64;
            let shown = self.shown.entry((node, channel.to_owned())).or_default();
            shown.push_back((t, wh));
            // A meter is read every 30 s.
            while shown.front().is_some_and(|&(then, _)| then < t - 30_000) {
                shown.pop_front();
            }
        }
    }

    fn deliver(&mut self, node: usize, t: i64, mut published: Vec<Published>) {
        while !published.is_empty() {
            let mut answers = Vec::new();
            for Published { what, payload } in published.drain(..) {
                self.log.push((node, payload.clone()));
                match what {
                    What::Hello => {
                        assert!(Hello::parse(&payload).unwrap().online);
                        self.hellos += 1;
                    }
                    What::Frame => answers.push(self.frame(node, t, &payload)),
                    What::Result => {}
                }
            }
            for ack in answers {
                let mut bytes = [0; 64];
                let len = ack.emit(&mut bytes).unwrap();
                let heard = FromAfar::Down(Down::Ack, &bytes[..len]);
                self.boards[node].hear(&mut self.world, heard, t, &mut published);
            }
        }
    }

    fn frame(&mut self, node: usize, t: i64, payload: &[u8]) -> Ack {
        let frame = Frame::parse(payload).unwrap();
        self.frames += 1;
        for reading in frame.readings.iter().filter(|r| r.quantity == Quantity::EnergyWh) {
            let Sample::Is(value) = reading.sample else { panic!("a meter is silent: {frame:?}") };
            let key = (node, reading.channel.to_owned());
            let shown = &self.shown[&key];
            let is_true = shown.iter().any(|&(_, wh)| wh == value.whole());
            assert!(is_true, "{value} Wh was never shown within 30 s before {t}: {shown:?}");
            let before = self.registers.insert(key, (value.whole(), t));
            assert!(before.is_none_or(|(wh, _)| wh <= value.whole()), "a register fell: {frame:?}");
        }
        Ack { boot: frame.boot, seq: frame.seq }
    }
}

#[test]
fn reported_registers_are_what_the_meters_showed_and_never_late() {
    let mut closed = Closed::new(2, 11, MONDAY + 12 * HOUR);
    let mut compared = 0;
    let mut most = 0;
    for hour in 13..=24 {
        closed.run(MONDAY + hour * HOUR);
        let now = MONDAY + hour * HOUR;
        for ((node, channel), (reported, _)) in closed.registers.clone() {
            let truth = closed.world.register_wh(node, &channel, now).unwrap() as i64;
            // The meter is read every 30 s and reported every 60 s; since then it went on.
            let power = closed.world.power(node, &channel, now).and_then(Sample::value).unwrap();
            let rated_w = match closed.plan.nodes[node].kind {
                NodeKind::Room(room) => {
                    let mut zones = closed.plan.rooms[room].zones.iter();
                    i64::from(zones.find(|zone| zone.id == channel).unwrap().lamp_w)
                }
                _ => power.whole() + 3_000,
            };
            let since = rated_w * 91 / 3_600;
            let late = truth - reported;
            assert!((0..=since + 1).contains(&late), "{channel} of node {node} lacks {late} Wh");
            most = most.max(reported);
            compared += 1;
        }
    }
    assert_eq!(compared, 12 * closed.plan.meters().len());
    assert!(most > 1_000);
    // In the deep of the night nothing is lit: what is reported is the truth.
    let truth = closed.world.truth(MONDAY + 24 * HOUR);
    for register in truth.registers.iter().filter(|register| register.channel != "mains") {
        let node = closed.plan.node(&register.node).unwrap();
        let (reported, _) = closed.registers[&(node, register.channel.to_owned())];
        let late = register.energy_wh as i64 - reported;
        assert!((0..=1).contains(&late), "{register:?} reported as {reported}");
    }
}

#[test]
fn lights_follow_people_without_any_agent() {
    let mut closed = Closed::new(3, 5, MONDAY);
    closed.run(MONDAY + 24 * HOUR);
    let truth = closed.world.truth(MONDAY + 24 * HOUR);
    for room in &truth.rooms {
        let account = room.account;
        assert!(account.occupied_ms > HOUR as u64, "{room:?}");
        assert!(account.lit_ms > 0, "{room:?}");
        let dark = account.occupied_dark_ms as f64 / account.occupied_ms as f64;
        assert!(dark < 0.05, "people sat in the dark for {dark} of their time: {room:?}");
        assert!(account.lit_empty_ms < 6 * HOUR as u64, "lit for nobody: {room:?}");
        assert!(!room.is_lit() || room.people > 0, "lit at midnight: {room:?}");
    }
    assert_eq!(closed.hellos, closed.plan.nodes.len());
    assert!(closed.frames > closed.plan.nodes.len() * 24 * 60, "{} frames", closed.frames);
    assert!(closed.boards.iter().all(|board| board.brain().held() == 0), "frames are left over");
}

#[test]
fn the_wall_switch_is_obeyed_at_once_whatever_the_time() {
    let mut closed = Closed::new(2, 3, MONDAY);
    let room = closed.plan.node("sci-101").unwrap();
    for hour in [2, 9, 15] {
        let now = MONDAY + hour * HOUR;
        closed.run(now);
        for zone in 0..closed.plan.rooms[0].zones.len() {
            let lit = |world: &mut World| world.truth(now).rooms[0].levels_pct[zone] > 0;
            for _ in 0..2 {
                let before = lit(&mut closed.world);
                let mut published = Vec::new();
                let channel = closed.plan.rooms[0].zones[zone].id;
                closed.boards[room].press(&mut closed.world, channel, now, &mut published);
                closed.deliver(room, now, published);
                assert_ne!(before, lit(&mut closed.world), "{channel} at {hour} o'clock");
            }
        }
    }
}

#[test]
fn people_press_switches_now_and_then_and_lamps_follow() {
    let mut closed = Closed::new(10, 1, MONDAY + 8 * HOUR);
    closed.run(MONDAY + 12 * HOUR);
    let happenings = closed.world.take_happenings();
    let pressed = happenings.iter().enumerate().filter_map(|(n, happening)| match happening.what {
        Told::Pressed { zone } => Some((n, happening, zone)),
        _ => None,
    });
    let mut presses = 0;
    for (n, press, zone) in pressed {
        presses += 1;
        let follows = happenings[n..].iter().any(|next| {
            let same = matches!(next.what, Told::Lamp { zone: lamp, .. } if lamp == zone);
            next.room == press.room && next.t == press.t && same
        });
        assert!(follows, "nothing followed {press:?}");
    }
    assert!((1..40).contains(&presses), "{presses} presses in a morning");
}

#[test]
fn a_power_cut_starts_the_next_boot_and_meters_go_on() {
    let mut closed = Closed::new(1, 9, MONDAY + 11 * HOUR);
    let noon = MONDAY + 12 * HOUR;
    closed.run(noon);
    assert_eq!(closed.boards[0].brain().boot(), 1);
    closed.boards[0].restart(noon);
    let mut published = Vec::new();
    closed.boards[0].hear(&mut closed.world, FromAfar::Connected, noon, &mut published);
    closed.deliver(0, noon, published);
    assert_eq!(closed.boards[0].brain().boot(), 2);
    // Falling registers would be noticed while frames are delivered.
    closed.run(noon + HOUR);
    assert!(closed.registers.values().all(|&(_, t)| t > noon + HOUR - 70_000));
}

#[test]
fn the_same_seed_publishes_the_same_bytes() {
    let log = |seed| {
        let mut closed = Closed::new(3, seed, MONDAY + 7 * HOUR);
        closed.run(MONDAY + 9 * HOUR);
        closed.log
    };
    assert!(log(4) == log(4), "two runs of one seed differ");
    assert!(log(4) != log(5), "the seed changes nothing");
}
