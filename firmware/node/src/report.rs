//! From what was measured to frames, and what is saved of it.

use crate::limits::{KEEPS_MAX, TIME_MS_MAX};
use crate::record::Record;
use crate::saved::Saved;
use crate::slots::News;
use crate::{Key, Millis, Node, Out, kept};
use heapless::Vec;
use wire::{Quantity, Sample, Value};

impl<const RING: usize> Node<RING> {
    #[inline(never)]
    pub(crate) fn save(&mut self, now: Millis, out: &mut Out) {
        let live = self.logs.as_ref().and(self.ring.lost_by_cut()).map(|lost| (self.boot, lost));
        let backlog = self.logs.as_ref().and_then(|logs| logs.backlog.loss());
        self.unsaved_wh_max = self.registers.unsaved_wh_max(self.unsaved_wh_max);
        let saved = Saved {
            boot: self.boot,
            crashes: self.starts.crashes,
            healthy: self.starts.healthy,
            n: self.orders.n,
            unsaved_wh_max: self.unsaved_wh_max,
            gone: self.logs.as_ref().map(|logs| logs.backlog.gone.clone()).unwrap_or_default(),
        };
        out.save(saved.pack(&mut self.registers, &[backlog, live]));
        self.registers.saved(now);
        self.save_due = false;
        if let Some(logs) = &mut self.logs {
            logs.backlog.unsaved = false;
        }
    }

    pub(crate) fn save_at(&self) -> Option<Millis> {
        let rises = self.registers.unsaved_wh_max(self.unsaved_wh_max) > self.unsaved_wh_max;
        let given_up = self.logs.as_ref().is_some_and(|logs| logs.backlog.unsaved);
        let now = (self.save_due || rises || given_up).then_some(self.now);
        let (save_ms, silent_ms) = (self.settings.save_interval_ms, self.settings.silent_after_ms);
        now.or_else(|| self.registers.save_at(save_ms, silent_ms))
    }

    /// The wall switches, and the levels of lamps that have arrived there.
    #[inline(never)]
    pub(crate) fn note_lamps(&mut self, now: Millis) {
        for lamp in self.lamps.arrived(now) {
            let level = Sample::Is(Value::from_whole(i64::from(lamp.level_pct)));
            self.slots.set_own(Quantity::LevelPct, lamp.channel.as_str(), level, now);
        }
        for lamp in self.lamps.iter() {
            let channel = lamp.channel.as_str();
            let presses = Sample::Is(Value::from_whole(i64::from(lamp.presses)));
            self.slots.set_own(Quantity::Presses, channel, presses, now);
            if let Some(manual) = lamp.manual_pct {
                let manual = Sample::Is(Value::from_whole(i64::from(manual)));
                self.slots.set_own(Quantity::ManualPct, channel, manual, now);
            }
        }
    }

    /// Makes the frames that are due.
    #[inline(never)]
    pub(crate) fn report(&mut self, now: Millis, out: &mut Out) {
        let full = now >= self.full_report_at;
        let due = match self.slots.news() {
            News::AtOnce => true,
            News::Soon => full || now >= self.changes_from,
            News::Along | News::None => full,
        };
        if !due {
            return;
        }
        if full {
            self.count_own(now);
            self.full_report_at = now + Millis::from(self.settings.report_interval_ms.max(1));
        }
        self.changes_from = now + Millis::from(self.settings.change_spacing_ms);
        let mut records: Vec<Record, KEEPS_MAX> = Vec::new();
        for reading in self.slots.report(full) {
            if records.last().is_none_or(|record| record.readings.is_full()) {
                // As many as it takes for every slot, which is the capacity.
                let _ = records.push(Record { up: now, ..Record::default() });
            }
            if let Some(record) = records.last_mut() {
                let _ = record.readings.push(reading);
            }
        }
        if records.is_empty() {
            let _ = records.push(Record { up: now, ..Record::default() });
        }
        for record in &records {
            self.keep(record, out);
        }
    }

    /// Keeps a frame in memory, and in the log where there is one.
    #[inline(never)]
    fn keep(&mut self, record: &Record, out: &mut Out) {
        if let Some(logs) = &mut self.logs {
            let key = Key { boot: self.boot, seq: self.ring.next() };
            out.keep(&kept::pack(key, self.clock, record, &self.slots));
            logs.undated = self.clock.is_none();
        }
        let given_up = self.ring.keep(record);
        self.counters.given_up = self.counters.given_up.saturating_add(given_up);
    }

    /// What the node counts itself, for a full report.
    #[inline(never)]
    pub(crate) fn count_own(&mut self, now: Millis) {
        for lamp in self.lamps.iter() {
            let channel = lamp.channel.as_str();
            let level = Sample::Is(Value::from_whole(i64::from(lamp.level_at(now))));
            self.slots.set_own(Quantity::LevelPct, channel, level, now);
            let lit_s = self.registers.lit_s(channel).unwrap_or(0);
            let lit_s = Sample::Is(Value::from_whole(lit_s as i64));
            self.slots.set_own(Quantity::LitS, channel, lit_s, now);
        }
        for slot in self.slots.all(Quantity::PowerW) {
            let Some((_, channel)) = self.slots.name(slot) else { continue };
            let Some(wh) = self.registers.energy_wh(channel) else { continue };
            let energy = Sample::Is(Value::from_whole(wh as i64));
            self.slots.set_own_beside(Quantity::EnergyWh, slot, energy, now);
        }
    }

    pub(crate) fn time_of(&self, up: Millis) -> Option<i64> {
        let t = self.clock?.checked_add_unsigned(up)?;
        (0..=TIME_MS_MAX as i64).contains(&t).then_some(t)
    }

    /// The time of day as far as the node was told it, ms of UTC.
    pub fn utc_ms(&self) -> Option<i64> {
        self.clock?.checked_add_unsigned(self.now)
    }

    pub(crate) fn set_clock(&mut self, t: i64, now: Millis) {
        if !(0..=TIME_MS_MAX as i64).contains(&t) {
            return;
        }
        self.clock = t.checked_sub_unsigned(now);
        // A frame that knows the time dates those before it, should the supply go.
        if self.logs.as_mut().is_some_and(|logs| core::mem::take(&mut logs.undated)) {
            self.full_report_at = self.full_report_at.min(now);
        }
    }
}
