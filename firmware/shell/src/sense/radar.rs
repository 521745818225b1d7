//! Presence: what an LD2410 on a serial line says, as long as it says something.

use crate::now;
use crate::ports::{Heard, Ports, Source};
use crate::watch::{Task, Watch};
use drivers::ld2410::Radar;
use embassy_time::{Duration, with_timeout};
use embedded_io_async::Read;
use wire::Quantity;

/// A report is believed so long, ms: ten of them are missing then.
const STALE_MS: u64 = 1_000;

/// The task looks up at least so often, ms.
const ROUND_MS: u64 = 500;

/// The radar's line runs at this rate, bit/s (LD2410 Serial Communication Protocol V1.02, 2.1).
pub const BAUD: u32 = 256_000;

/// Listens to the radar for ever. That it is silent is said after it could have spoken.
pub async fn run(mut line: impl Read, ports: &Ports, watch: &Watch) -> ! {
    let mut radar = Radar::new(STALE_MS);
    let mut said = None;
    let mut bytes = [0; 64];
    loop {
        watch.mark(Task::Radar);
        let read = with_timeout(Duration::from_millis(ROUND_MS), line.read(&mut bytes)).await;
        if let Ok(Ok(count)) = read {
            radar.feed(&bytes[..count], now());
        }
        let sample = radar.sample(now());
        if said != Some(sample) && (radar.reports() > 0 || now() > STALE_MS) {
            said = Some(sample);
            ports.heard.send(Heard::Sense(Quantity::Presence, Source::Only, sample)).await;
        }
    }
}
