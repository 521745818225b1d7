//! Keys of serial consoles, one file per board: whoever stands before a board without its key changes nothing on it.
//!
//! By serial number and not by node, because a board that loses its name keeps its key. A board that was
//! given one is never given another, or a page that was not written after all would shut everybody out.

use super::drawn_secret;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder of keys.
#[derive(Clone, Debug)]
pub struct Keys {
    folder: Arc<PathBuf>,
}

impl Keys {
    /// Beside this database.
    pub fn beside(store: &Path) -> Self {
        let folder = store.parent().unwrap_or(Path::new("")).join("unlock");
        Self { folder: Arc::new(folder) }
    }

    /// The key of a board; drawn and written when it has none.
    ///
    /// # Errors
    /// What the system says.
    pub fn of_or_new(&self, serial: &str) -> io::Result<String> {
        if let Some(key) = self.of(serial)? {
            return Ok(key);
        }
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&*self.folder)?;
        let key = drawn_secret()?;
        let path = self.path(serial);
        let beside = path.with_extension("new");
        let _ = fs::remove_file(&beside);
        let mut file =
            fs::File::options().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(key.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        // The new name must survive a power cut too.
        fs::File::open(&*self.folder)?.sync_all()?;
        Ok(key)
    }

    /// The key of a board, where it has one.
    ///
    /// # Errors
    /// What the system says; a file that holds no key.
    pub fn of(&self, serial: &str) -> io::Result<Option<String>> {
        match fs::read_to_string(self.path(serial)) {
            Ok(text) if bytes_of(text.trim()).is_some_and(|bytes| bytes.len() == 32) => {
                Ok(Some(text.trim().to_owned()))
            }
            Ok(_) => {
                Err(io::Error::other(format!("`{}` holds no key", self.path(serial).display())))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Serial numbers are checked before they come here: no `/`, and no dot in front.
    fn path(&self, serial: &str) -> PathBuf {
        self.folder.join(format!("{serial}.key"))
    }
}

/// HMAC-SHA256 (RFC 2104) of `message`, as hexadecimal digits; `None` when the key is no hexadecimal number.
pub fn answer(key: &str, message: &[u8]) -> Option<String> {
    const BLOCK: usize = 64;
    let key = bytes_of(key)?;
    let mut padded = [0; BLOCK];
    padded.get_mut(..key.len())?.copy_from_slice(&key);
    let inner = padded.map(|byte| byte ^ 0x36);
    let outer = padded.map(|byte| byte ^ 0x5c);
    let first = Sha256::new().chain_update(inner).chain_update(message).finalize();
    let second = Sha256::new().chain_update(outer).chain_update(first).finalize();
    Some(second.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The bytes of hexadecimal digits.
pub fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    if !digits.is_ascii() || !digits.len().is_multiple_of(2) {
        return None;
    }
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, §4.2 and §4.3: case 2 has a short key.
    #[test]
    fn answers_are_those_of_the_standard() {
        let long = "0b".repeat(20);
        let first = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(answer(&long, b"Hi There").as_deref(), Some(first));
        let jefe = "4a656665";
        let second = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(answer(jefe, b"what do ya want for nothing?").as_deref(), Some(second));
        assert_eq!(answer("zz", b""), None);
    }

    #[test]
    fn a_board_keeps_its_key_and_nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().expect("a folder");
        let keys = Keys::beside(&place.path().join("campus.db"));
        assert_eq!(keys.of("A1").expect("readable"), None);
        let key = keys.of_or_new("A1").expect("writable");
        assert_eq!((key.len(), keys.of_or_new("A1").expect("there")), (64, key.clone()));
        assert_ne!(keys.of_or_new("A2").expect("writable"), key);
        let mode = fs::metadata(place.path().join("unlock/A1.key")).expect("there").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }
}
