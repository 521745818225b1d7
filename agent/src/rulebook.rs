//! Which rules of the staff are in force, and were: versions and changes of the database, ready to be used.
//!
//! The database is the truth, the file a working copy (docs/adr/0022). Terms: *change* = from a row of the log on
//! other rules are in force; *canary* = a version that is tried in some rooms; *current* = what is in force now.

mod compare;

pub use compare::{compare, touched};

use crate::api::types::Need;
use crate::config::{Config, RulesFile, rules_for};
use crate::facts::need;
use crate::store::rules::FIRST;
use crate::store::{InForce, QueryError, Reader, RulesChange, RulesVersion};
use controller::Timestamp;
use rules::RuleSet;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The past of the rules, from some row of the log on.
pub struct Rulebook {
    past: Reader,
    /// Oldest first; the first may be the one that was in force before.
    changes: Vec<RulesChange>,
    /// Versions that were read so far; `None` where one cannot be.
    read: RefCell<BTreeMap<u32, Option<Arc<RuleSet>>>>,
}

/// What is in force now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Current {
    /// Which versions.
    pub in_force: InForce,
    /// Since when, ms UTC.
    pub since_ms: i64,
    /// What they say.
    pub set: Arc<RuleSet>,
    /// The file of the version that is in force everywhere, or everywhere else.
    pub text: String,
    /// The same of the one that is tried.
    pub canary_text: Option<String>,
    /// What a person has to do about them.
    pub needs: Vec<Need>,
}

/// What an agent begins with.
pub struct Begin {
    /// The past of the rules.
    pub book: Rulebook,
    /// What is in force.
    pub current: Current,
    /// The file that becomes the first version.
    pub first: Option<(RulesVersion, RulesChange)>,
}

impl Rulebook {
    /// What was in force at the row `after` of the log, and every change since.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn read(past: &Reader, after: i64) -> Result<Self, QueryError> {
        let mut changes = past.rules_changes()?;
        let known = changes.iter().rposition(|change| change.log_id <= after.max(1));
        changes.drain(..known.unwrap_or(0));
        Ok(Self { past: past.clone(), changes, read: RefCell::default() })
    }

    /// Every change, oldest first.
    pub fn changes(&self) -> &[RulesChange] {
        &self.changes
    }

    /// What was in force at a row of the log; `None` before the first version.
    pub fn at(&self, log_id: i64) -> Option<&RulesChange> {
        self.changes.iter().rfind(|change| change.log_id <= log_id.max(1))
    }

    /// The change of which a row of the log tells.
    pub fn live_at(&self, log_id: i64) -> Option<&RulesChange> {
        self.changes.iter().find(|change| change.log_id == log_id && change.came_live())
    }

    /// What these versions say. One that is not kept, or that this program cannot read, says nothing.
    pub fn set(&self, in_force: &InForce) -> Arc<RuleSet> {
        let version = |number| self.version(number).unwrap_or_default();
        let everywhere = version(in_force.version);
        match &in_force.canary {
            None => everywhere,
            Some(canary) => {
                let rooms = canary.rooms.iter().cloned().collect();
                Arc::new(everywhere.trying(&version(canary.version), rooms))
            }
        }
    }

    fn version(&self, number: u32) -> Option<Arc<RuleSet>> {
        if number == 0 {
            return Some(Arc::default());
        }
        let mut read = self.read.borrow_mut();
        let parse = || {
            let text = self.past.rules_version(number).ok()??.text;
            RuleSet::parse(&text).ok().map(Arc::new)
        };
        read.entry(number).or_insert_with(parse).clone()
    }
}

impl Current {
    /// What these versions say now. Reads the disk: not for async code.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn read(past: &Reader, in_force: InForce, since_ms: i64) -> Result<Self, QueryError> {
        let book = Rulebook { past: past.clone(), changes: Vec::new(), read: RefCell::default() };
        let set = book.set(&in_force);
        let canary = in_force.canary.as_ref().map(|canary| canary.version);
        let unreadable = [Some(in_force.version), canary].into_iter().flatten();
        let unreadable = unreadable.filter(|number| book.version(*number).is_none());
        let since = Timestamp(since_ms);
        let needs =
            unreadable.map(|number| need("rules_unreadable", &number.to_string(), since, []));
        let needs = needs.collect();
        let text = |number| {
            let version = past.rules_version(number)?;
            Ok::<_, QueryError>(version.map(|version| version.text).unwrap_or_default())
        };
        let canary_text = canary.map(text).transpose()?;
        let text = text(in_force.version)?;
        Ok(Self { in_force, since_ms, set, text, canary_text, needs })
    }

    /// The file of a version that is in force.
    pub fn text_of(&self, number: u32) -> Option<&str> {
        let canary = self.in_force.canary.as_ref().map(|canary| canary.version);
        if number == self.in_force.version {
            return Some(&self.text);
        }
        self.canary_text.as_deref().filter(|_| canary == Some(number))
    }

    /// The version that was chosen last: the one that is tried, or else the one everywhere.
    pub fn chosen(&self) -> (u32, &str) {
        match (&self.in_force.canary, &self.canary_text) {
            (Some(canary), Some(text)) => (canary.version, text),
            _ => (self.in_force.version, &self.text),
        }
    }
}

impl Begin {
    /// What the database says is in force; where it says nothing, the file. Reads the disk: not for async code.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn read(past: &Reader, config: &Config, now: Timestamp) -> Result<Self, QueryError> {
        let book = Rulebook::read(past, 0)?;
        let Some(last) = book.changes.last() else { return Ok(Self::first(book, config, now)) };
        let current = Current::read(past, last.in_force.clone(), last.at_ms)?;
        if let Some(file) = &config.rules
            && file.text != current.text
            && current.canary_text.as_ref() != Some(&file.text)
        {
            let (version, file) = (current.in_force.version, &file.name);
            tracing::warn!(
                version,
                file,
                "rules differ from the version in force, which counts; see `campus rule plan`"
            );
        }
        Ok(Self { book, current, first: None })
    }

    /// No version yet: the file becomes the first, if it can be read.
    fn first(book: Rulebook, config: &Config, now: Timestamp) -> Self {
        let Some(RulesFile { name, text }) = &config.rules else {
            return Self { book, current: Current::default(), first: None };
        };
        let set = match rules_for(&config.campus, name, text) {
            Ok(set) => set,
            Err(error) => {
                tracing::error!(file = name, "rules cannot be read and are left out:\n{error}");
                let needs = vec![need("rules_faulty", name, now, [])];
                return Self {
                    book,
                    current: Current { needs, ..Current::default() },
                    first: None,
                };
            }
        };
        let in_force = InForce { version: 1, canary: None };
        let version = RulesVersion { number: 1, at_ms: now.0, text: text.clone() };
        let change = RulesChange {
            log_id: 0,
            at_ms: now.0,
            verb: FIRST.to_owned(),
            in_force: in_force.clone(),
            findings: 0,
            uid: None,
            by: "agent".to_owned(),
            why: name.clone(),
        };
        let (since_ms, text) = (now.0, text.clone());
        let current = Current { in_force, since_ms, set, text, ..Current::default() };
        Self { book, current, first: Some((version, change)) }
    }

    /// Mistakes that a person knows of already.
    pub fn accepted(&self) -> u32 {
        self.book.changes.last().map_or(0, |change| change.findings)
    }
}
