//! A node on ST's Nucleo-H563ZI: a processor with Ethernet of its own and a debugger on the board, for
//! pilots and benches.
//!
//! This crate brings what a board has to bring and nothing else: clocks and executor, Ethernet, UARTs,
//! pins, flash, watchdog, and a word that outlives a reset. What a node does is in `shell` and
//! `node`; docs/operate/nodes.md has the wiring. It does not speak DALI: its lamps are on 0–10 V or PWM.
#![no_std]
#![no_main]

mod flash;
mod identity;
mod lamps;
mod light;
mod network;
mod pins;
mod restart;
mod sensors;
mod start;

use embassy_executor::Spawner;
use embassy_stm32::peripherals::{GPDMA1_CH0, GPDMA1_CH1, I2C1, RNG, USART1, USART2, USART3};
use embassy_stm32::rcc::{
    AHBPrescaler, APBPrescaler, Hse, HseMode, Hsi48Config, Pll, PllDiv, PllMul, PllPreDiv,
    PllSource, Sysclk, VoltageScale,
};
use embassy_stm32::time::Hertz;
use embassy_stm32::{Config, bind_interrupts, dma, eth, i2c, rng, usart};
use shell::Board;

const BOARD: Board = Board {
    name: "nucleo-h563zi",
    feed: restart::feed,
    reset: restart::restart,
    note: restart::note,
    light: light::set,
    stack: restart::stack,
};

bind_interrupts!(pub struct Irqs {
    ETH => eth::InterruptHandler;
    GPDMA1_CHANNEL0 => dma::InterruptHandler<GPDMA1_CH0>;
    GPDMA1_CHANNEL1 => dma::InterruptHandler<GPDMA1_CH1>;
    I2C1_EV => i2c::EventInterruptHandler<I2C1>;
    I2C1_ER => i2c::ErrorInterruptHandler<I2C1>;
    RNG => rng::InterruptHandler<RNG>;
    USART1 => usart::BufferedInterruptHandler<USART1>;
    USART2 => usart::BufferedInterruptHandler<USART2>;
    USART3 => usart::BufferedInterruptHandler<USART3>;
});

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    start::start(embassy_stm32::init(clocks()), spawner).await;
}

/// 250 MHz, the most the chip may do, from the 8 MHz that the debugger's chip gives (UM3115).
fn clocks() -> Config {
    let mut config = Config::default();
    config.rcc.hsi = None;
    // For random numbers.
    config.rcc.hsi48 = Some(Hsi48Config::default());
    config.rcc.hse = Some(Hse { freq: Hertz(8_000_000), mode: HseMode::BypassDigital });
    config.rcc.pll1 = Some(Pll {
        source: PllSource::HSE,
        prediv: PllPreDiv::DIV2,
        mul: PllMul::MUL125,
        divp: Some(PllDiv::DIV2),
        divq: Some(PllDiv::DIV2),
        divr: None,
    });
    config.rcc.ahb_pre = AHBPrescaler::DIV1;
    config.rcc.apb1_pre = APBPrescaler::DIV1;
    config.rcc.apb2_pre = APBPrescaler::DIV1;
    config.rcc.apb3_pre = APBPrescaler::DIV1;
    config.rcc.sys = Sysclk::PLL1_P;
    config.rcc.voltage_scale = VoltageScale::Scale0;
    config
}
