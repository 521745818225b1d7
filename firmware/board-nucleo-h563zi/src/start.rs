//! Who gets what: reads the identity and starts the tasks of `shell`.

use crate::flash::{Area, area};
use crate::pins::{Pins, SWITCHES};
use crate::{BOARD, Irqs, identity, lamps, light, network, restart, sensors};
use core::cell::RefCell;
use core::sync::atomic::Ordering;
use embassy_executor::{SpawnError, SpawnToken, Spawner};
use embassy_net::Stack;
use embassy_stm32::gpio::{AnyPin, Input, Pull};
use embassy_stm32::rng::Rng;
use embassy_stm32::usart::{BufferedUart, Config};
use embassy_stm32::{Peri, Peripherals};
use heapless::Vec;
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
    let left = restart::why();
    restart::arm(p.IWDG);
    light::start(p.PB0);
    static SENT: ConstStaticCell<[u8; 128]> = ConstStaticCell::new([0; 128]);
    static TYPED: ConstStaticCell<[u8; 32]> = ConstStaticCell::new([0; 32]);
    let (sent, typed) = (SENT.take(), TYPED.take());
    // 115200 Bd, which this clock can make.
    let console = BufferedUart::new(p.USART3, p.PD9, p.PD8, sent, typed, Irqs, Config::default());
    let Ok(console) = console else { panic!("the console's rate cannot be made") };
    put(spawner, watch_task());
    log!("start: board {} reset {} {}", BOARD.name, left.reset.name(), left.text);
    static FLASH: StaticCell<RefCell<Area>> = StaticCell::new();
    let flash: &'static RefCell<Area> = FLASH.init(RefCell::new(area(p.FLASH)));
    let mut random = identity::random(&mut Rng::new(p.RNG, Irqs));
    PORTS.status.set_serial(identity::mac());
    let apart = random.apart();
    let minded = mind(flash, &left, random).await;
    put(spawner, console_task(console, bench(flash, minded.as_ref(), apart)));
    let Some((identity, brain, account, mode, mut random)) = minded else { return };
    put(spawner, brain_task(brain));
    let switch = |pin: Peri<'static, AnyPin>| Input::new(pin, Pull::Up);
    let switches = [switch(p.PD14.into()), switch(p.PD15.into()), switch(p.PG9.into())];
    let pins = Pins { motion: Input::new(p.PG14, Pull::Down), switches };
    put(spawner, pins_task(pins, wired(identity, mode)));
    let wires = lamps::Wires {
        timer: p.TIM1,
        volts: (p.PE9, p.PE11, p.PE13),
        relays: [p.PE14.into(), p.PG12.into(), p.PF3.into()],
    };
    put(spawner, lamps::run(wires, identity));
    if mode == Mode::Normal {
        let wires = sensors::Wires {
            bus: (p.I2C1, p.PB8, p.PB9),
            carriers: (p.GPDMA1_CH0, p.GPDMA1_CH1),
            radar: (p.USART1, p.PB7, p.PB6),
            meter: (p.USART2, p.PD6, p.PD5),
            drive: p.PD4,
        };
        sensors::start(wires, identity, spawner);
    }
    let wires = network::Wires {
        ethernet: p.ETH,
        clock: p.PA1,
        carrier: p.PA7,
        receive: (p.PC4, p.PC5),
        send: (p.PG13, p.PB15),
        sending: p.PG11,
        management: (p.ETH_SMA, p.PA2, p.PC1),
    };
    let stack = network::start(wires, identity::mac(), random.next(), spawner);
    put(spawner, session_task(stack, account, brain, random));
}

/// Every task is started once, so there is always room for it.
pub fn put<S>(spawner: Spawner, task: Result<SpawnToken<S>, SpawnError>) {
    match task {
        Ok(task) => spawner.spawn(task),
        Err(_) => panic!("a task was started twice"),
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
async fn console_task(console: BufferedUart<'static>, bench: Bench<Area>) {
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
