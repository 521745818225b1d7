//! Exact decimals: the scale of a register is a number on paper, not a float.

/// `digits` × 10^`exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// The digits as a whole number.
    pub digits: i64,
    /// The power of ten.
    pub exponent: i8,
}

/// Most digits: with them every product of raw value, scale and ratios stays within 128 bits.
const DIGITS_MAX: usize = 15;

/// Most places behind the point.
const PLACES_MAX: usize = 9;

impl Decimal {
    /// One.
    pub const ONE: Self = Self { digits: 1, exponent: 0 };

    /// Reads `12`, `-0.01`, `1000000`. No exponent, up to 15 digits, up to 9 behind the point.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, places) = rest.split_once('.').unwrap_or((rest, ""));
        let looks = !whole.is_empty() && (rest.contains('.') != places.is_empty());
        let joined = format!("{whole}{places}");
        let fits = joined.len() <= DIGITS_MAX && places.len() <= PLACES_MAX;
        if !looks || !fits || !joined.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits: i64 = joined.parse().ok()?;
        let exponent = -i8::try_from(places.len()).ok()?;
        Some(Self { digits: if negative { -digits } else { digits }, exponent })
    }

    /// In thousandths, when it has no more than three places that count.
    pub fn milli(self) -> Option<i64> {
        let (numerator, denominator) = Fraction::of(self)?.times(1000)?.parts();
        (numerator % denominator == 0).then_some(())?;
        i64::try_from(numerator / denominator).ok()
    }
}

/// A quotient of whole numbers, reduced; the denominator is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    /// The same number as a quotient.
    pub fn of(decimal: Decimal) -> Option<Self> {
        Self { numerator: i128::from(decimal.digits), denominator: 1 }
            .power_of_ten(decimal.exponent)
    }

    /// Times ten to a power.
    pub fn power_of_ten(self, exponent: i8) -> Option<Self> {
        let factor = 10i128.checked_pow(u32::from(exponent.unsigned_abs()))?;
        if exponent >= 0 { self.times(factor) } else { self.over(factor) }
    }

    /// Times a whole number.
    pub fn times(self, factor: i128) -> Option<Self> {
        let shared = gcd(factor, self.denominator);
        Some(Self {
            numerator: self.numerator.checked_mul(factor / shared)?,
            denominator: self.denominator / shared,
        })
    }

    /// Divided by a positive whole number.
    pub fn over(self, divisor: i128) -> Option<Self> {
        let shared = gcd(divisor, self.numerator);
        Some(Self {
            numerator: self.numerator / shared,
            denominator: self.denominator.checked_mul(divisor / shared)?,
        })
    }

    /// Numerator and denominator.
    pub const fn parts(self) -> (i128, i128) {
        (self.numerator, self.denominator)
    }

    /// The nearest whole number; halves go away from zero.
    pub const fn rounded(self) -> i128 {
        let (quotient, rest) =
            (self.numerator / self.denominator, self.numerator % self.denominator);
        // `rest` is smaller than the denominator, so that the half is compared without overflow.
        if rest.unsigned_abs() >= (self.denominator - rest.abs()).unsigned_abs() {
            quotient + if self.numerator < 0 { -1 } else { 1 }
        } else {
            quotient
        }
    }

    /// As a float, for floats.
    pub fn as_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

/// Greatest common divisor; 1 at least, so that it can be divided by.
fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i128::try_from(a.max(1)).unwrap_or(1)
}
