//! Watches a room-day: what the controller is told, what is true, what it decides. One function per
//! invariant of the domain report (§8.2), by its name; the first that is broken ends the day.
//!
//! | file | invariants |
//! |---|---|
//! | `safety` | S1 to S9 |
//! | `timing` | L1 to L4 |
//! | `quality` | Q1 to Q4, and what Q5 counts |
//! | `told` | D2; D1 is asked at the end of a day, [`crate::day`] |

mod quality;
mod safety;
mod timing;
mod told;

use crate::agent::Entry;
use crate::node::{CHANNELS, Kept};
use crate::plan::Plan;
use crate::sky::Sky;
use controller::{Action, Controller, Glance, Timestamp, Verdict};
use lighting::{Occupancy, Period, Priority};
use std::collections::VecDeque;
use wire::Quantity;

pub use quality::Figures;

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// `S1` to `D2`.
    pub invariant: &'static str,
    /// When, true time, ms UTC.
    pub t: i64,
    /// At which zone, where it is one.
    pub zone: Option<usize>,
    /// What happened.
    pub what: String,
}

/// Why the controller was asked.
#[derive(Clone, Copy, Debug)]
pub enum Cause<'a> {
    /// Time.
    Tick,
    /// The agent's clock was set.
    Clock,
    /// The agent came back.
    CameBack,
    /// A frame.
    Frame {
        /// What it says.
        kept: &'a Kept,
        /// It was there before.
        duplicate: bool,
        /// A later one of its node was there before.
        late: bool,
    },
    /// Somebody asked from afar: zone, level, until.
    Wish(Option<usize>, u8, Timestamp),
    /// Wishes ended.
    Auto,
    /// A fire, a lock, or the grid.
    Imposed(&'a Entry),
}

/// What is true.
#[derive(Clone, Copy, Debug)]
pub struct Truth {
    /// Somebody is there.
    pub people: bool,
    /// Daylight at the sensor, lx.
    pub daylight_lx: f64,
    /// Sensors, link, clock and agent have been well for long enough that what they tell is the truth.
    pub well: bool,
    /// Since when nobody has moved, nor seemed to; ms UTC. `None` while somebody moves.
    pub still_since: Option<i64>,
}

/// One look.
pub struct Look<'a> {
    /// True time, ms UTC.
    pub t: i64,
    /// The agent's clock.
    pub now: Timestamp,
    /// Why.
    pub cause: Cause<'a>,
    /// How it was, and how it is.
    pub before: &'a Glance,
    /// See `before`.
    pub after: &'a Glance,
    /// The controller, after it.
    pub controller: &'a Controller,
    /// What it decided.
    pub actions: &'a [Action],
    /// What is true.
    pub truth: Truth,
}

/// A level that changed.
pub struct Change<'a> {
    /// Which zone.
    pub zone: usize,
    /// From, %.
    pub from: u8,
    /// To, %.
    pub to: u8,
    /// Why.
    pub verdict: &'a Verdict,
}

impl Change<'_> {
    /// Nobody in the room or stronger wanted it.
    pub fn is_automatic(&self) -> bool {
        self.verdict.winner.priority > Priority::Manual
    }

    fn goes_off(&self) -> bool {
        self.from > 0 && self.to == 0
    }
}

impl Look<'_> {
    /// Levels that changed, in order.
    pub fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        self.actions.iter().filter_map(|action| match action {
            Action::Changed { zone, from_pct, verdict, .. } => {
                Some(Change { zone: zone.at(), from: *from_pct, to: verdict.level_pct, verdict })
            }
            _ => None,
        })
    }

    fn broken(&self, invariant: &'static str, zone: Option<usize>, what: String) -> Violation {
        Violation { invariant, t: self.t, zone, what }
    }
}

/// A person's wish, as it must be obeyed.
#[derive(Clone, Copy, Debug)]
struct Wished {
    level: u8,
    until: Timestamp,
    seen: bool,
    /// The look in which it was told.
    at: i64,
}

/// What is remembered of a zone.
#[derive(Clone, Debug, Default)]
struct Watched {
    wished: Option<Wished>,
    /// When it went on by itself.
    ons: VecDeque<i64>,
    /// When it was dimmed as a warning.
    warned: Option<i64>,
    /// Decisions in a row that were not at rest.
    restless: u8,
    /// Its level is what a rule of the staff wants.
    by_rule: bool,
    /// Since when it is too dark for its lesson.
    dark_since: Option<i64>,
    /// Which way it last went by itself, and when, with nothing else changing.
    course: Vec<(i64, bool)>,
}

/// The monitor of a room-day.
pub struct Monitor<'p> {
    plan: &'p Plan,
    zones: Vec<Watched>,
    /// When each node's motion sensor last told something, by the agent's clock.
    heard: Vec<Option<Timestamp>>,
    /// Boot of the first node.
    boot: u32,
    presses: Vec<u32>,
    /// Since when who is there, the period and the light have been the same.
    steady_since: i64,
    last: i64,
    period_since: i64,
    /// It burns.
    fire: bool,
    /// By zone: at which level, and until when.
    locks: Vec<Option<(u8, Timestamp)>>,
    /// Until when the grid asks for less.
    demand: Option<Timestamp>,
    /// When there was a break last.
    break_at: i64,
    figures: Figures,
}

/// What a check says.
type Checked = Option<Violation>;

impl<'p> Monitor<'p> {
    /// At the begin of a day.
    pub fn new(plan: &'p Plan) -> Self {
        let zones = plan.campus.rooms[0].zones.len();
        Self {
            plan,
            zones: vec![Watched::default(); zones],
            heard: vec![None; plan.campus.nodes.len()],
            boot: 0,
            presses: vec![0; zones],
            steady_since: plan.start,
            last: plan.start,
            period_since: plan.start,
            fire: false,
            locks: vec![None; zones],
            demand: None,
            break_at: i64::MIN / 2,
            figures: Figures::default(),
        }
    }

    /// What the day adds up to.
    pub const fn figures(&self) -> Figures {
        self.figures
    }

    /// One look: the first invariant that is broken.
    pub fn look(&mut self, look: &Look<'_>) -> Checked {
        self.note(look);
        let broken = self
            .s1(look)
            .or_else(|| self.s9(look))
            .or_else(|| self.s2(look))
            .or_else(|| self.s3(look))
            .or_else(|| self.s5(look));
        let broken = broken.or_else(|| self.s6(look)).or_else(|| self.s7(look));
        let broken = broken.or_else(|| self.s4(look)).or_else(|| self.s8(look));
        let broken = broken.or_else(|| self.l2(look)).or_else(|| self.l3(look));
        let broken = broken.or_else(|| self.l1(look)).or_else(|| self.l4(look));
        let broken = broken.or_else(|| self.q1(look)).or_else(|| self.q2(look));
        let broken = broken.or_else(|| self.q3(look)).or_else(|| self.q4(look));
        let broken = broken.or_else(|| self.d2(look));
        self.q5(look);
        self.last = look.t;
        broken
    }

    /// What the checks need to remember.
    fn note(&mut self, look: &Look<'_>) {
        if look.before.period != look.after.period {
            self.period_since = look.t;
        }
        if [look.before.period, look.after.period].contains(&Period::Break) {
            self.break_at = look.t;
        }
        match look.cause {
            Cause::Frame { kept, duplicate: false, .. } => self.note_frame(kept, look),
            Cause::Wish(zone, level, until) => {
                // At most two hours, whatever was asked for.
                let until = until.min(look.now.plus(TWO_HOURS_MS));
                for nth in (0..self.zones.len()).filter(|nth| zone.is_none_or(|it| it == *nth)) {
                    self.wish(nth, level, until, look);
                }
            }
            Cause::Auto => self.zones.iter_mut().for_each(|zone| zone.wished = None),
            Cause::Clock | Cause::CameBack => {
                // A clock that was set by little changes nothing of what was heard.
                if look.controller.listening_since() == look.now {
                    self.heard.fill(None);
                }
                for wished in self.zones.iter_mut().filter_map(|zone| zone.wished.as_mut()) {
                    wished.until = wished.until.min(look.now.plus(TWO_HOURS_MS));
                }
            }
            Cause::Imposed(Entry::Fire(on)) => self.fire = *on,
            Cause::Imposed(Entry::Lock(zone, level, until)) => {
                self.locks[*zone] = Some((*level, *until));
            }
            Cause::Imposed(Entry::Demand(_, _, until)) => self.demand = Some(*until),
            Cause::Imposed(_) | Cause::Tick | Cause::Frame { .. } => {}
        }
        for lock in &mut self.locks {
            *lock = lock.filter(|(_, until)| *until > look.now);
        }
        self.demand = self.demand.filter(|until| *until > look.now);
        for zone in &mut self.zones {
            let Some(wished) = &mut zone.wished else { continue };
            wished.seen |= look.after.occupancy == Occupancy::Occupied;
            let left = wished.seen && look.after.occupancy == Occupancy::Vacant;
            // Dark ends with the next lesson, too: the next period of S6.
            let period = look.after.period;
            let begins = look.before.period != period && needs_light(period);
            if left || look.now >= wished.until || (begins && wished.level == 0) {
                zone.wished = None;
            }
        }
    }

    fn note_frame(&mut self, kept: &Kept, look: &Look<'_>) {
        // As the controller dates it: not after now.
        let ago = look.t - kept.truly;
        let measured = kept.t.map_or(look.now.plus(-ago), Timestamp).min(look.now);
        let moves = kept.says.iter().any(|(quantity, ..)| *quantity == Quantity::Motion);
        if moves {
            let heard = &mut self.heard[kept.node];
            *heard = (*heard).max(Some(measured));
        }
        if kept.node != 0 || kept.boot < self.boot {
            return;
        }
        if kept.boot > self.boot {
            self.boot = kept.boot;
            self.presses.fill(0);
        }
        for (quantity, channel, milli) in &kept.says {
            let Some(nth) = usize::from(*channel).checked_sub(1) else { continue };
            let count = (milli / 1000) as u32;
            if *quantity != Quantity::Presses || nth >= self.zones.len() {
                continue;
            }
            if count > self.presses[nth] {
                self.presses[nth] = count;
                let asked =
                    |said: &&crate::node::Said| said.0 == Quantity::ManualPct && said.1 == *channel;
                let level = kept.says.iter().find(asked).map_or(100, |said| said.2 / 1000);
                self.wish(nth, level as u8, measured.plus(TWO_HOURS_MS), look);
            }
        }
    }

    fn wish(&mut self, nth: usize, level: u8, until: Timestamp, look: &Look<'_>) {
        // Who was there a moment ago has made it.
        let seen = look.after.occupancy.may_be_occupied();
        self.zones[nth].wished = Some(Wished { level, until, seen, at: look.t });
    }

    fn settings(&self, zone: usize) -> lighting::Settings {
        self.plan.campus.rooms[0].zones[zone].lighting
    }

    /// Somebody works on the lamps of a zone, or it burns: nothing else is asked of them.
    fn is_imposed(&self, zone: usize) -> bool {
        self.fire || self.locks[zone].is_some()
    }

    /// What all lamps give at the room's sensor at these levels, lx.
    fn given_lx(&self, levels: impl Iterator<Item = u8>) -> f64 {
        let zones = self.plan.campus.rooms[0].zones.iter();
        let lx = zones.zip(levels).map(|(zone, level)| zone.lighting.lamp_lx * u32::from(level));
        f64::from(lx.sum::<u32>()) / 100.0
    }

    fn name(&self, zone: usize) -> &'static str {
        CHANNELS[zone + 1]
    }

    fn is_steady_sky(&self) -> bool {
        matches!(self.plan.sky, Sky::Steady(_))
    }
}

const MINUTE: i64 = 60_000;
const TWO_HOURS_MS: i64 = 120 * MINUTE;

/// Periods in which people read and write.
fn needs_light(period: Period) -> bool {
    period.needs_light()
}
