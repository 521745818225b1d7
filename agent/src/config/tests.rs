//! What is read, what is refused, and how the refusal looks; the documentation of every key.

mod accepted;
mod accounts;
mod asked;
mod behaviour;
mod calendar;
mod documentation;
mod driven;
mod files;
mod fit;
mod hubs;
mod lines;
mod meters;
mod names;
mod occupancy;
mod prices;
mod robust;
mod timetable;
mod values;
mod written;

use super::*;
use expect_test::{Expect, expect};

/// The sections that every configuration must have.
const HEAD: &str = r#"[campus]
id = "demo"
time_zone = "Asia/Shanghai"
[broker]
url = "embedded"
[timetable]
open = "07:00-18:00"
"#;

/// Checks what is said about a configuration.
fn refused(text: &str, expected: Expect) {
    let error = Config::parse(text, "campus.toml").expect_err("refused");
    expected.assert_eq(&error.to_string());
}

/// The same, after the sections that must be there.
fn refused_after_head(text: &str, expected: Expect) {
    refused(&format!("{HEAD}{text}"), expected);
}

/// A bus over the network and one over a serial port.
const BUSES: &str = r#"[[bus]]
id = "lan"
link = "tcp://10.0.0.7"
[[bus]]
id = "line"
link = "/dev/ttyUSB0"
"#;

fn refused_on_a_bus(text: &str, expected: Expect) {
    refused_after_head(&format!("{BUSES}{text}"), expected);
}

fn accepted(text: &str) -> Config {
    Config::parse(text, "campus.toml").unwrap_or_else(|error| panic!("{error}"))
}

/// The example with everything that is commented out at its end.
fn whole_example() -> String {
    let (plain, rest) = example().split_once("# Meters and relays on a bus").unwrap();
    let rest = rest.lines().skip(1).map(|line| line.strip_prefix("# ").unwrap_or(line));
    rest.fold(plain.to_owned(), |text, line| text + line + "\n")
}
