//! `campus calendar show` and `campus timetable show`.

use super::{page, room};
use crate::args::{CalendarShow, TimetableShow};
use crate::client::{Agent, Answer};
use crate::error::{Error, Exit};
use crate::render;
use crate::session::Session;
use agent::api::types::{Calendar, RoomTimetable, Status};
use jiff::civil::Date;

pub async fn show(agent: &Agent, session: &Session, args: &CalendarShow) -> Result<Exit, Error> {
    let question = match (&args.month, args.year) {
        (_, Some(year)) => format!("/v1/calendar?from={year}-01-01&to={year}-12-31"),
        (Some(month), None) => {
            let first = format!("{month}-01").parse::<Date>().ok().filter(|_| month.len() == 7);
            let first = first.ok_or_else(|| Error::BadMonth { text: month.clone() })?;
            format!("/v1/calendar?from={first}&to={}", first.last_of_month())
        }
        (None, None) => "/v1/calendar".to_owned(),
    };
    let answer = agent.get::<Calendar>(&question).await?;
    if args.json.json {
        session.print_json(&answer.raw)?;
        return Ok(Exit::Done);
    }
    let page = page(agent, session).await?;
    session.print(&match args.year {
        Some(year) => render::calendar::year(&answer.body, year, &page),
        None => render::calendar::month(&answer.body, &page),
    })?;
    Ok(Exit::Done)
}

pub async fn timetable(
    agent: &Agent,
    session: &Session,
    args: &TimetableShow,
) -> Result<Exit, Error> {
    let days = match &args.week {
        None => String::new(),
        Some(text) => {
            let clock = crate::when::Clock::of(&agent.get::<Status>("/v1/status").await?.body);
            let day = clock.day(clock.parse(text)?);
            let day = day.parse::<Date>().map_err(|_| Error::BadTime { text: text.clone() })?;
            let back = i64::from(day.weekday().to_monday_zero_offset());
            let monday = day.saturating_sub(jiff::Span::new().days(back));
            format!("?from={monday}&to={}", monday.saturating_add(jiff::Span::new().days(6)))
        }
    };
    let question = format!("/timetable{days}");
    let answer: Answer<RoomTimetable> = room::get(agent, session, &args.room, &question).await?;
    if args.json.json {
        session.print_json(&answer.raw)?;
    } else {
        let page = page(agent, session).await?;
        session.print(&render::calendar::timetable(&answer.body, &page))?;
    }
    Ok(Exit::Done)
}
