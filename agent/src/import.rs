//! Timetables of other programs: read whole, taken over exactly or refused with the line.
//!
//! Terms:
//! - *refusal*: what cannot be taken over, with its line and what to do. One is enough to write nothing.
//! - *left out*: what is no lesson (an all-day event, a place without a room here), said and counted.
//! - *place*: what the file calls a room; [`Places`] knows which room that is.

mod csv;
mod event;
mod ics;
mod rule;
#[cfg(test)]
mod tests;
mod toml;

pub use csv::read as csv;
pub use ics::read as ics;
pub use toml::{is_ours, write};

use crate::config::closest;
use controller::timetable::{Lesson, On};
use controller::{RoomConfig, Span};
use lighting::Period;
use std::collections::BTreeMap;
use wire::Id;

/// Building and room.
pub type Room = (Id, Id);

/// What was found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Lessons, by room.
    pub lessons: Vec<(Room, Lesson)>,
    /// What is no lesson.
    pub left_out: Vec<Note>,
    /// What cannot be taken over.
    pub refused: Vec<Note>,
}

/// A line, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// From 1.
    pub line: usize,
    /// What.
    pub what: String,
    /// What to do; may be empty.
    pub hint: String,
}

/// Which room a place is.
#[derive(Clone, Debug, Default)]
pub struct Places {
    rooms: Vec<Room>,
    names: BTreeMap<String, Vec<Room>>,
    mapped: BTreeMap<String, Option<Room>>,
    usual: Option<Room>,
}

/// What a place turned out to be.
enum Place {
    Is(Room),
    LeftOut,
    Unknown { what: String, hint: String },
}

/// Longest name of a lesson, characters: what a timetable file takes.
const NAME_MAX: usize = 64;

impl Note {
    fn new(line: usize, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { line, what: what.into(), hint: hint.into() }
    }
}

impl Places {
    /// Rooms of a campus, by `building/room` and by their names.
    pub fn new(rooms: &[RoomConfig]) -> Self {
        let mut places = Self::default();
        for room in rooms {
            let key = (room.building, room.id);
            places.rooms.push(key);
            places.names.entry(plain(&room.name)).or_default().push(key);
        }
        places
    }

    /// The room of everything that names none.
    ///
    /// # Errors
    /// With the text when there is no such room.
    pub fn usual(&mut self, room: &str) -> Result<(), String> {
        self.usual = Some(self.find(room).ok_or_else(|| room.to_owned())?);
        Ok(())
    }

    /// `PLACE=ROOM`, or `PLACE=` for a place that has no room here.
    ///
    /// # Errors
    /// With the text when it is no such pair, or there is no such room.
    pub fn map(&mut self, pair: &str) -> Result<(), String> {
        let (place, room) = pair.rsplit_once('=').ok_or_else(|| pair.to_owned())?;
        let room = match room.trim() {
            "" => None,
            room => Some(self.find(room).ok_or_else(|| room.to_owned())?),
        };
        self.mapped.insert(plain(place), room);
        Ok(())
    }

    fn find(&self, text: &str) -> Option<Room> {
        let is = |room: &&Room| text == format!("{}/{}", room.0, room.1);
        self.rooms.iter().find(is).copied()
    }

    fn of(&self, text: &str) -> Place {
        let place = plain(text);
        if let Some(mapped) = self.mapped.get(&place) {
            return mapped.map_or(Place::LeftOut, Place::Is);
        }
        if place.is_empty() {
            return self.usual.map_or_else(
                || Place::Unknown {
                    what: "no place is named".into(),
                    hint: "say which room it is with `--room building/room`".into(),
                },
                Place::Is,
            );
        }
        if let Some(room) = self.find(&place) {
            return Place::Is(room);
        }
        let unknown = |hint: String| Place::Unknown {
            what: format!("no room is called `{}`", text.trim()),
            hint,
        };
        match self.names.get(&place).map(Vec::as_slice) {
            Some([only]) => Place::Is(*only),
            Some(several) => {
                let (building, room) = several[0];
                unknown(format!(
                    "{} rooms have this name; say which: `--map \"{}={building}/{room}\"`",
                    several.len(),
                    text.trim()
                ))
            }
            None => {
                let ids: Vec<String> = self
                    .rooms
                    .iter()
                    .map(|(building, room)| format!("{building}/{room}"))
                    .collect();
                let known =
                    ids.iter().map(String::as_str).chain(self.names.keys().map(String::as_str));
                let close = closest(&place, known);
                let close =
                    close.map_or_else(String::new, |close| format!("did you mean `{close}`? "));
                unknown(format!(
                    "{close}`--map \"{}=building/room\"` says which room it is, `--map \"{}=\"` leaves it out",
                    text.trim(),
                    text.trim()
                ))
            }
        }
    }
}

impl Imported {
    /// Adds a lesson; those that differ in their dates only become one.
    fn add(&mut self, room: Room, lesson: Lesson) {
        let On::Dates(dates) = &lesson.on else {
            self.lessons.push((room, lesson));
            return;
        };
        let same = self.lessons.iter_mut().find(|(other_room, other)| {
            let alike =
                (&other.name, other.time, other.kind) == (&lesson.name, lesson.time, lesson.kind);
            *other_room == room && alike && matches!(other.on, On::Dates(_))
        });
        match same {
            Some((_, Lesson { on: On::Dates(known), .. })) => {
                known.extend(dates);
                known.sort_unstable();
                known.dedup();
            }
            _ => self.lessons.push((room, lesson)),
        }
    }

    /// The room of a place, or a note why there is none; a place that nobody knows is refused once.
    fn place(&mut self, text: &str, line: usize, places: &Places) -> Option<Room> {
        match places.of(text) {
            Place::Is(room) => Some(room),
            Place::LeftOut => {
                self.left_out.push(Note::new(
                    line,
                    format!("`{}` has no room here", text.trim()),
                    "",
                ));
                None
            }
            Place::Unknown { what, hint } => {
                if self.refused.iter().all(|note| note.what != what) {
                    self.refused.push(Note::new(line, what, hint));
                }
                None
            }
        }
    }

    /// Sorts lessons by room and time.
    fn sorted(mut self) -> Self {
        let key = |(room, lesson): &(Room, Lesson)| {
            let days = match &lesson.on {
                On::Weekly(weekly) => weekly.days.0.iter().position(|day| *day).unwrap_or(7),
                On::Dates(_) => 8,
            };
            (*room, days, lesson.time.from_min, lesson.name.clone())
        };
        self.lessons.sort_by_cached_key(key);
        self.refused.sort_by_key(|note| note.line);
        self.left_out.sort_by_key(|note| note.line);
        self
    }
}

/// A name as a timetable file takes it: one line, not too long.
fn name(text: &str) -> String {
    let line: String =
        text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect::<String>();
    line.trim().chars().take(NAME_MAX).collect()
}

/// A place without what does not count: capitals, and space around it.
fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}

/// What a word says of the kind of a lesson.
fn kind(word: &str) -> Option<Period> {
    Some(match plain(word).as_str() {
        "lesson" | "上课" | "课程" => Period::Lesson,
        "self_study" | "self-study" | "自习" | "晚自习" => Period::SelfStudy,
        "exam" | "考试" => Period::Exam,
        "open" | "开放" => Period::Open,
        _ => return None,
    })
}

/// Minutes of a time of day.
fn span(from_min: u16, to_min: u16) -> Option<Span> {
    (from_min < to_min && to_min <= 1440).then_some(Span { from_min, to_min })
}
