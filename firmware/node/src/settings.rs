//! What a node is provisioned with, and the numbers of its behaviour.

use wire::hello::{CHANNELS_MAX, TEXT_BYTES_MAX};
use wire::{Id, PowerOn, Reset};

/// A short text of printable ASCII, shown in the hello.
pub type Text = heapless::String<TEXT_BYTES_MAX>;

/// What a node is provisioned with. [`Settings::new`] fills in the shipped numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Firmware version.
    pub firmware: Text,
    /// Hardware it runs on.
    pub board: Text,
    /// What it was provisioned as.
    pub profile: Text,
    /// Why it started this time, where [`crate::Start`] does not tell.
    pub reset: Reset,
    /// Lamp channels, in their order.
    pub lamps: heapless::Vec<Id, CHANNELS_MAX>,
    /// What the lamps do when the supply comes.
    pub power_on: PowerOn,
    /// Boot counter when nothing was saved, or what was saved is damaged. A board with a source of
    /// randomness gives a random number: a counter that starts at 1 again repeats old keys.
    pub first_boot: u32,
    /// Everything is reported at least so often, ms.
    pub report_interval_ms: u32,
    /// At least so long between two reports of changes, ms; movement, presses and lamp faults do
    /// not wait.
    pub change_spacing_ms: u32,
    /// A frame that was not acknowledged is sent again after this, ms; then after twice that, and
    /// so on up to [`crate::limits::RESEND_MS_MAX`].
    pub resend_ms: u32,
    /// Registers are saved at least so often while they change, ms.
    pub save_interval_ms: u32,
    /// A sensor that is polled and has said nothing for so long is reported as silent, ms.
    pub silent_after_ms: u32,
}

/// Why a node cannot be provisioned like that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadSettings {
    /// A text is longer than 32 bytes or holds something else than printable ASCII without `"`
    /// and `\`.
    Text,
    /// A lamp channel is no identifier, comes twice, or is one too many.
    Lamps,
}

impl core::fmt::Display for BadSettings {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Text => "a text is too long or not plain",
            Self::Lamps => "a lamp channel is none",
        })
    }
}

impl Settings {
    /// The shipped behaviour for a node with these texts and lamp channels.
    ///
    /// # Errors
    /// [`BadSettings`] says what is wrong.
    pub fn new(
        firmware: &str,
        board: &str,
        profile: &str,
        lamps: &[&str],
    ) -> Result<Self, BadSettings> {
        let mut channels = heapless::Vec::new();
        for lamp in lamps {
            let id = Id::new(lamp).map_err(|_| BadSettings::Lamps)?;
            if channels.contains(&id) || channels.push(id).is_err() {
                return Err(BadSettings::Lamps);
            }
        }
        let (firmware, board, profile) = (text(firmware)?, text(board)?, text(profile)?);
        Ok(Self { firmware, board, profile, lamps: channels, ..Self::blank() })
    }

    /// The shipped behaviour of a node without texts and lamps.
    pub(crate) const fn blank() -> Self {
        Self {
            firmware: Text::new(),
            board: Text::new(),
            profile: Text::new(),
            reset: Reset::PowerOn,
            lamps: heapless::Vec::new(),
            power_on: PowerOn::Last,
            first_boot: 1,
            // `docs/adr`: half of what the agent waits before it calls a sensor stale (150 s).
            report_interval_ms: 60_000,
            change_spacing_ms: 2_000,
            // The agent commits within a second and the network needs far less: 5 s is a loss.
            resend_ms: 5_000,
            // 105,000 writes of 200 B a year are 21 MB: nothing to 64 kB of levelled flash.
            save_interval_ms: 300_000,
            // Three reports of 60 s.
            silent_after_ms: 180_000,
        }
    }
}

pub(crate) fn text(text: &str) -> Result<Text, BadSettings> {
    let plain = |byte: u8| matches!(byte, 0x20..=0x7e) && byte != b'"' && byte != b'\\';
    if !text.bytes().all(plain) {
        return Err(BadSettings::Text);
    }
    Text::try_from(text).map_err(|_| BadSettings::Text)
}
