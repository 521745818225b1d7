//! L1 to L4: what must happen in time.

use super::{Change, Checked, Look, MINUTE, Monitor};
use lighting::{Kind, Occupancy, Priority, Reason};

/// Up to this, lamps of an empty room are for orientation, %: standby.
const STANDBY_PCT: u8 = 20;

/// The way of a report to the agent, ms.
const WAY_MS: i64 = 5_000;

impl Monitor<'_> {
    /// L1: an empty room is dark, or at standby, within its hold and a fade; 20 min at most.
    pub(super) fn l1(&self, look: &Look<'_>) -> Checked {
        let still = look.truth.still_since.filter(|_| look.truth.well && !look.truth.people)?;
        let settings = self.settings(0);
        // A hold that changed on the way counts for itself: then the longest there is.
        // And where the air has a say, it may take as long.
        let adapts = self.plan.campus.rooms[0].occupancy.adapts;
        let hold_ms = match self.period_since <= still && !adapts {
            true => settings.hold_ms(look.after.period),
            false => lighting::settings::HOLD_MS_MAX,
        };
        let due = still + i64::from(hold_ms) + WAY_MS + i64::from(settings.fade_ms);
        if look.t <= due || self.plan.lawless {
            return None;
        }
        let nth = (0..self.zones.len()).find(|nth| {
            look.after.levels[*nth] > STANDBY_PCT
                && self.zones[*nth].wished.is_none()
                && !self.is_imposed(*nth)
        })?;
        // A rule that asks for light in an empty room is what the staff wants, and the checker has seen it.
        let room = look.controller.room(controller::RoomIx(0));
        if matches!(room.zones[nth].verdict.winner.reason, lighting::Reason::Rule { .. }) {
            return None;
        }
        let what = format!(
            "{} % though nobody has moved for {} min; {} min is the hold",
            look.after.levels[nth],
            (look.t - still) / MINUTE,
            hold_ms / 60_000
        );
        Some(look.broken("L1", Some(nth), what))
    }

    /// L2: a sweep has warned once, five minutes before it switches off.
    pub(super) fn l2(&mut self, look: &Look<'_>) -> Checked {
        if matches!(look.cause, super::Cause::Clock | super::Cause::CameBack) {
            // A warning that nobody may have seen does not count.
            self.zones.iter_mut().for_each(|zone| zone.warned = None);
        }
        for change in look.changes() {
            if let Some(what) = self.swept(&change, look) {
                return Some(look.broken("L2", Some(change.zone), what));
            }
        }
        // Whoever is seen has answered; so does a night without lamps.
        let answered = look.after.occupancy == Occupancy::Occupied
            || look.after.period != lighting::Period::Closed;
        for (nth, zone) in self.zones.iter_mut().enumerate() {
            if answered
                || zone.wished.is_some()
                || self.fire
                || self.locks[nth].is_some()
                || look.after.levels[nth] == 0
            {
                zone.warned = None;
            }
        }
        None
    }

    /// What is wrong with a change as part of a sweep.
    fn swept(&mut self, change: &Change<'_>, look: &Look<'_>) -> Option<String> {
        let winner = change.verdict.winner;
        let shipped = !matches!(winner.reason, Reason::Rule { .. });
        let warn_ms = i64::from(self.settings(change.zone).warn_ms);
        let zone = &mut self.zones[change.zone];
        let by_rule = std::mem::replace(&mut zone.by_rule, !shipped);
        // Lamps were taken over from somebody else at this very moment, and are told again what they were.
        let adopted = look.before.levels[change.zone] != change.from;
        let all = std::iter::once(&winner).chain(&change.verdict.losers);
        let warns = all.into_iter().any(|it| matches!(it.reason, Reason::SweepWarn { .. }));
        let sweeps = winner.priority == Priority::Sweep && shipped;
        // Lamps that a rule lights after hours come on with the warning.
        if warns && (change.to < change.from || change.from == 0) {
            let again = zone.warned.is_some() && sweeps && !adopted;
            zone.warned = zone.warned.or(Some(look.now.0));
            return again.then(|| format!("{} → {} %: warned twice", change.from, change.to));
        }
        if winner.kind != Kind::Off || !sweeps {
            zone.warned = zone.warned.filter(|_| warns);
            return None;
        }
        let ago = zone.warned.take().map(|at| look.now.0 - at);
        // One percent cannot be halved, so it warns by nothing. And what a rule leaves on after a sweep,
        // for orientation, ends with the rule.
        let left =
            by_rule && change.from <= STANDBY_PCT || look.after.occupancy == Occupancy::Vacant;
        if ago.is_some_and(|ago| ago >= warn_ms) || change.from <= 1 || left {
            return None;
        }
        Some(match ago {
            Some(ago) => format!("swept {} s after the warning", ago / 1000),
            None => format!("{} → 0 %: swept without a warning", change.from),
        })
    }

    /// L3: every request ends, but the default.
    pub(super) fn l3(&self, look: &Look<'_>) -> Checked {
        for change in look.changes() {
            let all = std::iter::once(&change.verdict.winner).chain(&change.verdict.losers);
            let now = u64::try_from(look.now.0).unwrap_or(0);
            // Two hours is the longest that anybody may ask for; twelve for locks and the grid.
            let latest = |priority| match priority {
                Priority::Lock | Priority::DemandResponse => now + 12 * 3_600_000,
                _ => now + 7_200_000,
            };
            let eternal = all.into_iter().find(|request| match request.expires {
                None => request.priority != Priority::Default,
                Some(at) => at > latest(request.priority),
            });
            if let Some(request) = eternal {
                let (name, ends) = (request.priority.name(), request.expires);
                let what = format!("a request of `{name}` ends at {ends:?}");
                return Some(look.broken("L3", Some(change.zone), what));
            }
        }
        None
    }

    /// L4: asked again without news, a zone comes to rest: it does not want something else than it has just
    /// decided three times in a row.
    pub(super) fn l4(&mut self, look: &Look<'_>) -> Checked {
        look.changes().next()?;
        let room = look.controller.room(controller::RoomIx(0));
        for (nth, zone) in room.zones.iter().enumerate() {
            let (now, next) = (zone.level_pct, zone.verdict.level_pct);
            let restless = &mut self.zones[nth].restless;
            *restless = if now == next { 0 } else { *restless + 1 };
            if *restless >= 3 {
                let what = format!("{now} %, and asked again {next} %, and so for the third time");
                return Some(look.broken("L4", Some(nth), what));
            }
        }
        None
    }
}
