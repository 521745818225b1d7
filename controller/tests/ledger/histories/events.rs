//! What happens to the meter of a history, and what the ledger should make of it.

use super::{Happens, History, Seen};
use crate::book::{Book, HOUR, MIN, Via};
use controller::{Input, Timestamp};

impl History {
    pub(super) fn happen(&mut self, event: Happens, seen: &mut Seen) {
        use Happens::*;
        if self.verbose {
            self.log.push(format!("{event:?}"));
        }
        match event {
            Nothing => {}
            Gap => {
                let slots = self.random.within(1, 60) * self.book.slot_ms;
                let ms = slots.min(5 * HOUR) + self.random.within(0, 10 * MIN);
                self.pass(ms);
            }
            Dip | Spike => {
                let low =
                    if self.random.one_in(2) { 0 } else { self.random.within(0, self.last_wh / 2) };
                let wrong = if event == Dip { low } else { self.random.within(0, self.highest()) };
                self.glitch(self.shown(wrong), seen);
            }
            SmallDip => self.small_dip(seen),
            Tremble => self.tremble(),
            Again => {
                self.good();
                self.good();
            }
            Reset => {
                let first = self.random.within(0, 50);
                self.swap(first, seen);
            }
            Lower => {
                let first = self.random.within(0, self.shown(self.last_wh) / 2);
                self.swap(first, seen);
            }
            Higher => {
                let first = self.random.within(self.shown(self.last_wh), self.highest());
                self.swap(first, seen);
            }
            Declared | DeclaredLate => self.declare(event == DeclaredLate, seen),
            Frozen => self.freeze(seen),
            Restart => {
                let other = self.random.one_in(3);
                let slot_ms = self.book.slot_ms;
                let slot_ms = if other { self.random.pick(&[1, 5, 15, 60]) * MIN } else { slot_ms };
                self.by_slot &= slot_ms == self.book.slot_ms;
                self.book.restart(slot_ms);
                seen.restarts += 1;
            }
            ClockJitter => {
                let ms = self.random.within(1, 20_000);
                self.book.handle(Input::Tick, self.now.plus(-ms));
                let (at, endless_wh) = (self.now.plus(-ms), self.counter.endless_wh());
                self.last_wh = endless_wh;
                self.expected.good(at, endless_wh);
                self.say(at, self.counter.shown_wh());
                self.pass(30_000);
            }
            ClockBackAndForth => self.clock_back(seen),
        }
    }

    /// One or two readings that are nonsense, or several within seconds.
    fn glitch(&mut self, wrong_wh: i64, seen: &mut Seen) {
        let count = self.random.within(1, 2);
        if self.ambiguous(wrong_wh, 4 * self.poll_ms) {
            return;
        }
        seen.glitches += 1;
        for _ in 0..count {
            let ms = self.step();
            self.pass(ms);
            self.say(self.now, wrong_wh);
            if self.random.one_in(10) && self.via == Via::Polled {
                self.book.restart(self.book.slot_ms);
            }
        }
    }

    /// A register that falls a little and comes back; what it usually draws tells which is true.
    fn small_dip(&mut self, seen: &mut Seen) {
        let plate = self.counter.plate;
        let deep = plate.quantum_wh * self.random.within(3, 20);
        if !self.steady || self.shown(self.last_wh) < plate.power_max_w * 2 + deep {
            return;
        }
        seen.glitches += 1;
        let ms = self.step();
        self.pass(ms);
        let wrong = self.shown(self.last_wh) - deep;
        self.say(self.now, wrong);
    }

    /// The last digit goes down and up again: as if it had said the same twice.
    fn tremble(&mut self) {
        let plate = self.counter.plate;
        let spare_wh = plate.power_max_w * self.poll_ms / HOUR / 5;
        let shown = self.shown(self.last_wh);
        if spare_wh <= 2 * plate.quantum_wh || shown < plate.quantum_wh {
            return;
        }
        self.expected.good(self.now, self.last_wh);
        self.say(self.now, shown - plate.quantum_wh);
    }

    /// Another register, and nobody says so: what flowed in between is not known.
    fn swap(&mut self, first_wh: i64, seen: &mut Seen) {
        let first_wh = first_wh / self.counter.plate.quantum_wh * self.counter.plate.quantum_wh;
        if self.ambiguous(first_wh, 4 * self.poll_ms) || first_wh > self.highest() {
            return;
        }
        seen.resets += 1;
        let ms = self.random.within(1, self.poll_ms);
        self.pass(ms);
        self.counter.set(first_wh);
        self.last_wh = first_wh;
        self.expected.cut();
    }

    /// Another register, and a person says what both showed, at once or after some readings.
    fn declare(&mut self, late: bool, seen: &mut Seen) {
        let quantum_wh = self.counter.plate.quantum_wh;
        let first_wh = self.random.within(0, self.highest()) / quantum_wh * quantum_wh;
        if late && self.ambiguous(first_wh, 4 * self.poll_ms) {
            return;
        }
        seen.declared += 1;
        let ms = self.random.within(1, self.poll_ms);
        self.pass(ms);
        let (at, old_wh) = (self.now, self.counter.endless_wh());
        // An old meter that rolled over since its last reading shows less than before.
        if self.shown(old_wh) < self.shown(self.last_wh) {
            return;
        }
        self.expected.good(at, old_wh);
        self.expected.begin(at, first_wh);
        let old_shown_wh = self.shown(old_wh);
        self.counter.set(first_wh);
        self.last_wh = first_wh;
        if late {
            let ms = self.step();
            self.pass(ms);
            self.good();
        }
        self.book.replace(at, Some(old_shown_wh), Some(first_wh), self.now);
    }

    /// The register stands still for hours, and then shows what flowed.
    fn freeze(&mut self, seen: &mut Seen) {
        let shown = self.shown(self.last_wh);
        if self
            .counter
            .plate
            .modulus_wh
            .is_some_and(|m| shown + 8 * self.counter.plate.power_max_w > m)
        {
            return;
        }
        seen.frozen += 1;
        self.by_slot = false;
        for _ in 0..self.random.within(1, 12) {
            let ms = self.step();
            self.pass(ms);
            self.say(self.now, shown);
        }
    }

    /// The clock is set back by days, and comes forward again before an hour is over.
    fn clock_back(&mut self, seen: &mut Seen) {
        seen.clocks += 1;
        let back_ms = self.random.within(2 * HOUR, 20 * 24 * HOUR);
        let held = self.now;
        let mut spent_ms = 0;
        for _ in 0..self.random.within(1, 4) {
            let ms = self.step().min(14 * MIN);
            spent_ms += ms;
            self.pass(ms);
            let endless_wh = self.counter.endless_wh();
            self.last_wh = endless_wh;
            self.expected.good(held, endless_wh);
            self.say(self.now.plus(-back_ms), self.counter.shown_wh());
        }
        assert!(spent_ms < HOUR);
    }

    /// The agent starts in 1970 and is told the time later: all of that is of the first dated slot.
    pub(super) fn unset_clock(&mut self) {
        let now = self.now;
        let plate = self.counter.plate;
        self.book = Book::new(plate, self.book.slot_ms, self.via, Timestamp(0));
        let first_wh = self.counter.endless_wh();
        for nth in 1..=self.random.within(1, 5) {
            self.say(Timestamp(nth * self.poll_ms), self.counter.shown_wh());
            self.counter.flow(self.power_mw, self.poll_ms);
        }
        self.now = now;
        self.expected.good(now, first_wh);
        self.good();
    }
}
