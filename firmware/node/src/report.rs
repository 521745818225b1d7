//! From what was measured to frames, and from kept frames to payloads.

use crate::limits::TIME_MS_MAX;
use crate::link::Next;
use crate::record::Record;
use crate::slots::News;
use crate::{Millis, Node, Out, What, count};
use wire::frame::READINGS_MAX;
use wire::{Frame, Full, Hello, Quantity, Reading, Sample, Value};

impl Node {
    pub(crate) fn save(&mut self, now: Millis, out: &mut Out) {
        out.save(self.registers.save(self.boot, now));
    }

    pub(crate) fn save_at(&self) -> Option<Millis> {
        self.registers.save_at(self.settings.save_interval_ms, self.settings.silent_after_ms)
    }

    /// The wall switches, and the levels of lamps that have arrived there.
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
    pub(crate) fn report(&mut self, now: Millis) {
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
        let mut record = Record { up: now, ..Record::default() };
        for reading in self.slots.report(full) {
            if record.readings.is_full() {
                self.counters.given_up += self.ring.keep(&record);
                record.readings.clear();
            }
            // Emptied just now when it was full.
            let _ = record.readings.push(reading);
        }
        self.counters.given_up += self.ring.keep(&record);
    }

    /// What the node counts itself, for a full report.
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

    /// Sends what may be sent, as far as it fits.
    pub(crate) fn send(&mut self, now: Millis, out: &mut Out) {
        let alive = self.lamps.alive(now);
        if self.link.step(&mut self.ring, alive, now) {
            count(&mut self.counters.given_up);
        }
        while let Some(next) = self.link.next(&self.ring) {
            let sent = match next {
                Next::Hello => out.publish(What::Hello, |bytes| self.hello().emit(bytes)),
                Next::Frame(seq) | Next::Again(seq) => {
                    out.publish(What::Frame, |bytes| self.emit(seq, now, bytes))
                }
            };
            if sent.is_err() {
                break;
            }
            match next {
                Next::Hello => {}
                Next::Frame(seq) => self.ring.sent(seq),
                Next::Again(_) => count(&mut self.counters.resent),
            }
            self.link.sent(next, now);
        }
    }

    fn emit(&self, seq: u32, now: Millis, bytes: &mut [u8]) -> Result<usize, Full> {
        let record = self.ring.get(seq).unwrap_or_default();
        let named = |(slot, sample): &(u8, Sample)| {
            let (quantity, channel) = self.slots.name(*slot)?;
            Some(Reading { quantity, channel, sample: *sample })
        };
        let mut readings = heapless::Vec::<_, READINGS_MAX>::new();
        readings.extend(record.readings.iter().filter_map(named));
        let frame = Frame {
            boot: self.boot,
            seq,
            oldest: self.ring.oldest(),
            t: self.time_of(record.up),
            up: record.up,
            sent: now,
            lost: self.ring.lost(),
            readings,
            unknown: 0,
        };
        frame.emit(bytes)
    }

    fn hello(&self) -> Hello<'_> {
        Hello {
            boot: self.boot,
            online: true,
            firmware: &self.settings.firmware,
            board: &self.settings.board,
            profile: &self.settings.profile,
            reset: self.settings.reset,
            channels: self.settings.lamps.iter().map(|id| id.as_str()).collect(),
        }
    }

    fn time_of(&self, up: Millis) -> Option<i64> {
        let t = self.clock?.checked_add_unsigned(up)?;
        (0..=TIME_MS_MAX as i64).contains(&t).then_some(t)
    }

    pub(crate) fn set_clock(&mut self, t: i64, now: Millis) {
        if (0..=TIME_MS_MAX as i64).contains(&t) {
            self.clock = t.checked_sub_unsigned(now);
        }
    }
}
