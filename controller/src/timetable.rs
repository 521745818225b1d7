//! Lesson, break, open or closed; and where a local day begins.

use crate::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use lighting::Period;

/// When there are lessons, in local time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timetable {
    /// Days on which the campus is open.
    pub days: Days,
    /// Opening hours.
    pub open: Span,
    /// Lessons, in order.
    pub lessons: Vec<Span>,
}

/// Days of the week, Monday first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days(pub [bool; 7]);

impl Days {
    /// The whole week.
    pub const ALL: Self = Self([true; 7]);

    /// Monday to Friday.
    pub const SCHOOL: Self = Self([true, true, true, true, true, false, false]);
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

/// What the timetable says about a moment, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    pub period: Period,
    /// Local midnight before or at the moment.
    pub day_start: Timestamp,
    /// When the period or the day changes next, later than the moment.
    pub until: Timestamp,
}

impl Timetable {
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let spans = std::iter::once(&self.open).chain(&self.lessons);
        for span in spans {
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

    /// What holds at `at` in `zone`.
    pub(crate) fn at(&self, zone: &TimeZone, at: Timestamp) -> Now {
        let local = zone.to_datetime(instant(at));
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        let date = local.date();
        let marks = std::iter::once(&self.open)
            .chain(&self.lessons)
            .flat_map(|span| [span.from_min, span.to_min])
            .chain([DAY_MIN]);
        // Asked of the zone one by one, because a local day may have 23 or 25 hours, and a minute
        // of it may come twice or never.
        let until = marks.map(|mark| moment(zone, date, mark)).filter(|mark| *mark > at).min();
        Now {
            period: self.period(date, minute),
            day_start: moment(zone, date, 0),
            // Midnight always lies ahead; an hour is the harmless answer at the end of the calendar.
            until: until.unwrap_or(at.plus(3_600_000)),
        }
    }

    pub(crate) fn period(&self, date: Date, minute: u16) -> Period {
        let day = date.weekday().to_monday_zero_offset() as usize;
        if !self.days.0[day] {
            return Period::Closed;
        }
        if self.lessons.iter().any(|lesson| lesson.contains(minute)) {
            return Period::Lesson;
        }
        if !self.open.contains(minute) {
            return Period::Closed;
        }
        let (first, last) = (self.lessons.first(), self.lessons.last());
        let between = first.is_some_and(|lesson| lesson.to_min <= minute)
            && last.is_some_and(|lesson| minute < lesson.from_min);
        if between { Period::Break } else { Period::Open }
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

#[cfg(test)]
mod tests;
