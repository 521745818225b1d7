//! The frame log of the board as the brain sees it: a queue of records in flash that outlives a
//! power cut.
//!
//! A record goes in at one end with [`crate::Action::Keep`], is read again with
//! [`crate::Action::Recall`], and leaves at the other end: asked for with
//! [`crate::Action::Forget`], or because the flash is full ([`crate::Input::Shed`]). The board knows of a
//! record its [`Key`] and nothing else.

/// Which record: records lie in the log in this order, without two of the same key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Restart counter of the node that made it.
    pub boot: u32,
    /// Frame counter within that boot, from 1.
    pub seq: u32,
}

/// What the log holds when a node starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogState {
    /// The oldest and the newest record; `None` when there is none.
    pub held: Option<(Key, Key)>,
}

/// Bytes of a [`Key`] at the beginning of every record: `boot`, then `seq`, little endian.
pub const KEY_BYTES: usize = 8;

impl Key {
    /// The key of a record; `None` when the bytes are none.
    pub fn of(record: &[u8]) -> Option<Self> {
        let (boot, rest) = record.split_first_chunk::<4>()?;
        let (seq, _) = rest.split_first_chunk::<4>()?;
        Some(Self { boot: u32::from_le_bytes(*boot), seq: u32::from_le_bytes(*seq) })
    }
}
