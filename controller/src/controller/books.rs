//! From frames to the ledger: registers are booked in the order of the node, not of the network.
//!
//! A register above a missing frame waits until the row below it is whole, or is given up. So
//! postings do not depend on the order in which frames arrive.

use super::{Controller, Meter};
use crate::action::Action;
use crate::ledger::{Account, Open, Posting};
use crate::limits::WAITING_MAX;
use crate::node::{Admission, Waiting};
use crate::window::Arrival;
use crate::{MeterIx, NodeIx, Timestamp};
use wire::{Frame, Quantity, Sample};

/// Postings are never posted again with other numbers: late frames change no total.
const REVISION: u32 = 1;

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
        if admission.arrival != Arrival::New {
            return;
        }
        let base = self.nodes[ix.at()].windows.first().map_or(0, |window| window.base);
        let in_row = admission.current && frame.seq <= base;
        if in_row {
            self.book_waiting(ix, frame.seq, out);
        }
        for reading in frame.readings.iter().filter(|r| r.quantity == Quantity::EnergyWh) {
            let Sample::Is(value) = reading.sample else { continue };
            let state = &mut self.nodes[ix.at()];
            let Some(symbol) = state.symbol_or_new(reading.channel) else { continue };
            let register = Waiting { seq: frame.seq, symbol, measured, register_wh: value.whole() };
            if in_row {
                self.book_next(ix, register, out);
            } else if admission.current {
                let at = state.waiting.partition_point(|other| other.seq <= frame.seq);
                state.waiting.insert(at, register);
            } else {
                self.book_late(ix, register, out);
            }
        }
        if in_row {
            self.book_waiting(ix, base, out);
        }
        if self.nodes[ix.at()].waiting.len() > WAITING_MAX {
            self.book_all_waiting(ix, out);
        }
    }

    /// Books what waited up to `seq`.
    fn book_waiting(&mut self, ix: NodeIx, seq: u32, out: &mut Vec<Action>) {
        let due = self.nodes[ix.at()].waiting.partition_point(|waiting| waiting.seq <= seq);
        if due == 0 {
            return;
        }
        let registers: Vec<Waiting> = self.nodes[ix.at()].waiting.drain(..due).collect();
        for register in registers {
            self.book_next(ix, register, out);
        }
    }

    /// The next register in the order of the node. One that comes below what is already booked, because
    /// too much waited for it, changes no total.
    fn book_next(&mut self, ix: NodeIx, register: Waiting, out: &mut Vec<Action>) {
        let booked = &mut self.nodes[ix.at()].booked;
        if register.seq >= *booked {
            *booked = register.seq;
            self.book_register(ix, register, out);
        }
    }

    /// Books everything that waits: its row will not become whole any more, or too much waits.
    pub(super) fn book_all_waiting(&mut self, ix: NodeIx, out: &mut Vec<Action>) {
        self.book_waiting(ix, u32::MAX, out);
        self.nodes[ix.at()].waiting = Vec::new();
    }

    /// A register of an older boot counts only if nothing later is booked: it changes no total.
    fn book_late(&mut self, ix: NodeIx, register: Waiting, out: &mut Vec<Action>) {
        let known = self.meter_of(ix, register.symbol);
        let later = known
            .is_some_and(|meter| self.meters[meter.at()].account.last_read >= register.measured);
        if !later {
            self.book_register(ix, register, out);
        }
    }

    fn book_register(&mut self, ix: NodeIx, register: Waiting, out: &mut Vec<Action>) {
        let Waiting { symbol, measured, register_wh, .. } = register;
        let Some(meter) = self.meter_of(ix, symbol) else {
            let meter = MeterIx(self.meters.len() as u32);
            let account = Account::open(measured, register_wh);
            self.meters.push(Meter { node: ix, symbol, account });
            self.nodes[ix.at()].meters.push((symbol, meter));
            return;
        };
        let account = &mut self.meters[meter.at()].account;
        account.read(
            measured,
            register_wh,
            self.today.day_start,
            &mut |open: Open, register_wh| {
                out.push(Action::Posting(Posting {
                    meter,
                    slot: open.slot,
                    energy_wh: open.energy_wh,
                    quality: open.quality,
                    cause: open.cause,
                    register_wh,
                    revision: REVISION,
                    read_at: measured,
                    read_wh: register_wh,
                }));
            },
        );
    }

    fn meter_of(&self, ix: NodeIx, symbol: u8) -> Option<MeterIx> {
        let meters = &self.nodes[ix.at()].meters;
        meters.iter().find(|(known, _)| *known == symbol).map(|(_, meter)| *meter)
    }

    /// Local midnight: what was used today is nothing yet.
    pub(super) fn begin_day(&mut self) {
        for meter in &mut self.meters {
            meter.account.today_wh = 0;
        }
    }
}
