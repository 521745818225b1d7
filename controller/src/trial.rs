//! Other settings, tried on the recorded past: what they would have done, beside what today's do.
//!
//! Every world hears the same log at the same times; only lamps differ. So what a world is told of lamps is
//! corrected by what it would have done otherwise: a reported level by the difference of the decided levels, an
//! illuminance by what that difference adds at the sensor (`lamp_lx` of the recorded configuration). While
//! recorded lamps move and its own do not, a world hears no illuminance. A world that decides as the recorded
//! one did hears every frame as it was.
//!
//! Terms: *world* = a controller with one configuration; the *recorded* one has that of then; *key* = a zone
//! by its name in all worlds.

mod world;

use crate::room::SETTLE_MS;
use crate::{Action, Controller, Input, NodeIx, Timestamp, node};
use std::collections::HashMap;
use std::sync::Arc;
use wire::{Frame, Id, Quantity, Sample, Value};
use world::{Sees, Side, World, sees, zone_keys};

/// A trial under way.
pub struct Trial {
    /// The recorded one, today's where that is another, the candidate.
    worlds: Vec<World>,
    keys: Vec<ZoneKey>,
    /// What the frames of a node of the recorded world tell about lamps.
    sees: Vec<Sees>,
    /// Whether frames say what its lamps are at, by key.
    reports: Vec<bool>,
    /// Power and level of lamps that are metered, summed, by key: mW, %.
    metered: Vec<(i64, i64)>,
    /// Today's and the candidate's.
    sides: [Side; 2],
    differs: Vec<Option<Timestamp>>,
    rooms: Vec<RoomTrial>,
    since: Timestamp,
    until: Timestamp,
    news: Vec<News>,
    decided: Vec<Action>,
    /// Nodes by name, in every world.
    nodes: HashMap<Box<str>, Arc<[Option<NodeIx>]>>,
    /// Only to save an allocation per frame.
    out: Vec<Action>,
}

/// A zone by its name: building, room, zone.
type ZoneKey = (Id, Id, Id);

/// One room of a trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomTrial {
    /// `building/room`.
    pub room: String,
    /// By today's settings.
    pub today: Figures,
    /// By those that are tried.
    pub candidate: Figures,
    /// The first moments at which levels begin to differ.
    pub moments: Vec<Moment>,
    /// How many such moments there are.
    pub moments_total: u64,
    /// For how long levels differ, added over zones, ms.
    pub differing_ms: i64,
}

/// What became of a room's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Time of lamps that were on, added over zones, ms.
    pub lamp_ms: i64,
    /// Energy of the lamps, mWh; `None` where some zone's lamps are not metered.
    pub energy_mwh: Option<i64>,
    /// Switched on or off.
    pub switchings: u64,
    /// Somebody was there, ms. This and the next two as reports count them, in whole slots.
    pub occupied_ms: i64,
    /// Lit while nobody was there, ms.
    pub lit_empty_ms: i64,
    /// Too dark for a lesson with somebody there, ms.
    pub dark_ms: i64,
}

/// A moment at which levels begin to differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// Zone of the room.
    pub zone: Id,
    /// Level by today's settings, %.
    pub today_pct: u8,
    /// Level by those that are tried, %.
    pub candidate_pct: u8,
    /// Why the one that moved did; a reason code.
    pub reason: &'static str,
    /// Whether the candidate moved; otherwise today's did.
    pub candidate_moved: bool,
}

/// Moments of a room that are listed; the others are counted.
pub const MOMENTS_MAX: usize = 20;

/// A level that changed on one side.
struct News {
    at: Timestamp,
    key: usize,
    side: usize,
    from_pct: u8,
    to_pct: u8,
    reason: &'static str,
}

impl Trial {
    /// All begin at the same row of the log. `today` is `None` where the recorded configuration is today's, and
    /// `candidate` where it is the same as today's. Counted is what happens from `since` to `until`.
    pub fn new(
        recorded: Controller,
        today: Option<Controller>,
        candidate: Option<Controller>,
        (since, until): (Timestamp, Timestamp),
    ) -> Self {
        let shown = today.as_ref().unwrap_or(&recorded);
        let rooms = shown.campus.rooms.iter().map(|room| RoomTrial {
            room: room.place().to_string(),
            today: Figures::NONE,
            candidate: Figures::NONE,
            ..RoomTrial::default()
        });
        let rooms = rooms.collect();
        let mut keys = Vec::new();
        for controller in [Some(&recorded), Some(shown), candidate.as_ref()].into_iter().flatten() {
            for key in zone_keys(&controller.campus) {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        let sees = sees(&recorded.campus, &keys);
        let today_is = usize::from(today.is_some());
        let all = [Some(recorded), today, candidate].into_iter().flatten();
        let worlds: Vec<World> = all.map(|controller| World::new(controller, &keys)).collect();
        let side = |world: usize| Side::new(world, &worlds[world], keys.len(), since);
        Self {
            sides: [side(today_is), side(worlds.len() - 1)],
            sees,
            reports: vec![false; keys.len()],
            metered: vec![(0, 0); keys.len()],
            differs: vec![None; keys.len()],
            rooms,
            keys,
            worlds,
            since,
            until,
            news: Vec::new(),
            decided: Vec::new(),
            nodes: HashMap::new(),
            out: Vec::new(),
        }
    }

    /// Every world is told the same: anything but a frame.
    pub fn tell(&mut self, mut tell: impl FnMut(&mut Controller, &mut Vec<Action>)) {
        for world in 0..self.worlds.len() {
            let mut out = std::mem::take(&mut self.out);
            tell(&mut self.worlds[world].controller, &mut out);
            self.take(world, &mut out);
            self.out = out;
        }
        self.compare();
    }

    /// A node's frame, as each world would have heard it.
    pub fn frame(&mut self, name: &str, frame: &Frame<'_>, at: Timestamp) {
        let nodes = match self.nodes.get(name) {
            Some(nodes) => nodes.clone(),
            None => {
                let find = |world: &World| world.controller.find_node(name);
                let nodes: Arc<[_]> = self.worlds.iter().map(find).collect();
                self.nodes.insert(name.into(), nodes.clone());
                nodes
            }
        };
        self.frame_of(&nodes, frame, at);
    }

    fn frame_of(&mut self, nodes: &[Option<NodeIx>], frame: &Frame<'_>, at: Timestamp) {
        let seen = nodes[0];
        if let Some(node) = seen {
            self.learn(node, frame);
        }
        // What is due before it comes first, everywhere; and no world may have heard it when it is
        // corrected by what they would do.
        for (world, node) in nodes.iter().enumerate().take(self.worlds.len()) {
            if node.is_none() || !self.worlds[world].controller.rests_until(at) {
                self.hear(world, Input::Tick, at);
            }
        }
        // The recorded world comes last: others are corrected by what it has not heard yet.
        for world in (0..self.worlds.len()).rev() {
            let Some(node) = nodes[world] else { continue };
            let own = seen.filter(|_| world > 0);
            let corrected = own.and_then(|seen| self.corrected(world, seen, frame, at));
            let frame = corrected.as_ref().unwrap_or(frame);
            self.hear(world, Input::Frame { node, frame }, at);
        }
        self.compare();
    }

    fn hear(&mut self, world: usize, input: Input<'_>, at: Timestamp) {
        let mut out = std::mem::take(&mut self.out);
        self.worlds[world].controller.handle(input, at, &mut out);
        self.take(world, &mut out);
        self.out = out;
    }

    /// The recorded agent was configured anew.
    pub fn reconfigure(&mut self, make: impl FnOnce(&Controller) -> Controller) {
        let controller = make(&self.worlds[0].controller);
        self.sees = sees(&controller.campus, &self.keys);
        self.worlds[0] = World::new(controller, &self.keys);
        self.nodes.clear();
    }

    /// The recorded agent was given other rules while it ran.
    pub fn recorded_by(&mut self, rules: &std::sync::Arc<rules::RuleSet>, at: Timestamp) {
        self.hear(0, Input::Rules { rules }, at);
        self.compare();
    }

    /// What the recorded world has decided since this was last asked: to be compared with what is kept.
    pub fn decided(&mut self) -> (&Controller, std::vec::Drain<'_, Action>) {
        (&self.worlds[0].controller, self.decided.drain(..))
    }

    /// What it comes to.
    pub fn finish(mut self) -> Vec<RoomTrial> {
        let until = self.until;
        self.tell(|controller, out| controller.handle(Input::Tick, until, out));
        for key in 0..self.keys.len() {
            for side in &mut self.sides {
                side.pass(key, until, self.since);
            }
            let Some(room) = self.room_of(key) else { continue };
            let differed = self.differs[key].map_or(0, |from| until.0 - from.0);
            self.rooms[room].differing_ms += differed;
            let watts_mw = match self.metered[key] {
                (_, 0) => None,
                (power_mw, level_pct) => Some(power_mw * 100 / level_pct),
            };
            for (nth, side) in self.sides.iter().enumerate() {
                let room = &mut self.rooms[room];
                let figures = if nth == 0 { &mut room.today } else { &mut room.candidate };
                figures.add(side, key, watts_mw);
            }
        }
        self.rooms
    }

    fn room_of(&self, key: usize) -> Option<usize> {
        let (building, id, _) = self.keys[key];
        let shown = &self.worlds[self.sides[0].world].controller;
        shown.room_names.get(&(building, id)).map(|ix| ix.at())
    }

    /// What a frame says about lamps, for the model of their power.
    fn learn(&mut self, node: NodeIx, frame: &Frame<'_>) {
        let lamps = &self.sees[node.at()].lamps;
        for reading in frame.readings.iter().filter(|it| it.quantity == Quantity::LevelPct) {
            let lamp = lamps.iter().find(|(channel, _)| *channel == *reading.channel);
            let (Some((channel, key)), Sample::Is(level)) = (lamp, reading.sample) else {
                continue;
            };
            self.reports[*key] = true;
            if level.whole() < LEARN_PCT_MIN {
                continue;
            }
            let power = frame.sample(Quantity::PowerW, channel.as_str()).and_then(Sample::value);
            if let Some(power) = power {
                self.metered[*key].0 += power.milli();
                self.metered[*key].1 += level.whole();
            }
        }
    }

    /// A frame as a world would have heard it; `None` when that is as it was.
    fn corrected<'f>(
        &self,
        world: usize,
        node: NodeIx,
        frame: &Frame<'f>,
        at: Timestamp,
    ) -> Option<Frame<'f>> {
        let (recorded, own) = (&self.worlds[0], &self.worlds[world]);
        let sees = &self.sees[node.at()];
        let differs = |key: usize| {
            recorded.level(key) != own.level(key) || recorded.settled[key] != own.settled[key]
        };
        let lamps = sees.lamps.iter().map(|(_, key)| *key);
        if !lamps.chain(sees.room.iter().copied()).any(differs) {
            return None;
        }
        let measured = node::measured(frame, at);
        let by_channel = |name: &str| {
            sees.lamps.iter().find(|(channel, _)| *channel == *name).map(|(_, key)| *key)
        };
        let mut heard = frame.clone();
        heard.readings.retain_mut(|reading| {
            let Sample::Is(value) = reading.sample else { return true };
            let lamp = by_channel(reading.channel);
            let milli = match (reading.quantity, lamp) {
                (Quantity::LevelPct, Some(key)) => {
                    let moved = own.more_pct(recorded, key) * 1000;
                    (value.milli() + moved).clamp(0, 100_000)
                }
                (Quantity::IlluminanceLx, lamp) => {
                    let keys: Vec<usize> = match lamp {
                        Some(key) => vec![key],
                        None if reading.channel.is_empty() => sees.room.clone(),
                        None => return true,
                    };
                    let moving = |key: &usize| {
                        recorded.settled[*key] > measured && own.settled[*key] <= measured
                    };
                    if keys.iter().any(moving) {
                        return false;
                    }
                    let seen = keys.into_iter().filter(|key| self.reports[*key]);
                    let more = seen.map(|key| {
                        i64::from(recorded.lamp_lx(key)) * own.more_pct(recorded, key) * 10
                    });
                    (value.milli() + more.sum::<i64>()).max(0)
                }
                _ => return true,
            };
            reading.sample = Sample::Is(Value::from_milli(milli));
            true
        });
        Some(heard)
    }

    /// What a world has decided.
    fn take(&mut self, world: usize, out: &mut Vec<Action>) {
        let shows = self.sides.each_ref().map(|side| side.world == world);
        let sides = || (0..2).filter(|side| shows[*side]);
        for action in out.drain(..) {
            match &action {
                Action::Changed { at, room, zone, from_pct, verdict } => {
                    let own = &mut self.worlds[world];
                    let settled = at.plus(i64::from(verdict.fade_ms) + SETTLE_MS);
                    for zone in own.controller.rooms[room.at()].zones() {
                        let key = own.key[zone.at()];
                        own.settled[key] = own.settled[key].max(settled);
                    }
                    for side in sides() {
                        let key = self.worlds[world].key[zone.at()];
                        let reason = verdict.winner.reason.code();
                        let (from_pct, to_pct) = (*from_pct, verdict.level_pct);
                        self.news.push(News { at: *at, key, side, from_pct, to_pct, reason });
                    }
                    if world == 0 {
                        self.decided.push(action);
                    }
                }
                Action::RoomSlot(slot) => {
                    let own = &self.worlds[world].controller;
                    let end = slot.slot.plus(own.campus.settings.slot_ms);
                    let place = &own.campus.rooms[slot.room.at()];
                    let shown = &self.worlds[self.sides[0].world].controller;
                    let ix = shown.room_names.get(&(place.building, place.id)).copied();
                    let Some(ix) = ix else { continue };
                    if slot.slot < self.since || end > self.until {
                        continue;
                    }
                    for side in sides() {
                        let room = &mut self.rooms[ix.at()];
                        let figures = if side == 0 { &mut room.today } else { &mut room.candidate };
                        figures.occupied_ms += i64::from(slot.occupied_ms);
                        figures.lit_empty_ms += i64::from(slot.lit_empty_ms);
                        figures.dark_ms += i64::from(slot.dark_ms);
                    }
                }
                _ => {}
            }
        }
    }

    /// Puts both sides' changes in their order, and finds where they begin and end to differ.
    fn compare(&mut self) {
        if self.news.is_empty() {
            return;
        }
        let mut news = std::mem::take(&mut self.news);
        news.sort_by_key(|news| (news.at, news.key, news.side));
        for same in news.chunk_by(|a, b| (a.at, a.key) == (b.at, b.key)) {
            let (at, key) = (same[0].at, same[0].key);
            for news in same {
                let side = &mut self.sides[news.side];
                // Lamps that somebody else had lit may have been taken over in between.
                side.level[key] = news.from_pct;
                side.pass(key, at, self.since);
                side.level[key] = news.to_pct;
                if at >= self.since && (news.from_pct == 0) != (news.to_pct == 0) {
                    side.switchings[key] += 1;
                }
            }
            self.note(at, key, &same[same.len() - 1]);
        }
        news.clear();
        self.news = news;
    }

    fn note(&mut self, at: Timestamp, key: usize, last: &News) {
        let [today_pct, candidate_pct] = [0, 1].map(|side| self.sides[side].level[key]);
        let at = at.max(self.since);
        match (today_pct != candidate_pct, self.differs[key]) {
            (true, None) => self.differs[key] = Some(at),
            (false, Some(from)) => {
                self.differs[key] = None;
                if let Some(room) = self.room_of(key) {
                    self.rooms[room].differing_ms += at.0 - from.0;
                }
                return;
            }
            _ => return,
        }
        let Some(room) = self.room_of(key).filter(|_| last.at >= self.since) else { return };
        let room = &mut self.rooms[room];
        room.moments_total += 1;
        if room.moments.len() < MOMENTS_MAX {
            let (reason, candidate_moved) = (last.reason, last.side == 1);
            let zone = self.keys[key].2;
            room.moments.push(Moment {
                at,
                zone,
                today_pct,
                candidate_pct,
                reason,
                candidate_moved,
            });
        }
    }
}

/// Below it standby weighs more than light, %.
const LEARN_PCT_MIN: i64 = 10;
