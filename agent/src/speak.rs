//! How things are said: which topic, which payload, retained or not. Made at the moment of saying.

use crate::facts::Facts;
use crate::main_loop::Io;
use crate::outgoing::Speaker;
use crate::{answers, limits, states};
use controller::{Controller, MeterIx, NodeIx, RoomIx, Timestamp};
use wire::{Ack, Lease, PAYLOAD_BYTES_MAX, Topic};

/// One turn's sayings.
pub struct Speech<'a> {
    controller: &'a Controller,
    io: &'a mut Io,
    facts: &'a Facts,
    now: Timestamp,
    buffer: [u8; PAYLOAD_BYTES_MAX],
}

impl<'a> Speech<'a> {
    /// For one turn of the main loop.
    pub fn new(
        controller: &'a Controller,
        io: &'a mut Io,
        facts: &'a Facts,
        now: Timestamp,
    ) -> Self {
        Self { controller, io, facts, now, buffer: [0; PAYLOAD_BYTES_MAX] }
    }

    fn node_topic(&self, node: NodeIx, topic: for<'n> fn(&'n str) -> Topic<'n>) -> String {
        let campus = self.controller.campus();
        topic(campus.nodes[node.at()].id.as_str()).of(campus.id.as_str()).to_string()
    }

    /// A board that was shut out is told nothing: what it is told is retained.
    fn is_there(&self, node: NodeIx) -> bool {
        !self.facts.hardware.is_gone(self.controller.campus().nodes[node.at()].id.as_str())
    }

    /// When a state is made, and until when it should be believed, on the campus's clock.
    fn times(&self) -> (i64, i64) {
        let lasts_ms = limits::STATE_EXPIRES_MS as f64 * self.facts.speed;
        (self.now.0, self.now.0 + lasts_ms as i64)
    }

    fn campus_topic(&self, topic: Topic<'_>) -> String {
        topic.of(self.controller.campus().id.as_str()).to_string()
    }
}

impl Speaker for Speech<'_> {
    /// Retained, QoS 1: a node that comes later finds it.
    fn desire(&mut self, node: NodeIx) -> bool {
        let Some(desired) = self.controller.desired(node).filter(|_| self.is_there(node)) else {
            return true;
        };
        // Documented: 1,024 bytes always suffice.
        let Ok(length) = desired.emit(&mut self.buffer) else { return true };
        let topic = self.node_topic(node, |name| Topic::Desired(name));
        let said = self.io.link.publish(&topic, self.buffer[..length].to_vec(), true).is_ok();
        if said {
            self.io.metrics.desired_sent.increment(1);
        }
        said
    }

    /// Retained, QoS 1. A node that is to be as it was shipped is told nothing.
    fn settings(&mut self, node: NodeIx) -> bool {
        let Some(settings) = self.controller.settings(node).filter(|_| self.is_there(node)) else {
            return true;
        };
        // Documented: 256 bytes always suffice.
        let Ok(length) = settings.emit(&mut self.buffer) else { return true };
        let topic = self.node_topic(node, |name| Topic::Settings(name));
        self.io.link.publish(&topic, self.buffer[..length].to_vec(), true).is_ok()
    }

    /// QoS 0: if it is lost, the node sends again and is told again.
    fn ack(&mut self, node: NodeIx, ack: Ack) -> bool {
        let Ok(length) = ack.emit(&mut self.buffer) else { return true };
        let topic = self.node_topic(node, |name| Topic::Ack(name));
        let said = self.io.link.mention(&topic, self.buffer[..length].to_vec(), false).is_ok();
        if said {
            self.io.metrics.acks_sent.increment(1);
        }
        said
    }

    /// QoS 0 and never retained: an old "I am still here" would be a lie.
    fn lease(&mut self, node: NodeIx) -> bool {
        let lease = Lease { t: self.now.0, lease_ms: limits::LEASE_MS };
        let Ok(length) = lease.emit(&mut self.buffer) else { return true };
        let topic = self.node_topic(node, |name| Topic::Lease(name));
        self.io.link.mention(&topic, self.buffer[..length].to_vec(), false).is_ok()
    }

    fn room(&mut self, room: RoomIx) -> bool {
        let config = &self.controller.campus().rooms[room.at()];
        let topic = self.campus_topic(Topic::Room(config.building.as_str(), config.id.as_str()));
        let state = states::room(&answers::room(self.controller, room), self.times());
        self.io.link.mention(&topic, state, true).is_ok()
    }

    fn meter(&mut self, meter: usize) -> bool {
        let view = self.controller.meter(MeterIx(meter as u32));
        if view.last_read.is_none() {
            // Nobody has read it: there is no register to show.
            return true;
        }
        let nodes = &self.controller.campus().nodes;
        let topic = self.campus_topic(match view.node {
            Some(node) => Topic::Meter(nodes[node.at()].id.as_str(), view.channel),
            None => Topic::Meter(&view.name, "main"),
        });
        let state = states::meter(&answers::meter(self.controller, &view), self.times());
        self.io.link.mention(&topic, state, true).is_ok()
    }

    fn meters(&self) -> usize {
        self.controller.meters().count()
    }

    /// An empty retained payload removes what was retained (MQTT 5, §3.3.1.3).
    fn clear(&mut self, topic: &str) -> bool {
        self.io.link.publish(topic, Vec::new(), true).is_ok()
    }

    fn agent(&mut self) -> bool {
        let refused = self.io.metrics.refused();
        let live = self.io.buses.live();
        let others = (0, [].as_slice());
        let status = answers::status(self.controller, self.facts, &live, refused, others, self.now);
        self.io.metrics.nodes_heard.set(status.nodes.heard as f64);
        let topic = self.campus_topic(Topic::Agent);
        self.io.link.mention(&topic, states::agent(&status, self.times()), true).is_ok()
    }
}
