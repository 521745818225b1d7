//! A real Chromium of one test, steered as the WebDriver standard says (W3C).
//!
//! Just enough of it: pages of this machine, their size and colours, what they logged, and what they
//! asked for. Plain HTTP to `chromedriver`, on a port that the system chose.

use crate::child::Running;
use crate::place::Place;
use crate::wait;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A running Chromium with one page.
pub struct Browser {
    driver: Running,
    port: u16,
    session: String,
    // Dropped last: both write into it.
    place: Place,
}

/// Colours that a reader prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark text on a light page.
    Light,
    /// Light text on a dark page.
    Dark,
}

/// A browser that says nothing for so long is stuck: starting one takes some seconds on a busy machine.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// No sandbox: tests run as root too. The rest keeps it from asking the network for anything by itself.
const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

impl Browser {
    /// Starts one, with a profile of its own.
    ///
    /// # Panics
    /// When it is not installed (`cargo xtask test` installs it) or does not start.
    pub fn start(test: &str) -> Self {
        let place = Place::new(&format!("{test}-browser"));
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("HOME", place.path()).current_dir(place.path());
        let driver = Running::start(command, &place.path().join("chromedriver.log"));
        let port = wait::until("chromedriver says its port", ANSWER_MAX, || {
            let log = driver.log();
            let said = log.lines().find_map(|line| line.split_once("successfully on port "))?.1;
            said.trim_end_matches('.').parse::<u16>().ok()
        });
        let mut browser = Self { driver, port, session: String::new(), place };
        let created = browser.post("/session", &browser.wishes());
        browser.session = created["sessionId"].as_str().expect("a session").to_owned();
        // Its own first page asks for much, and is not what is looked at.
        browser.ask("/url", &json!({"url": "about:blank"}));
        browser
    }

    /// What it is started with: flags, a folder of its own, and all it logs.
    fn wishes(&self) -> Value {
        let folder = format!("--user-data-dir={}", self.place.path().join("profile").display());
        let args: Vec<String> =
            FLAGS.iter().map(|flag| (*flag).to_owned()).chain([folder]).collect();
        json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": args},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}})
    }

    /// Opens a file, and waits until it is loaded.
    pub fn open(&self, file: &Path) {
        self.ask("/url", &json!({"url": address(file)}));
    }

    /// Shows the page in a window that is so wide, to a reader who prefers this scheme.
    pub fn show(&self, width_px: u32, scheme: Scheme) {
        let size =
            json!({"width": width_px, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let value = if scheme == Scheme::Dark { "dark" } else { "light" };
        let feature = json!({"name": "prefers-color-scheme", "value": value});
        self.devtools("Emulation.setEmulatedMedia", &json!({"features": [feature]}));
    }

    /// What the body of a function answers, run within the page.
    pub fn run(&self, script: &str) -> Value {
        self.ask("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// What the page has logged since it was last asked: errors of scripts, of styles, of loading.
    pub fn console(&self) -> Vec<String> {
        let lines = self.ask("/se/log", &json!({"type": "browser"}));
        let text = |line: &Value| format!("{} {}", line["level"], line["message"]);
        lines.as_array().expect("lines").iter().map(text).collect()
    }

    /// Everything that the page has asked for since this was last asked, itself included.
    pub fn requests(&self) -> Vec<String> {
        let lines = self.ask("/se/log", &json!({"type": "performance"}));
        let asked = |line: &Value| {
            let event: Value = serde_json::from_str(line["message"].as_str()?).ok()?;
            let message = &event["message"];
            let sent = message["method"] == json!("Network.requestWillBeSent");
            sent.then(|| {
                message["params"]["request"]["url"].as_str().unwrap_or_default().to_owned()
            })
        };
        lines.as_array().expect("lines").iter().filter_map(asked).collect()
    }

    fn devtools(&self, command: &str, params: &Value) {
        self.ask("/goog/cdp/execute", &json!({"cmd": command, "params": params}));
    }

    fn ask(&self, below: &str, body: &Value) -> Value {
        self.post(&format!("/session/{}{below}", self.session), body)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", path, &body.to_string())
    }

    /// The `value` of an answer.
    ///
    /// # Panics
    /// When the browser refuses.
    fn call(&self, method: &str, path: &str, body: &str) -> Value {
        let (status, text) = exchange(self.port, method, path, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        assert_eq!(status, 200, "{method} {path} {body}: {text}");
        answer["value"].clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends Chromium, which is the driver's child and not ours. Without an answer nothing is lost:
        // the driver is killed next.
        let _ = exchange(self.port, "DELETE", &format!("/session/{}", self.session), "");
        self.driver.stop();
    }
}

/// One request on a connection of its own; status and body.
fn exchange(port: u16, method: &str, path: &str, body: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )?;
    // The driver keeps the connection open, whatever it is asked: the length is what counts.
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    answer.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    let mut length = 0;
    while line.trim_end() != "" {
        line.clear();
        answer.read_line(&mut line)?;
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    answer.read_exact(&mut body)?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

/// A file as an address.
pub fn address(file: &Path) -> String {
    format!("file://{}", file.display())
}
