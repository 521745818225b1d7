//! Tables, statements and notes of a report.

use super::charts::room_name;
use super::markup::{Tag, classed, tag};
use crate::page::Page;
use crate::render::figures::{complete, hours, percent};
use crate::render::report::duration_of;
use crate::render::{grouped, incident, kwh_exact};
use agent::api::types::{Report, ReportMeter, ReportRoom};

/// A heading of a table: text, and whether numbers stand below it.
pub(super) fn head(page: &Page, columns: &[(&str, bool)]) -> Tag {
    let cell = |(key, right): &(&str, bool)| {
        let cell = if *right { classed("th", "num") } else { tag("th") };
        cell.set("scope", "col").text(&page.text(key))
    };
    tag("thead").put(tag("tr").puts(columns.iter().map(cell)))
}

pub(super) fn number(text: &str) -> Tag {
    classed("td", "num").text(text)
}

pub(super) fn cell(text: &str) -> Tag {
    tag("td").text(text)
}

/// A table in a frame that scrolls by itself where the screen is small.
pub(super) fn framed(title: &str, head: Tag, rows: impl Iterator<Item = Tag>) -> Tag {
    let table = tag("table").put(head).put(tag("tbody").puts(rows));
    classed("section", "wide").put(tag("h2").text(title)).put(classed("div", "scroll").put(table))
}

/// Meters, each with how far its numbers can be trusted.
pub fn meters(report: &Report, page: &Page) -> Option<Tag> {
    if report.meters.is_empty() {
        return None;
    }
    let columns = [
        ("table-meter", false),
        ("table-place", false),
        ("table-kwh", true),
        ("table-complete", true),
        ("table-estimated", true),
        ("table-notes", false),
    ];
    let row = |meter: &ReportMeter| {
        let part = report.meters.iter().any(|other| meter.parent.as_ref() == Some(&other.id));
        let mut name = if part { classed("td", "part") } else { tag("td") };
        let label = if meter.label.is_empty() { &meter.id } else { &meter.label };
        name = name.put(tag("b").text(label));
        if label != &meter.id {
            name = name.put(classed("small", "id").text(&meter.id));
        }
        let place = meter.place.clone().unwrap_or_else(|| page.text("energy-orphan"));
        tag("tr")
            .put(name)
            .put(cell(&place))
            .put(number(&kwh_exact(meter.energy_wh)))
            .put(number(&complete(meter.completeness_pct)))
            .put(number(&percent(meter.estimated_pct)))
            .put(notes(meter, page))
    };
    let title = page.text("report-meters");
    Some(framed(&title, head(page, &columns), report.meters.iter().map(row)))
}

/// What to know about a meter, as small labels.
fn notes(meter: &ReportMeter, page: &Page) -> Tag {
    let mut notes = tag("td");
    if meter.flow == "export" {
        notes = notes.put(classed("span", "tag").text(&page.words.plain_code("flow", &meter.flow)));
    }
    let counts =
        [("report-note-incomplete", meter.incomplete), ("report-note-suspect", meter.suspect)];
    for (key, n) in counts.into_iter().filter(|(_, n)| *n > 0) {
        let text = page.say(key, &[("n", n.into())]);
        notes = notes.put(classed("span", "tag warn").text(&text)).text(" ");
    }
    notes
}

/// Rooms, most lit-while-empty time first.
pub fn rooms(report: &Report, page: &Page) -> Option<Tag> {
    if report.rooms.is_empty() {
        return None;
    }
    let columns = [
        ("table-room", false),
        ("table-occupied", true),
        ("table-lit", true),
        ("table-lit-empty", true),
        ("table-lit-hold", true),
        ("table-dark", true),
        ("table-unknown", true),
    ];
    let row = |room: &ReportRoom| {
        let dark = if room.dark_s > 0 { classed("td", "num warn") } else { classed("td", "num") };
        tag("tr")
            .put(cell(&room_name(&room.id, &room.label)))
            .put(number(&hours(room.occupied_s)))
            .put(number(&hours(room.lit_s)))
            .put(number(&hours(room.lit_empty_s)))
            .put(number(&hours(room.lit_hold_s)))
            .put(dark.text(&duration_of(room.dark_s, page)))
            .put(number(&hours(room.unknown_s)))
    };
    let title = page.text("report-rooms");
    Some(framed(&title, head(page, &columns), report.rooms.iter().map(row)))
}

/// How far the numbers can be trusted, in sentences; incidents and orphans.
pub fn quality(report: &Report, page: &Page) -> Tag {
    let sum =
        |of: fn(&ReportMeter) -> u32| report.meters.iter().map(|m| i64::from(of(m))).sum::<i64>();
    let (incomplete, suspect) = (sum(|meter| meter.incomplete), sum(|meter| meter.suspect));
    let named = [
        ("meters", report.meters.len().into()),
        ("complete", complete(report.completeness_pct).into()),
        ("estimated", percent(report.estimated_pct).into()),
    ];
    let mut lines = vec![page.say("quality-statement", &named)];
    for (key, n) in [("statement-incomplete", incomplete), ("statement-suspect", suspect)] {
        if n > 0 {
            lines.push(page.say(key, &[("n", n.into()), ("count", grouped(n).into())]));
        }
    }
    lines.push(page.text("statement-sums"));
    let mut frame = classed("section", "wide").put(tag("h2").text(&page.text("report-quality")));
    frame = frame.puts(lines.iter().map(|line| tag("p").text(line)));
    if !report.orphans.is_empty() {
        let item = |orphan: &String| {
            let named = [("meter", orphan.as_str().into())];
            classed("li", "warn").text(&page.say("report-orphan", &named))
        };
        frame = frame.put(tag("ul").puts(report.orphans.iter().map(item)));
    }
    frame.puts(incidents(report, page))
}

fn incidents(report: &Report, page: &Page) -> Vec<Tag> {
    let title = tag("h3").text(&page.text("report-incidents"));
    if report.incidents.is_empty() {
        return vec![title, tag("p").text(&page.text("report-no-incidents"))];
    }
    // A page for browsers has its own colours.
    let plain = Page {
        words: crate::words::Words::new(page.words.lang),
        clock: page.clock.clone(),
        color: false,
        width: None,
    };
    let item = |each: &agent::api::types::Incident| {
        let class = if each.open { "bad" } else { "quiet" };
        let class = if each.withdrawn { "gone" } else { class };
        classed("li", class).text(&incident::line(each, &plain, true))
    };
    vec![title, tag("ul").puts(report.incidents.iter().map(item))]
}

/// What the words of the report mean.
pub fn definitions(report: &Report, page: &Page) -> Tag {
    let mut terms = vec![
        ("kpi-base", "define-base"),
        ("kpi-closed", "define-closed"),
        ("kpi-complete", "define-complete"),
    ];
    if !report.rooms.is_empty() {
        terms.extend([("kpi-lit-empty", "define-lit-empty"), ("kpi-dark", "define-dark")]);
    }
    if !report.residuals.is_empty() {
        terms.push(("chart-residuals", "define-residual"));
    }
    let list = terms.into_iter().fold(tag("dl"), |list, (term, meaning)| {
        list.put(tag("dt").text(&page.text(term))).put(tag("dd").text(&page.text(meaning)))
    });
    classed("section", "wide").put(tag("h2").text(&page.text("report-words"))).put(list)
}
