//! Reads values of one section by its keys; what does not fit becomes a fault, and reading goes on.

mod numbers;

use super::fault::{Faults, Span, closest};
use super::keys::{FILE, Key, Need, Section, Takes};
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use wire::{BadId, Id};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct At<T> {
    pub is: T,
    pub at: Span,
}

/// One section of the file.
pub struct Table<'t> {
    section: &'static Section,
    /// All sections of the file.
    root: &'static Section,
    values: &'t DeTable<'t>,
    /// Where a fault of the whole section is shown: its header.
    pub at: Span,
    /// The file, to find places within a text.
    text: &'t str,
}

impl<'t> Table<'t> {
    /// The file itself.
    pub fn file(values: &'t DeTable<'t>, text: &'t str, faults: &mut Faults) -> Self {
        Self::root(&FILE, values, text, faults)
    }

    /// Another file, with the sections of `root`.
    pub fn root(
        root: &'static Section,
        values: &'t DeTable<'t>,
        text: &'t str,
        faults: &mut Faults,
    ) -> Self {
        Self::open((root, root), values, 0..0, text, faults)
    }

    fn open(
        (section, root): (&'static Section, &'static Section),
        values: &'t DeTable<'t>,
        at: Span,
        text: &'t str,
        faults: &mut Faults,
    ) -> Self {
        let table = Self { section, root, values, at, text };
        table.refuse_unknown(faults);
        table
    }

    fn refuse_unknown(&self, faults: &mut Faults) {
        for key in self.values.keys() {
            let name = key.get_ref().as_ref();
            if self.section.key(name).is_some() {
                continue;
            }
            let title = match self.section.name {
                "" => format!("unknown section `{name}`"),
                _ => format!("unknown key `{name}` in {}", self.section.title()),
            };
            let known: Vec<_> = self.section.keys.iter().map(|key| key.name).collect();
            let help = if let Some(close) = closest(name, known.iter().copied()) {
                format!("did you mean `{close}`?")
            } else if let Some(home) = self.root.all().into_iter().find(|it| it.key(name).is_some())
            {
                format!("`{name}` belongs into {}", home.title())
            } else {
                format!("known here: {}", known.join(", "))
            };
            faults.add(&key.span(), title).help(help);
        }
    }

    /// The value of a key; a required one that is not there is a fault.
    fn get(
        &self,
        name: &str,
        faults: &mut Faults,
    ) -> Option<(&'static Key, &'t Spanned<DeValue<'t>>)> {
        let key = self.section.key(name)?;
        let value = self.values.get(name);
        if value.is_none() && matches!(key.need, Need::Required) {
            self.miss(key, faults);
        }
        value.map(|value| (key, value))
    }

    /// Notes that a key is not there which must be, as others of the section stand.
    pub fn require(&self, name: &str, faults: &mut Faults) {
        if let Some(key) = self.section.key(name).filter(|_| !self.has(name)) {
            self.miss(key, faults);
        }
    }

    fn miss(&self, key: &Key, faults: &mut Faults) {
        let fault = match key.takes {
            Takes::Sections(section) => {
                faults.add(&self.at, format!("the section {} is missing", section.title()))
            }
            _ => faults.add(&self.at, format!("{} has no `{}`", self.section.title(), key.name)),
        };
        if !key.says.is_empty() {
            fault.help(format!("`{}`: {}", key.name, key.says));
        }
    }

    fn wrong_kind(
        &self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        wanted: &str,
        faults: &mut Faults,
    ) {
        let is = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time without quotes",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a section",
        };
        faults
            .add(&value.span(), format!("`{name}` takes {wanted}"))
            .label(format!("this is {is}"));
    }

    /// Whether the key is there, whatever its value.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Where a key's value stands; the section's header when it is not there.
    pub fn place(&self, name: &str) -> Span {
        self.values.get(name).map_or_else(|| self.at.clone(), Spanned::span)
    }

    /// A text.
    pub fn text(&self, name: &str, faults: &mut Faults) -> Option<At<&'t str>> {
        let (_, value) = self.get(name, faults)?;
        match value.get_ref() {
            DeValue::String(text) => Some(At { is: text, at: value.span() }),
            _ => {
                self.wrong_kind(name, value, "a text in quotes", faults);
                None
            }
        }
    }

    /// A name for people: 1 to 64 characters, none of them a control character.
    pub fn name(&self, name: &str, faults: &mut Faults) -> Option<String> {
        self.line(name, 64, faults)
    }

    /// One line of 1 to `most` characters, none of them a control character.
    pub fn line(&self, name: &str, most: usize, faults: &mut Faults) -> Option<String> {
        let text = self.text(name, faults)?;
        let count = text.is.chars().count();
        if !(1..=most).contains(&count) {
            faults
                .add(&text.at, format!("`{name}` has 1 to {most} characters"))
                .label(format!("this has {count}"));
            None
        } else if text.is.contains(char::is_control) {
            faults.add(&text.at, format!("`{name}` is one line without control characters"));
            None
        } else {
            Some(text.is.to_owned())
        }
    }

    /// An identifier.
    pub fn id(&self, name: &str, faults: &mut Faults) -> Option<At<Id>> {
        let text = self.text(name, faults)?;
        let id = self.check_id(text.is, 0, &text, faults)?;
        Some(At { is: id, at: text.at })
    }

    /// `building`, or `building/room`, of a list or a key.
    pub fn place_of(&self, text: &At<&str>, faults: &mut Faults) -> Option<(Id, Option<Id>)> {
        let Some((building, room)) = text.is.split_once('/') else {
            return Some((self.check_id(text.is, 0, text, faults)?, None));
        };
        let building_id = self.check_id(building, 0, text, faults);
        let room_id = self.check_id(room, building.len() + 1, text, faults);
        Some((building_id?, Some(room_id?)))
    }

    /// A day, `2026-01-31`.
    pub fn day(&self, name: &str, faults: &mut Faults) -> Option<At<jiff::civil::Date>> {
        let text = self.text(name, faults)?;
        super::dates::date(&text, faults)
    }

    /// `building/room`.
    pub fn room(&self, name: &str, faults: &mut Faults) -> Option<At<(Id, Id)>> {
        let text = self.text(name, faults)?;
        let Some((building, room)) = text.is.split_once('/') else {
            faults
                .add(&text.at, format!("`{}` is no room", text.is))
                .help("a room is written `building/room`, for example `science/101`");
            return None;
        };
        let building_id = self.check_id(building, 0, &text, faults);
        let room_id = self.check_id(room, building.len() + 1, &text, faults);
        Some(At { is: (building_id?, room_id?), at: text.at })
    }

    /// Checks the identifier `part`, which stands `skip` bytes into `whole`.
    fn check_id(
        &self,
        part: &str,
        skip: usize,
        whole: &At<&str>,
        faults: &mut Faults,
    ) -> Option<Id> {
        let bad = match Id::new(part) {
            Ok(id) => return Some(id),
            Err(bad) => bad,
        };
        let title = format!("`{part}` is no identifier");
        match bad {
            BadId::Character(at) => {
                let character = part[at..].chars().next().unwrap_or(' ');
                let label = match character {
                    '-' => "`-` may not come first".to_owned(),
                    it if it.is_ascii_uppercase() => format!("`{it}` is a capital letter"),
                    it => format!("`{it}` is not allowed"),
                };
                let place = self.within(whole, skip + at, character.len_utf8());
                let fault = faults.add(&place, title);
                fault.label(label).help(suggested_id(part));
            }
            BadId::Empty => {
                faults.add(&whole.at, title).label("nothing here");
            }
            BadId::TooLong => {
                faults
                    .add(&whole.at, title)
                    .label(format!("{} characters; 32 are the most", part.chars().count()));
            }
        }
        None
    }

    /// Where `length` bytes at `skip` of a text stand in the file; the whole text when it is written
    /// with escapes, so that places cannot be counted.
    fn within(&self, whole: &At<&str>, skip: usize, length: usize) -> Span {
        let quoted = self.text.get(whole.at.clone()).unwrap_or("");
        match quoted.find(whole.is) {
            Some(quote) => {
                let start = whole.at.start + quote + skip;
                start..start + length
            }
            None => whole.at.clone(),
        }
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &str, faults: &mut Faults) -> Option<At<bool>> {
        let (_, value) = self.get(name, faults)?;
        match value.get_ref().as_bool() {
            Some(is) => Some(At { is, at: value.span() }),
            None => {
                self.wrong_kind(name, value, "`true` or `false`", faults);
                None
            }
        }
    }

    /// A list of texts.
    pub fn texts(&self, name: &str, faults: &mut Faults) -> Option<At<Vec<At<&'t str>>>> {
        let (_, value) = self.get(name, faults)?;
        let DeValue::Array(list) = value.get_ref() else {
            self.wrong_kind(name, value, "a list of texts in quotes", faults);
            return None;
        };
        let mut texts = Vec::with_capacity(list.len());
        for one in list.iter() {
            match one.get_ref() {
                DeValue::String(text) => texts.push(At { is: text.as_ref(), at: one.span() }),
                _ => self.wrong_kind(name, one, "a list of texts in quotes", faults),
            }
        }
        Some(At { is: texts, at: value.span() })
    }

    /// A text that `T` can be made of; `looks` says what it looks like.
    pub fn parsed<T: FromStr>(
        &self,
        name: &str,
        looks: &str,
        faults: &mut Faults,
    ) -> Option<At<T>> {
        let text = self.text(name, faults)?;
        match text.is.parse() {
            Ok(is) => Some(At { is, at: text.at }),
            Err(_) => {
                faults
                    .add(&text.at, format!("`{name}` cannot be `{}`", text.is))
                    .help(format!("it looks like `{looks}`"));
                None
            }
        }
    }

    /// The section under a key.
    pub fn section(&self, name: &str, faults: &mut Faults) -> Option<Table<'t>> {
        let (key, value) = self.get(name, faults)?;
        let Takes::Sections(section) = key.takes else { return None };
        match value.get_ref() {
            DeValue::Table(values) => {
                Some(Self::open((section, self.root), values, value.span(), self.text, faults))
            }
            _ => {
                self.wrong_kind(name, value, &format!("a section {}", section.title()), faults);
                None
            }
        }
    }

    /// The sections under a key that may come any number of times.
    pub fn sections(&self, name: &str, faults: &mut Faults) -> Vec<Table<'t>> {
        let Some((key, value)) = self.get(name, faults) else { return Vec::new() };
        let Takes::Sections(section) = key.takes else { return Vec::new() };
        let wanted = format!("sections {}", section.title());
        let DeValue::Array(list) = value.get_ref() else {
            self.wrong_kind(name, value, &wanted, faults);
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(list.len());
        for one in list.iter() {
            match one.get_ref() {
                DeValue::Table(values) => {
                    let of = (section, self.root);
                    tables.push(Self::open(of, values, one.span(), self.text, faults));
                }
                _ => self.wrong_kind(name, one, &wanted, faults),
            }
        }
        tables
    }
}

/// What the writer may have meant: small letters, and `-` for everything that is not allowed.
fn suggested_id(wrong: &str) -> String {
    let rule = "an identifier has 1 to 32 of a-z, 0-9 and `-`, no `-` in front";
    let mapped: String = wrong
        .to_lowercase()
        .chars()
        .map(|it| if it.is_ascii_lowercase() || it.is_ascii_digit() { it } else { '-' })
        .collect();
    match Id::new(mapped.trim_matches('-')) {
        Ok(id) if wrong.is_ascii() => format!("{rule}: `{id}`"),
        _ => rule.to_owned(),
    }
}
