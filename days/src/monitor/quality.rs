//! Q1 to Q5: whether the light is good.

use super::{Cause, Checked, Look, MINUTE, Monitor};
use crate::people;
use crate::sky::Sky;
use lighting::{Occupancy, Period};

/// What days add up to (Q5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Somebody was there, ms.
    pub occupied_ms: i64,
    /// … and the lamps went off by themselves, rooms counted once.
    pub false_offs: u64,
    /// … and it was dark, though nobody wanted that, ms.
    pub dark_ms: i64,
    /// The same while sensors, link, clock and agent were well, of so much time with people, ms.
    pub dark_well_ms: i64,
    /// See `dark_well_ms`.
    pub well_ms: i64,
    /// Lamps on while nobody was there, ms.
    pub lit_empty_ms: i64,
    /// Levels that changed.
    pub changes: u64,
    /// Times the controller was told something.
    pub told: u64,
}

impl Figures {
    /// Both together.
    pub fn add(&mut self, other: &Self) {
        self.occupied_ms += other.occupied_ms;
        self.false_offs += other.false_offs;
        self.dark_ms += other.dark_ms;
        self.dark_well_ms += other.dark_well_ms;
        self.well_ms += other.well_ms;
        self.lit_empty_ms += other.lit_empty_ms;
        self.changes += other.changes;
        self.told += other.told;
    }
}

/// After this under a steady sky nothing turns back (Q1), ms: 60 s, and the report with which lamps that were told
/// another level are looked at, at most a minute and a quarter later.
const SETTLES_MS: i64 = 60_000 + 75_000;

impl Monitor<'_> {
    /// Q1: under a steady sky lamps settle within 60 s, and then never turn back.
    pub(super) fn q1(&mut self, look: &Look<'_>) -> Checked {
        let told =
            matches!(look.cause, Cause::Wish(..) | Cause::Auto | Cause::Clock | Cause::CameBack);
        let same = look.before.occupancy == look.after.occupancy
            && look.before.period == look.after.period;
        let imposed =
            self.demand.is_some() || (0..self.zones.len()).any(|nth| self.is_imposed(nth));
        let wished = imposed || self.zones.iter().any(|zone| zone.wished.is_some());
        if told || !same || wished || !look.truth.well {
            self.steady_since = look.t;
            self.zones.iter_mut().for_each(|zone| zone.course.clear());
            return None;
        }
        // The sweep moves by the clock, and rules may look at anything.
        let plain =
            look.after.period != Period::Closed && self.plan.campus.rules.rules().is_empty();
        let settled = look.t - self.steady_since > SETTLES_MS;
        if !self.is_steady_sky() || !plain {
            return None;
        }
        // Lamps that come on are a begin; what the sensor then sees of them is the first look.
        if look.changes().any(|change| change.from == 0) {
            self.steady_since = look.t;
            self.zones.iter_mut().for_each(|zone| zone.course.clear());
            return None;
        }
        for change in look.changes() {
            let up = change.to > change.from;
            let course = &mut self.zones[change.zone].course;
            let turned = course.last().is_some_and(|(_, before)| *before != up);
            course.push((look.t, up));
            if settled && turned {
                let what =
                    format!("{} → {} %: turns back under a steady sky", change.from, change.to);
                return Some(look.broken("Q1", Some(change.zone), what));
            }
        }
        None
    }

    /// Q2: on a ramp of daylight lamps turn back at most once in ten minutes.
    pub(super) fn q2(&mut self, look: &Look<'_>) -> Checked {
        let Sky::Ramp { at, ms, .. } = self.plan.sky else { return None };
        let ramp = (at..at + ms).contains(&look.t);
        let plain =
            look.after.period != Period::Closed && self.plan.campus.rules.rules().is_empty();
        if self.demand.is_some()
            || !ramp
            || !plain
            || !look.truth.well
            || look.after.occupancy != Occupancy::Occupied
        {
            return None;
        }
        for change in look.changes() {
            let up = change.to > change.from;
            let course = &mut self.zones[change.zone].course;
            course.retain(|(t, _)| look.t - t < 10 * MINUTE);
            course.push((look.t, up));
            let turns = course.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
            if turns > 1 {
                let what = format!("{} → {} %: turns twice in ten minutes", change.from, change.to);
                return Some(look.broken("Q2", Some(change.zone), what));
            }
        }
        None
    }

    /// Q3: by themselves lamps go on and off six times in an hour at most. That is what a hold of ten
    /// minutes gives to somebody who looks in again and again; the five minutes of a break, which the same
    /// report asks for (§8.1), and a shorter hold that somebody configured, give more.
    pub(super) fn q3(&mut self, look: &Look<'_>) -> Checked {
        for change in look.changes().filter(|it| it.is_automatic() && it.from == 0) {
            let ons = &mut self.zones[change.zone].ons;
            ons.push_back(look.t);
            while ons.front().is_some_and(|first| look.t - first >= 60 * MINUTE) {
                ons.pop_front();
            }
            let settings = &self.plan.campus.rooms[0].zones[change.zone].lighting;
            // A hold that adapts is half as long for whoever passes, and 5 min at least.
            let adapts = self.plan.campus.rooms[0].occupancy.adapts;
            let hold_ms = match adapts {
                true => lighting::settings::short_hold_ms(settings.hold_ms),
                false => settings.hold_ms,
            };
            let most = if self.break_at + 60 * MINUTE > look.t {
                60 * MINUTE / i64::from(settings.break_hold_ms.min(hold_ms)) + 1
            } else {
                (60 * MINUTE / i64::from(hold_ms)).max(6)
            };
            if ons.len() as i64 > most && look.truth.well && !self.plan.lawless {
                let what = format!("on for the {}th time in an hour", ons.len());
                return Some(look.broken("Q3", Some(change.zone), what));
            }
        }
        None
    }

    /// Q4: what moves by itself over people's heads takes two seconds.
    pub(super) fn q4(&self, look: &Look<'_>) -> Checked {
        if !look.after.occupancy.may_be_occupied() {
            return None;
        }
        let quick = |it: &super::Change<'_>| it.is_automatic() && it.verdict.fade_ms < 2_000;
        let change = look.changes().find(quick)?;
        let what =
            format!("{} → {} % within {} ms", change.from, change.to, change.verdict.fade_ms);
        Some(look.broken("Q4", Some(change.zone), what))
    }

    /// Q5: what is counted over all days; sensors that lie count against us too.
    pub(super) fn q5(&mut self, look: &Look<'_>) {
        let all_ms = look.t - self.last;
        let ms = people::overlap(&self.plan.visits, (self.last, look.t));
        self.figures.told += 1;
        self.figures.changes += look.changes().count() as u64;
        let lit = look.before.levels.iter().any(|level| *level > 0);
        self.figures.lit_empty_ms += if lit { all_ms - ms } else { 0 };
        self.figures.occupied_ms += ms;
        let off = look.changes().any(|it| it.goes_off() && it.is_automatic()) && look.truth.people;
        self.figures.false_offs += u64::from(off);
        let locked = self.locks.iter().any(Option::is_some);
        let wished = locked || self.zones.iter().any(|zone| zone.wished.is_some());
        // One step of the scale of EN 12464-1 (… 200, 300, 500 …) below the target is dark; less is what
        // the daylight rule's hysteresis leaves.
        let dim = look.truth.daylight_lx * 3.0 < f64::from(self.settings(0).target_lx) * 2.0;
        let dark_ms = if !lit && dim && !wished { ms } else { 0 };
        self.figures.dark_ms += dark_ms;
        if look.truth.well {
            self.figures.dark_well_ms += dark_ms;
            self.figures.well_ms += ms;
        }
    }
}
