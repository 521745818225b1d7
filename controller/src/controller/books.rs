//! From frames to the ledger: registers are booked in the order of the node, not of the network.
//!
//! A register above a missing frame waits until the row below it is whole, or is given up. So
//! postings do not depend on the order in which frames arrive.

use super::{Controller, Meter, Source};
use crate::action::Action;
use crate::ledger::{Account, Incident, Posting, Reading, Terms};
use crate::limits::WAITING_MAX;
use crate::node::{self, Admission, Registered, Symbol, Waiting};
use crate::window::Arrival;
use crate::{MeterIx, NodeIx, Timestamp};
use wire::{Frame, Quantity, Sample};

/// A register beyond this is nonsense, Wh: a PWh, and sums of thousands of them fit.
const REGISTER_WH_MAX: i64 = 1_000_000_000_000_000;

/// Registers of nodes hold what a node measured itself: no transformers.
const NO_RATIO: u64 = 1_000;

impl Controller {
    /// Books a frame's registers, and those that have waited for it.
    pub(super) fn book(
        &mut self,
        ix: NodeIx,
        frame: &Frame<'_>,
        admission: Admission,
        measured: Timestamp,
        out: &mut Vec<Action>,
    ) {
        let base = self.nodes[ix.at()].windows.first().map_or(0, |window| window.base);
        let new = admission.arrival == Arrival::New;
        let in_row = admission.current && frame.seq <= base;
        if new && in_row {
            self.book_waiting(ix, frame.boot, frame.seq, out);
        }
        for reading in frame.readings.iter().filter(|r| new && r.quantity == Quantity::EnergyWh) {
            let Sample::Is(value) = reading.sample else { continue };
            let state = &mut self.nodes[ix.at()];
            let Some(symbol) = state.symbol_or_new(reading.channel) else { continue };
            let register = Waiting { seq: frame.seq, symbol, measured, register_wh: value.whole() };
            if in_row {
                self.book_next(ix, frame.boot, register, out);
            } else if admission.current {
                let at = state.waiting.partition_point(|other| other.seq <= frame.seq);
                state.waiting.insert(at, register);
            } else if node::is_dated(frame, self.now) {
                self.book_late(ix, frame.boot, register, out);
            }
        }
        if admission.current {
            self.book_waiting(ix, frame.boot, base, out);
        }
        if self.nodes[ix.at()].waiting.len() > WAITING_MAX {
            self.book_all_waiting(ix, frame.boot, out);
        }
    }

    /// Books what waited up to `seq` of the current boot.
    fn book_waiting(&mut self, ix: NodeIx, boot: u32, seq: u32, out: &mut Vec<Action>) {
        let due = self.nodes[ix.at()].waiting.partition_point(|waiting| waiting.seq <= seq);
        if due == 0 {
            return;
        }
        let registers: Vec<Waiting> = self.nodes[ix.at()].waiting.drain(..due).collect();
        for register in registers {
            self.book_next(ix, boot, register, out);
        }
    }

    /// The next register in the order of the node. One that comes below what is already booked, because
    /// too much waited for it, changes no total.
    fn book_next(&mut self, ix: NodeIx, boot: u32, register: Waiting, out: &mut Vec<Action>) {
        let meters = &self.nodes[ix.at()].meters;
        let known = meters.iter().find(|known| known.symbol == register.symbol);
        if known.is_none_or(|known| (boot, register.seq) >= known.booked) {
            self.book_register(ix, boot, register, out);
        }
    }

    /// Books everything that waits: its row will not become whole any more, or too much waits.
    pub(super) fn book_all_waiting(&mut self, ix: NodeIx, boot: u32, out: &mut Vec<Action>) {
        self.book_waiting(ix, boot, u32::MAX, out);
        self.nodes[ix.at()].waiting = Vec::new();
    }

    /// A register of an older boot counts only if nothing later of its meter is booked: what is booked
    /// holds its energy already, so it changes no total. Of one that does not know when it was read the
    /// next one tells the sum.
    fn book_late(&mut self, ix: NodeIx, boot: u32, register: Waiting, out: &mut Vec<Action>) {
        let known = self.meter_of(ix, register.symbol);
        let account = known.and_then(|meter| self.meters[meter.at()].account.as_ref());
        if account.is_none_or(|account| account.last_read < register.measured) {
            self.book_next(ix, boot, register, out);
        }
    }

    fn book_register(&mut self, ix: NodeIx, boot: u32, register: Waiting, out: &mut Vec<Action>) {
        let Waiting { symbol, measured: at, register_wh, seq } = register;
        let meter = self.meter_of(ix, symbol).unwrap_or_else(|| {
            let source = Source::Node { node: ix, symbol };
            self.add_meter(Meter { source, account: None })
        });
        self.note_booked(ix, symbol, (boot, seq));
        let reading = Reading { at, register_wh, power_mw: None, ratio_milli: NO_RATIO };
        self.read_register(meter, reading, out);
    }

    /// A reading of any meter, polled or not.
    pub(super) fn read_register(&mut self, ix: MeterIx, reading: Reading, out: &mut Vec<Action>) {
        let at = reading.at.min(self.now);
        let register_wh = reading.register_wh.clamp(-REGISTER_WH_MAX, REGISTER_WH_MAX);
        let reading = Reading { at, register_wh, ..reading };
        if let Some(mw) = reading.power_mw {
            self.gauges.meter_power(ix, mw, at);
            self.gauge_polled(ix);
        }
        let Some(terms) = self.terms(ix) else { return };
        match &mut self.meters[ix.at()].account {
            Some(account) => account.read(reading, &terms, out),
            none => *none = Some(Account::open(reading, &terms, out)),
        }
    }

    /// A person says that a meter was replaced. What lies before its good point is a repair.
    pub(super) fn replace_meter(
        &mut self,
        ix: MeterIx,
        at: Timestamp,
        (old_final_wh, new_first_wh): (Option<i64>, Option<i64>),
        out: &mut Vec<Action>,
    ) {
        let at = at.min(self.now);
        self.with_account(ix, |account, terms| {
            account.replace(at, old_final_wh, new_first_wh, terms, out);
        });
    }

    /// A person decides about what is in doubt.
    pub(super) fn judge_meter(&mut self, ix: MeterIx, believe: bool, out: &mut Vec<Action>) {
        self.with_account(ix, |account, terms| account.judge(believe, terms, out));
    }

    /// A person has repaired closed slots.
    pub(super) fn repair_meter(
        &mut self,
        ix: MeterIx,
        rows: &[Posting],
        incidents: &[Incident],
        out: &mut Vec<Action>,
    ) {
        self.with_account(ix, |account, terms| {
            account.repair(rows, incidents, terms);
            out.extend(rows.iter().map(|row| Action::Posting(Posting { meter: ix, ..*row })));
            let named = |it: &Incident| Action::Incident(Incident { meter: ix, ..*it });
            out.extend(incidents.iter().map(named));
        });
    }

    fn with_account(&mut self, ix: MeterIx, act: impl FnOnce(&mut Account, &Terms)) {
        let Some(terms) = self.terms(ix) else { return };
        if let Some(account) = &mut self.meters[ix.at()].account {
            act(account, &terms);
        }
    }

    fn terms(&self, meter: MeterIx) -> Option<Terms> {
        self.meters.get(meter.at())?;
        let plate = self.plate(meter);
        let (slot_ms, day_start) = (self.campus.settings.slot_ms, self.today.day_start);
        Some(Terms { meter, plate, slot_ms, day_start, now: self.now })
    }

    /// A meter that was not known before.
    pub(crate) fn add_meter(&mut self, meter: Meter) -> MeterIx {
        let ix = MeterIx(self.meters.len() as u32);
        if let Source::Node { node, symbol } = meter.source {
            let meters = &mut self.nodes[node.at()].meters;
            // One or two, as a rule, at each of thousands of nodes.
            meters.reserve_exact(1);
            meters.push(Registered { symbol, meter: ix, booked: (0, 0) });
        }
        self.meters.push(meter);
        self.hang(ix);
        ix
    }

    pub(crate) fn meter_of(&self, ix: NodeIx, symbol: Symbol) -> Option<MeterIx> {
        let meters = &self.nodes[ix.at()].meters;
        meters.iter().find(|known| known.symbol == symbol).map(|known| known.meter)
    }

    /// A register is booked up to this frame.
    pub(crate) fn note_booked(&mut self, ix: NodeIx, symbol: Symbol, booked: (u32, u32)) {
        let meters = &mut self.nodes[ix.at()].meters;
        if let Some(known) = meters.iter_mut().find(|known| known.symbol == symbol) {
            known.booked = booked;
        }
    }

    /// Local midnight: what was used today is nothing yet.
    pub(super) fn begin_day(&mut self) {
        for account in self.meters.iter_mut().filter_map(|meter| meter.account.as_mut()) {
            account.today_wh = 0;
        }
    }
}
