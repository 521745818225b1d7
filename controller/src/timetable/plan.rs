//! One local day of one room, from midnight to midnight: the only place that says which period it is.

use super::{DAY_MIN, Span, Timetable};
use crate::calendar::{CalendarDay, DayKind};
use jiff::civil::Date;
use lighting::Period;
use wire::Id;

/// A day, and what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayPlan<'t> {
    /// What kind of day.
    pub day: CalendarDay<'t>,
    /// From midnight to midnight, without a hole.
    pub stretches: Vec<Stretch<'t>>,
}

/// A part of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch<'t> {
    /// When.
    pub time: Span,
    /// What.
    pub period: Period,
    /// Name of the lesson, of the bell or of the exam; may be empty.
    pub name: &'t str,
}

impl DayPlan<'_> {
    /// What holds in a minute of the day.
    pub fn at(&self, minute: u16) -> Period {
        let found = self.stretches.iter().find(|stretch| stretch.time.contains(minute));
        found.map_or(Period::Closed, |stretch| stretch.period)
    }
}

/// What a day is put together from.
#[derive(Default)]
struct Parts<'t> {
    open: Option<Span>,
    /// Lessons, self-study and exams.
    taken: Vec<Stretch<'t>>,
    bells: Vec<Span>,
    /// From lesson to lesson.
    breaks: Vec<Span>,
}

impl Timetable {
    /// A day of a room; without one, of the campus as a whole.
    pub fn plan(&self, room: Option<(Id, Id)>, date: Date) -> DayPlan<'_> {
        let day = self.calendar.day(date, self.days);
        let parts = match day.kind {
            DayKind::Closed => Parts::default(),
            _ => self.parts(room, &day),
        };
        DayPlan { day, stretches: parts.stretches() }
    }

    fn parts(&self, room: Option<(Id, Id)>, day: &CalendarDay<'_>) -> Parts<'_> {
        let exams = self.calendar.exams.iter();
        let mut exams = exams.filter(|exam| exam.days.contains(day.date) && exam.is_at(room));
        let open = self.open_on(room, day);
        let timed: Vec<_> = exams.clone().filter(|exam| !exam.times.is_empty()).collect();
        if !timed.is_empty() {
            let times = timed.iter().flat_map(|exam| {
                let name = exam.days.name.as_str();
                exam.times.iter().map(move |time| Stretch {
                    time: *time,
                    period: Period::Exam,
                    name,
                })
            });
            return Parts { open, taken: times.collect(), ..Parts::default() };
        }
        let bells = if day.kind.is_school() { self.bells(room) } else { Vec::new() };
        let own = room.and_then(|room| self.own.lessons.get(&room));
        let mut taken: Vec<Stretch<'_>> = own
            .into_iter()
            .flatten()
            .filter(|lesson| lesson.is_on(day))
            .map(|it| Stretch { time: it.time, period: it.kind, name: &it.name })
            .collect();
        // On a make-up day of which nobody knows whose timetable it follows, every bell counts.
        if own.is_none() || day.kind == DayKind::MakeUp && day.follows.is_none() {
            taken.extend(&bells);
        }
        let bell_times: Vec<Span> = bells.iter().map(|bell| bell.time).collect();
        let mut breaks = between(if bells.is_empty() { &taken } else { &bells });
        // `lessons` of the campus has always had breaks of any length.
        let plain = self.own.bells(room).is_empty() && !bells.is_empty();
        breaks.retain(|pause| plain || pause.to_min - pause.from_min <= BREAK_MIN_MAX);
        if let Some(exam) = exams.next().filter(|_| day.kind.is_school()) {
            for stretch in taken.iter_mut().filter(|stretch| stretch.period.needs_light()) {
                (stretch.period, stretch.name) = (Period::Exam, &exam.days.name);
            }
        }
        Parts { open, taken, bells: bell_times, breaks }
    }

    fn open_on(&self, room: Option<(Id, Id)>, day: &CalendarDay<'_>) -> Option<Span> {
        let school = day.kind.is_school();
        let Some(hours) = room.and_then(|room| self.own.hours(room)) else {
            return school.then_some(self.open);
        };
        let opens = match hours.days {
            None => school,
            Some(days) => {
                !day.kind.is_free() && days.contains(day.follows.unwrap_or(day.date.weekday()))
            }
        };
        opens.then_some(hours.open)
    }

    fn bells(&self, room: Option<(Id, Id)>) -> Vec<Stretch<'_>> {
        let own = self.own.bells(room);
        if own.is_empty() {
            let lesson = |time: &Span| Stretch { time: *time, period: Period::Lesson, name: "" };
            return self.lessons.iter().map(lesson).collect();
        }
        own.into_iter()
            .map(|bell| Stretch { time: bell.time, period: bell.kind, name: &bell.name })
            .collect()
    }
}

impl<'t> Parts<'t> {
    fn stretches(&self) -> Vec<Stretch<'t>> {
        let spans = self.open.iter().chain(&self.bells).chain(&self.breaks);
        let spans = spans.copied().chain(self.taken.iter().map(|stretch| stretch.time));
        let mut cuts: Vec<u16> = spans.flat_map(|it| [it.from_min, it.to_min]).collect();
        cuts.extend([0, DAY_MIN]);
        cuts.sort_unstable();
        cuts.dedup();
        let mut stretches: Vec<Stretch<'t>> = Vec::new();
        for pair in cuts.windows(2) {
            let time = Span { from_min: pair[0], to_min: pair[1] };
            let (period, name) = self.holds(time.from_min);
            match stretches.last_mut() {
                Some(last) if (last.period, last.name) == (period, name) => {
                    last.time.to_min = time.to_min;
                }
                _ => stretches.push(Stretch { time, period, name }),
            }
        }
        stretches
    }

    fn holds(&self, minute: u16) -> (Period, &'t str) {
        let here = self.taken.iter().filter(|stretch| stretch.time.contains(minute));
        if let Some(taken) = here.max_by_key(|stretch| rank(stretch.period)) {
            return (taken.period, taken.name);
        }
        let within = |span: &Span| span.contains(minute);
        if !self.open.as_ref().is_some_and(within) {
            return (Period::Closed, "");
        }
        let pause = self.breaks.iter().any(within) && !self.bells.iter().any(within);
        (if pause { Period::Break } else { Period::Open }, "")
    }
}

/// Of two things at one time, the one that keeps the lamps on for longer counts.
const fn rank(period: Period) -> u8 {
    match period {
        Period::Exam => 3,
        Period::SelfStudy => 2,
        Period::Lesson => 1,
        Period::Break | Period::Open | Period::Closed => 0,
    }
}

/// A longer pause between two bells is no break, min: a long lunch is one, the time from the last lesson
/// of the afternoon to evening self-study is not.
const BREAK_MIN_MAX: u16 = 180;

/// The gaps between lessons, in order.
fn between(lessons: &[Stretch<'_>]) -> Vec<Span> {
    let lessons = lessons.iter().filter(|stretch| stretch.period.needs_light());
    let mut times: Vec<Span> = lessons.map(|stretch| stretch.time).collect();
    times.sort_unstable_by_key(|time| (time.from_min, time.to_min));
    let mut gaps = Vec::new();
    let mut end = None;
    for time in times {
        if let Some(from_min) = end.filter(|end| *end < time.from_min) {
            gaps.push(Span { from_min, to_min: time.from_min });
        }
        end = end.max(Some(time.to_min));
    }
    gaps
}
