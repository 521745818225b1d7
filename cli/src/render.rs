//! Pages as text: pure functions from an API body and a [`Page`] to what a person reads.

pub mod audit;
pub mod bench;
pub mod broker;
pub mod calendar;
pub mod calibration;
pub mod energy;
pub mod events;
pub mod explain;
pub mod figures;
pub mod hub;
pub mod hubs;
pub mod incident;
pub mod learn;
pub mod meter;
pub mod node;
pub mod people;
pub mod probe;
pub mod profile;
pub mod repair;
pub mod replay;
pub mod report;
pub mod room;
pub mod rule;
pub mod ruling;
pub mod status;

use crate::page::Page;

/// `412 W`, `12.3 kW`.
pub fn power(w: f64) -> String {
    if w.abs() < 10_000.0 { format!("{w:.0} W") } else { format!("{:.1} kW", w / 1000.0) }
}

/// `820 Wh`, `2.10 kWh`, `23.1 kWh`.
pub fn energy(wh: i64) -> String {
    // Exact far beyond any school: 2^53 Wh are nine thousand terawatt-hours.
    let kwh = wh as f64 / 1000.0;
    match wh.unsigned_abs() {
        0..1_000 => format!("{wh} Wh"),
        1_000..10_000 => format!("{kwh:.2} kWh"),
        10_000..1_000_000 => format!("{kwh:.1} kWh"),
        _ => format!("{} kWh", grouped(wh / 1000)),
    }
}

/// `1,234,567`: for numbers that people compare digit by digit.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// `1,840`: how many there are.
pub fn count(number: impl TryInto<i64>) -> String {
    grouped(number.try_into().unwrap_or(i64::MAX))
}

/// `1,234.567`: kilowatt-hours to the watt-hour, as a display shows them.
pub fn kwh_exact(wh: i64) -> String {
    let sign = if wh < 0 { "-" } else { "" };
    let whole = i64::try_from(wh.unsigned_abs() / 1000).unwrap_or(i64::MAX);
    format!("{sign}{}.{:03}", grouped(whole), wh.unsigned_abs() % 1000)
}

/// `230.2`, `0.998`, `49.98`: at most three decimals, none that say nothing.
pub fn decimal(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// `1.2 MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// `CO₂ 640 ppm`; `quantity` may carry a channel: `level_pct.window`.
pub fn reading(page: &Page, quantity: &str, value: f64) -> String {
    let (name, channel) = quantity.split_once('.').map_or((quantity, ""), |(name, ch)| (name, ch));
    let unit = match name.rsplit_once('_').map(|(_, unit)| unit) {
        Some("lx") => " lx",
        Some("ppm") => " ppm",
        Some("c") => " °C",
        Some("pct") => " %",
        Some("w") => " W",
        Some("wh") => " Wh",
        Some("s") => " s",
        Some("v") => " V",
        Some("a") => " A",
        Some("hz") => " Hz",
        _ => "",
    };
    let channel = if channel.is_empty() { String::new() } else { format!(" {channel}") };
    // Sensors do not know more than a tenth; whole numbers need no point.
    let number =
        if value.fract().abs() < 0.05 { format!("{value:.0}") } else { format!("{value:.1}") };
    format!("{}{channel} {number}{unit}", page.words.plain_code("quantity", name))
}

#[cfg(test)]
mod tests;
