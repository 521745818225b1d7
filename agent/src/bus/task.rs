//! One bus at work: people and writes first, then reads in their cadence, one request at a time.

use super::breaker::{Ms, State};
use super::call::{Call, Heard};
use super::fault::Fault;
use super::gateway::{Gateway, Wanted};
use super::gather::Asker;
use super::line::Line;
use super::live::{Health, Live, LiveBus};
use super::meter::Meter;
use super::outlet::Outlet;
use super::probe::{self, ProbeReport, ProbeRequest};
use super::schedule::{JobIx, Next, Outcome, Schedule, Turn};
use super::{Said, Taken};
use crate::clock::Clock;
use controller::MeterIx;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

/// What people ask of a bus.
pub(super) enum Asked {
    /// Everything that a meter measures, now.
    Read(MeterIx, oneshot::Sender<Result<Taken, Fault>>),
    /// What hangs there.
    Probe(Box<ProbeRequest>, oneshot::Sender<Result<ProbeReport, Fault>>),
}

/// A device and where it stands in the live table.
pub(super) enum Device {
    /// A meter.
    Meter(Box<Meter>, usize),
    /// A gateway, and what is wanted of it.
    Gateway(Box<Gateway>, usize, Arc<Wanted>),
}

/// One bus.
pub(super) struct Task {
    pub bus: usize,
    pub line: Line,
    pub schedule: Schedule,
    /// By job; `None` while it has its turn.
    pub devices: Vec<Option<Device>>,
    pub started: Instant,
    pub clock: Clock,
    pub outlet: Outlet,
    pub live: Arc<Mutex<Live>>,
    pub asked: mpsc::Receiver<Asked>,
    /// Something is wanted of a gateway.
    pub wanted: Arc<Notify>,
    pub stop: watch::Receiver<bool>,
    /// What was said last about the line.
    pub up: Option<bool>,
}

impl Task {
    /// Until it is stopped.
    pub async fn run(mut self) {
        while !self.stopping() {
            let until = match self.connected().await {
                Err(again) => Some(again),
                Ok(()) => {
                    self.look_for_writes();
                    match self.schedule.next(self.now()) {
                        Next::Write(job) => {
                            self.write(job).await;
                            continue;
                        }
                        Next::Read(job) => {
                            // People wait for one exchange at most, and do not stop the rest.
                            if let Ok(asked) = self.asked.try_recv() {
                                self.answer(asked).await;
                            }
                            self.read(job).await;
                            continue;
                        }
                        Next::At(at) => Some(self.started + std::time::Duration::from_millis(at)),
                        Next::Idle => None,
                    }
                }
            };
            if !self.wait(until).await {
                return;
            }
        }
    }

    /// Waits for what comes first. False when nobody is there any more.
    async fn wait(&mut self, until: Option<Instant>) -> bool {
        let moment = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = moment => {}
            () = self.wanted.notified() => {}
            changed = self.stop.changed() => return changed.is_ok(),
            asked = self.asked.recv() => match asked {
                Some(asked) => self.answer(asked).await,
                None => return false,
            },
        }
        true
    }

    fn stopping(&self) -> bool {
        // An error means that every handle is gone.
        *self.stop.borrow() || self.stop.has_changed().is_err()
    }

    fn now(&self) -> Ms {
        self.started.elapsed().as_millis() as Ms
    }

    /// Opens the line where it is not.
    ///
    /// # Errors
    /// When to try again.
    async fn connected(&mut self) -> Result<(), Instant> {
        let opened = self.line.connect().await;
        self.note_line();
        match (opened, self.line.away()) {
            (Ok(()), _) => Ok(()),
            (Err(_), Some((_, again))) => Err(again),
            (Err(_), None) => Err(Instant::now()),
        }
    }

    /// Says it when the line came or went.
    fn note_line(&mut self) {
        let away = self.line.away().map(|(fault, _)| fault.to_string());
        let up = away.is_none();
        if self.up == Some(up) {
            return;
        }
        self.up = Some(up);
        let (bus, why, at) = (self.bus, away.unwrap_or_default(), self.clock.now());
        self.live_bus(|live| {
            (live.connected, live.since) = (up, Some(at));
            live.why.clone_from(&why);
        });
        if up {
            self.schedule.line_is_back(self.now());
        }
        self.outlet.say(Said::Bus { bus, up, why, at });
    }

    /// Levels that were wanted since the last look get their turn.
    fn look_for_writes(&mut self) {
        let now = self.now();
        for (ix, device) in self.devices.iter().enumerate() {
            if let Some(Device::Gateway(_, _, wanted)) = device
                && wanted.look()
                && wanted.waiting() > 0
            {
                self.schedule.want_write(JobIx(ix), now);
            }
        }
    }

    async fn exchange(&mut self, call: &Call, reads_pay: bool) -> Result<Heard, Fault> {
        if self.stopping() {
            return Err(Fault::Busy);
        }
        let began = Instant::now();
        let heard = self.line.call(call).await;
        let now = self.now();
        self.schedule.spent(began.elapsed().as_millis() as Ms, reads_pay, now);
        let (counts, use_pct) = (self.line.counts(), self.schedule.use_pct(now));
        self.live_bus(|live| (live.counts, live.use_pct) = (counts, use_pct));
        self.note_line();
        heard
    }

    async fn write_what_waits(&mut self) {
        self.look_for_writes();
        while let Next::Write(job) = self.schedule.next(self.now()) {
            // Its own gateway is being read just now.
            if self.devices[job.0].is_none() {
                break;
            }
            self.write(job).await;
        }
    }

    async fn write(&mut self, job: JobIx) {
        let Some(Device::Gateway(mut gateway, place, wanted)) = self.devices[job.0].take() else {
            return;
        };
        self.schedule.begin(job);
        let written = gateway.write(&mut Plain(self), &wanted).await;
        let turn = self.schedule.wrote(job, outcome(&written), self.now());
        self.after_gateway(&gateway, place, &wanted, (job, turn), written.as_ref().err());
        self.devices[job.0] = Some(Device::Gateway(gateway, place, wanted));
    }

    async fn read(&mut self, job: JobIx) {
        match self.devices[job.0].take() {
            Some(Device::Meter(mut meter, place)) => {
                // Whoever asked is not there: it was the cadence.
                let _ = self.read_meter(&mut meter, (job, place), false).await;
                self.devices[job.0] = Some(Device::Meter(meter, place));
            }
            Some(Device::Gateway(mut gateway, place, wanted)) => {
                self.schedule.begin(job);
                let read = gateway.read(&mut Polite(self)).await;
                let turn = self.schedule.ended(job, outcome(&read), self.now());
                let (at, id) = (self.clock.now(), gateway.config.id);
                if let Ok(channels) = &read {
                    self.with_live(|live| {
                        live.gateways[place].channels.clone_from(channels);
                        live.gateways[place].at = Some(at);
                    });
                    let channels = channels.clone();
                    self.outlet.say(Said::Levels { gateway: id, channels, at });
                }
                self.after_gateway(&gateway, place, &wanted, (job, turn), read.as_ref().err());
                self.devices[job.0] = Some(Device::Gateway(gateway, place, wanted));
            }
            None => {}
        }
    }

    fn after_gateway(
        &mut self,
        gateway: &Gateway,
        place: usize,
        wanted: &Wanted,
        (job, turn): (JobIx, Turn),
        fault: Option<&Fault>,
    ) {
        match turn {
            Turn::Same => {}
            Turn::Back => gateway.tell_again(wanted),
            Turn::Lost => {
                let (channels, at) = (gateway.unknown(), self.clock.now());
                self.with_live(|live| live.gateways[place].channels.clone_from(&channels));
                self.outlet.say(Said::Levels { gateway: gateway.config.id, channels, at });
            }
        }
        let (breaker, at) = (self.schedule.breaker(job), self.clock.now());
        self.with_live(|live| {
            live.gateways[place].waiting = wanted.waiting();
            note(&mut live.gateways[place].health, breaker, fault, at);
        });
    }

    async fn read_meter(
        &mut self,
        meter: &mut Meter,
        (job, place): (JobIx, usize),
        all: bool,
    ) -> Result<Taken, Fault> {
        self.schedule.begin(job);
        let clock = self.clock;
        let read = meter.read(&mut Polite(self), all, &clock).await;
        if matches!(read, Err(Fault::Busy)) {
            return read;
        }
        let turn = self.schedule.ended(job, outcome(&read), self.now());
        let at = self.clock.now();
        match &read {
            Ok(taken) => self.outlet.say(Said::Read(Box::new(taken.clone()))),
            Err(why) if turn == Turn::Lost => {
                let (meter, why) = (meter.config.meter, why.clone());
                self.outlet.say(Said::Silent { meter, why, at });
            }
            Err(_) => {}
        }
        if turn != Turn::Same {
            // Another device may hang there when it is back.
            meter.forget();
        }
        let breaker = self.schedule.breaker(job);
        self.with_live(|live| {
            let live = &mut live.meters[place];
            note(&mut live.health, breaker, read.as_ref().err(), at);
            live.absent = meter.absent().to_vec();
            if let Ok(taken) = &read {
                live.values.clone_from(&taken.values);
                live.at = Some(taken.at);
            }
        });
        read
    }

    async fn answer(&mut self, asked: Asked) {
        match asked {
            Asked::Read(wanted, answer) => {
                let own = |device: &Option<Device>| matches!(device, Some(Device::Meter(meter, _)) if meter.config.meter == wanted);
                let read = match self.devices.iter().position(own) {
                    Some(job) => match self.devices[job].take() {
                        Some(Device::Meter(mut meter, place)) => {
                            let read = self.read_meter(&mut meter, (JobIx(job), place), true).await;
                            self.devices[job] = Some(Device::Meter(meter, place));
                            read
                        }
                        other => {
                            self.devices[job] = other;
                            Err(Fault::Unknown)
                        }
                    },
                    None => Err(Fault::Unknown),
                };
                // Who asked may have gone.
                let _ = answer.send(read);
            }
            Asked::Probe(request, answer) => {
                let report = probe::run(&mut Sharing(self), &request, &mut |_| {}).await;
                let _ = answer.send(report);
            }
        }
    }

    fn with_live(&self, change: impl FnOnce(&mut Live)) {
        change(&mut self.live.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn live_bus(&self, change: impl FnOnce(&mut LiveBus)) {
        self.with_live(|live| change(&mut live.buses[self.bus]));
    }
}

/// Asks and does nothing else.
struct Plain<'a>(&'a mut Task);

impl Asker for Plain<'_> {
    async fn ask(&mut self, call: &Call) -> Result<Heard, Fault> {
        self.0.exchange(call, true).await
    }
}

/// Lets writes go first: a lamp waits for one request, not for a whole meter.
struct Polite<'a>(&'a mut Task);

impl Asker for Polite<'_> {
    async fn ask(&mut self, call: &Call) -> Result<Heard, Fault> {
        self.0.write_what_waits().await;
        self.0.exchange(call, true).await
    }
}

/// Lets everything that is due go first, but no more than one read for each request of its own.
struct Sharing<'a>(&'a mut Task);

impl Asker for Sharing<'_> {
    async fn ask(&mut self, call: &Call) -> Result<Heard, Fault> {
        self.0.write_what_waits().await;
        if let Next::Read(job) = self.0.schedule.next(self.0.now()) {
            self.0.read(job).await;
        }
        self.0.exchange(call, false).await
    }
}

fn outcome<T>(result: &Result<T, Fault>) -> Outcome {
    match result {
        Ok(_) => Outcome::Answered,
        Err(Fault::Away(_) | Fault::Busy) => Outcome::LineDown,
        Err(fault) if fault.is_silence() => Outcome::Silent,
        Err(_) => Outcome::Refused,
    }
}

fn note(
    health: &mut Health,
    (state, failures): (State, u32),
    fault: Option<&Fault>,
    now: controller::Timestamp,
) {
    (health.breaker, health.failures) = (state, failures);
    match fault {
        None => health.good(),
        Some(Fault::Busy) => {}
        Some(fault) => health.bad(fault, now),
    }
}
