//! Style rules that a machine can read. Each is one function: sources in, findings out.
//!
//! The rules and their reasons stand in CONTRIBUTING.md.

mod manifest;
mod markdown;
mod rust;
mod text;

pub use manifest::dependency_without_reason;
pub use markdown::{adr_without_its_parts, broken_link, not_one_title, twins_that_differ};
pub use rust::{banned_name, first_line_missing, leftover, too_long};
pub use text::{machine_path, trailing_space};

use crate::Finding;
use crate::repository::Source;
use std::path::Path;

/// What is looked at: everything people write here.
pub const EXTENSIONS: [&str; 6] = ["rs", "toml", "md", "sh", "yml", "conf"];

/// Every rule over every source. `root` is where links lead from.
pub fn all(sources: &[Source], root: &Path) -> Vec<Finding> {
    let exists = |path: &str| root.join(path).exists();
    let mut findings = Vec::new();
    for source in sources {
        findings.extend(trailing_space(source));
        findings.extend(machine_path(source));
        match source.extension() {
            "rs" => {
                findings.extend(first_line_missing(source));
                findings.extend(leftover(source));
                findings.extend(too_long(source));
                findings.extend(banned_name(source));
            }
            "md" => {
                findings.extend(not_one_title(source));
                findings.extend(broken_link(source, &exists));
                findings.extend(adr_without_its_parts(source));
            }
            "toml" if source.file_name() == "Cargo.toml" => {
                findings.extend(dependency_without_reason(source));
            }
            _ => {}
        }
    }
    let named = |path: &str| sources.iter().find(|source| source.path == path);
    if let (Some(english), Some(chinese)) = (named("README.md"), named("README.zh-CN.md")) {
        findings.extend(twins_that_differ(english, chinese));
    }
    findings
}

fn finding(source: &Source, line: usize, what: impl Into<String>, why: &'static str) -> Finding {
    Finding { file: source.path.clone(), line, what: what.into(), why }
}
