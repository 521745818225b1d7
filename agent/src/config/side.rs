//! Files that the configuration names: calendars and timetables, with faults of their own.

use super::fault::Faults;
use super::keys::Section;
use super::table::{At, Table};
use std::fs;
use std::io::Read;
use std::path::Path;
use toml::de::DeTable;

/// Longest file in bytes: 2,000 rooms with fifty lessons each take about 12 MB.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Reads the file of a key. What is wrong with it stands in `faults` under its own name; that it
/// cannot be read stands where it is named.
pub fn read<T>(
    folder: &Path,
    name: &At<&str>,
    root: &'static Section,
    read: impl FnOnce(&Table<'_>, &mut Faults) -> T,
    faults: &mut Faults,
) -> Option<T> {
    let path = folder.join(name.is);
    match text(&path) {
        Ok(text) => parse(&path.to_string_lossy(), &text, root, read, faults),
        Err(why) => {
            faults.add(&name.at, format!("cannot read `{}`: {why}", path.display()));
            None
        }
    }
}

/// The same with a text; `name` is the file that it is said to come from.
pub fn parse<T>(
    name: &str,
    text: &str,
    root: &'static Section,
    read: impl FnOnce(&Table<'_>, &mut Faults) -> T,
    faults: &mut Faults,
) -> Option<T> {
    let mut own = Faults::default();
    let (file, broken) = DeTable::parse_recoverable(text);
    for error in &broken {
        own.add(&error.span().unwrap_or(0..0), error.message());
    }
    // What stands behind broken syntax may be misread; more faults would only mislead.
    let found = broken
        .is_empty()
        .then(|| read(&Table::root(root, file.get_ref(), text, &mut own), &mut own));
    faults.take(own, name, text);
    found
}

fn text(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("more than {} MiB", FILE_BYTES_MAX >> 20));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8; save it with that encoding".into())
}
