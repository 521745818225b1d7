//! Lamp outputs: every channel goes to the level that the brain asked for last, and is asked now and
//! then whether its lamps are well.
//!
//! A wish never waits behind more than one step of upkeep, so that a wall switch is obeyed at once.

pub mod dali;
pub mod pwm;

use crate::ports::{Heard, Ports, Source};
use crate::watch::{Task, Watch};
use crate::{log, now};
use embassy_time::{Duration, with_timeout};
use node::Millis;
use wire::{Quantity, Sample};

/// The task looks up at least so often, ms.
const ROUND_MS: u64 = 1_000;

/// Where a lamp channel should go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Light output, 0 to 100 %.
    pub level_pct: u8,
    /// How long the change takes, ms.
    pub fade_ms: u32,
}

/// Something that drives lamp channels: a DALI line, or pulse widths with relays.
pub trait Outputs {
    /// Drives a channel, counted from 0, to a level; the fade may go on afterwards. False when it could
    /// not be told; it is told again by [`Outputs::rest`].
    async fn drive(&mut self, channel: usize, wanted: Wanted) -> bool;

    /// One short step of what goes on when nobody wants anything.
    async fn rest(&mut self) -> Rest;
}

/// What a step of upkeep led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// When the next step is due; at once when that has passed.
    pub next: Millis,
    /// The outputs answer.
    pub works: bool,
    /// Whether a channel has a broken lamp.
    pub fault: Option<(u8, Sample)>,
}

/// No lamps are wired.
pub struct NoOutputs;

impl Outputs for NoOutputs {
    async fn drive(&mut self, _: usize, _: Wanted) -> bool {
        true
    }

    async fn rest(&mut self) -> Rest {
        Rest { next: Millis::MAX, works: true, fault: None }
    }
}

/// Drives the lamps for ever. The outputs stay where they are: handed over they would take their memory
/// twice.
pub async fn run(outputs: &mut impl Outputs, ports: &Ports, watch: &Watch) -> ! {
    let mut next = now();
    let mut worked = true;
    loop {
        watch.mark(Task::Lamps);
        let mut works = worked;
        while let Some((channel, wanted)) = ports.wish() {
            works = outputs.drive(channel, wanted).await;
            // A fade has begun, or something is to be said again.
            next = now();
            watch.mark(Task::Lamps);
        }
        if next <= now() {
            let rest = outputs.rest().await;
            next = rest.next;
            works = rest.works;
            if let Some((lamp, sample)) = rest.fault {
                let heard = Heard::Sense(Quantity::LampFault, Source::Lamp(lamp), sample);
                ports.heard.send(heard).await;
            }
        }
        if works != worked {
            log!("lamps: {}", if works { "the outputs answer again" } else { "no answer" });
            worked = works;
        }
        let wait = Duration::from_millis(next.saturating_sub(now()).min(ROUND_MS));
        // Nobody rang is as good as somebody did.
        let _ = with_timeout(wait, ports.lamps.wait()).await;
    }
}
