//! Movement and wall switches: contacts that are looked at every 20 ms.
//!
//! 20 ms outlast the bounce of a switch (below 10 ms: a rule of thumb for wall switches) and miss no
//! press, which lasts 50 ms and more. A press counts when it begins; the next one counts
//! after the contact was seen open twice.

use crate::ports::{Heard, Ports, Source};
use crate::watch::{Task, Watch};
use embassy_time::{Duration, Ticker};
use wire::hello::CHANNELS_MAX;
use wire::{Quantity, Sample, Value};

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

/// Watches the contacts for ever. `motion` and `presses` say which are wired.
pub async fn run(mut contacts: impl Contacts, wired: Wired, ports: &Ports, watch: &Watch) -> ! {
    let mut ticker = Ticker::every(Duration::from_millis(ROUND_MS));
    let mut contact = Debounce::default();
    let mut said = None;
    loop {
        watch.mark(Task::Pins);
        let seen = contacts.read().await;
        for lamp in 0..wired.switches {
            if seen.is_some_and(|seen| contact.step(lamp, seen.closed[lamp])) {
                ports.heard.send(Heard::Press(lamp as u8)).await;
            }
        }
        let motion = match seen {
            Some(seen) => Sample::Is(Value::from_whole(i64::from(seen.motion))),
            None => Sample::No(wire::NoReading::Silent),
        };
        if wired.motion && said != Some(motion) {
            said = Some(motion);
            ports.heard.send(Heard::Sense(Quantity::Motion, Source::Only, motion)).await;
        }
        ticker.next().await;
    }
}

/// Which contacts are wired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wired {
    /// A movement sensor.
    pub motion: bool,
    /// So many wall switches, one per lamp channel; at most as many as there are channels.
    pub switches: usize,
}

/// Looks that each switch has been open, up to [`OPEN_LOOKS`].
#[derive(Debug, Default)]
struct Debounce {
    held: [bool; CHANNELS_MAX],
    open: [u8; CHANNELS_MAX],
}

/// After so many looks at an open contact the press has ended.
const OPEN_LOOKS: u8 = 2;

impl Debounce {
    /// One look at a switch; true when a press begins.
    fn step(&mut self, lamp: usize, closed: bool) -> bool {
        let (held, open) = (&mut self.held[lamp], &mut self.open[lamp]);
        if closed {
            *open = 0;
            return !core::mem::replace(held, true);
        }
        *open = open.saturating_add(1);
        *held &= *open < OPEN_LOOKS;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presses(looks: &str) -> usize {
        let mut contact = Debounce::default();
        looks.chars().filter(|look| contact.step(1, *look == '#')).count()
    }

    #[test]
    fn a_press_counts_once_when_it_begins() {
        for (looks, count) in [
            ("....", 0),
            (".#..", 1),
            (".####..", 1),
            // A bounce or a bad contact in between is no second press.
            (".##.##..", 1),
            (".#..#..#", 3),
            ("#", 1),
        ] {
            assert_eq!(presses(looks), count, "{looks}");
        }
    }
}
