//! What version 7 of the checkpoint adds: what lamps add, and what light sensors have seen, room by room.

use crate::calibrate::Calibration;
use crate::light::{Calibrated, Look, Row, Sensor, Track, ZoneLight};
use crate::{Controller, NodeIx, RoomIx, Timestamp};
use lighting::{Daylight, Effect};
use serde::{Deserialize, Serialize};
use wire::Id;

/// Of one room in which there is anything to remember.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedLight {
    building: Id,
    room: Id,
    zones: Vec<SavedZone>,
    tracks: Vec<(SavedSensor, Daylight, Look)>,
    calibrated: Option<SavedCalibrated>,
    calibration: Option<Calibration>,
}

/// When, by whom, and what each zone adds at each sensor, lx.
type SavedCalibrated = (Timestamp, String, Vec<(SavedSensor, Vec<u32>)>);

#[derive(Serialize, Deserialize)]
struct SavedZone {
    id: Id,
    effect: Effect,
    sensor: Option<SavedSensor>,
    down_after: Timestamp,
    /// The look after which its rules decided last, and the one that they were told of.
    look: Option<u64>,
    told_look: u64,
}

/// By name: node and lamp channel; empty for the room's own.
#[derive(Serialize, Deserialize)]
struct SavedSensor(Id, String);

impl SavedZone {
    fn is_empty(&self) -> bool {
        let Self { effect, sensor, look, told_look, .. } = self;
        *effect == Effect::default() && sensor.is_none() && look.is_none() && *told_look == 0
    }
}

impl Controller {
    pub(super) fn save_light(&self) -> Vec<SavedLight> {
        let save = |ix: RoomIx| {
            let (config, room) = (&self.campus.rooms[ix.at()], &self.rooms[ix.at()]);
            let sensor = |sensor: &Sensor| self.save_sensor(sensor);
            let zones = room.zones().map(|ix| {
                let zone = &self.zones[ix.at()];
                SavedZone {
                    id: self.zone_id(ix),
                    effect: zone.light.effect,
                    sensor: zone.light.sensor.as_ref().map(sensor),
                    down_after: zone.light.look,
                    look: zone.memory.rules.look(),
                    told_look: zone.memory.told.map_or(0, |told| told.look),
                }
            });
            let zones: Vec<_> = zones.collect();
            let tracks = room.tracks.iter();
            let tracks = tracks.map(|it| (sensor(&it.sensor), it.daylight, it.last.clone()));
            let tracks: Vec<_> = tracks.collect();
            let row = |row: &Row| (sensor(&row.sensor), row.adds_lx.clone());
            let calibrated = room.calibrated.as_ref();
            let calibrated =
                calibrated.map(|it| (it.at, it.by.clone(), it.rows.iter().map(row).collect()));
            let calibration = room.calibration.as_deref().cloned();
            let nothing = calibration.is_none()
                && tracks.is_empty()
                && calibrated.is_none()
                && zones.iter().all(SavedZone::is_empty);
            let (building, room) = (config.building, config.id);
            (!nothing).then_some(SavedLight {
                building,
                room,
                zones,
                tracks,
                calibrated,
                calibration,
            })
        };
        (0..self.rooms.len() as u32).map(RoomIx).filter_map(save).collect()
    }

    pub(super) fn restore_light(&mut self, saved: SavedLight) {
        let Some(ix) = self.room_names.get(&(saved.building, saved.room)).copied() else { return };
        let ids: Vec<Id> = saved.zones.iter().map(|zone| zone.id).collect();
        for saved in saved.zones {
            let mut zones = self.rooms[ix.at()].zones();
            let Some(zone) = zones.find(|zone| self.zone_id(*zone) == saved.id) else { continue };
            let sensor = saved.sensor.and_then(|sensor| self.find_sensor(&sensor));
            let zone = &mut self.zones[zone.at()];
            zone.light = ZoneLight { effect: saved.effect, sensor, look: saved.down_after };
            zone.memory.rules.remember_look(saved.look);
            if let Some(told) = &mut zone.memory.told {
                told.look = saved.told_look;
            }
        }
        // Levels and effects stand in the order of zones: of others they say nothing.
        let now: Vec<Id> = self.rooms[ix.at()].zones().map(|zone| self.zone_id(zone)).collect();
        if ids != now {
            return;
        }
        let tracks = saved.tracks.into_iter().filter_map(|(sensor, daylight, last)| {
            Some(Track { sensor: self.find_sensor(&sensor)?, daylight, last })
        });
        let tracks = tracks.collect();
        let calibrated = saved.calibrated.map(|(at, by, rows)| {
            let row = |(sensor, adds_lx): (SavedSensor, Vec<u32>)| {
                Some(Row { sensor: self.find_sensor(&sensor)?, adds_lx })
            };
            Box::new(Calibrated { at, by, rows: rows.into_iter().filter_map(row).collect() })
        });
        let room = &mut self.rooms[ix.at()];
        (room.tracks, room.calibrated) = (tracks, calibrated);
        room.calibration = saved.calibration.map(Box::new);
    }

    fn save_sensor(&self, sensor: &Sensor) -> SavedSensor {
        let node = sensor.node.at();
        let channel = self.nodes[node].channel(sensor.symbol);
        SavedSensor(self.campus.nodes[node].id, channel.to_owned())
    }

    fn find_sensor(&self, SavedSensor(node, channel): &SavedSensor) -> Option<Sensor> {
        let node: NodeIx = self.node_names.get(node).copied()?;
        let symbol = self.nodes[node.at()].symbol(channel)?;
        Some(Sensor { node, symbol })
    }
}
