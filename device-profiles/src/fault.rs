//! What is wrong with a profile, all of it at once, shown where it stands.

use std::fmt;
use std::ops::Range;

/// Bytes of the file, from and to.
pub(crate) type Span = Range<usize>;

/// More faults than this are counted, not shown: nobody reads them before repairing the first.
const SHOWN_MAX: usize = 20;

/// Why a text is no profile. [`fmt::Display`] shows every fault with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError {
    name: String,
    text: String,
    /// In the order of the file; never empty.
    faults: Vec<Fault>,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    title: String,
    at: Span,
    help: Option<String>,
}

/// A fault for programs: where it starts, what it is, what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'e> {
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub title: &'e str,
    /// What to do.
    pub help: Option<&'e str>,
}

/// Collects faults while the file is read to its end.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault; the answer takes the help.
    pub fn add(&mut self, at: &Span, title: impl Into<String>) -> &mut Fault {
        self.0.push(Fault { title: title.into(), at: at.clone(), help: None });
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// How many there are so far.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Gives out all of them in the order of the file.
    pub fn into_error(mut self, name: &str, text: &str) -> ProfileError {
        self.0.sort_by_key(|fault| fault.at.start);
        ProfileError { name: name.into(), text: text.into(), faults: self.0 }
    }
}

impl Fault {
    pub fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }

    /// Adds "did you mean", or else everything that would do.
    pub fn one_of<'k>(&mut self, wrong: &str, known: impl Iterator<Item = &'k str> + Clone) {
        self.help(match closest(wrong, known.clone()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("known here: {}", known.collect::<Vec<_>>().join(", ")),
        });
    }
}

impl ProfileError {
    /// How many faults there are.
    pub fn count(&self) -> usize {
        self.faults.len()
    }

    /// All of them, for programs.
    pub fn found(&self) -> impl Iterator<Item = Found<'_>> {
        self.faults.iter().map(|fault| {
            let before = &self.text[..floor(&self.text, fault.at.start)];
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            Found {
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                title: &fault.title,
                help: fault.help.as_deref(),
            }
        })
    }

    /// The line of a fault, and how many of its characters are marked.
    fn line_of(&self, fault: &Fault) -> (&str, usize) {
        let start = floor(&self.text, fault.at.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let end = floor(&self.text, fault.at.end).clamp(start, line_end);
        let line = self.text[line_start..line_end].trim_end_matches('\r');
        (line, self.text[start..end].chars().count().max(1))
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fault, found) in self.faults.iter().zip(self.found()).take(SHOWN_MAX) {
            let (line, marked) = self.line_of(fault);
            let number = found.line.to_string();
            let margin = " ".repeat(number.len());
            // Tabs stay tabs, or the marks would stand elsewhere.
            let lead = line.chars().take(found.column - 1);
            let lead: String = lead.map(|it| if it == '\t' { '\t' } else { ' ' }).collect();
            writeln!(f, "error: {}", found.title)?;
            writeln!(f, "{margin}--> {}:{number}:{}", self.name, found.column)?;
            writeln!(f, "{margin} |\n{number} | {line}\n{margin} | {lead}{}", "^".repeat(marked))?;
            if let Some(help) = found.help {
                writeln!(f, "{margin} = help: {help}")?;
            }
            writeln!(f)?;
        }
        match (self.count(), self.count().saturating_sub(SHOWN_MAX)) {
            (1, _) => write!(f, "{}: 1 fault", self.name),
            (count, 0) => write!(f, "{}: {count} faults", self.name),
            (count, more) => write!(f, "{}: {count} faults, {more} of them not shown", self.name),
        }
    }
}

impl std::error::Error for ProfileError {}

/// The nearest border of a character at or before a place.
fn floor(text: &str, place: usize) -> usize {
    let mut place = place.min(text.len());
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    place
}

/// The known word that is one slip away for every three letters of `wrong`.
fn closest<'k>(wrong: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let slips_max = (wrong.chars().count() / 3).max(1);
    known
        .map(|word| (slips(wrong, word), word))
        .filter(|(slips, _)| *slips <= slips_max)
        .min()
        .map(|(_, word)| word)
}

/// How many letters have to be put in, left out, changed or swapped with their neighbour.
fn slips(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(above[j] + 1).min(row[j - 1] + 1);
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if swapped {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}
