//! Faults of a TOML file, each shown where it stands, the way rustc shows them.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::de::DeserializeOwned;
use std::fmt;
use std::ops::Range;

/// Why there is no configuration: every fault, as rustc would show it.
#[derive(Debug)]
pub struct ConfigError(pub(crate) String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// One fault.
struct Fault {
    at: Range<usize>,
    title: String,
    help: Option<String>,
}

/// All that are wrong with a file.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// The value there is wrong; `help` may be empty.
    pub fn add(&mut self, at: Range<usize>, title: impl Into<String>, help: &str) {
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.0.push(Fault { at, title: title.into(), help });
    }
}

/// Reads `text`, which is called `name` in messages; `page` shows every key.
///
/// # Errors
/// Every fault, shown where it stands.
pub(crate) fn checked<F: DeserializeOwned, T>(
    text: &str,
    name: &str,
    page: &str,
    read: impl FnOnce(F, &mut Faults) -> Option<T>,
) -> Result<T, ConfigError> {
    let mut faults = Faults::default();
    let config = match toml::from_str::<F>(text) {
        Ok(file) => read(file, &mut faults),
        Err(error) => {
            let title = error.message().lines().next().unwrap_or_default().to_owned();
            let at = error.span().unwrap_or(0..0);
            faults.add(at, title, &format!("{page} shows every key"));
            None
        }
    };
    match config {
        Some(config) if faults.0.is_empty() => Ok(config),
        _ => Err(ConfigError(render(&faults.0, name, text))),
    }
}

fn render(faults: &[Fault], name: &str, text: &str) -> String {
    let mut out = String::new();
    for fault in faults {
        let clamp =
            |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        let (from, to) = (clamp(fault.at.start).unwrap_or(0), clamp(fault.at.end).unwrap_or(0));
        let snippet = Snippet::source(text)
            .path(name)
            .annotation(AnnotationKind::Primary.span(from..to.max(from)));
        let mut group = Level::ERROR.primary_title(fault.title.as_str()).element(snippet);
        if let Some(help) = &fault.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        out += &Renderer::plain().render(&[group]);
        out += "\n\n";
    }
    match faults.len() {
        1 => out + &format!("{name}: 1 fault"),
        count => out + &format!("{name}: {count} faults"),
    }
}
