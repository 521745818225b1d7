//! Rules for every text file.

use super::finding;
use crate::Finding;
use crate::repository::Source;

/// First folders of paths that exist on one machine only. The product's own places
/// (`/etc/campus`, `/run/campus`, `/var/lib/campus`) are everywhere the same.
const MACHINE: [&str; 6] = ["home", "root", "work", "tmp", "Users", "farm"];

/// Spaces at the end of a line.
pub fn trailing_space(source: &Source) -> Vec<Finding> {
    let ends = |line: &str| line.ends_with([' ', '\t', '\r']);
    source
        .lines()
        .filter(|(_, line)| ends(line))
        .map(|(number, _)| {
            finding(source, number, "space at the end of the line", "it makes diffs noisy")
        })
        .collect()
}

/// A path that only one machine has.
pub fn machine_path(source: &Source) -> Vec<Finding> {
    source
        .lines()
        .filter_map(|(number, line)| Some((number, path_of_one_machine(line)?)))
        .map(|(number, folder)| {
            let why =
                "other machines have no such folder: use `std::env::temp_dir()` or an argument";
            finding(source, number, format!("a path below `/{folder}`"), why)
        })
        .collect()
}

fn path_of_one_machine(line: &str) -> Option<&'static str> {
    MACHINE.into_iter().find(|folder| {
        let start = format!("/{folder}");
        line.match_indices(&start).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + start.len()..].chars().next();
            // Inside an address, or below another folder, it is somebody else's.
            let begins = !before.is_some_and(|c| c.is_alphanumeric() || "._-/})>*".contains(c));
            begins && matches!(after, Some('/' | '"'))
        })
    })
}
