//! Meters, postings and incidents in the words of the API and of the database.

use crate::api::types::{self, MeterEnergy, Need};
use crate::api::{OpenMeter, kept};
use crate::bus::Live;
use crate::facts::need;
use crate::keep::Keeper;
use crate::store::{self, Withdraws};
use controller::report::MeterScope;
use controller::{Controller, Gauged, IncidentKind, Measured, MeterView, RoomSlot};

/// An entry of the ledger, as the database keeps it.
pub fn posting(controller: &Controller, posting: &controller::Posting) -> store::Posting {
    kept::posting(&controller.meter_name(posting.meter), posting)
}

/// What happened to a register, as the database keeps it. What ends a doubt withdraws it.
pub fn incident(controller: &Controller, incident: &controller::Incident) -> store::Incident {
    let mut row = kept::kept(&controller.meter_name(incident.meter), incident);
    if incident.kind.ends_doubt() {
        row.withdraws = Withdraws::LastOf(IncidentKind::Doubt as u8);
    }
    row
}

/// What a room's time was spent on, as the database keeps it.
pub fn room_slot(controller: &Controller, slot: &RoomSlot) -> store::RoomSlot {
    store::RoomSlot {
        room: controller.campus().rooms[slot.room.at()].place().to_string(),
        slot_ms: slot.slot.0,
        occupied_ms: slot.occupied_ms,
        lit_ms: slot.lit_ms,
        lit_empty_ms: slot.lit_empty_ms,
        lit_hold_ms: slot.lit_hold_ms,
        dark_ms: slot.dark_ms,
        unknown_ms: slot.unknown_ms,
    }
}

/// What sensors and meters said in a slot, as the database keeps it.
pub fn measure(controller: &Controller, measured: &Measured) -> store::Measure {
    let Measured { of, slot, illuminance_lx, co2_ppm, peak_w } = *measured;
    let (room, meter) = match of {
        Gauged::Room(ix) => (Some(controller.campus().rooms[ix.at()].place().to_string()), None),
        Gauged::Meter(ix) => (None, Some(controller.meter_name(ix))),
    };
    store::Measure { slot_ms: slot.0, room, meter, illuminance_lx, co2_ppm, peak_w }
}

/// Every meter with its registers, and what of its energy the database does not know yet.
pub fn meters(controller: &Controller, keeper: &Keeper) -> Vec<OpenMeter> {
    let one = |view: MeterView<'_>| {
        let mut open: Vec<(i64, i64)> = keeper.uncommitted(&view.name).collect();
        open.push((view.open_slot.0, view.open_wh));
        let node = view.node.map(|node| controller.campus().nodes[node.at()].id.to_string());
        OpenMeter {
            ix: view.ix,
            plate: controller.plate(view.ix),
            scope: MeterScope::of(controller, &view),
            node: node.unwrap_or_default(),
            totals: meter(controller, &view),
            now: now(controller, &view),
            open,
        }
    };
    controller.meters().map(one).collect()
}

/// A meter's registers and sums.
pub fn meter(controller: &Controller, view: &MeterView<'_>) -> MeterEnergy {
    MeterEnergy {
        meter: view.name.clone(),
        label: view.label.to_owned(),
        place: view.place.map(|place| place.to_string()).unwrap_or_default(),
        parent: view.parent.map(|parent| controller.meter_name(parent)),
        flow: view.flow.name().to_owned(),
        energy_wh: 0,
        first_register_wh: view.first_register_wh,
        last_register_wh: view.last_register_wh,
        resets: view.resets,
        posted_wh: view.posted_wh + view.open_wh,
        register_difference_wh: view.register_difference_wh,
        adds_up: view.adds_up(),
    }
}

/// A meter as far as its register goes; its bus is asked elsewhere.
fn now(controller: &Controller, view: &MeterView<'_>) -> types::Meter {
    let (state, since_ms) = match (&view.doubt, view.last_read, view.place) {
        (Some(doubt), _, _) => ("doubt", Some(doubt.since.0)),
        (None, None, _) => ("never", None),
        (None, Some(_), None) => ("orphan", None),
        (None, Some(_), Some(_)) => ("ok", None),
    };
    types::Meter {
        id: view.name.clone(),
        label: view.label.to_owned(),
        place: view.place.map(|place| place.to_string()),
        parent: view.parent.map(|parent| controller.meter_name(parent)),
        flow: view.flow.name().to_owned(),
        source: if view.node.is_some() { "node" } else { "polled" }.to_owned(),
        state: state.to_owned(),
        since_ms,
        register_wh: view.last_read.map(|_| view.last_register_wh),
        read_ms: view.last_read.map(|at| at.0),
        doubt_wh: view.doubt.map(|doubt| doubt.register_wh),
        power_w: view.power_w.map(wire::Value::as_f64),
        energy_today_wh: view.today_wh,
        resets: view.resets,
        adds_up: view.adds_up(),
        ..types::Meter::default()
    }
}

/// Meters that somebody should look at.
pub fn needs(controller: &Controller, live: &Live) -> Vec<Need> {
    let mut needs = Vec::new();
    for view in controller.meters() {
        if let Some(doubt) = view.doubt {
            let registers = [
                ("register_wh", view.last_register_wh.to_string()),
                ("doubt_wh", doubt.register_wh.to_string()),
            ];
            needs.push(need("meter_doubt", &view.name, doubt.since, registers));
        }
        if let Some(open) = view.incident.filter(|incident| incident.kind.is_open()) {
            let args = [
                ("kind", open.kind.name().to_owned()),
                ("before_wh", open.before_wh.to_string()),
                ("after_wh", open.after_wh.to_string()),
            ];
            needs.push(need("meter_open", &view.name, open.at, args));
        }
        if view.place.is_none() {
            let since = view.last_read.unwrap_or(controller.now());
            needs.push(need("meter_orphan", &view.name, since, []));
        }
    }
    for bus in live.buses.iter().filter(|bus| !bus.connected && !bus.why.is_empty()) {
        let since = bus.since.unwrap_or(controller.now());
        needs.push(need("bus_away", bus.id.as_str(), since, [("what", bus.why.clone())]));
    }
    for bus in live.buses.iter().filter(|bus| bus.connected && bus.use_pct >= bus.share_pct) {
        let args = [("use_pct", bus.use_pct.to_string()), ("share_pct", bus.share_pct.to_string())];
        needs.push(need("bus_full", bus.id.as_str(), controller.now(), args));
    }
    let connected = |bus: usize| live.buses.get(bus).is_some_and(|bus| bus.connected);
    for meter in live.meters.iter().filter(|meter| connected(meter.bus)) {
        let health = &meter.health;
        if let Some(why) = health.fault.as_ref().filter(|_| health.is_silent()) {
            let name = controller.meter_name(meter.meter);
            let since = health.since.unwrap_or(controller.now());
            needs.push(need("meter_silent", &name, since, [("what", why.to_string())]));
        }
    }
    needs
}
