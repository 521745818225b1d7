//! Every reason for which bytes from the air are refused. Each is counted by its name.

use core::fmt;

/// Why a payload was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// More than [`crate::PAYLOAD_BYTES_MAX`] bytes.
    TooLong,
    /// Not UTF-8.
    NotUtf8,
    /// Not JSON, or JSON that is not one object; with the byte position.
    NotJson(u16),
    /// Objects or lists nested deeper than any version nests them.
    TooDeep,
    /// `v` is another version: the sender is newer than this program.
    ForeignVersion(u32),
    /// A key that every payload of this kind carries is missing.
    MissingKey(&'static str),
    /// A key came twice.
    DuplicateKey,
    /// A key has a value of the wrong kind or out of its range.
    BadValue(&'static str),
    /// A reading's key is no `quantity` or `quantity.channel`.
    BadChannel,
    /// More readings than [`crate::frame::READINGS_MAX`].
    TooManyReadings,
    /// A reading is neither a number nor a known no-reading.
    BadReading,
}

impl Refusal {
    /// The name under which it is counted; stable, because dashboards use it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::NotUtf8 => "not_utf8",
            Self::NotJson(_) => "not_json",
            Self::TooDeep => "too_deep",
            Self::ForeignVersion(_) => "foreign_version",
            Self::MissingKey(_) => "missing_key",
            Self::DuplicateKey => "duplicate_key",
            Self::BadValue(_) => "bad_value",
            Self::BadChannel => "bad_channel",
            Self::TooManyReadings => "too_many_readings",
            Self::BadReading => "bad_reading",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "longer than {} bytes", crate::PAYLOAD_BYTES_MAX),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::NotJson(at) => write!(f, "not a JSON object (byte {at})"),
            Self::TooDeep => f.write_str("nested too deep"),
            Self::ForeignVersion(v) => {
                write!(f, "wire version {v}; this program knows {}", crate::VERSION)
            }
            Self::MissingKey(key) => write!(f, "no `{key}`"),
            Self::DuplicateKey => f.write_str("a key came twice"),
            Self::BadValue(key) => write!(f, "`{key}` has a value that it cannot have"),
            Self::BadChannel => {
                f.write_str("a reading is named neither `quantity` nor `quantity.channel`")
            }
            Self::TooManyReadings => {
                write!(f, "more than {} readings", crate::frame::READINGS_MAX)
            }
            Self::BadReading => f.write_str("a reading is neither a number nor `{\"no\": reason}`"),
        }
    }
}

impl core::error::Error for Refusal {}
