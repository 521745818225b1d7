//! Takes rows, one by one, without looking at the calendar.

use super::slots::Slots;
use super::{Report, RoomTotal, Scope, Suspect, finish};
use crate::campus::Flow;
use crate::ledger::flat::flat;
use crate::ledger::repair::SlotRow;
use crate::ledger::{Cause, Incident, IncidentKind, Quality, slot_of};
use crate::tally::RoomSlot;
use crate::{Timestamp, tally};
use std::collections::HashMap;

/// Adds up the rows of a day, a week or a month.
#[derive(Clone, Debug)]
pub struct ReportBuilder {
    pub(super) scope: Scope,
    pub(super) slots: Slots,
    pub(super) meters: Vec<MeterSum>,
    /// Energy of all roots by slot, Wh.
    pub(super) total_wh: Vec<i64>,
    /// Energy by meter and day, Wh: all days of the first meter first.
    pub(super) day_wh: Vec<i64>,
    /// How well a slot of a meter is known: two bits each, four to a byte, all of one meter first.
    states: Vec<u8>,
    pub(super) rooms: Vec<RoomTotal>,
    pub(super) incidents: Vec<(i64, Incident)>,
    pub(super) suspects: Vec<Suspect>,
    pub(super) before_wh: Option<i64>,
}

/// A meter while rows come in.
#[derive(Clone, Debug, Default)]
pub(super) struct MeterSum {
    pub parent: Option<usize>,
    pub is_root: bool,
    pub energy_wh: i64,
    pub estimated_wh: i64,
    /// Position of the slot in which it was first read ever; 0 when that was before.
    pub opened: usize,
}

/// How well a slot of a meter is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Missing,
    Measured,
    Estimated,
    Incomplete,
}

impl ReportBuilder {
    /// A report to which nothing has been added yet.
    pub fn new(scope: Scope) -> Self {
        let slots = Slots::new(&scope);
        let names: HashMap<&str, usize> =
            scope.meters.iter().enumerate().map(|(at, meter)| (meter.name.as_str(), at)).collect();
        let parent = |name: &String| names.get(name.as_str()).copied();
        let meters = scope.meters.iter().map(|meter| {
            let parent = meter.parent.as_ref().and_then(parent);
            let placed = meter.place.is_some() && meter.flow == Flow::Import;
            MeterSum { parent, is_root: placed && parent.is_none(), ..MeterSum::default() }
        });
        let meters: Vec<MeterSum> = meters.collect();
        let rooms = scope.rooms.iter().map(|room| RoomTotal {
            room: room.clone(),
            occupied_ms: 0,
            lit_ms: 0,
            lit_empty_ms: 0,
            lit_hold_ms: 0,
            dark_ms: 0,
            unknown_ms: 0,
        });
        Self {
            total_wh: vec![0; slots.keys.len()],
            day_wh: vec![0; meters.len() * slots.days.len()],
            states: vec![0; meters.len() * slots.keys.len().div_ceil(4)],
            rooms: rooms.collect(),
            incidents: Vec::new(),
            suspects: Vec::new(),
            before_wh: None,
            slots,
            meters,
            scope,
        }
    }

    /// A row of the ledger. Rows of a slot add up; they come in order of revision, because the quality
    /// of the last one counts. `quality` and `cause` are the numbers of [`Quality`] and [`Cause`].
    /// Rows of other times and unknown meters are passed over.
    pub fn posting(
        &mut self,
        meter: usize,
        slot: Timestamp,
        energy_wh: i64,
        quality: u8,
        cause: u8,
    ) {
        let Some(at) = self.slots.index(slot) else { return };
        let Some(sum) = self.meters.get_mut(meter) else { return };
        sum.energy_wh += energy_wh;
        self.day_wh[meter * self.slots.days.len() + usize::from(self.slots.keys[at].day)] +=
            energy_wh;
        if sum.is_root {
            self.total_wh[at] += energy_wh;
        }
        let state = State::of(quality);
        if state == State::Estimated {
            sum.estimated_wh += energy_wh;
        }
        if cause == Cause::Opening as u8 {
            sum.opened = at;
        }
        let (byte, shift) = self.place(meter, at);
        let byte = &mut self.states[byte];
        *byte = *byte & !(0b11 << shift) | (state as u8) << shift;
    }

    /// What a room's time was spent on in one slot; its position in the scope is its number. When a
    /// slot was told twice, only the last row must be given.
    pub fn room_slot(&mut self, row: &tally::RoomSlot) {
        let RoomSlot {
            occupied_ms, lit_ms, lit_empty_ms, lit_hold_ms, dark_ms, unknown_ms, ..
        } = *row;
        if self.slots.index(row.slot).is_none() {
            return;
        }
        let Some(room) = self.rooms.get_mut(row.room.at()) else { return };
        room.occupied_ms += u64::from(occupied_ms);
        room.lit_ms += u64::from(lit_ms);
        room.lit_empty_ms += u64::from(lit_empty_ms);
        room.lit_hold_ms += u64::from(lit_hold_ms);
        room.dark_ms += u64::from(dark_ms);
        room.unknown_ms += u64::from(unknown_ms);
    }

    /// Something that happened to a register and was not withdrawn, with the number of its row; the
    /// number of its meter is the position in the scope. That a meter was first read is no news: no
    /// slot is expected before it.
    pub fn incident(&mut self, id: i64, incident: Incident) {
        if incident.at < self.scope.from || incident.at >= self.scope.to {
            return;
        }
        if incident.kind != IncidentKind::Opening {
            self.incidents.push((id, incident));
        } else if let Some(meter) = self.meters.get_mut(incident.meter.at()) {
            let slot = slot_of(incident.at, self.scope.slot_ms);
            meter.opened = self.slots.index(slot).unwrap_or(meter.opened);
        }
    }

    /// Looks for times in which the register of a meter stood still for suspiciously long. Rows are its
    /// slots in order, and should begin two weeks before the period: see [`flat`].
    pub fn standstills(&mut self, meter: usize, rows: &[SlotRow]) {
        let (timetable, zone) = (&self.scope.timetable, &self.scope.zone);
        for found in flat(rows, self.scope.slot_ms, |at| timetable.is_free(zone, at)) {
            self.suspect(meter, found.from, found.to);
        }
    }

    /// The register of a meter stood still for suspiciously long.
    pub fn suspect(&mut self, meter: usize, from: Timestamp, to: Timestamp) {
        if meter < self.meters.len() && from < self.scope.to && to > self.scope.from {
            self.suspects.push(Suspect { meter, from, to });
        }
    }

    /// What the same meters used in the period before, Wh.
    pub fn before(&mut self, energy_wh: i64) {
        self.before_wh = Some(energy_wh);
    }

    /// Adds it all up.
    pub fn finish(self) -> Report {
        finish::report(self)
    }

    /// How well a slot of a meter is known.
    pub(super) fn state(&self, meter: usize, at: usize) -> State {
        let (byte, shift) = self.place(meter, at);
        match self.states[byte] >> shift & 0b11 {
            0 => State::Missing,
            1 => State::Measured,
            2 => State::Estimated,
            _ => State::Incomplete,
        }
    }

    /// Slots of a meter that were over when the report was made, from its opening on.
    pub(super) fn expected(&self, meter: usize) -> std::ops::Range<usize> {
        self.meters[meter].opened..self.slots.over.max(self.meters[meter].opened)
    }

    fn place(&self, meter: usize, at: usize) -> (usize, usize) {
        (meter * self.slots.keys.len().div_ceil(4) + at / 4, at % 4 * 2)
    }
}

impl State {
    /// What is not known is the worst.
    const fn of(quality: u8) -> Self {
        const MEASURED: u8 = Quality::Measured as u8;
        const ESTIMATED: u8 = Quality::EstimatedShape as u8;
        match quality {
            MEASURED => Self::Measured,
            ESTIMATED => Self::Estimated,
            _ => Self::Incomplete,
        }
    }
}
