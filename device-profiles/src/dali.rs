//! The dimming curve of DALI gear: equal steps for the eye, IEC 62386-102.
//!
//! Arc level `n` gives 10^((n − 1) / (253 / 3) − 1) percent of the light: 1 is 0.1 %, 170 is 10 %,
//! 228 is 49.2 %, 229 is 50.5 %, 254 is everything.

/// The arc level of full light.
pub const ARC_MAX: u8 = 254;

/// The arc level that gives the most similar light; 0 only for 0 %. More than 100 % is 100 %.
pub fn arc_of(level_pct: u8) -> u8 {
    if level_pct == 0 {
        return 0;
    }
    let decades = f64::from(level_pct.min(100)).log10() + 1.0;
    // From 1 % on this is 85 to 254.
    (1.0 + decades * 253.0 / 3.0).round() as u8
}

/// Light of an arc level in percent: 0.1 to 100, 0 when off; nothing for 255, which means "no change".
pub fn light_pct(arc: u8) -> Option<f64> {
    match arc {
        0 => Some(0.0),
        1..=ARC_MAX => Some(10f64.powf(f64::from(arc - 1) * 3.0 / 253.0 - 1.0)),
        _ => None,
    }
}
