//! The board's light: the green LED LD1, PB0.

use embassy_stm32::Peri;
use embassy_stm32::gpio::{Level, Output, Speed};
use embassy_stm32::pac;
use embassy_stm32::peripherals::PB0;

/// Makes the pin an output, for ever; the light is off.
pub fn start(pin: Peri<'static, PB0>) {
    core::mem::forget(Output::new(pin, Level::Low, Speed::Low));
}

/// Switches it.
pub fn set(on: bool) {
    // Setting and clearing single pins are bits of their own: nobody is disturbed.
    pac::GPIOB.bsrr().write(|pins| if on { pins.set_bs(0, true) } else { pins.set_br(0, true) });
}
