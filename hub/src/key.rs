//! Keys and other secrets in files of their own.

use crate::Fault;
use crate::limits::FILE_BYTES_MAX;
use batch::{PublicKey, SecretKey};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Writes a new secret key into a file of mode 0600 that must not exist yet; answers its public half.
///
/// # Errors
/// The file is there already, or cannot be written.
pub fn create(path: &Path) -> Result<PublicKey, Fault> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| {
        Fault::new(format!("the operating system gives no random numbers: {error}"), "")
    })?;
    let key = SecretKey::from_seed(seed);
    let cannot = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Fault::new(
            format!("`{}` is there already", path.display()),
            "a key is never overwritten: choose another name, and withdraw the old key at the hub",
        ),
        _ => Fault::new(format!("cannot write `{}`: {error}", path.display()), ""),
    };
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(cannot)?;
    file.write_all(format!("{}\n", key.expose()).as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(cannot)?;
    Ok(key.public())
}

/// Reads the key that [`create`] wrote.
///
/// # Errors
/// No such file, open to others, or no key in it.
pub fn read(path: &Path) -> Result<SecretKey, Fault> {
    let text = secret_line(path)?;
    SecretKey::parse(&text).ok_or_else(|| {
        Fault::new(
            format!("there is no secret key in `{}`", path.display()),
            "`campus hub key FILE` makes one",
        )
    })
}

/// The one line of a file that only its owner, and a group at most, may read.
///
/// # Errors
/// No such file, open to everybody, too large or empty.
pub fn secret_line(path: &Path) -> Result<String, Fault> {
    let shown = path.display();
    let cannot = |error: std::io::Error| Fault::new(format!("cannot read `{shown}`: {error}"), "");
    let file = File::open(path).map_err(cannot)?;
    // Of the opened file, so that nobody exchanges it in between.
    let about = file.metadata().map_err(cannot)?;
    if about.permissions().mode() & 0o006 != 0 {
        let hint =
            format!("`chmod o= {shown}`, and make a new one if others work on this computer");
        return Err(Fault::new(format!("everybody may read or write `{shown}`"), hint));
    }
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(cannot)?;
    match text.trim() {
        "" => Err(Fault::new(format!("`{shown}` is empty"), "")),
        line if line.contains(char::is_control) => {
            Err(Fault::new(format!("`{shown}` is not one line of text"), ""))
        }
        line => Ok(line.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_once_and_for_its_owner() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let public = create(&path).expect("it is written");
        let mode = std::fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(read(&path).expect("it is read").public(), public);
        assert!(create(&path).expect_err("it is there").what.contains("already"));
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("chmod");
        assert!(read(&path).expect_err("it is open").what.contains("everybody"));
    }
}
