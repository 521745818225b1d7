//! What is imposed on lamps from outside their room: a fire alarm, a lock for maintenance, less demand for
//! the grid. And scenes, which a room asks for by one name.
//!
//! | what | who | ends |
//! |---|---|---|
//! | fire | a node's input, or a person | when the input falls, or by a person, as configured |
//! | lock | a person | at its time, at most [`LOCK_MS_MAX`] ahead; or by a person |
//! | demand | the utility, or a person | at its time, at most [`DEMAND_MS_MAX`] long; or by a person |
//! | scene | the room | as any wish, and when the next lesson begins |
//!
//! Terms: *alarm* = one reason to believe in a fire; *extent* = the rooms that it concerns; *silenced* = a
//! person says that it is none although the input says so still.

mod demand;
mod fire;

pub use demand::{Demand, DemandState, Saving};
pub use fire::FireInput;

use crate::action::{Action, DemandOrder, LockOrder};
use crate::limits::{DEMAND_AHEAD_MS_MAX, DEMAND_MS_MAX, DEMANDS_MAX, LOCK_MS_MAX};
use crate::room::earlier;
use crate::{Controller, NodeIx, Place, RoomIx, Timestamp, ZoneIx};
use lighting::Inputs;
use serde::{Deserialize, Serialize};
use wire::Id;

/// Everything that is imposed. Empty most of the time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Imposed {
    pub alarms: Vec<Alarm>,
    /// At most one per zone.
    pub locks: Vec<Lock>,
    /// What is asked for now and later, and the last that ended.
    pub demands: Vec<Demand>,
    /// At most one per room.
    pub scenes: Vec<Staged>,
}

/// Which rooms an alarm concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// All.
    Campus,
    /// Those of a building.
    Building(Id),
    /// One.
    Room {
        /// Its building.
        building: Id,
        /// Itself.
        room: Id,
    },
}

/// One reason to believe in a fire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The node whose input says so, and the input's channel; `None` when a person does.
    pub input: Option<(NodeIx, Id, String)>,
    /// Whom it concerns.
    pub extent: Extent,
    /// Since when.
    pub since: Timestamp,
    /// Who said so; empty for an input.
    pub who: String,
    /// Why; empty for an input.
    pub why: String,
    /// The input says that it is over; a person has to say so too.
    pub fallen: bool,
    /// A person says that there is none, and why, although the input still says so.
    pub silenced: Option<(String, String)>,
}

/// Lamps that somebody works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Which.
    pub zone: ZoneIx,
    /// At which level they stay, %.
    pub level_pct: u8,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Who locked them.
    pub who: String,
    /// Why.
    pub why: String,
}

/// A scene that a room has asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Staged {
    pub room: RoomIx,
    pub scene: Id,
    pub until: Timestamp,
}

impl Extent {
    /// Whether it concerns a room.
    pub fn holds(&self, place: Place) -> bool {
        match (self, place) {
            (Self::Campus, _) => true,
            (Self::Building(own), Place::Room { building, .. } | Place::Building(building)) => {
                *own == building
            }
            (Self::Room { building, room }, other) => {
                other == Place::Room { building: *building, room: *room }
            }
        }
    }
}

impl From<Place> for Extent {
    fn from(place: Place) -> Self {
        match place {
            Place::Room { building, room } => Self::Room { building, room },
            Place::Building(building) => Self::Building(building),
        }
    }
}

impl std::fmt::Display for Extent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Campus => f.write_str(""),
            Self::Building(building) => write!(f, "{building}"),
            Self::Room { building, room } => write!(f, "{building}/{room}"),
        }
    }
}

impl Imposed {
    /// Whether a fire is believed in at a place.
    pub fn burns(&self, place: Place) -> bool {
        self.alarms.iter().any(|alarm| alarm.silenced.is_none() && alarm.extent.holds(place))
    }

    /// Adds to what the rules of a zone are told.
    pub fn add(
        &self,
        inputs: Inputs,
        room: &crate::RoomConfig,
        zone: ZoneIx,
        at: Timestamp,
    ) -> Inputs {
        if self.alarms.is_empty() && self.locks.is_empty() && self.demands.is_empty() {
            return inputs;
        }
        let lock = self.locks.iter().find(|lock| lock.zone == zone && lock.until > at);
        let demand = self.asked(at).filter(|_| !room.exempt);
        let until = earlier(lock.map(|lock| lock.until), demand.map(|demand| demand.until));
        Inputs {
            fire: self.burns(room.place()),
            lock: lock.map(|lock| lock.level_pct),
            shed_pct: demand.map(|demand| demand.shed_pct),
            imposed_until: until.map(Timestamp::millis),
            ..inputs
        }
    }

    /// What is asked of the campus at a moment: the most of all that runs.
    pub fn asked(&self, at: Timestamp) -> Option<&Demand> {
        self.demands.iter().filter(|demand| demand.runs(at)).max_by_key(|demand| demand.shed_pct)
    }

    /// When something begins or ends by itself, or is measured.
    pub fn deadline(&self) -> Option<Timestamp> {
        let locks = self.locks.iter().map(|lock| lock.until);
        let scenes = self.scenes.iter().map(|staged| staged.until);
        let demands = self.demands.iter().filter_map(Demand::deadline);
        locks.chain(scenes).chain(demands).min()
    }

    /// The scene of a room.
    pub fn scene(&self, room: RoomIx) -> Option<&Staged> {
        self.scenes.iter().find(|staged| staged.room == room)
    }

    /// A room does something else than its scene.
    pub fn unstage(&mut self, room: RoomIx) {
        self.scenes.retain(|staged| staged.room != room);
    }
}

impl Controller {
    /// Locks lamps, or unlocks them.
    pub(crate) fn lock(
        &mut self,
        room: RoomIx,
        zone: Option<Id>,
        order: Option<LockOrder<'_>>,
        out: &mut Vec<Action>,
    ) {
        let Some(state) = self.rooms.get(room.at()) else { return };
        let now = self.now;
        let zones: Vec<ZoneIx> = state
            .zones()
            .filter(|ix| zone.is_none_or(|wanted| wanted == self.zone_config(*ix).id))
            .collect();
        for zone in zones {
            let known = self.imposed.locks.iter().find(|lock| lock.zone == zone);
            let since = known.map_or(now, |lock| lock.since);
            self.imposed.locks.retain(|lock| lock.zone != zone);
            let Some(order) = order else { continue };
            let until = order.until.min(now.plus(LOCK_MS_MAX));
            if until > now {
                self.imposed.locks.push(Lock {
                    zone,
                    level_pct: order.level_pct.min(100),
                    since,
                    until,
                    who: order.who.to_owned(),
                    why: order.why.to_owned(),
                });
            }
        }
        self.imposed.locks.sort_by_key(|lock| lock.zone);
        self.tell(room, crate::room::News::Changed);
        self.look_again(room, now, out);
    }

    /// The utility, or a person, asks for less; a second order of that name takes the place of the first.
    pub(crate) fn demand(&mut self, order: DemandOrder<'_>, out: &mut Vec<Action>) {
        let now = self.now;
        let from = order.from.max(now).min(now.plus(DEMAND_AHEAD_MS_MAX));
        let until = order.until.min(from.plus(DEMAND_MS_MAX));
        // One that runs is ended, not forgotten: what it has saved stays known.
        self.end_demand(order.id, order.who, out);
        self.imposed.demands.retain(|demand| demand.id != order.id || demand.ended.is_some());
        if until <= from {
            return;
        }
        self.imposed.demands.push(Demand::new(order, from, until));
        while self.imposed.demands.len() > DEMANDS_MAX {
            // The oldest that is over; else the one that is farthest ahead.
            let over = self.imposed.demands.iter().position(|demand| demand.ended.is_some());
            let last = self.imposed.demands.len() - 1;
            self.imposed.demands.remove(over.unwrap_or(last));
        }
        self.impose(now, out);
    }

    /// Ends what is asked for under this name, now.
    pub(crate) fn end_demand(&mut self, id: &str, who: &str, out: &mut Vec<Action>) {
        let now = self.now;
        let mut ended = false;
        for demand in &mut self.imposed.demands {
            if demand.id == id && demand.ended.is_none() {
                demand.end(now, who);
                ended = true;
            }
        }
        if ended {
            self.look_within(Extent::Campus, out);
        }
    }

    /// A room asks for a scene, or, without one, for the rules again.
    pub(crate) fn stage(
        &mut self,
        room: RoomIx,
        scene: Option<Id>,
        until: Timestamp,
        out: &mut Vec<Action>,
    ) {
        let Some(state) = self.rooms.get(room.at()) else { return };
        self.imposed.unstage(room);
        let known = scene.and_then(|id| self.campus.events.scene(id)).cloned();
        if scene.is_some() && known.is_none() {
            return;
        }
        let now = self.now;
        for ix in state.zones() {
            let config = self.zone_config(ix);
            let (settings, level) =
                (config.lighting, known.as_ref().and_then(|scene| scene.level_pct(config.id)));
            let memory = &mut self.zones[ix.at()].memory;
            memory.told = None;
            match level {
                Some(level) => {
                    memory.rules.set_override(level, until.millis(), &settings, now.millis());
                }
                None => memory.rules.clear_override(),
            }
        }
        if let Some(scene) = known {
            let most = self.rooms[room.at()]
                .zones()
                .map(|ix| now.plus(i64::from(self.zone_config(ix).lighting.override_max_ms)));
            let until = most.max().map_or(until, |most| until.min(most));
            if until > now {
                self.imposed.scenes.push(Staged { room, scene: scene.id, until });
                self.imposed.scenes.sort_by_key(|staged| staged.room);
            }
        }
        self.tell(room, crate::room::News::Changed);
        self.look_again(room, now, out);
    }

    /// A lesson begins in a room: whoever comes in then has not asked for the scene.
    pub(crate) fn end_scene(&mut self, room: RoomIx) {
        if self.imposed.scene(room).is_none() {
            return;
        }
        self.imposed.unstage(room);
        for ix in self.rooms[room.at()].zones() {
            let memory = &mut self.zones[ix.at()].memory;
            memory.rules.clear_override();
            memory.told = None;
        }
    }

    /// Does what is due: locks and scenes end, demands begin, end, and are measured.
    pub(crate) fn impose(&mut self, at: Timestamp, out: &mut Vec<Action>) {
        let before: Vec<Lock> = self.imposed.locks.clone();
        self.imposed.locks.retain(|lock| lock.until > at);
        let gone = before.iter().filter(|lock| lock.until <= at);
        let mut rooms: Vec<RoomIx> = gone.map(|lock| self.zones[lock.zone.at()].room).collect();
        rooms.dedup();
        // Their wishes end by themselves at the same moment.
        self.imposed.scenes.retain(|staged| staged.until > at);
        let turned = self.step_demands(at);
        if turned {
            self.look_within(Extent::Campus, out);
        }
        for room in rooms {
            self.tell(room, crate::room::News::Changed);
            self.look_again(room, at, out);
        }
    }

    /// The clock was set, or nobody listened: nothing lasts longer than it may from now on.
    pub(crate) fn resume_imposed(&mut self, now: Timestamp) {
        for lock in &mut self.imposed.locks {
            lock.since = lock.since.min(now);
            lock.until = lock.until.min(now.plus(LOCK_MS_MAX));
        }
        for staged in &mut self.imposed.scenes {
            let room = &self.campus.rooms[staged.room.at()];
            let most = room.zones.iter().map(|zone| zone.lighting.override_max_ms).max();
            staged.until = staged.until.min(now.plus(most.unwrap_or(0).into()));
        }
        for alarm in &mut self.imposed.alarms {
            alarm.since = alarm.since.min(now);
        }
        self.imposed.demands.iter_mut().for_each(|demand| demand.resume(now));
        self.imposed.locks.retain(|lock| lock.until > now);
        self.imposed.scenes.retain(|staged| staged.until > now);
        self.step_demands(now);
    }

    /// Rooms within an extent look again.
    fn look_within(&mut self, extent: Extent, out: &mut Vec<Action>) {
        for at in 0..self.rooms.len() {
            if extent.holds(self.campus.rooms[at].place()) {
                let ix = RoomIx(at as u32);
                self.tell(ix, crate::room::News::Changed);
                self.look_again(ix, self.now, out);
            }
        }
    }

    /// Lamps that are locked.
    pub fn locks(&self) -> &[Lock] {
        &self.imposed.locks
    }

    /// The scene that a room has asked for, and until when.
    pub fn scene(&self, room: RoomIx) -> Option<(Id, Timestamp)> {
        self.imposed.scene(room).map(|staged| (staged.scene, staged.until))
    }
}
