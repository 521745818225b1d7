//! Who gets what: reads the identity and starts the tasks of `shell`.

use crate::ethernet::{self, Ethernet};
use crate::flash::Flash;
use crate::pins::Pins;
use crate::uart::{PORTS as UARTS, Uart};
use crate::{BOARD, clock, fault};
use core::cell::RefCell;
use core::sync::atomic::Ordering;
use embassy_executor::{SpawnToken, Spawner};
use embassy_net::{Runner, Stack, StackResources};
use node::{Node, Out};
use shell::boot::Record;
use shell::brain::{self, Brain};
use shell::ports::{Letter, Ports, Raw, Reader, Writer};
use shell::random::Random;
use shell::sense::pins::{self as contacts, Wired};
use shell::session::{self, Account};
use shell::store::{self, BUFFER_BYTES, Store};
use shell::watch::{self, Watch};
use shell::{Identity, Part, console, lamps, log};
use static_cell::{ConstStaticCell, StaticCell};

/// Where a test may put 32 random bytes before the start (`-device loader,addr=0x203ff000`): this
/// machine has no source of randomness. Zeros if nobody did.
const SEED: *const [u64; 4] = 0x203f_f000 as *const [u64; 4];

/// Sockets at once: DHCP, DNS, the session, one to spare.
const SOCKETS: usize = 4;

static PORTS: Ports = Ports::new();
static WATCH: Watch = Watch::new();

/// Starts the first task, which starts the others.
pub fn spawn(spawner: Spawner, left: Record) {
    put(spawner, first(spawner, left));
}

/// Every task is started once, so there is always room for it.
fn put<S>(spawner: Spawner, task: Result<SpawnToken<S>, embassy_executor::SpawnError>) {
    match task {
        Ok(task) => spawner.spawn(task),
        Err(_) => panic!("a task was started twice"),
    }
}

#[embassy_executor::task]
async fn first(spawner: Spawner, left: Record) {
    put(spawner, console_task(UARTS[0].open(115_200)));
    put(spawner, watch_task());
    log!("start: board {} reset {} {}", BOARD.name, left.reset.name(), left.text);
    static FLASH: StaticCell<RefCell<Flash>> = StaticCell::new();
    // SAFETY: this is the only place that makes one, and it is reached once.
    let flash: &'static RefCell<Flash> = FLASH.init(RefCell::new(unsafe { Flash::new() }));
    static IDENTITY: StaticCell<Identity> = StaticCell::new();
    let identity = match store::identity(&mut *flash.borrow_mut()) {
        Ok(identity) => &*IDENTITY.init(identity),
        Err(why) => {
            log!("unprovisioned: {why}");
            return;
        }
    };
    log!("identity: {identity:?}");
    static BUFFER: ConstStaticCell<[u8; BUFFER_BYTES]> = ConstStaticCell::new([0; BUFFER_BYTES]);
    let mut store = Store::new(flash, BUFFER.take());
    static FRAME: ConstStaticCell<ethernet::Frame> = ConstStaticCell::new(ethernet::NO_FRAME);
    let ethernet = Ethernet::start(FRAME.take()).ok();
    let mac = ethernet.as_ref().map_or([0; 6], Ethernet::mac);
    let starts = store.count_start().await;
    let mut random = random(mac, starts);
    let Some(node) = node(identity, &left, &mut store, random.next() as u32).await else { return };
    let will = node.will();
    log!("boot {} start {starts}", node.boot());
    PORTS.status.boot.store(node.boot(), Ordering::Relaxed);
    static LETTERS: ConstStaticCell<[Letter; 1]> = ConstStaticCell::new([Letter::new()]);
    static CHANNEL: StaticCell<embassy_sync::zerocopy_channel::Channel<'static, Raw, Letter>> =
        StaticCell::new();
    let channel = CHANNEL.init(embassy_sync::zerocopy_channel::Channel::new(LETTERS.take()));
    let (writer, reader) = channel.split();
    static OUT: ConstStaticCell<Out> = ConstStaticCell::new(Out::new());
    let lamps = identity.lamps.clone();
    let brain = Brain { node, out: OUT.take(), store, lamps, ports: &PORTS };
    put(spawner, brain_task(brain, reader));
    put(spawner, pins_task(wired(identity)));
    put(spawner, lamps_task());
    match ethernet {
        Some(ethernet) => {
            let account = Account { identity, will };
            network(spawner, ethernet, account, writer, random);
        }
        None => log!("ethernet: the chip does not answer"),
    }
}

fn network(
    spawner: Spawner,
    ethernet: Ethernet,
    account: Account,
    writer: Writer,
    mut random: Random,
) {
    static RESOURCES: StaticCell<StackResources<SOCKETS>> = StaticCell::new();
    let resources = RESOURCES.init(StackResources::new());
    let config = embassy_net::Config::dhcpv4(Default::default());
    let (stack, runner) = embassy_net::new(ethernet, config, resources, random.next());
    put(spawner, network_task(runner));
    put(spawner, session_task(stack, account, writer, random));
}

/// Differs from start to start (the count), from node to node (the MAC), and by more where a test gives a
/// seed.
fn random(mac: [u8; 6], starts: u32) -> Random {
    let [a, b, c, d, e, f] = mac;
    let mut random = Random::new(u64::from_le_bytes([a, b, c, d, e, f, 0, 0]));
    // SAFETY: memory of the machine above what the linker script uses; nothing else writes there.
    let seed = unsafe { core::ptr::read_volatile(SEED) };
    for word in seed.into_iter().chain([u64::from(starts), clock::cycles()]) {
        random.mix(word);
    }
    random
}

async fn node(
    identity: &Identity,
    left: &Record,
    store: &mut Store<Flash>,
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
    Wired {
        motion: identity.has(Part::Pir),
        switches: if identity.has(Part::Switch) { identity.lamps.len() } else { 0 },
    }
}

#[embassy_executor::task]
async fn console_task(uart: Uart) {
    console::run(uart, BOARD, &PORTS, &WATCH, fault::obey).await
}

#[embassy_executor::task]
async fn watch_task() {
    watch::run(&WATCH, BOARD).await
}

#[embassy_executor::task]
async fn brain_task(brain: Brain<Flash>, letters: Reader) {
    brain::run(brain, letters, &WATCH).await
}

#[embassy_executor::task]
async fn pins_task(wired: Wired) {
    contacts::run(Pins, wired, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn lamps_task() {
    lamps::run(lamps::NoOutputs, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn network_task(mut runner: Runner<'static, Ethernet>) {
    runner.run().await
}

#[embassy_executor::task]
async fn session_task(stack: Stack<'static>, account: Account, letters: Writer, random: Random) {
    static MEMORY: ConstStaticCell<session::Memory> = ConstStaticCell::new(session::Memory::new());
    session::run(stack, account, &PORTS, letters, MEMORY.take(), random, &WATCH).await
}
