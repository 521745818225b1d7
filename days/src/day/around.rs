//! What is true around the nodes, and what their sensors make of it.

use super::{Day, Event, MINUTE};
use crate::fault::What;
use crate::monitor::Truth;
use crate::node::Around;
use crate::people;

impl Day<'_> {
    pub(super) fn truth(&mut self, t: i64) -> Truth {
        let people = people::within(&self.plan.visits, t);
        self.note_stillness(t);
        let hurts = |what: &What| !matches!(what, What::Duplicates(_) | What::NoClock(_));
        let well = t >= self.well_from && !self.has(hurts);
        let daylight_lx = self.plan.sky.lx(t);
        Truth { people, daylight_lx, well, still_since: self.still_since }
    }

    /// Since when nobody moves; asked at every edge of every sensor.
    pub(super) fn note_stillness(&mut self, t: i64) {
        let mut moves = (0..self.nodes.len()).map(|node| self.moves(node, t));
        self.still_since = if moves.any(|it| it) { None } else { self.still_since.or(Some(t)) };
    }

    /// What a node's motion sensor says.
    fn moves(&self, node: usize, t: i64) -> bool {
        let stuck =
            self.plan.faults.iter().zip(&self.active).find_map(|(fault, active)| {
                match fault.what {
                    What::StuckMotion(nth, on) if *active && nth == node => Some(on),
                    _ => None,
                }
            });
        stuck.unwrap_or_else(|| people::within(&self.plan.movement[node], t))
    }

    pub(super) fn around(&mut self, node: usize, t: i64) -> Around {
        let zones = &self.plan.campus.rooms[0].zones;
        let lamps = self.nodes[0].lamps.iter().zip(zones);
        let lamps =
            lamps.map(|(lamp, zone)| f64::from(zone.lighting.lamp_lx) * lamp.level_at(t) / 100.0);
        let lux = (self.plan.sky.lx(t) + lamps.sum::<f64>()) as i64;
        let stuck =
            self.plan.faults.iter().zip(&self.active).find_map(|(fault, active)| {
                match fault.what {
                    What::StuckLux(nth, lx) if *active && nth == node => Some(i64::from(lx)),
                    _ => None,
                }
            });
        let clock = !self.has(|what| *what == What::NoClock(node));
        // The lease tells the time every half minute; what it says now is close enough.
        if self.is_linked() {
            self.node_offset = self.agent.offset;
        }
        let people = people::within(&self.plan.visits, t);
        Around {
            motion: self.moves(node, t),
            lux: stuck.unwrap_or(lux),
            air: if people {
                (900 + t / MINUTE % 600, 24 + t / (60 * MINUTE) % 8)
            } else {
                (450, 20)
            },
            clock: clock.then(|| t + self.node_offset),
        }
    }

    pub(super) fn next_look(&mut self, node: usize, t: i64) {
        let edge = people::next_edge(&self.plan.movement[node], t).unwrap_or(i64::MAX);
        // Light is looked at every half minute while it matters.
        let matters =
            people::within(&self.plan.visits, t) || self.glance.levels.iter().any(|it| *it > 0);
        let light = if matters { t + 30_000 } else { i64::MAX };
        let next = self.nodes[node].next(t).min(edge).min(light).max(t + 1);
        self.looks[node] += 1;
        self.at(next, Event::Look(node, self.looks[node]));
    }
}

/// So long after a fault nothing is asked that needs the truth, ms: a hold and a fade, or until a
/// clock that was set back has caught up.
pub(super) const fn heals_ms(what: What) -> i64 {
    match what {
        What::ClockStep(by) if by < 0 => 90 * MINUTE,
        What::Late(_, most) => 25 * MINUTE + most,
        _ => 25 * MINUTE,
    }
}
