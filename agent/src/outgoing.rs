//! What waits to be said to the broker: lights first, then acknowledgements, leases, room states.
//!
//! Everything here is level-triggered: it holds *that* something must be said, and what it says is
//! made at the moment of sending. So nothing old is ever sent, saying it twice does no harm, and
//! the lists are bounded by the number of nodes and rooms.

use crate::limits;
use crate::mqtt::{Link, Receipt};
use controller::{NodeIx, RoomIx, Timestamp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};
use wire::Ack;

/// What can be said, and how to say it; the main loop knows.
pub trait Speaker {
    /// Publishes the desired state of a node; false when the connection is busy.
    fn desire(&mut self, node: NodeIx) -> bool;
    /// Publishes the settings of a node; false when busy.
    fn settings(&mut self, node: NodeIx) -> bool;
    /// Publishes an acknowledgement; false when busy.
    fn ack(&mut self, node: NodeIx, ack: Ack) -> bool;
    /// Publishes a lease; false when busy.
    fn lease(&mut self, node: NodeIx) -> bool;
    /// Publishes a room's state; false when busy.
    fn room(&mut self, room: RoomIx) -> bool;
    /// How many meters there are.
    fn meters(&self) -> usize;
    /// Publishes a meter's register; false when busy.
    fn meter(&mut self, meter: usize) -> bool;
    /// Publishes the state of the agent and of the campus as a whole; false when busy.
    fn agent(&mut self) -> bool;
    /// Clears a retained state; false when busy.
    fn clear(&mut self, topic: &str) -> bool;
}

/// Lists of what waits.
pub struct Outgoing {
    desires: BTreeSet<NodeIx>,
    settings: BTreeSet<NodeIx>,
    receipts: VecDeque<Receipt>,
    /// By node and boot.
    acks: BTreeMap<(NodeIx, u32), Ack>,
    ack_interval: Duration,
    /// Nodes with an acknowledgement that waits for its interval, by when it is due.
    later: BTreeSet<(Instant, NodeIx)>,
    acked_at: Vec<Option<Instant>>,
    rooms: BTreeSet<RoomIx>,
    rooms_due: Instant,
    /// Rooms whose readings moved, but nothing a person would notice.
    stale_rooms: BTreeSet<RoomIx>,
    stale_due: Instant,
    overview: Overview,
    leases: Leases,
    /// Retained states of what is gone.
    ghosts: VecDeque<String>,
    /// Until when we listen for more of them.
    ghost_watch: Option<Instant>,
    busy: bool,
}

/// The agent itself, and now and then a round through all meters.
struct Overview {
    due: Instant,
    meters_due: Instant,
    next_meter: usize,
}

/// Whose turn it is to hear "I am still here".
struct Leases {
    nodes: u32,
    /// Nodes that must hear it now, all of them after a connection was made.
    urgent: VecDeque<NodeIx>,
    next: u32,
    next_at: Timestamp,
}

impl Outgoing {
    /// For so many nodes, on a campus that runs `speed` times as fast; nothing waits yet.
    pub fn new(nodes: usize, now: Timestamp, speed: f64) -> Self {
        let start = Instant::now();
        Self {
            desires: BTreeSet::new(),
            settings: BTreeSet::new(),
            receipts: VecDeque::new(),
            acks: BTreeMap::new(),
            ack_interval: limits::ACK_INTERVAL.div_f64(speed.max(1.0)),
            later: BTreeSet::new(),
            acked_at: vec![None; nodes],
            rooms: BTreeSet::new(),
            rooms_due: start,
            stale_rooms: BTreeSet::new(),
            stale_due: start,
            overview: Overview { due: start, meters_due: start, next_meter: 0 },
            leases: Leases { nodes: nodes as u32, urgent: VecDeque::new(), next: 0, next_at: now },
            ghosts: VecDeque::new(),
            ghost_watch: None,
            busy: false,
        }
    }

    /// A node should have other settings.
    pub fn settings(&mut self, node: NodeIx) {
        self.settings.insert(node);
    }

    /// A node's lamps should do something else.
    pub fn desire(&mut self, node: NodeIx) {
        self.desires.insert(node);
    }

    /// A room changed in a way that people see.
    pub fn room(&mut self, room: RoomIx) {
        self.rooms.insert(room);
    }

    /// A room's readings moved.
    pub fn readings(&mut self, room: RoomIx) {
        self.stale_rooms.insert(room);
    }

    /// A delivery is committed, or there was nothing in it to keep.
    pub fn receipt(&mut self, receipt: Receipt) {
        self.receipts.push_back(receipt);
    }

    /// Frames of a node are committed up to here.
    pub fn ack(&mut self, node: NodeIx, ack: Ack) {
        let waits = self.next_ack(node).is_some();
        self.acks.insert((node, ack.boot), ack);
        if !waits {
            let last = self.acked_at[node.at()];
            let due = last.map_or_else(Instant::now, |last| last + self.ack_interval);
            self.later.insert((due, node));
        }
    }

    /// A connection was made: everybody must hear everything again.
    pub fn everything(
        &mut self,
        nodes: impl Iterator<Item = NodeIx>,
        rooms: impl Iterator<Item = RoomIx>,
    ) {
        self.leases.urgent = nodes.collect();
        self.desires.extend(self.leases.urgent.iter().copied());
        self.settings.extend(self.leases.urgent.iter().copied());
        self.rooms.extend(rooms);
        self.rooms_due = Instant::now();
        let now = Instant::now();
        self.ghost_watch = Some(now + limits::GHOST_WATCH);
        self.overview = Overview { due: now, meters_due: now, next_meter: 0 };
    }

    /// A retained state of something that is gone should be cleared.
    pub fn ghost(&mut self, topic: String) {
        self.ghosts.push_back(topic);
    }

    /// Whether the time to listen for retained states is over, and nobody has ended it yet.
    pub fn ghost_watch_is_over(&self) -> bool {
        self.ghost_watch.is_some_and(|end| end <= Instant::now())
    }

    /// Nobody listens for retained states any more; when that could not be said, soon again.
    pub fn end_ghost_watch(&mut self, ended: bool) {
        self.ghost_watch = (!ended).then(|| Instant::now() + limits::RETRY);
    }

    /// PUBACKs of a connection that is gone mean nothing to the next.
    pub fn forget_receipts(&mut self) {
        self.receipts.clear();
    }

    /// A node came: it should know at once that the agent is here.
    pub fn greet(&mut self, node: NodeIx) {
        self.leases.urgent.push_back(node);
        self.desires.insert(node);
    }

    /// Says what the lamps should do, before anything is kept.
    pub fn light(&mut self, speaker: &mut impl Speaker) {
        self.busy = !self.say_desires(speaker);
    }

    /// Says what it can of the rest. What finds the connection busy stays for the next time.
    pub fn flush(&mut self, link: &Link, speaker: &mut impl Speaker, now: Timestamp) {
        let real = Instant::now();
        let said = self.say_desires(speaker)
            && self.say_receipts(link)
            && self.say_acks(speaker, real)
            && self.say_leases(speaker, now)
            && self.say_settings(speaker)
            && self.say_rooms(speaker, real)
            && self.overview.say(speaker, real)
            && self.say_ghosts(speaker);
        self.busy = !said;
    }

    /// Whether the connection could not take everything that was due.
    pub fn was_busy(&self) -> bool {
        self.busy
    }

    /// When something will be due by itself: on the real clock, and on the campus's.
    pub fn due(&self) -> (Option<Instant>, Timestamp) {
        let acks = self.later.first().map(|(due, _)| *due);
        let rooms = (!self.rooms.is_empty()).then_some(self.rooms_due);
        let stale = (!self.stale_rooms.is_empty()).then_some(self.stale_due);
        let real = [acks, rooms, stale, self.ghost_watch, Some(self.overview.due)]
            .into_iter()
            .flatten()
            .min();
        (real, self.leases.next_at)
    }

    fn say_desires(&mut self, speaker: &mut impl Speaker) -> bool {
        while let Some(node) = self.desires.first().copied() {
            if !speaker.desire(node) {
                return false;
            }
            self.desires.remove(&node);
        }
        true
    }

    fn say_receipts(&mut self, link: &Link) -> bool {
        while let Some(receipt) = self.receipts.front() {
            if link.acknowledge(*receipt).is_err() {
                return false;
            }
            self.receipts.pop_front();
        }
        true
    }

    /// What waits to be acknowledged to a node: the oldest boot first.
    fn next_ack(&self, node: NodeIx) -> Option<Ack> {
        self.acks.range((node, 0)..=(node, u32::MAX)).next().map(|(_, ack)| *ack)
    }

    fn say_acks(&mut self, speaker: &mut impl Speaker, real: Instant) -> bool {
        while let Some((due, node)) = self.later.first().copied().filter(|(due, _)| *due <= real) {
            while let Some(ack) = self.next_ack(node) {
                if !speaker.ack(node, ack) {
                    return false;
                }
                self.acks.remove(&(node, ack.boot));
            }
            self.later.remove(&(due, node));
            self.acked_at[node.at()] = Some(real);
        }
        true
    }

    fn say_leases(&mut self, speaker: &mut impl Speaker, now: Timestamp) -> bool {
        while let Some(node) = self.leases.urgent.front().copied() {
            if !speaker.lease(node) {
                return false;
            }
            self.leases.urgent.pop_front();
        }
        self.leases.say_due(speaker, now)
    }

    fn say_settings(&mut self, speaker: &mut impl Speaker) -> bool {
        while let Some(node) = self.settings.first().copied() {
            if !speaker.settings(node) {
                return false;
            }
            self.settings.remove(&node);
        }
        true
    }

    fn say_ghosts(&mut self, speaker: &mut impl Speaker) -> bool {
        while let Some(topic) = self.ghosts.front() {
            if !speaker.clear(topic) {
                return false;
            }
            self.ghosts.pop_front();
        }
        true
    }

    fn say_rooms(&mut self, speaker: &mut impl Speaker, real: Instant) -> bool {
        if real >= self.stale_due {
            self.rooms.append(&mut self.stale_rooms);
            self.stale_due = real + limits::READINGS_INTERVAL;
        }
        if real < self.rooms_due {
            return true;
        }
        while let Some(room) = self.rooms.first().copied() {
            if !speaker.room(room) {
                return false;
            }
            self.rooms.remove(&room);
        }
        self.rooms_due = real + limits::STATE_INTERVAL;
        true
    }
}

impl Overview {
    /// All of it once in a while; goes on where a busy connection stopped it.
    fn say(&mut self, speaker: &mut impl Speaker, real: Instant) -> bool {
        if real < self.due {
            return true;
        }
        if real >= self.meters_due {
            let meters = speaker.meters();
            while self.next_meter < meters {
                if !speaker.meter(self.next_meter) {
                    return false;
                }
                self.next_meter += 1;
            }
            self.meters_due = real + limits::METERS_INTERVAL;
            self.next_meter = 0;
        }
        if !speaker.agent() {
            return false;
        }
        self.due = real + limits::READINGS_INTERVAL;
        true
    }
}

impl Leases {
    /// Each node once in a third of the lease, evenly spread.
    fn say_due(&mut self, speaker: &mut impl Speaker, now: Timestamp) -> bool {
        if self.nodes == 0 {
            self.next_at = Timestamp(i64::MAX);
            return true;
        }
        let period_ms = i64::from(limits::LEASE_MS / 3);
        // After a sleep or a clock step one round makes up for all that were missed; a clock that
        // went back must not silence the leases either.
        if now.0 - self.next_at.0 > period_ms || self.next_at.0 - now.0 > period_ms {
            self.next_at = Timestamp(now.0 - period_ms.min(now.0.max(0)));
        }
        while self.next_at <= now {
            if !speaker.lease(NodeIx(self.next)) {
                return false;
            }
            self.next = (self.next + 1) % self.nodes;
            // The rounding is spread over the round, so that it takes one period exactly.
            let turn = i64::from(self.next);
            let step = period_ms * (turn + 1) / i64::from(self.nodes)
                - period_ms * turn / i64::from(self.nodes);
            self.next_at = Timestamp(self.next_at.0 + step);
        }
        true
    }
}

#[cfg(test)]
mod tests;
