//! What can go wrong on a cable, in words.

use crate::words::{Named, Words};
use smp::Refused;
use std::io;
use std::path::PathBuf;

/// Why a node at a cable did not do what it was asked for.
#[derive(Debug)]
pub enum Fault {
    /// There is no such port; those there are.
    NoPort { port: PathBuf, known: Vec<String> },
    /// The port does not open.
    Open { port: PathBuf, error: io::Error },
    /// The cable was pulled, or the emulator ended.
    Broken { port: PathBuf, error: io::Error },
    /// Nobody answers.
    Silent { port: PathBuf },
    /// Something answers, but not like a node of this version.
    Garbled { port: PathBuf },
    /// The node says no, and perhaps why.
    Refused { port: PathBuf, refused: Refused, why: String },
}

impl Fault {
    /// Its code in the texts.
    const fn code(&self) -> &'static str {
        match self {
            Self::NoPort { .. } => "missing",
            Self::Open { .. } => "open",
            Self::Broken { .. } => "broken",
            Self::Silent { .. } => "silent",
            Self::Garbled { .. } => "garbled",
            Self::Refused { refused, .. } => match refused {
                Refused::Locked => "locked",
                Refused::WrongAnswer => "wrong-key",
                Refused::Wait(_) => "wait",
                Refused::BadIdentity => "bad-identity",
                Refused::Flash => "flash",
                Refused::OtherNode => "other-serial",
                Refused::NotYet => "not-yet",
                Refused::Unknown => "unknown",
                Refused::BadRequest | Refused::TooLong | Refused::Other(_) => "refused",
            },
        }
    }

    /// What happened, and where.
    pub fn what(&self, words: &Words) -> String {
        self.say(words, "error-cable")
    }

    /// What to do about it.
    pub fn hint(&self, words: &Words) -> String {
        match self {
            Self::NoPort { known, .. } if !known.is_empty() => {
                words.say("hint-cable-ports", &[("ports", known.join(", ").into())])
            }
            Self::Open { error, .. } if error.kind() == io::ErrorKind::PermissionDenied => {
                words.text("hint-cable-denied")
            }
            _ => self.say(words, "hint-cable"),
        }
    }

    fn say(&self, words: &Words, what: &str) -> String {
        let key = format!("{what}-{}", self.code());
        let port = |port: &PathBuf| port.display().to_string();
        match self {
            Self::NoPort { port: at, .. }
            | Self::Silent { port: at }
            | Self::Garbled { port: at } => words.say(&key, &[("port", port(at).into())]),
            Self::Open { port: at, error } | Self::Broken { port: at, error } => {
                words.say(&key, &[("port", port(at).into()), ("why", error.to_string().into())])
            }
            Self::Refused { port: at, refused, why } => {
                let seconds = match refused {
                    Refused::Wait(ms) => ms.div_ceil(1000),
                    _ => 0,
                };
                let why = if why.is_empty() { refused.to_string() } else { why.clone() };
                let named: &Named<'_> =
                    &[("port", port(at).into()), ("why", why.into()), ("n", seconds.into())];
                words.say(&key, named)
            }
        }
    }
}
