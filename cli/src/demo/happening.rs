//! What happened between two snapshots, and happenings as lines.

use super::{Happening, Ready};
use crate::client::Snapshot;
use crate::page::{Page, Paint};
use crate::render::room::{occupancy, reason, zone_name};
use crate::words::Words;
use std::collections::BTreeMap;

/// Everything that differs between two snapshots, in the order in which it happened.
pub fn between(before: &Snapshot, after: &Snapshot) -> Vec<Happening> {
    let mut happenings = rooms(before, after);
    happenings.extend(nodes(before, after));
    happenings.extend(parts(before, after));
    happenings.sort_by_key(Happening::at_ms);
    happenings
}

impl Happening {
    /// When, ms UTC; a start has no time of the campus.
    pub fn at_ms(&self) -> i64 {
        match self {
            Self::Ready(_) => 0,
            Self::Occupancy { at_ms, .. }
            | Self::Level { at_ms, .. }
            | Self::NodeSilent { at_ms, .. }
            | Self::NodeBack { at_ms, .. }
            | Self::Degraded { at_ms, .. }
            | Self::Healed { at_ms, .. } => *at_ms,
        }
    }
}

fn rooms(before: &Snapshot, after: &Snapshot) -> Vec<Happening> {
    let known: BTreeMap<&str, _> =
        before.rooms.iter().map(|room| (room.id.as_str(), room)).collect();
    let mut happenings = Vec::new();
    for room in &after.rooms {
        let Some(old) = known.get(room.id.as_str()) else { continue };
        if old.occupancy != room.occupancy {
            happenings.push(Happening::Occupancy {
                at_ms: room.occupancy_since_ms,
                room: room.id.clone(),
                occupancy: room.occupancy.clone(),
            });
        }
        for zone in &room.zones {
            let old = old.zones.iter().find(|old| old.id == zone.id);
            let Some(old) = old.filter(|old| old.level_pct != zone.level_pct) else { continue };
            happenings.push(Happening::Level {
                at_ms: zone.since_ms,
                room: room.id.clone(),
                zone: zone.id.clone(),
                from_pct: old.level_pct,
                to_pct: zone.level_pct,
                winner: zone.winner.clone(),
            });
        }
    }
    happenings
}

fn nodes(before: &Snapshot, after: &Snapshot) -> Vec<Happening> {
    let at_ms = after.status.now_ms;
    let (old, new) = (&before.status.nodes.silent, &after.status.nodes.silent);
    let went = new.iter().filter(|node| !old.iter().any(|each| each.node == node.node));
    let back = old.iter().filter(|node| !new.iter().any(|each| each.node == node.node));
    let mut happenings: Vec<Happening> = went
        .map(|node| Happening::NodeSilent {
            at_ms,
            node: node.node.clone(),
            place: node.place.clone(),
        })
        .collect();
    happenings.extend(back.map(|node| Happening::NodeBack {
        at_ms,
        node: node.node.clone(),
        place: node.place.clone(),
    }));
    happenings
}

fn parts(before: &Snapshot, after: &Snapshot) -> Vec<Happening> {
    let (old, new) = (&before.status.degraded, &after.status.degraded);
    let went = new.iter().filter(|part| !old.iter().any(|each| each.part == part.part));
    let back = old.iter().filter(|part| !new.iter().any(|each| each.part == part.part));
    let mut happenings: Vec<Happening> = went
        .map(|part| Happening::Degraded {
            at_ms: part.since_ms,
            part: part.part.clone(),
            what: part.what.clone(),
        })
        .collect();
    happenings.extend(
        back.map(|part| Happening::Healed { at_ms: after.status.now_ms, part: part.part.clone() }),
    );
    happenings
}

/// One line, with its time.
pub fn line(happening: &Happening, page: &Page) -> String {
    let (paint, text) = match happening {
        Happening::Ready(ready) => return ready_lines(ready, &page.words).join("\n"),
        Happening::Occupancy { room, occupancy: state, .. } => {
            let named = [("room", room.into()), ("occupancy", occupancy(page, state).into())];
            (Paint::Plain, page.say("happening-occupancy", &named))
        }
        Happening::Level { room, zone, from_pct, to_pct, winner, .. } => {
            let named = [
                ("room", room.into()),
                ("zone", zone_name(page, zone).into()),
                ("from", u32::from(*from_pct).into()),
                ("to", u32::from(*to_pct).into()),
                ("why", reason(page, winner).into()),
            ];
            (Paint::Good, page.say("happening-level", &named))
        }
        Happening::NodeSilent { node, place, .. } => {
            let named = [("node", node.into()), ("place", place.into())];
            (Paint::Warn, page.say("happening-node-silent", &named))
        }
        Happening::NodeBack { node, place, .. } => {
            let named = [("node", node.into()), ("place", place.into())];
            (Paint::Plain, page.say("happening-node-back", &named))
        }
        Happening::Degraded { part, what, .. } => {
            let part = page.words.plain_code("part", part);
            (
                Paint::Warn,
                page.say("happening-degraded", &[("part", part.into()), ("what", what.into())]),
            )
        }
        Happening::Healed { part, .. } => {
            let part = page.words.plain_code("part", part);
            (Paint::Plain, page.say("happening-healed", &[("part", part.into())]))
        }
    };
    let time = page.paint(Paint::Dim, &page.clock.seconds(happening.at_ms()));
    format!("{time}  {}", page.paint(paint, &text))
}

/// What runs, and where.
pub fn ready_lines(ready: &Ready, words: &Words) -> Vec<String> {
    let counts = [
        ("rooms", ready.rooms.into()),
        ("nodes", ready.nodes.into()),
        ("meters", ready.meters.into()),
        ("seed", ready.seed.to_string().into()),
        ("speed", ready.speed.into()),
    ];
    let mut lines = vec![
        words.say("happening-ready", &counts),
        words.say("happening-ready-broker", &[("broker", ready.broker.as_str().into())]),
        words.say(
            "happening-ready-socket",
            &[("socket", ready.socket.display().to_string().into())],
        ),
        words.say(
            "happening-ready-folder",
            &[("folder", ready.folder.display().to_string().into())],
        ),
    ];
    if ready.emulated > 0 {
        lines.push(words.say("happening-ready-emulated", &[("n", ready.emulated.into())]));
    }
    lines
}

#[cfg(test)]
mod tests;
