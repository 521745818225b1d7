//! Retained states for dashboards: what stands on `campus/v1/<campus>/room/…` and beside it.
//!
//! A promise like the API, so it has types of its own. Every state says when it was made (`t`) and
//! when it should no longer be believed (`expires_ms`): a retained value outlives its agent.

use crate::api::types::{MeterEnergy, Request, Room, Status};
use serde::Serialize;
use std::collections::BTreeMap;

/// `room/<building>/<room>`
#[derive(Serialize)]
struct RoomState<'a> {
    v: u32,
    t: i64,
    expires_ms: i64,
    name: &'a str,
    occupancy: &'a str,
    occupancy_since_ms: i64,
    period: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scene: Option<&'a str>,
    zones: BTreeMap<&'a str, ZoneState<'a>>,
    readings: &'a BTreeMap<String, f64>,
    no_readings: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    power_w: Option<f64>,
    energy_today_wh: i64,
}

#[derive(Serialize)]
struct ZoneState<'a> {
    level_pct: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    actual_pct: Option<u8>,
    reason: &'a str,
    priority: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until_ms: Option<i64>,
}

/// The state of a room, as JSON.
pub fn room(room: &Room, (now_ms, expires_ms): (i64, i64)) -> Vec<u8> {
    let zones = room.zones.iter().map(|zone| {
        let Request { reason, priority_name, expires_ms, .. } = &zone.winner;
        let state = ZoneState {
            level_pct: zone.level_pct,
            actual_pct: zone.actual_pct,
            reason,
            priority: priority_name,
            until_ms: *expires_ms,
        };
        (zone.id.as_str(), state)
    });
    json(&RoomState {
        v: wire::VERSION,
        t: now_ms,
        expires_ms,
        name: &room.name,
        occupancy: &room.occupancy,
        occupancy_since_ms: room.occupancy_since_ms,
        period: &room.period,
        scene: room.scene.as_ref().map(|scene| scene.id.as_str()),
        zones: zones.collect(),
        readings: &room.readings,
        no_readings: &room.no_readings,
        power_w: room.power_w,
        energy_today_wh: room.energy_today_wh,
    })
}

/// `meter/<node>/<channel>`
#[derive(Serialize)]
struct MeterState<'a> {
    v: u32,
    t: i64,
    expires_ms: i64,
    place: &'a str,
    energy_wh: i64,
}

/// The state of a meter: its register, never a difference.
pub fn meter(meter: &MeterEnergy, (now_ms, expires_ms): (i64, i64)) -> Vec<u8> {
    json(&MeterState {
        v: wire::VERSION,
        t: now_ms,
        expires_ms,
        place: &meter.place,
        energy_wh: meter.last_register_wh,
    })
}

/// `agent`
#[derive(Serialize)]
struct AgentState<'a> {
    v: u32,
    t: i64,
    expires_ms: i64,
    version: &'a str,
    started_ms: i64,
    degraded: Vec<&'a str>,
    nodes: usize,
    nodes_heard: usize,
    rooms: usize,
    rooms_occupied: usize,
    rooms_lit: usize,
    needs: usize,
    fire: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    shed_pct: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    power_w: Option<f64>,
    energy_today_wh: i64,
}

/// The state of the whole campus and its agent.
pub fn agent(status: &Status, (now_ms, expires_ms): (i64, i64)) -> Vec<u8> {
    json(&AgentState {
        v: wire::VERSION,
        t: now_ms,
        expires_ms,
        version: &status.version,
        started_ms: status.started_ms,
        degraded: status.degraded.iter().map(|d| d.part.as_str()).collect(),
        nodes: status.nodes.total,
        nodes_heard: status.nodes.heard,
        rooms: status.rooms.total,
        rooms_occupied: status.rooms.occupied,
        rooms_lit: status.rooms.lit,
        needs: status.needs.len(),
        fire: status.fire,
        shed_pct: status.demand.as_ref().map(|demand| demand.shed_pct),
        power_w: status.power_w,
        energy_today_wh: status.energy_today_wh,
    })
}

/// Maps with text keys and numbers that are finite: nothing here can fail.
fn json(state: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(state).unwrap_or_default()
}
