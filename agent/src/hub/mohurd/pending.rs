//! Which slot goes next to a data centre: the newest first, then the oldest, and one that is refused
//! again and again holds up nothing. Pure.

use controller::outbox::Run;
use mohurd::Progress;
use std::collections::BTreeMap;

/// Refusals of one slot before it is put aside, if the centre takes others meanwhile.
const REFUSALS_MAX: u32 = 5;

/// Slots that wait, and what rows of the outbox they stand for.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    slots: BTreeMap<i64, Slot>,
    /// Slots kept since the start.
    kept: u64,
    /// How far what is left over has got.
    left_over: Option<Progress>,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    /// How long it is, s.
    span_s: u32,
    /// Numbers of rows, as the outbox counts.
    rows: Vec<i64>,
    refusals: u32,
    /// What `kept` was at its first refusal.
    kept_then: u64,
}

/// A slot to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its start, ms UTC.
    pub slot_ms: i64,
    /// How long it is, s.
    pub span_s: u32,
    /// Its place among what is left over; nothing for what is live.
    pub left_over: Option<Progress>,
}

impl Pending {
    /// A row that asks for its slot to be sent.
    pub fn add(&mut self, slot_ms: i64, span_s: u32, row: i64) {
        let slot = self.slots.entry(slot_ms).or_default();
        slot.span_s = span_s;
        slot.rows.push(row);
    }

    /// How many slots wait.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// The next slot. What begins at `live_from_ms` or later is live. `more` is how many slots wait that are
    /// not in here yet, as far as is known.
    pub fn next(&mut self, live_from_ms: i64, more: u32) -> Option<Chosen> {
        // Fewest refusals first: a centre that refuses one slot gets to see the others.
        let live = self.slots.range(live_from_ms..).rev();
        let old = self.slots.range(..live_from_ms);
        let calm = |(_, slot): &(&i64, &Slot)| slot.refusals;
        let live = live.min_by_key(calm).filter(|(_, slot)| slot.refusals == 0);
        let chosen =
            live.or_else(|| old.min_by_key(calm)).or_else(|| self.slots.iter().min_by_key(calm));
        let (slot_ms, span_s) = chosen.map(|(at, slot)| (*at, slot.span_s))?;
        let old = self.slots.range(..live_from_ms).count() as u32;
        if old == 0 {
            self.left_over = None;
        }
        let left_over = (slot_ms < live_from_ms).then(|| {
            let progress = self.left_over.get_or_insert(Progress { total: 0, current: 0 });
            progress.current = progress.current.saturating_add(1);
            // Only what waits now is known; more may come, and then it is more.
            let rest = old.saturating_add(more).saturating_sub(1);
            progress.total = progress.total.max(progress.current.saturating_add(rest));
            *progress
        });
        Some(Chosen { slot_ms, span_s, left_over })
    }

    /// The centre has kept a slot: its rows.
    pub fn kept(&mut self, slot_ms: i64) -> Vec<i64> {
        self.kept += 1;
        self.slots.remove(&slot_ms).map(|slot| slot.rows).unwrap_or_default()
    }

    /// The centre has refused a slot. Its rows, when it is put aside.
    pub fn refused(&mut self, slot_ms: i64) -> Option<Vec<i64>> {
        let kept = self.kept;
        let slot = self.slots.get_mut(&slot_ms)?;
        if slot.refusals == 0 {
            slot.kept_then = kept;
        }
        slot.refusals += 1;
        // A centre that takes nothing at all is in trouble; then it is not the slot.
        let is_bad = slot.refusals >= REFUSALS_MAX && kept > slot.kept_then;
        if is_bad { self.slots.remove(&slot_ms).map(|slot| slot.rows) } else { None }
    }

    /// A slot that can never be said is put aside at once: its rows.
    pub fn unsayable(&mut self, slot_ms: i64) -> Vec<i64> {
        self.slots.remove(&slot_ms).map(|slot| slot.rows).unwrap_or_default()
    }
}

/// Numbers as runs, ascending; `numbered` makes the hub's number of the outbox's.
pub fn runs(mut rows: Vec<i64>, numbered: impl Fn(i64) -> u64) -> Vec<Run> {
    rows.sort_unstable();
    let one = |row| Run { from: numbered(row), to: numbered(row) };
    controller::outbox::joined(rows.into_iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOT: i64 = 900_000;

    fn pending(slots: std::ops::Range<i64>) -> Pending {
        let mut pending = Pending::default();
        for slot in slots {
            pending.add(slot * SLOT, 900, slot);
        }
        pending
    }

    fn order(pending: &mut Pending, live_from: i64) -> Vec<(i64, Option<(u32, u32)>)> {
        let mut order = Vec::new();
        while let Some(chosen) = pending.next(live_from * SLOT, 0) {
            pending.kept(chosen.slot_ms);
            let left_over = chosen.left_over.map(|progress| (progress.current, progress.total));
            order.push((chosen.slot_ms / SLOT, left_over));
        }
        order
    }

    #[test]
    fn live_slots_go_first_and_what_is_left_over_counts_up_to_its_total() {
        let expected = [
            (5, None),
            (4, None),
            (0, Some((1, 4))),
            (1, Some((2, 4))),
            (2, Some((3, 4))),
            (3, Some((4, 4))),
        ];
        assert_eq!(order(&mut pending(0..6), 4), expected);
    }

    #[test]
    fn a_refused_slot_lets_the_others_pass_and_is_put_aside_at_last() {
        let mut pending = pending(0..4);
        let (mut refused, mut kept) = (0, Vec::new());
        let aside = loop {
            let chosen = pending.next(3 * SLOT, 0).expect("something waits");
            if chosen.slot_ms == SLOT {
                refused += 1;
                if let Some(rows) = pending.refused(SLOT) {
                    break rows;
                }
            } else {
                kept.extend(pending.kept(chosen.slot_ms));
            }
        };
        assert_eq!((aside, refused, kept), (vec![1], 5, vec![3, 0, 2]));
        assert_eq!(pending.len(), 0);
    }

    #[test]
    fn a_centre_that_refuses_everything_loses_nothing() {
        let mut pending = pending(0..3);
        for _ in 0..100 {
            let chosen = pending.next(0, 0).expect("something waits");
            assert_eq!(pending.refused(chosen.slot_ms), None);
        }
        assert_eq!(pending.len(), 3);
    }

    #[test]
    fn several_rows_of_a_slot_are_one_message() {
        let mut pending = Pending::default();
        for row in [7, 3, 4] {
            pending.add(0, 900, row);
        }
        assert_eq!(pending.len(), 1);
        let rows = pending.kept(0);
        let runs = runs(rows, |row| row as u64);
        assert_eq!(runs, [Run { from: 3, to: 4 }, Run { from: 7, to: 7 }]);
    }
}
