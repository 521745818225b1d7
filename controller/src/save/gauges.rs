//! What version 6 of the checkpoint adds: what sensors and meters said in the open slot.

use crate::gauge::RoomGauge;
use crate::{Controller, MeterIx, RoomIx, Timestamp};
use serde::{Deserialize, Serialize};
use wire::Id;

#[derive(Serialize, Deserialize)]
pub(super) struct SavedGauges {
    slot: Timestamp,
    is_open: bool,
    rooms: Vec<(Id, Id, RoomGauge)>,
    /// By name: what it said at most, mW.
    meters: Vec<(String, i64)>,
}

impl Controller {
    pub(super) fn save_gauges(&self) -> SavedGauges {
        let (slot, is_open) = self.gauges.saved();
        let rooms = self.campus.rooms.iter().enumerate().filter_map(|(at, room)| {
            let gauge = self.gauges.saved_room(RoomIx(at as u32))?;
            Some((room.building, room.id, gauge))
        });
        let meters = (0..self.meters.len() as u32).map(MeterIx).filter_map(|ix| {
            let peak_mw = self.gauges.saved_meter(ix)?;
            Some((self.meter_name(ix), peak_mw))
        });
        SavedGauges { slot, is_open, rooms: rooms.collect(), meters: meters.collect() }
    }

    pub(super) fn restore_gauges(&mut self, saved: SavedGauges) {
        self.gauges.restore(saved.slot, saved.is_open);
        for (building, id, gauge) in saved.rooms {
            if let Some(ix) = self.room_names.get(&(building, id)).copied() {
                self.gauges.restore_room(ix, gauge);
            }
        }
        for (name, peak_mw) in saved.meters {
            if let Some(ix) = self.find_meter(&name) {
                self.gauges.restore_meter(ix, peak_mw);
            }
        }
    }
}
