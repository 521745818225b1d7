//! What a meter shows, exact to the millionth.

use std::fmt;

/// A decimal number in millionths: collectors write six places, and a kilowatt-hour needs three to be
/// exact to the watt-hour. No float: `0.1 + 0.2` is no energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(i64);

impl Value {
    /// From millionths.
    pub const fn from_micro(micro: i64) -> Self {
        Self(micro)
    }

    /// Kilowatt-hours from watt-hours; nothing beyond 9.2 PWh.
    pub fn kwh_from_wh(wh: i64) -> Option<Self> {
        Some(Self(wh.checked_mul(1000)?))
    }

    /// Watt-hours, where the value is kilowatt-hours; nothing when it is finer than that.
    pub fn wh(self) -> Option<i64> {
        (self.0 % 1000 == 0).then_some(self.0 / 1000)
    }

    /// Millionths.
    pub const fn micro(self) -> i64 {
        self.0
    }

    /// `-12`, `675.17`, `675.170000`; nothing for anything else: no exponent, no NaN, nothing finer than
    /// a millionth.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 6 {
            return None;
        }
        let whole: i64 = whole.parse().ok()?;
        let micro: i64 = format!("{fraction:0<6}").parse().ok()?;
        let size = whole.checked_mul(1_000_000)?.checked_add(micro)?;
        Some(Self(if negative { -size } else { size }))
    }

    /// With so many decimal places, 3 to 6. What does not fit is cut off towards zero, so a register
    /// never shows more than was counted.
    pub fn written(self, decimals: u8) -> String {
        let places = usize::from(decimals.min(6));
        let size = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let fraction = format!("{:06}", size % 1_000_000);
        format!("{sign}{}.{}", size / 1_000_000, &fraction[..places])
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        let micro = |text: &str| Value::parse(text).map(Value::micro);
        assert_eq!(micro("675.170000"), Some(675_170_000));
        assert_eq!(micro("12.8"), Some(12_800_000));
        assert_eq!(micro("-0.000001"), Some(-1));
        assert_eq!(micro("0"), Some(0));
        assert_eq!(micro("9223372036854.775807"), Some(i64::MAX));
        let too_fine_or_odd =
            ["", "-", ".5", "5.", "1e3", "NaN", "+1", "1 ", "0.0000001", "9223372036855", "--1"];
        for text in too_fine_or_odd {
            assert_eq!(micro(text), None, "{text}");
        }
    }

    #[test]
    fn watt_hours_survive_the_way_there_and_back() {
        let value = Value::kwh_from_wh(675_171).expect("in range");
        assert_eq!(value.written(3), "675.171");
        assert_eq!(value.written(6), "675.171000");
        assert_eq!(Value::parse("675.171").and_then(Value::wh), Some(675_171));
        assert_eq!(Value::from_micro(-1_500_000).written(3), "-1.500");
        assert_eq!(Value::from_micro(1).wh(), None);
        assert_eq!(Value::kwh_from_wh(i64::MAX), None);
    }
}
