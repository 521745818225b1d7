//! What a node asks its board to do: output is data.

use crate::limits::{KEEPS_MAX, OUT_BYTES, PUBLISHES_MAX, SAVED_BYTES_MAX, STORED_BYTES_MAX};
use crate::log::Key;
use core::ops::Range;
use heapless::Vec;
use wire::hello::CHANNELS_MAX;
use wire::{Full, Id};

/// What one call of [`crate::Node::handle`] asks for. One `Out` is used for every call: each call
/// empties it first.
#[derive(Clone, Debug, Default)]
pub struct Out {
    lamps: Vec<LampOut, CHANNELS_MAX>,
    saved: Option<Vec<u8, SAVED_BYTES_MAX>>,
    stored: Option<Vec<u8, STORED_BYTES_MAX>>,
    keeps: Vec<Range<usize>, KEEPS_MAX>,
    publishes: Vec<(What, Range<usize>), PUBLISHES_MAX>,
    /// Records and payloads.
    bytes: Vec<u8, OUT_BYTES>,
    forget: Option<Key>,
    recall: Option<Option<Key>>,
    restart: bool,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Drive a lamp channel to a level, 0 to 100 % of light output, within `fade_ms`, from
    /// wherever it is now.
    Lamp {
        /// Which lamps.
        channel: &'a str,
        /// Light output, 0 to 100 %.
        level_pct: u8,
        /// How long the change takes, ms.
        fade_ms: u32,
    },
    /// Keep these bytes through a power cut, in place of the last ones, and give them to
    /// [`crate::Node::start`] as `saved` at the next start. Done before anything is published.
    Save(&'a [u8]),
    /// The same for these bytes, given back as [`crate::Start::stored`]: run-time settings.
    Store(&'a [u8]),
    /// Append this record to the frame log. Only nodes with a log ask for it; every frame is kept
    /// once, when it is made, before it is published.
    Keep(&'a [u8]),
    /// Publish with QoS 1 on the topic of `what`, in this order. While disconnected nothing is
    /// asked for, and nothing needs to be queued: the node keeps it.
    Publish {
        /// Which topic.
        what: What,
        /// Bytes of the payload.
        payload: &'a [u8],
    },
    /// Every record of the log up to and including this one may go. Nothing is lost when that
    /// happens late, or not before a power cut.
    Forget(Key),
    /// Give the first record of the log behind this key (the very first for `None`) with
    /// [`crate::Input::Recalled`], soon: at most one is asked for at a time, and the next call
    /// that is made for it asks for the next.
    Recall(Option<Key>),
    /// Start again: everything in front of it is done, and what was published has been given a
    /// second to leave. The next [`crate::Start::reset`] is [`wire::Reset::Asked`].
    Restart,
}

/// On which topic a payload goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// `up/hello`, retained.
    Hello,
    /// `up/frame`, not retained.
    Frame,
    /// `up/result`, not retained.
    Result,
}

#[derive(Clone, Copy, Debug)]
struct LampOut {
    channel: Id,
    level_pct: u8,
    fade_ms: u32,
}

impl Out {
    /// Nothing to do.
    pub const fn new() -> Self {
        Self {
            lamps: Vec::new(),
            saved: None,
            stored: None,
            keeps: Vec::new(),
            publishes: Vec::new(),
            bytes: Vec::new(),
            forget: None,
            recall: None,
            restart: false,
        }
    }

    /// What to do, in the order in which [`Action`] names it: no lamp waits for the flash, and nothing
    /// is told before it is kept.
    pub fn actions(&self) -> impl Iterator<Item = Action<'_>> {
        let saved = self.saved.iter().map(|bytes| Action::Save(bytes));
        let stored = self.stored.iter().map(|bytes| Action::Store(bytes));
        let keeps = self.keeps.iter().filter_map(|range| self.bytes.get(range.clone()));
        let lamps = self.lamps.iter().map(|lamp| Action::Lamp {
            channel: lamp.channel.as_str(),
            level_pct: lamp.level_pct,
            fade_ms: lamp.fade_ms,
        });
        let publishes = self.publishes.iter().filter_map(|(what, range)| {
            let payload = self.bytes.get(range.clone())?;
            Some(Action::Publish { what: *what, payload })
        });
        let kept = saved.chain(stored).chain(keeps.map(Action::Keep));
        let log = self.forget.map(Action::Forget).into_iter();
        let log = log.chain(self.recall.map(Action::Recall));
        let restart = self.restart.then_some(Action::Restart);
        lamps.chain(kept).chain(publishes).chain(log).chain(restart)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.actions().next().is_none()
    }

    pub(crate) fn clear(&mut self) {
        self.lamps.clear();
        (self.saved, self.stored) = (None, None);
        self.keeps.clear();
        self.publishes.clear();
        self.bytes.clear();
        (self.forget, self.recall, self.restart) = (None, None, false);
    }

    pub(crate) fn save(&mut self, bytes: Vec<u8, SAVED_BYTES_MAX>) {
        self.saved = Some(bytes);
    }

    pub(crate) fn store(&mut self, bytes: Vec<u8, STORED_BYTES_MAX>) {
        self.stored = Some(bytes);
    }

    /// A record for the log. Records come before payloads, and [`OUT_BYTES`] has room for all.
    pub(crate) fn keep(&mut self, record: &[u8]) {
        let start = self.bytes.len();
        if self.bytes.extend_from_slice(record).is_ok() {
            let _ = self.keeps.push(start..start + record.len());
        }
    }

    pub(crate) fn forget(&mut self, key: Key) {
        self.forget = Some(key);
    }

    pub(crate) fn recall(&mut self, after: Option<Key>) {
        self.recall = Some(after);
    }

    pub(crate) fn restart(&mut self) {
        self.restart = true;
    }

    /// The last word about a channel within one call is the only one.
    pub(crate) fn lamp(&mut self, channel: Id, level_pct: u8, fade_ms: u32) {
        let wanted = LampOut { channel, level_pct, fade_ms };
        match self.lamps.iter_mut().find(|lamp| lamp.channel == channel) {
            Some(lamp) => *lamp = wanted,
            // One entry per lamp channel, which is the capacity.
            None => drop(self.lamps.push(wanted)),
        }
    }

    /// Whether a channel is driven by this call.
    pub(crate) fn drives(&self, channel: &Id) -> bool {
        self.lamps.iter().any(|lamp| lamp.channel == *channel)
    }

    /// Whether one more payload of `len` bytes fits.
    pub(crate) fn publish(
        &mut self,
        what: What,
        emit: impl FnOnce(&mut [u8]) -> Result<usize, Full>,
    ) -> Result<(), Full> {
        if self.publishes.is_full() {
            return Err(Full);
        }
        let start = self.bytes.len();
        // Room for all; what is not used is cut off again.
        self.bytes.resize(OUT_BYTES, 0).map_err(|_| Full)?;
        let written = emit(&mut self.bytes[start..]);
        self.bytes.truncate(start + *written.as_ref().unwrap_or(&0));
        let range = start..start + written?;
        // Checked above.
        let _ = self.publishes.push((what, range));
        Ok(())
    }
}
