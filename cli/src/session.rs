//! Who asks, and where the answer goes: language, colours, terminal, sockets.

use crate::args::Global;
use crate::client::{Agent, usual_places};
use crate::error::{EXIT_ERROR, Error, Exit};
use crate::page::{Page, Paint, wants_color};
use crate::when::Clock;
use crate::words::{Lang, Named, Words};
use agent::api::types::Status;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::ExitCode;

/// One run of `campus`.
pub struct Session {
    /// Language of the answers.
    pub lang: Lang,
    /// Whether stdout is a terminal.
    pub terminal: bool,
    named: Option<PathBuf>,
    color: bool,
    stderr_color: bool,
}

impl Session {
    /// From the options and the environment.
    pub fn new(global: &Global) -> Self {
        let var = |name: &str| std::env::var(name).ok();
        let no_color = var("NO_COLOR");
        let wants = |terminal| wants_color(global.no_color, no_color.as_deref(), terminal);
        let terminal = stdout().is_terminal();
        Self {
            lang: global.lang.unwrap_or_else(|| Lang::of_environment(var)),
            terminal,
            named: global.agent.clone(),
            color: wants(terminal),
            stderr_color: wants(stderr().is_terminal()),
        }
    }

    /// The agent to ask.
    ///
    /// # Errors
    /// When none answers.
    pub async fn agent(&self) -> Result<Agent, Error> {
        let places = usual_places(|name| std::env::var(name).ok(), uid());
        Agent::find(self.named.as_deref(), &places).await
    }

    /// A page in the reader's language, at the agent's time and zone.
    pub fn page(&self, status: &Status) -> Page {
        self.page_at(Clock::of(status))
    }

    /// A page at this time.
    pub fn page_at(&self, clock: Clock) -> Page {
        Page { words: Words::new(self.lang), clock, color: self.color, width: self.width() }
    }

    fn width(&self) -> Option<usize> {
        // A terminal that does not say how wide it is has the width of all terminals once.
        let size = || crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns));
        self.terminal.then(size)
    }

    /// Writes an answer to stdout.
    ///
    /// # Errors
    /// When nobody reads it any more, or the disk behind it is full.
    pub fn print(&self, text: &str) -> Result<(), Error> {
        self.print_bytes(text.as_bytes())
    }

    /// Writes a file to stdout.
    ///
    /// # Errors
    /// As [`Session::print`].
    pub fn print_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut out = stdout().lock();
        out.write_all(bytes)?;
        out.flush()?;
        Ok(())
    }

    /// Writes the agent's own body to stdout: indented for a person, as it came for a program.
    ///
    /// # Errors
    /// As [`Session::print`].
    pub fn print_json(&self, raw: &[u8]) -> Result<(), Error> {
        let text = String::from_utf8_lossy(raw);
        let pretty = || {
            let value: serde_json::Value = serde_json::from_slice(raw).ok()?;
            serde_json::to_string_pretty(&value).ok()
        };
        let pretty = if self.terminal { pretty() } else { None };
        let text = pretty.unwrap_or_else(|| text.trim_end().to_owned());
        self.print(&format!("{text}\n"))
    }

    /// Says something beside the answer, on stderr.
    pub fn note(&self, key: &str, named: &Named<'_>) {
        let words = Words::new(self.lang);
        let label = words.text("note-label");
        let gap = if label.ends_with(':') { " " } else { "" };
        let label = Page::painted(self.stderr_color, Paint::Warn, &label);
        self.talk(&format!("{label}{gap}{}", words.say(key, named)));
    }

    /// Says how far something is: one line of a terminal, written over again and again; empty wipes it.
    pub fn progress(&self, line: &str) {
        let mut out = stderr().lock();
        if out.is_terminal() {
            let _ = write!(out, "\r\u{1b}[2K{line}");
            let _ = out.flush();
        }
    }

    /// Says a line on stderr.
    pub fn talk(&self, line: &str) {
        // Talk that nobody hears is no error.
        let _ = writeln!(stderr(), "{line}");
    }

    /// Says the error, where there is one, and turns the end of a command into an exit code.
    pub fn exit_code(&self, end: Result<Exit, Error>) -> ExitCode {
        match end {
            Ok(Exit::Done) => ExitCode::SUCCESS,
            Ok(Exit::PersonNeeded) => ExitCode::from(1),
            Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
            Err(error) => {
                let text = error.render(&Words::new(self.lang), self.stderr_color);
                let _ = stderr().write_all(text.as_bytes());
                ExitCode::from(EXIT_ERROR)
            }
        }
    }
}

/// This user, as the kernel says; 0 where there is no `/proc`.
pub fn uid() -> u32 {
    std::fs::metadata("/proc/self").map_or(0, |own| own.uid())
}
