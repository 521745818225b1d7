//! A table: one line per lesson, headings in English or Chinese, from whatever spreadsheet.

use super::{Imported, Note, Places, kind, name, span};
use crate::config::{parse_weeks, weekday_of};
use controller::Days;
use controller::timetable::{Lesson, On, Weekly, Weeks};
use jiff::civil::{Date, Weekday};
use lighting::Period;

/// Columns with the headings that are understood.
const COLUMNS: [(&str, &[&str]); 8] = [
    ("room", &["room", "place", "教室", "地点"]),
    ("weekday", &["weekday", "day", "星期", "周几"]),
    ("date", &["date", "日期"]),
    ("from", &["from", "start", "开始", "开始时间", "上课时间"]),
    ("to", &["to", "end", "结束", "结束时间", "下课时间"]),
    ("name", &["name", "lesson", "course", "课程", "课程名称"]),
    ("weeks", &["weeks", "周次"]),
    ("kind", &["kind", "类别"]),
];

/// Where each column of [`COLUMNS`] is.
type Found = [Option<usize>; 8];

/// Reads a table.
pub fn read(bytes: &[u8], places: &Places) -> Imported {
    let mut found = Imported::default();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Err(error) = std::str::from_utf8(bytes) {
        let before = &bytes[..error.valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let hint = "save it as “CSV UTF-8”; the plain CSV of a Chinese Excel is GBK";
        found.refused.push(Note::new(line, "this line is not UTF-8", hint));
        return found;
    }
    let head = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| head.iter().filter(|byte| **byte == delimiter).count();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|it| count(*it)).unwrap_or(b',');
    let mut table = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let Some(columns) = columns(&mut table, &mut found) else { return found };
    for record in table.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, |at| at.line() as usize);
                found.refused.push(Note::new(line, error.to_string(), ""));
                return found;
            }
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        let line = record.position().map_or(0, |at| at.line() as usize);
        let cell = |nth: usize| columns[nth].and_then(|at| record.get(at)).unwrap_or("");
        let Some(room) = found.place(cell(0), line, places) else { continue };
        match lesson(&cell) {
            Ok(lesson) => found.add(room, lesson),
            Err((what, hint)) => found.refused.push(Note::new(line, what, hint)),
        }
    }
    if found.lessons.is_empty() && found.refused.is_empty() && found.left_out.is_empty() {
        found.refused.push(Note::new(
            1,
            "no lesson in it",
            "one line per lesson, below the headings",
        ));
    }
    found.sorted()
}

fn columns(table: &mut csv::Reader<&[u8]>, found: &mut Imported) -> Option<Found> {
    let headings = table.headers().cloned().unwrap_or_default();
    let mut columns = [None; 8];
    for (at, heading) in headings.iter().enumerate() {
        let heading = heading.trim().to_lowercase();
        let nth = COLUMNS.iter().position(|(_, names)| names.contains(&heading.as_str()));
        match nth {
            Some(nth) if columns[nth].is_none() => columns[nth] = Some(at),
            Some(nth) => {
                let what = format!("two columns `{}`", COLUMNS[nth].0);
                found.refused.push(Note::new(1, what, "one is enough"));
            }
            None if heading.is_empty() => {}
            None => {
                let names: Vec<String> =
                    COLUMNS.iter().map(|(_, names)| names.join(" or ")).collect();
                let hint = format!("columns are {}; take out what is none", names.join(", "));
                found.refused.push(Note::new(1, format!("no column is called `{heading}`"), hint));
            }
        }
    }
    let missing = |nth: usize| columns[nth].is_none();
    let wanted = [(0, "room"), (3, "from"), (4, "to")].into_iter().filter(|(nth, _)| missing(*nth));
    let mut wanted: Vec<&str> = wanted.map(|(_, name)| name).collect();
    if missing(1) && missing(2) {
        wanted.push("weekday");
    }
    if !wanted.is_empty() {
        let what = format!("no column `{}`", wanted.join("`, `"));
        let hint = "the first line has the headings: room, weekday, from, to, name, weeks";
        found.refused.push(Note::new(1, what, hint));
    }
    found.refused.is_empty().then_some(columns)
}

fn lesson<'c>(cell: &dyn Fn(usize) -> &'c str) -> Result<Lesson, (String, String)> {
    let refuse = |what: String, hint: &str| Err((what, hint.to_owned()));
    let (from, to) = (cell(3), cell(4));
    let (Some(begin), Some(end)) = (clock(from), clock(to)) else {
        return refuse(format!("`{from}` to `{to}` is no time"), "times look like `08:00`");
    };
    let Some(time) = span(begin, end) else {
        return refuse(format!("ends at `{to}`, before it begins"), "is the afternoon meant?");
    };
    let period = match cell(7) {
        "" => Some(Period::Lesson),
        word => kind(word),
    };
    let Some(period) = period else {
        return refuse(
            format!("`{}` is no kind", cell(7)),
            "it is lesson, self_study, exam or open",
        );
    };
    let (weekday, date) = (cell(1), cell(2));
    let on = match (weekday.is_empty(), date.is_empty()) {
        (true, false) => match date.replace('/', "-").parse::<Date>() {
            Ok(date) => On::Dates(vec![date]),
            Err(_) => return refuse(format!("`{date}` is no day"), "days look like `2026-09-01`"),
        },
        (false, true) => {
            let Some(weekday) = weekday_of(weekday) else {
                let hint = "write `mon` to `sun`, `1` to `7`, or `周一` to `周日`";
                return refuse(format!("`{weekday}` is no weekday"), hint);
            };
            let Some(weeks) = weeks(cell(6)) else {
                let hint = "write `odd`, `even`, `1-8,10`, or `1-16周(单)`";
                return refuse(format!("`{}` are no weeks", cell(6)), hint);
            };
            On::Weekly(Weekly { days: only(weekday), weeks, every: 1, ..Weekly::default() })
        }
        _ => return refuse("no weekday and no date, or both".into(), "one of them is needed"),
    };
    Ok(Lesson { name: name(cell(5)), time, kind: period, on })
}

fn only(weekday: Weekday) -> Days {
    let mut days = Days::default();
    days.0[weekday.to_monday_zero_offset() as usize] = true;
    days
}

/// `8:00`, `08:00`, `08:00:00`.
fn clock(text: &str) -> Option<u16> {
    let text = text.replace('：', ":");
    let mut parts = text.split(':');
    let mut number = |most: u16| {
        let part = parts.next()?;
        let good = matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|number| good && *number <= most)
    };
    let minute = number(24)? * 60 + number(59)?;
    let rest: Vec<&str> = parts.collect();
    (minute <= 1440 && matches!(rest.as_slice(), [] | ["00"])).then_some(minute)
}

/// Weeks as timetables write them: `odd`, `双周`, `1-8,10`, `1-16周(单)`.
fn weeks(text: &str) -> Option<Weeks> {
    let text: String = text
        .to_lowercase()
        .chars()
        .filter(|it| !matches!(it, ' ' | '周' | '第' | '(' | ')' | '（' | '）'))
        .map(|it| if matches!(it, ';' | '、' | '，') { ',' } else { it })
        .collect();
    match text.as_str() {
        "" | "all" | "全" => return Some(Weeks::All),
        "odd" | "单" => return Some(Weeks::Odd),
        "even" | "双" => return Some(Weeks::Even),
        _ => {}
    }
    let (text, rest) = match (text.strip_suffix('单'), text.strip_suffix('双')) {
        (Some(text), _) => (text, Some(1)),
        (_, Some(text)) => (text, Some(0)),
        _ => (text.as_str(), None),
    };
    let weeks = parse_weeks(text)?;
    let (Weeks::Of(list), Some(rest)) = (&weeks, rest) else { return Some(weeks) };
    let all = list.iter().flat_map(|(from, to)| *from..=*to);
    Some(Weeks::Of(all.filter(|week| week % 2 == rest).map(|week| (week, week)).collect()))
}
