//! Every error a person can meet: its sentence, its hint, its exit code. This file is the policy.
//!
//! `error: …` says what happened and where, a blank line, then `hint: …` says what to do, in words
//! that can be pasted. Lower case, no full stop, values in backticks. The words themselves are in
//! `locales/*.ftl` under `error-…` and `hint-…`.

use crate::cable::Fault;
use crate::commands::BadTruth;
use crate::page::{Page, Paint};
use crate::render::count;
use crate::words::Words;
use agent::api::types::Problem;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Names of this likeness and above are suggested (Jaro-Winkler, 0 to 1). 0.75 still catches two
/// swapped letters in `science/101`; below it suggestions become noise.
const LIKENESS_MIN: f64 = 0.75;

/// Most names that a hint lists.
const SUGGESTIONS_MAX: usize = 5;

/// How a command ended, when it ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: done, and a person is needed.
    PersonNeeded,
}

/// Exit code of every error: 2. Only a reader who went away (BrokenPipe) is no error: 0.
pub const EXIT_ERROR: u8 = 2;

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// `science/101`.
    Room,
    /// `sci-101`.
    Node,
    /// A room, building, node or meter.
    Source,
    /// `gym-mains`, or `node/channel`.
    Meter,
    /// `rs485-1`.
    Bus,
    /// `eastron-sdm120`.
    Profile,
}

impl Noun {
    /// Its code in the texts.
    const fn code(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Node => "node",
            Self::Source => "source",
            Self::Meter => "meter",
            Self::Bus => "bus",
            Self::Profile => "profile",
        }
    }

    /// What lists all names of this kind.
    const fn list(self) -> &'static str {
        match self {
            Self::Room => "campus room list",
            Self::Node => "campus node list",
            Self::Source => "campus energy show",
            Self::Meter | Self::Bus => "campus meter list",
            Self::Profile => "campus profile list",
        }
    }
}

/// Everything that ends a command with exit code 2.
#[derive(Debug)]
pub enum Error {
    /// No agent answers at any of the usual places; why, for each.
    NoAgent { tried: Vec<(PathBuf, io::Error)> },
    /// The agent that was named does not answer.
    AgentAway { socket: PathBuf, error: io::Error },
    /// The agent took the question and did not answer in time.
    Slow { socket: PathBuf, seconds: u64 },
    /// Something answers there, but not like an agent of this version.
    Garbled { socket: PathBuf, why: String },
    /// No such thing; names that may have been meant.
    NoSuch { noun: Noun, name: String, near: Vec<String> },
    /// The room has no such zone; those that may have been meant, or all it has.
    NoZone { room: String, zone: String, near: Vec<String> },
    /// A short name that fits several rooms.
    Ambiguous { name: String, rooms: Vec<String> },
    /// The agent refused.
    Refused(Problem),
    /// Not a moment.
    BadTime { text: String },
    /// Not a month.
    BadMonth { text: String },
    /// A moment that has not come yet; what time it is.
    StillToCome { text: String, now: String },
    /// A moment before the past that is kept; where that begins, if there is any.
    NotKept { text: String, from: Option<String> },
    /// Not a span of time.
    NoSpan { text: String },
    /// Not a fraction.
    BadFactor { text: String },
    /// Not a host with a port.
    BadHost { text: String },
    /// An address that the agent's API cannot name.
    BadUnit { text: String },
    /// A change of the ledger without a name.
    NoPerson,
    /// A change that nobody confirmed; whether somebody was asked.
    NotConfirmed { asked: bool },
    /// More rows than a sheet of a workbook holds.
    TooManyRows { rows: usize, max: usize },
    /// A file that cannot be written.
    Write { path: PathBuf, error: io::Error },
    /// A profile that cannot be read.
    ProfileFile { path: PathBuf, error: io::Error },
    /// An empty span of time.
    BadSpan { since: String, until: String },
    /// A file that cannot be read.
    File { path: PathBuf, error: io::Error },
    /// A part of the demo or of the agent could not start or go on.
    Run { what: String, hint: Option<String> },
    /// Emulated boards without an emulator.
    NoQemu,
    /// Emulated boards without a firmware; where it was looked for.
    NoFirmware { tried: Vec<PathBuf> },
    /// Emulated boards at another speed than real time.
    QemuSpeed { speed: f64 },
    /// A file to be imported that cannot be read.
    Input { path: PathBuf, error: io::Error },
    /// A file that is neither a calendar nor a table.
    UnknownForm { path: PathBuf },
    /// A timetable file that no import has written.
    NotOurs { path: PathBuf },
    /// A truth that cannot be read.
    TruthFile { path: PathBuf, error: io::Error },
    /// … or believed.
    Truth(BadTruth),
    /// A room decides by other numbers in a file than in the agent.
    OtherNumbers { path: PathBuf, room: String },
    /// A configuration that is not written as usual; what belongs into it.
    ByHand { path: PathBuf, room: String, lines: String },
    /// A configuration that cannot be used, as the agent shows it.
    Config { shown: String },
    /// A node at a serial cable did not do what it was asked for.
    Cable(Fault),
    /// A node is to be provisioned, and nobody said for what.
    NoRoom { port: PathBuf },
    /// A room with another number of nodes than one.
    WhichNode { room: String, nodes: Vec<String> },
    /// A line of a table of nodes that cannot be used.
    BadTable { path: PathBuf, line: u64, what: String },
    /// No step of an acceptance.
    BadStep { step: String },
    /// The terminal, or whoever reads our output.
    Output(io::Error),
}

impl Error {
    /// No such thing, with the names that are near it among `known`.
    pub fn no_such(noun: Noun, name: &str, known: &[String]) -> Self {
        Self::NoSuch { noun, name: name.to_owned(), near: nearest(name, known) }
    }

    /// What the agent refused, as one of ours where we know more to say.
    pub fn refused(problem: Problem) -> Self {
        let noun = match problem.code.as_str() {
            "no_such_room" => Noun::Room,
            "no_such_node" => Noun::Node,
            "no_such_source" | "no_such_meter" => Noun::Source,
            "no_such_bus" => Noun::Bus,
            _ => return Self::Refused(problem),
        };
        Self::NoSuch { noun, name: problem.about, near: problem.candidates }
    }

    /// Something that could not start or go on, and what to do.
    pub fn run(what: String, hint: Option<String>) -> Self {
        Self::Run { what, hint }
    }

    /// Whether somebody only stopped reading.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What happened, and where.
    fn what(&self, words: &Words) -> String {
        match self {
            Self::NoAgent { tried } => words.say("error-no-agent", &[("n", tried.len().into())]),
            Self::AgentAway { socket, error } => words.say(
                "error-agent-away",
                &[("socket", shown(socket)), ("why", why(words, error).into())],
            ),
            Self::Slow { socket, seconds } => {
                words.say("error-slow", &[("socket", shown(socket)), ("n", (*seconds).into())])
            }
            Self::Garbled { socket, why } => {
                words.say("error-garbled", &[("socket", shown(socket)), ("why", why.into())])
            }
            Self::NoSuch { noun, name, .. } => {
                words.say(&format!("error-no-{}", noun.code()), &[("name", name.into())])
            }
            Self::NoZone { room, zone, .. } => {
                words.say("error-no-zone", &[("room", room.into()), ("name", zone.into())])
            }
            Self::Ambiguous { name, rooms } => {
                words.say("error-ambiguous", &[("name", name.into()), ("n", rooms.len().into())])
            }
            Self::Refused(problem) => {
                let named = [("about", text(&problem.about)), ("why", text(&problem.message))];
                let own = words.find(&format!("problem-{}", problem.code), &named);
                own.unwrap_or_else(|| words.say("error-refused", &named))
            }
            Self::BadTime { text } => words.say("error-bad-time", &[("text", text.into())]),
            Self::BadMonth { text } => words.say("error-bad-month", &[("text", text.into())]),
            Self::StillToCome { text, .. } => {
                words.say("error-still-to-come", &[("text", text.into())])
            }
            Self::NotKept { text, .. } => words.say("error-not-kept", &[("text", text.into())]),
            Self::NoSpan { text } => words.say("error-no-span", &[("text", text.into())]),
            Self::BadFactor { text } => words.say("error-bad-factor", &[("text", text.into())]),
            Self::BadHost { text } => words.say("error-bad-host", &[("text", text.into())]),
            Self::BadUnit { text } => words.say("error-bad-unit", &[("text", text.into())]),
            Self::NoPerson => words.text("error-no-person"),
            Self::NotConfirmed { asked: true } => words.text("error-not-confirmed"),
            Self::NotConfirmed { asked: false } => words.text("error-not-asked"),
            Self::TooManyRows { rows, max } => {
                let named = [("rows", count(*rows).into()), ("max", count(*max).into())];
                words.say("error-too-many-rows", &named)
            }
            Self::Write { path, error } => words
                .say("error-write", &[("path", shown(path)), ("why", why(words, error).into())]),
            Self::BadSpan { since, until } => {
                words.say("error-bad-span", &[("since", since.into()), ("until", until.into())])
            }
            Self::UnknownForm { path } => words.say("error-unknown-form", &[("path", shown(path))]),
            Self::NotOurs { path } => words.say("error-not-ours", &[("path", shown(path))]),
            Self::File { path, error }
            | Self::ProfileFile { path, error }
            | Self::TruthFile { path, error }
            | Self::Input { path, error } => {
                words.say("error-file", &[("path", shown(path)), ("why", why(words, error).into())])
            }
            Self::Truth(bad) => {
                let named = [
                    ("path", shown(&bad.path)),
                    ("line", bad.line.into()),
                    ("text", text(&bad.text)),
                ];
                words.say(&format!("error-truth-{}", bad.what.code()), &named)
            }
            Self::OtherNumbers { path, room } | Self::ByHand { path, room, .. } => {
                let key = match self {
                    Self::ByHand { .. } => "error-by-hand",
                    _ => "error-other-numbers",
                };
                words.say(key, &[("path", shown(path)), ("room", room.into())])
            }
            Self::Run { what, .. } => what.clone(),
            Self::NoQemu => words.text("error-no-qemu"),
            Self::NoFirmware { .. } => words.text("error-no-firmware"),
            Self::QemuSpeed { speed } => {
                words.say("error-qemu-speed", &[("speed", (*speed).into())])
            }
            Self::Config { shown } => shown.trim_end().to_owned(),
            Self::Cable(fault) => fault.what(words),
            Self::NoRoom { port } => words.say("error-which-room", &[("port", shown(port))]),
            Self::WhichNode { room, nodes } => {
                let named = [("room", room.into()), ("n", nodes.len().into())];
                words.say("error-which-node", &named)
            }
            Self::BadTable { path, line, what } => {
                let named = [("path", shown(path)), ("line", (*line).into()), ("what", text(what))];
                words.say("error-bad-table", &named)
            }
            Self::BadStep { step } => words.say("error-bad-step", &[("step", step.into())]),
            Self::Output(error) => words.say("error-output", &[("why", why(words, error).into())]),
        }
    }

    /// What to do about it.
    fn hint(&self, words: &Words) -> Option<String> {
        Some(match self {
            Self::NoAgent { tried } if tried.iter().any(|(_, error)| denied(error)) => {
                words.text("hint-denied")
            }
            Self::NoAgent { .. } => words.text("hint-no-agent"),
            Self::AgentAway { error, .. } if denied(error) => words.text("hint-denied"),
            Self::AgentAway { .. } => words.text("hint-agent-away"),
            Self::Slow { .. } => words.text("hint-slow"),
            Self::Garbled { .. } => words.text("hint-garbled"),
            Self::NoSuch { noun, near, .. } => match near.as_slice() {
                [] => words.say("hint-list", &[("command", noun.list().into())]),
                near => words.say("hint-near", &[("names", quoted(words, near).into())]),
            },
            Self::NoZone { near, .. } => {
                words.say("hint-near", &[("names", quoted(words, near).into())])
            }
            Self::Ambiguous { rooms, .. } => {
                words.say("hint-ambiguous", &[("names", quoted(words, rooms).into())])
            }
            Self::Refused(problem) if problem.code == "busy" => words.text("hint-busy"),
            Self::Refused(problem) if problem.code == "internal" => words.text("hint-internal"),
            Self::Refused(problem) if problem.candidates.is_empty() => {
                let named = [("about", text(&problem.about))];
                return words.find(&format!("remedy-{}", problem.code), &named);
            }
            Self::Refused(problem) => {
                words.say("hint-near", &[("names", quoted(words, &problem.candidates).into())])
            }
            Self::BadTime { .. } => words.text("hint-bad-time"),
            Self::StillToCome { now, .. } => {
                words.say("hint-still-to-come", &[("now", now.into())])
            }
            Self::NotKept { from: Some(from), .. } => {
                words.say("hint-not-kept", &[("from", from.into())])
            }
            Self::NotKept { from: None, .. } => words.text("hint-nothing-kept"),
            Self::BadSpan { .. } => words.text("hint-bad-span"),
            Self::BadMonth { .. } => words.text("hint-bad-month"),
            Self::NoSpan { .. } => words.text("hint-no-span"),
            Self::BadFactor { .. } => words.text("hint-bad-factor"),
            Self::BadHost { .. } => words.text("hint-bad-host"),
            Self::BadUnit { .. } => words.text("hint-bad-unit"),
            Self::NoPerson => words.text("hint-no-person"),
            Self::NotConfirmed { asked: true } => return None,
            Self::NotConfirmed { asked: false } => words.text("hint-not-asked"),
            Self::TooManyRows { .. } => words.text("hint-too-many-rows"),
            Self::Write { error, .. }
            | Self::File { error, .. }
            | Self::ProfileFile { error, .. }
            | Self::TruthFile { error, .. }
            | Self::Input { error, .. }
                if denied(error) =>
            {
                words.text("hint-file-denied")
            }
            Self::Write { .. } => words.text("hint-write"),
            Self::Input { .. } => words.text("hint-input"),
            Self::UnknownForm { .. } => words.text("hint-unknown-form"),
            Self::NotOurs { .. } => words.text("hint-not-ours"),
            Self::ProfileFile { .. } => words.text("hint-profile-file"),
            Self::File { .. } => words.text("hint-file"),
            Self::TruthFile { .. } => words.text("hint-truth-file"),
            Self::Truth(bad) => words.text(&format!("hint-truth-{}", bad.what.code())),
            Self::OtherNumbers { .. } => words.text("hint-other-numbers"),
            Self::ByHand { .. } => words.text("hint-by-hand"),
            Self::Run { hint, .. } => return hint.clone(),
            Self::NoQemu => words.text("hint-no-qemu"),
            Self::NoFirmware { .. } => words.text("hint-no-firmware"),
            Self::QemuSpeed { .. } => words.text("hint-qemu-speed"),
            Self::Config { .. } => words.text("hint-config"),
            Self::Cable(fault) => fault.hint(words),
            Self::NoRoom { .. } => words.text("hint-which-room"),
            Self::WhichNode { nodes, .. } if nodes.is_empty() => words.text("hint-which-node-none"),
            Self::WhichNode { nodes, .. } => {
                words.say("hint-which-node", &[("names", quoted(words, nodes).into())])
            }
            Self::BadTable { .. } => words.text("hint-bad-table"),
            Self::BadStep { .. } => words.text("hint-bad-step"),
            Self::Output(_) => return None,
        })
    }

    /// The places that the sentence is about, one per line.
    fn places(&self, words: &Words) -> Vec<String> {
        match self {
            Self::NoAgent { tried } => tried
                .iter()
                .map(|(path, error)| format!("{}: {}", path.display(), why(words, error)))
                .collect(),
            Self::ByHand { lines, .. } => lines.lines().map(str::to_owned).collect(),
            Self::NoFirmware { tried } => {
                tried.iter().map(|path| path.display().to_string()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// All of it, as it goes to stderr.
    pub fn render(&self, words: &Words, color: bool) -> String {
        let label = |paint, key| {
            let label = words.text(key);
            // A Chinese colon brings its own space.
            let gap = if label.ends_with(':') { " " } else { "" };
            format!("{}{gap}", Page::painted(color, paint, &label))
        };
        let mut out = format!(
            "{}{}
",
            label(Paint::Bad, "error-label"),
            self.what(words)
        );
        for place in self.places(words) {
            out.push_str(&format!("  {place}\n"));
        }
        if let Some(hint) = self.hint(words) {
            out.push_str(&format!("\n{}{hint}\n", label(Paint::Good, "hint-label")));
        }
        out
    }
}

impl From<agent::run::StartError> for Error {
    fn from(error: agent::run::StartError) -> Self {
        Self::Run { what: error.what, hint: Some(error.hint).filter(|hint| !hint.is_empty()) }
    }
}

impl From<hub::Fault> for Error {
    fn from(fault: hub::Fault) -> Self {
        Self::Run { what: fault.what, hint: Some(fault.hint).filter(|hint| !hint.is_empty()) }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Cable(fault)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(&Words::new(crate::words::Lang::En)))
    }
}

impl std::error::Error for Error {}

/// The names that `name` may have meant, likeliest first.
pub fn nearest(name: &str, known: &[String]) -> Vec<String> {
    let mut near: Vec<(f64, &String)> = known
        .iter()
        .map(|candidate| (likeness(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .collect();
    near.sort_by(|(a, left), (b, right)| b.total_cmp(a).then_with(|| left.cmp(right)));
    // A clear winner stands alone: five half-likely names beside the obvious one only confuse.
    let best = near.first().map_or(0.0, |(likeness, _)| *likeness);
    let close = near.into_iter().filter(|(likeness, _)| best - likeness < 0.02);
    close.take(SUGGESTIONS_MAX).map(|(_, candidate)| candidate.clone()).collect()
}

/// Of the whole names, or of the part after the last `/` when only that was typed.
fn likeness(name: &str, candidate: &str) -> f64 {
    let name = name.to_lowercase();
    let whole = strsim::jaro_winkler(&name, candidate);
    match candidate.rsplit_once('/') {
        Some((_, last)) if !name.contains('/') => whole.max(strsim::jaro_winkler(&name, last)),
        _ => whole,
    }
}

fn quoted(words: &Words, names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(&words.text("list-or"))
}

/// What the system said, in the reader's language where it is one of the usual things.
fn why(words: &Words, error: &io::Error) -> String {
    let key = match error.kind() {
        io::ErrorKind::NotFound => "io-not-found",
        io::ErrorKind::PermissionDenied => "io-denied",
        io::ErrorKind::ConnectionRefused => "io-refused",
        _ => return error.to_string(),
    };
    words.text(key)
}

fn denied(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

fn shown(path: &std::path::Path) -> fluent_bundle::FluentValue<'static> {
    path.display().to_string().into()
}

fn text(value: &impl ToString) -> fluent_bundle::FluentValue<'static> {
    value.to_string().into()
}

#[cfg(test)]
mod tests;
