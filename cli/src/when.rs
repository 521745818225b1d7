//! Times and durations: in the campus's zone, relative when under a day.

use crate::error::Error;
use crate::words::Words;
use agent::api::types::Status;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use std::time::Duration;

/// A day; beyond it people want a date, not hours.
const DAY_MS: i64 = 24 * 3600 * 1000;

/// The agent's clock, and the zone in which people read it.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The agent's now, ms UTC; in a demo it runs faster than ours.
    pub now_ms: i64,
    zone: TimeZone,
}

impl Clock {
    /// A clock; UTC when the zone is unknown here.
    pub fn new(now_ms: i64, zone: &str) -> Self {
        Self { now_ms, zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) }
    }

    /// The clock of an agent.
    pub fn of(status: &Status) -> Self {
        Self::new(status.now_ms, &status.time_zone)
    }

    /// `09:42`, with the date before it when it was not today.
    pub fn short(&self, ms: i64) -> String {
        let (then, now) = (self.local(ms), self.local(self.now_ms));
        let format = if then.date() == now.date() {
            "%H:%M"
        } else if then.year() == now.year() {
            "%m-%d %H:%M"
        } else {
            "%Y-%m-%d %H:%M"
        };
        then.strftime(format).to_string()
    }

    /// `09:42:07`, for views that move.
    pub fn seconds(&self, ms: i64) -> String {
        self.local(ms).strftime("%H:%M:%S").to_string()
    }

    /// `2026-11-20 09:42`.
    pub fn minute(&self, ms: i64) -> String {
        self.local(ms).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// `2026-11-20`.
    pub fn day(&self, ms: i64) -> String {
        self.local(ms).strftime("%Y-%m-%d").to_string()
    }

    /// `11-20`, for axes and rows of one year.
    pub fn month_day(&self, ms: i64) -> String {
        self.local(ms).strftime("%m-%d").to_string()
    }

    /// `2026-11`.
    pub fn month(&self, ms: i64) -> String {
        self.local(ms).strftime("%Y-%m").to_string()
    }

    /// `2026-W47`, as ISO 8601 counts weeks.
    pub fn week(&self, ms: i64) -> String {
        let week = self.local(ms).date().iso_week_date();
        format!("{}-W{:02}", week.year(), week.week())
    }

    /// Day of the week, 1 (Monday) to 7.
    pub fn weekday(&self, ms: i64) -> i8 {
        self.local(ms).weekday().to_monday_one_offset()
    }

    /// Day of the month, 1 to 31.
    pub fn month_date(&self, ms: i64) -> i8 {
        self.local(ms).day()
    }

    /// `2026-11-20T09:42:00+08:00`.
    pub fn with_offset(&self, ms: i64) -> String {
        self.local(ms).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// `+08:00`.
    pub fn offset(&self, ms: i64) -> String {
        self.local(ms).strftime("%:z").to_string()
    }

    /// `2026-11-20T01:42:00Z`.
    pub fn utc(&self, ms: i64) -> String {
        self.civil_utc(ms).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The moment in the zone of the campus.
    pub fn civil(&self, ms: i64) -> DateTime {
        self.local(ms).datetime()
    }

    /// The moment in UTC.
    pub fn civil_utc(&self, ms: i64) -> DateTime {
        TimeZone::UTC.to_datetime(self.local(ms).timestamp())
    }

    /// Begin of the local day.
    pub fn midnight(&self, ms: i64) -> i64 {
        self.local(ms).start_of_day().map_or(ms, |day| day.timestamp().as_millisecond())
    }

    /// Begin of the next local day; DST makes some of them 23 or 25 hours away.
    pub fn next_midnight(&self, ms: i64) -> i64 {
        let next = self.local(ms).tomorrow().and_then(|day| day.start_of_day());
        next.map_or(ms + DAY_MS, |day| day.timestamp().as_millisecond())
    }

    /// What a person typed for a span: `FROM..TO`, both as [`Clock::parse`] takes them; without `TO`
    /// until now, and a lone time at the end is of the day at the begin.
    ///
    /// # Errors
    /// [`Error::BadTime`] when an end is no time, [`Error::BadSpan`] when the span is empty.
    pub fn span(&self, text: &str) -> Result<(i64, i64), Error> {
        let Some((since, until)) = text.split_once("..") else {
            return Err(Error::NoSpan { text: text.to_owned() });
        };
        let (since, until) = (since.trim(), until.trim());
        let from = self.parse(since)?;
        let to = match until {
            "" => self.now_ms,
            lone if lone.contains(':') && !lone.contains('-') && lone.parse::<Time>().is_ok() => {
                self.parse(&format!("{} {lone}", self.day(from)))?
            }
            whole => self.parse(whole)?,
        };
        if from < to {
            return Ok((from, to));
        }
        Err(Error::BadSpan { since: since.to_owned(), until: until.to_owned() })
    }

    /// How long ago `ms` was: `3 h`; never negative, since clocks differ by a little.
    pub fn ago(&self, words: &Words, ms: i64) -> String {
        duration(words, (self.now_ms - ms).max(0))
    }

    /// `3 h ago`, or the date when it is longer than a day ago.
    pub fn ago_or_date(&self, words: &Words, ms: i64) -> String {
        if self.now_ms - ms < DAY_MS {
            words.say("time-ago", &[("duration", self.ago(words, ms).into())])
        } else {
            self.short(ms)
        }
    }

    /// What a person typed for a moment: `2026-11-20`, `2026-11-20 08:00`, `08:00` (today), `today`,
    /// `yesterday`, `yesterday 08:00`, `2h` (ago), or RFC 3339.
    ///
    /// # Errors
    /// [`Error::BadTime`] when it is none of these.
    pub fn parse(&self, text: &str) -> Result<i64, Error> {
        let today = self.local(self.now_ms).date();
        if let Ok(ago) = humantime::parse_duration(text) {
            return Ok(self.now_ms - i64::try_from(ago.as_millis()).unwrap_or(i64::MAX / 2));
        }
        if let Ok(stamp) = text.parse::<Timestamp>() {
            return Ok(stamp.as_millisecond());
        }
        let civil = match text {
            "now" => return Ok(self.now_ms),
            "today" => Some(today.at(0, 0, 0, 0)),
            "yesterday" => today.yesterday().ok().map(|day| day.at(0, 0, 0, 0)),
            text if text.starts_with("yesterday ") => {
                today.yesterday().ok().zip(time_after("yesterday ", text)).map(at_time)
            }
            text if text.starts_with("today ") => {
                time_after("today ", text).map(|time| at_time((today, time)))
            }
            // A date and time first: jiff reads a lone time out of one, and would lose the date.
            _ => text
                .parse::<DateTime>()
                .or_else(|_| text.parse::<Date>().map(|day| day.at(0, 0, 0, 0)))
                .or_else(|_| text.parse::<Time>().map(|time| today.to_datetime(time)))
                .ok(),
        };
        civil
            .and_then(|civil| civil.to_zoned(self.zone.clone()).ok())
            .map(|zoned| zoned.timestamp().as_millisecond())
            .ok_or_else(|| Error::BadTime { text: text.to_owned() })
    }

    /// What a person typed for a moment to come: as [`Clock::parse`], but `2h` is in two hours, and a lone
    /// time that has passed is tomorrow's.
    ///
    /// # Errors
    /// [`Error::BadTime`] when it is none of these.
    pub fn ahead(&self, text: &str) -> Result<i64, Error> {
        if let Ok(wait) = humantime::parse_duration(text) {
            return Ok(self.now_ms + i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2));
        }
        let at = self.parse(text)?;
        let lone = !text.contains('-') && text.parse::<Time>().is_ok();
        if lone && at <= self.now_ms {
            let tomorrow = self.day(self.next_midnight(self.now_ms));
            return self.parse(&format!("{tomorrow} {text}"));
        }
        Ok(at)
    }

    fn local(&self, ms: i64) -> Zoned {
        // Out of jiff's range only by a broken agent: then the epoch is as good as any.
        Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(self.zone.clone())
    }
}

/// The time of day behind a word.
fn time_after(word: &str, text: &str) -> Option<Time> {
    text.strip_prefix(word)?.trim().parse().ok()
}

fn at_time((day, time): (Date, Time)) -> DateTime {
    day.to_datetime(time)
}

/// `40 s`, `12 min`, `3 h 5 min`, `12 days`: two units at most.
pub fn duration(words: &Words, ms: i64) -> String {
    let s = SignedDuration::from_millis(ms.max(0)).as_secs();
    let (days, hours, minutes) = (s / 86_400, s / 3600, s / 60);
    if s < 60 {
        words.say("time-s", &[("n", s.into())])
    } else if minutes < 60 {
        words.say("time-min", &[("n", minutes.into())])
    } else if hours < 24 && minutes % 60 == 0 {
        words.say("time-h", &[("n", hours.into())])
    } else if hours < 24 {
        words.say("time-h-min", &[("h", hours.into()), ("min", (minutes % 60).into())])
    } else {
        words.say("time-days", &[("n", days.into())])
    }
}

/// Longest wish of a person: two hours, since a forgotten one must not outlive a lesson pair (DESIGN §9).
pub const WISH_MAX: Duration = Duration::from_secs(2 * 3600);

/// How long a wish lasts: `30s`, `10m`, `1h 30m`; at least a second, at most [`WISH_MAX`].
pub fn parse_wish(text: &str) -> Result<Duration, String> {
    let wish = parse_duration(text)?;
    if wish.as_secs() < 1 {
        return Err("a wish lasts at least 1s".to_owned());
    }
    if wish > WISH_MAX {
        return Err("a wish ends by itself after 2h at most".to_owned());
    }
    Ok(wish)
}

/// `30s`, `10m`, `2h`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| "write a number with a unit, like `30s`, `10m` or `2h`".to_owned())
}

#[cfg(test)]
mod tests;
