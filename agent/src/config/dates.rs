//! Days of the calendar, and spans of them.

use super::fault::Faults;
use super::table::{At, Table};
use controller::calendar::NamedDays;
use jiff::civil::Date;

/// Longest span of days: a year of school with its holidays.
const DAYS_MAX: i64 = 400;

/// `2026-01-31`.
pub fn date(text: &At<&str>, faults: &mut Faults) -> Option<At<Date>> {
    match text.is.parse() {
        // Jiff also takes a date with a time behind it.
        Ok(is) if text.is.len() == "2026-01-01".len() => Some(At { is, at: text.at.clone() }),
        _ => {
            faults
                .add(&text.at, format!("`{}` is no day", text.is))
                .help("days look like `2026-01-01`");
            None
        }
    }
}

/// A list of days under a key, each once, in order.
pub fn dates(table: &Table<'_>, name: &str, faults: &mut Faults) -> Option<At<Vec<Date>>> {
    let list = table.texts(name, faults)?;
    let mut dates: Vec<Date> = Vec::with_capacity(list.is.len());
    for text in &list.is {
        let Some(day) = date(text, faults) else { continue };
        if dates.contains(&day.is) {
            faults.add(&day.at, format!("`{}` stands here twice", text.is));
        }
        dates.push(day.is);
    }
    dates.sort_unstable();
    Some(At { is: dates, at: list.at })
}

/// `name`, `from` and `to` of a section; without `to` it is one day.
pub fn named_days(table: &Table<'_>, faults: &mut Faults) -> Option<At<NamedDays>> {
    let name = table.name("name", faults);
    let from = table.day("from", faults);
    let to = table.day("to", faults);
    let from = from?;
    if table.has("to") && to.is_none() {
        return None;
    }
    let last = to.as_ref().map_or(from.is, |to| to.is);
    let place = to.map_or_else(|| from.at.clone(), |to| to.at);
    if last < from.is {
        faults
            .add(&place, "this ends before it begins")
            .also(&from.at, "begins here")
            .help("`to` is the last day, which still belongs to it");
        return None;
    }
    if days_between(from.is, last) > DAYS_MAX {
        faults
            .add(&place, format!("more than {DAYS_MAX} days"))
            .also(&from.at, "begins here")
            .help("is the year right?");
        return None;
    }
    Some(At { is: NamedDays { name: name?, from: from.is, to: last }, at: table.at.clone() })
}

/// Days from one to a later one.
pub fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}
