//! What version 5 of the checkpoint adds: what is imposed on lamps, and what zones remember beside.
//! By name, as everything in it.

use crate::imposed::{Alarm, Demand, Extent, Lock, Staged};
use crate::{Controller, RoomIx, Timestamp, ZoneIx};
use lighting::zone::Beside;
use serde::{Deserialize, Serialize};
use wire::Id;

/// Everything of it.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct SavedImposed {
    alarms: Vec<SavedAlarm>,
    locks: Vec<(ZoneName, SavedLock)>,
    demands: Vec<Demand>,
    scenes: Vec<((Id, Id), Id, Timestamp)>,
    /// Of zones that remember anything.
    beside: Vec<(ZoneName, Beside)>,
}

/// Building, room, zone.
type ZoneName = (Id, Id, Id);

#[derive(Serialize, Deserialize)]
struct SavedAlarm {
    input: Option<(Id, String)>,
    /// Building and room; neither is the whole campus.
    extent: (Option<Id>, Option<Id>),
    since: Timestamp,
    who: String,
    why: String,
    fallen: bool,
    silenced: Option<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct SavedLock {
    level_pct: u8,
    since: Timestamp,
    until: Timestamp,
    who: String,
    why: String,
}

impl SavedAlarm {
    fn new(alarm: &Alarm) -> Self {
        Self {
            input: alarm.input.as_ref().map(|(_, node, channel)| (*node, channel.clone())),
            extent: match alarm.extent {
                Extent::Campus => (None, None),
                Extent::Building(building) => (Some(building), None),
                Extent::Room { building, room } => (Some(building), Some(room)),
            },
            since: alarm.since,
            who: alarm.who.clone(),
            why: alarm.why.clone(),
            fallen: alarm.fallen,
            silenced: alarm.silenced.clone(),
        }
    }
}

impl Controller {
    pub(super) fn save_imposed(&self) -> SavedImposed {
        let imposed = &self.imposed;
        let lock = |lock: &Lock| {
            let Lock { level_pct, since, until, who, why, .. } = lock.clone();
            (self.zone_name(lock.zone), SavedLock { level_pct, since, until, who, why })
        };
        let scene = |staged: &Staged| {
            let room = &self.campus.rooms[staged.room.at()];
            ((room.building, room.id), staged.scene, staged.until)
        };
        let zones = self.zones.iter().enumerate();
        let beside = zones.filter_map(|(at, zone)| {
            let beside = zone.memory.rules.beside();
            (beside != Beside::default()).then(|| (self.zone_name(ZoneIx(at as u32)), beside))
        });
        SavedImposed {
            alarms: imposed.alarms.iter().map(SavedAlarm::new).collect(),
            locks: imposed.locks.iter().map(lock).collect(),
            demands: imposed.demands.clone(),
            scenes: imposed.scenes.iter().map(scene).collect(),
            beside: beside.collect(),
        }
    }

    /// What no longer exists is passed over; an alarm of an input that is gone stays, as a person's.
    pub(super) fn restore_imposed(&mut self, saved: SavedImposed) {
        for alarm in saved.alarms {
            let input = alarm.input.and_then(|(node, channel)| {
                Some((self.node_names.get(&node).copied()?, node, channel))
            });
            self.imposed.alarms.push(Alarm {
                input,
                extent: match alarm.extent {
                    (None, _) => Extent::Campus,
                    (Some(building), None) => Extent::Building(building),
                    (Some(building), Some(room)) => Extent::Room { building, room },
                },
                since: alarm.since,
                who: alarm.who,
                why: alarm.why,
                fallen: alarm.fallen,
                silenced: alarm.silenced,
            });
        }
        for (name, lock) in saved.locks {
            let Some(zone) = self.zone_named(name) else { continue };
            let SavedLock { level_pct, since, until, who, why } = lock;
            self.imposed.locks.push(Lock { zone, level_pct, since, until, who, why });
        }
        self.imposed.locks.sort_by_key(|lock| lock.zone);
        self.imposed.demands = saved.demands;
        for (name, scene, until) in saved.scenes {
            if let Some(room) = self.room_names.get(&name).copied() {
                self.imposed.scenes.push(Staged { room, scene, until });
            }
        }
        self.imposed.scenes.sort_by_key(|staged| staged.room);
        for (name, beside) in saved.beside {
            if let Some(zone) = self.zone_named(name) {
                self.zones[zone.at()].memory.rules.remember(beside);
            }
        }
    }

    fn zone_name(&self, ix: ZoneIx) -> ZoneName {
        let room = &self.campus.rooms[self.zone_room(ix).at()];
        (room.building, room.id, self.zone_id(ix))
    }

    fn zone_named(&self, (building, room, zone): ZoneName) -> Option<ZoneIx> {
        let room: RoomIx = self.room_names.get(&(building, room)).copied()?;
        self.rooms[room.at()].zones().find(|ix| self.zone_id(*ix) == zone)
    }
}
