//! What rooms have learnt, written into the text of a configuration; everything else in it stays as it stands,
//! comments and order included.

use crate::answers;
use crate::api::types::{OccupancyNumbers, RoomLesson};
use crate::config::{Config, ConfigError, Span};
use controller::Campus;
use controller::occupancy::Habit;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Why nothing can be written.
#[derive(Debug)]
pub enum Cannot {
    /// The configuration has faults of its own.
    Config(ConfigError),
    /// It has no such room; those that it has.
    NoRoom {
        /// Which.
        room: String,
        /// …
        known: Vec<String>,
    },
    /// The room decides by other numbers there than in the agent: it is another file, or was changed since the agent
    /// started.
    Differs {
        /// Which.
        room: String,
    },
    /// It is written in a way that is not understood well enough to be changed; what belongs into it.
    ByHand {
        /// Which.
        room: String,
        /// Lines for its section.
        lines: String,
    },
}

/// The text of the configuration with what these rooms have learnt. `name` is where it stands, for the files that it
/// names.
///
/// # Errors
/// As [`Cannot`] says; then nothing is changed.
pub fn write(text: &str, name: &str, lessons: &[&RoomLesson]) -> Result<String, Cannot> {
    let mut campus = Config::parse(text, name).map_err(Cannot::Config)?.campus;
    let (file, _) = DeTable::parse_recoverable(text);
    let mut edits = Vec::new();
    for lesson in lessons {
        let Some(after) = &lesson.after else { continue };
        expect(&mut campus, lesson, after)?;
        let keys = changed(&lesson.before, after);
        edits.extend(Place { text, root: file.get_ref() }.set(&lesson.room, &keys).ok_or_else(
            || Cannot::ByHand { room: lesson.room.clone(), lines: lines(&keys, "", "\n") },
        )?);
    }
    edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    let mut edited = text.to_owned();
    edits.into_iter().for_each(|(at, new)| edited.replace_range(at, &new));
    // Whatever the file looks like: it is only written where it now says exactly what it should.
    let is = Config::parse(&edited, name).map(|config| config.campus);
    match (is, lessons.first()) {
        (Ok(is), _) if is == campus => Ok(edited),
        (_, None) => Ok(edited),
        (_, Some(lesson)) => {
            let after = lesson.after.as_ref().unwrap_or(&lesson.before);
            let lines = lines(&changed(&lesson.before, after), "", "\n");
            Err(Cannot::ByHand { room: lesson.room.clone(), lines })
        }
    }
}

/// Has the campus decide by what was learnt, as the written file must have it.
fn expect(
    campus: &mut Campus,
    lesson: &RoomLesson,
    after: &OccupancyNumbers,
) -> Result<(), Cannot> {
    let mut known = campus.rooms.iter_mut();
    let Some(room) = known.find(|known| known.place().to_string() == lesson.room) else {
        let known = campus.rooms.iter().map(|room| room.place().to_string()).collect();
        return Err(Cannot::NoRoom { room: lesson.room.clone(), known });
    };
    if answers::occupancy_numbers(&room.occupancy) != lesson.before {
        return Err(Cannot::Differs { room: lesson.room.clone() });
    }
    let mut settings = (*room.occupancy).clone();
    (settings.rest_ppm, settings.air_pct) = (after.rest_ppm, after.air_pct);
    settings.rise_ppm = after.rise_ppm;
    let day = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
    let (school, free) = (day(&after.school_days), day(&after.other_days));
    if school.is_some() || free.is_some() {
        let (school, free) = (school.unwrap_or_default(), free.unwrap_or_default());
        settings.habit = Some(Habit { school, free });
    }
    room.occupancy = Arc::new(settings);
    Ok(())
}

/// Keys of `[room.occupancy]` that change, with their values as TOML.
type Keys = Vec<(&'static str, String)>;

fn changed(before: &OccupancyNumbers, after: &OccupancyNumbers) -> Keys {
    let number = |name, from: u32, to: u32| (from != to).then(|| (name, to.to_string()));
    let day = |name, from: &Option<String>, to: &Option<String>| {
        // 96 digits and dashes need no escapes.
        to.as_ref().filter(|_| from != to).map(|to| (name, format!("\"{to}\"")))
    };
    let keys = [
        number("rest_ppm", before.rest_ppm, after.rest_ppm),
        number("air_pct", before.air_pct, after.air_pct),
        number("rise_ppm", before.rise_ppm, after.rise_ppm),
        day("school_days", &before.school_days, &after.school_days),
        day("other_days", &before.other_days, &after.other_days),
    ];
    keys.into_iter().flatten().collect()
}

fn lines(keys: &Keys, before: &str, end: &str) -> String {
    let lines: Vec<String> =
        keys.iter().map(|(name, value)| format!("{before}{name} = {value}")).collect();
    lines.join(end)
}

/// A new text in the place of what stands there.
type Edit = (Span, String);

/// A file, and what stands where in it.
struct Place<'t> {
    text: &'t str,
    root: &'t DeTable<'t>,
}

impl Place<'_> {
    /// Sets keys in the occupancy section of a room; `None` where it does not stand as is usual.
    fn set(&self, room: &str, keys: &Keys) -> Option<Vec<Edit>> {
        let rooms = self.root.get("room")?.get_ref().as_array()?;
        let tables = rooms.iter().filter_map(|it| it.get_ref().as_table());
        let is = |table: &&DeTable<'_>| {
            table.get("id").is_some_and(|id| id.get_ref().as_str() == Some(room))
        };
        let table = tables.into_iter().find(is)?;
        let Some(section) = table.get("occupancy") else {
            let last = self.last_own(table)?;
            let end = self.end_of_line();
            let title = format!("{end}{end}[room.occupancy]{end}");
            return Some(vec![self.after_line(last, title + &lines(keys, "", end))]);
        };
        let values = section.get_ref().as_table()?;
        let (mut edits, mut new) = (Vec::new(), Keys::new());
        for (name, value) in keys {
            match values.get(*name) {
                Some(there) => edits.push((there.span(), value.clone())),
                None => new.push((name, value.clone())),
            }
        }
        if !new.is_empty() {
            edits.push(self.add(section, values, &new)?);
        }
        Some(edits)
    }

    /// Adds keys to a section that is there.
    fn add(
        &self,
        section: &Spanned<DeValue<'_>>,
        values: &DeTable<'_>,
        new: &Keys,
    ) -> Option<Edit> {
        let (at, end) = (section.span(), self.end_of_line());
        let last = values.values().map(|value| value.span().end).max();
        match (self.text.get(at.clone())?.bytes().next()?, last) {
            (b'{', Some(last)) => Some((last..last, format!(", {}", lines(new, "", ", ")))),
            (b'{', None) => {
                Some((at.start + 1..at.start + 1, format!(" {} ", lines(new, "", ", "))))
            }
            (b'[', last) => {
                let last = last.unwrap_or(at.end);
                Some(self.after_line(last, format!("{end}{}", lines(new, self.indent(last), end))))
            }
            // `occupancy.kind = …`
            (_, Some(last)) => {
                let before = format!("{}occupancy.", self.indent(last));
                Some(self.after_line(last, format!("{end}{}", lines(new, &before, end))))
            }
            (_, None) => None,
        }
    }

    /// Where the last key of a room ends that is no section.
    fn last_own(&self, room: &DeTable<'_>) -> Option<usize> {
        let own = room.values().filter(|value| match value.get_ref() {
            DeValue::Table(_) => false,
            DeValue::Array(_) => {
                let text = self.text.get(value.span()).unwrap_or("");
                text.ends_with(']') && !text.starts_with("[[")
            }
            _ => true,
        });
        own.map(|value| value.span().end).max()
    }

    /// Puts a text behind the line in which `at` stands, and its comment.
    fn after_line(&self, at: usize, new: String) -> Edit {
        let rest = self.text.get(at..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("").trim_end_matches('\r');
        (at + line.len()..at + line.len(), new)
    }

    /// What stands before the first word of a line.
    fn indent(&self, at: usize) -> &str {
        let before = self.text.get(..at).unwrap_or("");
        let line = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
        &line[..line.len() - line.trim_start().len()]
    }

    fn end_of_line(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }
}

#[cfg(test)]
mod tests;
