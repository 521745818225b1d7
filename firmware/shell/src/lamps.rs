//! Lamp outputs: every channel goes to the level that the brain asked for last.

use crate::ports::Ports;
use crate::watch::{Task, Watch};
use embassy_time::{Duration, with_timeout};

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

/// Something that drives lamp channels: a DALI line, or PWM with relays.
pub trait Outputs {
    /// Drives a channel, counted from 0, to a level; the fade may go on afterwards.
    async fn drive(&mut self, channel: usize, wanted: Wanted);
}

/// No lamps are wired.
pub struct NoOutputs;

impl Outputs for NoOutputs {
    async fn drive(&mut self, _: usize, _: Wanted) {}
}

/// Drives the lamps for ever.
pub async fn run(mut outputs: impl Outputs, ports: &Ports, watch: &Watch) -> ! {
    loop {
        watch.mark(Task::Lamps);
        while let Some((channel, wanted)) = ports.wish() {
            outputs.drive(channel, wanted).await;
            watch.mark(Task::Lamps);
        }
        // Nobody rang is as good as somebody did.
        let _ = with_timeout(Duration::from_millis(ROUND_MS), ports.lamps.wait()).await;
    }
}
