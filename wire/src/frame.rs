//! `up/frame`: readings of one moment, with the key that makes them count once.
//!
//! ```json
//! {"v":1,"boot":3,"seq":57,"o":55,"t":1789000000000,"up":123456,
//!  "r":{"motion":1,"illuminance_lx":312.5,"energy_wh.window":10422,"co2_ppm":{"no":"silent"}}}
//! ```
//!
//! | key | means |
//! |---|---|
//! | `boot`, `seq` | restart counter of the node; frame counter within that boot, from 1. Together the idempotency key |
//! | `o` | oldest frame the node still holds unacknowledged; absent from senders that keep none: then `seq` |
//! | `t` | when it was measured, ms UTC; absent until the node knows the time |
//! | `up` | when it was measured, ms since boot |
//! | `sent` | when it was sent, ms since boot; absent when at once |
//! | `lost` | a loss record: `n` frames, `from` to `to`, were given up before anybody acknowledged them |
//! | `r` | readings: `quantity` or `quantity.channel` to a number or `{"no": reason}` |

use crate::json::{self, Full, Reader, Scalar, Writer};
use crate::quantity::{NoReading, Quantity, Sample, Value};
use crate::refusal::Refusal;
use crate::{VERSION, id};
use heapless::Vec;

/// Most readings in one frame: four lamp channels of five quantities, and four sensors.
pub const READINGS_MAX: usize = 24;

/// One encoded unit on the wire. Borrowed from the payload it was parsed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Restart counter of the node.
    pub boot: u32,
    /// Frame counter within the boot, from 1.
    pub seq: u32,
    /// Oldest frame that the node still holds; nothing below comes again.
    pub oldest: u32,
    /// Moment of measurement, ms UTC, where the node knows it.
    pub t: Option<i64>,
    /// Moment of measurement, ms since boot.
    pub up: u64,
    /// Moment of sending, ms since boot.
    pub sent: u64,
    /// Frames given up.
    pub lost: Option<Loss>,
    /// What was measured.
    pub readings: Vec<Reading<'a>, READINGS_MAX>,
    /// Readings of quantities that this program does not know; they are not in `readings`.
    pub unknown: u8,
}

/// "I lost `n` frames between `from` and `to`": the frames `from..=to` of this boot are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Loss {
    /// First lost frame.
    pub from: u32,
    /// Last lost frame.
    pub to: u32,
}

impl Loss {
    /// How many frames were lost.
    pub const fn count(self) -> u32 {
        self.to - self.from + 1
    }
}

/// A quantity, on which channel, and its value or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading<'a> {
    /// What was measured.
    pub quantity: Quantity,
    /// Which lamp group, circuit or sensor of the node; empty where there is only one.
    pub channel: &'a str,
    /// The value, already within the quantity's range.
    pub sample: Sample,
}

impl<'a> Frame<'a> {
    /// Reads a payload.
    ///
    /// A value outside its quantity's range becomes [`NoReading::OutOfRange`]: one bad sensor
    /// must not cost the other readings. A quantity that is not known is counted in
    /// [`Frame::unknown`].
    ///
    /// # Errors
    /// A [`Refusal`] with its reason; nothing of a refused payload is used.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        json::parse(bytes, Self::read)
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, Refusal> {
        let (mut v, mut boot, mut seq, mut oldest) = (None, None, None, None);
        let (mut t, mut up, mut sent, mut lost) = (None, None, None, None);
        let mut readings: Option<(Vec<Reading<'a>, READINGS_MAX>, u8)> = None;
        reader.object(|key, value| match key {
            "v" => json::version(value).and_then(|()| json::once(&mut v, ())),
            "boot" => value.unsigned32("boot").and_then(|x| json::once(&mut boot, x)),
            "seq" => value.unsigned32("seq").and_then(|x| json::once(&mut seq, x)),
            "o" => value.unsigned32("o").and_then(|x| json::once(&mut oldest, x)),
            "t" => value.unsigned("t", TIME_MS_MAX).and_then(|x| json::once(&mut t, x as i64)),
            "up" => value.unsigned("up", TIME_MS_MAX).and_then(|x| json::once(&mut up, x)),
            "sent" => value.unsigned("sent", TIME_MS_MAX).and_then(|x| json::once(&mut sent, x)),
            "lost" => read_loss(value).and_then(|x| json::once(&mut lost, x)),
            "r" => read_readings(value).and_then(|x| json::once(&mut readings, x)),
            _ => value.skip(),
        })?;
        v.ok_or(Refusal::MissingKey("v"))?;
        let seq = seq.ok_or(Refusal::MissingKey("seq"))?;
        let up = up.ok_or(Refusal::MissingKey("up"))?;
        let (readings, unknown) = readings.ok_or(Refusal::MissingKey("r"))?;
        let frame = Self {
            boot: boot.ok_or(Refusal::MissingKey("boot"))?,
            seq,
            oldest: oldest.unwrap_or(seq),
            t,
            up,
            sent: sent.unwrap_or(up),
            lost,
            readings,
            unknown,
        };
        frame.check()
    }

    /// The relations between the keys that no single key can tell.
    fn check(self) -> Result<Self, Refusal> {
        if self.seq == 0 {
            return Err(Refusal::BadValue("seq"));
        }
        if self.oldest == 0 || self.oldest > self.seq {
            return Err(Refusal::BadValue("o"));
        }
        if self.sent < self.up {
            return Err(Refusal::BadValue("sent"));
        }
        if self.lost.is_some_and(|lost| lost.to >= self.oldest) {
            return Err(Refusal::BadValue("lost"));
        }
        Ok(self)
    }

    /// Writes the payload into `out` and says how long it is.
    ///
    /// # Errors
    /// [`Full`] when `out` is too small; [`crate::PAYLOAD_BYTES_MAX`] always suffices.
    pub fn emit(&self, out: &mut [u8]) -> Result<usize, Full> {
        let mut w = Writer::new(out);
        w.open('{');
        w.field("v", VERSION);
        w.field("boot", self.boot);
        w.field("seq", self.seq);
        if self.oldest != self.seq {
            w.field("o", self.oldest);
        }
        if let Some(t) = self.t {
            w.field("t", t);
        }
        w.field("up", self.up);
        if self.sent != self.up {
            w.field("sent", self.sent);
        }
        if let Some(lost) = self.lost {
            w.key("lost");
            w.open('{');
            w.field("n", lost.count());
            w.field("from", lost.from);
            w.field("to", lost.to);
            w.close('}');
        }
        w.key("r");
        w.open('{');
        for reading in &self.readings {
            reading.emit(&mut w);
        }
        w.close('}');
        w.close('}');
        w.finish()
    }

    /// The reading of a quantity on a channel, where the frame has one.
    pub fn sample(&self, quantity: Quantity, channel: &str) -> Option<Sample> {
        let wanted = |r: &&Reading<'_>| r.quantity == quantity && r.channel == channel;
        self.readings.iter().find(wanted).map(|r| r.sample)
    }
}

impl Reading<'_> {
    fn emit(&self, w: &mut Writer<'_>) {
        match self.channel {
            "" => w.key(self.quantity.name()),
            channel => w.key(format_args!("{}.{channel}", self.quantity.name())),
        }
        match self.sample {
            Sample::Is(value) => w.item(value),
            Sample::No(reason) => {
                w.open('{');
                w.key("no");
                w.text_item(reason.name());
                w.close('}');
            }
        }
    }
}

/// Year 2255 in ms: far above any honest clock or uptime, far below what thousandths can hold.
const TIME_MS_MAX: u64 = 9_000_000_000_000;

fn read_loss(value: &mut Reader<'_>) -> Result<Loss, Refusal> {
    let (mut from, mut to) = (None, None);
    if !value.at_object() {
        return Err(Refusal::BadValue("lost"));
    }
    value.object(|key, value| match key {
        "from" => value.unsigned32("lost").and_then(|x| json::once(&mut from, x)),
        "to" => value.unsigned32("lost").and_then(|x| json::once(&mut to, x)),
        _ => value.skip(),
    })?;
    match (from, to) {
        (Some(from), Some(to)) if 0 < from && from <= to => Ok(Loss { from, to }),
        _ => Err(Refusal::BadValue("lost")),
    }
}

type Readings<'a> = (Vec<Reading<'a>, READINGS_MAX>, u8);

fn read_readings<'a>(value: &mut Reader<'a>) -> Result<Readings<'a>, Refusal> {
    let mut readings: Vec<Reading<'a>, READINGS_MAX> = Vec::new();
    let mut unknown = 0u8;
    if !value.at_object() {
        return Err(Refusal::BadValue("r"));
    }
    value.object(|key, value| {
        let (name, channel) = key.split_once('.').unwrap_or((key, ""));
        if key.contains('.') && id::check(channel).is_err() {
            return Err(Refusal::BadChannel);
        }
        let sample = read_sample(value)?;
        let Some(quantity) = Quantity::from_name(name) else {
            unknown = unknown.saturating_add(1);
            return Ok(());
        };
        let same = |r: &Reading<'_>| r.quantity == quantity && r.channel == channel;
        if readings.iter().any(same) {
            return Err(Refusal::DuplicateKey);
        }
        let reading = Reading { quantity, channel, sample: sample.checked(quantity) };
        readings.push(reading).map_err(|_| Refusal::TooManyReadings)
    })?;
    Ok((readings, unknown))
}

fn read_sample(value: &mut Reader<'_>) -> Result<Sample, Refusal> {
    if value.at_object() {
        let mut reason = None;
        value.object(|key, value| match key {
            "no" => {
                let name = value.short_text("no", 32).map_err(|_| Refusal::BadReading)?;
                let known = NoReading::from_name(name).ok_or(Refusal::BadReading)?;
                json::once(&mut reason, known)
            }
            _ => value.skip(),
        })?;
        return reason.map(Sample::No).ok_or(Refusal::BadReading);
    }
    match value.scalar("r") {
        Ok(Scalar::Number(number)) => Ok(match number.milli {
            Some(milli) => Sample::Is(Value::from_milli(milli)),
            None => Sample::No(NoReading::OutOfRange),
        }),
        Ok(Scalar::Bool(truth)) => Ok(Sample::Is(Value::from_whole(i64::from(truth)))),
        Ok(Scalar::Text(_)) | Err(Refusal::BadValue(_)) => Err(Refusal::BadReading),
        Err(refusal) => Err(refusal),
    }
}
