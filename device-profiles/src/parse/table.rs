//! Reads values of one table by its keys; what does not fit becomes a fault, and reading goes on.

use crate::decimal::Decimal;
use crate::fault::{Faults, Span};
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One table of the file: `[bus]`, `[[register]]`, or `{ … }`.
pub struct Table<'t> {
    values: &'t DeTable<'t>,
    /// Where a fault of the whole table is shown: its header.
    pub at: Span,
    /// As it is named in faults.
    title: String,
    keys: &'static [&'static str],
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct At<T> {
    pub is: T,
    pub at: Span,
}

impl<'t> Table<'t> {
    /// Takes a table that may have `keys`; every other key is a fault.
    pub fn open(
        values: &'t DeTable<'t>,
        at: Span,
        title: impl Into<String>,
        keys: &'static [&'static str],
        faults: &mut Faults,
    ) -> Self {
        let table = Self { values, at, title: title.into(), keys };
        for key in values.keys() {
            let name = key.get_ref().as_ref();
            if !keys.contains(&name) {
                let fault =
                    faults.add(&key.span(), format!("unknown key `{name}` in {}", table.title));
                fault.one_of(name, keys.iter().copied());
            }
        }
        table
    }

    /// Whether the key is there.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Where a key's value stands; the table's header when it is not there.
    pub fn place(&self, name: &str) -> Span {
        self.values.get(name).map_or_else(|| self.at.clone(), Spanned::span)
    }

    /// Notes a fault for each of `names` that is there.
    pub fn refuse(&self, names: &[&str], why: &str, faults: &mut Faults) {
        for name in names.iter().filter(|name| self.has(name)) {
            faults.add(&self.place(name), format!("`{name}` has no place here")).help(why);
        }
    }

    /// Notes a fault when the key is not there.
    pub fn require(&self, name: &str, faults: &mut Faults) -> bool {
        if !self.has(name) {
            faults.add(&self.at, format!("{} has no `{name}`", self.title));
        }
        self.has(name)
    }

    fn get(&self, name: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        debug_assert!(self.keys.contains(&name), "`{name}` is read, and not known");
        self.values.get(name)
    }

    /// A text that is not empty.
    pub fn text(&self, name: &str, faults: &mut Faults) -> Option<At<&'t str>> {
        let value = self.get(name)?;
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => {
                Some(At { is: text, at: value.span() })
            }
            _ => wrong(name, value, "a text in quotes, not an empty one", faults),
        }
    }

    /// A word of a closed list.
    pub fn word<T>(
        &self,
        name: &str,
        from_name: impl Fn(&str) -> Option<T>,
        known: impl Iterator<Item = &'static str> + Clone,
        faults: &mut Faults,
    ) -> Option<At<T>> {
        let text = self.text(name, faults)?;
        match from_name(text.is) {
            Some(is) => Some(At { is, at: text.at }),
            None => {
                let fault = faults.add(&text.at, format!("`{name}` cannot be `{}`", text.is));
                fault.one_of(text.is, known);
                None
            }
        }
    }

    /// A whole number.
    pub fn whole(
        &self,
        name: &str,
        range: RangeInclusive<i64>,
        faults: &mut Faults,
    ) -> Option<At<i64>> {
        let value = self.get(name)?;
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        match whole_of(value).filter(|number| range.contains(number)) {
            Some(is) => Some(At { is, at: value.span() }),
            None => wrong(name, value, &wanted, faults),
        }
    }

    /// A word of 16 bits.
    pub fn word16(&self, name: &str, faults: &mut Faults) -> Option<At<u16>> {
        let At { is, at } = self.whole(name, 0..=0xFFFF, faults)?;
        Some(At { is: u16::try_from(is).ok()?, at })
    }

    /// A small number.
    pub fn byte(
        &self,
        name: &str,
        range: RangeInclusive<u8>,
        faults: &mut Faults,
    ) -> Option<At<u8>> {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        let At { is, at } = self.whole(name, range, faults)?;
        Some(At { is: u8::try_from(is).ok()?, at })
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &str, faults: &mut Faults) -> Option<bool> {
        let value = self.get(name)?;
        match value.get_ref() {
            DeValue::Boolean(is) => Some(*is),
            _ => wrong(name, value, "`true` or `false`", faults),
        }
    }

    /// An exact decimal, with quotes or without.
    pub fn decimal(&self, name: &str, faults: &mut Faults) -> Option<At<Decimal>> {
        let value = self.get(name)?;
        let read = match value.get_ref() {
            DeValue::String(text) => Decimal::parse(text),
            DeValue::Float(float) => Decimal::parse(float.as_str()),
            DeValue::Integer(_) => whole_of(value).and_then(|it| Decimal::parse(&it.to_string())),
            _ => None,
        };
        match read {
            Some(is) => Some(At { is, at: value.span() }),
            None => wrong(name, value, "a decimal like `0.01`, up to 15 digits", faults),
        }
    }

    /// A list; each of its values is `wanted`, and made by `make`.
    pub fn list<T>(
        &self,
        name: &str,
        wanted: &str,
        make: impl Fn(&DeValue<'_>) -> Option<T>,
        faults: &mut Faults,
    ) -> Option<Vec<T>> {
        let value = self.get(name)?;
        let DeValue::Array(values) = value.get_ref() else {
            return wrong(name, value, &format!("a list of {wanted}"), faults);
        };
        if values.is_empty() {
            return wrong(name, value, &format!("a list of {wanted}, not an empty one"), faults);
        }
        let mut list = Vec::with_capacity(values.len());
        for one in values.iter() {
            match make(one.get_ref()) {
                Some(made) => list.push(made),
                None => {
                    let _ = wrong::<T>(name, one, &format!("a list of {wanted}"), faults);
                }
            }
        }
        (list.len() == values.len()).then_some(list)
    }

    /// The table under a key.
    pub fn table(
        &self,
        name: &str,
        keys: &'static [&'static str],
        faults: &mut Faults,
    ) -> Option<Table<'t>> {
        let value = self.get(name)?;
        match value.get_ref() {
            DeValue::Table(values) => {
                Some(Self::open(values, value.span(), format!("`{name}`"), keys, faults))
            }
            _ => wrong(name, value, "a table of keys", faults),
        }
    }

    /// The tables under a key that may come any number of times.
    pub fn tables(
        &self,
        name: &str,
        keys: &'static [&'static str],
        faults: &mut Faults,
    ) -> Vec<Table<'t>> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let wanted = format!("tables: each starts with `[[{name}]]`");
        let DeValue::Array(list) = value.get_ref() else {
            return wrong(name, value, &wanted, faults).unwrap_or_default();
        };
        let mut tables = Vec::with_capacity(list.len());
        for one in list.iter() {
            if let DeValue::Table(values) = one.get_ref() {
                let title = format!("`[[{name}]]`");
                tables.push(Self::open(values, one.span(), title, keys, faults));
            } else {
                let _ = wrong::<()>(name, one, &wanted, faults);
            }
        }
        tables
    }
}

/// A whole number as TOML writes it, in any base.
pub fn whole_of(value: &Spanned<DeValue<'_>>) -> Option<i64> {
    let digits = value.get_ref().as_integer()?;
    i64::from_str_radix(digits.as_str(), digits.radix()).ok()
}

/// A word of 16 bits in a list: a number, or a text like `0x4366`.
pub fn word_of(value: &DeValue<'_>) -> Option<u16> {
    u16::try_from(bits_of(value)?).ok()
}

/// Up to 64 bits: a number, or a text like `0x7FFFFFFF`.
pub fn bits_of(value: &DeValue<'_>) -> Option<u64> {
    match value {
        DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok(),
        DeValue::String(text) => match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        },
        _ => None,
    }
}

fn wrong<T>(
    name: &str,
    value: &Spanned<DeValue<'_>>,
    wanted: &str,
    faults: &mut Faults,
) -> Option<T> {
    let is = match value.get_ref() {
        DeValue::String(text) => format!("the text `{text}`"),
        DeValue::Integer(digits) => format!("the number {digits}"),
        DeValue::Float(float) => format!("the number {float}"),
        DeValue::Boolean(is) => format!("`{is}`"),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    };
    faults.add(&value.span(), format!("`{name}` takes {wanted}")).help(format!("this is {is}"));
    None
}
