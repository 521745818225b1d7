//! The board's light: LED 0 of the machine.

use crate::mmio::Block;

// SAFETY: the FPGA's input and output block (AN386); only this module uses it.
const FPGAIO: Block = unsafe { Block::new(0x4002_8000) };

/// One bit per LED.
const LEDS: u32 = 0x0;

/// On or off.
pub fn set(on: bool) {
    FPGAIO.write(LEDS, u32::from(on));
}
