//! Reads values of one table by its keys; what does not fit becomes a fault, and reading goes on.

use crate::fault::{Faults, Span};
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table of the file.
pub struct Table<'t> {
    values: &'t DeTable<'t>,
    /// Where a fault of the whole table is shown: its header.
    pub at: Span,
    /// As it is named in faults.
    title: &'static str,
    /// The file, to find places within a text.
    text: &'t str,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct At<T> {
    pub is: T,
    pub at: Span,
}

/// Longest reason, characters: one line of a page.
const REASON_CHARS_MAX: usize = 120;

impl<'t> Table<'t> {
    /// Takes a table that may have `keys`; every other key is a fault.
    pub fn open(
        values: &'t DeTable<'t>,
        at: Span,
        title: &'static str,
        keys: &[&'static str],
        text: &'t str,
        faults: &mut Faults,
    ) -> Self {
        for key in values.keys() {
            let name = key.get_ref().as_ref();
            if keys.contains(&name) {
                continue;
            }
            let fault = faults.add(&key.span(), format!("unknown key `{name}` in {title}"));
            match name {
                "lux" | "level_lx" => fault.help("did you mean `target_lx`?"),
                _ => fault.one_of(name, keys.iter().copied()),
            }
        }
        Self { values, at, title, text }
    }

    /// The tables under a key that may come any number of times; `title` is one of them.
    pub fn tables(
        &self,
        name: &str,
        title: &'static str,
        keys: &[&'static str],
        faults: &mut Faults,
    ) -> Vec<Self> {
        let Some(value) = self.values.get(name) else { return Vec::new() };
        let DeValue::Array(list) = value.get_ref() else {
            faults.add(
                &value.span(),
                format!("{title} stands below `[[{name}]]`, in double brackets"),
            );
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(list.len());
        for one in list.iter() {
            match one.get_ref() {
                DeValue::Table(values) => {
                    let open = Self::open(values, one.span(), title, keys, self.text, faults);
                    tables.push(open);
                }
                _ => wrong(name, one, "tables", faults),
            }
        }
        tables
    }

    /// Whether the key is there.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Where a key's value stands; the table's header when it is not there.
    pub fn place(&self, name: &str) -> Span {
        self.values.get(name).map_or_else(|| self.at.clone(), Spanned::span)
    }

    /// Notes a fault when the key is not there.
    pub fn require(&self, name: &str, faults: &mut Faults) {
        if self.has(name) {
            return;
        }
        let fault = faults.add(&self.at, format!("{} has no `{name}`", self.title));
        fault.help(match name {
            "where" => "for example `where = [\"science/*\"]`, or [\"*\"] for everything",
            "when" => "for example `when = 'occupied && co2_ppm > 1000'`",
            "ask" => "`set`, `min`, `max`, `off` or `hold`",
            "priority" => "`floor`, `demand_response`, `sweep`, `occupancy` or `daylight`",
            "expires_min" => "minutes that it outlives its condition when a sensor falls silent",
            "reason" => "a sentence for `campus room explain`: `{ en = \"…\", zh = \"…\" }`",
            _ => "a short name, for example `id = \"evening\"`",
        });
    }

    /// A text that is not empty.
    pub fn text(&self, name: &str, faults: &mut Faults) -> Option<At<&'t str>> {
        let value = self.values.get(name)?;
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => {
                Some(At { is: text, at: value.span() })
            }
            _ => {
                wrong(name, value, "a text in quotes, not an empty one", faults);
                None
            }
        }
    }

    /// A list of texts, or one text; not an empty one.
    pub fn texts(&self, name: &str, faults: &mut Faults) -> Option<Vec<At<&'t str>>> {
        let value = self.values.get(name)?;
        let DeValue::Array(list) = value.get_ref() else {
            return self.text(name, faults).map(|one| vec![one]);
        };
        let mut texts = Vec::with_capacity(list.len());
        for one in list.iter() {
            match one.get_ref() {
                DeValue::String(text) => texts.push(At { is: text.as_ref(), at: one.span() }),
                _ => wrong(name, one, "texts in quotes", faults),
            }
        }
        if list.is_empty() {
            wrong(name, value, "at least one text", faults);
        }
        (texts.len() == list.len() && !texts.is_empty()).then_some(texts)
    }

    /// A whole number.
    pub fn whole(
        &self,
        name: &str,
        range: RangeInclusive<i64>,
        faults: &mut Faults,
    ) -> Option<i64> {
        let value = self.values.get(name)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let fits = number.filter(|number| range.contains(number));
        if fits.is_none() {
            let wanted = format!("a whole number from {} to {}", range.start(), range.end());
            wrong(name, value, &wanted, faults);
        }
        fits
    }

    /// One line per language; a single text stands for both.
    pub fn languages(&self, name: &str, faults: &mut Faults) -> Option<(String, String)> {
        let value = self.values.get(name)?;
        let DeValue::Table(values) = value.get_ref() else {
            let both = line(&self.text(name, faults)?, faults)?;
            return Some((both.clone(), both));
        };
        let inner = Self::open(values, value.span(), "a reason", &["en", "zh"], self.text, faults);
        let mut say = |key: &str| inner.text(key, faults).and_then(|it| line(&it, faults));
        let (en, zh) = (say("en"), say("zh"));
        let either = en.clone().or_else(|| zh.clone());
        if either.is_none() && !inner.has("en") && !inner.has("zh") {
            wrong(name, value, "`en`, `zh` or both", faults);
        }
        Some((en.or_else(|| either.clone())?, zh.or(either)?))
    }

    /// Where `length` bytes at `skip` of a text stand in the file; the whole text when it is written
    /// with escapes, so that places cannot be counted.
    pub fn within(&self, whole: &At<&str>, skip: usize, length: usize) -> Span {
        let quoted = self.text.get(whole.at.clone()).unwrap_or("");
        match quoted.find(whole.is) {
            Some(quote) => {
                let start = whole.at.start + quote + skip;
                start..start + length
            }
            None => whole.at.clone(),
        }
    }
}

/// A line without control characters.
fn line(text: &At<&str>, faults: &mut Faults) -> Option<String> {
    let long = text.is.chars().count() > REASON_CHARS_MAX;
    if long || text.is.contains(char::is_control) {
        let title = format!("a reason is one line of at most {REASON_CHARS_MAX} characters");
        faults.add(&text.at, title);
        return None;
    }
    Some(text.is.to_owned())
}

fn wrong(name: &str, value: &Spanned<DeValue<'_>>, wanted: &str, faults: &mut Faults) {
    faults.add(&value.span(), format!("`{name}` takes {wanted}"));
}
