//! What lamps add at light sensors, for people and programs.

use crate::api::types::{Calibration, CalibrationStep, Contribution, Need, ZoneLight};
use crate::facts::need;
use controller::{Controller, LightView, RoomIx};
use std::collections::BTreeMap;

/// A zone's lamps add so many times what was configured, or so little of it, and somebody should look, ‰.
const DIFFERS_PM: std::ops::RangeInclusive<u64> = 500..=2_000;

/// Movements that must have shown it.
const SAMPLES_MIN: u8 = 4;

/// What is known of the lamps of every zone of a room.
pub fn zones(controller: &Controller, ix: RoomIx) -> Vec<ZoneLight> {
    controller.light(ix).into_iter().map(zone).collect()
}

fn zone(view: LightView<'_>) -> ZoneLight {
    ZoneLight {
        zone: view.zone.to_string(),
        sensor: view.sensor.map(|(node, channel)| sensor(node, channel)),
        base_lx: view.base_lx,
        adds_lx: view.adds_lx,
        samples: view.samples,
        seen_lx: view.seen_lx,
        daylight_lx: view.daylight_lx,
        desk_pct: view.desk_pct,
        desk_lx: view.desk_lx,
        target_lx: view.target_lx,
    }
}

fn sensor(node: &str, channel: &str) -> String {
    if channel.is_empty() { node.to_owned() } else { format!("{node}/{channel}") }
}

/// The last calibration of a room, and what is in force.
pub fn calibration(controller: &Controller, ix: RoomIx) -> Calibration {
    let config = &controller.campus().rooms[ix.at()];
    let zones: Vec<String> = config.zones.iter().map(|zone| zone.id.to_string()).collect();
    let mut answer = Calibration {
        room: config.place().to_string(),
        state: "none".to_owned(),
        zones: zones.clone(),
        light: self::zones(controller, ix),
        ..Calibration::default()
    };
    if let Some((at, by, rows)) = controller.calibrated(ix) {
        answer.measured_ms = Some(at.0);
        answer.measured_by = Some(by.to_owned());
        answer.measured = rows
            .into_iter()
            .map(|row| Contribution {
                sensor: sensor(row.node, row.channel),
                adds_lx: zones.iter().cloned().zip(row.adds_lx).collect::<BTreeMap<_, _>>(),
            })
            .collect();
    }
    if let Some(last) = controller.calibration(ix) {
        answer.by.clone_from(&last.by);
        answer.began_ms = Some(last.began.0);
        answer.ended_ms = last.ended.map(|(at, _)| at.0);
        answer.why = last.ended.and_then(|(_, why)| Some(why?.name().to_owned()));
        let state = match last.ended {
            None => "running",
            Some((_, None)) => "done",
            Some((_, Some(_))) => "failed",
        };
        answer.state = state.to_owned();
        let step = |(nth, levels): (usize, &Vec<u8>)| CalibrationStep {
            levels_pct: levels.clone(),
            seen_lx: last.seen.get(nth).cloned().unwrap_or_default(),
        };
        answer.steps = last.steps.iter().enumerate().map(step).collect();
    }
    answer
}

/// Lamps that add something else than was configured or calibrated, by a factor.
pub fn needs(controller: &Controller) -> Vec<Need> {
    let rooms = (0..controller.campus().rooms.len() as u32).map(RoomIx);
    let mut needs = Vec::new();
    for ix in rooms {
        let place = controller.campus().rooms[ix.at()].place().to_string();
        for view in controller.light(ix) {
            let share_pm = u64::from(view.adds_lx) * 1_000 / u64::from(view.base_lx.max(1));
            if view.base_lx == 0 || view.samples < SAMPLES_MIN || DIFFERS_PM.contains(&share_pm) {
                continue;
            }
            let args = [
                ("zone", view.zone.to_string()),
                ("said", view.base_lx.to_string()),
                ("learnt", view.adds_lx.to_string()),
            ];
            needs.push(need("lamp_lx_differs", &place, controller.now(), args));
        }
    }
    needs
}
