//! What is imposed on lamps, in the words of the API, and what a person has to do about it.

use crate::api::types::{self, Events, FireAlarm, Need, ZoneLock};
use crate::facts::need;
use controller::{Controller, DemandState, Extent, RoomIx};
use wire::Id;

/// Everything of it.
pub fn events(controller: &Controller) -> Events {
    let campus = controller.campus();
    let input = |input: controller::FireInput<'_>| types::FireInput {
        input: input_name(&campus.nodes[input.node.at()].id, input.channel),
        fire: input.fire,
        measured_ms: input.measured.0,
        fresh: input.fresh,
    };
    Events {
        fire: controller.alarms().iter().map(alarm).collect(),
        fire_inputs: controller.fire_inputs().into_iter().map(input).collect(),
        locks: controller.locks().iter().map(|each| lock(controller, each)).collect(),
        demands: controller.demands().iter().map(|each| demand(controller, each)).collect(),
        exempt: controller.exempt().map(|ix| campus.rooms[ix.at()].place().to_string()).collect(),
        scenes: campus.events.scenes.iter().map(|scene| scene.id.to_string()).collect(),
    }
}

fn input_name(node: &Id, channel: &str) -> String {
    if channel.is_empty() { node.to_string() } else { format!("{node}/{channel}") }
}

fn alarm(alarm: &controller::Alarm) -> FireAlarm {
    let said = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    FireAlarm {
        place: alarm.extent.to_string(),
        input: alarm.input.as_ref().map(|(_, node, channel)| input_name(node, channel)),
        since_ms: alarm.since.0,
        by: said(&alarm.who),
        why: said(&alarm.why),
        fallen: alarm.fallen,
        silenced_by: alarm.silenced.as_ref().map(|(who, _)| who.clone()),
    }
}

fn lock(controller: &Controller, lock: &controller::Lock) -> ZoneLock {
    let room = controller.zone_room(lock.zone);
    ZoneLock {
        room: controller.campus().rooms[room.at()].place().to_string(),
        zone: controller.zone_id(lock.zone).to_string(),
        level_pct: lock.level_pct,
        since_ms: lock.since.0,
        until_ms: lock.until.0,
        by: lock.who.clone(),
        why: lock.why.clone(),
    }
}

/// An order of the grid.
pub fn demand(controller: &Controller, demand: &controller::Demand) -> types::Demand {
    let state = demand.state(controller.now());
    let running = state == DemandState::Running;
    types::Demand {
        id: demand.id.clone(),
        state: match state {
            DemandState::Ahead => "ahead",
            DemandState::Running => "running",
            DemandState::Over => "over",
        }
        .to_owned(),
        shed_pct: demand.shed_pct,
        from_ms: demand.from.0,
        until_ms: demand.ended.as_ref().map_or(demand.until.0, |(at, _)| at.0),
        by: demand.who.clone(),
        why: demand.why.clone(),
        ended_by: demand.ended.clone().map(|(_, who)| who).filter(|who| !who.is_empty()),
        now: running.then(|| saving(controller.saving(demand.shed_pct))),
        mean: demand.brought().map(saving),
    }
}

fn saving(saving: controller::Saving) -> types::Saving {
    let watts = |mw: i64| wire::Value::from_milli(mw).as_f64();
    types::Saving {
        would_w: watts(saving.would_mw),
        asked_w: watts(saving.asked_mw),
        saved_w: watts(saving.saved_mw),
        unmetered_zones: saving.unmetered,
        bounded_zones: saving.bounded,
    }
}

/// The scene of a room.
pub fn scene(controller: &Controller, ix: RoomIx) -> Option<types::RoomScene> {
    let (id, until) = controller.scene(ix)?;
    Some(types::RoomScene { id: id.to_string(), until_ms: until.0 })
}

/// `building`, `building/room`, or nothing for the whole campus; `None` for what is no name.
pub fn extent(place: &str) -> Option<Extent> {
    match place.split_once('/') {
        _ if place.is_empty() => Some(Extent::Campus),
        None => Id::new(place).ok().map(Extent::Building),
        Some((building, room)) => {
            let (building, room) = (Id::new(building).ok()?, Id::new(room).ok()?);
            Some(Extent::Room { building, room })
        }
    }
}

/// Nobody forgets that it burns, or that lamps are locked.
pub(super) fn needs(controller: &Controller) -> Vec<Need> {
    let mut needs = Vec::new();
    for alarm in controller.alarms() {
        let shown = self::alarm(alarm);
        let code = match (shown.fallen, shown.silenced_by.is_some()) {
            (_, true) => "fire_silenced",
            (true, false) => "fire_fallen",
            (false, false) => "fire",
        };
        let about = if shown.place.is_empty() { "*".to_owned() } else { shown.place };
        let by = shown.input.or(shown.by).unwrap_or_default();
        needs.push(need(code, &about, alarm.since, [("by", by)]));
    }
    let campus = controller.campus();
    for input in controller.fire_inputs() {
        if !input.fresh || input.fire.is_none() {
            let name = input_name(&campus.nodes[input.node.at()].id, input.channel);
            needs.push(need("fire_input", &name, input.measured, []));
        }
    }
    for each in controller.locks() {
        let shown = lock(controller, each);
        let args = [
            ("zone", shown.zone),
            ("level_pct", shown.level_pct.to_string()),
            ("by", shown.by),
            ("why", shown.why),
        ];
        needs.push(need("lock", &shown.room, each.since, args));
    }
    needs
}
