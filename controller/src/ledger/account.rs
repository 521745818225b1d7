//! The account of one meter: takes readings, books what is believed.
//!
//! The *good* point is the last reading that was believed. `advance` moves it and books energy;
//! `cross` moves it without any, into a new segment.

use super::clock::Step;
use super::doubt::Doubt;
use super::slots::{Mark, Span};
use super::{Cause, Incident, IncidentKind, Quality, Reading, slot_of};
use crate::action::Action;
use crate::limits::PACE_MS;
use crate::{MeterIx, Plate, Timestamp};
use serde::{Deserialize, Serialize};

/// What an account must know of its meter and the campus.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub meter: MeterIx,
    pub plate: Plate,
    pub slot_ms: i64,
    /// Local midnight.
    pub day_start: Timestamp,
    /// What the agent's clock says.
    pub now: Timestamp,
}

/// The slot that is still filling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Open {
    pub slot: Timestamp,
    pub energy_wh: i64,
    pub quality: Quality,
    pub cause: Cause,
}

/// The account of one meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Register at the very first reading, Wh.
    pub first_wh: i64,
    /// The good point: register, Wh, and when it was read.
    pub last_wh: i64,
    pub last_read: Timestamp,
    /// When the register last moved.
    pub changed: Timestamp,
    /// Power of the register by itself, averaged, mW.
    pace_mw: i64,
    /// In thousandths; 0 takes the next reading's.
    pub(super) ratio_milli: u32,
    /// Times the register was reset or replaced without anybody saying so.
    pub resets: u32,
    /// Energy of closed slots, Wh.
    pub posted_wh: i64,
    pub open: Open,
    /// Energy since local midnight, Wh.
    pub today_wh: i64,
    /// Energy of the closed segments, less the first register of the running one, Wh.
    pub(super) base_wh: i64,
    odd: Option<Box<Odd>>,
}

/// What most accounts need never: kept apart, because a campus has thousands of accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Odd {
    /// What the clock said at the latest reading, believed or not.
    pub stamp: Timestamp,
    /// What it said when it was first found behind the good point.
    pub behind: Option<Timestamp>,
    /// Time since the good point by that clock, ms.
    pub waited_ms: i64,
    /// Slots before this one are posted again: the clock was set back.
    pub posted_to: Option<Timestamp>,
    /// Slots are of one length from here on.
    pub even_from: Option<Timestamp>,
    /// Power that the meter says, mW.
    pub said_mw: Option<i64>,
    pub doubt: Option<Doubt>,
    /// A person said that the next reading begins a new segment, and how that is to be called.
    pub fresh: Option<IncidentKind>,
    /// What happened last, beside its opening.
    pub incident: Option<Incident>,
}

/// How a register can have come from one reading to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// So much flowed, Wh.
    Up(i64),
    /// So much flowed, Wh, and it went through its end.
    Over(i64),
    /// Its last digit trembles: as if it had said the same again.
    Still,
}

impl Way {
    pub const fn energy_wh(self) -> i64 {
        match self {
            Self::Up(wh) | Self::Over(wh) => wh,
            Self::Still => 0,
        }
    }
}

/// The way from one register to another within `ms`; `None` when it cannot be.
pub(super) fn way(from_wh: i64, to_wh: i64, ms: i64, plate: &Plate) -> Option<Way> {
    let limit = limit_wh(ms, plate);
    let difference = to_wh.saturating_sub(from_wh);
    if difference >= 0 {
        return (difference <= limit).then_some(Way::Up(difference));
    }
    if let Some(modulus) = plate.modulus_wh {
        let flowed = to_wh.saturating_add(modulus.saturating_sub(from_wh));
        if near_end(from_wh, modulus) && to_wh >= 0 && flowed <= limit {
            return Some(Way::Over(flowed));
        }
    }
    (difference >= -plate.quantum_wh).then_some(Way::Still)
}

/// Whether a register is in the last tenth before it begins again at 0.
pub(super) fn near_end(register_wh: i64, modulus_wh: i64) -> bool {
    register_wh > modulus_wh - modulus_wh / 10 && register_wh < modulus_wh
}

/// The most that can flow within `ms`, Wh. Times are no better than the network that brings them:
/// readings that come on each other's heels count as a minute apart.
pub(super) fn limit_wh(ms: i64, plate: &Plate) -> i64 {
    let ms = ms.max(JITTER_MS);
    (plate.power_max_w.saturating_mul(ms) / MS_PER_H).saturating_add(plate.quantum_wh)
}

/// How far a time may be off, ms: a node reports within 20 s, and a line that stalls lets several
/// reports go at once.
const JITTER_MS: i64 = 60_000;

const MS_PER_H: i64 = 3_600_000;

const MW_MS_PER_WH: i128 = 3_600_000_000;

impl Account {
    /// The first reading ever opens the account.
    pub fn open(reading: Reading, terms: &Terms, out: &mut Vec<Action>) -> Self {
        let Reading { at, register_wh, power_mw, ratio_milli } = reading;
        let mut account = Self {
            first_wh: register_wh,
            last_wh: register_wh,
            last_read: at,
            changed: at,
            pace_mw: 0,
            ratio_milli: ratio(ratio_milli),
            resets: 0,
            posted_wh: 0,
            open: Open {
                slot: slot_of(at, terms.slot_ms),
                cause: Cause::Opening,
                ..Open::default()
            },
            today_wh: 0,
            base_wh: -register_wh,
            odd: None,
        };
        account.hear_power(power_mw);
        if account.is_dated() {
            account.say_opening(terms, out);
        }
        account
    }

    /// What the registers say was used, segment by segment, Wh.
    pub fn register_difference_wh(&self) -> i64 {
        self.base_wh + self.last_wh
    }

    /// Slots are of another length from the end of the open one on: those before take nothing more.
    pub fn resize_slots(&mut self, slot_ms: i64) {
        let end = slot_of(self.open.slot.max(self.last_read), slot_ms).plus(slot_ms);
        self.odd().even_from = Some(end);
    }

    /// Since when the register stands still, as far back as slots can take it.
    pub(super) fn still_since(&self) -> Timestamp {
        if self.changed >= self.open.slot {
            return self.changed;
        }
        let even_from = self.odd.as_ref().and_then(|odd| odd.even_from);
        even_from.map_or(self.changed, |from| self.changed.max(from.min(self.open.slot)))
    }

    /// The next reading in the order of the meter.
    pub fn read(&mut self, reading: Reading, terms: &Terms, out: &mut Vec<Action>) {
        self.believe_or_doubt(reading, terms, out);
        if let Some(odd) = &mut self.odd {
            odd.stamp = reading.at;
        }
    }

    fn believe_or_doubt(&mut self, reading: Reading, terms: &Terms, out: &mut Vec<Action>) {
        let step = self.step(reading.at);
        let at = self.place_in_time(reading.at, terms, out);
        let reading = Reading { at, ..reading };
        if let Some(kind) = self.odd.as_mut().and_then(|odd| odd.fresh.take()) {
            self.ratio_milli = ratio(reading.ratio_milli);
            self.cross(kind, &reading, Quality::Incomplete, terms, out);
            return;
        }
        let before = std::mem::replace(&mut self.ratio_milli, ratio(reading.ratio_milli));
        if before != self.ratio_milli && before != 0 {
            self.forget_doubt(terms, out);
            self.cross(IncidentKind::Ratio, &reading, Quality::Incomplete, terms, out);
            return;
        }
        self.take(reading, step, terms, out);
    }

    /// A reading at its place in time, of the register that is known.
    pub(super) fn take(
        &mut self,
        reading: Reading,
        step: Step,
        terms: &Terms,
        out: &mut Vec<Action>,
    ) {
        let waited_ms = self.waited_ms().saturating_add(step.ms);
        if self.doubt().is_some() {
            self.read_in_doubt(reading, waited_ms, step, terms, out);
            return;
        }
        match way(self.last_wh, reading.register_wh, waited_ms, &terms.plate) {
            Some(way) => self.advance(&reading, way, Cause::Normal, terms, out),
            None => self.begin_doubt(reading, waited_ms, terms, out),
        }
    }

    /// Books what flowed up to a reading that is believed.
    pub(super) fn advance(
        &mut self,
        reading: &Reading,
        way: Way,
        cause: Cause,
        terms: &Terms,
        out: &mut Vec<Action>,
    ) {
        let to_wh = match way {
            Way::Still => self.last_wh,
            Way::Up(_) | Way::Over(_) => reading.register_wh,
        };
        let gap = reading.at.0 - self.last_read.0 > terms.slot_ms;
        let mark = if gap {
            Mark { quality: Quality::EstimatedShape, cause: cause.max(Cause::Gap) }
        } else {
            Mark { quality: Quality::Measured, cause }
        };
        let wraps = matches!(way, Way::Over(_));
        let span = Span { from: self.last_read, until: reading.at, done_wh: 0 };
        self.spread(span, way.energy_wh(), mark, wraps.then_some(to_wh), terms, out);
        if wraps {
            self.base_wh += terms.plate.modulus_wh.unwrap_or(0);
        }
        if way.energy_wh() > 0 {
            self.changed = reading.at;
        }
        self.pace(way.energy_wh(), reading.at.0 - self.last_read.0);
        self.stand_at(to_wh, reading);
    }

    /// The register stands elsewhere: a new segment begins with this reading. What flowed since the
    /// good point is not known.
    pub(super) fn cross(
        &mut self,
        kind: IncidentKind,
        reading: &Reading,
        quality: Quality,
        terms: &Terms,
        out: &mut Vec<Action>,
    ) {
        let mark = Mark { quality, cause: kind.cause() };
        let (from, at, to_wh) = (self.last_read, reading.at, reading.register_wh);
        self.spread(Span { from, until: at, done_wh: 0 }, 0, mark, None, terms, out);
        self.say(kind, (from, at), to_wh, to_wh - self.last_wh, terms, out);
        if matches!(kind, IncidentKind::Reset | IncidentKind::Replaced) {
            self.resets = self.resets.saturating_add(1);
        }
        self.base_wh += self.last_wh - to_wh;
        self.changed = at;
        self.stand_at(to_wh, reading);
    }

    /// Moves the good point.
    pub(super) fn stand_at(&mut self, register_wh: i64, reading: &Reading) {
        self.last_wh = register_wh;
        self.last_read = reading.at;
        if let Some(odd) = &mut self.odd {
            odd.waited_ms = 0;
        }
        self.hear_power(reading.power_mw);
    }

    fn hear_power(&mut self, power_mw: Option<i64>) {
        if power_mw != self.power_mw() {
            self.odd().said_mw = power_mw;
        }
    }

    /// Takes note of how fast the register moves.
    fn pace(&mut self, energy_wh: i64, ms: i64) {
        let ms = i128::from(ms.max(0));
        let flowed = i128::from(energy_wh) * MW_MS_PER_WH;
        let mean = (i128::from(self.pace_mw) * PACE_MS + flowed) / (PACE_MS + ms);
        self.pace_mw = i64::try_from(mean).unwrap_or(i64::MAX);
    }

    /// What this meter usually draws, mW: what it says itself, else what its register says.
    pub(super) fn usual_mw(&self) -> i64 {
        self.power_mw().map_or(self.pace_mw, i64::saturating_abs)
    }

    /// Power that the meter says, mW.
    pub fn power_mw(&self) -> Option<i64> {
        self.odd.as_ref()?.said_mw
    }

    /// What is not believed yet.
    pub fn doubt(&self) -> Option<&Doubt> {
        self.odd.as_ref()?.doubt.as_ref()
    }

    /// What happened last, beside its opening.
    pub fn incident(&self) -> Option<Incident> {
        self.odd.as_ref()?.incident
    }

    /// What the clock said at the latest reading.
    pub(super) fn stamp(&self) -> Timestamp {
        self.odd.as_ref().map_or(self.last_read, |odd| odd.stamp)
    }

    fn waited_ms(&self) -> i64 {
        self.odd.as_ref().map_or(0, |odd| odd.waited_ms)
    }

    pub(super) fn known_odd(&mut self) -> Option<&mut Odd> {
        self.odd.as_deref_mut()
    }

    pub(super) fn odd(&mut self) -> &mut Odd {
        let stamp = self.last_read;
        self.odd.get_or_insert_with(|| {
            Box::new(Odd {
                stamp,
                behind: None,
                waited_ms: 0,
                posted_to: None,
                even_from: None,
                said_mw: None,
                doubt: None,
                fresh: None,
                incident: None,
            })
        })
    }

    pub(super) fn take_doubt(&mut self) -> Option<Doubt> {
        self.odd.as_mut()?.doubt.take()
    }

    pub(super) fn say(
        &mut self,
        kind: IncidentKind,
        (from, at): (Timestamp, Timestamp),
        after_wh: i64,
        jump_wh: i64,
        terms: &Terms,
        out: &mut Vec<Action>,
    ) {
        let (meter, before_wh) = (terms.meter, self.last_wh);
        let incident = Incident { meter, kind, from, at, before_wh, after_wh, jump_wh };
        self.odd().incident = Some(incident);
        out.push(Action::Incident(incident));
    }

    /// The first slot begins at this register: what flowed in it is known.
    pub(super) fn say_opening(&self, terms: &Terms, out: &mut Vec<Action>) {
        let register_wh = self.last_wh - self.open.energy_wh;
        out.push(Action::Incident(Incident {
            meter: terms.meter,
            kind: IncidentKind::Opening,
            from: self.last_read,
            at: self.last_read,
            before_wh: register_wh,
            after_wh: register_wh,
            jump_wh: 0,
        }));
    }
}

/// The product of transformer ratios as it is kept: 4 million is above any.
fn ratio(milli: u64) -> u32 {
    u32::try_from(milli).unwrap_or(u32::MAX)
}

/// Mean power, mW.
pub(super) fn power_mw(energy_wh: i64, ms: i64) -> i64 {
    let power = i128::from(energy_wh) * MW_MS_PER_WH / i128::from(ms.max(1));
    i64::try_from(power).unwrap_or(i64::MAX)
}
