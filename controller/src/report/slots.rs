//! Everything about a slot that depends on the calendar, worked out once.

use super::Scope;
use crate::Timestamp;
use crate::calendar::DayKind;
use crate::tariff::Tariff;
use crate::timetable::{instant, moment};
use jiff::civil::Date;
use lighting::Period;

/// The slots that begin within the time of a report.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    pub slot_ms: i64,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Start of the first one: at `from`, or after it in a zone that is not whole slots from UTC.
    pub first: Timestamp,
    pub keys: Vec<Key>,
    pub days: Vec<DayKey>,
    /// Bands that hold at some time: position of the price table, and of the band in it.
    pub bands: Vec<(usize, usize)>,
    /// How many of the slots were over when the report was made.
    pub over: usize,
}

/// Where the energy of a slot goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub day: u16,
    /// Position in `Slots::bands`; [`NO_BAND`] without a price.
    pub band: u16,
    pub hour: u8,
    pub is_open: bool,
}

/// Position of no band.
pub(super) const NO_BAND: u16 = u16::MAX;

/// A local day.
#[derive(Clone, Copy, Debug)]
pub(super) struct DayKey {
    pub date: Date,
    pub start: Timestamp,
    pub end: Timestamp,
    pub kind: DayKind,
    /// Its slots are `first .. first + count`.
    pub first: usize,
    pub count: usize,
}

impl Slots {
    pub fn new(scope: &Scope) -> Self {
        let slot_ms = scope.slot_ms.max(1);
        let first = Timestamp(scope.from.0.div_euclid(slot_ms) * slot_ms);
        let first = if first < scope.from { first.plus(slot_ms) } else { first };
        let count =
            usize::try_from((scope.to.0 - first.0 + slot_ms - 1).max(0) / slot_ms).unwrap_or(0);
        let over = (scope.now.0 - first.0).div_euclid(slot_ms);
        let mut slots = Self {
            slot_ms,
            from: scope.from,
            to: scope.to,
            first,
            keys: Vec::with_capacity(count),
            days: Vec::new(),
            bands: Vec::new(),
            over: usize::try_from(over).unwrap_or(0).min(count),
        };
        slots.add_days(scope);
        slots.add_keys(scope, count);
        slots.over = slots.over.min(slots.keys.len());
        slots
    }

    /// The slot that a row of this report belongs to.
    pub fn index(&self, slot: Timestamp) -> Option<usize> {
        if slot < self.from || slot >= self.to {
            return None;
        }
        let at = (slot.0 - self.first.0).div_euclid(self.slot_ms).max(0);
        usize::try_from(at).ok().filter(|at| *at < self.keys.len())
    }

    pub fn start(&self, at: usize) -> Timestamp {
        self.first.plus(at as i64 * self.slot_ms)
    }

    fn add_days(&mut self, scope: &Scope) {
        let mut date = scope.zone.to_datetime(instant(scope.from)).date();
        loop {
            let start = moment(&scope.zone, date, 0).max(scope.from);
            let tomorrow = date.tomorrow().unwrap_or(Date::MAX);
            let end = moment(&scope.zone, tomorrow, 0).min(scope.to);
            let full = self.days.len() >= usize::from(u16::MAX);
            if start >= scope.to || tomorrow == date || full {
                return;
            }
            let kind = scope.timetable.calendar.day(date, scope.timetable.days).kind;
            self.days.push(DayKey { date, start, end, kind, first: 0, count: 0 });
            date = tomorrow;
        }
    }

    fn add_keys(&mut self, scope: &Scope, count: usize) {
        let (mut day, mut tariff) = (0, None);
        let mut plan = None;
        for at in 0..count {
            let start = self.start(at);
            while day + 1 < self.days.len() && start >= self.days[day].end {
                day += 1;
            }
            let Some(key) = self.days.get_mut(day) else { return };
            if key.count == 0 {
                key.first = at;
                tariff = tariff_on(scope, key.date);
                plan = Some(scope.timetable.plan(None, key.date));
            }
            key.count += 1;
            let local = scope.zone.to_datetime(instant(start));
            let minute = local.hour() as u16 * 60 + local.minute() as u16;
            let date = local.date();
            let band = tariff.and_then(|(nth, tariff)| {
                Some((nth, tariff.band_index(date.month(), date.weekday(), minute)?))
            });
            let band = band.map_or(NO_BAND, |band| self.band(band));
            self.keys.push(Key {
                day: day as u16,
                band,
                hour: local.hour() as u8,
                is_open: plan.as_ref().is_some_and(|plan| plan.at(minute) != Period::Closed),
            });
        }
    }

    fn band(&mut self, band: (usize, usize)) -> u16 {
        let known = self.bands.iter().position(|other| *other == band);
        let at = known.unwrap_or_else(|| {
            self.bands.push(band);
            self.bands.len() - 1
        });
        u16::try_from(at).unwrap_or(NO_BAND)
    }
}

fn tariff_on(scope: &Scope, date: Date) -> Option<(usize, &Tariff)> {
    let holds = scope.energy.tariff_on(date)?;
    scope.energy.tariffs.iter().enumerate().find(|(_, tariff)| std::ptr::eq(*tariff, holds))
}
