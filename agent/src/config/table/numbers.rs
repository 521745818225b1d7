//! Numbers of a section: whole, in lists, and decimal without loss.

use super::{At, Table};
use crate::config::fault::Faults;
use crate::config::keys::{Key, Need, Takes};
use std::borrow::Cow;
use toml::Spanned;
use toml::de::DeValue;

/// Decimals of what [`Table::decimal`] answers: millionths.
const PLACES: usize = 6;

impl Table<'_> {
    /// A whole number within the range of its key.
    pub fn whole(&self, name: &str, faults: &mut Faults) -> Option<At<u32>> {
        let (key, value) = self.get(name, faults)?;
        let Takes::Whole(min, max) = key.takes else { return None };
        self.whole_of(key, value, (min, max), faults)
    }

    /// A list of whole numbers within the range of their key.
    pub fn wholes(&self, name: &str, faults: &mut Faults) -> Option<At<Vec<At<u32>>>> {
        let (key, value) = self.get(name, faults)?;
        let Takes::Wholes(min, max) = key.takes else { return None };
        let DeValue::Array(list) = value.get_ref() else {
            let wanted = format!("a list of whole numbers from {min} to {max}");
            self.wrong_kind(name, value, &wanted, faults);
            return None;
        };
        let each = list.iter().filter_map(|one| self.whole_of(key, one, (min, max), faults));
        Some(At { is: each.collect(), at: value.span() })
    }

    fn whole_of(
        &self,
        key: &Key,
        value: &Spanned<DeValue<'_>>,
        (min, max): (i64, i64),
        faults: &mut Faults,
    ) -> Option<At<u32>> {
        let DeValue::Integer(digits) = value.get_ref() else {
            let wanted = format!("a whole number from {min} to {max}");
            self.wrong_kind(key.name, value, &wanted, faults);
            return None;
        };
        let number = i64::from_str_radix(digits.as_str(), digits.radix()).ok();
        match number.filter(|number| (min..=max).contains(number)) {
            Some(number) => Some(At { is: u32::try_from(number).ok()?, at: value.span() }),
            None => {
                out_of_range(key, value, &format!("{min} to {max}"), faults);
                None
            }
        }
    }

    /// A decimal number within the range of its key, in millionths; written as a number or as a
    /// text, and never taken for a binary fraction on the way.
    pub fn decimal(&self, name: &str, faults: &mut Faults) -> Option<At<i64>> {
        let (key, value) = self.get(name, faults)?;
        let Takes::Decimal(min, max, places) = key.takes else { return None };
        let range = format!("{min} to {max}");
        let digits: Cow<'_, str> = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().into(),
            DeValue::Float(number) => number.as_str().into(),
            DeValue::String(text) => text.as_ref().into(),
            _ => {
                self.wrong_kind(name, value, &format!("a number from {range}"), faults);
                return None;
            }
        };
        let below = |is: i64| micro(min, places).is_ok_and(|min| is < min);
        let above = |is: i64| micro(max, places).is_ok_and(|max| is > max);
        match micro(&digits, places) {
            Ok(is) if !below(is) && !above(is) => return Some(At { is, at: value.span() }),
            Ok(_) | Err(Unfit::Large) => out_of_range(key, value, &range, faults),
            Err(Unfit::Decimals) => {
                faults.add(&value.span(), format!("`{name}` has at most {places} decimals"));
            }
            Err(Unfit::Digits) => {
                faults
                    .add(&value.span(), format!("`{name}` takes a number from {range}"))
                    .label("digits and a point, like `0.6375`");
            }
        }
        None
    }

    /// A text, or the digits of a whole number.
    pub fn word(&self, name: &str, faults: &mut Faults) -> Option<At<String>> {
        let (key, value) = self.get(name, faults)?;
        let Takes::Word(wanted) = key.takes else { return None };
        let is = match value.get_ref() {
            DeValue::String(text) => text.as_ref().to_owned(),
            DeValue::Integer(number) => {
                i128::from_str_radix(number.as_str(), number.radix()).ok()?.to_string()
            }
            _ => {
                self.wrong_kind(name, value, wanted, faults);
                return None;
            }
        };
        Some(At { is, at: value.span() })
    }
}

fn out_of_range(key: &Key, value: &Spanned<DeValue<'_>>, range: &str, faults: &mut Faults) {
    let name = key.name;
    faults.add(&value.span(), format!("`{name}` is out of range")).label(range).help(
        match key.need {
            Need::Default(usual) => format!("`{name}`: {}; usually {usual}", key.says),
            _ => format!("`{name}`: {}", key.says),
        },
    );
}

/// Why a text is no number of millionths.
enum Unfit {
    Digits,
    Decimals,
    Large,
}

/// Millionths of a decimal number with at most `places` decimals.
fn micro(text: &str, places: usize) -> Result<i64, Unfit> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let good = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    if !good(whole) || !good(fraction) {
        return Err(Unfit::Digits);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > places.min(PLACES) {
        return Err(Unfit::Decimals);
    }
    let micro: i64 = format!("{whole}{fraction:0<PLACES$}").parse().map_err(|_| Unfit::Large)?;
    Ok(if negative { -micro } else { micro })
}
