//! What a person says about a meter counts more than what its register looks like.

use super::account::{Account, Terms, Way, near_end};
use super::clock::Step;
use super::doubt::Doubt;
use super::{Cause, Incident, IncidentKind, Posting, Quality, Reading};
use crate::Timestamp;
use crate::action::Action;

impl Account {
    /// A reading that is in doubt is true, or is not.
    pub fn judge(&mut self, believe: bool, terms: &Terms, out: &mut Vec<Action>) {
        if !believe {
            self.forget_doubt(terms, out);
            return;
        }
        let Some(doubt) = self.doubt() else { return };
        let first = *doubt.first();
        let Some(energy_wh) = self.rise_to(first.register_wh, terms) else {
            // A register cannot have run backwards: it is another one.
            self.confirm(terms, out);
            return;
        };
        let Some(doubt) = self.take_doubt() else { return };
        let (from, before_wh) = (self.last_read, self.last_wh);
        let said = Incident {
            meter: terms.meter,
            kind: IncidentKind::Declared,
            from,
            at: first.at,
            before_wh,
            after_wh: first.register_wh,
            jump_wh: 0,
        };
        self.odd().incident = Some(said);
        out.push(Action::Incident(said));
        self.advance(&first, energy_wh, Cause::Repaired, terms, out);
        self.follow(&doubt.into_readings()[1..], terms, out);
    }

    fn rise_to(&self, register_wh: i64, terms: &Terms) -> Option<Way> {
        if register_wh >= self.last_wh {
            return Some(Way::Up(register_wh - self.last_wh));
        }
        let modulus = terms.plate.modulus_wh?;
        let flowed_wh = register_wh + modulus - self.last_wh;
        near_end(self.last_wh, modulus).then_some(Way::Over(flowed_wh))
    }

    /// The meter was replaced at `at`: what the old one showed last, and the new one first, Wh.
    /// Says whether it could be taken; what lies before the good point is a repair.
    pub fn replace(
        &mut self,
        at: Timestamp,
        old_final_wh: Option<i64>,
        new_first_wh: Option<i64>,
        terms: &Terms,
        out: &mut Vec<Action>,
    ) -> bool {
        // What is in doubt is the new meter already, also if the time is told a little late.
        let at = self.doubt().map_or(at, |doubt| at.min(doubt.first().at));
        if at < self.last_read {
            return false;
        }
        let doubted = self.take_doubt().map_or(Vec::new(), Doubt::into_readings);
        let declared = old_final_wh.is_some() || new_first_wh.is_some();
        let kind = if declared { IncidentKind::Declared } else { IncidentKind::Replaced };
        let old_final_wh = old_final_wh.filter(|wh| *wh >= self.last_wh);
        let ratio_milli = u64::from(std::mem::take(&mut self.ratio_milli));
        let here = |at, register_wh| Reading { at, register_wh, power_mw: None, ratio_milli };
        if let Some(wh) = old_final_wh {
            self.advance(&here(at, wh), Way::Up(wh - self.last_wh), kind.cause(), terms, out);
        }
        let whole = old_final_wh.is_some() && (new_first_wh.is_some() || doubted.is_empty());
        let quality = if whole { Quality::Measured } else { Quality::Incomplete };
        let first = new_first_wh.map(|wh| here(at, wh)).or(doubted.first().copied());
        match first {
            Some(first) => {
                self.cross(kind, &first, quality, terms, out);
                self.take_again(&doubted, terms, out);
            }
            None => self.odd().fresh = Some(kind),
        }
        let last_read = self.last_read;
        let odd = self.odd();
        odd.stamp = odd.stamp.max(last_read);
        true
    }

    /// Readings that were in doubt are read as if they came now.
    fn take_again(&mut self, readings: &[Reading], terms: &Terms, out: &mut Vec<Action>) {
        for reading in readings {
            let ms = reading.at.0 - self.doubt().map_or(self.last_read, |d| d.last().at).0;
            let step = Step { ms, is_known: true };
            self.take(*reading, step, terms, out);
        }
    }

    /// A person repaired closed slots: sums and registers change alike.
    pub fn repair(&mut self, rows: &[Posting], incidents: &[Incident], terms: &Terms) {
        let touched = |at: Timestamp| {
            rows.iter().any(|row| (row.slot..row.slot.plus(terms.slot_ms)).contains(&at))
                || incidents.iter().any(|said| (said.from..=said.at).contains(&at))
        };
        if self.incident().is_some_and(|incident| touched(incident.at)) {
            // What a person has explained needs nobody any more.
            self.odd().incident = incidents.last().copied();
        }
        for row in rows {
            self.posted_wh += row.energy_wh;
            self.base_wh += row.energy_wh;
            if row.slot >= terms.day_start {
                self.today_wh += row.energy_wh;
            }
        }
    }
}
