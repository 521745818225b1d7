//! Where a rule holds: `building/room/zone` with `*` for any run of characters.

use crate::fault::{Fault, Span, closest};

/// One pattern of `where`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// As it is written.
    pub text: String,
    /// Where it stands.
    pub at: Span,
}

/// A place that a rule can hold at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneName {
    /// `building/room`.
    pub room: String,
    /// Identifier within the room.
    pub zone: String,
}

impl Scope {
    /// Whether the pattern can be read at all.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let fault =
            |title: String, help: String| Fault { title, at: self.at.clone(), help: Some(help) };
        let parts: Vec<&str> = self.text.split('/').collect();
        let strange = self.text.chars().find(|it| {
            !(it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '-' | '*' | '/'))
        });
        if let Some(strange) = strange {
            return Err(fault(
                format!("`{strange}` has no place in a pattern"),
                "a pattern has a-z, 0-9, `-`, `*` and `/`: `science/1*/board`".into(),
            ));
        }
        if self.text != "*" && parts.len() < 2 || parts.len() > 3 || parts.contains(&"") {
            return Err(fault(
                format!("`{}` is no pattern of rooms", self.text),
                format!("write `{}/*` for a building, `*` for everything", parts[0].trim()),
            ));
        }
        Ok(())
    }

    /// Whether a zone is meant.
    pub fn matches(&self, place: &ZoneName) -> bool {
        if self.text == "*" {
            return true;
        }
        let names = place.room.split('/').chain([place.zone.as_str()]);
        let mut patterns = self.text.split('/');
        // A pattern without a zone means all zones of its rooms.
        names.into_iter().all(|name| patterns.next().is_none_or(|pattern| glob(pattern, name)))
    }

    /// A pattern that means no zone is a slip of the pen.
    pub(crate) fn check_against(&self, places: &[ZoneName]) -> Option<Fault> {
        if places.iter().any(|place| self.matches(place)) {
            return None;
        }
        let three = self.text.split('/').count() == 3;
        let full = |place: &ZoneName| match three {
            true => format!("{}/{}", place.room, place.zone),
            false => place.room.clone(),
        };
        let names: Vec<String> = places.iter().map(full).collect();
        let close = closest(&self.text, names.iter().map(String::as_str));
        Some(Fault {
            title: format!("no zone of this campus is called `{}`", self.text),
            at: self.at.clone(),
            help: close.map(|close| format!("did you mean `{close}`?")),
        })
    }
}

/// `*` stands for any run of characters, also none.
fn glob(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(head) else { return false };
    let starts = (0..=rest.len()).filter(|at| rest.is_char_boundary(*at));
    starts.into_iter().any(|at| glob(tail, &rest[at..]))
}
