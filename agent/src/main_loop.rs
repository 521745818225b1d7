//! The agent, top to bottom. Every byte that enters or leaves passes through [`run`].
//!
//! > wait → decode → decide → light → keep → acknowledge → forward
//!
//! - **wait** for any [`Event`], or for the moment the controller asked to be woken;
//! - **decode** what came into something that can be decided, or a counted refusal;
//! - **decide**: the pure controller turns it into actions, and never waits;
//! - **light**: what the lamps should do is published before anything else;
//! - **keep**: rows are collected, and committed by count or by time, on another thread;
//! - **acknowledge**: only when the commit is on the disk, to the broker and to the node;
//! - **forward**: states for dashboards, leases, answers to people.
//!
//! Lights do not need the disk, the hub or a meter. When a commit fails the writer keeps the batch
//! and tries again; nothing of it is acknowledged, and the broker's window is the back-pressure.

mod asked;
mod hubs;
mod imposed;
mod light;
mod link;
mod meters;
mod nodes;
mod ruling;
pub(crate) mod time;

use crate::answers;
use crate::api::types::Need;
use crate::api::{Answer, Ask};
use crate::bus::{Buses, Said as Bus};
use crate::clock::{Clock, Pace};
use crate::decode::{self, Said};
use crate::facts::Facts;
use crate::gateways::Gateways;
use crate::keep::{Done, Keeper, Then};
use crate::metrics::Metrics;
use crate::mqtt::{Arrival, Delivery, Link};
use crate::orders::Orders;
use crate::outgoing::Outgoing;
use crate::rulebook::Current;
use crate::speak::Speech;
use crate::summaries::Summaries;
use crate::unclaimed::Strangers;
use crate::{hub, limits, store};
use controller::{Action, By, Controller, Input, NodeIx, Timestamp};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, watch};

/// Everything that can wake the agent. Closed: a new source is a new line here.
#[derive(Debug)]
pub enum Event {
    /// The broker, or somebody through it.
    Link(Arrival),
    /// A meter or a gateway, or the bus it hangs on.
    Bus(Bus),
    /// A person or program asks.
    Ask(Ask),
    /// The past was looked through: all that a person has to do about it.
    Found(Vec<Need>),
    /// Whether the broker keeps accounts apart: what a person has to do about it.
    Proved(Option<Need>),
    /// A forwarder to a hub.
    Hub(hub::Said),
    /// The rules of a version have mistakes that nobody has accepted.
    Mistaken(u32, Need),
    /// The writer of the database has something to say.
    Stored(store::Event),
    /// The writer of the database has ended: only a restart helps.
    StoreGone,
    /// The agent should stop.
    Stop,
}

/// What the main loop talks to.
pub struct Io {
    /// To the broker.
    pub link: Link,
    /// To meters and gateways.
    pub buses: Buses,
    /// What time it is on the campus.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// Where the broker is, for people.
    pub url: String,
    /// Whether the broker runs inside the agent.
    pub embedded: bool,
}

/// The loop's own memory: everything that is not a decision about rooms.
pub struct Body {
    controller: Controller,
    io: Io,
    keeper: Keeper,
    outgoing: Outgoing,
    strangers: Strangers,
    gateways: Gateways,
    orders: Orders,
    facts: Facts,
    summaries: Summaries,
    /// Rules that are in force, for whoever asks.
    ruling: watch::Sender<Arc<Current>>,
    /// Whether the clock goes as the machine counts.
    pace: Pace,
    /// Reused from turn to turn.
    actions: Vec<Action>,
    /// Last deliveries were so long ago: a full window of the broker shows as silence.
    heard: Instant,
    stopping: bool,
}

/// Retained states that an agent publishes, as filters.
pub fn state_filters(campus: &wire::Id) -> Vec<String> {
    let below = ["room/+/+", "meter/+/+", "node/+/down/desired", "node/+/down/settings"];
    below.map(|filter| format!("campus/v1/{campus}/{filter}")).to_vec()
}

/// Runs until [`Event::Stop`], or until nothing can be kept any more.
pub async fn run(mut body: Body, mut events: mpsc::Receiver<Event>) {
    let mut turn = Vec::with_capacity(limits::TURN_EVENTS_MAX);
    while !(body.stopping && body.keeper.is_empty()) {
        // wait
        let patience = body.patience();
        let woken = events.recv_many(&mut turn, limits::TURN_EVENTS_MAX);
        if tokio::time::timeout(patience, woken).await == Ok(0) {
            break;
        }
        let now = body.io.clock.now();
        // decode → decide → light
        body.pass(now);
        for event in turn.drain(..) {
            body.take(event, now);
        }
        body.light(now);
        body.end_orders();
        // keep → acknowledge
        body.keep(now);
        // forward
        body.forward(now);
    }
    body.end().await;
}

impl Body {
    /// With nothing under way.
    #[expect(clippy::too_many_arguments, reason = "each is a part of it, and named like it")]
    pub fn new(
        controller: Controller,
        io: Io,
        keeper: Keeper,
        outgoing: Outgoing,
        strangers: Strangers,
        gateways: Gateways,
        facts: Facts,
        ruling: watch::Sender<Arc<Current>>,
        pace: Pace,
    ) -> Self {
        Self {
            controller,
            io,
            keeper,
            outgoing,
            strangers,
            gateways,
            orders: Orders::default(),
            facts,
            summaries: Summaries::default(),
            ruling,
            pace,
            actions: Vec::new(),
            heard: Instant::now(),
            stopping: false,
        }
    }

    /// Rows of the log were damaged or missing.
    pub fn note_damage(&mut self, rows: u64, now: Timestamp) {
        self.facts.damaged(&format!("{rows} rows of the log cannot be read"), now);
    }

    /// Does what was asked for while the controller came back.
    pub fn act_on(&mut self, actions: Vec<Action>, now: Timestamp) {
        actions.into_iter().for_each(|action| self.act(action, now));
    }

    /// How long nothing needs to be done if nothing comes.
    fn patience(&self) -> std::time::Duration {
        let (real, campus) = self.outgoing.due();
        let mut wait = self.keeper.due(self.heard);
        if let Some(deadline) = self.controller.deadline() {
            wait = wait.min(self.io.clock.until(deadline));
        }
        if let Some(due) = self.orders.due() {
            wait = wait.min(due.saturating_duration_since(Instant::now()));
        }
        if self.facts.connected {
            wait = wait.min(self.io.clock.until(campus));
            if let Some(real) = real {
                wait = wait.min(real.saturating_duration_since(Instant::now()));
            }
            if self.outgoing.was_busy() {
                wait = wait.min(limits::RETRY);
            }
        }
        wait
    }

    /// One event. What it changes is on its way when this returns, except to the disk.
    fn take(&mut self, event: Event, now: Timestamp) {
        match event {
            // Not acknowledged, so the broker sends it to the next start of the agent.
            Event::Link(Arrival::Delivery(_)) if self.stopping => {}
            Event::Link(Arrival::Delivery(delivery)) => self.hear(delivery, now),
            Event::Link(Arrival::Connected) => self.connected(now),
            Event::Link(Arrival::Away(why)) => self.away(&why, now),
            Event::Bus(said) => self.said(said, now),
            Event::Ask(ask) => self.answer(ask, now),
            Event::Found(needs) => self.facts.found = needs,
            Event::Proved(need) => self.facts.proved = need,
            Event::Hub(said) => self.hub_said(said, now),
            Event::Mistaken(version, found) => self.mistaken(version, found),
            Event::Stored(event) => self.stored(event, now),
            Event::StoreGone => {
                tracing::error!(
                    "the database's writer has ended; stopping, so that systemd starts anew"
                );
                self.keeper.give_up();
                self.stopping = true;
            }
            Event::Stop => {
                // What was due until now has happened; a look into the past must be told so.
                let told_ms = self.told_ms();
                self.keeper.store.passed(told_ms);
                self.checkpoint();
                self.stopping = true;
            }
        }
    }

    /// decode: what somebody published. What is kept is acknowledged to the broker when it is
    /// committed; the rest at once, so that it never stands in the way.
    fn hear(&mut self, delivery: Delivery, now: Timestamp) {
        self.heard = Instant::now();
        let campus = self.controller.campus().id;
        let kept = match decode::read(campus.as_str(), &delivery) {
            Ok(Said::Frame(name, frame)) => {
                self.io.metrics.frames_received.increment(1);
                match self.controller.find_node(name) {
                    Some(node) => self.frame(node, &frame, now),
                    None => {
                        // Nobody promises a stranger anything: no `down/ack`, no row in the log.
                        self.io.metrics.frames_unclaimed.increment(1);
                        self.strangers.frame(name, delivery.payload(), now, &mut self.keeper);
                        false
                    }
                }
            }
            Ok(Said::Hello(name, hello, condition)) => self.hello(name, &hello, &condition, now),
            Ok(Said::Outcome(name, outcome)) => self.outcome(name, &outcome, now),
            Ok(Said::Set(room, wish)) => {
                let held = self.hold(&room, &wish, By::Dashboard, now);
                self.is_done(held)
            }
            Ok(Said::Auto(room, wish)) => {
                let ended = self.end_wish(&room, &wish, By::Dashboard, now);
                self.is_done(ended)
            }
            Ok(Said::Impose(order, by)) => {
                let imposed = self.impose(*order, by, now).map(|_| ());
                self.is_done(imposed)
            }
            Ok(Said::State(topic)) => {
                self.lay_ghost(topic);
                false
            }
            Ok(Said::Echo) => false,
            Err(reason) => {
                tracing::debug!(reason, topic = delivery.topic(), "refused");
                self.io.metrics.refuse(reason);
                false
            }
        };
        match delivery.receipt() {
            Some(receipt) if kept => self.keeper.receipt(receipt),
            Some(receipt) => self.outgoing.receipt(receipt),
            None => {}
        }
    }

    /// decide: a frame of a node that we know. False when there is no room to keep it: then it is
    /// as if it had never come, and the node sends it again.
    fn frame(&mut self, node: NodeIx, frame: &wire::Frame<'_>, now: Timestamp) -> bool {
        if !self.keeper.has_room() {
            self.io.metrics.refuse("store_behind");
            return false;
        }
        let name = self.controller.campus().nodes[node.at()].id;
        self.decide(Input::Frame { node, frame }, now);
        if self.controller.last_was_duplicate() {
            self.io.metrics.frames_duplicate.increment(1);
        } else {
            self.keeper.store.frame(self.controller.now().0, name.as_str(), frame);
        }
        true
    }

    /// decide: what is due by nothing but time, before whatever came is looked at.
    fn pass(&mut self, now: Timestamp) {
        let mut actions = std::mem::take(&mut self.actions);
        let leap_ms = self.pace.leap_ms(now, self.io.clock.count_ms(now));
        if let Some(ms) = leap_ms {
            tracing::warn!(ms, "the clock was set ahead, or the machine slept: nobody listened");
        }
        time::pass(&mut self.controller, &mut self.keeper.store, now, leap_ms, &mut actions);
        for action in actions.drain(..) {
            self.act(action, now);
        }
        self.actions = actions;
    }

    /// The time that the controller goes by: the clock's, unless that was set back a little.
    fn told_ms(&self) -> i64 {
        self.controller.now().0
    }

    fn checkpoint(&mut self) {
        self.keeper.checkpoint(self.controller.now(), self.controller.save());
    }

    /// decide: whatever it is, and what follows from it.
    fn decide(&mut self, input: Input<'_>, now: Timestamp) {
        let mut actions = std::mem::take(&mut self.actions);
        self.controller.handle(input, now, &mut actions);
        for action in actions.drain(..) {
            self.act(action, now);
        }
        self.actions = actions;
    }

    fn act(&mut self, action: Action, now: Timestamp) {
        match action {
            Action::Desire { node } => self.desire(node),
            Action::Settings { node } => self.outgoing.settings(node),
            Action::Acknowledge { node, ack } => self.keeper.ack(node, ack),
            Action::Changed { at, room, zone, from_pct, verdict } => {
                let change = answers::change(&self.controller, room, zone, from_pct, &verdict, at);
                self.keeper.store.change(change);
                self.outgoing.room(room);
            }
            Action::Fire { on, node } => {
                let node = self.controller.campus().nodes[node.at()].id;
                tracing::warn!(%node, on, "a fire input");
            }
            Action::Posting(posting) => {
                self.keeper.posting(answers::posting(&self.controller, &posting))
            }
            Action::Lost { node, boot, from, to, cause } => {
                let count = u64::from(to - from) + 1;
                self.io.metrics.frames_lost.increment(count);
                let node = self.controller.campus().nodes[node.at()].id.to_string();
                self.facts.lost(&node, count, now);
                let cause = cause.name().to_owned();
                let (at_ms, from_seq, to_seq) = (now.0, from, to);
                self.keeper.store.loss(store::LossRecord {
                    at_ms,
                    node,
                    boot,
                    from_seq,
                    to_seq,
                    cause,
                });
            }
            Action::Recovered { .. } => self.io.metrics.frames_recovered.increment(1),
            Action::Conflict { node, boot } => {
                let node = self.controller.campus().nodes[node.at()].id;
                tracing::warn!(%node, boot, "two nodes seem to use one identifier");
            }
            Action::RoomChanged { room } => self.outgoing.room(room),
            Action::Readings { room } => self.outgoing.readings(room),
            Action::NodeChanged { .. } => {}
            Action::Calibrated { room } => {
                let name = self.controller.campus().rooms[room.at()].place().to_string();
                let answer = answers::light::calibration(&self.controller, room);
                tracing::info!(room = name, state = answer.state, why = answer.why, "calibrated");
                self.outgoing.room(room);
            }
            Action::Incident(incident) => {
                self.keeper.store.incident(answers::incident(&self.controller, &incident));
            }
            Action::Measured(measured) => {
                self.keeper.store.measure(answers::measure(&self.controller, &measured));
            }
            Action::RoomSlot(slot) => {
                self.keeper.store.room_slot(answers::room_slot(&self.controller, &slot));
            }
        }
    }

    /// light: what the lamps should do goes out before anything is kept.
    fn light(&mut self, now: Timestamp) {
        if self.facts.connected {
            let mut speech = Speech::new(&self.controller, &mut self.io, &self.facts, now);
            self.outgoing.light(&mut speech);
        }
    }

    /// keep: commits by count, by time, or because the broker waits for us.
    fn keep(&mut self, now: Timestamp) {
        self.summaries.tell(&self.controller, &mut self.keeper);
        if self.keeper.checkpoint_is_due() {
            self.checkpoint();
        }
        if let Some(done) = self.keeper.submit_when_due(now, self.heard, self.stopping) {
            self.release(done);
        }
        self.io.metrics.rows_waiting.set(self.keeper.rows_waiting() as f64);
    }

    /// acknowledge: a batch is on the disk, so what it holds may be forgotten by who sent it.
    fn stored(&mut self, event: store::Event, now: Timestamp) {
        match event {
            store::Event::Committed(committed) => {
                self.facts.healthy("store");
                self.io.metrics.commits.increment(1);
                self.io.metrics.frames_committed.increment(committed.frames as u64);
                self.io.metrics.commit_seconds.record(committed.took.as_secs_f64());
                self.facts.frames_committed += committed.frames as u64;
                let done = self.keeper.committed(committed.batch);
                self.release(done);
            }
            store::Event::Failed { fault, what, .. } => {
                self.io.metrics.commits_failed.increment(1);
                tracing::error!(fault = fault.name(), %what, "a commit failed; kept and tried again");
                self.facts.degraded("store", &what, now);
            }
            store::Event::SetAside(aside) => {
                tracing::error!(?aside, "the database was damaged and is set aside");
                self.facts.set_aside(&aside, now);
                self.checkpoint();
            }
            store::Event::BallastFreed => self.facts.degraded("store", "the disk is full", now),
            store::Event::BallastRestored => self.facts.healthy("store"),
            store::Event::Shed { table, rows } => {
                tracing::warn!(
                    table,
                    rows,
                    "rows went before their time: there is no room for more"
                );
            }
            store::Event::Checked(Some(what)) => self.facts.damaged(&what, now),
            store::Event::Checked(None) => {}
        }
    }

    /// acknowledge: what waited for a commit may be said.
    fn release(&mut self, done: Done) {
        done.receipts.into_iter().for_each(|receipt| self.outgoing.receipt(receipt));
        for ((node, _), ack) in done.acks {
            let acked = &mut self.facts.acked[node.at()];
            // What it is shown to have been told is of the boot that it runs now.
            *acked = acked.filter(|known| known.boot > ack.boot).or(Some(ack));
            if self.gateways.id(node).is_none() {
                self.outgoing.ack(node, ack);
            }
        }
        for (then, answer) in done.answers {
            let said = match then {
                Then::Room(room) => Answer::Room(Box::new(answers::room(&self.controller, room))),
                Then::Events => Answer::Events(Box::new(answers::events(&self.controller))),
                Then::Done => Answer::Done,
                Then::Ruled(levels) => Answer::Levels(levels),
            };
            // Who asked may have gone.
            let _ = answer.send(Ok(said));
        }
    }

    /// forward: acknowledgements, leases and states, as far as the connection takes them.
    fn forward(&mut self, now: Timestamp) {
        if self.facts.connected {
            let link = self.io.link.clone();
            let mut speech = Speech::new(&self.controller, &mut self.io, &self.facts, now);
            self.outgoing.flush(&link, &mut speech, now);
            if self.outgoing.ghost_watch_is_over() {
                let filters = state_filters(&self.controller.campus().id);
                let ended = filters.iter().all(|filter| link.hear_no_more(filter).is_ok());
                self.outgoing.end_ghost_watch(ended);
            }
        }
    }

    /// Says goodbye; what could not be committed was acknowledged to nobody.
    async fn end(self) {
        self.io.link.disconnect();
        // The connection's task needs a moment of the runtime to write the goodbye.
        tokio::task::yield_now().await;
        let _ = tokio::task::spawn_blocking(move || self.keeper.store.close()).await;
    }
}
