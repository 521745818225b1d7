//! Rules for `Cargo.toml`.

use super::finding;
use crate::Finding;
use crate::repository::Source;

/// A dependency without a comment right above it that says what it is for.
pub fn dependency_without_reason(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut section = Section::Other;
    let mut explained = false;
    let mut open_brackets = 0i32;
    for (number, line) in source.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with('#') {
            explained = true;
            continue;
        }
        if open_brackets == 0 && trimmed.starts_with('[') {
            section = Section::of(trimmed);
            if section == Section::OneDependency && !explained {
                findings.push(missing(source, number, trimmed));
            }
        } else if open_brackets == 0 && section == Section::Dependencies && trimmed.contains('=') {
            // The workspace's own members explain themselves.
            let member = source.path == "Cargo.toml" && trimmed.contains("path = ");
            if !explained && !member {
                findings.push(missing(source, number, trimmed));
            }
        }
        if section == Section::Dependencies && !trimmed.starts_with('[') {
            let count = |c: char| trimmed.matches(c).count() as i32;
            open_brackets += count('[') + count('{') - count(']') - count('}');
        }
        explained = false;
    }
    findings
}

#[derive(PartialEq)]
enum Section {
    /// `[dependencies]` and its kin: one dependency per line.
    Dependencies,
    /// `[dependencies.name]`.
    OneDependency,
    Other,
}

impl Section {
    fn of(header: &str) -> Self {
        let name = header.trim_matches(['[', ']']);
        let last = name.rsplit('.').next().unwrap_or(name);
        if last.ends_with("dependencies") {
            Self::Dependencies
        } else if name.contains("dependencies.") {
            Self::OneDependency
        } else {
            Self::Other
        }
    }
}

fn missing(source: &Source, number: usize, line: &str) -> Finding {
    let name = line.trim_matches(['[', ']']).split(['=', ' ']).next().unwrap_or(line);
    let why = "the line above says why we carry it";
    finding(source, number, format!("`{name}` has no reason"), why)
}
