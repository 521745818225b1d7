//! TCP/IP over the W5500: SPI0, its interrupt and its reset pin.

use crate::Irqs;
use drivers::w5500::{Event, Supervised};
use embassy_executor::Spawner;
use embassy_net::{Config, DhcpConfig, Stack, StackResources};
use embassy_net_wiznet::chip::W5500;
use embassy_net_wiznet::{Device, Runner, State};
use embassy_rp::Peri;
use embassy_rp::gpio::{Input, Level, Output, Pull};
use embassy_rp::peripherals::{
    DMA_CH0, DMA_CH1, PIN_16, PIN_17, PIN_18, PIN_19, PIN_20, PIN_21, SPI0,
};
use embassy_rp::spi::{Async, Config as SpiConfig, Spi};
use embassy_time::{Delay, Instant};
use embedded_hal::digital::{ErrorType, OutputPin};
use embedded_hal_bus::spi::ExclusiveDevice;
use static_cell::StaticCell;

/// The chip is specified up to 33.3 MHz (W5500 datasheet 5.5.4); the next lower rate of the 150 MHz clock is 25.
const SPI_HZ: u32 = 25_000_000;
/// Frames that wait to be read, and to be sent; 1514 bytes each.
const FRAMES_IN: usize = 4;
const FRAMES_OUT: usize = 2;
/// MQTT, time, names, DHCP, and one in reserve.
const SOCKETS: usize = 5;

type Bus = ExclusiveDevice<Spi<'static, SPI0, Async>, Output<'static>, Delay>;
type Chip = Supervised<Bus, Output<'static>, Delay>;

/// What of the processor the chip hangs on.
pub struct Wires {
    pub spi: Peri<'static, SPI0>,
    pub miso: Peri<'static, PIN_16>,
    pub select: Peri<'static, PIN_17>,
    pub clock: Peri<'static, PIN_18>,
    pub mosi: Peri<'static, PIN_19>,
    pub reset: Peri<'static, PIN_20>,
    pub interrupt: Peri<'static, PIN_21>,
    pub send: Peri<'static, DMA_CH0>,
    pub receive: Peri<'static, DMA_CH1>,
}

/// Starts chip and stack. A chip that does not answer looks like a pulled cable.
pub async fn start(
    wires: Wires,
    mac: [u8; 6],
    seed: u64,
    report: fn(Event),
    spawner: Spawner,
) -> Stack<'static> {
    static STATE: StaticCell<State<FRAMES_IN, FRAMES_OUT>> = StaticCell::new();
    static RESOURCES: StaticCell<StackResources<SOCKETS>> = StaticCell::new();
    let mut config = SpiConfig::default();
    config.frequency = SPI_HZ;
    let spi = Spi::new(
        wires.spi,
        wires.clock,
        wires.mosi,
        wires.miso,
        wires.send,
        wires.receive,
        Irqs,
        config,
    );
    let Ok(bus) = ExclusiveDevice::new(spi, Output::new(wires.select, Level::High), Delay);
    let reset = Output::new(wires.reset, Level::High);
    let clock = || Instant::now().as_millis();
    let chip = Supervised::start((bus, reset, Delay), mac, clock, report).await;
    let interrupt = Input::new(wires.interrupt, Pull::Up);
    let started = embassy_net_wiznet::new(mac, STATE.init(State::new()), chip, interrupt, NoPin);
    let Ok((device, runner)) = started.await else {
        // The supervision answers for a chip that does not: only the bus itself could fail, and
        // that of this processor has no errors.
        panic!("the W5500 was answered for and yet refused")
    };
    let resources = RESOURCES.init(StackResources::new());
    let config = Config::dhcpv4(DhcpConfig::default());
    let (stack, net) = embassy_net::new(device, config, resources, seed);
    // Each is started once, from here: their pools of one cannot be empty.
    spawner.spawn(drive(runner).expect("the chip's task starts once"));
    spawner.spawn(stack_task(net).expect("the stack's task starts once"));
    stack
}

#[embassy_executor::task]
async fn drive(runner: Runner<'static, W5500, Chip, Input<'static>, NoPin>) -> ! {
    runner.run().await
}

#[embassy_executor::task]
async fn stack_task(mut runner: embassy_net::Runner<'static, Device<'static>>) -> ! {
    runner.run().await
}

/// The driver wants a reset pin; ours belongs to the supervision.
struct NoPin;

impl ErrorType for NoPin {
    type Error = core::convert::Infallible;
}

impl OutputPin for NoPin {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}
