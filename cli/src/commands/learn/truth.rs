//! A table of when rooms were occupied, as somebody has counted: `room,from,until,occupied`.

use super::whole;
use crate::error::Error;
use crate::when::Clock;
use agent::api::types::KnownTime;
use csv::StringRecord;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The columns, in any order; others are passed over.
const COLUMNS: [&str; 4] = ["room", "from", "until", "occupied"];

/// What is wrong with a truth, and where.
#[derive(Debug)]
pub struct BadTruth {
    /// The file.
    pub path: PathBuf,
    /// Its line, from 1.
    pub line: u64,
    /// What.
    pub what: What,
    /// What stands there.
    pub text: String,
}

/// …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A column is missing.
    Column,
    /// Not a line of a table.
    Line,
    /// No such room.
    Room,
    /// Not a moment.
    Time,
    /// It ends before it begins.
    Order,
    /// Neither yes nor no, nor a number of people.
    Occupied,
    /// Another line speaks of that time.
    Overlap,
    /// Nothing but a heading.
    Nothing,
}

impl What {
    /// Its code in the texts.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Column => "column",
            Self::Line => "line",
            Self::Room => "room",
            Self::Time => "time",
            Self::Order => "order",
            Self::Occupied => "occupied",
            Self::Overlap => "overlap",
            Self::Nothing => "nothing",
        }
    }
}

/// Reads it to its end.
///
/// # Errors
/// [`Error::Truth`] with the first line that cannot be taken.
pub fn read(path: &Path, rooms: &[String], clock: &Clock) -> Result<Vec<KnownTime>, Error> {
    let failed = |error| Error::TruthFile { path: path.to_owned(), error };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    parse(&text, rooms, clock).map_err(|(line, what, text)| {
        Error::Truth(BadTruth { path: path.to_owned(), line, what, text })
    })
}

type Bad = (u64, What, String);

fn parse(text: &str, rooms: &[String], clock: &Clock) -> Result<Vec<KnownTime>, Bad> {
    // Spreadsheets begin with a mark that nobody sees.
    let text = text.trim_start_matches('\u{feff}');
    let mut table = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let heads = table.headers().map_err(|error| (1, What::Line, error.to_string()))?.clone();
    let column = |name: &str| {
        let found = heads.iter().position(|head| head.eq_ignore_ascii_case(name));
        found.ok_or((1, What::Column, name.to_owned()))
    };
    let mut columns = [0; 4];
    for (place, name) in columns.iter_mut().zip(COLUMNS) {
        *place = column(name)?;
    }
    let mut times: Vec<(u64, KnownTime)> = Vec::new();
    for row in table.records() {
        let row = row.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            (line, What::Line, "a line with as many values as the first".to_owned())
        })?;
        let line = row.position().map_or(1, csv::Position::line);
        times.push((
            line,
            time(&row, columns, (rooms, clock)).map_err(|(what, text)| (line, what, text))?,
        ));
    }
    if times.is_empty() {
        return Err((1, What::Nothing, String::new()));
    }
    overlaps(&times)?;
    Ok(times.into_iter().map(|(_, time)| time).collect())
}

fn time(
    row: &StringRecord,
    columns: [usize; 4],
    (rooms, clock): (&[String], &Clock),
) -> Result<KnownTime, (What, String)> {
    let [room, from, until, occupied] = columns.map(|at| row.get(at).unwrap_or(""));
    let moment = |text: &str| clock.parse(text).map_err(|_| (What::Time, text.to_owned()));
    let is = whole(room, rooms).map_err(|_| (What::Room, room.to_owned()))?;
    let (from_ms, until_ms) = (moment(from)?, moment(until)?);
    if from_ms >= until_ms {
        return Err((What::Order, format!("{from}, {until}")));
    }
    let occupied = somebody(occupied).ok_or_else(|| (What::Occupied, occupied.to_owned()))?;
    Ok(KnownTime { room: is, from_ms, until_ms, occupied })
}

/// `yes`, `no`, or how many.
fn somebody(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "有人" | "是" => Some(true),
        "no" | "false" | "无人" | "否" => Some(false),
        number => number.parse::<u32>().ok().map(|people| people > 0),
    }
}

/// Of no moment may two lines speak.
fn overlaps(times: &[(u64, KnownTime)]) -> Result<(), Bad> {
    let mut by_room: BTreeMap<&str, Vec<&(u64, KnownTime)>> = BTreeMap::new();
    for time in times {
        by_room.entry(&time.1.room).or_default().push(time);
    }
    for times in by_room.values_mut() {
        times.sort_by_key(|(_, time)| time.from_ms);
        for pair in times.windows(2) {
            let ((first, before), (second, after)) = (pair[0], pair[1]);
            if after.from_ms < before.until_ms {
                let (line, other) = (first.max(second), first.min(second));
                return Err((*line, What::Overlap, other.to_string()));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
