//! Who gets what: reads the identity and starts the tasks of `shell`.

use crate::console::{self, Console};
use crate::flash::Area;
use crate::network::{self, Wires};
use crate::pins::{Pins, SWITCHES};
use crate::{BOARD, Irqs, identity, restart};
use core::cell::RefCell;
use core::sync::atomic::Ordering;
use drivers::w5500::Event;
use embassy_executor::{SpawnError, SpawnToken, Spawner};
use embassy_net::Stack;
use embassy_rp::Peripherals;
use embassy_rp::gpio::{Input, Pull};
use embassy_rp::usb::Driver;
use heapless::String;
use node::{Node, Out};
use shell::boot::Record;
use shell::brain::{self, Brain};
use shell::ports::{Letter, Ports, Raw, Reader, Writer};
use shell::random::Random;
use shell::sense::pins::{self as contacts, Wired};
use shell::session::{self, Account};
use shell::store::{self, BUFFER_BYTES, Store};
use shell::watch::{self, Watch};
use shell::{Identity, Part, lamps, log};
use static_cell::{ConstStaticCell, StaticCell};

static PORTS: Ports = Ports::new();
static WATCH: Watch = Watch::new();

/// Starts everything.
pub async fn start(p: Peripherals, spawner: Spawner) {
    let (watchdog, left) = restart::why(p.WATCHDOG);
    restart::arm(watchdog);
    let chip = identity::chip();
    static SERIAL: StaticCell<String<16>> = StaticCell::new();
    let serial = SERIAL.init(identity::serial(chip));
    let console = console::start(Driver::new(p.USB, Irqs), serial, spawner);
    put(spawner, console_task(console));
    put(spawner, watch_task());
    log!("start: board {} chip {serial} reset {} {}", BOARD.name, left.reset.name(), left.text);
    static FLASH: StaticCell<RefCell<Area>> = StaticCell::new();
    let flash: &'static RefCell<Area> = FLASH.init(RefCell::new(Area::new(p.FLASH)));
    static IDENTITY: StaticCell<Identity> = StaticCell::new();
    let identity = match store::identity(&mut *flash.borrow_mut()) {
        Ok(identity) => &*IDENTITY.init(identity),
        Err(why) => {
            log!("unprovisioned: {why}");
            return;
        }
    };
    log!("identity: {identity:?}");
    let pins = Pins {
        motion: Input::new(p.PIN_6, Pull::Down),
        switches: [
            Input::new(p.PIN_7, Pull::Up),
            Input::new(p.PIN_27, Pull::Up),
            Input::new(p.PIN_28, Pull::Up),
        ],
    };
    let wires = Wires {
        spi: p.SPI0,
        miso: p.PIN_16,
        select: p.PIN_17,
        clock: p.PIN_18,
        mosi: p.PIN_19,
        reset: p.PIN_20,
        interrupt: p.PIN_21,
        send: p.DMA_CH0,
        receive: p.DMA_CH1,
    };
    static BUFFER: ConstStaticCell<[u8; BUFFER_BYTES]> = ConstStaticCell::new([0; BUFFER_BYTES]);
    let mut store = Store::new(flash, BUFFER.take());
    let mut random = identity::random(chip);
    let starts = store.count_start().await;
    random.mix(u64::from(starts));
    let Some(node) = node(identity, &left, &mut store, random.next() as u32).await else { return };
    let account = Account { identity, will: node.will() };
    log!("boot {} start {starts}", node.boot());
    PORTS.status.boot.store(node.boot(), Ordering::Relaxed);
    let (writer, reader) = letters();
    static OUT: ConstStaticCell<Out> = ConstStaticCell::new(Out::new());
    let lamps = identity.lamps.clone();
    let brain = Brain { node, out: OUT.take(), store, lamps, ports: &PORTS };
    put(spawner, brain_task(brain, reader));
    put(spawner, pins_task(pins, wired(identity)));
    put(spawner, lamps_task());
    // Last, because it waits for the network chip: lamps and switches work without it.
    let stack = network::start(wires, identity::mac(chip), random.next(), told, spawner).await;
    put(spawner, session_task(stack, account, writer, random));
}

/// Every task is started once, so there is always room for it.
fn put<S>(spawner: Spawner, task: Result<SpawnToken<S>, SpawnError>) {
    match task {
        Ok(task) => spawner.spawn(task),
        Err(_) => panic!("a task was started twice"),
    }
}

/// What became of the network chip.
fn told(event: Event) {
    match event {
        Event::Revived(why) => log!("ethernet: the chip was reset: {}", why.text()),
        Event::Silent(why) => log!("ethernet: the chip does not answer: {}", why.text()),
    }
}

fn letters() -> (Writer, Reader) {
    type Channel = embassy_sync::zerocopy_channel::Channel<'static, Raw, Letter>;
    static LETTERS: ConstStaticCell<[Letter; 1]> = ConstStaticCell::new([Letter::new()]);
    static CHANNEL: StaticCell<Channel> = StaticCell::new();
    CHANNEL.init(Channel::new(LETTERS.take())).split()
}

async fn node(
    identity: &Identity,
    left: &Record,
    store: &mut Store<Area>,
    random: u32,
) -> Option<&'static mut Node> {
    let settings = match brain::settings(identity, &BOARD, left.reset, random) {
        Ok(settings) => settings,
        Err(why) => {
            log!("unprovisioned: {why:?}");
            return None;
        }
    };
    let saved = store.registers().await.unwrap_or(None);
    static NODE: StaticCell<Node> = StaticCell::new();
    Some(NODE.init_with(|| Node::new(settings, saved)))
}

fn wired(identity: &Identity) -> Wired {
    let switches = if identity.has(Part::Switch) { identity.lamps.len() } else { 0 };
    Wired { motion: identity.has(Part::Pir), switches: switches.min(SWITCHES) }
}

#[embassy_executor::task]
async fn console_task(console: Console) {
    shell::console::run(console, BOARD, &PORTS, &WATCH, async |_| false).await
}

#[embassy_executor::task]
async fn watch_task() {
    watch::run(&WATCH, BOARD).await
}

#[embassy_executor::task]
async fn brain_task(brain: Brain<Area>, letters: Reader) {
    brain::run(brain, letters, &WATCH).await
}

#[embassy_executor::task]
async fn pins_task(pins: Pins, wired: Wired) {
    contacts::run(pins, wired, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn lamps_task() {
    lamps::run(lamps::NoOutputs, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn session_task(stack: Stack<'static>, account: Account, letters: Writer, random: Random) {
    static MEMORY: ConstStaticCell<session::Memory> = ConstStaticCell::new(session::Memory::new());
    session::run(stack, account, &PORTS, letters, MEMORY.take(), random, &WATCH).await
}
