//! What the repository promises about itself, as functions: text in, findings out.
//!
//! | module | what it checks |
//! |---|---|
//! | [`direction`] | who may depend on whom |
//! | [`tidy`] | style rules that a machine can read |
//! | [`repository`] | where the files are |
//!
//! `scripts/tests/` applies them to this repository, and proves that each can fail.

pub mod direction;
pub mod repository;
pub mod tidy;

use std::fmt;

/// One place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Path from the root of the repository.
    pub file: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What is there.
    pub what: String,
    /// Why that is not wanted, or what to do instead.
    pub why: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {} — {}", self.file, self.what, self.why),
            line => write!(f, "{}:{line}: {} — {}", self.file, self.what, self.why),
        }
    }
}

/// The findings, one per line, for the message of a failing test.
pub fn listed(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("\n{finding}")).collect()
}
