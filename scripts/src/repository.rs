//! Where the files of the repository are.

use std::io;
use std::path::{Path, PathBuf};

/// Folders that hold nothing anybody wrote: build output, fuzzing finds, Git's own.
const NOT_OURS: [&str; 4] = ["target", ".git", "corpus", "artifacts"];

/// A text file of the repository.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path from the root, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl Source {
    /// The last part of the path.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// What follows the last dot of the file name; empty when there is none.
    pub fn extension(&self) -> &str {
        self.file_name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// The lines with their numbers, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (at + 1, line))
    }
}

/// The root of this repository.
pub fn root() -> PathBuf {
    // Asked when running, because Cargo sets it for tests and `cargo run` alike, and a build folder
    // shared by two clones would otherwise show one of them the other's files.
    let asked = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let scripts = asked.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    scripts.parent().unwrap_or(&scripts).to_path_buf()
}

/// Every text file below `root` whose extension is one of `extensions`, in order of paths.
///
/// # Errors
/// A folder or file cannot be read.
pub fn sources(root: &Path, extensions: &[&str]) -> io::Result<Vec<Source>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !NOT_OURS.contains(&name) {
                    folders.push(path);
                }
                continue;
            }
            let extension = path.extension().and_then(|ext| ext.to_str()).unwrap_or_default();
            if extensions.contains(&extension) {
                found.push(Source { path: relative(root, &path), text: read(&path)? });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn read(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}
