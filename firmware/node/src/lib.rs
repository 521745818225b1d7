//! The brain of a node: samples, reports, keeps until acknowledged, obeys, acts alone.
//!
//! No `std`, no allocation, no clock, no pins: time is an argument, the next deadline is an answer,
//! output is data. Boards and the simulator run this very crate.
//!
//! | module | what it decides |
//! |---|---|
//! | [`identity`] | who it is, read from the page that was written at the bench |
//! | `input` | what a node is told |
//! | [`settings`], [`limits`] | what a node is provisioned with; how much and how long |
//! | `slots` | what was measured, and what of it is news |
//! | `record`, `ring` | how a frame is kept, and which are given up |
//! | `link` | when a kept frame goes out, and again |
//! | `report` | which frames are made, and their payloads |
//! | `registers` | energy and lit time through a power cut |
//! | `lamps` | who is obeyed: the agent, the wall switch, or nobody |
//! | [`log`], `kept` | frames in flash: their keys, their bytes |
//! | `backlog`, `gone` | frames of earlier boots, and which of them are lost |
//! | `deliver` | in which order all of it goes out |
//! | `saved`, `starts` | what a power cut does not take; how a node that keeps crashing goes on |
//! | `tuning`, `orders` | settings at run time; commands and their answers |
//! | [`out`] | what the board is asked to do |
//!
//! On a board with a frame log a power cut takes nothing that was made: the frames of earlier boots are
//! sent after it, and what the log had to give up is told as a loss of its boot. Without a log it takes the
//! frames that are only in memory, and the new `boot` is what tells that the old row has ended. Registers
//! outlive it either way, so energy is not lost with them.
#![cfg_attr(not(test), no_std)]

mod backlog;
mod bench;
mod deliver;
mod gone;
pub mod identity;
mod input;
mod kept;
mod lamps;
pub mod limits;
mod link;
pub mod log;
mod orders;
pub mod out;
mod record;
mod registers;
mod report;
mod ring;
mod saved;
pub mod settings;
mod slots;
mod starts;
mod tuning;

pub use input::{Counters, Down, Input, Start};
pub use log::{Key, LogState};
pub use out::{Action, Out, What};
pub use settings::{BadSettings, Settings};
pub use wire::{Mode, PowerOn};

use deliver::Logs;
use lamps::Lamps;
use limits::{FIRST_REPORT_MS, TIME_MS_MAX};
use link::{Link, Next};
use orders::Orders;
use registers::Registers;
use ring::Ring;
use saved::Saved;
use slots::{News, Slots};
use starts::Starts;
use tuning::Tuning;
use wire::hello::PANIC_BYTES_MAX;
use wire::{
    Ack, Answered, Command, Desired, Hello, Lease, Loss, NoReading, Quantity, Sample, Verb,
};

/// Milliseconds since boot. Never goes back; an earlier `now` than the last one is taken as the last.
pub type Millis = u64;

/// The brain of one node. `RING` bytes of memory hold frames that nobody has acknowledged; on a board with a
/// frame log [`limits::LOGGED_RING_BYTES`] are enough, because what leaves them is recalled.
pub struct Node<const RING: usize = { limits::RING_BYTES }> {
    settings: Settings,
    boot: u32,
    now: Millis,
    started: bool,
    /// UTC ms minus ms since boot.
    clock: Option<i64>,
    slots: Slots,
    registers: Registers,
    lamps: Lamps,
    ring: Ring<RING>,
    link: Link,
    full_report_at: Millis,
    changes_from: Millis,
    counters: Counters,
    /// The frame log, where the board has one.
    logs: Option<Logs>,
    starts: Starts,
    tuning: Tuning,
    orders: Orders,
    /// Last words before this start.
    panic: heapless::String<PANIC_BYTES_MAX>,
    /// Energy that the end of the last boot may have cost, and that of this one may, Wh.
    lost_wh_max: u32,
    unsaved_wh_max: u32,
    /// Something is to be saved at once.
    save_due: bool,
    /// A restart was asked for.
    restarted: bool,
}

/// A node on a board with a frame log.
pub type LoggedNode = Node<{ limits::LOGGED_RING_BYTES }>;

impl Node {
    /// A node without a frame log at its start: [`Settings::reset`] says why it starts.
    pub fn new(settings: Settings, saved: Option<&[u8]>) -> Self {
        let reset = settings.reset;
        Self::start(settings, &Start { reset, panic: None, saved, stored: None, log: None })
    }

    /// A node at its start.
    pub fn start(settings: Settings, start: &Start<'_>) -> Self {
        let mut node = Self::blank();
        node.begin(settings, start);
        node
    }
}

impl<const RING: usize> Node<RING> {
    /// A node that has not begun: the place where [`Node::begin`] makes one, so that none passes over a
    /// small stack.
    #[inline(always)]
    pub fn blank() -> Self {
        let settings = Settings::blank();
        Self {
            boot: 0,
            now: 0,
            started: false,
            clock: None,
            slots: Slots::new(),
            registers: Registers::default(),
            lamps: Lamps::none(),
            ring: Ring::new(false),
            link: Link::default(),
            full_report_at: FIRST_REPORT_MS,
            changes_from: 0,
            counters: Counters::default(),
            logs: None,
            starts: Starts { crashes: 0, healthy: false, mode: Mode::Normal },
            tuning: Tuning::default(),
            orders: Orders::default(),
            panic: heapless::String::new(),
            lost_wh_max: 0,
            unsaved_wh_max: 0,
            save_due: false,
            restarted: false,
            settings,
        }
    }

    /// The start of a [`Node::blank`] one; called once, before anything else.
    #[inline(never)]
    pub fn begin(&mut self, settings: Settings, start: &Start<'_>) {
        self.settings = settings;
        let settings = &mut self.settings;
        self.tuning = Tuning::new(settings, start.stored);
        settings.reset = start.reset;
        let restored = start.saved.and_then(|bytes| Saved::unpack(bytes, &mut self.registers));
        let first_boot = settings.first_boot.max(1);
        let boot = restored.as_ref().map_or(first_boot, |saved| saved.boot.saturating_add(1));
        // Where what was saved is damaged, the log still tells which boots there were.
        let newest = start.log.and_then(|log| log.held).map_or(0, |(_, newest)| newest.boot);
        self.boot = boot.max(newest.saturating_add(1));
        let saved = restored.unwrap_or_default();
        let levels = self.registers.lamps(settings.lamps.iter().map(|id| id.as_str()));
        self.lamps.found(settings, &levels);
        self.ring.log(start.log.is_some());
        self.starts = Starts::new(&saved, start.reset);
        self.orders = Orders::after(saved.n);
        self.panic = printable(start.panic.unwrap_or_default());
        self.lost_wh_max = saved.unsaved_wh_max;
        self.logs = start.log.map(|log| Logs::new(self.boot, log, saved.gone));
    }

    /// Takes one input and fills `out` with what is to be done about it; what was in `out` is gone.
    ///
    /// Within one call, in this order: count up to `now`, take the input, decide about the lamps, save,
    /// report, send.
    #[inline(never)]
    pub fn handle(&mut self, input: Input<'_>, now: Millis, out: &mut Out) {
        out.clear();
        let now = self.advance(now);
        if !self.started {
            self.started = true;
            self.lamps.start(out);
            self.count_own(now);
            self.save(now, out);
        }
        self.take(input, now, out);
        if self.starts.turns_healthy(now) {
            self.save_due = true;
            if self.starts.mode == Mode::Core {
                self.orders.restart(now);
            }
        }
        self.slots.silence(self.settings.silent_after_ms, now);
        self.sense_for_lamps(now);
        self.lamps.decide(now, out);
        if self.lamps.moved() {
            self.slots.outdate_light();
        }
        if self.save_at().is_some_and(|at| at <= now) {
            self.save(now, out);
        }
        self.note_lamps(now);
        self.report(now, out);
        let recalled = match input {
            Input::Recalled(record) => Some(record),
            _ => None,
        };
        self.send(recalled, now, out);
    }

    /// When something is due even if nothing happens; it may have passed already.
    pub fn deadline(&self) -> Option<Millis> {
        if !self.started {
            return Some(0);
        }
        let unsent = match self.link.next(&self.ring) {
            // The log was asked for it.
            Some(Next::Frame(seq) | Next::Again(seq)) if !self.ring.has(seq) => None,
            next => next.map(|_| self.now),
        };
        let alive = self.link.is_connected() && self.lamps.alive(self.now);
        let logs = self.logs.as_ref();
        let changes = (self.slots.news() >= News::Soon).then_some(self.changes_from);
        let silent = self.slots.silent_at(self.settings.silent_after_ms);
        let due = [
            Some(self.full_report_at),
            unsent,
            changes,
            silent,
            self.save_at(),
            self.link.deadline(),
            self.lamps.deadline(self.now),
            self.starts.due(),
            self.orders.deadline().filter(|_| !self.restarted),
            logs.and_then(|logs| logs.deadline(self.settled(), alive, self.now)),
        ];
        due.into_iter().flatten().min()
    }

    /// The will to give to the broker when connecting: `up/hello`, retained.
    pub fn will(&self) -> heapless::Vec<u8, 64> {
        let mut bytes = heapless::Vec::new();
        // 64 bytes hold the longest boot, and an empty will marks the node offline all the same.
        let _ = bytes.resize(64, 0);
        let len = Hello::will(self.boot).emit(&mut bytes).unwrap_or(0);
        bytes.truncate(len);
        bytes
    }

    /// Restart counter.
    pub const fn boot(&self) -> u32 {
        self.boot
    }

    /// The newest frame of this boot; 0 before the first.
    pub const fn newest(&self) -> u32 {
        self.ring.next() - 1
    }

    /// How many frames, up to the newest, wait for an acknowledgement.
    pub const fn held(&self) -> u32 {
        self.ring.held()
    }

    /// Where the lamps of a channel are or are going, %.
    pub fn level_pct(&self, channel: &str) -> Option<u8> {
        let lamp = self.lamps.iter().find(|lamp| lamp.channel.as_str() == channel);
        lamp.map(|lamp| lamp.level_pct)
    }

    /// How often what should be rare happened.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    fn advance(&mut self, now: Millis) -> Millis {
        let now = now.clamp(self.now, TIME_MS_MAX.max(self.now));
        self.registers.advance(self.settings.silent_after_ms, now);
        for lamp in self.lamps.iter() {
            let lit_ms = lamp.lit_ms(self.now, now);
            self.registers.lit(lamp.channel.as_str(), lit_ms, lamp.level_pct);
        }
        // Whoever was seen so far was seen until now.
        self.lamps.movement(self.slots.movement(), now);
        self.now = now;
        now
    }

    #[inline(never)]
    fn take(&mut self, input: Input<'_>, now: Millis, out: &mut Out) {
        match input {
            Input::Sense { quantity, channel, sample } => {
                self.sense(quantity, channel, sample, now)
            }
            Input::Press { channel } => {
                let pressed = self.lamps.press(channel, now);
                self.placed(pressed);
            }
            Input::Register { channel, sample } => {
                let placed = self.slots.set(Quantity::EnergyWh, channel, sample, now);
                self.placed(placed);
            }
            Input::Power { channel, sample } => {
                let placed = self.slots.set(Quantity::PowerW, channel, sample, now)
                    && self.registers.power(channel, sample, now);
                self.placed(placed);
            }
            Input::Connected => self.connected(now),
            Input::Disconnected => self.link.disconnected(),
            Input::Down { kind, payload } => {
                if let Err(refusal) = self.down(kind, payload, now, out) {
                    self.refuse(kind, refusal, now);
                }
            }
            Input::Time { t_ms } => self.set_clock(t_ms, now),
            Input::Shed { boot, frames } => self.shed(boot, frames),
            // Taken when there is something to send.
            Input::Recalled(_) | Input::Tick => {}
        }
    }

    /// Hello first, then everything that is not acknowledged. Who comes back after long tells at once how
    /// things are now.
    fn connected(&mut self, now: Millis) {
        self.link.connected(&self.ring, self.settings.resend_ms);
        let resend_ms = self.settings.resend_ms;
        if let Some(logs) = &mut self.logs {
            logs.backlog.connected(resend_ms);
            if self.link.has_fresh() {
                self.full_report_at = self.full_report_at.min(now);
            }
        }
    }

    fn shed(&mut self, boot: u32, frames: Loss) {
        let Some(logs) = &mut self.logs else { return };
        if frames.from == 0 || frames.from > frames.to || frames.to == u32::MAX {
            return;
        }
        logs.shed(Key { boot, seq: frames.to });
        if boot == self.boot {
            self.shed_live(frames.to);
        } else {
            logs.backlog.shed(boot, frames);
        }
    }

    fn refuse(&mut self, kind: Down, refusal: wire::Refusal, now: Millis) {
        count(&mut self.counters.refused);
        count(&mut self.counters.refused_by_kind[kind as usize]);
        match kind {
            Down::Settings => self.orders.refused(Answered::Settings, refusal, now),
            Down::Command => self.orders.refused(Answered::Command, refusal, now),
            Down::Ack | Down::Desired | Down::Lease => {}
        }
    }

    fn sense(&mut self, quantity: Quantity, channel: &str, sample: Sample, now: Millis) {
        // In core mode the sensors rest, whoever speaks for them.
        let works = matches!(quantity, Quantity::LampFault | Quantity::Fire);
        let rests = self.starts.mode == Mode::Core && !works;
        let sample = if rests { Sample::No(NoReading::Off) } else { sample };
        let counted = matches!(
            quantity,
            Quantity::EnergyWh
                | Quantity::LevelPct
                | Quantity::Presses
                | Quantity::ManualPct
                | Quantity::LitS
        );
        let placed = !counted && self.slots.set(quantity, channel, sample, now);
        self.placed(placed);
        if placed && quantity == Quantity::IlluminanceLx && self.lamps.rest(now) {
            self.slots.see_light(channel);
            self.lamps.look(self.slots.illuminance_lx(), now);
        }
    }

    #[inline(never)]
    fn down(
        &mut self,
        kind: Down,
        payload: &[u8],
        now: Millis,
        out: &mut Out,
    ) -> Result<(), wire::Refusal> {
        match kind {
            Down::Ack => {
                let ack = Ack::parse(payload)?;
                if !self.ack(ack, now) {
                    count(&mut self.counters.idle_acks);
                }
            }
            Down::Desired => {
                let desired = Desired::parse(payload)?;
                if !self.lamps.desired(&desired, self.boot, now) {
                    count(&mut self.counters.outdated);
                }
            }
            Down::Lease => {
                let lease = Lease::parse(payload)?;
                self.lamps.lease(lease, self.ring.held() > 0, now);
                self.set_clock(lease.t, now);
            }
            Down::Settings => {
                let said = wire::Settings::parse(payload)?;
                let same = said.version == self.tuning.version();
                match self.tuning.take(said, &mut self.settings) {
                    Some(bytes) => {
                        out.store(bytes);
                        let soon = now + Millis::from(self.settings.report_interval_ms);
                        self.full_report_at = self.full_report_at.min(soon);
                        self.orders.settings(now);
                        self.link.say_hello();
                    }
                    None => {
                        count(&mut self.counters.outdated);
                        // Retained settings come again with every connection.
                        if !same {
                            self.orders.outdated(now);
                        }
                    }
                }
            }
            Down::Command => match self.orders.command(&Command::parse(payload)?, now) {
                Some(Verb::Identify { for_ms }) => {
                    self.lamps.identify(now + Millis::from(for_ms), now);
                }
                // No restart is done twice.
                Some(Verb::Restart) => self.save_due = true,
                None => count(&mut self.counters.outdated),
            },
        }
        Ok(())
    }

    /// An acknowledgement; false when it says nothing new.
    fn ack(&mut self, ack: Ack, now: Millis) -> bool {
        let resend_ms = self.settings.resend_ms;
        if ack.boot != self.boot {
            let logs = self.logs.as_mut();
            return logs.is_some_and(|logs| logs.backlog.ack(ack.boot, ack.seq, resend_ms, now));
        }
        let lost = self.ring.lost();
        let news = self.ring.ack(ack.seq);
        self.save_due |= self.logs.is_some() && lost != self.ring.lost();
        if news {
            self.link.progressed(&self.ring, resend_ms, now);
        }
        if self.ring.held() == 0 {
            self.lamps.caught_up(now);
        }
        news
    }

    fn placed(&mut self, placed: bool) {
        if !placed {
            count(&mut self.counters.unplaced);
        }
    }

    /// The lamps hear what every sensor says now, so that a sensor that speaks only when something
    /// changes counts as alive.
    fn sense_for_lamps(&mut self, now: Millis) {
        self.lamps.movement(self.slots.movement(), now);
        self.lamps.illuminance(self.slots.illuminance_lx());
        self.lamps.fire(self.slots.fire());
    }
}

/// Cut to what a hello carries without escapes.
fn printable(text: &str) -> heapless::String<PANIC_BYTES_MAX> {
    let plain = |c: char| match c {
        '"' | '\\' => '\'',
        ' '..='~' => c,
        _ => '?',
    };
    text.chars().take(PANIC_BYTES_MAX).map(plain).collect()
}

fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}
