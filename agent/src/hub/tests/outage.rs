//! Thirty days without a hub. Scaled down by a factor that is printed; the full size is one command:
//!
//! ```console
//! $ CAMPUS_OUTAGE_FULL=1 cargo nextest run --release --no-capture -p agent thirty_days
//! ```

use super::receiver::Receiver;
use super::rig::{Rig, SLOT_MS};
use std::time::Instant;

/// 300 rooms, 60 meters and a building, for 30 days.
const FULL: (usize, usize, i64) = (300, 60, 30);

/// A twentieth of the streams, for a tenth of the time.
const SCALED: (usize, usize, i64) = (15, 3, 3);

/// What a row may take on the disk, bytes: measured, 110 with a body of 20 B.
const ROW_BYTES_MAX: u64 = 130;

#[tokio::test(flavor = "multi_thread")]
async fn thirty_days_without_a_hub_fit_and_are_drained_far_faster_than_real_time() {
    let is_full = std::env::var_os("CAMPUS_OUTAGE_FULL").is_some();
    let (rooms, meters, days) = if is_full { FULL } else { SCALED };
    let streams = (rooms + meters + 1) as u64;
    let expected = streams * 97 * days as u64;
    let mut rig = Rig::new();
    rig.size = (rooms, meters);
    rig.budget_bytes = expected * ROW_BYTES_MAX;
    rig.summarise();
    let began = Instant::now();
    rig.slots(0..96 * days);
    let made = began.elapsed();
    assert_eq!(rig.last(), expected, "nothing was shed");
    let held = rig.reader().outbox().unwrap().held;
    assert!(held.bytes() <= rig.budget_bytes, "{held:?}");
    // Half a day later it is back; what is made then is live.
    rig.slots(96 * days + 48..96 * days + 50);
    let last = rig.last();
    let receiver = Receiver::start().await;
    let began = Instant::now();
    rig.forward(&[&receiver]);
    receiver.wait("all", |hub| hub.watermark() == last).await;
    let took = began.elapsed();
    assert_eq!(receiver.hub().counts(), (last as usize, 0));
    assert_eq!(receiver.hub().batches[0].0, expected + 1, "live rows went first");
    let full = (FULL.0 + FULL.1 + 1) as u64 * 97 * FULL.2 as u64;
    // Rows that the full campus makes in a second, and how many went.
    let real_per_s = (FULL.0 + FULL.1 + 1) as f64 * 1000.0 / SLOT_MS as f64;
    let rate = last as f64 / took.as_secs_f64();
    println!(
        "{last} rows of {full}: 1/{:.0}; made in {made:?}, {} B a row on the disk; drained in {took:?}, \
         {rate:.0} rows/s, {:.0} times real time",
        full as f64 / last as f64,
        held.bytes() / expected,
        rate / real_per_s
    );
    assert!(rate > 20.0 * real_per_s, "{rate} rows a second");
}
