//! Lighting gateways: third-party boxes on a bus, for which the agent speaks as a node would.
//!
//! What their lamps are at becomes a frame, so that rooms, log and replay need not know that no
//! node sent it. What they should do goes to their bus and not to the broker.

use controller::{Controller, NodeIx, Timestamp};
use wire::{Frame, Id, NoReading, Quantity, Reading, Sample, Value};

/// An unchanged gateway says so once in so long, campus ms: well within the silence of a node.
const REPEAT_MS: i64 = 60_000;

/// Channels of a gateway with their levels, % of light output; `None` where the box does not say.
pub type Levels = Vec<(Id, Option<u8>)>;

/// The gateways of a campus.
#[derive(Debug, Default)]
pub struct Gateways(Vec<Gateway>);

#[derive(Debug)]
struct Gateway {
    node: NodeIx,
    id: Id,
    /// As of a node: seconds since 1970 at the start of the agent, so that it rises with each.
    boot: u32,
    seq: u32,
    started: Timestamp,
    /// What was said last, and when.
    said: Option<(Timestamp, Levels)>,
}

impl Gateways {
    /// Those of the configuration; one that is no node of the campus is passed over.
    pub fn new(controller: &Controller, ids: impl Iterator<Item = Id>, now: Timestamp) -> Self {
        let gateway = |id: Id| {
            let node = controller.find_node(id.as_str())?;
            // A clock that was set back must not make the boot fall.
            let known = controller.node(node).boot.unwrap_or(0);
            let boot = u32::try_from(now.0 / 1000).unwrap_or(0).max(known.saturating_add(1));
            Some(Gateway { node, id, boot, seq: 0, started: now, said: None })
        };
        Self(ids.filter_map(gateway).collect())
    }

    /// The gateway's identifier, if that node is one.
    pub fn id(&self, node: NodeIx) -> Option<Id> {
        self.0.iter().find(|gateway| gateway.node == node).map(|gateway| gateway.id)
    }

    /// What to tell the controller about levels that were just read; `None` when that is no news.
    pub fn news(&self, id: Id, levels: &Levels, now: Timestamp) -> Option<NodeIx> {
        let gateway = self.0.iter().find(|gateway| gateway.id == id)?;
        match &gateway.said {
            Some((at, said)) if said == levels && now.0.saturating_sub(at.0) < REPEAT_MS => None,
            _ => Some(gateway.node),
        }
    }

    /// The frame that says these levels; to be handled at once.
    pub fn frame<'a>(&mut self, id: Id, levels: &'a Levels, now: Timestamp) -> Option<Frame<'a>> {
        let gateway = self.0.iter_mut().find(|gateway| gateway.id == id)?;
        gateway.seq += 1;
        gateway.said = Some((now, levels.clone()));
        let up = now.0.saturating_sub(gateway.started.0).max(0).unsigned_abs();
        let sample = |pct: &Option<u8>| match pct {
            Some(pct) => Sample::Is(Value::from_whole(i64::from(*pct))),
            None => Sample::No(NoReading::Silent),
        };
        let mut readings = heapless::Vec::new();
        for (channel, pct) in levels {
            // A gateway has no more channels than a frame has room for: the configuration says so.
            let _ = readings.push(Reading {
                quantity: Quantity::LevelPct,
                channel: channel.as_str(),
                sample: sample(pct),
            });
        }
        Some(Frame {
            boot: gateway.boot,
            seq: gateway.seq,
            oldest: gateway.seq,
            t: Some(now.0),
            up,
            sent: up,
            lost: None,
            readings,
            unknown: 0,
        })
    }
}
