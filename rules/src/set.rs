//! All rules of a campus, and which of them hold at which zone.

use crate::fault::Fault;
use crate::rule::Rule;
use crate::scope::ZoneName;

/// Rules in the order of their file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleSet {
    pub(crate) rules: Vec<Rule>,
}

/// Most rules that hold at one zone: it is decided in well under a millisecond.
pub const ZONE_RULES_MAX: usize = 128;

impl RuleSet {
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
        // At most `RULES_MAX`, which fits.
        let numbers = self.rules.iter().enumerate().filter(|(_, rule)| here(rule));
        numbers.map(|(number, _)| number as u16).collect()
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
