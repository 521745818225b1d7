//! Other rules of the staff, while everything else goes on.
//!
//! What zones, rooms and rules remember stays: levels, wishes, holds that run, sweeps, and what a condition that is
//! the same as before remembers of its past. Only zones whose rules or holds say something else than before
//! decide again, at once, and change their lamps only where that decision differs, with its fade.

use super::*;
use rules::{RuleSet, Times, ZoneName};
use std::sync::Arc;

impl Controller {
    /// Other rules count from now on. A zone for which they say the same as before does not notice.
    pub(super) fn take_rules(&mut self, rules: &Arc<RuleSet>, out: &mut Vec<Action>) {
        let before = std::mem::replace(&mut self.campus.rules, rules.clone());
        let held = rule_times(&mut self.campus, &mut self.usual);
        let (written, ruled) = self.written.in_place_of(&before, &self.campus);
        self.written = written;
        let (zone, now) = (&self.campus.zone, self.now);
        self.today = self.today.clone().turning_at(rules.turns(), zone, now);
        self.tell_day();
        for ix in (0..self.rooms.len() as u32).map(RoomIx) {
            let mut concerned = false;
            for zone in self.rooms[ix.at()].zones() {
                if held[zone.at()] {
                    // A node keeps its lamps lit as long as we do, when it is alone.
                    self.undesired(self.zones[zone.at()].node);
                }
                if held[zone.at()] || ruled[zone.at()] {
                    self.zones[zone.at()].memory.told = None;
                    concerned = true;
                }
            }
            if concerned {
                self.look_again(ix, now, out);
            }
        }
    }
}

/// Puts the holds that the rules of a campus ask for where zones look. Answers by zone whether that is another
/// one than before. `usual` are those that are configured, kept only once rules have asked for others.
pub(super) fn rule_times(campus: &mut Campus, usual: &mut Vec<Times<u32>>) -> Vec<bool> {
    let rules = campus.rules.clone();
    if usual.is_empty() {
        if rules.holds().is_empty() {
            return vec![false; campus.rooms.iter().map(|room| room.zones.len()).sum()];
        }
        let zones = campus.rooms.iter().flat_map(|room| &room.zones);
        *usual = zones.map(|zone| Times::of(&zone.lighting)).collect();
    }
    let mut usual = usual.iter();
    let mut changed = Vec::with_capacity(usual.len());
    for room in &mut campus.rooms {
        let place = room.place().to_string();
        for zone in &mut room.zones {
            let Some(usual) = usual.next() else { return changed };
            let name = ZoneName { room: place.clone(), zone: zone.id.to_string() };
            changed.push(rules.times_at(&name, *usual).put(&mut zone.lighting));
        }
    }
    changed
}
