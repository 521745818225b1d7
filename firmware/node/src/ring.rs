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

use crate::limits::RING_BYTES;
use crate::record::{Bytes, Record};
use wire::Loss;

/// The held frames, and what was given up.
pub(crate) struct Ring {
    bytes: [u8; RING_BYTES],
    start: usize,
    used: usize,
    oldest: u32,
    count: u32,
    lost: Option<Loss>,
    /// Newest frame that was ever sent; an acknowledgement beyond it is somebody's mistake.
    sent: u32,
}

/// Each record stands behind its length.
const LEN_BYTES: usize = 2;

impl Ring {
    pub const fn new() -> Self {
        Self { bytes: [0; RING_BYTES], start: 0, used: 0, oldest: 1, count: 0, lost: None, sent: 0 }
    }

    /// Oldest held frame; when none is held, the next one that will be made.
    pub const fn oldest(&self) -> u32 {
        self.oldest
    }

    /// One beyond the newest frame.
    pub const fn next(&self) -> u32 {
        self.oldest + self.count
    }

    /// How many frames are held.
    pub const fn held(&self) -> u32 {
        self.count
    }

    /// What was given up and not yet acknowledged.
    pub const fn lost(&self) -> Option<Loss> {
        self.lost
    }

    /// Keeps a frame and says how many older ones had to be given up for it.
    pub fn keep(&mut self, record: &Record) -> u32 {
        let packed = record.pack();
        let mut given_up = 0;
        while self.used + LEN_BYTES + packed.len() > RING_BYTES {
            self.give_up_oldest();
            given_up += 1;
        }
        let len = (packed.len() as u16).to_le_bytes();
        for byte in len.iter().chain(&packed) {
            self.bytes[(self.start + self.used) % RING_BYTES] = *byte;
            self.used += 1;
        }
        self.count += 1;
        given_up
    }

    /// A held frame was sent.
    pub fn sent(&mut self, seq: u32) {
        self.sent = self.sent.max(seq);
    }

    /// A held frame.
    pub fn get(&self, seq: u32) -> Option<Record> {
        if seq < self.oldest || seq >= self.next() {
            return None;
        }
        let mut at = 0;
        for _ in self.oldest..seq {
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
        while self.count > 0 && self.oldest <= seq {
            self.forget_oldest();
        }
        before != (self.oldest, self.lost)
    }

    /// Gives the oldest frame up: from now on the loss record covers it.
    pub fn give_up_oldest(&mut self) {
        if self.count == 0 {
            return;
        }
        let seq = self.oldest;
        self.lost = Some(Loss { from: self.lost.map_or(seq, |lost| lost.from), to: seq });
        self.forget_oldest();
    }

    fn forget_oldest(&mut self) {
        let len = LEN_BYTES + self.len_at(0);
        self.start = (self.start + len) % RING_BYTES;
        self.used -= len;
        self.oldest += 1;
        self.count -= 1;
    }

    fn byte(&self, offset: usize) -> u8 {
        self.bytes[(self.start + offset) % RING_BYTES]
    }

    fn len_at(&self, offset: usize) -> usize {
        usize::from(u16::from_le_bytes([self.byte(offset), self.byte(offset + 1)]))
    }
}

#[cfg(test)]
mod tests;
