//! The shipped rules of one zone, and the little they remember.
//!
//! | priority | rule | asks for |
//! |---|---|---|
//! | fire | fire alarm | everything full |
//! | lock | maintenance | the locked level |
//! | manual | wall switch, override | that level, until its end or until the room has emptied |
//! | floor | lesson, self-study or exam, somebody there | at least what the desks or the board still need |
//! | demand response | the grid | so much less than without it |
//! | sweep | closed, nobody seen | half, and five minutes later nothing |
//! | occupancy | people | on (at most `auto_pct`), stay, off; stay when nothing is known |
//! | daylight | the sun | at most what is missing |
//! | default | nobody | off |

mod shed;

use crate::request::{DIM_MIN_PCT, Kind, Priority, Reason, Request};
use crate::sabotage::{self, Sabotage};
use crate::settings::{Period, Settings};
use crate::verdict::{ALL_MAX, REQUESTS_MAX, Verdict, arbitrate};
use crate::{Millis, Occupancy};
use heapless::Vec;
use shed::shed;

/// What a zone is told when it decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Inputs {
    /// Whether somebody is there.
    pub occupancy: Occupancy,
    /// For how long nobody has been seen, ms; for the explanation only.
    pub vacant_for_ms: u64,
    /// Illuminance at the sensor, lx; what *other* zones' lamps add there is already taken off.
    pub illuminance_lx: Option<u32>,
    /// Level the zone's lamps had when that was measured, %. When not known they are taken to have been
    /// full: daylight is then underestimated, which errs towards light.
    pub lamp_pct: Option<u8>,
    /// When illuminance was measured, on any scale: lamps come down one step per look.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub look: Millis,
    /// What the timetable says.
    pub period: Period,
    /// Fire alarm.
    pub fire: bool,
    /// Locked at this level for maintenance, %.
    pub lock: Option<u8>,
    /// The grid asks for so much less light than there would be without it, %; it can dim, not darken.
    pub shed_pct: Option<u8>,
    // Not in checkpoints, whose form stands still: what is told is told again.
    /// When the lock or the grid's wish ends, whichever is first; `None` while who asks goes on renewing it.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub imposed_until: Option<Millis>,
}

/// What a zone remembers beside what checkpoints of earlier programs hold of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Beside {
    /// Level without what the grid asks for, %; only while it asks.
    free_pct: Option<u8>,
    /// What the timetable said at the last decision.
    period: Option<Period>,
}

/// A person's wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Manual {
    /// Wanted level, %.
    pub level_pct: u8,
    /// When it ends by itself.
    pub until: Millis,
    /// Made at the wall switch; otherwise on the command line or a dashboard.
    pub wall: bool,
    seen: Seen,
}

/// Whether somebody was there since a wish was made: when the room then empties, it has served its purpose.
/// In checkpoints the first two have the bytes of `false` and `true`, which were there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Seen {
    /// Nobody.
    No,
    /// Somebody.
    Yes,
    /// It was made just now: whoever was there a moment ago has made it.
    Fresh,
}

/// Where the after-hours sweep stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Sweep {
    #[default]
    Waiting,
    /// Dimmed to `max_pct` until `off_at`.
    Warned { off_at: Millis, max_pct: u8 },
    /// Nobody answered.
    Swept,
    /// Somebody answered, or was there anyway.
    Cancelled { until: Millis },
}

/// One zone's memory: what a person wished, where the sweep stands, the last level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Zone {
    level_pct: u8,
    manual: Option<Manual>,
    sweep: Sweep,
    /// Level to which daylight allows the lamps; stays while the light is within the band.
    trim_pct: Option<u8>,
    /// Level that the lesson needs; likewise, and never below the floor.
    floor_pct: Option<u8>,
    /// The look after which these two moved last.
    #[cfg_attr(feature = "serde", serde(skip))]
    look: Option<Millis>,
    /// Earliest moment at which deciding again could give another answer.
    deadline: Option<Millis>,
    #[cfg_attr(feature = "serde", serde(skip))]
    beside: Beside,
}

impl Zone {
    /// Dark, and nobody has wished anything.
    pub const fn new() -> Self {
        Self {
            level_pct: 0,
            manual: None,
            sweep: Sweep::Waiting,
            trim_pct: None,
            floor_pct: None,
            look: None,
            deadline: None,
            beside: Beside { free_pct: None, period: None },
        }
    }

    /// What it remembers that is not in its serialised form.
    pub const fn beside(&self) -> Beside {
        self.beside
    }

    /// Takes back what [`Zone::beside`] gave.
    pub fn remember(&mut self, beside: Beside) {
        self.beside = beside;
    }

    /// The level that it would have if the grid asked for nothing, %.
    pub fn free_pct(&self) -> u8 {
        self.beside.free_pct.unwrap_or(self.level_pct)
    }

    /// Somebody pressed the wall switch: obeyed at once, by [`Zone::decide`] at the same `now`.
    pub fn press(&mut self, level_pct: u8, settings: &Settings, now: Millis) {
        self.wish(level_pct, now + Millis::from(settings.override_max_ms), true, settings, now);
    }

    /// Somebody asked for a level on the command line or a dashboard; `until` is cut to `override_max_ms`.
    pub fn set_override(&mut self, level_pct: u8, until: Millis, settings: &Settings, now: Millis) {
        self.wish(level_pct, until, false, settings, now);
    }

    fn wish(&mut self, level_pct: u8, until: Millis, wall: bool, settings: &Settings, now: Millis) {
        let latest = now + Millis::from(settings.override_max_ms);
        let until = until.min(latest);
        let manual = Manual { level_pct: level_pct.min(100), until, wall, seen: Seen::Fresh };
        self.manual = (until > now).then_some(manual);
        if self.sweep != Sweep::Waiting {
            self.sweep = Sweep::Cancelled { until: latest };
        }
    }

    /// The zone is automatic again. Also ends a wish made at the wall switch.
    pub fn clear_override(&mut self) {
        self.manual = None;
    }

    /// Takes over lamps that somebody else has lit: who begins to decide must not begin with dark.
    pub fn adopt(&mut self, level_pct: u8) {
        self.level_pct = level_pct.min(100);
        self.beside.free_pct = None;
    }

    /// Nobody has decided for a while, or the clock was set: a warning that nobody may have seen does
    /// not count; who has answered one has answered it, and a wish is still over, both after
    /// `override_max_ms` at most.
    pub fn resume(&mut self, settings: &Settings, now: Millis) {
        if sabotage::is(Sabotage::RestartForgets) {
            *self = Self::new();
        }
        self.sweep = match self.sweep {
            // How much of its time has truly passed is not known, so it begins again.
            Sweep::Cancelled { .. } => {
                Sweep::Cancelled { until: now + Millis::from(settings.override_max_ms) }
            }
            _ => Sweep::Waiting,
        };
        if let Some(manual) = &mut self.manual {
            manual.until = manual.until.min(now + Millis::from(settings.override_max_ms));
        }
    }

    /// The last decided level, %.
    pub const fn level_pct(&self) -> u8 {
        self.level_pct
    }

    /// The look at the light after which it decided last.
    pub const fn look(&self) -> Option<Millis> {
        self.look
    }

    /// Takes that back from where it was kept.
    pub fn remember_look(&mut self, look: Option<Millis>) {
        self.look = look;
    }

    /// The person's wish that is obeyed, if any.
    pub const fn manual(&self) -> Option<Manual> {
        self.manual
    }

    /// When to decide again even if nothing is heard: after the last [`Zone::decide`], and later than it.
    pub const fn deadline(&self) -> Option<Millis> {
        self.deadline
    }

    /// Applies every shipped rule. Calling it again with the same arguments gives the same answer.
    pub fn decide(&mut self, inputs: &Inputs, settings: &Settings, now: Millis) -> Verdict {
        self.decide_among::<REQUESTS_MAX, REQUESTS_MAX>(inputs, settings, core::iter::empty(), now)
    }

    /// The same, together with what rules ask for that somebody wrote; each is heard only as far as
    /// [`Request::bounded`] lets it, and at most [`WRITTEN_MAX`](crate::verdict::WRITTEN_MAX) of them.
    pub fn decide_with<const N: usize>(
        &mut self,
        inputs: &Inputs,
        settings: &Settings,
        written: impl Iterator<Item = Request> + Clone,
        now: Millis,
    ) -> Verdict<N> {
        // Mostly nobody has: then there is no need for the room that all of them could take.
        if written.clone().next().is_none() {
            return self.decide_among::<N, REQUESTS_MAX>(
                inputs,
                settings,
                core::iter::empty(),
                now,
            );
        }
        self.decide_among::<N, ALL_MAX>(inputs, settings, written, now)
    }

    fn decide_among<const N: usize, const ALL: usize>(
        &mut self,
        inputs: &Inputs,
        settings: &Settings,
        written: impl Iterator<Item = Request> + Clone,
        now: Millis,
    ) -> Verdict<N> {
        let written = written.filter_map(|request| request.bounded(inputs.occupancy));
        self.end_manual(inputs, now);
        // Whoever asks for light as strongly as the sweep for darkness would only be dimmed for a while.
        let kept = written.clone().any(|r| r.lights() && r.priority <= Priority::Sweep);
        self.step_sweep(inputs, kept, settings, now);
        let daylight_lx = daylight(inputs, settings);
        let looked = self.look.replace(inputs.look) != Some(inputs.look);
        self.step_trim(daylight_lx, looked, settings);
        self.step_floor(inputs, daylight_lx, looked, settings);

        let lit = self.level_pct > 0;
        let ask = |zone: &Self, lit| -> Vec<Request, ALL> {
            let mut requests = zone.requests(inputs, daylight_lx, lit, settings, now);
            // More than the limit was refused where rules are read.
            requests.extend(written.clone().take(ALL - REQUESTS_MAX));
            requests
        };
        let mut requests = ask(self, lit);
        // What is held is what there would be without the grid's wish: it never adds up with itself.
        let held_pct = self.free_pct();
        let mut free_pct = shed(&mut requests, inputs, settings, held_pct, now);
        let mut verdict: Verdict<N> = arbitrate(&requests, now, held_pct);
        if lit != (verdict.level_pct > 0) {
            if !lit {
                // Lamps that a rule lights after closing time are swept like all others, from now on.
                self.level_pct = verdict.level_pct;
                self.step_sweep(inputs, kept, settings, now);
            }
            // The daylight rule asks differently of lit and of dark lamps. Asked again it would speak
            // of the lamps as they are now, so it does at once; no level changes by that.
            requests = ask(self, !lit);
            free_pct = shed(&mut requests, inputs, settings, held_pct, now);
            verdict = arbitrate(&requests, now, held_pct);
        }
        if lit {
            sabotage::stir(&mut verdict);
        }
        self.beside.free_pct = free_pct;
        self.level_pct = verdict.level_pct;
        self.deadline = requests.iter().filter_map(|r| r.expires).chain(self.sweep_ends()).min();
        verdict
    }

    /// A wish ends at its time, and when the room has emptied. Dark that somebody wished for ends when
    /// the next lesson begins: whoever comes in then has not asked for it.
    fn end_manual(&mut self, inputs: &Inputs, now: Millis) {
        let before = self.beside.period.replace(inputs.period);
        let begins =
            before.is_some_and(|before| before != inputs.period) && inputs.period.needs_light();
        let Some(manual) = &mut self.manual else { return };
        // Later only who is seen counts: that a sensor speaks again, and has seen nobody yet, is no visit.
        manual.seen = match (manual.seen, inputs.occupancy) {
            (Seen::Yes, _) | (_, Occupancy::Occupied) => Seen::Yes,
            (Seen::Fresh, Occupancy::VacantPending) => Seen::Yes,
            _ => Seen::No,
        };
        let left = inputs.occupancy == Occupancy::Vacant && manual.seen == Seen::Yes;
        let seen = inputs.occupancy == Occupancy::Occupied;
        if left
            || sabotage::is(Sabotage::WishIgnored) && seen
            || now >= manual.until
            || (begins && manual.level_pct == 0)
        {
            self.manual = None;
        }
    }

    fn step_sweep(&mut self, inputs: &Inputs, kept: bool, settings: &Settings, now: Millis) {
        if inputs.period != Period::Closed || kept {
            self.sweep = Sweep::Waiting;
            return;
        }
        // Whoever is seen, has pressed, or works on the lamps is not to be left in the dark.
        let answered = inputs.occupancy == Occupancy::Occupied
            || self.manual.is_some()
            || inputs.lock.is_some()
            || inputs.fire;
        if answered {
            let until = now + Millis::from(settings.override_max_ms);
            self.sweep = Sweep::Cancelled { until };
            return;
        }
        if matches!(self.sweep, Sweep::Cancelled { until } if now >= until) {
            self.sweep = Sweep::Waiting;
        }
        match self.sweep {
            // A room that is known to be empty goes dark without a warning: nobody is there to read it.
            Sweep::Waiting if self.level_pct > 0 && inputs.occupancy != Occupancy::Vacant => {
                let wait = !sabotage::is(Sabotage::SweepAtOnce);
                let off_at = now + if wait { Millis::from(settings.warn_ms) } else { 1 };
                self.sweep = Sweep::Warned { off_at, max_pct: self.level_pct.div_ceil(2) };
            }
            Sweep::Warned { off_at, .. } if now >= off_at => self.sweep = Sweep::Swept,
            _ => {}
        }
    }

    fn sweep_ends(&self) -> Option<Millis> {
        match self.sweep {
            Sweep::Cancelled { until } => Some(until),
            Sweep::Warned { off_at, .. } => Some(off_at),
            Sweep::Waiting | Sweep::Swept => None,
        }
    }

    fn step_trim(&mut self, daylight_lx: Option<u32>, looked: bool, settings: &Settings) {
        let held = self.held(self.trim_pct, looked);
        let follow = |lx| settings.follow(held, settings.target_lx, lx, looked);
        self.trim_pct = daylight_lx.map(follow);
    }

    /// Where a step begins: dark lamps begin with dark.
    fn held(&self, pct: Option<u8>, looked: bool) -> Option<u8> {
        if looked && self.level_pct == 0 { Some(0) } else { pct }
    }

    /// The floor is a promise: it rises as soon as it is broken.
    fn step_floor(
        &mut self,
        inputs: &Inputs,
        daylight_lx: Option<u32>,
        looked: bool,
        settings: &Settings,
    ) {
        // Who sits still keeps the floor; where nobody was seen yet there is none, or every restart would light
        // the school. What is not known changes nothing of it, or one would let the grid dim a lesson.
        let wanted = match inputs.occupancy {
            Occupancy::Occupied => true,
            Occupancy::VacantPending => self.floor_pct.is_some(),
            Occupancy::Unknown if inputs.period.needs_light() => return,
            Occupancy::Vacant | Occupancy::Unknown => false,
        };
        if !inputs.period.needs_light() || !wanted {
            self.floor_pct = None;
            return;
        }
        let held = self.held(self.floor_pct, looked);
        let follow = |lx| settings.follow(held, settings.floor_lx, lx, looked);
        self.floor_pct = Some(daylight_lx.map_or(settings.full_pct, follow));
    }

    /// How far daylight lets the lamps down. It keeps dark lamps dark but never switches lit ones off
    /// over people's heads, and it has no say where nobody is known to be.
    fn daylight_limit(&self, inputs: &Inputs, lit: bool) -> Option<u8> {
        let trim = self.trim_pct.filter(|_| inputs.occupancy.may_be_occupied())?;
        Some(if lit || trim > 0 { trim.max(DIM_MIN_PCT) } else { 0 })
    }

    fn requests<const ALL: usize>(
        &self,
        inputs: &Inputs,
        daylight_lx: Option<u32>,
        lit: bool,
        settings: &Settings,
        now: Millis,
    ) -> Vec<Request, ALL> {
        let renewed = now + Millis::from(settings.renew_ms);
        let mut requests = Vec::new();
        let mut ask = |kind, priority, fade_ms, expires, reason| {
            // One rule per priority, which is the capacity.
            let endless = sabotage::is(Sabotage::ExpiryRemoved) && priority == Priority::Occupancy;
            let expires = Some(expires).filter(|_| !endless);
            let _ = requests.push(Request { kind, priority, fade_ms, expires, reason });
        };
        let fade_ms = if sabotage::is(Sabotage::NoFade) { 0 } else { settings.fade_ms };
        if inputs.fire && !sabotage::is(Sabotage::FireUnheard) {
            ask(Kind::Set(100), Priority::Fire, 0, renewed, Reason::Fire);
        }
        if let Some(level) = inputs.lock {
            let until = inputs.imposed_until.unwrap_or(renewed);
            ask(Kind::Set(level.min(100)), Priority::Lock, 0, until, Reason::Lock);
        }
        if let Some(manual) = self.manual {
            let reason = if manual.wall { Reason::WallSwitch } else { Reason::Override };
            ask(Kind::Set(manual.level_pct), Priority::Manual, 0, manual.until, reason);
        }
        if let Some(floor) = self.floor_pct {
            let reason = Reason::LessonFloor { target_lx: settings.floor_lx, daylight_lx };
            ask(Kind::Min(floor), Priority::Floor, fade_ms, renewed, reason);
        }
        match self.sweep {
            Sweep::Warned { off_at, max_pct } => {
                let off_in_s = seconds(off_at.saturating_sub(now));
                let reason = Reason::SweepWarn { off_in_s };
                ask(Kind::Max(max_pct), Priority::Sweep, fade_ms, off_at, reason);
            }
            Sweep::Swept => ask(Kind::Off, Priority::Sweep, fade_ms, renewed, Reason::Sweep),
            Sweep::Waiting | Sweep::Cancelled { .. } => {}
        }
        let (kind, reason) = match inputs.occupancy {
            Occupancy::Occupied => {
                (sabotage::occupied(Kind::Set(settings.auto_pct.min(100))), Reason::Occupied)
            }
            Occupancy::VacantPending => (Kind::Hold, Reason::VacantPending),
            Occupancy::Vacant => {
                (Kind::Off, Reason::Vacant { for_s: seconds(inputs.vacant_for_ms) })
            }
            Occupancy::Unknown => (Kind::Hold, Reason::InputsStale),
        };
        ask(kind, Priority::Occupancy, fade_ms, renewed, reason);
        if let Some((limit, daylight_lx)) = self.daylight_limit(inputs, lit).zip(daylight_lx) {
            let reason = Reason::DaylightEnough { daylight_lx, target_lx: settings.target_lx };
            ask(Kind::Max(limit), Priority::Daylight, fade_ms, renewed, reason);
        }
        // One rule per priority, which is the capacity.
        let _ = requests.push(Request::idle(fade_ms));
        requests
    }
}

/// Illuminance without this zone's lamps, where it is measured.
fn daylight(inputs: &Inputs, settings: &Settings) -> Option<u32> {
    let lamp_pct = u64::from(inputs.lamp_pct.unwrap_or(100).min(100));
    let own_lx = (u64::from(settings.lamp_lx) * lamp_pct).div_ceil(100);
    let own_lx = u32::try_from(own_lx).unwrap_or(u32::MAX);
    inputs.illuminance_lx.map(|lx| lx.saturating_sub(own_lx))
}

fn seconds(ms: u64) -> u32 {
    u32::try_from(ms / 1000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
