//! `up/hello`, retained: who a node is. The same topic is its will, with `online` false.
//!
//! ```json
//! {"v":1,"boot":3,"online":true,"firmware":"0.1.0","board":"sim","profile":"classroom",
//!  "reset":"power_on","channels":["window","inner","board"]}
//! ```
//! The will is `{"v":1,"boot":3,"online":false}`: it carries the boot, so that a will that
//! arrives after the node has come back is known to be stale.
//!
//! How the node is stands in optional keys beside, read and written as a [`Condition`]:
//!
//! | key | means | absent |
//! |---|---|---|
//! | `panic` | last words of the firmware before this start, at most 96 B of printable ASCII | none |
//! | `mode` | `core`: it kept crashing, and now runs lamps, wall switches and network only | normal |
//! | `settings` | version of the run-time settings in force; 0: what was stored is damaged, the shipped ones are | shipped, nothing was stored |
//! | `energy_lost_wh_max` | energy that the end of the last boot may have cost the node's own registers, Wh | none |
//! | `refused` | payloads on `down/…` refused since the start | none |
//! | `untold` | frames of earlier boots given up that no loss record tells | none |

use crate::json::{self, Full, Reader, Writer};
use crate::refusal::Refusal;
use crate::{VERSION, id};
use heapless::Vec;

/// Most lamp channels of one node: four wall-switched groups is more than any classroom has.
pub const CHANNELS_MAX: usize = 4;

/// Longest last words, in bytes.
pub const PANIC_BYTES_MAX: usize = 96;

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

/// How a node is: the keys of a hello that came later. Each is told only when there is something
/// to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Condition<'a> {
    /// Last words of the firmware before this start: printable ASCII without `"` and `\`, at most
    /// [`PANIC_BYTES_MAX`].
    pub panic: Option<&'a str>,
    /// How much of its work it does.
    pub mode: Mode,
    /// Version of the run-time settings in force; `None` for the shipped ones; 0 when what was
    /// stored is damaged, and the shipped ones are in force.
    pub settings: Option<u32>,
    /// Energy that the end of the last boot may have cost the registers that the node counts
    /// itself, Wh over all of them.
    pub energy_lost_wh_max: Option<u32>,
    /// Payloads on `down/…` refused since the start.
    pub refused: u32,
    /// Frames of earlier boots that were given up and that no loss record tells.
    pub untold: u32,
}

/// How much of its work a node does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// All of it.
    #[default]
    Normal,
    /// It kept crashing: lamps, wall switches, network and commands only.
    Core,
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
        self.emit_with(&Condition::default(), out)
    }

    /// Writes the payload with the keys of `condition` into `out` and says how long it is. A will
    /// has none of them.
    ///
    /// # Errors
    /// [`Full`] when `out` is too small; 768 bytes always suffice.
    pub fn emit_with(&self, condition: &Condition<'_>, out: &mut [u8]) -> Result<usize, Full> {
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
            condition.fields(&mut w);
        }
        w.close('}');
        w.finish()
    }
}

impl<'a> Condition<'a> {
    /// Reads it from the payload of a hello. Every other key is left to [`Hello::parse`]. A `mode`
    /// that this program does not know is read as normal.
    ///
    /// # Errors
    /// A [`Refusal`] with its reason.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        json::parse(bytes, |reader| {
            let (mut v, mut panic, mut mode, mut settings) = (None, None, None, None);
            let (mut lost, mut refused, mut untold) = (None, None, None);
            reader.object(|key, value| match key {
                "v" => json::version(value).and_then(|()| json::once(&mut v, ())),
                "panic" => printable(value, "panic", PANIC_BYTES_MAX)
                    .and_then(|x| json::once(&mut panic, x)),
                "mode" => plain(value, "mode").and_then(|x| json::once(&mut mode, x)),
                "settings" => {
                    value.unsigned32("settings").and_then(|x| json::once(&mut settings, x))
                }
                "energy_lost_wh_max" => {
                    value.unsigned32("energy_lost_wh_max").and_then(|x| json::once(&mut lost, x))
                }
                "refused" => value.unsigned32("refused").and_then(|x| json::once(&mut refused, x)),
                "untold" => value.unsigned32("untold").and_then(|x| json::once(&mut untold, x)),
                _ => value.skip(),
            })?;
            v.ok_or(Refusal::MissingKey("v"))?;
            Ok(Self {
                panic,
                mode: if mode == Some(Mode::Core.name()) { Mode::Core } else { Mode::Normal },
                settings,
                energy_lost_wh_max: lost,
                refused: refused.unwrap_or(0),
                untold: untold.unwrap_or(0),
            })
        })
    }

    fn fields(&self, w: &mut Writer<'_>) {
        if let Some(panic) = self.panic {
            w.text_field("panic", panic);
        }
        if self.mode != Mode::Normal {
            w.text_field("mode", self.mode.name());
        }
        if let Some(settings) = self.settings {
            w.field("settings", settings);
        }
        if let Some(lost) = self.energy_lost_wh_max {
            w.field("energy_lost_wh_max", lost);
        }
        if self.refused > 0 {
            w.field("refused", self.refused);
        }
        if self.untold > 0 {
            w.field("untold", self.untold);
        }
    }
}

impl Mode {
    /// The name on the wire; normal is not told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Core => "core",
        }
    }
}

/// A short text of printable ASCII: it is shown on terminals.
fn plain<'a>(value: &mut Reader<'a>, key: &'static str) -> Result<&'a str, Refusal> {
    printable(value, key, TEXT_BYTES_MAX)
}

fn printable<'a>(
    value: &mut Reader<'a>,
    key: &'static str,
    max: usize,
) -> Result<&'a str, Refusal> {
    let text = value.short_text(key, max)?;
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
