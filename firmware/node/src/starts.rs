//! How starts went: a node that keeps crashing does the core of its work only.
//!
//! A crash is a start that the watchdog or a panic caused, when the boot before it had not gone well
//! for [`HEALTHY_MS`]. Three in a row ([`CRASHES_MAX`]) make the mode [`Mode::Core`]. A supply that flickers
//! is no crash: it neither counts nor clears, and it resets no settings. Core mode ends with a restart that was
//! asked for, or with an update; after [`CORE_MS`] in it the node asks for one itself.

use crate::Millis;
use crate::limits::{CORE_MS, CRASHES_MAX, HEALTHY_MS};
use crate::saved::Saved;
use wire::{Mode, Reset};

/// Whether this start went well, and what the node dares to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Starts {
    /// Crashes in a row up to this start.
    pub crashes: u8,
    /// This boot has gone well for long enough.
    pub healthy: bool,
    pub mode: Mode,
}

impl Starts {
    /// After the boot that `saved` tells of.
    pub fn new(saved: &Saved, reset: Reset) -> Self {
        let crashes = match reset {
            Reset::Watchdog | Reset::Panic if saved.healthy => 0,
            Reset::Watchdog | Reset::Panic => saved.crashes.saturating_add(1),
            Reset::PowerOn | Reset::Unknown if saved.healthy => 0,
            Reset::PowerOn | Reset::Unknown => saved.crashes,
            Reset::Asked | Reset::Update => 0,
        };
        let mode = if crashes >= CRASHES_MAX { Mode::Core } else { Mode::Normal };
        Self { crashes, healthy: false, mode }
    }

    /// Whether the start has just turned out to be a good one.
    pub fn turns_healthy(&mut self, now: Millis) -> bool {
        let due = !self.healthy && self.due().is_some_and(|at| now >= at);
        self.healthy |= due;
        due
    }

    /// When either is due.
    pub fn due(&self) -> Option<Millis> {
        match self.mode {
            _ if self.healthy => None,
            // A good hour of core mode says nothing about the whole work: it stays a crash in a row.
            Mode::Core => Some(CORE_MS),
            Mode::Normal => Some(HEALTHY_MS),
        }
    }
}
