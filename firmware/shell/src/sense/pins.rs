//! Movement and wall switches: contacts that are looked at every 20 ms ([`drivers::input`] says what of
//! it counts).

use crate::now;
use crate::ports::{Heard, Ports, Source};
use crate::watch::{Task, Watch};
use drivers::input::{Pir, Switch};
use drivers::limits::PIR_WARM_UP_MS_MIN;
use embassy_time::{Duration, Ticker};
use wire::hello::CHANNELS_MAX;
use wire::{Quantity, Sample};

/// Between two looks, ms.
const ROUND_MS: u64 = 20;

/// The contacts of a board.
pub trait Contacts {
    /// What they show now; `None` when they cannot be read.
    async fn read(&mut self) -> Option<Seen>;
}

/// What the contacts show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The movement sensor is on.
    pub motion: bool,
    /// The wall switch of each lamp channel is closed.
    pub closed: [bool; CHANNELS_MAX],
}

/// Watches the contacts for ever.
pub async fn run(mut contacts: impl Contacts, wired: Wired, ports: &Ports, watch: &Watch) -> ! {
    let mut ticker = Ticker::every(Duration::from_millis(ROUND_MS));
    let mut switches = [const { Switch::polled() }; CHANNELS_MAX];
    let mut pir = Pir::new(0, PIR_WARM_UP_MS_MIN);
    // A sensor that is warm has had its supply for so long already.
    let warm_ms = if wired.warm { PIR_WARM_UP_MS_MIN } else { 0 };
    let mut silent = false;
    loop {
        watch.mark(Task::Pins);
        let now = now();
        match contacts.read().await {
            Some(seen) => {
                for (lamp, switch) in switches.iter_mut().take(wired.switches).enumerate() {
                    if switch.observe(seen.closed[lamp], now).is_some() {
                        ports.heard.send(Heard::Press(lamp as u8)).await;
                    }
                }
                let news = pir.observe(seen.motion, now + warm_ms);
                let again = silent.then(|| pir.sample(now + warm_ms));
                if let Some(sample) = news.or(again).filter(|_| wired.motion) {
                    ports.heard.send(Heard::Sense(Quantity::Motion, Source::Only, sample)).await;
                }
                silent = false;
            }
            None if wired.motion && !silent => {
                silent = true;
                let sample = Sample::No(wire::NoReading::Silent);
                ports.heard.send(Heard::Sense(Quantity::Motion, Source::Only, sample)).await;
            }
            None => {}
        }
        ticker.next().await;
    }
}

/// Which contacts are wired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wired {
    /// A movement sensor.
    pub motion: bool,
    /// It needs no time to settle, because it is none: an emulated one.
    pub warm: bool,
    /// So many wall switches, one per lamp channel; at most as many as there are channels.
    pub switches: usize,
}
