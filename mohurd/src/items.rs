//! The dictionary of energy items, as data, with what a hub changes in it.

use crate::ids::ItemCode;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is built in.
const SHIPPED: &str = include_str!("../item-codes.toml");

/// Codes and what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Items(BTreeMap<ItemCode, Item>);

/// What a code means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Five characters.
    code: String,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
    /// Of its values.
    pub unit: Unit,
}

/// Units of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Unit {
    /// Kilowatt-hours.
    #[serde(rename = "kWh")]
    Kwh,
    /// Cubic metres.
    #[serde(rename = "m3")]
    CubicMetre,
    /// Gigajoules.
    #[serde(rename = "GJ")]
    Gigajoule,
    /// Tonnes.
    #[serde(rename = "t")]
    Tonne,
}

/// Why a dictionary is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ItemsFault(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    source: Vec<String>,
    item: Vec<Item>,
}

impl Items {
    /// What is built in.
    pub fn shipped() -> Self {
        // A test reads it.
        Self::parse(SHIPPED).unwrap_or(Self(BTreeMap::new()))
    }

    /// From a file.
    ///
    /// # Errors
    /// What is wrong, with line and column, or which code.
    pub fn parse(text: &str) -> Result<Self, ItemsFault> {
        let written: Written =
            toml::from_str(text).map_err(|fault| ItemsFault(fault.to_string()))?;
        if written.source.is_empty() {
            return Err(ItemsFault("`source` must say where the codes are from".into()));
        }
        let mut items = BTreeMap::new();
        for item in written.item {
            let code = ItemCode::new(&item.code);
            let code = code.map_err(|fault| ItemsFault(format!("`{}`: {fault}", item.code)))?;
            if items.insert(code, item).is_some() {
                return Err(ItemsFault(format!("`{code}` stands there twice")));
            }
        }
        Ok(Self(items))
    }

    /// These, and over them what a hub says.
    #[must_use]
    pub fn changed_by(mut self, hub: Self) -> Self {
        self.0.extend(hub.0);
        self
    }

    /// What a code means, if anybody said so.
    pub fn get(&self, code: ItemCode) -> Option<&Item> {
        self.0.get(&code)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (ItemCode, &Item)> {
        self.0.iter().map(|(code, item)| (*code, item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_has_what_a_school_needs_and_a_hub_changes_it() {
        let items = Items::parse(SHIPPED).expect("what is shipped is read");
        let code = |text| ItemCode::new(text).expect("a code");
        assert_eq!(items.get(code("01A10")).map(|item| item.en.as_str()), Some("indoor lighting"));
        assert_eq!(items.get(code("02000")).map(|item| item.unit), Some(Unit::CubicMetre));
        assert_eq!(items.get(code("01E00")), None);
        assert_eq!(items.iter().count(), SHIPPED.matches("[[item]]").count());
        let hub = "source = [\"letter of the district\"]\n[[item]]\ncode = \"01E00\"\nen = \"transformer\"\nzh = \"变压器\"\nunit = \"kWh\"";
        let changed = items.changed_by(Items::parse(hub).expect("a dictionary"));
        assert!(changed.get(code("01E00")).is_some() && changed.get(code("01A10")).is_some());
    }

    #[test]
    fn a_wrong_dictionary_is_refused_with_its_place() {
        let check = |text: &str, says: &str| {
            let fault = Items::parse(text).expect_err("a fault").to_string();
            assert!(fault.contains(says), "{fault}");
        };
        let item = "[[item]]\ncode = \"01A10\"\nen = \"a\"\nzh = \"b\"\nunit = \"kWh\"\n";
        check(&format!("source = []\n{item}"), "source");
        check(&format!("source = [\"x\"]\n{item}{item}"), "twice");
        check(&format!("source = [\"x\"]\n{}", item.replace("01A10", "1")), "5 letters");
        check(&format!("source = [\"x\"]\n{}", item.replace("kWh", "BTU")), "line");
    }
}
