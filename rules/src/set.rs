//! All rules of a campus, and which of them hold at which zone.

use crate::fault::Fault;
use crate::hold::{Hold, Times};
use crate::rule::Rule;
use crate::scope::ZoneName;
use std::collections::BTreeSet;

/// Rules and holds in the order of their file; or those of two files, of which one is tried in some rooms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleSet {
    pub(crate) rules: Vec<Rule>,
    pub(crate) holds: Vec<Hold>,
    tried: Option<Tried>,
}

/// Where another file is tried, and which of the rules and holds are of that one.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// Rooms, as `building/room`, that hear only the other file; all others hear only the first.
    pub rooms: BTreeSet<String>,
    /// Number of the first rule of the other file.
    rules_from: usize,
    holds_from: usize,
}

/// Most rules that hold at one zone: it is decided in well under a millisecond.
pub const ZONE_RULES_MAX: usize = 128;

impl RuleSet {
    /// Of one file.
    pub(crate) fn new(rules: Vec<Rule>, holds: Vec<Hold>) -> Self {
        Self { rules, holds, tried: None }
    }

    /// These rules everywhere but in `rooms`, where `other` alone decides.
    pub fn trying(&self, other: &Self, rooms: BTreeSet<String>) -> Self {
        let tried = Tried { rooms, rules_from: self.rules.len(), holds_from: self.holds.len() };
        Self {
            rules: self.rules.iter().chain(&other.rules).cloned().collect(),
            holds: self.holds.iter().chain(&other.holds).cloned().collect(),
            tried: Some(tried),
        }
    }

    /// Whether a room hears the file that is tried.
    pub fn tries_in(&self, room: &str) -> bool {
        self.tried.as_ref().is_some_and(|tried| tried.rooms.contains(room))
    }

    /// Whether a rule is of the file that is tried.
    pub fn is_tried(&self, number: u16) -> bool {
        self.tried.as_ref().is_some_and(|tried| usize::from(number) >= tried.rules_from)
    }

    /// The same for a hold, by its place in the list.
    pub fn is_hold_tried(&self, nth: usize) -> bool {
        self.tried.as_ref().is_some_and(|tried| nth >= tried.holds_from)
    }

    /// Rules and holds that may hold in a room: those of its file.
    fn heard_in(&self, room: &str) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let (rules, holds) = (self.rules.len(), self.holds.len());
        match &self.tried {
            None => (0..rules, 0..holds),
            Some(tried) if tried.rooms.contains(room) => {
                (tried.rules_from..rules, tried.holds_from..holds)
            }
            Some(tried) => (0..tried.rules_from, 0..tried.holds_from),
        }
    }

    /// Holds, in the order of the file.
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// How long a room stays lit after the last movement where it is configured with `usual`, ms.
    pub fn times_at(&self, place: &ZoneName, usual: Times<u32>) -> Times<u32> {
        let (_, holds) = self.heard_in(&place.room);
        let here = self.holds[holds].iter().filter(|hold| hold.matches(place));
        here.fold(usual, |times, hold| hold.times.or(times))
    }

    /// Nothing in it.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.holds.is_empty()
    }

    /// In the order of the file; a rule's number is its place here.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of this number.
    pub fn rule(&self, number: u16) -> Option<&Rule> {
        self.rules.get(usize::from(number))
    }

    /// Numbers of the rules that hold at a zone.
    pub fn at(&self, place: &ZoneName) -> Vec<u16> {
        let here = |rule: &Rule| rule.scopes.iter().any(|scope| scope.matches(place));
        let (heard, _) = self.heard_in(&place.room);
        // At most twice `RULES_MAX`, which fits.
        heard.filter(|number| here(&self.rules[*number])).map(|number| number as u16).collect()
    }

    /// Minutes of the day at which a condition may change by the clock alone, in order.
    pub fn turns(&self) -> Vec<u16> {
        let mut turns = Vec::new();
        for rule in &self.rules {
            rule.cond.turns(&mut turns);
        }
        turns.sort_unstable();
        turns.dedup();
        turns
    }

    /// Whether its patterns mean zones of this campus, and no zone has too many rules.
    ///
    /// # Errors
    /// Every fault, in the order of the file.
    pub fn check_places(&self, places: &[ZoneName]) -> Result<(), Vec<Fault>> {
        let scopes = self.rules.iter().flat_map(|rule| &rule.scopes);
        let scopes = scopes.chain(self.holds.iter().flat_map(|hold| &hold.scopes));
        let mut faults: Vec<Fault> =
            scopes.filter_map(|scope| scope.check_against(places)).collect();
        let crowded = places.iter().find(|place| self.at(place).len() > ZONE_RULES_MAX);
        if let Some(place) = crowded {
            // More than the limit, so there is one beyond it.
            let last = self.at(place).get(ZONE_RULES_MAX).copied().and_then(|it| self.rule(it));
            faults.extend(last.map(|rule| Fault {
                title: format!("more than {ZONE_RULES_MAX} rules hold at {}", place.room),
                at: rule.at.id.clone(),
                help: Some("let `where` mean fewer places".into()),
            }));
        }
        faults.sort_by_key(|fault| fault.at.start);
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}
