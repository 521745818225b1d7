//! `down/settings`, retained: how a node is to behave, versioned and whole.
//!
//! ```json
//! {"v":1,"ver":7,"power_on":"level","power_on_pct":30,"report_interval_ms":30000,
//!  "change_spacing_ms":2000,"silent_after_ms":180000,"save_interval_ms":300000}
//! ```
//! A key that is absent means the value that the node was shipped with: what is in force does not
//! depend on what was said before. One wrong value refuses the whole payload.

use crate::VERSION;
use crate::json::{self, Full, Reader, Writer};
use crate::refusal::Refusal;
use core::ops::RangeInclusive;

/// How often everything is reported, ms: every 5 s loads a broker of 300 nodes with 60 frames a
/// second; once an hour is the least that still tells a dead node from a quiet one.
pub const REPORT_INTERVAL_MS: RangeInclusive<u32> = 5_000..=3_600_000;

/// Between two reports of changes, ms.
pub const CHANGE_SPACING_MS: RangeInclusive<u32> = 100..=60_000;

/// After how long without a word a polled sensor is silent, ms. An SCD4x speaks every 5 s, and every
/// 30 s in its low power mode (Sensirion SCD4x datasheet, 3.5 and 3.8).
pub const SILENT_AFTER_MS: RangeInclusive<u32> = 10_000..=3_600_000;

/// Between two saves of registers, ms: every 30 s are a million writes of 200 B a year.
pub const SAVE_INTERVAL_MS: RangeInclusive<u32> = 30_000..=3_600_000;

/// How a node is to behave. `None` means as shipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Settings {
    /// From 1; a node ignores one that is not above that in force.
    pub version: u32,
    /// What the lamps do when the supply comes.
    pub power_on: Option<PowerOn>,
    /// Everything is reported at least so often, in ms; within [`REPORT_INTERVAL_MS`].
    pub report_interval_ms: Option<u32>,
    /// At least so long between two reports of changes, in ms; within [`CHANGE_SPACING_MS`].
    pub change_spacing_ms: Option<u32>,
    /// A polled sensor that said nothing for so long is silent, in ms; within [`SILENT_AFTER_MS`].
    pub silent_after_ms: Option<u32>,
    /// Registers are saved at least so often while they change, in ms; within
    /// [`SAVE_INTERVAL_MS`].
    pub save_interval_ms: Option<u32>,
}

/// What lamps do when the supply comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PowerOn {
    /// Stay dark.
    Off,
    /// Go to this level, 0 to 100 %.
    Level(u8),
    /// Go to the level that was saved last; dark when none was.
    #[default]
    Last,
    /// Stay dark until the light sensor has spoken, and go on when it says that it is dark; go on
    /// when it says nothing for 5 s.
    Daylight,
}

impl PowerOn {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Level(_) => "level",
            Self::Last => "last",
            Self::Daylight => "daylight",
        }
    }

    fn from_name(name: &str, level_pct: Option<u8>) -> Result<Self, Refusal> {
        match (name, level_pct) {
            ("off", None) => Ok(Self::Off),
            ("last", None) => Ok(Self::Last),
            ("daylight", None) => Ok(Self::Daylight),
            ("level", Some(level_pct)) => Ok(Self::Level(level_pct)),
            ("level", None) => Err(Refusal::MissingKey("power_on_pct")),
            ("off" | "last" | "daylight", Some(_)) => Err(Refusal::BadValue("power_on_pct")),
            _ => Err(Refusal::BadValue("power_on")),
        }
    }
}

impl Settings {
    /// Reads a payload.
    ///
    /// # Errors
    /// A [`Refusal`] with its reason; nothing of a refused payload is used.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        json::parse(bytes, Self::read)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Refusal> {
        let (mut v, mut version, mut name, mut level_pct) = (None, None, None, None);
        let mut read = Self::default();
        reader.object(|key, value| match key {
            "v" => json::version(value).and_then(|()| json::once(&mut v, ())),
            "ver" => value.unsigned32("ver").and_then(|x| json::once(&mut version, x)),
            "power_on" => value.short_text("power_on", 16).and_then(|x| json::once(&mut name, x)),
            "power_on_pct" => value
                .unsigned("power_on_pct", 100)
                .and_then(|x| json::once(&mut level_pct, x as u8)),
            "report_interval_ms" => within(
                value,
                "report_interval_ms",
                REPORT_INTERVAL_MS,
                &mut read.report_interval_ms,
            ),
            "change_spacing_ms" => {
                within(value, "change_spacing_ms", CHANGE_SPACING_MS, &mut read.change_spacing_ms)
            }
            "silent_after_ms" => {
                within(value, "silent_after_ms", SILENT_AFTER_MS, &mut read.silent_after_ms)
            }
            "save_interval_ms" => {
                within(value, "save_interval_ms", SAVE_INTERVAL_MS, &mut read.save_interval_ms)
            }
            _ => value.skip(),
        })?;
        v.ok_or(Refusal::MissingKey("v"))?;
        read.version = version.ok_or(Refusal::MissingKey("ver"))?;
        if read.version == 0 {
            return Err(Refusal::BadValue("ver"));
        }
        read.power_on = match (name, level_pct) {
            (Some(name), level_pct) => Some(PowerOn::from_name(name, level_pct)?),
            (None, Some(_)) => return Err(Refusal::MissingKey("power_on")),
            (None, None) => None,
        };
        Ok(read)
    }

    /// Writes the payload into `out` and says how long it is.
    ///
    /// # Errors
    /// [`Full`] when `out` is too small; 256 bytes always suffice.
    pub fn emit(&self, out: &mut [u8]) -> Result<usize, Full> {
        let mut w = Writer::new(out);
        w.open('{');
        w.field("v", VERSION);
        w.field("ver", self.version);
        if let Some(power_on) = self.power_on {
            w.text_field("power_on", power_on.name());
            if let PowerOn::Level(level_pct) = power_on {
                w.field("power_on_pct", level_pct);
            }
        }
        for (key, value) in [
            ("report_interval_ms", self.report_interval_ms),
            ("change_spacing_ms", self.change_spacing_ms),
            ("silent_after_ms", self.silent_after_ms),
            ("save_interval_ms", self.save_interval_ms),
        ] {
            if let Some(value) = value {
                w.field(key, value);
            }
        }
        w.close('}');
        w.finish()
    }
}

fn within(
    value: &mut Reader<'_>,
    key: &'static str,
    range: RangeInclusive<u32>,
    slot: &mut Option<u32>,
) -> Result<(), Refusal> {
    let read = value.unsigned32(key)?;
    if !range.contains(&read) {
        return Err(Refusal::BadValue(key));
    }
    json::once(slot, read)
}
