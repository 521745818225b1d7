//! What is wrong with a file of rules, all of it at once, with the place where it stands.

use std::ops::Range;

/// Bytes of the file, from and to.
pub type Span = Range<usize>;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, as a sentence without a full stop.
    pub title: String,
    /// Where.
    pub at: Span,
    /// What to do.
    pub help: Option<String>,
}

/// Collects faults while the file is read to its end.
#[derive(Debug, Default)]
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

    /// Takes faults that were found elsewhere.
    pub fn extend(&mut self, others: Vec<Fault>) {
        self.0.extend(others);
    }

    /// Gives out all of them in the order of the file.
    pub fn close(mut self) -> Vec<Fault> {
        self.0.sort_by_key(|fault| fault.at.start);
        self.0
    }
}

impl Fault {
    pub(crate) fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }

    /// Adds "did you mean", or else everything that would do.
    pub(crate) fn one_of<'k>(
        &mut self,
        wrong: &str,
        known: impl IntoIterator<Item = &'k str> + Clone,
    ) {
        let list = || known.clone().into_iter().map(|it| format!("`{it}`")).collect::<Vec<_>>();
        self.help(match closest(wrong, known.clone()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("known here: {}", list().join(", ")),
        });
    }
}

/// The known word that is one slip away for every three letters of `wrong`.
pub(crate) fn closest<'k>(
    wrong: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    let slips_max = (wrong.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(wrong, word), word))
        .filter(|(slips, _)| *slips <= slips_max)
        .min()
        .map(|(_, word)| word)
}

/// Line and column, both from 1, of a place in a text; columns count characters.
pub fn line_and_column(text: &str, place: usize) -> (usize, usize) {
    let mut place = place.min(text.len());
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    let before = &text[..place];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
