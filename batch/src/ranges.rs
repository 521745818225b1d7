//! Which numbers of rows have arrived: disjoint ranges, in order, never touching.

use serde::{Deserialize, Serialize};

/// Numbers of rows, from and to, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Span {
    /// First.
    pub from: u64,
    /// Last, itself included.
    pub to: u64,
}

/// A set of numbers from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<Span>);

impl Ranges {
    /// Nothing.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The ranges, in order.
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// Puts `span` in; its `from` is not after its `to`.
    pub fn insert(&mut self, span: Span) {
        let Span { mut from, mut to } = span;
        // Everything from the first that touches it to the last that does becomes one.
        let start = self.0.partition_point(|it| it.to.saturating_add(1) < from);
        let end = self.0.partition_point(|it| it.from <= to.saturating_add(1));
        if let (Some(first), Some(last)) =
            (self.0.get(start), end.checked_sub(1).and_then(|at| self.0.get(at)))
            && start < end
        {
            from = from.min(first.from);
            to = to.max(last.to);
        }
        self.0.splice(start..end, [Span { from, to }]);
    }

    /// Takes `span` out.
    pub fn remove(&mut self, span: Span) {
        let cut = |it: Span| {
            let below =
                (it.from < span.from).then(|| Span { from: it.from, to: it.to.min(span.from - 1) });
            let above =
                (it.to > span.to).then(|| Span { from: it.from.max(span.to + 1), to: it.to });
            [below, above]
        };
        self.0 = self.0.iter().flat_map(|it| cut(*it)).flatten().collect();
    }

    /// Whether `number` is in.
    pub fn contains(&self, number: u64) -> bool {
        let at = self.0.partition_point(|it| it.to < number);
        self.0.get(at).is_some_and(|it| it.from <= number)
    }

    /// The number up to which everything from 1 is in; 0 when 1 is not.
    pub fn watermark(&self) -> u64 {
        self.0.first().filter(|first| first.from <= 1).map_or(0, |first| first.to)
    }

    /// What is missing below the highest number that is in, lowest first, at most `most` ranges.
    pub fn missing(&self, most: usize) -> Vec<Span> {
        let mut next = 1;
        let gaps = self.0.iter().filter_map(|span| {
            let gap = (span.from > next).then(|| Span { from: next, to: span.from - 1 });
            next = span.to.saturating_add(1);
            gap
        });
        gaps.take(most).collect()
    }

    /// How many numbers are in.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|span| span.to - span.from + 1).sum()
    }
}

impl FromIterator<Span> for Ranges {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        let mut ranges = Self::new();
        spans.into_iter().for_each(|span| ranges.insert(span));
        ranges
    }
}
