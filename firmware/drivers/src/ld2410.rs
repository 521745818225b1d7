//! Hi-Link LD2410 mmWave radar: bytes to presence, and its commands.
//!
//! | module | what it does |
//! |---|---|
//! | `frame` | finds frames in a stream of anything |
//! | `command` | builds commands and waits for their acknowledgement |
//!
//! Sections are those of Hi-Link's "LD2410 Serial Communication Protocol" V1.02; its examples
//! are the same up to V1.08 of the LD2410C. The line runs at
//! 256,000 baud, 8N1 (§2.1); a report comes about every 100 ms. There is no check sum: a frame
//! counts when header, length, type, both marks and footer agree.

mod command;
mod frame;

pub use command::{AskFault, Command, ask};
pub use frame::{Ack, Energies, Finder, Frame, GATES, Report, Target};

use wire::{NoReading, Sample, Value};

/// Presence by what the radar said last, as long as that is fresh.
#[derive(Clone, Debug)]
pub struct Radar {
    finder: Finder,
    stale_ms: u64,
    last: Option<(Report, u64)>,
    reports: u32,
}

impl Radar {
    /// A report is believed for `stale_ms`. A radar whose line broke says nothing any more, rather
    /// than for ever that somebody is there.
    pub const fn new(stale_ms: u64) -> Self {
        Self { finder: Finder::new(), stale_ms, last: None, reports: 0 }
    }

    /// Takes what the line brought; whether presence may have changed.
    pub fn feed(&mut self, bytes: &[u8], now_ms: u64) -> bool {
        let before = self.sample(now_ms);
        for byte in bytes {
            if let Some(Frame::Report(report)) = self.finder.push(*byte) {
                self.last = Some((report, now_ms));
                self.reports = self.reports.saturating_add(1);
            }
        }
        self.sample(now_ms) != before
    }

    /// Presence: 1 if somebody moves or is still there, 0 if nobody is; silent without a fresh
    /// report.
    pub fn sample(&self, now_ms: u64) -> Sample {
        self.report(now_ms).map_or(Sample::No(NoReading::Silent), |report| {
            Sample::Is(Value::from_whole(i64::from(report.target != Target::Nobody)))
        })
    }

    /// The last report, as long as it is fresh.
    pub fn report(&self, now_ms: u64) -> Option<Report> {
        self.last
            .filter(|(_, at_ms)| now_ms.saturating_sub(*at_ms) < self.stale_ms)
            .map(|(report, _)| report)
    }

    /// When the last report stops to be fresh, ms.
    pub fn deadline(&self) -> Option<u64> {
        self.last.map(|(_, at_ms)| at_ms.saturating_add(self.stale_ms))
    }

    /// Good reports since the start.
    pub const fn reports(&self) -> u32 {
        self.reports
    }

    /// Bytes since the start that were part of no frame.
    pub const fn stray_bytes(&self) -> u32 {
        self.finder.stray_bytes()
    }
}
