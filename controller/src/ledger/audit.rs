//! Proves the sums of a meter from what is kept of it, without looking at its account.
//!
//! Of every slot: energy = register at its end − register at the end of the slot before − Σ jumps of
//! the incidents in it. Slots that were posted again because the clock was set back are proven together.

use super::repair::{Past, SlotRow};
use super::{Incident, IncidentKind, Quality, slot_of};
use crate::Timestamp;

/// What a proof found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Begin of the first slot looked at.
    pub from: Timestamp,
    /// End of the last one.
    pub to: Timestamp,
    /// How many there are.
    pub slots: u64,
    /// Register at the begin, Wh.
    pub first_register_wh: i64,
    /// Register at the end, Wh.
    pub last_register_wh: i64,
    /// Energy, Wh.
    pub energy_wh: i64,
    /// … in slots whose readings were at most a slot apart, Wh.
    pub measured_wh: i64,
    /// … in slots of which only the sum is measured, Wh.
    pub estimated_wh: i64,
    /// … in slots in which there may have been more, Wh.
    pub incomplete_wh: i64,
    /// How far the register moved without energy, Wh.
    pub jumps_wh: i64,
    /// Each of these moves.
    pub jumps: Vec<Jump>,
    /// The first slot that breaks the proof.
    pub broken: Option<Broken>,
    /// Times without a posting between two that have one.
    pub missing: Vec<(Timestamp, Timestamp)>,
    /// Whether everything adds up and nothing is missing.
    pub ok: bool,
}

/// A register that moved without energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub kind: IncidentKind,
    /// How far, Wh.
    pub jump_wh: i64,
}

/// A slot that breaks the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub slot: Timestamp,
    /// What is posted, Wh.
    pub energy_wh: i64,
    /// What the registers say, Wh.
    pub register_wh: i64,
}

/// Looks at the slots that begin in `from..to`. A row that ends at `from` says what the register was
/// before; without one it is what the opening says, else the first slot is taken on trust.
pub fn audit(past: &Past, from: Timestamp, to: Timestamp, slot_ms: i64) -> Audit {
    let begin = past.rows.partition_point(|row| row.slot < from);
    let end = past.rows.partition_point(|row| row.slot < to);
    let rows = &past.rows[begin.min(end)..end];
    let mut audit = Audit { from, to: from, ok: true, ..Audit::default() };
    let Some(first) = rows.first() else { return audit };
    audit.from = first.slot;
    let mut prover = Prover { incidents: &past.incidents, register_wh: 0, pending_wh: 0 };
    prover.register_wh = match begin.checked_sub(1).map(|nth| past.rows[nth]) {
        Some(before) => before.register_wh,
        None => prover.opening(first, row_end(&past.rows, begin, slot_ms)),
    };
    audit.first_register_wh = prover.register_wh;
    for (nth, row) in rows.iter().enumerate() {
        let end = row_end(&past.rows, begin + nth, slot_ms);
        let begins = rows.get(nth + 1).map_or(end, |next| next.slot);
        if begins > end {
            audit.missing.push((end, begins));
        }
        audit.count(row);
        prover.prove(row, end, &mut audit);
        audit.to = end;
    }
    audit.ok = audit.broken.is_none() && audit.missing.is_empty();
    audit
}

/// Where a row's slot ends. The length of slots may have been another one: a slot that was cut holds
/// readings beyond its usual end, and a longer one begins and ends where such slots do.
fn row_end(rows: &[SlotRow], nth: usize, slot_ms: i64) -> Timestamp {
    const HOUR_MS: i64 = 3_600_000;
    let row = &rows[nth];
    let usual = slot_of(row.slot, slot_ms).plus(slot_ms);
    let Some(next) = rows.get(nth + 1) else { return usual };
    let length = next.slot.0 - row.slot.0;
    let whole = length <= HOUR_MS && HOUR_MS % length == 0 && row.slot.0 % length == 0;
    if next.slot < usual || row.read_at > usual || whole { next.slot } else { usual }
}

impl Audit {
    fn count(&mut self, row: &SlotRow) {
        self.slots += 1;
        self.energy_wh += row.energy_wh;
        self.last_register_wh = row.register_wh;
        match row.quality {
            Quality::Measured => self.measured_wh += row.energy_wh,
            Quality::EstimatedShape => self.estimated_wh += row.energy_wh,
            Quality::Incomplete => self.incomplete_wh += row.energy_wh,
        }
    }
}

struct Prover<'a> {
    incidents: &'a [(i64, Incident)],
    /// Register at the end of what is proven, Wh.
    register_wh: i64,
    /// Energy and jumps since then, in slots that are proven together, Wh.
    pending_wh: i64,
}

impl Prover<'_> {
    fn within(&self, slot: Timestamp, end: Timestamp) -> impl Iterator<Item = &Incident> {
        let all = self.incidents.iter().map(|(_, incident)| incident);
        all.filter(move |it| it.at >= slot && it.at < end)
    }

    fn opening(&self, row: &SlotRow, end: Timestamp) -> i64 {
        let jumps_wh: i64 = self.within(row.slot, end).map(|it| it.jump_wh).sum();
        let mut openings = self.within(row.slot, end).filter(|it| it.kind == IncidentKind::Opening);
        openings.next().map_or(row.register_wh - row.energy_wh - jumps_wh, |it| it.after_wh)
    }

    fn prove(&mut self, row: &SlotRow, end: Timestamp, audit: &mut Audit) {
        let mut jumps_wh = 0;
        for it in self.within(row.slot, end).filter(|it| it.jump_wh != 0) {
            jumps_wh += it.jump_wh;
            audit.jumps.push(Jump { at: it.at, kind: it.kind, jump_wh: it.jump_wh });
        }
        audit.jumps_wh += jumps_wh;
        if self.is_repeated(row.slot, end) {
            self.pending_wh += row.energy_wh + jumps_wh;
            return;
        }
        let register_wh = row.register_wh - self.register_wh - jumps_wh - self.pending_wh;
        if register_wh != row.energy_wh && audit.broken.is_none() {
            let (slot, energy_wh) = (row.slot, row.energy_wh);
            audit.broken = Some(Broken { slot, energy_wh, register_wh });
        }
        self.register_wh = row.register_wh;
        self.pending_wh = 0;
    }

    /// Whether the clock was set back over this slot.
    fn is_repeated(&self, slot: Timestamp, end: Timestamp) -> bool {
        let mut all = self.incidents.iter().map(|(_, incident)| incident);
        all.any(|it| {
            it.kind == IncidentKind::Clock && it.at < end && slot <= it.from && it.at < it.from
        })
    }
}

#[cfg(test)]
mod tests;
