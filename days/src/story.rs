//! What happened last, for people: times, what was said, levels.

use crate::monitor::Change;
use crate::node::{CHANNELS, Kept};
use crate::plan::Plan;
use controller::Glance;
use std::collections::VecDeque;

/// Events that are told.
const EVENTS_MAX: usize = 30;

/// The last events of a day.
pub struct Story {
    told: bool,
    start: i64,
    last: VecDeque<String>,
}

impl Story {
    /// Kept only where somebody will read it.
    pub fn new(told: bool, plan: &Plan) -> Self {
        Self { told, start: plan.start, last: VecDeque::new() }
    }

    /// Something happened.
    pub fn note(&mut self, t: i64, what: impl FnOnce() -> String) {
        if !self.told {
            return;
        }
        if self.last.len() == EVENTS_MAX {
            self.last.pop_front();
        }
        self.last.push_back(format!("{}  {}", clock(self.start, t), what()));
    }

    /// A frame came.
    pub fn frame(&mut self, t: i64, kept: &Kept, duplicate: bool, late: bool) {
        let start = self.start;
        self.note(t, || {
            let says = kept.says.iter().map(|(quantity, channel, milli)| {
                let name = CHANNELS[usize::from(*channel)];
                let dot = if name.is_empty() { "" } else { "." };
                format!(" {}{dot}{name}={}", quantity.name(), milli / 1000)
            });
            let node = if kept.node == 0 { "first" } else { "second" };
            let again = if duplicate { " (again)" } else { "" };
            let late = match late || t - kept.truly > 5_000 {
                true => format!(" (measured {})", clock(start, kept.truly)),
                false => String::new(),
            };
            format!("{node} {}/{}{again}{late}{}", kept.boot, kept.seq, says.collect::<String>())
        });
    }

    /// A level changed.
    pub fn change(&mut self, t: i64, change: &Change<'_>, glance: &Glance) {
        self.note(t, || {
            format!(
                "{} {} → {} % by {} {:?}; {}, {}",
                CHANNELS[change.zone + 1],
                change.from,
                change.to,
                change.verdict.winner.priority.name(),
                change.verdict.winner.reason,
                glance.occupancy.name(),
                glance.period.name()
            )
        });
    }

    /// All of it.
    pub fn end(self) -> Vec<String> {
        self.last.into()
    }
}

/// Local time of day.
pub fn clock(start: i64, t: i64) -> String {
    let s = (t - start).div_euclid(1000);
    let ms = (t - start).rem_euclid(1000);
    format!("{:02}:{:02}:{:02}.{ms:03}", s / 3600, s / 60 % 60, s % 60)
}
