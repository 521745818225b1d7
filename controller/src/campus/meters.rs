//! What the meters of a campus may not be.

use super::{Campus, MeterConfig, MeterSource, Place, Plate};
use std::collections::{HashMap, HashSet};
use std::fmt;
use wire::Id;

/// What is wrong with a meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeterFault {
    /// It is no identifier; one behind a node may also be called `node/channel`.
    BadName,
    /// Two have this name.
    Duplicate,
    /// Another one has the same channel of the same node.
    SharedChannel(String),
    /// Its node does not exist.
    UnknownNode(Id),
    /// It hangs in a room that does not exist.
    UnknownRoom(Place),
    /// It is said to be part of a meter that does not exist.
    UnknownParent(String),
    /// It is part of itself, directly or by others.
    Cycle,
    /// A number of its plate makes no sense.
    BadPlate(&'static str),
    /// More channels than a node may have.
    TooManyChannels(Id),
}

impl fmt::Display for MeterFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName => f.write_str("its name is no identifier"),
            Self::Duplicate => f.write_str("there are two of this name"),
            Self::SharedChannel(other) => write!(f, "`{other}` has the same channel"),
            Self::UnknownNode(node) => write!(f, "node `{node}` does not exist"),
            Self::UnknownRoom(place) => write!(f, "room `{place}` does not exist"),
            Self::UnknownParent(parent) => write!(f, "meter `{parent}` does not exist"),
            Self::Cycle => f.write_str("it is part of itself"),
            Self::BadPlate(name) => write!(f, "`{name}` makes no sense"),
            Self::TooManyChannels(node) => {
                write!(f, "node `{node}` has more than {} channels", crate::limits::CHANNELS_MAX)
            }
        }
    }
}

/// A register that rolls over more often than this is no energy register: a uint16 of Wh has 65 kWh.
const MODULUS_WH_MIN: i64 = 1_000;

/// No register of 15 digits and no power above a large power station.
const MODULUS_WH_MAX: i64 = 1_000_000_000_000_000;
const POWER_W_MAX: i64 = 10_000_000_000;

/// Whether all meters make sense; else which one does not.
pub(super) fn check<'a>(
    campus: &'a Campus,
    rooms: &HashSet<Place>,
    nodes: &HashSet<Id>,
) -> Result<(), (&'a str, MeterFault)> {
    let mut named: HashMap<&str, &MeterConfig> = HashMap::new();
    let mut sources: HashMap<MeterSource, &str> = HashMap::new();
    let mut channels: HashMap<Id, HashSet<Id>> = HashMap::new();
    for zone in campus.rooms.iter().flat_map(|room| &room.zones) {
        channels.entry(zone.node).or_default().insert(zone.channel);
    }
    for meter in &campus.meters {
        let fault = |fault| Err((meter.name.as_str(), fault));
        if named.insert(&meter.name, meter).is_some() {
            return fault(MeterFault::Duplicate);
        }
        if let MeterSource::Node { node, channel } = meter.source {
            if !nodes.contains(&node) {
                return fault(MeterFault::UnknownNode(node));
            }
            if let Some(other) = sources.insert(meter.source, &meter.name) {
                return fault(MeterFault::SharedChannel(other.to_owned()));
            }
            let known = channels.entry(node).or_default();
            known.extend(channel);
            if known.len() > crate::limits::CHANNELS_MAX {
                return fault(MeterFault::TooManyChannels(node));
            }
        }
        if !name_is_good(meter) {
            return fault(MeterFault::BadName);
        }
        if let Some(place) = meter.place.filter(|p| matches!(p, Place::Room { .. }))
            && !rooms.contains(&place)
        {
            return fault(MeterFault::UnknownRoom(place));
        }
        check_plate(&meter.plate).or_else(|name| fault(MeterFault::BadPlate(name)))?;
    }
    for meter in &campus.meters {
        check_parents(meter, &named, nodes).map_err(|fault| (meter.name.as_str(), fault))?;
    }
    Ok(())
}

fn name_is_good(meter: &MeterConfig) -> bool {
    let own = match meter.source {
        MeterSource::Polled => None,
        MeterSource::Node { node, channel } => {
            let channel = channel.as_ref().map_or(crate::view::MAIN, Id::as_str);
            Some(format!("{node}/{channel}"))
        }
    };
    own.as_ref() == Some(&meter.name) || Id::new(&meter.name).is_ok()
}

fn check_plate(plate: &Plate) -> Result<(), &'static str> {
    if !(1..=POWER_W_MAX).contains(&plate.power_max_w) {
        return Err("power_max_w");
    }
    if plate.modulus_wh.is_some_and(|wh| !(MODULUS_WH_MIN..=MODULUS_WH_MAX).contains(&wh)) {
        return Err("modulus_wh");
    }
    let room_wh = plate.modulus_wh.unwrap_or(MODULUS_WH_MAX) / 10;
    if !(1..=room_wh).contains(&plate.quantum_wh) {
        return Err("quantum_wh");
    }
    Ok(())
}

/// Follows what a meter is part of up to the end.
fn check_parents(
    meter: &MeterConfig,
    named: &HashMap<&str, &MeterConfig>,
    nodes: &HashSet<Id>,
) -> Result<(), MeterFault> {
    let mut name = meter.name.clone();
    for _ in 0..=2 * named.len() {
        let configured = named.get(name.as_str()).and_then(|config| config.parent.clone());
        let Some(parent) = configured.or_else(|| main_beside(&name)) else { return Ok(()) };
        let node = parent.split_once('/').and_then(|(node, _)| Id::new(node).ok());
        let exists =
            named.contains_key(parent.as_str()) || node.is_some_and(|n| nodes.contains(&n));
        if !exists {
            return Err(MeterFault::UnknownParent(parent));
        }
        name = parent;
    }
    Err(MeterFault::Cycle)
}

/// A channel of a node is part of its `main`, unless it is said otherwise.
fn main_beside(name: &str) -> Option<String> {
    let (node, channel) = name.split_once('/')?;
    (channel != crate::view::MAIN).then(|| format!("{node}/{}", crate::view::MAIN))
}

#[cfg(test)]
mod tests;
