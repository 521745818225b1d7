//! A register that says what it cannot have done: held beside the account until it is taken back,
//! or persists.

use super::account::{Account, Terms, Way, limit_wh, power_mw, way};
use super::clock::Step;
use super::{Cause, IncidentKind, Quality, Reading, slot_of};
use crate::action::Action;
use crate::limits::{DOUBT_KEPT_MAX, DOUBT_MS, DOUBT_READINGS, FROZEN_MS_MAX};
use crate::{Plate, Timestamp};
use serde::{Deserialize, Serialize};

/// Readings that follow from each other, but not from the good point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Doubt {
    /// Never empty; the first and the last are always kept.
    readings: Vec<Reading>,
    pub count: u32,
    elapsed_ms: i64,
}

impl Doubt {
    fn new(reading: Reading) -> Self {
        Self { readings: vec![reading], count: 1, elapsed_ms: 0 }
    }

    pub fn first(&self) -> &Reading {
        &self.readings[0]
    }

    pub fn last(&self) -> &Reading {
        &self.readings[self.readings.len() - 1]
    }

    pub fn into_readings(self) -> Vec<Reading> {
        self.readings
    }

    /// One more of its kind. Between two others of one slot a reading says nothing.
    fn push(&mut self, reading: Reading, step: Step, slot_ms: i64) {
        self.readings.push(reading);
        let readings = &self.readings;
        let last = readings.len() - 1;
        let slot = |nth: usize| slot_of(readings[nth].at, slot_ms);
        if last >= 2 && slot(last - 2) == slot(last) {
            self.readings.remove(last - 1);
        } else if readings.len() > DOUBT_KEPT_MAX {
            self.readings.remove(1);
        }
        self.count = self.count.saturating_add(1);
        if step.is_known {
            self.elapsed_ms = self.elapsed_ms.saturating_add(step.ms);
        }
    }

    pub fn move_to(&mut self, at: Timestamp) {
        for reading in &mut self.readings {
            reading.at = at;
        }
    }
}

impl Account {
    pub(super) fn begin_doubt(
        &mut self,
        reading: Reading,
        waited_ms: i64,
        terms: &Terms,
        out: &mut Vec<Action>,
    ) {
        self.forget_doubt(terms, out);
        let (from, at) = (self.last_read, reading.at);
        self.say(IncidentKind::Doubt, (from, at), reading.register_wh, 0, terms, out);
        let odd = self.odd();
        odd.waited_ms = waited_ms;
        odd.doubt = Some(Doubt::new(reading));
    }

    /// What was in doubt is not believed.
    pub(super) fn forget_doubt(&mut self, terms: &Terms, out: &mut Vec<Action>) {
        let Some(doubt) = self.take_doubt() else { return };
        let first = doubt.first();
        let when = (self.last_read, first.at);
        self.say(IncidentKind::Glitch, when, first.register_wh, 0, terms, out);
        self.open.cause = self.open.cause.max(Cause::Glitch);
    }

    /// A reading is compared with both: what was good, and what is in doubt.
    pub(super) fn read_in_doubt(
        &mut self,
        reading: Reading,
        waited_ms: i64,
        step: Step,
        terms: &Terms,
        out: &mut Vec<Action>,
    ) {
        let Some(doubt) = self.doubt() else { return };
        let doubted_wh = doubt.last().register_wh;
        let good = way(self.last_wh, reading.register_wh, waited_ms, &terms.plate);
        let odd = way(doubted_wh, reading.register_wh, step.ms, &terms.plate);
        let believes_good = match (good, odd) {
            (Some(good), Some(odd)) => {
                let usual_mw = reading.power_mw.map_or_else(|| self.usual_mw(), i64::abs);
                strangeness(good, waited_ms, usual_mw, &terms.plate)
                    <= strangeness(odd, step.ms, usual_mw, &terms.plate)
            }
            (good, _) => good.is_some(),
        };
        match (good.filter(|_| believes_good), odd) {
            (Some(way), _) => {
                self.forget_doubt(terms, out);
                self.advance(&reading, way, Cause::Glitch, terms, out);
            }
            (None, Some(way)) => {
                self.odd().waited_ms = waited_ms;
                self.doubt_more(reading, way, step, terms, out);
            }
            (None, None) => self.begin_doubt(reading, waited_ms, terms, out),
        }
    }

    fn doubt_more(
        &mut self,
        reading: Reading,
        way: Way,
        step: Step,
        terms: &Terms,
        out: &mut Vec<Action>,
    ) {
        let Some(doubt) = &mut self.odd().doubt else { return };
        let register_wh = match way {
            Way::Still => doubt.last().register_wh,
            Way::Up(_) | Way::Over(_) => reading.register_wh,
        };
        doubt.push(Reading { register_wh, ..reading }, step, terms.slot_ms);
        if doubt.count >= DOUBT_READINGS && doubt.elapsed_ms >= DOUBT_MS {
            self.confirm(terms, out);
        }
    }

    /// It stands there: what was in doubt is what the register is.
    pub(super) fn confirm(&mut self, terms: &Terms, out: &mut Vec<Action>) {
        let Some(doubt) = self.take_doubt() else { return };
        let first = *doubt.first();
        if self.was_frozen(&first, &terms.plate) {
            let energy_wh = first.register_wh - self.last_wh;
            let when = (self.still_since(), first.at);
            self.say(IncidentKind::Frozen, when, first.register_wh, 0, terms, out);
            self.thaw(first.at, energy_wh, terms, out);
            self.changed = first.at;
            self.stand_at(first.register_wh, &first);
        } else {
            let kind = fallen_as(self.last_wh, first.register_wh);
            self.cross(kind, &first, Quality::Incomplete, terms, out);
        }
        self.follow(&doubt.into_readings()[1..], terms, out);
    }

    /// Books readings that were found to follow from each other.
    pub(super) fn follow(&mut self, readings: &[Reading], terms: &Terms, out: &mut Vec<Action>) {
        for reading in readings {
            let difference = reading.register_wh - self.last_wh;
            let way = match terms.plate.modulus_wh {
                Some(modulus) if difference < 0 => Way::Over(difference + modulus),
                _ => Way::Up(difference),
            };
            self.advance(reading, way, Cause::Normal, terms, out);
        }
    }

    /// Whether the register can have stood still since it last moved, and caught up.
    fn was_frozen(&self, first: &Reading, plate: &Plate) -> bool {
        let difference = first.register_wh.saturating_sub(self.last_wh);
        let ms = first.at.0 - self.changed.0;
        difference >= 0 && ms <= FROZEN_MS_MAX && difference <= limit_wh(ms, plate)
    }
}

/// What a register that stands elsewhere has gone through: reset to about nothing, or another meter.
fn fallen_as(from_wh: i64, to_wh: i64) -> IncidentKind {
    const ABOUT_NOTHING_WH: i64 = 1_000;
    let fell = to_wh < from_wh;
    if fell && (to_wh < from_wh / 10 || to_wh < ABOUT_NOTHING_WH) {
        IncidentKind::Reset
    } else {
        IncidentKind::Replaced
    }
}

/// How far this way is from what the meter usually draws, mW, beyond what its last digit explains.
fn strangeness(way: Way, ms: i64, usual_mw: i64, plate: &Plate) -> i64 {
    let ms = ms.max(1);
    let digit_mw = power_mw(plate.quantum_wh, ms);
    let off = power_mw(way.energy_wh(), ms).saturating_sub(usual_mw).saturating_abs();
    off.saturating_sub(digit_mw).max(0)
}
