//! Movement and wall switches on pins of the processor.

use embassy_stm32::gpio::Input;
use shell::sense::pins::{Contacts, Seen};

/// How many wall switches there are pins for.
pub const SWITCHES: usize = 3;

/// The contacts of this board.
pub struct Pins {
    /// High while the sensor sees something move.
    pub motion: Input<'static>,
    /// Low while pressed: buttons between the pin and ground.
    pub switches: [Input<'static>; SWITCHES],
}

impl Contacts for Pins {
    async fn read(&mut self) -> Option<Seen> {
        let mut seen = Seen { motion: self.motion.is_high(), ..Seen::default() };
        for (closed, switch) in seen.closed.iter_mut().zip(&self.switches) {
            *closed = switch.is_low();
        }
        Some(seen)
    }
}
