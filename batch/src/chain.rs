//! What ties a row to the one before it: `hash = SHA-256(hash before ‖ canonical text)`.
//!
//! Each stream has a chain per class, so that shedding quarters leaves the chain of days whole.

use crate::row::Class;
use crate::stream::{Incarnation, Stream, from_hex, write_hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A link of a chain; as text 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What stands before the first row of a chain. It names the chain, so that no row can be moved
    /// from one chain to another.
    pub fn genesis(
        campus: &wire::Id,
        incarnation: &Incarnation,
        stream: &Stream,
        class: Class,
    ) -> Self {
        let class = class.as_str();
        let name = format!("campus-chain/1\n{campus}\n{incarnation}\n{stream}\n{class}");
        Self(Sha256::digest(name.as_bytes()).into())
    }

    /// The hash of a row that follows this one; `canonical` is the row's text.
    pub fn then(&self, canonical: &str) -> Self {
        let digest = Sha256::new().chain_update(self.0).chain_update(canonical.as_bytes());
        Self(digest.finalize().into())
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(from_hex(text)?))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl TryFrom<String> for Hash {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("hash `{text}` is not 64 digits of 0-9 and a-f"))
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> String {
        hash.to_string()
    }
}
