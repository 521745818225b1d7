//! Names of streams, and of the incarnations of a database.

use crate::limits::STREAM_PARTS_MAX;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a row is about: identifiers with `/` between, the kind first: `room/science/101`,
/// `building/science`, `meter/main`, `campus`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stream(Box<str>);

impl Stream {
    /// Checks and copies.
    ///
    /// # Errors
    /// A sentence that names the bad part.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.split('/').count() > STREAM_PARTS_MAX {
            return Err(format!("stream `{text}`: more than {STREAM_PARTS_MAX} parts"));
        }
        for part in text.split('/') {
            wire::id::check(part).map_err(|bad| format!("stream `{text}`: {bad}"))?;
        }
        Ok(Self(text.into()))
    }

    /// A room's stream.
    pub fn room(building: &wire::Id, room: &wire::Id) -> Self {
        Self(format!("room/{building}/{room}").into())
    }

    /// A building's stream.
    pub fn building(building: &wire::Id) -> Self {
        Self(format!("building/{building}").into())
    }

    /// A meter's stream.
    pub fn meter(meter: &wire::Id) -> Self {
        Self(format!("meter/{meter}").into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One life of a campus's database: 128 random bits. A restored or cloned database gets another, so that
/// no seq and no revision is used twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Incarnation(pub [u8; 16]);

impl Incarnation {
    /// Reads 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(from_hex(text)?))
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl TryFrom<String> for Incarnation {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
            .ok_or_else(|| format!("incarnation `{text}` is not 32 digits of 0-9 and a-f"))
    }
}

impl From<Incarnation> for String {
    fn from(incarnation: Incarnation) -> String {
        incarnation.to_string()
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn write_hex(bytes: &[u8], f: &mut impl fmt::Write) -> fmt::Result {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    for byte in bytes {
        f.write_char(DIGITS[usize::from(byte >> 4)].into())?;
        f.write_char(DIGITS[usize::from(byte & 15)].into())?;
    }
    Ok(())
}

/// Exactly `N` bytes out of lower-case digits; upper case is refused, so that one value has one text.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let text = text.as_bytes();
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
