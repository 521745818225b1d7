//! Hashes of passwords, as Mosquitto checks them: PBKDF2 with HMAC-SHA512, a salt of 12 bytes and 64 bytes of
//! hash (`password_mosq.h` of 2.0; 2.1 still reads them).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::Sha512;
use std::collections::BTreeMap;

/// Rounds of PBKDF2, as `mosquitto_passwd` has them. More would protect a password that people could think of; ours
/// are 256 drawn bits, and the broker computes each hash on its one thread: a campus of 1,000 nodes
/// that reconnects would wait for it.
pub const ROUNDS: u32 = 101;

/// Bytes of a salt.
pub const SALT_BYTES: usize = 12;

/// Bytes of a hash.
const HASH_BYTES: usize = 64;

/// A hash with what it was made of, but the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash {
    /// In base64, with padding.
    pub salt: String,
    /// In base64, with padding.
    pub hash: String,
}

impl Hash {
    /// Of a password, with a salt that was drawn for it.
    pub fn new(password: &str, salt: [u8; SALT_BYTES]) -> Self {
        let mut hash = [0; HASH_BYTES];
        pbkdf2::pbkdf2_hmac::<Sha512>(password.as_bytes(), &salt, ROUNDS, &mut hash);
        Self { salt: STANDARD.encode(salt), hash: STANDARD.encode(hash) }
    }

    /// As it stands in a password file: `$7$`, rounds, salt, hash.
    pub fn line(&self, account: &str) -> String {
        let Self { salt, hash } = self;
        format!("{account}:$7${ROUNDS}${salt}${hash}")
    }
}

/// A password file: accounts with what stands behind their colon. Lines that are none stay where they were not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PasswordFile(BTreeMap<String, String>);

impl PasswordFile {
    /// Reads one.
    ///
    /// # Errors
    /// The number of the first line that is no account, from 1.
    pub fn parse(text: &str) -> Result<Self, usize> {
        let mut accounts = BTreeMap::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let (name, rest) =
                line.split_once(':').filter(|(name, _)| !name.is_empty()).ok_or(at + 1)?;
            accounts.insert(name.to_owned(), rest.to_owned());
        }
        Ok(Self(accounts))
    }

    /// Gives an account a password, and makes it where there was none.
    pub fn set(&mut self, account: &str, hash: &Hash) {
        let line = hash.line(account);
        // A line begins with the account and a colon.
        self.0.insert(account.to_owned(), line[account.len() + 1..].to_owned());
    }

    /// Takes an account out; false when there was none.
    pub fn remove(&mut self, account: &str) -> bool {
        self.0.remove(account).is_some()
    }

    /// Names of accounts, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// As it is written.
    pub fn text(&self) -> String {
        self.0.iter().map(|(name, rest)| format!("{name}:{rest}\n")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frozen bytes, computed with Python's `hashlib.pbkdf2_hmac("sha512", b"pw", bytes(range(12)), 101)`.
    #[test]
    fn a_hash_is_what_other_code_computes() {
        let salt = std::array::from_fn(|at| at as u8);
        let line = Hash::new("pw", salt).line("sci-101");
        assert_eq!(line, FROZEN);
    }

    const FROZEN: &str = "sci-101:$7$101$AAECAwQFBgcICQoL$l8zqSPOVOsX6BzXddvHVSUz51tfFGYiwZgYMerEYSK2kmFD86m93us2E5cM8HAComZhsUAqG/9HmFNzmBd+GRQ==";

    #[test]
    fn a_password_file_keeps_what_others_wrote() {
        let mut file =
            PasswordFile::parse("a:$6$x$y\n\nb:$7$101$c2FsdA==$aA==\n").expect("accounts");
        file.set("c", &Hash::new("pw", [0; SALT_BYTES]));
        assert!(file.remove("b") && !file.remove("b"));
        assert_eq!(file.names().collect::<Vec<_>>(), ["a", "c"]);
        assert!(file.text().starts_with("a:$6$x$y\nc:$7$101$"), "{}", file.text());
        assert_eq!(PasswordFile::parse(&file.text()), Ok(file));
        assert_eq!(PasswordFile::parse("a:b\n# a note\n"), Err(2));
    }
}
