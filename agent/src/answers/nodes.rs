//! Nodes in the words of the API, and what a person has to do about them.

use crate::api::types::{Need, Node, NodeSettings};
use crate::facts::{Facts, need};
use crate::hardware::Held;
use crate::limits;
use controller::{Controller, NodeIx, NodeState, NodeView, Timestamp};
use wire::{Mode, Reset};

/// All nodes, in the order of the configuration.
pub fn nodes(controller: &Controller, facts: &Facts) -> Vec<Node> {
    let all = 0..controller.campus().nodes.len();
    all.map(|ix| node(controller, facts, NodeIx(ix as u32))).collect()
}

/// One node.
pub fn node(controller: &Controller, facts: &Facts, ix: NodeIx) -> Node {
    let view = controller.node(ix);
    let fresh = view.readings.iter().filter(|reading| reading.fresh);
    let readings = fresh.filter_map(|reading| {
        let name = match reading.channel {
            "" => reading.quantity.name().to_owned(),
            channel => format!("{}.{channel}", reading.quantity.name()),
        };
        Some((name, reading.sample.value()?.as_f64()))
    });
    Node {
        id: view.id.to_string(),
        place: view.place.to_string(),
        state: view.state.name().to_owned(),
        last_heard_ms: view.last_heard.map(|at| at.0),
        boot: view.boot,
        acked_seq: facts.acked[ix.at()]
            .filter(|ack| Some(ack.boot) == view.boot)
            .map(|ack| ack.seq),
        firmware: view.firmware.to_owned(),
        board: view.board.to_owned(),
        reset: view.reset.name().to_owned(),
        panic: Some(view.panic.to_owned()).filter(|panic| !panic.is_empty()),
        mode: view.mode.name().to_owned(),
        started_ms: view.started.map(|at| at.0),
        watchdog_starts: view.watchdogs,
        panic_starts: view.panics,
        energy_lost_wh_max: view.energy_lost_wh_max,
        settings: settings(&view),
        refused: view.refused_by_it,
        frames: view.frames,
        duplicates: view.duplicates,
        lost: view.lost,
        conflict: view.conflict.is_some(),
        hardware: facts.hardware.of(view.id.as_str()).map(Held::told),
        readings: readings.collect(),
    }
}

fn settings(view: &NodeView<'_>) -> NodeSettings {
    let (version, since) = view.settings_given.unzip();
    let state = match (version, view.settings) {
        (None, None | Some(0)) => "shipped",
        (None, Some(_)) => "foreign",
        (version, in_force) if version == in_force => "in_force",
        _ if !view.settings_refused.is_empty() => "refused",
        // Above any that can be given.
        (version, in_force) if in_force > version => "foreign",
        _ => "sent",
    };
    NodeSettings {
        state: state.to_owned(),
        version,
        since_ms: since.map(|at| at.0),
        in_force: view.settings,
        why: Some(view.settings_refused.to_owned()).filter(|why| !why.is_empty()),
    }
}

/// Nodes that somebody should look at. One that has never been heard gets the time of one silence
/// first: after a start it may just not have had its turn.
pub(super) fn needs(
    controller: &Controller,
    facts: &Facts,
    nodes: &[NodeView<'_>],
    now: Timestamp,
) -> Vec<Need> {
    let patience_ms = i64::from(controller.campus().settings.silent_ms);
    let mut needs = Vec::new();
    for node in nodes {
        if let Some(since) = node.conflict {
            needs.push(need("node_conflict", node.id.as_str(), since, []));
        }
        needs.extend(crashes(node, now));
        needs.extend(unsettled(node, facts, patience_ms, now));
        let since = match node.state {
            NodeState::Online => continue,
            NodeState::Never => facts.started,
            NodeState::Silent | NodeState::Offline => node.last_heard.unwrap_or(facts.started),
        };
        if now.0 - since.0 > patience_ms {
            let place = ("place", node.place.to_string());
            needs.push(need("node_silent", node.id.as_str(), since, [place]));
        }
    }
    needs
}

/// What its last start tells, for a week: longer ago it has not happened again.
fn crashes(node: &NodeView<'_>, now: Timestamp) -> Vec<Need> {
    let mut needs = Vec::new();
    let Some(started) = node.started else { return needs };
    let name = node.id.as_str();
    if node.mode == Mode::Core {
        needs.push(need("node_core", name, started, []));
    }
    if now.0 - started.0 > limits::CRASH_SHOWN_MS {
        return needs;
    }
    match node.reset {
        Reset::Panic => {
            let text = if node.panic.is_empty() { "?" } else { node.panic };
            let args = [("text", text.to_owned()), ("times", node.panics.to_string())];
            needs.push(need("node_panicked", name, started, args));
        }
        Reset::Watchdog => {
            let args = [("times", node.watchdogs.to_string())];
            needs.push(need("node_watchdog", name, started, args));
        }
        _ => {}
    }
    if let Some(lost_wh) = node.energy_lost_wh_max.filter(|lost_wh| *lost_wh > 0) {
        let args = [("energy_wh", lost_wh.to_string())];
        needs.push(need("node_energy_lost", name, started, args));
    }
    needs
}

/// Settings that a node refused, or, while it speaks, has not confirmed for the time of one silence.
fn unsettled(node: &NodeView<'_>, facts: &Facts, patience_ms: i64, now: Timestamp) -> Option<Need> {
    let NodeSettings { state, version, since_ms, why, .. } = settings(node);
    let (version, since) = (version?.to_string(), Timestamp(since_ms?));
    let name = node.id.as_str();
    match state.as_str() {
        "refused" => {
            let args = [("version", version), ("why", why.unwrap_or_default())];
            Some(need("node_settings_refused", name, since, args))
        }
        "sent" if node.state == NodeState::Online => {
            let from = since.max(facts.started).max(node.started.unwrap_or(since));
            let late = now.0 - from.0 > patience_ms;
            late.then(|| need("node_settings", name, since, [("version", version)]))
        }
        _ => None,
    }
}
