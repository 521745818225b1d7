//! Local date and time as the protocol writes them, with 14 digits and no zone.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use std::fmt;

/// A local time to the second; which zone it is in, both ends have to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(DateTime);

impl Stamp {
    /// `yyyyMMddHHmmss`; nothing when it is another form or no time of the calendar.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let part = |from: usize, to: usize| text[from..to].parse::<i16>().ok();
        let small = |from: usize| part(from, from + 2).and_then(|part| i8::try_from(part).ok());
        let time =
            DateTime::new(part(0, 4)?, small(4)?, small(6)?, small(8)?, small(10)?, small(12)?, 0);
        Some(Self(time.ok()?))
    }

    /// What clocks show at `utc_ms` where they are `offset_s` ahead of UTC; milliseconds are cut off.
    /// Nothing outside the years 1 to 9999.
    pub fn from_utc_ms(utc_ms: i64, offset_s: i32) -> Option<Self> {
        let at = jiff::Timestamp::from_second(utc_ms.div_euclid(1000)).ok()?;
        let local = Offset::from_seconds(offset_s).ok()?.to_datetime(at);
        (local.year() >= 1).then_some(Self(local))
    }

    /// The moment that is meant where clocks are `offset_s` ahead of UTC, ms.
    pub fn to_utc_ms(self, offset_s: i32) -> Option<i64> {
        let offset = Offset::from_seconds(offset_s).ok()?;
        Some(offset.to_timestamp(self.0).ok()?.as_millisecond())
    }

    /// So many minutes later on the same clock; nothing beyond the calendar.
    pub fn plus_minutes(self, minutes: i64) -> Option<Self> {
        let span = jiff::SignedDuration::from_mins(minutes);
        Some(Self(self.0.checked_add(span).ok()?))
    }

    /// The hour that it is in.
    pub fn hour(self) -> Self {
        let at = self.0;
        Self(DateTime::constant(at.year(), at.month(), at.day(), at.hour(), 0, 0, 0))
    }

    /// The day that it is in.
    pub fn midnight(self) -> Self {
        let at = self.0;
        Self(DateTime::constant(at.year(), at.month(), at.day(), 0, 0, 0, 0))
    }

    /// The day alone, `yyyyMMdd`.
    pub fn day(self) -> String {
        self.0.strftime("%Y%m%d").to_string()
    }

    /// As people and spreadsheets write it, `yyyy-MM-dd HH:mm:ss`.
    pub fn spaced(self) -> String {
        self.0.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The reverse of [`Stamp::spaced`].
    pub fn parse_spaced(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        Self::parse(&digits).filter(|stamp| stamp.spaced() == text)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.0;
        let (year, month, day) = (at.year(), at.month(), at.day());
        let (hour, minute, second) = (at.hour(), at.minute(), at.second());
        write!(f, "{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_and_written_as_14_digits() {
        let stamp = Stamp::parse("20140602091520").expect("a time");
        assert_eq!(stamp.to_string(), "20140602091520");
        assert_eq!(stamp.spaced(), "2014-06-02 09:15:20");
        assert_eq!(Stamp::parse_spaced("2014-06-02 09:15:20"), Some(stamp));
        for wrong in [
            "",
            "2014060209152",
            "20140231000000",
            "20140602096020",
            "2014060209152x",
            "+2140602091520",
        ] {
            assert_eq!(Stamp::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hours_and_days_begin_where_clocks_say() {
        let stamp = Stamp::parse("20140602231520").expect("a time");
        assert_eq!(stamp.hour().to_string(), "20140602230000");
        assert_eq!(stamp.midnight().to_string(), "20140602000000");
        let later = stamp.plus_minutes(45).expect("in range");
        assert_eq!(later.to_string(), "20140603000020");
    }

    #[test]
    fn a_moment_becomes_the_time_that_clocks_show_and_back() {
        // 2014-06-02 01:15:20 UTC is 09:15:20 in China.
        let stamp = Stamp::from_utc_ms(1_401_671_720_999, 8 * 3600).expect("in range");
        assert_eq!(stamp.to_string(), "20140602091520");
        assert_eq!(stamp.to_utc_ms(8 * 3600), Some(1_401_671_720_000));
        assert_eq!(Stamp::from_utc_ms(i64::MAX, 0), None);
        assert_eq!(Stamp::from_utc_ms(0, i32::MAX), None);
    }
}
