//! TCP/IP over the chip's own Ethernet controller and the LAN8742A beside it.

use crate::Irqs;
use embassy_executor::Spawner;
use embassy_net::{Config, DhcpConfig, Stack, StackResources};
use embassy_stm32::Peri;
use embassy_stm32::eth::{Ethernet, GenericPhy, PacketQueue, Sma};
use embassy_stm32::peripherals::{ETH, ETH_SMA, PA1, PA2, PA7, PB15, PC1, PC4, PC5, PG11, PG13};
use static_cell::StaticCell;

/// Frames that wait to be read, and to be sent; 1536 bytes each.
const FRAMES_IN: usize = 4;
const FRAMES_OUT: usize = 4;
/// MQTT, time, names, DHCP, and one in reserve.
const SOCKETS: usize = 5;

type Device = Ethernet<'static, ETH, GenericPhy<Sma<'static, ETH_SMA>>>;

/// What of the processor the transceiver hangs on.
pub struct Wires {
    pub ethernet: Peri<'static, ETH>,
    pub clock: Peri<'static, PA1>,
    pub carrier: Peri<'static, PA7>,
    pub receive: (Peri<'static, PC4>, Peri<'static, PC5>),
    pub send: (Peri<'static, PG13>, Peri<'static, PB15>),
    pub sending: Peri<'static, PG11>,
    pub management: (Peri<'static, ETH_SMA>, Peri<'static, PA2>, Peri<'static, PC1>),
}

/// Starts controller and stack.
pub fn start(wires: Wires, mac: [u8; 6], seed: u64, spawner: Spawner) -> Stack<'static> {
    static FRAMES: StaticCell<PacketQueue<FRAMES_OUT, FRAMES_IN>> = StaticCell::new();
    static RESOURCES: StaticCell<StackResources<SOCKETS>> = StaticCell::new();
    let (sma, mdio, mdc) = wires.management;
    let device = Ethernet::new(
        FRAMES.init_with(PacketQueue::new),
        wires.ethernet,
        Irqs,
        wires.clock,
        wires.carrier,
        wires.receive.0,
        wires.receive.1,
        wires.send.0,
        wires.send.1,
        wires.sending,
        mac,
        sma,
        mdio,
        mdc,
    );
    let resources = RESOURCES.init(StackResources::new());
    let config = Config::dhcpv4(DhcpConfig::default());
    let (stack, runner) = embassy_net::new(device, config, resources, seed);
    // Started once, from here: its pool of one cannot be empty.
    spawner.spawn(run(runner).expect("the stack's task starts once"));
    stack
}

#[embassy_executor::task]
async fn run(mut runner: embassy_net::Runner<'static, Device>) -> ! {
    runner.run().await
}
