//! Public holidays by year: those that come with the program, and files of the campus's own.

use crate::config::dates::{dates, named_days};
use crate::config::fault::Faults;
use crate::config::keys::YEAR_FILE;
use crate::config::side;
use crate::config::table::{At, Table};
use controller::calendar::{Public, PublicDay, PublicYear};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::Path;

/// Years that come with the program: country, name of the file, its text.
const SHIPPED: [(&str, &str, &str); 3] = [
    ("cn", "cn-2024.toml", include_str!("../../../holidays/cn-2024.toml")),
    ("cn", "cn-2025.toml", include_str!("../../../holidays/cn-2025.toml")),
    ("cn", "cn-2026.toml", include_str!("../../../holidays/cn-2026.toml")),
];

/// Public holidays as `[calendar]` asks for them.
pub fn read(table: &Table<'_>, folder: &Path, faults: &mut Faults) -> Option<Public> {
    let country = table.text("public", faults);
    let files = table.texts("years", faults);
    let Some(country) = country else {
        if let Some(files) = files.filter(|_| !table.has("public")) {
            faults.add(&files.at, "years of no country").help("say whose with `public = \"cn\"`");
        }
        return None;
    };
    let shipped = SHIPPED.iter().filter(|(of, ..)| *of == country.is);
    let mut years: BTreeMap<i16, PublicYear> = BTreeMap::new();
    for (_, name, text) in shipped {
        let found = side::parse(name, text, &YEAR_FILE, year, faults).flatten();
        years.extend(found.map(|(_, year)| (year.year, year)));
    }
    let known = SHIPPED.iter().map(|(of, ..)| *of);
    if years.is_empty() && files.as_ref().is_none_or(|files| files.is.is_empty()) {
        faults
            .add(
                &country.at,
                format!("no public holidays of `{}` come with the program", country.is),
            )
            .help("`cn` does; other countries need files in `years`")
            .closest(country.is, known);
    }
    for name in files.iter().flat_map(|files| &files.is) {
        let Some((of, year)) = side::read(folder, name, &YEAR_FILE, year, faults).flatten() else {
            continue;
        };
        if of != country.is {
            faults.add(&name.at, format!("this file is about `{of}`, not `{}`", country.is));
        }
        years.insert(year.year, year);
    }
    Some(Public { country: country.is.to_owned(), years: years.into_values().collect() })
}

/// A year file: whose it is, and the year.
fn year(file: &Table<'_>, faults: &mut Faults) -> Option<(String, PublicYear)> {
    let head = file.section("year", faults).map(|table| {
        let country = table.text("country", faults).map(|text| text.is.to_owned());
        let year = table.whole("year", faults).and_then(|year| i16::try_from(year.is).ok());
        let source = table.line("source", 300, faults);
        let url = table.text("url", faults);
        let source = source.map(|source| match url {
            Some(url) => format!("{source}, {}", url.is),
            None => source,
        });
        (country, year, source)
    });
    let (country, year, source) = head?;
    let year = year?;
    let mut days: BTreeMap<Date, PublicDay> = BTreeMap::new();
    for table in file.sections("holiday", faults) {
        for day in holiday(&table, faults) {
            let (date, at) = (day.is.date, &day.at);
            // What is announced for a year begins at the earliest in the last days of the one before.
            let belongs = date.year() == year || (date.year() == year - 1 && date.month() == 12);
            if !belongs {
                faults.add(at, format!("{date} is not in {year}"));
            }
            if days.insert(date, day.is).is_some() {
                faults.add(at, format!("{date} stands here twice"));
            }
        }
    }
    let days = days.into_values().collect();
    Some((country?, PublicYear { year, source: source?, days }))
}

fn holiday(table: &Table<'_>, faults: &mut Faults) -> Vec<At<PublicDay>> {
    let span = named_days(table, faults);
    let name_en = if table.has("name_en") { table.name("name_en", faults) } else { None };
    let name_en = name_en.unwrap_or_default();
    let work = dates(table, "work", faults);
    let Some(span) = span else { return Vec::new() };
    let day =
        |date, free| PublicDay { date, name: span.is.name.clone(), name_en: name_en.clone(), free };
    let free = span.is.from.series(jiff::ToSpan::days(1)).take_while(|date| *date <= span.is.to);
    let mut days: Vec<_> =
        free.map(|date| At { is: day(date, true), at: span.at.clone() }).collect();
    if let Some(work) = work {
        for date in work.is {
            if date.weekday().to_monday_zero_offset() < 5 {
                faults
                    .add(&work.at, format!("{date} is no day of a weekend"))
                    .help("`work` lists Saturdays and Sundays on which people work");
            }
            days.push(At { is: day(date, false), at: work.at.clone() });
        }
    }
    days
}
