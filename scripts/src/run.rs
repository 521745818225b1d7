//! Runs a command in the open: everything it says is shown, and test counts are read along.

use anyhow::Context;
use checks::repository::root;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A command about to be run, from the root of the repository.
pub struct Step {
    command: Command,
    shown: String,
}

/// Tests that a step ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: u64,
    /// Failed, timed out, or died.
    pub failed: u64,
}

/// The Cargo that runs us.
pub fn cargo<const N: usize>(args: [&str; N]) -> Step {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut step = Step::new(cargo);
    step.shown = "cargo".to_owned();
    step.args(args)
}

/// Where Cargo builds into.
pub fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The program of this name on the search path, or in a folder that is often missing from it.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/bin".into()]);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

impl Step {
    /// `program`, without arguments yet.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(&program);
        // Nothing here asks questions; a build farm has no keyboard.
        command.current_dir(root()).stdin(Stdio::null());
        Self { shown: program.as_ref().to_string_lossy().into_owned(), command }
    }

    /// One more argument.
    pub fn arg(self, arg: impl AsRef<OsStr>) -> Self {
        self.args([arg])
    }

    /// More arguments.
    pub fn args<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(mut self, args: I) -> Self {
        for arg in args {
            self.shown.push(' ');
            self.shown.push_str(&arg.as_ref().to_string_lossy());
            self.command.arg(arg);
        }
        self
    }

    /// An environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.shown = format!("{name}={} {}", value.as_ref().to_string_lossy(), self.shown);
        self.command.env(name, value);
        self
    }

    /// Without an environment variable that the command would obey.
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// In another folder.
    pub fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Shows the command, runs it, and says whether it succeeded.
    pub fn run(mut self) -> anyhow::Result<bool> {
        println!("$ {}", self.shown);
        let status =
            self.command.status().with_context(|| format!("cannot run `{}`", self.shown))?;
        Ok(status.success())
    }

    /// As [`Step::run`], and answers what it said on its output, if it succeeded.
    pub fn run_reading(mut self) -> anyhow::Result<Option<String>> {
        println!("$ {}", self.shown);
        let failed = || format!("cannot run `{}`", self.shown);
        let mut child = self.command.stdout(Stdio::piped()).spawn().with_context(failed)?;
        let mut said = String::new();
        for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines) {
            let line = line.with_context(failed)?;
            println!("{line}");
            said.push_str(&line);
            said.push('\n');
        }
        Ok(child.wait().context("cannot wait")?.success().then_some(said))
    }

    /// As [`Step::run`], and reads from its output how many tests passed and failed.
    pub fn run_counting(mut self) -> anyhow::Result<(bool, Counts)> {
        println!("$ {}", self.shown);
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run `{}`", self.shown))?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        // Both are read at once, or the one that nobody reads fills up and the child waits for ever.
        let counts = std::thread::scope(|scope| {
            let from_err = scope.spawn(|| copy_and_count(err, &mut std::io::stderr()));
            let from_out = copy_and_count(out, &mut std::io::stdout());
            from_out + from_err.join().unwrap_or_default()
        });
        Ok((child.wait().context("cannot wait")?.success(), counts))
    }
}

impl std::ops::Add for Counts {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

fn copy_and_count(from: Option<impl Read>, to: &mut impl Write) -> Counts {
    let mut counts = Counts::default();
    let Some(from) = from else { return counts };
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
        // A reader that has gone (`| head`) is no reason to stop the tests.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        counts = counts + counted(&without_colour(&String::from_utf8_lossy(&line)));
        line.clear();
    }
    counts
}

/// What a closing line of libtest or nextest counts; any other line counts nothing.
fn counted(line: &str) -> Counts {
    let closing = line.starts_with("test result:") || line.trim_start().starts_with("Summary [");
    if !closing {
        return Counts::default();
    }
    let words: Vec<&str> = line.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
    let before = |what: &str| -> u64 {
        let pairs = words.windows(2).filter(|pair| pair[1].trim() == what);
        pairs.filter_map(|pair| pair[0].parse::<u64>().ok()).sum()
    };
    Counts { passed: before("passed"), failed: before("failed") + before("timed") }
}

/// The text without the escapes that colour it.
fn without_colour(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut escaped = false;
    for c in text.chars() {
        match (escaped, c) {
            (false, '\x1b') => escaped = true,
            (true, 'm') => escaped = false,
            (false, c) => plain.push(c),
            (true, _) => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_both_runners_are_counted() {
        check(
            "test result: ok. 14 passed; 0 failed; 0 ignored; 0 measured; finished in 0.1s",
            14,
            0,
        );
        check("test result: FAILED. 3 passed; 2 failed; 0 ignored", 3, 2);
        check("     Summary [   1.204s] 61 tests run: 61 passed, 0 skipped", 61, 0);
        check(
            "     Summary [   1.2s] 9 tests run: 6 passed (1 slow), 2 failed, 1 timed out, 0 skipped",
            6,
            3,
        );
        check(
            "\x1b[32;1m     Summary\x1b[0m [   0.1s] 2 tests run: \x1b[1m2\x1b[0m passed, 0 skipped",
            2,
            0,
        );
    }

    #[test]
    fn what_a_test_prints_is_not_counted() {
        check("7 passed, 1 failed", 0, 0);
        check("test a_frame ... ok", 0, 0);
    }

    #[track_caller]
    fn check(line: &str, passed: u64, failed: u64) {
        assert_eq!(counted(&without_colour(line)), Counts { passed, failed });
    }
}
