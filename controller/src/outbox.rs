//! What is sent to a hub next, how much of it, when again after a failure, and what goes when the disk
//! has no room. Pure: numbers in, decisions out.
//!
//! Terms: *seq* = number of a row of the outbox, from 1; *had* = runs of seq that a hub has confirmed,
//! ascending and apart; *live* = rows younger than [`LIVE_MS`]; *backlog* = everything older.

use crate::summary::StreamKind;

/// Numbers of rows, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Run {
    /// First.
    pub from: u64,
    /// Last.
    pub to: u64,
}

/// Rows to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which: nothing of it was confirmed.
    pub run: Run,
    /// What they are.
    pub lane: Lane,
}

/// Which of the two kinds of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Young ones: somebody looks at them now.
    Live,
    /// Old ones: they fill a gap.
    Backlog,
}

/// Rows so young count as live, ms: four quarter hours.
pub const LIVE_MS: i64 = 3_600_000;

/// While both wait, every so manieth batch is of the backlog: live rows go first, and a campus that makes
/// more of them than a line takes still fills its gaps.
const BACKLOG_EVERY: u64 = 4;

/// Rows of the first batch: some 20 kB.
const ROWS_FIRST: u64 = 250;

/// A batch that was answered within this may grow, ms.
const QUICK_MS: u64 = 2_000;

/// A batch that took longer than this was too large, ms: a third of the time after which it is given up.
const SLOW_MS: u64 = 10_000;

/// First pause after a failure, ms …
const PAUSE_MS_MIN: u64 = 1_000;

/// … and the longest: a hub that is back is found within five minutes.
const PAUSE_MS_MAX: u64 = 300_000;

/// Longest pause that a hub may ask for, ms.
const ASKED_MS_MAX: u64 = 3_600_000;

/// What to send next to a hub that has confirmed `had`, of rows up to `last`, of which those from
/// `live_from` on are live. `turn` counts batches; at most `rows_max` rows.
pub fn next(had: &[Run], last: u64, live_from: u64, turn: u64, rows_max: u64) -> Option<Wanted> {
    let live_from = live_from.max(1);
    let cut =
        |run: Run| Run { to: run.to.min(run.from.saturating_add(rows_max.max(1) - 1)), ..run };
    let live = missing_from(had, live_from, last).map(cut);
    let backlog = missing_from(had, 1, last.min(live_from - 1)).map(cut);
    let is_backlog = match (live, backlog) {
        (Some(_), Some(_)) => turn % BACKLOG_EVERY == BACKLOG_EVERY - 1,
        (None, _) => true,
        (_, None) => false,
    };
    let (run, lane) = if is_backlog { (backlog, Lane::Backlog) } else { (live, Lane::Live) };
    run.map(|run| Wanted { run, lane })
}

/// The first run of what is not in `had`, within `from..=to`.
fn missing_from(had: &[Run], from: u64, to: u64) -> Option<Run> {
    let mut start = from;
    for run in &had[had.partition_point(|run| run.to < from)..] {
        if run.from > start {
            let to = to.min(run.from - 1);
            return (start <= to).then_some(Run { from: start, to });
        }
        start = start.max(run.to.saturating_add(1));
    }
    (start <= to).then_some(Run { from: start, to })
}

/// Everything up to here is confirmed.
pub fn watermark(had: &[Run]) -> u64 {
    had.first().filter(|first| first.from <= 1).map_or(0, |first| first.to)
}

/// Everything up to `last` that is not confirmed, lowest first.
pub fn missing(had: &[Run], last: u64) -> Vec<Run> {
    let mut gaps = Vec::new();
    let mut from = 1;
    while let Some(gap) = missing_from(had, from, last) {
        gaps.push(gap);
        from = gap.to.saturating_add(1);
    }
    gaps
}

/// How many rows up to `last` are not confirmed.
pub fn waiting(had: &[Run], last: u64) -> u64 {
    let within = had.iter().filter(|run| run.from <= last);
    let confirmed: u64 = within.map(|run| run.to.min(last) - run.from.max(1) + 1).sum();
    last.saturating_sub(confirmed)
}

/// Takes a receipt in: what a hub holds after a batch `sent`. It names at most `missing_max` runs that it
/// lacks, lowest first; what lies above the last one it could name is as it was believed before. A hub
/// that holds less than it did was restored from a backup: then only this receipt counts.
pub fn take_receipt(
    had: &[Run],
    sent: Run,
    watermark_now: u64,
    missing: &[Run],
    missing_max: usize,
) -> Vec<Run> {
    let regressed = watermark_now < watermark(had);
    let top_before = if regressed { 0 } else { had.last().map_or(0, |last| last.to) };
    // Of rows above its watermark a hub names at least the first that it lacks; one that names none holds none,
    // also of what it was just sent.
    let is_above = missing.iter().any(|gap| gap.from == watermark_now.saturating_add(1));
    let top = if is_above { top_before.max(sent.to).max(watermark_now) } else { watermark_now };
    let told_to = match missing.last() {
        Some(last) if missing.len() >= missing_max => last.to.min(top),
        _ => top,
    };
    let mut runs = Vec::new();
    let mut start = 1;
    for gap in missing.iter().filter(|gap| gap.from <= gap.to && gap.from > watermark_now) {
        if gap.from > start {
            runs.push(Run { from: start, to: (gap.from - 1).min(told_to) });
        }
        start = start.max(gap.to.saturating_add(1));
    }
    if start <= told_to {
        runs.push(Run { from: start, to: told_to });
    }
    let believed = had.iter().copied().filter(|_| !regressed).chain([sent]).filter(|_| is_above);
    runs.extend(
        believed
            .filter(|run| run.to > told_to)
            .map(|run| Run { from: run.from.max(told_to + 1), ..run }),
    );
    joined(runs)
}

/// Runs in order, those that touch as one.
pub fn joined(mut runs: Vec<Run>) -> Vec<Run> {
    runs.retain(|run| run.from <= run.to);
    runs.sort_unstable();
    let mut joined: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        match joined.last_mut() {
            Some(last) if run.from <= last.to.saturating_add(1) => last.to = last.to.max(run.to),
            _ => joined.push(run),
        }
    }
    joined
}

/// Takes runs out: they are to be sent again.
pub fn without(had: &[Run], again: Run) -> Vec<Run> {
    let mut left = Vec::new();
    for run in had {
        if run.from < again.from {
            left.push(Run { to: run.to.min(again.from - 1), ..*run });
        }
        if run.to > again.to {
            left.push(Run { from: run.from.max(again.to + 1), ..*run });
        }
    }
    left.retain(|run| run.from <= run.to);
    left
}

/// How large the next batch is, and when it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    rows: u64,
    rows_max: u64,
    failures: u32,
    seed: u64,
}

impl Pace {
    /// At the start. `seed` keeps hubs and campuses from knocking at the same moment.
    pub fn new(rows_max: u64, seed: u64) -> Self {
        Self { rows: ROWS_FIRST.min(rows_max.max(1)), rows_max: rows_max.max(1), failures: 0, seed }
    }

    /// Rows of the next batch, at most.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Failures since the last success.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// A batch was confirmed after so long.
    pub fn succeeded(&mut self, took_ms: u64) {
        self.failures = 0;
        if took_ms <= QUICK_MS {
            self.rows = (self.rows * 2).min(self.rows_max);
        } else if took_ms > SLOW_MS {
            self.rows = (self.rows / 2).max(1);
        }
    }

    /// A batch was larger than the hub takes. `false`: it had one row only, which can never go.
    pub fn too_large(&mut self, rows: u64) -> bool {
        self.rows = (rows.min(self.rows) / 2).max(1);
        rows > 1
    }

    /// It failed; how long to wait, ms. `asked_ms` is what the hub asked for.
    pub fn failed(&mut self, asked_ms: Option<u64>) -> u64 {
        self.failures = self.failures.saturating_add(1);
        self.rows = (self.rows / 2).max(ROWS_FIRST.min(self.rows));
        let doubled = PAUSE_MS_MIN << (self.failures - 1).min(20);
        let full = doubled.min(PAUSE_MS_MAX);
        // Between half of it and all of it.
        let jitter = mixed(self.seed ^ u64::from(self.failures)) % (full / 2 + 1);
        let own_ms = full - jitter;
        own_ms.max(asked_ms.unwrap_or(0).min(ASKED_MS_MAX))
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014): every bit of the seed moves every bit.
const fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What a kind of rows takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Rows.
    pub rows: u64,
    /// Bytes on the disk, their share of the index included.
    pub bytes: u64,
}

/// What the outbox holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Slots of rooms.
    pub rooms: Usage,
    /// Slots of buildings and meters.
    pub others: Usage,
    /// Days and loss records: they stay.
    pub totals: Usage,
}

impl Held {
    /// All of it, bytes.
    pub const fn bytes(&self) -> u64 {
        self.rooms.bytes + self.others.bytes + self.totals.bytes
    }
}

/// What goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shed {
    /// The oldest rows that every hub has, so many of whatever kind.
    Delivered {
        /// How many at most.
        rows: u64,
    },
    /// The oldest slots of rooms, so many, whether a hub has them or not.
    Rooms {
        /// How many.
        rows: u64,
    },
    /// The oldest slots of buildings and meters.
    Others {
        /// How many.
        rows: u64,
    },
}

impl Shed {
    /// Whether slots of such a stream go.
    pub const fn takes(self, kind: StreamKind) -> bool {
        match self {
            Self::Delivered { .. } => false,
            Self::Rooms { .. } => matches!(kind, StreamKind::Room),
            Self::Others { .. } => matches!(kind, StreamKind::Building | StreamKind::Meter),
        }
    }
}

/// What goes first when the outbox holds more than its budget, bytes. `delivered` rows are at every hub.
///
/// What is delivered goes before anything that is not; of that, the oldest quarter of the rooms' slots,
/// then of the others'. Days and loss records never go: totals stay exact.
pub fn shed(held: &Held, delivered: u64, budget_bytes: u64) -> Option<Shed> {
    let over = held.bytes().checked_sub(budget_bytes).filter(|over| *over > 0)?;
    let rows = held.rooms.rows + held.others.rows + held.totals.rows;
    if delivered > 0 {
        // A tenth more than needed, so that it is not every batch that sheds.
        let per_row = (held.bytes() / rows.max(1)).max(1);
        let wanted = over.div_ceil(per_row).saturating_add(rows / 10);
        return Some(Shed::Delivered { rows: wanted.min(delivered) });
    }
    if held.rooms.rows > 0 {
        return Some(Shed::Rooms { rows: held.rooms.rows.div_ceil(4) });
    }
    (held.others.rows > 0).then(|| Shed::Others { rows: held.others.rows.div_ceil(4) })
}

/// For how many days more a hub may be away until something goes that it does not have: what is free, and
/// what is only kept although it was delivered, at so many bytes a day. `None` when nothing comes.
pub fn days_left(budget_bytes: u64, waiting_bytes: u64, bytes_per_day: u64) -> Option<u64> {
    budget_bytes.saturating_sub(waiting_bytes).checked_div(bytes_per_day)
}

#[cfg(test)]
mod tests;
