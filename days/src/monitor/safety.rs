//! S1 to S9: what must hold on every trace, whatever goes wrong.

use super::{Cause, Change, Checked, Look, MINUTE, Monitor, needs_light};
use crate::agent::Entry;
use crate::plan::EMERGENCY;
use controller::{Action, Timestamp};
use lighting::{Occupancy, Period, Priority};

/// After this long a lesson must have its light, ms: at dusk, or beside lamps that somebody holds, the loop follows
/// by looks, and a look comes with a report, once a minute.
const LIT_MS_MAX: i64 = 300_000;

impl Monitor<'_> {
    /// S1: while it burns every zone is at the forced level, at once; nothing weaker changes it. A lock is
    /// weaker: people have to find out.
    pub(super) fn s1(&self, look: &Look<'_>) -> Checked {
        if !self.fire {
            return None;
        }
        let nth = look.after.levels.iter().position(|level| *level != 100)?;
        let what = format!("{} % while it burns", look.after.levels[nth]);
        Some(look.broken("S1", Some(nth), what))
    }

    /// S9: when the grid asks for less, lit lamps give it, all the same share; none goes dark by it, and
    /// no lesson goes below its floor.
    pub(super) fn s9(&self, look: &Look<'_>) -> Checked {
        let dark = look.changes().find(|it| {
            it.goes_off() && it.verdict.winner.reason == lighting::Reason::DemandResponse
        });
        if let Some(change) = dark {
            let what = format!("{} → 0 % by the grid", change.from);
            return Some(look.broken("S9", Some(change.zone), what));
        }
        let Cause::Imposed(Entry::Demand(less_pct, ..)) = look.cause else { return None };
        // A lesson that ends at this very moment has changed what there would be without it.
        if self.period_since == look.t {
            return None;
        }
        for nth in 0..self.zones.len() {
            let (before, after) = (look.before.levels[nth], look.after.levels[nth]);
            let asked = u16::from(before) * u16::from(100 - less_pct) / 100;
            let free = self.is_imposed(nth) || self.zones[nth].wished.is_some();
            // What the grid asked for before is in force already.
            if free || u16::from(after) <= asked.max(10) || self.plan.lawless || before < 10 {
                continue;
            }
            let room = look.controller.room(controller::RoomIx(0));
            let winner = room.zones[nth].verdict.winner;
            // The floor is stronger; so is a rule of the staff that asks for as much at the grid's level.
            let ruled = matches!(winner.reason, lighting::Reason::Rule { .. });
            if winner.priority <= Priority::Floor || ruled {
                continue;
            }
            let what = format!(
                "{before} → {after} % by {} though the grid asks for {less_pct} % less",
                winner.reason.code()
            );
            return Some(look.broken("S9", Some(nth), what));
        }
        None
    }

    /// S2: emergency lighting is in no command's target set.
    pub(super) fn s2(&self, look: &Look<'_>) -> Checked {
        for action in look.actions {
            let Action::Desire { node } = action else { continue };
            let desired = look.controller.desired(*node)?;
            let zones = &self.plan.campus.rooms[0].zones;
            let strange = desired.lamps.iter().find(|lamp| {
                lamp.channel == EMERGENCY
                    || zones.iter().all(|it| it.channel.as_str() != lamp.channel)
            });
            if let Some(lamp) = strange {
                let what = format!("circuit `{}`, which no zone names, is driven", lamp.channel);
                return Some(look.broken("S2", None, what));
            }
        }
        None
    }

    /// S3: nothing automatic switches off over people's heads.
    pub(super) fn s3(&self, look: &Look<'_>) -> Checked {
        let off = |change: &Change<'_>| change.goes_off() && change.is_automatic();
        if look.after.occupancy != Occupancy::Occupied {
            return None;
        }
        let change = look.changes().find(off)?;
        let what = format!(
            "{} → 0 % by {} while somebody is seen",
            change.from,
            change.verdict.winner.reason.code()
        );
        Some(look.broken("S3", Some(change.zone), what))
    }

    /// S4: a lesson with people in it has full lamps or its lux, unless a person wants it otherwise.
    pub(super) fn s4(&mut self, look: &Look<'_>) -> Checked {
        let lesson = needs_light(look.after.period) && look.after.occupancy == Occupancy::Occupied;
        for nth in 0..self.zones.len() {
            let settings = self.settings(nth);
            let level = look.after.levels[nth];
            // All lamps under the sensor at its level, or as bright as they are: the desks have the light of
            // the board's lamps too, and what somebody holds gives light as well.
            let at_least = look.after.levels.iter().map(|other| (*other).max(level));
            let lux = look.truth.daylight_lx + self.given_lx(at_least);
            // A tenth is what Q1 allows a loop to miss.
            let enough = lux >= 0.9 * f64::from(settings.floor_lx) - 10.0;
            let free = self.zones[nth].wished.is_some() || self.is_imposed(nth);
            if !lesson || free || !look.truth.well || enough || level >= settings.full_pct {
                self.zones[nth].dark_since = None;
                continue;
            }
            let since = *self.zones[nth].dark_since.get_or_insert(look.t);
            if look.t - since > LIT_MS_MAX {
                let what = format!(
                    "{lux:.0} lx at {level} % for {} s of a lesson with people in it; {} lx or {} % \
                     are due",
                    (look.t - since) / 1000,
                    settings.floor_lx,
                    settings.full_pct
                );
                return Some(look.broken("S4", Some(nth), what));
            }
        }
        None
    }

    /// S5: what is not known switches nothing off in opening hours, and after them only by a sweep.
    pub(super) fn s5(&self, look: &Look<'_>) -> Checked {
        let stale_ms = i64::from(self.plan.campus.settings.silent_ms);
        let fresh =
            |heard: &Option<Timestamp>| heard.is_some_and(|heard| look.now.0 - heard.0 < stale_ms);
        if self.heard.iter().any(fresh) {
            return None;
        }
        let change = look.changes().find(|it| it.goes_off() && it.is_automatic())?;
        let winner = change.verdict.winner;
        let swept = look.after.period == Period::Closed && winner.priority == Priority::Sweep;
        if swept {
            return None;
        }
        let what = format!(
            "{} → 0 % by {} though no sensor has spoken for {} s; {}",
            change.from,
            winner.reason.code(),
            stale_ms / 1000,
            look.after.period.name()
        );
        Some(look.broken("S5", Some(change.zone), what))
    }

    /// S6: a hand at the switch, or a wish, is obeyed and not taken back before its time.
    pub(super) fn s6(&self, look: &Look<'_>) -> Checked {
        for (nth, zone) in self.zones.iter().enumerate() {
            let Some(wished) = zone.wished.filter(|_| !self.is_imposed(nth)) else { continue };
            let obeyed = look.after.levels[nth] == wished.level;
            if wished.at == look.t && !obeyed {
                let what =
                    format!("{} % wanted, {} % commanded", wished.level, look.after.levels[nth]);
                return Some(look.broken("S6", Some(nth), what));
            }
            let taken = look.changes().find(|it| it.zone == nth && it.is_automatic());
            if let Some(change) = taken {
                let what = format!(
                    "{} → {} % by {} while a person's {} % holds for {} min more",
                    change.from,
                    change.to,
                    change.verdict.winner.reason.code(),
                    wished.level,
                    (wished.until.0 - look.now.0) / MINUTE
                );
                return Some(look.broken("S6", Some(nth), what));
            }
        }
        None
    }

    /// S7: duplicates, late frames, restarts and clocks switch nothing off, and make nothing darker.
    /// What follows from them later is compared with a day without, [`crate::twin`].
    pub(super) fn s7(&self, look: &Look<'_>) -> Checked {
        let (why, warns) = match look.cause {
            Cause::Frame { duplicate: true, .. } => ("a duplicate", false),
            Cause::Frame { kept, late: true, .. } if !self.presses_in(kept) => {
                ("a late frame", false)
            }
            Cause::Clock => ("a clock that was set", true),
            Cause::CameBack => ("a restart of the agent", true),
            _ => return None,
        };
        if !warns {
            // What a rule lights in an empty room goes as the rule wants.
            let ruled = !look.truth.people && !self.plan.campus.rules.rules().is_empty();
            let change = look.changes().find(Change::goes_off).filter(|_| !ruled)?;
            let what = format!("{} → 0 % by {why}", change.from);
            return Some(look.broken("S7", Some(change.zone), what));
        }
        let levels = look.before.levels.iter().zip(&look.after.levels);
        let (nth, (before, after)) = levels.enumerate().find(|(nth, (before, after))| {
            // A person's wish that ran out meanwhile, or came meanwhile, is no fault.
            let wished = self.zones[*nth].wished.is_some() || self.is_imposed(*nth);
            // The sweep may begin to warn.
            let warned = look.after.period == Period::Closed && **after >= before.div_ceil(2);
            // And a rule whose time has come meanwhile may dim.
            let mut changes = look.changes().filter(|change| change.zone == *nth && change.to > 0);
            let turned = look.before.period != look.after.period;
            let ruled = changes.any(|it| match it.verdict.winner.reason {
                lighting::Reason::Rule { .. } => true,
                lighting::Reason::DemandResponse => turned,
                _ => false,
            });
            after < before && !wished && !warned && !ruled
        })?;
        let what = format!("{before} → {after} % by {why}");
        Some(look.broken("S7", Some(nth), what))
    }

    fn presses_in(&self, kept: &crate::node::Kept) -> bool {
        kept.says.iter().any(|(quantity, ..)| *quantity == wire::Quantity::ManualPct)
    }

    /// S8: lamps that go on by themselves go to half at most, or to what a lesson needs.
    pub(super) fn s8(&self, look: &Look<'_>) -> Checked {
        if self.plan.lawless {
            return None;
        }
        let change = look.changes().find(|it| {
            let most = self.settings(it.zone).auto_pct;
            // A lesson with people in it gets its floor, whoever else asks for as much.
            let lesson = needs_light(look.after.period)
                && look.after.occupancy == Occupancy::Occupied
                && it.to < self.settings(it.zone).full_pct;
            let floor = it.verdict.winner.priority == Priority::Floor || lesson;
            it.from == 0 && it.is_automatic() && it.to > most && !floor
        })?;
        let what = format!(
            "0 → {} % by {}; {} % is the most",
            change.to,
            change.verdict.winner.reason.code(),
            self.settings(change.zone).auto_pct
        );
        Some(look.broken("S8", Some(change.zone), what))
    }
}
