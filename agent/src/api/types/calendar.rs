//! Which days are school days, and what a room's day is made of.
//!
//! Days are local, `2026-09-01`; times of day `08:00`; kinds are codes, so that whoever shows them chooses
//! the language. Names are as they were written.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which days; both ends included. `GET /v1/calendar`, `GET /v1/rooms/{building}/{room}/timetable`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, IntoParams)]
pub struct DaysQuery {
    /// First day; without it the begin of the running month, or for a room of the running week.
    pub from: Option<String>,
    /// Last day; without it the end of the month or week of `from`.
    pub to: Option<String>,
}

/// Which days are school days, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Calendar {
    /// Country of the public holidays; absent when none are configured.
    pub public: Option<String>,
    /// The years of it that are known, with who announced them.
    pub years: Vec<PublicYear>,
    /// Terms, in order.
    pub terms: Vec<Term>,
    /// The days that were asked for.
    pub days: Vec<CalendarDay>,
}

/// A year of public holidays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PublicYear {
    /// Which.
    pub year: i16,
    /// Who announced it, when, and where that stands.
    pub source: String,
}

/// A term.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Term {
    /// Its name.
    pub name: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
}

/// A day, and why it is what it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalendarDay {
    /// Which.
    pub date: String,
    /// Day of the week, 1 (Monday) to 7.
    pub weekday: i8,
    /// `school`, `make_up`, `weekend`, `holiday`, `vacation`, `closed`.
    pub kind: String,
    /// Name of the holiday, of what a make-up day makes up for, of closed days; may be empty.
    pub name: String,
    /// The same in English, where there is one.
    pub name_en: String,
    /// Whose timetable a make-up day has, 1 (Monday) to 7; 0 when nobody has said it. Absent for
    /// other days.
    pub follows: Option<i8>,
    /// Name of the term.
    pub term: Option<String>,
    /// Week of the term, from 1.
    pub week: Option<u16>,
    /// Exams of this day; they may be held in some places only.
    pub exam: Option<String>,
    /// Whether the public holidays of this year are known.
    pub announced: bool,
}

/// Days of a room.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoomTimetable {
    /// `building/room`.
    pub room: String,
    /// Its name for people.
    pub name: String,
    /// It has lessons of its own; otherwise it has one whenever the bells say so.
    pub own: bool,
    /// The days that were asked for.
    pub days: Vec<RoomDay>,
}

/// A day of a room.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoomDay {
    /// Which, and why it is what it is.
    pub day: CalendarDay,
    /// From midnight to midnight, without a hole.
    pub periods: Vec<RoomPeriod>,
}

/// A part of a day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoomPeriod {
    /// Begin, `08:00`.
    pub from: String,
    /// End, at most `24:00`.
    pub to: String,
    /// `lesson`, `break`, `open`, `self_study`, `exam`, `closed`.
    pub period: String,
    /// Name of the lesson, bell or exam; may be empty.
    pub name: String,
}
