//! One node at work: its board, its connection, and what somebody orders from outside.

use super::link::{Address, Heard, Link};
use super::{Faults, NodeCounters, Shared, lock};
use crate::board::{Board, FromAfar, Published};
use crate::seeded::Seeded;
use node::{Down, What};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use wire::{Ack, Topic};

/// What somebody orders.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// Break the connection and keep it down.
    Cut(Duration),
    /// Take the supply away and give it back.
    Reboot,
    /// Press the wall switch of a channel.
    Press(&'static str),
    /// Say goodbye and end.
    Stop,
}

/// First and longest wait before connecting again, in real ms.
const BACKOFF_MS: (i64, i64) = (100, 5_000);

/// All nodes start within this real time per node, so that a broker sees a row and not a wall.
const START_SPREAD_MS: i64 = 2;

/// A task wakes up at most so often: what is due in between is done at its nominal time anyway.
const WAKE_MS_MIN: u64 = 2;

/// Real time that broker and disk are given before a node sends again.
const RESEND_REAL_MS: f64 = 500.0;

/// One node at work.
pub struct NodeTask {
    shared: Arc<Shared>,
    index: usize,
    address: Address,
    orders: mpsc::UnboundedReceiver<Order>,
    faults: watch::Receiver<Faults>,
    board: Option<Board>,
    link: Option<Link>,
    /// Whether the brain was told that the connection stands.
    connected: bool,
    connect_at: Instant,
    backoff_ms: i64,
    chance: Seeded,
    /// Frames that [`Faults`] hold back, by the campus time at which they leave.
    held: BinaryHeap<Reverse<(i64, u64, Vec<u8>)>>,
    held_count: u64,
    counters: NodeCounters,
    saved_file: Option<PathBuf>,
}

impl NodeTask {
    /// The task of a node; [`NodeTask::run`] starts it.
    pub fn new(
        shared: Arc<Shared>,
        index: usize,
        orders: mpsc::UnboundedReceiver<Order>,
        faults: watch::Receiver<Faults>,
    ) -> Self {
        let settings = &shared.settings;
        let node = settings.plan.nodes[index].id.clone();
        let address = Address {
            campus: settings.plan.id.clone(),
            broker: settings.broker.clone(),
            credentials: (settings.credentials)(&node),
            node: node.clone(),
        };
        let saved_file =
            settings.saved_folder.as_ref().map(|dir| dir.join(format!("{node}.saved")));
        let spread = START_SPREAD_MS * index as i64;
        Self {
            index,
            address,
            orders,
            faults,
            board: None,
            link: None,
            connected: false,
            connect_at: Instant::now() + Duration::from_millis(spread as u64),
            backoff_ms: BACKOFF_MS.0,
            chance: Seeded::new(&[settings.seed, 0xfa17, index as u64]),
            held: BinaryHeap::new(),
            held_count: 0,
            counters: NodeCounters { node, ..NodeCounters::default() },
            saved_file,
            shared,
        }
    }

    /// Works until it is told to stop.
    pub async fn run(mut self) {
        let saved = self.saved_file.as_ref().and_then(|file| std::fs::read(file).ok());
        let settings = &self.shared.settings;
        let now = settings.clock.now_ms();
        let Some(mut board) = Board::new(&settings.plan, self.index, saved, now) else { return };
        board
            .set_resend_ms((RESEND_REAL_MS * settings.clock.speed).clamp(5_000.0, 60_000.0) as u32);
        self.board = Some(board);
        loop {
            self.connect();
            self.work(None);
            let wake = tokio::time::Instant::from_std(self.wake());
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(Order::Stop) | None => break,
                    Some(order) => self.obey(order),
                },
                heard = hear(&mut self.link) => self.heard(heard),
                () = tokio::time::sleep_until(wake) => {}
            }
        }
        if let Some(link) = self.link.take() {
            link.close().await;
        }
        self.counters.connected = false;
        self.count();
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Cut(down_for) => {
                self.unlink();
                self.connect_at = Instant::now() + down_for;
            }
            Order::Reboot => {
                self.unlink();
                self.connect_at = Instant::now();
                self.held.clear();
                let now = self.shared.settings.clock.now_ms();
                if let Some(board) = &mut self.board {
                    board.restart(now);
                }
                (self.counters.last_seq, self.counters.acked_seq) = (0, 0);
            }
            Order::Press(channel) => {
                let mut published = Vec::new();
                let now = self.shared.settings.clock.now_ms();
                if let Some(board) = &mut self.board {
                    board.press(&mut lock(&self.shared.world), channel, now, &mut published);
                }
                self.publish(published);
            }
            Order::Stop => {}
        }
    }

    fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::Connected => {
                self.backoff_ms = BACKOFF_MS.0;
                self.connected = true;
                self.counters.connects += 1;
                self.work(Some(FromAfar::Connected));
            }
            Heard::Message(topic, payload) => self.message(&topic, &payload),
            Heard::Ended => {
                self.unlink();
                let jitter = self.chance.between(0, self.backoff_ms);
                self.connect_at =
                    Instant::now() + Duration::from_millis((self.backoff_ms + jitter) as u64);
                self.backoff_ms = (self.backoff_ms * 2).min(BACKOFF_MS.1);
            }
        }
    }

    fn message(&mut self, topic: &str, payload: &[u8]) {
        // A newer agent may say more than this node understands.
        let Some(kind) = Topic::parse(topic).ok().and_then(|(_, topic)| Down::of(&topic)) else {
            return;
        };
        match kind {
            Down::Ack => self.note_ack(payload),
            Down::Desired => self.counters.desired_seen += 1,
            Down::Lease => self.counters.leases_seen += 1,
            Down::Settings | Down::Command => {}
        }
        self.work(Some(FromAfar::Down(kind, payload)));
    }

    fn note_ack(&mut self, payload: &[u8]) {
        self.counters.acks_seen += 1;
        let Ok(ack) = Ack::parse(payload) else { return };
        if ack.boot == self.counters.boot {
            self.counters.acked_seq = self.counters.acked_seq.max(ack.seq);
        }
        if let Some(on_ack) = &self.shared.settings.on_ack {
            on_ack(&self.address.node, ack.boot, ack.seq);
        }
    }

    /// Lets board and brain catch up, then hands them what was heard.
    fn work(&mut self, heard: Option<FromAfar<'_>>) {
        let now = self.shared.settings.clock.now_ms();
        let Some(board) = &mut self.board else { return };
        let mut published = Vec::new();
        let saved_before = board.saved().map(<[u8]>::to_vec);
        {
            let mut world = lock(&self.shared.world);
            match heard {
                Some(heard) => board.hear(&mut world, heard, now, &mut published),
                None => board.run(&mut world, now, &mut published),
            }
        }
        if let (Some(file), Some(bytes)) = (&self.saved_file, board.saved())
            && saved_before.as_deref() != Some(bytes)
        {
            // Written beside and moved, so that a crash leaves old or new. A full disk costs the
            // simulated flash, nothing else.
            let beside = file.with_extension("new");
            let _ = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, file));
        }
        self.publish(published);
        self.release(now);
        self.count();
    }

    fn publish(&mut self, published: Vec<Published>) {
        let faults = *self.faults.borrow();
        let now = self.shared.settings.clock.now_ms();
        for Published { what, payload } in published {
            if what != What::Frame {
                self.counters.hellos += u64::from(what == What::Hello);
                self.send(what, payload);
                continue;
            }
            self.counters.last_seq = self.counters.last_seq.max(seq_of(&payload));
            let delays = faults.delays_ms(&mut self.chance);
            if delays != [0] {
                self.counters.frames_disturbed += 1;
            }
            for delay in delays {
                if delay == 0 {
                    self.send(what, payload.clone());
                } else {
                    self.held_count += 1;
                    self.held.push(Reverse((now + delay, self.held_count, payload.clone())));
                }
            }
        }
    }

    /// Sends what was held back long enough.
    fn release(&mut self, now: i64) {
        while self.held.peek().is_some_and(|Reverse((at, _, _))| *at <= now) {
            if let Some(Reverse((_, _, payload))) = self.held.pop() {
                self.send(What::Frame, payload);
            }
        }
    }

    fn send(&mut self, what: What, payload: Vec<u8>) {
        let Some(link) = self.link.as_ref().filter(|_| self.connected) else { return };
        let topic = match what {
            What::Hello => Topic::Hello(&self.address.node),
            What::Frame => Topic::Frame(&self.address.node),
            What::Result => Topic::Result(&self.address.node),
        };
        let topic = topic.of(&self.address.campus).to_string();
        let sent = link.publish(topic, payload, what == What::Hello);
        self.counters.frames_published += u64::from(sent && what == What::Frame);
    }

    fn connect(&mut self) {
        if self.link.is_none() && Instant::now() >= self.connect_at {
            let will = self.board.as_ref().map(|board| board.brain().will().to_vec());
            self.link = Some(Link::open(&self.address, will.unwrap_or_default()));
        }
    }

    fn unlink(&mut self) {
        self.link = None;
        if std::mem::take(&mut self.connected) {
            self.work(Some(FromAfar::Disconnected));
        }
    }

    /// When there is something to do by itself.
    fn wake(&self) -> Instant {
        let clock = self.shared.settings.clock;
        let soonest = Instant::now() + Duration::from_millis(WAKE_MS_MIN);
        let held = self.held.peek().map(|Reverse((at, _, _))| *at);
        let board = self.board.as_ref().map(|board| board.next(&lock(&self.shared.world)));
        let due = board.into_iter().chain(held).min().map(|at| clock.real_at(at));
        let connect = self.link.is_none().then_some(self.connect_at);
        let due = due.into_iter().chain(connect).min();
        due.unwrap_or(soonest).max(soonest)
    }

    fn count(&mut self) {
        let Some(board) = &self.board else { return };
        self.counters.connected = self.connected && self.link.is_some();
        self.counters.boot = board.brain().boot();
        self.counters.unacknowledged = board.brain().held();
        self.counters.presses = board.presses();
        lock(&self.shared.counters[self.index]).clone_from(&self.counters);
    }
}

/// The next word of a connection; never, without one.
async fn hear(link: &mut Option<Link>) -> Heard {
    match link {
        Some(link) => link.heard.recv().await.unwrap_or(Heard::Ended),
        None => std::future::pending().await,
    }
}

fn seq_of(payload: &[u8]) -> u32 {
    wire::Frame::parse(payload).map_or(0, |frame| frame.seq)
}
