//! A plan in the making: registers at slot ends as they should be, incidents that go and come.

use super::{Past, Plan, RepairFault, SlotRow};
use crate::ledger::{Cause, Incident, IncidentKind, Posting, Quality, slot_of};
use crate::{MeterIx, Timestamp};

/// A register at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub at: Timestamp,
    pub wh: i64,
}

/// A plan in the making.
pub(super) struct Draft<'a> {
    meter: MeterIx,
    rows: &'a [SlotRow],
    incidents: &'a [(i64, Incident)],
    pub slot_ms: i64,
    /// Rows that are touched, and their registers at the end as they should be.
    first: usize,
    ends: Vec<i64>,
    /// The good points around, where readings between are not believed.
    around: Option<(Point, Point)>,
    withdrawn: Vec<(i64, Incident)>,
    said: Vec<Incident>,
    scaled: Option<Vec<i64>>,
}

impl<'a> Draft<'a> {
    pub fn new(meter: MeterIx, past: &'a Past, slot_ms: i64) -> Result<Self, RepairFault> {
        if past.rows.is_empty() {
            return Err(RepairFault::NothingKnown);
        }
        Ok(Self {
            meter,
            rows: &past.rows,
            incidents: &past.incidents,
            slot_ms,
            first: 0,
            ends: Vec::new(),
            around: None,
            withdrawn: Vec::new(),
            said: Vec::new(),
            scaled: None,
        })
    }

    /// Where a row's slot ends: where the next begins, whatever its length.
    fn end(&self, nth: usize) -> Timestamp {
        match self.rows.get(nth + 1) {
            Some(next) => next.slot,
            None => slot_of(self.rows[nth].slot, self.slot_ms).plus(self.slot_ms),
        }
    }

    /// The slot that is still filling, as a fault.
    pub fn open(&self) -> RepairFault {
        RepairFault::OpenSlot { closes: self.end(self.rows.len() - 1).plus(self.slot_ms) }
    }

    /// A moment must not lie behind what is posted; nor may anything have happened just there.
    pub fn must_be_closed(&self, at: Timestamp) -> Result<(), RepairFault> {
        let end = self.end(self.rows.len() - 1);
        let happens = || self.incidents.iter().any(|(_, it)| it.at == end);
        if at > end || (at == end && happens()) { Err(self.open()) } else { Ok(()) }
    }

    /// The last reading that was believed before something.
    pub fn last_read(&self, is_before: impl Fn(Timestamp) -> bool) -> Option<Point> {
        let row = self.rows.iter().rev().find(|row| is_before(row.read_at))?;
        Some(Point { at: row.read_at, wh: row.read_wh })
    }

    /// The first reading that was believed after something.
    pub fn first_read(&self, is_after: impl Fn(Timestamp) -> bool) -> Option<Point> {
        let row = self.rows.iter().find(|row| is_after(row.read_at))?;
        Some(Point { at: row.read_at, wh: row.read_wh })
    }

    /// The readings around what a register was believed to have gone through near a moment.
    pub fn incident_near(&self, at: Timestamp) -> Option<(Point, Point)> {
        use IncidentKind::{Frozen, Ratio, Replaced, Reset};
        let near = |it: &&Incident| {
            matches!(it.kind, Frozen | Ratio | Replaced | Reset)
                && it.from.plus(-self.slot_ms) <= at
                && at <= it.at.plus(self.slot_ms)
        };
        let all = self.incidents.iter().map(|(_, incident)| incident);
        let nearest = all.filter(near).min_by_key(|it| (it.at.0 - at.0).abs())?;
        let (before, after) = (nearest.before_wh, nearest.after_wh);
        Some((Point { at: nearest.from, wh: before }, Point { at: nearest.at, wh: after }))
    }

    /// What was said to have happened between two readings has not.
    pub fn withdraw(&mut self, after: Timestamp, upto: Timestamp) -> Result<(), RepairFault> {
        for (id, it) in self.incidents {
            let set_back = it.kind == IncidentKind::Clock && it.from > it.at;
            let reaches = it.at <= upto && it.from > after;
            if set_back && reaches
                || it.kind == IncidentKind::Opening && it.at > after && it.at <= upto
            {
                return Err(RepairFault::Broken { at: it.at });
            }
            if it.at > after && it.at <= upto && it.kind != IncidentKind::Clock {
                self.withdrawn.push((*id, *it));
            }
        }
        Ok(())
    }

    /// Slots that end between two readings get the register that `path` says.
    pub fn between(&mut self, before: Point, after: Point, path: impl Fn(Timestamp) -> i64) {
        let holds = |at: Timestamp| self.rows.partition_point(|row| row.slot <= at).max(1) - 1;
        let (first, last) = (holds(before.at), holds(after.at));
        let register = |nth: usize| {
            let end = self.end(nth);
            if end > before.at && end <= after.at { path(end) } else { self.rows[nth].register_wh }
        };
        self.ends = (first..=last).map(register).collect();
        self.first = first;
        self.around = Some((before, after));
    }

    /// When a register that falls between two readings went through its end.
    pub fn turn(&self, before: Point, after: Point) -> Timestamp {
        let fallen = self.ends.iter().position(|wh| *wh < before.wh);
        let end = self.end(self.first + fallen.unwrap_or(self.ends.len().saturating_sub(1)));
        after.at.min(end.plus(-1)).max(before.at)
    }

    /// Whole slots within a time, nothing else.
    pub fn whole_slots(&mut self, from: Timestamp, to: Timestamp) -> Result<(), RepairFault> {
        let within = |nth: &usize| self.rows[*nth].slot >= from && self.end(*nth) <= to;
        let slots: Vec<usize> = (0..self.rows.len()).filter(within).collect();
        let first = *slots.first().ok_or(RepairFault::Empty)?;
        for (_, it) in self.incidents {
            let within = it.at >= self.rows[first].slot && it.at < to;
            if within && it.kind == IncidentKind::Clock && it.from > it.at {
                return Err(RepairFault::Broken { at: it.at });
            }
        }
        self.first = first;
        self.ends = slots.iter().map(|nth| self.rows[*nth].register_wh).collect();
        Ok(())
    }

    /// Energies of the touched slots are what `times` makes of their running sum.
    pub fn scale(&mut self, times: impl Fn(i64) -> i64) {
        let mut old_wh = 0;
        let mut reads = Vec::new();
        for (at, end) in self.ends.iter_mut().enumerate() {
            let row = &self.rows[self.first + at];
            old_wh += row.energy_wh;
            *end += times(old_wh) - old_wh;
            reads.push(*end - times(row.register_wh - row.read_wh));
        }
        self.scaled = Some(reads);
    }

    /// End of the last touched slot; its register as it should be, and as it was.
    pub fn last_end(&self) -> (Timestamp, i64, i64) {
        let last = self.first + self.ends.len() - 1;
        (self.end(last), self.ends[self.ends.len() - 1], self.rows[last].register_wh)
    }

    pub fn say(
        &mut self,
        kind: IncidentKind,
        (from, at): (Timestamp, Timestamp),
        (before_wh, after_wh): (i64, i64),
        jump_wh: i64,
    ) {
        let meter = self.meter;
        self.said.push(Incident { meter, kind, from, at, before_wh, after_wh, jump_wh });
    }

    /// The rows that follow from the registers. `begin` is where readings are believed again.
    pub fn finish(self, quality: Quality, begin: Option<Point>) -> Result<Plan, RepairFault> {
        let mut plan = Plan::default();
        let mut shift_before_wh = 0;
        for (at, register_wh) in self.ends.iter().enumerate() {
            let nth = self.first + at;
            let (row, end) = (&self.rows[nth], self.end(nth));
            let within = |it: &&Incident| it.at >= row.slot && it.at < end;
            let gone = self.withdrawn.iter().map(|(_, it)| it).filter(within);
            let gone_wh: i64 = gone.map(|it| it.jump_wh).sum();
            let come_wh: i64 = self.said.iter().filter(within).map(|it| it.jump_wh).sum();
            let shift_wh = register_wh - row.register_wh;
            let energy_wh = shift_wh - shift_before_wh + gone_wh - come_wh;
            shift_before_wh = shift_wh;
            if row.energy_wh + energy_wh < 0 {
                return Err(RepairFault::Negative { slot: row.slot });
            }
            plan.before_wh += row.energy_wh;
            plan.after_wh += row.energy_wh + energy_wh;
            let read = self.read(at, row, end, begin);
            plan.rows.push(Posting {
                meter: self.meter,
                slot: row.slot,
                energy_wh,
                quality,
                cause: Cause::Repaired,
                register_wh: *register_wh,
                revision: 0,
                read_at: read.at,
                read_wh: read.wh,
            });
        }
        plan.withdrawn = self.withdrawn.iter().map(|(id, _)| *id).collect();
        plan.incidents = self.said;
        Ok(plan)
    }

    /// The snapshot of a row when the plan is carried out.
    fn read(&self, at: usize, row: &SlotRow, end: Timestamp, begin: Option<Point>) -> Point {
        let kept = Point { at: row.read_at, wh: row.read_wh };
        if let Some(scaled) = &self.scaled {
            return Point { wh: scaled[at], ..kept };
        }
        let Some((before, after)) = self.around else { return kept };
        if kept.at <= before.at || kept.at >= after.at {
            return kept;
        }
        begin.filter(|point| point.at <= end).unwrap_or(before)
    }
}
