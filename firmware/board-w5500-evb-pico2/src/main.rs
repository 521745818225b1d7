//! A node on WIZnet's W5500-EVB-Pico2: an RP2350 with Ethernet, for sale everywhere.
//!
//! This crate brings what a board has to bring and nothing else: clocks and executor, Ethernet, UARTs,
//! pins, flash, watchdog, the lamps' line, and a word that outlives a reset. What a node does is in
//! `shell` and `node`; docs/operate/nodes.md has the wiring.
#![no_std]
#![no_main]

mod console;
mod flash;
mod identity;
mod lamps;
mod light;
mod line;
mod network;
mod pins;
mod restart;
mod rs485;
mod sensors;
mod start;

use embassy_executor::Spawner;
use embassy_rp::peripherals::{DMA_CH0, DMA_CH1, DMA_CH2, I2C0, PIO0, TRNG, UART0, UART1, USB};
use embassy_rp::{bind_interrupts, dma, i2c, pio, trng, uart, usb};
use shell::Board;

const BOARD: Board = Board {
    name: "w5500-evb-pico2",
    feed: restart::feed,
    reset: restart::restart,
    note: restart::note,
    light: light::set,
    stack: restart::stack,
};

bind_interrupts!(pub struct Irqs {
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>, dma::InterruptHandler<DMA_CH1>,
        dma::InterruptHandler<DMA_CH2>;
    I2C0_IRQ => i2c::InterruptHandler<I2C0>;
    PIO0_IRQ_0 => pio::InterruptHandler<PIO0>;
    TRNG_IRQ => trng::InterruptHandler<TRNG>;
    UART0_IRQ => uart::BufferedInterruptHandler<UART0>;
    UART1_IRQ => uart::BufferedInterruptHandler<UART1>;
    USBCTRL_IRQ => usb::InterruptHandler<USB>;
});

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let chip = embassy_rp::init(Default::default());
    // A stack that grows into the statics stops the program at once, and the watchdog starts it again.
    // It fails only where somebody else set the limit before.
    let _ = embassy_rp::install_core0_stack_guard();
    start::start(chip, spawner).await;
}
