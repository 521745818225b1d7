//! What movement looked like before it became quiet: whether people walked out, or only passed.
//!
//! Somebody who leaves crosses the view of every sensor within moments; somebody who sits is seen now and
//! then, mostly by the nearest. Somebody who works in a room is seen in most of its minutes; a door that is
//! opened, or warm air, once.

use super::OccupancySettings;
use crate::{NodeIx, Timestamp};
use serde::{Deserialize, Serialize};
use wire::Quantity;

/// Motion sensors of a room that are told apart: two on each of eight nodes.
const SENSORS_MAX: usize = 16;

/// Minutes that are looked back on.
const LOOK_BACK_MIN: i64 = 10;

/// The movement of a room so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stir {
    /// Since when it is followed.
    since: Option<Timestamp>,
    sensors: Vec<Sensor>,
    /// The last minute with movement, and a bit for each before it.
    minute: i64,
    minutes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sensor {
    node: u32,
    quantity: u8,
    symbol: u8,
    heard: Timestamp,
    /// [`NEVER`] before the first time.
    moved: Timestamp,
}

/// Before all times.
const NEVER: Timestamp = Timestamp(i64::MIN);

impl Stir {
    /// A sensor spoke. `stale_ms`: after such a silence of all of them it is followed anew.
    pub fn hear(
        &mut self,
        node: NodeIx,
        (quantity, symbol): (Quantity, u8),
        active: bool,
        stale_ms: u32,
        at: Timestamp,
    ) {
        let heard = self.sensors.iter().map(|sensor| sensor.heard).max();
        if heard.is_none_or(|heard| heard.plus(i64::from(stale_ms)) <= at) {
            self.since = self.since.max(Some(at));
        }
        let quantity = quantity as u8;
        let known = |it: &Sensor| (it.node, it.quantity, it.symbol) == (node.0, quantity, symbol);
        match self.sensors.iter().position(known) {
            Some(nth) if at >= self.sensors[nth].heard => {
                let moved = if active { at } else { self.sensors[nth].moved };
                self.sensors[nth] = Sensor { heard: at, moved, ..self.sensors[nth] };
            }
            Some(_) => return,
            None if self.sensors.len() < SENSORS_MAX => {
                let moved = if active { at } else { NEVER };
                self.sensors.reserve_exact(1);
                self.sensors.push(Sensor { node: node.0, quantity, symbol, heard: at, moved });
            }
            None => {}
        }
        if active {
            self.mark(at.0.div_euclid(60_000));
        }
    }

    /// What was followed before is not to be counted together with what comes; of this minute nobody knows all.
    pub fn anew(&mut self, at: Timestamp) {
        self.since = Some(at.plus(60_000));
    }

    /// Nodes of its sensors, in their order.
    pub fn nodes(&self) -> impl Iterator<Item = NodeIx> {
        self.sensors.iter().map(|sensor| NodeIx(sensor.node))
    }

    /// The same where nodes have other numbers; sensors of those that are gone are forgotten.
    pub fn renumbered(mut self, nodes: &[Option<NodeIx>]) -> Self {
        let now = nodes.iter().copied().chain(std::iter::repeat(None));
        let known = self.sensors.into_iter().zip(now);
        let kept = known.filter_map(|(it, node)| Some(Sensor { node: node?.0, ..it }));
        self.sensors = kept.collect();
        self
    }

    fn mark(&mut self, minute: i64) {
        let behind = minute.saturating_sub(self.minute);
        self.minutes = match behind {
            0..32 => (self.minutes << behind) | 1,
            32.. => 1,
            // Two sensors in the wrong order.
            -31..0 => self.minutes | (1 << -behind),
            _ => return,
        };
        self.minute = self.minute.max(minute);
    }

    /// Whether the movement before `last`, when it became quiet, looked like people walking out. A short
    /// silence of the sensors may lie between.
    pub fn left(&self, last: Timestamp, settings: &OccupancySettings, stale_ms: u32) -> bool {
        let speaks = |it: &&Sensor| it.heard.plus(i64::from(stale_ms)) > last;
        let moved = self.sensors.iter().filter(speaks).map(|sensor| sensor.moved);
        let Some(newest) = moved.clone().max() else { return false };
        let recent = newest.plus(LOOK_BACK_MIN * 60_000) >= last;
        let all = moved.clone().all(|moved| moved.plus(settings.leave_ms) >= newest);
        recent && all && moved.count() >= 2
    }

    /// Whether anything moved within the minute before `at`.
    pub fn moved_within(&self, at: Timestamp) -> bool {
        let moved = self.sensors.iter().map(|sensor| sensor.moved);
        moved.max().is_some_and(|moved| moved.plus(60_000) > at)
    }

    /// Whether the room was in use until `last`; also where it was not followed for long enough to say.
    pub fn sustained(&self, last: Timestamp, settings: &OccupancySettings) -> bool {
        let last = last.0.div_euclid(60_000);
        let since = self.since.map_or(i64::MAX, |since| since.0.div_euclid(60_000));
        let quiet = last.saturating_sub(self.minute).clamp(0, LOOK_BACK_MIN);
        let lately = self.minutes & ((1 << (LOOK_BACK_MIN - quiet)) - 1);
        since > last - LOOK_BACK_MIN + 1 || lately.count_ones() >= settings.in_use_min
    }
}
