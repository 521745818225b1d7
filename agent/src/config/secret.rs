//! Passwords: read from files of their own, checked, and never printed.

use super::fault::Faults;
use super::table::At;
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::Path;

/// Longest password in bytes: far above any, far below a wrong file.
const SECRET_BYTES_MAX: u64 = 1024;

/// A password. It has no `Display`, and its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a password.
    pub fn new(password: String) -> Self {
        Self(password)
    }

    /// The password, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Reads the file that `name` points to. One line break at its end does not belong to the password.
pub fn read(file: At<&str>, folder: &Path, faults: &mut Faults) -> Option<Secret> {
    take(file, folder, true, faults)
}

/// The same for a file of several lines, such as `name = secret`.
pub fn read_lines(file: At<&str>, folder: &Path, faults: &mut Faults) -> Option<Secret> {
    take(file, folder, false, faults)
}

fn take(file: At<&str>, folder: &Path, is_line: bool, faults: &mut Faults) -> Option<Secret> {
    let path = folder.join(file.is);
    let shown = path.display();
    match bytes(&path, is_line) {
        Ok(bytes) => {
            let text = String::from_utf8(bytes).ok()?.trim_end_matches(['\r', '\n']).to_owned();
            Some(Secret(text))
        }
        Err(Refused { title, help }) => {
            let fault = faults.add(&file.at, title.replace("{}", &shown.to_string()));
            if let Some(help) = help {
                fault.help(help.replace("{}", &shown.to_string()));
            }
            None
        }
    }
}

struct Refused {
    title: String,
    help: Option<&'static str>,
}

fn bytes(path: &Path, is_line: bool) -> Result<Vec<u8>, Refused> {
    let refuse = |title: String, help| Err(Refused { title, help });
    let cannot = |error: std::io::Error| Refused {
        title: format!("cannot read the password file `{{}}`: {error}"),
        help: Some("create it: `umask 077; head -c 18 /dev/urandom | base64 > {}`"),
    };
    let file = fs::File::open(path).map_err(cannot)?;
    // Of the opened file, so that nobody exchanges it in between.
    let about = file.metadata().map_err(cannot)?;
    if !about.is_file() {
        return refuse("the password file `{}` is no file".into(), None);
    }
    if open_to_all(&about) {
        return refuse(
            "everybody may read or write the password file `{}`".into(),
            Some("`chmod o= {}`, and choose another password if others work on this computer"),
        );
    }
    let mut bytes = Vec::new();
    file.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > SECRET_BYTES_MAX {
        return refuse(format!("the password file `{{}}` has over {SECRET_BYTES_MAX} bytes"), None);
    }
    let line = bytes.trim_ascii_end();
    if line.is_empty() {
        return refuse("the password file `{}` is empty".into(), None);
    }
    let odd = |it: char| it.is_control() && (is_line || !matches!(it, '\r' | '\n'));
    let is_text = std::str::from_utf8(line).is_ok_and(|text| !text.contains(odd));
    if !is_text {
        let what = if is_line { "one line of text" } else { "text" };
        return refuse(format!("the password file `{{}}` is not {what}"), None);
    }
    Ok(bytes)
}

#[cfg(unix)]
fn open_to_all(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    about.permissions().mode() & 0o006 != 0
}

#[cfg(not(unix))]
fn open_to_all(_about: &fs::Metadata) -> bool {
    false
}
