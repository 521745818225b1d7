//! The report of a day, week or month: the database's rows through the pure builder, in one pass.

use super::energy::meters;
use super::ledger::slots;
use super::types::{
    Carbon, Cost, CostBand, Peak, Problem, Report, ReportDay, ReportMeter, ReportQuery, ReportRoom,
    ReportShare, Residual,
};
use super::{Api, OpenMeter, kept, problem};
use crate::limits;
use crate::store::{QueryError, Reader};
use axum::Json;
use axum::extract::{Query, State};
use controller::ledger::flat::{FLAT_MS_MIN, HISTORY_MS};
use controller::report::{self, Balance, MeterScope, ReportBuilder, Scope};
use controller::{Campus, Flow, RoomIx, Timestamp};
use std::collections::HashMap;

/// A day, week or month: energy, cost, CO₂, peak and base load, lit-while-empty and too-dark times,
/// and how well all of it is known. The slots that are not complete yet are not in it.
///
/// # Errors
/// `bad_value` for an unknown period.
#[utoipa::path(get, path = "/v1/report", params(ReportQuery), responses((status = 200, body = Report), (status = 422, body = Problem)))]
pub async fn report(
    State(api): State<Api>,
    Query(query): Query<ReportQuery>,
) -> Result<Json<Report>, Problem> {
    let period = report::Period::from_name(&query.period)
        .ok_or_else(|| problem("bad_value", "period", "`period` is `day`, `week` or `month`"))?;
    let now = api.clock.now();
    let at = Timestamp(query.at_ms.unwrap_or(now.0));
    let span = report::bounds(period, at, &api.zone);
    let before = report::before(period, span.0, &api.zone);
    let (known, _) = meters(&api).await?;
    let (past, campus) = (api.past.clone(), api.campus.clone());
    let made = tokio::task::spawn_blocking(move || {
        let made = make(&past, &campus, &known, span, before, now)?;
        Ok::<_, QueryError>(said(&campus, period, &made))
    });
    let made = made.await.map_err(|error| problem("internal", "report", &error.to_string()))?;
    Ok(Json(made.map_err(|error| problem("internal", "report", &error.to_string()))?))
}

type TimeSpan = (Timestamp, Timestamp);

/// Adds up what is kept.
///
/// # Errors
/// As [`QueryError`] says.
pub fn make(
    past: &Reader,
    campus: &Campus,
    meters: &[OpenMeter],
    span: TimeSpan,
    before: TimeSpan,
    now: Timestamp,
) -> Result<report::Report, QueryError> {
    let scopes: Vec<MeterScope> = meters.iter().map(|meter| meter.scope.clone()).collect();
    let names: HashMap<&str, usize> =
        scopes.iter().enumerate().map(|(nth, scope)| (scope.name.as_str(), nth)).collect();
    let rooms: HashMap<String, RoomIx> = campus
        .rooms
        .iter()
        .zip(0..)
        .map(|(room, nth)| (room.place().to_string(), RoomIx(nth)))
        .collect();
    let mut builder = ReportBuilder::new(Scope::of(campus, span, now, scopes.clone()));
    let mut zeros = vec![0u32; scopes.len()];
    past.for_report(span.0.0, span.1.0, |meter, slot_ms, energy_wh, quality, cause| {
        let Some(nth) = names.get(meter).copied() else { return };
        zeros[nth] += u32::from(energy_wh == 0);
        builder.posting(nth, Timestamp(slot_ms), energy_wh, quality, cause);
    })?;
    past.room_slots(span.0.0, span.1.0, |row| {
        let Some(room) = rooms.get(row.room).copied() else { return };
        builder.room_slot(&controller::RoomSlot {
            room,
            slot: Timestamp(row.slot_ms),
            occupied_ms: row.occupied_ms,
            lit_ms: row.lit_ms,
            lit_empty_ms: row.lit_empty_ms,
            lit_hold_ms: row.lit_hold_ms,
            dark_ms: row.dark_ms,
            unknown_ms: row.unknown_ms,
        });
    })?;
    for incident in past.incidents(None, span.0.0, span.1.0, limits::QUERY_ROWS_MAX)? {
        let meter = names.get(incident.incident.meter.as_str()).copied();
        let Some(meter) = meter.filter(|_| !incident.withdrawn) else { continue };
        let meter = controller::MeterIx(meter as u32);
        if let Some((id, incident)) = kept::incident(&incident, meter) {
            builder.incident(id, incident);
        }
    }
    let slot_ms = campus.settings.slot_ms;
    for (nth, meter) in meters.iter().enumerate() {
        let hours_still = i64::from(zeros[nth]) * slot_ms >= FLAT_MS_MIN;
        if meter.never_rests() && hours_still {
            let rows = slots(past, &scopes[nth].name, (span.0.0 - HISTORY_MS, span.1.0), slot_ms)?;
            let rows: Vec<_> = rows.iter().map(|row| kept::slot(row, slot_ms)).collect();
            builder.standstills(nth, &rows);
        }
    }
    if let Some(wh) = total(past, &scopes, before, span, now)? {
        builder.before(wh);
    }
    Ok(builder.finish())
}

/// Energy of the period before; of a period that is not over, as much of it as has passed.
fn total(
    past: &Reader,
    scopes: &[MeterScope],
    before: TimeSpan,
    span: TimeSpan,
    now: Timestamp,
) -> Result<Option<i64>, QueryError> {
    let passed_ms = now.0.min(span.1.0) - span.0.0;
    let end_ms = if now.0 < span.1.0 { before.1.0.min(before.0.0 + passed_ms) } else { before.1.0 };
    if end_ms <= before.0.0 {
        return Ok(None);
    }
    let is_root = |scope: &&MeterScope| {
        scope.flow == Flow::Import && scope.place.is_some() && scope.parent.is_none()
    };
    let roots: Vec<String> =
        scopes.iter().filter(is_root).map(|scope| scope.name.clone()).collect();
    let rows = past.energy(&[before.0.0, end_ms], Some(&roots))?;
    Ok((!rows.is_empty()).then(|| rows.iter().map(|row| row.energy_wh).sum()))
}

/// The report as the API says it.
fn said(campus: &Campus, period: report::Period, made: &report::Report) -> Report {
    Report {
        campus: campus.id.to_string(),
        name: campus.name.clone(),
        time_zone: campus.zone.iana_name().unwrap_or("UTC").to_owned(),
        period: period.name().to_owned(),
        from_ms: made.from.0,
        to_ms: made.to.0,
        made_ms: made.now.0,
        energy_wh: made.energy_wh,
        before_wh: made.before_wh,
        export_wh: made.export_wh,
        cost: cost(made),
        co2: carbon(made),
        peak: made.peak.map(|peak| Peak { power_w: watts(peak.power_mw), at_ms: peak.slot.0 }),
        base_load_w: made.base_load_mw.map(watts),
        out_of_hours_pct: made.out_of_hours_pct(),
        closed_school_day_wh: made.closed_school_day_wh,
        closed_other_day_wh: made.closed_other_day_wh,
        closed_free_day_wh: made.closed_free_day_wh,
        completeness_pct: made.completeness_pct(),
        estimated_pct: made.estimated_pct(),
        days: made.days.iter().map(day).collect(),
        hours_wh: made.hours_wh.to_vec(),
        buildings: made
            .buildings
            .iter()
            .map(|it| ReportShare { id: it.id.to_string(), energy_wh: it.energy_wh })
            .collect(),
        meters: made.meters.iter().map(|meter| total_of(made, meter)).collect(),
        rooms: rooms(made),
        residuals: made.residuals.iter().map(|residual| residual_of(made, residual)).collect(),
        orphans: made.orphans.iter().map(|nth| made.meters[*nth].meter.name.clone()).collect(),
        incidents: made.incidents.iter().map(|(id, incident)| told(made, *id, incident)).collect(),
    }
}

fn watts(milli: i64) -> f64 {
    milli as f64 / 1000.0
}

/// The first currency; a campus that changes its currency within a period sees the other bands too.
fn cost(made: &report::Report) -> Option<Cost> {
    let first = made.costs.first()?;
    let micro = |nano: i128| i64::try_from(nano / 1000).unwrap_or(i64::MAX);
    let bands = made.bands.iter().filter(|band| band.currency == first.currency);
    let tariff = bands.clone().next()?.valid_from.to_string();
    let band = |band: &report::BandTotal| CostBand {
        id: band.id.to_string(),
        label: band.label.clone(),
        price_micro: band.price_micro,
        energy_wh: band.energy_wh,
        cost_micro: micro(band.cost_nano),
    };
    Some(Cost {
        currency: first.currency.clone(),
        total_micro: micro(first.total_nano),
        tariff,
        bands: bands.map(band).collect(),
    })
}

fn carbon(made: &report::Report) -> Option<Carbon> {
    let last = made.co2.last()?;
    let total_ug: i128 = made.co2.iter().map(|year| year.co2_ug).sum();
    Some(Carbon {
        total_g: i64::try_from(total_ug / 1_000_000).unwrap_or(i64::MAX),
        g_per_kwh: f64::from(last.mg_per_kwh) / 1000.0,
        year: i32::from(last.factor_year),
        source: last.source.clone(),
        older: last.older,
    })
}

fn day(day: &report::Day) -> ReportDay {
    ReportDay {
        start_ms: day.start.0,
        energy_wh: day.energy_wh,
        closed_wh: day.closed_wh,
        school: day.kind.is_school(),
        kind: day.kind.name().to_owned(),
        name: day.name.clone(),
        doubtful: day.doubtful,
    }
}

fn total_of(made: &report::Report, total: &report::MeterTotal) -> ReportMeter {
    let share = |part: u32| f64::from(part) * 100.0 / f64::from(total.slots.max(1));
    let parent = total.parent.map(|nth| made.meters[nth].meter.name.clone());
    ReportMeter {
        id: total.meter.name.clone(),
        label: total.meter.label.clone(),
        place: total.meter.place.map(|place| place.to_string()),
        parent,
        flow: total.meter.flow.name().to_owned(),
        energy_wh: total.energy_wh,
        completeness_pct: if total.slots == 0 { 100.0 } else { share(total.measured) },
        estimated_pct: share(total.estimated),
        incomplete: total.incomplete,
        suspect: total.suspect,
    }
}

/// Rooms with something to tell, most lit-while-empty time first.
fn rooms(made: &report::Report) -> Vec<ReportRoom> {
    let room = |room: &report::RoomTotal| ReportRoom {
        id: room.room.place.to_string(),
        label: room.room.name.clone(),
        occupied_s: room.occupied_ms / 1000,
        lit_s: room.lit_ms / 1000,
        lit_empty_s: room.lit_empty_ms / 1000,
        lit_hold_s: room.lit_hold_ms / 1000,
        dark_s: room.dark_ms / 1000,
        unknown_s: room.unknown_ms / 1000,
    };
    let mut rooms: Vec<ReportRoom> = made.rooms.iter().map(room).collect();
    rooms.sort_by_key(|room| (std::cmp::Reverse(room.lit_empty_s), std::cmp::Reverse(room.lit_s)));
    rooms
}

fn residual_of(made: &report::Report, residual: &report::Residual) -> Residual {
    Residual {
        parent: made.meters[residual.meter].meter.name.clone(),
        start_ms: made.days[residual.day].start.0,
        parent_wh: residual.parent_wh,
        parts_wh: residual.parts_wh,
        alarm: residual.balance == Balance::PartsAbove,
    }
}

fn told(made: &report::Report, id: i64, incident: &controller::Incident) -> super::types::Incident {
    let name = made.meters[incident.meter.0 as usize].meter.name.clone();
    super::types::Incident {
        id,
        meter: name,
        kind: incident.kind.name().to_owned(),
        from_ms: incident.from.0,
        at_ms: incident.at.0,
        before_wh: incident.before_wh,
        after_wh: incident.after_wh,
        jump_wh: incident.jump_wh,
        withdrawn: false,
        open: incident.kind.is_open(),
    }
}
