//! What is wrong with a configuration, all of it at once, shown where it stands.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// Bytes of the file, from and to.
pub type Span = Range<usize>;

/// More faults than this are counted, not shown: nobody reads them before repairing the first.
const SHOWN_MAX: usize = 20;

/// Why there is no configuration.
#[derive(Debug)]
pub enum ConfigError {
    /// The file cannot be read.
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the operating system says, or what is wrong with its bytes.
        why: String,
    },
    /// It was read, and is wrong.
    Faulty {
        /// Name of the file, for the messages.
        name: String,
        /// What stands in it.
        text: String,
        /// Every fault, in the order of the file; never empty.
        faults: Vec<Fault>,
    },
    /// Several files are wrong; at least two, none of them several again.
    Several(Vec<ConfigError>),
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, as a sentence without a full stop.
    pub title: String,
    /// Where.
    pub at: Span,
    /// A few words beside the place; may be empty.
    pub label: String,
    /// A second place that belongs to it.
    pub also: Option<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
}

/// A fault for programs: where it starts, what it is, what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'e> {
    /// Name of the file.
    pub file: &'e str,
    /// Line from 1; 0 when the file cannot be read.
    pub line: usize,
    /// Column from 1, in characters; 0 when the file cannot be read.
    pub column: usize,
    /// What is wrong.
    pub title: &'e str,
    /// What to do.
    pub help: Option<&'e str>,
}

/// Collects faults while the file is read to its end.
#[derive(Default)]
pub struct Faults {
    faults: Vec<Fault>,
    warnings: Vec<(Span, String)>,
    /// Of files that this one names.
    others: Vec<ConfigError>,
    other_warnings: Vec<String>,
}

impl Faults {
    /// Notes a fault; the answer lets places and help be added.
    pub fn add(&mut self, at: &Span, title: impl Into<String>) -> &mut Fault {
        self.faults.push(Fault {
            title: title.into(),
            at: at.clone(),
            label: String::new(),
            also: None,
            help: None,
        });
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    /// Notes what is allowed but should be known.
    pub fn warn(&mut self, at: &Span, sentence: String) {
        self.warnings.push((at.clone(), sentence));
    }

    /// Gives out the warnings in the order of the file, each with its line.
    pub fn warnings(&mut self, name: &str, text: &str) -> Vec<String> {
        let mut warnings = std::mem::take(&mut self.warnings);
        warnings.sort_by_key(|(at, _)| at.start);
        let shown = warnings.into_iter().map(|(at, sentence)| {
            let line = text[..clamp(&at, text).start].matches('\n').count() + 1;
            format!("{name}:{line}: {sentence}")
        });
        shown.chain(std::mem::take(&mut self.other_warnings)).collect()
    }

    /// Gives out all of them in the order of the file; `Ok` when there are none.
    pub fn close(&mut self, name: &str, text: &str) -> Result<(), ConfigError> {
        let mut faults = std::mem::take(&mut self.faults);
        faults.sort_by_key(|fault| fault.at.start);
        let own = ConfigError::Faulty { name: name.into(), text: text.into(), faults };
        let mut all = vec![own];
        all.retain(|error| error.count() > 0);
        all.append(&mut self.others);
        match all.len() {
            0 => Ok(()),
            1 => Err(all.remove(0)),
            _ => Err(ConfigError::Several(all)),
        }
    }

    /// Takes over what was found in a file that this one names.
    pub fn take(&mut self, mut other: Self, name: &str, text: &str) {
        let warnings = other.warnings(name, text);
        self.other_warnings.extend(warnings);
        match other.close(name, text) {
            Ok(()) => {}
            Err(ConfigError::Several(all)) => self.others.extend(all),
            Err(one) => self.others.push(one),
        }
    }
}

impl Fault {
    pub(super) fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = label.into();
        self
    }

    pub(super) fn also(&mut self, at: &Span, label: impl Into<String>) -> &mut Self {
        self.also = Some((at.clone(), label.into()));
        self
    }

    pub(super) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Adds "did you mean", when something known is close enough.
    pub(super) fn closest<'k>(
        &mut self,
        wrong: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> &mut Self {
        if let Some(close) = closest(wrong, known) {
            self.help(format!("did you mean `{close}`?"));
        }
        self
    }

    fn render(&self, name: &str, text: &str) -> String {
        let label = (!self.label.is_empty()).then_some(self.label.as_str());
        let mut snippet = Snippet::source(text)
            .path(name)
            .annotation(AnnotationKind::Primary.span(clamp(&self.at, text)).label(label));
        if let Some((at, label)) = &self.also {
            let second = AnnotationKind::Context.span(clamp(at, text)).label(label.as_str());
            snippet = snippet.annotation(second);
        }
        let mut group = Level::ERROR.primary_title(self.title.as_str()).element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        Renderer::plain().render(&[group])
    }
}

/// The known word that is one slip away for every three letters of `wrong`.
pub fn closest<'k>(wrong: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let slips_max = (wrong.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(wrong, word), word))
        .filter(|(slips, _)| *slips <= slips_max)
        .min()
        .map(|(_, word)| word)
}

/// Keeps a span within the text and on the borders of characters, whatever the parser says.
fn clamp(at: &Span, text: &str) -> Span {
    let floor = |mut place: usize| {
        place = place.min(text.len());
        while !text.is_char_boundary(place) {
            place -= 1;
        }
        place
    };
    let start = floor(at.start);
    start..floor(at.end).max(start)
}

impl ConfigError {
    /// How many faults there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Unreadable { .. } => 1,
            Self::Faulty { faults, .. } => faults.len(),
            Self::Several(all) => all.iter().map(Self::count).sum(),
        }
    }

    /// All of them, for programs; [`fmt::Display`] shows them to people.
    pub fn found(&self) -> Vec<Found<'_>> {
        let (file, text, faults) = match self {
            Self::Unreadable { path, why } => {
                let file = path.to_str().unwrap_or("");
                return vec![Found { file, line: 0, column: 0, title: why, help: None }];
            }
            Self::Faulty { name, text, faults } => (name, text, faults),
            Self::Several(all) => return all.iter().flat_map(Self::found).collect(),
        };
        let found = faults.iter().map(|fault| {
            let before = &text[..clamp(&fault.at, text).start];
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            Found {
                file,
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                title: &fault.title,
                help: fault.help.as_deref(),
            }
        });
        found.collect()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, why } => {
                write!(f, "cannot read the configuration `{}`: {why}", path.display())
            }
            Self::Several(all) => {
                for (nth, error) in all.iter().enumerate() {
                    write!(f, "{}{error}", if nth > 0 { "\n\n" } else { "" })?;
                }
                Ok(())
            }
            Self::Faulty { name, text, faults } => {
                for fault in faults.iter().take(SHOWN_MAX) {
                    writeln!(f, "{}\n", fault.render(name, text))?;
                }
                match (faults.len(), faults.len().saturating_sub(SHOWN_MAX)) {
                    (1, _) => write!(f, "{name}: 1 fault"),
                    (count, 0) => write!(f, "{name}: {count} faults"),
                    (count, more) => write!(f, "{name}: {count} faults, {more} of them not shown"),
                }
            }
        }
    }
}

impl std::error::Error for ConfigError {}
