//! `campus timetable import`: reads the whole file, checks what it would write, writes all or nothing.

use super::export::write_whole;
use crate::args::TimetableImport;
use crate::error::{Error, Exit};
use crate::page::{Cell, Page, Paint, Table};
use crate::session::Session;
use crate::when::Clock;
use agent::config::Config;
use agent::import::{self, Imported, Note, Places};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Lines that are shown of one kind; all of them are counted, and in `--json`.
const SHOWN_MAX: usize = 20;

/// What became of it; the body of `--json`.
#[derive(Debug, Serialize)]
struct Done {
    /// The timetable file.
    file: String,
    /// Whether it was written.
    written: bool,
    /// Whether the configuration names it.
    named: bool,
    /// Lessons in it.
    lessons: usize,
    /// Lessons by room.
    rooms: BTreeMap<String, usize>,
    /// What is no lesson.
    left_out: Vec<Said>,
    /// What cannot be taken over; then nothing is written.
    refused: Vec<Said>,
    /// What is allowed but should be known.
    warnings: Vec<String>,
}

/// A line of the file that was read, and what is to be said of it.
#[derive(Debug, Serialize)]
struct Said {
    line: usize,
    what: String,
    hint: String,
}

pub fn run(args: &TimetableImport, session: &Session) -> Result<Exit, Error> {
    let failed = |error| Error::Input { path: args.file.clone(), error };
    let bytes = std::fs::read(&args.file).map_err(failed)?;
    let target = args.config.parent().unwrap_or(Path::new("")).join(&args.to);
    let config = Config::load_but(&args.config, Some(&target))
        .map_err(|error| Error::Config { shown: error.to_string() })?;
    let imported = read(args, &bytes, &config)?;
    let done = finish(args, imported, &config, target)?;
    if args.json.json {
        // Plain texts and numbers always become JSON.
        session.print_json(&serde_json::to_vec(&done).unwrap_or_default())?;
    } else {
        let page = session.page_at(Clock::new(0, "UTC"));
        session.print(&render(args, &done, &page))?;
    }
    Ok(if done.refused.is_empty() { Exit::Done } else { Exit::PersonNeeded })
}

fn read(args: &TimetableImport, bytes: &[u8], config: &Config) -> Result<Imported, Error> {
    let mut places = Places::new(&config.campus.rooms);
    let rooms: Vec<String> =
        config.campus.rooms.iter().map(|room| room.place().to_string()).collect();
    let no_room = |name: String| Error::no_such(crate::error::Noun::Room, &name, &rooms);
    args.room.iter().try_for_each(|room| places.usual(room)).map_err(no_room)?;
    args.map.iter().try_for_each(|pair| places.map(pair)).map_err(no_room)?;
    let ending = args.file.extension().and_then(|it| it.to_str()).unwrap_or("").to_lowercase();
    match ending.as_str() {
        "ics" | "ical" => Ok(import::ics(bytes, &places, &config.campus.zone)),
        "csv" | "tsv" | "txt" => Ok(import::csv(bytes, &places)),
        _ => Err(Error::UnknownForm { path: args.file.clone() }),
    }
}

fn finish(
    args: &TimetableImport,
    imported: Imported,
    config: &Config,
    target: PathBuf,
) -> Result<Done, Error> {
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let text = import::write(&imported.lessons, &name);
    let shown = target.display().to_string();
    let checked = config.check_timetable(&shown, &text);
    let (lessons, warnings) =
        checked.map_err(|error| Error::Config { shown: error.to_string() })?;
    let mut rooms: BTreeMap<String, usize> = BTreeMap::new();
    for ((building, room), _) in &imported.lessons {
        *rooms.entry(format!("{building}/{room}")).or_default() += 1;
    }
    let said = |notes: Vec<Note>| -> Vec<Said> {
        notes.into_iter().map(|it| Said { line: it.line, what: it.what, hint: it.hint }).collect()
    };
    let write = imported.refused.is_empty() && !args.dry_run;
    if write {
        // A file that somebody has written by hand is not ours to replace.
        match std::fs::read_to_string(&target) {
            Ok(old) if !import::is_ours(&old) => return Err(Error::NotOurs { path: target }),
            _ => write_whole(&target, text.as_bytes())?,
        }
    }
    Ok(Done {
        file: shown,
        written: write,
        named: is_named(args),
        lessons,
        rooms,
        left_out: said(imported.left_out),
        refused: said(imported.refused),
        warnings,
    })
}

/// Whether the configuration names the file; only to remind of it.
fn is_named(args: &TimetableImport) -> bool {
    let text = std::fs::read_to_string(&args.config).unwrap_or_default();
    let name = format!("\"{}\"", args.to.display());
    let mut lines = text.lines().map(str::trim_start).filter(|line| !line.starts_with('#'));
    lines.any(|line| line.contains(&name))
}

fn render(args: &TimetableImport, done: &Done, page: &Page) -> String {
    let source = args.file.display().to_string();
    let mut text = String::new();
    let mut lines = |title: String, paint: Paint, notes: &[Said]| {
        if notes.is_empty() {
            return;
        }
        text += &format!("{}\n", page.paint(paint, &title));
        for note in notes.iter().take(SHOWN_MAX) {
            text += &format!("  {source}:{}: {}\n", note.line, note.what);
            if !note.hint.is_empty() {
                text += &format!("      {}\n", note.hint);
            }
        }
        if notes.len() > SHOWN_MAX {
            text += "  …\n";
        }
    };
    let n = |count: usize| [("n", count.into())];
    lines(page.say("import-refused", &n(done.refused.len())), Paint::Bad, &done.refused);
    lines(page.say("import-left-out", &n(done.left_out.len())), Paint::Warn, &done.left_out);
    if !done.warnings.is_empty() {
        let title = page.say("config-warnings", &n(done.warnings.len()));
        text += &format!("{}\n", page.paint(Paint::Warn, &title));
        done.warnings.iter().for_each(|warning| text += &format!("  {warning}\n"));
    }
    if !done.rooms.is_empty() {
        let head = [
            Cell::left(page.text("import-head-room")),
            Cell::right(page.text("import-head-lessons")),
        ];
        let mut table = Table::new(head.to_vec());
        for (room, count) in &done.rooms {
            table.row(vec![Cell::left(room), Cell::right(count.to_string())]);
        }
        text += &table.render(page);
    }
    let named = [
        ("path", done.file.as_str().into()),
        ("n", done.lessons.into()),
        ("file", args.to.display().to_string().into()),
    ];
    let end = match (done.written, done.refused.is_empty()) {
        (true, _) => page.paint(Paint::Good, &page.say("import-written", &named)),
        (false, true) => page.say("import-dry", &named),
        (false, false) => page.paint(Paint::Bad, &page.say("import-nothing", &named)),
    };
    text += &format!("{end}\n");
    if done.written {
        let key = if done.named { "import-restart" } else { "import-name-it" };
        text += &format!("{}\n", page.say(key, &named));
    }
    text
}
