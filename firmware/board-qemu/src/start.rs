//! Who gets what: reads the identity and starts the tasks of `shell`.

use crate::ethernet::{self, Ethernet};
use crate::flash::Flash;
use crate::pins::Pins;
use crate::uart::{PORTS as UARTS, Uart};
use crate::{BOARD, clock, fault};
use core::cell::RefCell;
use core::sync::atomic::Ordering;
use drivers::dali_bridge::DaliBridge;
use drivers::i2c_bridge::Bridge;
use drivers::meter::map::SDM120;
use embassy_executor::{SpawnToken, Spawner};
use embassy_net::{Runner, Stack, StackResources};
use embassy_time::Delay;
use node::{LogState, LoggedNode, Mode, Out, Start};
use shell::bench::Bench;
use shell::boot::Record;
use shell::brain::{self, Brain, Parts};
use shell::lamps::NoOutputs;
use shell::lamps::dali::DaliOutputs;
use shell::ports::Ports;
use shell::random::Random;
use shell::sense::air::{self, Air};
use shell::sense::bus::{Bus, Shared};
use shell::sense::light::{self, Light};
use shell::sense::pins::{self as contacts, Wired};
use shell::sense::{meter, radar};
use shell::session::{self, Account};
use shell::store::{self, BUFFER_BYTES, Store};
use shell::watch::{self, Watch};
use shell::{Identity, Part, lamps, log};
use static_cell::{ConstStaticCell, StaticCell};

/// Where a test may put 32 random bytes before the start (`-device loader,addr=0x203ff000`): this
/// machine has no source of randomness. Zeros if nobody did.
const SEED: *const [u64; 4] = 0x203f_f000 as *const [u64; 4];

/// Sockets at once: DHCP, DNS, the session.
const SOCKETS: usize = 3;

static PORTS: Ports = Ports::new();
static WATCH: Watch = Watch::new();

/// Starts every task. Nothing in it waits: flash answers at once. It is no task itself, so that what it
/// needs is on the stack for a moment and not in memory for ever; and in steps, so that it is not there
/// at the same time.
pub fn spawn(spawner: Spawner, left: Record) {
    put(spawner, watch_task());
    put(spawner, fault_task());
    log!("start: board {} reset {} {}", BOARD.name, left.reset.name(), left.text);
    static FLASH: StaticCell<RefCell<Flash>> = StaticCell::new();
    // SAFETY: this is the only place that makes one, and it is reached once.
    let flash: &'static RefCell<Flash> = FLASH.init(RefCell::new(unsafe { Flash::new() }));
    static FRAME: ConstStaticCell<ethernet::Frame> = ConstStaticCell::new(ethernet::NO_FRAME);
    let ethernet = Ethernet::start(FRAME.take()).ok();
    let mac = ethernet.as_ref().map_or([0; 6], Ethernet::mac);
    PORTS.status.set_serial(mac);
    let identity = who(flash);
    let mut mind = identity.and_then(|identity| alone(spawner, &left, flash, identity));
    console(spawner, flash, identity, mind.as_mut(), mac);
    match (ethernet, mind) {
        (None, _) => log!("ethernet: the chip does not answer"),
        (Some(ethernet), Some(mind)) => network(spawner, ethernet, mind),
        (Some(_), None) => {}
    }
}

/// Behind everything that it can be asked about; what was said until now waits in its pipe.
#[inline(never)]
fn console(
    spawner: Spawner,
    flash: &'static RefCell<Flash>,
    identity: Option<&'static Identity>,
    mut mind: Option<&mut Mind>,
    mac: [u8; 6],
) {
    let apart = mind.as_mut().map(|mind| mind.random.apart());
    let random = apart.unwrap_or_else(|| random(mac, 0));
    let key = identity.and_then(|identity| identity.unlock);
    let bench = Bench::new(BOARD, &PORTS, flash, mind.map(|mind| mind.brain), key, random);
    put(spawner, console_task(UARTS[0].open(115_200), bench));
}

/// Who the node is; says why when it is nobody.
#[inline(never)]
fn who(flash: &RefCell<Flash>) -> Option<&'static Identity> {
    static IDENTITY: StaticCell<Identity> = StaticCell::new();
    match store::identity(&mut *flash.borrow_mut()) {
        Ok(identity) => Some(IDENTITY.init(identity)),
        Err(why) => {
            log!("unprovisioned: {why}");
            None
        }
    }
}

#[inline(never)]
fn alone(
    spawner: Spawner,
    left: &Record,
    flash: &'static RefCell<Flash>,
    identity: &'static Identity,
) -> Option<Mind> {
    embassy_futures::block_on(first(spawner, left, flash, identity))
}

/// What the network is started with.
struct Mind {
    account: Account,
    brain: &'static brain::Shared<Flash>,
    random: Random,
}

/// Every task is started once, so there is always room for it.
fn put<S>(spawner: Spawner, task: Result<SpawnToken<S>, embassy_executor::SpawnError>) {
    match task {
        Ok(task) => spawner.spawn(task),
        Err(_) => panic!("a task was started twice"),
    }
}

/// Starts everything that needs no network.
async fn first(
    spawner: Spawner,
    left: &Record,
    flash: &'static RefCell<Flash>,
    identity: &'static Identity,
) -> Option<Mind> {
    log!("identity: {} at {}, {}:{}", identity.node, identity.campus, identity.host, identity.port);
    static BUFFER: ConstStaticCell<[u8; BUFFER_BYTES]> = ConstStaticCell::new([0; BUFFER_BYTES]);
    let mut store = Store::new(flash, BUFFER.take());
    let starts = store.count_start().await;
    let mut random = random(PORTS.status.serial(), starts);
    let node = node(identity, left, &mut store, random.next() as u32).await?;
    let (will, mode) = (node.will(), node.mode());
    log!("boot {} start {starts} mode {}", node.boot(), mode.name());
    PORTS.status.boot.store(node.boot(), Ordering::Relaxed);
    let brain = whole(node, store, identity);
    core(spawner, brain, identity, mode);
    if mode == Mode::Normal {
        sensors(spawner, identity);
    }
    Some(Mind { account: Account { identity, will }, brain, random })
}

/// The brain in its place; apart from the rest, because it passes over the stack on its way there.
#[inline(never)]
fn whole(
    node: &'static mut LoggedNode,
    store: Store<Flash>,
    identity: &Identity,
) -> &'static brain::Shared<Flash> {
    // Not constant: it is not all zeros, and would stand in flash byte for byte.
    static OUT: StaticCell<Out> = StaticCell::new();
    let parts = Parts { node, out: OUT.init_with(Out::new), store, lamps: identity.lamps.clone() };
    static BRAIN: StaticCell<brain::Shared<Flash>> = StaticCell::new();
    BRAIN.init_with(|| brain::Shared::new(Brain::new(parts, &PORTS, BOARD)))
}

/// What runs in every mode.
#[inline(never)]
fn core(
    spawner: Spawner,
    brain: &'static brain::Shared<Flash>,
    identity: &'static Identity,
    mode: Mode,
) {
    put(spawner, brain_task(brain));
    put(spawner, pins_task(wired(identity, mode)));
    put(spawner, lamps_task(identity));
}

/// Apart from the rest, because its tasks pass over the stack on their way to their places.
#[inline(never)]
fn network(spawner: Spawner, ethernet: Ethernet, mind: Mind) {
    let Mind { account, brain, mut random } = mind;
    static RESOURCES: ConstStaticCell<StackResources<SOCKETS>> =
        ConstStaticCell::new(StackResources::new());
    let resources = RESOURCES.take();
    let config = embassy_net::Config::dhcpv4(Default::default());
    let (stack, runner) = embassy_net::new(ethernet, config, resources, random.next());
    put(spawner, network_task(runner));
    put(spawner, session_task(stack, account, brain, random));
}

/// Differs from start to start (the count), from node to node (the MAC), and by more where a test gives a
/// seed. Without one keys of TLS can be guessed: this machine has no source of randomness, and is for tests.
fn random(mac: [u8; 6], starts: u32) -> Random {
    let mut random = Random::new(&mac);
    // SAFETY: memory of the machine above what the linker script uses; nothing else writes there.
    let seed = unsafe { core::ptr::read_volatile(SEED) };
    for word in seed.into_iter().chain([u64::from(starts), clock::cycles()]) {
        random.mix(&word.to_le_bytes());
    }
    random
}

async fn node(
    identity: &Identity,
    left: &Record,
    store: &mut Store<Flash>,
    random: u32,
) -> Option<&'static mut LoggedNode> {
    let settings = match brain::settings(identity, &BOARD, left.reset, random) {
        Ok(settings) => settings,
        Err(why) => {
            log!("unprovisioned: {why}");
            return None;
        }
    };
    let held = store.held().await.unwrap_or(None);
    let mut stored = heapless::Vec::<u8, { node::limits::STORED_BYTES_MAX }>::new();
    let settled = store.settings().await.unwrap_or(None).map(|bytes| {
        // Nothing longer was ever stored; what is cut counts as damaged.
        let _ = stored.extend_from_slice(bytes);
    });
    // Last, because they are not copied: they lie in the store's memory until the next call.
    let saved = store.registers().await.unwrap_or(None);
    let start = Start {
        reset: left.reset,
        panic: (!left.text.is_empty()).then_some(&left.text),
        saved,
        stored: settled.map(|()| stored.as_slice()),
        log: Some(LogState { held }),
    };
    let node = blank();
    node.begin(settings, &start);
    Some(node)
}

/// Apart from the rest, so that what it needs on the stack is free again afterwards.
#[inline(never)]
fn blank() -> &'static mut LoggedNode {
    static NODE: StaticCell<LoggedNode> = StaticCell::new();
    NODE.init_with(LoggedNode::blank)
}

/// In core mode the wall switches and nothing else.
fn wired(identity: &Identity, mode: Mode) -> Wired {
    Wired {
        motion: identity.has(Part::Pir) && mode == Mode::Normal,
        warm: true,
        switches: if identity.has(Part::Switch) { identity.lamps.len() } else { 0 },
    }
}

/// Apart from the rest for the same reason.
#[inline(never)]
fn sensors(spawner: Spawner, identity: &'static Identity) {
    static BUS: StaticCell<Bus<I2c>> = StaticCell::new();
    let bridge = Bridge::new(UARTS[3].open(115_200), Delay);
    let bus = Shared(&*BUS.init(Bus::new(bridge)));
    if let Some(light) = Light::of(&identity.fitted, bus.clone()) {
        put(spawner, light_task(light));
    }
    if let Some(air) = Air::of(&identity.fitted, bus) {
        put(spawner, air_task(air));
    }
    if identity.has(Part::Radar) {
        put(spawner, radar_task(UARTS[2].open(radar::BAUD)));
    }
    if identity.has(Part::MeterSdm120) {
        put(spawner, meter_task(UARTS[1].open(SDM120.baud)));
    }
}

type I2c = Bridge<Uart, Delay>;

#[embassy_executor::task]
async fn console_task(uart: Uart, bench: Bench<Flash>) {
    shell::console::run(uart, bench, &WATCH, fault::obey).await
}

#[embassy_executor::task]
async fn fault_task() {
    fault::looping().await;
    fault::floods(&PORTS).await
}

#[embassy_executor::task]
async fn watch_task() {
    watch::run(&WATCH, BOARD).await
}

#[embassy_executor::task]
async fn brain_task(brain: &'static brain::Shared<Flash>) {
    brain::run(brain, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn pins_task(wired: Wired) {
    contacts::run(Pins, wired, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn lamps_task(identity: &'static Identity) {
    if identity.has(Part::Dali) {
        let line = DaliBridge::new(UARTS[4].open(115_200), Delay);
        let mut outputs = DaliOutputs::new(line, identity.lamps.len());
        lamps::run(&mut outputs, &PORTS, &WATCH).await
    } else {
        lamps::run(&mut NoOutputs, &PORTS, &WATCH).await
    }
}

#[embassy_executor::task]
async fn light_task(light: Light<Shared<I2c>>) {
    light::run(light, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn air_task(air: Air<Shared<I2c>>) {
    air::run(air, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn radar_task(line: Uart) {
    radar::run(line, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn meter_task(line: Uart) {
    meter::run(line, &SDM120, &PORTS, &WATCH).await
}

#[embassy_executor::task]
async fn network_task(mut runner: Runner<'static, Ethernet>) {
    runner.run().await
}

#[embassy_executor::task]
async fn session_task(
    stack: Stack<'static>,
    account: Account,
    brain: &'static brain::Shared<Flash>,
    random: Random,
) {
    static MEMORY: ConstStaticCell<session::Memory> = ConstStaticCell::new(session::Memory::new());
    session::run(stack, account, brain, &PORTS, MEMORY.take(), random, &WATCH).await
}
