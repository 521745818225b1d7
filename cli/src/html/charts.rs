//! The charts of a report, from its numbers.

use super::markup::{Tag, classed, tag};
use super::svg::{self, Column, Level, Row};
use crate::page::Page;
use crate::render::energy;
use crate::render::figures::{
    band_price, hours, label, left_over, load, money, percent, signed, weekday_key,
};
use crate::render::report::worst;
use agent::api::types::Report;

/// Rooms and buildings drawn; the tables have all.
const ROWS_MAX: usize = 8;

/// A share of this much of a bar is always seen.
const SEEN_MIN: f64 = 0.004;

/// All charts that have something to show.
pub fn all(report: &Report, page: &Page) -> Vec<Tag> {
    let charts = [
        days(report, page),
        hours_of_day(report, page),
        buildings(report, page),
        bands(report, page),
        rooms(report, page),
        residuals(report, page),
    ];
    charts.into_iter().flatten().collect()
}

/// A chart in its frame: heading, picture, what its colours mean.
fn framed(title: &str, picture: Tag, legend: &[(&'static str, String)]) -> Tag {
    let mut frame = classed("section", "chart").put(tag("h2").text(title)).put(picture);
    if !legend.is_empty() {
        let item = |(class, text): &(&'static str, String)| {
            tag("span").put(classed("i", class)).text(text)
        };
        frame = frame.put(classed("p", "legend").puts(legend.iter().map(item)));
    }
    frame
}

fn days(report: &Report, page: &Page) -> Option<Tag> {
    if report.days.len() < 2 {
        return None;
    }
    let most = report.days.iter().map(|day| day.energy_wh).max().unwrap_or(0);
    let (unit, factor) = unit_of_energy(most);
    let week = report.days.len() <= 7;
    let column = |day: &agent::api::types::ReportDay| {
        let weekday = page.text(weekday_key(page.clock.weekday(day.start_ms)));
        let closed = day.closed_wh.clamp(0, day.energy_wh.max(0));
        let says = [
            ("day", format!("{} {weekday}", page.clock.day(day.start_ms)).into()),
            ("energy", energy(day.energy_wh).into()),
            ("closed", energy(day.closed_wh).into()),
        ];
        Column {
            label: if week { weekday } else { page.clock.month_date(day.start_ms).to_string() },
            quiet: !day.school,
            parts: vec![
                ((day.energy_wh - closed).max(0) as f64 * factor, "open"),
                (closed as f64 * factor, "shade"),
            ],
            says: page.say("chart-day-says", &says),
            mark: day.doubtful.then_some("~"),
        }
    };
    let columns: Vec<Column> = report.days.iter().map(column).collect();
    let title = page.text("chart-days");
    let picture = svg::columns("days", &title, unit, &columns, None);
    let mut legend = vec![("open", page.text("chart-open")), ("shade", page.text("chart-closed"))];
    if report.days.iter().any(|day| day.doubtful) {
        legend.push(("none", format!("~ {}", page.text("chart-doubtful"))));
    }
    Some(framed(&title, picture, &legend))
}

/// `kWh`, or what makes few digits of the largest amount; and what Wh are multiplied with.
const fn unit_of_energy(most_wh: i64) -> (&'static str, f64) {
    match most_wh {
        ..1_000 => ("Wh", 1.0),
        1_000..10_000_000 => ("kWh", 0.001),
        _ => ("MWh", 0.000_001),
    }
}

/// Mean power by hour of the day. A running day counts for the hours that have begun.
fn hours_of_day(report: &Report, page: &Page) -> Option<Tag> {
    if report.hours_wh.len() != 24 || report.hours_wh.iter().all(|wh| *wh == 0) {
        return None;
    }
    let means: Vec<f64> = (0_i64..)
        .zip(&report.hours_wh)
        .map(|(hour, wh)| {
            let begun =
                report.days.iter().filter(|day| day.start_ms + hour * 3_600_000 < report.made_ms);
            *wh as f64 / begun.count().max(1) as f64
        })
        .collect();
    let most = means.iter().copied().fold(report.base_load_w.unwrap_or(0.0), f64::max);
    let (unit, factor) = if most < 1_000.0 { ("W", 1.0) } else { ("kW", 0.001) };
    let column = |(hour, mean): (usize, &f64)| Column {
        label: format!("{hour}"),
        quiet: false,
        parts: vec![(mean.max(0.0) * factor, "open")],
        says: format!("{hour:02}:00–{:02}:00  {}", hour + 1, load(*mean)),
        mark: None,
    };
    let columns: Vec<Column> = means.iter().enumerate().map(column).collect();
    let level = report.base_load_w.map(|base| Level {
        value: base * factor,
        label: page.say("chart-base", &[("power", load(base).into())]),
    });
    let title = page.text("chart-hours");
    let picture = svg::columns("hours", &title, unit, &columns, level.as_ref());
    Some(framed(&title, picture, &[]))
}

fn buildings(report: &Report, page: &Page) -> Option<Tag> {
    let sum: i64 = report.buildings.iter().map(|each| each.energy_wh.max(0)).sum();
    if sum == 0 {
        return None;
    }
    let row = |each: &agent::api::types::ReportShare| {
        let share = each.energy_wh as f64 / sum as f64;
        Row {
            label: each.id.clone(),
            note: format!("{}   {}", energy(each.energy_wh), percent(share * 100.0)),
            parts: vec![(share.max(SEEN_MIN), "open")],
            says: format!("{} {}", each.id, energy(each.energy_wh)),
        }
    };
    let rows: Vec<Row> = report.buildings.iter().take(ROWS_MAX).map(row).collect();
    let title = page.text("chart-buildings");
    Some(framed(&title, svg::rows("buildings", &title, &rows), &[]))
}

fn bands(report: &Report, page: &Page) -> Option<Tag> {
    let cost = report.cost.as_ref()?;
    let sum: i64 = cost.bands.iter().map(|band| band.cost_micro.max(0)).sum();
    if sum == 0 {
        return None;
    }
    let row = |band: &agent::api::types::CostBand| {
        let share = band.cost_micro as f64 / sum as f64;
        let paid = money(page, &cost.currency, band.cost_micro);
        Row {
            label: band_price(band, page, &cost.currency)
                .map_or_else(|| band.label.clone(), |price| format!("{}   {price}", band.label)),
            note: format!("{paid}   {}", percent(share * 100.0)),
            parts: vec![(share.max(SEEN_MIN), "money")],
            says: format!("{}: {}, {paid}", band.label, energy(band.energy_wh)),
        }
    };
    let rows: Vec<Row> = cost.bands.iter().map(row).collect();
    let title = page.text("chart-bands");
    Some(framed(&title, svg::rows("bands", &title, &rows), &[]))
}

fn rooms(report: &Report, page: &Page) -> Option<Tag> {
    let worst = worst(report, ROWS_MAX);
    let most = worst.first()?.lit_s.max(1);
    let most = worst.iter().map(|room| room.lit_s).max().unwrap_or(most).max(1) as f64;
    let row = |room: &&agent::api::types::ReportRoom| {
        let empty = room.lit_empty_s as f64 / most;
        let rest = room.lit_s.saturating_sub(room.lit_empty_s) as f64 / most;
        let share = percent(room.lit_empty_s as f64 * 100.0 / room.lit_s.max(1) as f64);
        Row {
            label: room_name(&room.id, &room.label),
            note: format!(
                "{}   {}",
                hours(room.lit_empty_s),
                page.say("report-of-lit", &[("share", share.into())])
            ),
            parts: vec![(empty.max(SEEN_MIN), "bad"), (rest, "soft")],
            says: format!("{} / {}", hours(room.lit_empty_s), hours(room.lit_s)),
        }
    };
    let rows: Vec<Row> = worst.iter().map(row).collect();
    let title = page.text("chart-rooms");
    let legend = [("bad", page.text("chart-empty")), ("soft", page.text("chart-lit"))];
    Some(framed(&title, svg::rows("rooms", &title, &rows), &legend))
}

/// `science/101 Physics 1`.
pub fn room_name(id: &str, label: &str) -> String {
    if label.is_empty() || label == id { id.to_owned() } else { format!("{id}   {label}") }
}

/// What no part of a parent counts. Bars are of the larger of the two sums.
fn residuals(report: &Report, page: &Page) -> Option<Tag> {
    let left = left_over(report);
    if left.is_empty() {
        return None;
    }
    let row = |each: &crate::render::figures::Left| {
        let most = each.parent_wh.max(each.parts_wh).max(1) as f64;
        let (parts, rest) = (each.parts_wh.min(each.parent_wh), each.residual_wh());
        // Parts beyond the whole are wrong, what they leave over is not known.
        let class = if rest < 0 { "bad" } else { "shade" };
        let mut note = format!("{}   {}", energy(rest), signed(each.share_pct()));
        if each.alarms > 0 {
            note.push_str(&format!(
                "   {}",
                page.say("report-alarms", &[("n", each.alarms.into())])
            ));
        }
        let named = [
            ("parts", energy(each.parts_wh).into()),
            ("whole", energy(each.parent_wh).into()),
            ("share", signed(each.share_pct()).into()),
        ];
        Row {
            label: label(report, &each.parent).to_owned(),
            note,
            parts: vec![
                (parts.max(0) as f64 / most, "open"),
                ((rest.abs() as f64 / most).max(SEEN_MIN), class),
            ],
            says: page.say("report-residual", &named),
        }
    };
    let rows: Vec<Row> = left.iter().take(ROWS_MAX).map(row).collect();
    let title = page.text("chart-residuals");
    let legend = [
        ("open", page.text("chart-parts")),
        ("shade", page.text("chart-rest")),
        ("bad", page.text("chart-beyond")),
    ];
    Some(framed(&title, svg::rows("residuals", &title, &rows), &legend))
}
