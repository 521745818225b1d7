//! What is read, what is refused, and how the refusal looks; the documentation of every key.

mod accepted;
mod documentation;
mod files;
mod fit;
mod names;
mod robust;
mod values;

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

fn accepted(text: &str) -> Config {
    Config::parse(text, "campus.toml").unwrap_or_else(|error| panic!("{error}"))
}
