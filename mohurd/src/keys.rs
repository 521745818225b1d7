//! The secrets of one hub. They never show: neither when debugged nor in an error.

use std::fmt;

/// 128 bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 16]);

/// What both ends hold.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Goes into the answer to a challenge.
    pub auth: Key,
    /// Encrypts bodies.
    pub aes: Key,
    /// Where chaining begins, when the dialect has `iv = "file"`.
    pub iv: Option<Key>,
}

/// Why a key file is none; names lines, never what stands in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// A line without `name = value`.
    #[error("line {line}: write `auth = …`, `aes = …` or `iv = …`")]
    Line {
        /// From 1.
        line: usize,
    },
    /// A value of another length.
    #[error("line {line}: a key is 16 characters, or `hex:` and 32 hexadecimal digits")]
    Length {
        /// From 1.
        line: usize,
    },
    /// A name that is missing or there twice.
    #[error("the key file needs one line `{name} = …`")]
    Missing {
        /// Of the key.
        name: &'static str,
    },
}

impl Key {
    /// From its bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Only for those who encrypt with it.
    pub(crate) const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let Some(hex) = text.strip_prefix("hex:") else {
            return Some(Self(text.as_bytes().try_into().ok()?));
        };
        let mut bytes = [0; 16];
        if hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl Keys {
    /// From a key file: lines `auth = …`, `aes = …` and, if the dialect asks for it, `iv = …`; lines that
    /// begin with `#` are remarks.
    ///
    /// # Errors
    /// When a line is not understood or a key is missing.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        let (mut auth, mut aes, mut iv) = (None, None, None);
        for (at, line) in text.lines().enumerate() {
            let line_number = at + 1;
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            let wrong = KeyFault::Line { line: line_number };
            let (name, value) = line.split_once('=').ok_or(wrong.clone())?;
            let (slot, name) = match name.trim() {
                "auth" => (&mut auth, "auth"),
                "aes" => (&mut aes, "aes"),
                "iv" => (&mut iv, "iv"),
                _ => return Err(wrong),
            };
            let key = Key::parse(value.trim()).ok_or(KeyFault::Length { line: line_number })?;
            if slot.replace(key).is_some() {
                return Err(KeyFault::Missing { name });
            }
        }
        let auth = auth.ok_or(KeyFault::Missing { name: "auth" })?;
        let aes = aes.ok_or(KeyFault::Missing { name: "aes" })?;
        Ok(Self { auth, aes, iv })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(not shown)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_read_and_never_shown() {
        let text = "# hub of the district\nauth = IJKLMNOPQRSTUVWX\naes=hex:000102030405060708090a0b0c0d0e0f\n";
        let keys = Keys::parse(text).expect("a key file");
        assert_eq!(keys.auth.bytes(), b"IJKLMNOPQRSTUVWX");
        assert_eq!(keys.aes.bytes()[15], 15);
        assert!(keys.iv.is_none());
        let shown = format!("{keys:?}");
        assert!(
            !shown.contains("IJKL") && !shown.contains("15") && !shown.contains("0f"),
            "{shown}"
        );
    }

    #[test]
    fn a_wrong_key_file_is_refused_without_its_contents() {
        let check = |text: &str, expected: KeyFault| {
            let fault = Keys::parse(text).expect_err("a fault");
            assert_eq!(fault, expected);
            assert!(!fault.to_string().contains("secret"), "{fault}");
        };
        check("secret", KeyFault::Line { line: 1 });
        check("aes = secret", KeyFault::Length { line: 1 });
        check("aes = hex:secretsecretsecretsecretsecretse", KeyFault::Length { line: 1 });
        check("aes = 0123456789abcdef", KeyFault::Missing { name: "auth" });
        check("auth = 0123456789abcdef", KeyFault::Missing { name: "aes" });
        let twice = "aes = 0123456789abcdef\naes = 0123456789abcdef";
        check(twice, KeyFault::Missing { name: "aes" });
    }
}
