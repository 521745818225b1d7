//! The past: energy per meter and period, from the postings in the database and the open slots.

use super::ledger::{past, slots};
use super::types::{Energy, EnergyQuery, EnergyRow, MeterEnergy, Problem};
use super::{Answer, Api, OpenMeter, Question, kept, mismatch, problem};
use crate::limits;
use crate::store::query::PeriodEnergy;
use axum::Json;
use axum::extract::{Query, State};
use controller::Campus;
use controller::ledger::flat::{FLAT_MS_MIN, HISTORY_MS, flat};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Energy by meter and period.
///
/// # Errors
/// `bad_value` for an unknown period or a time range the wrong way round; `no_such_meter`.
#[utoipa::path(get, path = "/v1/energy", params(EnergyQuery), responses((status = 200, body = Energy), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn energy(
    State(api): State<Api>,
    Query(query): Query<EnergyQuery>,
) -> Result<Json<Energy>, Problem> {
    let by = Period::from_name(query.by.as_deref().unwrap_or("hour"), &api.campus)?;
    let to_ms = query.to_ms.unwrap_or_else(|| api.clock.now().0);
    let from_ms = query.from_ms.unwrap_or_else(|| Period::Day.start_of(to_ms, &api.zone));
    if from_ms > to_ms {
        return Err(problem("bad_value", "from_ms", "the time range ends before it begins"));
    }
    let bounds = by.bounds(from_ms, to_ms, &api.zone).ok_or_else(|| {
        problem("bad_value", "from_ms", "too many periods; ask for a shorter time or `by=day`")
    })?;
    let (meters, posted) = consistent(&api, query.of.as_deref(), &bounds).await?;
    let mut rows = rows(&meters, posted, &bounds);
    mark_standstills(&api, &meters, &bounds, &mut rows).await?;
    let meters = meters.into_iter().map(|meter| totals(meter.totals, &rows)).collect();
    Ok(Json(Energy { from_ms, to_ms, by: by.name().to_owned(), rows, meters }))
}

/// Energy of a register that stood still for suspiciously long is no saving: its periods say so.
async fn mark_standstills(
    api: &Api,
    meters: &[OpenMeter],
    bounds: &[i64],
    rows: &mut [EnergyRow],
) -> Result<(), Problem> {
    let (Some(from_ms), Some(to_ms)) = (bounds.first().copied(), bounds.last().copied()) else {
        return Ok(());
    };
    let slot_ms = api.campus.settings.slot_ms;
    let names = meters.iter().filter(|meter| meter.never_rests());
    let names = names.take(limits::STANDSTILL_METERS_MAX);
    let names: Vec<String> = names.map(|meter| meter.totals.meter.clone()).collect();
    let long = to_ms - from_ms >= FLAT_MS_MIN;
    if names.is_empty() || !long || (to_ms - from_ms) / slot_ms > i64::from(limits::AUDIT_SLOTS) {
        return Ok(());
    }
    let campus = api.campus.clone();
    let found = past(api, "energy", move |past| {
        let free = |at| campus.timetable.is_free(&campus.zone, at);
        let mut found = Vec::new();
        for name in names {
            let rows = slots(past, &name, (from_ms - HISTORY_MS, to_ms), slot_ms)?;
            let rows: Vec<_> = rows.iter().map(|row| kept::slot(row, slot_ms)).collect();
            found.extend(flat(&rows, slot_ms, free).into_iter().map(|flat| (name.clone(), flat)));
        }
        Ok(found)
    });
    let bounds = bounds.to_vec();
    for (name, flat) in found.await? {
        for row in rows.iter_mut().filter(|row| row.meter == name) {
            let nth = bounds.partition_point(|start| *start <= row.start_ms);
            let end_ms = bounds.get(nth).copied().unwrap_or(to_ms);
            if flat.from.0 < end_ms && flat.to.0 > row.start_ms {
                row.quality = "suspect".to_owned();
            }
        }
    }
    Ok(())
}

/// What is posted and what is still open, of one moment: a commit between the two questions would
/// count a slot twice or not at all, so they are asked again.
async fn consistent(
    api: &Api,
    of: Option<&str>,
    bounds: &[i64],
) -> Result<(Vec<OpenMeter>, Vec<PeriodEnergy>), Problem> {
    let (mut meters, mut batch) = meters(api).await?;
    for _ in 0..COMMITS_MAX {
        let chosen = chosen(meters, of)?;
        let names: Vec<String> = chosen.iter().map(|meter| meter.totals.meter.clone()).collect();
        let (past, bounds) = (api.past.clone(), bounds.to_vec());
        let read = tokio::task::spawn_blocking(move || past.energy(&bounds, Some(&names))).await;
        let posted = read
            .map_err(|error| problem("internal", "energy", &error.to_string()))?
            .map_err(|error| problem("internal", "energy", &error.to_string()))?;
        let (again, now) = self::meters(api).await?;
        if now == batch {
            return Ok((chosen, posted));
        }
        (meters, batch) = (again, now);
    }
    Err(problem("busy", "energy", "the database is being written all the time; try again"))
}

/// A commit takes longer than a question, so that two in a row are rare and ten unheard of.
const COMMITS_MAX: u32 = 10;

/// Every meter as the main loop knows it, and the last batch that is committed.
pub async fn meters(api: &Api) -> Result<(Vec<OpenMeter>, u64), Problem> {
    match api.ask(Question::Meters).await? {
        Answer::Meters { meters, committed } => Ok((meters, committed)),
        _ => Err(mismatch()),
    }
}

const MINUTE_MS: i64 = 60_000;

/// How energy is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// As it is posted: so many ms.
    Slot(i64),
    /// An hour of the campus's zone.
    Hour,
    /// A local day of 23, 24 or 25 h.
    Day,
    /// A month of the campus's zone.
    Month,
}

impl Period {
    fn from_name(name: &str, campus: &Campus) -> Result<Self, Problem> {
        match name {
            "slot" => Ok(Self::Slot(campus.settings.slot_ms)),
            "hour" => Ok(Self::Hour),
            "day" => Ok(Self::Day),
            "month" => Ok(Self::Month),
            _ => Err(problem("bad_value", "by", "`by` is `slot`, `hour`, `day` or `month`")),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Slot(_) => "slot",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// Starts of the periods that touch a time, and the end of the last; `None` when there are too
    /// many. The first begins at `from_ms` and the last ends at `to_ms`, whatever the period.
    fn bounds(self, from_ms: i64, to_ms: i64, zone: &TimeZone) -> Option<Vec<i64>> {
        let mut bounds = vec![from_ms];
        let mut at = from_ms;
        while at < to_ms {
            at = self.next_start(at, zone).min(to_ms);
            bounds.push(at);
            if bounds.len() > limits::ENERGY_PERIODS_MAX {
                return None;
            }
        }
        Some(bounds)
    }

    /// Start of the period after the one that holds a moment, ms UTC.
    fn next_start(self, at_ms: i64, zone: &TimeZone) -> i64 {
        let start = self.start_of(at_ms, zone);
        // 36 h after a local midnight lies within the next local day, 23 h or 25 h long as it may
        // be; 90 min after the start of an hour lies within the next; and 45 days within the next
        // month.
        let within = match self {
            Self::Slot(slot_ms) => return start + slot_ms,
            Self::Hour => 90 * MINUTE_MS,
            Self::Day => 36 * 60 * MINUTE_MS,
            Self::Month => 45 * 24 * 60 * MINUTE_MS,
        };
        self.start_of(start + within, zone).max(at_ms + 1)
    }

    /// Start of the period that holds a moment, ms UTC.
    pub fn start_of(self, at_ms: i64, zone: &TimeZone) -> i64 {
        let Ok(at) = Timestamp::from_millisecond(at_ms) else { return at_ms };
        let local = at.to_zoned(zone.clone());
        let unit = match self {
            Self::Slot(slot_ms) => return at_ms.div_euclid(slot_ms) * slot_ms,
            Self::Hour => jiff::Unit::Hour,
            Self::Day => jiff::Unit::Day,
            Self::Month => {
                let first = local.first_of_month().and_then(|day| day.start_of_day());
                return first.map_or(at_ms, |start| start.timestamp().as_millisecond());
            }
        };
        let floor = jiff::ZonedRound::new().smallest(unit).mode(jiff::RoundMode::Floor);
        local.round(floor).map_or(at_ms, |start| start.timestamp().as_millisecond())
    }
}

/// The meters a name means: a room, a building, a node, a meter; all without a name.
pub fn chosen(meters: Vec<OpenMeter>, of: Option<&str>) -> Result<Vec<OpenMeter>, Problem> {
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
        let mut none =
            problem("no_such_meter", of, "no meter, node, room or building of that name");
        none.candidates = crate::names::nearest(of, names);
        return Err(none);
    }
    Ok(chosen)
}

/// Posted and open slots of the chosen meters, added up by period.
fn rows(meters: &[OpenMeter], posted: Vec<PeriodEnergy>, bounds: &[i64]) -> Vec<EnergyRow> {
    let mut sums: BTreeMap<(String, i64), PeriodSum> = BTreeMap::new();
    for row in posted {
        let PeriodEnergy { meter, start_ms, energy_wh, quality, cause, revision } = row;
        sums.insert((meter, start_ms), PeriodSum { energy_wh, quality, cause, revision });
    }
    for meter in meters {
        for (slot_ms, energy_wh) in &meter.open {
            let period = bounds.partition_point(|start| start <= slot_ms);
            if period == 0 || period == bounds.len() {
                continue;
            }
            let key = (meter.totals.meter.clone(), bounds[period - 1]);
            sums.entry(key).or_default().energy_wh += energy_wh;
        }
    }
    let row = |((meter, start_ms), sum): ((String, i64), PeriodSum)| EnergyRow {
        meter,
        start_ms,
        energy_wh: sum.energy_wh,
        quality: kept::quality(sum.quality).name().to_owned(),
        cause: kept::cause(sum.cause).name().to_owned(),
        revision: sum.revision.max(1),
    };
    sums.into_iter().map(row).collect()
}

/// Slots of a period, added up; codes of the controller.
#[derive(Default)]
struct PeriodSum {
    energy_wh: i64,
    quality: u8,
    cause: u8,
    revision: u32,
}

fn totals(mut meter: MeterEnergy, rows: &[EnergyRow]) -> MeterEnergy {
    let own = rows.iter().filter(|row| row.meter == meter.meter);
    meter.energy_wh = own.map(|row| row.energy_wh).sum();
    meter
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(by: Period, from: &str, to: &str, zone: &str) -> Vec<i64> {
        let zone = TimeZone::get(zone).expect("a known zone");
        let ms = |text: &str| text.parse::<Timestamp>().expect("a time").as_millisecond();
        let bounds = by.bounds(ms(from), ms(to), &zone).expect("few periods");
        bounds.windows(2).map(|pair| (pair[1] - pair[0]) / 3_600_000).collect()
    }

    #[test]
    fn days_have_23_24_and_25_hours_where_the_zone_says_so() {
        let spring =
            hours(Period::Day, "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z", "Europe/Berlin");
        assert_eq!(spring, [24, 23, 24]);
        let autumn =
            hours(Period::Day, "2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z", "Europe/Berlin");
        assert_eq!(autumn, [24, 25, 24]);
        let nepal =
            hours(Period::Day, "2026-05-01T18:15:00Z", "2026-05-03T18:15:00Z", "Asia/Kathmandu");
        assert_eq!(nepal, [24, 24]);
    }

    #[test]
    fn hours_and_slots_partition_the_time() {
        let day =
            hours(Period::Hour, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "Europe/Berlin");
        assert_eq!(day, [1; 25]);
        let zone = TimeZone::get("Asia/Shanghai").expect("a known zone");
        let (slot, slot_ms) = (Period::Slot(900_000), 900_000);
        let bounds = slot.bounds(100, 2 * slot_ms + 5, &zone).expect("few");
        assert_eq!(bounds, [100, slot_ms, 2 * slot_ms, 2 * slot_ms + 5]);
        assert!(slot.bounds(0, i64::MAX / 2, &zone).is_none(), "bounded");
    }

    #[test]
    fn months_begin_at_local_midnight_of_their_first_day() {
        let year =
            hours(Period::Month, "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z", "Europe/Berlin");
        let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut expected = days.map(|days| days * 24);
        (expected[2], expected[9]) = (expected[2] - 1, expected[9] + 1);
        assert_eq!(year, expected);
    }
}
