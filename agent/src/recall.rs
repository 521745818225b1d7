//! Rows of the ledger from the database, in the controller's words again: for replay, proofs and
//! repairs. A code that this program does not know has no words.

use crate::store;
use controller::{Cause, IncidentKind, MeterIx, Posting, Quality, Timestamp};

const QUALITIES: [Quality; 3] = [Quality::Measured, Quality::EstimatedShape, Quality::Incomplete];

const CAUSES: [Cause; 11] = [
    Cause::Normal,
    Cause::Gap,
    Cause::Opening,
    Cause::Reset,
    Cause::Rollover,
    Cause::Replaced,
    Cause::Glitch,
    Cause::Clock,
    Cause::Ratio,
    Cause::Frozen,
    Cause::Repaired,
];

/// The quality with this number.
pub fn quality(code: u8) -> Option<Quality> {
    QUALITIES.into_iter().find(|quality| *quality as u8 == code)
}

/// The cause with this number.
pub fn cause(code: u8) -> Option<Cause> {
    CAUSES.into_iter().find(|cause| *cause as u8 == code)
}

/// The kind of incident with this number.
pub fn incident_kind(code: u8) -> Option<IncidentKind> {
    IncidentKind::ALL.into_iter().find(|kind| *kind as u8 == code)
}

/// A row of the ledger. Where no snapshot was kept the register at the end of the slot stands in.
pub fn posting(meter: MeterIx, row: &store::Posting) -> Option<Posting> {
    let (read_at, read_wh) =
        row.read.map_or((row.slot_ms, row.register_wh), |read| (read.at_ms, read.register_wh));
    Some(Posting {
        meter,
        slot: Timestamp(row.slot_ms),
        energy_wh: row.energy_wh,
        quality: quality(row.quality)?,
        cause: cause(row.cause)?,
        register_wh: row.register_wh,
        revision: row.revision,
        read_at: Timestamp(read_at),
        read_wh,
    })
}

/// An incident; what it withdraws is known to the database only.
pub fn incident(meter: MeterIx, row: &store::Incident) -> Option<controller::Incident> {
    Some(controller::Incident {
        meter,
        kind: incident_kind(row.kind)?,
        from: Timestamp(row.from_ms),
        at: Timestamp(row.at_ms),
        before_wh: row.before_wh,
        after_wh: row.after_wh,
        jump_wh: row.jump_wh,
    })
}

/// A polled register.
pub fn reading(row: &store::Reading<'_>) -> controller::Reading {
    controller::Reading {
        at: Timestamp(row.at_ms),
        register_wh: row.register_wh,
        power_mw: row.power_mw,
        ratio_milli: row.ratio_milli,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_has_a_name_is_known() {
        // The last of each: a code beyond it means that the lists above miss one.
        assert_eq!(quality(Quality::Incomplete as u8 + 1), None);
        assert_eq!(cause(Cause::Repaired as u8 + 1), None);
        for (code, quality) in QUALITIES.iter().enumerate() {
            assert_eq!(*quality as usize, code);
        }
        for (code, cause) in CAUSES.iter().enumerate() {
            assert_eq!(*cause as usize, code);
        }
        assert_eq!(incident_kind(0), None, "0 only withdraws");
        assert_eq!(incident_kind(IncidentKind::Doubt as u8), Some(IncidentKind::Doubt));
    }
}
