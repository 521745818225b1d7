//! The `campus` program: an agent of one test, and commands put to it.

use crate::child::Running;
use crate::place::Place;
use crate::wait;
use serde_json::Value;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The program: the one that `CAMPUS_PROGRAM` names, or else built once for all tests of this run.
///
/// # Panics
/// When it does not build.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(named) = std::env::var_os("CAMPUS_PROGRAM") {
            return PathBuf::from(named);
        }
        let exe = std::env::current_exe().expect("the path of this test");
        let folder = |name: &str| exe.ancestors().find(|folder| folder.ends_with(name));
        let release = folder("release").is_some();
        let target = folder("release").or_else(|| folder("debug")).expect("a target folder");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "cli", "--bin", "campus"]);
        build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        build.env("CARGO_TARGET_DIR", target.parent().expect("a target folder has a parent"));
        if release {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo").success(), "`campus` does not build");
        target.join("campus")
    })
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    /// Exit code.
    pub code: i32,
    /// Data.
    pub out: String,
    /// Talk.
    pub err: String,
}

impl Said {
    /// The data as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// Runs `campus` with these arguments.
///
/// # Panics
/// When it cannot be run.
pub fn run(args: &[&str]) -> Said {
    let mut command = Command::new(program());
    command.args(args).env("NO_COLOR", "1").env("LC_ALL", "C");
    said(command.output().expect("campus runs"))
}

/// What a finished process said.
pub fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// An agent of one test.
pub struct Agent {
    process: Option<Running>,
    place: Place,
    config: PathBuf,
    clock: Option<Shift>,
    within: Vec<String>,
}

/// How a program's clock differs from the machine's: a library that Debian calls `faketime`.
struct Shift {
    library: String,
    by: String,
}

impl Agent {
    /// Starts one with this configuration; `{broker}` in it stands for the broker's address.
    ///
    /// # Panics
    /// When it does not answer within 20 s.
    pub fn start(test: &str, broker_url: &str, config: &str) -> Self {
        let mut agent = Self::prepared(test, broker_url, config);
        agent.again();
        agent
    }

    /// Only writes the configuration.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn prepared(test: &str, broker_url: &str, config: &str) -> Self {
        let place = Place::new(test);
        let path = place.path().join("campus.toml");
        let mut agent =
            Self { process: None, place, config: path, clock: None, within: Vec::new() };
        agent.configure(broker_url, config);
        agent
    }

    /// Writes another configuration over the first.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn configure(&mut self, broker_url: &str, config: &str) {
        let socket = self.socket();
        let text = config
            .replace("{broker}", broker_url)
            .replace("{socket}", socket.to_str().expect("a path of plain letters"));
        self.config = self.place.write("campus.toml", &text);
    }

    /// Starts it (again) and waits until it answers and is connected to its broker.
    ///
    /// # Panics
    /// When it does not within 20 s.
    pub fn again(&mut self) {
        self.launch();
        wait::until_true("the agent answers and is connected", || self.connected());
    }

    /// The next start has a clock that is so many seconds behind the machine's; 0 is right again.
    ///
    /// # Panics
    /// When `faketime` is not installed (`cargo xtask test` installs it).
    pub fn clock_behind(&mut self, seconds: u64) {
        let asked = Command::new("faketime").args(["-f", "+0", "printenv", "LD_PRELOAD"]).output();
        let asked = asked.expect("faketime is not installed: run `cargo xtask test` once");
        let library = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
        self.clock = (seconds > 0).then(|| Shift { library, by: format!("-{seconds}") });
    }

    /// The next start is made by this command, which is given the program and its arguments, and
    /// becomes it.
    pub fn within(&mut self, command: &[&str]) {
        self.within = command.iter().map(|word| (*word).to_owned()).collect();
    }

    /// Starts it and waits for nothing.
    pub fn launch(&mut self) {
        let own = ["agent", "--config"];
        let mut words = self.within.iter().map(AsRef::as_ref).chain([program().as_os_str()]);
        let mut command = Command::new(words.next().expect("at least the program"));
        command.args(words).args(own).arg(&self.config).env("NO_COLOR", "1");
        if let Some(Shift { library, by }) = &self.clock {
            command.env("LD_PRELOAD", library).env("FAKETIME", by);
            // Only what time it is; how fast it passes, and every timer, stays.
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        self.process = Some(Running::start(command, &self.place.path().join("agent.log")));
    }

    /// Whether it answers and is connected to its broker.
    pub fn connected(&self) -> bool {
        let said = self.ask(&["status", "--json"]);
        said.code != 2 && said.json()["broker"]["connected"] == Value::Bool(true)
    }

    /// Runs a command against it.
    pub fn ask(&self, args: &[&str]) -> Said {
        let socket = self.socket();
        let mut all = vec!["--agent", socket.to_str().expect("a path of plain letters")];
        all.extend_from_slice(args);
        run(&all)
    }

    /// The JSON of a command that must not fail.
    ///
    /// # Panics
    /// When it does.
    pub fn json(&self, args: &[&str]) -> Value {
        let mut all = args.to_vec();
        all.push("--json");
        let said = self.ask(&all);
        assert_ne!(said.code, 2, "{args:?}: {said:?}");
        said.json()
    }

    /// The body of a question that no command asks, as JSON.
    ///
    /// # Panics
    /// When it is not answered.
    pub fn get(&self, path: &str) -> Value {
        let mut stream = UnixStream::connect(self.socket()).expect("a running agent");
        let asked = format!("GET {path} HTTP/1.1\r\nHost: campus\r\nConnection: close\r\n\r\n");
        stream.write_all(asked.as_bytes()).expect("a running agent");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error} in {text}"))
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// `SIGTERM`, and how it ended.
    pub fn stop(&mut self) -> Option<i32> {
        self.process.take().and_then(|mut process| process.stop().code())
    }

    /// Its folder: configuration, database, log.
    pub fn folder(&self) -> &Path {
        self.place.path()
    }

    /// Its configuration file.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.place.path().join("agent.sock")
    }

    /// The running process.
    ///
    /// # Panics
    /// When it does not run.
    pub fn process(&mut self) -> &mut Running {
        self.process.as_mut().expect("a running agent")
    }
}
