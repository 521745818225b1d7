//! Rules for documents.

use super::finding;
use crate::Finding;
use crate::repository::Source;

/// What a decision record has to say.
const ADR_PARTS: [&str; 4] = ["Context", "Decision", "Consequences", "Alternatives"];

/// A document with no title, or with two.
pub fn not_one_title(source: &Source) -> Option<Finding> {
    let titles = headings(&source.text).into_iter().filter(|(level, _)| *level == 1).count();
    (titles != 1).then(|| {
        let why = "a document has exactly one `# Title`";
        finding(source, 0, format!("{titles} titles"), why)
    })
}

/// A relative link to a file that is not there.
pub fn broken_link(source: &Source, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let folder = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut findings = Vec::new();
    for (number, line) in prose(&source.text) {
        for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains(':') {
                continue;
            }
            if !exists(&joined(folder, path)) {
                let what = format!("link to `{target}`");
                findings.push(finding(source, number, what, "there is no such file"));
            }
        }
    }
    findings
}

/// A decision record that leaves out one of its parts.
pub fn adr_without_its_parts(source: &Source) -> Vec<Finding> {
    if !source.path.starts_with("docs/adr/") || source.file_name() == "README.md" {
        return Vec::new();
    }
    let headings = headings(&source.text);
    let has = |part: &str| headings.iter().any(|(level, text)| *level == 2 && text == part);
    ADR_PARTS
        .into_iter()
        .filter(|part| !has(part))
        .map(|part| {
            let why = "a decision without it cannot be judged later";
            finding(source, 0, format!("no `## {part}`"), why)
        })
        .collect()
}

/// Two languages of one document that have grown apart.
pub fn twins_that_differ(one: &Source, other: &Source) -> Vec<Finding> {
    let levels = |source: &Source| {
        headings(&source.text).into_iter().map(|(level, _)| level).collect::<Vec<_>>()
    };
    let mut findings = Vec::new();
    if levels(one) != levels(other) {
        let what = format!("other headings than {}", one.path);
        findings.push(finding(other, 0, what, "both languages say the same, in the same order"));
    }
    let (ours, theirs) = (commands(one), commands(other));
    for (number, command) in &theirs {
        if !ours.iter().any(|(_, known)| known == command) {
            let what = format!("`{command}` is not in {}", one.path);
            findings.push(finding(other, *number, what, "both languages show the same commands"));
        }
    }
    for (number, command) in &ours {
        if !theirs.iter().any(|(_, known)| known == command) {
            let what = format!("`{command}` is not in {}", other.path);
            findings.push(finding(one, *number, what, "both languages show the same commands"));
        }
    }
    findings
}

/// What a reader is told to type: lines that start with `$ `.
pub fn commands(source: &Source) -> Vec<(usize, String)> {
    source
        .lines()
        .filter_map(|(number, line)| Some((number, line.trim().strip_prefix("$ ")?.to_owned())))
        .collect()
}

/// Level and text of every heading outside code.
fn headings(text: &str) -> Vec<(usize, String)> {
    prose(text)
        .filter_map(|(_, line)| {
            let level = line.chars().take_while(|c| *c == '#').count();
            let text = line[level..].strip_prefix(' ')?;
            (level > 0).then(|| (level, text.trim().to_owned()))
        })
        .collect()
}

/// The lines outside fenced code.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let fence = line.trim_start().starts_with("```");
        let inside = fenced || fence;
        fenced ^= fence;
        (!inside).then_some((at + 1, line))
    })
}

/// `path` as seen from `folder`, without `.` and `..`.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
