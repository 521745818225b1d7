//! A frame as the log keeps it: it names everything, because whoever reads it may be another boot.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | [`Key`]: boot, seq |
//! | 1 to 7 | UTC ms minus ms since boot, plus one; 0 while the time was not known |
//! | 1 to 7 | `up` |
//! | 1 + … | how many channel names; each its length and its bytes |
//! | 2 + … per reading | `quantity << 3 | kind`, which name ([`NAMELESS`] for none), value |
//!
//! `kind` and value are as in `record`. A full report of 20 readings takes about 120 B, a frame about
//! movement 16 B: 256 kB hold some 3,000 frames as a school day makes them. Writing through costs
//! little: 1.5 million frames of 80 B a year turn 256 kB over 470 times, so every page is erased some 500 times a
//! year, of the 100,000 that NOR flash stands (Winbond W25Q16JV datasheet, 1).

use crate::Millis;
use crate::limits::KEPT_BYTES_MAX;
use crate::log::{KEY_BYTES, Key};
use crate::record::{Record, put, put_sample, take, take_sample};
use crate::slots::Slots;
use heapless::Vec;
use wire::frame::READINGS_MAX;
use wire::{Quantity, Reading};

/// Bytes of one record of the log.
pub(crate) type Kept = Vec<u8, KEPT_BYTES_MAX>;

/// What a record of the log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recalled<'a> {
    /// Which frame.
    pub key: Key,
    /// UTC ms minus ms since boot, where it was known.
    pub clock: Option<i64>,
    /// When it was measured, ms since boot.
    pub up: Millis,
    /// What was measured.
    pub readings: Vec<Reading<'a>, READINGS_MAX>,
}

const NAMELESS: u8 = u8::MAX;

/// Packs a frame for the log.
#[inline(never)]
pub(crate) fn pack(key: Key, clock: Option<i64>, record: &Record, slots: &Slots) -> Kept {
    let mut bytes = Kept::new();
    // `KEPT_BYTES_MAX` is the sum of the longest parts, so nothing here is ever dropped.
    let _ = bytes.extend_from_slice(&key.boot.to_le_bytes());
    let _ = bytes.extend_from_slice(&key.seq.to_le_bytes());
    put(&mut bytes, clock.and_then(|clock| u64::try_from(clock).ok()).map_or(0, |c| c + 1));
    put(&mut bytes, record.up);
    let mut names: Vec<&str, READINGS_MAX> = Vec::new();
    let named = |slot: u8| slots.name(slot);
    for (slot, _) in &record.readings {
        if let Some((_, name)) = named(*slot)
            && !name.is_empty()
            && !names.contains(&name)
        {
            let _ = names.push(name);
        }
    }
    let _ = bytes.push(names.len() as u8);
    for name in &names {
        let _ = bytes.push(name.len() as u8);
        let _ = bytes.extend_from_slice(name.as_bytes());
    }
    for (slot, sample) in &record.readings {
        let Some((quantity, name)) = named(*slot) else { continue };
        let at = names.iter().position(|other| *other == name);
        put_sample(&mut bytes, quantity as u8, at.map_or(NAMELESS, |at| at as u8), *sample);
    }
    bytes
}

/// Unpacks what [`pack`] packed; damaged bytes end the readings early, and without a key there is
/// no record.
#[inline(never)]
pub(crate) fn unpack(bytes: &[u8]) -> Option<Recalled<'_>> {
    let key = Key::of(bytes)?;
    let mut rest = &bytes[KEY_BYTES..];
    let clock = take(&mut rest)?.checked_sub(1).and_then(|clock| i64::try_from(clock).ok());
    let up = take(&mut rest)?;
    let mut recalled = Recalled { key, clock, up, readings: Vec::new() };
    let (count, more) = rest.split_first()?;
    rest = more;
    let mut names: Vec<&str, READINGS_MAX> = Vec::new();
    for _ in 0..*count {
        let (len, more) = rest.split_first()?;
        let (name, more) = more.split_at_checked(usize::from(*len))?;
        names.push(core::str::from_utf8(name).ok()?).ok()?;
        rest = more;
    }
    while let Some((quantity, name, sample)) = take_sample(&mut rest) {
        let Some(quantity) = Quantity::from_number(quantity) else { break };
        let channel = match name {
            NAMELESS => "",
            at => match names.get(usize::from(at)) {
                Some(name) => name,
                None => break,
            },
        };
        let reading = Reading { quantity, channel, sample: sample.checked(quantity) };
        if recalled.readings.push(reading).is_err() {
            break;
        }
    }
    Some(recalled)
}

#[cfg(test)]
mod tests;
