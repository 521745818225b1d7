//! One rule: where, when, what it asks for; and what it asks of a zone right now.

use crate::cond::{Cond, Look, Slot, Truth};
use crate::facts::{Facts, Sensor};
use crate::fault::Span;
use crate::scope::Scope;
use lighting::{Kind, Millis, Priority, Reason, Request, Settings};
use serde::{Deserialize, Serialize};

/// A rule that was read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Identifier, one per rule of a campus.
    pub id: String,
    /// Where it holds.
    pub scopes: Vec<Scope>,
    /// When it holds, as it is written.
    pub when: String,
    pub(crate) cond: Cond,
    /// Places for what `for`, `since` and `hyst` remember.
    pub(crate) slots: usize,
    /// What it asks for.
    pub ask: Ask,
    /// How long a change may take, ms.
    pub fade_ms: u32,
    /// How strongly it asks.
    pub priority: Priority,
    /// How long what it asked for outlives the last moment at which its condition was known to hold, ms.
    pub expires_ms: u32,
    /// Why, for people.
    pub reason: Said,
    /// Where its parts stand in the file.
    pub at: Places,
}

/// The same in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

/// Where the parts of a rule stand in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Its `id`.
    pub id: Span,
    /// Its `when`.
    pub when: Span,
    /// Its `ask`.
    pub ask: Span,
    /// Its level, or `ask` where there is none.
    pub level: Span,
    /// Its `priority`.
    pub priority: Span,
    /// Its `expires_min`.
    pub expires: Span,
}

/// What a rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Exactly this.
    Set(Target),
    /// At least this.
    Min(Target),
    /// At most this.
    Max(Target),
    /// Dark.
    Off,
    /// Stay as it is.
    Hold,
}

/// How much light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Level of the lamps, %.
    Pct(u8),
    /// Illuminance of daylight and lamps together, lx: the lamps fill up what daylight leaves.
    Lx(u32),
}

/// What a rule remembers of one zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    slots: Vec<Slot>,
    /// Until when it asks though it is no longer known whether it should.
    holds_until: Option<Millis>,
    /// The level that its lux came to; stays while the light is within the band.
    level_pct: Option<u8>,
}

impl Ask {
    /// The name in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Set(_) => "set",
            Self::Min(_) => "min",
            Self::Max(_) => "max",
            Self::Off => "off",
            Self::Hold => "hold",
        }
    }

    /// How much light; `None` for `off` and `hold`.
    pub const fn target(self) -> Option<Target> {
        match self {
            Self::Set(target) | Self::Min(target) | Self::Max(target) => Some(target),
            Self::Off | Self::Hold => None,
        }
    }

    /// Whether it can only take light away.
    pub const fn darkens(self) -> bool {
        matches!(self, Self::Off | Self::Max(_))
    }
}

impl Memory {
    /// What is left of it for another rule that takes the place of `from`: where the condition is the same,
    /// how long it has been true and what it asked for while an input is missing; and where it asks for the
    /// same too, the level it came to.
    pub fn carried(&self, from: &Rule, to: &Rule) -> Self {
        if from.when != to.when {
            return Self::default();
        }
        let level_pct = self.level_pct.filter(|_| from.ask == to.ask);
        Self { level_pct, ..self.clone() }
    }

    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.holds_until.is_none()
            && self.level_pct.is_none()
            && self.slots.iter().all(|slot| *slot == Slot::Empty)
    }

    /// Nobody has listened for a while, or the clock was set: what was true may not have been, and no
    /// time has run.
    pub fn resume(&mut self, now: Millis) {
        for slot in &mut self.slots {
            if matches!(slot, Slot::At(_)) {
                *slot = Slot::Empty;
            }
        }
        // Longer than any rule may ask, so that only a clock that was set back shortens it.
        let latest = now.saturating_add(u64::from(crate::file::EXPIRES_MIN_MAX) * 60_000);
        self.holds_until = self.holds_until.map(|until| until.min(latest));
    }
}

impl Rule {
    /// Whether it says the same as another one, wherever both stand.
    pub fn says(&self, other: &Self) -> bool {
        let texts =
            |it: &Self| it.scopes.iter().map(|scope| scope.text.clone()).collect::<Vec<_>>();
        self.says_here(other) && texts(self) == texts(other)
    }

    /// The same for a zone at which both hold.
    pub fn says_here(&self, other: &Self) -> bool {
        let parts = |it: &Self| (it.ask, it.fade_ms, it.priority, it.expires_ms);
        self.id == other.id
            && self.when == other.when
            && parts(self) == parts(other)
            && self.reason == other.reason
    }

    /// What its condition says of a zone, and when to look again if nothing is heard.
    pub fn truth(
        &self,
        memory: &mut Memory,
        facts: &Facts,
        now: Millis,
    ) -> (Truth, Option<Millis>) {
        memory.slots.resize(self.slots, Slot::Empty);
        let mut look = Look { facts, now, slots: &mut memory.slots, deadline: None };
        let mut truth = self.cond.truth(&mut look);
        let deadline = look.deadline;
        let measures = matches!(self.ask.target(), Some(Target::Lx(_)));
        if measures && daylight_lx(facts, now).is_none() {
            // Without daylight nobody knows how much of its lux is missing.
            truth = truth.min(Truth::Unknown);
        }
        (truth, deadline)
    }

    /// What it asks of a zone, and when to look again if nothing is heard. `number` is its place in the
    /// list of all rules.
    pub fn ask(
        &self,
        number: u16,
        memory: &mut Memory,
        facts: &Facts,
        settings: &Settings,
        now: Millis,
    ) -> (Option<Request>, Option<Millis>) {
        let (truth, mut deadline) = self.truth(memory, facts, now);
        let kind = match truth {
            Truth::True => {
                memory.holds_until = Some(now.saturating_add(self.expires_ms.into()));
                Some(self.kind(memory, facts, settings, now))
            }
            Truth::Unknown if memory.holds_until.is_some_and(|until| until > now) => {
                self.kind_unknown(memory)
            }
            Truth::Unknown | Truth::False => None,
        };
        if kind.is_none() {
            memory.holds_until = None;
            memory.level_pct = None;
        }
        if let Some(until) = memory.holds_until {
            deadline = Some(deadline.map_or(until, |at| at.min(until)));
        }
        let unsure = truth == Truth::Unknown;
        let request = kind.map(|kind| Request {
            kind,
            priority: self.priority,
            fade_ms: self.fade_ms,
            expires: memory.holds_until,
            reason: Reason::Rule { number, unsure },
        });
        (request, deadline)
    }

    fn kind(&self, memory: &mut Memory, facts: &Facts, settings: &Settings, now: Millis) -> Kind {
        let mut level = |target| match target {
            Target::Pct(pct) => pct,
            Target::Lx(lx) => {
                // Known, or the condition would be unknown.
                let daylight = daylight_lx(facts, now).unwrap_or(0);
                let level = settings.follow(memory.level_pct, lx, daylight, facts.looked);
                *memory.level_pct.insert(level)
            }
        };
        match self.ask {
            Ask::Set(target) => Kind::Set(level(target)),
            Ask::Min(target) => Kind::Min(level(target)),
            Ask::Max(target) => Kind::Max(level(target)),
            Ask::Off => Kind::Off,
            Ask::Hold => Kind::Hold,
        }
    }

    /// What is left of it while its condition is not known: nothing that takes light away, and nothing
    /// that moves.
    fn kind_unknown(&self, memory: &Memory) -> Option<Kind> {
        match self.ask {
            Ask::Set(_) | Ask::Hold => Some(Kind::Hold),
            Ask::Min(Target::Pct(pct)) => Some(Kind::Min(pct)),
            Ask::Min(Target::Lx(_)) => memory.level_pct.map(Kind::Min),
            Ask::Max(_) | Ask::Off => None,
        }
    }
}

/// Illuminance without the lamps, in whole lx, where it is known.
fn daylight_lx(facts: &Facts, now: Millis) -> Option<u32> {
    let reading = facts.reading(Sensor::DaylightLx);
    let milli = reading.milli.filter(|_| reading.fresh_until > now)?;
    u32::try_from(milli / 1000).ok()
}
