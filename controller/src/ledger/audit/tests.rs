//! A proof finds what does not add up. (Histories are proven in `tests/it/ledger`.)

use super::*;
use crate::MeterIx;
use crate::ledger::Cause;

const SLOT_MS: i64 = 900_000;

fn past(energies: &[i64]) -> Past {
    let mut register_wh = 1_000;
    let row = |(nth, energy_wh): (usize, &i64)| {
        register_wh += energy_wh;
        let slot = Timestamp(nth as i64 * SLOT_MS);
        SlotRow {
            slot,
            energy_wh: *energy_wh,
            quality: if nth % 2 == 0 { Quality::Measured } else { Quality::EstimatedShape },
            cause: Cause::Normal,
            register_wh,
            revision: 1,
            read_at: slot,
            read_wh: register_wh,
        }
    };
    Past { rows: energies.iter().enumerate().map(row).collect(), incidents: Vec::new() }
}

fn all(past: &Past) -> Audit {
    audit(past, Timestamp(0), Timestamp(i64::MAX), SLOT_MS)
}

fn incident(kind: IncidentKind, (from, at): (i64, i64), after_wh: i64, jump_wh: i64) -> Incident {
    let (from, at) = (Timestamp(from), Timestamp(at));
    Incident { meter: MeterIx(0), kind, from, at, before_wh: 0, after_wh, jump_wh }
}

#[test]
fn sums_are_by_quality_and_the_register_is_the_sum() {
    let audit = all(&past(&[10, 20, 30, 40]));
    assert!(audit.ok);
    assert_eq!((audit.measured_wh, audit.estimated_wh, audit.energy_wh), (40, 60, 100));
    assert_eq!((audit.first_register_wh, audit.last_register_wh), (1_000, 1_100));
}

#[test]
fn a_row_that_was_changed_breaks_the_proof() {
    let mut past = past(&[10, 20, 30, 40]);
    past.rows[2].energy_wh += 1;
    let broken = Broken { slot: Timestamp(2 * SLOT_MS), energy_wh: 31, register_wh: 30 };
    assert_eq!(all(&past).broken, Some(broken));
    past.rows[2].energy_wh -= 1;
    past.rows[1].register_wh += 5;
    assert_eq!(all(&past).broken.map(|broken| broken.slot), Some(Timestamp(SLOT_MS)));
}

#[test]
fn a_hole_is_missing_and_a_jump_must_be_said() {
    let mut past = past(&[10, 20, 30, 40]);
    past.rows.remove(2);
    let audit = all(&past);
    assert_eq!(audit.missing, [(Timestamp(2 * SLOT_MS), Timestamp(3 * SLOT_MS))]);
    assert!(!audit.ok);
    past.incidents.push((1, incident(IncidentKind::Declared, (0, 3 * SLOT_MS + 5), 0, 30)));
    let audit = all(&past);
    assert!(audit.broken.is_none() && !audit.missing.is_empty());
    assert_eq!(audit.jumps_wh, 30);
}

#[test]
fn slots_that_were_posted_again_are_proven_together() {
    let mut past = past(&[10, 20, 30, 40, 50]);
    // Back from the third slot to the second: both get more, and only their registers at the end count.
    past.incidents.push((1, incident(IncidentKind::Clock, (3 * SLOT_MS - 1, SLOT_MS + 1), 0, 0)));
    past.rows[1].energy_wh += 7;
    past.rows[1].register_wh = 1_067;
    past.rows[2].energy_wh += 8;
    for row in &mut past.rows[2..] {
        row.register_wh += 15;
    }
    assert_eq!(all(&past).broken, None);
    past.rows[1].energy_wh += 1;
    assert_eq!(all(&past).broken.map(|broken| broken.slot), Some(Timestamp(3 * SLOT_MS)));
}

#[test]
fn the_first_slot_begins_at_the_opening() {
    let mut past = past(&[10, 20]);
    past.incidents.push((1, incident(IncidentKind::Opening, (5, 5), 1_000, 0)));
    assert!(all(&past).ok);
    past.rows[0].energy_wh = 11;
    assert!(!all(&past).ok);
}
