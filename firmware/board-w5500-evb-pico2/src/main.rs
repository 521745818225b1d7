//! A node on WIZnet's W5500-EVB-Pico2: pins, executor, network and flash of the board, handed to `shell`.
#![no_std]
#![no_main]

mod console;
mod flash;
mod identity;
mod network;
mod restart;
mod rs485;
mod supervised;

use embassy_executor::Spawner;
use embassy_rp::{bind_interrupts, dma, i2c, peripherals, pio, uart, usb};

bind_interrupts!(pub struct Irqs {
    DMA_IRQ_0 => dma::InterruptHandler<peripherals::DMA_CH0>, dma::InterruptHandler<peripherals::DMA_CH1>, dma::InterruptHandler<peripherals::DMA_CH2>;
    I2C0_IRQ => i2c::InterruptHandler<peripherals::I2C0>;
    PIO0_IRQ_0 => pio::InterruptHandler<peripherals::PIO0>;
    UART0_IRQ => uart::BufferedInterruptHandler<peripherals::UART0>;
    UART1_IRQ => uart::BufferedInterruptHandler<peripherals::UART1>;
    USBCTRL_IRQ => usb::InterruptHandler<peripherals::USB>;
});

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let (watchdog, record) = restart::why(p.WATCHDOG);
    restart::arm(watchdog);
    let chip = identity::chip();
    let seed = identity::seed(chip);
    static SERIAL: static_cell::StaticCell<heapless::String<16>> = static_cell::StaticCell::new();
    let serial = SERIAL.init(identity::serial(chip));
    let mut console = console::start(usb::Driver::new(p.USB, Irqs), serial, spawner);
    let wires = network::Wires { spi: p.SPI0, miso: p.PIN_16, select: p.PIN_17, clock: p.PIN_18, mosi: p.PIN_19, reset: p.PIN_20, interrupt: p.PIN_21, send: p.DMA_CH0, receive: p.DMA_CH1 };
    let stack = network::start(wires, identity::mac(chip), seed, |_| (), spawner).await;
    stack.wait_config_up().await;
    use embedded_io_async::Write;
    console.write_all(record.text.as_bytes()).await.ok();
    let _ = flash::Area::new(p.FLASH);
    restart::feed();
    let _ = restart::stack();
}
mod shell { pub mod boot { include!("/tmp/boot_tmp.rs"); } }
