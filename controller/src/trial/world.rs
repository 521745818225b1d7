//! A world of a trial, and what is counted of one side.

use super::{Figures, ZoneKey};
use crate::campus::Place;
use crate::gauge::Gauges;
use crate::{Campus, Controller, Timestamp, ZoneIx};
use std::collections::HashMap;
use wire::Id;

pub(super) struct World {
    pub controller: Controller,
    /// By key.
    pub ix: Vec<Option<ZoneIx>>,
    /// By zone.
    pub key: Vec<usize>,
    /// From when on illuminance fits the level, by key.
    pub settled: Vec<Timestamp>,
}

/// Lamps that a node drives, by channel; and those of the room in which it hangs.
pub(super) struct Sees {
    pub lamps: Vec<(Id, usize)>,
    pub room: Vec<usize>,
}

/// What one side has at present, by key.
pub(super) struct Side {
    pub world: usize,
    pub level: Vec<u8>,
    pub since: Vec<Timestamp>,
    pub lamp_ms: Vec<i64>,
    pub level_ms: Vec<i64>,
    pub switchings: Vec<u64>,
}

impl World {
    pub fn new(mut controller: Controller, keys: &[ZoneKey]) -> Self {
        controller.no_ledger = true;
        // Nobody asks for what a checkpoint has brought of it, so no slot need end.
        let (rooms, slot_ms) = (controller.rooms.len(), controller.campus.settings.slot_ms);
        controller.gauges = Gauges::new(rooms, slot_ms);
        let at: HashMap<ZoneKey, usize> = keys.iter().copied().zip(0..).collect();
        let own: Vec<ZoneKey> = zone_keys(&controller.campus).collect();
        let key = own.iter().map(|own| at.get(own).copied().unwrap_or_default()).collect();
        let mut ix = vec![None; keys.len()];
        for (zone, own) in (0..).map(ZoneIx).zip(&own) {
            if let Some(at) = at.get(own) {
                ix[*at] = Some(zone);
            }
        }
        // Lamps may be moving when it begins.
        let settled = |ix: &Option<ZoneIx>| {
            let room = ix.map(|ix| controller.zones[ix.at()].room);
            room.map_or(Timestamp(0), |room| controller.rooms[room.at()].settled_at)
        };
        let settled = ix.iter().map(settled).collect();
        Self { controller, ix, key, settled }
    }

    pub fn level(&self, key: usize) -> Option<u8> {
        self.ix[key].map(|ix| self.controller.zones[ix.at()].memory.rules.level_pct())
    }

    /// By how many percent its lamps are above the recorded ones.
    pub fn more_pct(&self, recorded: &Self, key: usize) -> i64 {
        match (self.level(key), recorded.level(key)) {
            (Some(own), Some(was)) => i64::from(own) - i64::from(was),
            _ => 0,
        }
    }

    /// What its lamps add at full at the sensor, as it was known then, lx.
    pub fn lamp_lx(&self, key: usize) -> u32 {
        self.ix[key].map_or(0, |ix| self.controller.adds_lx(ix))
    }
}

impl Side {
    pub fn new(world: usize, of: &World, keys: usize, since: Timestamp) -> Self {
        Self {
            world,
            level: (0..keys).map(|key| of.level(key).unwrap_or(0)).collect(),
            since: vec![since; keys],
            lamp_ms: vec![0; keys],
            level_ms: vec![0; keys],
            switchings: vec![0; keys],
        }
    }

    /// Time until `at` goes by at the present level.
    pub fn pass(&mut self, key: usize, at: Timestamp, since: Timestamp) {
        let ms = at.0.saturating_sub(self.since[key].max(since).0);
        if ms > 0 {
            if self.level[key] > 0 {
                self.lamp_ms[key] += ms;
            }
            self.level_ms[key] += ms * i64::from(self.level[key]);
            self.since[key] = at;
        }
    }
}

impl Figures {
    /// Before anything was counted.
    pub(super) const NONE: Self = Self {
        lamp_ms: 0,
        energy_mwh: Some(0),
        switchings: 0,
        occupied_ms: 0,
        lit_empty_ms: 0,
        dark_ms: 0,
    };

    pub(super) fn add(&mut self, side: &Side, key: usize, full_mw: Option<i64>) {
        self.switchings += side.switchings[key];
        let energy = full_mw.map(|full_mw| {
            let mwh = i128::from(full_mw) * i128::from(side.level_ms[key]) / (100 * 3_600_000);
            i64::try_from(mwh).unwrap_or(i64::MAX)
        });
        // Lamps that were never on need no meter.
        let energy = if side.lamp_ms[key] == 0 { energy.or(Some(0)) } else { energy };
        self.energy_mwh = self.energy_mwh.zip(energy).map(|(sum, more)| sum + more);
        self.lamp_ms += side.lamp_ms[key];
    }
}

pub(super) fn zone_keys(campus: &Campus) -> impl Iterator<Item = ZoneKey> {
    campus
        .rooms
        .iter()
        .flat_map(|room| room.zones.iter().map(|zone| (room.building, room.id, zone.id)))
}

pub(super) fn sees(campus: &Campus, keys: &[ZoneKey]) -> Vec<Sees> {
    let at: HashMap<ZoneKey, usize> = keys.iter().copied().zip(0..).collect();
    let sees = |config: &crate::NodeConfig| {
        let mut sees = Sees { lamps: Vec::new(), room: Vec::new() };
        for room in &campus.rooms {
            let inside = config.place == Place::Room { building: room.building, room: room.id };
            for zone in &room.zones {
                let Some(key) = at.get(&(room.building, room.id, zone.id)).copied() else {
                    continue;
                };
                if zone.node == config.id {
                    sees.lamps.push((zone.channel, key));
                }
                if inside {
                    sees.room.push(key);
                }
            }
        }
        sees
    };
    campus.nodes.iter().map(sees).collect()
}
