//! The broker comes and goes, and shows what it retained.

use super::Body;
use controller::{NodeIx, RoomIx, Timestamp};
use wire::Topic;

impl Body {
    /// The broker took our subscription: everybody must hear everything again.
    pub(super) fn connected(&mut self, now: Timestamp) {
        tracing::info!(broker = %self.io.url, "connected");
        self.facts.connected(now);
        self.io.metrics.broker_connections.increment(1);
        self.io.metrics.broker_connected.set(1.0);
        let campus = self.controller.campus();
        let nodes = (0..campus.nodes.len()).map(|i| NodeIx(i as u32));
        // A gateway does not listen to the broker.
        let nodes = nodes.filter(|node| self.gateways.id(*node).is_none());
        let rooms = (0..campus.rooms.len()).map(|i| RoomIx(i as u32));
        self.outgoing.everything(nodes, rooms);
    }

    /// A retained state of a room or node that is no longer configured is cleared, so that no
    /// dashboard shows what is not there.
    pub(super) fn lay_ghost(&mut self, topic: Topic<'_>) {
        let known = match topic {
            Topic::Room(building, room) => {
                self.controller.find_room(&format!("{building}/{room}")).is_some()
            }
            Topic::Meter(meter, _) => {
                let polled = self.controller.find_meter(meter).is_some();
                polled || self.controller.find_node(meter).is_some()
            }
            Topic::Desired(node) => {
                self.controller.find_node(node).is_some_and(|node| self.listens(node))
            }
            Topic::Settings(node) => {
                let node = self.controller.find_node(node).filter(|node| self.listens(*node));
                node.is_some_and(|node| self.controller.settings(node).is_some())
            }
            _ => true,
        };
        if !known {
            let address = topic.of(self.controller.campus().id.as_str()).to_string();
            tracing::info!(topic = %address, "cleared the state of something that is gone");
            self.outgoing.ghost(address);
        }
    }

    /// The broker is away: nodes act alone, and keep their frames.
    pub(super) fn away(&mut self, why: &str, now: Timestamp) {
        if self.facts.connected {
            tracing::warn!(broker = %self.io.url, why, "the broker is away; lights go on by themselves");
        }
        self.facts.away(why, now);
        self.io.metrics.broker_connected.set(0.0);
        // The broker sends again what it has no PUBACK for.
        self.outgoing.forget_receipts();
    }
}
