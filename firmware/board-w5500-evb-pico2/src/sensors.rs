//! Sensors and meter: an I²C bus, the radar's UART, and the meter's on RS-485.

use crate::Irqs;
use crate::rs485::Rs485;
use crate::start::{PORTS, WATCH, put};
use drivers::meter::map::SDM120;
use embassy_executor::Spawner;
use embassy_rp::Peri;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::i2c::{self, Async, I2c};
use embassy_rp::peripherals::{
    I2C0, PIN_0, PIN_1, PIN_2, PIN_4, PIN_5, PIN_8, PIN_9, UART0, UART1,
};
use embassy_rp::uart::{BufferedUart, Config};
use shell::sense::air::{self, Air};
use shell::sense::bus::{Bus, Shared};
use shell::sense::light::{self, Light};
use shell::sense::{meter, radar};
use shell::{Identity, Part};
use static_cell::{ConstStaticCell, StaticCell};

type I2c0 = I2c<'static, I2C0, Async>;

/// What of the processor they hang on.
pub struct Wires {
    /// The sensors' bus, its data and its clock.
    pub bus: (Peri<'static, I2C0>, Peri<'static, PIN_4>, Peri<'static, PIN_5>),
    /// The radar's UART, the pin that sends and the one that receives.
    pub radar: (Peri<'static, UART1>, Peri<'static, PIN_8>, Peri<'static, PIN_9>),
    /// The meter's, and the pin that lets its transceiver drive the bus.
    pub meter: (Peri<'static, UART0>, Peri<'static, PIN_0>, Peri<'static, PIN_1>),
    /// See above.
    pub drive: Peri<'static, PIN_2>,
}

/// Starts what is wired.
pub fn start(wires: Wires, identity: &'static Identity, spawner: Spawner) {
    static BUS: StaticCell<Bus<I2c0>> = StaticCell::new();
    let (bus, sda, scl) = wires.bus;
    // 100 kHz, and pull-ups of 50 kΩ beside those of the sensors.
    let bus = I2c::new_async(bus, scl, sda, Irqs, i2c::Config::default());
    let bus = Shared(&*BUS.init(Bus::new(bus)));
    if let Some(light) = Light::of(&identity.fitted, bus.clone()) {
        put(spawner, light_task(light));
    }
    if let Some(air) = Air::of(&identity.fitted, bus) {
        put(spawner, air_task(air));
    }
    if identity.has(Part::Radar) {
        static SENT: ConstStaticCell<[u8; 32]> = ConstStaticCell::new([0; 32]);
        // 80 ms of its line: longer than a sector of flash takes to be erased, as a rule.
        static HEARD: ConstStaticCell<[u8; 512]> = ConstStaticCell::new([0; 512]);
        let (uart, tx, rx) = wires.radar;
        let mut config = Config::default();
        config.baudrate = radar::BAUD;
        let line = BufferedUart::new(uart, tx, rx, Irqs, SENT.take(), HEARD.take(), config);
        put(spawner, radar_task(line));
    }
    if identity.has(Part::MeterSdm120) {
        // Requests have 8 bytes, answers 25 at most.
        static SENT: ConstStaticCell<[u8; 32]> = ConstStaticCell::new([0; 32]);
        static HEARD: ConstStaticCell<[u8; 128]> = ConstStaticCell::new([0; 128]);
        let (uart, tx, rx) = wires.meter;
        let mut config = Config::default();
        config.baudrate = SDM120.baud;
        let line = BufferedUart::new(uart, tx, rx, Irqs, SENT.take(), HEARD.take(), config);
        let drive = Output::new(wires.drive, Level::Low);
        put(spawner, meter_task(Rs485::new(line, drive)));
    }
}

#[embassy_executor::task]
async fn light_task(light: Light<Shared<I2c0>>) {
    light::run(light, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn air_task(air: Air<Shared<I2c0>>) {
    air::run(air, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn radar_task(line: BufferedUart) {
    radar::run(line, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn meter_task(line: Rs485) {
    meter::run(line, &SDM120, &PORTS, &WATCH).await
}
