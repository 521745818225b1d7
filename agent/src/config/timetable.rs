//! `[timetable]`: school days, opening hours, lessons.

use super::fault::{Faults, closest};
use super::table::{At, Table};
use controller::{Days, Span, Timetable};
use jiff::civil::Weekday;

/// Monday first, as ISO 8601 counts.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The same for the core.
pub const WEEKDAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// Most lessons of one day.
const LESSONS_MAX: usize = 24;

/// Reads the section.
pub fn read(table: &Table<'_>, faults: &mut Faults) -> Option<Timetable> {
    let days = days(table, faults).unwrap_or(Days::SCHOOL);
    let open_text = table.text("open", faults);
    let open = open_text.and_then(|text| hours(&text, faults));
    let mut lessons = Vec::new();
    if let Some(list) = table.texts("lessons", faults) {
        if list.is.len() > LESSONS_MAX {
            faults
                .add(&list.at, "too many lessons")
                .label(format!("{}; {LESSONS_MAX} are the most", list.is.len()));
        }
        lessons.extend(list.is.iter().filter_map(|text| hours(text, faults)));
    }
    if let Some(open) = &open {
        for lesson in &lessons {
            if lesson.is.from_min < open.is.from_min || lesson.is.to_min > open.is.to_min {
                faults
                    .add(&lesson.at, "a lesson outside the opening hours")
                    .also(&open.at, "opening hours")
                    .help("lights of closed hours go off; open earlier, or close later");
            }
        }
    }
    lessons.sort_by_key(|lesson| (lesson.is.from_min, lesson.is.to_min));
    refuse_overlaps(&lessons, faults);
    Some(Timetable {
        days,
        open: open?.is,
        lessons: lessons.into_iter().map(|lesson| lesson.is).collect(),
        ..Timetable::default()
    })
}

/// Each lesson is compared with the one that ends last among those before it.
fn refuse_overlaps(lessons: &[At<Span>], faults: &mut Faults) {
    let mut last: Option<&At<Span>> = None;
    for lesson in lessons {
        match last {
            Some(before) if lesson.is.from_min < before.is.to_min => {
                faults
                    .add(&lesson.at, "two lessons at one time")
                    .label("begins before the other ends")
                    .also(&before.at, "the other");
            }
            _ => {}
        }
        if last.is_none_or(|before| lesson.is.to_min > before.is.to_min) {
            last = Some(lesson);
        }
    }
}

/// The days under the key `days`; `None` when it is not there.
pub fn days(table: &Table<'_>, faults: &mut Faults) -> Option<Days> {
    let list = table.texts("days", faults)?;
    let mut days = [false; 7];
    for text in &list.is {
        match day(text, faults) {
            Some(at) if days[at] => {
                faults.add(&text.at, format!("`{}` stands here twice", text.is));
            }
            Some(at) => days[at] = true,
            None => {}
        }
    }
    if list.is.is_empty() {
        faults.add(&list.at, "no day at all").help("name at least one, `mon` to `sun`");
    }
    Some(Days(days))
}

/// A weekday as people and programs write it: `mon`, `Monday`, `MO`, `1`, `周一`, `星期一`.
pub(crate) fn weekday_of(text: &str) -> Option<Weekday> {
    let text = text.trim().to_lowercase();
    let chinese = text.strip_prefix(['周', '星']).map(|text| text.trim_start_matches('期'));
    if let Some(day) = chinese {
        let at = ["一", "二", "三", "四", "五", "六", "日"].iter().position(|it| *it == day);
        return at.or((day == "天").then_some(6)).map(|at| WEEKDAYS[at]);
    }
    let whole = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let at = whole
        .iter()
        .zip(DAYS)
        .position(|(whole, short)| text == *whole || text == short || text == short[..2]);
    let number = || text.parse::<usize>().ok().filter(|day| (1..=7).contains(day)).map(|it| it - 1);
    at.or_else(number).map(|at| WEEKDAYS[at])
}

/// A day of the week, counted from Monday.
pub fn day(text: &At<&str>, faults: &mut Faults) -> Option<usize> {
    let found = DAYS.iter().position(|name| *name == text.is);
    if found.is_none() {
        let short: String = text.is.to_lowercase().chars().take(3).collect();
        let meant = DAYS.into_iter().find(|name| *name == short);
        let meant = meant.or_else(|| closest(text.is, DAYS));
        let fault = faults.add(&text.at, format!("`{}` is no day", text.is));
        match meant {
            Some(meant) => fault.help(format!("did you mean `{meant}`?")),
            None => fault.help(format!("days are {}", DAYS.join(", "))),
        };
    }
    found
}

/// `hh:mm-hh:mm` within one day.
pub fn hours(text: &At<&str>, faults: &mut Faults) -> Option<At<Span>> {
    span(text, |start, end| format!("did you mean `{end}-{start}`?"), faults)
}

/// The same; `turned` says what to do about an end before the begin.
pub fn span(
    text: &At<&str>,
    turned: impl Fn(&str, &str) -> String,
    faults: &mut Faults,
) -> Option<At<Span>> {
    let Some((start, end)) = text.is.split_once('-') else {
        faults
            .add(&text.at, format!("`{}` are no hours", text.is))
            .help("hours look like `08:00-08:45`");
        return None;
    };
    let mut minute = |part: &str| {
        let minute = minute_of_day(part.trim());
        if minute.is_none() {
            faults
                .add(&text.at, format!("`{}` is no time of day", part.trim()))
                .help("times look like `08:05`, from `00:00` to `24:00`");
        }
        minute
    };
    let (from_min, to_min) = (minute(start), minute(end));
    let (from_min, to_min) = (from_min?, to_min?);
    if from_min >= to_min {
        if from_min == to_min {
            faults.add(&text.at, "hours that end when they begin");
        } else {
            faults
                .add(&text.at, "hours that end before they begin")
                .help(turned(start.trim(), end.trim()));
        }
        return None;
    }
    Some(At { is: Span { from_min, to_min }, at: text.at.clone() })
}

/// Minutes since midnight of `hh:mm`; 1,440 for `24:00`.
fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str| {
        let good = matches!(digits.len(), 1 | 2) && digits.bytes().all(|it| it.is_ascii_digit());
        good.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= 24 * 60).then_some(total)
}
