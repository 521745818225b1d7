//! The load that never goes away: the mean of the eight half-hours with least energy of each day.
//!
//! Half-hours count from local midnight, 46 to 50 of them. A slot gives each half-hour that it
//! overlaps its share by time, so slots of any length become half-hours without losing a watt-hour.
//! Only half-hours in which every root of that day has a row count: a gap is no low load. Days of
//! which less than three quarters are known have none, because their nights may be what is missing.

use super::builder::{ReportBuilder, State};

const HALF_HOUR_MS: i64 = 1_800_000;

/// So many half-hours: 4 of 24 hours. Energy Sparks' definition of base load.
const LOWEST: usize = 8;

/// The base load of every day, mW.
pub(super) fn of_days(builder: &ReportBuilder) -> Vec<Option<i64>> {
    let roots: Vec<usize> =
        (0..builder.meters.len()).filter(|meter| builder.meters[*meter].is_root).collect();
    let mut rows = vec![0u32; builder.slots.keys.len()];
    for root in &roots {
        for (at, rows) in rows.iter_mut().enumerate() {
            *rows += u32::from(builder.state(*root, at) != State::Missing);
        }
    }
    (0..builder.slots.days.len()).map(|day| of_day(builder, &roots, &rows, day)).collect()
}

fn of_day(builder: &ReportBuilder, roots: &[usize], rows: &[u32], day: usize) -> Option<i64> {
    let slots = &builder.slots;
    let key = slots.days[day];
    let own = key.first..key.first + key.count;
    let speaks = |root: &&usize| own.clone().any(|at| builder.state(**root, at) != State::Missing);
    let needed = roots.iter().filter(speaks).count() as u32;
    if needed == 0 {
        return None;
    }
    let count = usize::try_from((key.end.0 - key.start.0) / HALF_HOUR_MS).unwrap_or(0);
    // Energy times ms of overlap, and ms that are known.
    let mut halves = vec![(0i128, 0i64); count];
    // The slot before may reach into the day.
    let reaching = key.first.saturating_sub(1)..own.end;
    for at in { reaching }.filter(|at| rows[*at] >= needed) {
        let start = slots.start(at).0 - key.start.0;
        let end = start + slots.slot_ms;
        let mut begin = start.max(0);
        while begin < end {
            let nth = (begin / HALF_HOUR_MS) as usize;
            let until = end.min((nth as i64 + 1) * HALF_HOUR_MS);
            let Some(half) = halves.get_mut(nth) else { break };
            half.0 += i128::from(builder.total_wh[at]) * i128::from(until - begin);
            half.1 += until - begin;
            begin = until;
        }
    }
    let known = halves.iter().filter(|(_, ms)| *ms == HALF_HOUR_MS);
    let mut known: Vec<i128> = known.map(|(energy, _)| *energy).collect();
    if known.len() < LOWEST || known.len() * 4 < count * 3 {
        return None;
    }
    known.sort_unstable();
    let lowest: i128 = known.iter().take(LOWEST).sum();
    // Wh·ms / ms are Wh of eight half-hours; Wh / 4 h are W.
    i64::try_from(lowest * 1000 / (i128::from(slots.slot_ms) * LOWEST as i128 / 2)).ok()
}
