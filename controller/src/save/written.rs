//! What version 4 of the checkpoint adds: what rules of the staff remember, zone by zone.

use crate::Controller;
use crate::written::{ZoneRule, renumbered};
use lighting::Request;
use rules::{Memory, Rule};
use serde::{Deserialize, Serialize};
use wire::Id;

/// What the rules of one zone remember.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedRules {
    building: Id,
    room: Id,
    zone: Id,
    /// By `id`, with a fingerprint: what a rule remembers is worth nothing to another one.
    rules: Vec<SavedRule>,
}

#[derive(Serialize, Deserialize)]
struct SavedRule {
    id: String,
    fingerprint: u64,
    memory: Memory,
    asked: Option<Request>,
}

impl Controller {
    pub(super) fn save_written(&self) -> Vec<SavedRules> {
        let rooms = self.campus.rooms.iter().zip(&self.rooms);
        let zones = rooms.flat_map(|(config, room)| room.zones().map(move |ix| (config, ix)));
        let save = |(config, ix): (&crate::RoomConfig, crate::ZoneIx)| {
            let save = |held: &ZoneRule| {
                let rule = self.campus.rules.rule(held.number)?;
                let (id, memory) = (rule.id.clone(), held.memory.clone());
                let saved =
                    SavedRule { id, fingerprint: fingerprint(rule), memory, asked: held.asked };
                (held.asked.is_some() || !held.memory.is_empty()).then_some(saved)
            };
            let rules: Vec<_> = self.written.at(ix).iter().filter_map(save).collect();
            let (building, room, zone) = (config.building, config.id, self.zone_id(ix));
            (!rules.is_empty()).then_some(SavedRules { building, room, zone, rules })
        };
        zones.filter_map(save).collect()
    }

    pub(super) fn restore_written(&mut self, saved: SavedRules) {
        let Some(room) = self.room_names.get(&(saved.building, saved.room)) else { return };
        let mut zones = self.rooms[room.at()].zones();
        let Some(ix) = zones.find(|ix| self.zone_id(*ix) == saved.zone) else { return };
        for SavedRule { id, fingerprint: print, memory, asked } in saved.rules {
            // Of two files, of which one is tried here, only one holds at this zone.
            let known = self.written.at(ix).iter().map(|held| held.number).find(|number| {
                let rule = self.campus.rules.rule(*number);
                rule.is_some_and(|rule| rule.id == id && fingerprint(rule) == print)
            });
            let Some(number) = known else { continue };
            let asked = asked.map(|request| renumbered(request, number));
            self.written.remember(ix, ZoneRule { number, memory, asked });
        }
    }
}

/// FNV-1a over what a rule asks about and for.
fn fingerprint(rule: &Rule) -> u64 {
    let text = format!("{}\n{:?}\n{}", rule.when, rule.ask, rule.priority.number());
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
