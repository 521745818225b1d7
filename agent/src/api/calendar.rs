//! Which days are school days, and what a room's day is made of: from the configuration alone.

use super::types::{
    Calendar, CalendarDay, DaysQuery, Problem, PublicYear, RoomDay, RoomPeriod, RoomTimetable, Term,
};
use super::{Api, problem};
use axum::Json;
use axum::extract::{Path, Query, State};
use controller::timetable::DayPlan;
use jiff::ToSpan;
use jiff::civil::Date;

type Answered<T> = Result<Json<T>, Problem>;

/// Most days of one answer: a year, and some to see around it.
const DAYS_MAX: usize = 400;

/// Which days are school days, and why.
///
/// # Errors
/// `bad_value` for days that are none, or too many.
#[utoipa::path(get, path = "/v1/calendar", params(DaysQuery), responses((status = 200, body = Calendar), (status = 422, body = Problem)))]
pub async fn calendar(
    State(api): State<Api>,
    Query(query): Query<DaysQuery>,
) -> Answered<Calendar> {
    let timetable = &api.campus.timetable;
    let kept = &timetable.calendar;
    let days = days(&api, &query, |day| (day.first_of_month(), day.last_of_month()))?;
    let public = kept.public.as_ref();
    let year = |year: &controller::calendar::PublicYear| PublicYear {
        year: year.year,
        source: year.source.clone(),
    };
    let term = |term: &controller::calendar::NamedDays| Term {
        name: term.name.clone(),
        from: term.from.to_string(),
        to: term.to.to_string(),
    };
    Ok(Json(Calendar {
        public: public.map(|public| public.country.clone()),
        years: public.iter().flat_map(|public| &public.years).map(year).collect(),
        terms: kept.terms.iter().map(term).collect(),
        days: days.into_iter().map(|date| day(&kept.day(date, timetable.days))).collect(),
    }))
}

/// Days of a room, from midnight to midnight.
///
/// # Errors
/// `no_such_room`; `bad_value` for days that are none, or too many.
#[utoipa::path(get, path = "/v1/rooms/{building}/{room}/timetable", params(DaysQuery), responses((status = 200, body = RoomTimetable), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn timetable(
    State(api): State<Api>,
    Path((building, room)): Path<(String, String)>,
    Query(query): Query<DaysQuery>,
) -> Answered<RoomTimetable> {
    let name = format!("{building}/{room}");
    let mut rooms = api.campus.rooms.iter();
    let Some(config) = rooms.find(|config| config.place().to_string() == name) else {
        return Err(problem("no_such_room", &name, "no such room"));
    };
    let days = days(&api, &query, week)?;
    let timetable = &api.campus.timetable;
    let room = (config.building, config.id);
    Ok(Json(RoomTimetable {
        room: name,
        name: config.name.clone(),
        own: timetable.own.lessons.contains_key(&room),
        days: days.into_iter().map(|date| room_day(&timetable.plan(Some(room), date))).collect(),
    }))
}

/// Monday to Sunday.
fn week(day: Date) -> (Date, Date) {
    let since_monday = i64::from(day.weekday().to_monday_zero_offset());
    let monday = day.saturating_sub(since_monday.days());
    (monday, monday.saturating_add(6.days()))
}

/// The days that were asked for; `around` is what is shown when only one of them is said, or none.
fn days(
    api: &Api,
    query: &DaysQuery,
    around: impl Fn(Date) -> (Date, Date),
) -> Result<Vec<Date>, Problem> {
    let parse = |name: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => match text.parse::<Date>() {
            Ok(day) if text.len() == "2026-01-01".len() => Ok(Some(day)),
            _ => Err(problem("bad_value", name, "days look like 2026-01-01")),
        },
    };
    let (from, to) = (parse("from", &query.from)?, parse("to", &query.to)?);
    let now = jiff::Timestamp::from_millisecond(api.clock.now().0).unwrap_or_default();
    let today = now.to_zoned(api.zone.clone()).date();
    let (first, last) = match (from, to) {
        (Some(from), Some(to)) => (from, to),
        (Some(day), None) => (day, around(day).1),
        (None, Some(day)) => (around(day).0, day),
        (None, None) => around(today),
    };
    if last < first {
        return Err(problem("bad_value", "to", "the last day lies before the first"));
    }
    let days: Vec<Date> =
        first.series(1.day()).take_while(|day| *day <= last).take(DAYS_MAX + 1).collect();
    if days.len() > DAYS_MAX {
        return Err(problem("bad_value", "to", "more than 400 days; ask for fewer"));
    }
    Ok(days)
}

fn day(day: &controller::CalendarDay<'_>) -> CalendarDay {
    let make_up = day.kind == controller::DayKind::MakeUp;
    let follows = day.follows.map_or(0, |weekday| weekday.to_monday_one_offset());
    CalendarDay {
        date: day.date.to_string(),
        weekday: day.date.weekday().to_monday_one_offset(),
        kind: day.kind.name().to_owned(),
        name: day.name.to_owned(),
        name_en: day.name_en.to_owned(),
        follows: make_up.then_some(follows),
        term: day.term.map(str::to_owned),
        week: day.week,
        exam: day.exam.map(str::to_owned),
        announced: day.announced,
    }
}

fn room_day(plan: &DayPlan<'_>) -> RoomDay {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let periods = plan.stretches.iter().map(|stretch| RoomPeriod {
        from: clock(stretch.time.from_min),
        to: clock(stretch.time.to_min),
        period: stretch.period.name().to_owned(),
        name: stretch.name.to_owned(),
    });
    RoomDay { day: day(&plan.day), periods: periods.collect() }
}
