//! One `[[lesson]]`.

use super::{Reader, kind, time};
use crate::config::dates::dates;
use crate::config::fault::Faults;
use crate::config::table::{At, Table};
use crate::config::timetable;
use controller::Span;
use controller::timetable::{Lesson, On, Own, Weekly, Weeks};
use wire::Id;

/// Last week of a term that can be named: a term has about twenty.
const WEEK_MAX: u8 = 60;

impl Reader<'_> {
    /// A lesson and its room.
    pub fn lesson(
        &self,
        table: &Table<'_>,
        own: &Own,
        faults: &mut Faults,
    ) -> Option<((Id, Id), Lesson)> {
        let room = self.rooms.room(table, faults);
        let time = self.when(table, room, own, faults);
        let name = if table.has("name") { table.name("name", faults)? } else { String::new() };
        let kind = kind(table, faults);
        let on = self.on(table, faults);
        Some((room?, Lesson { name, time: time?, kind, on: on? }))
    }

    /// `time`, or the time of the bell that is named.
    fn when(
        &self,
        table: &Table<'_>,
        room: Option<(Id, Id)>,
        own: &Own,
        faults: &mut Faults,
    ) -> Option<Span> {
        match (table.has("time"), table.has("bell")) {
            (true, false) => return Some(time(table, faults)?.is),
            (true, true) => {
                faults
                    .add(&table.place("bell"), "a lesson has a time or a bell, not both")
                    .also(&table.place("time"), "the time");
                return None;
            }
            (false, false) => {
                faults
                    .add(&table.at, "when is this lesson?")
                    .help("add `time = \"08:00-08:45\"`, or `bell` with the name of a bell");
                return None;
            }
            (false, true) => {}
        }
        let bell = table.text("bell", faults)?;
        let known = own.bells(Some(room?));
        let found = known.iter().find(|known| known.name == bell.is);
        if found.is_none() {
            let fault = faults.add(&bell.at, format!("no bell here is called `{}`", bell.is));
            let names: Vec<&str> = known.iter().map(|bell| bell.name.as_str()).collect();
            match names.is_empty() {
                true => fault.help("add a `[[bell]]`, above or in a file that is named before"),
                false => fault.help(format!("bells of this room: {}", names.join(", "))),
            };
            fault.closest(bell.is, names);
        }
        Some(found?.time)
    }

    fn on(&self, table: &Table<'_>, faults: &mut Faults) -> Option<On> {
        match (table.has("days"), table.has("dates")) {
            (true, false) => self.weekly(table, faults).map(On::Weekly),
            (false, true) => {
                for key in ["weeks", "from", "to", "every", "except"] {
                    if table.has(key) {
                        faults
                            .add(&table.place(key), format!("`{key}` belongs to `days`"))
                            .help("`dates` are the days, all of them");
                    }
                }
                dates(table, "dates", faults).map(|dates| On::Dates(dates.is))
            }
            (true, true) => {
                faults
                    .add(&table.place("dates"), "a lesson has days or dates, not both")
                    .also(&table.place("days"), "the days")
                    .help("a second `[[lesson]]` can hold the others");
                None
            }
            (false, false) => {
                faults
                    .add(&table.at, "on which days is this lesson?")
                    .help("add `days = [\"mon\"]`, or `dates = [\"2026-09-07\"]`");
                None
            }
        }
    }

    fn weekly(&self, table: &Table<'_>, faults: &mut Faults) -> Option<Weekly> {
        let days = timetable::days(table, faults);
        let weeks = table.text("weeks", faults);
        let weeks = weeks.map_or(Some(Weeks::All), |text| self.weeks(&text, faults));
        let from = table.day("from", faults);
        let to = table.day("to", faults);
        if let (Some(from), Some(to)) = (&from, &to)
            && to.is < from.is
        {
            faults.add(&to.at, "this ends before it begins").also(&from.at, "begins here");
        }
        let every = table.whole("every", faults);
        if let Some(every) = every.as_ref().filter(|every| every.is > 1 && from.is_none()) {
            faults
                .add(&every.at, "every so many weeks, from when on?")
                .help("add `from`: the weeks are counted from the week of that day");
        }
        let except = dates(table, "except", faults);
        Some(Weekly {
            days: days?,
            weeks: weeks?,
            from: from.map(|day| day.is),
            to: to.map(|day| day.is),
            every: every.map_or(1, |every| every.is as u8),
            except: except.map(|dates| dates.is).unwrap_or_default(),
        })
    }

    fn weeks(&self, text: &At<&str>, faults: &mut Faults) -> Option<Weeks> {
        if self.calendar.terms.is_empty() {
            faults
                .add(&text.at, "weeks of which term?")
                .help("add `[[term]]`s to the file that `[calendar]` names; week 1 is the week of their first day");
            return None;
        }
        let weeks = parse_weeks(text.is);
        if weeks.is_none() {
            faults
                .add(&text.at, format!("`{}` are no weeks", text.is))
                .help(format!("write `odd`, `even`, or numbers up to {WEEK_MAX} like `1-8,10`"));
        }
        weeks
    }
}

/// `odd`, `even`, `1-8,10`.
pub fn parse_weeks(text: &str) -> Option<Weeks> {
    match text {
        "odd" => return Some(Weeks::Odd),
        "even" => return Some(Weeks::Even),
        _ => {}
    }
    let week = |text: &str| {
        let week = text.trim().parse::<u8>().ok();
        week.filter(|week| (1..=WEEK_MAX).contains(week))
    };
    let part = |part: &str| match part.split_once('-') {
        None => week(part).map(|week| (week, week)),
        Some((from, to)) => Some((week(from)?, week(to)?)).filter(|(from, to)| from <= to),
    };
    text.split(',').map(part).collect::<Option<Vec<_>>>().map(Weeks::Of)
}
