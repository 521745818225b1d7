//! What somebody at the node itself may see and do, without a broker.

use crate::{Millis, Node};
use wire::{Quantity, Sample};

impl<const RING: usize> Node<RING> {
    /// Everything that is reported, as it was said last: quantity, channel (empty where there is one of a kind),
    /// value or why there is none.
    pub fn readings(&self) -> impl Iterator<Item = (Quantity, &str, Sample)> {
        self.slots.readings()
    }

    /// Whether somebody asked where it is: a light on the board should blink.
    pub fn identifying(&self) -> bool {
        self.lamps.identifying(self.now)
    }

    /// Lets the lamps blink for so long, as [`wire::Verb::Identify`] does; 0 ms ends it. Told to the lamps with
    /// the next input.
    pub fn blink(&mut self, for_ms: u32, now: Millis) {
        self.lamps.identify(now + Millis::from(for_ms), now);
    }
}
