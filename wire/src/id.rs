//! The one shape of every identifier: `[a-z0-9][a-z0-9-]{0,31}`.
//!
//! Anything else is refused at the edge: a name with `/` or `+` would land in another
//! node's topics.

use core::fmt;
use core::str::FromStr;

/// Longest identifier in bytes.
pub const ID_BYTES_MAX: usize = 32;

/// A checked identifier of a campus, building, room, zone, node or channel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    bytes: [u8; ID_BYTES_MAX],
    len: u8,
}

/// Why a text is no identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadId {
    /// Nothing there.
    Empty,
    /// Longer than [`ID_BYTES_MAX`].
    TooLong,
    /// A character other than `a-z`, `0-9`, `-`, or a `-` in front; with its byte position.
    Character(usize),
}

impl Id {
    /// Checks and copies.
    ///
    /// # Errors
    /// [`BadId`] says what is wrong and where.
    pub fn new(text: &str) -> Result<Self, BadId> {
        check(text)?;
        let mut bytes = [0; ID_BYTES_MAX];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { bytes, len: text.len() as u8 })
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        // Only ASCII ever gets in, so this cannot fail; the empty text is the harmless answer.
        core::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or("")
    }
}

/// Whether `text` is an identifier, without copying it.
///
/// # Errors
/// [`BadId`] says what is wrong and where.
pub fn check(text: &str) -> Result<(), BadId> {
    if text.is_empty() {
        return Err(BadId::Empty);
    }
    if text.len() > ID_BYTES_MAX {
        return Err(BadId::TooLong);
    }
    for (at, byte) in text.bytes().enumerate() {
        let good = byte.is_ascii_lowercase() || byte.is_ascii_digit() || (byte == b'-' && at > 0);
        if !good {
            return Err(BadId::Character(at));
        }
    }
    Ok(())
}

impl PartialEq<str> for Id {
    fn eq(&self, text: &str) -> bool {
        self.bytes[..usize::from(self.len)] == *text.as_bytes()
    }
}

impl FromStr for Id {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::new(text)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.as_str())
    }
}

impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "an identifier may not be empty"),
            Self::TooLong => write!(f, "an identifier has at most {ID_BYTES_MAX} characters"),
            Self::Character(at) => write!(
                f,
                "character {} is not allowed: only a-z, 0-9 and, not in front, `-`",
                at + 1
            ),
        }
    }
}

impl core::error::Error for BadId {}

#[cfg(feature = "serde")]
impl serde::Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an identifier: a-z, 0-9 and `-`, at most 32 characters")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Id, E> {
                Id::new(text)
                    .map_err(|bad| E::custom(format_args!("bad identifier `{text}`: {bad}")))
            }
        }
        deserializer.deserialize_str(Text)
    }
}
