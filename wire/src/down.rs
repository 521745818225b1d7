//! `down/…`: what the agent tells a node.
//!
//! | topic | payload | means |
//! |---|---|---|
//! | `down/ack` | `{"v":1,"boot":3,"seq":57}` | everything up to here is committed; the node may forget it |
//! | `down/desired` | see [`Desired`] | retained: what the lamps should do, and what to do alone |
//! | `down/lease` | `{"v":1,"t":1789000000000,"lease_ms":90000}` | the agent is still here, and this is the time |

use crate::hello::CHANNELS_MAX;
use crate::json::{self, Full, Reader, Writer};
use crate::refusal::Refusal;
use crate::{VERSION, id};
use heapless::Vec;

/// Cumulative: every frame of `boot` up to and including `seq` is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ack {
    /// The boot that is meant; an acknowledgement of another boot means nothing to a node.
    pub boot: u32,
    /// Last frame of the unbroken row.
    pub seq: u32,
}

/// "I am still here", and the time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// Now, ms UTC.
    pub t: i64,
    /// How long the node goes on obeying without hearing from the agent again, in ms.
    pub lease_ms: u32,
}

/// What the lamps should do. Versioned and absolute: hearing it twice changes nothing.
///
/// ```json
/// {"v":1,"ver":12,"boot":3,
///  "lamps":{"window":{"level_pct":40,"fade_ms":2000,"presses":2}},
///  "alone":{"hold_ms":600000,"auto_pct":50,"full_pct":100,"dark_lx":300}}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired<'a> {
    /// Rises with every change; a node ignores an older one.
    pub version: u64,
    /// The boot whose `presses` are meant.
    pub boot: u32,
    /// Per lamp channel.
    pub lamps: Vec<LampDesired<'a>, CHANNELS_MAX>,
    /// What to do when the lease runs out.
    pub alone: Alone,
}

/// What one lamp channel should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LampDesired<'a> {
    /// Which lamps.
    pub channel: &'a str,
    /// Light output, 0 to 100 %.
    pub level_pct: u8,
    /// How long the change may take, in ms.
    pub fade_ms: u32,
    /// Wall-switch presses that the agent had seen when it decided. A node that counts more obeys
    /// its wall switch instead.
    pub presses: u32,
}

/// What a node does when nobody tells it anything: fail to light, not to dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alone {
    /// Stays lit so long after the last movement, in ms.
    pub hold_ms: u32,
    /// Level at which lamps go on by themselves, 0 to 100 %.
    pub auto_pct: u8,
    /// Level of a press of the wall switch, 0 to 100 %.
    pub full_pct: u8,
    /// Above this illuminance lamps do not go on by themselves, in lx.
    pub dark_lx: u32,
}

impl Default for Alone {
    /// 10 min hold and half level: `docs/adr/0006`, after IECC C405.2.1 and ASHRAE 90.1-2016 9.4.1.1;
    /// 300 lx at the desk after GB 7793-2010.
    fn default() -> Self {
        Self { hold_ms: 600_000, auto_pct: 50, full_pct: 100, dark_lx: 300 }
    }
}

impl Ack {
    /// Reads a payload.
    ///
    /// # Errors
    /// A [`Refusal`] with its reason.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        json::parse(bytes, |reader| {
            let (mut v, mut boot, mut seq) = (None, None, None);
            reader.object(|key, value| match key {
                "v" => json::version(value).and_then(|()| json::once(&mut v, ())),
                "boot" => value.unsigned32("boot").and_then(|x| json::once(&mut boot, x)),
                "seq" => value.unsigned32("seq").and_then(|x| json::once(&mut seq, x)),
                _ => value.skip(),
            })?;
            v.ok_or(Refusal::MissingKey("v"))?;
            Ok(Self {
                boot: boot.ok_or(Refusal::MissingKey("boot"))?,
                seq: seq.ok_or(Refusal::MissingKey("seq"))?,
            })
        })
    }

    /// Writes the payload into `out` and says how long it is.
    ///
    /// # Errors
    /// [`Full`] when `out` is too small; 64 bytes always suffice.
    pub fn emit(&self, out: &mut [u8]) -> Result<usize, Full> {
        let mut w = Writer::new(out);
        w.open('{');
        w.field("v", VERSION);
        w.field("boot", self.boot);
        w.field("seq", self.seq);
        w.close('}');
        w.finish()
    }
}

impl Lease {
    /// Reads a payload.
    ///
    /// # Errors
    /// A [`Refusal`] with its reason.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        json::parse(bytes, |reader| {
            let (mut v, mut t, mut lease_ms) = (None, None, None);
            reader.object(|key, value| match key {
                "v" => json::version(value).and_then(|()| json::once(&mut v, ())),
                "t" => value
                    .unsigned("t", 9_000_000_000_000)
                    .and_then(|x| json::once(&mut t, x as i64)),
                "lease_ms" => {
                    value.unsigned32("lease_ms").and_then(|x| json::once(&mut lease_ms, x))
                }
                _ => value.skip(),
            })?;
            v.ok_or(Refusal::MissingKey("v"))?;
            Ok(Self {
                t: t.ok_or(Refusal::MissingKey("t"))?,
                lease_ms: lease_ms.ok_or(Refusal::MissingKey("lease_ms"))?,
            })
        })
    }

    /// Writes the payload into `out` and says how long it is.
    ///
    /// # Errors
    /// [`Full`] when `out` is too small; 96 bytes always suffice.
    pub fn emit(&self, out: &mut [u8]) -> Result<usize, Full> {
        let mut w = Writer::new(out);
        w.open('{');
        w.field("v", VERSION);
        w.field("t", self.t);
        w.field("lease_ms", self.lease_ms);
        w.close('}');
        w.finish()
    }
}

impl<'a> Desired<'a> {
    /// Reads a payload.
    ///
    /// # Errors
    /// A [`Refusal`] with its reason.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        json::parse(bytes, |reader| {
            let (mut v, mut version, mut boot) = (None, None, None);
            let (mut lamps, mut alone) = (None, None);
            reader.object(|key, value| match key {
                "v" => json::version(value).and_then(|()| json::once(&mut v, ())),
                "ver" => value
                    .unsigned("ver", 9_000_000_000_000)
                    .and_then(|x| json::once(&mut version, x)),
                "boot" => value.unsigned32("boot").and_then(|x| json::once(&mut boot, x)),
                "lamps" => read_lamps(value).and_then(|x| json::once(&mut lamps, x)),
                "alone" => read_alone(value).and_then(|x| json::once(&mut alone, x)),
                _ => value.skip(),
            })?;
            v.ok_or(Refusal::MissingKey("v"))?;
            Ok(Self {
                version: version.ok_or(Refusal::MissingKey("ver"))?,
                boot: boot.ok_or(Refusal::MissingKey("boot"))?,
                lamps: lamps.ok_or(Refusal::MissingKey("lamps"))?,
                alone: alone.unwrap_or_default(),
            })
        })
    }

    /// Writes the payload into `out` and says how long it is.
    ///
    /// # Errors
    /// [`Full`] when `out` is too small; 1,024 bytes always suffice.
    pub fn emit(&self, out: &mut [u8]) -> Result<usize, Full> {
        let mut w = Writer::new(out);
        w.open('{');
        w.field("v", VERSION);
        w.field("ver", self.version);
        w.field("boot", self.boot);
        w.key("lamps");
        w.open('{');
        for lamp in &self.lamps {
            w.key(lamp.channel);
            w.open('{');
            w.field("level_pct", lamp.level_pct);
            w.field("fade_ms", lamp.fade_ms);
            w.field("presses", lamp.presses);
            w.close('}');
        }
        w.close('}');
        w.key("alone");
        w.open('{');
        w.field("hold_ms", self.alone.hold_ms);
        w.field("auto_pct", self.alone.auto_pct);
        w.field("full_pct", self.alone.full_pct);
        w.field("dark_lx", self.alone.dark_lx);
        w.close('}');
        w.close('}');
        w.finish()
    }
}

fn read_lamps<'a>(reader: &mut Reader<'a>) -> Result<Vec<LampDesired<'a>, CHANNELS_MAX>, Refusal> {
    let mut lamps: Vec<LampDesired<'a>, CHANNELS_MAX> = Vec::new();
    if !reader.at_object() {
        return Err(Refusal::BadValue("lamps"));
    }
    reader.object(|channel, value| {
        id::check(channel).map_err(|_| Refusal::BadChannel)?;
        if !value.at_object() {
            return Err(Refusal::BadValue("lamps"));
        }
        let (mut level, mut fade, mut presses) = (None, None, None);
        value.object(|key, value| match key {
            "level_pct" => {
                value.unsigned("level_pct", 100).and_then(|x| json::once(&mut level, x as u8))
            }
            "fade_ms" => value.unsigned32("fade_ms").and_then(|x| json::once(&mut fade, x)),
            "presses" => value.unsigned32("presses").and_then(|x| json::once(&mut presses, x)),
            _ => value.skip(),
        })?;
        if lamps.iter().any(|lamp| lamp.channel == channel) {
            return Err(Refusal::DuplicateKey);
        }
        let lamp = LampDesired {
            channel,
            level_pct: level.ok_or(Refusal::MissingKey("level_pct"))?,
            fade_ms: fade.unwrap_or(0),
            presses: presses.unwrap_or(0),
        };
        lamps.push(lamp).map_err(|_| Refusal::BadValue("lamps"))
    })?;
    Ok(lamps)
}

fn read_alone(reader: &mut Reader<'_>) -> Result<Alone, Refusal> {
    let mut alone = Alone::default();
    if !reader.at_object() {
        return Err(Refusal::BadValue("alone"));
    }
    reader.object(|key, value| {
        match key {
            "hold_ms" => alone.hold_ms = value.unsigned32("hold_ms")?,
            "auto_pct" => alone.auto_pct = value.unsigned("auto_pct", 100)? as u8,
            "full_pct" => alone.full_pct = value.unsigned("full_pct", 100)? as u8,
            "dark_lx" => alone.dark_lx = value.unsigned32("dark_lx")?,
            _ => value.skip()?,
        }
        Ok(())
    })?;
    Ok(alone)
}
