//! A child process of one test: it never outlives the test.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// A running child; killed when dropped.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts it, with both outputs in a file.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(mut command: Command, log: &Path) -> Self {
        let open = File::options().create(true).append(true).open(log);
        let file = open.expect("a log file in the test's folder");
        let both = file.try_clone().expect("the log file a second time");
        let child = command.stdin(Stdio::null()).stdout(file).stderr(both).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
        Self { child, log: log.to_owned() }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// `SIGTERM`, and waits until it is gone.
    ///
    /// # Panics
    /// When `kill` cannot be run.
    pub fn stop(&mut self) -> ExitStatus {
        let id = self.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("kill");
        self.child.wait().expect("a child that ends")
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// What it has written so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// A line of `/proc/<pid>/status` in KiB, for example `VmRSS`.
    pub fn status_kib(&self, key: &str) -> u64 {
        let text =
            std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    }

    /// CPU seconds used so far, in user and system together.
    pub fn cpu_s(&self) -> f64 {
        cpu_s(self.id(), 11, 2)
    }

    /// The same with those of its children that have ended.
    pub fn cpu_with_children_s(&self) -> f64 {
        cpu_s(self.id(), 11, 4)
    }

    /// Bytes that it caused to be written to disk so far (`/proc/<pid>/io`, `write_bytes`).
    pub fn written_bytes(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/io", self.id())).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("write_bytes: "));
        line.and_then(|bytes| bytes.parse().ok()).unwrap_or(0)
    }
}

/// `sysconf(_SC_CLK_TCK)` is 100 on every Linux that Rust's std supports (man 5 proc).
const TICKS_PER_S: f64 = 100.0;

/// CPU seconds of a process; utime, stime, cutime and cstime are the 12th to 15th fields after its name,
/// which stands in parentheses and may hold spaces (man 5 proc).
fn cpu_s(id: u32, first: usize, count: usize) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks = fields.skip(first).take(count).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_S
}

/// CPU seconds of the living process `id`, where `parent` started it.
pub fn cpu_of_child_s(id: u32, parent: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let started_by: u32 = text.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()?;
    (started_by == parent).then(|| cpu_s(id, 11, 2))
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(30).collect();
            eprintln!("--- last lines of {}", self.log.display());
            tail.iter().rev().for_each(|line| eprintln!("{line}"));
        }
        self.kill();
    }
}
