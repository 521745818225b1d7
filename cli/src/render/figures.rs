//! Figures of a report as people read them: money, CO₂, shares, hours, changes.

use super::grouped;
use crate::page::Page;
use agent::api::types::{CostBand, Report};

/// `1,234.56 CNY`, as the reader's language writes this currency; `micro` are millionths.
pub fn money(page: &Page, currency: &str, micro: i64) -> String {
    let cents = (micro.unsigned_abs() + 5_000) / 10_000;
    amount(page, currency, micro < 0, cents / 100, &format!("{:02}", cents % 100))
}

/// `0.6523 CNY`: prices of a kWh have four decimals.
pub fn price(page: &Page, currency: &str, micro: i64) -> String {
    let parts = (micro.unsigned_abs() + 50) / 100;
    amount(page, currency, micro < 0, parts / 10_000, &format!("{:04}", parts % 10_000))
}

/// The price of a band; `None` when it had several in the period.
pub fn band_price(band: &CostBand, page: &Page, currency: &str) -> Option<String> {
    Some(format!("{}/kWh", price(page, currency, band.price_micro?)))
}

fn amount(page: &Page, currency: &str, minus: bool, whole: u64, part: &str) -> String {
    let sign = if minus { "-" } else { "" };
    let whole = grouped(i64::try_from(whole).unwrap_or(i64::MAX));
    let amount = format!("{sign}{whole}.{part}");
    let key = format!("currency-{}", currency.to_lowercase());
    let named = [("amount", amount.as_str().into())];
    page.words.find(&key, &named).unwrap_or_else(|| format!("{amount} {currency}"))
}

/// `820 g`, `12.3 kg`, `1,234 kg`, `12.3 t`.
pub fn carbon(g: i64) -> String {
    let kg = g as f64 / 1000.0;
    match g.unsigned_abs() {
        0..1_000 => format!("{g} g"),
        1_000..100_000 => format!("{kg:.1} kg"),
        100_000..10_000_000 => format!("{} kg", grouped(kg.round() as i64)),
        _ => format!("{:.1} t", kg / 1000.0),
    }
}

/// `931 W`, `7.41 kW`, `12.3 kW`.
pub fn load(w: f64) -> String {
    match w.abs() {
        ..1_000.0 => format!("{w:.0} W"),
        1_000.0..10_000.0 => format!("{:.2} kW", w / 1000.0),
        _ => format!("{:.1} kW", w / 1000.0),
    }
}

/// `34 %`, `3.4 %`: below ten a tenth matters.
pub fn percent(share: f64) -> String {
    if share.abs() < 9.95 && share != 0.0 {
        format!("{share:.1} %")
    } else {
        format!("{share:.0} %")
    }
}

/// `99.9 %`, and 100 only when it is all of it.
pub fn complete(share: f64) -> String {
    if share >= 100.0 { "100 %".to_owned() } else { format!("{:.1} %", share.min(99.9)) }
}

/// `12.4 h`.
pub fn hours(s: u64) -> String {
    format!("{:.1} h", s as f64 / 3600.0)
}

/// By how much it is more than before, %; nothing when there was nothing before.
pub fn change(now_wh: i64, before_wh: Option<i64>) -> Option<f64> {
    let before = before_wh.filter(|before| *before > 0)?;
    Some((now_wh - before) as f64 * 100.0 / before as f64)
}

/// `+12 %`, `−3.4 %`, `±0 %`.
pub fn signed(change: f64) -> String {
    let sign = match change {
        change if change >= 0.05 => "+",
        change if change <= -0.05 => "−",
        _ => "±",
    };
    format!("{sign}{}", percent(if sign == "±" { 0.0 } else { change.abs() }))
}

/// Lamps on with nobody there, all rooms, s.
pub fn lit_empty_s(report: &Report) -> u64 {
    report.rooms.iter().map(|room| room.lit_empty_s).sum()
}

/// Occupied in a lesson and too dark, all rooms, s.
pub fn dark_s(report: &Report) -> u64 {
    report.rooms.iter().map(|room| room.dark_s).sum()
}

/// `2026-11-20`, `2026-W47`, `2026-11`: the period by its name.
pub fn period(report: &Report, page: &Page) -> String {
    match report.period.as_str() {
        "month" => page.clock.month(report.from_ms),
        "week" => page.clock.week(report.from_ms),
        _ => page.clock.day(report.from_ms),
    }
}

/// Whose report of what time it is, in one line.
pub fn title(report: &Report, page: &Page) -> String {
    let (name, days) = (("name", report.name.as_str().into()), ("days", days(report, page).into()));
    if report.period == "day" {
        return page.say("report-title-day", &[name, days]);
    }
    let kind = page.words.plain_code("report-period", &report.period);
    let named = [name, ("period", kind.into()), ("which", period(report, page).into()), days];
    page.say("report-title", &named)
}

/// First and last day of it: `2026-11-16 to 2026-11-22`; a day is one.
pub fn days(report: &Report, page: &Page) -> String {
    let (first, last) = (page.clock.day(report.from_ms), page.clock.day(report.to_ms - 1));
    if first == last {
        let weekday = page.text(weekday_key(page.clock.weekday(report.from_ms)));
        return format!("{first} {weekday}");
    }
    page.say("report-days", &[("from", first.into()), ("to", last.into())])
}

/// The text of a day of the week, 1 (Monday) to 7.
pub const fn weekday_key(day: i8) -> &'static str {
    match day {
        1 => "weekday-mon",
        2 => "weekday-tue",
        3 => "weekday-wed",
        4 => "weekday-thu",
        5 => "weekday-fri",
        6 => "weekday-sat",
        _ => "weekday-sun",
    }
}

/// Whether the period still runs.
pub const fn is_running(report: &Report) -> bool {
    report.made_ms < report.to_ms
}

/// What the parts of one parent left over in the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The whole.
    pub parent: String,
    /// Its energy, Wh.
    pub parent_wh: i64,
    /// Energy of its parts, Wh.
    pub parts_wh: i64,
    /// Days on which that is an alarm.
    pub alarms: usize,
}

impl Left {
    /// What no part counts, Wh; below 0 when the parts count more than the whole.
    pub const fn residual_wh(&self) -> i64 {
        self.parent_wh - self.parts_wh
    }

    /// The same in % of the whole.
    pub fn share_pct(&self) -> f64 {
        self.residual_wh() as f64 * 100.0 / self.parent_wh.max(1) as f64
    }
}

/// Residuals of the days, summed per parent, in the order of the report.
pub fn left_over(report: &Report) -> Vec<Left> {
    let mut left: Vec<Left> = Vec::new();
    for day in &report.residuals {
        let alarm = usize::from(day.alarm);
        match left.iter_mut().find(|known| known.parent == day.parent) {
            Some(known) => {
                known.parent_wh += day.parent_wh;
                known.parts_wh += day.parts_wh;
                known.alarms += alarm;
            }
            None => left.push(Left {
                parent: day.parent.clone(),
                parent_wh: day.parent_wh,
                parts_wh: day.parts_wh,
                alarms: alarm,
            }),
        }
    }
    left
}

/// A meter's name for people: its label, or its name in the ledger.
pub fn label<'r>(report: &'r Report, meter: &'r str) -> &'r str {
    let known = report.meters.iter().find(|known| known.id == meter);
    known.map(|known| known.label.as_str()).filter(|label| !label.is_empty()).unwrap_or(meter)
}

#[cfg(test)]
mod tests;
