//! How buses, meters and gateways are just now: for people, never for the ledger.

use super::breaker::State;
use super::fault::Fault;
use super::line::Counts;
use super::plan::{BusConfig, GatewayConfig, PolledMeter};
use controller::{MeterIx, Timestamp};
use device_profiles::Measure;
use wire::{Id, Value};

/// Everything at one moment.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// In the order of the configuration.
    pub buses: Vec<LiveBus>,
    /// In the order of the configuration.
    pub meters: Vec<LiveMeter>,
    /// In the order of the configuration.
    pub gateways: Vec<LiveGateway>,
    /// Readings that the main loop never got, because a newer one of the same meter overtook them.
    pub superseded: u64,
}

impl Live {
    /// How a meter is; `None` when it is not polled.
    pub fn meter(&self, meter: MeterIx) -> Option<&LiveMeter> {
        self.meters.iter().find(|live| live.meter == meter)
    }

    /// How a gateway is.
    pub fn gateway(&self, id: Id) -> Option<&LiveGateway> {
        self.gateways.iter().find(|live| live.id == id)
    }
}

/// A bus.
#[derive(Clone, Debug)]
pub struct LiveBus {
    /// Its name.
    pub id: Id,
    /// How it is reached, for people.
    pub link: String,
    /// Whether its line works as far as we know; a dead device on it is not a dead line.
    pub connected: bool,
    /// Since when it is or is not connected; `None` until it was tried.
    pub since: Option<Timestamp>,
    /// Why it is not.
    pub why: String,
    /// Share of the last minute that it was busy, percent.
    pub use_pct: u8,
    /// Share that reads may use, percent.
    pub share_pct: u8,
    /// What was counted since the agent started.
    pub counts: Counts,
}

/// How a device has answered.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// Why the last try failed; `None` after an answer.
    pub fault: Option<Fault>,
    /// When it began to fail.
    pub since: Option<Timestamp>,
    /// Whether it is left alone for a while.
    pub breaker: State,
    /// Failures in a row.
    pub failures: u32,
    /// Answers since the agent started.
    pub successes: u64,
    /// Tries without an answer since the agent started.
    pub missed: u64,
    /// Refusals since the agent started.
    pub refusals: u64,
}

impl Health {
    /// Whether it counts as silent: it failed several times in a row.
    pub fn is_silent(&self) -> bool {
        self.breaker != State::Closed
    }

    pub(super) fn good(&mut self) {
        (self.fault, self.since) = (None, None);
        self.successes += 1;
    }

    pub(super) fn bad(&mut self, fault: &Fault, now: Timestamp) {
        match fault {
            Fault::Exception(_) | Fault::Refused(_) => self.refusals += 1,
            // The line is away: nobody was asked.
            Fault::Away(_) => {}
            _ => self.missed += 1,
        }
        self.fault = Some(fault.clone());
        self.since.get_or_insert(now);
    }
}

/// A meter.
#[derive(Clone, Debug)]
pub struct LiveMeter {
    /// Which.
    pub meter: MeterIx,
    /// Its name.
    pub name: String,
    /// Its bus, counted in the list of buses.
    pub bus: usize,
    /// Where on the bus.
    pub address: String,
    /// The profile's name.
    pub profile: String,
    /// What it measured last.
    pub values: Vec<(Measure, Value)>,
    /// When that was.
    pub at: Option<Timestamp>,
    /// Measures of the profile that this very device refuses.
    pub absent: Vec<Measure>,
    /// How it has answered.
    pub health: Health,
}

impl std::ops::Deref for LiveMeter {
    type Target = Health;

    fn deref(&self) -> &Health {
        &self.health
    }
}

/// A gateway.
#[derive(Clone, Debug)]
pub struct LiveGateway {
    /// Its name.
    pub id: Id,
    /// Its bus, counted in the list of buses.
    pub bus: usize,
    /// What its lamps are at, percent; `None` while that is not known.
    pub channels: Vec<(Id, Option<u8>)>,
    /// When they were read.
    pub at: Option<Timestamp>,
    /// Levels that are not written yet.
    pub waiting: usize,
    /// How it has answered.
    pub health: Health,
}

impl std::ops::Deref for LiveGateway {
    type Target = Health;

    fn deref(&self) -> &Health {
        &self.health
    }
}

impl Live {
    /// Nothing asked yet.
    pub(super) fn new(
        buses: &[BusConfig],
        meters: &[PolledMeter],
        gateways: &[GatewayConfig],
    ) -> Self {
        let bus = |bus: &BusConfig| LiveBus {
            id: bus.id,
            link: bus.link.to_string(),
            connected: false,
            since: None,
            why: "not tried yet".to_owned(),
            use_pct: 0,
            share_pct: bus.share_pct,
            counts: Counts::default(),
        };
        let meter = |meter: &PolledMeter| LiveMeter {
            meter: meter.meter,
            name: meter.name.clone(),
            bus: meter.bus,
            address: meter.address.to_string(),
            profile: meter.profile.id.clone(),
            values: Vec::new(),
            at: None,
            absent: Vec::new(),
            health: Health::default(),
        };
        let gateway = |gateway: &GatewayConfig| LiveGateway {
            id: gateway.id,
            bus: gateway.bus,
            channels: gateway.channels.iter().map(|(channel, _)| (*channel, None)).collect(),
            at: None,
            waiting: 0,
            health: Health::default(),
        };
        Self {
            buses: buses.iter().map(bus).collect(),
            meters: meters.iter().map(meter).collect(),
            gateways: gateways.iter().map(gateway).collect(),
            superseded: 0,
        }
    }
}
