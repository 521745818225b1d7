//! The campus on a real broker: every node is the firmware's own brain behind its own connection,
//! or, where it is emulated, the whole firmware in QEMU.
//!
//! One task per node, one world behind a lock, one clock. Physics and brains are advanced at their
//! nominal campus times, however late a task wakes up.

mod emulated_task;
mod faults;
mod link;
mod node_task;

use crate::campus::Plan;
use crate::clock::ScaledClock;
use crate::emulated::Error;
use crate::room::Happening;
use crate::world::{RegisterTruth, Truth, World};
use emulated_task::EmulatedTask;
pub use faults::Faults;
use node_task::{NodeTask, Order};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;

/// Account and password of a node at the broker; `None` where it asks for none.
pub type Credentials = Arc<dyn Fn(&str) -> Option<(String, String)> + Send + Sync>;

/// Called for every acknowledgement that reaches a node: node, boot, seq.
pub type OnAck = Arc<dyn Fn(&str, u32, u32) + Send + Sync>;

/// What a runner needs.
#[derive(Clone)]
pub struct RunnerSettings {
    /// The campus.
    pub plan: Arc<Plan>,
    /// Host and port.
    pub broker: (String, u16),
    /// Accounts of the nodes.
    pub credentials: Credentials,
    /// Campus time: start and speed.
    pub clock: ScaledClock,
    /// Seed of people, clouds and faults.
    pub seed: u64,
    /// What goes wrong on the air from the start.
    pub faults: Faults,
    /// Who wants to know what was acknowledged.
    pub on_ack: Option<OnAck>,
    /// Where nodes keep their saved bytes (`<node>.saved`); `None` keeps them in memory. What
    /// lies there already is what the nodes wake up with.
    pub saved_folder: Option<PathBuf>,
    /// Which nodes are emulated boards; the clock has to be real time then.
    pub emulated: Option<Emulated>,
}

/// The first room nodes of a plan as emulated boards.
#[derive(Clone, Debug)]
pub struct Emulated {
    /// How many; at most as many as there are rooms.
    pub nodes: usize,
    /// The firmware's ELF.
    pub image: PathBuf,
    /// Where each gets a folder of its own, for flash, sockets and logs.
    pub folder: PathBuf,
}

/// What a node has done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeCounters {
    /// The node.
    pub node: String,
    /// Its present boot.
    pub boot: u32,
    /// Whether it is connected and subscribed.
    pub connected: bool,
    /// How often it got so far.
    pub connects: u64,
    /// Hellos published.
    pub hellos: u64,
    /// Frames handed to the connection, repeats included.
    pub frames_published: u64,
    /// Frames lost, doubled or held by [`Faults`].
    pub frames_disturbed: u64,
    /// Acknowledgements of any boot that arrived.
    pub acks_seen: u64,
    /// Highest frame of this boot ever published.
    pub last_seq: u32,
    /// Highest frame of this boot that was acknowledged.
    pub acked_seq: u32,
    /// Frames that the node still keeps.
    pub unacknowledged: u32,
    /// Desired states that arrived.
    pub desired_seen: u64,
    /// Leases that arrived.
    pub leases_seen: u64,
    /// Presses of its wall switch.
    pub presses: u64,
}

/// A campus that runs. Dropping it breaks all connections without a word.
pub struct Runner {
    shared: Arc<Shared>,
    orders: Vec<mpsc::UnboundedSender<Order>>,
    faults: watch::Sender<Faults>,
    tasks: Vec<JoinHandle<()>>,
    /// Orders of nodes that wait for [`Runner::emulate`].
    unstarted: Vec<(usize, mpsc::UnboundedReceiver<Order>)>,
}

/// What the tasks share.
struct Shared {
    settings: RunnerSettings,
    world: Arc<Mutex<World>>,
    counters: Vec<Mutex<NodeCounters>>,
    happenings: broadcast::Sender<Happening>,
}

/// What firmware calls the circuit of the meter behind a board (`shell::sense::meter`).
const BOARD_METER: &str = "meter";

/// Happenings that a slow listener may lag behind before it misses some.
const HAPPENINGS_MAX: usize = 4_096;

/// How often rooms that no node asks about are moved on, in campus ms, but within these real ms.
const OVERSEE_CAMPUS_MS: f64 = 3_000.0;
const OVERSEE_REAL_MS: (f64, f64) = (20.0, 100.0);

impl RunnerSettings {
    /// A campus on a broker that asks for no accounts, with nothing going wrong.
    pub fn new(plan: Arc<Plan>, broker: (String, u16), clock: ScaledClock) -> Self {
        Self {
            seed: plan.seed,
            plan,
            broker,
            credentials: Arc::new(|_| None),
            clock,
            faults: Faults::default(),
            on_ack: None,
            saved_folder: None,
            emulated: None,
        }
    }
}

impl Runner {
    /// Starts all nodes but those that are emulated, which [`Runner::emulate`] starts. Must be called
    /// within a tokio runtime with timers and sockets.
    pub fn start(settings: RunnerSettings) -> Self {
        let now = settings.clock.now_ms();
        let world = World::new(settings.plan.clone(), settings.seed, now);
        let named = |node: &crate::campus::NodePlan| {
            Mutex::new(NodeCounters { node: node.id.clone(), ..NodeCounters::default() })
        };
        let shared = Arc::new(Shared {
            world: Arc::new(Mutex::new(world)),
            counters: settings.plan.nodes.iter().map(named).collect(),
            happenings: broadcast::channel(HAPPENINGS_MAX).0,
            settings,
        });
        let (faults, watched) = watch::channel(shared.settings.faults);
        let (mut orders, mut tasks, mut unstarted) = (Vec::new(), Vec::new(), Vec::new());
        let plan = &shared.settings.plan;
        let emulated = shared.settings.emulated.as_ref().map_or(0, |emulated| emulated.nodes);
        for node in 0..plan.nodes.len() {
            let (order, ordered) = mpsc::unbounded_channel();
            // Room nodes stand first.
            if node < emulated.min(plan.rooms.len()) {
                orders.push(order);
                unstarted.push((node, ordered));
                continue;
            }
            let task = NodeTask::new(shared.clone(), node, ordered, watched.clone());
            orders.push(order);
            tasks.push(tokio::spawn(task.run()));
        }
        tasks.push(tokio::spawn(oversee(shared.clone())));
        Self { shared, orders, faults, tasks, unstarted }
    }

    /// Starts the nodes that are emulated boards.
    ///
    /// # Errors
    /// The clock is faster than real time, QEMU or the image is missing, or a board does not start.
    pub async fn emulate(&mut self) -> Result<(), Error> {
        let speed = self.clock().speed;
        if !self.unstarted.is_empty() && speed != 1.0 {
            let what = format!("emulated boards run in real time, not {speed} times as fast");
            return Err(Error::new(what));
        }
        for (node, ordered) in std::mem::take(&mut self.unstarted) {
            let task = EmulatedTask::start(self.shared.clone(), node, ordered).await?;
            // Before the one that oversees, which is always the last.
            self.tasks.insert(0, tokio::spawn(task.run()));
        }
        Ok(())
    }

    /// What is true now. An emulated board has one meter behind it, which counts all of its lamps.
    pub fn truth(&self) -> Truth {
        let mut truth = lock(&self.shared.world).truth(self.clock().now_ms());
        let emulated = self.shared.settings.emulated.as_ref().map_or(0, |emulated| emulated.nodes);
        for node in self.plan().nodes.iter().take(emulated.min(self.plan().rooms.len())) {
            let lamps = truth.registers.iter().filter(|register| register.node == node.id);
            let (energy_wh, counted_mwms) =
                lamps.fold((0, 0), |sum, lamp| (sum.0 + lamp.energy_wh, sum.1 + lamp.counted_mwms));
            let (node, channel) = (node.id.clone(), BOARD_METER);
            truth.registers.push(RegisterTruth { node, channel, energy_wh, counted_mwms });
        }
        truth
    }

    /// What the nodes have done so far, in the order of [`Plan::nodes`].
    pub fn counters(&self) -> Vec<NodeCounters> {
        self.shared.counters.iter().map(|counters| lock(counters).clone()).collect()
    }

    /// Everything worth telling from now on. A listener that lags misses the oldest.
    pub fn happenings(&self) -> broadcast::Receiver<Happening> {
        self.shared.happenings.subscribe()
    }

    /// The campus clock.
    pub fn clock(&self) -> ScaledClock {
        self.shared.settings.clock
    }

    /// The campus.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.shared.settings.plan
    }

    /// Breaks the connection of a node without a word and keeps it down for this real time.
    /// False for a node that is not there; so too below.
    pub fn cut(&self, node: &str, down_for: Duration) -> bool {
        self.order(node, Order::Cut(down_for))
    }

    /// Takes a node's supply away and gives it back: it wakes up with what it had saved.
    pub fn reboot(&self, node: &str) -> bool {
        self.order(node, Order::Reboot)
    }

    /// Presses the wall switch of a lamp channel.
    pub fn press(&self, node: &str, channel: &'static str) -> bool {
        self.order(node, Order::Press(channel))
    }

    /// Stops physics where it is, see [`World::freeze`]; nodes go on measuring and reporting.
    pub fn freeze(&self) {
        lock(&self.shared.world).freeze();
    }

    /// What goes wrong on the air from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.faults.send_replace(faults);
    }

    /// Lets all nodes say goodbye, and says what was true in the end.
    pub async fn stop(mut self) -> Truth {
        for order in &self.orders {
            // A task that has ended needs no order.
            let _ = order.send(Order::Stop);
        }
        // The last task oversees and never ends by itself.
        if let Some(oversee) = self.tasks.pop() {
            oversee.abort();
        }
        for task in std::mem::take(&mut self.tasks) {
            // A task that panicked has already told so on stderr.
            let _ = task.await;
        }
        self.truth()
    }

    fn order(&self, node: &str, order: Order) -> bool {
        let index = self.plan().node(node);
        index.is_some_and(|index| self.orders[index].send(order).is_ok())
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Moves everything on, so that happenings come in time even where no node looks.
async fn oversee(shared: Arc<Shared>) {
    let ms = OVERSEE_CAMPUS_MS / shared.settings.clock.speed;
    let ms = ms.clamp(OVERSEE_REAL_MS.0, OVERSEE_REAL_MS.1);
    let mut every = tokio::time::interval(Duration::from_secs_f64(ms / 1000.0));
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let happenings = {
            let mut world = lock(&shared.world);
            world.advance(shared.settings.clock.now_ms());
            world.take_happenings()
        };
        for happening in happenings {
            // Nobody may be listening.
            let _ = shared.happenings.send(happening);
        }
    }
}

/// A task that panicked while it held the lock has broken its own node, not the campus.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
