//! Starts one task per bus, and is the handle to all of them.

use super::fault::Fault;
use super::gateway::{Gateway, Wanted};
use super::line::{Dial, Line};
use super::live::Live;
use super::meter::Meter;
use super::outlet::Outlet;
use super::plan::{BusConfig, GatewayConfig, PolledMeter};
use super::probe::{ProbeReport, ProbeRequest};
use super::schedule::Schedule;
use super::task::{Asked, Device, Task};
use super::{Said, Taken};
use crate::clock::Clock;
use crate::limits;
use controller::MeterIx;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use wire::Id;

/// The buses at work; a handle that can be cloned. They stop when the last one is gone.
#[derive(Clone, Debug)]
pub struct Buses {
    live: Arc<Mutex<Live>>,
    asked: Vec<mpsc::Sender<Asked>>,
    gateways: Arc<Vec<Reach>>,
    stop: watch::Sender<bool>,
    tasks: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

/// How a gateway is told something.
#[derive(Debug)]
struct Reach {
    id: Id,
    channels: Vec<Id>,
    wanted: Arc<Wanted>,
    bell: Arc<Notify>,
}

/// Starts one task per bus. What they say comes through `wrap` into `out`; a full queue makes them
/// drop what a newer reading overtakes, never wait. Needs a runtime.
pub fn start<E: Send + 'static>(
    buses: Vec<BusConfig>,
    meters: Vec<PolledMeter>,
    gateways: Vec<GatewayConfig>,
    clock: Clock,
    out: mpsc::Sender<E>,
    wrap: fn(Said) -> E,
) -> Buses {
    start_over(buses, meters, gateways, clock, (out, wrap), |_| None)
}

/// As [`start`]; a bus for which there is a `dial` is reached by it.
pub(super) fn start_over<E: Send + 'static>(
    buses: Vec<BusConfig>,
    meters: Vec<PolledMeter>,
    gateways: Vec<GatewayConfig>,
    clock: Clock,
    (out, wrap): (mpsc::Sender<E>, fn(Said) -> E),
    dial: impl Fn(usize) -> Option<Dial>,
) -> Buses {
    let live = Arc::new(Mutex::new(Live::new(&buses, &meters, &gateways)));
    let outlet = Outlet::new(live.clone());
    let (stop, stopping) = watch::channel(false);
    let bells: Vec<Arc<Notify>> = buses.iter().map(|_| Arc::default()).collect();
    let reach = |gateway: &GatewayConfig| Reach {
        id: gateway.id,
        channels: gateway.channels.iter().map(|(channel, _)| *channel).collect(),
        wanted: Arc::default(),
        bell: bells.get(gateway.bus).cloned().unwrap_or_default(),
    };
    let reach: Vec<Reach> = gateways.iter().map(reach).collect();
    let (mut asked, mut tasks) = (Vec::new(), Vec::new());
    for (bus, config) in buses.iter().enumerate() {
        let mut devices =
            Devices { schedule: Schedule::new(config.share_pct, 0), list: Vec::new() };
        let mut gap = Duration::ZERO;
        // Gateways first, so that lamps are known early.
        for (place, gateway) in gateways.iter().enumerate().filter(|(_, it)| it.bus == bus) {
            let device = Gateway::new(gateway.clone());
            gap = gap.max(device.gap());
            let (every, reads) = (real_ms(gateway.every_ms, &clock), device.can_be_read());
            let wanted = reach[place].wanted.clone();
            devices.add(Device::Gateway(Box::new(device), place, wanted), every, reads, bus);
        }
        for (place, meter) in meters.iter().enumerate().filter(|(_, it)| it.bus == bus) {
            let device = Meter::new(meter.clone());
            gap = gap.max(device.gap());
            let every = real_ms(meter.every_ms, &clock);
            devices.add(Device::Meter(Box::new(device), place), every, true, bus);
        }
        let line = match dial(bus) {
            Some(dial) => Line::over(dial, config, gap),
            None => Line::new(config, gap),
        };
        let (asks, asked_here) = mpsc::channel(limits::BUS_ASKED_MAX);
        asked.push(asks);
        let task = Task {
            bus,
            line,
            schedule: devices.schedule,
            devices: devices.list,
            started: Instant::now(),
            clock,
            outlet: outlet.clone(),
            live: live.clone(),
            asked: asked_here,
            wanted: bells[bus].clone(),
            stop: stopping.clone(),
            up: None,
        };
        tasks.push(tokio::spawn(task.run()));
    }
    if !buses.is_empty() {
        tasks.push(tokio::spawn(outlet_until(outlet, out, wrap, stopping)));
    }
    let tasks = Arc::new(Mutex::new(tasks));
    Buses { live, asked, gateways: Arc::new(reach), stop, tasks }
}

/// What hangs on one bus, while it is put together.
struct Devices {
    schedule: Schedule,
    list: Vec<Option<Device>>,
}

impl Devices {
    fn add(&mut self, device: Device, every: u64, reads: bool, bus: usize) {
        let seed = (bus as u64) << 32 | self.list.len() as u64;
        let job = self.schedule.add(every, seed);
        if !reads {
            self.schedule.never_read(job);
        }
        self.list.push(Some(device));
    }
}

async fn outlet_until<E>(
    outlet: Outlet,
    out: mpsc::Sender<E>,
    wrap: fn(Said) -> E,
    mut stop: watch::Receiver<bool>,
) {
    tokio::select! {
        () = outlet.run(out, wrap) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Campus ms as ms of this machine.
fn real_ms(every_ms: u32, clock: &Clock) -> u64 {
    let real = f64::from(every_ms) / clock.speed();
    (real as u64).max(limits::BUS_EVERY_MS_MIN)
}

impl Buses {
    /// Of a campus without buses.
    pub fn none() -> Self {
        let (stop, _) = watch::channel(true);
        let (live, gateways, tasks) = (Arc::default(), Arc::default(), Arc::default());
        Self { live, asked: Vec::new(), gateways, stop, tasks }
    }

    /// How everything is just now.
    pub fn live(&self) -> Live {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads every measure that a meter has, now. The main loop hears it too.
    ///
    /// # Errors
    /// [`Fault`]; also when so many ask that this would take too long.
    pub async fn read_now(&self, meter: MeterIx) -> Result<Taken, Fault> {
        let bus = self.live().meter(meter).map(|live| live.bus).ok_or(Fault::Unknown)?;
        let (answer, answered) = oneshot::channel();
        self.ask(bus, Asked::Read(meter, answer))?;
        answered.await.unwrap_or(Err(Fault::Busy))
    }

    /// Wants levels of a gateway's channels, in percent. Never waits: the newest level of a channel
    /// is written before the next read, and tried until the gateway has confirmed it. Channels
    /// that it does not have are passed over. False when there is no such gateway.
    pub fn write_levels(&self, gateway: Id, levels: &[(Id, u8)]) -> bool {
        let Some(reach) = self.gateways.iter().find(|reach| reach.id == gateway) else {
            return false;
        };
        for (channel, level_pct) in levels {
            if let Some(channel) = reach.channels.iter().position(|own| own == channel) {
                reach.wanted.want(channel, (*level_pct).min(100));
            }
        }
        reach.bell.notify_one();
        true
    }

    /// Finds out what hangs on a bus, between its reads.
    ///
    /// # Errors
    /// [`Fault`]; a report is made even when nobody answers.
    pub async fn probe(&self, bus: usize, request: ProbeRequest) -> Result<ProbeReport, Fault> {
        let (answer, answered) = oneshot::channel();
        self.ask(bus, Asked::Probe(Box::new(request), answer))?;
        answered.await.unwrap_or(Err(Fault::Busy))
    }

    fn ask(&self, bus: usize, asked: Asked) -> Result<(), Fault> {
        let to = self.asked.get(bus).ok_or(Fault::Unknown)?;
        to.try_send(asked).map_err(|_| Fault::Busy)
    }

    /// Stops all of them; a request that is under way ends first.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // One that panicked has ended too.
            let _ = task.await;
        }
    }
}
