//! Getting back to where we were: the newest checkpoint, and the log after it.
//!
//! The controller is pure, so that telling it the same things at the same times again brings it to
//! the same state. What it asks for on the way was asked for and kept the first time.

use crate::again;
use crate::clock::Pace;
use crate::config::Source;
use crate::facts::Facts;
use crate::gateways::Gateways;
use crate::hardware::Registry;
use crate::keep::Keeper;
use crate::main_loop::{Body, Io};
use crate::outgoing::Outgoing;
use crate::rulebook::{Begin, Current, Rulebook};
use crate::store::{self, Checkpoint, Reader, Store};
use crate::summaries::Summaries;
use crate::unclaimed::Strangers;
use controller::{Campus, Controller, Input, NodeIx, Timestamp};
use std::sync::Arc;
use tokio::sync::watch;
use wire::{Ack, Id};

/// What the database gave back at the start.
pub struct Kept {
    /// Where rows go.
    pub store: Store,
    /// Good checkpoints, newest first.
    pub checkpoints: Vec<Checkpoint>,
    /// The database was damaged and is set aside.
    pub set_aside: Option<store::SetAside>,
    /// The configuration as it was read.
    pub source: Source,
    /// What hubs are to hear.
    pub summaries: Summaries,
    /// Rules that are in force, and were.
    pub rules: Begin,
}

/// Brings the controller back and makes the main loop's memory. Reads the disk: not for async code.
///
/// # Errors
/// A sentence, when the database cannot be read or the campus makes no sense.
pub fn prepare(
    campus: Campus,
    io: Io,
    kept: Kept,
    gateways: &[Id],
    ruling: watch::Sender<Arc<Current>>,
) -> Result<Body, String> {
    let Kept { mut store, checkpoints, set_aside, source, summaries, rules } = kept;
    let Begin { book, current, first } = rules;
    let text = (current.in_force.version > 0).then(|| current.text.clone());
    let source = Source { rules: text, ..source };
    let campus = Campus { rules: current.set.clone(), ..campus };
    let now = io.clock.now();
    let pace = Pace::new(now, io.clock.count_ms(now));
    let reader = store.reader();
    let (mut controller, after) = start_from(&campus, &book, &checkpoints, now)?;
    let mut actions = Vec::new();
    let mut rows = 0;
    let replayed = reader.replay(after, |logged| {
        if let Some(change) = book.live_at(logged.id) {
            let (rules, at) = (&book.set(&change.in_force), Timestamp(logged.at_ms));
            controller.handle(Input::Rules { rules }, at, &mut actions);
        }
        again::tell(&mut controller, &logged, &mut actions);
        actions.clear();
        rows += 1;
    });
    let replayed = replayed.map_err(|error| format!("the log cannot be read: {error}"))?;
    tracing::info!(rows, damaged = replayed.damaged, after, "back from the log");
    controller.handle(Input::Resumed, now, &mut actions);
    if let Some((version, change)) = first {
        store.rules(Some(version), change);
    }
    if let Some(new) = unheld(&reader, replayed.last_id, &source, &campus) {
        let Source { text, rules, .. } = source;
        store.configuration(now.0, (text, rules), new);
    }
    // Kept like any other input: a later replay must be told the same.
    store.resumed(controller.now().0);
    if controller.give_settings(now) {
        // So that the next start knows their versions, and gives them no new ones.
        store.checkpoint(controller.now().0, controller.save());
    }

    let path = reader.stats().map(|stats| stats.path.display().to_string()).unwrap_or_default();
    let mut facts = Facts::new(now, io.clock.speed(), io.url.clone(), io.embedded, path);
    if let Some(aside) = &set_aside {
        facts.set_aside(aside, now);
    }
    facts.acked = acked(&controller);
    facts.hardware = Registry::new(reader.hardware().unwrap_or_default());
    facts.rules = ruling.borrow().clone();
    let speed = io.clock.speed();
    let strangers = reader.unclaimed().unwrap_or_default();
    let strangers = Strangers::new(strangers, |name| controller.find_node(name).is_some());
    let outgoing = Outgoing::new(controller.campus().nodes.len(), now, speed);
    let gateways = Gateways::new(&controller, gateways.iter().copied(), now);
    let keeper = Keeper::new(store, speed);
    let mut body =
        Body::new(controller, io, keeper, outgoing, strangers, gateways, facts, ruling, pace);
    body.summarise(summaries);
    if replayed.damaged > 0 {
        body.note_damage(replayed.damaged, now);
    }
    body.act_on(actions, now);
    Ok(body)
}

/// The newest checkpoint that can be read, or the beginning; and the log row after which to replay.
fn start_from(
    campus: &Campus,
    book: &Rulebook,
    checkpoints: &[Checkpoint],
    now: Timestamp,
) -> Result<(Controller, i64), String> {
    for checkpoint in checkpoints {
        let at = Timestamp(checkpoint.at_ms);
        match Controller::restore(ruled(campus, book, checkpoint.log_id), at, &checkpoint.state) {
            Ok(controller) => return Ok((controller, checkpoint.log_id)),
            Err(fault) => tracing::warn!(%fault, at = checkpoint.at_ms, "a checkpoint is not used"),
        }
    }
    let campus = ruled(campus, book, 0);
    let controller = Controller::new(campus, now).map_err(|fault| fault.to_string())?;
    Ok((controller, 0))
}

/// A campus with the rules that were in force at a row of the log; before there were versions, those of the
/// first, or where there is none yet, of the file.
fn ruled(campus: &Campus, book: &Rulebook, log_id: i64) -> Campus {
    let then = book.at(log_id).or(book.changes().first());
    let then = then.map(|change| book.set(&change.in_force));
    Campus { rules: then.unwrap_or_else(|| campus.rules.clone()), ..campus.clone() }
}

/// The checksum of a campus whose configuration is not the one that the database holds as the last.
fn unheld(reader: &Reader, last_id: i64, source: &Source, campus: &Campus) -> Option<u32> {
    let crc = again::campus_crc(campus);
    let held = reader.configurations(last_id).unwrap_or_default();
    let known = held.last().is_some_and(|last| {
        last.text == source.text && last.rules == source.rules && last.campus_crc == crc
    });
    (!known).then_some(crc)
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
