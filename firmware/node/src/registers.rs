//! Cumulative registers that outlive a power cut: energy per circuit, lit time and level per lamp
//! channel.
//!
//! Power is integrated exactly: a sample holds until the next one, mW · ms are µJ, 3.6 · 10⁹ µJ are
//! one Wh, the remainder is kept. Export (negative power) is not taken off: a register never falls.
//!
//! **What is reported is what is saved.** A register that had been reported and not saved would
//! step back after a power cut, and a step back looks like a replaced meter. So a power cut costs
//! what was not saved yet and nothing else: of all circuits together [`UNSAVED_WH_MAX`] Wh (or, above
//! 1.2 kW, what they use in [`SAVE_SPACING_MS`]), and at most `save_interval_ms` of lit time. How much
//! that may be stands in what is saved, so that the next start can tell it. Levels of lamps are saved
//! when they change, at most every [`SAVE_SPACING_MS`].

use crate::Millis;
use crate::limits::{CIRCUITS_MAX, SAVE_SPACING_MS, UNSAVED_WH_MAX};
use crate::saved::{Bytes, crc32, take};
use heapless::Vec;
use wire::hello::CHANNELS_MAX;
use wire::{Quantity, Sample};

/// µJ in a Wh.
const MICROJOULES: u64 = 3_600_000_000;

/// What is saved, and what has been counted since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Registers {
    circuits: Vec<Circuit, CIRCUITS_MAX>,
    lit: Vec<Lit, CHANNELS_MAX>,
    saved_at: Millis,
    dirty: bool,
}

/// One circuit whose energy the node integrates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Circuit {
    key: u32,
    wh: u64,
    rest_uj: u64,
    saved_wh: u64,
    saved_rest_uj: u64,
    /// Heard of since the start; a circuit only known from the saved state is kept, not reported.
    claimed: bool,
    /// Power that holds, in mW, and when it was measured.
    power: Option<(u64, Millis)>,
    /// Integrated up to here.
    until: Millis,
}

/// How long one lamp channel has been lit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lit {
    key: u32,
    ms: u64,
    saved_ms: u64,
    level_pct: u8,
    saved_pct: u8,
}

impl Registers {
    /// As many circuits and lamp channels as these bytes begin with. `None` when they do not.
    pub fn restore(&mut self, circuits: u8, lamps: u8, rest: &mut &[u8]) -> Option<()> {
        for _ in 0..circuits {
            let key = u32::from_le_bytes(take(rest)?);
            let wh = u64::from_le_bytes(take(rest)?);
            let rest_uj = u64::from(u32::from_le_bytes(take(rest)?));
            self.circuits.push(Circuit::new(key, wh, rest_uj)).ok()?;
        }
        for _ in 0..lamps {
            let key = u32::from_le_bytes(take(rest)?);
            let ms = u64::from_le_bytes(take(rest)?);
            let [level_pct] = take(rest)?;
            let lit = Lit { key, ms, saved_ms: ms, level_pct, saved_pct: level_pct };
            self.lit.push(lit).ok()?;
        }
        Some(())
    }

    /// How many circuits and lamp channels there are to save.
    pub fn counts(&self) -> (u8, u8) {
        (self.circuits.len() as u8, self.lit.len() as u8)
    }

    /// Appends the bytes to save; from now on this is what is reported.
    pub fn save(&mut self, bytes: &mut Bytes) {
        // [`BYTES_WORST`] is counted in what fits.
        let mut put = |part: &[u8]| drop(bytes.extend_from_slice(part));
        for circuit in &mut self.circuits {
            (circuit.saved_wh, circuit.saved_rest_uj) = (circuit.wh, circuit.rest_uj);
            put(&circuit.key.to_le_bytes());
            put(&circuit.wh.to_le_bytes());
            put(&(circuit.rest_uj as u32).to_le_bytes());
        }
        for lit in &mut self.lit {
            (lit.saved_ms, lit.saved_pct) = (lit.ms, lit.level_pct);
            put(&lit.key.to_le_bytes());
            put(&lit.ms.to_le_bytes());
            put(&[lit.level_pct]);
        }
        self.dirty = false;
    }

    /// They were saved at `now`.
    pub fn saved(&mut self, now: Millis) {
        self.saved_at = now;
    }

    /// Energy that a power cut may cost until the next save, Wh over all circuits, at most: what is
    /// saved late at the power that is drawn now. 0 where nothing is integrated.
    ///
    /// It is a power of two and never falls within a boot, so that a load that comes and goes does not
    /// have it saved again and again.
    pub fn unsaved_wh_max(&self, before: u32) -> u32 {
        if self.circuits.iter().all(|circuit| !circuit.claimed) {
            return before;
        }
        let power_mw = self.circuits.iter().filter_map(|c| c.power).map(|(mw, _)| mw).sum::<u64>();
        let between_wh = (power_mw.saturating_mul(SAVE_SPACING_MS)).div_ceil(MICROJOULES);
        // One more: it is asked for when the limit is reached, not before.
        let at_most_wh = (UNSAVED_WH_MAX + 1).max(between_wh + 1).next_power_of_two();
        before.max(u32::try_from(at_most_wh).unwrap_or(u32::MAX))
    }

    /// When saving is due.
    pub fn save_at(&self, save_interval_ms: u32, silent_after_ms: u32) -> Option<Millis> {
        let interval = self.dirty.then_some(self.saved_at + Millis::from(save_interval_ms));
        let full_at = self.full_at(silent_after_ms);
        let moved = self.lit.iter().any(|lit| lit.level_pct != lit.saved_pct);
        let moved_at = moved.then_some(self.saved_at);
        let soon = full_at.into_iter().chain(moved_at).min();
        let soon = soon.map(|at| at.max(self.saved_at + SAVE_SPACING_MS));
        interval.into_iter().chain(soon).min()
    }

    /// When [`UNSAVED_WH_MAX`] is reached at the power that is drawn now.
    fn full_at(&self, silent_after_ms: u32) -> Option<Millis> {
        let now = self.circuits.iter().map(|c| c.until).max()?;
        let unsaved_uj = self.circuits.iter().map(Circuit::unsaved_uj).sum::<u64>();
        let missing_uj = (UNSAVED_WH_MAX * MICROJOULES).saturating_sub(unsaved_uj);
        if missing_uj == 0 {
            return Some(now);
        }
        let believed = |(_, at): &(u64, Millis)| now < at + Millis::from(silent_after_ms);
        let drawn = self.circuits.iter().filter_map(|c| c.power).filter(believed);
        let power_mw = drawn.map(|(mw, _)| mw).sum::<u64>();
        (power_mw > 0).then(|| now + missing_uj.div_ceil(power_mw))
    }

    /// Counts up to `now`.
    pub fn advance(&mut self, silent_after_ms: u32, now: Millis) {
        for circuit in &mut self.circuits {
            self.dirty |= circuit.advance(silent_after_ms, now);
        }
    }

    /// A power sample of a circuit, in effect from `now`. False when there is no room for one more.
    pub fn power(&mut self, channel: &str, sample: Sample, now: Millis) -> bool {
        let Some(circuit) = self.circuit(channel, now) else { return false };
        let mw = sample.checked(Quantity::PowerW).value().map(|value| value.milli().max(0) as u64);
        circuit.power = mw.map(|mw| (mw, now));
        true
    }

    /// The saved energy of a circuit that was heard of since the start, Wh.
    pub fn energy_wh(&self, channel: &str) -> Option<u64> {
        let key = crc32(channel.as_bytes());
        let circuit = self.circuits.iter().find(|c| c.key == key && c.claimed)?;
        Some(circuit.saved_wh)
    }

    /// A lamp channel was lit for `ms`, and is at `level_pct`.
    pub fn lit(&mut self, channel: &str, ms: u64, level_pct: u8) {
        let key = crc32(channel.as_bytes());
        let Some(lit) = self.lit.iter_mut().find(|lit| lit.key == key) else { return };
        self.dirty |= ms > 0 || lit.level_pct != level_pct;
        lit.ms += ms;
        lit.level_pct = level_pct;
    }

    /// The saved lit time of a lamp channel, in whole seconds, and its saved level.
    pub fn lit_s(&self, channel: &str) -> Option<u64> {
        let key = crc32(channel.as_bytes());
        self.lit.iter().find(|lit| lit.key == key).map(|lit| lit.saved_ms / 1000)
    }

    /// Makes room for the lamp channels that there are, forgets those that are gone, and tells the
    /// level that was saved.
    pub fn lamps<'a>(
        &mut self,
        channels: impl Iterator<Item = &'a str>,
    ) -> Vec<Option<u8>, CHANNELS_MAX> {
        let saved = core::mem::take(&mut self.lit);
        let mut levels = Vec::new();
        for channel in channels {
            let key = crc32(channel.as_bytes());
            let known = saved.iter().find(|lit| lit.key == key).copied();
            let fresh = Lit { key, ms: 0, saved_ms: 0, level_pct: 0, saved_pct: 0 };
            // As many as there are lamp channels, which is the capacity.
            let _ = self.lit.push(known.unwrap_or(fresh));
            let _ = levels.push(known.map(|lit| lit.level_pct));
        }
        levels
    }

    fn circuit(&mut self, channel: &str, now: Millis) -> Option<&mut Circuit> {
        let key = crc32(channel.as_bytes());
        if !self.circuits.iter().any(|c| c.key == key) {
            if self.circuits.is_full() {
                // A circuit that is no longer wired makes room for one that is.
                let gone = self.circuits.iter().position(|c| !c.claimed)?;
                self.circuits.remove(gone);
            }
            self.circuits.push(Circuit::new(key, 0, 0)).ok()?;
        }
        let circuit = self.circuits.iter_mut().find(|c| c.key == key)?;
        if !circuit.claimed {
            circuit.claimed = true;
            circuit.until = now;
        }
        Some(circuit)
    }
}

impl Circuit {
    const fn new(key: u32, wh: u64, rest_uj: u64) -> Self {
        Self {
            key,
            wh,
            rest_uj,
            saved_wh: wh,
            saved_rest_uj: rest_uj,
            claimed: false,
            power: None,
            until: 0,
        }
    }

    /// Energy that a power cut would cost now.
    const fn unsaved_uj(&self) -> u64 {
        (self.wh - self.saved_wh) * MICROJOULES + self.rest_uj - self.saved_rest_uj
    }

    /// Integrates up to `now`, but no further than the last sample is believed. True when something
    /// was added.
    fn advance(&mut self, silent_after_ms: u32, now: Millis) -> bool {
        let from = core::mem::replace(&mut self.until, now);
        let Some((mw, at)) = self.power else { return false };
        let to = now.min(at + Millis::from(silent_after_ms));
        // 1 GW for a whole year between two calls would still fit.
        let added_uj = mw.saturating_mul(to.saturating_sub(from));
        let total_uj = self.rest_uj.saturating_add(added_uj);
        self.wh += total_uj / MICROJOULES;
        self.rest_uj = total_uj % MICROJOULES;
        added_uj > 0
    }
}

/// Bytes that [`Registers::save`] appends at most: per circuit key, Wh, µJ; per lamp channel key, ms,
/// level. Little endian. Names are kept as their CRC-32.
pub(crate) const BYTES_WORST: usize = CIRCUITS_MAX * 16 + CHANNELS_MAX * 13;
const _: () = assert!(MICROJOULES < 1 << 32, "a remainder fits four bytes");

#[cfg(test)]
mod tests;
