//! What nodes say of people, and what is known about a room when it is looked at.

use super::*;
use crate::node::Moved;
use crate::occupancy::air::Air;
use crate::occupancy::{Around, Estimate};
use lighting::Period;
use rules::Day;

/// Quarter hours, in which habits are counted, ms. Every zone's clocks turn them at the same moments.
const QUARTER_MS: i64 = 900_000;

impl Controller {
    /// Takes what a current frame said of movement and CO₂. A node that hangs in no room says it of none.
    pub(super) fn sense(&mut self, ix: NodeIx, moved: Moved, measured: Timestamp) {
        let node = &mut self.nodes[ix.at()];
        let Some(room) = node.room else { return };
        if moved.air
            && let Some(held) = node.held(Quantity::Co2Ppm, 0)
            && let (Sample::Is(value), true) = (held.sample, held.measured == measured)
        {
            let settings = &self.campus.rooms[room.at()].occupancy;
            match &mut node.air {
                Some(air) => air.hear(value.milli(), measured, settings),
                None => {
                    let air = Air::new(value.milli(), measured, settings.rest_ppm);
                    node.air = Some(Box::new(air));
                }
            }
        }
        if moved.presence {
            let (stir, stale_ms) =
                (&mut self.rooms[room.at()].stir, self.campus.settings.silent_ms);
            for held in node.readings().iter().filter(|held| held.measured == measured) {
                let watches = matches!(held.quantity, Quantity::Motion | Quantity::Presence);
                if let (Sample::Is(value), true) = (held.sample, watches) {
                    stir.hear(
                        ix,
                        (held.quantity, held.symbol),
                        value.milli() > 0,
                        stale_ms,
                        measured,
                    );
                }
            }
        }
    }

    /// Whether a room is empty by what was heard just now, and was not. Its time was not up, or that would have
    /// happened at that time: a word of the air has shortened its hold. Frames come late and in any order, so
    /// none of them empties a room at once.
    pub(super) fn would_empty(&self, ix: RoomIx) -> bool {
        let room = &self.rooms[ix.at()];
        room.occupancy != Occupancy::Vacant
            && room.look(&self.nodes, &self.around(ix, self.now), self.now).occupancy
                == Occupancy::Vacant
    }

    /// What is known about a room beside movement.
    pub(crate) fn around(&self, ix: RoomIx, at: Timestamp) -> Around<'_> {
        let (config, room) = (&self.campus.rooms[ix.at()], &self.rooms[ix.at()]);
        let (period, stale_ms) = (self.today.room(ix), self.campus.settings.silent_ms);
        let settings = &config.occupancy;
        let (_, school, quarter) = self.custom_at(ix, at);
        let next = Timestamp((at.0.div_euclid(QUARTER_MS) + 1) * QUARTER_MS);
        let mut around = Around {
            settings,
            air: None,
            air_until: None,
            breathed: None,
            custom: settings.custom(period, school, quarter),
            custom_until: settings.habit.as_ref().map(|_| next),
            hold_ms: room.hold_ms(&config.zones, period),
            period,
            stale_ms,
        };
        for node in &room.nodes {
            let Some(air) = self.nodes[node.at()].air.as_deref() else { continue };
            let until = air.believed_until(stale_ms);
            let Some(breath) = air.breath(settings).filter(|_| at < until) else { continue };
            around.air_until = earlier(around.air_until, Some(until));
            around.breathed = around.breathed.max(air.breathed);
            if around.air.is_none_or(|other| other.weight < breath.weight) {
                around.air = Some(breath);
            }
        }
        around
    }

    /// By what custom goes at a moment of the running day: the period, whether it is a school day, and the
    /// quarter hour.
    pub(crate) fn custom_at(&self, ix: RoomIx, at: Timestamp) -> (Period, bool, usize) {
        let school = matches!(self.written.day, Day::School | Day::MakeUp);
        let quarter = (at.0 - self.today.day_start.0).div_euclid(QUARTER_MS);
        (self.today.room(ix), school, usize::try_from(quarter).unwrap_or(0))
    }

    /// How likely it is that somebody is in a room now, and by which votes.
    pub fn estimate(&self, ix: RoomIx) -> Estimate {
        let around = self.around(ix, self.now);
        let room = &self.rooms[ix.at()];
        let motion = room.motion(&self.nodes, &around, self.now);
        around.estimate(motion, &room.stir, self.now)
    }

    /// CO₂ of the empty room as its sensors have shown it so far, ppm: the lowest.
    pub fn rest_ppm(&self, ix: RoomIx) -> Option<u32> {
        let nodes = self.rooms[ix.at()].nodes.iter();
        nodes.filter_map(|node| Some(self.nodes[node.at()].air.as_ref()?.rest_ppm())).min()
    }
}
