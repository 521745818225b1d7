//! Which frames of one boot have been seen, and which never will be.
//!
//! `base` is the end of the unbroken row: everything up to it is settled, seen or given up. Above
//! it are *runs* of frames that came out of order; below it *holes*, frames that were given up and
//! may still surprise us. In good times both lists are empty, so a node costs a few words.

use crate::limits::RUNS_MAX;
use serde::{Deserialize, Serialize};

/// Frames `from..=to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub from: u32,
    pub to: u32,
}

impl Run {
    /// How many frames.
    pub fn count(self) -> u64 {
        u64::from(self.to - self.from) + 1
    }
}

/// What a frame is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Never seen.
    New,
    /// Given up before, never seen.
    Recovered,
    /// Seen before, or so long given up that we cannot tell.
    Duplicate,
    /// The order is so bad that it cannot be remembered: as if it had not come.
    Refused,
}

/// Frames of one boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Window {
    pub boot: u32,
    /// End of the unbroken row; 0 before the first frame.
    pub base: u32,
    /// No frame yet, and it is not known what the boot sent before we listened.
    unread: bool,
    /// Seen above `base + 1`, ascending, never touching each other.
    ahead: Vec<Run>,
    /// Given up at or below `base`, ascending.
    holes: Vec<Run>,
}

impl Window {
    /// A boot that begins under our eyes: whatever of it does not come is lost.
    pub fn begun(boot: u32) -> Self {
        Self { boot, base: 0, unread: false, ahead: Vec::new(), holes: Vec::new() }
    }

    /// A boot that was running when we first heard of it: its row begins with what it still has.
    pub fn found(boot: u32) -> Self {
        Self { unread: true, ..Self::begun(boot) }
    }

    /// The first frame of a found boot says where the row begins.
    pub fn read_from(&mut self, first: u32) {
        if self.unread {
            self.unread = false;
            self.base = first.saturating_sub(1);
        }
    }

    /// The newest frame that was seen, or given up.
    pub fn newest(&self) -> u32 {
        self.ahead.last().map_or(self.base, |run| run.to)
    }

    /// Whether the frame would be a duplicate.
    pub fn knows(&self, seq: u32) -> bool {
        let within = |run: &Run| run.from <= seq && seq <= run.to;
        if seq <= self.base {
            !self.holes.iter().any(within)
        } else {
            self.ahead.iter().any(within)
        }
    }

    /// Nothing below `oldest` comes again: what is missing there is given up, run by run.
    pub fn give_up_below(&mut self, oldest: u32, mut gone: impl FnMut(Run)) {
        let end = oldest.saturating_sub(1);
        if end <= self.base {
            return;
        }
        let mut from = self.base + 1;
        let seen: Vec<Run> = self.ahead.iter().copied().filter(|run| run.from <= end).collect();
        for run in seen.iter().chain([&Run { from: oldest, to: oldest }]) {
            if from < run.from {
                let hole = Run { from, to: run.from - 1 };
                self.holes.push(hole);
                gone(hole);
            }
            from = run.to.saturating_add(1);
        }
        self.forget_old_holes();
        self.base = end;
        self.absorb();
    }

    /// Takes a frame.
    pub fn arrive(&mut self, seq: u32) -> Arrival {
        if self.knows(seq) {
            return Arrival::Duplicate;
        }
        if seq <= self.base {
            self.fill(seq);
            return Arrival::Recovered;
        }
        if seq == self.base + 1 {
            self.base = seq;
            self.absorb();
            return Arrival::New;
        }
        self.insert(seq)
    }

    fn insert(&mut self, seq: u32) -> Arrival {
        let at = self.ahead.partition_point(|run| run.to < seq);
        let joins_left = at > 0 && self.ahead[at - 1].to + 1 == seq;
        let joins_right = self.ahead.get(at).is_some_and(|run| run.from - 1 == seq);
        match (joins_left, joins_right) {
            (true, true) => {
                self.ahead[at - 1].to = self.ahead[at].to;
                self.ahead.remove(at);
            }
            (true, false) => self.ahead[at - 1].to = seq,
            (false, true) => self.ahead[at].from = seq,
            (false, false) if self.ahead.len() < RUNS_MAX => {
                self.ahead.insert(at, Run { from: seq, to: seq });
            }
            (false, false) => return Arrival::Refused,
        }
        Arrival::New
    }

    /// The row may have reached frames that were already there.
    fn absorb(&mut self) {
        let reached = self.ahead.partition_point(|run| run.from <= self.base.saturating_add(1));
        for run in self.ahead.drain(..reached) {
            self.base = self.base.max(run.to);
        }
    }

    fn fill(&mut self, seq: u32) {
        let Some(at) = self.holes.iter().position(|run| run.from <= seq && seq <= run.to) else {
            return;
        };
        let hole = self.holes.remove(at);
        let parts = [(hole.from, seq - 1), (seq + 1, hole.to)];
        let left = parts.into_iter().filter(|(from, to)| from <= to);
        self.holes.splice(at..at, left.map(|(from, to)| Run { from, to }));
        self.forget_old_holes();
    }

    /// The oldest holes are forgotten first: what fills them then counts as seen.
    fn forget_old_holes(&mut self) {
        let surplus = self.holes.len().saturating_sub(RUNS_MAX);
        self.holes.drain(..surplus);
    }
}

#[cfg(test)]
mod tests;
