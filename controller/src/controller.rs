//! The one entry. First whatever was due happens, at its nominal time; then the input.
//!
//! | step | where |
//! |---|---|
//! | deadlines up to now, in order | [`Controller::catch_up`] |
//! | a frame: admit it once, take its readings, book its registers | [`Controller::frame`] |
//! | rooms that it concerns look again, and their zones decide | [`Controller::look_again`] |
//! | what is to be said once per input | [`Controller::speak`] |
//!
//! Who is there is in `people`, deadlines are in `deadlines`, the ledger's order in `books`, which meter is part of which in `tree`.

use crate::action::{Action, Input};
use crate::calibrate::CalibrationFault;
use crate::campus::{Campus, CampusFault};
use crate::gauge::Gauges;
use crate::imposed::Imposed;
use crate::ledger::Account;
use crate::light::{self, ZoneLight};
use crate::limits::{BACKLOG_MS, HELD_MS, LATE_MS, REWIND_MS_MIN, SKIP_MS_MIN};
use crate::node::{self, Node, Symbol, Told};
use crate::room::{News, Room, Zone, ZoneMemory, earlier};
use crate::tally::{Condition, Tally};
use crate::timetable::Today;
use crate::view::NodeState;
use crate::window::Arrival;
use crate::written::{Moment, Written};
use crate::{MeterIx, NodeIx, RoomIx, Timestamp, ZoneIx};
use lighting::{Occupancy, Presence, Sabotage, sabotage};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use wire::{Alone, Desired, Frame, Hello, Id, LampDesired, Quantity, Sample};

mod books;
mod build;
mod deadlines;
mod gauging;
mod people;
mod ruled;
mod tree;
mod wishes;

/// Everything that is known and decided about a campus.
#[derive(Clone, Debug)]
pub struct Controller {
    pub(crate) campus: Campus,
    /// The latest moment heard of; time never goes back by less than an hour.
    pub(crate) now: Timestamp,
    /// Silence before this moment is ours, not the nodes'.
    pub(crate) listening_since: Timestamp,
    pub(crate) today: Today,
    pub(crate) nodes: Vec<Node>,
    pub(crate) rooms: Vec<Room>,
    pub(crate) zones: Vec<Zone>,
    /// What rules of the staff remember.
    pub(crate) written: Written,
    /// Holds by zone as they are configured, where rules ask for others; else empty.
    usual: Vec<rules::Times<u32>>,
    /// What is imposed on lamps from outside their room.
    pub(crate) imposed: Imposed,
    pub(crate) tally: Tally,
    pub(crate) gauges: Gauges,
    /// Configured ones first, then registers of nodes as they appear.
    pub(crate) meters: Vec<Meter>,
    /// The one meter of a building that counts all of it, where there is exactly one.
    mains: HashMap<Id, MeterIx>,
    /// Import meters that are polled, by the room that they measure.
    pub(crate) polled: HashMap<RoomIx, Vec<MeterIx>>,
    /// Accounts of meters that are not configured any more.
    pub(crate) kept: Vec<crate::save::SavedMeter>,
    /// When to look at what: rooms first, then nodes.
    queue: BinaryHeap<Reverse<(Timestamp, u32)>>,
    pub(crate) node_names: HashMap<Id, NodeIx>,
    pub(crate) room_names: HashMap<(Id, Id), RoomIx>,
    duplicate: bool,
    /// Registers, and what reports say of light, air and power, are of no interest: it only decides about lights.
    pub(crate) no_ledger: bool,
    /// Rooms with news, nodes with news, nodes to be told: of this input, in order of happening.
    told_rooms: Vec<RoomIx>,
    pub(crate) told_nodes: Vec<NodeIx>,
    told_desires: Vec<NodeIx>,
    scratch: light::Scratch,
}

/// A register: of a node, or one that is polled.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    pub source: Source,
    /// None before its first reading.
    pub account: Option<Account>,
}

/// How its readings come to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Polled,
    Node { node: NodeIx, symbol: Symbol },
}

impl Controller {
    /// Takes an input that happened at `now`, and says in `out` what is to be done, in order.
    ///
    /// Everything that was due before happens first, at its own time. A `now` that lies before the
    /// last one counts as the last one; by more than an hour, it counts as a clock that was set.
    pub fn handle(&mut self, input: Input<'_>, now: Timestamp, out: &mut Vec<Action>) {
        if now.0 < self.now.0.saturating_sub(REWIND_MS_MIN)
            || now.0 > self.now.0.saturating_add(SKIP_MS_MIN)
        {
            self.resume(now, out);
        } else if matches!(input, Input::Resumed) {
            self.resume(now.max(self.now), out);
        } else {
            self.catch_up(now, out);
        }
        if let Input::Frame { node, .. } = input
            && now.0 < self.now.0 - HELD_MS
            && let Some(room) = self.nodes[node.at()].room
        {
            self.rooms[room.at()].stir.anew(self.now);
        }
        match input {
            Input::Frame { node, frame } => self.frame(node, frame, out),
            Input::Hello { node, hello, condition } => self.hello(node, hello, condition, out),
            Input::Outcome { node, outcome } => self.outcome(node, outcome, out),
            Input::Command { node, n } => self.commanded(node, n),
            Input::Override { room, zone, level_pct, until, by: _ } => {
                self.stop_calibration(room, CalibrationFault::Held, out);
                self.wish(room, zone, Some((level_pct, until)), out);
            }
            Input::Auto { room, zone } => {
                self.stop_calibration(room, CalibrationFault::Ended, out);
                self.wish(room, zone, None, out);
            }
            Input::Calibrate { room, force, by } => self.calibrate(room, force, by, out),
            Input::Fire { extent, on, who, why } => self.fire(extent, on, (who, why), out),
            Input::Lock { room, zone, order } => self.lock(room, zone, order, out),
            Input::Demand(order) => self.demand(order, out),
            Input::EndDemand { id, who } => self.end_demand(id, who, out),
            Input::Scene { room, scene, until, by: _ } => self.stage(room, scene, until, out),
            Input::Register { meter, reading } => self.read_register(meter, reading, out),
            Input::Replace { meter, at, old_final_wh, new_first_wh } => {
                self.replace_meter(meter, at, (old_final_wh, new_first_wh), out);
            }
            Input::Judge { meter, believe } => self.judge_meter(meter, believe, out),
            Input::Repair { meter, rows, incidents } => {
                self.repair_meter(meter, rows, incidents, out);
            }
            Input::Rules { rules } => self.take_rules(rules, out),
            Input::Resumed | Input::Tick => {}
        }
        self.speak(out);
    }

    /// What a node's lamps should do; `None` while the node was never heard, and if it drives no zone.
    pub fn desired(&self, node: NodeIx) -> Option<Desired<'_>> {
        let state = self.nodes.get(node.at())?;
        let boot = state.boot().filter(|_| state.settled)?;
        let first = *state.zones.first()?;
        let mut lamps = heapless::Vec::new();
        for ix in &state.zones {
            let zone = &self.zones[ix.at()];
            // A node drives at most `CHANNELS_MAX` zones: `Campus::check`.
            let _ = lamps.push(LampDesired {
                channel: self.zone_config(*ix).channel.as_str(),
                level_pct: zone.memory.rules.level_pct(),
                fade_ms: zone.memory.fade_ms,
                presses: zone.memory.presses,
            });
        }
        if let (true, Some(lamp)) = (sabotage::is(Sabotage::EmergencyDriven), lamps.last_mut()) {
            lamp.channel = "emergency";
        }
        let settings = &self.zone_config(first).lighting;
        let alone = Alone {
            hold_ms: settings.hold_ms(lighting::Period::Open),
            auto_pct: settings.auto_pct,
            full_pct: settings.full_pct,
            // A node alone knows its sensor, not the desk.
            dark_lx: light::at_sensor(settings.target_lx, settings),
        };
        Some(Desired { version: state.version, boot, lamps, alone })
    }

    /// Whether the last frame was not new: it must not be stored again.
    pub const fn last_was_duplicate(&self) -> bool {
        self.duplicate
    }

    /// Whether a hello would change anything that is worth a row in the log.
    pub fn would_learn(
        &self,
        node: NodeIx,
        hello: &Hello<'_>,
        condition: &wire::Condition<'_>,
    ) -> bool {
        self.nodes[node.at()].would_learn(hello, condition)
    }

    fn frame(&mut self, ix: NodeIx, frame: &Frame<'_>, out: &mut Vec<Action>) {
        let now = self.now;
        let measured = node::measured(frame, now);
        let previous = self.nodes[ix.at()].boot();
        let admission = self.nodes[ix.at()].admit(ix, frame, out);
        let known = matches!(admission.arrival, Arrival::Duplicate | Arrival::Refused);
        // One that tells of a loss must be told again at a replay.
        self.duplicate = known && !admission.gave_up;
        if admission.begins {
            self.begin_boot(ix, previous, out);
        }
        if admission.current && !known {
            self.hear(ix);
            self.take(ix, frame, measured, out);
        }
        if !self.duplicate && !self.no_ledger {
            self.book(ix, frame, admission, measured, out);
        }
        if let Some(ack) = admission.ack {
            out.push(Action::Acknowledge { node: ix, ack });
        }
    }

    /// A current frame's readings: rooms that they concern look again.
    fn take(&mut self, ix: NodeIx, frame: &Frame<'_>, measured: Timestamp, out: &mut Vec<Action>) {
        let stale_ms = self.campus.settings.silent_ms;
        let state = &mut self.nodes[ix.at()];
        let moved = state.take(frame, measured);
        if moved.presence {
            let active = state.sees_somebody(stale_ms, measured);
            state.presence.seen(active, stale_ms, measured.millis());
        }
        // A frame that only tells of a loss does not say where the lamps are.
        let settles = !state.settled && !frame.readings.is_empty();
        self.sense(ix, moved, measured);
        if settles {
            self.settle(ix);
        }
        if moved.fire {
            self.hear_fire(ix, out);
        }
        let pressed = self.take_presses(ix, frame, measured);
        self.gauge(ix, frame, measured);
        let rooms = self.nodes[ix.at()].rooms.len();
        for nth in 0..rooms {
            let room_ix = self.nodes[ix.at()].rooms[nth];
            if moved.light {
                let room = &mut self.rooms[room_ix.at()];
                let (zones, nodes) = (&mut self.zones, &self.nodes);
                let (campus, heard, scratch) = (&self.campus, (ix, self.now), &mut self.scratch);
                light::measure(campus, room_ix, room, zones, nodes, heard, scratch);
            }
            if moved.any {
                self.tell(room_ix, News::Readings);
            }
            let asks = moved.any && self.written.holds_in(&self.rooms[room_ix.at()]);
            let felt = moved.presence || moved.air || moved.light;
            if !(felt || settles || pressed || asks) {
                self.count(room_ix, self.now);
            } else if !(pressed || settles)
                && (measured.plus(LATE_MS) < self.now || self.would_empty(room_ix))
            {
                self.look_soon(room_ix);
            } else {
                self.look_again(room_ix, self.now, out);
            }
            self.calibrate_on(room_ix, out);
        }
    }

    /// What comes out of the past decides nothing by itself: the next frame may say that somebody came back.
    fn look_soon(&mut self, ix: RoomIx) {
        let room = &mut self.rooms[ix.at()];
        room.deadline = earlier(room.deadline, Some(self.now.plus(BACKLOG_MS)));
        self.queue_room(ix);
        self.count(ix, self.now);
    }

    /// The first frame shows what the lamps are at. Whoever begins to decide begins with that.
    fn settle(&mut self, ix: NodeIx) {
        let stale_ms = self.campus.settings.silent_ms;
        for zone_ix in &self.nodes[ix.at()].zones {
            let actual = self.zones[zone_ix.at()].actual_pct(&self.nodes, stale_ms, self.now);
            let memory = &mut self.zones[zone_ix.at()].memory;
            if let (Some(actual), None) = (actual, memory.rules.manual()) {
                memory.rules.adopt(actual);
                memory.told = None;
                memory.since = self.now;
            }
        }
        self.nodes[ix.at()].settled = true;
        self.undesired(ix);
    }

    fn hello(
        &mut self,
        ix: NodeIx,
        hello: &Hello<'_>,
        condition: &wire::Condition<'_>,
        out: &mut Vec<Action>,
    ) {
        let state = &mut self.nodes[ix.at()];
        let previous = state.boot();
        if state.begin(ix, hello.boot, out) {
            self.begin_boot(ix, previous, out);
        } else if previous.is_some_and(|current| hello.boot < current) {
            // An old will may come late; an old boot that says it is online is another node.
            if hello.online && state.conflict.is_none() {
                state.conflict = Some(self.now);
                out.push(Action::Conflict { node: ix, boot: hello.boot });
                self.told_nodes.push(ix);
            }
            return;
        }
        if !hello.online {
            self.set_state(ix, NodeState::Offline);
            return;
        }
        self.fares(ix, hello, condition, out);
        let state = &mut self.nodes[ix.at()];
        let told = Some(Box::new(Told::new(hello, condition)));
        if state.told != told {
            state.told = told;
            self.told_nodes.push(ix);
        }
        let state = &self.nodes[ix.at()];
        if state.state == NodeState::Offline || previous != Some(hello.boot) {
            self.hear(ix);
        }
    }

    /// A boot begins: presses count from 0 again, and registers that waited for the old one's
    /// missing frames wait no longer.
    fn begin_boot(&mut self, ix: NodeIx, previous: Option<u32>, out: &mut Vec<Action>) {
        self.book_all_waiting(ix, previous.unwrap_or(0), out);
        let zones = self.nodes[ix.at()].zones.len();
        for nth in 0..zones {
            let zone = self.nodes[ix.at()].zones[nth];
            self.zones[zone.at()].memory.presses = 0;
        }
        self.nodes[ix.at()].conflict = None;
        if previous.is_some() {
            self.undesired(ix);
        }
        self.told_nodes.push(ix);
    }

    /// It speaks.
    fn hear(&mut self, ix: NodeIx) {
        let now = self.now;
        self.nodes[ix.at()].heard = Some(now);
        self.set_state(ix, NodeState::Online);
        self.queue_node(ix);
    }

    fn set_state(&mut self, ix: NodeIx, state: NodeState) {
        let now = self.now;
        let node = &mut self.nodes[ix.at()];
        if node.state != state {
            node.state = state;
            node.state_since = Some(now);
            self.told_nodes.push(ix);
        }
    }

    /// Looks at a room at `at`: who is there, what its lamps should do, and when to look again.
    pub(crate) fn look_again(&mut self, ix: RoomIx, at: Timestamp, out: &mut Vec<Action>) {
        let stale_ms = self.campus.settings.silent_ms;
        let place = &self.campus.rooms[ix.at()];
        let configs = &place.zones;
        let (period, day) = (self.today.room(ix), self.written.day);
        let seen = self.rooms[ix.at()].look(&self.nodes, &self.around(ix, at), at);
        let room = &mut self.rooms[ix.at()];
        room.emptied = seen.emptied;
        let mut changed = false;
        if seen.occupancy != room.occupancy {
            room.occupancy = seen.occupancy;
            room.occupancy_since = at;
            changed = true;
        }
        let mut deadline = seen.until;
        for (nth, (zone_ix, config)) in room.zones().zip(configs).enumerate() {
            let around = room.lamps(&self.zones, configs).around(nth);
            let zone = &mut self.zones[zone_ix.at()];
            let settings = around.settings(config);
            let from_pct = zone.memory.rules.level_pct();
            let inputs = zone.inputs(config, &around, seen, period, stale_ms, at);
            let inputs = self.imposed.add(inputs, place, zone_ix, at);
            let looked = zone.memory.rules.look() != Some(inputs.look);
            let (today, desk_pct) = (&self.today, settings.desk_pct);
            let moment = Moment { today, day, stale_ms, at, desk_pct, looked };
            let facts = || moment.facts(zone, &room.nodes, &self.nodes, seen, period);
            let asks = self.written.ask(zone_ix, &self.campus.rules, facts, &settings, at);
            deadline = earlier(deadline, asks.until);
            if !zone.must_decide(&inputs, at) && !asks.changed {
                let until = zone.memory.rules.deadline().map(Timestamp::from_millis);
                deadline = earlier(deadline, until);
                continue;
            }
            let asked = self.written.asked(zone_ix);
            let before = zone.memory.rules;
            let decide = |rules: &mut lighting::Zone| {
                rules.decide_with::<0>(&inputs, &settings, asked.clone(), at.millis()).level_pct
            };
            let level_pct = decide(&mut zone.memory.rules);
            let until = zone.memory.rules.deadline().map(Timestamp::from_millis);
            deadline = earlier(deadline, until);
            if level_pct != from_pct {
                // The whole argument is wanted only now: the same is decided again.
                zone.memory.rules = before;
                let rules = &mut zone.memory.rules;
                let verdict = rules.decide_with(&inputs, &settings, asked, at.millis());
                zone.memory.since = at;
                zone.memory.fade_ms = verdict.fade_ms;
                room.disturb(verdict.fade_ms, at);
                changed = true;
                let driver = &mut self.nodes[zone.node.at()];
                if !driver.undesired {
                    driver.undesired = true;
                    self.told_desires.push(zone.node);
                }
                let verdict = Box::new(verdict);
                out.push(Action::Changed { at, room: ix, zone: zone_ix, from_pct, verdict });
            }
        }
        room.deadline = earlier(deadline, room.calibration.as_ref().and_then(|it| it.until()));
        if changed {
            self.tell(ix, News::Changed);
        }
        self.queue_room(ix);
        self.count(ix, at);
    }

    /// Where a room's time goes from `at` on.
    fn count(&mut self, ix: RoomIx, at: Timestamp) {
        let (config, room) = (&self.campus.rooms[ix.at()], &self.rooms[ix.at()]);
        let (stale_ms, period) = (self.campus.settings.silent_ms, self.today.room(ix));
        let condition = Condition::of(config, room, &self.zones, &self.nodes, period, stale_ms, at);
        self.tally.set(ix, at, condition);
    }

    /// Says what is said once per input.
    fn speak(&mut self, out: &mut Vec<Action>) {
        self.told_nodes.sort_unstable();
        self.told_nodes.dedup();
        out.extend(self.told_nodes.drain(..).map(|node| Action::NodeChanged { node }));
        self.told_rooms.sort_unstable();
        for room in self.told_rooms.drain(..) {
            match std::mem::take(&mut self.rooms[room.at()].news) {
                News::None => {}
                News::Readings => out.push(Action::Readings { room }),
                News::Changed => out.push(Action::RoomChanged { room }),
            }
        }
        self.told_desires.sort_unstable();
        for node in self.told_desires.drain(..) {
            let state = &mut self.nodes[node.at()];
            state.undesired = false;
            if state.settled && !state.zones.is_empty() {
                state.version += 1;
                out.push(Action::Desire { node });
            }
        }
    }

    pub(crate) fn tell(&mut self, ix: RoomIx, news: News) {
        let room = &mut self.rooms[ix.at()];
        if room.news == News::None {
            self.told_rooms.push(ix);
        }
        room.tell(news);
    }

    fn undesired(&mut self, ix: NodeIx) {
        let state = &mut self.nodes[ix.at()];
        if !state.undesired {
            state.undesired = true;
            self.told_desires.push(ix);
        }
    }
}
