//! A timetable file from lessons.

use super::Room;
use controller::timetable::{Lesson, On, Weekly, Weeks};
use jiff::civil::Date;
use lighting::Period;
use std::fmt::Write as _;

/// How every file begins that an import has written: only such a file is written over.
const OURS: &str = "# Written by `campus timetable import`";

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Whether an import has written this file.
pub fn is_ours(text: &str) -> bool {
    text.starts_with(OURS)
}

/// The file; `from` is the name of what was imported.
pub fn write(lessons: &[(Room, Lesson)], from: &str) -> String {
    let from: String = from.chars().filter(|it| !it.is_control()).collect();
    let mut text = format!("{OURS} from {from}; the next import replaces it.\n");
    for ((building, room), lesson) in lessons {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n[[lesson]]\nroom = \"{building}/{room}\"\n");
        if !lesson.name.is_empty() {
            let _ = writeln!(text, "name = {}", quoted(&lesson.name));
        }
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let (begin, end) = (clock(lesson.time.from_min), clock(lesson.time.to_min));
        let _ = writeln!(text, "time = \"{begin}-{end}\"");
        if lesson.kind != Period::Lesson {
            let _ = writeln!(text, "kind = \"{}\"", lesson.kind.name());
        }
        match &lesson.on {
            On::Dates(dates) => days(&mut text, "dates", dates),
            On::Weekly(weekly) => write_weekly(&mut text, weekly),
        }
    }
    text
}

fn write_weekly(text: &mut String, weekly: &Weekly) {
    let days_of_week = DAYS.iter().zip(weekly.days.0).filter(|(_, held)| *held);
    let names: Vec<String> = days_of_week.map(|(name, _)| format!("\"{name}\"")).collect();
    let _ = writeln!(text, "days = [{}]", names.join(", "));
    let weeks = match &weekly.weeks {
        Weeks::All => None,
        Weeks::Odd => Some("odd".to_owned()),
        Weeks::Even => Some("even".to_owned()),
        Weeks::Of(list) => {
            let one = |(from, to): &(u8, u8)| match from == to {
                true => from.to_string(),
                false => format!("{from}-{to}"),
            };
            Some(list.iter().map(one).collect::<Vec<_>>().join(","))
        }
    };
    if let Some(weeks) = weeks {
        let _ = writeln!(text, "weeks = \"{weeks}\"");
    }
    for (key, day) in [("from", weekly.from), ("to", weekly.to)] {
        if let Some(day) = day {
            let _ = writeln!(text, "{key} = \"{day}\"");
        }
    }
    if weekly.every > 1 {
        let _ = writeln!(text, "every = {}", weekly.every);
    }
    if !weekly.except.is_empty() {
        days(text, "except", &weekly.except);
    }
}

fn days(text: &mut String, key: &str, dates: &[Date]) {
    let list: Vec<String> = dates.iter().map(|date| format!("\"{date}\"")).collect();
    let _ = writeln!(text, "{key} = [{}]", list.join(", "));
}

/// A TOML text of one line; control characters are gone already.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
