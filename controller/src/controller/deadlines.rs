//! What happens by itself, each at its nominal time; and what to do when time was not ours.
//!
//! Rooms and nodes wait in one queue. An entry may be early, never late: when it comes up, the real
//! deadline is looked at again. So a frame that moves a deadline back costs nothing.

use super::*;
use crate::occupancy::stir::Stir;

impl Controller {
    /// When something happens by itself: call [`Controller::handle`] with `Tick` then, or later.
    pub fn deadline(&self) -> Option<Timestamp> {
        let queued = self.queue.peek().map(|Reverse((at, _))| *at);
        let queued = earlier(queued, self.imposed.deadline());
        let slots = earlier(self.tally.deadline(), self.gauges.deadline());
        earlier(earlier(queued, slots), Some(self.today.until))
    }

    /// Whether nothing is due up to `at`, so that a frame of then says as much as time.
    pub(crate) fn rests_until(&self, at: Timestamp) -> bool {
        let near = at >= self.now && at.0 <= self.now.0.saturating_add(SKIP_MS_MIN);
        near && self.deadline().is_none_or(|due| due > at)
    }

    /// Runs whatever is due up to `now`, each at its own time.
    pub(super) fn catch_up(&mut self, now: Timestamp, out: &mut Vec<Action>) {
        while let Some(at) = self.deadline().filter(|at| *at <= now) {
            // Nothing is due before what already happened.
            self.now = self.now.max(at);
            if self.tally.deadline().is_some_and(|end| end <= at) {
                self.tally.close(out);
                continue;
            }
            if self.gauges.deadline().is_some_and(|end| end <= at) {
                self.gauges.close(out);
                continue;
            }
            if self.today.until <= at {
                self.turn(self.now, out);
                continue;
            }
            if self.imposed.deadline().is_some_and(|due| due <= at) {
                self.impose(self.now, out);
                continue;
            }
            let Some(Reverse((_, entry))) = self.queue.pop() else { break };
            let rooms = self.rooms.len() as u32;
            if entry < rooms {
                self.room_due(RoomIx(entry), at, out);
            } else {
                self.node_due(NodeIx(entry - rooms), at);
            }
        }
        self.now = self.now.max(now);
    }

    fn room_due(&mut self, ix: RoomIx, at: Timestamp, out: &mut Vec<Action>) {
        let room = &mut self.rooms[ix.at()];
        if room.queued != Some(at) {
            return; // an earlier entry has replaced this one
        }
        room.queued = None;
        match room.deadline {
            Some(deadline) if deadline <= at => {
                self.look_again(ix, self.now, out);
                self.calibrate_on(ix, out);
            }
            _ => self.queue_room(ix),
        }
    }

    fn node_due(&mut self, ix: NodeIx, at: Timestamp) {
        let state = &mut self.nodes[ix.at()];
        if state.queued != Some(at) {
            return; // an earlier entry has replaced this one
        }
        state.queued = None;
        match self.silent_at(ix) {
            Some(silent_at) if silent_at <= at => self.set_state(ix, NodeState::Silent),
            _ => self.queue_node(ix),
        }
    }

    /// The period of some room, or the day, changes.
    fn turn(&mut self, at: Timestamp, out: &mut Vec<Action>) {
        let all = (0..self.rooms.len() as u32).map(RoomIx);
        let before: Vec<_> = all.clone().map(|ix| self.today.room(ix)).collect();
        self.advance(at);
        for (ix, before) in all.zip(before) {
            let turned = self.today.room(ix) != before;
            if turned {
                if self.today.room(ix).needs_light() {
                    self.end_scene(ix);
                }
                self.tell(ix, News::Changed);
            }
            if turned || self.written.holds_in(&self.rooms[ix.at()]) {
                self.look_again(ix, at, out);
            }
        }
    }

    fn advance(&mut self, at: Timestamp) {
        let (day_start, campus) = (self.today.day_start, &self.campus);
        self.today.advance(&campus.timetable, &campus.zone, &campus.rooms, at);
        if self.today.day_start != day_start {
            self.tell_day();
            self.begin_day();
        }
    }

    /// Nobody has listened for a while, or the clock was set. What would have run out meanwhile
    /// has not: who was there is not known any more, and lamps stay as they are.
    pub(super) fn resume(&mut self, now: Timestamp, out: &mut Vec<Action>) {
        let known = |ix: RoomIx| {
            let mut nodes = self.rooms[ix.at()].nodes.iter();
            nodes.any(|node| self.nodes[node.at()].heard.is_some())
        };
        self.tally.gap(self.now, now, known, out);
        self.gauges.gap(self.now, out);
        self.now = now;
        self.listening_since = now;
        self.advance(now);
        for node in &mut self.nodes {
            node.presence = Presence::new();
            if let Some(air) = &mut node.air {
                air.resume(now);
            }
            node.not_after(now);
            node.queued = None;
        }
        for at in 0..self.zones.len() {
            let settings = self.zone_config(ZoneIx(at as u32)).lighting;
            let memory = &mut self.zones[at].memory;
            memory.rules.resume(&settings, now.millis());
            memory.told = None;
            memory.since = memory.since.min(now);
            memory.daylight = memory.daylight.filter(|daylight| daylight.measured <= now);
        }
        self.written.resume(now);
        self.resume_imposed(now);
        self.queue.clear();
        for ix in (0..self.nodes.len() as u32).map(NodeIx) {
            self.queue_node(ix);
        }
        for ix in (0..self.rooms.len() as u32).map(RoomIx) {
            self.stop_calibration(ix, CalibrationFault::Resumed, out);
            let room = &mut self.rooms[ix.at()];
            room.queued = None;
            room.stir = Stir::default();
            room.stir.anew(now);
            room.emptied = None;
            room.settled_at = room.settled_at.min(now);
            room.occupancy_since = room.occupancy_since.min(now);
            self.look_again(ix, now, out);
        }
    }

    /// When a node that speaks will have been silent for too long.
    fn silent_at(&self, ix: NodeIx) -> Option<Timestamp> {
        let state = &self.nodes[ix.at()];
        let heard = state.heard.filter(|_| state.state == NodeState::Online)?;
        let from = heard.max(self.listening_since);
        Some(from.plus(i64::from(self.campus.settings.silent_ms)))
    }

    pub(super) fn queue_node(&mut self, ix: NodeIx) {
        let Some(at) = self.silent_at(ix) else { return };
        let entry = self.rooms.len() as u32 + ix.0;
        let queued = &mut self.nodes[ix.at()].queued;
        if queued.is_none_or(|earlier| at < earlier) {
            *queued = Some(at);
            self.queue.push(Reverse((at, entry)));
        }
    }

    pub(super) fn queue_room(&mut self, ix: RoomIx) {
        let room = &mut self.rooms[ix.at()];
        let Some(at) = room.deadline else { return };
        if room.queued.is_none_or(|earlier| at < earlier) {
            room.queued = Some(at);
            self.queue.push(Reverse((at, ix.0)));
        }
    }
}
