//! The report as one page for browsers and printers: needs no network, no script, no other file.
//!
//! | module | what it draws |
//! |---|---|
//! | `markup` | elements that escape everything |
//! | `scale`, `svg` | axes with round ticks; columns and rows |
//! | `charts`, `cards`, `tables` | the parts of a report |
//! | `trial` | other settings beside today's |

mod cards;
mod charts;
mod markup;
mod scale;
mod svg;
mod tables;
mod trial;

use crate::page::Page;
use crate::render::figures::{days, is_running, period, title};
use crate::words::Lang;
use agent::api::types::{Report, Trial};
use markup::{Tag, classed, tag};

/// Look of the page, light, dark and printed.
const STYLE: &str = include_str!("html/style.css");

/// The page.
pub fn report(report: &Report, page: &Page) -> String {
    let body = tag("body").put(
        tag("main")
            .put(top(report, page))
            .put(cards::all(report, page))
            .put(classed("div", "charts").puts(charts::all(report, page)))
            .puts(tables::meters(report, page))
            .puts(tables::rooms(report, page))
            .put(tables::quality(report, page))
            .put(tables::definitions(report, page))
            .put(end(report, page)),
    );
    whole(&title(report, page), body, page)
}

/// The page of a trial of other settings.
pub fn trial(tried: &Trial, page: &Page) -> String {
    let body = tag("body").put(tag("main").puts(trial::all(tried, page)));
    whole(&crate::render::replay::title(tried, page), body, page)
}

fn whole(title: &str, body: Tag, page: &Page) -> String {
    let head = tag("head")
        .put(tag("meta").set("charset", "utf-8"))
        .put(
            tag("meta")
                .set("name", "viewport")
                .set("content", "width=device-width, initial-scale=1"),
        )
        .put(tag("meta").set("name", "color-scheme").set("content", "light dark"))
        .put(tag("title").text(title))
        .put(tag("style").style(STYLE));
    let code = if page.words.lang == Lang::Zh { "zh-CN" } else { "en" };
    format!("<!DOCTYPE html>\n{}\n", tag("html").set("lang", code).put(head).put(body))
}

/// Whose report of what time it is, and when it was made.
fn top(report: &Report, page: &Page) -> Tag {
    let kind = page.words.plain_code("report-kind", &report.period);
    let mut line = days(report, page);
    if report.period == "week" {
        line = format!("{}   {line}", period(report, page));
    }
    let mut top = tag("header")
        .put(classed("p", "kind").text(&kind))
        .put(tag("h1").text(&report.name))
        .put(classed("p", "days").text(&line));
    if is_running(report) {
        let made = [("time", page.clock.minute(report.made_ms).into())];
        top = top.put(classed("p", "running").text(&page.say("report-running", &made)));
    }
    top
}

fn end(report: &Report, page: &Page) -> Tag {
    let named = [
        ("time", page.clock.minute(report.made_ms).into()),
        ("zone", report.time_zone.as_str().into()),
        ("campus", report.campus.as_str().into()),
        ("version", env!("CARGO_PKG_VERSION").into()),
    ];
    tag("footer").text(&page.say("report-made", &named))
}

#[cfg(test)]
mod tests;
