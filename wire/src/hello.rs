//! `up/hello`, retained: who a node is. The same topic is its will, with `online` false.
//!
//! ```json
//! {"v":1,"boot":3,"online":true,"firmware":"0.1.0","board":"sim","profile":"classroom",
//!  "reset":"power_on","channels":["window","inner","board"]}
//! ```
//! The will is `{"v":1,"boot":3,"online":false}`: it carries the boot, so that a will that
//! arrives after the node has come back is known to be stale.

use crate::json::{self, Full, Reader, Writer};
use crate::refusal::Refusal;
use crate::{VERSION, id};
use heapless::Vec;

/// Most lamp channels of one node: four wall-switched groups is more than any classroom has.
pub const CHANNELS_MAX: usize = 4;

/// Longest text in a hello, in bytes.
pub const TEXT_BYTES_MAX: usize = 32;

/// Who a node is, or that it has gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello<'a> {
    /// Restart counter.
    pub boot: u32,
    /// False in the will.
    pub online: bool,
    /// Firmware version; empty in a will.
    pub firmware: &'a str,
    /// Hardware it is built on; empty in a will.
    pub board: &'a str,
    /// What the node was provisioned as; empty in a will.
    pub profile: &'a str,
    /// Why it started.
    pub reset: Reset,
    /// Lamp channels it drives, in their order.
    pub channels: Vec<&'a str, CHANNELS_MAX>,
}

/// Why a node started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reset {
    /// Not told, or a reason that this program does not know.
    Unknown,
    /// The supply came.
    PowerOn,
    /// The watchdog bit.
    Watchdog,
    /// The firmware panicked.
    Panic,
    /// Somebody asked for it.
    Asked,
    /// A new firmware was started.
    Update,
}

impl Reset {
    const ALL: [Self; 6] =
        [Self::Unknown, Self::PowerOn, Self::Watchdog, Self::Panic, Self::Asked, Self::Update];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::PowerOn => "power_on",
            Self::Watchdog => "watchdog",
            Self::Panic => "panic",
            Self::Asked => "asked",
            Self::Update => "update",
        }
    }

    fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|reset| reset.name() == name).unwrap_or(Self::Unknown)
    }
}

impl<'a> Hello<'a> {
    /// What the broker says for a node of this boot when its connection breaks.
    pub const fn will(boot: u32) -> Self {
        Self {
            boot,
            online: false,
            firmware: "",
            board: "",
            profile: "",
            reset: Reset::Unknown,
            channels: Vec::new(),
        }
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// A [`Refusal`] with its reason.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        json::parse(bytes, Self::read)
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, Refusal> {
        let (mut v, mut boot, mut online, mut reset) = (None, None, None, None);
        let (mut firmware, mut board, mut profile) = (None, None, None);
        let mut channels = None;
        reader.object(|key, value| match key {
            "v" => json::version(value).and_then(|()| json::once(&mut v, ())),
            "boot" => value.unsigned32("boot").and_then(|x| json::once(&mut boot, x)),
            "online" => value.truth("online").and_then(|x| json::once(&mut online, x)),
            "firmware" => plain(value, "firmware").and_then(|x| json::once(&mut firmware, x)),
            "board" => plain(value, "board").and_then(|x| json::once(&mut board, x)),
            "profile" => plain(value, "profile").and_then(|x| json::once(&mut profile, x)),
            "reset" => plain(value, "reset").and_then(|x| json::once(&mut reset, x)),
            "channels" => read_channels(value).and_then(|x| json::once(&mut channels, x)),
            _ => value.skip(),
        })?;
        v.ok_or(Refusal::MissingKey("v"))?;
        Ok(Self {
            boot: boot.ok_or(Refusal::MissingKey("boot"))?,
            online: online.ok_or(Refusal::MissingKey("online"))?,
            firmware: firmware.unwrap_or(""),
            board: board.unwrap_or(""),
            profile: profile.unwrap_or(""),
            reset: reset.map_or(Reset::Unknown, Reset::from_name),
            channels: channels.unwrap_or_default(),
        })
    }

    /// Writes the payload into `out` and says how long it is.
    ///
    /// # Errors
    /// [`Full`] when `out` is too small; 512 bytes always suffice.
    pub fn emit(&self, out: &mut [u8]) -> Result<usize, Full> {
        let mut w = Writer::new(out);
        w.open('{');
        w.field("v", VERSION);
        w.field("boot", self.boot);
        w.field("online", self.online);
        if self.online {
            w.text_field("firmware", self.firmware);
            w.text_field("board", self.board);
            w.text_field("profile", self.profile);
            w.text_field("reset", self.reset.name());
            w.key("channels");
            w.open('[');
            for channel in &self.channels {
                w.text_item(channel);
            }
            w.close(']');
        }
        w.close('}');
        w.finish()
    }
}

/// A short text of printable ASCII: it is shown on terminals.
fn plain<'a>(value: &mut Reader<'a>, key: &'static str) -> Result<&'a str, Refusal> {
    let text = value.short_text(key, TEXT_BYTES_MAX)?;
    let printable = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if printable { Ok(text) } else { Err(Refusal::BadValue(key)) }
}

fn read_channels<'a>(value: &mut Reader<'a>) -> Result<Vec<&'a str, CHANNELS_MAX>, Refusal> {
    let mut channels: Vec<&'a str, CHANNELS_MAX> = Vec::new();
    value.list(|item| {
        let channel = item.short_text("channels", id::ID_BYTES_MAX)?;
        id::check(channel).map_err(|_| Refusal::BadChannel)?;
        if channels.contains(&channel) {
            return Err(Refusal::DuplicateKey);
        }
        channels.push(channel).map_err(|_| Refusal::BadValue("channels"))
    })?;
    Ok(channels)
}
