//! Fire: what inputs of nodes and people say, and what is believed.

use super::{Alarm, Extent};
use crate::action::Action;
use crate::campus::FireEnds;
use crate::node::Symbol;
use crate::{Controller, NodeIx, Timestamp};
use wire::{Quantity, Sample};

/// A node's fire input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FireInput<'a> {
    /// Whose.
    pub node: NodeIx,
    /// On which channel; empty where there is only one.
    pub channel: &'a str,
    /// What it said last: fire, none, or nothing that can be used.
    pub fire: Option<bool>,
    /// When.
    pub measured: Timestamp,
    /// Whether that may still be believed. If not, what it said last holds all the same.
    pub fresh: bool,
}

impl Controller {
    /// A person says that it burns, or that it does not. An end without a place ends all; alarms of inputs
    /// that still say so are silenced until they fall.
    pub(crate) fn fire(
        &mut self,
        extent: Extent,
        on: bool,
        (who, why): (&str, &str),
        out: &mut Vec<Action>,
    ) {
        let now = self.now;
        if on {
            let known = |alarm: &&mut Alarm| alarm.input.is_none() && alarm.extent == extent;
            let (who, why) = (who.to_owned(), why.to_owned());
            match self.imposed.alarms.iter_mut().find(known) {
                Some(alarm) => (alarm.who, alarm.why) = (who, why),
                None => self.imposed.alarms.push(Alarm {
                    input: None,
                    extent,
                    since: now,
                    who,
                    why,
                    fallen: false,
                    silenced: None,
                }),
            }
        } else {
            let meant = |alarm: &Alarm| extent == Extent::Campus || alarm.extent == extent;
            self.imposed.alarms.retain_mut(|alarm| {
                if !meant(alarm) {
                    return true;
                }
                let still = alarm.input.is_some() && !alarm.fallen;
                alarm.silenced = Some((who.to_owned(), why.to_owned()));
                still
            });
        }
        self.look_within(extent, out);
    }

    /// A node's fire inputs may say something else.
    pub(crate) fn hear_fire(&mut self, ix: NodeIx, out: &mut Vec<Action>) {
        let heard: Vec<(Symbol, bool)> = self.nodes[ix.at()]
            .readings()
            .iter()
            .filter(|held| held.quantity == Quantity::Fire)
            .filter_map(|held| match held.sample {
                Sample::Is(value) => Some((held.symbol, value.milli() > 0)),
                // Who knows nothing ends no alarm.
                Sample::No(_) => None,
            })
            .collect();
        for (symbol, fire) in heard {
            self.take_fire(ix, symbol, fire, out);
        }
    }

    fn take_fire(&mut self, ix: NodeIx, symbol: Symbol, fire: bool, out: &mut Vec<Action>) {
        let channel = self.nodes[ix.at()].channel(symbol).to_owned();
        let node = self.campus.nodes[ix.at()].id;
        let is = |alarm: &Alarm| {
            alarm.input.as_ref().is_some_and(|(known, _, on)| *known == ix && *on == channel)
        };
        let known = self.imposed.alarms.iter().position(is);
        let settings = self.campus.events.fire;
        let extent = settings.covers.of(self.campus.nodes[ix.at()].place);
        match (known, fire) {
            (None, true) => {
                self.imposed.alarms.push(Alarm {
                    input: Some((ix, node, channel)),
                    extent,
                    since: self.now,
                    who: String::new(),
                    why: String::new(),
                    fallen: false,
                    silenced: None,
                });
            }
            (Some(at), true) if self.imposed.alarms[at].fallen => {
                let alarm = &mut self.imposed.alarms[at];
                (alarm.fallen, alarm.silenced) = (false, None);
            }
            (Some(at), false) => {
                let alarm = &mut self.imposed.alarms[at];
                if settings.ends == FireEnds::Input || alarm.silenced.is_some() {
                    self.imposed.alarms.remove(at);
                } else {
                    alarm.fallen = true;
                }
            }
            (None, false) | (Some(_), true) => return,
        }
        out.push(Action::Fire { on: fire, node: ix });
        self.look_within(extent, out);
    }

    /// Reasons to believe in a fire.
    pub fn alarms(&self) -> &[Alarm] {
        &self.imposed.alarms
    }

    /// Whether a fire is believed in anywhere.
    pub fn burns(&self) -> bool {
        self.imposed.alarms.iter().any(|alarm| alarm.silenced.is_none())
    }

    /// Every fire input that ever spoke.
    pub fn fire_inputs(&self) -> Vec<FireInput<'_>> {
        let stale_ms = self.campus.settings.silent_ms;
        let of = |(at, node): (usize, &'_ crate::node::Node)| -> Vec<(NodeIx, crate::node::Held)> {
            let fire = node.readings().iter().filter(|held| held.quantity == Quantity::Fire);
            fire.map(|held| (NodeIx(at as u32), *held)).collect()
        };
        let all = self.nodes.iter().enumerate().flat_map(of);
        all.map(|(node, held)| FireInput {
            node,
            channel: self.nodes[node.at()].channel(held.symbol),
            fire: held.sample.value().map(|value| value.milli() > 0),
            measured: held.measured,
            fresh: crate::node::is_fresh(held.measured, stale_ms, self.now),
        })
        .collect()
    }
}
