//! The loop around the brain: wait for an input or a deadline, decide, do what is asked for.
//!
//! Actions are done in the brain's order: save, lamps, keep, publish. Nothing here waits for the
//! network or for lamps; flash is the only thing that takes time.

use crate::lamps::Wanted;
use crate::ports::{Heard, News, Ports, Reader};
use crate::store::{Flash, Store};
use crate::watch::{Task, Watch};
use crate::{Board, FIRMWARE, Identity, now};
use core::sync::atomic::Ordering;
use embassy_futures::select::{Either3, select3};
use embassy_time::{Instant, Timer};
use node::{Action, BadSettings, Input, Node, Out, Settings};
use wire::Id;

/// The loop looks up at least so often, ms, so that a watchdog can tell waiting from hanging.
const ROUND_MS: u64 = 1_000;

/// The settings of a node with this identity.
///
/// # Errors
/// [`BadSettings`] when the identity cannot be one; the identity page is checked, so this means a
/// fault of this program.
pub fn settings(
    identity: &Identity,
    board: &Board,
    reset: wire::Reset,
    random: u32,
) -> Result<Settings, BadSettings> {
    let lamps: heapless::Vec<&str, { wire::hello::CHANNELS_MAX }> =
        identity.lamps.iter().map(Id::as_str).collect();
    let mut settings = Settings::new(FIRMWARE, board.name, &identity.profile, &lamps)?;
    settings.reset = reset;
    // Far from both ends: it has to count on.
    settings.first_boot = (random >> 2).max(1);
    Ok(settings)
}

/// One brain with what it needs.
pub struct Brain<F: Flash> {
    /// Decides.
    pub node: &'static mut Node,
    /// What it asked for last; here, because it is too big for a stack.
    pub out: &'static mut Out,
    /// Where it keeps things.
    pub store: Store<F>,
    /// Lamp channels in their order.
    pub lamps: heapless::Vec<Id, { wire::hello::CHANNELS_MAX }>,
    /// To the other tasks.
    pub ports: &'static Ports,
}

/// Runs the brain for ever.
pub async fn run<F: Flash>(mut brain: Brain<F>, mut letters: Reader, watch: &Watch) -> ! {
    brain.step(Input::Tick).await;
    loop {
        watch.mark(Task::Brain);
        let until = brain.node.deadline().unwrap_or(u64::MAX).min(now() + ROUND_MS);
        let deadline = Timer::at(Instant::from_millis(until));
        match select3(brain.ports.heard.receive(), letters.receive(), deadline).await {
            Either3::First(heard) => brain.hear(heard).await,
            Either3::Second(letter) => {
                let input = match letter.news {
                    News::Connected => Input::Connected,
                    News::Disconnected => Input::Disconnected,
                    News::Down(kind) => Input::Down { kind, payload: letter.payload() },
                };
                brain.step(input).await;
                letters.receive_done();
            }
            Either3::Third(()) => brain.step(Input::Tick).await,
        }
    }
}

impl<F: Flash> Brain<F> {
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

    async fn step(&mut self, input: Input<'_>) {
        self.node.handle(input, now(), self.out);
        for action in self.out.actions() {
            match action {
                Action::Save(bytes) => {
                    let saved = self.store.save_registers(bytes).await;
                    self.count(saved.is_ok());
                }
                Action::Lamp { channel, level_pct, fade_ms } => {
                    if let Some(at) = self.lamps.iter().position(|id| id.as_str() == channel) {
                        self.ports.want(at, Wanted { level_pct, fade_ms });
                    }
                }
                Action::Publish { what, payload } => {
                    self.ports.publish(what, payload);
                }
            }
        }
        let status = &self.ports.status;
        status.newest.store(self.node.newest(), Ordering::Relaxed);
        status.held.store(self.node.held(), Ordering::Relaxed);
    }

    fn count(&self, good: bool) {
        if !good {
            let errors = &self.ports.status.flash_errors;
            errors.store(errors.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
        }
    }
}
