//! The past: energy per meter and period, from the postings in the database and the open slots.

use super::types::{Energy, EnergyQuery, EnergyRow, MeterEnergy, Problem};
use super::{Answer, Api, OpenMeter, Question, mismatch, problem};
use crate::limits;
use axum::Json;
use axum::extract::{Query, State};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Energy of one meter in one slot of 15 min.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// `node/channel`.
    pub meter: String,
    /// Start of the slot, ms UTC.
    pub start_ms: i64,
    /// Energy.
    pub energy_wh: i64,
    /// Only the sum over a gap is exact, not this share of it.
    pub estimated: bool,
}

/// Energy by meter and period.
///
/// # Errors
/// `bad_value` for an unknown period or a time range the wrong way round; `no_such_meter`.
#[utoipa::path(get, path = "/v1/energy", params(EnergyQuery), responses((status = 200, body = Energy), (status = 422, body = Problem)))]
pub async fn energy(
    State(api): State<Api>,
    Query(query): Query<EnergyQuery>,
) -> Result<Json<Energy>, Problem> {
    let Answer::Meters(meters) = api.ask(Question::Meters).await? else {
        return Err(mismatch());
    };
    let now_ms = api.clock.now().0;
    let by = Period::from_name(query.by.as_deref().unwrap_or("hour"))?;
    let to_ms = query.to_ms.unwrap_or(now_ms);
    let from_ms = query.from_ms.unwrap_or_else(|| Period::Day.start_of(to_ms, &api.zone));
    if from_ms > to_ms {
        return Err(problem("bad_value", "from_ms", "the time range ends before it begins"));
    }
    let asked = chosen(meters, query.of.as_deref())?;
    let past = api.past.clone();
    let read = tokio::task::spawn_blocking(move || past.slots(from_ms, to_ms)).await;
    let slots = read
        .map_err(|error| problem("internal", "energy", &error.to_string()))?
        .map_err(|error| problem("internal", "energy", &error.to_string()))?;
    let rows = rows(&asked, slots, (from_ms, to_ms), by, &api.zone);
    if rows.len() > limits::ENERGY_ROWS_MAX {
        let text = format!("{} rows; ask for a shorter time or `by=day`", rows.len());
        return Err(problem("bad_value", "from_ms", &text));
    }
    let meters = asked.into_iter().map(|meter| totals(meter.totals, &rows)).collect();
    Ok(Json(Energy { from_ms, to_ms, by: by.name().to_owned(), rows, meters }))
}

/// How energy is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// 15 min, as it is posted.
    Slot,
    /// An hour of the campus's zone.
    Hour,
    /// A local day of 23, 24 or 25 h.
    Day,
}

impl Period {
    fn from_name(name: &str) -> Result<Self, Problem> {
        match name {
            "slot" => Ok(Self::Slot),
            "hour" => Ok(Self::Hour),
            "day" => Ok(Self::Day),
            _ => Err(problem("bad_value", "by", "`by` is `slot`, `hour` or `day`")),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Slot => "slot",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Start of the period that holds a moment, ms UTC.
    pub fn start_of(self, at_ms: i64, zone: &TimeZone) -> i64 {
        let Ok(at) = Timestamp::from_millisecond(at_ms) else { return at_ms };
        let local = at.to_zoned(zone.clone());
        let unit = match self {
            Self::Slot => return at_ms,
            Self::Hour => jiff::Unit::Hour,
            Self::Day => jiff::Unit::Day,
        };
        let floor = jiff::ZonedRound::new().smallest(unit).mode(jiff::RoundMode::Floor);
        local.round(floor).map_or(at_ms, |start| start.timestamp().as_millisecond())
    }
}

/// The meters a name means: a room, a building, a node, a meter; all without a name.
fn chosen(meters: Vec<OpenMeter>, of: Option<&str>) -> Result<Vec<OpenMeter>, Problem> {
    let Some(of) = of else { return Ok(meters) };
    let belongs = |meter: &OpenMeter| {
        let place = meter.totals.place.as_str();
        meter.totals.meter == of
            || meter.node == of
            || place == of
            || place.split_once('/').is_some_and(|(building, _)| building == of)
    };
    let mut names: Vec<String> = meters.iter().map(|meter| meter.totals.place.clone()).collect();
    names.extend(meters.iter().map(|meter| meter.totals.meter.clone()));
    let chosen: Vec<OpenMeter> = meters.into_iter().filter(belongs).collect();
    if chosen.is_empty() {
        let mut none = problem("no_such_meter", of, "no meter, node, room or building of that name");
        none.candidates = crate::names::nearest(of, names);
        return Err(none);
    }
    Ok(chosen)
}

/// Posted and open slots of the chosen meters, added up by period.
fn rows(
    meters: &[OpenMeter],
    posted: Vec<Slot>,
    (from_ms, to_ms): (i64, i64),
    by: Period,
    zone: &TimeZone,
) -> Vec<EnergyRow> {
    let open = meters.iter().flat_map(|meter| {
        meter.open.iter().map(|(start_ms, energy_wh)| Slot {
            meter: meter.totals.meter.clone(),
            start_ms: *start_ms,
            energy_wh: *energy_wh,
            estimated: false,
        })
    });
    let wanted = |slot: &Slot| {
        (from_ms..to_ms).contains(&slot.start_ms)
            && meters.iter().any(|meter| meter.totals.meter == slot.meter)
    };
    let mut sums: BTreeMap<(String, i64), (i64, bool)> = BTreeMap::new();
    for slot in posted.into_iter().chain(open).filter(wanted) {
        let key = (slot.meter, by.start_of(slot.start_ms, zone));
        let sum = sums.entry(key).or_default();
        sum.0 += slot.energy_wh;
        sum.1 |= slot.estimated;
    }
    let row = |((meter, start_ms), (energy_wh, estimated))| EnergyRow {
        meter,
        start_ms,
        energy_wh,
        quality: if estimated { "estimated_shape" } else { "measured" }.to_owned(),
    };
    sums.into_iter().map(row).collect()
}

fn totals(mut meter: MeterEnergy, rows: &[EnergyRow]) -> MeterEnergy {
    let own = rows.iter().filter(|row| row.meter == meter.meter);
    meter.energy_wh = own.map(|row| row.energy_wh).sum();
    meter
}
