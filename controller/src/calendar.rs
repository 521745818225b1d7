//! Which days are school days, and why.
//!
//! What is nearer to the school wins: a closed day, then its own make-up days and holidays, then
//! public holidays, vacations, public make-up days, and at last the weekday.
//!
//! | word | means |
//! |---|---|
//! | term | from its first day to its last; week 1 is the week (Monday to Sunday) of the first day |
//! | vacation | the days between two terms that are both written down |
//! | make-up day | a day of the weekend with the timetable of another weekday |
//! | public year | holidays and make-up days of a whole country, as announced for one year |
//! | announced | of a year that is not, nothing is guessed: its weekdays count as they are |

use crate::campus::Place;
use crate::timetable::{Days, Span};
use jiff::civil::{Date, Weekday};
use wire::Id;

/// Terms, holidays, make-up days and exams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Terms, in order, none over another.
    pub terms: Vec<NamedDays>,
    /// The school's own holidays.
    pub holidays: Vec<NamedDays>,
    /// Make-up days of the school's own, or what a public one follows.
    pub make_ups: Vec<MakeUp>,
    /// Days on which nothing is open, whatever else they are.
    pub closed: Vec<NamedDays>,
    /// Exams.
    pub exams: Vec<Exam>,
    /// Public holidays.
    pub public: Option<Public>,
}

/// Days with a name, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDays {
    /// For people.
    pub name: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// A day that follows another weekday's timetable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakeUp {
    /// For people; may be empty.
    pub name: String,
    /// Which day.
    pub date: Date,
    /// Whose timetable.
    pub follows: Weekday,
}

/// Days of exams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exam {
    /// When.
    pub days: NamedDays,
    /// At which times, on every one of the days; without any, the lessons of school days are exams.
    pub times: Vec<Span>,
    /// Where; everywhere when there is none.
    pub places: Vec<Place>,
}

/// Public holidays of a country.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Public {
    /// Its code: `cn`.
    pub country: String,
    /// The years that have been announced, in order.
    pub years: Vec<PublicYear>,
}

/// What was announced for a year. It may also hold days at the end of the year before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicYear {
    /// Which.
    pub year: i16,
    /// Who announced it, when, and where that stands.
    pub source: String,
    /// Its days, in order.
    pub days: Vec<PublicDay>,
}

/// A public holiday or make-up day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicDay {
    /// Which day.
    pub date: Date,
    /// Name in the country's language.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Free; otherwise a day of the weekend on which people work.
    pub free: bool,
}

/// What kind of day it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DayKind {
    /// A school day.
    School,
    /// A day of the weekend that counts as one.
    MakeUp,
    /// A weekday on which the campus never opens.
    Weekend,
    /// A public holiday, or one of the school's own.
    Holiday,
    /// Between two terms.
    Vacation,
    /// Nothing is open.
    Closed,
}

impl DayKind {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::School => "school",
            Self::MakeUp => "make_up",
            Self::Weekend => "weekend",
            Self::Holiday => "holiday",
            Self::Vacation => "vacation",
            Self::Closed => "closed",
        }
    }

    /// Whether lessons are held.
    pub const fn is_school(self) -> bool {
        matches!(self, Self::School | Self::MakeUp)
    }

    /// Whether it is free for another reason than its weekday.
    pub const fn is_free(self) -> bool {
        matches!(self, Self::Holiday | Self::Vacation | Self::Closed)
    }
}

/// A day, and why it is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarDay<'c> {
    /// Which.
    pub date: Date,
    /// What it is.
    pub kind: DayKind,
    /// Name of the holiday, of what a make-up day makes up for, or of the closed days; may be empty.
    pub name: &'c str,
    /// The same in English, where there is one.
    pub name_en: &'c str,
    /// Whose timetable a school day follows; `None` for other days, and for a make-up day of which
    /// nobody has said it.
    pub follows: Option<Weekday>,
    /// Name of the term.
    pub term: Option<&'c str>,
    /// Week of the term, from 1.
    pub week: Option<u16>,
    /// Exams of this day; they may be held in some places only.
    pub exam: Option<&'c str>,
    /// Whether the public holidays of this year are known.
    pub announced: bool,
}

/// What a person has to do about a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarNeed {
    /// The public holidays of this year are not known.
    NotAnnounced(i16),
    /// The last term is over, and no other is written down: its last day.
    Ended(NamedDays),
}

impl CalendarNeed {
    /// The first day on which it is one.
    pub fn since(&self) -> Date {
        match self {
            Self::NotAnnounced(year) => {
                let first = Date::new(*year, 1, 1).unwrap_or(Date::MAX);
                first.checked_sub(jiff::Span::new().days(AHEAD_DAYS)).unwrap_or(first)
            }
            Self::Ended(term) => term.to.tomorrow().unwrap_or(term.to),
        }
    }
}

impl NamedDays {
    /// Whether a day is one of them.
    pub fn contains(&self, date: Date) -> bool {
        self.from <= date && date <= self.to
    }
}

impl Exam {
    /// Whether it is held in a room; without a room, everywhere.
    pub fn is_at(&self, room: Option<(Id, Id)>) -> bool {
        self.places.is_empty()
            || room.is_some_and(|room| crate::timetable::is_in(&self.places, room))
    }
}

impl Public {
    fn day(&self, date: Date) -> Option<&PublicDay> {
        // A later year's announcement may change the last days of the one before.
        self.years.iter().rev().find_map(|year| {
            let at = year.days.binary_search_by_key(&date, |day| day.date).ok()?;
            Some(&year.days[at])
        })
    }

    /// Whether a year has been announced.
    pub fn knows(&self, year: i16) -> bool {
        self.years.iter().any(|known| known.year == year)
    }
}

impl Calendar {
    /// What a day is, where the campus opens on these weekdays.
    pub fn day(&self, date: Date, days: Days) -> CalendarDay<'_> {
        let term = find(&self.terms, date);
        let public = self.public.as_ref().and_then(|public| public.day(date));
        let (kind, name) = self.kind(date, days, term.is_some(), public);
        let exam = self.exams.iter().find(|exam| exam.days.contains(date));
        let make_up = self.make_ups.iter().find(|make_up| make_up.date == date);
        let name_en = public.filter(|day| day.name == name).map_or("", |day| &day.name_en);
        CalendarDay {
            date,
            kind,
            name,
            name_en,
            follows: match kind {
                DayKind::School => Some(date.weekday()),
                DayKind::MakeUp => make_up.map(|make_up| make_up.follows),
                _ => None,
            },
            term: term.map(|term| term.name.as_str()),
            week: term.map(|term| week(term.from, date)),
            exam: exam.filter(|_| kind != DayKind::Closed).map(|exam| exam.days.name.as_str()),
            announced: self.public.as_ref().is_none_or(|public| public.knows(date.year())),
        }
    }

    fn kind<'c>(
        &'c self,
        date: Date,
        days: Days,
        in_term: bool,
        public: Option<&'c PublicDay>,
    ) -> (DayKind, &'c str) {
        if let Some(closed) = find(&self.closed, date) {
            return (DayKind::Closed, &closed.name);
        }
        let public_name = public.map_or("", |day| day.name.as_str());
        if let Some(make_up) = self.make_ups.iter().find(|make_up| make_up.date == date) {
            let own = make_up.name.as_str();
            return (DayKind::MakeUp, if own.is_empty() { public_name } else { own });
        }
        if let Some(holiday) = find(&self.holidays, date) {
            return (DayKind::Holiday, &holiday.name);
        }
        match public {
            Some(day) if day.free => return (DayKind::Holiday, public_name),
            _ if !in_term && self.is_between_terms(date) => return (DayKind::Vacation, ""),
            Some(_) => return (DayKind::MakeUp, public_name),
            None => {}
        }
        let opens = days.0[date.weekday().to_monday_zero_offset() as usize];
        (if opens { DayKind::School } else { DayKind::Weekend }, "")
    }

    /// Before the first term and after the last, nobody has said anything: weekdays count.
    fn is_between_terms(&self, date: Date) -> bool {
        let (first, last) = (self.terms.first(), self.terms.last());
        first.is_some_and(|term| term.to < date) && last.is_some_and(|term| date < term.from)
    }

    /// What a person has to do, as of a day.
    pub fn needs(&self, today: Date) -> Vec<CalendarNeed> {
        let mut needs = Vec::new();
        if let Some(public) = &self.public {
            let soon = today.checked_add(jiff::Span::new().days(AHEAD_DAYS)).unwrap_or(today);
            let mut years = vec![today.year(), soon.year()];
            years.dedup();
            let unknown = years.into_iter().filter(|year| !public.knows(*year));
            needs.extend(unknown.map(CalendarNeed::NotAnnounced));
        }
        let ended = self.terms.last().filter(|term| term.to < today);
        needs.extend(ended.map(|term| CalendarNeed::Ended(term.clone())));
        needs
    }

    /// Make-up days of which nobody has said whose timetable they follow, and that fall into a term,
    /// or whenever there is no term.
    pub fn undecided(&self) -> Vec<&PublicDay> {
        let days = self.public.iter().flat_map(|public| &public.years).flat_map(|year| &year.days);
        let in_term = |date| self.terms.is_empty() || find(&self.terms, date).is_some();
        let told = |date| {
            self.make_ups.iter().any(|own| own.date == date)
                || find(&self.closed, date).is_some()
                || find(&self.holidays, date).is_some()
        };
        days.filter(|day| !day.free && in_term(day.date) && !told(day.date)).collect()
    }

    /// Whether days end before they begin, or terms overlap or are not in order.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let exams = self.exams.iter().map(|exam| &exam.days);
        let mut all = self.terms.iter().chain(&self.holidays).chain(&self.closed).chain(exams);
        if all.any(|days| days.from > days.to) {
            return Err("days of the calendar end before they begin");
        }
        if self.terms.windows(2).any(|pair| pair[0].to >= pair[1].from) {
            return Err("terms overlap or are not in order");
        }
        let years = self.public.iter().flat_map(|public| &public.years);
        if years.into_iter().any(|year| year.days.windows(2).any(|it| it[0].date >= it[1].date)) {
            return Err("public holidays are not in order");
        }
        Ok(())
    }
}

/// A year is asked for so many days before it begins: the State Council announces it in November.
const AHEAD_DAYS: i64 = 31;

fn find(list: &[NamedDays], date: Date) -> Option<&NamedDays> {
    list.iter().find(|days| days.contains(date))
}

/// Week of a term that begins on `from`; its first week may have begun before.
fn week(from: Date, date: Date) -> u16 {
    u16::try_from(weeks_between(from, date) + 1).unwrap_or(u16::MAX)
}

/// Mondays passed from one day to a later one.
pub(crate) fn weeks_between(from: Date, to: Date) -> i64 {
    let monday = |date: Date| {
        let days = date.to_datetime(jiff::civil::Time::midnight());
        let days = days.duration_since(jiff::civil::date(1970, 1, 5).at(0, 0, 0, 0));
        (days.as_secs().div_euclid(86_400)).div_euclid(7)
    };
    monday(to) - monday(from)
}

#[cfg(test)]
mod tests;
