//! Meters and gateways that other people wrote: pymodbus, and a meter of DL/T 645 in plain Python.
//!
//! The scripts are in `tests/counterparts/`; each says in its first lines what it takes. They share no
//! code with the product: what they serve is packed by Python's `struct`. `cargo xtask test` installs
//! what they need below the target folder; tests that use them have `counterpart` in their name.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

/// A line with devices on it, in a process of its own; gone when dropped.
pub struct Counterpart {
    child: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    link: String,
}

/// A register as a counterpart serves it: function, address from 0, type, order of its bytes, and the
/// value before anything is scaled.
pub fn register(fc: u8, at: u16, kind: &str, order: &str, is: impl Into<Value>) -> Value {
    json!({"fc": fc, "at": at, "type": kind, "order": order, "is": is.into()})
}

impl Counterpart {
    /// Devices that pymodbus plays over Modbus TCP; `units` maps their numbers to what they have.
    ///
    /// # Panics
    /// When pymodbus is not installed (`cargo xtask test` installs it), or does not start.
    pub fn tcp(units: &Value) -> Self {
        Self::start("meters.py", &json!({"link": "tcp", "units": units}), "tcp")
    }

    /// The same over a serial port, as RTU.
    ///
    /// # Panics
    /// As [`Counterpart::tcp`].
    pub fn rtu(units: &Value) -> Self {
        Self::start("meters.py", &json!({"link": "rtu", "units": units}), "")
    }

    /// Meters of DL/T 645 on a serial port; `meters` maps addresses to what they show.
    ///
    /// # Panics
    /// As [`Counterpart::tcp`].
    pub fn dlt645(meters: &Value) -> Self {
        Self::start("dlt645.py", &json!({"link": "pty", "meters": meters}), "")
    }

    /// The same behind a serial server that hands the bytes through.
    ///
    /// # Panics
    /// As [`Counterpart::tcp`].
    pub fn dlt645_over_tcp(meters: &Value) -> Self {
        Self::start("dlt645.py", &json!({"link": "tcp", "meters": meters}), "rtu+tcp")
    }

    /// A data centre for building energy; its script says how it is described.
    ///
    /// # Panics
    /// As [`Counterpart::tcp`].
    pub fn mohurd(told: &Value) -> Self {
        Self::start("mohurd.py", told, "tcp")
    }

    fn start(script: &str, told: &Value, scheme: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("counterparts");
        let mut command = Command::new(python());
        command.arg(folder.join(script)).env("PYTHONDONTWRITEBYTECODE", "1");
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| {
            panic!("{command:?}: {error}; `cargo xtask test` installs what it needs")
        });
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let pipes = (input.expect("a pipe"), BufReader::new(output.expect("a pipe")));
        let mut line = Self { child, pipes: Mutex::new(pipes), link: String::new() };
        let place = line.say(told);
        line.link = match (place["port"].as_u64(), place["path"].as_str()) {
            (Some(port), _) => format!("{scheme}://127.0.0.1:{port}"),
            (None, Some(path)) => path.to_owned(),
            (None, None) => panic!("{script} says {place}"),
        };
        line
    }

    /// Where it is, as `link` of a `[[bus]]`.
    pub fn link(&self) -> &str {
        &self.link
    }

    /// A command of the script, and its answer.
    ///
    /// # Panics
    /// When the script has ended.
    pub fn say(&self, what: &Value) -> Value {
        let mut pipes = self.pipes.lock().expect("nobody panics with it");
        writeln!(pipes.0, "{what}").and_then(|()| pipes.0.flush()).expect("a running counterpart");
        let mut answer = String::new();
        pipes.1.read_line(&mut answer).expect("a running counterpart");
        serde_json::from_str(&answer)
            .unwrap_or_else(|error| panic!("{error}: `{answer}` to {what}"))
    }

    /// Other values of a unit.
    pub fn set(&self, unit: u8, registers: &[Value]) {
        self.say(&json!({"do": "set", "unit": unit, "registers": registers}));
    }

    /// Takes a unit's power, or gives it back.
    pub fn dead(&self, unit: u8, is: bool) {
        self.say(&json!({"do": "dead", "unit": unit, "is": is}));
    }

    /// Lets a unit answer so much later.
    pub fn delay(&self, unit: u8, ms: u64) {
        self.say(&json!({"do": "delay", "unit": unit, "ms": ms}));
    }

    /// Requests that a unit has had, whether it answered or not.
    pub fn asked(&self, unit: u8) -> u64 {
        self.say(&json!({"do": "asked", "unit": unit}))["asked"].as_u64().expect("a number")
    }

    /// Coils of a unit, as they were written.
    pub fn coils(&self, unit: u8) -> Vec<bool> {
        let answer = self.say(&json!({"do": "coils", "unit": unit}));
        let coils = answer["coils"].as_array().expect("a list");
        coils.iter().map(|coil| coil.as_bool().expect("true or false")).collect()
    }

    /// Registers of a unit, as they were written.
    pub fn held(&self, unit: u8, at: u16, count: u16) -> Vec<u64> {
        let what = json!({"do": "held", "unit": unit, "at": at, "count": count});
        let answer = self.say(&what);
        let registers = answer["registers"].as_array().expect("a list");
        registers.iter().map(|register| register.as_u64().expect("a word")).collect()
    }
}

impl Drop for Counterpart {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Python that `cargo xtask test` has made below the target folder.
fn python() -> PathBuf {
    let exe = std::env::current_exe().expect("the path of this test");
    let built = exe.ancestors().find(|it| it.ends_with("debug") || it.ends_with("release"));
    let target = built.and_then(Path::parent).expect("a target folder");
    target.join("counterparts/bin/python")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::TcpStream;

    fn bytes(hex: &str) -> Vec<u8> {
        hex.split(' ').map(|byte| u8::from_str_radix(byte, 16).expect("hexadecimal")).collect()
    }

    /// Writes a request and reads an answer of the expected length.
    fn check(line: &Counterpart, request: &str, expected: &str) {
        let address = line.link().split_once("://").expect("over TCP").1;
        let mut stream = TcpStream::connect(address).expect("connected");
        stream.write_all(&bytes(request)).expect("written");
        let mut answer = vec![0; bytes(expected).len()];
        stream.read_exact(&mut answer).expect("an answer");
        assert_eq!(answer, bytes(expected), "{request}");
    }

    #[test]
    fn a_counterpart_answers_with_the_frames_that_are_printed() {
        // 230.2 V as the maker of the SDM120 prints it: 43 66 33 34 is its misprint of … 33 33.
        let volts = register(4, 0, "f32", "ABCD", 230.2);
        let turned = register(3, 7, "i32", "CDAB", -2);
        let line = Counterpart::tcp(&json!({"1": {"registers": [volts, turned]}}));
        let request = "00 01 00 00 00 06 01 04 00 00 00 02";
        check(&line, request, "00 01 00 00 00 07 01 04 04 43 66 33 33");
        check(
            &line,
            "00 01 00 00 00 06 01 03 00 07 00 02",
            "00 01 00 00 00 07 01 03 04 ff fe ff ff",
        );
        line.set(1, &[register(4, 0, "f32", "ABCD", -2.0)]);
        check(&line, request, "00 01 00 00 00 07 01 04 04 c0 00 00 00");
        assert_eq!(line.asked(1), 3);
    }

    #[test]
    fn a_counterpart_of_dl_t_645_answers_with_the_frames_that_are_printed() {
        let meters = json!({
            "000000000161": {"00010000": "000000.26", "02010100": "100.1"},
            "000102030425": {"00010000": "001206.42"},
        });
        let line = Counterpart::dlt645_over_tcp(&meters);
        for (request, answer) in [
            (
                "68 61 01 00 00 00 00 68 11 04 33 33 34 33 14 16",
                "68 61 01 00 00 00 00 68 91 08 33 33 34 33 59 33 33 33 8a 16",
            ),
            (
                "68 61 01 00 00 00 00 68 11 04 33 34 34 35 17 16",
                "68 61 01 00 00 00 00 68 91 06 33 34 34 35 34 43 10 16",
            ),
            (
                "68 25 04 03 02 01 00 68 11 04 33 33 34 33 e1 16",
                "68 25 04 03 02 01 00 68 91 08 33 33 34 33 75 39 45 33 8b 16",
            ),
        ] {
            check(&line, &format!("fe fe {request}"), &format!("fe fe fe fe {answer}"));
        }
    }
}
