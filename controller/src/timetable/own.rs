//! What buildings and rooms have of their own: bells, opening hours, lessons.

use super::{Days, Span};
use crate::calendar::{CalendarDay, DayKind, weeks_between};
use crate::campus::Place;
use jiff::civil::Date;
use lighting::Period;
use std::collections::BTreeMap;
use wire::Id;

/// What differs from the campus as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// Named times of a school day. The nearest hold: a room's own, its building's, the campus's.
    pub bells: Vec<Bell>,
    /// Opening hours of a building or room.
    pub hours: Vec<Hours>,
    /// Lessons by room. A room that is not here has a lesson whenever the bells say so.
    pub lessons: BTreeMap<(Id, Id), Vec<Lesson>>,
}

/// A named time of a school day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bell {
    /// For people.
    pub name: String,
    /// When.
    pub time: Span,
    /// What it is: a lesson, self-study, an exam, or open.
    pub kind: Period,
    /// Where; everywhere when there is none.
    pub places: Vec<Place>,
}

/// Opening hours of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Which building or room.
    pub place: Place,
    /// When it is open.
    pub open: Span,
    /// On which days, holidays and vacations excepted; on school days when nothing is said.
    pub days: Option<Days>,
}

/// A lesson of one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// For people; may be empty.
    pub name: String,
    /// When.
    pub time: Span,
    /// What it is: a lesson, self-study, an exam, or open.
    pub kind: Period,
    /// On which days.
    pub on: On,
}

/// On which days a lesson is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// Every week, or some of them.
    Weekly(Weekly),
    /// On these days whatever they are, unless the campus is closed.
    Dates(Vec<Date>),
}

/// Days of the week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weekly {
    /// Which. A make-up day is the weekday that it follows.
    pub days: Days,
    /// In which weeks of the term.
    pub weeks: Weeks,
    /// From this day on.
    pub from: Option<Date>,
    /// Up to this day.
    pub to: Option<Date>,
    /// Every so many weeks, counted from the week of `from`; 0 and 1 are every week.
    pub every: u8,
    /// Not on these days.
    pub except: Vec<Date>,
}

/// Weeks of a term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Weeks {
    /// Every week, in a term or not.
    #[default]
    All,
    /// 1, 3, 5, …
    Odd,
    /// 2, 4, 6, …
    Even,
    /// From week to week, both included.
    Of(Vec<(u8, u8)>),
}

impl Weeks {
    fn holds(&self, week: Option<u16>) -> bool {
        match (self, week) {
            (Self::All, _) => true,
            (_, None) => false,
            (Self::Odd, Some(week)) => week % 2 == 1,
            (Self::Even, Some(week)) => week % 2 == 0,
            (Self::Of(list), Some(week)) => {
                list.iter().any(|(from, to)| (u16::from(*from)..=u16::from(*to)).contains(&week))
            }
        }
    }
}

impl Lesson {
    /// Whether it is held on a day.
    pub fn is_on(&self, day: &CalendarDay<'_>) -> bool {
        match &self.on {
            On::Dates(dates) => day.kind != DayKind::Closed && dates.contains(&day.date),
            On::Weekly(weekly) => weekly.holds(day),
        }
    }
}

impl Weekly {
    fn holds(&self, day: &CalendarDay<'_>) -> bool {
        let weekday = match day.kind {
            DayKind::School | DayKind::MakeUp => day.follows,
            DayKind::Weekend => Some(day.date.weekday()),
            DayKind::Holiday | DayKind::Vacation | DayKind::Closed => None,
        };
        let turn = || match self.from {
            Some(from) if self.every > 1 => {
                weeks_between(from, day.date).rem_euclid(i64::from(self.every)) == 0
            }
            _ => true,
        };
        weekday.is_some_and(|weekday| self.days.contains(weekday))
            && self.from.is_none_or(|from| from <= day.date)
            && self.to.is_none_or(|to| day.date <= to)
            && turn()
            && self.weeks.holds(day.week)
            && !self.except.contains(&day.date)
    }
}

impl Own {
    /// Bells of a room, or without one of the campus; empty where nobody has set any.
    pub fn bells(&self, room: Option<(Id, Id)>) -> Vec<&Bell> {
        let having = |near: &dyn Fn(&Bell) -> bool| -> Vec<&Bell> {
            self.bells.iter().filter(|bell| near(bell)).collect()
        };
        if let Some((building, room)) = room {
            let own = having(&|bell| bell.places.contains(&Place::Room { building, room }));
            if !own.is_empty() {
                return own;
            }
            let of_building = having(&|bell| bell.places.contains(&Place::Building(building)));
            if !of_building.is_empty() {
                return of_building;
            }
        }
        having(&|bell| bell.places.is_empty())
    }

    /// Opening hours of a room, or of its building.
    pub fn hours(&self, (building, room): (Id, Id)) -> Option<&Hours> {
        let find = |place: Place| self.hours.iter().find(|hours| hours.place == place);
        find(Place::Room { building, room }).or_else(|| find(Place::Building(building)))
    }
}

/// Whether a room is one of these places, or in one of them.
pub(crate) fn is_in(places: &[Place], (building, room): (Id, Id)) -> bool {
    places.contains(&Place::Room { building, room }) || places.contains(&Place::Building(building))
}
