//! Rules for Rust files.

use super::finding;
use crate::Finding;
use crate::repository::Source;

/// Longest file: the measured line between pleasant and not in the code bases we learnt from.
const LINES_MAX: usize = 500;

/// Never left in a commit. Written in two halves, so that this list does not find itself.
const LEFTOVERS: [(&str, &str); 4] = [
    (concat!("todo", "!"), "write it, or leave it out"),
    (concat!("unimplemented", "!"), "write it, or leave it out"),
    (concat!("dbg", "!"), "use it, then take it out"),
    (concat!("#[", "ignore"), "a test that does not run says nothing: mend it or delete it"),
];

/// Words that name nothing, and their plurals.
const BANNED: [&str; 9] =
    ["manager", "handler", "helper", "util", "utils", "info", "data", "service", "process"];

/// A file starts by saying what it is for.
pub fn first_line_missing(source: &Source) -> Option<Finding> {
    let first = source.text.lines().next().unwrap_or_default();
    let says = first.strip_prefix("//!").is_some_and(|rest| !rest.trim().is_empty());
    (!says).then(|| {
        let what = "does not start with `//! …`";
        finding(source, 1, what, "one line says what the file decides or does")
    })
}

/// Code that was meant to be temporary.
pub fn leftover(source: &Source) -> Vec<Finding> {
    let code = source.lines().filter(|(_, line)| !line.trim_start().starts_with("//"));
    let mut findings = Vec::new();
    for (number, line) in code {
        for (word, why) in LEFTOVERS {
            if stands_alone(line, word) {
                findings.push(finding(source, number, format!("`{word}`"), why));
            }
        }
    }
    findings
}

/// Whether `word` occurs and is not the end of a longer word.
fn stands_alone(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    })
}

/// A file that is too long to read, unless its module doc says why it has to be.
pub fn too_long(source: &Source) -> Option<Finding> {
    let lines = source.text.lines().count();
    let doc = source.text.lines().take_while(|line| line.starts_with("//!"));
    let excused = doc.into_iter().any(|line| line.contains("Long because "));
    (lines > LINES_MAX && !excused).then(|| {
        let what = format!("{lines} lines, more than {LINES_MAX}");
        finding(source, 0, what, "split it, or say `//! Long because …` in its module doc")
    })
}

/// A name that says nothing about what is named.
pub fn banned_name(source: &Source) -> Vec<Finding> {
    const WHY: &str = "it names nothing: say what it is (ARCHITECTURE.md, \"Words\")";
    let mut findings = Vec::new();
    let path = source.path.strip_suffix(".rs").unwrap_or(&source.path);
    if let Some(word) = path.split('/').find_map(banned_word) {
        findings.push(finding(source, 0, format!("`{word}` in the path"), WHY));
    }
    for (number, line) in source.lines() {
        if let Some(name) = defined_name(line)
            && let Some(word) = banned_word(name)
        {
            findings.push(finding(source, number, format!("`{word}` in `{name}`"), WHY));
        }
    }
    findings
}

/// The name that a line defines as a type, trait or module.
fn defined_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    if let Some(visible) = rest.strip_prefix("pub") {
        rest = match visible.strip_prefix('(') {
            Some(scope) => scope.split_once(')')?.1.trim_start(),
            None => visible.trim_start(),
        };
    }
    let (keyword, rest) = rest.split_once(' ')?;
    let kinds = ["struct", "enum", "trait", "mod", "type", "union"];
    if !kinds.contains(&keyword) {
        return None;
    }
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    (end > 0).then_some(&rest[..end])
}

/// The first banned word in a name, whether it is `SnakeOil`, `snake_oil` or `snake-oil`.
fn banned_word(name: &str) -> Option<&'static str> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    let singular = |word: &str| word.strip_suffix('s').unwrap_or(word).to_owned();
    BANNED
        .into_iter()
        .find(|banned| words.iter().any(|word| word == banned || singular(word) == *banned))
}
