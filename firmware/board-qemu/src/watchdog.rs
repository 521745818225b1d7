//! The watchdog: not fed for 2 s it interrupts, not fed for 2 s more it resets the machine.
//!
//! Registers: Arm CMSDK Technical Reference Manual, 4.5 (APB watchdog).

use crate::mmio::Block;

// SAFETY: the CMSDK watchdog of the machine; only this module uses it.
const WATCHDOG: Block = unsafe { Block::new(0x4000_8000) };

const LOAD: u32 = 0x0;
const CTRL: u32 = 0x8;
const INTCLR: u32 = 0xc;
const LOCK: u32 = 0xc00;
const UNLOCK: u32 = 0x1acc_e551;

/// 2 s at 25 MHz: four rounds of `shell::watch`.
const CYCLES: u32 = 50_000_000;

/// Arms it.
pub fn start() {
    WATCHDOG.write(LOCK, UNLOCK);
    WATCHDOG.write(LOAD, CYCLES);
    WATCHDOG.write(CTRL, 0b11);
}

/// Begins the 2 s anew.
pub fn feed() {
    WATCHDOG.write(INTCLR, 1);
}
