//! What of a batch is new, what is known, and what that makes of the ranges that have arrived. Pure.

use crate::limits::RANGES_MAX;
use batch::{BadRow, Entry, Opened, Ranges, Span};
use std::collections::BTreeSet;

/// What the hub holds of one incarnation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Its place among the incarnations of its campus, from 1.
    pub ordinal: i16,
    /// Its campus has no other.
    pub is_alone: bool,
    /// Numbers that have arrived, as rows, as bad rows or as gone.
    pub received: Ranges,
    /// Those that were gone.
    pub gone: Ranges,
}

/// What is to be done with a batch.
#[derive(Debug)]
pub struct Plan<'o> {
    /// Rows to insert.
    pub fresh: Vec<&'o Entry>,
    /// Rows that must be here already, as they are.
    pub known: Vec<&'o Entry>,
    /// Rows to put aside.
    pub bad: Vec<&'o BadRow>,
    /// What the hub holds afterwards.
    pub held: Held,
    /// Whether a fresh row may be older than one that is here, so that `current` has to be looked at.
    pub out_of_order: bool,
}

/// Sorts a batch. `aside` are the numbers of the batch's range that were put aside before: a receiver that
/// was updated may know better now.
///
/// # Errors
/// It would leave more ranges than may be missing.
pub fn plan<'o>(
    opened: &'o Opened,
    before: &Held,
    aside: &BTreeSet<u64>,
) -> Result<Plan<'o>, TooScattered> {
    let is_here = |seq: u64| {
        before.received.contains(seq) && !before.gone.contains(seq) && !aside.contains(&seq)
    };
    let (known, fresh): (Vec<_>, Vec<_>) =
        opened.entries.iter().partition(|entry| is_here(entry.seq));
    let bad = opened.bad.iter().filter(|bad| !before.received.contains(bad.seq)).collect();

    let mut held = before.clone();
    held.received.insert(opened.span);
    // What arrived before it was shed at the campus is here, not gone.
    let mut lost: Ranges = opened.gone.iter().copied().collect();
    for span in before.received.spans() {
        lost.remove(*span);
    }
    lost.spans().iter().for_each(|span| held.gone.insert(*span));
    // A row that another hub's order had made us think was gone.
    for entry in fresh.iter().filter(|entry| before.gone.contains(entry.seq)) {
        held.gone.remove(Span { from: entry.seq, to: entry.seq });
    }
    if held.received.spans().len() > RANGES_MAX || held.gone.spans().len() > RANGES_MAX * 100 {
        return Err(TooScattered);
    }
    let above = before.received.spans().last().is_some_and(|last| last.to >= opened.span.from);
    let out_of_order = above || !before.is_alone;
    Ok(Plan { fresh, known, bad, held, out_of_order })
}

/// More ranges would be missing than a receiver keeps track of.
#[derive(Debug)]
pub struct TooScattered;

/// Ranges as PostgreSQL writes a multirange of bigint: `{[1,5),[7,9)}`.
pub fn to_multirange(ranges: &Ranges) -> String {
    let spans: Vec<String> =
        ranges.spans().iter().map(|span| format!("[{},{})", span.from, span.to + 1)).collect();
    format!("{{{}}}", spans.join(","))
}

/// Reads what [`to_multirange`] writes; `None` when it is not that.
pub fn from_multirange(text: &str) -> Option<Ranges> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut ranges = Ranges::new();
    for one in inner.split_inclusive(')').filter(|one| !one.is_empty()) {
        let (from, to) =
            one.trim_start_matches(',').strip_prefix('[')?.strip_suffix(')')?.split_once(',')?;
        let to: u64 = to.parse().ok()?;
        ranges.insert(Span { from: from.parse().ok()?, to: to.checked_sub(1)? });
    }
    Some(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(spans: &[(u64, u64)]) -> Ranges {
        spans.iter().map(|(from, to)| Span { from: *from, to: *to }).collect()
    }

    fn batch(from: u64, to: u64, gone: &[(u64, u64)]) -> Opened {
        let gone = ranges(gone);
        let entry = |seq| Entry {
            seq,
            row: batch::Row::parse(
                r#"{"stream":"campus","class":"day","slot_ms":0,"span_s":86400,"revision":1}"#,
            )
            .expect("it is a row"),
            prev: batch::Hash([0; 32]),
            hash: batch::Hash([0; 32]),
        };
        Opened {
            campus: batch::Id::new("a").expect("it is an identifier"),
            incarnation: batch::Incarnation([0; 16]),
            span: Span { from, to },
            entries: (from..=to).filter(|seq| !gone.contains(*seq)).map(entry).collect(),
            gone: gone.spans().to_vec(),
            bad: Vec::new(),
        }
    }

    fn held(received: &[(u64, u64)], gone: &[(u64, u64)]) -> Held {
        Held { ordinal: 1, is_alone: true, received: ranges(received), gone: ranges(gone) }
    }

    #[test]
    fn what_is_known_is_not_new() {
        let (batch, before) = (batch(5, 12, &[]), held(&[(1, 6), (9, 9)], &[]));
        let plan = plan(&batch, &before, &[].into()).expect("it is sorted");
        let seqs = |entries: &[&Entry]| entries.iter().map(|it| it.seq).collect::<Vec<_>>();
        assert_eq!(seqs(&plan.known), [5, 6, 9]);
        assert_eq!(seqs(&plan.fresh), [7, 8, 10, 11, 12]);
        assert_eq!(plan.held, held(&[(1, 12)], &[]));
        assert!(plan.out_of_order);
    }

    #[test]
    fn what_is_gone_at_the_campus_stays_here() {
        let (batch, before) = (batch(1, 9, &[(2, 7)]), held(&[(3, 4)], &[]));
        let plan = plan(&batch, &before, &[].into()).expect("it is sorted");
        assert_eq!(plan.held, held(&[(1, 9)], &[(2, 2), (5, 7)]));
    }

    #[test]
    fn a_row_that_was_thought_gone_is_taken() {
        let (batch, before) = (batch(2, 3, &[]), held(&[(1, 9)], &[(2, 4)]));
        let plan = plan(&batch, &before, &[].into()).expect("it is sorted");
        assert_eq!(plan.fresh.len(), 2);
        assert_eq!(plan.held, held(&[(1, 9)], &[(4, 4)]));
    }

    #[test]
    fn a_row_that_was_put_aside_is_taken_when_it_is_understood() {
        let (batch, before) = (batch(2, 3, &[]), held(&[(1, 9)], &[]));
        let plan = plan(&batch, &before, &[3].into()).expect("it is sorted");
        assert_eq!((plan.known.len(), plan.fresh.len()), (1, 1));
    }

    #[test]
    fn a_thousand_holes_are_enough() {
        let many: Vec<(u64, u64)> =
            (0..RANGES_MAX as u64).map(|n| (2 * n + 2, 2 * n + 2)).collect();
        let (next, before) = (batch(5_000, 5_000, &[]), held(&many, &[]));
        assert!(plan(&next, &before, &[].into()).is_err());
        let lowest = batch(1, 1, &[]);
        assert!(plan(&lowest, &before, &[].into()).is_ok());
    }

    #[test]
    fn multiranges_are_read_as_they_are_written() {
        for spans in [&[][..], &[(1, 4)], &[(1, 4), (7, 7), (9, 20)]] {
            let ranges = ranges(spans);
            assert_eq!(from_multirange(&to_multirange(&ranges)), Some(ranges));
        }
        assert_eq!(to_multirange(&ranges(&[(1, 4), (7, 7)])), "{[1,5),[7,8)}");
        for bad in ["", "{", "{[1,2]}", "{(1,2)}", "{[1,0)}"] {
            assert_eq!(from_multirange(bad), None, "{bad}");
        }
    }
}
