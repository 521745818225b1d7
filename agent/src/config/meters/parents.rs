//! `parent = "…"`: whether it exists, and whether no meter is a part of itself.

use crate::config::fault::Faults;
use crate::config::places::Nodes;
use crate::config::table::At;
use std::collections::BTreeMap;
use wire::Id;

/// A meter's name in the ledger and what it says about its parent.
pub type Wish<'t> = (String, Option<At<&'t str>>);

/// Checks all of them; of parents that do not exist nothing is said while not `readable`, because one
/// that could not be read is reported already.
pub fn check(wishes: &[Wish<'_>], nodes: &Nodes, readable: bool, faults: &mut Faults) {
    let parents: BTreeMap<&str, Option<&At<&str>>> =
        wishes.iter().map(|(name, parent)| (name.as_str(), parent.as_ref())).collect();
    for parent in wishes.iter().filter_map(|(_, parent)| parent.as_ref()) {
        if readable && !nodes.unnamed && !parents.contains_key(parent.is) {
            refuse_unknown(parent, nodes, parents.keys().copied(), faults);
        }
    }
    refuse_cycles(wishes, &parents, faults);
}

/// A meter behind a node needs no section of its own, so its name is taken if there is that node.
fn refuse_unknown<'k>(
    parent: &At<&str>,
    nodes: &Nodes,
    known: impl Iterator<Item = &'k str>,
    faults: &mut Faults,
) {
    let is_node = |id: &str| {
        let found = Id::new(id).ok().and_then(|id| nodes.by_id.get(&id));
        found.is_some_and(|node| node.gateway.is_none())
    };
    let (node, channel) = parent.is.split_once('/').unwrap_or((parent.is, ""));
    if is_node(node) && Id::new(channel).is_ok() {
        return;
    }
    let fault = faults.add(&parent.at, format!("there is no meter `{}`", parent.is));
    if is_node(parent.is) {
        fault.help(format!("a meter behind a node is `node/channel`: `{}/main`", parent.is));
    } else {
        fault.help("it is the `id` of a `[[meter]]`, or `node/channel`").closest(parent.is, known);
    }
}

/// Says each circle once, at the meter of it that stands first in the file.
fn refuse_cycles(
    wishes: &[Wish<'_>],
    parents: &BTreeMap<&str, Option<&At<&str>>>,
    faults: &mut Faults,
) {
    let mut said: Vec<&str> = Vec::new();
    for (name, parent) in wishes {
        let Some(first) = parent else { continue };
        let mut circle = vec![name.as_str()];
        let mut next = Some(first);
        while let Some(parent) = next {
            // A circle that does not lead back here is said at its own meters.
            if circle.len() > wishes.len() {
                break;
            }
            if parent.is == name {
                if !said.contains(&name.as_str()) {
                    circle.push(parent.is);
                    faults
                        .add(&first.at, "a meter that is a part of itself")
                        .label(circle.join(" → "));
                }
                said.extend(&circle);
                break;
            }
            circle.push(parent.is);
            next = parents.get(parent.is).copied().flatten();
        }
    }
}
