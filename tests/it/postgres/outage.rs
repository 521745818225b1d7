//! Thirty days without a hub, scaled down by a factor that is printed; `cargo xtask hub outage` is the full size.

use super::absence::{Size, away_and_back, percentile};
use std::time::Duration;

/// The full size: 3.1 million rows.
const FULL: Size = Size { days: 30, rooms: 300, meters: 60, budget_mb: 1024 };

#[test]
fn a_hub_that_was_away_gets_everything_live_rows_first_and_neither_lamps_nor_ledger_notice() {
    let size = Size { days: 2, rooms: 15, meters: 3, budget_mb: 16 };
    let seen = away_and_back("hub-away", &size);
    let [before, during] = seen.reactions.each_ref().map(|times| percentile(times, 50));
    println!(
        "{} rows, 1/{} of {}: {} kB of {} MB; made in {:?}, drained in {:?}, {:.0} times real time; {} live rows waited \
         {:?} at p99; lamps in {before:?} before and {during:?} meanwhile",
        seen.backlog,
        FULL.rows() / seen.backlog,
        FULL.rows(),
        seen.bytes / 1000,
        seen.budget_bytes / 1_000_000,
        seen.made,
        seen.drained,
        seen.times_real,
        seen.waits.len(),
        percentile(&seen.waits, 99),
    );
    assert!(seen.times_real >= 20.0, "{seen:?}");
    assert!(seen.waits.len() > 100, "{} live rows are no proof", seen.waits.len());
    assert!(percentile(&seen.waits, 99) < Duration::from_secs(20), "{:?}", seen.waits);
}
