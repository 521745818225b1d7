//! An agent of fixed bodies: HTTP over a Unix socket, one thread per question.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// `GET /v1/status` → status code and body.
type Answers = Vec<(&'static str, u16, String)>;

pub struct FakeAgent {
    folder: tempfile::TempDir,
    /// What was asked: request line, then the body.
    asked: Arc<Mutex<Vec<String>>>,
}

/// A body of `tests/bodies`.
pub fn body(name: &str) -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bodies").join(format!("{name}.json"));
    std::fs::read_to_string(path).expect("a body of that name")
}

/// One room of the body `rooms`.
pub fn room(at: usize) -> String {
    let rooms: serde_json::Value = serde_json::from_str(&body("rooms")).expect("rooms");
    rooms[at].to_string()
}

/// A refusal of the agent.
pub fn problem(code: &str, about: &str, candidates: &[&str]) -> String {
    serde_json::json!({
        "code": code, "about": about, "message": "said the agent", "candidates": candidates,
    })
    .to_string()
}

impl FakeAgent {
    /// Serves these answers; anything else is 404 without candidates.
    pub fn new(answers: Answers) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join("agent.sock")).expect("a socket");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, kept) = (Arc::new(answers), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, kept) = (answers.clone(), kept.clone());
                std::thread::spawn(move || serve(stream, &answers, &kept));
            }
        });
        Self { folder, asked }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("agent.sock")
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic while asked").clone()
    }

    /// `campus` with these words, in English, asking this agent.
    pub fn command(&self, line: &str) -> Command {
        let mut command = campus(line);
        command.arg("--agent").arg(self.socket());
        command
    }

    /// Runs `campus` with these words.
    pub fn run(&self, line: &str) -> Ran {
        Ran::of(self.command(line).output().expect("campus runs"))
    }
}

/// `campus` with these words and an environment without wishes.
pub fn campus(line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_campus"));
    command.args(line.split(' '));
    for name in ["LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR", "CAMPUS_AGENT", "XDG_RUNTIME_DIR"] {
        command.env_remove(name);
    }
    command
}

/// How a command ended.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("campus writes UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

fn serve(stream: UnixStream, answers: &Answers, asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(&stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        // `campus` only looks whether somebody listens, and goes.
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
            length = value.parse().expect("a length");
        }
        if request.is_empty() {
            request = line.trim_end_matches(" HTTP/1.1").to_owned();
        }
    }
    let mut content = vec![0; length];
    reader.read_exact(&mut content).expect("the whole body");
    let content = String::from_utf8(content).expect("JSON");
    asked
        .lock()
        .expect("no panic while asked")
        .push(format!("{request} {content}").trim_end().to_owned());
    let nothing = problem("no_such_room", "", &[]);
    let (code, body) = answers
        .iter()
        .find(|(path, ..)| *path == request)
        .map_or((404, nothing.as_str()), |(_, code, body)| (*code, body.as_str()));
    let head = format!("HTTP/1.1 {code} X\r\ncontent-length: {}\r\n\r\n", body.len());
    let mut stream = &stream;
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body.as_bytes());
}
