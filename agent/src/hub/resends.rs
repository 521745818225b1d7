//! What one hub gets once more: it waits until it went, whatever the hub says it has. Pure.
//!
//! The database keeps it across a restart; what went meanwhile is known here first.

use crate::store::Resend;
use controller::outbox::{self, Run};
use std::collections::BTreeMap;

/// Requests, and what is left of each.
#[derive(Clone, Debug, Default)]
pub(super) struct Resends(BTreeMap<i64, Left>);

#[derive(Clone, Debug)]
struct Left {
    /// Of which incarnation.
    life: i64,
    /// As the hub counts.
    runs: Vec<Run>,
    /// The database does not know so much yet.
    is_news: bool,
}

impl Left {
    fn without(&mut self, run: Run) {
        let left = outbox::without(&self.runs, run);
        self.is_news |= left != self.runs;
        self.runs = left;
    }
}

impl Resends {
    /// What the database knows. Of an incarnation that ended earlier than was thought only rows up to its
    /// last one are left: the others are sent in the next one anyway.
    pub fn learn(&mut self, found: Vec<Resend>, last_of: impl Fn(i64) -> u64) {
        self.0.retain(|id, _| found.iter().any(|resend| resend.id == *id));
        for Resend { id, incarnation: life, left: runs, .. } in found {
            let left = self.0.entry(id).or_insert(Left { life, runs, is_news: false });
            left.without(Run { from: last_of(life).saturating_add(1), to: u64::MAX });
            left.is_news |= left.runs.is_empty();
        }
    }

    /// These have arrived once more.
    pub fn sent(&mut self, life: i64, run: Run) {
        self.0.values_mut().filter(|left| left.life == life).for_each(|left| left.without(run));
    }

    /// What a hub has, without what it shall get again.
    pub fn out_of(&self, life: i64, had: Vec<Run>) -> Vec<Run> {
        let wanted = self.0.values().filter(|left| left.life == life).flat_map(|left| &left.runs);
        wanted.fold(had, |had, run| outbox::without(&had, *run))
    }

    /// What the database must hear of, by id: what is left.
    pub fn news(&mut self, life: i64) -> Vec<(i64, Vec<Run>)> {
        let of_it = self.0.iter_mut().filter(|(_, left)| left.life == life && left.is_news);
        let news = of_it.map(|(id, left)| {
            left.is_news = false;
            (*id, left.runs.clone())
        });
        news.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(from: u64, to: u64) -> Run {
        Run { from, to }
    }

    fn resend(id: i64, incarnation: i64, left: &[Run]) -> Resend {
        Resend { id, incarnation, from_ms: 0, to_ms: 1, asked_ms: 2, left: left.to_vec() }
    }

    #[test]
    fn what_is_wanted_again_is_missing_until_it_was_sent() {
        let mut resends = Resends::default();
        let everything = || vec![run(1, 100)];
        let asked = || vec![resend(1, 7, &[run(10, 20)]), resend(2, 7, &[run(15, 30)])];
        resends.learn(asked(), |_| 100);
        assert_eq!(resends.news(7), [], "the database knows");
        assert_eq!(resends.out_of(7, everything()), [run(1, 9), run(31, 100)]);
        assert_eq!(resends.out_of(8, everything()), everything(), "of this incarnation alone");
        resends.sent(7, run(1, 24));
        assert_eq!(resends.news(7), [(1, vec![]), (2, vec![run(25, 30)])]);
        // The database has not heard of it yet.
        resends.learn(asked(), |_| 100);
        assert_eq!(resends.out_of(7, everything()), [run(1, 24), run(31, 100)]);
        resends.sent(7, run(25, 40));
        assert_eq!(resends.out_of(7, everything()), everything());
        resends.learn(vec![resend(2, 7, &[run(25, 30)])], |_| 100);
        assert_eq!(resends.out_of(7, everything()), everything(), "once is enough");
        resends.learn(vec![], |_| 100);
        assert_eq!(resends.news(7), [], "both are through");
    }

    #[test]
    fn rows_that_went_into_another_incarnation_are_not_waited_for() {
        let mut resends = Resends::default();
        resends.learn(vec![resend(1, 7, &[run(10, 20)]), resend(2, 7, &[run(18, 20)])], |_| 15);
        assert_eq!(resends.news(7), [(1, vec![run(10, 15)]), (2, vec![])]);
        assert_eq!(resends.out_of(7, vec![run(1, 15)]), [run(1, 9)]);
    }
}
