//! What the log keeps of meters: a polled register in some 20 bytes, and what people decided.
//!
//! ```text
//! reading   flags 1B | at | register | [power] | [ratio] | raw length 1B | raw
//! ```
//! `at` is relative to when the controller was told; numbers as in `pack`. Decisions are JSON: they
//! are few. A repair holds its rows, because replay must tell them again.

use super::ledger::{Incident, Posting, Reading, Snapshot};
use super::pack::{Bytes, Damage, Key, unzigzag, varint, zigzag};
use crate::limits;
use serde::{Deserialize, Serialize};

const HAS_POWER: u8 = 1;
const HAS_RATIO: u8 = 2;
/// No transformers, or their ratio is not in the register.
const RATIO_NONE: u64 = 1_000;

/// Appends a reading to `out`.
pub(super) fn pack(reading: &Reading<'_>, at_ms: i64, out: &mut Vec<u8>) {
    let power = if reading.power_mw.is_some() { HAS_POWER } else { 0 };
    let ratio = if reading.ratio_milli == RATIO_NONE { 0 } else { HAS_RATIO };
    out.push(power | ratio);
    varint(out, zigzag(reading.at_ms.wrapping_sub(at_ms)));
    varint(out, zigzag(reading.register_wh));
    if let Some(power_mw) = reading.power_mw {
        varint(out, zigzag(power_mw));
    }
    if reading.ratio_milli != RATIO_NONE {
        varint(out, reading.ratio_milli);
    }
    let raw = &reading.raw[..reading.raw.len().min(limits::READING_RAW_BYTES_MAX)];
    out.push(raw.len() as u8);
    out.extend_from_slice(raw);
}

/// Reads a reading back.
pub(super) fn unpack<'a>(key: &Key, body: &'a [u8]) -> Result<Reading<'a>, Damage> {
    let mut bytes = Bytes(body);
    let flags = bytes.byte()?;
    let at_ms = key.at_ms.wrapping_add(unzigzag(bytes.varint()?));
    let register_wh = unzigzag(bytes.varint()?);
    let power_mw = if flags & HAS_POWER != 0 { Some(unzigzag(bytes.varint()?)) } else { None };
    let ratio_milli = if flags & HAS_RATIO != 0 { bytes.varint()? } else { RATIO_NONE };
    let length = usize::from(bytes.byte()?);
    let raw = bytes.take(length)?;
    bytes.end()?;
    Ok(Reading { at_ms, register_wh, power_mw, ratio_milli, raw })
}

/// A repair, as the log keeps it.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct LoggedRepair {
    meter: String,
    rows: Vec<Row>,
    incidents: Vec<Incident>,
}

/// Slot, energy, quality, cause, register, revision, snapshot: an array each, half as long as with
/// their names.
type Row = (i64, i64, u8, u8, i64, u32, Option<Snapshot>);

impl LoggedRepair {
    pub fn new(meter: &str, rows: &[Posting], incidents: &[Incident]) -> Self {
        let row = |p: &Posting| {
            (p.slot_ms, p.energy_wh, p.quality, p.cause, p.register_wh, p.revision, p.read)
        };
        Self {
            meter: meter.to_owned(),
            rows: rows.iter().map(row).collect(),
            incidents: incidents.to_vec(),
        }
    }

    /// Meter, rows, incidents.
    pub fn open(self) -> (String, Vec<Posting>, Vec<Incident>) {
        let Self { meter, rows, incidents } = self;
        let posting = |row: Row| {
            let (slot_ms, energy_wh, quality, cause, register_wh, revision, read) = row;
            let meter = meter.clone();
            Posting { meter, slot_ms, energy_wh, quality, cause, register_wh, revision, read }
        };
        let rows = rows.into_iter().map(posting).collect();
        (meter, rows, incidents)
    }
}
