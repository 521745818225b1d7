//! From frames and readings to what a slot was like: light, air and power.

use super::{Controller, Source};
use crate::view::node_power;
use crate::{MeterIx, NodeIx, RoomIx, Timestamp};
use wire::{Frame, Quantity, Sample};

impl Controller {
    /// Takes note of what a current frame says.
    pub(super) fn gauge(&mut self, ix: NodeIx, frame: &Frame<'_>, measured: Timestamp) {
        if self.no_ledger {
            return;
        }
        let stale_ms = self.campus.settings.silent_ms;
        let room = self.nodes[ix.at()].room;
        if let Some(room) = room {
            self.gauges.hear(room, self.now);
        }
        let mut draws = false;
        for reading in &frame.readings {
            let Sample::Is(value) = reading.sample else { continue };
            match (reading.quantity, room) {
                (Quantity::IlluminanceLx, Some(room)) => {
                    self.gauges.light(room, value.milli(), measured, stale_ms);
                }
                (Quantity::Co2Ppm, Some(room)) => {
                    self.gauges.air(room, value.milli(), measured, stale_ms);
                }
                (Quantity::PowerW, _) => {
                    let symbol = self.nodes[ix.at()].symbol(reading.channel);
                    if let Some(meter) = symbol.and_then(|symbol| self.meter_of(ix, symbol)) {
                        self.gauges.meter_power(meter, value.milli(), measured);
                    }
                    draws = true;
                }
                _ => {}
            }
        }
        if let Some(room) = room.filter(|_| draws) {
            self.gauge_power(room);
        }
    }

    /// A meter that is polled said its power: so does the room that it measures.
    pub(super) fn gauge_polled(&mut self, ix: MeterIx) {
        let of_room = self.polled.iter().find(|(_, meters)| meters.contains(&ix));
        if let Some(room) = of_room.map(|(room, _)| *room) {
            self.gauges.hear(room, self.now);
            self.gauge_power(room);
        }
    }

    /// What a room draws now: what its polled meters say where it has any, else what its nodes do.
    fn gauge_power(&mut self, room: RoomIx) {
        let stale_ms = self.campus.settings.silent_ms;
        let of_meters = || {
            let polled = self.polled.get(&room)?.iter();
            let outermost = polled.filter(|ix| {
                let parent = self.parent(**ix);
                parent.is_none_or(|parent| self.meters[parent.at()].source != Source::Polled)
            });
            let powers = outermost.filter_map(|ix| Some(self.meter(*ix).power_w?.milli()));
            powers.reduce(i64::saturating_add)
        };
        let of_nodes = || {
            let nodes = self.rooms[room.at()].nodes.iter();
            let powers = nodes.filter_map(|ix| {
                Some(node_power(&self.nodes[ix.at()], stale_ms, self.now)?.milli())
            });
            powers.reduce(i64::saturating_add)
        };
        if let Some(mw) = of_meters().or_else(of_nodes) {
            self.gauges.room_power(room, mw);
        }
    }
}
