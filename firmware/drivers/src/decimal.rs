//! 32-bit floats of sensors and meters to whole numbers, exactly: no float arithmetic, one rounding.

/// `value` × `scale` rounded toward minus infinity; `None` if it is not a number, infinite, or
/// beyond ±2^62.
///
/// Down, because a register counts what has been used: 1.2345 kWh are 1234 whole Wh, and the
/// 1235th counts when it is complete. A larger float never gives a smaller number.
pub(crate) fn floor_scaled(value: f32, scale: u32) -> Option<i64> {
    // value = mantissa × 2^exponent, exactly (IEEE 754 binary32, 24 bits of significand).
    let (mantissa, exponent) = parts(value)?;
    // At most 2^24 × 2^32 = 2^56.
    let product = mantissa * i64::from(scale);
    if exponent >= 0 {
        let shifted = i128::from(product).checked_shl(exponent.unsigned_abs())?;
        // 127 bits of shift at most: what was lost at the top is found by shifting back.
        let back = shifted >> exponent;
        let fits = back == i128::from(product) && shifted.unsigned_abs() <= 1 << 62;
        return if fits { i64::try_from(shifted).ok() } else { None };
    }
    // An arithmetic shift to the right rounds toward minus infinity.
    Some(product >> (-exponent).min(63))
}

/// `value` × `scale`, rounded to the nearest, halves up.
pub(crate) fn nearest_scaled(value: f32, scale: u32) -> Option<i64> {
    let doubled = floor_scaled(value, scale.checked_mul(2)?)?;
    Some((doubled + 1).div_euclid(2))
}

fn parts(value: f32) -> Option<(i64, i32)> {
    if !value.is_finite() {
        return None;
    }
    let bits = value.to_bits();
    let field = ((bits >> 23) & 0xFF) as i32;
    let fraction = i64::from(bits & 0x007F_FFFF);
    let (mantissa, exponent) =
        if field == 0 { (fraction, -149) } else { (fraction | 0x0080_0000, field - 150) };
    Some((if value.is_sign_negative() { -mantissa } else { mantissa }, exponent))
}

#[cfg(test)]
mod tests {
    use super::{floor_scaled, nearest_scaled};

    #[test]
    fn whole_thousandths_are_exact_and_parts_are_cut() {
        assert_eq!(floor_scaled(1.0, 1000), Some(1000));
        assert_eq!(floor_scaled(0.0, 1000), Some(0));
        assert_eq!(floor_scaled(-0.0, 1000), Some(0));
        // The float nearest to 1.2345 lies above it.
        assert_eq!(floor_scaled(1.2345, 1000), Some(1234));
        assert_eq!(floor_scaled(-1.2345, 1000), Some(-1235));
        // 123,456.79 kWh, from the profile of the SDM120: 123,456,789.0625 Wh.
        assert_eq!(floor_scaled(f32::from_bits(0x47F1_2065), 1000), Some(123_456_789));
        assert_eq!(floor_scaled(f32::MIN_POSITIVE, 1000), Some(0));
        assert_eq!(floor_scaled(-f32::MIN_POSITIVE, 1000), Some(-1));
    }

    #[test]
    fn what_is_no_number_is_nothing() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e18] {
            assert_eq!(floor_scaled(value, 1000), None, "{value}");
        }
        assert_eq!(floor_scaled(4e15, 1000), Some(3_999_999_947_964_416_000));
    }

    #[test]
    fn the_nearest_is_the_nearest() {
        assert_eq!(nearest_scaled(230.2, 1000), Some(230_200));
        assert_eq!(nearest_scaled(0.0005, 1000), Some(1));
        assert_eq!(nearest_scaled(-0.0004, 1000), Some(0));
        assert_eq!(nearest_scaled(-0.0006, 1000), Some(-1));
        assert_eq!(nearest_scaled(f32::NAN, 1000), None);
    }

    #[test]
    fn a_larger_float_never_gives_less() {
        let mut last = i64::MIN;
        // Every 4,099th float from 0 to 1e12.
        for bits in (0..1e12_f32.to_bits()).step_by(4099) {
            let now = floor_scaled(f32::from_bits(bits), 1000).expect("within range");
            assert!(now >= last, "{bits:#x}");
            last = now;
        }
    }
}
