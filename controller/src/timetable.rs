//! Lesson, break, self-study, exam, open or closed, per room; and where a local day begins.
//!
//! [`plan`] puts a day together, [`today`] turns it into moments, [`own`] is what rooms have of their own.

mod own;
mod plan;
mod today;

pub(crate) use own::is_in;
pub use own::{Bell, Hours, Lesson, On, Own, Weekly, Weeks};
pub use plan::{DayPlan, Stretch};
pub(crate) use today::Today;

use crate::Timestamp;
use crate::calendar::Calendar;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// When there are lessons, in local time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timetable {
    /// Days on which the campus is open, unless the calendar says otherwise.
    pub days: Days,
    /// Opening hours.
    pub open: Span,
    /// Lessons, in order.
    pub lessons: Vec<Span>,
    /// Terms, holidays, make-up days, exams.
    pub calendar: Arc<Calendar>,
    /// What buildings and rooms have of their own.
    pub own: Arc<Own>,
}

/// Days of the week, Monday first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days(pub [bool; 7]);

impl Days {
    /// The whole week.
    pub const ALL: Self = Self([true; 7]);

    /// Monday to Friday.
    pub const SCHOOL: Self = Self([true, true, true, true, true, false, false]);

    /// Whether a weekday is one of them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0[day.to_monday_zero_offset() as usize]
    }
}

/// Part of a local day, in minutes after midnight: from (included) to (not included, at most 1,440).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Begin.
    pub from_min: u16,
    /// End.
    pub to_min: u16,
}

impl Span {
    /// From hour:minute to hour:minute.
    pub const fn new(from: (u16, u16), to: (u16, u16)) -> Self {
        Self { from_min: from.0 * 60 + from.1, to_min: to.0 * 60 + to.1 }
    }

    pub(crate) const fn contains(self, minute: u16) -> bool {
        self.from_min <= minute && minute < self.to_min
    }
}

/// Minutes of a day.
pub(crate) const DAY_MIN: u16 = 1440;

impl Timetable {
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        self.calendar.check()?;
        let own = self.own.lessons.values().flatten().map(|lesson| &lesson.time);
        let exams = self.calendar.exams.iter().flat_map(|exam| &exam.times);
        let bells = self.own.bells.iter().map(|bell| &bell.time);
        let hours = self.own.hours.iter().map(|hours| &hours.open);
        let usual = std::iter::once(&self.open).chain(&self.lessons);
        for span in usual.chain(bells).chain(hours).chain(own).chain(exams) {
            if span.to_min > DAY_MIN {
                return Err("a day has 24 hours");
            }
            if span.from_min > span.to_min {
                return Err("a lesson or the opening hours end before they begin");
            }
        }
        let in_order = self.lessons.windows(2).all(|pair| pair[0].to_min <= pair[1].from_min);
        if in_order { Ok(()) } else { Err("lessons overlap or are not in order") }
    }

    /// Whether a moment lies on a holiday, in a vacation or on a closed day.
    pub fn is_free(&self, zone: &TimeZone, at: Timestamp) -> bool {
        let date = zone.to_datetime(instant(at)).date();
        self.calendar.day(date, self.days).kind.is_free()
    }
}

pub(crate) fn instant(at: Timestamp) -> jiff::Timestamp {
    // A clock that far off is held to the calendar's end.
    jiff::Timestamp::from_millisecond(at.0).unwrap_or(if at.0 < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    })
}

pub(crate) fn moment(zone: &TimeZone, date: Date, minute: u16) -> Timestamp {
    let (date, minute) = match minute {
        DAY_MIN.. => (date.tomorrow().unwrap_or(Date::MAX), 0),
        _ => (date, minute),
    };
    let time = Time::constant((minute / 60) as i8, (minute % 60) as i8, 0, 0);
    let local = date.to_datetime(time);
    let ms = zone.to_timestamp(local).map_or(i64::MAX, |at| at.as_millisecond());
    Timestamp(ms)
}

/// Every moment that has this minute on its clock: two in an hour that comes again.
pub(crate) fn moments(zone: &TimeZone, date: Date, minute: u16) -> Vec<Timestamp> {
    let first = moment(zone, date, minute);
    let time = Time::constant((minute / 60 % 24) as i8, (minute % 60) as i8, 0, 0);
    let local = zone.to_ambiguous_zoned(date.to_datetime(time));
    let later = local.is_ambiguous().then(|| local.later().ok()).flatten();
    let later = later.map(|later| Timestamp(later.timestamp().as_millisecond()));
    std::iter::once(first).chain(later.filter(|later| *later != first)).collect()
}

#[cfg(test)]
mod tests;
