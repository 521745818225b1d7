//! What a node asks its board to do: output is data.

use crate::limits::{OUT_BYTES, PUBLISHES_MAX, SAVED_BYTES_MAX};
use core::ops::Range;
use heapless::Vec;
use wire::hello::CHANNELS_MAX;
use wire::{Full, Id};

/// What one call of [`crate::Node::handle`] asks for. One `Out` is used for every call: each call
/// empties it first.
#[derive(Clone, Debug, Default)]
pub struct Out {
    saved: Option<Vec<u8, SAVED_BYTES_MAX>>,
    lamps: Vec<LampOut, CHANNELS_MAX>,
    publishes: Vec<(What, Range<usize>), PUBLISHES_MAX>,
    bytes: Vec<u8, OUT_BYTES>,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Keep these bytes through a power cut, in place of the last ones, and give them to
    /// [`crate::Node::new`] at the next start. Done before anything is published.
    Save(&'a [u8]),
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
    /// Publish with QoS 1 on the topic of `what`, in this order. While disconnected nothing is
    /// asked for, and nothing needs to be queued: the node keeps it.
    Publish {
        /// Which topic.
        what: What,
        /// Bytes of the payload.
        payload: &'a [u8],
    },
}

/// On which topic a payload goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// `up/hello`, retained.
    Hello,
    /// `up/frame`, not retained.
    Frame,
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
        Self { saved: None, lamps: Vec::new(), publishes: Vec::new(), bytes: Vec::new() }
    }

    /// What to do, in this order: save, then lamps, then publish.
    pub fn actions(&self) -> impl Iterator<Item = Action<'_>> {
        let saved = self.saved.iter().map(|bytes| Action::Save(bytes));
        let lamps = self.lamps.iter().map(|lamp| Action::Lamp {
            channel: lamp.channel.as_str(),
            level_pct: lamp.level_pct,
            fade_ms: lamp.fade_ms,
        });
        let publishes = self.publishes.iter().filter_map(|(what, range)| {
            let payload = self.bytes.get(range.clone())?;
            Some(Action::Publish { what: *what, payload })
        });
        saved.chain(lamps).chain(publishes)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.actions().next().is_none()
    }

    pub(crate) fn clear(&mut self) {
        self.saved = None;
        self.lamps.clear();
        self.publishes.clear();
        self.bytes.clear();
    }

    pub(crate) fn save(&mut self, bytes: Vec<u8, SAVED_BYTES_MAX>) {
        self.saved = Some(bytes);
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
