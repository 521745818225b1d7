//! Frames that nobody has acknowledged: numbered, kept in order, never dropped in silence.
//!
//! The row of a boot, from left to right:
//!
//! ```text
//! 1 ……………… acked │ lost.from … lost.to │ oldest ……… newest │ not made yet
//!   forgotten       given up             held
//! ```
//!
//! Only the oldest held frame is ever given up, so the given-up ones are one unbroken stretch right
//! before `oldest`: one loss record says it all. It rides in every frame until an
//! acknowledgement reaches its `to`; one that ends within it shortens it from the left.
//! Acknowledgements of what was never sent, and of what is already forgotten, change nothing.
//!
//! On a board with a frame log memory is only the cache of the log's newest frames: a frame that
//! leaves memory is still held, until the log sheds it too.

use crate::limits::{RING_BYTES, RING_BYTES_MIN};
use crate::record::{Bytes, Record};
use wire::Loss;

/// The held frames, and what was given up.
pub(crate) struct Ring<const N: usize = RING_BYTES> {
    bytes: [u8; N],
    start: usize,
    used: usize,
    /// Oldest held frame, in memory or in the log.
    oldest: u32,
    /// Oldest frame in memory, and how many are there.
    cached: u32,
    count: u32,
    /// The log has every frame from here on; none without a log.
    logged: u32,
    lost: Option<Loss>,
    /// Newest frame that was ever sent; an acknowledgement beyond it is somebody's mistake.
    sent: u32,
}

/// Each record stands behind its length.
const LEN_BYTES: usize = 2;

impl<const N: usize> Ring<N> {
    /// Empty; `log` says whether every frame is also kept in a log.
    pub const fn new(log: bool) -> Self {
        const { assert!(N >= RING_BYTES_MIN, "a window of the largest frames is kept") };
        Self {
            bytes: [0; N],
            start: 0,
            used: 0,
            oldest: 1,
            cached: 1,
            count: 0,
            logged: if log { 1 } else { u32::MAX },
            lost: None,
            sent: 0,
        }
    }

    /// Says before the first frame whether every one is also kept in a log.
    pub const fn log(&mut self, log: bool) {
        self.logged = if log { 1 } else { u32::MAX };
    }

    /// Whether a log keeps every frame.
    pub const fn is_logged(&self) -> bool {
        self.logged != u32::MAX
    }

    /// Oldest frame in memory.
    pub const fn cached(&self) -> u32 {
        self.cached
    }

    /// Oldest held frame; when none is held, the next one that will be made.
    pub const fn oldest(&self) -> u32 {
        self.oldest
    }

    /// One beyond the newest frame.
    pub const fn next(&self) -> u32 {
        self.cached + self.count
    }

    /// How many frames are held.
    pub const fn held(&self) -> u32 {
        self.next() - self.oldest
    }

    /// What was given up and not yet acknowledged.
    pub const fn lost(&self) -> Option<Loss> {
        self.lost
    }

    /// What a power cut would leave as lost: what was given up, and what is in memory only.
    pub fn lost_by_cut(&self) -> Option<Loss> {
        if !self.is_logged() || self.logged <= self.oldest {
            return self.lost;
        }
        Some(Loss { from: self.lost.map_or(self.oldest, |lost| lost.from), to: self.logged - 1 })
    }

    /// Keeps a frame and says how many older ones had to be given up for it.
    pub fn keep(&mut self, record: &Record) -> u32 {
        let packed = record.pack();
        let mut given_up = 0;
        while self.used + LEN_BYTES + packed.len() > N {
            if self.cached >= self.logged {
                self.uncache();
            } else {
                // What the log no longer has lies in memory only, so this is the oldest of all.
                self.give_up_oldest();
                given_up += 1;
            }
        }
        let len = (packed.len() as u16).to_le_bytes();
        for byte in len.iter().chain(&packed) {
            self.bytes[(self.start + self.used) % N] = *byte;
            self.used += 1;
        }
        self.count += 1;
        given_up
    }

    /// A held frame was sent.
    pub fn sent(&mut self, seq: u32) {
        self.sent = self.sent.max(seq);
    }

    /// Whether a frame is in memory.
    pub const fn has(&self, seq: u32) -> bool {
        self.cached <= seq && seq < self.next()
    }

    /// A frame that is in memory.
    pub fn get(&self, seq: u32) -> Option<Record> {
        if !self.has(seq) {
            return None;
        }
        let mut at = 0;
        for _ in self.cached..seq {
            at += LEN_BYTES + self.len_at(at);
        }
        let mut packed = Bytes::new();
        for offset in 0..self.len_at(at) {
            // No record is longer than the longest record.
            let _ = packed.push(self.byte(at + LEN_BYTES + offset));
        }
        Some(Record::unpack(&packed))
    }

    /// Forgets everything up to `seq`, and says whether that was news.
    pub fn ack(&mut self, seq: u32) -> bool {
        if seq > self.sent {
            return false;
        }
        let before = (self.oldest, self.lost);
        self.lost = match self.lost {
            Some(lost) if seq >= lost.to => None,
            Some(lost) if seq >= lost.from => Some(Loss { from: seq + 1, to: lost.to }),
            lost => lost,
        };
        // Never beyond what was sent, which is below the next one.
        self.oldest = self.oldest.max(seq + 1);
        self.forget();
        before != (self.oldest, self.lost)
    }

    /// Gives the oldest frame up: from now on the loss record covers it.
    pub fn give_up_oldest(&mut self) {
        self.give_up_below(self.oldest + 1);
    }

    /// The log lost everything up to `seq`; what is in memory is still there. Says how many frames are
    /// given up by that.
    pub fn shed(&mut self, seq: u32) -> u32 {
        self.logged = self.logged.max(seq.saturating_add(1));
        self.give_up_below(self.logged.min(self.cached))
    }

    /// Gives every frame before `next` up, and says how many.
    fn give_up_below(&mut self, next: u32) -> u32 {
        let from = self.oldest;
        let next = next.min(self.next());
        if next <= from {
            return 0;
        }
        self.lost = Some(Loss { from: self.lost.map_or(from, |lost| lost.from), to: next - 1 });
        self.oldest = next;
        self.forget();
        next - from
    }

    /// Takes what is no longer held out of memory.
    fn forget(&mut self) {
        while self.count > 0 && self.cached < self.oldest {
            self.uncache();
        }
        // With nothing in memory the next frame follows what was forgotten.
        self.cached = self.cached.max(self.oldest);
    }

    /// Takes the oldest frame out of memory.
    fn uncache(&mut self) {
        if self.count == 0 {
            return;
        }
        let len = LEN_BYTES + self.len_at(0);
        self.start = (self.start + len) % N;
        self.used -= len;
        self.cached += 1;
        self.count -= 1;
    }

    fn byte(&self, offset: usize) -> u8 {
        self.bytes[(self.start + offset) % N]
    }

    fn len_at(&self, offset: usize) -> usize {
        usize::from(u16::from_le_bytes([self.byte(offset), self.byte(offset + 1)]))
    }
}

#[cfg(test)]
mod tests;
