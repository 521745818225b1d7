//! D2: every level carries who wanted it and who did not get it.

use super::{Checked, Look, Monitor};
use lighting::{Kind, Reason};

impl Monitor<'_> {
    /// D2: the winner explains the level, and everybody else is there beside it.
    pub(super) fn d2(&self, look: &Look<'_>) -> Checked {
        for change in look.changes() {
            let winner = change.verdict.winner;
            let explained = match winner.kind {
                Kind::Set(level) | Kind::Min(level) | Kind::Max(level) => {
                    change.to == level.min(100)
                }
                Kind::Off => change.to == 0,
                // What is held is what there was before the grid asked for less.
                Kind::Hold => change.to >= change.from,
            };
            let known = match winner.reason {
                Reason::Rule { number, .. } => self.plan.campus.rules.rule(number).is_some(),
                _ => true,
            };
            let default = winner.reason == Reason::Idle
                || change.verdict.losers.iter().any(|loser| loser.reason == Reason::Idle);
            if !explained || !known || !default {
                let what = format!(
                    "{} → {} % is not explained by {:?} {:?} of {}",
                    change.from,
                    change.to,
                    winner.kind,
                    winner.reason,
                    self.name(change.zone)
                );
                return Some(look.broken("D2", Some(change.zone), what));
            }
        }
        None
    }
}
