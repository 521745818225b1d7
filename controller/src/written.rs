//! What rules of the staff ask of the lamps, zone by zone, and what they remember.
//!
//! A campus without rules has nothing here, and decides as if this file did not exist.

use crate::calendar::DayKind;
use crate::campus::Campus;
use crate::node::{Node, is_fresh};
use crate::room::{Room, Seen, Zone, earlier};
use crate::timetable::Today;
use crate::{Controller, NodeIx, Timestamp, ZoneIx};
use lighting::{Occupancy, Period, Reason, Request};
use rules::{Day, Facts, Memory, Reading, RuleSet, Sensor, ZoneName};
use wire::{Quantity, Value};

/// Every zone's rules. Empty without rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    /// What kind of day it is, in the words of rules.
    pub day: Day,
    /// By zone: the rules that hold there, in their order.
    zones: Vec<Vec<ZoneRule>>,
}

/// A rule at one zone.
#[derive(Clone, Debug)]
pub(crate) struct ZoneRule {
    pub number: u16,
    pub memory: Memory,
    /// What it asked for last.
    pub asked: Option<Request>,
}

/// What asking a zone's rules has brought.
pub(crate) struct Asks {
    /// They ask for something else than last time.
    pub changed: bool,
    /// When to ask again though nothing is heard.
    pub until: Option<Timestamp>,
}

/// When a zone is looked at.
pub(crate) struct Moment<'a> {
    pub today: &'a Today,
    pub day: Day,
    pub stale_ms: u32,
    pub at: Timestamp,
    /// Light at the desk, % of what the sensor sees of it.
    pub desk_pct: u16,
    /// Light was measured since the zone decided last.
    pub looked: bool,
}

impl Written {
    pub fn new(campus: &Campus) -> Self {
        Self::default().in_place_of(&RuleSet::default(), campus).0
    }

    /// The same for the rules of `campus`, which take the place of others: what is remembered of a zone by
    /// those that are the same there, and of conditions that are. Answers by zone whether any rule is
    /// another one than `before`.
    pub fn in_place_of(&self, before: &RuleSet, campus: &Campus) -> (Self, Vec<bool>) {
        let zones = campus.rooms.iter().map(|room| room.zones.len()).sum();
        if campus.rules.rules().is_empty() {
            let ruled = (0..zones).map(|at| !self.at(ZoneIx(at as u32)).is_empty()).collect();
            return (Self { day: self.day, zones: Vec::new() }, ruled);
        }
        let (mut zones, mut ruled) = (Vec::with_capacity(zones), Vec::with_capacity(zones));
        let places = campus.rooms.iter().flat_map(|room| {
            let name = room.place().to_string();
            room.zones
                .iter()
                .map(move |zone| ZoneName { room: name.clone(), zone: zone.id.to_string() })
        });
        for (at, place) in places.enumerate() {
            let old = self.at(ZoneIx(at as u32));
            let here: Vec<ZoneRule> = campus
                .rules
                .at(&place)
                .into_iter()
                .map(|number| follow(number, old, before, &campus.rules))
                .collect();
            let same = |(new, old): (&ZoneRule, &ZoneRule)| {
                let both = campus.rules.rule(new.number).zip(before.rule(old.number));
                both.is_some_and(|(new, old)| new.says_here(old))
            };
            ruled.push(here.len() != old.len() || !here.iter().zip(old).all(same));
            zones.push(here);
        }
        (Self { day: self.day, zones }, ruled)
    }

    /// Whether any rule holds at a zone of a room.
    pub fn holds_in(&self, room: &Room) -> bool {
        room.zones().any(|zone| !self.at(zone).is_empty())
    }

    /// Asks the rules of a zone. `facts` are not gathered where no rule asks for them.
    pub fn ask(
        &mut self,
        zone: ZoneIx,
        rules: &RuleSet,
        facts: impl FnOnce() -> Facts,
        settings: &lighting::Settings,
        at: Timestamp,
    ) -> Asks {
        let mut asks = Asks { changed: false, until: None };
        let Some(here) = self.zones.get_mut(zone.at()).filter(|here| !here.is_empty()) else {
            return asks;
        };
        let facts = facts();
        for ZoneRule { number, memory, asked } in here {
            let Some(rule) = rules.rule(*number) else { continue };
            let (request, until) = rule.ask(*number, memory, &facts, settings, at.millis());
            // That it was renewed is no change.
            let renewed =
                request.map(|it| Request { expires: asked.and_then(|it| it.expires), ..it });
            asks.changed |= renewed != *asked;
            *asked = request;
            asks.until = earlier(asks.until, until.map(Timestamp::from_millis));
        }
        asks
    }

    /// What the rules of a zone asked for last.
    pub fn asked(&self, zone: ZoneIx) -> impl Iterator<Item = Request> + Clone {
        self.at(zone).iter().filter_map(|rule| rule.asked)
    }

    /// Nobody has listened for a while, or the clock was set.
    pub fn resume(&mut self, now: Timestamp) {
        for rule in self.zones.iter_mut().flatten() {
            rule.memory.resume(now.millis());
        }
    }

    /// The rules of a zone.
    pub fn at(&self, zone: ZoneIx) -> &[ZoneRule] {
        self.zones.get(zone.at()).map_or(&[], Vec::as_slice)
    }

    /// Takes back what a rule remembered of a zone; passed over where it does not hold any more.
    pub fn remember(&mut self, zone: ZoneIx, known: ZoneRule) {
        let here = self.zones.get_mut(zone.at()).into_iter().flatten();
        here.filter(|rule| rule.number == known.number).for_each(|rule| *rule = known.clone());
    }
}

/// A rule at a zone, with what is left of the one whose name it has.
fn follow(number: u16, old: &[ZoneRule], before: &RuleSet, after: &RuleSet) -> ZoneRule {
    let new = ZoneRule { number, memory: Memory::default(), asked: None };
    let Some(rule) = after.rule(number) else { return new };
    let found = old.iter().find_map(|held| {
        let was = before.rule(held.number).filter(|was| was.id == rule.id)?;
        Some((held, was))
    });
    let Some((held, was)) = found else { return new };
    let asked =
        held.asked.filter(|_| rule.says_here(was)).map(|request| renumbered(request, number));
    ZoneRule { number, memory: held.memory.carried(was, rule), asked }
}

/// The same request by a rule whose place in the list is another one by now.
pub(crate) fn renumbered(request: Request, number: u16) -> Request {
    let reason = match request.reason {
        Reason::Rule { unsure, .. } => Reason::Rule { number, unsure },
        other => other,
    };
    Request { reason, ..request }
}

impl Controller {
    /// What the rules of a zone ask for now; only a copy of what they remember takes note of it.
    pub(crate) fn written_requests(
        &self,
        ix: ZoneIx,
        seen: Seen,
        settings: &lighting::Settings,
    ) -> Vec<Request> {
        let zone = &self.zones[ix.at()];
        let (room, period) = (&self.rooms[zone.room.at()], self.today.room(zone.room));
        let (stale_ms, at) = (self.campus.settings.silent_ms, self.now);
        let (desk_pct, looked) = (settings.desk_pct, false);
        let (today, day) = (&self.today, self.written.day);
        let moment = Moment { today, day, stale_ms, at, desk_pct, looked };
        let facts = moment.facts(zone, &room.nodes, &self.nodes, seen, period);
        let asks = self.written.at(ix).iter().filter_map(|ZoneRule { number, memory, .. }| {
            let rule = self.campus.rules.rule(*number)?;
            rule.ask(*number, &mut memory.clone(), &facts, settings, at.millis()).0
        });
        asks.collect()
    }

    /// Zones at which a rule holds.
    pub fn zones_of_rule(&self, number: u16) -> impl Iterator<Item = ZoneIx> {
        self.zones_where(move |rule| rule.number == number)
    }

    /// Zones of which a rule asks something right now.
    pub fn zones_asked_by(&self, number: u16) -> impl Iterator<Item = ZoneIx> {
        self.zones_where(move |rule| rule.number == number && rule.asked.is_some())
    }

    fn zones_where(&self, is: impl Fn(&ZoneRule) -> bool) -> impl Iterator<Item = ZoneIx> {
        let zones = (0..self.zones.len() as u32).map(ZoneIx);
        zones.filter(move |ix| self.written.at(*ix).iter().any(&is))
    }

    /// A day begins: rules are told what kind it is.
    pub(crate) fn tell_day(&mut self) {
        let timetable = &self.campus.timetable;
        self.written.day = match timetable.calendar.day(self.today.date(), timetable.days).kind {
            DayKind::School => Day::School,
            DayKind::MakeUp => Day::MakeUp,
            DayKind::Weekend => Day::Weekend,
            DayKind::Holiday => Day::Holiday,
            DayKind::Vacation => Day::Vacation,
            DayKind::Closed => Day::Closed,
        };
    }
}

impl Moment<'_> {
    /// What is known of a zone.
    pub fn facts(
        &self,
        zone: &Zone,
        room: &[NodeIx],
        nodes: &[Node],
        seen: Seen,
        period: Period,
    ) -> Facts {
        let readings = Sensor::ALL.map(|sensor| match sensor {
            Sensor::DaylightLx => {
                let daylight = zone.memory.daylight;
                let lx = |lx: u32| i64::from(lx) * i64::from(self.desk_pct) * 10;
                self.reading(daylight.map(|daylight| (lx(daylight.lx), daylight.measured)))
            }
            Sensor::IlluminanceLx => {
                // What the zone's own node measures there, else the room.
                let own = newest(nodes, &[zone.node], Quantity::IlluminanceLx, zone.symbol);
                let shared = || newest(nodes, room, Quantity::IlluminanceLx, 0);
                self.reading(own.or_else(shared))
            }
            Sensor::Co2Ppm => self.reading(newest(nodes, room, Quantity::Co2Ppm, 0)),
            Sensor::TemperatureC => self.reading(newest(nodes, room, Quantity::TemperatureC, 0)),
            Sensor::HumidityPct => self.reading(newest(nodes, room, Quantity::HumidityPct, 0)),
        });
        Facts {
            looked: self.looked,
            occupancy: seen.occupancy,
            quiet_ms: if seen.occupancy == Occupancy::Occupied { 0 } else { seen.quiet_ms },
            period,
            day: self.day,
            weekday: self.today.date().weekday().to_monday_zero_offset() as u8,
            minute: self.today.minute(),
            manual: zone.memory.rules.manual().is_some(),
            readings,
        }
    }

    fn reading(&self, found: Option<(i64, Timestamp)>) -> Reading {
        let Some((milli, measured)) = found else { return Reading::default() };
        let fresh = is_fresh(measured, self.stale_ms, self.at);
        Reading {
            milli: fresh.then_some(milli),
            measured: Some(measured.millis()),
            fresh_until: measured.millis().saturating_add(self.stale_ms.into()),
        }
    }
}

/// The newest good reading of a quantity by any of some nodes, in thousandths, and when.
fn newest(
    nodes: &[Node],
    among: &[NodeIx],
    quantity: Quantity,
    symbol: crate::node::Symbol,
) -> Option<(i64, Timestamp)> {
    let held = among.iter().filter_map(|node| nodes[node.at()].held(quantity, symbol));
    let good =
        held.filter_map(|held| Some((held.measured, held.sample.value().map(Value::milli)?)));
    good.max().map(|(measured, milli)| (milli, measured))
}
