//! The ledger's proof, and its evidence.

use super::energy::{chosen, meters};
use super::meters::the_meter;
use super::types::{Audit, EnergyExplanation, LedgerQuery, Problem, Repair, SlotExplanation};
use super::{Api, OpenMeter, kept, problem};
use crate::{limits, store};
use axum::Json;
use axum::extract::{Query, State};
use controller::ledger::audit as proof;
use controller::ledger::flat::{Flat, HISTORY_MS, flat};
use controller::ledger::repair::Past;
use controller::{Campus, Cause, Timestamp};
use std::collections::BTreeMap;
use store::{QueryError, Reader};

type Answered<T> = Result<Json<T>, Problem>;

const DAY_MS: i64 = 86_400_000;

/// Proves the energy of meters from the rows that are kept. Without a begin: of one meter everything
/// that is kept, of several the last 31 days.
///
/// # Errors
/// `no_such_meter`; `bad_value` for a time range the wrong way round.
#[utoipa::path(get, path = "/v1/energy/audit", params(LedgerQuery), responses((status = 200, body = Vec<Audit>), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn audit(
    State(api): State<Api>,
    Query(query): Query<LedgerQuery>,
) -> Answered<Vec<Audit>> {
    let to_ms = query.to_ms.unwrap_or_else(|| api.clock.now().0);
    let chosen = chosen(meters(&api).await?.0, query.of.as_deref())?;
    let all_ms = if chosen.len() == 1 { limits::AUDIT_DAYS_MAX } else { 31 } * DAY_MS;
    let from_ms =
        query.from_ms.unwrap_or(to_ms - all_ms).max(to_ms - limits::AUDIT_DAYS_MAX * DAY_MS);
    ordered(from_ms, to_ms)?;
    let campus = api.campus.clone();
    let audits = past(&api, "audit", move |past| {
        chosen.iter().map(|meter| audit_one(past, meter, (from_ms, to_ms), &campus)).collect()
    });
    Ok(Json(audits.await?))
}

/// One meter, in pieces that a query may answer.
fn audit_one(
    past: &Reader,
    meter: &OpenMeter,
    (from_ms, to_ms): (i64, i64),
    campus: &Campus,
) -> Result<Audit, QueryError> {
    let (name, slot_ms) = (&meter.totals.meter, campus.settings.slot_ms);
    let piece_ms = i64::from(limits::AUDIT_SLOTS) * slot_ms;
    let mut audit = Audit {
        meter: name.clone(),
        place: meter.now.place.clone(),
        from_ms: 0,
        quarantined_wh: quarantined_wh(meter),
        ok: meter.totals.adds_up,
        ..Audit::default()
    };
    let mut begin_ms = from_ms;
    while begin_ms < to_ms {
        let end_ms = (begin_ms + piece_ms).min(to_ms);
        let found = history(past, meter, (begin_ms - HISTORY_MS, end_ms), slot_ms)?;
        let (begin, end) = (Timestamp(begin_ms), Timestamp(end_ms));
        let proof = proof::audit(&found.past, begin, end, slot_ms);
        if proof.slots > 0 {
            add(&mut audit, &proof, slot_ms);
        }
        let within = |row: &&controller::ledger::repair::SlotRow| (begin..end).contains(&row.slot);
        let rows = found.past.rows.iter().filter(within);
        audit.repaired_wh +=
            rows.filter(|row| row.cause == Cause::Repaired).map(|row| row.energy_wh).sum::<i64>();
        let suspects = standstills(&found.past, campus);
        audit.suspect += still(&suspects, begin_ms, end_ms, slot_ms);
        begin_ms = end_ms;
    }
    audit.expected_wh = audit.last_register_wh - audit.first_register_wh - audit.jumps_wh;
    audit.ok &= audit.expected_wh == audit.posted_wh;
    audit.incidents = told_incidents(past, name, (from_ms, to_ms))?;
    audit.repairs = told_repairs(past, name, (from_ms, to_ms))?;
    Ok(audit)
}

/// Standstills; who rests at weekends may rest on holidays.
fn standstills(past: &Past, campus: &Campus) -> Vec<Flat> {
    let free = |at| campus.timetable.is_free(&campus.zone, at);
    flat(&past.rows, campus.settings.slot_ms, free)
}

/// A register that is in doubt, above the one that is believed.
fn quarantined_wh(meter: &OpenMeter) -> i64 {
    let doubt = meter.now.doubt_wh.zip(meter.now.register_wh);
    doubt.map_or(0, |(doubt, believed)| doubt - believed)
}

fn add(audit: &mut Audit, proof: &proof::Audit, slot_ms: i64) {
    if audit.slots == 0 {
        (audit.from_ms, audit.first_register_wh) = (proof.from.0, proof.first_register_wh);
    }
    audit.to_ms = proof.to.0;
    audit.last_register_wh = proof.last_register_wh;
    audit.jumps_wh += proof.jumps_wh;
    audit.posted_wh += proof.energy_wh;
    audit.measured_wh += proof.measured_wh;
    audit.estimated_wh += proof.estimated_wh;
    audit.incomplete_wh += proof.incomplete_wh;
    audit.slots += u32::try_from(proof.slots).unwrap_or(u32::MAX);
    let missing = proof.missing.iter().map(|(from, to)| (to.0 - from.0) / slot_ms);
    audit.missing += u32::try_from(missing.sum::<i64>()).unwrap_or(u32::MAX);
    audit.broken_ms = audit.broken_ms.or(proof.broken.map(|broken| broken.slot.0));
    audit.ok &= proof.ok;
}

/// Slots of standstills within a time.
fn still(flats: &[Flat], from_ms: i64, to_ms: i64, slot_ms: i64) -> u32 {
    let within = |flat: &Flat| (flat.to.0.min(to_ms) - flat.from.0.max(from_ms)).max(0) / slot_ms;
    u32::try_from(flats.iter().map(within).sum::<i64>()).unwrap_or(u32::MAX)
}

/// What is kept of a meter.
pub(super) struct History {
    pub past: Past,
    pub rows: Vec<store::SlotRow>,
}

/// Rows of a time with the one before it, and the incidents that still count.
pub(super) fn history(
    past: &Reader,
    meter: &OpenMeter,
    (from_ms, to_ms): (i64, i64),
    slot_ms: i64,
) -> Result<History, QueryError> {
    let name = &meter.totals.meter;
    let mut rows: Vec<store::SlotRow> = past.last_slot_before(name, from_ms)?.into_iter().collect();
    rows.extend(slots(past, name, (from_ms, to_ms), slot_ms)?);
    let since_ms = rows.first().map_or(from_ms, |row| row.slot_ms);
    let incidents =
        past.incidents(Some(name), since_ms, to_ms + slot_ms, limits::QUERY_ROWS_MAX)?;
    let counting = incidents.iter().rev().filter(|incident| !incident.withdrawn);
    let incidents = counting.filter_map(|incident| kept::incident(incident, meter.ix)).collect();
    let past = Past { rows: rows.iter().map(|row| kept::slot(row, slot_ms)).collect(), incidents };
    Ok(History { past, rows })
}

/// Slots of any time, in pieces that a query may answer: with slots of a minute a month has more.
pub(super) fn slots(
    past: &Reader,
    meter: &str,
    (from_ms, to_ms): (i64, i64),
    slot_ms: i64,
) -> Result<Vec<store::SlotRow>, QueryError> {
    let piece_ms = i64::from(limits::AUDIT_SLOTS) * slot_ms;
    let (mut rows, mut begin_ms) = (Vec::new(), from_ms);
    while begin_ms < to_ms {
        let end_ms = to_ms.min(begin_ms + piece_ms);
        rows.extend(past.slots(meter, begin_ms, end_ms)?);
        begin_ms = end_ms;
    }
    Ok(rows)
}

fn told_incidents(
    past: &Reader,
    meter: &str,
    (from_ms, to_ms): (i64, i64),
) -> Result<Vec<super::types::Incident>, QueryError> {
    let found = past.incidents(Some(meter), from_ms, to_ms, limits::QUERY_ROWS_MAX)?;
    Ok(found.iter().rev().map(kept::told).collect())
}

fn told_repairs(
    past: &Reader,
    meter: &str,
    (from_ms, to_ms): (i64, i64),
) -> Result<Vec<Repair>, QueryError> {
    let repairs = past.repairs(Some(meter), limits::QUERY_ROWS_MAX)?;
    let within = repairs.into_iter().filter(|it| it.from_ms < to_ms && it.to_ms >= from_ms);
    Ok(within.map(kept::repaired).collect())
}

/// Every posting of one meter with its evidence; without a begin, since local midnight.
///
/// # Errors
/// `no_such_meter`; `bad_value` without a meter, or for too long a time.
#[utoipa::path(get, path = "/v1/energy/explain", params(LedgerQuery), responses((status = 200, body = EnergyExplanation), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn explain(
    State(api): State<Api>,
    Query(query): Query<LedgerQuery>,
) -> Answered<EnergyExplanation> {
    let name = query.of.ok_or_else(|| problem("bad_value", "of", "say which meter"))?;
    let to_ms = query.to_ms.unwrap_or_else(|| api.clock.now().0);
    let midnight = super::energy::Period::Day.start_of(to_ms, &api.zone);
    let from_ms = query.from_ms.unwrap_or(midnight);
    ordered(from_ms, to_ms)?;
    let slot_ms = api.campus.settings.slot_ms;
    if (to_ms - from_ms) / slot_ms > limits::EXPLAIN_SLOTS_MAX {
        return Err(problem("bad_value", "from_ms", "too many slots; ask for a shorter time"));
    }
    let meter = the_meter(&api, &name).await?;
    let campus = api.campus.clone();
    let explained = past(&api, &name, move |past| {
        let name = &meter.totals.meter;
        let from = from_ms - HISTORY_MS;
        let found = history(past, &meter, (from, to_ms), slot_ms)?;
        let suspects = standstills(&found.past, &campus);
        let mut rows: BTreeMap<i64, Vec<_>> = BTreeMap::new();
        for posting in past.postings(name, from_ms, to_ms)? {
            rows.entry(posting.slot_ms).or_default().push(kept::row(&posting));
        }
        let slots = found.rows.iter().filter(|row| (from_ms..to_ms).contains(&row.slot_ms));
        let slot = |row: &store::SlotRow| SlotExplanation {
            slot_ms: row.slot_ms,
            energy_wh: row.energy_wh,
            quality: kept::quality(row.quality).name().to_owned(),
            cause: kept::cause(row.cause).name().to_owned(),
            register_wh: row.register_wh,
            read_ms: row.read.map(|read| read.at_ms),
            read_wh: row.read.map(|read| read.register_wh),
            suspect: still(&suspects, row.slot_ms, row.slot_ms + slot_ms, slot_ms) > 0,
            rows: rows.remove(&row.slot_ms).unwrap_or_default(),
        };
        Ok(EnergyExplanation {
            meter: name.clone(),
            from_ms,
            to_ms,
            slots: slots.map(slot).collect(),
            incidents: told_incidents(past, name, (from_ms, to_ms))?,
            repairs: told_repairs(past, name, (from_ms, to_ms))?,
        })
    });
    Ok(Json(explained.await?))
}

/// Asks the database on a thread that may wait.
pub(super) async fn past<T: Send + 'static>(
    api: &Api,
    about: &str,
    ask: impl FnOnce(&Reader) -> Result<T, QueryError> + Send + 'static,
) -> Result<T, Problem> {
    let past = api.past.clone();
    let internal = |text: String| problem("internal", about, &text);
    let asked = tokio::task::spawn_blocking(move || ask(&past)).await;
    asked.map_err(|error| internal(error.to_string()))?.map_err(|error| internal(error.to_string()))
}

fn ordered(from_ms: i64, to_ms: i64) -> Result<(), Problem> {
    if from_ms > to_ms {
        return Err(problem("bad_value", "from_ms", "the time range ends before it begins"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::import::Import;

    #[test]
    fn more_slots_than_one_query_gives_are_read_without_a_hole() {
        const MINUTE_MS: i64 = 60_000;
        let count = i64::try_from(limits::SLOT_ROWS_MAX).expect("few") + 1_000;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("campus.db");
        let limits = store::Limits { ballast_bytes: 0, ..store::Limits::default() };
        let mut import = Import::begin(&path, limits, MINUTE_MS).expect("a database");
        for slot in 0..count {
            let posting = store::Posting {
                meter: "gym-mains".to_owned(),
                slot_ms: slot * MINUTE_MS,
                energy_wh: 1,
                quality: 0,
                cause: 0,
                register_wh: slot + 1,
                revision: 1,
                read: None,
            };
            import.posting(&posting).expect("kept");
        }
        import.finish(count * MINUTE_MS).expect("finished");
        let opened = store::open(&path, limits, count * MINUTE_MS).expect("open");
        let past = opened.store.reader();
        assert!(past.slots("gym-mains", 0, count * MINUTE_MS).is_err(), "too many for one query");
        let rows = slots(&past, "gym-mains", (0, count * MINUTE_MS), MINUTE_MS).expect("rows");
        let registers: Vec<i64> = rows.iter().map(|row| row.register_wh).collect();
        assert!(registers.iter().copied().eq(1..=count), "every slot once, in order");
    }
}
