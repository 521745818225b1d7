//! Getting back to where we were: the newest checkpoint, and the log after it.
//!
//! The controller is pure, so that telling it the same things at the same times again brings it to
//! the same state. What it asks for on the way was asked for and kept the first time.

use crate::answers;
use crate::facts::Facts;
use crate::gateways::Gateways;
use crate::keep::Keeper;
use crate::main_loop::{Body, Io};
use crate::outgoing::Outgoing;
use crate::recall;
use crate::store::{self, Checkpoint, Entry, Logged, Store};
use crate::unclaimed::Strangers;
use controller::{Action, Campus, Controller, Input, NodeIx, Timestamp};
use wire::{Ack, Id};

/// What the database gave back at the start.
pub struct Kept {
    /// Where rows go.
    pub store: Store,
    /// Good checkpoints, newest first.
    pub checkpoints: Vec<Checkpoint>,
    /// The database was damaged and is set aside.
    pub set_aside: Option<store::SetAside>,
}

/// Brings the controller back and makes the main loop's memory. Reads the disk: not for async code.
///
/// # Errors
/// A sentence, when the database cannot be read or the campus makes no sense.
pub fn prepare(campus: Campus, io: Io, kept: Kept, gateways: &[Id]) -> Result<Body, String> {
    let Kept { mut store, checkpoints, set_aside } = kept;
    let now = io.clock.now();
    let reader = store.reader();
    let (mut controller, after) = start_from(&campus, &checkpoints, now)?;
    let mut actions = Vec::new();
    let mut rows = 0;
    let replayed = reader.replay(after, |logged| {
        tell(&mut controller, &logged, &mut actions);
        actions.clear();
        rows += 1;
    });
    let replayed = replayed.map_err(|error| format!("the log cannot be read: {error}"))?;
    tracing::info!(rows, damaged = replayed.damaged, after, "back from the log");
    controller.handle(Input::Resumed, now, &mut actions);
    // Kept like any other input: a later replay must be told the same.
    store.resumed(now.0);
    if controller.give_settings(now) {
        // So that the next start knows their versions, and gives them no new ones.
        store.checkpoint(now.0, controller.save());
    }

    let path = reader.stats().map(|stats| stats.path.display().to_string()).unwrap_or_default();
    let mut facts = Facts::new(now, io.clock.speed(), io.url.clone(), io.embedded, path);
    if let Some(aside) = &set_aside {
        facts.set_aside(aside, now);
    }
    facts.acked = acked(&controller);
    let speed = io.clock.speed();
    let strangers = reader.unclaimed().unwrap_or_default();
    let strangers = Strangers::new(strangers, |name| controller.find_node(name).is_some());
    let outgoing = Outgoing::new(controller.campus().nodes.len(), now, speed);
    let gateways = Gateways::new(&controller, gateways.iter().copied(), now);
    let keeper = Keeper::new(store, speed);
    let mut body = Body::new(controller, io, keeper, outgoing, strangers, gateways, facts);
    if replayed.damaged > 0 {
        body.note_damage(replayed.damaged, now);
    }
    body.act_on(actions, now);
    Ok(body)
}

/// The newest checkpoint that can be read, or the beginning; and the log row after which to replay.
fn start_from(
    campus: &Campus,
    checkpoints: &[Checkpoint],
    now: Timestamp,
) -> Result<(Controller, i64), String> {
    for checkpoint in checkpoints {
        let at = Timestamp(checkpoint.at_ms);
        match Controller::restore(campus.clone(), at, &checkpoint.state) {
            Ok(controller) => return Ok((controller, checkpoint.log_id)),
            Err(fault) => tracing::warn!(%fault, at = checkpoint.at_ms, "a checkpoint is not used"),
        }
    }
    let controller = Controller::new(campus.clone(), now).map_err(|fault| fault.to_string())?;
    Ok((controller, 0))
}

/// Tells the controller what it was told then. What a changed configuration no longer knows is
/// passed over.
fn tell(controller: &mut Controller, logged: &Logged<'_>, actions: &mut Vec<Action>) {
    let at = Timestamp(logged.at_ms);
    match &logged.entry {
        Entry::Frame { node, frame } => {
            if let Some(node) = controller.find_node(node) {
                controller.handle(Input::Frame { node, frame }, at, actions);
            }
        }
        Entry::Hello { node, hello, condition } => {
            if let Some(node) = controller.find_node(node) {
                controller.handle(Input::Hello { node, hello, condition }, at, actions);
            }
        }
        Entry::Outcome { node, outcome } => {
            if let Some(node) = controller.find_node(node) {
                controller.handle(Input::Outcome { node, outcome }, at, actions);
            }
        }
        Entry::Command(command) => {
            if let Some(node) = controller.find_node(&command.node) {
                controller.handle(Input::Command { node, n: command.n }, at, actions);
            }
        }
        Entry::Resumed => controller.handle(Input::Resumed, at, actions),
        Entry::Wish(wish) => {
            let Some(room) = controller.find_room(&wish.room) else { return };
            let zone = wish.zone.as_deref().and_then(|zone| Id::new(zone).ok());
            let input = match wish.set {
                Some(level) => Input::Override {
                    room,
                    zone,
                    level_pct: level.level_pct,
                    until: Timestamp(level.until_ms),
                    by: answers::who(&wish.by),
                },
                None => Input::Auto { room, zone },
            };
            controller.handle(input, at, actions);
        }
        Entry::Reading { meter, reading } => {
            if let Some(meter) = controller.find_meter(meter) {
                let reading = recall::reading(reading);
                controller.handle(Input::Register { meter, reading }, at, actions);
            }
        }
        Entry::Replace(replace) => {
            if let Some(meter) = controller.find_meter(&replace.meter) {
                let store::Replace { at_ms, old_final_wh, new_first_wh, .. } = *replace;
                let when = Timestamp(at_ms);
                let input = Input::Replace { meter, at: when, old_final_wh, new_first_wh };
                controller.handle(input, at, actions);
            }
        }
        Entry::Judge(judge) => {
            if let Some(meter) = controller.find_meter(&judge.meter) {
                let believe = judge.believe;
                controller.handle(Input::Judge { meter, believe }, at, actions);
            }
        }
        Entry::Repair { meter, rows, incidents } => {
            if let Some(meter) = controller.find_meter(meter) {
                let rows: Vec<_> =
                    rows.iter().filter_map(|row| recall::posting(meter, row)).collect();
                let incidents: Vec<_> =
                    incidents.iter().filter_map(|row| recall::incident(meter, row)).collect();
                let input = Input::Repair { meter, rows: &rows, incidents: &incidents };
                controller.handle(input, at, actions);
            }
        }
    }
}

/// What every node was told to forget: all that is in the log is committed.
fn acked(controller: &Controller) -> Vec<Option<Ack>> {
    let all = 0..controller.campus().nodes.len();
    all.map(|ix| {
        let view = controller.node(NodeIx(ix as u32));
        Some(Ack { boot: view.boot?, seq: view.acked_seq? })
    })
    .collect()
}
