//! What the controller knows, in the words of the API. Nothing is decided here.

use crate::api::types::{
    self, Need, NodeCounts, Request, Room, RoomCounts, RoomInput, SilentNode, Status, Zone,
};
use crate::bus::Live;
use crate::facts::{Facts, need};
use crate::store;
use controller::calendar::CalendarNeed;
use controller::{
    By, Campus, Controller, NodeIx, NodeState, NodeView, RoomIx, RoomView, Timestamp, Verdict,
    ZoneIx, ZoneView,
};
use lighting::{Occupancy, Reason};
use std::collections::BTreeMap;
use wire::Quantity;

mod events;
pub mod light;
mod meters;
mod nodes;
mod people;
mod rules;

pub use events::{events, extent};
pub use meters::{incident, measure, meter, meters, posting, room_slot};
pub use nodes::{node, nodes};
pub use people::{estimate, occupancy_numbers};
pub use rules::{holds, in_force, room_rules, rules};

/// All rooms, in the order of the configuration.
pub fn rooms(controller: &Controller) -> Vec<Room> {
    (0..controller.campus().rooms.len()).map(|ix| room(controller, RoomIx(ix as u32))).collect()
}

/// One room.
pub fn room(controller: &Controller, ix: RoomIx) -> Room {
    let view = controller.room(ix);
    let nodes = &controller.campus().nodes;
    let known = |quantity: &Quantity| quantity.name().to_owned();
    Room {
        id: view.config.place().to_string(),
        name: view.config.name.clone(),
        occupancy: view.occupancy.name().to_owned(),
        occupancy_since_ms: view.occupancy_since.0,
        period: view.period.name().to_owned(),
        readings: view.readings.iter().map(|(q, value)| (known(q), value.as_f64())).collect(),
        no_readings: view
            .no_readings
            .iter()
            .map(|(q, why)| (known(q), why.name().to_owned()))
            .collect(),
        power_w: view.power_w.map(wire::Value::as_f64),
        energy_today_wh: view.energy_today_wh,
        scene: events::scene(controller, ix),
        zones: (view.zones.iter().zip(light::zones(controller, ix)))
            .map(|(view, light)| Zone { light: Some(light), ..zone(controller.campus(), view) })
            .collect(),
        nodes: view.nodes.iter().map(|node| nodes[node.at()].id.to_string()).collect(),
        last_heard_ms: view.last_heard.map(|at| at.0),
    }
}

/// What the lights of a room are decided by: the last word of its sensors, switches and lamps.
pub fn inputs(controller: &Controller, ix: RoomIx) -> Vec<RoomInput> {
    const DECIDING: [Quantity; 9] = [
        Quantity::Fire,
        Quantity::Motion,
        Quantity::Presence,
        Quantity::IlluminanceLx,
        Quantity::Co2Ppm,
        Quantity::Presses,
        Quantity::ManualPct,
        Quantity::LevelPct,
        Quantity::LampFault,
    ];
    let view = controller.room(ix);
    let driving = view.config.zones.iter().map(|zone| zone.node);
    let driving = driving.filter_map(|node| controller.find_node(node.as_str()));
    let mut nodes: Vec<NodeIx> = view.nodes.iter().copied().chain(driving).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let mut inputs = Vec::new();
    for node in nodes.into_iter().map(|node| controller.node(node)) {
        // A node that hangs elsewhere only drives the lamps here.
        let inside = view.nodes.contains(&node.ix);
        let ours = |channel: &str| {
            let driven = |zone: &controller::ZoneConfig| {
                zone.node == node.id && zone.channel.as_str() == channel
            };
            view.config.zones.iter().any(driven)
        };
        for quantity in DECIDING {
            let said = node.readings.iter().filter(|reading| reading.quantity == quantity);
            inputs.extend(said.filter(|said| inside || ours(said.channel)).map(|said| RoomInput {
                node: node.id.to_string(),
                quantity: match said.channel {
                    "" => quantity.name().to_owned(),
                    channel => format!("{}.{channel}", quantity.name()),
                },
                value: said.sample.value().map(wire::Value::as_f64),
                no: match said.sample {
                    wire::Sample::No(reason) => Some(reason.name().to_owned()),
                    wire::Sample::Is(_) => None,
                },
                measured_ms: said.measured.0,
                fresh: said.fresh,
            }));
        }
    }
    inputs
}

fn zone(campus: &Campus, view: &ZoneView) -> Zone {
    Zone {
        id: view.id.to_string(),
        level_pct: view.level_pct,
        actual_pct: view.actual_pct,
        since_ms: view.since.0,
        winner: request(campus, &view.verdict.winner),
        losers: view.verdict.losers.iter().map(|loser| request(campus, loser)).collect(),
        light: None,
    }
}

/// A request in the words of the API.
pub fn request(campus: &Campus, request: &lighting::Request) -> Request {
    let rule = match request.reason {
        Reason::Rule { number, .. } => campus.rules.rule(number),
        _ => None,
    };
    // The number of a rule means nothing outside; its name does.
    let args = request.reason.args();
    let args = args.iter().filter(|_| rule.is_none());
    Request {
        kind: request.kind.name().to_owned(),
        level_pct: request.kind.level_pct(),
        priority: request.priority.number(),
        priority_name: request.priority.name().to_owned(),
        expires_ms: request.expires.map(|at| i64::try_from(at).unwrap_or(i64::MAX)),
        reason: request.reason.code().to_owned(),
        args: args.map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        rule: rule.map(|rule| rule.id.clone()),
        text: rule.map(rules::text),
    }
}

/// A change of a level, as the database keeps it.
pub fn change(
    controller: &Controller,
    room: RoomIx,
    zone: ZoneIx,
    from_pct: u8,
    verdict: &Verdict,
    at: Timestamp,
) -> store::Change {
    let campus = controller.campus();
    let kept = types::Verdict {
        winner: request(campus, &verdict.winner),
        losers: verdict.losers.iter().map(|loser| request(campus, loser)).collect(),
    };
    store::Change {
        at_ms: at.0,
        room: controller.campus().rooms[room.at()].place().to_string(),
        zone: controller.zone_id(zone).to_string(),
        from_pct,
        to_pct: verdict.level_pct,
        // Text and integers only: this cannot fail.
        verdict: serde_json::to_string(&kept).unwrap_or_default(),
    }
}

/// What works and what does not.
pub fn status(
    controller: &Controller,
    facts: &Facts,
    live: &Live,
    refused: &BTreeMap<&'static str, u64>,
    (frames_waiting, strangers): (usize, &[types::Unclaimed]),
    now: Timestamp,
) -> Status {
    let campus = controller.campus();
    let nodes: Vec<NodeView<'_>> =
        (0..campus.nodes.len()).map(|ix| controller.node(NodeIx(ix as u32))).collect();
    let rooms: Vec<RoomView<'_>> =
        (0..campus.rooms.len()).map(|ix| controller.room(RoomIx(ix as u32))).collect();
    let (power_w, energy_today_wh) = campus_energy(controller, &rooms);
    let mut needs = events::needs(controller);
    needs.extend(facts.needs());
    needs.extend(facts.rules.needs.iter().cloned());
    needs.extend(nodes::needs(controller, facts, &nodes, now));
    needs.extend(meters::needs(controller, live));
    needs.extend(light::needs(controller));
    needs.extend(calendar_needs(controller));
    needs.extend(facts.found.iter().cloned());
    needs.extend(rooms.iter().flat_map(lamp_needs));
    let heard = |stranger: &types::Unclaimed| Timestamp(stranger.first_heard_ms);
    needs.extend(strangers.iter().map(|s| need("node_unclaimed", &s.id, heard(s), [])));
    Status {
        campus: campus.id.to_string(),
        name: campus.name.clone(),
        time_zone: campus.zone.iana_name().unwrap_or("UTC").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_ms: facts.started.0,
        now_ms: now.0,
        speed: facts.speed,
        degraded: facts.all_degraded(),
        broker: facts.broker(),
        store: facts.store(frames_waiting),
        nodes: NodeCounts {
            total: nodes.len(),
            heard: nodes.iter().filter(|node| node.state == NodeState::Online).count(),
            silent: nodes
                .iter()
                .filter(|node| node.state != NodeState::Online)
                .map(silent)
                .collect(),
            unclaimed: strangers.len(),
        },
        rooms: room_counts(&rooms),
        power_w,
        energy_today_wh,
        refused: refused.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect(),
        fire: controller.burns(),
        demand: controller.demanded().map(|demand| events::demand(controller, demand)),
        rules: in_force(&facts.rules),
        needs,
    }
}

/// Power and energy since midnight of the whole campus: what its outermost meters say, and where they
/// measure no power, what the rooms do.
fn campus_energy(controller: &Controller, rooms: &[RoomView<'_>]) -> (Option<f64>, i64) {
    let roots: Vec<_> = controller.roots().map(|ix| controller.meter(ix)).collect();
    let sum = |powers: Vec<f64>| (!powers.is_empty()).then(|| powers.iter().sum());
    let of_roots = sum(roots.iter().filter_map(|root| Some(root.power_w?.as_f64())).collect());
    let of_rooms = || sum(rooms.iter().filter_map(|room| Some(room.power_w?.as_f64())).collect());
    (of_roots.or_else(of_rooms), roots.iter().map(|root| root.today_wh).sum())
}

fn room_counts(rooms: &[RoomView<'_>]) -> RoomCounts {
    let lit = |room: &&RoomView<'_>| room.zones.iter().any(|zone| zone.level_pct > 0);
    let empty = |room: &&RoomView<'_>| room.occupancy == Occupancy::Vacant;
    RoomCounts {
        total: rooms.len(),
        occupied: rooms.iter().filter(|room| room.occupancy == Occupancy::Occupied).count(),
        lit: rooms.iter().filter(lit).count(),
        lit_empty: rooms.iter().filter(lit).filter(empty).count(),
    }
}

fn silent(node: &NodeView<'_>) -> SilentNode {
    SilentNode {
        node: node.id.to_string(),
        place: node.place.to_string(),
        last_heard_ms: node.last_heard.map(|at| at.0),
    }
}

/// Years that nobody has announced, and terms that are over.
fn calendar_needs(controller: &Controller) -> Vec<Need> {
    let calendar = &controller.campus().timetable.calendar;
    let country = calendar.public.as_ref().map_or("", |public| public.country.as_str());
    let need = |(what, since): (CalendarNeed, Timestamp)| match what {
        CalendarNeed::NotAnnounced(year) => {
            let args = [("country", country.to_owned())];
            need("calendar_year", &year.to_string(), since, args)
        }
        CalendarNeed::Ended(term) => {
            need("calendar_ended", &term.name, since, [("last", term.to.to_string())])
        }
    };
    controller.calendar_needs().into_iter().map(need).collect()
}

fn lamp_needs(room: &RoomView<'_>) -> Vec<Need> {
    let place = room.config.place().to_string();
    let faulty = room.zones.iter().filter(|zone| zone.lamp_fault);
    faulty
        .map(|zone| need("lamp_fault", &place, zone.since, [("zone", zone.id.to_string())]))
        .collect()
}

/// Who asked, as the log keeps it.
pub const fn by(by: By) -> &'static str {
    match by {
        By::Cli => "cli",
        By::Dashboard => "dashboard",
    }
}

/// The other way round, for replay.
pub fn who(by: &str) -> By {
    if by == "dashboard" { By::Dashboard } else { By::Cli }
}
