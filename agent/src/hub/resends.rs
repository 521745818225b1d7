//! What people want sent again to one hub: it waits until it was sent, whatever the hub says it has. Pure.
//!
//! Kept here only: whoever asks, and restarts the agent before it went, asks again.

use super::Resend;
use controller::outbox::{self, Run};
use std::collections::BTreeMap;

/// Wishes, and what is left of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Resends {
    /// Not looked up yet.
    pub asked: Vec<Resend>,
    /// By incarnation, as the hub counts: not sent since.
    runs: BTreeMap<i64, Vec<Run>>,
}

impl Resends {
    /// These are to be sent once more.
    pub fn want(&mut self, life: i64, runs: &[Run]) {
        let wanted = self.runs.entry(life).or_default();
        wanted.extend_from_slice(runs);
        *wanted = outbox::joined(std::mem::take(wanted));
    }

    /// These have arrived once more.
    pub fn sent(&mut self, life: i64, run: Run) {
        if let Some(wanted) = self.runs.get_mut(&life) {
            *wanted = outbox::without(wanted, run);
        }
    }

    /// What a hub has, without what it shall get again.
    pub fn out_of(&self, life: i64, had: Vec<Run>) -> Vec<Run> {
        let wanted = self.runs.get(&life).map_or(&[][..], Vec::as_slice);
        wanted.iter().fold(had, |had, run| outbox::without(&had, *run))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(from: u64, to: u64) -> Run {
        Run { from, to }
    }

    #[test]
    fn what_is_wanted_again_is_missing_until_it_was_sent() {
        let mut resends = Resends::default();
        let everything = || vec![run(1, 100)];
        resends.want(7, &[run(10, 20), run(15, 30)]);
        assert_eq!(resends.out_of(7, everything()), [run(1, 9), run(31, 100)]);
        assert_eq!(resends.out_of(8, everything()), everything(), "of this incarnation alone");
        resends.sent(7, run(1, 24));
        assert_eq!(resends.out_of(7, everything()), [run(1, 24), run(31, 100)]);
        resends.sent(7, run(25, 40));
        assert_eq!(resends.out_of(7, everything()), everything());
    }
}
