//! iCalendar (RFC 5545): lines, components, and which events belong together.
//!
//! Our own reader, because every refusal needs its line, and because weekly events are not expanded but
//! become weekly lessons: `docs/adr/0019`.

use super::event::{Event, take};
use super::{Imported, Note, Places};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// A property of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Property {
    /// Where it begins, from 1.
    pub line: usize,
    /// In capitals.
    pub name: String,
    /// Names in capitals.
    pub parameters: Vec<(String, String)>,
    pub value: String,
}

impl Property {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a calendar; times are those of `zone`.
pub fn read(bytes: &[u8], places: &Places, zone: &TimeZone) -> Imported {
    let mut found = Imported::default();
    let mut events: Vec<Event> = Vec::new();
    // Names of the components that are open, and the event among them.
    let mut open: Vec<String> = Vec::new();
    let mut inside: Option<Event> = None;
    // The zone of a VTIMEZONE whose own name is none: what the program that wrote it adds.
    let mut aliases: BTreeMap<String, String> = BTreeMap::new();
    let mut tzid = String::new();
    for (line, bytes) in unfold(bytes) {
        let property = match property(line, &bytes) {
            Ok(Some(property)) => property,
            Ok(None) => continue,
            Err(note) => {
                found.refused.push(note);
                break;
            }
        };
        let component = property.value.to_ascii_uppercase();
        match property.name.as_str() {
            "BEGIN" => {
                if component == "VEVENT" {
                    inside = Some(Event::new(line));
                }
                open.push(component);
            }
            "END" => {
                if open.pop().as_deref() != Some(component.as_str()) {
                    let what = format!("`END:{component}` ends what has not begun");
                    found.refused.push(Note::new(line, what, "export the calendar again"));
                    break;
                }
                if component == "VEVENT" {
                    events.extend(inside.take());
                }
            }
            "TZID" if open.last().is_some_and(|it| it == "VTIMEZONE") => tzid = property.value,
            "X-LIC-LOCATION" if open.last().is_some_and(|it| it == "VTIMEZONE") => {
                aliases.insert(tzid.clone(), property.value);
            }
            // Alarms within an event have properties of the same names.
            _ if open.last().is_some_and(|it| it == "VEVENT") => {
                if let Some(event) = &mut inside {
                    event.properties.push(property);
                }
            }
            _ => {}
        }
    }
    if found.refused.is_empty() {
        if !open.is_empty() {
            let what = format!("the file ends within `{}`", open.join("` in `"));
            let line = bytes.split(|byte| *byte == b'\n').count();
            found.refused.push(Note::new(line, what, "it was cut off: export it again"));
        } else if events.is_empty() {
            found.refused.push(Note::new(1, "no event in it", "is this an iCalendar file?"));
        }
    }
    take(events, &aliases, places, zone, &mut found);
    found.sorted()
}

/// Lines with their numbers. Folding may cut a character into halves, so it is undone on bytes.
fn unfold(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    for (nth, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line.first(), lines.last_mut()) {
            (Some(b' ' | b'\t'), Some((_, last))) => last.extend(&line[1..]),
            _ => lines.push((nth + 1, line.to_vec())),
        }
    }
    lines
}

/// `NAME;PARAMETER=VALUE:VALUE`; `None` for an empty line.
fn property(line: usize, bytes: &[u8]) -> Result<Option<Property>, Note> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Note::new(line, "this line is not UTF-8", "save the file with that encoding"));
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    let mut quoted = false;
    let mut parts: Vec<String> = vec![String::new()];
    for (at, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ':' if !quoted => {
                let mut parts = parts.into_iter();
                let name = parts.next().unwrap_or_default().to_ascii_uppercase();
                let pair = |part: String| {
                    let (name, value) = part.split_once('=').unwrap_or((&part, ""));
                    (name.to_ascii_uppercase(), value.to_owned())
                };
                let parameters = parts.map(pair).collect();
                let value = text[at + 1..].to_owned();
                return Ok(Some(Property { line, name, parameters, value }));
            }
            ';' if !quoted => parts.push(String::new()),
            _ => {
                if let Some(part) = parts.last_mut() {
                    part.push(character);
                }
            }
        }
    }
    Err(Note::new(line, "no `:` in this line", "is this an iCalendar file, and whole?"))
}

/// A text with its escapes undone.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            other => out.push(other),
        }
    }
    out
}
