//! `campus meter probe`: who answered, what it probably is and why, and what to paste.

use super::meter::in_display_unit;
use super::{count, kwh_exact};
use crate::page::{Page, Paint};
use crate::when::duration;
use agent::api::types::{Guess, ProbeReport};
use std::collections::BTreeSet;

/// From here on a guess is certain enough to be pasted without a second look at the meter.
const SURE_PCT: u8 = 80;

/// Less certain guesses are not offered for pasting: a wrong profile reads wrong energy for months.
const PASTE_MIN_PCT: u8 = 30;

/// Less certain guesses are shown only where there is no better one.
const SHOWN_MIN_PCT: u8 = 5;

/// Guesses shown of one address: further ones are noise.
const SHOWN_MAX: usize = 3;

/// The page; `bus` is its name in the configuration.
pub fn render(report: &ProbeReport, bus: &str, page: &Page) -> String {
    let named = [
        ("n", report.requests.into()),
        ("count", count(report.requests).into()),
        (
            "duration",
            duration(&page.words, i64::try_from(report.took_ms).unwrap_or(i64::MAX)).into(),
        ),
    ];
    let mut text = format!("{}\n", page.paint(Paint::Dim, &page.say("probe-made", &named)));
    if !report.complete {
        text.push_str(&format!("{}\n", page.paint(Paint::Warn, &page.text("probe-cut"))));
    }
    if report.answered.is_empty() {
        text.push_str(&format!("\n{}\n", page.paint(Paint::Warn, &page.text("probe-nobody"))));
        return text;
    }
    for address in &report.answered {
        let guesses: Vec<&Guess> = of_address(report, address).collect();
        let title = page.say("probe-address", &[("address", address.as_str().into())]);
        text.push_str(&format!("\n{}\n", page.paint(Paint::Strong, &title)));
        if guesses.is_empty() {
            text.push_str(&format!(
                "  {}\n",
                page.paint(Paint::Warn, &page.text("probe-stranger"))
            ));
        }
        for (at, each) in guesses.iter().take(SHOWN_MAX).enumerate() {
            if at == 0 || each.confidence_pct >= SHOWN_MIN_PCT {
                text.push_str(&guess(each, page));
            }
        }
    }
    let best = best(report);
    if !best.is_empty() {
        let title = page.paint(Paint::Strong, &page.text("probe-paste"));
        let lines: Vec<String> = best.iter().map(|guess| lines(guess, bus, page)).collect();
        text.push_str(&format!("\n{title}\n\n{}", lines.join("\n")));
    }
    text
}

fn of_address<'r>(report: &'r ProbeReport, address: &'r str) -> impl Iterator<Item = &'r Guess> {
    report.guesses.iter().filter(move |guess| guess.address == address)
}

/// Whether a meter was found that can be pasted.
pub fn is_found(report: &ProbeReport) -> bool {
    !best(report).is_empty()
}

/// The likeliest guess of each address that is certain enough, in their order.
fn best(report: &ProbeReport) -> Vec<&Guess> {
    let addresses = report.answered.iter().filter_map(|address| of_address(report, address).next());
    let addresses = addresses.filter(|guess| guess.confidence_pct >= PASTE_MIN_PCT);
    let mut seen = BTreeSet::new();
    addresses.filter(|guess| seen.insert(&guess.address)).collect()
}

/// How sure, why, and what it read: that is what a person compares with the display.
fn guess(guess: &Guess, page: &Page) -> String {
    let look = if guess.confidence_pct >= SURE_PCT { Paint::Good } else { Paint::Warn };
    let sure = page.paint(look, &format!("{:>3} %", guess.confidence_pct));
    let mut text = format!("  {sure}  {}", page.paint(Paint::Strong, &guess.profile));
    if !guess.order.is_empty() {
        text.push_str(&page.say("probe-order", &[("order", guess.order.as_str().into())]));
    }
    text.push('\n');
    let reasons: Vec<String> =
        guess.reasons.iter().map(|code| page.words.plain_code("guess", code)).collect();
    if !reasons.is_empty() {
        text.push_str(&format!("         {}\n", reasons.join(&page.text("list-and"))));
    }
    let mut read: Vec<String> = Vec::new();
    if let Some(wh) = guess.energy_wh {
        read.push(format!("{} kWh", kwh_exact(wh)));
    }
    for (measure, value) in
        guess.values.iter().filter(|(measure, _)| !measure.starts_with("energy"))
    {
        read.push(format!(
            "{} {}",
            page.words.plain_code("measure", measure),
            shown(measure, *value)
        ));
    }
    if !read.is_empty() {
        text.push_str(&format!("         {}\n", read.join("   ")));
    }
    text
}

/// `230.2 V`: a value of a measure in its unit, as far as this program knows the measure.
fn shown(measure: &str, value: f64) -> String {
    let unit = device_profiles::Measure::from_name(measure).map_or("", |known| known.base_unit());
    let (value, unit) = in_display_unit(value, unit);
    format!("{value} {unit}").trim_end().to_owned()
}

/// A `[[meter]]` of the configuration. Its name and place only a person knows.
fn lines(guess: &Guess, bus: &str, page: &Page) -> String {
    // A unit is a number, twelve digits are a text: leading zeros count.
    let plain = guess.address.parse::<u8>().is_ok();
    let address = if plain { guess.address.clone() } else { format!("\"{}\"", guess.address) };
    let mut lines = vec![
        "[[meter]]".to_owned(),
        format!("id = \"{bus}-{}\"   # {}", guess.address, page.text("probe-name-it")),
        format!("bus = \"{bus}\""),
        format!("address = {address}"),
        format!("profile = \"{}\"", guess.profile),
    ];
    if !guess.order.is_empty() {
        lines.push(format!("order = \"{}\"", guess.order));
    }
    lines.push(format!("# room = \"…\"   # {}", page.text("probe-place-it")));
    lines.join("\n") + "\n"
}
