//! What surrounds an emulated node: what its sensors see, what its meter counts, what its lamps do.
//!
//! Two of them: [`InWorld`], a node's place in a simulated campus, and [`ByHand`], which a test or
//! a benchmark holds in its hands.

use crate::campus::NodeKind;
use crate::clock::ScaledClock;
use crate::world::World;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;
use wire::{Quantity, Sample, Value};

/// Changes of lamps that [`ByHand`] keeps; older ones are forgotten.
const CHANGES_MAX: usize = 10_000;

/// Lamps of each channel in [`ByHand`]: two panels of 40 W.
const LAMPS_W: u32 = 80;

/// What the sensors of a node would see now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// The PIR's output.
    pub motion: bool,
    /// Somebody is there, moving or not: what a radar is for.
    pub presence: bool,
    /// Light at the sensor, lx.
    pub illuminance_lx: f64,
    /// CO₂, ppm.
    pub co2_ppm: f64,
    /// Temperature, °C.
    pub temperature_c: f64,
    /// Relative humidity, %.
    pub humidity_pct: f64,
}

/// What a meter shows now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metered {
    /// Power, W.
    pub power_w: f64,
    /// Register, Wh.
    pub energy_wh: u64,
}

/// Where a node hangs. Lamp channels are counted from 0, in the order the node was given them.
pub trait Surroundings: Send + Sync + 'static {
    /// What its sensors see.
    fn seen(&self) -> Seen;
    /// What the meter behind it shows: all of its lamps together.
    fn meter(&self) -> Metered;
    /// Power of the lamps of each channel at full light, W.
    fn lamps_w(&self) -> Vec<u32>;
    /// Lamp channels whose wall switch was pressed since this was asked last.
    fn take_presses(&self) -> Vec<usize>;
    /// The lamps of a channel are at this level, %; `settled` when they have been for a moment.
    fn shine(&self, channel: usize, level_pct: u8, settled: bool);
    /// Told when something changed that should not wait to be looked at.
    fn changed(&self) -> &Notify;
}

/// A node's place in a world that its runner shares, at the world's own time.
pub struct InWorld {
    world: Arc<Mutex<World>>,
    clock: ScaledClock,
    node: usize,
    channels: Vec<&'static str>,
    pressed: Mutex<Vec<usize>>,
    changed: Notify,
}

impl InWorld {
    /// The place of a node of the world's plan. `None` for a node that is not there.
    pub fn new(world: Arc<Mutex<World>>, clock: ScaledClock, node: usize) -> Option<Self> {
        let channels = {
            let world = lock(&world);
            world.plan().channels(world.plan().nodes.get(node)?.kind)
        };
        let (pressed, changed) = (Mutex::new(Vec::new()), Notify::new());
        Some(Self { world, clock, node, channels, pressed, changed })
    }

    /// Somebody presses a wall switch beyond what people in the world do.
    pub fn press(&self, channel: &str) {
        let at = self.channels.iter().position(|&own| own == channel);
        lock(&self.pressed).extend(at);
        self.changed.notify_one();
    }

    fn now(&self) -> i64 {
        self.clock.now_ms()
    }
}

impl Surroundings for InWorld {
    fn seen(&self) -> Seen {
        let mut world = lock(&self.world);
        let t = self.now();
        let mut of = |quantity, absent: f64| {
            world.sense(self.node, quantity, t).map_or(absent, |sample| number(sample, absent))
        };
        let motion = of(Quantity::Motion, 0.0) > 0.0;
        let illuminance_lx = of(Quantity::IlluminanceLx, 0.0);
        let co2_ppm = of(Quantity::Co2Ppm, 420.0);
        let temperature_c = of(Quantity::TemperatureC, 21.0);
        let humidity_pct = of(Quantity::HumidityPct, 50.0);
        let presence = world.people(self.node, t).is_some_and(|people| people > 0);
        Seen { motion, presence, illuminance_lx, co2_ppm, temperature_c, humidity_pct }
    }

    fn meter(&self) -> Metered {
        let mut world = lock(&self.world);
        let t = self.now();
        let mut sum = Metered::default();
        for channel in &self.channels {
            let power = world.power(self.node, channel, t);
            sum.power_w += power.map_or(0.0, |sample| number(sample, 0.0));
            sum.energy_wh += world.register_wh(self.node, channel, t).unwrap_or(0);
        }
        sum
    }

    fn lamps_w(&self) -> Vec<u32> {
        let world = lock(&self.world);
        let plan = world.plan();
        let room = plan.nodes[self.node].kind.room();
        room.map_or_else(Vec::new, |room| {
            plan.rooms[room].zones.iter().map(|zone| zone.lamp_w).collect()
        })
    }

    fn take_presses(&self) -> Vec<usize> {
        let by_people = lock(&self.world).presses(self.node, self.now());
        let places = by_people.into_iter();
        let places = places.filter_map(|zone| self.channels.iter().position(|&own| own == zone));
        lock(&self.pressed).drain(..).chain(places).collect()
    }

    fn shine(&self, channel: usize, level_pct: u8, settled: bool) {
        if let Some(channel) = self.channels.get(channel) {
            lock(&self.world).follow(self.node, channel, level_pct, settled, self.now());
        }
    }

    fn changed(&self) -> &Notify {
        &self.changed
    }
}

/// Whether a node of a plan can be emulated: a board has sensors and lamps of one room.
pub fn can_be_emulated(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Room(_))
}

/// A lamp went to another level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LampChange {
    /// Lamp channel, from 0.
    pub channel: usize,
    /// From now on, %.
    pub level_pct: u8,
    /// When the gear did it.
    pub at: Instant,
}

/// Surroundings in the hands of a test: they change when it says so, and remember what lamps did.
pub struct ByHand {
    state: Mutex<Held>,
    changed: Notify,
    moved: Notify,
}

struct Held {
    seen: Seen,
    meter: Metered,
    pressed: Vec<usize>,
    levels: Vec<u8>,
    changes: VecDeque<LampChange>,
}

impl ByHand {
    /// An empty room at 300 lx with this many dark lamp channels, and meters at 0 Wh.
    pub fn new(channels: usize) -> Self {
        let seen = Seen {
            motion: false,
            presence: false,
            illuminance_lx: 300.0,
            co2_ppm: 450.0,
            temperature_c: 21.0,
            humidity_pct: 50.0,
        };
        let state = Mutex::new(Held {
            seen,
            meter: Metered::default(),
            pressed: Vec::new(),
            levels: vec![0; channels],
            changes: VecDeque::new(),
        });
        Self { state, changed: Notify::new(), moved: Notify::new() }
    }

    /// Changes what sensors see.
    pub fn see(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut lock(&self.state).seen);
        self.changed.notify_one();
    }

    /// What the meter behind the node shows from now on.
    pub fn set_meter(&self, meter: Metered) {
        lock(&self.state).meter = meter;
    }

    /// Presses the wall switch of a lamp channel once.
    pub fn press(&self, channel: usize) {
        lock(&self.state).pressed.push(channel);
        self.changed.notify_one();
    }

    /// Level of every lamp channel now, %.
    pub fn levels(&self) -> Vec<u8> {
        lock(&self.state).levels.clone()
    }

    /// What lamps did since this was asked last, oldest first.
    pub fn take_changes(&self) -> Vec<LampChange> {
        lock(&self.state).changes.drain(..).collect()
    }

    /// Told when a lamp changes.
    pub fn moved(&self) -> &Notify {
        &self.moved
    }
}

impl Surroundings for ByHand {
    fn seen(&self) -> Seen {
        lock(&self.state).seen
    }

    fn meter(&self) -> Metered {
        lock(&self.state).meter
    }

    fn lamps_w(&self) -> Vec<u32> {
        vec![LAMPS_W; lock(&self.state).levels.len()]
    }

    fn take_presses(&self) -> Vec<usize> {
        std::mem::take(&mut lock(&self.state).pressed)
    }

    fn shine(&self, channel: usize, level_pct: u8, _: bool) {
        let mut state = lock(&self.state);
        if state.levels.get(channel).is_none_or(|&level| level == level_pct) {
            return;
        }
        state.levels[channel] = level_pct;
        if state.changes.len() == CHANGES_MAX {
            state.changes.pop_front();
        }
        state.changes.push_back(LampChange { channel, level_pct, at: Instant::now() });
        drop(state);
        self.moved.notify_one();
    }

    fn changed(&self) -> &Notify {
        &self.changed
    }
}

/// A measured value as a number; `absent` where there is none.
fn number(sample: Sample, absent: f64) -> f64 {
    match sample {
        Sample::Is(value) => as_f64(value),
        Sample::No(_) => absent,
    }
}

fn as_f64(value: Value) -> f64 {
    value.milli() as f64 / 1000.0
}

/// Who panicked while holding it has broken its own node only.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
