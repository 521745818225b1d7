//! Less demand for the grid: what was asked for, and what it has brought, in W.
//!
//! What a zone would take without it is not measured: its lamps' own watts per percent are, as they shine.
//! So *would* = watts per percent × the level that the zone would have, *saved* = the same for the
//! difference of levels. Lamps without a meter count in neither, and are counted.

use crate::action::DemandOrder;
use crate::node::is_fresh;
use crate::{Controller, RoomIx, Timestamp};
use serde::{Deserialize, Serialize};
use wire::Quantity;

/// One order of the utility, or of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// Its name: a later order of that name takes its place.
    pub id: String,
    /// So much less, % of what there would be.
    pub shed_pct: u8,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Who asked.
    pub who: String,
    /// Why.
    pub why: String,
    /// When it ended, and who ended it before its time; empty when nobody did.
    pub ended: Option<(Timestamp, String)>,
    /// Lamps are told of it.
    pub(crate) begun: bool,
    /// When to measure next, while it runs.
    pub(crate) measure_at: Timestamp,
    /// Sums of all that was measured.
    pub(crate) sums: Saving,
    /// How often it was measured.
    pub samples: u32,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemandState {
    /// It is still to come.
    Ahead,
    /// It runs.
    Running,
    /// It is over.
    Over,
}

/// What lamps that are not exempt take and would take, mW.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saving {
    /// Without the order.
    pub would_mw: i64,
    /// Less by the order.
    pub saved_mw: i64,
    /// Less if nothing stood against it: the asked share of `would_mw`.
    pub asked_mw: i64,
    /// Zones that are lit and whose lamps no meter measures.
    pub unmetered: u32,
    /// Zones where a stronger request, a lesson's floor or a person, wants more light.
    pub bounded: u32,
}

/// How often what is saved is measured, ms: nodes report once a minute.
const MEASURE_MS: i64 = 60_000;

/// Below this a lamp's own supply is more than its light, %: no measure of watts per percent.
const METER_PCT_MIN: i64 = 5;

impl Demand {
    pub(super) fn new(order: DemandOrder<'_>, from: Timestamp, until: Timestamp) -> Self {
        Self {
            id: order.id.to_owned(),
            shed_pct: order.shed_pct.min(100),
            from,
            until,
            who: order.who.to_owned(),
            why: order.why.to_owned(),
            ended: None,
            begun: false,
            measure_at: from.plus(MEASURE_MS),
            sums: Saving::default(),
            samples: 0,
        }
    }

    /// Where it stands.
    pub fn state(&self, at: Timestamp) -> DemandState {
        match () {
            () if self.ended.is_some() || self.until <= at => DemandState::Over,
            () if self.from > at => DemandState::Ahead,
            () => DemandState::Running,
        }
    }

    pub(super) fn runs(&self, at: Timestamp) -> bool {
        self.state(at) == DemandState::Running
    }

    /// What it has brought, averaged over all measurements; `None` before the first.
    pub fn brought(&self) -> Option<Saving> {
        let by = i64::from(self.samples);
        let mean = |sum: i64| sum / by;
        let count = |sum: u32| sum.div_ceil(self.samples.max(1));
        (by > 0).then(|| Saving {
            would_mw: mean(self.sums.would_mw),
            saved_mw: mean(self.sums.saved_mw),
            asked_mw: mean(self.sums.asked_mw),
            unmetered: count(self.sums.unmetered),
            bounded: count(self.sums.bounded),
        })
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match (&self.ended, self.begun) {
            (Some(_), _) => None,
            (None, false) => Some(self.from),
            (None, true) => Some(self.until.min(self.measure_at)),
        }
    }

    pub(super) fn end(&mut self, now: Timestamp, who: &str) {
        self.ended = Some((now.min(self.until), who.to_owned()));
    }

    /// The clock was set: it keeps its hours, and is measured anew.
    pub(super) fn resume(&mut self, now: Timestamp) {
        self.measure_at = now.plus(MEASURE_MS);
    }

    fn measure(&mut self, saving: Saving, at: Timestamp) {
        let sums = &mut self.sums;
        sums.would_mw = sums.would_mw.saturating_add(saving.would_mw);
        sums.saved_mw = sums.saved_mw.saturating_add(saving.saved_mw);
        sums.asked_mw = sums.asked_mw.saturating_add(saving.asked_mw);
        sums.unmetered = sums.unmetered.saturating_add(saving.unmetered);
        sums.bounded = sums.bounded.saturating_add(saving.bounded);
        self.samples = self.samples.saturating_add(1);
        self.measure_at = at.plus(MEASURE_MS);
    }
}

impl Controller {
    /// Orders begin, end and are measured; whether one began or ended.
    pub(super) fn step_demands(&mut self, at: Timestamp) -> bool {
        let mut turned = false;
        for nth in 0..self.imposed.demands.len() {
            let demand = &self.imposed.demands[nth];
            if demand.ended.is_some() {
                continue;
            }
            let due = demand.begun && demand.measure_at <= at && demand.measure_at <= demand.until;
            let saving = due.then(|| self.saving(demand.shed_pct));
            let demand = &mut self.imposed.demands[nth];
            if let Some(saving) = saving {
                demand.measure(saving, at);
            }
            if demand.until <= at {
                demand.end(at, "");
                turned = true;
            } else if !demand.begun && demand.from <= at {
                demand.begun = true;
                turned = true;
            }
        }
        turned
    }

    /// What lamps that are not exempt take now, and would take if nobody asked for less.
    pub fn saving(&self, shed_pct: u8) -> Saving {
        let mut saving = Saving::default();
        let stale_ms = self.campus.settings.silent_ms;
        for zone in &self.zones {
            if self.campus.rooms[zone.room.at()].exempt {
                continue;
            }
            let (level, free) =
                (i64::from(zone.memory.rules.level_pct()), i64::from(zone.memory.rules.free_pct()));
            if free == 0 {
                continue;
            }
            let asked = free * (100 - i64::from(shed_pct)) / 100;
            saving.bounded += u32::from(level > asked);
            let node = &self.nodes[zone.node.at()];
            let held = |quantity| {
                let held = node.held(quantity, zone.symbol)?;
                held.sample.value().filter(|_| is_fresh(held.measured, stale_ms, self.now))
            };
            let shines = held(Quantity::LevelPct).map(wire::Value::whole);
            let metered = held(Quantity::PowerW)
                .zip(shines.filter(|pct| *pct >= METER_PCT_MIN))
                .map(|(power, pct)| (power.milli().max(0), pct));
            let Some((power_mw, pct)) = metered else {
                saving.unmetered += 1;
                continue;
            };
            let at = |level: i64| power_mw.saturating_mul(level) / pct;
            saving.would_mw += at(free);
            saving.saved_mw += at(free) - at(level);
            saving.asked_mw += at(free) - at(asked);
        }
        saving
    }

    /// What is asked for now and later, and the last that ended; oldest first.
    pub fn demands(&self) -> &[Demand] {
        &self.imposed.demands
    }

    /// What is asked of the campus now.
    pub fn demanded(&self) -> Option<&Demand> {
        self.imposed.asked(self.now)
    }

    /// Rooms that are asked for nothing.
    pub fn exempt(&self) -> impl Iterator<Item = RoomIx> {
        let rooms = self.campus.rooms.iter().enumerate();
        rooms.filter(|(_, room)| room.exempt).map(|(at, _)| RoomIx(at as u32))
    }
}
