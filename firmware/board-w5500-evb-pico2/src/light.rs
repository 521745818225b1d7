//! The board's light: the green LED beside the USB socket, GP25.

use embassy_rp::Peri;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::pac;
use embassy_rp::peripherals::PIN_25;

/// Makes the pin an output, for ever; the light is off.
pub fn start(pin: Peri<'static, PIN_25>) {
    core::mem::forget(Output::new(pin, Level::Low));
}

/// Switches it.
pub fn set(on: bool) {
    let pins = pac::SIO.gpio_out(0);
    // Setting and clearing single pins are registers of their own: nobody is disturbed.
    let one = if on { pins.value_set() } else { pins.value_clr() };
    one.write_value(1 << 25);
}
