//! Run-time settings: checked on the wire, applied whole and without a restart, stored with a check
//! sum. What is not said is as shipped.
//!
//! Stored bytes, little endian: 1; version; bits of what is said; kind and level of `power_on`; the four
//! times; CRC-32. They are only ever replaced whole, and no way of switching the supply wipes them.

use crate::limits::STORED_BYTES_MAX;
use crate::saved::{crc32, take};
use crate::settings::Settings;
use heapless::Vec;
use wire::PowerOn;

/// The shipped behaviour, and what was said instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tuning {
    shipped: wire::Settings,
    said: Option<wire::Settings>,
    /// What was stored is damaged.
    damaged: bool,
}

const LAYOUT: u8 = 1;

impl Tuning {
    /// Applies what is stored to the shipped `settings`.
    pub fn new(settings: &mut Settings, stored: Option<&[u8]>) -> Self {
        let said = stored.and_then(unpack);
        let shipped = wire::Settings {
            version: 0,
            power_on: Some(settings.power_on),
            report_interval_ms: Some(settings.report_interval_ms),
            change_spacing_ms: Some(settings.change_spacing_ms),
            silent_after_ms: Some(settings.silent_after_ms),
            save_interval_ms: Some(settings.save_interval_ms),
        };
        let tuning = Self { shipped, said, damaged: stored.is_some() && said.is_none() };
        tuning.apply(settings);
        tuning
    }

    /// Version in force; 0 for the shipped behaviour.
    pub fn version(&self) -> u32 {
        self.said.map_or(0, |said| said.version)
    }

    /// What the hello says about it.
    pub fn told(&self) -> Option<u32> {
        self.said.map(|said| said.version).or(self.damaged.then_some(0))
    }

    /// Takes newer settings and gives the bytes to store; `None` when they are not newer.
    pub fn take(
        &mut self,
        said: wire::Settings,
        settings: &mut Settings,
    ) -> Option<Vec<u8, STORED_BYTES_MAX>> {
        if said.version <= self.version() {
            return None;
        }
        self.said = Some(said);
        self.apply(settings);
        Some(pack(&said))
    }

    fn apply(&self, settings: &mut Settings) {
        let (said, shipped) = (self.said.unwrap_or_default(), self.shipped);
        let set = |slot: &mut u32, said: Option<u32>, shipped: Option<u32>| {
            *slot = said.or(shipped).unwrap_or(*slot);
        };
        settings.power_on = said.power_on.or(shipped.power_on).unwrap_or_default();
        set(&mut settings.report_interval_ms, said.report_interval_ms, shipped.report_interval_ms);
        set(&mut settings.change_spacing_ms, said.change_spacing_ms, shipped.change_spacing_ms);
        set(&mut settings.silent_after_ms, said.silent_after_ms, shipped.silent_after_ms);
        set(&mut settings.save_interval_ms, said.save_interval_ms, shipped.save_interval_ms);
    }
}

fn times(said: &wire::Settings) -> [Option<u32>; 4] {
    [said.report_interval_ms, said.change_spacing_ms, said.silent_after_ms, said.save_interval_ms]
}

fn pack(said: &wire::Settings) -> Vec<u8, STORED_BYTES_MAX> {
    let mut bytes = Vec::new();
    let times = times(said);
    let bits = times.iter().rev().fold(0, |bits, time| bits << 1 | u8::from(time.is_some()));
    let (kind, level_pct) = match said.power_on {
        None => (0, 0),
        Some(PowerOn::Off) => (1, 0),
        Some(PowerOn::Last) => (2, 0),
        Some(PowerOn::Daylight) => (3, 0),
        Some(PowerOn::Level(level_pct)) => (4, level_pct),
    };
    // 28 bytes.
    let mut put = |part: &[u8]| drop(bytes.extend_from_slice(part));
    put(&[LAYOUT]);
    put(&said.version.to_le_bytes());
    put(&[bits, kind, level_pct]);
    times.iter().for_each(|time| put(&time.unwrap_or(0).to_le_bytes()));
    let crc = crc32(&bytes);
    let _ = bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

fn unpack(bytes: &[u8]) -> Option<wire::Settings> {
    let (body, crc) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
    if crc32(body).to_le_bytes() != crc {
        return None;
    }
    let mut rest = body;
    let [LAYOUT] = take(&mut rest)? else { return None };
    let version = u32::from_le_bytes(take(&mut rest)?);
    let [bits, kind, level_pct] = take(&mut rest)?;
    let power_on = match kind {
        0 => None,
        1 => Some(PowerOn::Off),
        2 => Some(PowerOn::Last),
        3 => Some(PowerOn::Daylight),
        4 => Some(PowerOn::Level(level_pct)),
        _ => return None,
    };
    let mut time = |bit: u8| {
        let time = u32::from_le_bytes(take(&mut rest)?);
        Some((bits & bit != 0).then_some(time))
    };
    Some(wire::Settings {
        version,
        power_on,
        report_interval_ms: time(1)?,
        change_spacing_ms: time(2)?,
        silent_after_ms: time(4)?,
        save_interval_ms: time(8)?,
    })
}
