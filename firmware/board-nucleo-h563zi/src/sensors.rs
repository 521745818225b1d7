//! Sensors and meter: an I²C bus, the radar's UART, and the meter's on RS-485.

use crate::Irqs;
use crate::start::{PORTS, WATCH, put};
use drivers::meter::map::SDM120;
use embassy_executor::Spawner;
use embassy_stm32::Peri;
use embassy_stm32::i2c::{self, I2c, Master};
use embassy_stm32::mode::Async;
use embassy_stm32::peripherals::{
    GPDMA1_CH0, GPDMA1_CH1, I2C1, PB6, PB7, PB8, PB9, PD4, PD5, PD6, USART1, USART2,
};
use embassy_stm32::usart::{BufferedUart, Config};
use shell::sense::air::{self, Air};
use shell::sense::bus::{Bus, Shared};
use shell::sense::light::{self, Light};
use shell::sense::{meter, radar};
use shell::{Identity, Part, log};
use static_cell::{ConstStaticCell, StaticCell};

type Sensors = I2c<'static, Async, Master>;

/// What of the processor they hang on.
pub struct Wires {
    /// The sensors' bus, its clock and its data.
    pub bus: (Peri<'static, I2C1>, Peri<'static, PB8>, Peri<'static, PB9>),
    /// What carries its bytes, out and in.
    pub carriers: (Peri<'static, GPDMA1_CH0>, Peri<'static, GPDMA1_CH1>),
    /// The radar's UART, the pin that receives and the one that sends.
    pub radar: (Peri<'static, USART1>, Peri<'static, PB7>, Peri<'static, PB6>),
    /// The meter's.
    pub meter: (Peri<'static, USART2>, Peri<'static, PD6>, Peri<'static, PD5>),
    /// The pin that lets its transceiver drive the bus, which the UART itself moves.
    pub drive: Peri<'static, PD4>,
}

/// Starts what is wired.
pub fn start(wires: Wires, identity: &'static Identity, spawner: Spawner) {
    static BUS: StaticCell<Bus<Sensors>> = StaticCell::new();
    let ((bus, scl, sda), (out, back)) = (wires.bus, wires.carriers);
    // 100 kHz.
    let bus = I2c::new(bus, scl, sda, out, back, Irqs, i2c::Config::default());
    let bus = Shared(&*BUS.init(Bus::new(bus)));
    if let Some(light) = Light::of(&identity.fitted, bus.clone()) {
        put(spawner, light_task(light));
    }
    if let Some(air) = Air::of(&identity.fitted, bus) {
        put(spawner, air_task(air));
    }
    if identity.has(Part::Radar) {
        static SENT: ConstStaticCell<[u8; 32]> = ConstStaticCell::new([0; 32]);
        static HEARD: ConstStaticCell<[u8; 512]> = ConstStaticCell::new([0; 512]);
        let (uart, rx, tx) = wires.radar;
        let config = rate(radar::BAUD);
        match BufferedUart::new(uart, rx, tx, SENT.take(), HEARD.take(), Irqs, config) {
            Ok(line) => put(spawner, radar_task(line)),
            Err(_) => log!("radar: its rate cannot be made"),
        }
    }
    if identity.has(Part::MeterSdm120) {
        // Requests have 8 bytes, answers 25 at most.
        static SENT: ConstStaticCell<[u8; 32]> = ConstStaticCell::new([0; 32]);
        static HEARD: ConstStaticCell<[u8; 128]> = ConstStaticCell::new([0; 128]);
        let (uart, rx, tx) = wires.meter;
        let (sent, heard, config) = (SENT.take(), HEARD.take(), rate(SDM120.baud));
        match BufferedUart::new_with_de(uart, rx, tx, wires.drive, Irqs, sent, heard, config) {
            Ok(line) => put(spawner, meter_task(line)),
            Err(_) => log!("meter: its rate cannot be made"),
        }
    }
}

/// 8 bits, no parity, one stop bit.
fn rate(baud: u32) -> Config {
    let mut config = Config::default();
    config.baudrate = baud;
    config
}

#[embassy_executor::task]
async fn light_task(light: Light<Shared<Sensors>>) {
    light::run(light, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn air_task(air: Air<Shared<Sensors>>) {
    air::run(air, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn radar_task(line: BufferedUart<'static>) {
    radar::run(line, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn meter_task(line: BufferedUart<'static>) {
    meter::run(line, &SDM120, &PORTS, &WATCH).await
}
