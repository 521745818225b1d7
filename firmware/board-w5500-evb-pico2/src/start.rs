//! Who gets what: reads the identity and starts the tasks of `shell`.

use crate::console::{self, Console};
use crate::flash::Area;
use crate::pins::{Pins, SWITCHES};
use crate::{BOARD, Irqs, identity, lamps, light, network, restart, sensors};
use core::cell::RefCell;
use core::sync::atomic::Ordering;
use drivers::w5500::Event;
use embassy_executor::{SpawnError, SpawnToken, Spawner};
use embassy_net::Stack;
use embassy_rp::gpio::{AnyPin, Input, Pull};
use embassy_rp::usb::Driver;
use embassy_rp::{Peri, Peripherals};
use heapless::{String, Vec};
use node::{LogState, LoggedNode, Mode, Out, Settings, Start};
use shell::bench::Bench;
use shell::boot::Record;
use shell::brain::{self, Brain, Parts};
use shell::ports::Ports;
use shell::random::Random;
use shell::sense::pins::{self as contacts, Wired};
use shell::session::{self, Account};
use shell::store::{self, BUFFER_BYTES, Store, VALUE_BYTES_MAX};
use shell::watch::{self, Watch};
use shell::{Identity, Part, log};
use static_cell::{ConstStaticCell, StaticCell};

/// The wires between the tasks.
pub static PORTS: Ports = Ports::new();
/// Who has checked in.
pub static WATCH: Watch = Watch::new();

/// Starts everything.
pub async fn start(p: Peripherals, spawner: Spawner) {
    let (watchdog, left) = restart::why(p.WATCHDOG);
    restart::arm(watchdog);
    light::start(p.PIN_25);
    let chip = identity::chip();
    static SERIAL: StaticCell<String<16>> = StaticCell::new();
    let serial = SERIAL.init(identity::serial(chip));
    let console = console::start(Driver::new(p.USB, Irqs), serial, spawner);
    put(spawner, watch_task());
    log!("start: board {} chip {serial} reset {} {}", BOARD.name, left.reset.name(), left.text);
    static FLASH: StaticCell<RefCell<Area>> = StaticCell::new();
    let flash: &'static RefCell<Area> = FLASH.init(RefCell::new(Area::new(p.FLASH)));
    PORTS.status.set_serial(identity::mac(chip));
    let mut random = identity::random(p.TRNG, chip);
    let apart = random.apart();
    let minded = mind(flash, &left, random).await;
    put(spawner, console_task(console, bench(flash, minded.as_ref(), apart)));
    let Some((identity, brain, account, mode, mut random)) = minded else { return };
    put(spawner, brain_task(brain));
    let switch = |pin: Peri<'static, AnyPin>| Input::new(pin, Pull::Up);
    let switches = [switch(p.PIN_7.into()), switch(p.PIN_27.into()), switch(p.PIN_28.into())];
    let pins = Pins { motion: Input::new(p.PIN_6, Pull::Down), switches };
    put(spawner, pins_task(pins, wired(identity, mode)));
    let wires = lamps::Wires {
        block: (p.PIO0, p.DMA_CH2),
        line: (p.PIN_10, p.PIN_11),
        slices: (p.PWM_SLICE6, p.PWM_SLICE7),
        volts: (p.PIN_12, p.PIN_13, p.PIN_14),
        relays: [p.PIN_15.into(), p.PIN_22.into(), p.PIN_26.into()],
    };
    put(spawner, lamps::run(wires, identity));
    if mode == Mode::Normal {
        let wires = sensors::Wires {
            bus: (p.I2C0, p.PIN_4, p.PIN_5),
            radar: (p.UART1, p.PIN_8, p.PIN_9),
            meter: (p.UART0, p.PIN_0, p.PIN_1),
            drive: p.PIN_2,
        };
        sensors::start(wires, identity, spawner);
    }
    let wires = network::Wires {
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
    // Last, because it waits for the network chip: lamps and switches work without it.
    let stack = network::start(wires, identity::mac(chip), random.next(), told, spawner).await;
    put(spawner, session_task(stack, account, brain, random));
}

/// Every task is started once, so there is always room for it.
pub fn put<S>(spawner: Spawner, task: Result<SpawnToken<S>, SpawnError>) {
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

/// The console, behind everything that it can be asked about; what was said until now waits in its pipe.
fn bench(flash: &'static RefCell<Area>, minded: Option<&Minded>, random: Random) -> Bench<Area> {
    let brain = minded.map(|(_, brain, ..)| *brain);
    let key = minded.and_then(|(identity, ..)| identity.unlock);
    Bench::new(BOARD, &PORTS, flash, brain, key, random)
}

type Minded = (&'static Identity, &'static brain::Shared<Area>, Account, Mode, Random);

/// Who the node is, and its brain with what it remembers; nothing for a node that was never told.
async fn mind(flash: &'static RefCell<Area>, left: &Record, mut random: Random) -> Option<Minded> {
    static IDENTITY: StaticCell<Identity> = StaticCell::new();
    let identity = match store::identity(&mut *flash.borrow_mut()) {
        Ok(identity) => &*IDENTITY.init(identity),
        Err(why) => {
            log!("unprovisioned: {why}");
            return None;
        }
    };
    log!("identity: {} at {}, {}:{}", identity.node, identity.campus, identity.host, identity.port);
    static BUFFER: ConstStaticCell<[u8; BUFFER_BYTES]> = ConstStaticCell::new([0; BUFFER_BYTES]);
    let mut store = Store::new(flash, BUFFER.take());
    let starts = store.count_start().await;
    random.mix(&starts.to_le_bytes());
    let node = node(identity, left, &mut store, random.next() as u32).await?;
    let (account, mode) = (Account { identity, will: node.will() }, node.mode());
    log!("boot {} start {starts} mode {}", node.boot(), mode.name());
    PORTS.status.boot.store(node.boot(), Ordering::Relaxed);
    static OUT: StaticCell<Out> = StaticCell::new();
    let parts = Parts { node, out: OUT.init_with(Out::new), store, lamps: identity.lamps.clone() };
    static BRAIN: StaticCell<brain::Shared<Area>> = StaticCell::new();
    let brain = BRAIN.init_with(|| brain::Shared::new(Brain::new(parts, &PORTS, BOARD)));
    Some((identity, brain, account, mode, random))
}

async fn node(
    identity: &Identity,
    left: &Record,
    store: &mut Store<Area>,
    random: u32,
) -> Option<&'static mut LoggedNode> {
    let settings = match brain::settings(identity, &BOARD, left.reset, random) {
        Ok(settings) => settings,
        Err(why) => {
            log!("unprovisioned: {why}");
            return None;
        }
    };
    let mut saved = Vec::<u8, VALUE_BYTES_MAX>::new();
    if let Ok(Some(bytes)) = store.registers().await {
        // Nothing longer was ever saved.
        let _ = saved.extend_from_slice(bytes);
    }
    let held = store.held().await.unwrap_or(None);
    let stored = store.settings().await.unwrap_or(None);
    let start = Start {
        reset: left.reset,
        panic: (!left.text.is_empty()).then_some(&left.text),
        saved: (!saved.is_empty()).then_some(&saved),
        stored,
        log: Some(LogState { held }),
    };
    Some(begin(settings, &start))
}

/// Apart from the rest, so that what making a node needs on the stack is free again afterwards.
#[inline(never)]
fn begin(settings: Settings, start: &Start<'_>) -> &'static mut LoggedNode {
    static NODE: StaticCell<LoggedNode> = StaticCell::new();
    let node = NODE.init_with(LoggedNode::blank);
    node.begin(settings, start);
    node
}

/// In core mode the wall switches and nothing else.
fn wired(identity: &Identity, mode: Mode) -> Wired {
    let switches = if identity.has(Part::Switch) { identity.lamps.len() } else { 0 };
    Wired {
        motion: identity.has(Part::Pir) && mode == Mode::Normal,
        warm: false,
        switches: switches.min(SWITCHES),
    }
}

#[embassy_executor::task]
async fn console_task(console: Console, bench: Bench<Area>) {
    shell::console::run(console, bench, &WATCH, async |_| false).await
}

#[embassy_executor::task]
async fn watch_task() {
    watch::run(&WATCH, BOARD).await
}

#[embassy_executor::task]
async fn brain_task(brain: &'static brain::Shared<Area>) {
    brain::run(brain, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn pins_task(pins: Pins, wired: Wired) {
    contacts::run(pins, wired, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn session_task(
    stack: Stack<'static>,
    account: Account,
    brain: &'static brain::Shared<Area>,
    random: Random,
) {
    static MEMORY: ConstStaticCell<session::Memory> = ConstStaticCell::new(session::Memory::new());
    session::run(stack, account, brain, &PORTS, MEMORY.take(), random, &WATCH).await
}
