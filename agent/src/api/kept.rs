//! Rows of the database in the words of the ledger, and both in the words of the API.

use super::types::{Incident, PostingRow, Repair};
use crate::{recall, store};
use controller::ledger::repair::SlotRow;
use controller::{Cause, IncidentKind, MeterIx, Quality, Timestamp};

/// A quality; a code that this program does not know counts as the worst.
pub fn quality(code: u8) -> Quality {
    recall::quality(code).unwrap_or(Quality::Incomplete)
}

/// A cause; a code that this program does not know counts as none.
pub fn cause(code: u8) -> Cause {
    recall::cause(code).unwrap_or_default()
}

/// A slot as the ledger derives from it. One that was kept before there were snapshots counts as
/// read at its end.
pub fn slot(row: &store::SlotRow, slot_ms: i64) -> SlotRow {
    let read = row
        .read
        .unwrap_or(store::Snapshot { at_ms: row.slot_ms + slot_ms, register_wh: row.register_wh });
    SlotRow {
        slot: Timestamp(row.slot_ms),
        energy_wh: row.energy_wh,
        quality: quality(row.quality),
        cause: cause(row.cause),
        register_wh: row.register_wh,
        revision: row.revision,
        read_at: Timestamp(read.at_ms),
        read_wh: read.register_wh,
    }
}

/// An incident as the ledger knows it, with its number.
pub fn incident(kept: &store::KeptIncident, meter: MeterIx) -> Option<(i64, controller::Incident)> {
    Some((kept.id, recall::incident(meter, &kept.incident)?))
}

/// An incident as the API says it.
pub fn told(kept: &store::KeptIncident) -> Incident {
    let store::Incident { meter, from_ms, at_ms, before_wh, after_wh, jump_wh, .. } =
        kept.incident.clone();
    let kind = recall::incident_kind(kept.incident.kind);
    Incident {
        id: kept.id,
        meter,
        kind: kind.map_or("unknown", IncidentKind::name).to_owned(),
        from_ms,
        at_ms,
        before_wh,
        after_wh,
        jump_wh,
        withdrawn: kept.withdrawn,
        open: kind.is_some_and(IncidentKind::is_open) && !kept.withdrawn,
    }
}

/// A row of the ledger as the API says it.
pub fn row(posting: &store::Posting) -> PostingRow {
    PostingRow {
        revision: posting.revision,
        energy_wh: posting.energy_wh,
        quality: quality(posting.quality).name().to_owned(),
        cause: cause(posting.cause).name().to_owned(),
    }
}

/// A repair as the API says it. What was judged is JSON with the name of the judgement in `what`.
pub fn repaired(kept: store::Repair) -> Repair {
    let judged: serde_json::Value = serde_json::from_str(&kept.judgement).unwrap_or_default();
    let what = what(&judged).to_owned();
    let slots = judged.get("slots").and_then(serde_json::Value::as_u64).unwrap_or(0);
    Repair {
        id: Some(kept.id),
        meter: kept.meter,
        at_ms: kept.at_ms,
        what,
        from_ms: kept.from_ms,
        to_ms: kept.to_ms,
        before_wh: kept.before_wh,
        after_wh: kept.after_wh,
        slots: u32::try_from(slots).unwrap_or(u32::MAX),
        by: kept.by,
        why: kept.why,
    }
}

/// What a person did: a repair names it, decisions about the present are kept under their names.
fn what(judged: &serde_json::Value) -> &str {
    if let Some(judge) = judged.get("judge") {
        let believed = judge.get("believe").and_then(serde_json::Value::as_bool) == Some(true);
        return if believed { "believe" } else { "refuse" };
    }
    if judged.get("replace").is_some() {
        return "replace";
    }
    judged.get("what").and_then(serde_json::Value::as_str).unwrap_or_default()
}

/// A row of a repair as the database keeps it.
pub fn posting(meter: &str, posting: &controller::Posting) -> store::Posting {
    store::Posting {
        meter: meter.to_owned(),
        slot_ms: posting.slot.0,
        energy_wh: posting.energy_wh,
        quality: posting.quality as u8,
        cause: posting.cause as u8,
        register_wh: posting.register_wh,
        revision: posting.revision,
        read: Some(store::Snapshot { at_ms: posting.read_at.0, register_wh: posting.read_wh }),
    }
}

/// An incident as the database keeps it; what it withdraws is said elsewhere.
pub fn kept(meter: &str, incident: &controller::Incident) -> store::Incident {
    store::Incident {
        meter: meter.to_owned(),
        kind: incident.kind as u8,
        from_ms: incident.from.0,
        at_ms: incident.at.0,
        before_wh: incident.before_wh,
        after_wh: incident.after_wh,
        jump_wh: incident.jump_wh,
        withdraws: store::Withdraws::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_person_decided_has_a_name() {
        let check = |judgement: &str, expected: &str| {
            let kept = store::Repair {
                id: 1,
                at_ms: 0,
                meter: "gym-mains".to_owned(),
                from_ms: 0,
                to_ms: 0,
                judgement: judgement.to_owned(),
                by: "lin".to_owned(),
                why: "seen".to_owned(),
                before_wh: 0,
                after_wh: 0,
            };
            assert_eq!(repaired(kept).what, expected, "{judgement}");
        };
        check(r#"{"what":"ignore","slots":3}"#, "ignore");
        check(r#"{"judge":{"meter":"gym-mains","believe":true}}"#, "believe");
        check(r#"{"judge":{"meter":"gym-mains","believe":false}}"#, "refuse");
        check(r#"{"replace":{"meter":"gym-mains","at_ms":0}}"#, "replace");
    }
}
