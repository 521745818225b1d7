//! Classrooms in a closed loop: the real controller, real node brains, simulated lamps and sky; payloads
//! take a moment from hand to hand. Seeded: the same numbers give the same hours.

use controller::{
    Action, Campus, Controller, Days, Input, NodeConfig, Place, RoomConfig, Settings, Span,
    Timestamp, Timetable, ZoneConfig,
};
use node::{Down, What};
use simulator::board::{Board, FromAfar, Published};
use simulator::seeded::Seeded;
use simulator::{NodeKind, Plan, World};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use wire::{Ack, Frame, Hello, Id, Lease};

/// Monday 2026-09-07, 00:00 in Shanghai.
pub const MONDAY: i64 = 1_788_710_400_000;
pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;

/// A payload takes this long from a node to a decision, or back, at most, ms.
const WAY_MS_MAX: i64 = 400;

/// The agent says that it is there, and for how long that counts, ms.
const LEASE_EVERY_MS: i64 = 20_000;
const LEASE_MS: u32 = 60_000;

/// What a level of a zone became, and when.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    pub t: i64,
    pub room: usize,
    pub zone: usize,
    pub from_pct: u8,
    pub to_pct: u8,
}

/// A campus in which everything is real but bricks and weather.
pub struct Classrooms {
    pub world: World,
    pub controller: Controller,
    pub changes: Vec<Change>,
    boards: Vec<Board>,
    on_the_way: BinaryHeap<Reverse<(i64, u64)>>,
    letters: Vec<Option<Letter>>,
    chance: Seeded,
    next_lease: i64,
    first_zone: Vec<usize>,
}

enum Letter {
    Up(usize, Published),
    Down(usize, Down, Vec<u8>),
}

impl Classrooms {
    /// `plan` is what stands there, `thought` what was configured.
    pub fn new(plan: Plan, thought: &Plan, seed: u64, start: i64, timetable: Timetable) -> Self {
        let plan = Arc::new(plan);
        let mut world = World::new(plan.clone(), seed, start);
        let now = Timestamp(start);
        let controller = Controller::new(campus(thought, timetable), now).expect("a campus");
        let boards =
            (0..plan.nodes.len()).map(|node| Board::new(&plan, node, None, start).expect("a node"));
        let mut boards: Vec<Board> = boards.collect();
        let mut first = Vec::new();
        for (node, board) in boards.iter_mut().enumerate() {
            let mut published = Vec::new();
            board.hear(&mut world, FromAfar::Connected, start, &mut published);
            first.extend(published.into_iter().map(|one| Letter::Up(node, one)));
        }
        let mut zones = 0;
        let first_zone = plan.rooms.iter().map(|room| {
            zones += room.zones.len();
            zones - room.zones.len()
        });
        let first_zone = first_zone.collect();
        let mut classrooms = Self {
            world,
            controller,
            changes: Vec::new(),
            boards,
            on_the_way: BinaryHeap::new(),
            letters: Vec::new(),
            chance: Seeded::new(&[seed, 0x11647]),
            next_lease: start,
            first_zone,
        };
        first.into_iter().for_each(|letter| classrooms.send(letter, start));
        classrooms
    }

    /// Lets everything happen up to `to`, ms UTC.
    pub fn run(&mut self, to: i64) {
        loop {
            let boards = self.boards.iter().map(|board| board.next(&self.world));
            let letter = self.on_the_way.peek().map(|Reverse((t, _))| *t);
            let tick = self.controller.deadline().map(|at| at.0);
            let all = boards.chain(letter).chain(tick).chain([self.next_lease]);
            let t = all.min().unwrap_or(i64::MAX);
            if t > to {
                break;
            }
            for node in 0..self.boards.len() {
                if self.boards[node].next(&self.world) <= t {
                    let mut published = Vec::new();
                    self.boards[node].run(&mut self.world, t, &mut published);
                    self.send_up(node, published, t);
                }
            }
            while self.on_the_way.peek().is_some_and(|Reverse((at, _))| *at <= t) {
                let Some(Reverse((_, number))) = self.on_the_way.pop() else { break };
                if let Some(letter) = self.letters[number as usize].take() {
                    self.deliver(letter, t);
                }
            }
            if self.next_lease <= t {
                self.next_lease = t + LEASE_EVERY_MS;
                self.lease(t);
            }
            if self.controller.deadline().is_some_and(|at| at.0 <= t) {
                self.tell(Input::Tick, t);
            }
        }
        self.tell(Input::Tick, to);
    }

    /// Tells the controller something, and does what it asks for.
    pub fn tell(&mut self, input: Input<'_>, t: i64) {
        let mut actions = Vec::new();
        self.controller.handle(input, Timestamp(t), &mut actions);
        for action in actions {
            match action {
                Action::Acknowledge { node, ack } => {
                    let payload = emitted(|bytes| Ack::emit(&ack, bytes).ok());
                    self.send(Letter::Down(node.at(), Down::Ack, payload), t);
                }
                Action::Desire { node } => {
                    let desired = self.controller.desired(node);
                    let payload = desired.map(|desired| emitted(|bytes| desired.emit(bytes).ok()));
                    let Some(payload) = payload else { continue };
                    self.send(Letter::Down(node.at(), Down::Desired, payload), t);
                }
                Action::Changed { at, room, zone, from_pct, verdict } => {
                    let zone = zone.at() - self.first_zone[room.at()];
                    let (room, to_pct) = (room.at(), verdict.level_pct);
                    // Q4: nobody who sits there is startled.
                    let automatic = verdict.winner.priority > lighting::Priority::Manual;
                    assert!(!automatic || verdict.fade_ms >= 2_000, "{verdict:?}");
                    self.changes.push(Change { t: at.0, room, zone, from_pct, to_pct });
                }
                _ => {}
            }
        }
    }

    fn deliver(&mut self, letter: Letter, t: i64) {
        match letter {
            Letter::Up(node, Published { what, payload }) => match what {
                What::Hello => {
                    let hello = Hello::parse(&payload).expect("a hello");
                    let condition = wire::Condition::parse(&payload).expect("a condition");
                    let node = controller::NodeIx(node as u32);
                    self.tell(Input::Hello { node, hello: &hello, condition: &condition }, t);
                }
                What::Frame => {
                    let frame = Frame::parse(&payload).expect("a frame");
                    let node = controller::NodeIx(node as u32);
                    self.tell(Input::Frame { node, frame: &frame }, t);
                }
                What::Result => {}
            },
            Letter::Down(node, what, payload) => {
                let mut published = Vec::new();
                let heard = FromAfar::Down(what, &payload);
                self.boards[node].hear(&mut self.world, heard, t, &mut published);
                self.send_up(node, published, t);
            }
        }
    }

    fn lease(&mut self, t: i64) {
        let payload = emitted(|bytes| Lease { t, lease_ms: LEASE_MS }.emit(bytes).ok());
        for node in 0..self.boards.len() {
            self.send(Letter::Down(node, Down::Lease, payload.clone()), t);
        }
    }

    fn send_up(&mut self, node: usize, published: Vec<Published>, t: i64) {
        published.into_iter().for_each(|one| self.send(Letter::Up(node, one), t));
    }

    fn send(&mut self, letter: Letter, t: i64) {
        let at = t + self.chance.between(1, WAY_MS_MAX);
        self.on_the_way.push(Reverse((at, self.letters.len() as u64)));
        self.letters.push(Some(letter));
    }
}

fn emitted(emit: impl FnOnce(&mut [u8]) -> Option<usize>) -> Vec<u8> {
    let mut bytes = [0; 2048];
    let len = emit(&mut bytes).expect("room enough");
    bytes[..len].to_vec()
}

/// A lesson from eight to six.
pub fn one_long_lesson() -> Timetable {
    Timetable {
        days: Days::SCHOOL,
        open: Span::new((7, 0), (18, 0)),
        lessons: vec![Span::new((8, 0), (18, 0))],
        ..Timetable::default()
    }
}

/// As the agent would read it from the plan's configuration.
fn campus(plan: &Plan, timetable: Timetable) -> Campus {
    let id = |text: &str| Id::new(text).expect("an identifier");
    let place = |name: &str| {
        let (building, room) = name.split_once('/').expect("building/room");
        (id(building), id(room))
    };
    let rooms = plan.rooms.iter().enumerate().map(|(index, room)| {
        let (building, name) = place(&room.id);
        let zones = room.zones.iter().map(|zone| {
            let usual = lighting::Settings::default();
            let (target_lx, lamp_lx) = (zone.target_lx, zone.lamp_lx);
            let floor_lx = usual.floor_lx.min(target_lx);
            let lighting = lighting::Settings { target_lx, floor_lx, lamp_lx, ..usual };
            ZoneConfig {
                id: id(zone.id),
                node: id(&plan.nodes[index].id),
                channel: id(zone.id),
                lighting,
            }
        });
        let zones = zones.collect();
        RoomConfig {
            exempt: false,
            building,
            id: name,
            name: room.name.clone(),
            zones,
            occupancy: std::sync::Arc::default(),
        }
    });
    let nodes = plan.nodes.iter().map(|node| NodeConfig {
        id: id(&node.id),
        place: match node.kind {
            NodeKind::Room(room) | NodeKind::Sensors(room) => {
                let (building, room) = place(&plan.rooms[room].id);
                Place::Room { building, room }
            }
            NodeKind::Mains(building) => Place::Building(id(&plan.buildings[building].id)),
        },
        settings: Some(wire::Settings::default().into()),
    });
    Campus {
        id: id(&plan.id),
        name: plan.name.clone(),
        zone: jiff::tz::TimeZone::fixed(jiff::tz::offset(8)),
        timetable,
        settings: Settings::default(),
        meters: Vec::new(),
        energy: controller::EnergySettings::default(),
        rules: Default::default(),
        events: Default::default(),
        rooms: rooms.collect(),
        nodes: nodes.collect(),
    }
}
