//! Names that a data centre gave out: buildings, collectors, energy items.

use std::fmt;

/// Why a name is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdFault {
    /// Of a building.
    #[error("a building id is 1 to 32 letters and digits, such as 310101D064")]
    Building,
    /// Of a collector.
    #[error("a gateway id is 1 to 32 letters, digits, `-` and `_`, such as 01")]
    Gateway,
    /// Of a data centre.
    #[error("a data centre's number is 6 digits, such as 310000")]
    Centre,
    /// Of an energy item.
    #[error("an item code is 5 letters and digits, such as 01A10")]
    Item,
}

/// A building's code: 6 digits of the district, a letter of its kind (`D` for culture and education) and
/// 3 digits in the samples that were seen; centres that give out longer ones exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildingId(String);

/// A collector's number within its building.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GatewayId(String);

/// An energy item: kind of energy (2), item (1), first and second sub-item (1 each).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemCode([u8; 5]);

/// A data centre's number, given out by the ministry: 6 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CentreId(u32);

impl CentreId {
    /// # Errors
    /// When `text` is no such number.
    pub fn new(text: &str) -> Result<Self, IdFault> {
        let good = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| good);
        number.map(Self).ok_or(IdFault::Centre)
    }
}

impl fmt::Display for CentreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl BuildingId {
    /// # Errors
    /// When `text` is no such name.
    pub fn new(text: &str) -> Result<Self, IdFault> {
        let good =
            (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        good.then(|| Self(text.to_owned())).ok_or(IdFault::Building)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl GatewayId {
    /// # Errors
    /// When `text` is no such name.
    pub fn new(text: &str) -> Result<Self, IdFault> {
        let may = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let good = (1..=32).contains(&text.len()) && text.bytes().all(may);
        good.then(|| Self(text.to_owned())).ok_or(IdFault::Gateway)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ItemCode {
    /// # Errors
    /// When `text` is no such code.
    pub fn new(text: &str) -> Result<Self, IdFault> {
        let bytes: [u8; 5] = text.as_bytes().try_into().map_err(|_| IdFault::Item)?;
        let good = bytes.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        good.then_some(Self(bytes)).ok_or(IdFault::Item)
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        // Checked above: digits and capital letters.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for BuildingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for GatewayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ItemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ItemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_centres_give_out_and_nothing_that_could_be_markup() {
        assert!(BuildingId::new("310101A064").is_ok() && BuildingId::new("PT310107BZ4054").is_ok());
        assert_eq!(BuildingId::new("310101/64"), Err(IdFault::Building));
        assert_eq!(BuildingId::new(""), Err(IdFault::Building));
        assert!(GatewayId::new("01").is_ok() && GatewayId::new("GW-001").is_ok());
        assert_eq!(GatewayId::new("<a>"), Err(IdFault::Gateway));
        assert_eq!(ItemCode::new("01A10").map(|code| code.to_string()), Ok("01A10".to_owned()));
        for wrong in ["01A1", "01A100", "01a10", "01A1<"] {
            assert_eq!(ItemCode::new(wrong), Err(IdFault::Item), "{wrong}");
        }
    }
}
