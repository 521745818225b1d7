//! Commands are done at most once; what became of them, and of settings, is told.
//!
//! A command counts when its `n` is above that of the last one that was done; that number is saved
//! before a restart, so that no restart can be done twice. Answers wait for the connection; a restart waits
//! for its answer, but not for long. Refused payloads are answered once a second at most.

use crate::Millis;
use crate::limits::{REFUSED_SPACING_MS, RESTART_MS, RESULTS_MAX};
use heapless::Vec;
use wire::{Answered, Command, Id, Outcome, Refusal, Verb};

/// What was ordered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Orders {
    /// Counter of the last command that was done.
    pub n: u64,
    results: Vec<Answer, RESULTS_MAX>,
    refused_at: Option<Millis>,
    restart_at: Option<Millis>,
}

/// What became of an order.
#[derive(Clone, Copy, Debug)]
struct Answer {
    what: Answered,
    id: Option<Id>,
    why: Option<&'static str>,
}

impl Orders {
    /// Nothing ordered since the command `n`.
    pub fn after(n: u64) -> Self {
        Self { n, ..Self::default() }
    }

    /// A command: what to do now, if it counts.
    pub fn command(&mut self, command: &Command<'_>, now: Millis) -> Option<Verb> {
        let counts = command.n > self.n;
        let id = Id::new(command.id).ok();
        let why = (!counts).then_some("old");
        self.answer(Answer { what: Answered::Command, id, why }, now);
        if !counts {
            return None;
        }
        self.n = command.n;
        if command.verb == Verb::Restart {
            self.restart_at = Some(now + RESTART_MS);
        }
        Some(command.verb)
    }

    /// Settings were taken.
    pub fn settings(&mut self, now: Millis) {
        self.answer(Answer { what: Answered::Settings, id: None, why: None }, now);
    }

    /// Settings that are older than those in force. The same ones again are no news to anybody.
    pub fn outdated(&mut self, now: Millis) {
        self.answer(Answer { what: Answered::Settings, id: None, why: Some("old") }, now);
    }

    /// A payload was refused.
    pub fn refused(&mut self, what: Answered, refusal: Refusal, now: Millis) {
        self.answer(Answer { what, id: None, why: Some(refusal.name()) }, now);
    }

    /// The node itself wants to start again.
    pub fn restart(&mut self, now: Millis) {
        self.restart_at = self.restart_at.or(Some(now));
    }

    /// Whether to start again now.
    pub fn restarts(&self, now: Millis) -> bool {
        self.restart_at.is_some_and(|at| self.results.is_empty() || now >= at)
    }

    /// When to, at the latest.
    pub fn deadline(&self) -> Option<Millis> {
        self.restart_at
    }

    /// The next answer.
    pub fn next(&self, boot: u32, version: u32) -> Option<Outcome<'_>> {
        let answer = self.results.first()?;
        let (n, version) = match answer.what {
            Answered::Command => (Some(self.n).filter(|n| *n > 0), None),
            Answered::Settings => (None, Some(version)),
        };
        let id = answer.id.as_ref().map(Id::as_str);
        Some(Outcome { boot, what: answer.what, id, why: answer.why, n, version })
    }

    /// It was sent.
    pub fn sent(&mut self) {
        if !self.results.is_empty() {
            self.results.remove(0);
        }
    }

    fn answer(&mut self, answer: Answer, now: Millis) {
        if answer.why.is_some() {
            if self.refused_at.is_some_and(|at| now < at + REFUSED_SPACING_MS) {
                return;
            }
            self.refused_at = Some(now);
        }
        if self.results.is_full() {
            self.results.remove(0);
        }
        // Room was made just now.
        let _ = self.results.push(answer);
    }
}
