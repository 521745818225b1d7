//! Events of a calendar: where, when, how often; moved and cancelled occurrences.

use super::ics::{Property, unescaped};
use super::rule::{Refusal, Rule, Until, day, time};
use super::{Imported, Note, Places, Room, kind, name, span};
use controller::Span;
use controller::timetable::{Lesson, On, Weekly, Weeks};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use lighting::Period;
use std::collections::BTreeMap;

/// An event as it stands in the file.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// Where it begins.
    pub line: usize,
    pub properties: Vec<Property>,
}

/// Zones by the names that Windows gives them, for the calendars that schools meet (CLDR
/// `windowsZones`).
const WINDOWS: [(&str, &str); 6] = [
    ("China Standard Time", "Asia/Shanghai"),
    ("Taipei Standard Time", "Asia/Taipei"),
    ("Singapore Standard Time", "Asia/Singapore"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("GMT Standard Time", "Europe/London"),
];

/// A moment of a calendar, and whose clock it is read from.
#[derive(Clone, Debug)]
struct Moment {
    local: DateTime,
    zone: TimeZone,
}

impl Event {
    pub const fn new(line: usize) -> Self {
        Self { line, properties: Vec::new() }
    }

    fn get(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &Property> {
        self.properties.iter().filter(move |property| property.name == name)
    }

    fn text(&self, name: &str) -> String {
        self.get(name).map(|property| unescaped(&property.value)).unwrap_or_default()
    }

    fn is_cancelled(&self) -> bool {
        self.get("STATUS").is_some_and(|status| status.value.eq_ignore_ascii_case("CANCELLED"))
    }

    /// Which series it belongs to.
    fn series(&self) -> String {
        self.text("UID")
    }
}

/// What events are compared with.
struct Reader<'r> {
    aliases: &'r BTreeMap<String, String>,
    /// The campus's.
    zone: &'r TimeZone,
}

/// Turns events into lessons.
pub(super) fn take(
    events: Vec<Event>,
    aliases: &BTreeMap<String, String>,
    places: &Places,
    zone: &TimeZone,
    found: &mut Imported,
) {
    let reader = Reader { aliases, zone };
    // Occurrences that are moved or cancelled by events of their own: not where the series has them.
    let mut moved: BTreeMap<String, Vec<Date>> = BTreeMap::new();
    for event in &events {
        let Some(of) = event.get("RECURRENCE-ID") else { continue };
        if of.parameter("RANGE").is_some() {
            let hint = "end the series there, and begin another one";
            found.refused.push(Note::new(of.line, "changes all later occurrences too", hint));
        }
        match reader.moment(of) {
            Ok(moment) => {
                let day = reader.here(&moment).date();
                moved.entry(event.series()).or_default().push(day);
            }
            Err((what, hint)) => found.refused.push(Note::new(of.line, what, hint)),
        }
    }
    for event in events.iter().filter(|event| !event.is_cancelled()) {
        let none = Vec::new();
        let is_series = event.get("RECURRENCE-ID").is_none();
        let except = if is_series { moved.get(&event.series()).unwrap_or(&none) } else { &none };
        let begin = event.get("DTSTART");
        let all_day = |begin: &Property| {
            begin.parameter("VALUE") == Some("DATE") || day(&begin.value).is_some()
        };
        if let Some(begin) = begin.filter(|begin| all_day(begin)) {
            let what = format!("`{}` lasts all day: it is no lesson", name(&event.text("SUMMARY")));
            found.left_out.push(Note::new(begin.line, what, ""));
            continue;
        }
        let line = event.get("LOCATION").map_or(event.line, |place| place.line);
        let Some(room) = found.place(&event.text("LOCATION"), line, places) else { continue };
        if let Err(note) = reader.lesson(event, room, except, found) {
            found.refused.push(note);
        }
    }
}

impl Reader<'_> {
    fn lesson(
        &self,
        event: &Event,
        room: Room,
        except: &[Date],
        found: &mut Imported,
    ) -> Result<(), Note> {
        let at = |property: &Property, (what, hint): Refusal| Note::new(property.line, what, hint);
        let Some(start) = event.get("DTSTART") else {
            return Err(Note::new(event.line, "an event without a begin (`DTSTART`)", ""));
        };
        let begin = self.moment(start).map_err(|why| at(start, why))?;
        let length = self.length(event, &begin)?;
        if let Some(rule) = event.get("EXRULE") {
            return Err(at(rule, ("`EXRULE` is not understood".into(), "use `EXDATE`")));
        }
        let mut out: Vec<Date> = except.to_vec();
        for property in event.all("EXDATE") {
            out.extend(self.days(property).map_err(|why| at(property, why))?);
        }
        out.sort_unstable();
        out.dedup();
        let mut begins = vec![begin.local];
        let mut weekly = None;
        let mut rules = event.all("RRULE");
        if let Some(property) = rules.next() {
            let rule = Rule::parse(&property.value).map_err(|why| at(property, why))?;
            if let Some(second) = rules.next() {
                return Err(at(second, ("two rules of repetition".into(), "one is enough")));
            }
            let ended = |moment: DateTime| self.is_after(&rule, moment, &begin.zone);
            if rule.is_weekly(begin.local.date()) && begin.zone == *self.zone {
                weekly = Some(rule.clone());
                begins = Vec::new();
                if rule.is_bounded() {
                    let too_many = ("repeats too often".into(), "a timetable has a term or two");
                    begins =
                        rule.begins(begin.local, ended).ok_or_else(|| at(property, too_many))?;
                }
            } else if rule.is_bounded() {
                let too_many = ("repeats too often".into(), "a timetable has a term or two");
                begins = rule.begins(begin.local, ended).ok_or_else(|| at(property, too_many))?;
            } else {
                let hint = "end it (`UNTIL` or `COUNT`), so that its days can be written down";
                let why = "repeats without an end, in another time zone or in uneven steps";
                return Err(at(property, (why.into(), hint)));
            }
        }
        let lesson = |time, on| Lesson {
            name: name(&event.text("SUMMARY")),
            time,
            kind: categories(event),
            on,
        };
        let mut single = Vec::new();
        for property in event.all("RDATE") {
            single.extend(self.begins(property, &begin).map_err(|why| at(property, why))?);
        }
        if let Some(rule) = weekly {
            let time = self.time(begin.local, length).ok_or_else(|| midnight(start))?;
            let last = begins.last().map(|last| last.date());
            let on = weekly_on(&rule, begin.local.date(), last, out.clone());
            // The begin counts even where the rule would not fall on it.
            if !rule.weekdays(begin.local.date()).contains(begin.local.date().weekday()) {
                single.push(begin.clone());
            }
            found.add(room, lesson(time, On::Weekly(on)));
        } else {
            let all = begins.iter().map(|local| Moment { local: *local, zone: begin.zone.clone() });
            single.extend(all);
        }
        for moment in single {
            let here = self.here(&moment);
            if out.contains(&here.date()) {
                continue;
            }
            let time = self.time(here, length).ok_or_else(|| midnight(start))?;
            found.add(room, lesson(time, On::Dates(vec![here.date()])));
        }
        Ok(())
    }

    /// From `DTEND` or `DURATION`.
    fn length(&self, event: &Event, begin: &Moment) -> Result<SignedDuration, Note> {
        let note = |property: &Property, what: &str| {
            Note::new(property.line, what, "a lesson has a begin and an end on one day")
        };
        if let Some(property) = event.get("DTEND") {
            let end = self
                .moment(property)
                .map_err(|(what, hint)| Note::new(property.line, what, hint))?;
            let length = self.here(begin).duration_until(self.here(&end));
            return match length > SignedDuration::ZERO {
                true => Ok(length),
                false => Err(note(property, "an event that ends before it begins")),
            };
        }
        let Some(property) = event.get("DURATION") else {
            let what = "an event without an end (`DTEND` or `DURATION`)";
            return Err(Note::new(
                event.line,
                what,
                "give it one in the program that wrote the file",
            ));
        };
        let length = property.value.parse::<jiff::Span>().ok();
        let length = length
            .and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok());
        length
            .filter(|length| *length > SignedDuration::ZERO)
            .ok_or_else(|| note(property, "a duration that is not understood"))
    }

    /// The time of day of an occurrence; `None` over midnight.
    fn time(&self, begin: DateTime, length: SignedDuration) -> Option<Span> {
        let from_min = begin.hour() as u16 * 60 + begin.minute() as u16;
        let minutes = u16::try_from(length.as_mins()).ok()?;
        span(from_min, from_min.checked_add(minutes)?)
    }

    /// A moment as the clocks of the campus show it.
    fn here(&self, moment: &Moment) -> DateTime {
        let zoned = moment.local.to_zoned(moment.zone.clone());
        zoned.map_or(moment.local, |zoned| zoned.with_time_zone(self.zone.clone()).datetime())
    }

    fn moment(&self, property: &Property) -> Result<Moment, Refusal> {
        self.moment_of(&property.value, property)
    }

    fn moment_of(&self, value: &str, property: &Property) -> Result<Moment, Refusal> {
        let wrong = || (format!("`{value}` is no time"), "times look like `20260901T080000`");
        if let Some(day) = day(value) {
            return Ok(Moment { local: day.at(0, 0, 0, 0), zone: self.zone.clone() });
        }
        if let Some(utc) = value.strip_suffix('Z') {
            return Ok(Moment { local: time(utc).ok_or_else(wrong)?, zone: TimeZone::UTC });
        }
        let local = time(value).ok_or_else(wrong)?;
        let zone = match property.parameter("TZID") {
            // Without a zone it is the local time of whoever reads it.
            None => self.zone.clone(),
            Some(name) => self.named(name)?,
        };
        Ok(Moment { local, zone })
    }

    fn named(&self, name: &str) -> Result<TimeZone, Refusal> {
        let windows = WINDOWS.iter().find(|(windows, _)| *windows == name).map(|(_, zone)| *zone);
        let alias = self.aliases.get(name).map(String::as_str);
        let tail = name.rsplitn(3, '/').collect::<Vec<_>>();
        // `/freeassociation.sourceforge.net/Asia/Shanghai`
        let tail = (tail.len() == 3).then(|| format!("{}/{}", tail[1], tail[0]));
        let names = [Some(name), windows, alias, tail.as_deref()];
        let found = names.into_iter().flatten().find_map(|name| jiff::tz::db().get(name).ok());
        found.ok_or_else(|| {
            let hint = "export with times of a zone like `Asia/Shanghai`, or in UTC";
            (format!("the time zone `{name}` is not known"), hint)
        })
    }

    /// Days of a list of times.
    fn days(&self, property: &Property) -> Result<Vec<Date>, Refusal> {
        let each = property.value.split(',').map(|value| self.moment_of(value.trim(), property));
        each.map(|moment| moment.map(|moment| self.here(&moment).date())).collect()
    }

    /// Begins of a list of times; of days alone, at the time of the event itself.
    fn begins(&self, property: &Property, begin: &Moment) -> Result<Vec<Moment>, Refusal> {
        if property.parameter("VALUE") == Some("PERIOD") {
            let hint = "write them as single events";
            return Err(("occurrences with lengths of their own".into(), hint));
        }
        let one = |value: &str| match day(value) {
            Some(day) => {
                Ok(Moment { local: day.to_datetime(begin.local.time()), zone: begin.zone.clone() })
            }
            None => self.moment_of(value, property),
        };
        property.value.split(',').map(|value| one(value.trim())).collect()
    }

    fn is_after(&self, rule: &Rule, moment: DateTime, zone: &TimeZone) -> bool {
        match rule.until {
            None => false,
            Some(Until::Day(last)) => moment.date() > last,
            Some(Until::Time { at, utc: false }) => moment > at,
            Some(Until::Time { at, utc: true }) => {
                let until = at.to_zoned(TimeZone::UTC).map(|at| at.timestamp());
                let begin = moment.to_zoned(zone.clone()).map(|at| at.timestamp());
                matches!((begin, until), (Ok(begin), Ok(until)) if begin > until)
            }
        }
    }
}

fn weekly_on(rule: &Rule, first: Date, last: Option<Date>, except: Vec<Date>) -> Weekly {
    Weekly {
        days: rule.weekdays(first),
        weeks: Weeks::All,
        from: Some(first),
        // A series whose every occurrence was cut off is over before it began.
        to: last.or(rule.is_bounded().then(|| first.saturating_sub(1.day()))),
        every: u8::try_from(rule.interval).unwrap_or(1),
        except,
    }
}

fn midnight(property: &Property) -> Note {
    let hint = "a lesson begins and ends on one day; split it at midnight";
    Note::new(property.line, "an event that goes over midnight", hint)
}

fn categories(event: &Event) -> Period {
    let all = event.all("CATEGORIES").flat_map(|property| property.value.split(','));
    let mut known = all.filter_map(|word| kind(&unescaped(word)));
    known.next().unwrap_or(Period::Lesson)
}
