//! What nodes say beside frames: who they are, how they fare, what became of what they were told.

use super::Body;
use crate::api::{Answer, problem, types};
use crate::keep::Then;
use crate::orders::{Order, Outcome as Became};
use crate::{limits, store};
use controller::{Input, NodeIx, Timestamp};
use std::time::Instant;
use tokio::sync::oneshot;
use wire::{Answered, Command, Topic, Verb};

impl Body {
    /// decide: a node, or its will, says who it is.
    pub(super) fn hello(
        &mut self,
        name: &str,
        hello: &wire::Hello<'_>,
        condition: &wire::Condition<'_>,
        now: Timestamp,
    ) -> bool {
        let Some(node) = self.controller.find_node(name) else {
            self.strangers.hello(name, hello, now, &mut self.keeper);
            return false;
        };
        if self.facts.hardware.is_gone(name) {
            // Its will, or what somebody retained in its name: nobody is to find it.
            self.forget(name);
            return false;
        }
        let news = self.controller.would_learn(node, hello, condition);
        if news {
            let told_ms = self.told_ms();
            self.keeper.store.hello(told_ms, name, hello, condition);
        }
        self.decide(Input::Hello { node, hello, condition }, now);
        if hello.online {
            self.outgoing.greet(node);
        }
        news
    }

    /// decide: a node says what became of settings, or of a command that somebody waits for. Anything
    /// else is counted: who speaks unasked must not fill the log.
    pub(super) fn outcome(
        &mut self,
        name: &str,
        outcome: &wire::Outcome<'_>,
        now: Timestamp,
    ) -> bool {
        let node = self.controller.find_node(name);
        let order = match (node, outcome.what, outcome.id) {
            (Some(node), Answered::Command, Some(id)) => self.orders.take(node, id),
            _ => None,
        };
        let Some(node) = node.filter(|node| match outcome.what {
            Answered::Command => order.is_some(),
            Answered::Settings => self.controller.would_heed(*node, outcome),
        }) else {
            if outcome.what == Answered::Command || node.is_none() {
                tracing::debug!(node = name, id = outcome.id, "a result that nobody waits for");
                self.io.metrics.refuse("result_unasked");
            }
            return false;
        };
        let told_ms = self.told_ms();
        self.keeper.store.outcome(told_ms, name, outcome);
        self.decide(Input::Outcome { node, outcome }, now);
        match (order, outcome.why) {
            (Some(order), None) => order.end(Became::Done),
            // It has heard a higher counter, which it told us: once more, above that.
            (Some(order), Some("old")) if !order.again => {
                self.send_order(Order { again: true, ..order }, now);
            }
            (Some(order), Some(why)) => order.end(Became::Refused(why)),
            (None, _) => {}
        }
        true
    }

    /// A person has something done by a node, once: said at once, kept, and answered when the node has
    /// said what became of it.
    pub(super) fn command(
        &mut self,
        name: &str,
        verb: Verb,
        answer: oneshot::Sender<Result<Answer, types::Problem>>,
        now: Timestamp,
    ) {
        let refused = match self.node_named(name) {
            Err(problem) => Some(problem),
            Ok(node) if self.gateways.id(node).is_some() => {
                Some(problem("not_a_node", name, "a gateway is not told anything by MQTT"))
            }
            Ok(_) if !self.facts.connected => {
                Some(problem("broker_away", name, "the broker is away"))
            }
            Ok(_) if self.orders.is_full() => Some(problem("busy", name, "too many commands wait")),
            Ok(node) => {
                let order = Order {
                    node,
                    name: name.to_owned(),
                    id: String::new(),
                    verb,
                    asked: Instant::now(),
                    again: false,
                    answer,
                };
                return self.send_order(order, now);
            }
        };
        if let Some(problem) = refused {
            // Who asked may have gone.
            let _ = answer.send(Err(problem));
        }
    }

    /// light: an order goes out before it is kept, as what lamps should do.
    fn send_order(&mut self, order: Order, now: Timestamp) {
        let node = order.node;
        let n = self.controller.next_command(node, now);
        let order = Order { id: format!("c{n}"), ..order };
        let command = Command { id: &order.id, n, verb: order.verb };
        let mut payload = [0; 160];
        // Documented: 160 bytes always suffice.
        let length = command.emit(&mut payload).unwrap_or(0);
        let campus = self.controller.campus().id;
        let topic = Topic::Command(&order.name).of(campus.as_str()).to_string();
        let expires_s = limits::COMMAND_TIME.as_secs() as u32;
        if self.io.link.order(&topic, payload[..length].to_vec(), expires_s).is_err() {
            let problem = problem("busy", &order.name, "the broker cannot take it just now");
            return order.refuse(problem);
        }
        let for_ms = match order.verb {
            Verb::Identify { for_ms } => Some(for_ms),
            Verb::Restart => None,
        };
        let row = store::Command {
            node: order.name.clone(),
            id: order.id.clone(),
            n,
            verb: order.verb.name().to_owned(),
            for_ms,
            by: "cli".to_owned(),
        };
        let told_ms = self.told_ms();
        self.keeper.store.command(told_ms, &row);
        self.decide(Input::Command { node, n }, now);
        self.keeper.hurry();
        self.orders.wait(order);
    }

    /// Another board has the node's name from now on, or none; kept, and known at once.
    pub(super) fn register(
        &mut self,
        row: store::Hardware,
        answer: oneshot::Sender<Result<Answer, types::Problem>>,
        now: Timestamp,
    ) {
        let row = store::Hardware { at_ms: now.0, ..row };
        let store::Hardware { verb, node, serial, board, by, why, .. } = &row;
        tracing::info!(verb, node, serial, board, by, why, "hardware");
        self.keeper.store.hardware(row.clone());
        self.keeper.hurry();
        let name = row.node.clone();
        let was_gone = self.facts.hardware.is_gone(&name);
        self.facts.hardware.take(row);
        // Whoever comes after one that was shut out finds what its lamps should do.
        if was_gone && let Some(node) = self.controller.find_node(&name) {
            self.outgoing.settings(node);
            self.outgoing.greet(node);
        }
        self.keeper.answer_when_committed(Then::Done, answer);
    }

    /// Clears what a node had retained, and what was retained for it.
    pub(super) fn forget(&mut self, name: &str) -> Answer {
        let campus = self.controller.campus().id;
        for topic in [Topic::Hello(name), Topic::Desired(name), Topic::Settings(name)] {
            self.outgoing.ghost(topic.of(campus.as_str()).to_string());
        }
        Answer::Done
    }

    /// What no node has answered in time.
    pub(super) fn end_orders(&mut self) {
        for order in self.orders.overdue(Instant::now()) {
            tracing::warn!(node = order.name, verb = order.verb.name(), "no answer to a command");
            order.end(Became::NoAnswer);
        }
    }

    /// Whether it is told anything by MQTT; a gateway is not.
    pub(super) fn listens(&self, node: NodeIx) -> bool {
        self.gateways.id(node).is_none()
    }
}
