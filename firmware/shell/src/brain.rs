//! The loop around the brain: wait for an input or a deadline, decide, do what is asked for.
//!
//! Actions are done in the brain's order: lamps, save, store, keep, publish, forget, recall,
//! restart. Nothing here waits for the network or for lamps; flash is the only thing that takes time.
//!
//! Two tasks call the brain, one after the other: this loop with what sensors say and when
//! something is due, and the session with what the broker sends, straight out of its buffer.

use crate::lamps::Wanted;
use crate::ports::{Heard, Ports, Raw};
use crate::store::{Flash, Store};
use crate::watch::{Task, Watch};
use crate::{Board, FIRMWARE, Identity, now};
use core::sync::atomic::Ordering;
use embassy_futures::select::{Either3, select3};
use embassy_sync::mutex::Mutex;
use embassy_time::{Instant, Timer};
use node::{Action, BadSettings, Input, Key, LoggedNode, Millis, Out, Settings};
use wire::{Id, Reset};

/// The loop looks up at least so often, ms: a watchdog can tell waiting from hanging, and the
/// board's light can blink.
const ROUND_MS: u64 = 500;

/// What was published before a restart gets so long to leave, ms ([`Action::Restart`]).
const FAREWELL_MS: u64 = 1_000;

/// The settings of a node with this identity.
///
/// # Errors
/// [`BadSettings`] when the identity cannot be one; the identity page is checked, so this means a
/// fault of this program.
pub fn settings(
    identity: &Identity,
    board: &Board,
    reset: Reset,
    random: u32,
) -> Result<Settings, BadSettings> {
    let lamps: heapless::Vec<&str, { wire::hello::CHANNELS_MAX }> =
        identity.lamps.iter().map(Id::as_str).collect();
    let mut settings = Settings::new(FIRMWARE, board.name, &identity.profile, &lamps)?;
    settings.reset = reset;
    // Far from both ends: it has to count on.
    settings.first_boot = if identity.boot > 0 { identity.boot } else { (random >> 2).max(1) };
    Ok(settings)
}

/// The brain as both tasks reach it.
pub type Shared<F> = Mutex<Raw, Brain<F>>;

/// One brain with what it needs.
pub struct Brain<F: Flash> {
    node: &'static mut LoggedNode,
    /// What it asked for last; not on a stack, because it is too big.
    out: &'static mut Out,
    store: Store<F>,
    lamps: heapless::Vec<Id, { wire::hello::CHANNELS_MAX }>,
    ports: &'static Ports,
    board: Board,
    /// The brain waits for the record behind this key.
    recall: Option<Option<Key>>,
    /// A record was kept since there was room made for the next one.
    kept: bool,
    restart_at: Option<Millis>,
}

/// What a brain is made of.
pub struct Parts<F: Flash> {
    /// Decides.
    pub node: &'static mut LoggedNode,
    /// Room for what it asks for.
    pub out: &'static mut Out,
    /// Where it keeps things.
    pub store: Store<F>,
    /// Lamp channels in their order.
    pub lamps: heapless::Vec<Id, { wire::hello::CHANNELS_MAX }>,
}

/// Runs the brain for ever.
pub async fn run<F: Flash>(brain: &Shared<F>, ports: &Ports, watch: &Watch) -> ! {
    brain.lock().await.start().await;
    loop {
        watch.mark(Task::Brain);
        let due = brain.lock().await.due();
        let deadline = Timer::at(Instant::from_millis(due.min(now() + ROUND_MS)));
        match select3(ports.heard.receive(), deadline, ports.look.wait()).await {
            Either3::First(heard) => brain.lock().await.hear(heard).await,
            Either3::Second(()) => brain.lock().await.tick().await,
            // The session has called the brain: what is due may have changed.
            Either3::Third(()) => {}
        }
    }
}

impl<F: Flash> Brain<F> {
    /// A brain that has not begun.
    pub fn new(parts: Parts<F>, ports: &'static Ports, board: Board) -> Self {
        let Parts { node, out, store, lamps } = parts;
        let (recall, kept, restart_at) = (None, true, None);
        Self { node, out, store, lamps, ports, board, recall, kept, restart_at }
    }

    /// What the session heard.
    pub async fn take(&mut self, input: Input<'_>) {
        self.step(input).await;
        self.ports.look.signal(());
    }

    /// What sensors, meters and the node itself said last.
    pub fn readings(&self) -> impl Iterator<Item = (wire::Quantity, &str, wire::Sample)> {
        self.node.readings()
    }

    /// Lets lamps and the board's light blink for so long, ms: somebody at the console asks.
    pub async fn blink(&mut self, for_ms: u32) {
        self.node.blink(for_ms, now());
        self.take(Input::Tick).await;
    }

    /// The time of day as far as the agent told it, ms of UTC.
    pub fn utc_ms(&self) -> Option<i64> {
        self.node.utc_ms()
    }

    async fn start(&mut self) {
        self.step(Input::Tick).await;
        self.make_room().await;
    }

    fn due(&self) -> Millis {
        if self.recall.is_some() || self.kept {
            return 0;
        }
        let restart = self.restart_at.unwrap_or(Millis::MAX);
        self.node.deadline().unwrap_or(Millis::MAX).min(restart)
    }

    async fn tick(&mut self) {
        if self.restart_at.is_some_and(|at| at <= now()) {
            (self.board.note)(Reset::Asked, "");
            (self.board.reset)()
        }
        (self.board.light)(self.node.identifying() && (now() / ROUND_MS).is_multiple_of(2));
        self.step(Input::Tick).await;
        if let Some(after) = self.recall.take() {
            self.recalled(after).await;
        }
        if core::mem::take(&mut self.kept) {
            self.make_room().await;
        }
    }

    async fn hear(&mut self, heard: Heard) {
        let lamps = self.lamps.clone();
        let input = match heard {
            Heard::Sense(quantity, source, sample) => {
                source.name(&lamps).map(|channel| Input::Sense { quantity, channel, sample })
            }
            Heard::Register(source, sample) => {
                source.name(&lamps).map(|channel| Input::Register { channel, sample })
            }
            Heard::Press(lamp) => {
                lamps.get(usize::from(lamp)).map(|id| Input::Press { channel: id.as_str() })
            }
        };
        if let Some(input) = input {
            self.step(input).await;
        }
    }

    /// The record that the brain asked for, straight out of the store's memory.
    async fn recalled(&mut self, after: Option<Key>) {
        let found = self.store.after(after).await;
        let broken = found.is_err();
        self.node.handle(Input::Recalled(found.unwrap_or(None)), now(), self.out);
        self.count(!broken);
        self.act().await;
    }

    /// Before the log gives up its oldest page for the next record, the brain is told whose frames
    /// go, and what it saves about that is saved.
    async fn make_room(&mut self) {
        while let Ok(Some((boot, frames))) = self.store.crowded().await {
            self.step(Input::Shed { boot, frames }).await;
            if self.store.forget(Key { boot, seq: frames.to }).await.is_err() {
                self.count(false);
                break;
            }
        }
    }

    async fn step(&mut self, input: Input<'_>) {
        self.node.handle(input, now(), self.out);
        self.act().await;
    }

    /// Does what the brain asked for.
    async fn act(&mut self) {
        for action in self.out.actions() {
            let done = match action {
                Action::Lamp { channel, level_pct, fade_ms } => {
                    if let Some(at) = self.lamps.iter().position(|id| id.as_str() == channel) {
                        self.ports.want(at, Wanted { level_pct, fade_ms });
                    }
                    Ok(())
                }
                Action::Save(bytes) => self.store.save_registers(bytes).await,
                Action::Store(bytes) => self.store.save_settings(bytes).await,
                Action::Keep(record) => {
                    self.kept = true;
                    self.store.keep(record).await
                }
                Action::Publish { what, payload } => {
                    self.ports.outbox.put(what, payload);
                    Ok(())
                }
                Action::Forget(last) => self.store.forget(last).await,
                Action::Recall(after) => {
                    self.recall = Some(after);
                    Ok(())
                }
                Action::Restart => {
                    self.restart_at = Some(now() + FAREWELL_MS);
                    Ok(())
                }
            };
            count(self.ports, done.is_ok());
        }
        let status = &self.ports.status;
        status.newest.store(self.node.newest(), Ordering::Relaxed);
        status.held.store(self.node.held(), Ordering::Relaxed);
        status.refused.store(self.node.counters().refused, Ordering::Relaxed);
    }

    fn count(&self, good: bool) {
        count(self.ports, good);
    }
}

fn count(ports: &Ports, good: bool) {
    if !good {
        let errors = &ports.status.flash_errors;
        errors.store(errors.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
