//! A kept frame in few bytes: `varint up`, then per reading one byte `slot << 3 | kind` and a value.
//!
//! | kind | value that follows |
//! |---|---|
//! | 0 | whole units, zigzag varint |
//! | 1 | thousandths, zigzag varint |
//! | 2 to 6 | none: [`NoReading`] number `kind - 1` |

use crate::Millis;
use crate::limits::RECORD_BYTES_MAX;
use heapless::Vec;
use wire::frame::READINGS_MAX;
use wire::{NoReading, Sample, Value};

/// Bytes of one record.
pub(crate) type Bytes = Vec<u8, RECORD_BYTES_MAX>;

/// A frame as memory keeps it; slots are names that stay the same for a whole boot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// When it was measured, ms since boot.
    pub up: Millis,
    /// Slot and sample.
    pub readings: Vec<(u8, Sample), READINGS_MAX>,
}

const WHOLE: u8 = 0;
const MILLI: u8 = 1;

impl Record {
    /// Packs the record.
    pub fn pack(&self) -> Bytes {
        let mut bytes = Bytes::new();
        put(&mut bytes, self.up);
        for (slot, sample) in &self.readings {
            put_kind(&mut bytes, *slot, *sample);
            put_value(&mut bytes, *sample);
        }
        bytes
    }

    /// Unpacks what [`Record::pack`] packed; damaged bytes end the record early.
    pub fn unpack(bytes: &[u8]) -> Self {
        let mut rest = bytes;
        let mut record = Self { up: take(&mut rest).unwrap_or(0), readings: Vec::new() };
        while let Some((name, more)) = rest.split_first() {
            rest = more;
            let Some(sample) = take_value(&mut rest, name & 7) else { break };
            if record.readings.push((name >> 3, sample)).is_err() {
                break;
            }
        }
        record
    }
}

/// A sample that is named by five bits and a byte.
pub(crate) fn put_sample<const N: usize>(
    bytes: &mut Vec<u8, N>,
    number: u8,
    name: u8,
    sample: Sample,
) {
    put_kind(bytes, number, sample);
    push(bytes, name);
    put_value(bytes, sample);
}

/// What [`put_sample`] put: number, name, sample; `None` at the end, or where bytes are damaged.
pub(crate) fn take_sample(rest: &mut &[u8]) -> Option<(u8, u8, Sample)> {
    let ([number, name], more) = rest.split_first_chunk::<2>()?;
    *rest = more;
    Some((number >> 3, *name, take_value(rest, number & 7)?))
}

fn put_kind<const N: usize>(bytes: &mut Vec<u8, N>, number: u8, sample: Sample) {
    let kind = match sample {
        Sample::Is(value) if value.milli() % 1000 == 0 => WHOLE,
        Sample::Is(_) => MILLI,
        Sample::No(reason) => reason as u8 + 1,
    };
    push(bytes, number << 3 | kind);
}

fn put_value<const N: usize>(bytes: &mut Vec<u8, N>, sample: Sample) {
    match sample {
        Sample::Is(value) if value.milli() % 1000 == 0 => put(bytes, zigzag(value.whole())),
        Sample::Is(value) => put(bytes, zigzag(value.milli())),
        Sample::No(_) => {}
    }
}

fn take_value(rest: &mut &[u8], kind: u8) -> Option<Sample> {
    match kind {
        WHOLE => take(rest).map(|z| Sample::Is(Value::from_whole(unzigzag(z)))),
        MILLI => take(rest).map(|z| Sample::Is(Value::from_milli(unzigzag(z)))),
        kind => NoReading::from_number(kind - 1).map(Sample::No),
    }
}

/// The capacity is the sum of the longest parts, so this never drops a byte.
fn push<const N: usize>(bytes: &mut Vec<u8, N>, byte: u8) {
    let _ = bytes.push(byte);
}

/// A number in bytes of seven bits.
pub(crate) fn put<const N: usize>(bytes: &mut Vec<u8, N>, mut value: u64) {
    while value >= 0x80 {
        push(bytes, value as u8 | 0x80);
        value >>= 7;
    }
    push(bytes, value as u8);
}

/// What [`put`] put.
pub(crate) fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, more) = rest.split_first()?;
        *rest = more;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

const fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests;
