//! How a node fares: why it starts and how often it crashed, which settings it has and which it should
//! have, what it was told to do.
//!
//! A node takes settings whose version is above that in force, and says which is. So a version only ever
//! rises: with the time when the content changes, and above what the node says when that is higher,
//! because the database is new or the clock was wrong.

use crate::action::{Action, LossCause};
use crate::{Controller, NodeIx, Timestamp};
use wire::{Answered, Condition, Hello, Outcome, Reset, Settings};

/// How a node fares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Life {
    /// The boot that said hello last.
    pub boot: Option<u32>,
    /// When it first did.
    pub started: Timestamp,
    /// Starts by the watchdog, and after a panic.
    pub watchdogs: u32,
    pub panics: u32,
    /// Version of the settings in force; 0 when what was stored was damaged.
    pub in_force: Option<u32>,
    pub given: Option<Given>,
    /// The version that it refused last, and why.
    pub refused: Option<(u32, Box<str>)>,
    /// Counter of the last command.
    pub commanded: u64,
}

/// Settings that a node should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub settings: Settings,
    pub since: Timestamp,
}

impl Life {
    /// The clock was set back: nothing may seem newer than now.
    pub fn not_after(&mut self, now: Timestamp) {
        self.started = self.started.min(now);
        if let Some(given) = &mut self.given {
            given.since = given.since.min(now);
        }
    }

    /// A hello of the current boot.
    fn hear(&mut self, hello: &Hello<'_>, condition: &Condition<'_>, now: Timestamp) {
        if self.boot != Some(hello.boot) {
            self.boot = Some(hello.boot);
            self.started = now;
            self.in_force = None;
            match hello.reset {
                Reset::Watchdog => self.watchdogs = self.watchdogs.saturating_add(1),
                Reset::Panic => self.panics = self.panics.saturating_add(1),
                _ => {}
            }
        }
        // Within a boot a version only rises; a hello that was retained may be older than a result.
        self.in_force = self.in_force.max(condition.settings);
        self.note_in_force();
    }

    /// What became of settings, or of a command.
    fn hear_outcome(&mut self, outcome: &Outcome<'_>) {
        match outcome.what {
            Answered::Command => self.commanded = self.commanded.max(outcome.n.unwrap_or(0)),
            Answered::Settings => {
                self.in_force = outcome.version.or(self.in_force);
                self.refused = match (outcome.why, &self.given) {
                    (Some(why), Some(given)) => Some((given.settings.version, why.into())),
                    _ => None,
                };
                self.note_in_force();
            }
        }
    }

    /// What is in force was not refused.
    fn note_in_force(&mut self) {
        let has = |version: u32| self.in_force >= Some(version);
        if self.refused.as_ref().is_some_and(|(version, _)| has(*version)) {
            self.refused = None;
        }
    }

    /// The settings it should have, under a higher version than those it says it has.
    fn raise(&mut self, content: &Settings, now: Timestamp) -> bool {
        let has = self.in_force.unwrap_or(0);
        let content = match &self.given {
            Some(given) if has > given.settings.version => given.settings,
            // Nobody gave it any, so somebody else did.
            None if has > 0 => *content,
            _ => return false,
        };
        // Above the last number there is none: it keeps what it has, and that is shown.
        let Some(version) = has.checked_add(1) else { return false };
        self.given = Some(Given { settings: Settings { version, ..content }, since: now });
        true
    }

    /// The settings it should have by the configuration.
    fn give(&mut self, content: &Settings, now: Timestamp) -> bool {
        let same = |given: &Given| Settings { version: 0, ..given.settings } == *content;
        let last = match &self.given {
            // As it was shipped: nothing needs to be said.
            None if *content == Settings::default() => return false,
            Some(given) if same(given) => return false,
            given => given.map_or(0, |given| given.settings.version),
        };
        let seconds = u32::try_from(now.0 / 1000).unwrap_or(0);
        let version = last.saturating_add(1).max(seconds).max(1);
        self.given = Some(Given { settings: Settings { version, ..*content }, since: now });
        true
    }
}

impl Controller {
    /// Settings that a node should have; `None` when it is to be as it was shipped.
    pub fn settings(&self, node: NodeIx) -> Option<Settings> {
        let life = self.nodes.get(node.at())?.life.as_deref()?;
        Some(life.given?.settings)
    }

    /// Gives every node the settings of its configuration; says whether any are new. To be called once,
    /// when the log is replayed: earlier the time is not that of the change.
    pub fn give_settings(&mut self, now: Timestamp) -> bool {
        let mut new = false;
        for (node, config) in self.nodes.iter_mut().zip(&self.campus.nodes) {
            let Some(content) = &config.settings else { continue };
            let plain = node.life.is_none() && **content == Settings::default();
            if !plain {
                new |= node.life_mut().give(content, now);
            }
        }
        new
    }

    /// A counter for the next command to a node: above that of every earlier one.
    pub fn next_command(&self, node: NodeIx, now: Timestamp) -> u64 {
        let last = self.nodes[node.at()].life.as_deref().map_or(0, |life| life.commanded);
        let clock = u64::try_from(now.0).unwrap_or(0);
        clock.max(last.saturating_add(1)).min(wire::command::N_MAX)
    }

    /// Whether a result would change anything that is worth a row in the log.
    pub fn would_heed(&self, node: NodeIx, outcome: &Outcome<'_>) -> bool {
        let node = &self.nodes[node.at()];
        let before = node.life.as_deref().cloned().unwrap_or_default();
        let mut after = before.clone();
        after.hear_outcome(outcome);
        node.boot() == Some(outcome.boot) && after != before
    }

    pub(crate) fn commanded(&mut self, ix: NodeIx, n: u64) {
        let life = self.nodes[ix.at()].life_mut();
        life.commanded = life.commanded.max(n);
    }

    pub(crate) fn outcome(&mut self, ix: NodeIx, outcome: &Outcome<'_>, out: &mut Vec<Action>) {
        if self.would_heed(ix, outcome) {
            self.nodes[ix.at()].life_mut().hear_outcome(outcome);
            self.told_nodes.push(ix);
            self.raise_settings(ix, out);
        }
    }

    /// A hello of its current boot: how it fares.
    pub(crate) fn fares(
        &mut self,
        ix: NodeIx,
        hello: &Hello<'_>,
        condition: &Condition<'_>,
        out: &mut Vec<Action>,
    ) {
        let now = self.now;
        let node = &mut self.nodes[ix.at()];
        // It counts through all its boots; a lower number is another node of that name.
        let before = node.told.as_ref().map(|told| told.untold);
        let before = before.filter(|before| *before <= condition.untold).unwrap_or(0);
        let untold = condition.untold - before;
        if untold > 0 {
            node.counts.lost += u64::from(untold);
            let (boot, cause) = (hello.boot, LossCause::Untold);
            out.push(Action::Lost { node: ix, boot, from: 1, to: untold, cause });
        }
        node.life_mut().hear(hello, condition, now);
        self.raise_settings(ix, out);
    }

    fn raise_settings(&mut self, ix: NodeIx, out: &mut Vec<Action>) {
        let now = self.now;
        let Some(content) = &self.campus.nodes[ix.at()].settings else { return };
        if self.nodes[ix.at()].life_mut().raise(content, now) {
            out.push(Action::Settings { node: ix });
        }
    }
}
