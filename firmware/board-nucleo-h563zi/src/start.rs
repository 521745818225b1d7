//! Who gets what: reads the identity and starts the tasks of `shell`.

use crate::flash::Area;
use crate::network::{self, Wires};
use crate::pins::{Pins, SWITCHES};
use crate::{BOARD, Irqs, identity, restart};
use core::cell::RefCell;
use core::sync::atomic::Ordering;
use embassy_executor::{SpawnError, SpawnToken, Spawner};
use embassy_net::Stack;
use embassy_stm32::Peripherals;
use embassy_stm32::gpio::{Input, Pull};
use embassy_stm32::rng::Rng;
use embassy_stm32::usart::{BufferedUart, Config};
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
    let left = restart::why();
    restart::arm(p.IWDG);
    static SENT: ConstStaticCell<[u8; 128]> = ConstStaticCell::new([0; 128]);
    static TYPED: ConstStaticCell<[u8; 32]> = ConstStaticCell::new([0; 32]);
    // 115200 Bd, as every terminal expects. A rate that the clock can make is no error.
    let console = BufferedUart::new(
        p.USART3,
        p.PD9,
        p.PD8,
        SENT.take(),
        TYPED.take(),
        Irqs,
        Config::default(),
    );
    let Ok(console) = console else { panic!("the console's rate cannot be made") };
    put(spawner, console_task(console));
    put(spawner, watch_task());
    log!("start: board {} reset {} {}", BOARD.name, left.reset.name(), left.text);
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
        motion: Input::new(p.PG14, Pull::Down),
        switches: [
            Input::new(p.PD14, Pull::Up),
            Input::new(p.PD15, Pull::Up),
            Input::new(p.PG9, Pull::Up),
        ],
    };
    let wires = Wires {
        ethernet: p.ETH,
        clock: p.PA1,
        carrier: p.PA7,
        receive: (p.PC4, p.PC5),
        send: (p.PG13, p.PB15),
        sending: p.PG11,
        management: (p.ETH_SMA, p.PA2, p.PC1),
    };
    static BUFFER: ConstStaticCell<[u8; BUFFER_BYTES]> = ConstStaticCell::new([0; BUFFER_BYTES]);
    let mut store = Store::new(flash, BUFFER.take());
    let mut random = identity::random(&mut Rng::new(p.RNG, Irqs));
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
    let stack = network::start(wires, identity::mac(), random.next(), spawner);
    put(spawner, session_task(stack, account, writer, random));
}

/// Every task is started once, so there is always room for it.
fn put<S>(spawner: Spawner, task: Result<SpawnToken<S>, SpawnError>) {
    match task {
        Ok(task) => spawner.spawn(task),
        Err(_) => panic!("a task was started twice"),
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
async fn console_task(console: BufferedUart<'static>) {
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
