//! `RRULE`: every week or every day. What else there is, is refused by name.

use crate::config::weekday_of;
use controller::Days;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};

/// Most occurrences that are looked at: more than three years of school days.
const OCCURRENCES_MAX: usize = 1_000;

/// Most days that are looked at for them: a school year in every second week, and far more.
const DAYS_MAX: i64 = 4_000;

/// A rule that is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub daily: bool,
    pub interval: u32,
    pub count: Option<u32>,
    pub until: Option<Until>,
    /// `BYDAY`; `None` when it is not there.
    pub days: Option<Days>,
    pub week_start: Weekday,
}

/// The end of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// This day is the last.
    Day(Date),
    /// Local time of the event, or UTC.
    Time { at: DateTime, utc: bool },
}

/// What is wrong, and what to do.
pub(super) type Refusal = (String, &'static str);

const SPLIT: &str =
    "make it an event every week, or single events, in the program that wrote the file";

impl Rule {
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let mut rule = Self {
            daily: false,
            interval: 1,
            count: None,
            until: None,
            days: None,
            week_start: Weekday::Monday,
        };
        let mut frequency = None;
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let bad = || (format!("`{part}` is not understood"), SPLIT);
            let number = || value.parse::<u32>().ok().filter(|number| *number > 0).ok_or_else(bad);
            match name.to_ascii_uppercase().as_str() {
                "FREQ" => frequency = Some(value.to_ascii_uppercase()),
                "INTERVAL" => rule.interval = number()?,
                "COUNT" => rule.count = Some(number()?),
                "UNTIL" => rule.until = Some(until(value).ok_or_else(bad)?),
                "WKST" => rule.week_start = weekday_of(value).ok_or_else(bad)?,
                "BYDAY" => {
                    let mut days = Days::default();
                    for day in value.split(',') {
                        let day = weekday_of(day.trim()).ok_or_else(bad)?;
                        days.0[day.to_monday_zero_offset() as usize] = true;
                    }
                    rule.days = Some(days);
                }
                _ => return Err((format!("repeats by `{part}`, which is not understood"), SPLIT)),
            }
        }
        match frequency.as_deref() {
            Some("WEEKLY") => {}
            Some("DAILY") => rule.daily = true,
            Some(other) => {
                return Err((format!("repeats `{other}`, which no timetable does"), SPLIT));
            }
            None => return Err(("repeats, and does not say how often".into(), SPLIT)),
        }
        if rule.count.is_some() && rule.until.is_some() {
            return Err(("ends by `COUNT` and by `UNTIL`".into(), "only one may be there"));
        }
        Ok(rule)
    }

    /// Days of the week on which it falls, for an event that begins on `first`.
    pub fn weekdays(&self, first: Date) -> Days {
        self.days.unwrap_or_else(|| {
            let mut days = Days::default();
            if self.daily {
                return Days::ALL;
            }
            days.0[first.weekday().to_monday_zero_offset() as usize] = true;
            days
        })
    }

    /// Whether it says the same as days of the week, every so many weeks counted from Monday.
    pub fn is_weekly(&self, first: Date) -> bool {
        let days = self.weekdays(first).0.iter().filter(|day| **day).count();
        match self.interval {
            1 => true,
            2..=8 => !self.daily && (self.week_start == Weekday::Monday || days == 1),
            _ => false,
        }
    }

    /// Whether it ends.
    pub const fn is_bounded(&self) -> bool {
        self.count.is_some() || self.until.is_some()
    }

    /// Every begin, in the event's own time; `ended(begin)` says whether one lies after `UNTIL`.
    /// `None` when there are too many.
    pub fn begins(
        &self,
        first: DateTime,
        ended: impl Fn(DateTime) -> bool,
    ) -> Option<Vec<DateTime>> {
        let days = self.weekdays(first.date());
        let since_start = i64::from(first.date().weekday().since(self.week_start));
        let week = first.date().saturating_sub(since_start.days());
        let mut begins = Vec::new();
        let most = self.count.map_or(OCCURRENCES_MAX + 1, |count| count as usize);
        for day in first.date().series(1.day()) {
            let begin = day.to_datetime(first.time());
            if begins.len() >= most.min(OCCURRENCES_MAX + 1) || ended(begin) {
                break;
            }
            let apart = crate::config::days_between(week, day);
            if apart > DAYS_MAX {
                return None;
            }
            let turn = if self.daily {
                crate::config::days_between(first.date(), day) % i64::from(self.interval) == 0
            } else {
                (apart / 7) % i64::from(self.interval) == 0
            };
            // The begin of an event is its first occurrence even where the rule would not say so.
            if day == first.date() || (turn && days.contains(day.weekday())) {
                begins.push(begin);
            }
        }
        (begins.len() <= OCCURRENCES_MAX).then_some(begins)
    }
}

fn until(text: &str) -> Option<Until> {
    if let Some(day) = day(text) {
        return Some(Until::Day(day));
    }
    let (text, utc) = text.strip_suffix('Z').map_or((text, false), |text| (text, true));
    Some(Until::Time { at: time(text)?, utc })
}

/// `20260901`.
pub(super) fn day(text: &str) -> Option<Date> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    if !digits {
        return None;
    }
    Date::new(number(0, 4)?, number(4, 6)? as i8, number(6, 8)? as i8).ok()
}

/// `20260901T080000`.
pub(super) fn time(text: &str) -> Option<DateTime> {
    let (date, clock) = text.split_once(['T', 't'])?;
    let digits = clock.len() == 6 && clock.bytes().all(|byte| byte.is_ascii_digit());
    let number = |from: usize| clock.get(from..from + 2)?.parse::<i8>().ok();
    if !digits {
        return None;
    }
    let time = jiff::civil::Time::new(number(0)?, number(2)?, number(4)?.min(59), 0).ok()?;
    Some(day(date)?.to_datetime(time))
}
