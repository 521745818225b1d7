//! What a receiver has done since it started, for Prometheus. No campus is named: anybody may read it.

use batch::Code;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Counters of one receiver.
#[derive(Default)]
pub struct Counts {
    /// Batches taken.
    pub batches: AtomicU64,
    /// Rows that were new.
    pub rows_new: AtomicU64,
    /// Rows that were here already.
    pub rows_known: AtomicU64,
    /// Rows put aside.
    pub rows_bad: AtomicU64,
    /// Bytes of batches as they came.
    pub bytes: AtomicU64,
    /// Time spent on batches that were taken, µs.
    pub busy_us: AtomicU64,
    refused: [AtomicU64; CODES.len()],
    /// 0 without a broker, 1 while it is away, 2 while it is subscribed.
    broker: AtomicU8,
}

const CODES: [Code; 10] = [
    Code::Fork,
    Code::BadSignature,
    Code::UnknownKey,
    Code::TooLarge,
    Code::Malformed,
    Code::Newer,
    Code::TooScattered,
    Code::Busy,
    Code::Unavailable,
    Code::Other,
];

impl Counts {
    /// One more request that was refused.
    pub fn refuse(&self, code: Code) {
        let at = CODES.iter().position(|it| *it == code).unwrap_or(CODES.len() - 1);
        self.refused[at].fetch_add(1, Ordering::Relaxed);
    }

    /// Whether batches come through a broker now.
    pub fn broker(&self, is_there: bool) {
        self.broker.store(1 + u8::from(is_there), Ordering::Relaxed);
    }

    /// All of it as Prometheus reads it.
    pub fn render(&self) -> String {
        let mut out = String::new();
        let mut line = |name: &str, help: &str, value: u64| {
            // Writing to a text cannot fail.
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}");
        };
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        line("campus_hub_batches_total", "Batches taken.", read(&self.batches));
        line("campus_hub_rows_new_total", "Rows that were new.", read(&self.rows_new));
        line("campus_hub_rows_known_total", "Rows that were here already.", read(&self.rows_known));
        line("campus_hub_rows_bad_total", "Rows put aside.", read(&self.rows_bad));
        line("campus_hub_bytes_total", "Bytes of batches as they came.", read(&self.bytes));
        let busy = read(&self.busy_us) as f64 / 1e6;
        let name = "campus_hub_busy_seconds_total";
        let _ = writeln!(
            out,
            "# HELP {name} Time spent on batches.\n# TYPE {name} counter\n{name} {busy}"
        );
        let name = "campus_hub_refused_total";
        let _ = writeln!(out, "# HELP {name} Requests refused, by code.\n# TYPE {name} counter");
        for (code, counter) in CODES.iter().zip(&self.refused) {
            let _ = writeln!(out, "{name}{{code=\"{code}\"}} {}", read(counter));
        }
        if let Some(is_there) = self.broker.load(Ordering::Relaxed).checked_sub(1) {
            let name = "campus_hub_broker_connected";
            let help = "1 while batches can come through the broker.";
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {is_there}");
        }
        out
    }
}
