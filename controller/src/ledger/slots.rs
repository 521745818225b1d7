//! Energy of a stretch of time, slot by slot.

use super::account::{Account, Open, Terms};
use super::{Cause, IncidentKind, Posting, Quality, share, slot_of};
use crate::Timestamp;
use crate::action::Action;
use crate::limits::SPREAD_SLOTS_MAX;

/// What slots that are touched are marked with, unless something worse happened in them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub quality: Quality,
    pub cause: Cause,
}

/// A stretch of time, and what of its energy is booked already, Wh.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub from: Timestamp,
    pub until: Timestamp,
    pub done_wh: i64,
}

impl Account {
    /// Spreads energy that flowed from the good point on over the slots of `span`, and closes those
    /// that end in it. `wraps_to` is the register behind its end, when it went through.
    pub(super) fn spread(
        &mut self,
        span: Span,
        energy_wh: i64,
        mark: Mark,
        mut wraps_to: Option<i64>,
        terms: &Terms,
        out: &mut Vec<Action>,
    ) {
        let Span { from, until, mut done_wh } = span;
        if !super::clock::is_dated(until) {
            self.add(energy_wh - done_wh, terms);
            self.open.quality = self.open.quality.max(mark.quality);
            self.say_rollover(&mut wraps_to, until, terms, out);
            return;
        }
        let earliest =
            Timestamp(slot_of(until, terms.slot_ms).0 - SPREAD_SLOTS_MAX * terms.slot_ms);
        if self.open.slot < earliest {
            let read = (self.last_read, self.last_wh);
            self.close(self.last_wh, earliest, read, terms, out);
        }
        let first = from.max(self.open.slot);
        let mut turned_wh = 0;
        loop {
            if self.open.slot < until || from == until {
                self.open.quality = self.open.quality.max(mark.quality);
                self.open.cause = self.open.cause.max(mark.cause);
            }
            let end = self.open_end(terms);
            let part = share(energy_wh - span.done_wh, end.0 - first.0, until.0 - first.0);
            let part = part + span.done_wh;
            self.add(part - done_wh, terms);
            done_wh = part;
            if let (Some(_), Some(modulus)) = (wraps_to, terms.plate.modulus_wh)
                && self.last_wh + done_wh >= modulus
            {
                // The jump belongs to the slot in which the register went through its end.
                let at = until.min(end.plus(-1));
                self.say_rollover(&mut wraps_to, at, terms, out);
                self.open.cause = self.open.cause.max(Cause::Rollover);
                turned_wh = modulus;
            }
            if end > until {
                return;
            }
            let register_wh = self.last_wh + done_wh - turned_wh;
            let good = (self.last_read, self.last_wh);
            let read = if end == until { (until, register_wh) } else { good };
            self.close(register_wh, end, read, terms, out);
        }
    }

    fn say_rollover(
        &mut self,
        wraps_to: &mut Option<i64>,
        at: Timestamp,
        terms: &Terms,
        out: &mut Vec<Action>,
    ) {
        let Some(to_wh) = wraps_to.take() else { return };
        let modulus = terms.plate.modulus_wh.unwrap_or(0);
        self.say(IncidentKind::Rollover, (self.last_read, at), to_wh, -modulus, terms, out);
    }

    /// Where the open slot ends: at the next boundary, also when the length of slots has changed.
    pub(super) fn open_end(&self, terms: &Terms) -> Timestamp {
        slot_of(self.open.slot.max(self.last_read), terms.slot_ms).plus(terms.slot_ms)
    }

    pub(super) fn add(&mut self, energy_wh: i64, terms: &Terms) {
        self.open.energy_wh += energy_wh;
        if self.open.slot >= terms.day_start || !super::clock::is_dated(self.open.slot) {
            self.today_wh += energy_wh;
        }
    }

    /// Posts the open slot; the next begins at `next`.
    pub(super) fn close(
        &mut self,
        register_wh: i64,
        next: Timestamp,
        (read_at, read_wh): (Timestamp, i64),
        terms: &Terms,
        out: &mut Vec<Action>,
    ) {
        let Open { slot, energy_wh, quality, cause } = self.open;
        let posted_to = self.known_odd().and_then(|odd| odd.posted_to);
        let again = posted_to.is_some_and(|end| slot < end);
        out.push(Action::Posting(Posting {
            meter: terms.meter,
            slot,
            energy_wh,
            quality,
            cause,
            register_wh,
            revision: u32::from(!again),
            read_at,
            read_wh,
        }));
        self.posted_wh += energy_wh;
        self.open = Open { slot: next, ..Open::default() };
    }

    /// Books energy that flowed while the register stood still, from when it last moved to `until`:
    /// further rows for slots that are closed, the rest as usual.
    pub(super) fn thaw(
        &mut self,
        until: Timestamp,
        energy_wh: i64,
        terms: &Terms,
        out: &mut Vec<Action>,
    ) {
        let from = self.still_since();
        let whole = until.0 - from.0;
        let mark = Mark { quality: Quality::EstimatedShape, cause: Cause::Frozen };
        let mut slot = slot_of(from, terms.slot_ms);
        let mut done_wh = 0;
        while from < self.open.slot && slot < self.open.slot {
            let end = slot.plus(terms.slot_ms);
            let part = share(energy_wh, end.0 - from.0, whole);
            out.push(Action::Posting(Posting {
                meter: terms.meter,
                slot,
                energy_wh: part - done_wh,
                quality: mark.quality,
                cause: mark.cause,
                register_wh: self.last_wh + part,
                revision: 0,
                read_at: from,
                read_wh: self.last_wh,
            }));
            self.posted_wh += part - done_wh;
            if slot >= terms.day_start {
                self.today_wh += part - done_wh;
            }
            done_wh = part;
            slot = end;
        }
        let span = Span { from, until, done_wh };
        self.spread(span, energy_wh, mark, None, terms, out);
    }
}
