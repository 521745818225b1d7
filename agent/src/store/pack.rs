//! What the body of a log row looks like: small, exact, and checked.
//!
//! ```text
//! frame     flags 1B | up | [t] | [sent] | [oldest] | [lost] | [unknown 1B] | shape | readings
//! shape     number of the row of readings in the dictionary, or 0
//! readings  of a known shape: value after value, (number << 2 | form)
//!           of shape 0: count 1B, then (quantity << 2 | form) | channel length 1B | channel | number
//! form      0 whole units; 1 thousandths; 2 no-reading, its number; 3 tenths
//! ```
//! Numbers are LEB128 varints, signed ones zigzag. `t` is relative to when the agent got the frame,
//! `sent` to `up`, `oldest` to `seq`: what is usual takes one byte or none.
//! Every body ends with a CRC-32 over the whole row, so that a flipped bit is never believed.

use super::names::Dictionary;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use wire::{Frame, Loss, NoReading, Quantity, Reading, Sample, Value};

/// The columns of a log row beside its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub at_ms: i64,
    pub kind: u8,
    pub node: u32,
    pub boot: u32,
    pub seq: u32,
}

/// Why a row cannot be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// The checksum is wrong.
    Checksum,
    /// It ends too early.
    Short,
    /// Bytes follow its end.
    Long,
    /// A number stands for nothing: shape, quantity, no-reading.
    Unknown,
}

const HAS_T: u8 = 1;
const HAS_SENT: u8 = 2;
const HAS_OLDEST: u8 = 4;
const HAS_LOST: u8 = 8;
const HAS_UNKNOWN: u8 = 16;

const WHOLE: u64 = 0;
const THOUSANDTHS: u64 = 1;
const NO_READING: u64 = 2;
const TENTHS: u64 = 3;

/// Larger numbers leave no room for the form beside them.
const NUMBER_MAX: u64 = u64::MAX >> 2;
const CRC_BYTES: usize = 4;

/// Appends a frame to `out`. `number` gives shapes their numbers, or none when it has no more;
/// `fields` is scratch.
pub(super) fn pack(
    frame: &Frame<'_>,
    at_ms: i64,
    mut number: impl FnMut(&str) -> Option<u32>,
    fields: &mut String,
    out: &mut Vec<u8>,
) {
    let flag = |present: bool, bit: u8| if present { bit } else { 0 };
    out.push(
        flag(frame.t.is_some(), HAS_T)
            | flag(frame.sent != frame.up, HAS_SENT)
            | flag(frame.oldest != frame.seq, HAS_OLDEST)
            | flag(frame.lost.is_some(), HAS_LOST)
            | flag(frame.unknown != 0, HAS_UNKNOWN),
    );
    varint(out, frame.up);
    if let Some(t) = frame.t {
        varint(out, zigzag(t.wrapping_sub(at_ms)));
    }
    if frame.sent != frame.up {
        varint(out, frame.sent.wrapping_sub(frame.up));
    }
    if frame.oldest != frame.seq {
        varint(out, u64::from(frame.seq.wrapping_sub(frame.oldest)));
    }
    if let Some(lost) = frame.lost {
        varint(out, u64::from(lost.from));
        varint(out, u64::from(lost.to.wrapping_sub(lost.from)));
    }
    if frame.unknown != 0 {
        out.push(frame.unknown);
    }
    let fits = frame.readings.iter().all(|reading| encode(reading.sample).1 <= NUMBER_MAX);
    write_shape(&frame.readings, fields);
    match if fits && !fields.is_empty() { number(fields) } else { None } {
        Some(shape) => {
            varint(out, u64::from(shape));
            for reading in &frame.readings {
                let (form, number) = encode(reading.sample);
                varint(out, number << 2 | form);
            }
        }
        None => {
            varint(out, 0);
            out.push(frame.readings.len() as u8);
            frame.readings.iter().for_each(|reading| pack_in_full(reading, out));
        }
    }
}

/// `motion illuminance_lx power_w.window`: which readings there are, in their order.
fn write_shape(readings: &[Reading<'_>], fields: &mut String) {
    fields.clear();
    for reading in readings {
        if !fields.is_empty() {
            fields.push(' ');
        }
        fields.push_str(reading.quantity.name());
        if !reading.channel.is_empty() {
            fields.push('.');
            fields.push_str(reading.channel);
        }
    }
}

fn pack_in_full(reading: &Reading<'_>, out: &mut Vec<u8>) {
    let (form, number) = encode(reading.sample);
    varint(out, (reading.quantity as u64) << 2 | form);
    // Channels are identifiers of at most 32 bytes.
    out.push(reading.channel.len() as u8);
    out.extend_from_slice(reading.channel.as_bytes());
    varint(out, number);
}

/// The form of a sample, and its number.
fn encode(sample: Sample) -> (u64, u64) {
    match sample {
        Sample::Is(value) if value.milli() % 1000 == 0 => (WHOLE, zigzag(value.milli() / 1000)),
        Sample::Is(value) if value.milli() % 100 == 0 => (TENTHS, zigzag(value.milli() / 100)),
        Sample::Is(value) => (THOUSANDTHS, zigzag(value.milli())),
        Sample::No(reason) => (NO_READING, reason as u64),
    }
}

/// What each shape stands for, read once and not for every frame.
#[derive(Debug, Default)]
pub(super) struct Shapes(Vec<Option<Fields>>);

/// Quantities of a frame in their order, each with its channel. Those of one channel share its text: who meets
/// it again need not compare it.
type Fields = Vec<(Quantity, Arc<str>)>;

impl Shapes {
    /// Of every number in use; a shape with a quantity that this program does not know stands for nothing.
    pub fn new(shapes: &Dictionary) -> Self {
        let mut channels: BTreeSet<Arc<str>> = BTreeSet::new();
        let mut field = |field: &str| {
            let (name, channel) = field.split_once('.').unwrap_or((field, ""));
            let known = channels.get(channel).cloned().unwrap_or_else(|| channel.into());
            channels.insert(known.clone());
            Some((Quantity::from_name(name)?, known))
        };
        let fields = |name: Option<&str>| name?.split(' ').map(&mut field).collect();
        Self(shapes.all().map(fields).collect())
    }

    /// Whether any of them has this quantity.
    pub fn tells(&self, quantity: Quantity) -> bool {
        self.0.iter().flatten().flatten().any(|(told, _)| *told == quantity)
    }

    /// Readings of a shape, in their order.
    fn of(&self, number: u32) -> Option<&[(Quantity, Arc<str>)]> {
        self.0.get(usize::try_from(number).ok()?)?.as_deref()
    }
}

/// Reads a frame back. `body` is what [`open`] returned.
pub(super) fn unpack<'a>(
    key: &Key,
    body: &'a [u8],
    shapes: &'a Shapes,
) -> Result<Frame<'a>, Damage> {
    let mut bytes = Bytes(body);
    let flags = bytes.byte()?;
    let has = |bit: u8| flags & bit != 0;
    let up = bytes.varint()?;
    let t = if has(HAS_T) { Some(key.at_ms.wrapping_add(unzigzag(bytes.varint()?))) } else { None };
    let sent = if has(HAS_SENT) { up.wrapping_add(bytes.varint()?) } else { up };
    let oldest = if has(HAS_OLDEST) { key.seq.wrapping_sub(bytes.varint32()?) } else { key.seq };
    let lost = if has(HAS_LOST) {
        let from = bytes.varint32()?;
        Some(Loss { from, to: from.wrapping_add(bytes.varint32()?) })
    } else {
        None
    };
    let unknown = if has(HAS_UNKNOWN) { bytes.byte()? } else { 0 };
    let mut readings = heapless::Vec::new();
    let mut add = |reading| readings.push(reading).map_err(|_| Damage::Unknown);
    match bytes.varint32()? {
        0 => {
            for _ in 0..bytes.byte()? {
                add(unpack_in_full(&mut bytes)?)?;
            }
        }
        shape => {
            for (quantity, channel) in shapes.of(shape).ok_or(Damage::Unknown)? {
                let value = bytes.varint()?;
                let (quantity, sample) = (*quantity, decode(value & 3, value >> 2)?);
                add(Reading { quantity, channel, sample })?;
            }
        }
    }
    bytes.end()?;
    Ok(Frame { boot: key.boot, seq: key.seq, oldest, t, up, sent, lost, readings, unknown })
}

fn unpack_in_full<'a>(bytes: &mut Bytes<'a>) -> Result<Reading<'a>, Damage> {
    let head = bytes.varint()?;
    let quantity = u8::try_from(head >> 2).ok().and_then(Quantity::from_number);
    let length = usize::from(bytes.byte()?);
    let channel = std::str::from_utf8(bytes.take(length)?).map_err(|_| Damage::Unknown)?;
    let sample = decode(head & 3, bytes.varint()?)?;
    Ok(Reading { quantity: quantity.ok_or(Damage::Unknown)?, channel, sample })
}

/// The opposite of [`encode`].
fn decode(form: u64, number: u64) -> Result<Sample, Damage> {
    let scaled = |scale: i64| {
        let milli = unzigzag(number).checked_mul(scale).ok_or(Damage::Unknown)?;
        Ok(Sample::Is(Value::from_milli(milli)))
    };
    match form {
        WHOLE => scaled(1000),
        TENTHS => scaled(100),
        NO_READING => {
            let reason = u8::try_from(number).ok().and_then(NoReading::from_number);
            reason.map(Sample::No).ok_or(Damage::Unknown)
        }
        THOUSANDTHS => scaled(1),
        _ => Err(Damage::Unknown),
    }
}

/// Ends the body that began at `start` of `out` with its checksum.
pub(super) fn seal(key: &Key, out: &mut Vec<u8>, start: usize) {
    let crc = checksum(key, &out[start..]);
    out.extend_from_slice(&crc.to_le_bytes());
}

/// Checks a stored body and returns it without its checksum.
pub(super) fn open<'a>(key: &Key, stored: &'a [u8]) -> Result<&'a [u8], Damage> {
    let (body, crc) = stored.split_last_chunk::<CRC_BYTES>().ok_or(Damage::Short)?;
    if u32::from_le_bytes(*crc) == checksum(key, body) { Ok(body) } else { Err(Damage::Checksum) }
}

fn checksum(key: &Key, body: &[u8]) -> u32 {
    let mut columns = [0; 21];
    columns[..8].copy_from_slice(&key.at_ms.to_le_bytes());
    columns[8] = key.kind;
    columns[9..13].copy_from_slice(&key.node.to_le_bytes());
    columns[13..17].copy_from_slice(&key.boot.to_le_bytes());
    columns[17..].copy_from_slice(&key.seq.to_le_bytes());
    let mut crc = crc32fast::Hasher::new();
    crc.update(&columns);
    crc.update(body);
    crc.finalize()
}

/// Small magnitudes of either sign become small numbers.
pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

pub(super) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// What is left to read.
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn byte(&mut self) -> Result<u8, Damage> {
        let (first, rest) = self.0.split_first().ok_or(Damage::Short)?;
        self.0 = rest;
        Ok(*first)
    }

    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Damage> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Damage::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn varint(&mut self) -> Result<u64, Damage> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Damage::Unknown)
    }

    pub fn varint32(&mut self) -> Result<u32, Damage> {
        u32::try_from(self.varint()?).map_err(|_| Damage::Unknown)
    }

    pub fn end(&self) -> Result<(), Damage> {
        if self.0.is_empty() { Ok(()) } else { Err(Damage::Long) }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Checksum => "its checksum is wrong",
            Self::Short => "it ends too early",
            Self::Long => "bytes follow its end",
            Self::Unknown => "a number in it stands for nothing",
        })
    }
}
