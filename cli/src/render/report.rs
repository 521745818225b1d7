//! `campus report` on a terminal: one page.

use super::energy::bar;
use super::figures::{
    band_price, carbon, change, complete, dark_s, hours, is_running, label, left_over, lit_empty_s,
    load, money, percent, signed, title, weekday_key,
};
use super::{decimal, energy, incident, kwh_exact};
use crate::page::{Cell, Page, Paint, Table};
use crate::when::duration;
use agent::api::types::{Report, ReportRoom};
use unicode_width::UnicodeWidthStr;

/// Rooms listed as the worst.
const ROOMS_MAX: usize = 5;

/// Columns of a bar beside numbers.
const BAR_COLUMNS: usize = 24;

/// The page.
pub fn render(report: &Report, page: &Page) -> String {
    let mut text = format!("{}\n", page.paint(Paint::Strong, &title(report, page)));
    if is_running(report) {
        let made = [("time", page.clock.minute(report.made_ms).into())];
        text.push_str(&format!(
            "{}\n",
            page.paint(Paint::Warn, &page.say("report-running", &made))
        ));
    }
    text.push_str(&format!("\n{}", page.facts(&facts(report, page))));
    for (key, part) in [
        ("chart-days", daily(report, page)),
        ("chart-buildings", buildings(report, page)),
        ("chart-bands", bands(report, page)),
        ("chart-rooms", rooms(report, page)),
        ("chart-residuals", residuals(report, page)),
        ("report-meters", doubtful_meters(report, page)),
        ("report-incidents", incidents(report, page)),
    ] {
        if !part.is_empty() {
            text.push_str(&format!("\n{}\n{part}", page.paint(Paint::Strong, &page.text(key))));
        }
    }
    text
}

/// The key figures.
fn facts(report: &Report, page: &Page) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut add = |key: &str, text: String| facts.push((page.text(key), text));
    let mut total = energy(report.energy_wh);
    if let Some(change) = change(report.energy_wh, report.before_wh) {
        total.push_str(&page.say("kpi-change", &[("change", signed(change).into())]));
    }
    add("kpi-energy", total);
    if report.export_wh != 0 {
        add("kpi-export", energy(report.export_wh));
    }
    if let Some(cost) = &report.cost {
        let tariff = [("tariff", cost.tariff.as_str().into())];
        let total = money(page, &cost.currency, cost.total_micro);
        add("kpi-cost", format!("{total}   {}", page.say("kpi-tariff", &tariff)));
    }
    if let Some(co2) = &report.co2 {
        add("kpi-co2", format!("{}   {}", carbon(co2.total_g), co2_source(report, page)));
    }
    if let Some(peak) = &report.peak {
        let at = page.say("kpi-at", &[("time", page.clock.minute(peak.at_ms).into())]);
        add("kpi-peak", format!("{}   {at}", load(peak.power_w)));
    }
    if let Some(base) = report.base_load_w {
        add("kpi-base", load(base));
    }
    if let Some(share) = report.out_of_hours_pct {
        let named = [
            ("school", energy(report.closed_school_day_wh).into()),
            ("other", energy(report.closed_other_day_wh - report.closed_free_day_wh).into()),
            ("free", energy(report.closed_free_day_wh).into()),
        ];
        add("kpi-closed", format!("{}   {}", percent(share), page.say("kpi-closed-split", &named)));
    }
    if !report.rooms.is_empty() {
        add("kpi-lit-empty", hours(lit_empty_s(report)));
        add("kpi-dark", duration_of(dark_s(report), page));
    }
    let estimated = [("share", percent(report.estimated_pct).into())];
    let complete = complete(report.completeness_pct);
    add("kpi-complete", format!("{complete}   {}", page.say("kpi-estimated", &estimated)));
    facts
}

/// `0.5366 kg/kWh of 2022: MEE`, and that it is of an earlier year.
pub fn co2_source(report: &Report, page: &Page) -> String {
    let Some(co2) = &report.co2 else { return String::new() };
    let named = [
        ("factor", decimal(co2.g_per_kwh).into()),
        ("year", co2.year.to_string().into()),
        ("source", co2.source.as_str().into()),
    ];
    let key = if co2.older { "kpi-factor-older" } else { "kpi-factor" };
    page.say(key, &named)
}

/// `35 min`, `2 h 5 min`: from seconds, begun minutes counted whole.
pub fn duration_of(s: u64, page: &Page) -> String {
    if s == 0 {
        return page.say("time-min", &[("n", 0.into())]);
    }
    let ms = s.div_ceil(60).saturating_mul(60_000);
    duration(&page.words, i64::try_from(ms).unwrap_or(i64::MAX))
}

fn daily(report: &Report, page: &Page) -> String {
    if report.days.len() < 2 {
        return String::new();
    }
    let most = report.days.iter().map(|day| day.energy_wh).max().unwrap_or(0).max(1);
    let mut table = Table::new(Vec::new());
    for day in &report.days {
        let closed = [("energy", energy(day.closed_wh).into())];
        let weekday = page.text(weekday_key(page.clock.weekday(day.start_ms)));
        let mark = if day.doubtful { "~" } else { "" };
        table.row(vec![
            Cell::left(format!("  {} {weekday}", page.clock.month_day(day.start_ms))),
            Cell::right(energy(day.energy_wh)),
            Cell::left(mark),
            Cell::left(picture(day.energy_wh, most)).paint(Paint::Good),
            Cell::left(page.say("report-closed", &closed)).paint(Paint::Dim),
        ]);
    }
    body(&table, page)
}

/// A bar in proportion.
fn picture(part: i64, most: i64) -> String {
    // A part may be more than the whole, where a meter counts for two buildings.
    let part = part.clamp(0, most.max(0));
    let eighths = part as u128 * BAR_COLUMNS as u128 * 8 / most.max(1) as u128;
    let bar = bar(eighths as usize);
    let gap = " ".repeat(BAR_COLUMNS.saturating_sub(bar.width()));
    format!("{bar}{gap}")
}

/// A table without headings.
fn body(table: &Table, page: &Page) -> String {
    table.render(page).trim_start_matches('\n').to_owned()
}

fn buildings(report: &Report, page: &Page) -> String {
    let sum: i64 = report.buildings.iter().map(|each| each.energy_wh).sum();
    let mut table = Table::new(Vec::new());
    for each in &report.buildings {
        let share = each.energy_wh as f64 * 100.0 / sum.max(1) as f64;
        table.row(vec![
            Cell::left(format!("  {}", each.id)),
            Cell::right(energy(each.energy_wh)),
            Cell::left(""),
            Cell::left(picture(each.energy_wh, sum)).paint(Paint::Good),
            Cell::left(percent(share)).paint(Paint::Dim),
        ]);
    }
    body(&table, page)
}

fn bands(report: &Report, page: &Page) -> String {
    let Some(cost) = &report.cost else { return String::new() };
    let mut table = Table::new(Vec::new());
    for band in &cost.bands {
        table.row(vec![
            Cell::left(format!("  {}", band.label)),
            Cell::right(energy(band.energy_wh)),
            Cell::right(money(page, &cost.currency, band.cost_micro)),
            Cell::left(band_price(band, page, &cost.currency).unwrap_or_default())
                .paint(Paint::Dim),
        ]);
    }
    body(&table, page)
}

/// Rooms with most lit-while-empty time.
pub fn worst(report: &Report, most: usize) -> Vec<&ReportRoom> {
    let mut rooms: Vec<&ReportRoom> =
        report.rooms.iter().filter(|room| room.lit_empty_s > 0).collect();
    rooms.sort_by_key(|room| std::cmp::Reverse(room.lit_empty_s));
    rooms.truncate(most);
    rooms
}

fn rooms(report: &Report, page: &Page) -> String {
    let worst = worst(report, ROOMS_MAX);
    let mut table = Table::new(Vec::new());
    for room in worst {
        let named =
            [("share", percent(room.lit_empty_s as f64 * 100.0 / room.lit_s.max(1) as f64).into())];
        table.row(vec![
            Cell::left(format!("  {}", room.id)),
            Cell::left(&room.label),
            Cell::right(hours(room.lit_empty_s)),
            Cell::left(page.say("report-of-lit", &named)).paint(Paint::Dim),
        ]);
    }
    body(&table, page)
}

fn residuals(report: &Report, page: &Page) -> String {
    let mut table = Table::new(Vec::new());
    for left in left_over(report) {
        let named = [
            ("parts", energy(left.parts_wh).into()),
            ("whole", energy(left.parent_wh).into()),
            ("share", signed(left.share_pct()).into()),
        ];
        let alarms = match left.alarms {
            0 => Cell::left(""),
            n => Cell::left(page.say("report-alarms", &[("n", n.into())])).paint(Paint::Bad),
        };
        table.row(vec![
            Cell::left(format!("  {}", label(report, &left.parent))),
            Cell::left(page.say("report-residual", &named)),
            alarms,
        ]);
    }
    body(&table, page)
}

/// Meters that a person should look at, and orphans.
fn doubtful_meters(report: &Report, page: &Page) -> String {
    let mut lines = Vec::new();
    for meter in &report.meters {
        let mut notes = Vec::new();
        if meter.completeness_pct < 90.0 {
            let named = [("share", complete(meter.completeness_pct).into())];
            notes.push(page.say("report-note-complete", &named));
        }
        for (key, n) in
            [("report-note-incomplete", meter.incomplete), ("report-note-suspect", meter.suspect)]
        {
            if n > 0 {
                notes.push(page.say(key, &[("n", n.into())]));
            }
        }
        if !notes.is_empty() {
            let notes = page.paint(Paint::Warn, &notes.join(&page.text("list-and")));
            lines.push(format!("  {}  {} kWh  {notes}\n", meter.id, kwh_exact(meter.energy_wh)));
        }
    }
    for orphan in &report.orphans {
        let note = page.say("report-orphan", &[("meter", orphan.as_str().into())]);
        lines.push(format!("  {}\n", page.paint(Paint::Warn, &note)));
    }
    lines.concat()
}

fn incidents(report: &Report, page: &Page) -> String {
    let lines =
        report.incidents.iter().map(|each| format!("  {}\n", incident::line(each, page, true)));
    lines.collect()
}
