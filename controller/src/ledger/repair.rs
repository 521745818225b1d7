//! What is to be posted so that closed slots become what they should have been.
//!
//! Nothing that was posted is changed. A person judges; the plan is rows that add to those of their
//! slot, incidents that take the place of others, and the sums before and after. A plan moves the
//! registers at the ends of slots, and takes the energies from the proof:
//!
//! `Δ energy = Δ end − Δ end of the slot before + jumps withdrawn − jumps new`

use super::account::{Way, limit_wh, way};
use super::{Cause, Incident, IncidentKind, Posting, Quality, share};
use crate::{MeterIx, Plate, Timestamp};

mod draft;
mod fault;

use draft::{Draft, Point};
pub use fault::RepairFault;

/// A slot as it stands: its rows added up, everything else from the row of the highest revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotRow {
    /// Start.
    pub slot: Timestamp,
    /// Energy, Wh.
    pub energy_wh: i64,
    /// How well it is known.
    pub quality: Quality,
    /// Why it looks as it does.
    pub cause: Cause,
    /// Register at its end, Wh.
    pub register_wh: i64,
    /// The highest.
    pub revision: u32,
    /// The last reading that was believed up to its end, and what it said, Wh.
    pub read_at: Timestamp,
    /// Its register, Wh.
    pub read_wh: i64,
}

/// What a plan, or a proof, is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// In order and without holes; at least one slot more than what is judged, on either side.
    pub rows: Vec<SlotRow>,
    /// Incidents of that time that are not withdrawn, with the numbers of their rows.
    pub incidents: Vec<(i64, Incident)>,
}

/// What a person says about the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Readings in that time were wrong.
    Ignore {
        /// The first wrong reading, or a little before.
        from: Timestamp,
        /// The last wrong one.
        to: Timestamp,
    },
    /// The meter was replaced, or its register set.
    Boundary {
        /// When.
        at: Timestamp,
        /// What the register showed last, Wh; `None` when nobody knows.
        old_final_wh: Option<i64>,
        /// What it showed first thereafter, Wh.
        new_first_wh: Option<i64>,
    },
    /// The transformers had another ratio: all energies of whole slots in that time are multiplied.
    Factor {
        /// Begin.
        from: Timestamp,
        /// End.
        to: Timestamp,
        /// By this, 1 to 1,000,000 …
        numerator: i64,
        /// … and divided by this, 1 to 1,000,000.
        denominator: i64,
    },
}

/// What is to be done about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Rows that add to what is posted; revision 0 is the next one of the slot.
    pub rows: Vec<Posting>,
    /// Numbers of incidents that turn out not to have been.
    pub withdrawn: Vec<i64>,
    /// What it turns out to have been.
    pub incidents: Vec<Incident>,
    /// Energy of the slots in `rows` so far, Wh.
    pub before_wh: i64,
    /// Their energy when the plan is carried out, Wh.
    pub after_wh: i64,
}

/// What follows from a judgement.
///
/// # Errors
/// A [`RepairFault`] when the past does not say enough, or contradicts.
pub fn plan(
    meter: MeterIx,
    past: &Past,
    judgement: &Judgement,
    plate: &Plate,
    slot_ms: i64,
) -> Result<Plan, RepairFault> {
    let draft = Draft::new(meter, past, slot_ms)?;
    match *judgement {
        Judgement::Ignore { from, to } => ignore(draft, from, to, plate),
        Judgement::Boundary { at, old_final_wh, new_first_wh } => {
            boundary(draft, at, old_final_wh, new_first_wh, plate)
        }
        Judgement::Factor { from, to, numerator, denominator } => {
            factor(draft, from, to, numerator, denominator)
        }
    }
}

/// A straight line from the last good reading before to the first one after.
fn ignore(
    mut draft: Draft<'_>,
    from: Timestamp,
    to: Timestamp,
    plate: &Plate,
) -> Result<Plan, RepairFault> {
    if to < from {
        return Err(RepairFault::Empty);
    }
    draft.must_be_closed(to)?;
    let before = draft.last_read(|at| at < from).ok_or(RepairFault::NoReadingBefore)?;
    let after = draft.first_read(|at| at > to).ok_or(RepairFault::NoReadingAfter)?;
    draft.must_be_closed(after.at)?;
    let ms = after.at.0 - before.at.0;
    let Some(way) = way(before.wh, after.wh, ms, plate) else {
        let (before_wh, after_wh) = (before.wh, after.wh);
        return Err(RepairFault::Implausible {
            before_wh,
            after_wh,
            limit_wh: limit_wh(ms, plate),
        });
    };
    let wrong = draft.first_read(|at| at >= from).filter(|point| point.at <= to);
    let start_wh = if way == Way::Still { after.wh } else { before.wh };
    let modulus_wh = match way {
        Way::Over(_) => plate.modulus_wh,
        Way::Up(_) | Way::Still => None,
    };
    draft.withdraw(before.at, after.at)?;
    draft.between(before, after, |end| {
        let wh = start_wh + share(way.energy_wh(), end.0 - before.at.0, ms);
        modulus_wh.filter(|modulus| wh >= *modulus).map_or(wh, |modulus| wh - modulus)
    });
    if let Some(modulus) = modulus_wh {
        let at = draft.turn(before, after);
        draft.say(IncidentKind::Rollover, (before.at, at), (before.wh, after.wh), -modulus);
    }
    let said_wh = wrong.map_or(before.wh, |point| point.wh);
    draft.say(IncidentKind::Glitch, (before.at, from.max(before.at)), (before.wh, said_wh), 0);
    let quality = if ms > draft.slot_ms { Quality::EstimatedShape } else { Quality::Measured };
    draft.finish(quality, None)
}

/// What the old register and the new one counted, and a jump between them.
fn boundary(
    mut draft: Draft<'_>,
    at: Timestamp,
    old_final_wh: Option<i64>,
    new_first_wh: Option<i64>,
    plate: &Plate,
) -> Result<Plan, RepairFault> {
    let (before, after) = match draft.incident_near(at) {
        Some(ends) => ends,
        None => (
            draft.last_read(|read| read <= at).ok_or(RepairFault::NoReadingBefore)?,
            draft.first_read(|read| read > at).ok_or_else(|| draft.open())?,
        ),
    };
    draft.must_be_closed(after.at)?;
    let at = at.clamp(before.at, after.at);
    let (last_wh, first_wh) = (old_final_wh.unwrap_or(before.wh), new_first_wh.unwrap_or(after.wh));
    let (old_wh, new_wh) = (last_wh - before.wh, after.wh - first_wh);
    if old_wh < 0 {
        return Err(RepairFault::OldBelow { seen_wh: before.wh });
    }
    if new_wh < 0 {
        return Err(RepairFault::NewAbove { seen_wh: after.wh });
    }
    let ms = after.at.0 - before.at.0;
    let limit_wh = limit_wh(ms, plate).saturating_add(plate.quantum_wh);
    if old_wh + new_wh > limit_wh {
        return Err(RepairFault::TooMuch { energy_wh: old_wh + new_wh, limit_wh });
    }
    draft.withdraw(before.at, after.at)?;
    draft.between(before, after, |end| {
        if end <= at {
            before.wh + share(old_wh, end.0 - before.at.0, at.0 - before.at.0)
        } else {
            first_wh + share(new_wh, end.0 - at.0, after.at.0 - at.0)
        }
    });
    draft.say(IncidentKind::Declared, (before.at, at), (last_wh, first_wh), first_wh - last_wh);
    let known = old_final_wh.is_some() && new_first_wh.is_some();
    let quality = match (known, ms > draft.slot_ms) {
        (false, _) => Quality::Incomplete,
        (true, true) => Quality::EstimatedShape,
        (true, false) => Quality::Measured,
    };
    draft.finish(quality, Some(Point { at, wh: first_wh }))
}

/// Energies times a ratio, with remainders carried; behind them the register goes on as it was.
fn factor(
    mut draft: Draft<'_>,
    from: Timestamp,
    to: Timestamp,
    numerator: i64,
    denominator: i64,
) -> Result<Plan, RepairFault> {
    const FACTOR_MAX: i64 = 1_000_000;
    let good = 1..=FACTOR_MAX;
    if !good.contains(&numerator) || !good.contains(&denominator) {
        return Err(RepairFault::BadFactor);
    }
    draft.must_be_closed(to)?;
    draft.whole_slots(from, to)?;
    let times = |wh: i64| {
        (i128::from(wh) * i128::from(numerator)).div_euclid(i128::from(denominator)) as i64
    };
    draft.scale(times);
    let (end, before_wh, after_wh) = draft.last_end();
    // A person has said it, so that nothing is left to be explained.
    draft.say(IncidentKind::Declared, (from, end), (before_wh, after_wh), after_wh - before_wh);
    draft.finish(Quality::Measured, None)
}

#[cfg(test)]
mod tests;
