//! Keys of serial consoles, one file per board: whoever stands before a board without its key changes nothing on it.
//!
//! By serial number and not by node, because a board that loses its name keeps its key. A board that was
//! given one is never given another, or a page that was not written after all would shut everybody out.

use crate::{chance, digits};
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
        let key = chance::secret::<32>()?;
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
            Ok(text) if digits::bytes(text.trim()).is_some_and(|bytes| bytes.len() == 32) => {
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

/// What the board with this key wants to hear to a challenge, as hexadecimal digits; `None` when the key is none.
pub fn answer(key: &str, challenge: &[u8]) -> Option<String> {
    let key = digits::bytes(key)?.try_into().ok()?;
    Some(digits::of(&smp::answer(&key, challenge)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_is_answered_as_it_would_answer_itself() {
        let expected = digits::of(&smp::answer(&[0xab; 32], b"a challenge"));
        assert_eq!(answer(&"ab".repeat(32), b"a challenge"), Some(expected));
        assert_eq!((answer("zz", b""), answer("abab", b"")), (None, None));
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
