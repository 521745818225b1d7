//! The board around a node's brain: sensors are polled, meters read, switches noticed, lamps
//! driven, bytes saved. Pure: campus time is an argument, and what is to be published is output.
//!
//! Real boards do the same with pins; none of them decides anything.

use crate::campus::{NodeKind, NodePlan, Plan};
use crate::world::World;
use node::{Action, Down, Input, Node, Out, Settings, What};
use wire::{Quantity, Reset, Sample, Value};

/// How often sensors are polled and meters are read, in ms: twice per report of 60 s.
const POLL_MS: i64 = 30_000;

/// Light changes faster, in ms.
const LIGHT_MS: i64 = 10_000;

/// A brain may ask to be called again at once, but not for ever; more often is a fault of it.
const CALLS_AT_ONCE_MAX: u32 = 64;

/// What a node publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Which topic.
    pub what: What,
    /// Bytes of the payload.
    pub payload: Vec<u8>,
}

/// What comes to a node from outside its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromAfar<'a> {
    /// The connection stands.
    Connected,
    /// The connection is gone.
    Disconnected,
    /// A payload came down.
    Down(Down, &'a [u8]),
}

/// A node with its board, fastened to its place in a world.
pub struct Board {
    index: usize,
    channels: Vec<&'static str>,
    settings: Settings,
    brain: Node,
    out: Out,
    /// Campus time of the last start, ms UTC.
    started: i64,
    /// Everything up to here has been done, ms UTC.
    now: i64,
    next_motion: i64,
    next_light: i64,
    next_poll: i64,
    saved: Option<Vec<u8>>,
    presses: u64,
}

impl Board {
    /// A node of `plan` that starts at `now` (ms UTC) with the bytes it had saved before.
    /// `None` for a node that is not there.
    pub fn new(plan: &Plan, index: usize, saved: Option<Vec<u8>>, now: i64) -> Option<Self> {
        let place = plan.nodes.get(index)?;
        let channels = plan.channels(place.kind);
        let settings = settings(place, &channels)?;
        let brain = Node::new(settings.clone(), saved.as_deref());
        Some(Self {
            index,
            channels,
            settings,
            brain,
            out: Out::new(),
            started: now,
            now,
            next_motion: now,
            next_light: now,
            next_poll: now,
            saved,
            presses: 0,
        })
    }

    /// Takes a node's patience from 5 s to this before it sends again, in ms of campus time: on a
    /// fast clock brokers and disks do not get faster.
    pub fn set_resend_ms(&mut self, resend_ms: u32) {
        self.settings.resend_ms = resend_ms;
        self.brain = Node::new(self.settings.clone(), self.saved.as_deref());
    }

    /// Does everything that is due up to `to` (ms UTC), each at its own time, in order.
    pub fn run(&mut self, world: &mut World, to: i64, published: &mut Vec<Published>) {
        let mut calls_at_once = 0;
        loop {
            let due = self.next(world);
            if due > to {
                break;
            }
            calls_at_once = if due > self.now { 0 } else { calls_at_once + 1 };
            if calls_at_once > CALLS_AT_ONCE_MAX {
                break;
            }
            self.now = self.now.max(due);
            self.look(world, published);
            if self.brain.deadline().is_some_and(|at| self.moment(at) <= self.now) {
                self.tell(world, Input::Tick, published);
            }
        }
        self.now = self.now.max(to);
    }

    /// When something is due next, ms UTC.
    pub fn next(&self, world: &World) -> i64 {
        let brain = self.brain.deadline().map(|at| self.moment(at));
        let wish = world.next_wish(self.index);
        let polls = [self.next_motion, self.next_light, self.next_poll];
        polls.into_iter().chain(brain).chain(wish).min().unwrap_or(i64::MAX)
    }

    /// Something comes from outside, after everything that is due up to `now`.
    pub fn hear(
        &mut self,
        world: &mut World,
        heard: FromAfar<'_>,
        now: i64,
        published: &mut Vec<Published>,
    ) {
        self.run(world, now, published);
        let input = match heard {
            FromAfar::Connected => Input::Connected,
            FromAfar::Disconnected => Input::Disconnected,
            FromAfar::Down(kind, payload) => Input::Down { kind, payload },
        };
        self.tell(world, input, published);
    }

    /// Somebody presses the wall switch of a lamp channel at `now`.
    pub fn press(
        &mut self,
        world: &mut World,
        channel: &str,
        now: i64,
        published: &mut Vec<Published>,
    ) {
        self.run(world, now, published);
        self.presses += 1;
        self.tell(world, Input::Press { channel }, published);
    }

    /// The supply goes and comes back: all is forgotten but what was saved. The gear keeps its
    /// level until the brain says otherwise. What was connected is not any more.
    pub fn restart(&mut self, now: i64) {
        self.settings.reset = Reset::PowerOn;
        self.brain = Node::new(self.settings.clone(), self.saved.as_deref());
        self.started = now.max(self.now);
        self.now = self.started;
        (self.next_motion, self.next_light, self.next_poll) = (self.now, self.now, self.now);
    }

    /// The brain.
    pub fn brain(&self) -> &Node {
        &self.brain
    }

    /// What the brain had saved last.
    pub fn saved(&self) -> Option<&[u8]> {
        self.saved.as_deref()
    }

    /// How often its wall switch was pressed, restarts or not.
    pub fn presses(&self) -> u64 {
        self.presses
    }

    /// Sensors, meters and switches that are due now.
    fn look(&mut self, world: &mut World, published: &mut Vec<Published>) {
        if self.next_motion <= self.now {
            self.sense(world, &[Quantity::Motion], published);
            let edge = world.next_motion_edge(self.index, self.now);
            // Where there is no PIR, looking once an hour costs nothing.
            self.next_motion = edge.unwrap_or(self.now + 3_600_000).max(self.now + 1);
        }
        if self.next_light <= self.now {
            self.next_light = self.now + LIGHT_MS;
            self.sense(world, &[Quantity::IlluminanceLx, Quantity::Presence], published);
        }
        if self.next_poll <= self.now {
            self.next_poll = self.now + POLL_MS;
            let air = [Quantity::Co2Ppm, Quantity::TemperatureC, Quantity::HumidityPct];
            self.sense(world, &air, published);
            self.meters(world, published);
        }
        for channel in world.presses(self.index, self.now) {
            self.presses += 1;
            self.tell(world, Input::Press { channel }, published);
        }
    }

    fn sense(&mut self, world: &mut World, what: &[Quantity], published: &mut Vec<Published>) {
        for &quantity in what {
            if let Some(sample) = world.sense(self.index, quantity, self.now) {
                self.tell(world, Input::Sense { quantity, channel: "", sample }, published);
            }
        }
    }

    fn meters(&mut self, world: &mut World, published: &mut Vec<Published>) {
        for at in 0..self.channels.len() {
            let channel = self.channels[at];
            if let Some(sample) = world.power(self.index, channel, self.now) {
                let quantity = Quantity::PowerW;
                self.tell(world, Input::Sense { quantity, channel, sample }, published);
            }
            if let Some(energy_wh) = world.register_wh(self.index, channel, self.now) {
                let sample = Sample::Is(Value::from_whole(energy_wh as i64));
                self.tell(world, Input::Register { channel, sample }, published);
            }
        }
    }

    /// Tells the brain, and does what it asks for.
    fn tell(&mut self, world: &mut World, input: Input<'_>, published: &mut Vec<Published>) {
        let up = (self.now - self.started).max(0) as u64;
        self.brain.handle(input, up, &mut self.out);
        for action in self.out.actions() {
            match action {
                Action::Save(bytes) => self.saved = Some(bytes.to_vec()),
                Action::Lamp { channel, level_pct, fade_ms } => {
                    world.drive(self.index, channel, level_pct, fade_ms, self.now);
                }
                Action::Publish { what, payload } => {
                    published.push(Published { what, payload: payload.to_vec() });
                }
                // Simulated boards have no frame log, keep no run-time settings and are not
                // restarted from afar.
                Action::Store(_)
                | Action::Keep(_)
                | Action::Forget(_)
                | Action::Recall(_)
                | Action::Restart => {}
            }
        }
    }

    fn moment(&self, up: u64) -> i64 {
        self.started.saturating_add(i64::try_from(up).unwrap_or(i64::MAX))
    }
}

fn settings(place: &NodePlan, channels: &[&str]) -> Option<Settings> {
    let (profile, lamps) = match place.kind {
        NodeKind::Room(_) => ("classroom", channels),
        NodeKind::Sensors(_) => ("sensors", &[][..]),
        NodeKind::Mains(_) => ("mains", &[][..]),
    };
    let version = env!("CARGO_PKG_VERSION");
    let mut settings = Settings::new(version, "sim", profile, lamps).ok()?;
    settings.reset = Reset::PowerOn;
    Some(settings)
}
